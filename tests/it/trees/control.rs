//! A transfer that runs is paused, cancelled and slowed down, from either side.

use std::cell::Cell;
use std::fs;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use sampan::engine::{Acceptance, Command, State, Timing, Transfer, TransferKey};
use sampan::model::{Leftover, Outcome, Paused, Settings, TransferState, Wish};

use crate::support::cutter::Cutter;
use crate::support::engines::Side;
use crate::support::line::{Line, Speed};
use crate::support::program::Desk;
use crate::support::tree::ours;
use crate::support::{allocate, names_in};
use crate::trees::tree_of;

/// Large enough that a slow line is busy with it for a minute.
const LARGE: u64 = 512 * 1024 * 1024;

/// Nothing moves if nothing moved for so long: a slow line carries 4 MB in it.
const STILL: Duration = Duration::from_millis(500);

/// The only transfer of each side.
const KEY: TransferKey = TransferKey(1);

/// A transfer that runs over a slow line: a small file, which is there already, and a large one.
struct Running {
    sender: Side,
    receiver: Side,
    line: Line,
    desk: Desk,
}

/// Who does something.
#[derive(Clone, Copy, Debug)]
enum Who {
    Sender,
    Receiver,
}

fn only(state: &State) -> &Transfer {
    state.transfers.values().next().unwrap()
}

fn bytes(state: &State) -> u64 {
    only(state).progress.bytes
}

impl Running {
    fn start() -> Self {
        let mut receiver = Side::start(Acceptance::All, Timing::default());
        let sender = Side::start(Acceptance::Ask, Timing::default());
        let desk = Desk::new();
        let tree = tree_of(&desk, &[("a", b"small")]);
        allocate(&tree.join("b"), LARGE);
        let line = Line::slow(receiver.listen());
        sender.send(&[&tree], line.address);
        let mut running = Self { sender, receiver, line, desk };
        for side in running.both() {
            side.until("bytes and a file", |state| {
                state.transfers.values().any(|row| row.progress.bytes > 0 && row.progress.files > 0)
            });
        }
        running
    }

    fn both(&mut self) -> [&mut Side; 2] {
        [&mut self.sender, &mut self.receiver]
    }

    fn side(&mut self, who: Who) -> &mut Side {
        match who {
            Who::Sender => &mut self.sender,
            Who::Receiver => &mut self.receiver,
        }
    }

    /// Somebody pauses or goes on; both sides then know who wants a pause.
    fn wish(&mut self, who: Who, wish: Wish, sender: Paused) {
        self.side(who).command(Command::Pause(KEY, wish));
        let receiver = Paused { here: sender.there, there: sender.here };
        for (side, paused) in self.both().into_iter().zip([sender, receiver]) {
            side.until("the pause", |state| only(state).paused == paused);
        }
    }

    /// Waits until the bytes stand still on both sides. Gives how many came; they are not all.
    fn stands_still(&mut self) -> u64 {
        for side in self.both() {
            let (last, since) = (Cell::new(0), Cell::new(Instant::now()));
            side.until("standing still", |state| {
                if last.replace(bytes(state)) != bytes(state) {
                    since.set(Instant::now());
                }
                since.get().elapsed() >= STILL
            });
            assert_eq!(only(&side.state).state, TransferState::Moving, "it is paused, and not over");
        }
        let came = bytes(&self.receiver.state);
        assert!(came < LARGE, "{came}");
        came
    }

    /// Waits until bytes move again.
    fn moves(&mut self, beyond: u64) {
        for side in self.both() {
            side.until("more bytes", |state| bytes(state) > beyond + 1024 * 1024);
        }
    }

    /// What is left over of the program's own in the receiver's folder.
    fn leftovers(&self) -> Vec<PathBuf> {
        ours(&self.receiver.folder)
    }
}

const NOBODY: Paused = Paused { here: false, there: false };

/// Who wants a pause, as the sender sees it.
fn paused_by(who: Who) -> Paused {
    match who {
        Who::Sender => Paused { here: true, there: false },
        Who::Receiver => Paused { here: false, there: true },
    }
}

