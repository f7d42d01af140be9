//! One cycle: a tree, a target, one to three things that go wrong, and then the same send once more.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs::{self, OpenOptions};
use std::io::{Seek as _, SeekFrom, Write as _};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use rustix::process::Signal;
use tempfile::TempDir;

use super::before::{Policy, differences, expected, prepare};
use super::dice::Dice;
use super::disk::Disk;
use super::fault::{Census, Change, Fault, Side};
use super::program::{Computer, Program, Starter};
use super::proxy::{Proxy, Trouble};
use super::tree::{Size, Snapshot, What, look, make, ours};
use super::verdict::Truth;

/// What came of a cycle.
pub(super) struct Report {
    /// What it was and how each try ended, in a line.
    pub(super) story: String,
    pub(super) kinds: Vec<&'static str>,
    /// What was wrong, in order.
    pub(super) wrong: Vec<String>,
    /// Where all of it can be looked at, if something was wrong and it was asked for.
    pub(super) kept: Option<PathBuf>,
}

/// How a cycle is made.
#[derive(Clone, Debug)]
pub(super) struct Wish {
    pub(super) seed: u64,
    /// This first, whatever the seed says.
    pub(super) first: Option<Fault>,
    /// Only faults whose kind has this in it.
    pub(super) only: Option<String>,
    pub(super) keep: bool,
}

/// Whether the exact end is known, or only that all is somewhere.
#[derive(Clone, Copy, PartialEq, Eq)]
enum End {
    Exact,
    Loose,
}

struct Rig {
    dir: TempDir,
    sender: Computer,
    receiver: Computer,
    disk: Option<Disk>,
    truth: Truth,
    /// What stood in the target when the transfer began that goes on. More than one where it is not known whether the
    /// sender heard of the end of the one before.
    begun_at: Vec<Snapshot>,
    size: Size,
    running: Option<(Program, SocketAddr)>,
    end: End,
    /// Whether the disk may have kept something of ours that was to go.
    may_linger: bool,
    tries: u32,
    story: String,
    wrong: Vec<String>,
    dice: Dice,
}

/// Runs one.
pub(super) fn run(sampan: &Path, census: &Census, wish: &Wish) -> Report {
    let mut dice = Dice::new(wish.seed);
    let size = match dice.below(20) {
        _ if wish.first.is_some() => Size::Small,
        0 => Size::Large,
        1..3 => Size::Many,
        _ => Size::Small,
    };
    let policy = *dice.pick(&Policy::ALL);
    let count = *dice.pick(&[1, 1, 1, 2, 2, 3]);
    let mut faults: Vec<Fault> = wish.first.iter().cloned().collect();
    while faults.len() < count {
        let fault = Fault::any(size, census, &mut dice);
        if wish.only.as_ref().is_none_or(|only| fault.kind().contains(only.as_str())) {
            faults.push(fault);
        }
    }
    let mut rig = Rig::new(sampan, size, policy, &faults, dice);
    for fault in &faults {
        rig.go_wrong(fault);
    }
    if rig.dice.is(10) {
        rig.give_up();
    } else {
        rig.finish();
    }
    let kinds = faults.iter().map(Fault::kind).collect();
    let story = format!("{size:?} {policy:?} {faults:?} ->{}", rig.story);
    let Rig { dir, wrong, running, disk, .. } = rig;
    drop((running, disk));
    let kept = (wish.keep && !wrong.is_empty()).then(|| dir.keep());
    Report { story, kinds, wrong, kept }
}

