//! What may go on without a question, what waits for whom, and what a person says while nobody is there.

use std::fs::{self, Permissions};
use std::net::SocketAddr;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rustix::process::Signal;
use sampan::engine::{Acceptance, Answer, Command, Direction, Prompt, Remember, State, Timing, Transfer};
use sampan::model::{Leftover, Outcome, TransferState, Wish};

use crate::support::cutter::Cutter;
use crate::support::engines::Side;
use crate::support::line::{Line, Speed};
use crate::support::names_in;
use crate::support::program::{Desk, Program, Receiver};
use crate::support::tree::ours;
use crate::trees::{LARGE, assert_nothing_left, patient, put, tree_of, unfinished};

/// So much is there before something happens.
const SOME: u64 = 6 * 1024 * 1024;

/// A small file and a large one, of which a slow line carries for a while.
fn tree(desk: &Desk) -> PathBuf {
    let tree = tree_of(desk, &[("a", b"small")]);
    fs::write(tree.join("b"), vec![0x5a; LARGE.try_into().unwrap()]).unwrap();
    tree
}

/// Ends a sender as a power cut would, once the receiver has some of it.
fn interrupt(mut sender: Program, receiver: &mut Receiver) {
    receiver.program.line("progress", |line| line["bytes"].as_u64() >= Some(SOME));
    sender.line("offer", |_| true);
    sender.signal(Signal::KILL);
    sender.end();
    assert_eq!(receiver.finished()["outcome"], "interrupted");
}

// The program

#[test]
fn a_receiver_that_is_started_again_is_found_again() {
    let (here, there) = (Desk::new(), Desk::new());
    let (mut receiver, tree) = (there.receiver(), tree(&here));
    let line = Line::slow(receiver.address);
    let mut sender = patient(&here, &tree, line.address);
    receiver.program.line("progress", |line| line["bytes"].as_u64() >= Some(SOME));
    let address = receiver.address;
    receiver.program.signal(Signal::TERM);
    receiver.end().assert(130, "interrupted", Some("closed"));
    sender.line("progress", |line| line["stage"] == "reconnecting");
    let mut command = there.command();
    command.args(["receive", "--accept", "all", "--insecure-anyone", "--json"]);
    command.args(["--listen", &address.to_string(), "--dir"]).arg(there.folder());
    let _receiver = Receiver::start(command, there.folder());
    line.set(Speed::Open);
    sender.end().assert(0, "delivered", None);
    assert_nothing_left(&here, &there);
}

#[test]
fn a_receiver_for_one_transfer_waits_for_the_sender_that_was_lost() {
    let (here, there) = (Desk::new(), Desk::new());
    let (receiver, tree) = (there.receiver_by(there.command(), &["--once"]), tree(&here));
    let cuts = Cutter::new(receiver.address, &[9_000_000, 20_000_000]);
    let sender = patient(&here, &tree, cuts.address);
    sender.end().assert(0, "delivered", None);
    receiver.end().assert(0, "delivered", Some("connection-lost")); // told of the cuts
    assert_eq!(cuts.left(), 0, "every cut was made");
    assert_nothing_left(&here, &there);
}

#[test]
fn nobody_else_takes_the_turn_of_a_sender_that_was_lost() {
    let (here, there, other) = (Desk::new(), Desk::new(), Desk::new());
    let (mut receiver, tree) = (there.receiver_by(there.command(), &["--once"]), tree(&here));
    let line = Line::slow(receiver.address);
    let sender = here.sending(&[&tree], line.address);
    receiver.program.line("progress", |line| line["bytes"].as_u64() >= Some(SOME));
    line.set(Speed::Cut);
    receiver.program.line("finished", |line| line["outcome"] == "interrupted");
    sender.end().assert(1, "interrupted", Some("connection-lost"));
    other.send(&[&other.file("x", "x")], receiver.address).assert(3, "declined", Some("not-receiving"));
    here.send(&[&tree], receiver.address).assert(0, "delivered", None);
    assert_eq!(receiver.end().code, Some(0));
    assert_eq!(names_in(&there.folder()), ["tree"]);
    assert_nothing_left(&here, &there);
}

/// `send tree` from a folder, which runs.
fn sending_from(here: &Desk, folder: &Path, to: SocketAddr) -> Program {
    let mut command = here.command();
    command.current_dir(folder);
    command.args(["send", "tree", "--json", "--retry", "0", "--insecure-anyone", "--to", &to.to_string()]);
    Program::start(command)
}

