//! Two engines over loopback, and everything a front end asks of one.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command as Process;
use std::time::{Duration, Instant};

use sampan::engine::{
    Acceptance, Answer, Command, Config, Direction, Event, FileCursor, Holds, Lasting, ListenOn, Prompt,
    Receiving, Remember, RoomLimits, State, Timing, Transfer, TransferKey,
};
use sampan::model::{FailureKind, Leftover, Outcome, Settings, TransferState};
use tempfile::TempDir;

use crate::support::engines::Side;
use crate::support::line::{Line, Speed};
use crate::support::peer::Peer;
use crate::support::until;

/// Large enough that a slow line is still busy with it when a test acts.
const LARGE: u64 = 512 * 1024 * 1024;

fn receiver() -> Side {
    Side::start(Acceptance::All, Timing::default())
}

fn sender() -> Side {
    Side::start(Acceptance::Ask, Timing::default())
}

/// A folder with these files.
fn files(names: &[&str]) -> (TempDir, Vec<PathBuf>) {
    let dir = tempfile::tempdir().unwrap();
    let paths: Vec<PathBuf> = names.iter().map(|name| dir.path().join(name)).collect();
    for path in &paths {
        fs::write(path, path.file_name().unwrap().as_encoded_bytes()).unwrap();
    }
    (dir, paths)
}

fn large_file(bytes: u64) -> (TempDir, PathBuf) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a");
    crate::support::allocate(&path, bytes);
    (dir, path)
}

/// The only transfer there is.
fn only(state: &State) -> &Transfer {
    state.transfers.values().next().unwrap()
}

fn is_moving(state: &State) -> bool {
    state.transfers.values().any(|transfer| transfer.progress.bytes > 0)
}

#[test]
fn files_arrive_byte_for_byte_and_both_sides_know_it() {
    let (mut receiver, mut sender) = (receiver(), sender());
    let files = tempfile::tempdir().unwrap();
    let contents: Vec<u8> = (0..3_000_000_u32).flat_map(u32::to_le_bytes).collect();
    let (big, empty) = (files.path().join("报告 最终.bin"), files.path().join("empty"));
    fs::write(&big, &contents).unwrap();
    fs::write(&empty, b"").unwrap();
    let address = receiver.listen();
    sender.send(&[&big, &empty], address);
    assert_eq!(sender.outcome(), Outcome::Delivered);
    assert_eq!(receiver.outcome(), Outcome::Delivered);
    assert_eq!(receiver.received(), ["empty", "报告 最终.bin"]);
    assert_eq!(fs::read(receiver.folder.join("报告 最终.bin")).unwrap(), contents);
    assert_eq!(sender.state.settings.recent, [address.to_string()], "the address is remembered");
}

// Back-pressure

#[test]
fn two_thousand_files_arrive_with_nobody_reading_events() {
    let (mut receiver, mut sender) = (receiver(), sender());
    let names: Vec<String> = (0..2_000).map(|n| format!("{n}")).collect();
    let (_dir, paths) = files(&names.iter().map(String::as_str).collect::<Vec<_>>());
    let address = receiver.listen();
    sender.send(&paths.iter().map(PathBuf::as_path).collect::<Vec<_>>(), address);
    until("2,000 files", || complete(&receiver.folder) == 2_000);
    for side in [&mut receiver, &mut sender] {
        let ending = side.ended(1).ending.unwrap();
        assert_eq!((ending.outcome, ending.saved), (Outcome::Delivered, 2_000));
        let mut cursor = FileCursor::default();
        let mut next = |limit| side.engine.files(TransferKey(1), &mut cursor, limit).len();
        assert_eq!([next(1_990), next(5_000), next(5_000)], [1_990, 10, 0]);
    }
}

/// Files under their final names.
fn complete(folder: &Path) -> usize {
    let names = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name());
    names.filter(|name| !name.as_encoded_bytes().starts_with(b".sampan-")).count()
}

