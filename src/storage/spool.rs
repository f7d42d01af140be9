//! Bytes that are too many for memory and belong to nobody but this process: written one after another, read back from
//! anywhere. They never have a name, so whatever becomes of the process, they are gone with it.

use std::fs::{File, Permissions};
use std::io;
use std::os::unix::fs::{FileExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use rustix::io::Errno;

use crate::model::{Failure, FailureKind, size};
use crate::storage::error::told;

/// Where a spool goes and how large it may get.
#[derive(Clone, Debug)]
pub struct SpoolPlace {
    /// The folder on whose disk the bytes go. None of them ever has a name in it.
    pub folder: PathBuf,
    /// Up to this many bytes stay in memory and the folder is not touched.
    pub memory: u64,
    /// More than this is refused.
    pub limit: u64,
}

/// What can go wrong with a spool.
#[derive(Debug, thiserror::Error)]
pub enum SpoolError {
    /// More than it may hold.
    #[error("more than {limit} bytes would have to be kept")]
    OverLimit {
        /// What it may hold.
        limit: u64,
    },
    /// No room on the disk, or our share of it is used up.
    #[error("no room left in {folder:?}")]
    Full {
        /// Where.
        folder: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// No file could be made there.
    #[error("no temporary file can be made in {folder:?}")]
    Create {
        /// Where.
        folder: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// Writing failed for another reason.
    #[error("could not write a temporary file in {folder:?}")]
    Write {
        /// Where.
        folder: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// What was written does not come back.
    #[error("could not read a temporary file in {folder:?}")]
    Read {
        /// Where.
        folder: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

impl SpoolError {
    fn sort_write(folder: &Path, source: io::Error) -> Self {
        let folder = folder.to_owned();
        match Errno::from_io_error(&source) {
            Some(Errno::NOSPC | Errno::DQUOT) => Self::Full { folder, source },
            _ => Self::Write { folder, source },
        }
    }

    /// As front ends show it.
    pub fn failure(&self) -> Failure {
        match self {
            Self::OverLimit { .. } => Failure::there(FailureKind::Protocol).because(self),
            Self::Full { folder, source } => told(FailureKind::DiskFull, folder).because(source),
            Self::Create { folder, source }
            | Self::Write { folder, source }
            | Self::Read { folder, source } => told(FailureKind::HomeUnusable, folder).because(source),
        }
    }
}

/// Bytes in memory, and in a file without a name once they are too many. Blocks when they are on disk.
#[derive(Debug)]
pub struct Spool {
    place: SpoolPlace,
    kept: Kept,
    length: u64,
}

#[derive(Debug)]
enum Kept {
    InMemory(Vec<u8>),
    OnDisk(File),
}

impl Spool {
    /// Nothing yet; touches no disk.
    pub fn new(place: SpoolPlace) -> Self {
        Self { place, kept: Kept::InMemory(Vec::new()), length: 0 }
    }

    /// One on a disk without room.
    #[cfg(test)]
    pub(crate) fn full(place: SpoolPlace) -> Self {
        let file = File::options().read(true).write(true).open("/dev/full").unwrap();
        Self { kept: Kept::OnDisk(file), ..Self::new(place) }
    }

    /// How many bytes it holds.
    pub fn length(&self) -> u64 {
        self.length
    }

    /// Whether adding this many bytes, or reading afterwards, works on the disk and may block.
    pub fn blocks_for(&self, more: u64) -> bool {
        match self.kept {
            Kept::InMemory(_) => self.length.saturating_add(more) > self.place.memory,
            Kept::OnDisk(_) => true,
        }
    }

    /// Adds bytes at the end. Errors: [`SpoolError`]; what was added before stays readable.
    pub fn append(&mut self, bytes: &[u8]) -> Result<(), SpoolError> {
        let after = self.length.saturating_add(size::from_len(bytes.len()));
        if after > self.place.limit {
            return Err(SpoolError::OverLimit { limit: self.place.limit });
        }
        let write = |file: &File, bytes: &[u8], offset| {
            let written = file.write_all_at(bytes, offset);
            written.map_err(|source| SpoolError::sort_write(&self.place.folder, source))
        };
        match &mut self.kept {
            Kept::InMemory(held) if after <= self.place.memory => held.extend_from_slice(bytes),
            Kept::InMemory(held) => {
                let file = unnamed(&self.place.folder)?;
                write(&file, held, 0)?;
                write(&file, bytes, self.length)?;
                self.kept = Kept::OnDisk(file);
            }
            Kept::OnDisk(file) => write(file, bytes, self.length)?,
        }
        self.length = after;
        Ok(())
    }

    /// What comes back is not what was added.
    pub fn damaged(&self) -> SpoolError {
        SpoolError::Read { folder: self.place.folder.clone(), source: io::ErrorKind::InvalidData.into() }
    }

    /// Reads bytes back. Errors: [`SpoolError::Read`], also for bytes that were never added.
    pub fn read(&self, offset: u64, length: usize) -> Result<Vec<u8>, SpoolError> {
        let failed = |source| SpoolError::Read { folder: self.place.folder.clone(), source };
        let end = offset.saturating_add(size::from_len(length));
        if end > self.length {
            return Err(failed(io::ErrorKind::UnexpectedEof.into()));
        }
        match &self.kept {
            Kept::InMemory(held) => {
                let range = size::to_len(offset)..size::to_len(end);
                Ok(held.get(range).unwrap_or_default().to_vec())
            }
            Kept::OnDisk(file) => {
                let mut bytes = vec![0; length];
                file.read_exact_at(&mut bytes, offset).map_err(failed)?;
                Ok(bytes)
            }
        }
    }
}

/// A file that has no name from its first moment on where the file system can do that, else from its second on. Its
/// owner's only: an open file can be reached through the process.
fn unnamed(folder: &Path) -> Result<File, SpoolError> {
    let make = || {
        let file = tempfile::tempfile_in(folder)?;
        file.set_permissions(Permissions::from_mode(0o600))?;
        Ok(file)
    };
    make().map_err(|source: io::Error| match SpoolError::sort_write(folder, source) {
        SpoolError::Write { folder, source } => SpoolError::Create { folder, source },
        full => full,
    })
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn spool(folder: &Path) -> Spool {
        Spool::new(SpoolPlace { folder: folder.to_owned(), memory: 8, limit: 20 })
    }

    fn entries(folder: &Path) -> usize {
        fs::read_dir(folder).unwrap().count()
    }

    #[test]
    fn a_few_bytes_stay_in_memory() {
        let mut spool = spool(Path::new("/no such folder"));
        spool.append(b"12345").unwrap();
        spool.append(b"678").unwrap();
        assert!(!spool.blocks_for(0) && spool.blocks_for(1));
        assert_eq!(spool.read(3, 4).unwrap(), b"4567");
    }

    #[test]
    fn one_byte_too_many_for_memory_moves_all_into_a_file_without_a_name() {
        let dir = tempfile::tempdir().unwrap();
        let mut spool = spool(dir.path());
        spool.append(b"12345678").unwrap();
        spool.append(b"9").unwrap();
        spool.append(b"abc").unwrap();
        assert!(spool.blocks_for(0));
        assert_eq!((spool.length(), entries(dir.path())), (12, 0));
        assert_eq!(spool.read(0, 12).unwrap(), b"123456789abc");
        assert_eq!(spool.read(7, 3).unwrap(), b"89a");
        let Kept::OnDisk(file) = &spool.kept else { panic!("it is in memory") };
        assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    }

    #[test]
    fn one_byte_over_the_limit_is_refused_and_the_rest_stays() {
        let dir = tempfile::tempdir().unwrap();
        let mut spool = spool(dir.path());
        spool.append(&[7; 20]).unwrap();
        assert!(matches!(spool.append(b"1"), Err(SpoolError::OverLimit { limit: 20 })));
        assert_eq!(spool.read(0, 20).unwrap(), [7; 20]);
    }

    #[test]
    fn bytes_that_were_never_added_are_not_read() {
        let dir = tempfile::tempdir().unwrap();
        let mut spool = spool(dir.path());
        spool.append(b"123").unwrap();
        for (offset, length) in [(0, 4), (3, 1), (u64::MAX, 1)] {
            assert!(matches!(spool.read(offset, length), Err(SpoolError::Read { .. })));
        }
        spool.append(b"4567890").unwrap();
        assert!(matches!(spool.read(8, 3), Err(SpoolError::Read { .. })));
    }

    #[test]
    fn a_full_disk_is_told_as_such() {
        let mut spool = Spool::full(spool(Path::new("/no such folder")).place);
        let error = spool.append(b"1").unwrap_err();
        assert!(matches!(error, SpoolError::Full { .. }), "{error:?}");
        assert_eq!(error.failure().kind, FailureKind::DiskFull);
        assert_eq!(spool.length(), 0);
    }

    #[test]
    fn a_folder_that_is_gone_is_an_error_with_its_path() {
        let mut spool = spool(Path::new("/no such folder"));
        let error = spool.append(&[0; 9]).unwrap_err();
        assert!(
            matches!(&error, SpoolError::Create { folder, .. } if folder == Path::new("/no such folder"))
        );
        assert_eq!(error.failure().kind, FailureKind::HomeUnusable);
    }
}