impl Rig {
    fn new(sampan: &Path, size: Size, policy: Policy, faults: &[Fault], mut dice: Dice) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let (from, target) = (dir.path().join("from"), dir.path().join("in"));
        fs::create_dir(&from).unwrap();
        fs::create_dir(&target).unwrap();
        make(&from, size, &mut dice);
        let kib = if size == Size::Large { 64_000 } else { 12_000 };
        let disk = faults.iter().any(Fault::needs_disk).then(|| Disk::mount(&target, kib));
        let percent = *dice.pick(&[0, 0, 20, 60]);
        let source = look(&from);
        let reached = disk.as_ref().map_or(target, Disk::path);
        prepare(&reached, &from, &source, percent, &mut dice);
        let mut truth = Truth::new(look(&reached), policy);
        truth.offer(&source);
        let (sender, mut receiver) =
            (Computer::new(sampan, dir.path().join("a")), Computer::new(sampan, dir.path().join("b")));
        receiver.by = disk.as_ref().map(Disk::starter).unwrap_or_default();
        let story = String::new();
        Self {
            dir,
            sender,
            receiver,
            disk,
            begun_at: vec![truth.before.clone()],
            truth,
            size,
            running: None,
            end: End::Exact,
            may_linger: false,
            tries: 0,
            story,
            wrong: Vec::new(),
            dice,
        }
    }

    fn from(&self) -> PathBuf {
        self.dir.path().join("from")
    }

    /// The target folder, as we reach it.
    fn target(&self) -> PathBuf {
        self.disk.as_ref().map_or_else(|| self.dir.path().join("in"), Disk::path)
    }

    fn trace(&self, side: Side) -> PathBuf {
        self.dir.path().join(format!("trace-{}-{side:?}", self.tries))
    }

    fn tell(&mut self, what: &str) {
        self.story.push_str(what);
    }

    fn say(&mut self, wrong: Vec<String>) {
        let tries = self.tries;
        self.wrong.extend(wrong.into_iter().map(|what| format!("try {tries}: {what}")));
    }

    /// A receiver that runs: the one that did, if nothing is wanted of it. `None` if it ended at once.
    fn receiver(&mut self, starter: &[OsString]) -> Option<SocketAddr> {
        if !starter.is_empty() {
            self.stop();
        }
        if let Some((program, address)) = &mut self.running {
            if !program.has_ended() {
                return Some(*address);
            }
            self.stop();
        }
        let (program, address) =
            self.receiver.receive(starter, &self.dir.path().join("in"), self.truth.policy.word());
        if let Some(address) = address {
            self.running = Some((program, address));
            return Some(address);
        }
        let ended = program.end(&mut || ());
        self.tell(&format!(" (no receiver: {})", ended.shown()));
        let wrong = self.truth.hear(&ended, &[1, 4, 7]);
        self.say(wrong);
        None
    }

    /// Ends the receiver, as a person would.
    fn stop(&mut self) {
        let Some((program, _)) = self.running.take() else { return };
        program.signal(Signal::INT);
        let ended = program.end(&mut || ());
        let wrong = self.truth.hear(&ended, &[130, 1, 4, 7]);
        self.say(wrong);
    }

    /// Sends while something goes wrong, and looks at what came of it.
    fn go_wrong(&mut self, fault: &Fault) {
        self.tries += 1;
        self.truth.may_gap |= fault.is_old_disk();
        self.may_linger |= matches!(fault, Fault::Fails(..) | Fault::ReadOnly(_));
        let starters = [Side::Sender, Side::Receiver].map(|side| fault.starter(side, &self.trace(side)));
        let [sends_by, receives_by] = starters;
        let is_told = matches!(fault, Fault::EndAfter(Side::Receiver, _)); // it may still be ending
        let is_own = is_told || !receives_by.is_empty();
        let Some(address) = self.receiver(&receives_by) else { return self.check() };
        let (troubles, retry): (&[Trouble], u64) = match fault {
            Fault::Line(troubles, retry) => (troubles, *retry),
            _ => (&[], 0),
        };
        let proxy = Proxy::new(address, troubles);
        let sources = self.from().join("tree");
        let program = self.sender.send(&sends_by, &sources, proxy.address, retry);
        let mut second = match fault {
            Fault::TwoSends => Some(self.sender.send(&[], &sources, proxy.address, 0)),
            Fault::TwoSenders => {
                Some(self.another().send(&[], &self.dir.path().join("other/tree"), proxy.address, 0))
            }
            Fault::TwoReceivers => self.second_receiver(&sources),
            _ => None,
        };
        let mut act = Some(fault.at());
        let ended = {
            let pids = [&program, &self.running.as_ref().unwrap().0].map(Program::pid);
            let (truth, target, disk) = (
                &mut self.truth,
                self.disk.as_ref().map_or_else(|| self.dir.path().join("in"), Disk::path),
                self.disk.as_ref(),
            );
            let (from, dice, size, wrong) =
                (self.dir.path().join("from"), &mut self.dice, self.size, &mut self.wrong);
            program.end(&mut || {
                if size == Size::Small && wrong.is_empty() {
                    wrong.extend(truth.check(&target).into_iter().map(|what| format!("meanwhile: {what}")));
                }
                if act.is_some_and(|at| proxy.passed() >= at) && fault.act(pids, disk, &from, truth, dice) {
                    act = None;
                }
            })
        };
        self.tell(&format!(" [{}]", ended.shown()));
        let codes: &[i32] = match fault {
            fault if fault.is_harmless() => &[0],
            Fault::EndAfter(Side::Sender, _) => &[0, 1, 4, 130],
            _ => &[0, 1, 3, 4, 7],
        };
        let wrong = self.truth.hear(&ended, codes);
        self.say(wrong);
        if let Some(second) = second.take() {
            let second = second.end(&mut || ());
            self.tell(&format!(" [second: {}]", second.shown()));
            let wrong = self.truth.hear(&second, &[0, 1, 3, 4, 7]);
            self.say(wrong);
            self.end = End::Loose;
        }
        drop(proxy);
        if let Some(disk) = &self.disk {
            disk.clear();
        }
        if fault.changes_source() || fault.hides_contents() {
            self.end = End::Loose;
        } else if ended.code == Some(0) {
            self.complete("delivered, it said");
            self.begun_at = vec![look(&self.target())];
        } else if ended.code.is_none() {
            self.begun_at.push(look(&self.target()));
        }
        if is_own || self.dice.is(50) || self.running.as_mut().is_some_and(|(program, _)| program.has_ended())
        {
            self.stop();
        }
        if let Some(disk) = &self.disk {
            assert!(disk.remount("rw"));
        }
        self.check();
    }

    /// Another computer, with a tree of the same names and other contents.
    fn another(&mut self) -> Computer {
        let other = self.dir.path().join("other");
        if !other.exists() {
            fs::create_dir(&other).unwrap();
            make(&other, self.size, &mut self.dice);
            self.truth.offer(&look(&other));
        }
        Computer::new(&self.sender.sampan, self.dir.path().join("c"))
    }

    /// The same again, to a second receiver that has the same home and the same folder.
    fn second_receiver(&mut self, sources: &Path) -> Option<Program> {
        let (program, address) =
            self.receiver.receive(&[], &self.dir.path().join("in"), self.truth.policy.word());
        let second = address.map(|address| self.sender.send(&[], sources, address, 0))?;
        let second = second.end(&mut || ());
        self.tell(&format!(" [to the second: {}]", second.shown()));
        let wrong = self.truth.hear(&second, &[0, 1, 3, 4, 7]);
        self.say(wrong);
        self.end = End::Loose;
        program.signal(Signal::INT);
        let ended = program.end(&mut || ());
        let wrong = self.truth.hear(&ended, &[130]);
        self.say(wrong);
        None
    }

    /// Whether another computer sent the same names.
    fn has_rival(&self) -> bool {
        self.dir.path().join("other").exists()
    }

    /// What must hold at any moment.
    fn check(&mut self) {
        let mut wrong = self.truth.check(&self.target());
        wrong.extend(self.truth.check_saved(&self.target()));
        self.say(wrong);
    }

    /// What must hold once all is delivered.
    fn complete(&mut self, when: &str) {
        let (source, target) = (look(&self.from()), self.target());
        let wrong = match self.end {
            End::Exact => {
                let policy = self.truth.policy;
                let of = |begun_at| differences(&expected(begun_at, &source, policy), &target);
                self.begun_at.iter().map(of).min_by_key(Vec::len).unwrap()
            }
            // Two who replace each other's files: the last one has all of them, and who that is nobody knows.
            End::Loose if self.truth.policy == Policy::Replace && self.has_rival() => Vec::new(),
            End::Loose => self.truth.missing(&source, &target),
        };
        self.say(wrong.into_iter().map(|what| format!("{when}, but {what}")).collect());
    }

    /// Nobody wants it any more: what was there is there, and nothing of ours.
    fn give_up(&mut self) {
        self.tries += 1;
        self.truth.may_gap = false;
        self.stop();
        self.tell(" given up");
        let mut wrong = Vec::new();
        for computer in [&self.sender, &self.receiver] {
            for row in computer.transfers().unwrap_or_default() {
                let ended = computer.remove(row["id"].as_str().unwrap());
                if ended.code != Some(0) {
                    wrong.push(format!("{row} was not removed: {ended:?}"));
                }
            }
        }
        self.say(wrong);
        self.check();
        self.nothing_left();
    }

    /// The same send once more, with nothing in its way.
    fn finish(&mut self) {
        self.tries += 1;
        self.truth.may_gap = false;
        let Some(address) = self.receiver(&[]) else {
            return self.say(vec!["the receiver does not start again".to_owned()]);
        };
        let sources = self.from().join("tree");
        let mut ended = self.sender.send(&[], &sources, address, 0).end(&mut || ());
        self.tell(&format!(" {}", ended.shown()));
        let wrong = self.truth.hear(&ended, &[0]);
        self.say(wrong);
        while ended.code != Some(0) && self.tries < 8 {
            self.tries += 1;
            ended = self.sender.send(&[], &sources, address, 0).end(&mut || ());
            self.tell(&format!(" again: {}", ended.shown()));
            let wrong = self.truth.hear(&ended, &[0]);
            self.say(wrong);
        }
        self.stop();
        self.check();
        self.complete("at the end");
        self.nothing_left();
    }

    /// A disk that would not let go of what is ours does so now: that is seen to when receiving starts again.
    fn start_for_leftovers(&mut self) {
        if self.may_linger && !ours(&self.target()).is_empty() {
            self.receiver(&[]);
            let end = Instant::now() + Duration::from_secs(5);
            while Instant::now() < end && !ours(&self.target()).is_empty() {
                std::thread::park_timeout(Duration::from_millis(10));
            }
            self.stop();
        }
    }

    fn nothing_left(&mut self) {
        self.start_for_leftovers();
        let left = ours(&self.target());
        // Another computer's own transfer may well be unfinished: nobody repeated it.
        let is_alone = !self.has_rival();
        let mut wrong: Vec<String> =
            left.iter().filter(|_| is_alone).map(|path| format!("{} is left over", path.display())).collect();
        for computer in [&self.sender, &self.receiver] {
            match computer.transfers() {
                Ok(rows) if rows.is_empty() || !is_alone => {}
                Ok(rows) => wrong.push(format!("still unfinished: {rows:?}")),
                Err(said) => wrong.push(format!("the database cannot be read: {said}")),
            }
            if computer.logs().contains("panicked") {
                wrong.push(format!("a panic in a log: {}", computer.logs()));
            }
        }
        self.say(wrong);
    }
}

