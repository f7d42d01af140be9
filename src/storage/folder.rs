//! The folder files arrive in, held by its descriptor: whoever moves or swaps its path afterwards changes nothing.

use std::ffi::{OsStr, OsString};
use std::fs::{self, File};
use std::io;
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustix::fs::{Access, AtFlags, Dir, Mode, OFlags, StatVfs, StatVfsMountFlags};
use rustix::io::Errno;

use crate::model::{AccountName, DeviceId, TransferId};
use crate::storage::{WriteError, beneath, lock, own_name, platform};

/// An open target folder. Clones share the descriptor.
#[derive(Clone, Debug)]
pub struct Folder(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    dir: File,
    /// For showing only; nothing is opened by it again.
    path: PathBuf,
}

/// Parts of transfers that were interrupted, by a crash, a pulled plug or a person.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Leftovers {
    /// How many.
    pub count: u64,
    /// Their bytes.
    pub bytes: u64,
}

impl Leftovers {
    /// Counts these too.
    pub(super) fn add(&mut self, more: Self) {
        self.count = self.count.saturating_add(more.count);
        self.bytes = self.bytes.saturating_add(more.bytes);
    }
}

impl From<Option<u64>> for Leftovers {
    /// One of this size, or none.
    fn from(size: Option<u64>) -> Self {
        size.map_or_else(Self::default, |bytes| Self { count: 1, bytes })
    }
}

/// Makes a folder that is missing, but not the one it is in: where a disk should be mounted, nothing is made in its
/// place. For the default folder, at the moment something is received.
/// Errors: [`WriteError`]; a folder that is there is none.
pub fn ensure_folder(path: &Path) -> Result<(), WriteError> {
    match fs::create_dir(path) {
        // The files in it are durable only if it is.
        Ok(()) => path.parent().map_or(Ok(()), |parent| File::open(parent)?.sync_all()),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(error),
    }
    .map_err(|error| WriteError::sort_io(path, error))
}

impl Folder {
    /// Opens the folder a person chose; it may be a link to one. Errors: [`WriteError::FolderMissing`],
    /// [`WriteError::NotAFolder`], [`WriteError::FolderForbidden`] (it has to be readable, else it cannot be synced).
    pub fn open(path: &Path) -> Result<Self, WriteError> {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let dir = rustix::io::retry_on_intr(|| rustix::fs::open(path, flags, Mode::empty()))
            .map_err(|errno| WriteError::sort(path, errno))?;
        let path = std::path::absolute(path).map_err(|error| WriteError::sort_io(path, error))?;
        Ok(Self(Arc::new(Inner { dir: File::from(dir), path })))
    }

    /// The folder of an account in this one, made if it is missing, never through a link. Errors: [`WriteError`].
    pub fn of_account(&self, account: &AccountName) -> Result<Self, WriteError> {
        let path = self.path().join(account.as_str());
        let dir = beneath::folder_in(self.fd(), OsStr::new(account.as_str()));
        let dir = dir.map_err(|errno| WriteError::sort(&path, errno))?;
        Ok(Self(Arc::new(Inner { dir, path })))
    }

    /// Where it was when it was opened, absolute; for showing.
    pub fn path(&self) -> &Path {
        &self.0.path
    }

    /// Free bytes that we may use. A file system that tells no size (some network and user-space ones) has no limit
    /// we know: `u64::MAX`. Errors: [`WriteError`].
    pub fn room(&self) -> Result<u64, WriteError> {
        Ok(room(&self.statvfs()?))
    }

    /// Whether files can be made in it, without making one that anybody sees. Errors: [`WriteError::FolderReadOnly`],
    /// [`WriteError::FolderForbidden`], [`WriteError::Full`], [`WriteError::FolderMissing`].
    pub fn check_writable(&self) -> Result<(), WriteError> {
        // A folder that was removed while it is open takes nameless files still.
        let metadata = self.0.dir.metadata().map_err(|error| WriteError::sort_io(self.path(), error))?;
        if metadata.nlink() == 0 {
            return Err(self.error(Errno::NOENT));
        }
        match platform::make_nameless(self.fd()) {
            Ok(_) => {}
            // No files without a name here: EISDIR is an old kernel's word for it, the others a file system's.
            Err(Errno::NOSYS | Errno::NOTSUP | Errno::INVAL | Errno::ISDIR) => self.check_access()?,
            Err(errno) => return Err(self.error(errno)),
        }
        if self.room()? == 0 { Err(self.error(Errno::NOSPC)) } else { Ok(()) }
    }

    /// Parts in staging folders that no running transfer holds and none that is `known` can go on with, to tell a person about; nothing is deleted.
    /// Errors: [`WriteError`].
    pub fn leftovers(&self, known: &[(DeviceId, TransferId)]) -> Result<Leftovers, WriteError> {
        let known: Vec<OsString> =
            known.iter().map(|(sender, transfer)| own_name::staging(sender, transfer)).collect();
        let mut leftovers = Leftovers::default();
        for name in self.names()? {
            if known.contains(&name) {
                continue;
            }
            if own_name::is_staging(&name) {
                leftovers.add(self.left_in(&name));
            } else if own_name::is_former_part(&name) {
                leftovers.add(self.left_behind(&name));
            }
        }
        Ok(leftovers)
    }

