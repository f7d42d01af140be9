//! What Linux can do and other systems do otherwise or not at all: `ENOSYS` says "not here", and the caller has
//! another way.

#[cfg(any(target_os = "linux", target_os = "android"))]
pub(super) use linux::{
    advise_sequential, make_nameless, open_beneath, rename_without_replacing, sync_file_system,
};
#[cfg(not(any(target_os = "linux", target_os = "android")))]
pub(super) use other::{
    advise_sequential, make_nameless, open_beneath, rename_without_replacing, sync_file_system,
};

#[cfg(any(target_os = "linux", target_os = "android"))]
pub(super) use linux::{next_data, next_hole};
#[cfg(not(any(target_os = "linux", target_os = "android")))]
pub(super) use other::{next_data, next_hole};

#[cfg(any(target_os = "linux", target_os = "android"))]
mod linux {
    use std::ffi::OsStr;
    use std::os::fd::{BorrowedFd, OwnedFd};

    use rustix::fs::{self, Advice, Mode, OFlags, RenameFlags, ResolveFlags, SeekFrom};
    use rustix::io::{self, Errno};

    /// Opens below a folder and nowhere else: no links, no way out (openat2, Linux 5.6).
    pub(in crate::storage) fn open_beneath(
        folder: BorrowedFd<'_>,
        name: &OsStr,
        flags: OFlags,
        mode: Mode,
    ) -> Result<OwnedFd, Errno> {
        let resolve = ResolveFlags::BENEATH | ResolveFlags::NO_SYMLINKS | ResolveFlags::NO_MAGICLINKS;
        io::retry_on_intr(|| fs::openat2(folder, name, flags, mode, resolve))
    }

    /// Makes a file without a name in a folder: the whole way of making one, and nothing to clean up.
    pub(in crate::storage) fn make_nameless(folder: BorrowedFd<'_>) -> Result<(), Errno> {
        let flags = OFlags::TMPFILE | OFlags::WRONLY | OFlags::CLOEXEC;
        io::retry_on_intr(|| fs::openat(folder, ".", flags, Mode::RUSR | Mode::WUSR)).map(drop)
    }

    /// Renames within a folder unless the new name is taken (`EEXIST`).
    pub(in crate::storage) fn rename_without_replacing(
        folder: BorrowedFd<'_>,
        from: &OsStr,
        to: &OsStr,
    ) -> Result<(), Errno> {
        fs::renameat_with(folder, from, folder, to, RenameFlags::NOREPLACE)
    }

    /// Writes out everything the file system holds in memory.
    pub(in crate::storage) fn sync_file_system(folder: BorrowedFd<'_>) -> Result<(), Errno> {
        io::retry_on_intr(|| fs::syncfs(folder))
    }

    /// Tells the system that a file will be read from front to back, so that it reads further ahead.
    pub(in crate::storage) fn advise_sequential(file: BorrowedFd<'_>) {
        fs::fadvise(file, 0, None, Advice::Sequential).ok();
    }

    /// Where the next byte is that is no hole, from an offset on (`ENXIO`: nowhere). Moves the file's own position.
    pub(in crate::storage) fn next_data(file: BorrowedFd<'_>, from: u64) -> Result<u64, Errno> {
        fs::seek(file, SeekFrom::Data(from))
    }

    /// Where the next hole begins, from an offset on: at the end, if there is none. Moves the file's own position.
    pub(in crate::storage) fn next_hole(file: BorrowedFd<'_>, from: u64) -> Result<u64, Errno> {
        fs::seek(file, SeekFrom::Hole(from))
    }
}

#[cfg(not(any(target_os = "linux", target_os = "android")))]
mod other {
    use std::ffi::OsStr;
    use std::os::fd::{BorrowedFd, OwnedFd};

    use rustix::fs::{Mode, OFlags};
    use rustix::io::Errno;

    pub(in crate::storage) fn open_beneath(
        _: BorrowedFd<'_>,
        _: &OsStr,
        _: OFlags,
        _: Mode,
    ) -> Result<OwnedFd, Errno> {
        Err(Errno::NOSYS)
    }

    pub(in crate::storage) fn make_nameless(_: BorrowedFd<'_>) -> Result<(), Errno> {
        Err(Errno::NOSYS)
    }

    pub(in crate::storage) fn rename_without_replacing(
        _: BorrowedFd<'_>,
        _: &OsStr,
        _: &OsStr,
    ) -> Result<(), Errno> {
        Err(Errno::NOSYS)
    }

    pub(in crate::storage) fn sync_file_system(_: BorrowedFd<'_>) -> Result<(), Errno> {
        Err(Errno::NOSYS)
    }

    pub(in crate::storage) fn advise_sequential(_: BorrowedFd<'_>) {}

    pub(in crate::storage) fn next_data(_: BorrowedFd<'_>, _: u64) -> Result<u64, Errno> {
        Err(Errno::NOSYS)
    }

    pub(in crate::storage) fn next_hole(_: BorrowedFd<'_>, _: u64) -> Result<u64, Errno> {
        Err(Errno::NOSYS)
    }
}
