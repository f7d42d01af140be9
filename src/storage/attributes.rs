//! Mode and time of what arrived: as its sender had them, as far as this person's own files may have them.

use std::ffi::OsStr;
use std::fs::{File, FileTimes};
use std::os::fd::BorrowedFd;
use std::sync::OnceLock;
use std::time::{Duration, SystemTime};

use rustix::fs::{AtFlags, Mode, Timespec, Timestamps};
use rustix::io::Errno;

use crate::model::{Entry, Stamp};

/// Sets a file's mode and time. File systems without them take the bytes all the same.
pub(super) fn set_on_file(file: &File, entry: &Entry) -> Result<(), Errno> {
    let default = Mode::from_raw_mode(0o666) & !umask();
    // No more than a file of this person's own would have: the umask holds, but for the execute bit.
    let allowed = default | Mode::XUSR | Mode::XGRP | Mode::XOTH;
    let mode = entry.mode.map_or(default, |mode| wanted(mode) & allowed);
    tolerate(rustix::fs::fchmod(file, mode))?;
    entry.modified.map_or(Ok(()), |modified| set_time(file, modified))
}

/// What a folder that was made gets once all is in it, as its sender had it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Finish {
    /// Permission bits; those of everything new where the sender said none.
    pub mode: Option<u32>,
    /// When it was changed last.
    pub modified: Option<Stamp>,
}

impl From<&Entry> for Finish {
    fn from(entry: &Entry) -> Self {
        Self { mode: entry.mode, modified: entry.modified }
    }
}

/// Sets a folder's mode and time.
pub(super) fn set_on_folder(folder: &File, finish: Finish) -> Result<(), Errno> {
    let allowed = Mode::RWXU | Mode::RWXG | Mode::RWXO;
    let allowed = allowed & !umask();
    let mode = finish.mode.map_or(allowed, |mode| wanted(mode) & allowed);
    // What it has from the folder around it is this computer's own doing: files made here go to that folder's group.
    let inherited = Mode::from_raw_mode(rustix::fs::fstat(folder)?.st_mode) & Mode::SGID;
    tolerate(rustix::fs::fchmod(folder, mode | inherited))?;
    finish.modified.map_or(Ok(()), |modified| set_time(folder, modified))
}

/// Never setuid, setgid or sticky, whatever the other side says.
fn wanted(mode: u32) -> Mode {
    Mode::from_raw_mode(mode & 0o777)
}

/// Sets when a file or folder was changed last; a time that this system cannot say is none.
pub(super) fn set_time(file: &File, modified: Stamp) -> Result<(), Errno> {
    let Some(modified) = system_time(modified) else { return Ok(()) };
    let set = file.set_times(FileTimes::new().set_modified(modified));
    tolerate(set.map_err(|error| Errno::from_io_error(&error).unwrap_or(Errno::IO)))
}

/// Sets when a link was changed last, never what it points to.
pub(super) fn set_time_of_link(folder: BorrowedFd<'_>, name: &OsStr, modified: Stamp) -> Result<(), Errno> {
    let omitted = Timespec { tv_sec: 0, tv_nsec: rustix::fs::UTIME_OMIT };
    let modified = Timespec { tv_sec: modified.secs, tv_nsec: modified.nanos.min(999_999_999).into() };
    let times = Timestamps { last_access: omitted, last_modification: modified };
    tolerate(rustix::fs::utimensat(folder, name, &times, AtFlags::SYMLINK_NOFOLLOW))
}

/// File systems without modes or times of their own (FAT, some network ones).
pub(super) fn tolerate(set: Result<(), Errno>) -> Result<(), Errno> {
    match set {
        Err(Errno::PERM | Errno::NOTSUP | Errno::NOSYS | Errno::INVAL) => Ok(()),
        set => set,
    }
}

/// What this user's new files do not get.
fn umask() -> Mode {
    /// Asked once: the only way to read it is to set it.
    static UMASK: OnceLock<Mode> = OnceLock::new();
    *UMASK.get_or_init(|| {
        // Strict meanwhile, so that a file another thread makes just now is never too open.
        let umask = rustix::process::umask(Mode::RWXG | Mode::RWXO);
        rustix::process::umask(umask);
        umask
    })
}

