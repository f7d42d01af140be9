//! Guessing the code: one try each, closings, and who never feels any of it.

use std::fs;
use std::path::PathBuf;
use std::time::{Duration, Instant, SystemTime};

use sampan::engine::{Acceptance, Command, Credentials, DeskDoor, Remember, State, Timing, WithoutCode};
use sampan::model::{Code, DeviceId, FailureKind, Leftover, Outcome};
use sampan::pairing::desk::FIRST_CLOSING;
use sampan::pairing::{Channel, Desk as PairingDesk, Guesser, Shown, Tried, Typing};
use sampan::wire::{Frame, Kind};
use tempfile::TempDir;

use crate::support::engines::Side;
use crate::support::line::{Line, Speed};
use crate::support::middle::Middle;
use crate::support::peer::Peer;
use crate::support::program::Desk;
use crate::support::proven::other_than;
use crate::support::until;

/// A side that asks a person, at work.
fn side() -> Side {
    Side::start(Acceptance::Ask, Timing::default())
}

fn file(bytes: u64) -> (TempDir, PathBuf) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a");
    crate::support::allocate(&path, bytes);
    (dir, path)
}

fn with_code(code: Code) -> Credentials {
    Credentials { code: Some(code), without_code: WithoutCode::End, ..Credentials::default() }
}

fn wrong(code: &Code) -> Code {
    other_than(code.digits()).parse().unwrap()
}

fn door(state: &State) -> &DeskDoor {
    &state.desk.as_ref().unwrap().door
}

fn guesses(state: &State) -> Vec<&str> {
    state.desk.as_ref().unwrap().guesses.iter().map(|guess| guess.address.as_str()).collect()
}

/// Sends with a wrong code; gives why that failed.
fn guess(receiver: &mut Side, sender: &mut Side, count: usize, to: std::net::SocketAddr) -> FailureKind {
    let (_dir, path) = file(1);
    let code = wrong(&receiver.code());
    sender.send_with(&[&path], to, with_code(code));
    sender.ended(count).ending.unwrap().failure.unwrap().kind
}

/// Somebody who greeted, sent a share, and has the other one.
fn half_way(to: std::net::SocketAddr) -> Peer {
    let mut peer = Peer::dial(to);
    peer.hello();
    let channel = Channel {
        ours: DeviceId::from_bytes([1; 32]),
        theirs: DeviceId::from_bytes([2; 32]),
        exporter: [3; 32],
    };
    let (_, share) = Typing::start(&"000000".parse().unwrap(), channel).unwrap();
    peer.say(&Frame::PairShare(share));
    peer.expect(Kind::PairShare);
    peer
}

#[test]
fn three_wrong_codes_close_pairing_longer_each_time() {
    let (here, there) = (Desk::new(), Desk::new());
    let mut receiver = there.careful_receiver();
    let file = here.file("a", "text");
    for count in 1..=3 {
        let code = receiver.code();
        here.give(&file, receiver.address, &["--code", &other_than(&code)]).assert_unproven("wrong-code");
        if count < 3 {
            receiver.next_code(&code);
        }
    }
    let none = receiver.program.line("code", |line| line["code"].is_null());
    assert!(none["expires"].is_null());
    for _ in 0..2 {
        here.give(&file, receiver.address, &["--code", "123456"]).assert_unproven("pairing-closed");
    }
    assert!(receiver.names().is_empty());
    // How long, each time: the same desk with a clock of its own.
    let mut now = Instant::now();
    let mut desk = PairingDesk::new(now, Box::new(|| "123456".parse().ok()));
    for doubled in [1, 2, 4] {
        for n in 0..3 {
            let address = [10, 0, 0, n].into();
            let device = DeviceId::from_bytes([n; 32]);
            let attempt = desk.begin(now, Guesser { address, device, at: SystemTime::now() }).unwrap();
            desk.end(now, attempt, Tried::Wrong);
        }
        let until = now + FIRST_CLOSING * doubled;
        assert_eq!(desk.shown(now), Shown::Closed { until });
        now = until;
    }
}

#[test]
fn a_person_opens_pairing_at_once_and_sees_who_guessed() {
    let (mut receiver, mut sender) = (side(), side());
    let address = receiver.listen();
    for count in 1..=3 {
        assert_eq!(guess(&mut receiver, &mut sender, count, address), FailureKind::WrongCode);
        receiver.until("the guess", |state| guesses(state).len() == count);
    }
    receiver.until("closed", |state| matches!(door(state), DeskDoor::Closed { .. }));
    assert_eq!(guesses(&receiver.state), ["127.0.0.1"; 3]);
    let DeskDoor::Closed { until } = door(&receiver.state) else { panic!() };
    let left = until.saturating_duration_since(Instant::now());
    assert!(left <= FIRST_CLOSING && left > Duration::from_mins(4), "{left:?}");
    receiver.command(Command::OpenPairing);
    let code = receiver.code();
    let (_dir, path) = file(1);
    sender.send_with(&[&path], address, with_code(code));
    receiver.until("the question", |state| state.transfers.values().any(|row| row.prompt.is_some()));
    assert!(receiver.received().is_empty());
}

