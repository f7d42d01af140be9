//! A final name, given without replacing anything, on every file system.

use std::fs::File;
use std::os::fd::BorrowedFd;

use rustix::fs::AtFlags;
use rustix::io::Errno;

use crate::model::LocalName;
use crate::storage::beneath::At;
use crate::storage::{beneath, platform};

/// So many files of one name are no accident; a peer that sends them gets an error instead of our time.
pub(super) const MAX_NUMBER: u32 = 100_000;

/// How a name is given, best first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    /// In one step, by the kernel.
    Rename,
    /// A second name, which never replaces; then the first one is removed.
    Link,
    /// An empty file holds the name until the rename takes it. A crash between the two leaves it empty: the last resort.
    Placeholder,
}

/// Moves a file to a name, in the same folder or in another one of its file system. Errors: `EEXIST` if the name is
/// taken, by whatever it is; `EXDEV` if it is on another file system.
pub(super) fn give(from: At<'_>, to: At<'_>) -> Result<(), Errno> {
    match give_by(Way::Rename, from, to) {
        Err(Errno::INVAL | Errno::NOSYS | Errno::NOTSUP | Errno::PERM) => {}
        given => return given,
    }
    match give_by(Way::Link, from, to) {
        Err(Errno::PERM | Errno::NOTSUP | Errno::NOSYS | Errno::INVAL | Errno::MLINK) => {}
        given => return given,
    }
    give_by(Way::Placeholder, from, to)
}

/// The first of `name (start)`, `name (start + 1)`… under which nothing stands. A name may get taken while we look, so
/// only giving it tells whether it is free; but a look is much cheaper than a try where thousands are taken.
pub(super) fn free(folder: BorrowedFd<'_>, name: &LocalName, start: u32) -> Option<(LocalName, u32)> {
    (start.max(1)..=MAX_NUMBER)
        .map(|number| (name.numbered(number), number))
        .find(|(numbered, _)| !is_taken(At { folder, name: numbered.as_os_str() }))
}

pub(super) fn is_taken(at: At<'_>) -> bool {
    rustix::fs::statat(at.folder, at.name, AtFlags::SYMLINK_NOFOLLOW).is_ok()
}

/// Makes an empty file of ours; an ordinary file of that name goes first. Errors: `EEXIST` or `ELOOP` for anything else.
pub(super) fn create_afresh(at: At<'_>) -> Result<File, Errno> {
    match beneath::create_new(at.folder, at.name) {
        Err(Errno::EXIST) if beneath::is_file(at.folder, at.name) => {
            rustix::fs::unlinkat(at.folder, at.name, AtFlags::empty())?;
            beneath::create_new(at.folder, at.name)
        }
        created => created,
    }
}

fn give_by(way: Way, from: At<'_>, to: At<'_>) -> Result<(), Errno> {
    let name = beneath::one_name(to.name)?;
    match way {
        Way::Rename => platform::rename_without_replacing(from, to),
        Way::Link => {
            rustix::fs::linkat(from.folder, from.name, to.folder, name, AtFlags::empty())?;
            // The file has its name; if the other one stays it is a leftover, which a person is told about.
            rustix::fs::unlinkat(from.folder, from.name, AtFlags::empty()).ok();
            Ok(())
        }
        Way::Placeholder => {
            beneath::create_new(to.folder, name)?;
            rustix::fs::renameat(from.folder, from.name, to.folder, name)
                .inspect_err(|_| rustix::fs::unlinkat(to.folder, name, AtFlags::empty()).unwrap_or_default())
        }
    }
}