impl Fault {
    fn needs_disk(&self) -> bool {
        matches!(self, Self::SmallDisk(_) | Self::ReadOnly(_))
    }

    fn is_old_disk(&self) -> bool {
        match self {
            Self::OldDisk(_) => true,
            Self::KillAt(call) | Self::Fails(call, ..) => {
                call.disk != super::fault::Disk::Ordinary || call.name == "renameat2"
            }
            _ => false,
        }
    }

    /// After how many bytes something is to be done.
    fn at(&self) -> u64 {
        match self {
            Self::KillAfter(_, at) | Self::EndAfter(_, at) | Self::ReadOnly(at) | Self::Source(_, at) => *at,
            Self::SmallDisk(kib) => kib * 1024,
            _ => 0,
        }
    }

    /// Does what is to be done from outside. Gives whether it is done.
    fn act(
        &self,
        [sender, receiver]: [rustix::process::Pid; 2],
        disk: Option<&Disk>,
        from: &Path,
        truth: &mut Truth,
        dice: &mut Dice,
    ) -> bool {
        let kill = |pid| rustix::process::kill_process(pid, Signal::KILL).ok();
        let end = |pid| rustix::process::kill_process(pid, Signal::TERM).ok();
        match self {
            Self::KillAfter(Side::Sender, _) => drop(kill(sender)),
            Self::KillAfter(Side::Receiver, _) => drop(kill(receiver)),
            Self::EndAfter(Side::Sender, _) => drop(end(sender)),
            Self::EndAfter(Side::Receiver, _) => drop(end(receiver)),
            Self::ReadOnly(_) => return disk.unwrap().remount("ro"),
            Self::SmallDisk(_) => disk.unwrap().fill(),
            Self::Source(change, _) => {
                let files = look(from);
                let files: Vec<_> =
                    files.iter().filter(|(_, thing)| matches!(thing.what, What::File { .. })).collect();
                if let Some((path, _)) =
                    files.get(usize::try_from(dice.below(1_000)).unwrap() % files.len().max(1))
                {
                    apply(*change, &from.join(path), dice);
                    truth.offer(&look(from));
                }
            }
            _ => {}
        }
        true
    }
}

