//! The walk through one root: every entry in manifest order, and everything that cannot be sent.
//!
//! It goes through descriptors from folder to folder, so that whatever is renamed or swapped meanwhile, it is where it was;
//! and it keeps its own stack, so that no tree is too deep for it.

mod names;

use std::ffi::OsStr;
use std::ops::ControlFlow;
use std::os::fd::{AsFd as _, BorrowedFd, OwnedFd};
use std::os::unix::ffi::OsStrExt as _;
use std::path::PathBuf;

use rustix::fs::{AtFlags, CWD, FileType};
use rustix::io::Errno;

use crate::model::Links;
use crate::model::{Entry, EntryKind, LinkTarget, RelPath};
use crate::storage::descend::{LIST, READ, open_one};
use crate::storage::status::{Seal, Status};
use crate::storage::walk::names::Names;
use crate::storage::{Root, SourceError, platform};

/// Shorter files are not asked for their holes: a receiver leaves none below this either, and opening each of a
/// million small ones on a disk that packs would cost more than all the rest.
const HOLES_FROM: u64 = 64 * 1024;

/// What a walk meets.
#[derive(Debug)]
pub enum Walked {
    /// It can be sent, as far as a look from outside tells.
    Entry(Entry, Seal),
    /// It cannot be sent; the rest goes on.
    Passed(SourceError),
}

/// A walk through one root.
pub(super) struct Walk<'a> {
    root: &'a Root,
    links: Links,
    visit: &'a mut dyn FnMut(Walked) -> ControlFlow<()>,
    /// The folders from the root to here.
    levels: Vec<Level>,
    /// Their names, with the root's own in front.
    names: Vec<Vec<u8>>,
}

/// A folder that the walk is in.
struct Level {
    fd: OwnedFd,
    identity: (u64, u64),
    names: Names,
}

/// What a name stands for.
enum Found {
    File { status: Status, stored: u64 },
    Folder { status: Status, opened: Result<OwnedFd, Errno> },
    Link { status: Status, target: Vec<u8> },
    Special,
}

/// Whether the walk is in what it met.
enum Met {
    Entered,
    Left,
}

impl<'a> Walk<'a> {
    pub(super) fn new(
        root: &'a Root,
        links: Links,
        visit: &'a mut dyn FnMut(Walked) -> ControlFlow<()>,
    ) -> Self {
        Self { root, links, visit, levels: Vec::new(), names: Vec::new() }
    }

    /// Breaks if `visit` does.
    pub(super) fn run(mut self) -> ControlFlow<()> {
        self.step(self.root.name.name().to_vec(), FileType::Unknown)?;
        while let Some(level) = self.levels.last_mut() {
            let next = level.names.next().map(|(name, kind)| (name.to_vec(), kind));
            if let Some((name, kind)) = next {
                self.step(name, kind)?;
            } else {
                self.levels.pop();
                self.names.pop();
            }
        }
        ControlFlow::Continue(())
    }

    fn step(&mut self, name: Vec<u8>, kind: FileType) -> ControlFlow<()> {
        self.names.push(name);
        match self.meet(kind)? {
            Met::Entered => {}
            Met::Left => {
                self.names.pop();
            }
        }
        ControlFlow::Continue(())
    }

    /// Tells of what is at the last name, and goes into it if it is a folder.
    fn meet(&mut self, kind: FileType) -> ControlFlow<(), Met> {
        let path = match RelPath::parse(&self.names) {
            Ok(path) => path,
            Err(source) => return self.pass(SourceError::Name { path: self.path(), source }),
        };
        match self.find(kind) {
            Ok(Found::File { status, stored }) => {
                self.tell(path, EntryKind::File, &status, status.size, stored, Some(status.mode))
            }
            Ok(Found::Folder { status, opened }) => self.enter(path, &status, opened),
            Ok(Found::Link { status, target }) => match LinkTarget::parse(&path, target) {
                Ok(target) => self.tell(path, EntryKind::Link(target), &status, 0, 0, None),
                Err(source) => self.pass(SourceError::Link { path: self.path(), source }),
            },
            Ok(Found::Special) => self.pass(SourceError::NotAFile { path: self.path() }),
            Err(errno) => self.pass(self.sort(errno)),
        }
    }

    fn enter(
        &mut self,
        path: RelPath,
        status: &Status,
        opened: Result<OwnedFd, Errno>,
    ) -> ControlFlow<(), Met> {
        // Only followed links make circles. Without them nothing is compared: some file systems give two folders one number.
        if self.links == Links::Follow && self.levels.iter().any(|level| level.identity == status.identity) {
            return self.pass(SourceError::Circle { path: self.path() });
        }
        self.tell(path, EntryKind::Folder, status, 0, 0, Some(status.mode))?;
        let fd = match opened {
            Ok(fd) => fd,
            Err(errno) => return self.pass(self.sort(errno)),
        };
        let (names, trouble) = Names::read(&fd);
        if let Some(errno) = trouble {
            self.pass(self.sort(errno))?; // and on with those it has
        }
        self.levels.push(Level { fd, identity: status.identity, names });
        ControlFlow::Continue(Met::Entered)
    }

