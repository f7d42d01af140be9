//! What Linux can do and other systems do otherwise or not at all: `ENOSYS` says "not here", and the caller has
//! another way.

#[cfg(any(target_os = "linux", target_os = "android"))]
pub(super) use linux::{
    advise_sequential, change_mode, copy_range, exchange, give_name, make_nameless, next_data, next_hole,
    open_beneath, rename_without_replacing, sync_file_system,
};
#[cfg(not(any(target_os = "linux", target_os = "android")))]
pub(super) use other::{
    advise_sequential, change_mode, copy_range, exchange, give_name, make_nameless, next_data, next_hole,
    open_beneath, rename_without_replacing, sync_file_system,
};

#[cfg(any(target_os = "linux", target_os = "android"))]
mod linux {
    use std::ffi::OsStr;
    use std::fs::File;
    use std::os::fd::{AsRawFd as _, BorrowedFd, OwnedFd};

    use rustix::fs::{self, Advice, AtFlags, FileType, Mode, OFlags, RenameFlags, ResolveFlags, SeekFrom};
    use rustix::io::{self, Errno};

    use crate::storage::beneath::At;

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

    /// Makes a file without a name in a folder: it is gone with its descriptor unless it gets one.
    pub(in crate::storage) fn make_nameless(folder: BorrowedFd<'_>) -> Result<File, Errno> {
        let flags = OFlags::TMPFILE | OFlags::RDWR | OFlags::CLOEXEC;
        io::retry_on_intr(|| fs::openat(folder, ".", flags, Mode::RUSR | Mode::WUSR)).map(File::from)
    }

    /// Gives a file without a name one, unless it is taken (`EEXIST`).
    pub(in crate::storage) fn give_name(file: &File, to: At<'_>) -> Result<(), Errno> {
        let path = format!("/proc/self/fd/{}", file.as_raw_fd());
        fs::linkat(fs::CWD, path, to.folder, to.name, AtFlags::SYMLINK_FOLLOW)
    }

    /// Renames unless the new name is taken (`EEXIST`).
    pub(in crate::storage) fn rename_without_replacing(from: At<'_>, to: At<'_>) -> Result<(), Errno> {
        fs::renameat_with(from.folder, from.name, to.folder, to.name, RenameFlags::NOREPLACE)
    }

    /// Swaps what two names stand for, in one step.
    pub(in crate::storage) fn exchange(one: At<'_>, other: At<'_>) -> Result<(), Errno> {
        fs::renameat_with(one.folder, one.name, other.folder, other.name, RenameFlags::EXCHANGE)
    }

    /// Sets the mode of what an `O_PATH` descriptor stands for: it takes no fchmod, and a name could be swapped.
    pub(in crate::storage) fn change_mode(
        folder: BorrowedFd<'_>,
        name: &OsStr,
        mode: Mode,
    ) -> Result<(), Errno> {
        let flags = OFlags::PATH | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let file = io::retry_on_intr(|| fs::openat(folder, name, flags, Mode::empty()))?;
        if FileType::from_raw_mode(fs::fstat(&file)?.st_mode).is_symlink() {
            return Err(Errno::LOOP);
        }
        fs::chmodat(fs::CWD, format!("/proc/self/fd/{}", file.as_raw_fd()), mode, AtFlags::empty())
    }

    /// Copies up to `len` bytes at `offset` of one file to the same place of another; gives how many.
    pub(in crate::storage) fn copy_range(
        from: &File,
        to: &File,
        offset: u64,
        len: u64,
    ) -> Result<u64, Errno> {
        let (mut read, mut written) = (offset, offset);
        let len = usize::try_from(len).unwrap_or(usize::MAX);
        let copied = fs::copy_file_range(from, Some(&mut read), to, Some(&mut written), len)?;
        Ok(u64::try_from(copied).unwrap_or(u64::MAX))
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
    use std::fs::File;
    use std::os::fd::{BorrowedFd, OwnedFd};

    use rustix::fs::{AtFlags, Mode, OFlags};
    use rustix::io::Errno;

    use crate::storage::beneath::At;

    pub(in crate::storage) fn open_beneath(
        _: BorrowedFd<'_>,
        _: &OsStr,
        _: OFlags,
        _: Mode,
    ) -> Result<OwnedFd, Errno> {
        Err(Errno::NOSYS)
    }

    pub(in crate::storage) fn make_nameless(_: BorrowedFd<'_>) -> Result<File, Errno> {
        Err(Errno::NOSYS)
    }

    pub(in crate::storage) fn give_name(_: &File, _: At<'_>) -> Result<(), Errno> {
        Err(Errno::NOSYS)
    }

    pub(in crate::storage) fn rename_without_replacing(_: At<'_>, _: At<'_>) -> Result<(), Errno> {
        Err(Errno::NOSYS)
    }

    pub(in crate::storage) fn exchange(_: At<'_>, _: At<'_>) -> Result<(), Errno> {
        Err(Errno::NOSYS)
    }

    pub(in crate::storage) fn change_mode(
        folder: BorrowedFd<'_>,
        name: &OsStr,
        mode: Mode,
    ) -> Result<(), Errno> {
        rustix::fs::chmodat(folder, name, mode, AtFlags::SYMLINK_NOFOLLOW)
    }

    pub(in crate::storage) fn copy_range(_: &File, _: &File, _: u64, _: u64) -> Result<u64, Errno> {
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