fn apply(change: Change, path: &Path, dice: &mut Dice) {
    let length = fs::metadata(path).unwrap().len();
    let open = || OpenOptions::new().read(true).write(true).open(path).unwrap();
    match change {
        Change::Grow => {
            let mut file = open();
            file.seek(SeekFrom::End(0)).unwrap();
            file.write_all(&dice.bytes(5_000)).unwrap();
        }
        Change::Shrink => open().set_len(length / 2).unwrap(),
        Change::Vanish => fs::remove_file(path).unwrap(),
        Change::Rewrite => open().write_all(&dice.bytes(length.try_into().unwrap())).unwrap(),
        Change::Unreadable => {
            fs::remove_file(path).unwrap();
            fs::create_dir(path).unwrap();
        }
    }
}

/// Counts the calls of both sides when all goes well.
pub(super) fn census(sampan: &Path) -> Census {
    use super::fault::{Disk, strace};
    let mut census = Census::default();
    for disk in [Disk::Ordinary, Disk::Old("EINVAL")] {
        for side in [Side::Sender, Side::Receiver] {
            if side == Side::Sender && disk != Disk::Ordinary {
                continue;
            }
            let mut rig = Rig::new(sampan, Size::Small, Policy::Replace, &[], Dice::new(7));
            let trace = rig.trace(side);
            let by = strace(disk, None, &trace);
            let (sends_by, receives_by) = match side {
                Side::Sender => (by, Starter::new()),
                Side::Receiver => (Starter::new(), by),
            };
            let address = rig.receiver(&receives_by).unwrap();
            let ended = rig.sender.send(&sends_by, &rig.from().join("tree"), address, 0).end(&mut || ());
            assert_eq!(ended.code, Some(0), "{ended:?}");
            rig.stop();
            census.add(side, disk, &trace);
        }
    }
    census
}

impl Report {
    /// Counts by kind.
    pub(super) fn count(&self, counts: &mut BTreeMap<&'static str, u64>) {
        for kind in &self.kinds {
            *counts.entry(kind).or_default() += 1;
        }
    }
}
