//! A small disk of the receiver's own, in a namespace that goes with its holder, so that nothing stays mounted.

use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};

use super::fault::words;
use super::program::Starter;

/// Mounted until dropped.
pub(super) struct Disk {
    holder: Child,
    /// The holder ends with it.
    _input: ChildStdin,
    mounted_on: PathBuf,
}

impl Disk {
    /// One of so many KiB on this folder.
    pub(super) fn mount(on: &Path, kib: u64) -> Self {
        let script = "mount -t tmpfs -o \"size=$0k,mode=755\" none \"$1\" && echo up && exec cat";
        let mut command = Command::new("unshare");
        command.args(["-m", "sh", "-c", script, &kib.to_string()]).arg(on);
        let mut holder = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let input = holder.stdin.take().unwrap();
        let mut said = String::new();
        BufReader::new(holder.stdout.take().unwrap()).read_line(&mut said).unwrap();
        assert_eq!(said, "up\n", "no small disk could be mounted: that needs root");
        Self { holder, _input: input, mounted_on: on.to_owned() }
    }

    /// The folder as it is reached from outside.
    pub(super) fn path(&self) -> PathBuf {
        let root = PathBuf::from(format!("/proc/{}/root", self.holder.id()));
        root.join(self.mounted_on.strip_prefix("/").unwrap())
    }

    /// What a program is started by that is to see it.
    pub(super) fn starter(&self) -> Starter {
        words(&["nsenter", "-t", &self.holder.id().to_string(), "-m"])
    }

    /// Gives whether it could be done: not while somebody writes.
    pub(super) fn remount(&self, option: &str) -> bool {
        let mut command = Command::new("nsenter");
        command.args([
            "-t",
            &self.holder.id().to_string(),
            "-m",
            "mount",
            "-o",
            &format!("remount,{option}"),
        ]);
        command.arg(&self.mounted_on).stderr(Stdio::null()).status().unwrap().success()
    }

    /// Leaves no room on it.
    pub(super) fn fill(&self) {
        let Ok(mut file) = fs::File::create(self.path().join(FILLER)) else { return };
        for size in [65_536, 4_096, 1] {
            while file.write_all(&vec![0; size]).is_ok() {}
        }
    }

    /// Makes room again.
    pub(super) fn clear(&self) {
        fs::remove_file(self.path().join(FILLER)).ok();
    }
}

/// What takes the room away.
pub(super) const FILLER: &str = "filler";

impl Drop for Disk {
    fn drop(&mut self) {
        self.holder.kill().ok();
        self.holder.wait().ok();
    }
}
