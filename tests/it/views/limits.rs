//! Speed limits, of all transfers and of one: what is typed, what is wrong with it, and what is asked for.

use eframe::egui::accesskit::Role;
use eframe::egui::{Key, Modifiers};
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use sampan::engine::{Command, Direction, State, TransferKey};
use sampan::model::{Conflict, Language, Settings, TransferState};
use sampan::ui::Page;

use super::{Window, is_disabled, press, shown, sized, states, type_into};

const MORE: &str = "More about holiday/ · 312 files with ANNA-PC";
const LIMIT: &str = "Limit the speed of holiday/ · 312 files with ANNA-PC";
const SET: &str = "Set the highest speed of holiday/ · 312 files";
const FIELD: &str = "Highest speed";

fn settings(state: State) -> Harness<'static, Window> {
    let mut harness = shown(state);
    harness.state_mut().screen.go(Page::Settings);
    harness.run();
    harness
}

/// Types into the field of the settings and leaves it.
fn enter(harness: &mut Harness<'_, Window>, text: &str) {
    type_into(harness, FIELD, text);
    harness.key_press(Key::Enter);
    harness.run();
}

fn configured(harness: &Harness<'_, Window>) -> Option<Settings> {
    harness.state().commands().into_iter().rev().find_map(|command| match command {
        Command::Configure(settings) => Some(settings.clone()),
        _ => None,
    })
}

/// The sheet of a transfer that moves.
fn sheet(limit: Option<u64>) -> Harness<'static, Window> {
    let mut row = states::folder(1, Direction::Incoming);
    row.limit = limit;
    let mut harness = shown(states::with([row]));
    press(&mut harness, MORE);
    press(&mut harness, LIMIT);
    harness
}

/// What stands in the field.
fn typed(harness: &Harness<'_, Window>) -> String {
    harness.get_by_role_and_label(Role::TextInput, FIELD).accesskit_node().value().unwrap_or_default()
}

fn limits(harness: &Harness<'_, Window>) -> Vec<Option<u64>> {
    let limit = |command: &Command| match command {
        Command::Limit(TransferKey(1), limit) => Some(*limit),
        _ => None,
    };
    harness.state().commands().into_iter().filter_map(limit).collect()
}

#[test]
fn a_limit_for_all_is_typed_as_people_write_it_and_an_empty_field_takes_it_away() {
    for (text, limit) in [("5 MB/s", 5_000_000), ("500k", 500_000), (" 1.5G ", 1_500_000_000)] {
        let mut harness = settings(states::receiving());
        enter(&mut harness, text);
        assert_eq!(configured(&harness).map(|settings| settings.speed_limit), Some(limit), "{text}");
    }
    let mut state = states::receiving();
    state.settings.speed_limit = 2_000_000;
    let mut harness = settings(state);
    assert_eq!(typed(&harness), "2 MB/s");
    harness.get_by_role_and_label(Role::TextInput, FIELD).focus();
    harness.run();
    harness.key_press_modifiers(Modifiers::COMMAND, Key::A);
    harness.key_press(Key::Delete);
    harness.key_press(Key::Enter);
    harness.run();
    assert_eq!(configured(&harness).map(|settings| settings.limit()), Some(None));
}

#[test]
fn a_limit_that_is_none_says_what_is_wrong_and_changes_nothing() {
    for (text, wrong) in [
        ("fast", "That is no speed."),
        ("5 MB/h", "That is no speed."),
        ("\u{202e}5M", "That is no speed."),
        ("1,5M", "That is no speed."),
        ("2", "That is too slow: 1 kB/s at least."),
        ("0", "That is too slow: 1 kB/s at least."),
        ("-5M", "That is no speed."),
        ("99999999999999999999G", "No line is that fast."),
    ] {
        let mut harness = settings(states::receiving());
        type_into(&mut harness, FIELD, text);
        harness.get_by_label_contains(wrong);
        harness.key_press(Key::Enter);
        harness.run();
        assert!(configured(&harness).is_none(), "{text:?} was taken");
        assert!(harness.query_by_label_contains(wrong).is_none(), "what is in force is shown again");
    }
}

#[test]
fn leaving_a_field_in_which_nothing_was_changed_rounds_nothing() {
    let mut state = states::receiving();
    state.settings.speed_limit = 1_234_567;
    let mut harness = settings(state);
    harness.get_by_role_and_label(Role::TextInput, FIELD).focus();
    harness.run();
    harness.key_press(Key::Enter);
    harness.run();
    assert!(configured(&harness).is_none());
}