#[test]
fn who_did_not_read_gets_everything_in_one_snapshot() {
    let (mut receiver, mut sender) = (receiver(), sender());
    let names: Vec<String> = (1..=120).map(|n| format!("{n}.txt")).collect();
    let (_dir, paths) = files(&names.iter().map(String::as_str).collect::<Vec<_>>());
    let address = receiver.listen();
    for (n, path) in (1..).zip(&paths) {
        sender.send(&[path], address);
        // Nobody reads; the folder tells when the next one may start.
        until("the next file", || complete(&receiver.folder) == n);
    }
    for side in [&mut receiver, &mut sender] {
        let Some(Event::Snapshot(state)) = side.engine.next_event() else { panic!("no snapshot") };
        side.state = *state;
        assert_eq!(side.state.transfers.len(), 120);
        side.until("the last end", |state| state.transfers.values().all(|row| row.ending.is_some()));
        let delivered = |row: &Transfer| row.state == TransferState::Finished(Outcome::Delivered);
        assert!(side.state.transfers.values().all(delivered));
    }
}

#[test]
fn sixteen_senders_at_once_are_each_served_byte_for_byte() {
    let mut receiver = receiver();
    let address = receiver.listen();
    let dir = tempfile::tempdir().unwrap();
    let contents = |n: u32| -> Vec<u8> { (n..n + 250_000).flat_map(u32::to_le_bytes).collect() };
    let mut senders: Vec<Side> = (0..16)
        .map(|n| {
            let path = dir.path().join(format!("{n}"));
            fs::write(&path, contents(n)).unwrap();
            let sender = sender();
            sender.send(&[&path], address);
            sender
        })
        .collect();
    for sender in &mut senders {
        assert_eq!(sender.outcome(), Outcome::Delivered);
    }
    for n in 0..16 {
        assert!(fs::read(receiver.folder.join(format!("{n}"))).unwrap() == contents(n), "{n} differs");
    }
    receiver.until("sixteen ends", |state| {
        state.transfers.values().filter(|row| row.ending.is_some()).count() == 16
    });
}

// Questions

/// A receiver that was asked by a sender about these files.
fn asked(timing: Timing, names: &[&str]) -> (Side, Side, Prompt, TempDir) {
    let (mut receiver, sender) = (Side::start(Acceptance::Ask, timing), sender());
    receiver.pair_with(&sender);
    let (dir, paths) = files(names);
    let address = receiver.listen();
    sender.send(&paths.iter().map(PathBuf::as_path).collect::<Vec<_>>(), address);
    let prompt = prompt(&mut receiver);
    (receiver, sender, prompt, dir)
}

fn prompt(side: &mut Side) -> Prompt {
    side.until("a question", |state| state.transfers.values().any(|row| row.prompt.is_some()));
    only(&side.state).prompt.clone().unwrap()
}

fn assert_declined(side: &mut Side, kind: FailureKind) {
    let ending = side.ended(1).ending.unwrap();
    assert_eq!((ending.outcome, ending.failure.unwrap().kind), (Outcome::Declined, kind));
}

#[test]
fn a_question_nobody_answers_times_out_and_the_sender_is_told() {
    let timing = Timing { decision: Duration::from_millis(300), ..Timing::default() };
    let (mut receiver, mut sender, _, _dir) = asked(timing, &["a"]);
    assert_declined(&mut sender, FailureKind::NotAnswered);
    assert_declined(&mut receiver, FailureKind::NotAnswered);
    assert!(only(&receiver.state).prompt.is_none());
    assert!(receiver.received().is_empty());
}

#[test]
fn a_sender_does_not_wait_for_ever_for_a_receiver_that_never_answers() {
    let short = Duration::from_millis(150);
    let timing = Timing { decision: short, decision_grace: short, ..Timing::default() };
    let (mut receiver, mut sender) =
        (Side::start(Acceptance::Ask, Timing::default()), Side::start(Acceptance::Ask, timing));
    receiver.pair_with(&sender);
    let (_dir, paths) = files(&["a"]);
    sender.send(&[&paths[0]], receiver.listen());
    assert_declined(&mut sender, FailureKind::NotAnswered);
    receiver.until("the question's end", |state| {
        state.transfers.values().next().is_some_and(|row| row.ending.is_some())
    });
    assert!(only(&receiver.state).prompt.is_none(), "nobody is asked about an offer that is gone");
}