#[test]
fn enter_in_the_terminal_shows_a_code_again() {
    let (here, there) = (Desk::new(), Desk::new());
    let mut receiver = there.in_terminal("receive --accept paired --listen 127.0.0.1:0 --dir in");
    let shown = |line: &str| -> String {
        let (_, code) = line.split_once("paired: ").unwrap();
        code[..7].replace(' ', "")
    };
    let mut code = shown(&receiver.out.line_with("Code for computers"));
    let to = receiver.out.line_with("--to 127.0.0.1:").trim().rsplit(' ').next().unwrap().to_owned();
    let file = here.file("a", "text");
    for count in 1..=3 {
        here.give(&file, &to, &["--code", &other_than(&code)]).assert_unproven("wrong-code");
        receiver.out.line_with("Somebody at 127.0.0.1 typed a wrong code");
        match count {
            3 => drop(receiver.out.line_with("too many wrong ones")),
            _ => code = shown(&receiver.out.line_with("Code for computers")),
        }
    }
    receiver.type_in("\n");
    code = shown(&receiver.out.line_with("Code for computers"));
    here.give(&file, &to, &["--code", &code]).assert(0, "delivered", None);
    assert_eq!(fs::read(there.folder().join("a")).unwrap(), b"text");
}

#[test]
fn paired_devices_and_running_transfers_do_not_feel_that_pairing_is_closed() {
    let (mut receiver, mut friend, mut stranger) =
        (Side::start(Acceptance::Paired, Timing::default()), side(), side());
    receiver.pair_with(&friend);
    let address = receiver.listen();
    let line = Line::slow(address);
    let (_large, large) = file(64 * 1024 * 1024);
    friend.send_with(&[&large], line.address, Credentials::default());
    receiver.until("bytes", |state| state.transfers.values().any(|row| row.progress.bytes > 0));
    for count in 1..=3 {
        assert_eq!(guess(&mut receiver, &mut stranger, count, address), FailureKind::WrongCode);
        receiver.until("the guess", |state| guesses(state).len() == count);
    }
    assert!(matches!(door(&receiver.state), DeskDoor::Closed { .. }));
    assert!(friend.state.transfers.values().all(|row| row.ending.is_none()), "it still runs");
    let (_small, small) = file(5);
    friend.send_with(&[&small], address, Credentials::default());
    assert_eq!(friend.ended(2).ending.unwrap().outcome, Outcome::Delivered);
    line.set(Speed::Open);
    assert_eq!(friend.ended(1).ending.unwrap().outcome, Outcome::Delivered);
}

#[test]
fn a_code_is_spent_also_when_the_guesser_hangs_up() {
    let (mut receiver, mut sender) = (side(), side());
    let address = receiver.listen();
    let spent = receiver.code();
    let peer = half_way(address);
    receiver.until("the try", |state| *door(state) == DeskDoor::Busy);
    peer.reset();
    receiver.until("the guess", |state| guesses(state) == ["127.0.0.1"]);
    let next = receiver.code();
    assert_ne!(next, spent, "one in a million");
    let (_dir, path) = file(1);
    sender.send_with(&[&path], address, with_code(spent));
    assert_eq!(sender.ended(1).ending.unwrap().failure.unwrap().kind, FailureKind::WrongCode);
    assert!(receiver.state.transfers.is_empty());
}

#[test]
fn an_address_has_one_guess_a_code() {
    let (mut receiver, mut sender) = (side(), side());
    let address = receiver.listen();
    let first = receiver.code();
    let mut peer = half_way(address);
    receiver.until("the try", |state| *door(state) == DeskDoor::Busy);
    // Another one meanwhile, with the very code: there is nothing to try any more.
    let (_dir, path) = file(1);
    sender.send_with(&[&path], address, with_code(first.clone()));
    assert_eq!(sender.ended(1).ending.unwrap().failure.unwrap().kind, FailureKind::PairingBusy);
    assert!(guesses(&receiver.state).is_empty(), "busy is no guess");
    // The same one again in the same session.
    let channel = Channel {
        ours: DeviceId::from_bytes([1; 32]),
        theirs: DeviceId::from_bytes([2; 32]),
        exporter: [3; 32],
    };
    peer.say(&Frame::PairShare(Typing::start(&first, channel).unwrap().1));
    assert!(matches!(peer.hear_out(), Some(Frame::Bye(_))));
    receiver.until("the guess", |state| guesses(state).len() == 1);
    assert_ne!(receiver.code(), first);
}

