//! Receipts: bytes to types and back, `docs/receipts.md` as code. Both sides build the very same bytes from the same facts
//! (deterministic CBOR, RFC 8949 §4.2.1), so that one signature holds for both.
//!
//! Written and read as a stream, an entry at a time: a transfer may have millions of entries.

mod items;
mod reader;
mod sums;
mod writer;

use std::io;

use crate::model::{ReceiptCounts, ReceiptEntry, ReceiptEntryError, ReceiptKind, RelPath, RelPathError};

pub use reader::ReceiptReader;
pub use sums::write_sums;
pub use writer::{ReceiptWriter, Unsealed};

/// The format these bytes are of. Another number is another format: nothing of it is read.
const VERSION: u64 = 1;

/// Fields of the body, all of them always there.
const BODY_FIELDS: u64 = 9;

/// Numbers of a receipt's counts: saved, identical, skipped, failed, unreadable, bytes.
const COUNTS: u64 = 6;

/// Bytes that are no receipt, or a receipt that cannot be read or written.
#[derive(Debug, thiserror::Error)]
pub enum ReceiptError {
    /// Reading failed.
    #[error("could not read the receipt")]
    Read(#[source] io::Error),
    /// Writing failed: the receipt, or the list that is made from it.
    #[error("could not write")]
    Write(#[source] io::Error),
    /// The bytes end too early.
    #[error("the receipt ends in the middle, behind byte {at}")]
    Truncated {
        /// Where the item that is cut off begins.
        at: u64,
    },
    /// A format of a later version.
    #[error("the receipt is of format {0}, which this version does not know")]
    Version(u64),
    /// Not the deterministic CBOR of this format.
    #[error("no receipt: {rule}, before byte {at}")]
    Malformed {
        /// Behind what is wrong.
        at: u64,
        /// The rule that is broken.
        rule: &'static str,
    },
    /// An entry whose path is none.
    #[error("an entry's path is refused, before byte {at}")]
    Path {
        /// Behind the path.
        at: u64,
        /// Why.
        source: RelPathError,
    },
    /// An entry that cannot be.
    #[error("an entry is refused, before byte {at}")]
    Entry {
        /// Behind the entry.
        at: u64,
        /// Why.
        source: ReceiptEntryError,
    },
    /// An entry that cannot come behind the one before it.
    #[error("an entry is out of order, twice there, or in something that is no folder")]
    Order,
    /// The entries are not what the head counts.
    #[error("the entries are not those that the head counts")]
    Counts,
}

/// What writer and reader hold the entries against.
#[derive(Debug)]
struct Ledger {
    promised: ReceiptCounts,
    counted: ReceiptCounts,
    /// The path that the next one must follow, and whether it is a folder.
    last: Option<(RelPath, bool)>,
}

impl Ledger {
    fn new(promised: ReceiptCounts) -> Self {
        let counted = ReceiptCounts { unreadable: promised.unreadable, ..ReceiptCounts::default() };
        Self { promised, counted, last: None }
    }

    /// Takes an entry in: it comes behind the last one in the order of paths, and in nothing but folders.
    fn add(&mut self, entry: &ReceiptEntry) -> Result<(), ReceiptError> {
        let path = entry.path();
        let follows = self
            .last
            .as_ref()
            .is_none_or(|(last, is_folder)| last < path && (*is_folder || !path.is_in(last.joined())));
        if !follows {
            return Err(ReceiptError::Order);
        }
        self.last = Some((path.clone(), *entry.kind() == ReceiptKind::Folder));
        if self.counted.add(entry) { Ok(()) } else { Err(ReceiptError::Counts) }
    }

    /// All entries came: as many of each kind as promised.
    fn settle(&self) -> Result<(), ReceiptError> {
        if self.counted == self.promised { Ok(()) } else { Err(ReceiptError::Counts) }
    }
}

#[cfg(test)]
mod tests;