#[test]
fn the_same_name_in_another_folder_is_something_else_and_the_whole_path_is_the_same() {
    let (here, there) = (Desk::new(), Desk::new());
    let (mut receiver, tree) = (there.receiver(), tree(&here));
    let line = Line::slow(receiver.address);
    let mut sender = sending_from(&here, tree.parent().unwrap(), line.address);
    sender.line("progress", |line| line["bytes"].as_u64() >= Some(SOME));
    sender.signal(Signal::KILL);
    sender.end();
    receiver.program.line("finished", |line| line["outcome"] == "interrupted");
    put(&here.path("elsewhere/tree"), &[("c", b"another tree")]);
    sending_from(&here, &here.path("elsewhere"), receiver.address).end().assert(0, "delivered", None);
    let waiting = unfinished(&here);
    assert_eq!(waiting.len(), 1, "the first one waits");
    assert_eq!(waiting[0]["sources"], serde_json::json!([tree.to_str().unwrap()]));
    here.send(&[&tree], receiver.address).assert(0, "delivered", None);
    assert_eq!(names_in(&there.folder().join("tree")), ["a", "b", "c"]);
    assert_nothing_left(&here, &there);
}

#[test]
fn a_yes_is_good_once_and_not_for_other_contents_under_the_same_names() {
    let (here, there) = (Desk::new(), Desk::new());
    here.pair_with(&there);
    let mut receiver = there.careful_receiver();
    let tree = tree_of(&here, &[("a", b"what was agreed to"), ("b", &vec![1; 900_000])]);
    let line = Cutter::open(receiver.address);
    let mut command = here.command();
    command.arg("send").arg(&tree).args(["--json", "--retry", "0", "--limit", "300K"]);
    command.args(["--to", &line.address.to_string()]);
    let sender = Program::start(command);
    receiver.program.moves();
    line.mute();
    assert_eq!(receiver.finished()["outcome"], "delivered");
    sender.end().assert(1, "interrupted", Some("connection-lost"));
    drop(receiver);
    // It comes back under the same id, and is another thing.
    fs::write(tree.join("a"), "what nobody agreed to").unwrap();
    let mut receiver = there.in_terminal("receive --listen 127.0.0.1:0 --once --dir in");
    let port = receiver.out.line_with("--to 127.0.0.1:").trim().rsplit(':').next().unwrap().to_owned();
    let sender = here.sending_paired(&[&tree], format!("127.0.0.1:{port}"));
    receiver.out.until("Accept? [y/N]");
    receiver.type_in("n\n");
    sender.end().assert(3, "declined", Some("declined"));
    assert_eq!(fs::read(there.folder().join("tree/a")).unwrap(), b"what was agreed to");
    assert_eq!(names_in(&there.folder().join("tree")), ["a", "b"]);
}

#[test]
fn who_was_forgotten_goes_on_with_nothing() {
    let (here, there) = (Desk::new(), Desk::new());
    here.pair_with(&there);
    let (mut receiver, tree) = (there.careful_receiver(), tree(&here));
    let line = Line::slow(receiver.address);
    interrupt(here.sending_paired(&[&tree], line.address), &mut receiver);
    let known = there.run(&["devices", "--json"]);
    let sender = known.lines[0]["id"].as_str().or(known.lines[0]["device"].as_str()).unwrap().to_owned();
    assert_eq!(there.run(&["forget", &sender]).code, Some(0));
    let sent = here.sending_paired(&[&tree], receiver.address).end();
    assert_eq!(sent.code, Some(5), "{sent:#?}");
    assert_eq!(names_in(&there.folder().join("tree")), ["a"]);
    assert_eq!(unfinished(&there).len(), 1, "what is there of it stays until somebody removes it");
}

#[test]
fn the_same_sent_twice_at_once_goes_on_in_the_second_and_the_first_says_so() {
    let (here, there) = (Desk::new(), Desk::new());
    let (mut receiver, tree) = (there.receiver(), tree(&here));
    let line = Line::slow(receiver.address);
    let first = patient(&here, &tree, line.address);
    receiver.program.line("progress", |line| line["bytes"].as_u64() >= Some(SOME));
    let second = patient(&here, &tree, receiver.address);
    first.end().assert(1, "interrupted", Some("superseded"));
    second.end().assert(0, "delivered", None);
    assert_nothing_left(&here, &there);
}

