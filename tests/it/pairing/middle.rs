//! A man in the middle over real TLS, and impostors at the address of somebody known.

use std::fs;

use sampan::engine::{Acceptance, Command, Credentials, DeskDoor, State, Timing, WithoutCode};
use sampan::model::FailureKind;
use sampan::wire::Kind;

use crate::support::engines::Side;
use crate::support::middle::Middle;
use crate::support::program::{Desk, Receiver};

/// Real handshakes, codes and closings take time; a thousand tries at the level of frames are in `session::greeting`.
const TRIES: usize = 100;

#[test]
fn a_man_in_the_middle_is_caught_at_pairing_by_both_sides() {
    let (here, there) = (Desk::new(), Desk::new());
    let mut receiver = there.careful_receiver();
    let middle = Middle::before(receiver.address);
    let file = here.file("diary.txt", "dear diary");
    let code = receiver.code();
    let sent = here.give(&file, middle.address, &["--code", &code]);
    sent.assert_unproven("wrong-code");
    assert!(sent.message().contains("somebody may be between"), "{}", sent.message());
    let code = receiver.next_code(&code);
    let paired = here.run(&["pair", &middle.address.to_string(), "--code", &code, "--json"]);
    paired.assert_unproven("wrong-code");
    assert!(here.devices().is_empty() && there.devices().is_empty());
    assert!(receiver.names().is_empty());
    // What he heard: two versions, two shares, and one confirmation that is worth nothing.
    for kinds in middle.heard_of_diallers() {
        assert_eq!(kinds, [Kind::Hello, Kind::PairShare, Kind::PairConfirm]);
    }
    for kinds in middle.heard_of_listener() {
        assert_eq!(kinds, [Kind::Hello, Kind::PairShare, Kind::Bye]);
    }
    let name = receiver.listening()["name"].as_str().unwrap();
    for secret in ["diary", name, &code] {
        assert!(!middle.heard(secret), "he heard {secret:?}");
    }
}

#[test]
fn a_man_in_the_middle_is_caught_by_the_pin() {
    let (here, there) = (Desk::new(), Desk::new());
    let mut receiver = there.careful_receiver();
    let code = here.pair_by_code(&mut receiver);
    let file = here.file("diary.txt", "dear diary");
    let (ours, theirs) = (here.devices(), there.devices());
    let middle = Middle::before(receiver.address);
    // At an address nobody in particular is meant, and he is a stranger.
    here.give(&file, middle.address, &[]).assert_unproven("code-needed");
    // Where the device is meant, its id decides.
    let id = ours[0]["id"].as_str().unwrap();
    let sent = here.give(&file, middle.address, &["--device", id]);
    sent.assert_unproven("wrong-device");
    for words in ["Nothing was sent", "another computer has this address", "pretends to be"] {
        assert!(sent.message().contains(words), "{words}: {}", sent.message());
    }
    let sent = here.give(&file, middle.address, &["--device", id, "--code", &code]);
    sent.assert_unproven("wrong-device");
    assert_eq!((here.devices(), there.devices()), (ours, theirs), "nothing is updated by itself");
    assert!(receiver.names().is_empty() && !middle.heard("diary"));
    for kinds in middle.heard_of_diallers() {
        assert!(kinds.iter().all(|kind| matches!(kind, Kind::Hello | Kind::Bye)), "{kinds:?}");
    }
    // Without him all is as before, and the code was not spent.
    here.give(&file, receiver.address, &[]).assert(0, "delivered", None);
    assert_eq!(receiver.code(), code);
}

