//! A file takes the place of another one, which is kept in staging: at no moment is either of them without a name.

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::os::fd::BorrowedFd;

use rustix::fs::AtFlags;
use rustix::io::Errno;

use crate::model::LocalName;
use crate::storage::beneath::At;
use crate::storage::place::{MAX_NUMBER, create_afresh, free, give, is_taken};
use crate::storage::{beneath, holes, own_name, platform};

/// How a file is replaced, best first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    /// In one step, by the kernel.
    Exchange,
    /// The old one goes to staging first: for a moment nothing has the name.
    Aside,
}

/// A final name: where a part goes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Final<'a> {
    pub(super) folder: BorrowedFd<'a>,
    pub(super) name: &'a LocalName,
}

/// Moves a part to a name that an ordinary file has, and that file to a name of ours in staging.
/// Errors: `EEXIST` if what has the name is no ordinary file, `ENOENT` if nothing has it, `EXDEV` if it is on another file
/// system; nothing was moved then.
pub(super) fn replace(staging: BorrowedFd<'_>, part: &OsStr, place: Final<'_>) -> Result<(), Errno> {
    match replace_by(Way::Exchange, staging, part, place) {
        Err(Errno::INVAL | Errno::NOSYS | Errno::NOTSUP | Errno::PERM) => {
            replace_by(Way::Aside, staging, part, place)
        }
        replaced => replaced,
    }
}

fn replace_by(way: Way, staging: BorrowedFd<'_>, part: &OsStr, place: Final<'_>) -> Result<(), Errno> {
    let to = place.at()?;
    to.check_is_file()?;
    let from = At { folder: staging, name: part };
    match way {
        Way::Exchange => {
            // The part takes the old one's future name before they are exchanged: what is called a part may be removed
            // as a stale one, so the old one must never be called that, not even if we are stopped in between.
            let kept = keep(from, staging, part)?;
            let kept = At { folder: staging, name: &kept };
            let swapped = platform::exchange(kept, to).and_then(|()| {
                // A folder or a link may have been put there since we looked.
                kept.check_is_file().inspect_err(|_| platform::exchange(kept, to).unwrap_or_default())
            });
            swapped.inspect_err(|_| give(kept, from).unwrap_or_default())
        }
        Way::Aside => {
            let kept = keep(to, staging, part)?;
            let kept = At { folder: staging, name: &kept };
            let placed = kept.check_is_file().and_then(|()| give(from, to));
            placed.inspect_err(|_| put_back(kept, place))
        }
    }
}

/// Replaces a file on another file system than staging's. `copy` is the part's copy beside it, `kept_as` the part's name.
/// The old one is copied to staging before it is touched. Errors: as [`replace`].
pub(super) fn replace_there(
    staging: BorrowedFd<'_>,
    kept_as: &OsStr,
    copy: At<'_>,
    place: Final<'_>,
) -> Result<(), Errno> {
    let to = place.at()?;
    to.check_is_file()?;
    let seen = keep_copy(to, staging, kept_as)?;
    match platform::exchange(copy, to) {
        // Nothing else keeps both without a moment in which a crash could lose one: the new one gets a number instead.
        Err(Errno::INVAL | Errno::NOSYS | Errno::NOTSUP | Errno::PERM) => return Err(Errno::EXIST),
        exchanged => exchanged?,
    }
    // It may have been written to, or another file put there, since it was copied.
    let kept = copy.check_is_file().and_then(|()| {
        if Seen::at(copy)? == seen { Ok(()) } else { keep_copy(copy, staging, kept_as).map(drop) }
    });
    kept.inspect_err(|_| platform::exchange(copy, to).unwrap_or_default())?;
    rustix::fs::unlinkat(copy.folder, copy.name, AtFlags::empty())
}

/// Moves a file to the first free name for what this part replaces. Gives that name.
fn keep(file: At<'_>, staging: BorrowedFd<'_>, part: &OsStr) -> Result<OsString, Errno> {
    for number in 1..=MAX_NUMBER {
        let name = own_name::kept(part, number);
        let kept = At { folder: staging, name: &name };
        match give(file, kept) {
            Err(Errno::EXIST) => {}
            given => return given.map(|()| name),
        }
    }
    Err(Errno::MLINK)
}

/// Copies a file to the first free name for what this part replaces. Gives what was copied.
fn keep_copy(file: At<'_>, staging: BorrowedFd<'_>, part: &OsStr) -> Result<Seen, Errno> {
    let seen = Seen::at(file)?;
    let numbers = (1..=MAX_NUMBER).map(|number| own_name::kept(part, number));
    let mut free = numbers.filter(|name| !is_taken(At { folder: staging, name }));
    let name = free.next().ok_or(Errno::MLINK)?;
    let source = beneath::open_existing(file.folder, file.name)?;
    let copied =
        copy_to(&source, At { folder: staging, name: &name }).and_then(|_| rustix::fs::fsync(staging));
    copied.inspect_err(|_| rustix::fs::unlinkat(staging, &*name, AtFlags::empty()).unwrap_or_default())?;
    Ok(seen)
}

/// Copies a file's bytes, mode and time to a name of ours, and syncs it.
pub(super) fn copy_to(source: &File, to: At<'_>) -> Result<File, Errno> {
    let errno = |error: std::io::Error| Errno::from_io_error(&error).unwrap_or(Errno::IO);
    let copy = create_afresh(to)?;
    holes::copy(source, &copy)?;
    let metadata = source.metadata().map_err(errno)?;
    let modified = metadata.modified().map_err(errno)?;
    crate::storage::attributes::tolerate(copy.set_modified(modified).map_err(errno))?;
    crate::storage::attributes::tolerate(copy.set_permissions(metadata.permissions()).map_err(errno))?;
    rustix::io::retry_on_intr(|| rustix::fs::fsync(&copy))?;
    Ok(copy)
}

/// The old one gets its name back, or a number if somebody took that: it is not to be removed with staging.
fn put_back(kept: At<'_>, place: Final<'_>) {
    let mut name = place.name.clone();
    let mut number = 0;
    while let Err(Errno::EXIST) = give(kept, At { folder: place.folder, name: name.as_os_str() }) {
        let Some((next, at)) = free(place.folder, place.name, number) else { return };
        (name, number) = (next, at + 1);
    }
}

impl<'a> Final<'a> {
    pub(super) fn at(self) -> Result<At<'a>, Errno> {
        Ok(At { folder: self.folder, name: beneath::one_name(self.name.as_os_str())? })
    }
}

impl At<'_> {
    /// Errors: `ENOENT` if nothing is there, `EEXIST` if it is no ordinary file.
    fn check_is_file(self) -> Result<(), Errno> {
        let there = rustix::fs::statat(self.folder, self.name, AtFlags::SYMLINK_NOFOLLOW)?;
        let is_file = rustix::fs::FileType::from_raw_mode(there.st_mode).is_file();
        if is_file { Ok(()) } else { Err(Errno::EXIST) }
    }
}

/// Which file, and in what state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Seen {
    device: u64,
    inode: u64,
    size: i64,
    modified: (i64, i64),
}

impl Seen {
    fn at(at: At<'_>) -> Result<Self, Errno> {
        let there = rustix::fs::statat(at.folder, at.name, AtFlags::SYMLINK_NOFOLLOW)?;
        Ok(Self {
            device: there.st_dev,
            inode: there.st_ino,
            size: there.st_size,
            modified: (there.st_mtime, i64::try_from(there.st_mtime_nsec).unwrap_or_default()),
        })
    }
}
