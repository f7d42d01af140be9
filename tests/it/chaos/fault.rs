//! What goes wrong in a cycle.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs;
use std::path::Path;
use std::time::Duration;

use super::dice::Dice;
use super::program::Starter;
use super::proxy::Trouble;
use super::tree::Size;

/// Which program it happens to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Side {
    Sender,
    Receiver,
}

/// The disk that the receiver believes to have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Disk {
    Ordinary,
    /// One that has neither renames that don't replace nor exchanges, and says so like this.
    Old(&'static str),
}

/// One call of one thread: the n-th of its name that a thread makes, in the first thread that makes so many.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Call {
    pub(super) side: Side,
    pub(super) disk: Disk,
    pub(super) name: &'static str,
    pub(super) nth: u64,
}

/// How long something that fails goes on failing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Lasting {
    Once,
    ForGood,
}

/// What is done to the source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Change {
    Grow,
    Shrink,
    Vanish,
    /// Other bytes, the same length.
    Rewrite,
    /// It becomes a folder.
    Unreadable,
}

/// One thing that goes wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// A program is killed at a system call.
    KillAt(Call),
    /// A program is killed after so many bytes went towards the receiver.
    KillAfter(Side, u64),
    /// A program is told to end after so many bytes.
    EndAfter(Side, u64),
    /// The line breaks like this, once for each connection; the sender goes on trying for so many minutes.
    Line(Vec<Trouble>, u64),
    /// A call fails.
    Fails(Call, &'static str, Lasting),
    /// The disk is old, and all the same all must go well.
    OldDisk(&'static str),
    /// The disk has so many KiB.
    SmallDisk(u64),
    /// The disk is switched to read-only after so many bytes.
    ReadOnly(u64),
    /// The receiver may have so many descriptors.
    Descriptors(u64),
    /// The receiver may write files of so many KiB.
    FileSize(u64),
    /// A source is changed after so many bytes.
    Source(Change, u64),
    /// The same is sent twice at once.
    TwoSends,
    /// Another computer sends the same names at the same time.
    TwoSenders,
    /// A second receiver with the same home is there.
    TwoReceivers,
}

/// Calls that touch disk or socket.
pub(super) const CALLS: [&str; 32] = [
    "openat",
    "openat2",
    "mkdirat",
    "mkdir",
    "write",
    "pwrite64",
    "writev",
    "sendto",
    "recvfrom",
    "read",
    "pread64",
    "lseek",
    "ftruncate",
    "fallocate",
    "fsync",
    "fdatasync",
    "syncfs",
    "renameat2",
    "renameat",
    "rename",
    "linkat",
    "unlinkat",
    "unlink",
    "symlinkat",
    "fchmod",
    "utimensat",
    "close",
    "flock",
    "getdents64",
    "statx",
    "newfstatat",
    "connect",
];

/// Calls of a receiver that may fail for the disk's sake. Writes go to sockets and to the screen as well, so these fail on
/// real small disks only.
const FAILING: [(&str, &[&str]); 17] = [
    ("openat2", &["ENOSPC", "EDQUOT", "EIO", "EROFS", "EMFILE"]),
    ("openat", &["EIO", "EMFILE", "EROFS"]),
    ("mkdirat", &["ENOSPC", "EDQUOT", "EIO", "EROFS"]),
    ("pwrite64", &["ENOSPC", "EDQUOT", "EIO"]),
    ("ftruncate", &["ENOSPC", "EIO"]),
    ("fallocate", &["ENOSPC", "EIO", "EDQUOT"]),
    ("fsync", &["ENOSPC", "EDQUOT", "EIO"]),
    ("fdatasync", &["ENOSPC", "EIO"]),
    ("syncfs", &["ENOSPC", "EDQUOT", "EIO"]),
    ("renameat2", &["ENOSPC", "EDQUOT", "EIO", "EROFS", "EINVAL", "EPERM"]),
    ("unlinkat", &["EIO", "EROFS"]),
    ("linkat", &["ENOSPC", "EIO", "EROFS", "EPERM"]),
    ("symlinkat", &["ENOSPC", "EDQUOT", "EIO", "EROFS"]),
    ("fchmod", &["EIO", "EROFS"]),
    ("utimensat", &["EIO", "EROFS"]),
    ("getdents64", &["EIO"]),
    ("newfstatat", &["EIO"]),
];

/// How often the calls are made when all goes well: by the thread that makes the most of them.
#[derive(Clone, Debug, Default)]
pub(super) struct Census {
    most: BTreeMap<(Side, Disk, &'static str), u64>,
}

impl Census {
    /// Takes in what strace wrote.
    pub(super) fn add(&mut self, side: Side, disk: Disk, trace: &Path) {
        let text = String::from_utf8_lossy(&fs::read(trace).unwrap_or_default()).into_owned();
        let mut counts = BTreeMap::<(&str, &'static str), u64>::new();
        for line in text.lines() {
            let Some((thread, call)) = line.split_once(' ') else { continue };
            let Some((name, _)) = call.trim_start().split_once('(') else { continue };
            if let Some(name) = CALLS.iter().find(|known| **known == name) {
                *counts.entry((thread, name)).or_default() += 1;
            }
        }
        for ((_, name), count) in counts {
            let most = self.most.entry((side, disk, name)).or_default();
            *most = count.max(*most);
        }
    }

    /// Every call there is, in order.
    pub(super) fn every(&self) -> Vec<Call> {
        let all = self.most.iter().flat_map(|((side, disk, name), most)| {
            (1..=*most).map(|nth| Call { side: *side, disk: *disk, name, nth })
        });
        all.collect()
    }

    /// A call: rare ones as often as frequent ones.
    fn any(&self, dice: &mut Dice) -> Call {
        let names: Vec<_> = self.most.iter().collect();
        let ((side, disk, name), most) = *dice.pick(&names);
        Call { side: *side, disk: *disk, name, nth: dice.between(1, *most) }
    }

    fn most(&self, side: Side, disk: Disk, name: &'static str) -> u64 {
        self.most.get(&(side, disk, name)).copied().unwrap_or(1)
    }
}

impl Fault {
    /// Something, for a tree of this size.
    pub(super) fn any(size: Size, census: &Census, dice: &mut Dice) -> Self {
        let bytes = match size {
            Size::Small => 900_000,
            Size::Many => 2_500_000,
            Size::Large => 41_000_000,
        };
        let killed = *dice.pick(&[Side::Sender, Side::Receiver]);
        let at = at(bytes, dice);
        match dice.below(100) {
            0..30 => Self::KillAt(census.any(dice)),
            30..41 => Self::KillAfter(killed, at),
            41..45 => Self::EndAfter(killed, at),
            45..60 => {
                let count = dice.between(1, 3);
                let troubles = (0..count).map(|_| trouble(bytes, dice)).collect();
                // Trying again waits a little each time, so not often.
                Self::Line(troubles, u64::from(dice.is(20)))
            }
            60..77 => {
                let (name, errors) = *dice.pick(&FAILING);
                let disk = *dice.pick(&[Disk::Ordinary, Disk::Ordinary, Disk::Old("EINVAL")]);
                let disk = if name == "renameat2" { Disk::Ordinary } else { disk };
                let nth = dice.between(1, census.most(Side::Receiver, disk, name));
                let lasting = *dice.pick(&[Lasting::Once, Lasting::ForGood]);
                let call = Call { side: Side::Receiver, disk, name, nth };
                Self::Fails(call, dice.word(errors), lasting)
            }
            77..80 => {
                let name = *dice.pick(&["openat", "openat2", "read", "getdents64", "statx"]);
                let nth = dice.between(1, census.most(Side::Sender, Disk::Ordinary, name));
                let call = Call { side: Side::Sender, disk: Disk::Ordinary, name, nth };
                Self::Fails(call, dice.word(&["EIO", "EACCES", "EMFILE"]), Lasting::Once)
            }
            80..82 => Self::OldDisk(dice.word(&["EINVAL", "EPERM", "ENOSYS"])),
            82..86 => Self::SmallDisk(dice.between(64, bytes / 1024)),
            86..88 => Self::ReadOnly(at),
            88..90 => Self::Descriptors(dice.between(20, 60)),
            90..92 => Self::FileSize(dice.between(1, 800)),
            92..96 => {
                let change =
                    [Change::Grow, Change::Shrink, Change::Vanish, Change::Rewrite, Change::Unreadable];
                Self::Source(*dice.pick(&change), at)
            }
            96..98 => Self::TwoSends,
            98 => Self::TwoSenders,
            _ => Self::TwoReceivers,
        }
    }

    /// A word for it, to count by.
    pub(super) fn kind(&self) -> &'static str {
        match self {
            Self::KillAt(call) if call.side == Side::Sender => "sender killed at a call",
            Self::KillAt(_) => "receiver killed at a call",
            Self::KillAfter(Side::Sender, _) => "sender killed at a byte",
            Self::KillAfter(Side::Receiver, _) => "receiver killed at a byte",
            Self::EndAfter(Side::Sender, _) => "sender told to end",
            Self::EndAfter(Side::Receiver, _) => "receiver told to end",
            Self::Line(..) => "line broken",
            Self::Fails(call, ..) if call.side == Side::Sender => "a sender's call fails",
            Self::Fails(..) => "a receiver's call fails",
            Self::OldDisk(_) => "disk without renameat2",
            Self::SmallDisk(_) => "disk full",
            Self::ReadOnly(_) => "disk read-only",
            Self::Descriptors(_) => "few descriptors",
            Self::FileSize(_) => "small files only",
            Self::Source(..) => "source changed",
            Self::TwoSends => "two sends",
            Self::TwoSenders => "two senders",
            Self::TwoReceivers => "two receivers",
        }
    }

    /// What a side's program is started by. `trace`: where strace writes.
    pub(super) fn starter(&self, side: Side, trace: &Path) -> Starter {
        match self {
            Self::KillAt(call) if call.side == side => strace(
                call.disk,
                Some(&format!("inject={}:signal=SIGKILL:when={}", call.name, call.nth)),
                trace,
            ),
            Self::KillAt(call) if side == Side::Receiver && call.disk != Disk::Ordinary => {
                strace(call.disk, None, trace)
            }
            Self::Fails(call, error, lasting) if call.side == side => {
                let more = match lasting {
                    Lasting::Once => "",
                    Lasting::ForGood => "+",
                };
                let what = format!("inject={}:error={error}:when={}{more}", call.name, call.nth);
                strace(call.disk, Some(&what), trace)
            }
            Self::OldDisk(error) if side == Side::Receiver => strace(Disk::Old(error), None, trace),
            Self::Descriptors(count) if side == Side::Receiver => {
                words(&["sh", "-c", &format!("ulimit -n {count} && exec \"$0\" \"$@\"")])
            }
            Self::FileSize(kib) if side == Side::Receiver => {
                // Without its signal, so that it is an error like any other.
                words(&["sh", "-c", &format!("trap '' XFSZ && ulimit -f {} && exec \"$0\" \"$@\"", kib * 2)])
            }
            _ => Starter::new(),
        }
    }

    /// Whether all is expected to go well.
    pub(super) fn is_harmless(&self) -> bool {
        matches!(self, Self::OldDisk(_))
    }

    /// Whether a file may not be read when it is to be compared. Then it is taken for another one, and sent: a copy gets a number.
    pub(super) fn hides_contents(&self) -> bool {
        matches!(self, Self::Fails(call, ..) if call.side == Side::Sender || call.name == "openat2")
    }

    /// Whether the source is another one behind it.
    pub(super) fn changes_source(&self) -> bool {
        matches!(self, Self::Source(..))
    }
}

/// strace on all threads, as a process of its own beside the program: the program is still our child.
pub(super) fn strace(disk: Disk, inject: Option<&str>, trace: &Path) -> Starter {
    let mut all = words(&["strace", "-D", "-f", "-qq", "-o"]);
    all.push(trace.into());
    all.extend(words(&["-e", &format!("trace={}", CALLS.join(","))]));
    if let Disk::Old(error) = disk {
        all.extend(words(&["-e", &format!("inject=renameat2:error={error}")]));
    }
    if let Some(inject) = inject {
        all.extend(words(&["-e", inject]));
    }
    all
}

pub(super) fn words(all: &[&str]) -> Starter {
    all.iter().map(OsString::from).collect()
}

/// Half of all in the first few thousand bytes, where the frames are small.
fn at(bytes: u64, dice: &mut Dice) -> u64 {
    if dice.is(50) { dice.below(6_000) } else { dice.below(bytes) }
}

fn trouble(bytes: u64, dice: &mut Dice) -> Trouble {
    match dice.below(10) {
        0..4 => Trouble::CutThere(at(bytes, dice)),
        4..7 => Trouble::CutBack(dice.below(4_000)),
        7 => Trouble::Stall(at(bytes, dice), Duration::from_millis(dice.between(10, 2_000))),
        _ => {
            let piece = dice.between(1, 200);
            Trouble::Trickle { piece, cut: dice.between(1, piece * 2_000) }
        }
    }
}
