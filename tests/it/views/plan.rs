//! The plan of an offer as a table: what it says, what a press asks for, and how few rows are fetched for a million.

use eframe::egui::accesskit::{Role, Toggled};
use eframe::egui::{Key, Modifiers};
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use sampan::engine::{Action, Choices, Command, EntryRange, PlanRow, PromptId, State};
use sampan::model::{Choice, Conflict, Finding, PlanSummary, Skip};

use super::rows::Tree;
use super::{Window, is_disabled, press, states, with_rows};

fn asked(state: State, rows: Tree) -> Harness<'static, Window> {
    with_rows(state, rows, 960.0, 900.0)
}

/// The newest choices that were asked for.
fn choices(harness: &Harness<'_, Window>) -> Choices {
    let arranged = |command: &&Command| match command {
        Command::Arrange { prompt: PromptId(7), choices } => Some(choices.clone()),
        _ => None,
    };
    harness.state().commands().iter().filter_map(arranged).next_back().expect("something was arranged")
}

fn toggled(harness: &Harness<'_, Window>, name: &str) -> Option<Toggled> {
    harness.get_by_role_and_label(Role::CheckBox, name).accesskit_node().toggled()
}

fn range(first: u64, count: u64) -> EntryRange {
    EntryRange { first, count }
}

const FIRST_DAY: &str = "Take holiday/2026-07-01";
const SECOND: &str = "Take holiday/2026-07-01/IMG_0002.jpg";

#[test]
fn a_plan_shows_what_would_happen_to_all_and_to_each() {
    let harness = asked(states::tree(), Tree::of(300));
    harness.get_by_label(
        "251 new  ·  40 already here  ·  1 continues  ·  7 differ  ·  1 gets another name  ·  2.1 GB to come",
    );
    for text in [
        "Needs 2.1 GB, 96 GB free",
        "7 files here have the same names and other contents",
        "into the folder here",
        "already here",
        "continues from 38 %",
        "gets another name",
        "IMG_0003.jpg",
        "2026-07-01/",
    ] {
        assert!(harness.query_all_by_label(text).count() > 0, "{text} is missing");
    }
    let menu = "What happens to holiday/2026-07-01/IMG_0005.jpg, which differs";
    assert_eq!(harness.query_all_by_role_and_label(Role::Button, menu).count(), 1);
}

#[test]
fn one_file_has_no_table() {
    let mut state = states::prompt();
    for row in state.transfers.values_mut() {
        row.files = 1;
        row.names.truncate(1);
        row.prompt.as_mut().unwrap().plan = PlanSummary { new: 1, ..PlanSummary::default() };
    }
    let harness = asked(state, Tree::of(1));
    harness.get_all_by_label("holiday.zip").next().unwrap();
    assert!(harness.query_by_role(Role::CheckBox).is_none());
    assert!(harness.query_by_label_contains("to come").is_none());
}

#[test]
fn a_plan_says_how_many_files_start_again() {
    let mut state = states::tree();
    for row in state.transfers.values_mut() {
        row.prompt.as_mut().unwrap().plan.restarted = 3;
    }
    asked(state, Tree::of(300)).get_by_label_contains("1 continues  ·  3 start again  ·  7 differ");
}

#[test]
fn one_file_in_a_folder_has_a_table_and_says_that_nothing_has_to_come() {
    let mut harness = asked(states::tree_one(), Tree::of(3));
    harness.get_by_label("1 already here  ·  0 B to come");
    assert_eq!(harness.query_all_by_role(Role::CheckBox).count(), 3);
    press(&mut harness, SECOND);
    assert_eq!(choices(&harness).entries, [(range(0, 3), Choice::Leave)]);
}

#[test]
fn a_plan_that_does_not_fit_says_how_much_is_missing_and_cannot_be_accepted() {
    let harness = asked(states::tree_full(), Tree::of(300));
    harness.get_by_label_contains("It does not fit there: needs 2.1 GB, 400 MB free.");
    assert!(is_disabled(&harness.get_by_label("Accept holiday/ · 300 files from ANNA-PC")));
}

