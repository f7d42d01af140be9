//! Opening for reading what lies in a tree that is sent: one call for a whole path, and never out of the tree unless
//! links are to be followed.

use std::ffi::OsStr;
use std::fs::File;
use std::os::fd::{AsFd as _, BorrowedFd, OwnedFd};
use std::os::unix::ffi::OsStrExt as _;

use rustix::fs::{AtFlags, Mode, OFlags};
use rustix::io::Errno;

use crate::model::Links;
use crate::storage::platform;
use crate::storage::status::Status;

/// Not blocking: a FIFO put in a file's place this moment must not hang us.
pub(super) const READ: OFlags =
    OFlags::RDONLY.union(OFlags::NONBLOCK).union(OFlags::CLOEXEC).union(OFlags::NOCTTY);

/// To list a folder and to open what is in it.
pub(super) const LIST: OFlags = OFlags::RDONLY.union(OFlags::DIRECTORY).union(OFlags::CLOEXEC);

impl Links {
    /// What opening and looking need to keep a link a link.
    pub(super) fn flags(self) -> OFlags {
        match self {
            Self::Keep => OFlags::NOFOLLOW,
            Self::Follow => OFlags::empty(),
        }
    }
}

/// Opens what a path leads to from a folder. Errors: `ELOOP` or `ENOTDIR` for a link that is not to be followed.
pub(super) fn open(folder: BorrowedFd<'_>, path: &[u8], links: Links) -> Result<File, Errno> {
    let path = OsStr::from_bytes(path);
    let opened = match links {
        Links::Keep => platform::open_beneath(folder, path, READ | links.flags(), Mode::empty()),
        Links::Follow => open_one(folder, path, READ),
    };
    match opened {
        // No such call, a sandbox of an older day, or a path that is longer than a call takes.
        Err(Errno::NOSYS | Errno::PERM | Errno::NAMETOOLONG) => step_by_step(folder, path.as_bytes(), links),
        opened => opened,
    }
    .map(File::from)
}

/// What a path leads to from a folder, links followed. Errors: `ENAMETOOLONG` for what [`open`] can open all the same.
pub(super) fn look(folder: BorrowedFd<'_>, path: &[u8]) -> Result<Status, Errno> {
    Status::at(folder, path, AtFlags::empty())
}

/// A name at a time: as good, there everywhere, and slower.
fn step_by_step(folder: BorrowedFd<'_>, path: &[u8], links: Links) -> Result<OwnedFd, Errno> {
    let mut above = path.split(|byte| *byte == b'/');
    let last = above.next_back().ok_or(Errno::INVAL)?;
    let mut within: Option<OwnedFd> = None;
    for name in above {
        let from = within.as_ref().map_or(folder, |fd| fd.as_fd());
        within = Some(open_one(from, OsStr::from_bytes(name), LIST | links.flags())?);
    }
    let from = within.as_ref().map_or(folder, |fd| fd.as_fd());
    open_one(from, OsStr::from_bytes(last), READ | links.flags())
}

/// Opens by the path alone.
pub(super) fn open_one(folder: BorrowedFd<'_>, path: &OsStr, flags: OFlags) -> Result<OwnedFd, Errno> {
    rustix::io::retry_on_intr(|| rustix::fs::openat(folder, path, flags, Mode::empty()))
}

#[cfg(test)]
mod tests;
