//! A front end saves a receipt where its person wants it: the file and the list, the same ones on both sides.

use std::fs;
use std::path::PathBuf;

use sampan::engine::{Acceptance, Answer, Command, Remember, State, Timing, Transfer, TransferKey};
use sampan::model::{Conflict, FailureKind, Outcome, Settings};

use crate::support::engines::Side;
use crate::support::names_in;
use crate::support::program::Desk;
use crate::trees::{put, tree_of};

/// Two sides between which a folder is offered; the receiver is started with such settings.
fn offered(desk: &Desk, settings: impl FnOnce(Settings) -> Settings) -> (Side, Side) {
    let mut receiver = Side::start(Acceptance::Ask, Timing::default());
    let sender = Side::start(Acceptance::Ask, Timing::default());
    receiver.pair_with(&sender);
    let settings = settings(receiver.state.settings.clone());
    receiver.command(Command::Configure(settings.clone()));
    receiver.until("the settings", |state| state.settings == settings);
    put(&receiver.folder.join("tree"), &[("a", b"mine")]);
    let address = receiver.listen();
    sender.send(&[&tree_of(desk, &[("a", b"theirs"), ("b", b"new")])], address);
    receiver.until("a question", |state| row(state).is_some_and(|row| row.prompt.is_some()));
    (receiver, sender)
}

fn row(state: &State) -> Option<&Transfer> {
    state.transfers.values().next()
}

fn answer(receiver: &Side, answer: Answer) {
    let prompt = row(&receiver.state).unwrap().prompt.as_ref().unwrap().id;
    receiver.command(Command::Decide { prompt, answer });
}

fn delivered(desk: &Desk) -> (Side, Side) {
    let (mut receiver, mut sender) = offered(desk, |settings| settings);
    answer(&receiver, Answer::Accept(Remember::No));
    assert_eq!((sender.outcome(), receiver.outcome()), (Outcome::Delivered, Outcome::Delivered));
    (receiver, sender)
}

/// Saves the receipt of a side's transfer; where it is.
fn saved(side: &mut Side, folder: PathBuf) -> PathBuf {
    side.command(Command::Export { transfer: TransferKey(1), folder });
    side.until("the receipt", |state| row(state).is_some_and(|row| row.exported.is_some()));
    row(&side.state).unwrap().exported.clone().unwrap()
}

/// The failure that a side tells of.
fn refused(side: &mut Side, transfer: TransferKey, folder: PathBuf) -> FailureKind {
    side.command(Command::Export { transfer, folder });
    side.until("a notice", |state| !state.notices.is_empty());
    side.state.notices.back().unwrap().1.kind
}

#[test]
fn both_sides_save_the_same_receipt_with_its_list_and_may_do_so_again() {
    let desk = Desk::new();
    let (mut receiver, mut sender) = delivered(&desk);
    let mut all = Vec::new();
    for (side, name) in [(&mut receiver, "there"), (&mut sender, "here")] {
        let folder = desk.path(name);
        fs::create_dir(&folder).unwrap();
        let receipt = saved(side, folder.clone());
        assert_eq!(receipt, saved(side, folder.clone()), "the same again is no error");
        assert_eq!(names_in(&folder).len(), 2);
        let sums = fs::read(receipt.with_extension("sha256")).unwrap();
        assert_eq!(String::from_utf8(sums.clone()).unwrap().lines().count(), 2);
        all.push((fs::read(&receipt).unwrap(), sums));
    }
    assert_eq!(all[0], all[1]);
    let receipt = row(&receiver.state).unwrap().exported.clone().unwrap();
    let verified =
        desk.run(&["verify", receipt.to_str().unwrap(), receiver.folder.to_str().unwrap(), "--json"]);
    assert_eq!(verified.code, Some(0), "{verified:#?}");
}

#[test]
fn what_has_the_receipts_name_already_stays_and_the_window_is_told() {
    let desk = Desk::new();
    let (_receiver, mut sender) = delivered(&desk);
    let folder = desk.path("here");
    fs::create_dir(&folder).unwrap();
    let id = row(&sender.state).unwrap().id.unwrap().to_string();
    let mine = folder.join(format!("{}.receipt", &id[..8]));
    fs::write(&mine, b"mine").unwrap();
    assert_eq!(refused(&mut sender, TransferKey(1), folder.clone()), FailureKind::AlreadyThere);
    assert_eq!(fs::read(&mine).unwrap(), b"mine");
    assert_eq!(names_in(&folder).len(), 1);
}

#[test]
fn a_folder_that_is_not_there_and_a_transfer_without_a_receipt_are_told() {
    let desk = Desk::new();
    let (_receiver, mut sender) = delivered(&desk);
    assert_eq!(refused(&mut sender, TransferKey(1), desk.path("missing")), FailureKind::FolderMissing);
    let (_other, mut unknown) = delivered(&Desk::new());
    assert_eq!(refused(&mut unknown, TransferKey(99), desk.path("")), FailureKind::NoReceipt);
    let declined = Desk::new();
    let (mut receiver, _sender) = offered(&declined, |settings| settings);
    answer(&receiver, Answer::Decline);
    assert_eq!(receiver.outcome(), Outcome::Declined);
    assert_eq!(refused(&mut receiver, TransferKey(1), desk.path("")), FailureKind::NoReceipt);
}

#[test]
fn what_the_settings_say_of_files_that_differ_is_preset_in_the_question() {
    for conflict in Conflict::ALL {
        let desk = Desk::new();
        let (mut receiver, mut sender) = offered(&desk, |settings| Settings { conflict, ..settings });
        let prompt = row(&receiver.state).unwrap().prompt.clone().unwrap();
        assert_eq!((prompt.choices.conflict, prompt.plan.conflict), (conflict, conflict));
        answer(&receiver, Answer::Accept(Remember::No));
        assert_eq!((sender.outcome(), receiver.outcome()), (Outcome::Delivered, Outcome::Delivered));
        let there = receiver.folder.join("tree");
        let (names, a): (&[&str], &[u8]) = match conflict {
            Conflict::KeepBoth => (&["a", "a (1)", "b"], b"mine"),
            Conflict::Skip => (&["a", "b"], b"mine"),
            Conflict::Replace => (&["a", "b"], b"theirs"),
        };
        assert_eq!(
            (names_in(&there), fs::read(there.join("a")).unwrap()),
            (names.iter().map(|name| (*name).to_owned()).collect(), a.to_vec()),
            "{conflict:?}"
        );
    }
}
