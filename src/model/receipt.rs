//! The record of a transfer that both sides hold at Delivered, signed by the receiver. `docs/receipts.md` says it in bytes.

mod descent;

use crate::model::{DeviceId, Digest, LinkTarget, Moment, RelPath, TransferId, shown_bytes};

pub use descent::{Descent, Level};

/// What a receipt says before its entries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReceiptHead {
    /// The transfer's id.
    pub transfer: TransferId,
    /// Who sent.
    pub sender: DeviceId,
    /// Who received, and signs.
    pub receiver: DeviceId,
    /// When the receiver agreed, by its own clock.
    pub started: Moment,
    /// When the last entry was done, by the receiver's clock.
    pub ended: Moment,
    /// SHA-256 of all manifest pages, as ManifestEnd said it: what was offered.
    pub manifest: Digest,
    /// What became of the entries, in numbers.
    pub counts: ReceiptCounts,
}

/// The entries of a receipt in numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ReceiptCounts {
    /// Entries that were saved.
    pub saved: u64,
    /// Entries that were there already.
    pub identical: u64,
    /// Entries that were not wanted.
    pub skipped: u64,
    /// Entries that did not arrive.
    pub failed: u64,
    /// What the sender could not read; not among the entries.
    pub unreadable: u64,
    /// Bytes of the files that are there: saved or identical.
    pub bytes: u64,
}

impl ReceiptCounts {
    /// How many entries there are; `None` if that is more than any number.
    pub fn entries(&self) -> Option<u64> {
        [self.identical, self.skipped, self.failed]
            .iter()
            .try_fold(self.saved, |sum, count| sum.checked_add(*count))
    }

    /// Counts one entry. `false` if the sizes overflow: then they are no sizes.
    pub fn add(&mut self, entry: &ReceiptEntry) -> bool {
        let size = match &entry.kind {
            ReceiptKind::File { size, .. } => *size,
            ReceiptKind::Folder | ReceiptKind::Link(_) => 0,
        };
        self.count(entry.outcome, size)
    }

    /// Counts one entry by what is counted of it: its size in bytes is 0 where it is no file. `false` if the sizes overflow.
    pub fn count(&mut self, outcome: ReceiptOutcome, size: u64) -> bool {
        let count = match outcome {
            ReceiptOutcome::Saved => &mut self.saved,
            ReceiptOutcome::Identical => &mut self.identical,
            ReceiptOutcome::Skipped => &mut self.skipped,
            ReceiptOutcome::Failed => &mut self.failed,
        };
        *count = count.saturating_add(1);
        let sum = self.bytes.checked_add(if outcome.is_there() { size } else { 0 });
        self.bytes = sum.unwrap_or(u64::MAX);
        sum.is_some()
    }
}

/// What became of an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ReceiptOutcome {
    /// It was written, checked and synced. A folder: it was made.
    Saved,
    /// It was there already. A folder: it was merged into.
    Identical,
    /// The receiver did not want it.
    Skipped,
    /// It did not arrive.
    Failed,
}

impl ReceiptOutcome {
    /// Whether the entry was in the receiver's folder when the receipt was signed.
    pub fn is_there(self) -> bool {
        match self {
            Self::Saved | Self::Identical => true,
            Self::Skipped | Self::Failed => false,
        }
    }
}

/// What an entry is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ReceiptKind {
    /// An ordinary file.
    File {
        /// Its length in bytes, as offered.
        size: u64,
        /// SHA-256 of its contents: of every file that is there, and of no other.
        sha256: Option<Digest>,
    },
    /// A folder.
    Folder,
    /// A symbolic link.
    Link(LinkTarget),
}

/// One entry of a receipt: right once it exists.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReceiptEntry {
    path: RelPath,
    kind: ReceiptKind,
    outcome: ReceiptOutcome,
    saved_name: Option<Vec<u8>>,
}

