//! What only folders and long transfers need: counts while they are chosen, pausing, cancelling, going on later.

use egui_kittest::kittest::Queryable as _;
use sampan::engine::{Command, Direction, Transfer, TransferKey};
use sampan::model::{DeviceId, Leftover, PlanSummary, TransferId, TransferState, Wish as Pausing};
use sampan::ui::Wish;

use super::{press, shown, states};

#[test]
fn add_folder_opens_the_dialog_for_folders() {
    let mut harness = shown(states::empty());
    press(&mut harness, "Add folders to send");
    assert!(matches!(harness.state().wishes[..], [Wish::PickFolders]));
}

#[test]
fn a_chosen_folder_says_how_much_is_in_it_and_one_that_is_counted_says_that() {
    let mut harness = shown(states::chosen_folders());
    for text in ["holiday/", "312 files, 4.2 GB", "10207 files, 812 MB  ·  2 of them cannot be sent"] {
        harness.get_by_label(text);
    }
    // The folder and the sum.
    assert_eq!(harness.query_all_by_label("counting…").count(), 2);
    harness.state_mut().screen.set_address("192.168.1.6");
    harness.run();
    press(&mut harness, "Send all of it to 192.168.1.6");
    assert!(
        matches!(harness.state().commands()[..], [Command::Send { paths, .. }, Command::UnchooseAll] if paths.len() == 5)
    );
}

#[test]
fn the_sum_of_what_was_counted_is_the_files_in_folders_and_beside_them() {
    let mut state = states::chosen_folders();
    state.chosen.pop();
    let mut harness = shown(state);
    harness.get_by_label("10521 files, 9.2 GB");
    harness.state_mut().screen.set_address("192.168.1.6");
    harness.run();
    harness.get_by_label("Send 10521 files to 192.168.1.6");
}

#[test]
fn a_folder_is_called_by_its_name_and_how_much_is_in_it() {
    let mut row = states::folder(1, Direction::Incoming);
    let harness = shown(states::with([row.clone()]));
    harness.get_by_label("holiday/ · 312 files");
    row.names.push(sampan::engine::Named { name: "notes.txt".to_owned(), bytes: None });
    let harness = shown(states::with([row]));
    harness.get_by_label("holiday/ and more · 312 files");
}

#[test]
fn a_moving_transfer_is_paused_and_a_paused_one_goes_on() {
    let mut harness = shown(states::with([states::folder(1, Direction::Outgoing)]));
    press(&mut harness, "Pause holiday/ · 312 files with ANNA-PC");
    harness.state_mut().change(|state| *state = states::with([states::paused(1, true, false)]));
    harness.run();
    harness.get_by_label("Paused");
    press(&mut harness, "Go on with holiday/ · 312 files with ANNA-PC");
    assert!(matches!(
        harness.state().commands()[..],
        [Command::Pause(TransferKey(1), Pausing::Pause), Command::Pause(TransferKey(1), Pausing::Resume)]
    ));
}

#[test]
fn a_pause_of_the_other_side_says_whose_it_is_and_cannot_be_ended_here() {
    let mut harness = shown(states::with([states::paused(1, false, true)]));
    harness.get_by_label("Paused by ANNA-PC");
    assert!(harness.query_by_label_contains("Go on with").is_none());
    // One of our own is possible besides.
    press(&mut harness, "Pause holiday/ · 312 files with ANNA-PC");
    harness.state_mut().change(|state| *state = states::with([states::paused(1, true, true)]));
    harness.run();
    harness.get_by_label("Paused here and by ANNA-PC");
}

#[test]
fn cancel_asks_what_becomes_of_what_is_not_complete() {
    const CANCEL: &str = "Cancel receiving holiday/ · 312 files from ANNA-PC";
    let mut harness = shown(states::with([states::folder(1, Direction::Incoming)]));
    press(&mut harness, CANCEL);
    press(&mut harness, "Do not cancel");
    assert!(harness.state().wishes.is_empty());
    press(&mut harness, CANCEL);
    press(&mut harness, "Cancel, and remove what is not complete");
    assert!(matches!(
        harness.state().commands()[..],
        [Command::Cancel { transfer: TransferKey(1), leftover: Leftover::Remove }]
    ));
    assert!(harness.query_by_label("Do not cancel").is_none());
}

