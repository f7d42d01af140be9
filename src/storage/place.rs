//! A final name, given without replacing anything, on every file system.

use std::ffi::OsStr;
use std::os::fd::BorrowedFd;

use rustix::fs::AtFlags;
use rustix::io::Errno;

use crate::model::LocalName;
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

/// Renames `part` to the first free one of `name`, `name (start)`, `name (start + 1)`… Gives the name and the number
/// after its own, to start with the next time. Errors: `None` if there is none up to [`MAX_NUMBER`].
pub(super) fn place(
    folder: BorrowedFd<'_>,
    part: &OsStr,
    name: &LocalName,
    start: u32,
) -> Result<(LocalName, u32), Option<Errno>> {
    // A name may stand for another file while we look, so only giving it tells whether it is free.
    let take = |name: &LocalName| match give(folder, part, name.as_os_str()) {
        Ok(()) => Ok(true),
        Err(Errno::EXIST) => Ok(false),
        Err(errno) => Err(Some(errno)),
    };
    if start <= 1 && take(name)? {
        return Ok((name.clone(), 1));
    }
    for number in start.max(1)..=MAX_NUMBER {
        let numbered = name.numbered(number);
        // A look is much cheaper than a try where thousands are taken.
        if !is_taken(folder, numbered.as_os_str()) && take(&numbered)? {
            return Ok((numbered, number + 1));
        }
    }
    Err(None)
}

fn is_taken(folder: BorrowedFd<'_>, name: &OsStr) -> bool {
    rustix::fs::statat(folder, name, AtFlags::SYMLINK_NOFOLLOW).is_ok()
}

/// Errors: `EEXIST` if the name is taken, by whatever it is.
fn give(folder: BorrowedFd<'_>, part: &OsStr, name: &OsStr) -> Result<(), Errno> {
    match give_by(Way::Rename, folder, part, name) {
        Err(Errno::INVAL | Errno::NOSYS | Errno::NOTSUP | Errno::PERM) => {}
        given => return given,
    }
    match give_by(Way::Link, folder, part, name) {
        Err(Errno::PERM | Errno::NOTSUP | Errno::NOSYS | Errno::INVAL | Errno::MLINK) => {}
        given => return given,
    }
    give_by(Way::Placeholder, folder, part, name)
}

fn give_by(way: Way, folder: BorrowedFd<'_>, part: &OsStr, name: &OsStr) -> Result<(), Errno> {
    let name = beneath::one_name(name)?;
    match way {
        Way::Rename => platform::rename_without_replacing(folder, part, name),
        Way::Link => {
            rustix::fs::linkat(folder, part, folder, name, AtFlags::empty())?;
            // The file has its name; if the other one stays it is a leftover, which a person is told about.
            rustix::fs::unlinkat(folder, part, AtFlags::empty()).ok();
            Ok(())
        }
        Way::Placeholder => {
            beneath::create_new(folder, name)?;
            rustix::fs::renameat(folder, part, folder, name)
                .inspect_err(|_| rustix::fs::unlinkat(folder, name, AtFlags::empty()).unwrap_or_default())
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs::{self, File};
    use std::os::fd::AsFd as _;
    use std::os::unix::fs::symlink;

    use super::*;

    const WAYS: [Way; 3] = [Way::Rename, Way::Link, Way::Placeholder];

    fn give_named(way: Way, folder: &File, name: &str) -> Result<(), Errno> {
        give_by(way, folder.as_fd(), OsStr::new("part"), OsStr::new(name))
    }

    #[test]
    fn every_way_gives_a_free_name_and_takes_the_old_one() {
        for way in WAYS {
            let dir = tempfile::tempdir().unwrap();
            let folder = File::open(dir.path()).unwrap();
            fs::write(dir.path().join("part"), "bytes").unwrap();
            give_named(way, &folder, "name").unwrap();
            assert_eq!(fs::read(dir.path().join("name")).unwrap(), b"bytes", "{way:?}");
            assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1, "{way:?}");
        }
    }

    #[test]
    fn no_way_takes_a_name_that_stands_for_anything() {
        for way in WAYS {
            let dir = tempfile::tempdir().unwrap();
            let folder = File::open(dir.path()).unwrap();
            fs::write(dir.path().join("part"), "bytes").unwrap();
            fs::write(dir.path().join("file"), "kept").unwrap();
            fs::create_dir(dir.path().join("folder")).unwrap();
            symlink("file", dir.path().join("link")).unwrap();
            symlink("nowhere", dir.path().join("dangling")).unwrap();
            for name in ["file", "folder", "link", "dangling"] {
                assert_eq!(give_named(way, &folder, name), Err(Errno::EXIST), "{way:?} {name}");
            }
            assert_eq!(fs::read(dir.path().join("file")).unwrap(), b"kept");
            assert_eq!(fs::read(dir.path().join("part")).unwrap(), b"bytes");
            assert!(!dir.path().join("nowhere").exists());
        }
    }

    #[test]
    fn no_way_leaves_the_folder_or_an_empty_name_behind() {
        for way in WAYS {
            let dir = tempfile::tempdir().unwrap();
            let folder = File::open(dir.path()).unwrap();
            for name in ["../out", "/out", ".", "..", ""] {
                assert_eq!(give_named(way, &folder, name), Err(Errno::INVAL), "{way:?} {name}");
            }
            // The part is not there: nothing may stay under the final name.
            assert_eq!(give_named(way, &folder, "name"), Err(Errno::NOENT), "{way:?}");
            assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0, "{way:?}");
        }
    }
}