#[test]
fn a_name_leads_to_the_one_that_was_pinned_and_to_nobody_else_at_its_address() {
    let (here, there, elsewhere) = (Desk::new(), Desk::new(), Desk::new());
    let mut receiver = there.careful_receiver();
    here.pair_by_code(&mut receiver);
    let address = receiver.address;
    let before = here.devices();
    let name = before[0]["name"].as_str().unwrap();
    let file = here.file("a", "text");
    drop(receiver);
    // Another computer, with the same name, at that address.
    let mut command = elsewhere.command();
    command.args(["receive", "--accept", "all", "--insecure-anyone", "--json", "--listen"]);
    command.arg(address.to_string()).arg("--dir").arg(elsewhere.folder());
    let other = Receiver::start(command, elsewhere.folder());
    assert_eq!(other.listening()["name"].as_str().unwrap(), name, "one host, one name");
    for options in [&[][..], &["--insecure-anyone"]] {
        let sent = here.give(&file, name, options);
        sent.assert_unproven("wrong-device");
        assert!(
            sent.message().contains(name) && sent.message().contains("another key"),
            "{}",
            sent.message()
        );
    }
    assert!(other.names().is_empty());
    assert_eq!(here.devices(), before);
}

#[test]
fn every_one_of_many_tries_in_the_middle_is_caught() {
    let mut receiver = Side::start(Acceptance::Paired, Timing::default());
    let mut sender = Side::start(Acceptance::Ask, Timing::default());
    let middle = Middle::before(receiver.listen());
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a");
    fs::write(&path, "text").unwrap();
    for count in 1..=TRIES {
        let code = receiver.code();
        let with =
            Credentials { code: Some(code.clone()), without_code: WithoutCode::End, ..Default::default() };
        sender.send_with(&[&path], middle.address, with);
        let failure = sender.ended(count).ending.unwrap().failure.unwrap();
        assert_eq!(failure.kind, FailureKind::WrongCode, "{failure}");
        let door = |state: &State| state.desk.as_ref().unwrap().door.clone();
        receiver.until("the next code, or none", |state| match door(state) {
            DeskDoor::Shows { code: next, .. } => next != code,
            DeskDoor::Busy => false,
            DeskDoor::Closed { .. } => true,
        });
        // A person there shows one again, whatever came before.
        if matches!(door(&receiver.state), DeskDoor::Closed { .. }) {
            receiver.command(Command::OpenPairing);
        }
    }
    assert!(receiver.state.transfers.is_empty() && receiver.received().is_empty());
    let tries = middle.heard_of_listener();
    assert_eq!(tries.len(), TRIES);
    assert!(tries.iter().all(|kinds| kinds.last() == Some(&Kind::Bye)), "{tries:?}");
}

#[test]
fn a_paired_device_that_calls_itself_by_an_address_gets_nothing_that_is_meant_for_it() {
    let there = Desk::new();
    let honest = there.careful_receiver();
    let address = honest.address.to_string();
    for name in [address.as_str(), "127.0.0.1"] {
        let (here, elsewhere) = (Desk::new(), Desk::new());
        fs::create_dir_all(elsewhere.state()).unwrap();
        fs::write(elsewhere.state().join("settings.toml"), format!("name = \"{name}\"\n")).unwrap();
        let mut posing = elsewhere.careful_receiver();
        here.pair_by_code(&mut posing);
        assert_eq!(here.devices()[0]["name"], name, "it is called so here");
        let file = here.file("a", "text");
        here.give(&file, &address, &[]).assert_unproven("code-needed");
        let sent = here.give(&file, "127.0.0.1:1", &[]);
        sent.assert(4, "failed", Some("nobody-listens"));
    }
}

#[test]
fn a_paired_device_keeps_the_name_it_was_paired_with() {
    let (here, elsewhere) = (Desk::new(), Desk::new());
    let mut renamed = elsewhere.careful_receiver();
    here.pair_by_code(&mut renamed);
    let name = here.devices()[0]["name"].clone();
    drop(renamed);
    fs::write(elsewhere.state().join("settings.toml"), "name = \"nas.local\"\n").unwrap();
    let renamed = elsewhere.careful_receiver();
    here.give(&here.file("a", "text"), renamed.address, &[]).assert(0, "delivered", None);
    assert_eq!(here.devices()[0]["name"], name);
}
