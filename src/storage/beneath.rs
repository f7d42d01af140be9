//! Opening below a folder: the one module that turns a name into a file for everything that receives.
//!
//! A name is one component. Links under it are never followed, so whatever is planted in the folder, nothing outside
//! it is opened. Trees are walked component by component through here (`target`).

use std::ffi::OsStr;
use std::fs::File;
use std::os::fd::{AsFd, BorrowedFd};

use rustix::fs::{AtFlags, FileType, Mode, OFlags};
use rustix::io::Errno;

use crate::storage::platform;

/// How a name is opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    /// The kernel holds the borders.
    Openat2,
    /// A single component that must not be a link: as good for one name, and there everywhere.
    Openat,
}

/// A name in a folder: where something stands or shall stand.
#[derive(Clone, Copy, Debug)]
pub(super) struct At<'a> {
    pub(super) folder: BorrowedFd<'a>,
    pub(super) name: &'a OsStr,
}

/// Whether a folder was made or was there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Made {
    /// It was made.
    New,
    /// It was there, and keeps its mode and its time.
    WasThere,
}

/// The name if it is a single component that stays in its folder. Errors: `EINVAL`.
pub(super) fn one_name(name: &OsStr) -> Result<&OsStr, Errno> {
    let bytes = name.as_encoded_bytes();
    let leaves =
        bytes.is_empty() || bytes == b"." || bytes == b".." || bytes.iter().any(|b| matches!(b, b'/' | 0));
    if leaves { Err(Errno::INVAL) } else { Ok(name) }
}

/// Makes a file that was not there, for writing. Errors: `EEXIST` also for a link, wherever it points.
pub(super) fn create_new(folder: impl AsFd, name: &OsStr) -> Result<File, Errno> {
    // Readable too: a transfer that goes on after a break hashes what is there already.
    open(folder.as_fd(), name, OFlags::RDWR | OFlags::CREATE | OFlags::EXCL, Mode::RUSR | Mode::WUSR)
}

/// Whether a name stands for an ordinary file: no link, folder, device, FIFO or socket.
pub(super) fn is_file(folder: impl AsFd, name: &OsStr) -> bool {
    file_size(folder, name).is_some()
}

/// The size of an ordinary file, in bytes. `None` for everything else.
pub(super) fn file_size(folder: impl AsFd, name: &OsStr) -> Option<u64> {
    let found = one_name(name).and_then(|name| rustix::fs::statat(folder, name, AtFlags::SYMLINK_NOFOLLOW));
    let found = found.ok().filter(|found| FileType::from_raw_mode(found.st_mode).is_file())?;
    u64::try_from(found.st_size).ok()
}

/// Opens what is there, for reading; a FIFO does not block. Errors: `ELOOP` for a link.
pub(super) fn open_existing(folder: impl AsFd, name: &OsStr) -> Result<File, Errno> {
    open(folder.as_fd(), name, OFlags::RDONLY | OFlags::NONBLOCK | OFlags::NOCTTY, Mode::empty())
}

/// Opens an ordinary file that is there, to read it and to write on, whatever its mode is by now.
/// Errors: `ELOOP` for a link, `EINVAL` for what is no ordinary file.
pub(super) fn open_file_again(folder: impl AsFd, name: &OsStr) -> Result<File, Errno> {
    // Looked at before it is opened: opening alone starts some devices.
    let there = rustix::fs::statat(folder.as_fd(), one_name(name)?, AtFlags::SYMLINK_NOFOLLOW)?;
    if !FileType::from_raw_mode(there.st_mode).is_file() {
        return Err(Errno::INVAL);
    }
    let flags = OFlags::RDWR | OFlags::NONBLOCK | OFlags::NOCTTY;
    let opened = match open(folder.as_fd(), name, flags, Mode::empty()) {
        Err(Errno::ACCESS) => {
            platform::change_mode(folder.as_fd(), name, Mode::RUSR | Mode::WUSR)?;
            open(folder.as_fd(), name, flags, Mode::empty())
        }
        opened => opened,
    }?;
    let is_file = FileType::from_raw_mode(rustix::fs::fstat(&opened)?.st_mode).is_file();
    if is_file { Ok(opened) } else { Err(Errno::INVAL) }
}

/// Opens a folder in a folder. Errors: `ELOOP` or `ENOTDIR` for a link.
pub(super) fn open_folder(folder: impl AsFd, name: &OsStr) -> Result<File, Errno> {
    open(folder.as_fd(), name, OFlags::RDONLY | OFlags::DIRECTORY, Mode::empty())
}

/// Makes a folder in a folder, for its owner only, if nothing is there.
pub(super) fn make_folder(folder: impl AsFd, name: &OsStr) -> Result<Made, Errno> {
    match rustix::fs::mkdirat(folder.as_fd(), one_name(name)?, Mode::RWXU) {
        Ok(()) => Ok(Made::New),
        Err(Errno::EXIST) => Ok(Made::WasThere),
        Err(errno) => Err(errno),
    }
}