#[test]
fn a_question_tells_the_room_in_its_folder_and_what_is_needed() {
    let (receiver, _sender, prompt, _dir) = asked(Timing::default(), &["four", "five!"]);
    assert_eq!((prompt.needed, &prompt.folder), (9, &receiver.folder));
    let free = prompt.free.clone().unwrap();
    assert!(free > 9 && prompt.fits(), "{free}");
    assert_eq!(only(&receiver.state).state, TransferState::Waiting);
    assert!(receiver.received().is_empty(), "not one byte before the answer");
}

#[test]
fn another_folder_is_asked_about_again_and_taken() {
    let (mut receiver, mut sender, prompt, _dir) = asked(Timing::default(), &["a"]);
    let other = tempfile::tempdir().unwrap();
    let retarget = |folder: &Path| Command::Retarget { prompt: prompt.id, folder: folder.to_owned() };
    let missing = other.path().join("missing");
    receiver.command(retarget(&missing));
    receiver.until("the missing folder", |state| {
        only(state).prompt.as_ref().is_some_and(|prompt| prompt.folder == missing)
    });
    let again = only(&receiver.state).prompt.clone().unwrap();
    assert_eq!(again.free.as_ref().unwrap_err().kind, FailureKind::FolderMissing);
    assert!(!again.fits());
    // Another plan is another question: an answer to the first one is none to this.
    receiver.command(Command::Decide { prompt: prompt.id, answer: Answer::Accept(Remember::No) });
    receiver.command(Command::Retarget { prompt: again.id, folder: other.path().to_owned() });
    receiver.until("the other folder", |state| {
        only(state).prompt.as_ref().is_some_and(|prompt| prompt.folder == other.path())
    });
    let last = only(&receiver.state).prompt.clone().unwrap();
    receiver.command(Command::Decide { prompt: last.id, answer: Answer::Accept(Remember::No) });
    assert_eq!(sender.outcome(), Outcome::Delivered);
    assert_eq!(receiver.ended(1).folder.as_deref(), Some(other.path()));
    assert!(receiver.received().is_empty());
    assert_eq!(fs::read(other.path().join("a")).unwrap(), b"a");
}

#[test]
fn no_is_told_to_the_sender_and_not_one_byte_is_written() {
    let (mut receiver, mut sender, prompt, _dir) = asked(Timing::default(), &["a"]);
    receiver.command(Command::Decide { prompt: prompt.id, answer: Answer::Decline });
    assert_declined(&mut sender, FailureKind::Declined);
    assert_declined(&mut receiver, FailureKind::Declined);
    assert!(receiver.received().is_empty());
}

#[test]
fn an_answer_to_a_question_that_is_gone_is_ignored() {
    let (mut receiver, mut sender, prompt, _dir) = asked(Timing::default(), &["a"]);
    for answer in [Answer::Decline, Answer::Accept(Remember::No), Answer::Accept(Remember::No)] {
        receiver.command(Command::Decide { prompt: prompt.id, answer });
    }
    assert_declined(&mut sender, FailureKind::Declined);
    assert_declined(&mut receiver, FailureKind::Declined);
}

#[test]
fn an_offer_the_sender_takes_back_is_asked_about_no_more() {
    let (mut receiver, mut sender, _, _dir) = asked(Timing::default(), &["a"]);
    sender.command(Command::Cancel { transfer: TransferKey(1), leftover: Leftover::Keep });
    assert_eq!(sender.outcome(), Outcome::Cancelled);
    assert_eq!(receiver.outcome(), Outcome::Cancelled);
    assert!(only(&receiver.state).prompt.is_none());
}

