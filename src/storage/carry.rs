//! Copies in place of renames, where a folder is on another file system than staging (something is mounted there, or it is
//! a subvolume).
//!
//! A copy has no name until all of it is on the disk. Where there are no files without names it has one of ours
//! meanwhile, and the next try removes it.

use std::fs::File;
use std::io;
use std::os::fd::{AsFd as _, BorrowedFd};

use rustix::io::Errno;

use crate::storage::beneath::At;
use crate::storage::place::{create_afresh, give, is_taken, remove_file};
use crate::storage::{attributes, holes, platform};

/// How a copy is made, best first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    /// Without a name until it is whole.
    Nameless,
    /// Under a name of ours.
    Named,
}

/// Gives a copy of a file a final name, without replacing anything. `copy` is the name it may have meanwhile.
/// Errors: `EEXIST` if the name is taken, by whatever it is.
pub(super) fn carry(source: &File, copy: At<'_>, to: At<'_>) -> Result<(), Errno> {
    if is_taken(to) {
        return Err(Errno::EXIST); // before all of it is copied
    }
    match carry_by(Way::Nameless, source, copy, to) {
        Err(errno) if is_no_way(errno) => carry_by(Way::Named, source, copy, to),
        carried => carried,
    }
}

fn carry_by(way: Way, source: &File, copy: At<'_>, to: At<'_>) -> Result<(), Errno> {
    match way {
        Way::Nameless => platform::give_name(&nameless(source, to.folder)?, to),
        Way::Named => {
            copy_by(way, source, copy)?;
            give(copy, to).inspect_err(|_| remove_file(copy).unwrap_or_default())
        }
    }
}

/// Copies a file's bytes, mode and time to a name of ours, durably. A file that has that name goes first.
/// Errors: `EEXIST` or `ELOOP` if anything else has it.
pub(super) fn copy_to(source: &File, to: At<'_>) -> Result<(), Errno> {
    match copy_by(Way::Nameless, source, to) {
        Err(errno) if is_no_way(errno) => copy_by(Way::Named, source, to),
        copied => copied,
    }
}

fn copy_by(way: Way, source: &File, to: At<'_>) -> Result<(), Errno> {
    match way {
        Way::Nameless => {
            let copy = nameless(source, to.folder)?;
            remove_file(to)?;
            platform::give_name(&copy, to)
        }
        Way::Named => {
            let copy = create_afresh(to)?;
            fill(&copy, source).inspect_err(|_| remove_file(to).unwrap_or_default())
        }
    }
}

fn nameless(source: &File, folder: BorrowedFd<'_>) -> Result<File, Errno> {
    let copy = platform::make_nameless(folder)?;
    fill(&copy, source)?;
    Ok(copy)
}

fn fill(copy: &File, source: &File) -> Result<(), Errno> {
    holes::copy(source, copy)?;
    let metadata = source.metadata().map_err(|error| errno(&error))?;
    let modified = metadata.modified().map_err(|error| errno(&error))?;
    attributes::tolerate(copy.set_permissions(metadata.permissions()).map_err(|error| errno(&error)))?;
    attributes::tolerate(copy.set_modified(modified).map_err(|error| errno(&error)))?;
    rustix::io::retry_on_intr(|| rustix::fs::fsync(copy.as_fd()))
}

/// No files without names, or no way to give them one: a file system's words, an old kernel's, and a system's that does
/// not show a process its own descriptors.
fn is_no_way(errno: Errno) -> bool {
    matches!(
        errno,
        Errno::NOSYS
            | Errno::NOTSUP
            | Errno::INVAL
            | Errno::ISDIR
            | Errno::NOENT
            | Errno::PERM
            | Errno::ACCESS
    )
}

fn errno(error: &io::Error) -> Errno {
    Errno::from_io_error(error).unwrap_or(Errno::IO)
}

#[cfg(test)]
mod tests {
    use std::ffi::OsStr;
    use std::fs;
    use std::os::unix::fs::{PermissionsExt as _, symlink};
    use std::time::{Duration, UNIX_EPOCH};

    use tempfile::TempDir;

    use super::*;
    use crate::storage::test_support::sorted;

    const WAYS: [Way; 2] = [Way::Nameless, Way::Named];

    fn source_in(dir: &TempDir) -> File {
        fs::write(dir.path().join("source"), "bytes").unwrap();
        let source = File::open(dir.path().join("source")).unwrap();
        source.set_permissions(fs::Permissions::from_mode(0o451)).unwrap();
        source.set_modified(UNIX_EPOCH + Duration::new(5, 7)).unwrap();
        source
    }

    fn at<'a>(folder: &'a File, name: &'a str) -> At<'a> {
        At { folder: folder.as_fd(), name: OsStr::new(name) }
    }

    fn is_whole(dir: &TempDir, name: &str) -> bool {
        let metadata = fs::metadata(dir.path().join(name)).unwrap();
        let time = metadata.modified().unwrap() == UNIX_EPOCH + Duration::new(5, 7);
        time && metadata.permissions().mode() & 0o7777 == 0o451
            && fs::read(dir.path().join(name)).unwrap() == b"bytes"
    }

    #[test]
    fn both_ways_a_copy_gets_the_name_with_bytes_mode_and_time() {
        for way in WAYS {
            let dir = tempfile::tempdir().unwrap();
            let (source, folder) = (source_in(&dir), File::open(dir.path()).unwrap());
            carry_by(way, &source, at(&folder, "copy"), at(&folder, "name")).unwrap();
            assert!(is_whole(&dir, "name"), "{way:?}");
            assert_eq!(sorted(dir.path().to_owned()), ["name", "source"], "{way:?}");
        }
    }

    #[test]
    fn both_ways_what_has_the_name_stays_and_no_copy_is_left() {
        for way in WAYS {
            let dir = tempfile::tempdir().unwrap();
            let (source, folder) = (source_in(&dir), File::open(dir.path()).unwrap());
            fs::write(dir.path().join("file"), "kept").unwrap();
            symlink("nowhere", dir.path().join("link")).unwrap();
            for name in ["file", "link"] {
                let carried = carry_by(way, &source, at(&folder, "copy"), at(&folder, name));
                assert_eq!(carried, Err(Errno::EXIST), "{way:?} {name}");
            }
            assert_eq!(fs::read(dir.path().join("file")).unwrap(), b"kept");
            assert_eq!(sorted(dir.path().to_owned()), ["file", "link", "source"], "{way:?}");
        }
    }

    #[test]
    fn both_ways_a_copy_of_ours_takes_the_place_of_a_file_and_of_no_link_or_folder() {
        for way in WAYS {
            let dir = tempfile::tempdir().unwrap();
            let (source, folder) = (source_in(&dir), File::open(dir.path()).unwrap());
            fs::write(dir.path().join("copy"), "half of it, from the last time").unwrap();
            symlink("source", dir.path().join("link")).unwrap();
            fs::create_dir(dir.path().join("folder")).unwrap();
            copy_by(way, &source, at(&folder, "copy")).unwrap();
            assert!(is_whole(&dir, "copy"), "{way:?}");
            for name in ["link", "folder"] {
                let copied = copy_by(way, &source, at(&folder, name));
                assert!(matches!(copied, Err(Errno::EXIST | Errno::LOOP)), "{way:?} {name} {copied:?}");
            }
            assert!(dir.path().join("link").is_symlink() && is_whole(&dir, "source"));
        }
    }
}