#[test]
fn a_box_takes_and_leaves_and_its_folders_show_it() {
    let mut harness = asked(states::tree(), Tree::of(300));
    assert_eq!(toggled(&harness, "Take holiday"), Some(Toggled::True));
    press(&mut harness, SECOND);
    assert_eq!(choices(&harness).entries, [(range(2, 1), Choice::Leave)]);
    assert_eq!(toggled(&harness, SECOND), Some(Toggled::False));
    assert_eq!(toggled(&harness, FIRST_DAY), Some(Toggled::Mixed));
    assert_eq!(toggled(&harness, "Take holiday"), Some(Toggled::Mixed));
    press(&mut harness, "Take holiday");
    assert_eq!(choices(&harness).entries, []);
    press(&mut harness, "Take holiday");
    assert_eq!(choices(&harness).entries, [(range(0, 300), Choice::Leave)]);
    assert_eq!(toggled(&harness, SECOND), Some(Toggled::False));
    // What is taken needs its folders.
    press(&mut harness, SECOND);
    let expected = [(range(3, 297), Choice::Leave)];
    assert_eq!(choices(&harness).entries, expected);
}

#[test]
fn the_choice_for_all_and_the_choice_for_one_go_to_the_engine_together() {
    let mut harness = asked(states::tree(), Tree::of(300));
    press(&mut harness, SECOND);
    press(&mut harness, "Files that differ: Replace");
    assert_eq!(choices(&harness).conflict, Conflict::Replace);
    assert_eq!(choices(&harness).entries, [(range(2, 1), Choice::Leave)]);
    press(&mut harness, "What happens to holiday/2026-07-01/IMG_0004.jpg, which differs");
    press(&mut harness, "Skip");
    assert_eq!(choices(&harness).entries, [(range(2, 1), Choice::Leave), (range(4, 1), Choice::Skip)]);
    // The same as for all is no choice of its own.
    press(&mut harness, "What happens to holiday/2026-07-01/IMG_0004.jpg, which differs");
    press(&mut harness, "Replace");
    assert_eq!(choices(&harness).entries, [(range(2, 1), Choice::Leave)]);
    // Said for all, it holds for all again, but nothing that was left comes back.
    press(&mut harness, "Files that differ: Keep both");
    assert_eq!((choices(&harness).conflict, choices(&harness).entries.len()), (Conflict::KeepBoth, 1));
}

#[test]
fn the_answer_of_the_engine_is_fetched_once_and_shown() {
    let mut harness = asked(states::tree(), Tree::of(300));
    let before = harness.state().rows.asked.borrow().len();
    harness.state_mut().change(|state| {
        for row in state.transfers.values_mut() {
            let prompt = row.prompt.as_mut().unwrap();
            prompt.choices.conflict = Conflict::Replace;
            prompt.plan.bytes = 2_300_000_000;
        }
    });
    harness.run();
    harness.run();
    harness.get_by_label_contains("2.3 GB to come");
    harness.get_by_label_contains("What comes takes the place of what is here");
    assert_eq!(harness.state().rows.asked.borrow().len(), before + 1);
}

#[test]
fn of_a_million_rows_only_those_in_sight_and_around_them_are_fetched() {
    let mut harness = asked(states::tree(), Tree::of(1_000_000));
    for key in [Key::PageDown, Key::PageDown, Key::End, Key::PageUp, Key::Home, Key::End] {
        harness.key_press(key);
        harness.run();
    }
    harness.get_by_label("IMG_999999.jpg");
    let asked = harness.state().rows.asked.borrow().clone();
    assert!(asked.iter().all(|(_, limit)| *limit <= 64), "{asked:?}");
    assert!(asked.len() <= 7, "one pull a jump at most: {asked:?}");
}

#[test]
fn an_idle_table_fetches_nothing() {
    let mut harness = asked(states::tree(), Tree::of(1_000_000));
    let before = harness.state().rows.asked.borrow().len();
    harness.run_steps(5);
    assert_eq!(harness.state().rows.asked.borrow().len(), before);
}

#[test]
fn names_as_bad_as_names_can_be_stay_in_their_rows() {
    let harness = asked(states::tree(), Tree::hostile(300));
    harness.get_all_by_label("invoice\\u{202e}fdp.exe").next().unwrap();
    harness.get_all_by_label("\\xff\\xfe\\u{a}\\u{1b}[2J").next().unwrap();
    let sizes: Vec<_> = harness.get_all_by_label("8 MB").map(|node| node.rect()).collect();
    let edge = sizes[0].right();
    assert!(sizes.iter().all(|size| (size.right() - edge).abs() < 1.0), "{sizes:?}");
    let long = "舢".repeat(85);
    for name in harness.get_all_by_label(&long) {
        assert!(name.rect().right() < sizes[0].left(), "{:?}", name.rect());
    }
}