#[test]
fn switching_receive_off_withdraws_questions_and_lets_running_transfers_go_on() {
    let mut receiver = Side::start(Acceptance::Ask, Timing::default());
    let address = receiver.listen();
    let line = Line::slow(address);
    let (mut running, mut waiting) = (sender(), sender());
    receiver.pair_with(&running);
    receiver.pair_with(&waiting);
    let (_large, large) = large_file(32 * 1024 * 1024);
    let (_dir, small) = files(&["small"]);
    running.send(&[&large], line.address);
    let first = prompt(&mut receiver);
    receiver.command(Command::Decide { prompt: first.id, answer: Answer::Accept(Remember::No) });
    receiver.until("bytes", is_moving);
    waiting.send(&[&small[0]], address);
    receiver.until("the second question", |state| {
        state.transfers.values().any(|row| row.prompt.as_ref().is_some_and(|prompt| prompt.id != first.id))
    });
    receiver.command(Command::StopReceiving);
    assert_declined(&mut waiting, FailureKind::NotReceiving);
    let lasting = Lasting::UntilOff;
    let on = Receiving::On { bound: vec![address], dial: vec![address], lasting, until: None };
    assert_eq!(receiver.state.receiving, on);
    receiver.until("off", |state| state.receiving == Receiving::Off);
    let late = sender();
    late.send(&[&small[0]], address);
    let mut late = late;
    let failure = late.ended(1).ending.unwrap().failure.unwrap();
    assert_eq!(failure.kind, FailureKind::NobodyListens);
    line.set(Speed::Open);
    assert_eq!(running.outcome(), Outcome::Delivered);
}

// Stopping

/// Stops an engine; says how long that took.
fn stop(side: Side) -> Duration {
    let started = Instant::now();
    keep_folder(side);
    started.elapsed()
}

/// Stopping may take 5 s; a little more for a busy machine.
const STOP: Duration = Duration::from_millis(5_500);

#[test]
fn stopping_while_a_question_stands_is_quick_and_the_sender_is_told() {
    let (receiver, mut sender, _, _dir) = asked(Timing::default(), &["a"]);
    assert!(stop(receiver) < STOP);
    assert_declined(&mut sender, FailureKind::NotReceiving);
}

#[test]
fn stopping_a_sender_that_waits_takes_its_offer_back() {
    let (mut receiver, sender, _, _dir) = asked(Timing::default(), &["a"]);
    assert!(stop(sender) < STOP);
    let ending = receiver.ended(1).ending.unwrap();
    let kind = ending.failure.unwrap().kind;
    assert_eq!((ending.outcome, kind), (Outcome::Interrupted, FailureKind::Closed));
    assert!(receiver.state.transfers.values().all(|row| row.prompt.is_none()));
}

/// A transfer over a line that was stopped in the middle.
fn stalled() -> (Side, Side, Line, TempDir) {
    let (mut receiver, sender) = (receiver(), sender());
    let line = Line::slow(receiver.listen());
    let (dir, large) = large_file(LARGE);
    sender.send(&[&large], line.address);
    receiver.until("bytes", is_moving);
    line.set(Speed::Stopped);
    (receiver, sender, line, dir)
}

#[test]
fn stopping_a_receiver_with_a_stalled_sender_takes_5_s_at_most_and_only_a_part_stays() {
    let (receiver, _sender, _line, _dir) = stalled();
    assert_eq!(complete(&receiver.folder), 0);
    let started = Instant::now();
    let kept = keep_folder(receiver);
    assert!(started.elapsed() < STOP, "{:?}", started.elapsed());
    assert_only_a_part(&kept.path().join("received"));
}

/// Nothing but a staging folder with one part that has some bytes.
fn assert_only_a_part(folder: &Path) {
    let mut own = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let staging = own.next().unwrap();
    assert!(own.next().is_none() && staging.file_name().unwrap().as_encoded_bytes().starts_with(b".sampan-"));
    let parts: Vec<_> = fs::read_dir(staging).unwrap().map(|entry| entry.unwrap()).collect();
    let bytes: u64 = parts.iter().map(|part| part.metadata().unwrap().len()).sum();
    assert!(bytes > 0, "{parts:?}");
}

/// Stops an engine and keeps its folder.
fn keep_folder(side: Side) -> TempDir {
    let (engine, home) = side.into_parts();
    engine.shutdown();
    home
}

#[test]
fn stopping_a_sender_with_a_stalled_receiver_takes_5_s_at_most() {
    let (mut receiver, sender, line, _dir) = stalled();
    assert!(stop(sender) < STOP);
    line.set(Speed::Open);
    assert_ne!(receiver.outcome(), Outcome::Delivered);
    assert!(receiver.received().is_empty());
}

#[test]
fn stopping_while_both_sides_work_is_quick_and_only_a_part_stays() {
    let (mut receiver, sender) = (receiver(), sender());
    let line = Line::slow(receiver.listen());
    let (_dir, large) = large_file(LARGE);
    sender.send(&[&large], line.address);
    receiver.until("bytes", is_moving);
    let started = Instant::now();
    let kept = keep_folder(receiver);
    assert!(started.elapsed() < STOP);
    assert_only_a_part(&kept.path().join("received"));
}