#[test]
fn what_a_receiver_that_was_killed_behind_the_end_left_goes_with_the_next_look() {
    let (here, there) = (Desk::new(), Desk::new());
    let (mut receiver, tree) = (there.receiver(), tree(&here));
    let line = Line::slow(receiver.address);
    interrupt(here.sending(&[&tree], line.address), &mut receiver);
    let left = ours(&there.folder()).into_iter().find(|path| path.is_dir()).unwrap();
    here.send(&[&tree], receiver.address).assert(0, "delivered", None);
    receiver.program.signal(Signal::KILL);
    receiver.end();
    // As if it had been killed when all was recorded, and its own folder still to be removed.
    fs::create_dir(&left).unwrap();
    fs::set_permissions(&left, Permissions::from_mode(0o700)).unwrap();
    assert!(unfinished(&there).is_empty());
    assert_nothing_left(&here, &there);
}

#[test]
fn a_hole_of_any_length_keeps_nobody_from_ending() {
    let (here, there) = (Desk::new(), Desk::new());
    let mut receiver = there.receiver();
    let file = here.file("disk.img", "begin");
    fs::File::options().write(true).open(&file).unwrap().set_len(1 << 42).unwrap();
    let mut sender = here.sending(&[&file], receiver.address);
    receiver.program.line("progress", |line| line["stage"] == "receiving");
    sender.line("progress", |line| line["stage"] == "sending");
    receiver.program.signal(Signal::TERM);
    receiver.end().assert(130, "interrupted", Some("closed"));
    sender.end().assert(1, "interrupted", Some("closed"));
}

// Engines

fn newest(state: &State) -> &Transfer {
    state.transfers.values().next_back().expect("a transfer")
}

fn question(side: &mut Side) -> Prompt {
    side.until("a question", |state| state.transfers.values().any(|row| row.prompt.is_some()));
    newest(&side.state).prompt.clone().unwrap()
}

fn accept(side: &Side, prompt: &Prompt) {
    side.command(Command::Decide { prompt: prompt.id, answer: Answer::Accept(Remember::No) });
}

/// A sender that looks for who was lost for so long, and a receiver that asks; a transfer runs between them.
struct Running {
    sender: Side,
    receiver: Side,
    _desk: Desk,
    tree: PathBuf,
    address: SocketAddr,
}

impl Running {
    /// Runs over a line that is made for it.
    fn start<L>(patience: Duration, line: impl FnOnce(SocketAddr) -> (L, SocketAddr)) -> (Self, L) {
        let mut receiver = Side::start(Acceptance::Ask, Timing::default());
        let (home, desk) = (tempfile::tempdir().unwrap(), Desk::new());
        let folder = home.path().to_owned();
        let sender = Side::start_with(home, folder, |config| sampan::engine::Config { patience, ..config });
        receiver.pair_with(&sender);
        let (tree, address) = (tree(&desk), receiver.listen());
        let (line, by) = line(address);
        sender.send(&[&tree], by);
        let prompt = question(&mut receiver);
        accept(&receiver, &prompt);
        let mut running = Self { sender, receiver, _desk: desk, tree, address };
        running.moves();
        (running, line)
    }

    /// Waits until a part is there that is worth going on with.
    fn moves(&mut self) {
        for side in [&mut self.sender, &mut self.receiver] {
            side.until("bytes", |state| newest(state).progress.bytes > SOME);
        }
    }

    fn until_both(&mut self, what: &str, condition: impl Fn(&Transfer) -> bool) {
        for side in [&mut self.sender, &mut self.receiver] {
            side.until(what, |state| state.transfers.values().next_back().is_some_and(&condition));
        }
    }

    /// The last transfer of each side ends like this.
    #[track_caller]
    fn assert_ended(&mut self, outcome: Outcome) {
        self.until_both("the end", |row| row.ending.is_some());
        for side in [&self.sender, &self.receiver] {
            let ending = newest(&side.state).ending.clone().unwrap();
            assert_eq!(ending.outcome, outcome, "{ending:?}");
        }
    }

    /// Neither side remembers a transfer, and nothing of the program's own is in the folder.
    fn assert_forgotten(&mut self) {
        for side in [&mut self.sender, &mut self.receiver] {
            side.until("nothing unfinished", |state| state.unfinished.is_empty());
        }
        assert_eq!(ours(&self.receiver.folder), Vec::<PathBuf>::new());
    }
}

/// A line that a test makes slow, stops and cuts.
fn slow(to: SocketAddr) -> (Line, SocketAddr) {
    let line = Line::slow(to);
    let address = line.address;
    (line, address)
}