    /// A folder in it that was opened through it.
    pub(super) fn with(&self, name: &OsStr, dir: File) -> Self {
        Self(Arc::new(Inner { dir, path: self.path().join(name) }))
    }

    /// All names in it. Errors: [`WriteError`].
    pub(super) fn names(&self) -> Result<Vec<OsString>, WriteError> {
        let mut names = Vec::new();
        for found in Dir::read_from(&self.0.dir).map_err(|errno| self.error(errno))? {
            let found = found.map_err(|errno| self.error(errno))?;
            let name = OsStr::from_bytes(found.file_name().to_bytes());
            if name != "." && name != ".." {
                names.push(name.to_owned());
            }
        }
        Ok(names)
    }

    /// The open folder itself, for its mode and time.
    pub(super) fn dir(&self) -> &File {
        &self.0.dir
    }

    /// The descriptor everything is opened by.
    pub(super) fn fd(&self) -> BorrowedFd<'_> {
        self.0.dir.as_fd()
    }

    /// Writes out the names in it.
    pub(super) fn sync(&self) -> Result<(), Errno> {
        match rustix::io::retry_on_intr(|| rustix::fs::fsync(self.fd())) {
            // Some network and user-space file systems have nothing to sync in a folder.
            Err(Errno::INVAL | Errno::NOTSUP | Errno::NOSYS) => Ok(()),
            synced => synced,
        }
    }

    /// Whether both are the same opening of a folder.
    pub(super) fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }

    /// Sorts what the system said about something in this folder.
    pub(super) fn error(&self, errno: Errno) -> WriteError {
        WriteError::sort(self.path(), errno)
    }

    /// The parts in a staging folder that nobody works in. What cannot be opened is somebody else's, and is passed
    /// over.
    fn left_in(&self, name: &OsStr) -> Leftovers {
        let Ok(dir) = beneath::open_folder(self.fd(), name) else { return Leftovers::default() };
        let staging = self.with(name, dir);
        if lock::is_held(staging.fd()) {
            return Leftovers::default();
        }
        let mut leftovers = Leftovers::default();
        for name in staging.names().unwrap_or_default() {
            if own_name::is_part(&name) {
                leftovers.add(beneath::file_size(staging.fd(), &name).into());
            }
        }
        leftovers
    }

    /// A part file of the first version that nobody holds. Where there are no locks nobody can tell, and it is passed
    /// over.
    fn left_behind(&self, name: &OsStr) -> Leftovers {
        // Looked at before it is opened: opening alone starts some devices.
        let size = beneath::file_size(self.fd(), name);
        let file = size.and_then(|_| beneath::open_existing(self.fd(), name).ok());
        let is_free = file.is_some_and(|file| file.try_lock().is_ok());
        if is_free { size.into() } else { Leftovers::default() }
    }

    fn check_access(&self) -> Result<(), WriteError> {
        if self.statvfs()?.f_flag.contains(StatVfsMountFlags::RDONLY) {
            return Err(self.error(Errno::ROFS));
        }
        let access = Access::WRITE_OK | Access::EXEC_OK;
        rustix::fs::accessat(self.fd(), ".", access, AtFlags::EACCESS).map_err(|errno| self.error(errno))
    }

    fn statvfs(&self) -> Result<StatVfs, WriteError> {
        rustix::fs::fstatvfs(self.fd()).map_err(|errno| self.error(errno))
    }
}

