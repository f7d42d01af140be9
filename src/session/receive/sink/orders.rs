//! What the session asks of the disk and hears from it, and what a transfer's disk side is given to work with.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use sha2::Sha256;

use crate::model::{Digest, EntryIndex, Failure, Moment};
use crate::session::{Ledger, ManifestLimits, Meter, Parties, Piece, Plan, Sealer};
use crate::storage::{Journal, Staging, Target};
use crate::wire::FailReason;

/// What the session asks of the disk, in order.
#[derive(Debug)]
pub(in crate::session::receive) enum Order {
    /// A file begins, or continues.
    Open(EntryIndex, HashedBy),
    /// Some of its bytes.
    Write(Piece),
    /// From here on the disk hashes it; this is the hash of what came before.
    Hash(Sha256),
    /// Zeros of it.
    Hole(u64),
    /// It ends.
    Finish {
        /// Which one.
        entry: EntryIndex,
        /// The digest it should have.
        expected: Digest,
        /// The digest it has, where the session hashed it.
        came: Option<Digest>,
    },
    /// It ends without success: forget it.
    Forget(EntryIndex),
    /// Nothing follows: publish what waits, make the links, finish the folders.
    Settle,
}

/// Who hashes a file: the disk has more than enough to do with small ones, and the session little.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::session::receive) enum HashedBy {
    Session,
    Disk,
}

/// What the disk answers.
#[derive(Debug)]
pub(in crate::session::receive) enum Done {
    /// Entries that are safe, in ascending order.
    Saved(Vec<EntryIndex>),
    /// One that is not, and why.
    Failed(EntryIndex, FailReason),
    /// The next page of the receipt.
    Receipt(Vec<u8>),
    /// Answer to [`Order::Settle`]: everything is settled.
    Settled,
    /// The other answer: all is there, and it cannot be written down that it is.
    Unrecorded(Failure),
}

/// Where a transfer's files go, and where it is written down what must be known after an interruption.
#[derive(Debug)]
pub struct Place {
    /// The target folder.
    pub target: Target,
    /// Its staging folder, held.
    pub staging: Staging,
    /// What is written down.
    pub journal: Journal,
}

/// Who signs what arrived.
#[derive(Clone)]
pub struct Notary {
    /// Both devices, and what the transfer is called.
    pub parties: Parties,
    /// When it was agreed to.
    pub started: Moment,
    /// Where a long receipt is kept.
    pub limits: ManifestLimits,
    /// Signs it.
    pub seal: Sealer,
}

impl std::fmt::Debug for Notary {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Notary({:?})", self.parties)
    }
}

/// What is to be done, and where it is written down.
pub(in crate::session::receive) struct Books {
    pub(in crate::session::receive) plan: Arc<Plan>,
    pub(in crate::session::receive) ledger: Arc<Ledger>,
    pub(in crate::session::receive) meter: Arc<Meter>,
    pub(in crate::session::receive) notary: Notary,
    /// Set when the session ends before its time.
    pub(in crate::session::receive) stop: Arc<AtomicBool>,
}
