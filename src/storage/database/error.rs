//! What can go wrong with the database, and how a person is told.

use std::io;
use std::path::{Path, PathBuf};

use rusqlite::ErrorCode;

use crate::model::{AccountName, Failure, FailureKind, KeptReceipt, TransferId};
use crate::storage::error::told;

/// The database cannot be used, or says no. A damaged one is never replaced: it says whom this device trusts.
#[derive(Debug, thiserror::Error)]
pub enum DatabaseError {
    /// A link, a folder, a FIFO, a device: something else stands in its place.
    #[error("the database {path:?} is not an ordinary file")]
    NotAFile {
        /// The database.
        path: PathBuf,
    },
    /// It is damaged, or the database of another program.
    #[error("the database {path:?} is damaged")]
    Damaged {
        /// The database.
        path: PathBuf,
        /// What SQLite said, where it said anything.
        source: Option<rusqlite::Error>,
    },
    /// A newer version of this program made it.
    #[error("the database {path:?} has format {found}; this version knows {known}")]
    Newer {
        /// The database.
        path: PathBuf,
        /// Its format.
        found: i64,
        /// The newest one that we know.
        known: i64,
    },
    /// Another process holds it and did not let go in time.
    #[error("another program holds the database {path:?}")]
    Busy {
        /// The database.
        path: PathBuf,
    },
    /// No room on its disk.
    #[error("no room for the database {path:?}")]
    Full {
        /// The database.
        path: PathBuf,
        /// What SQLite said.
        source: rusqlite::Error,
    },
    /// SQLite cannot use it for another reason.
    #[error("could not use the database {path:?}")]
    Use {
        /// The database.
        path: PathBuf,
        /// What SQLite said.
        source: rusqlite::Error,
    },
    /// It cannot be reached or made.
    #[error("could not reach the database {path:?}")]
    Reach {
        /// The database.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The system gave no thread for it.
    #[error("could not start the database's thread")]
    Thread {
        /// What the system said.
        source: io::Error,
    },
    /// Its thread is gone: a bug of ours.
    #[error("the database's thread is gone")]
    Gone,
    /// The system gave no randomness.
    #[error("could not make a discovery key")]
    Random(#[source] getrandom::Error),
    /// There is an account of that name.
    #[error("there is an account {name} already")]
    AccountExists {
        /// Its name.
        name: AccountName,
    },
    /// Somebody removed the transfer while it ran.
    #[error("{transfer:?} is not there any more")]
    NoSuchTransfer {
        /// Its id.
        transfer: TransferId,
    },
    /// A receipt is longer than [`KeptReceipt::MAX_BYTES`].
    #[error("a receipt of {bytes} bytes; at most {} are kept", KeptReceipt::MAX_BYTES)]
    ReceiptTooLong {
        /// Its length.
        bytes: u64,
    },
    /// A receipt's body cannot be read, or has another length than it said.
    #[error("could not read a receipt that was to be kept")]
    ReceiptBody {
        /// What the system said.
        source: io::Error,
    },
}

impl DatabaseError {
    /// Sorts what SQLite said about the database at `path`.
    pub(super) fn sort(path: &Path, source: rusqlite::Error) -> Self {
        let path = path.to_owned();
        let Some(code) = source.sqlite_error_code() else {
            return Self::Damaged { path, source: Some(source) }; // a row or a table that is not as we made it
        };
        match code {
            ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked => Self::Busy { path },
            // Unknown: a statement of ours makes no sense in it, because a table or a column is missing.
            ErrorCode::NotADatabase | ErrorCode::DatabaseCorrupt | ErrorCode::Unknown => {
                Self::Damaged { path, source: Some(source) }
            }
            ErrorCode::DiskFull => Self::Full { path, source },
            _ => Self::Use { path, source },
        }
    }

    /// As front ends show it.
    pub fn failure(&self) -> Failure {
        let unusable = |path| told(FailureKind::DatabaseUnusable, path);
        match self {
            Self::NotAFile { path } => unusable(path).because("not an ordinary file"),
            Self::Damaged { path, source: Some(source) } => {
                unusable(path).because(format_args!("damaged: {}", said(source)))
            }
            Self::Damaged { path, source: None } => unusable(path).because("damaged"),
            Self::Newer { path, found, known } => unusable(path)
                .because(format_args!("a newer version made it: format {found}, this version knows {known}")),
            Self::Busy { path } => unusable(path).because("another program holds it"),
            Self::Full { path, source } => told(FailureKind::DiskFull, path).because(said(source)),
            Self::Use { path, source } => unusable(path).because(said(source)),
            Self::Reach { path, source } => unusable(path).because(source),
            Self::Thread { .. }
            | Self::Gone
            | Self::Random(_)
            | Self::ReceiptTooLong { .. }
            | Self::ReceiptBody { .. } => Failure::here(FailureKind::Internal).because(self),
            Self::AccountExists { name } => Failure::here(FailureKind::AccountExists).about(name.to_string()),
            // Whoever removes a transfer from the list does not want it to go on.
            Self::NoSuchTransfer { .. } => {
                Failure::here(FailureKind::Cancelled).because("removed from the list of transfers")
            }
        }
    }
}

/// What SQLite said, without the path that it puts behind some of its sentences.
fn said(source: &rusqlite::Error) -> String {
    source.sqlite_error().map_or_else(|| source.to_string(), ToString::to_string)
}