fn room(stat: &StatVfs) -> u64 {
    if stat.f_blocks == 0 { u64::MAX } else { stat.f_bavail.saturating_mul(stat.f_frsize) }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;
    use crate::model::{FailureKind, TransferId};
    use crate::storage::Staging;
    use crate::storage::test_support::{entry, sender, transfer};

    #[test]
    fn a_folder_that_is_there_is_open_and_writable_and_has_room() {
        let dir = tempfile::tempdir().unwrap();
        let folder = Folder::open(dir.path()).unwrap();
        folder.check_writable().unwrap();
        assert!(folder.room().unwrap() > 0);
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0);
    }

    #[test]
    fn the_chosen_folder_may_be_a_link() {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir(dir.path().join("real")).unwrap();
        symlink("real", dir.path().join("link")).unwrap();
        let folder = Folder::open(&dir.path().join("link")).unwrap();
        let _staging = Staging::open(&folder, &sender(), &transfer()).unwrap();
        assert_eq!(fs::read_dir(dir.path().join("real")).unwrap().count(), 1);
    }

    #[test]
    fn what_is_missing_or_no_folder_is_told() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("file"), "").unwrap();
        symlink("nowhere", dir.path().join("dangling")).unwrap();
        rustix::fs::mkfifoat(rustix::fs::CWD, dir.path().join("fifo"), Mode::RUSR).unwrap();
        for name in ["nowhere", "dangling"] {
            assert!(
                matches!(Folder::open(&dir.path().join(name)), Err(WriteError::FolderMissing { .. })),
                "{name}"
            );
        }
        for name in ["file", "file/below", "fifo"] {
            let error = Folder::open(&dir.path().join(name)).unwrap_err();
            assert!(matches!(&error, WriteError::NotAFolder { .. }), "{name}");
            assert_eq!(error.failure().kind, FailureKind::FolderMissing);
        }
    }

    #[test]
    fn a_folder_swapped_for_a_link_is_still_the_one_that_was_opened() {
        let dir = tempfile::tempdir().unwrap();
        let (chosen, moved, evil) =
            (dir.path().join("in"), dir.path().join("moved"), dir.path().join("evil"));
        fs::create_dir(&chosen).unwrap();
        fs::create_dir(&evil).unwrap();
        let folder = Folder::open(&chosen).unwrap();
        fs::rename(&chosen, &moved).unwrap();
        symlink(&evil, &chosen).unwrap();
        let _staging = Staging::open(&folder, &sender(), &transfer()).unwrap();
        assert_eq!(fs::read_dir(&moved).unwrap().count(), 1);
        assert_eq!(fs::read_dir(&evil).unwrap().count(), 0);
    }

    #[test]
    fn a_folder_removed_after_it_was_opened_is_missing() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("in");
        fs::create_dir(&path).unwrap();
        let folder = Folder::open(&path).unwrap();
        fs::remove_dir(&path).unwrap();
        assert!(matches!(folder.check_writable(), Err(WriteError::FolderMissing { .. })));
        assert!(matches!(
            Staging::open(&folder, &sender(), &transfer()),
            Err(WriteError::FolderMissing { .. })
        ));
    }

    #[test]
    fn where_no_nameless_file_can_be_made_the_permissions_are_asked() {
        let dir = tempfile::tempdir().unwrap();
        Folder::open(dir.path()).unwrap().check_access().unwrap();
    }

    #[test]
    fn a_missing_folder_is_made_but_not_the_one_around_it() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("Downloads");
        ensure_folder(&path).unwrap();
        ensure_folder(&path).unwrap();
        assert!(path.is_dir());
        let unmounted = dir.path().join("disk/Downloads");
        assert!(matches!(ensure_folder(&unmounted), Err(WriteError::FolderMissing { .. })));
        assert!(!dir.path().join("disk").exists());
    }

    #[test]
    fn leftovers_are_the_parts_nobody_works_on() {
        let dir = tempfile::tempdir().unwrap();
        let folder = Folder::open(dir.path()).unwrap();
        assert_eq!(folder.leftovers(&[]).unwrap(), Leftovers::default());
        let held = Staging::open(&folder, &sender(), &transfer()).unwrap();
        held.create(0, &entry("a", 1000)).unwrap().write_all(&[1; 1000]).unwrap();
        let left = Staging::open(&folder, &sender(), &TransferId::from_bytes([9; 16])).unwrap();
        for (index, name) in [(0, "b"), (1, "c/d")] {
            left.create(index, &entry(name, 1000)).unwrap().write_all(&[1; 35]).unwrap();
        }
        drop(left);
        assert_eq!(folder.leftovers(&[]).unwrap(), Leftovers { count: 2, bytes: 70 });
        // As the first version left them.
        fs::write(dir.path().join(".sampan-00112233445566ff-12.part"), [0; 7]).unwrap();
        assert_eq!(folder.leftovers(&[]).unwrap(), Leftovers { count: 3, bytes: 77 });
        drop(held);
        assert_eq!(folder.leftovers(&[]).unwrap(), Leftovers { count: 4, bytes: 1077 });
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 3);
    }

    #[test]
    fn what_only_looks_like_ours_is_no_leftover_and_never_hangs() {
        let dir = tempfile::tempdir().unwrap();
        for name in [
            ".sampan-0011-0.part",
            ".sampan-00112233445566ff-.part",
            "a.part",
            ".sampan-00112233445566FF-0.part",
            ".sampan-00112233445566ff",
        ] {
            fs::write(dir.path().join(name), "x").unwrap();
        }
        symlink("a.part", dir.path().join(".sampan-00112233445566ff-1.part")).unwrap();
        let fifo = dir.path().join(".sampan-00112233445566ff-2.part");
        rustix::fs::mkfifoat(rustix::fs::CWD, fifo, Mode::RUSR).unwrap();
        fs::create_dir(dir.path().join(".sampan-00112233445566ff-3.part")).unwrap();
        // A staging folder that is a link, and one in which nothing is a part.
        let elsewhere = tempfile::tempdir().unwrap();
        fs::write(elsewhere.path().join("00112233445566ff-00112233445566ff.part"), "x").unwrap();
        symlink(elsewhere.path(), dir.path().join(".sampan-1111111111111111")).unwrap();
        let staging = dir.path().join(".sampan-2222222222222222");
        fs::create_dir(&staging).unwrap();
        fs::write(staging.join("00112233445566ff-00112233445566ff.old"), "x").unwrap();
        symlink("a", staging.join("00112233445566ff-00112233445566ff.part")).unwrap();
        assert_eq!(Folder::open(dir.path()).unwrap().leftovers(&[]).unwrap(), Leftovers::default());
    }
}