#[test]
fn a_sender_can_be_cancelled_and_stopped_while_it_still_connects() {
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let (mut cancelled, mut stopped) = (sender(), sender());
    let (_dir, paths) = files(&["a"]);
    for side in [&mut cancelled, &mut stopped] {
        side.send(&[&paths[0]], silent.local_addr().unwrap());
        side.until("connecting", |state| {
            state.transfers.values().any(|row| row.state == TransferState::Connecting)
        });
    }
    let started = Instant::now();
    cancelled.command(Command::Cancel { transfer: TransferKey(1), leftover: Leftover::Keep });
    assert_eq!(cancelled.outcome(), Outcome::Cancelled);
    assert!(stop(stopped) < STOP && started.elapsed() < STOP);
}

#[test]
fn stopping_with_silent_strangers_connected_is_quick() {
    let mut receiver = receiver();
    let address = receiver.listen();
    let _connected = Peer::connect(address);
    let mut greeted = Peer::dial(address);
    greeted.greet();
    assert!(stop(receiver) < STOP);
    greeted.hear_out();
}

// What else a front end asks

#[test]
fn a_running_row_cannot_be_dismissed_and_an_ended_one_can() {
    let (mut receiver, mut sender, prompt, _dir) = asked(Timing::default(), &["a"]);
    sender.command(Command::Dismiss(TransferKey(1)));
    receiver.command(Command::Decide { prompt: prompt.id, answer: Answer::Accept(Remember::No) });
    assert_eq!(sender.outcome(), Outcome::Delivered);
    assert_eq!(receiver.outcome(), Outcome::Delivered);
    for side in [&mut sender, &mut receiver] {
        assert_eq!(side.engine.files(TransferKey(1), &mut FileCursor::default(), 10).len(), 1);
        side.command(Command::Dismiss(TransferKey(1)));
        side.until("no row", |state| state.transfers.is_empty());
        assert!(side.engine.files(TransferKey(1), &mut FileCursor::default(), 10).is_empty());
    }
    assert_eq!(receiver.received(), ["a"], "its files stay");
}

#[test]
fn chosen_files_are_looked_at_folders_are_counted_and_all_can_be_taken_out() {
    let mut side = sender();
    let (dir, paths) = files(&["a", "bb"]);
    fs::create_dir(dir.path().join("empty")).unwrap();
    let missing = dir.path().join("missing");
    side.command(Command::Choose(vec![paths[0].clone(), missing.clone()]));
    side.command(Command::Choose(vec![paths[1].clone(), paths[0].clone(), dir.path().to_owned()]));
    side.until("four, and the folder counted", |state| {
        state.chosen.len() == 4 && state.chosen.iter().all(|chosen| chosen.holds != Ok(Holds::Counting))
    });
    let holds: Vec<_> =
        side.state.chosen.iter().map(|chosen| chosen.holds.as_ref().map_err(|why| why.kind)).collect();
    let file = |bytes| Holds::File { bytes };
    assert_eq!(holds[..3], [Ok(&file(1)), Err(FailureKind::NoSuchFile), Ok(&file(2))]);
    let Ok(Holds::Folder(measured)) = holds[3] else { panic!("{holds:?}") };
    assert_eq!((measured.files, measured.folders, measured.bytes), (2, 2, 3), "itself and the empty one");
    side.command(Command::Unchoose(missing));
    side.until("three files", |state| state.chosen.len() == 3);
    assert_eq!(side.state.chosen[1].path, paths[1]);
    side.command(Command::UnchooseAll);
    side.until("no files", |state| state.chosen.is_empty());
}

