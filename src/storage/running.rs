//! Which transfers from this computer run, in whatever process: each holds a lock on a file of its own in the home. The lock ends
//! with the process, however that ends. (An incoming one holds its [`Staging`](crate::storage::Staging) folder.)

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use crate::model::TransferId;
use crate::storage::Home;

/// Each time somebody who looked removes the file before we lock it. More often is no accident.
const MAX_OPENS: usize = 100;

/// A transfer runs while this lives.
#[derive(Debug)]
pub struct Running {
    file: File,
    path: PathBuf,
}

impl Running {
    /// From now on it runs; several may say so of one. Blocks for a moment. Errors: the home cannot be written, or has no locks.
    pub fn begin(home: &Home, transfer: &TransferId) -> io::Result<Self> {
        let folder = home.running();
        fs::DirBuilder::new().recursive(true).mode(0o700).create(&folder)?;
        let path = path(home, transfer);
        for _ in 0..MAX_OPENS {
            let mut options = OpenOptions::new();
            let file = options.write(true).create(true).truncate(false).mode(0o600).open(&path)?;
            // Who looks holds it for microseconds.
            file.lock_shared()?;
            if is_named(&file, &path) {
                return Ok(Self { file, path });
            }
        }
        Err(io::ErrorKind::ResourceBusy.into())
    }

    /// Whether it runs, here or in another process. `false` where there are no locks: nobody can be told apart then. Blocks
    /// for a moment.
    pub fn is(home: &Home, transfer: &TransferId) -> bool {
        let path = path(home, transfer);
        let Ok(file) = OpenOptions::new().write(true).open(&path) else { return false };
        match file.try_lock() {
            Ok(()) => {
                // Left by a process that was killed.
                remove(&file, &path);
                false
            }
            Err(TryLockError::WouldBlock) => true,
            Err(TryLockError::Error(_)) => false,
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.file.unlock().ok();
        if self.file.try_lock().is_ok() {
            remove(&self.file, &self.path);
        }
    }
}

/// Removes a file that is locked and has this name.
fn remove(file: &File, path: &Path) {
    if is_named(file, path) {
        fs::remove_file(path).ok(); // a file that stays is no lock that is held
    }
}

/// Whether an open file still is what has this name.
fn is_named(file: &File, path: &Path) -> bool {
    match (file.metadata(), fs::symlink_metadata(path)) {
        (Ok(ours), Ok(named)) => (ours.dev(), ours.ino()) == (named.dev(), named.ino()),
        (Err(_), _) | (_, Err(_)) => false,
    }
}

fn path(home: &Home, transfer: &TransferId) -> PathBuf {
    home.running().join(transfer.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_transfer_runs_as_long_as_anybody_says_so_and_leaves_nothing() {
        let dir = tempfile::tempdir().unwrap();
        let home = Home::at(dir.path()).unwrap();
        let [one, other] = [1, 2].map(|byte| TransferId::from_bytes([byte; 16]));
        assert!(!Running::is(&home, &one));
        let first = Running::begin(&home, &one).unwrap();
        let second = Running::begin(&home, &one).unwrap();
        assert!(Running::is(&home, &one) && !Running::is(&home, &other));
        drop(first);
        assert!(Running::is(&home, &one));
        drop(second);
        assert!(!Running::is(&home, &one));
        assert_eq!(fs::read_dir(home.running()).unwrap().count(), 0);
    }

    #[test]
    fn what_a_killed_process_left_does_not_run() {
        let dir = tempfile::tempdir().unwrap();
        let home = Home::at(dir.path()).unwrap();
        let id = TransferId::from_bytes([1; 16]);
        fs::create_dir(home.running()).unwrap();
        fs::write(path(&home, &id), "").unwrap();
        assert!(!Running::is(&home, &id));
        assert!(!path(&home, &id).exists());
    }
}
