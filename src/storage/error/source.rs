//! What is wrong with something that was chosen to be sent.

use std::io;
use std::path::{Path, PathBuf};

use rustix::io::Errno;

use crate::model::{Failure, FailureKind, LinkTargetError, RelPathError};
use crate::storage::error::told;

/// A chosen file or folder, or something in it, cannot be sent.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    /// Nothing is there, or it went away.
    #[error("no such file: {path:?}")]
    Missing {
        /// What was chosen.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A device, a FIFO or a socket: it has no length and no end.
    #[error("{path:?} is not an ordinary file")]
    NotAFile {
        /// What was chosen.
        path: PathBuf,
    },
    /// No permission to read it.
    #[error("no permission to read {path:?}")]
    NotReadable {
        /// What was chosen.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// It has a name that receivers refuse, above all one that begins like our own files.
    #[error("{path:?} has a name that cannot be sent")]
    Name {
        /// What was chosen.
        path: PathBuf,
        /// Which rule it breaks.
        source: RelPathError,
    },
    /// A link that leads to where a receiver would not let it.
    #[error("{path:?} is a link that cannot be sent")]
    Link {
        /// The link.
        path: PathBuf,
        /// Which rule it breaks.
        source: LinkTargetError,
    },
    /// A followed link that leads to itself, or to a folder that it is in.
    #[error("{path:?} is a link that leads in a circle")]
    Circle {
        /// The link.
        path: PathBuf,
    },
    /// A followed link to something that is not there.
    #[error("{path:?} is a link that leads nowhere")]
    Nowhere {
        /// The link.
        path: PathBuf,
    },
    /// It is not what it was when it was chosen.
    #[error("{path:?} changed while it was sent")]
    Changed {
        /// What was chosen.
        path: PathBuf,
    },
    /// Reading failed.
    #[error("could not read {path:?}")]
    Read {
        /// What was chosen.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

impl SourceError {
    /// What it is about.
    pub fn path(&self) -> &Path {
        match self {
            Self::Missing { path, .. }
            | Self::NotAFile { path }
            | Self::NotReadable { path, .. }
            | Self::Name { path, .. }
            | Self::Link { path, .. }
            | Self::Circle { path }
            | Self::Nowhere { path }
            | Self::Changed { path }
            | Self::Read { path, .. } => path,
        }
    }

    /// Sorts what the system said about opening or reading `path`.
    pub(in crate::storage) fn sort(path: &Path, source: io::Error) -> Self {
        let path = path.to_owned();
        match Errno::from_io_error(&source) {
            Some(Errno::NOENT | Errno::NOTDIR) => Self::Missing { path, source },
            Some(Errno::ACCESS | Errno::PERM) => Self::NotReadable { path, source },
            // What open says of a socket, and of a device nobody drives.
            Some(Errno::NXIO | Errno::NODEV) => Self::NotAFile { path },
            _ => Self::Read { path, source },
        }
    }

    /// As front ends show it.
    pub fn failure(&self) -> Failure {
        match self {
            Self::Missing { path, source } => told(FailureKind::NoSuchFile, path).because(source),
            Self::NotAFile { path } => told(FailureKind::NotAFile, path),
            Self::NotReadable { path, source } => told(FailureKind::NotReadable, path).because(source),
            Self::Name { path, source } => {
                let kind = match source {
                    RelPathError::TooLong { .. } | RelPathError::NameLength(_) => FailureKind::PathTooLong,
                    RelPathError::Reserved(_) => FailureKind::ReservedName,
                    // The root of all folders has no name to send; the others no file system has.
                    RelPathError::Empty | RelPathError::Escapes(_) | RelPathError::Separator(_) => {
                        FailureKind::NotAFile
                    }
                };
                told(kind, path).because(source.rule())
            }
            Self::Link { path, source } => told(FailureKind::LinkNotSent, path).because(source),
            Self::Circle { path } => {
                told(FailureKind::LinkNotSent, path).because("the link leads in a circle")
            }
            Self::Nowhere { path } => told(FailureKind::LinkNowhere, path),
            Self::Changed { path } => told(FailureKind::SourceChanged, path),
            Self::Read { path, source } => told(FailureKind::ReadFailed, path).because(source),
        }
    }
}