#[test]
fn a_folder_that_is_chosen_again_is_counted_again() {
    let mut side = sender();
    let (dir, _) = files(&["a", "bb"]);
    let folder = dir.path().to_owned();
    let counted = |state: &State| {
        state.chosen.first().and_then(|chosen| match chosen.holds {
            Ok(Holds::Folder(measured)) => Some(measured.files),
            Ok(Holds::Counting | Holds::File { .. }) | Err(_) => None,
        })
    };
    // Taken out while it may still be counted: what the first count brings is nobody's any more.
    side.command(Command::Choose(vec![folder.clone()]));
    side.command(Command::Unchoose(folder.clone()));
    fs::write(folder.join("c"), b"").unwrap();
    side.command(Command::Choose(vec![folder]));
    side.until("a count", |state| counted(state) == Some(3));
    assert_eq!(side.state.chosen.len(), 1);
}

#[test]
fn new_settings_take_effect_and_are_written() {
    let (mut side, home) = Side::with_home();
    let folder = tempfile::tempdir().unwrap();
    let settings = Settings {
        name: "atelier".to_owned(),
        folder: Some(folder.path().to_owned()),
        ..side.state.settings.clone()
    };
    side.command(Command::Configure(settings.clone()));
    side.until("the name", |state| state.device.name.as_str() == "atelier");
    assert_eq!(side.state.settings, settings);
    assert_eq!(side.state.device.folder, folder.path());
    let file = home.join("settings.toml");
    until("settings.toml", || fs::read_to_string(&file).is_ok_and(|text| text.contains("atelier")));
    let mut sender = sender();
    side.pair_with(&sender);
    let (_dir, paths) = files(&["a"]);
    sender.send(&[&paths[0]], side.listen());
    let asked = prompt(&mut side);
    assert_eq!(asked.folder, folder.path());
    side.command(Command::Decide { prompt: asked.id, answer: Answer::Accept(Remember::No) });
    assert_eq!(sender.outcome(), Outcome::Delivered);
    let transfer = sender.ended(1);
    assert_eq!(transfer.peer.name.unwrap().as_str(), "atelier");
    assert_eq!((transfer.direction, complete(folder.path())), (Direction::Outgoing, 1));
}

/// Runs a test's body in a network of its own, where all addresses are loopback's: the test program starts itself there.
fn in_own_network(test: &str, body: impl FnOnce()) {
    const INSIDE: &str = "SAMPAN_TEST_IN_OWN_NETWORK";
    if std::env::var_os(INSIDE).is_some() {
        return body();
    }
    let mut process = Process::new("unshare");
    process.args(["-n", "sh", "-c", "ip link set lo up && exec \"$0\" --exact \"$1\""]);
    let output = process.arg(std::env::current_exe().unwrap()).arg(test).env(INSIDE, "1").output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && said.contains("1 passed"), "{said}");
}

#[test]
fn a_new_port_is_listened_on_at_once() {
    in_own_network("engines::a_new_port_is_listened_on_at_once", || {
        let mut receiver = receiver();
        let port = |state: &State| match &state.receiving {
            Receiving::On { bound, .. } => bound[0].port(),
            Receiving::Off | Receiving::Failed(_) => 0,
        };
        receiver.command(Command::Receive { on: ListenOn::Any { port: 7267 }, lasting: Lasting::UntilOff });
        receiver.until("the old port", |state| port(state) == 7267);
        let settings = Settings { port: 9000, ..receiver.state.settings.clone() };
        receiver.command(Command::Configure(settings));
        receiver.until("the new port", |state| port(state) == 9000);
        let (_dir, paths) = files(&["a"]);
        let mut on_old = sender();
        on_old.send(&[&paths[0]], "127.0.0.1:7267".parse().unwrap());
        assert_eq!(on_old.ended(1).ending.unwrap().failure.unwrap().kind, FailureKind::NobodyListens);
        for address in ["127.0.0.1:9000", "[::1]:9000"] {
            let mut on_new = sender();
            on_new.send(&[&paths[0]], address.parse().unwrap());
            assert_eq!(on_new.outcome(), Outcome::Delivered);
        }
    });
}

#[test]
fn a_port_that_was_named_stays_when_the_settings_change() {
    let mut receiver = receiver();
    let address = receiver.listen();
    let settings = Settings { port: 9000, ..receiver.state.settings.clone() };
    receiver.command(Command::Configure(settings));
    receiver.until("the settings", |state| state.settings.port == 9000);
    let mut sender = sender();
    let (_dir, paths) = files(&["a"]);
    sender.send(&[&paths[0]], address);
    assert_eq!(sender.outcome(), Outcome::Delivered);
}

