//! The large one: ten thousand files, interrupted twenty times, and equal in the end.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::time::Instant;

use rustix::process::Signal;

use crate::support::line::{Line, Speed};
use crate::support::program::{Desk, Program};
use crate::support::tree::{arrived, assert_same, chmod, look, odd_name, touch};
use crate::trees::{assert_nothing_left, sources};

const FOLDERS: u64 = 100;
const FILES: u64 = 100;
const INTERRUPTIONS: u64 = 20;

/// So slow that twenty interruptions find bytes to interrupt: all of it has some 40 MB.
const RATE: &str = "4M";

/// What no turn gets to, in parts as large as a turn's: two seconds at [`RATE`], so that also a cut that comes late has
/// something to cut. Fewer were not enough on busy cores.
const UNTOUCHED: u64 = 5;

/// Chance that can be had again (splitmix64).
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn between(&mut self, from: u64, to: u64) -> u64 {
        from + self.next() % (to - from + 1)
    }

    fn bytes(&mut self, count: u64) -> Vec<u8> {
        (0..=count / 8)
            .flat_map(|_| self.next().to_le_bytes())
            .take(usize::try_from(count).unwrap())
            .collect()
    }
}

/// Ten thousand files with odd names, modes and times, links and empty folders among them.
fn make(root: &Path, dice: &mut Dice) {
    for folder in 0..FOLDERS {
        let path = root.join(format!("文件夹 {folder}"));
        fs::create_dir_all(&path).unwrap();
        for file in 0..FILES {
            let path = path.join(format!("照片 {file}.jpg"));
            let count = dice.between(0, 8_000);
            fs::write(&path, dice.bytes(count)).unwrap();
            let mode = [0o644, 0o600, 0o755, 0o444, 0o640][usize::try_from(file % 5).unwrap()];
            touch(
                &path,
                dice.between(1_000_000_000, 1_700_000_000),
                u32::try_from(dice.next() % 1_000_000_000).unwrap(),
            );
            chmod(&path, mode);
        }
        symlink(format!("照片 {}.jpg", folder % FILES), path.join("链接")).unwrap();
        symlink("../文件夹 0", path.join("first")).unwrap();
        fs::create_dir(path.join("空")).unwrap();
        fs::write(path.join(odd_name()), "odd").unwrap();
        touch(&path.join("空"), dice.between(1_000_000_000, 1_700_000_000), 1);
        touch(&path, dice.between(1_000_000_000, 1_700_000_000), 123_456_789);
        chmod(&path, [0o755, 0o700, 0o555, 0o750][usize::try_from(folder % 4).unwrap()]);
    }
    touch(root, 1_650_000_000, 5);
}

/// A sender through this line.
fn sending(here: &Desk, tree: &Path, line: &Line, more: &[&str]) -> Program {
    let mut command = here.command();
    command.arg("send").arg(tree).args(["--json", "--retry", "0", "--insecure-anyone"]).args(more);
    command.args(["--to", &line.address.to_string()]);
    Program::start(command)
}

/// An open line, which can be cut.
fn open_line(to: std::net::SocketAddr) -> Line {
    let line = Line::slow(to);
    line.set(Speed::Open);
    line
}

#[test]
fn ten_thousand_files_interrupted_twenty_times_are_equal_in_the_end() {
    let given = std::env::var("SAMPAN_STORM_SEED").ok().map(|seed| seed.parse().unwrap());
    let seed: u64 = given.unwrap_or_else(|| std::process::id().into());
    println!("seed {seed}");
    let mut dice = Dice(seed);
    let (here, there, began) = (Desk::new(), Desk::new(), Instant::now());
    let tree: PathBuf = sources(&here).join("树");
    make(&tree, &mut dice);
    let expected = arrived(&look(&sources(&here)));
    assert_eq!(expected.len(), usize::try_from(FOLDERS * (FILES + 5) + 1).unwrap());
    let mut receiver = there.receiver();
    for turn in 0..INTERRUPTIONS {
        let line = open_line(receiver.address);
        let mut sender = sending(&here, &tree, &line, &["--limit", RATE]);
        let first = sender.line("progress", |line| line["stage"] == "sending");
        let (first, total) = (first["bytes"].as_u64().unwrap(), first["total"].as_u64().unwrap());
        let share = total / (INTERRUPTIONS + UNTOUCHED);
        let until = share * turn + dice.between(share / 4, share);
        if first < until {
            sender.line("progress", |line| {
                assert_eq!(line["stage"], "sending", "turn {turn}: nothing left to interrupt: {line}");
                line["bytes"].as_u64() >= Some(until)
            });
        }
        match dice.next() % 3 {
            0 => {
                sender.signal(Signal::KILL);
                sender.end();
            }
            1 => {
                receiver.program.signal(Signal::KILL);
                receiver.end();
                sender.line("finished", |line| line["outcome"] == "interrupted");
                receiver = there.receiver();
                continue;
            }
            _ => {
                line.set(Speed::Cut);
                sender.line("finished", |line| line["outcome"] == "interrupted");
            }
        }
        receiver.program.line("finished", |line| line["outcome"] == "interrupted");
    }
    let line = open_line(receiver.address);
    let mut sender = sending(&here, &tree, &line, &[]);
    let finished = sender.line("finished", |_| true);
    assert_eq!(finished["outcome"], "delivered", "seed {seed}: {finished}");
    sender.end().assert(0, "delivered", None);
    println!("seed {seed}: {:.1} s", began.elapsed().as_secs_f64());
    assert_same(&look(&there.folder()), &expected);
    assert_nothing_left(&here, &there);
}