/// Facts that make no entry of a receipt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReceiptEntryError {
    /// A file that is there without a digest, or one that is not there with one.
    #[error("a digest belongs to every file that is there, and to no other")]
    Digest,
    /// More bytes than a file system can hold.
    #[error("a file of {0} bytes")]
    Size(u64),
    /// The name it got is none, or it is not there and has one.
    #[error("the name it was saved under is none")]
    SavedName,
}

impl ReceiptEntry {
    /// An entry; `saved_name` is the last name of its place in the receiver's folder, where it is there at all. The
    /// folders above it may have got other names as well: theirs stand in their own entries.
    /// Errors: [`ReceiptEntryError`].
    pub fn new(
        path: RelPath,
        kind: ReceiptKind,
        outcome: ReceiptOutcome,
        saved_name: Option<&[u8]>,
    ) -> Result<Self, ReceiptEntryError> {
        if let ReceiptKind::File { size, sha256 } = &kind {
            if *size > i64::MAX.unsigned_abs() {
                return Err(ReceiptEntryError::Size(*size));
            }
            if sha256.is_some() != outcome.is_there() {
                return Err(ReceiptEntryError::Digest);
            }
        }
        let saved_name = saved_name.filter(|name| *name != path.name()).map(<[u8]>::to_vec);
        if let Some(name) = &saved_name {
            let is_name = RelPath::parse([name]).is_ok();
            if !is_name || !outcome.is_there() {
                return Err(ReceiptEntryError::SavedName);
            }
        }
        Ok(Self { path, kind, outcome, saved_name })
    }

    /// Its path in the manifest.
    pub fn path(&self) -> &RelPath {
        &self.path
    }

    /// What it is.
    pub fn kind(&self) -> &ReceiptKind {
        &self.kind
    }

    /// What became of it.
    pub fn outcome(&self) -> ReceiptOutcome {
        self.outcome
    }

    /// The name it got, only where that is not the last name of its path.
    pub fn saved_name(&self) -> Option<&[u8]> {
        self.saved_name.as_deref()
    }

    /// The name it has in its folder on the receiver's disk.
    pub fn final_name(&self) -> &[u8] {
        self.saved_name.as_deref().unwrap_or_else(|| self.path.name())
    }
}

/// Who signed, and the signature: Ed25519 (RFC 8032).
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Seal {
    /// The receiver's public key.
    pub key: [u8; 32],
    /// Over the context of receipts and the digest of the body.
    pub signature: [u8; 64],
}

impl std::fmt::Debug for Seal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Seal(…)")
    }
}

/// Something in the receiver's folder that is not as the receipt says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// Where, below the folder, as raw bytes joined by `/`.
    pub path: Vec<u8>,
    /// What.
    pub what: DifferenceKind,
}

/// How it differs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DifferenceKind {
    /// Nothing is there, or a folder above it is gone.
    Missing,
    /// Other contents, another target, or something of another kind.
    Changed,
    /// It is in a folder of the transfer, and the receipt does not know it.
    Extra,
    /// It is there and cannot be read; what the system said.
    Unreadable(String),
}

impl DifferenceKind {
    /// The word in `--json` lines.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::Changed => "changed",
            Self::Extra => "extra",
            Self::Unreadable(_) => "unreadable",
        }
    }
}

/// What a comparison found, in numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Comparison {
    /// Entries that had to be there.
    pub entries: u64,
    /// Those that are not.
    pub missing: u64,
    /// Those that are something else now.
    pub changed: u64,
    /// Those that could not be read, and folders that could not be listed.
    pub unreadable: u64,
    /// What the receipt does not know.
    pub extra: u64,
}

impl Comparison {
    /// Counts what was found.
    pub fn add(&mut self, what: &DifferenceKind) {
        let count = match what {
            DifferenceKind::Missing => &mut self.missing,
            DifferenceKind::Changed => &mut self.changed,
            DifferenceKind::Extra => &mut self.extra,
            DifferenceKind::Unreadable(_) => &mut self.unreadable,
        };
        *count = count.saturating_add(1);
    }
}

impl std::fmt::Display for Difference {
    /// The path, escaped for showing.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&shown_bytes(&self.path))
    }
}
