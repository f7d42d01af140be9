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
            remove_file(at)?;
            beneath::create_new(at.folder, at.name)
        }
        created => created,
    }
}

/// Removes a file of ours if there is one, and nothing but a file.
pub(super) fn remove_file(at: At<'_>) -> Result<(), Errno> {
    if !beneath::is_file(at.folder, at.name) {
        return Ok(());
    }
    match rustix::fs::unlinkat(at.folder, at.name, AtFlags::empty()) {
        Err(Errno::NOENT) => Ok(()),
        removed => removed,
    }
}

fn give_by(way: Way, from: At<'_>, to: At<'_>) -> Result<(), Errno> {
    let name = beneath::one_name(to.name)?;
    match way {
        Way::Rename => platform::rename_without_replacing(from, to),
        Way::Link => {
            rustix::fs::linkat(from.folder, from.name, to.folder, name, AtFlags::empty())?;
            // Moved or not moved, nothing in between: a file of somebody else's may be one that we cannot remove.
            rustix::fs::unlinkat(from.folder, from.name, AtFlags::empty())
                .inspect_err(|_| rustix::fs::unlinkat(to.folder, name, AtFlags::empty()).unwrap_or_default())
        }
        Way::Placeholder => {
            beneath::create_new(to.folder, name)?;
            rustix::fs::renameat(from.folder, from.name, to.folder, name)
                .inspect_err(|_| rustix::fs::unlinkat(to.folder, name, AtFlags::empty()).unwrap_or_default())
        }
    }
}

#[cfg(test)]
mod tests {
    use std::ffi::OsStr;
    use std::fs::{self, File};
    use std::os::fd::AsFd as _;
    use std::os::unix::fs::symlink;

    use tempfile::TempDir;

    use super::*;

    const WAYS: [Way; 3] = [Way::Rename, Way::Link, Way::Placeholder];

    /// A part in one folder, and the folder it goes to: the same one, or another.
    fn places() -> [(TempDir, &'static str, &'static str); 2] {
        [(".", "."), ("staging", "sub")].map(|(from, to)| {
            let dir = tempfile::tempdir().unwrap();
            fs::create_dir_all(dir.path().join(from)).unwrap();
            fs::create_dir_all(dir.path().join(to)).unwrap();
            (dir, from, to)
        })
    }

    fn give_named(way: Way, dir: &TempDir, from: &str, to: &str, name: &str) -> Result<(), Errno> {
        let open = |name| File::open(dir.path().join(name)).unwrap();
        let (from, to) = (open(from), open(to));
        let part = At { folder: from.as_fd(), name: OsStr::new("part") };
        give_by(way, part, At { folder: to.as_fd(), name: OsStr::new(name) })
    }

    #[test]
    fn every_way_gives_a_free_name_and_takes_the_old_one() {
        for way in WAYS {
            for (dir, from, to) in places() {
                fs::write(dir.path().join(from).join("part"), "bytes").unwrap();
                give_named(way, &dir, from, to, "name").unwrap();
                assert_eq!(fs::read(dir.path().join(to).join("name")).unwrap(), b"bytes", "{way:?}");
                assert!(!dir.path().join(from).join("part").exists(), "{way:?}");
                assert_eq!(fs::read_dir(dir.path().join(to)).unwrap().count(), 1, "{way:?}");
            }
        }
    }

    #[test]
    fn no_way_takes_a_name_that_stands_for_anything() {
        for way in WAYS {
            for (dir, from, to) in places() {
                let there = dir.path().join(to);
                fs::write(dir.path().join(from).join("part"), "bytes").unwrap();
                fs::write(there.join("file"), "kept").unwrap();
                fs::create_dir(there.join("folder")).unwrap();
                symlink("file", there.join("link")).unwrap();
                symlink("nowhere", there.join("dangling")).unwrap();
                for name in ["file", "folder", "link", "dangling"] {
                    assert_eq!(give_named(way, &dir, from, to, name), Err(Errno::EXIST), "{way:?} {name}");
                }
                assert_eq!(fs::read(there.join("file")).unwrap(), b"kept");
                assert_eq!(fs::read(dir.path().join(from).join("part")).unwrap(), b"bytes");
                assert!(!there.join("nowhere").exists());
            }
        }
    }

    #[test]
    fn no_way_leaves_the_folder_or_an_empty_name_behind() {
        for way in WAYS {
            for (dir, from, to) in places() {
                for name in ["../out", "/out", ".", "..", ""] {
                    assert_eq!(give_named(way, &dir, from, to, name), Err(Errno::INVAL), "{way:?} {name}");
                }
                // The part is not there: nothing may stay under the final name.
                assert_eq!(give_named(way, &dir, from, to, "name"), Err(Errno::NOENT), "{way:?}");
                assert!(!dir.path().join(to).join("name").exists(), "{way:?}");
            }
        }
    }

    #[test]
    fn a_free_number_is_one_under_which_nothing_stands() {
        let dir = tempfile::tempdir().unwrap();
        let folder = File::open(dir.path()).unwrap();
        fs::write(dir.path().join("a (1).txt"), "").unwrap();
        symlink("nowhere", dir.path().join("a (2).txt")).unwrap();
        let free = |start| free(folder.as_fd(), &LocalName::of(b"a.txt"), start);
        assert_eq!(free(0), Some((LocalName::of(b"a (3).txt"), 3)));
        assert_eq!(free(9), Some((LocalName::of(b"a (9).txt"), 9)));
        assert_eq!(free(MAX_NUMBER + 1), None);
    }

    #[test]
    fn what_is_made_afresh_takes_the_place_of_a_file_only() {
        let dir = tempfile::tempdir().unwrap();
        let folder = File::open(dir.path()).unwrap();
        fs::write(dir.path().join("file"), "old").unwrap();
        fs::create_dir(dir.path().join("folder")).unwrap();
        symlink("file", dir.path().join("link")).unwrap();
        let create = |name| create_afresh(At { folder: folder.as_fd(), name: OsStr::new(name) });
        assert_eq!(create("file").unwrap().metadata().unwrap().len(), 0);
        assert!(create("folder").is_err() && create("link").is_err());
        assert!(dir.path().join("folder").is_dir() && dir.path().join("link").is_symlink());
    }
}
