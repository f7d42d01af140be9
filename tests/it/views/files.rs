//! The list of a transfer's files in its row.

use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use sampan::engine::{Direction, State};
use sampan::model::{Language, Outcome};

use super::rows::Tree;
use super::{Window, press, states, with_rows};

const FILES: &str = "Show or hide the files of holiday/ · 312 files";

fn shown(state: State, len: u64) -> Harness<'static, Window> {
    with_rows(state, Tree::of(len), 960.0, 1_400.0)
}

fn ended() -> State {
    let mut state = states::folders_over();
    state.transfers.retain(|_, row| row.state == sampan::model::TransferState::Finished(Outcome::Partial));
    state
}

#[test]
fn what_failed_is_shown_first_with_its_reason() {
    let mut harness = shown(ended(), 300);
    harness.get_by_label("311 of 312 files  ·  1 failed");
    press(&mut harness, FILES);
    harness.get_all_by_label("You may not read “IMG_0003.jpg”.").next().unwrap();
    harness.get_all_by_label("The disk on ANNA-PC is full.").next().unwrap();
    assert!(harness.query_by_label("safe, verified").is_none());
    press(&mut harness, "Files shown: All (289)");
    harness.get_all_by_label("safe, verified").next().unwrap();
    harness.get_all_by_label("saved as IMG (1).jpg").next().unwrap();
    harness.get_all_by_label("did not arrive").next().unwrap();
    press(&mut harness, "Files shown: Waiting (132)");
    assert!(harness.query_by_label("safe, verified").is_none());
    press(&mut harness, FILES);
    assert!(harness.query_by_label("Files shown: All (289)").is_none());
}

#[test]
fn of_a_million_files_only_those_in_sight_are_fetched() {
    let mut harness = shown(states::with([states::folder(1, Direction::Incoming)]), 1_000_000);
    press(&mut harness, FILES);
    harness.run_steps(5);
    let asked = harness.state().rows.asked.borrow().clone();
    assert!(asked.len() <= 2 && asked.iter().all(|(_, limit)| *limit <= 64), "{asked:?}");
    // Progress makes it look again, at as little.
    harness.state_mut().change(|state| {
        for row in state.transfers.values_mut() {
            row.progress.files += 1;
        }
    });
    harness.run();
    let asked = harness.state().rows.asked.borrow().clone();
    assert!(asked.len() <= 3 && asked.iter().all(|(_, limit)| *limit <= 64), "{asked:?}");
}

#[test]
fn a_list_that_is_no_longer_kept_says_so() {
    let mut harness = shown(ended(), 0);
    press(&mut harness, FILES);
    harness.get_by_label("The list of these files is no longer kept.");
}

#[test]
fn a_single_file_has_no_list() {
    let mut row = states::moving(1, Direction::Outgoing);
    row.files = 1;
    let harness = shown(states::with([row]), 1);
    assert!(harness.query_by_label_contains("Show or hide the files").is_none());
}

#[test]
fn another_language_is_another_list_of_words() {
    let mut harness = shown(ended(), 300);
    press(&mut harness, FILES);
    harness.state_mut().change(|state| state.settings.language = Language::Chinese);
    harness.run();
    harness.get_by_label("显示的文件：全部（289）");
    assert!(harness.query_by_label_contains("You may not read").is_none());
}

#[test]
fn names_as_bad_as_names_can_be_stay_on_their_lines() {
    for language in [Language::English, Language::Chinese] {
        let mut state = ended();
        state.settings.language = language;
        let mut harness = with_rows(state, Tree::hostile(300), 560.0, 1_400.0);
        let name = match language {
            Language::Chinese => "显示或隐藏 holiday/ · 312 个文件的文件",
            Language::English | Language::System => FILES,
        };
        press(&mut harness, name);
        let bad = harness.query_all_by_label_contains("\\u{202e}").count();
        assert!(bad > 0, "the mark that turns a line around is not shown as such");
        for node in harness.query_all_by_label_contains("\\u{1b}") {
            assert!(!node.accesskit_node().label().unwrap_or_default().contains(['\n', '\u{1b}']));
        }
        let sizes: Vec<_> = harness.get_all_by_label("8 MB").map(|node| node.rect()).collect();
        assert!(sizes.len() >= 3 && sizes.iter().all(|size| size.right() < 560.0), "{sizes:?}");
        for long in harness.query_all_by_label_contains("WWWWWWWW") {
            assert!(long.rect().right() <= 560.0, "{:?}", long.rect());
        }
    }
}

#[test]
fn the_rows_that_are_drawn_are_as_many_for_three_hundred_as_for_a_million() {
    let drawn = |len| {
        let mut harness = shown(states::with([states::folder(1, Direction::Incoming)]), len);
        press(&mut harness, FILES);
        harness.run_steps(3);
        harness.query_all_by_label("8 MB").count()
    };
    let (few, many) = (drawn(300), drawn(1_000_000));
    assert!(few == many && many < 20, "{few}, {many}");
}