#[test]
fn who_paused_and_nobody_else_goes_on() {
    for (who, other) in [(Who::Sender, Who::Receiver), (Who::Receiver, Who::Sender)] {
        let mut running = Running::start();
        running.wish(who, Wish::Pause, paused_by(who));
        let came = running.stands_still();
        // The other one never paused, so its going on changes nothing.
        running.side(other).command(Command::Pause(KEY, Wish::Resume));
        assert_eq!(running.stands_still(), came, "{who:?}");
        running.wish(who, Wish::Resume, NOBODY);
        running.moves(came);
        running.line.set(Speed::Open);
        for side in running.both() {
            assert_eq!(side.outcome(), Outcome::Delivered);
        }
        assert_eq!(fs::metadata(running.receiver.folder.join("tree/b")).unwrap().len(), LARGE);
        assert_eq!(running.leftovers(), [PathBuf::new(); 0]);
    }
}

#[test]
fn while_either_side_wants_a_pause_nothing_moves() {
    let mut running = Running::start();
    running.wish(Who::Sender, Wish::Pause, paused_by(Who::Sender));
    running.wish(Who::Receiver, Wish::Pause, Paused { here: true, there: true });
    let came = running.stands_still();
    running.wish(Who::Sender, Wish::Resume, paused_by(Who::Receiver));
    assert_eq!(running.stands_still(), came);
    running.wish(Who::Receiver, Wish::Resume, NOBODY);
    running.moves(came);
}

#[test]
fn a_paused_transfer_can_be_cancelled_by_either_side() {
    for (who, other) in [(Who::Sender, Who::Receiver), (Who::Receiver, Who::Sender)] {
        let mut running = Running::start();
        running.wish(who, Wish::Pause, paused_by(who));
        let cancel = Command::Cancel { transfer: KEY, leftover: Leftover::Remove };
        running.side(other).command(cancel);
        for side in running.both() {
            assert_eq!(side.outcome(), Outcome::Cancelled, "{who:?}");
        }
        assert_eq!(running.leftovers(), [PathBuf::new(); 0]);
    }
}

/// Cancels in the middle; gives how many transfers each side then still could go on with.
fn cancelled(who: Who, leftover: Leftover) -> (Running, [usize; 2]) {
    let mut running = Running::start();
    running.side(who).command(Command::Cancel { transfer: KEY, leftover });
    let expected = match leftover {
        Leftover::Keep => 1,
        Leftover::Remove => 0,
    };
    let counts = running.both().map(|side| {
        assert_eq!(side.outcome(), Outcome::Cancelled, "{who:?}, {leftover:?}");
        side.until("what is left", |state| state.unfinished.len() == expected);
        side.state.unfinished.len()
    });
    assert_eq!(names_in(&running.receiver.folder.join("tree")), ["a"], "what is complete stays");
    assert_eq!(fs::read(running.receiver.folder.join("tree/a")).unwrap(), b"small");
    (running, counts)
}

#[test]
fn cancelled_for_now_by_either_side_it_can_go_on() {
    for who in [Who::Sender, Who::Receiver] {
        let (mut running, counts) = cancelled(who, Leftover::Keep);
        assert_eq!(counts, [1, 1]);
        assert_eq!(running.leftovers().len(), 1, "the part stays");
        running.line.set(Speed::Open);
        let tree = running.desk.path("sources").join("tree");
        running.sender.send(&[&tree], running.line.address);
        let ending = running.sender.ended(2).ending.unwrap();
        assert_eq!((ending.outcome, ending.saved, ending.skipped), (Outcome::Delivered, 1, 1), "{who:?}");
        assert_eq!(running.leftovers(), [PathBuf::new(); 0]);
        for side in running.both() {
            side.until("nothing unfinished", |state| state.unfinished.is_empty());
        }
    }
}

#[test]
fn cancelled_for_good_by_either_side_nothing_is_left_but_whole_files() {
    for who in [Who::Sender, Who::Receiver] {
        let (running, counts) = cancelled(who, Leftover::Remove);
        assert_eq!(counts, [0, 0]);
        assert_eq!(running.leftovers(), [PathBuf::new(); 0], "{who:?}");
    }
}

