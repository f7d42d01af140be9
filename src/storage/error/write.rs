//! What keeps something that arrives from being written.

use std::io;
use std::path::{Path, PathBuf};

use rustix::io::Errno;

use crate::model::{EntryIndex, Failure, FailureKind};
use crate::storage::error::told;

/// Something that arrives cannot be written.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// The target folder is not there, or went away.
    #[error("no such folder: {path:?}")]
    FolderMissing {
        /// The target folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The target "folder" is something else.
    #[error("{path:?} is not a folder")]
    NotAFolder {
        /// The target folder.
        path: PathBuf,
    },
    /// No permission to write into the target folder.
    #[error("no permission to write into {path:?}")]
    FolderForbidden {
        /// The target folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The target folder is on a read-only file system.
    #[error("{path:?} is on a read-only disk")]
    FolderReadOnly {
        /// The target folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// No room, or our share of it is used up.
    #[error("no room left in {path:?}")]
    Full {
        /// The target folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// Writing, syncing or renaming failed for another reason.
    #[error("could not write into {path:?}")]
    Write {
        /// The target folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// Another session or another process works on the same transfer.
    #[error("another Sampan works in {path:?}")]
    InUse {
        /// The target folder.
        path: PathBuf,
    },
    /// Something that is no part has the name of one.
    #[error("{path:?} has something else in place of the part for entry {entry}")]
    PartExists {
        /// The target folder.
        path: PathBuf,
        /// The entry.
        entry: EntryIndex,
    },
    /// Somebody removed the part file or put something else under its name.
    #[error("the part file for entry {entry} in {path:?} was taken away")]
    PartLost {
        /// The target folder.
        path: PathBuf,
        /// The entry.
        entry: EntryIndex,
    },
    /// Fewer or more bytes were written than the entry has: its caller should have noticed.
    #[error("entry {entry} has {expected} bytes, {written} were written")]
    Incomplete {
        /// The entry.
        entry: EntryIndex,
        /// Its size in bytes.
        expected: u64,
        /// What was written, in bytes.
        written: u64,
    },
    /// The name it was to get, or what it was to replace, could not be written down, so it was not done.
    #[error("a final name could not be recorded: {failure:?}")]
    NotRecorded {
        /// Why not.
        failure: Failure,
    },
    /// The name and all its numbered forms are taken.
    #[error("{name} and all its numbered forms are taken in {path:?}")]
    NamesTaken {
        /// The target folder.
        path: PathBuf,
        /// The name, ready to be shown.
        name: String,
    },
}

impl WriteError {
    /// Sorts what the system said about the folder at `path` or a file in it.
    pub(in crate::storage) fn sort(path: &Path, errno: Errno) -> Self {
        let path = path.to_owned();
        let source = io::Error::from(errno);
        match errno {
            Errno::NOENT => Self::FolderMissing { path, source },
            Errno::NOTDIR => Self::NotAFolder { path },
            Errno::ACCESS | Errno::PERM => Self::FolderForbidden { path, source },
            Errno::ROFS => Self::FolderReadOnly { path, source },
            Errno::NOSPC | Errno::DQUOT => Self::Full { path, source },
            _ => Self::Write { path, source },
        }
    }

    /// [`WriteError::sort`] for what the standard library reports.
    pub(in crate::storage) fn sort_io(path: &Path, source: io::Error) -> Self {
        match Errno::from_io_error(&source) {
            Some(errno) => Self::sort(path, errno),
            None => Self::Write { path: path.to_owned(), source },
        }
    }

    /// As front ends show it.
    pub fn failure(&self) -> Failure {
        match self {
            Self::FolderMissing { path, source } => told(FailureKind::FolderMissing, path).because(source),
            Self::NotAFolder { path } => told(FailureKind::FolderMissing, path).because("not a folder"),
            Self::FolderForbidden { path, source } => {
                told(FailureKind::FolderForbidden, path).because(source)
            }
            Self::FolderReadOnly { path, source } => told(FailureKind::FolderReadOnly, path).because(source),
            Self::Full { path, source } => told(FailureKind::DiskFull, path).because(source),
            Self::Write { path, source } => told(FailureKind::WriteFailed, path).because(source),
            Self::InUse { path } => told(FailureKind::TransferInUse, path),
            Self::NotRecorded { failure } => failure.clone(),
            Self::PartExists { path, entry } => told(FailureKind::WriteFailed, path)
                .because(format_args!("something else is in place of the part for entry {entry}")),
            Self::PartLost { path, entry } => told(FailureKind::WriteFailed, path)
                .because(format_args!("the part file for entry {entry} was taken away")),
            Self::Incomplete { .. } => Failure::here(FailureKind::Internal).because(self),
            Self::NamesTaken { path, .. } => {
                told(FailureKind::WriteFailed, path).because("the name and all its numbered forms are taken")
            }
        }
    }
}