    fn find(&self, kind: FileType) -> Result<Found, Errno> {
        match (self.levels.last(), self.names.last()) {
            (Some(level), Some(name)) => find(level.fd.as_fd(), OsStr::from_bytes(name), kind, self.links),
            // A root may be a link: the person chose what it shows.
            _ => find(CWD, self.root.path.as_os_str(), kind, Links::Follow),
        }
    }

    fn tell(
        &mut self,
        path: RelPath,
        kind: EntryKind,
        status: &Status,
        size: u64,
        stored: u64,
        mode: Option<u32>,
    ) -> ControlFlow<(), Met> {
        let entry = Entry { path, kind, size, stored, modified: status.modified, mode };
        (self.visit)(Walked::Entry(entry, status.seal())).map_continue(|()| Met::Left)
    }

    fn pass(&mut self, error: SourceError) -> ControlFlow<(), Met> {
        (self.visit)(Walked::Passed(error)).map_continue(|()| Met::Left)
    }

    /// Where it is, for telling.
    fn path(&self) -> PathBuf {
        let mut path = self.root.path.clone();
        path.extend(self.names.iter().skip(1).map(|name| OsStr::from_bytes(name)));
        path
    }

    /// Whether a link has the last name, in a folder whose links are followed.
    fn is_link(&self) -> bool {
        let (Links::Follow, Some(level), Some(name)) = (self.links, self.levels.last(), self.names.last())
        else {
            return false;
        };
        let name = OsStr::from_bytes(name);
        let found = Status::at(level.fd.as_fd(), name, AtFlags::SYMLINK_NOFOLLOW);
        found.is_ok_and(|status| status.kind == FileType::Symlink)
    }

    fn sort(&self, errno: Errno) -> SourceError {
        match errno {
            Errno::LOOP => SourceError::Circle { path: self.path() },
            Errno::NOENT | Errno::NOTDIR if self.is_link() => SourceError::Nowhere { path: self.path() },
            errno => SourceError::sort(&self.path(), errno.into()),
        }
    }
}

/// Finds out what a name in a folder stands for; `kind` is what the list of the folder said.
fn find(folder: BorrowedFd<'_>, name: &OsStr, kind: FileType, links: Links) -> Result<Found, Errno> {
    let opened = match kind {
        FileType::Fifo | FileType::Socket | FileType::CharacterDevice | FileType::BlockDevice => {
            return Ok(Found::Special);
        }
        FileType::Directory => match open_folder(folder, name, links) {
            Ok(found) => return Ok(found),
            Err(errno) => Some(errno),
        },
        FileType::RegularFile | FileType::Symlink | FileType::Unknown => None,
    };
    let flags = match links {
        Links::Keep => AtFlags::SYMLINK_NOFOLLOW,
        Links::Follow => AtFlags::empty(),
    };
    let status = Status::at(folder, name, flags)?;
    match (status.kind, opened) {
        (FileType::RegularFile, _) => {
            Ok(Found::File { status, stored: stored(folder, name, &status, links) })
        }
        (FileType::Directory, Some(errno)) => Ok(Found::Folder { status, opened: Err(errno) }),
        (FileType::Directory, None) => match open_folder(folder, name, links) {
            Err(errno) => Ok(Found::Folder { status, opened: Err(errno) }),
            found => found,
        },
        (FileType::Symlink, _) => {
            let target = rustix::fs::readlinkat(folder, name, Vec::new())?.into_bytes();
            Ok(Found::Link { status, target })
        }
        _ => Ok(Found::Special),
    }
}

fn open_folder(folder: BorrowedFd<'_>, name: &OsStr, links: Links) -> Result<Found, Errno> {
    let fd = open_one(folder, name, LIST | links.flags())?;
    Ok(Found::Folder { status: Status::of(&fd)?, opened: Ok(fd) })
}

/// The bytes a file takes on the disk if it has holes. Where it has none and takes less than its size all the same, the file
/// system packs, and nothing is free for a receiver.
fn stored(folder: BorrowedFd<'_>, name: &OsStr, status: &Status, links: Links) -> u64 {
    if status.size < HOLES_FROM || status.allocated >= status.size {
        return status.size;
    }
    let hole =
        open_one(folder, name, READ | links.flags()).and_then(|file| platform::next_hole(file.as_fd(), 0));
    if hole.is_ok_and(|hole| hole < status.size) { status.allocated } else { status.size }
}

#[cfg(test)]
mod tests;