/// `None` for what the system's clock cannot say.
fn system_time(stamp: Stamp) -> Option<SystemTime> {
    let nanos = Duration::from_nanos(u64::from(stamp.nanos.min(999_999_999)));
    let whole = Duration::from_secs(stamp.secs.unsigned_abs());
    let secs = if stamp.secs < 0 {
        SystemTime::UNIX_EPOCH.checked_sub(whole)
    } else {
        SystemTime::UNIX_EPOCH.checked_add(whole)
    };
    secs?.checked_add(nanos)
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};

    use super::*;
    use crate::model::{EntryKind, RelPath};

    fn entry(mode: Option<u32>, modified: Option<Stamp>) -> Entry {
        let path = RelPath::parse(["a"]).unwrap();
        Entry { path, kind: EntryKind::File, size: 0, stored: 0, modified, mode }
    }

    #[test]
    fn mode_and_time_come_from_the_entry() {
        let dir = tempfile::tempdir().unwrap();
        let file = File::create(dir.path().join("f")).unwrap();
        let folder = File::open(dir.path()).unwrap();
        for (secs, nanos) in [(1_000_000_000, 123_456_789), (-86_400, 500_000_000), (0, 0)] {
            let entry = entry(Some(0o751), Some(Stamp { secs, nanos }));
            set_on_file(&file, &entry).unwrap();
            set_on_folder(&folder, Finish::from(&entry)).unwrap();
            for metadata in [file.metadata().unwrap(), folder.metadata().unwrap()] {
                assert_eq!(metadata.mode() & 0o7777, 0o751);
                assert_eq!((metadata.mtime(), metadata.mtime_nsec()), (secs, i64::from(nanos)));
            }
        }
    }

    #[test]
    fn dangerous_bits_and_impossible_times_of_a_peer_are_dropped() {
        let dir = tempfile::tempdir().unwrap();
        let file = File::create(dir.path().join("f")).unwrap();
        let folder = File::open(dir.path()).unwrap();
        for secs in [i64::MIN, i64::MAX] {
            let entry = entry(Some(0o17_6755), Some(Stamp { secs, nanos: u32::MAX }));
            set_on_file(&file, &entry).unwrap();
            set_on_folder(&folder, Finish::from(&entry)).unwrap();
            assert_eq!(file.metadata().unwrap().mode() & 0o7777, 0o755);
            assert_eq!(folder.metadata().unwrap().mode() & 0o7777, 0o755);
        }
    }

    #[test]
    fn without_a_mode_it_gets_what_everything_new_gets() {
        umask(); // asked for before, so that the next ones are made under the real one
        let dir = tempfile::tempdir().unwrap();
        let (new_file, new_folder) = (dir.path().join("file"), dir.path().join("folder"));
        let file = File::create(&new_file).unwrap();
        fs::create_dir(&new_folder).unwrap();
        let folder = File::open(&new_folder).unwrap();
        let mode = |file: &File| file.metadata().unwrap().permissions().mode() & 0o7777;
        let expected = (mode(&file), mode(&folder));
        fs::set_permissions(&new_file, fs::Permissions::from_mode(0o600)).unwrap();
        fs::set_permissions(&new_folder, fs::Permissions::from_mode(0o700)).unwrap();
        set_on_file(&file, &entry(None, None)).unwrap();
        set_on_folder(&folder, Finish::default()).unwrap();
        assert_eq!((mode(&file), mode(&folder)), expected);
    }

    #[test]
    fn a_folder_keeps_the_group_bit_it_has_from_the_folder_around_it() {
        let dir = tempfile::tempdir().unwrap();
        fs::set_permissions(dir.path(), fs::Permissions::from_mode(0o2700)).unwrap();
        let finish = Finish { mode: Some(0o750), modified: None };
        set_on_folder(&File::open(dir.path()).unwrap(), finish).unwrap();
        assert_eq!(fs::metadata(dir.path()).unwrap().mode() & 0o7777, 0o2750);
    }
}
