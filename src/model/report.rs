//! What happened to each file of a transfer. Front ends pull these by cursor; they are never events.

use crate::model::{Digest, EntryIndex, FailureKind, LocalName, RelPath, Side};

/// One file, link or failed folder whose fate is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileReport {
    /// Its place in the manifest.
    pub entry: EntryIndex,
    /// Its path in the manifest.
    pub path: RelPath,
    /// Its size in bytes.
    pub bytes: u64,
    /// SHA-256 of its contents, where all of them were read or received.
    pub sha256: Option<Digest>,
    /// What became of it.
    pub fate: FileFate,
}

/// What became of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FileFate {
    /// Written, checked, synced and renamed on the receiver; the name it got there is known only there.
    Saved {
        /// The final name; `None` on the sender's side.
        saved_as: Option<LocalName>,
    },
    /// It was not sent.
    Skipped(Skip),
    /// It did not arrive.
    Failed(FileProblem),
}

/// Why a file was not sent, though nothing is wrong with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Skip {
    /// It is there already, byte for byte.
    Identical,
    /// The receiver does not want it.
    Unwanted,
}

/// Why one file did not arrive, and on whose side.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FileProblem {
    /// What went wrong.
    pub kind: FailureKind,
    /// Where it went wrong.
    pub side: Side,
}