#[test]
fn what_goes_on_in_another_folder_leaves_nothing_in_the_first() {
    let (mut running, line) = Running::start(Duration::ZERO, slow);
    line.set(Speed::Cut);
    running.assert_ended(Outcome::Interrupted);
    put(&running.tree, &[("c", b"was not agreed to")]);
    let other = tempfile::tempdir().unwrap();
    put(&other.path().join("tree"), &[("a", b"mine"), ("b", b"mine as well")]);
    running.sender.send(&[&running.tree], running.address);
    let prompt = question(&mut running.receiver);
    assert!(prompt.plan.continued == 1 && prompt.folder == running.receiver.folder, "{prompt:?}");
    running.receiver.command(Command::Retarget { prompt: prompt.id, folder: other.path().to_owned() });
    running.receiver.until("the other folder", |state| {
        newest(state).prompt.as_ref().is_some_and(|prompt| prompt.folder == other.path())
    });
    let again = newest(&running.receiver.state).prompt.clone().unwrap();
    let plan = again.plan;
    assert_eq!((plan.new, plan.continued, plan.differing, plan.identical), (1, 0, 2, 0), "{plan:?}");
    accept(&running.receiver, &again);
    running.assert_ended(Outcome::Delivered);
    assert_eq!(names_in(&other.path().join("tree")), ["a", "a (1)", "b", "b (1)", "c"]);
    assert_eq!(fs::read(other.path().join("tree/b")).unwrap(), b"mine as well");
    assert_eq!(ours(other.path()), Vec::<PathBuf>::new());
    assert_eq!(names_in(&running.receiver.folder.join("tree")), ["a"], "what was complete stays");
    running.assert_forgotten();
}

#[test]
fn who_is_asked_again_and_gives_it_up_keeps_whole_files_and_nothing_else() {
    let (mut running, line) = Running::start(Duration::ZERO, slow);
    line.set(Speed::Cut);
    running.assert_ended(Outcome::Interrupted);
    put(&running.tree, &[("c", b"was not agreed to")]);
    running.sender.send(&[&running.tree], running.address);
    let _prompt = question(&mut running.receiver);
    let transfer = newest(&running.receiver.state).key;
    running.receiver.command(Command::Cancel { transfer, leftover: Leftover::Remove });
    running.until_both("the end", |row| row.ending.is_some());
    running.receiver.until("nothing unfinished", |state| state.unfinished.is_empty());
    assert_eq!(ours(&running.receiver.folder), Vec::<PathBuf>::new());
    assert_eq!(names_in(&running.receiver.folder.join("tree")), ["a"]);
}

#[test]
fn given_up_while_nobody_is_there_it_is_tried_no_more_and_forgotten() {
    let (mut running, line) = Running::start(Duration::from_hours(1), slow);
    line.set(Speed::Cut);
    running.sender.until("reconnecting", |state| newest(state).state == TransferState::Reconnecting);
    let transfer = newest(&running.sender.state).key;
    running.sender.command(Command::Cancel { transfer, leftover: Leftover::Remove });
    let ending = running.sender.ended(1).ending.unwrap();
    assert_eq!(ending.outcome, Outcome::Cancelled, "{ending:?}");
    running.sender.until("nothing unfinished", |state| state.unfinished.is_empty());
    // The receiver was not reached: it keeps its part until it is told to give it up.
    running.receiver.until("the end", |state| newest(state).ending.is_some());
    running.receiver.until("a part", |state| state.unfinished.len() == 1);
    let kept = &running.receiver.state.unfinished[0];
    let (direction, transfer, peer) = (Direction::Incoming, kept.transfer, kept.peer);
    running.receiver.command(Command::Discard { direction, transfer, peer });
    running.assert_forgotten();
    assert_eq!(names_in(&running.receiver.folder.join("tree")), ["a"]);
}

#[test]
fn a_pause_outlasts_a_line_that_is_lost() {
    let (mut running, line) = Running::start(Duration::from_hours(1), slow);
    let paused = |row: &Transfer| row.state == TransferState::Moving && row.paused.here && row.paused.there;
    for side in [&running.sender, &running.receiver] {
        side.command(Command::Pause(newest(&side.state).key, Wish::Pause));
    }
    running.until_both("the pause", paused);
    let before = newest(&running.receiver.state).key;
    line.break_off();
    running.receiver.until("another session", |state| state.transfers.keys().any(|key| *key > before));
    running.until_both("the pause again", paused);
    running.sender.command(Command::Pause(newest(&running.sender.state).key, Wish::Resume));
    running.until_both("one pause", |row| row.paused.here != row.paused.there);
    let came = newest(&running.receiver.state).progress.bytes;
    assert!(came < LARGE, "{came}");
    line.set(Speed::Open);
    running.receiver.command(Command::Pause(newest(&running.receiver.state).key, Wish::Resume));
    running.assert_ended(Outcome::Delivered);
    running.assert_forgotten();
}
