//! The receipt of a transfer: who can save one, and where it then is.

use egui_kittest::Harness;
use egui_kittest::kittest::Queryable as _;
use sampan::engine::{Direction, TransferKey};
use sampan::model::{Failure, FailureKind, Language, Outcome};
use sampan::ui::{FolderFor, Wish};

use super::{Window, press, shown, sized, states};

const MORE: &str = "More about holiday.zip and 311 more with ANNA-PC";
const SAVE: &str = "Save the receipt of holiday.zip and 311 more with ANNA-PC";

fn saved(harness: &mut Harness<'_, Window>, file: &str) {
    harness.state_mut().change(|state| {
        for row in state.transfers.values_mut() {
            row.exported = Some(file.into());
        }
    });
    harness.run();
}

#[test]
fn both_sides_of_what_was_delivered_can_save_its_receipt() {
    for direction in [Direction::Outgoing, Direction::Incoming] {
        let row = states::ended(1, direction, Outcome::Delivered, None, 312);
        let mut harness = shown(states::with([row]));
        press(&mut harness, MORE);
        press(&mut harness, SAVE);
        let [Wish::PickFolder(FolderFor::Receipt(TransferKey(1)))] = harness.state().wishes[..] else {
            panic!("{:?}", harness.state().wishes)
        };
        assert!(harness.query_by_label(SAVE).is_none(), "the menu is closed");
        saved(&mut harness, "/home/mei/01010101.receipt");
        harness.get_by_label("Receipt and checksums saved:");
        harness.get_by_label("/home/mei/01010101.receipt");
        saved(&mut harness, "/srv/01010101.receipt");
        harness.get_by_label("/srv/01010101.receipt");
    }
}

#[test]
fn what_was_delivered_in_part_has_a_receipt_too_and_says_what_failed() {
    let failure = Failure::here(FailureKind::SourceChanged).about("b");
    let row = states::ended(1, Direction::Outgoing, Outcome::Partial, Some(failure), 311);
    let mut harness = shown(states::with([row]));
    press(&mut harness, MORE);
    harness.get_by_label(SAVE);
}

#[test]
fn what_nobody_settled_has_no_receipt() {
    for outcome in [Outcome::Declined, Outcome::Cancelled, Outcome::Interrupted, Outcome::Failed] {
        let failure = Some(Failure::there(FailureKind::Cancelled));
        let harness = shown(states::with([states::ended(1, Direction::Outgoing, outcome, failure, 100)]));
        assert!(harness.query_by_label_contains("More about").is_none(), "{outcome:?}");
    }
    let mut nameless = states::ended(1, Direction::Outgoing, Outcome::Delivered, None, 312);
    nameless.id = None;
    assert!(shown(states::with([nameless])).query_by_label_contains("More about").is_none());
}

#[test]
fn a_place_as_bad_as_places_can_be_stays_on_its_line() {
    let row = states::ended(1, Direction::Incoming, Outcome::Delivered, None, 312);
    let mut harness = sized(states::with([row]), 560.0, 900.0);
    let before = harness.get_by_label("Delivered, verified").rect();
    saved(&mut harness, &format!("/srv/{}/\u{202e}gpj\u{1b}[2J\n/1.receipt", "舢".repeat(300)));
    let line = harness.get_by_label_contains("gpj\\u{1b}[2J\\u{a}/1.receipt").rect();
    assert!(line.right() <= 560.0 && line.height() < 24.0, "{line:?}");
    let after = harness.get_by_label("Delivered, verified").rect();
    assert!((after.left() - before.left()).abs() < 1.0, "{before:?}, {after:?}");
}

#[test]
fn the_receipt_is_there_in_chinese() {
    let mut state = states::with([states::ended(1, Direction::Incoming, Outcome::Delivered, None, 312)]);
    state.settings.language = Language::Chinese;
    let mut harness = shown(state);
    press(&mut harness, "与 ANNA-PC 之间的 holiday.zip 和另外 311 个文件的更多操作");
    press(&mut harness, "保存与 ANNA-PC 之间的 holiday.zip 和另外 311 个文件的回执");
    saved(&mut harness, "/home/mei/01010101.receipt");
    harness.get_by_label_contains("回执和校验和已保存");
}