#[test]
fn a_name_that_exists_becomes_a_numbered_one() {
    let (mut receiver, mut sender) = (receiver(), sender());
    fs::write(receiver.folder.join("name.ext"), "mine").unwrap();
    let (_dir, paths) = files(&["name.ext"]);
    sender.send(&[&paths[0]], receiver.listen());
    assert_eq!(sender.outcome(), Outcome::Delivered);
    assert_eq!(receiver.outcome(), Outcome::Delivered);
    assert_eq!(receiver.received(), ["name (1).ext", "name.ext"]);
    assert_eq!(fs::read(receiver.folder.join("name.ext")).unwrap(), b"mine");
}

#[test]
fn an_offer_too_many_is_told_that_the_other_side_is_busy() {
    let mut receiver = Side::start(Acceptance::Ask, Timing::default());
    let mut sender = Side::start(Acceptance::Ask, Timing::default());
    receiver.pair_with(&sender);
    let names: Vec<String> = (1..=9).map(|n| n.to_string()).collect();
    let (_dir, paths) = files(&names.iter().map(String::as_str).collect::<Vec<_>>());
    let address = receiver.listen();
    // 8 questions of one computer may stand; of one more, nothing is read.
    for (count, path) in (1..).zip(&paths) {
        sender.send(&[path], address);
        sender.until("an answer or a question", |state| {
            let settled = |row: &Transfer| row.ending.is_some() || row.state == TransferState::Waiting;
            state.transfers.len() == count && state.transfers.values().all(settled)
        });
        let asked = count.min(8);
        receiver.until("a question", |state| {
            state.transfers.values().filter(|row| row.prompt.is_some()).count() == asked
        });
    }
    let ending = sender.state.transfers.values().find_map(|row| row.ending.clone()).unwrap();
    assert_eq!(ending.failure.unwrap().kind, FailureKind::Busy);
}

#[test]
fn a_list_that_finds_no_room_beside_the_others_is_told_busy_and_finds_it_when_they_are_decided() {
    let home = tempfile::tempdir().unwrap();
    let folder = home.path().join("received");
    fs::create_dir(&folder).unwrap();
    let offers = RoomLimits { undecided: 3, all: 6, free: 1 };
    let mut receiver = Side::start_with(home, folder, |config| Config { offers, ..config });
    let address = receiver.listen();
    let (_dir, paths) = files(&["a", "b", "c", "d"]);
    let paths: Vec<&Path> = paths.iter().map(PathBuf::as_path).collect();
    let sender = || {
        let side = sender();
        receiver.pair_with(&side);
        side
    };
    let (mut first, mut second, mut third, mut fourth) = (sender(), sender(), sender(), sender());
    first.send(&paths, address);
    let question = prompt(&mut receiver);
    second.send(&paths[..2], address);
    assert_eq!(second.ended(1).ending.unwrap().failure.unwrap().kind, FailureKind::Busy);
    // So few need no room.
    third.send(&paths[..1], address);
    third
        .until("a question", |state| state.transfers.values().any(|row| row.state == TransferState::Waiting));
    receiver.command(Command::Decide { prompt: question.id, answer: Answer::Decline });
    assert_declined(&mut first, FailureKind::Declined);
    fourth.send(&paths, address);
    fourth
        .until("a question", |state| state.transfers.values().any(|row| row.state == TransferState::Waiting));
}

#[test]
fn how_long_receive_stays_on_can_be_changed_without_losing_the_port() {
    let mut receiver = Side::start(Acceptance::Ask, Timing::default());
    let on = ListenOn::Exactly("127.0.0.1:0".parse().unwrap());
    let at = receiver.listen();
    for lasting in [Lasting::For(Duration::from_mins(10)), Lasting::OneTransfer, Lasting::UntilOff] {
        receiver.command(Command::Receive { on, lasting });
        receiver.until("another time", |state| {
            matches!(&state.receiving, Receiving::On { lasting: now, bound, .. } if *now == lasting && bound[0] == at)
        });
    }
    receiver.command(Command::Receive { on, lasting: Lasting::For(Duration::ZERO) });
    receiver.until("the end of it", |state| state.receiving == Receiving::Off);
}
