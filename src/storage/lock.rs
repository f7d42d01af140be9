//! Who works in a folder: one session at a time holds its descriptor's lock. It ends with the process, however that ends.

use std::os::fd::BorrowedFd;

use rustix::fs::FlockOperation;
use rustix::io::Errno;

/// A look at the lock takes microseconds; so often we meet one before we believe that somebody works there.
const MAX_LOOKS: usize = 10_000;

/// What came of asking for a folder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Hold {
    /// It is held until the descriptor is closed. Also where there are no locks: nobody can be told apart then.
    Ours,
    /// Somebody else works in it.
    Taken,
}

/// Asks for a folder, by a descriptor nobody else shares.
pub(super) fn take(folder: BorrowedFd<'_>) -> Hold {
    for _ in 0..MAX_LOOKS {
        if !is_refused(folder, FlockOperation::NonBlockingLockExclusive) {
            return Hold::Ours;
        }
        // Two locks that are only looks don't keep each other out, so it is a worker who refuses this one.
        if is_refused(folder, FlockOperation::NonBlockingLockShared) {
            return Hold::Taken;
        }
        rustix::fs::flock(folder, FlockOperation::Unlock).ok();
        std::thread::yield_now();
    }
    Hold::Taken
}

/// Whether somebody works in a folder. By a descriptor of its own, which is closed soon.
pub(super) fn is_held(folder: BorrowedFd<'_>) -> bool {
    is_refused(folder, FlockOperation::NonBlockingLockShared)
}

fn is_refused(folder: BorrowedFd<'_>, operation: FlockOperation) -> bool {
    rustix::io::retry_on_intr(|| rustix::fs::flock(folder, operation)) == Err(Errno::WOULDBLOCK)
}

#[cfg(test)]
mod tests {
    use std::fs::File;
    use std::os::fd::AsFd as _;

    use super::*;

    #[test]
    fn one_at_a_time_works_in_a_folder_until_its_descriptor_is_closed() {
        let dir = tempfile::tempdir().unwrap();
        let open = || File::open(dir.path()).unwrap();
        let (one, other) = (open(), open());
        assert_eq!(take(one.as_fd()), Hold::Ours);
        assert_eq!(take(other.as_fd()), Hold::Taken);
        assert!(is_held(open().as_fd()));
        drop(one);
        assert!(!is_held(open().as_fd()));
        assert_eq!(take(other.as_fd()), Hold::Ours);
    }

    #[test]
    fn who_only_looks_keeps_no_other_look_out() {
        let dir = tempfile::tempdir().unwrap();
        let (one, other) = (File::open(dir.path()).unwrap(), File::open(dir.path()).unwrap());
        assert!(!is_held(one.as_fd()));
        assert!(!is_held(other.as_fd()));
    }
}