#[test]
fn one_transfer_gets_its_own_limit_while_it_runs() {
    let mut harness = sheet(None);
    harness.get_by_label("How fast may holiday/ · 312 files be?");
    type_into(&mut harness, FIELD, "750K");
    press(&mut harness, SET);
    assert_eq!(limits(&harness), [Some(750_000)]);
    assert!(harness.query_by_label(SET).is_none(), "the sheet is done");
    harness.state_mut().change(|state| {
        for row in state.transfers.values_mut() {
            row.limit = Some(750_000);
        }
    });
    harness.run();
    harness.get_by_label_contains("limit 750 kB/s");
}

#[test]
fn enter_sets_a_limit_and_an_empty_field_takes_it_away() {
    let mut harness = sheet(Some(2_000_000));
    assert_eq!(typed(&harness), "2 MB/s");
    type_into(&mut harness, FIELD, "3M");
    harness.key_press(Key::Enter);
    harness.run();
    assert_eq!(limits(&harness), [Some(3_000_000)]);
    let mut harness = sheet(Some(2_000_000));
    harness.key_press_modifiers(Modifiers::COMMAND, Key::A);
    harness.key_press(Key::Delete);
    harness.run();
    press(&mut harness, SET);
    assert_eq!(limits(&harness), [None]);
}

#[test]
fn a_bad_limit_cannot_be_set_and_escape_leaves_the_speed_as_it_is() {
    let mut harness = sheet(Some(2_000_000));
    type_into(&mut harness, FIELD, "5");
    harness.get_by_label_contains("That is too slow: 1 kB/s at least.");
    assert!(is_disabled(&harness.get_by_label(SET)));
    harness.key_press(Key::Enter);
    harness.run();
    harness.key_press(Key::Escape);
    harness.run();
    assert!(harness.query_by_label(SET).is_none() && harness.state().wishes.is_empty());
    // Another time it begins with what is in force.
    press(&mut harness, MORE);
    press(&mut harness, LIMIT);
    assert_eq!(typed(&harness), "2 MB/s");
}

#[test]
fn the_sheet_goes_when_the_transfer_ends() {
    let mut harness = sheet(None);
    harness.state_mut().change(|state| *state = states::folders_over());
    harness.run();
    assert!(harness.query_by_label(SET).is_none());
}

#[test]
fn an_offer_that_waits_for_an_answer_here_has_no_menu() {
    let mut row = states::transfer(1, Direction::Outgoing, TransferState::Waiting);
    let harness = shown(states::with([row.clone()]));
    assert!(
        harness.query_by_label_contains("More about").is_some(),
        "one of ours may be slowed before it runs"
    );
    row.prompt = states::prompt().transfers.into_values().next().unwrap().prompt;
    row.direction = Direction::Incoming;
    let mut harness = shown(states::with([row]));
    harness.key_press(Key::Escape);
    harness.run();
    assert!(harness.query_by_label_contains("More about").is_none());
}

#[test]
fn what_becomes_of_files_that_differ_is_preset_in_the_settings() {
    let mut harness = settings(states::receiving());
    press(&mut harness, "Files that differ: Skip");
    assert_eq!(configured(&harness).map(|settings| settings.conflict), Some(Conflict::Skip));
    press(&mut harness, "Files that differ: Replace");
    assert_eq!(configured(&harness).map(|settings| settings.conflict), Some(Conflict::Replace));
}

#[test]
fn all_of_it_is_there_in_chinese_and_fits_a_narrow_window() {
    let mut state = states::with([states::folder(1, Direction::Incoming)]);
    state.settings.language = Language::Chinese;
    let mut harness = sized(state.clone(), 560.0, 900.0);
    press(&mut harness, "与 ANNA-PC 之间的 holiday/ · 312 个文件的更多操作");
    press(&mut harness, "限制与 ANNA-PC 之间的 holiday/ · 312 个文件的速度");
    type_into(&mut harness, "最高速度", "快");
    harness.get_by_label_contains("这不是速度。");
    type_into(&mut harness, "最高速度", "2M");
    press(&mut harness, "设定 holiday/ · 312 个文件的最高速度");
    assert_eq!(limits(&harness), [Some(2_000_000)]);
    let mut harness = settings(state);
    press(&mut harness, "内容不同的文件：跳过");
    type_into(&mut harness, "最高速度", "2");
    harness.get_by_label_contains("太慢了");
}