#[test]
fn cancel_asks_nothing_where_nothing_began_but_does_where_something_was_kept_before() {
    let row = states::transfer(1, Direction::Outgoing, TransferState::Waiting);
    let mut harness = shown(states::with([row.clone()]));
    press(&mut harness, "Cancel sending holiday.zip and 311 more to ANNA-PC");
    assert!(matches!(harness.state().commands()[..], [Command::Cancel { leftover: Leftover::Keep, .. }]));
    let plan = Some(PlanSummary { continued: 1, ..PlanSummary::default() });
    let mut harness = shown(states::with([Transfer { plan, ..row }]));
    press(&mut harness, "Cancel sending holiday.zip and 311 more to ANNA-PC");
    harness.get_by_label("Do not cancel");
    assert!(harness.state().wishes.is_empty());
}

#[test]
fn the_question_goes_when_the_transfer_ends_by_itself() {
    let mut harness = shown(states::with([states::folder(1, Direction::Incoming)]));
    press(&mut harness, "Cancel receiving holiday/ · 312 files from ANNA-PC");
    harness.state_mut().change(|state| *state = states::folders_over());
    harness.run();
    assert!(harness.query_by_label("Do not cancel").is_none());
}

#[test]
fn an_end_says_how_much_of_it_was_there_already() {
    let harness = shown(states::folders_over());
    harness.get_by_label_contains("12 files  ·  300 already there  ·  156 MB in 51 s");
    harness.get_by_label("311 of 312 files  ·  1 failed");
    harness.get_by_label("180 of 312 files");
}

#[test]
fn interrupted_transfers_go_on_or_go_away() {
    let mut harness = shown(states::unfinished());
    harness.get_by_label("holiday/ · 312 files");
    harness.get_by_label("to ANNA-PC  ·  4.2 GB  ·  begun 12 min ago");
    harness.get_by_label("It goes on by itself when ANNA-PC sends again. Into /home/mei/Downloads");
    // What comes in is continued by the other side.
    assert!(harness.query_by_label_contains("Continue sending projects/").is_none());
    press(&mut harness, "Continue sending holiday/ · 312 files to ANNA-PC");
    press(&mut harness, "Remove the interrupted transfer projects/ · 10204 files with ANNA-PC");
    harness.get_by_label_contains("What is not complete is removed");
    press(&mut harness, "Keep this interrupted transfer");
    press(&mut harness, "Remove the interrupted transfer projects/ · 10204 files with ANNA-PC");
    press(&mut harness, "Yes, remove this interrupted transfer");
    let commands = harness.state().commands();
    let [
        Command::Continue { transfer, .. },
        Command::Discard { direction: Direction::Incoming, transfer: gone, peer },
    ] = commands[..]
    else {
        panic!("{commands:?}")
    };
    assert_eq!(*transfer, TransferId::from_bytes([0x55; 16]));
    assert_eq!((*gone, *peer), (TransferId::from_bytes([0x66; 16]), DeviceId::from_bytes([0xc3; 32])));
}

#[test]
fn an_interrupted_transfer_that_goes_on_has_its_row_only() {
    let mut state = states::unfinished();
    let mut row = states::folder(1, Direction::Outgoing);
    row.id = Some(TransferId::from_bytes([0x55; 16]));
    state.transfers.insert(row.key, row);
    let mut harness = shown(state);
    assert!(harness.query_by_label("Continue sending holiday/ · 312 files to ANNA-PC").is_none());
    assert!(harness.query_all_by_label("Interrupted transfers").count() > 0);
    harness.state_mut().change(|state| state.unfinished.clear());
    harness.run();
    assert!(harness.query_by_label("Interrupted transfers").is_none());
}

#[test]
fn files_that_changed_since_say_that_they_start_again_as_long_as_it_runs() {
    for (count, english, chinese) in [
        (1, "1 file started again: it changed since it was interrupted.", "1 个文件重新开始"),
        (2, "2 files started again: they changed since they were interrupted.", "2 个文件重新开始"),
    ] {
        let mut row = states::folder(1, Direction::Outgoing);
        row.plan = Some(PlanSummary { restarted: count, ..PlanSummary::default() });
        let mut harness = shown(states::with([row]));
        harness.get_by_label(english);
        harness.state_mut().change(|state| state.settings.language = sampan::model::Language::Chinese);
        harness.run();
        harness.get_by_label_contains(chinese);
    }
    let harness = shown(states::with([states::folder(1, Direction::Incoming)]));
    assert!(harness.query_by_label_contains("started again").is_none());
    let harness = shown(states::folders_over());
    assert!(harness.query_by_label_contains("started again").is_none());
}