/// Opens a folder in a folder, made for its owner only if it is missing. Errors: `ELOOP` or `ENOTDIR` for a link.
pub(super) fn folder_in(folder: impl AsFd, name: &OsStr) -> Result<File, Errno> {
    match make_folder(folder.as_fd(), name)? {
        Made::New => rustix::fs::fsync(folder.as_fd())?, // the files in it are durable only if it is
        Made::WasThere => {}
    }
    open_folder(folder, name)
}

fn open(folder: BorrowedFd<'_>, name: &OsStr, flags: OFlags, mode: Mode) -> Result<File, Errno> {
    match open_by(Way::Openat2, folder, name, flags, mode) {
        // No such call, or a sandbox of an older day that does not know it.
        Err(Errno::NOSYS | Errno::PERM) => open_by(Way::Openat, folder, name, flags, mode),
        opened => opened,
    }
}

fn open_by(way: Way, folder: BorrowedFd<'_>, name: &OsStr, flags: OFlags, mode: Mode) -> Result<File, Errno> {
    let name = one_name(name)?;
    let flags = flags | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let fd = match way {
        Way::Openat2 => platform::open_beneath(folder, name, flags, mode),
        Way::Openat => rustix::io::retry_on_intr(|| rustix::fs::openat(folder, name, flags, mode)),
    }?;
    Ok(File::from(fd))
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::{PermissionsExt as _, symlink};

    use super::*;

    const WAYS: [Way; 2] = [Way::Openat2, Way::Openat];

    fn create_by(way: Way, folder: &File, name: &str) -> Result<File, Errno> {
        let flags = OFlags::RDWR | OFlags::CREATE | OFlags::EXCL;
        open_by(way, folder.as_fd(), OsStr::new(name), flags, Mode::RUSR | Mode::WUSR)
    }

    #[test]
    fn a_new_file_is_made_for_its_owner_only() {
        let dir = tempfile::tempdir().unwrap();
        let folder = File::open(dir.path()).unwrap();
        for (way, name) in WAYS.into_iter().zip(["a", "b"]) {
            let file = create_by(way, &folder, name).unwrap();
            assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o600, "{way:?}");
            assert!(dir.path().join(name).is_file());
        }
    }

    #[test]
    fn what_is_there_is_never_opened_as_new_whatever_it_is() {
        let dir = tempfile::tempdir().unwrap();
        let folder = File::open(dir.path()).unwrap();
        fs::write(dir.path().join("file"), "kept").unwrap();
        fs::create_dir(dir.path().join("folder")).unwrap();
        symlink(dir.path().join("file"), dir.path().join("link")).unwrap();
        symlink(dir.path().join("nowhere"), dir.path().join("dangling")).unwrap();
        for way in WAYS {
            for name in ["file", "folder", "link", "dangling"] {
                assert_eq!(create_by(way, &folder, name).unwrap_err(), Errno::EXIST, "{way:?} {name}");
            }
        }
        assert_eq!(fs::read(dir.path().join("file")).unwrap(), b"kept");
        assert!(!dir.path().join("nowhere").exists());
    }

    #[test]
    fn names_that_leave_the_folder_are_refused() {
        let dir = tempfile::tempdir().unwrap();
        let folder = File::open(dir.path()).unwrap();
        for way in WAYS {
            for name in ["", ".", "..", "../x", "/tmp", "a/b", "a\0b"] {
                assert_eq!(create_by(way, &folder, name).unwrap_err(), Errno::INVAL, "{way:?} {name:?}");
            }
        }
    }

    #[test]
    fn a_folder_is_made_once_for_its_owner_only_and_never_found_through_a_link() {
        let dir = tempfile::tempdir().unwrap();
        let elsewhere = tempfile::tempdir().unwrap();
        let folder = File::open(dir.path()).unwrap();
        folder_in(&folder, OsStr::new("anna")).unwrap();
        folder_in(&folder, OsStr::new("anna")).unwrap();
        assert_eq!(fs::metadata(dir.path().join("anna")).unwrap().permissions().mode() & 0o777, 0o700);
        symlink(elsewhere.path(), dir.path().join("ben")).unwrap();
        assert!(matches!(folder_in(&folder, OsStr::new("ben")), Err(Errno::LOOP | Errno::NOTDIR)));
        assert_eq!(folder_in(&folder, OsStr::new("../anna")).unwrap_err(), Errno::INVAL);
    }

    #[test]
    fn a_link_is_not_followed_when_reading() {
        let dir = tempfile::tempdir().unwrap();
        let folder = File::open(dir.path()).unwrap();
        symlink("/etc/passwd", dir.path().join("link")).unwrap();
        assert_eq!(open_existing(&folder, OsStr::new("link")).unwrap_err(), Errno::LOOP);
    }
}