// Speed

/// How long a speed is measured.
const WINDOW: Duration = Duration::from_secs(3);

const MB: u64 = 1_000_000;

/// Never more than 5 % too much; less only by what a busy machine cannot do. `under_way`: bytes that may have been on the line
/// before.
#[track_caller]
fn assert_kept(limit: u64, moved: u64, under_way: u64, took: Duration) {
    let due = u128::from(limit) * took.as_millis() / 1000;
    let most = due * 105 / 100 + u128::from(under_way);
    assert!(u128::from(moved) <= most, "{moved} bytes in {took:?}: more than {limit} a second");
    assert!(u128::from(moved) >= due / 3, "{moved} bytes in {took:?}: far less than {limit} a second");
}

/// Takes in what an engine says for the length of a window.
fn watch(side: &mut Side) -> Duration {
    let start = Instant::now();
    side.until("the end of the window", |_| start.elapsed() >= WINDOW);
    start.elapsed()
}

fn configure(side: &mut Side, speed_limit: u64) {
    let settings = Settings { speed_limit, ..side.state.settings.clone() };
    side.command(Command::Configure(settings));
    side.until("the settings", |state| state.settings.speed_limit == speed_limit);
}

#[test]
fn a_senders_limits_hold_from_the_moment_they_are_set() {
    let mut receiver = Side::start(Acceptance::All, Timing::default());
    let mut sender = Side::start(Acceptance::Ask, Timing::default());
    let desk = Desk::new();
    let file = desk.large_file("large", LARGE);
    let line = Cutter::open(receiver.listen());
    configure(&mut sender, 2 * MB);
    sender.send(&[&file], line.address);
    sender.until("bytes", |state| state.transfers.values().any(|row| row.progress.bytes > 0));
    // Of all transfers, then of this one, the lower of both, and raised while it runs.
    let steps: [(u64, Option<u64>, u64); 4] = [
        (2 * MB, None, 2 * MB),
        (20 * MB, Some(8 * MB), 8 * MB),
        (4 * MB, Some(8 * MB), 4 * MB),
        (0, Some(6 * MB), 6 * MB),
    ];
    let mut before = 0;
    for (global, own, expected) in steps {
        configure(&mut sender, global);
        sender.command(Command::Limit(KEY, own));
        sender.until("the limit", |state| only(state).limit == own);
        let from = line.passed();
        let took = watch(&mut sender);
        // What went at the former speed may be 100 ms late.
        assert_kept(expected, line.passed() - from, before / 10, took);
        before = expected;
    }
    for side in [&mut sender, &mut receiver] {
        side.command(Command::Cancel { transfer: KEY, leftover: Leftover::Remove });
        assert_eq!(side.outcome(), Outcome::Cancelled);
    }
}

#[test]
fn a_receivers_limits_hold_while_it_runs() {
    let mut receiver = Side::start(Acceptance::All, Timing::default());
    let mut sender = Side::start(Acceptance::Ask, Timing::default());
    let desk = Desk::new();
    let file = desk.large_file("large", LARGE);
    configure(&mut receiver, 4 * MB);
    let address = receiver.listen();
    sender.send(&[&file], address);
    receiver.until("bytes", |state| state.transfers.values().any(|row| row.progress.bytes > 0));
    let mut before = 4 * MB;
    for (own, expected) in [(None, 4 * MB), (Some(2 * MB), 2 * MB)] {
        receiver.command(Command::Limit(KEY, own));
        receiver.until("the limit", |state| only(state).limit == own);
        let from = bytes(&receiver.state);
        let took = watch(&mut receiver);
        // Progress is told ten times a second at most: so old may the first number be.
        assert_kept(expected, bytes(&receiver.state) - from, before / 5, took);
        before = expected;
    }
    receiver.command(Command::Cancel { transfer: KEY, leftover: Leftover::Remove });
    assert_eq!(receiver.outcome(), Outcome::Cancelled);
    assert_eq!(sender.outcome(), Outcome::Cancelled);
}