#[test]
fn a_listener_that_hangs_up_or_pretends_to_be_busy_gets_one_try_of_the_typed_code() {
    for kept in [Kind::PairShare, Kind::PairConfirm] {
        let (mut receiver, mut sender) = (side(), side());
        let middle = Middle::that_cuts(receiver.listen(), Some(kept));
        let (_dir, path) = file(1);
        let code = receiver.code();
        sender.send_with(&[&path], middle.address, with_code(code));
        let failure = sender.ended(1).ending.unwrap().failure.unwrap();
        assert_eq!(failure.kind, FailureKind::PairingBroken, "{failure}");
        let tries = middle.heard_of_diallers();
        assert_eq!(tries.iter().filter(|kinds| kinds.contains(&Kind::PairShare)).count(), 1, "{tries:?}");
    }
}

#[test]
fn a_person_who_mistyped_is_asked_again_in_the_same_transfer() {
    let (mut receiver, mut sender) = (Side::start(Acceptance::Paired, Timing::default()), side());
    let address = receiver.listen();
    let (_dir, path) = file(5);
    sender.send_with(&[&path], address, Credentials::default());
    let wanted = |state: &State| state.transfers.values().find_map(|row| row.code_wanted.clone());
    sender.until("the question", |state| wanted(state).is_some());
    assert_eq!(wanted(&sender.state).unwrap().last, None, "nothing went wrong yet");
    let (transfer, remember) = (*sender.state.transfers.keys().next().unwrap(), Remember::No);
    let code = wrong(&receiver.code());
    sender.command(Command::EnterCode { transfer, code, remember });
    let last = |state: &State| wanted(state).and_then(|wanted| wanted.last).map(|failure| failure.kind);
    sender.until("the next question", |state| last(state) == Some(FailureKind::WrongCode));
    receiver.until("the guess", |state| guesses(state).len() == 1);
    let code = receiver.code();
    sender.command(Command::EnterCode { transfer, code, remember });
    assert_eq!(sender.outcome(), Outcome::Delivered);
    assert_eq!((sender.state.transfers.len(), receiver.received()), (1, vec!["a".to_owned()]));
    assert!(sender.state.devices.is_empty() && receiver.state.devices.is_empty());
}

#[test]
fn who_cancels_while_the_code_is_asked_for_is_done() {
    let (mut receiver, mut sender) = (side(), side());
    let address = receiver.listen();
    let (_dir, path) = file(5);
    sender.send_with(&[&path], address, Credentials::default());
    sender.until("the question", |state| state.transfers.values().any(|row| row.code_wanted.is_some()));
    let key = *sender.state.transfers.keys().next().unwrap();
    sender.command(Command::Cancel { transfer: key, leftover: Leftover::Keep });
    assert_eq!(sender.outcome(), Outcome::Cancelled);
    assert!(sender.state.transfers[&key].code_wanted.is_none());
    // Nobody there was disturbed: no guess, the code stands.
    let code = receiver.code();
    sender.command(Command::EnterCode { transfer: key, code, remember: Remember::No });
    until("the engine to be done", || sender.engine.next_event().is_none());
    assert!(guesses(&receiver.state).is_empty() && receiver.state.transfers.is_empty());
}

#[test]
fn of_two_who_bring_the_same_code_at_once_one_gets_in() {
    let (anna, ben, there) = (Desk::new(), Desk::new(), Desk::new());
    let receiver = there.careful_receiver();
    let code = receiver.code();
    let both =
        [&anna, &ben].map(|desk| desk.giving(&desk.file("a", "text"), receiver.address, &["--code", &code]));
    let mut codes = both.map(|sender| {
        let ended = sender.end();
        let kind = ended.kind().map(str::to_owned);
        assert!(matches!(kind.as_deref(), None | Some("wrong-code" | "pairing-busy")), "{ended:?}");
        ended.code
    });
    codes.sort_unstable();
    assert_eq!(codes, [Some(0), Some(5)]);
    assert_eq!(receiver.names(), ["a"]);
}

#[test]
fn starting_anew_opens_pairing_and_the_log_says_who_guessed() {
    let (here, there) = (Desk::new(), Desk::new());
    let file = here.file("a", "text");
    let mut receiver = there.careful_receiver();
    for _ in 0..3 {
        let code = receiver.code();
        here.give(&file, receiver.address, &["--code", &other_than(&code)]).assert_unproven("wrong-code");
        receiver.program.line("code", |line| line["code"] != code.as_str());
        if receiver.is_closed() {
            break;
        }
    }
    assert!(receiver.is_closed());
    receiver.program.signal(rustix::process::Signal::INT);
    assert_eq!(receiver.end().code, Some(130));
    let logs = fs::read_dir(there.state().join("logs")).unwrap();
    let log: String = logs.map(|file| fs::read_to_string(file.unwrap().path()).unwrap()).collect();
    let told =
        log.lines().filter(|line| line.contains("guessed wrong") && line.contains("127.0.0.1")).count();
    assert_eq!(told, 3, "{log}");
    let receiver = there.careful_receiver();
    here.give(&file, receiver.address, &["--code", &receiver.code()]).assert(0, "delivered", None);
}