#[test]
fn the_smallest_window_still_answers() {
    let mut harness = with_rows(states::tree(), Tree::of(300), 560.0, 420.0);
    press(&mut harness, "Accept holiday/ · 300 files from ANNA-PC");
    assert!(matches!(harness.state().commands()[..], [Command::Decide { prompt: PromptId(7), .. }]));
}

#[test]
fn the_keyboard_alone_walks_through_the_rows_and_leaves_one() {
    let mut harness = asked(states::tree(), Tree::of(300));
    let name = "Take holiday/2026-07-01/IMG_0025.jpg";
    let reached = (0..60).any(|_| {
        harness.key_press(Key::Tab);
        harness.run();
        let found = harness.query_by_role_and_label(Role::CheckBox, name);
        found.is_some_and(|node| node.accesskit_node().is_focused())
    });
    assert!(reached, "Tab never reached a row that was out of sight");
    harness.key_press_modifiers(Modifiers::NONE, Key::Space);
    harness.run();
    assert_eq!(choices(&harness).entries, [(range(25, 1), Choice::Leave)]);
}

#[test]
fn a_question_that_comes_back_shows_what_was_ticked_before() {
    let mut harness = asked(states::tree(), Tree::of(300));
    press(&mut harness, SECOND);
    let chosen = choices(&harness);
    harness.state_mut().change(|state| {
        for row in state.transfers.values_mut() {
            row.prompt.as_mut().unwrap().choices = chosen.clone();
        }
    });
    harness.run();
    harness.key_press(Key::Escape);
    harness.run();
    press(&mut harness, "Answer whether to take holiday/ · 300 files from ANNA-PC");
    assert_eq!(toggled(&harness, SECOND), Some(Toggled::False));
}

#[test]
fn another_folder_is_another_question_with_nothing_ticked_away() {
    let mut harness = asked(states::tree(), Tree::of(300));
    press(&mut harness, SECOND);
    harness.state_mut().change(|state| {
        for row in state.transfers.values_mut() {
            row.prompt.as_mut().unwrap().id = PromptId(8);
        }
    });
    harness.run();
    assert_eq!(toggled(&harness, SECOND), Some(Toggled::True));
}

#[test]
fn a_row_of_a_hand_made_tree_is_what_the_engine_would_give() {
    use sampan::ui::pulled::RowSource as _;
    let rows: Vec<PlanRow> = Tree::of(100).plan(sampan::engine::TransferKey(1), 0, 100);
    for row in &rows {
        assert_eq!(row.whole.first, row.entry);
        assert!(row.folders.iter().all(|folder| folder.entries().contains(&row.entry)));
    }
    assert!(rows.windows(2).all(|pair| pair[0].path < pair[1].path || pair[0].entry % 30 == 0));
    assert_eq!((rows[2].finding, rows[2].action), (Finding::Identical, Action::Skip(Skip::Identical)));
}

#[test]
fn the_plan_and_its_choices_are_there_in_chinese() {
    let mut state = states::tree();
    state.settings.language = sampan::model::Language::Chinese;
    let mut harness = asked(state, Tree::of(1_000_000));
    harness.get_by_label_contains("251 个新文件");
    press(&mut harness, "接收 holiday/2026-07-01/IMG_0002.jpg");
    assert_eq!(choices(&harness).entries, [(range(2, 1), Choice::Leave)]);
    assert_eq!(toggled(&harness, "接收 holiday"), Some(Toggled::Mixed));
    press(&mut harness, "内容不同的文件：替换");
    press(&mut harness, "如何处理内容不同的 holiday/2026-07-01/IMG_0004.jpg");
    press(&mut harness, "跳过");
    assert_eq!(choices(&harness).conflict, Conflict::Replace);
    assert_eq!(choices(&harness).entries, [(range(2, 1), Choice::Leave), (range(4, 1), Choice::Skip)]);
    harness.key_press(Key::End);
    harness.run();
    harness.get_by_label("IMG_999999.jpg");
}

#[test]
fn the_rows_that_are_drawn_are_as_many_for_three_hundred_as_for_a_million() {
    let drawn = |len| {
        let harness = asked(states::tree(), Tree::of(len));
        harness.query_all_by_role(Role::CheckBox).count()
    };
    let (few, many) = (drawn(300), drawn(1_000_000));
    assert_eq!(few, many);
    assert!(many < 40, "{many} rows are drawn");
    assert_eq!(drawn(3), 3);
}
