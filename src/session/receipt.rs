//! The signed record that both sides hold at Delivered: written by the receiver, told page by page, checked by the sender.

mod coming;

use std::fmt;
use std::io::{self, Read, Write};
use std::sync::Arc;

use crate::model::{
    DeviceId, Digest, EntryKind, FileFate, LocalName, Moment, ReceiptCounts, ReceiptEntry, ReceiptHead,
    ReceiptKind, ReceiptOutcome, Seal, Skip, TransferId, size,
};
use crate::session::{Cursor, Ledger, Manifest, ManifestLimits, Plan};
use crate::storage::{Spool, SpoolError, SpoolPlace};
use crate::wire::{ReceiptError, ReceiptWriter, limits};

pub(super) use coming::ComingReceipt;

/// Receipts of up to this many bytes stay in memory.
const MEMORY: u64 = 1024 * 1024;

/// Bytes of an entry of a receipt beside its path: a digest, a name of 255 bytes, numbers.
const ENTRY_BYTES: u64 = 320;

/// Makes a signature over a receipt's digest; `None` if the key cannot.
pub type Sealer = Arc<dyn Fn(&Digest) -> Option<Seal> + Send + Sync>;

/// Who a seal is by; `None` if it does not fit the digest.
pub type SignerOf = fn(&Seal, &Digest) -> Option<DeviceId>;

/// Who takes part in a transfer, and what it is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Parties {
    /// What it is called.
    pub transfer: TransferId,
    /// Who sends.
    pub sender: DeviceId,
    /// Who receives, and signs.
    pub receiver: DeviceId,
}

/// A receipt, signed: the bytes of its file.
pub struct SignedReceipt {
    /// Who and what.
    pub parties: Parties,
    /// When the last entry was done, by the receiver's clock.
    pub at: Moment,
    /// The signature in it.
    pub seal: Seal,
    bytes: Spool,
}

impl fmt::Debug for SignedReceipt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SignedReceipt({:?}, {} bytes)", self.parties.transfer, self.bytes.length())
    }
}

impl SignedReceipt {
    /// How many bytes it has.
    pub fn length(&self) -> u64 {
        self.bytes.length()
    }

    /// Reads its bytes from the beginning on. Blocks if they are many.
    pub fn read(self: &Arc<Self>) -> ReceiptBytes {
        ReceiptBytes { receipt: Arc::clone(self), at: 0 }
    }

    /// Its bytes in pages. Errors: [`SpoolError`].
    pub(super) fn page(&self, offset: u64) -> Result<Option<Vec<u8>>, SpoolError> {
        let length = size::at_most(self.bytes.length().saturating_sub(offset), limits::RECEIPT_PAGE);
        if length == 0 { Ok(None) } else { self.bytes.read(offset, length).map(Some) }
    }
}

/// The bytes of a receipt, one after another.
#[derive(Debug)]
pub struct ReceiptBytes {
    receipt: Arc<SignedReceipt>,
    at: u64,
}

impl Read for ReceiptBytes {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        read_spool(&self.receipt.bytes, &mut self.at, buffer)
    }
}

fn read_spool(spool: &Spool, at: &mut u64, buffer: &mut [u8]) -> io::Result<usize> {
    let count = size::at_most(spool.length().saturating_sub(*at), buffer.len());
    let bytes = spool.read(*at, count).map_err(io::Error::other)?;
    if let Some(room) = buffer.get_mut(..count) {
        room.copy_from_slice(&bytes);
    }
    *at += size::from_len(count);
    Ok(count)
}

/// Writes what became of a transfer, and signs it. Everything must be settled. Blocks. Errors: [`ReceiptFailure`].
pub(super) fn write(
    parties: Parties,
    (started, ended): (Moment, Moment),
    (ledger, plan): (&Ledger, &Plan),
    place: &ManifestLimits,
    seal: &Sealer,
) -> Result<SignedReceipt, ReceiptFailure> {
    let manifest = ledger.manifest();
    let counts = count(ledger, plan)?;
    let Parties { transfer, sender, receiver } = parties;
    let digest = manifest.summary().digest;
    let head = ReceiptHead { transfer, sender, receiver, started, ended, manifest: digest, counts };
    let mut writer = ReceiptWriter::begin(Spooling::new(place, manifest), &head)?;
    let mut entries = Entries::new(ledger);
    while let Some(entry) = entries.next()? {
        writer.push(&entry)?;
    }
    let unsealed = writer.finish()?;
    let seal = seal(&unsealed.digest()).ok_or(ReceiptFailure::Key)?;
    let spooling = unsealed.seal(&seal)?;
    Ok(SignedReceipt { parties, at: ended, seal, bytes: spooling.finish()? })
}

/// Why there is no receipt. The files are not touched by it.
#[derive(Debug, thiserror::Error)]
pub(super) enum ReceiptFailure {
    /// It cannot be kept.
    #[error(transparent)]
    Spool(#[from] SpoolError),
    /// It cannot be written or read.
    #[error(transparent)]
    Receipt(#[from] ReceiptError),
    /// The key makes no signatures.
    #[error("the device's key makes no signature")]
    Key,
    /// An entry is not settled, or says what cannot be: a bug of ours.
    #[error("the transfer's record is not whole")]
    Record,
    /// It is not the record of this transfer.
    #[error("the receipt is not that of this transfer: {0}")]
    Other(&'static str),
}

/// The entries of a transfer as its receipt has them.
struct Entries<'ledger> {
    ledger: &'ledger Ledger,
    cursor: Cursor,
    next: u64,
}

impl<'ledger> Entries<'ledger> {
    fn new(ledger: &'ledger Ledger) -> Self {
        Self { ledger, cursor: Cursor::new(Arc::clone(ledger.manifest())), next: 0 }
    }

    fn next(&mut self) -> Result<Option<ReceiptEntry>, ReceiptFailure> {
        let Some(entry) = self.cursor.get(self.next)? else { return Ok(None) };
        let index = self.next;
        let (fate, sha256) = self.ledger.record(index).ok_or(ReceiptFailure::Record)?;
        self.next += 1;
        let outcome = outcome(&fate);
        let saved_name = self.ledger.other_name(index).filter(|_| outcome.is_there());
        let kind = match &entry.kind {
            EntryKind::File => {
                ReceiptKind::File { size: entry.size, sha256: sha256.filter(|_| outcome.is_there()) }
            }
            EntryKind::Folder => ReceiptKind::Folder,
            EntryKind::Link(target) => ReceiptKind::Link(target.clone()),
        };
        let saved_name = saved_name.as_ref().map(LocalName::as_bytes);
        let entry = ReceiptEntry::new(entry.path.clone(), kind, outcome, saved_name);
        entry.map(Some).map_err(|_| ReceiptFailure::Record)
    }
}

fn outcome(fate: &FileFate) -> ReceiptOutcome {
    match fate {
        FileFate::Saved { .. } => ReceiptOutcome::Saved,
        FileFate::Skipped(Skip::Identical) => ReceiptOutcome::Identical,
        FileFate::Skipped(Skip::Unwanted) => ReceiptOutcome::Skipped,
        FileFate::Failed(_) => ReceiptOutcome::Failed,
    }
}

fn count(ledger: &Ledger, plan: &Plan) -> Result<ReceiptCounts, ReceiptFailure> {
    let unreadable = ledger.manifest().summary().unreadable;
    let mut counts = ReceiptCounts { unreadable, ..ReceiptCounts::default() };
    for entry in 0..ledger.len() {
        let (fate, _) = ledger.record(entry).ok_or(ReceiptFailure::Record)?;
        // Folders and links have none.
        let (size, _) = plan.sizes(entry);
        if !counts.count(outcome(&fate), size) {
            return Err(ReceiptFailure::Record);
        }
    }
    Ok(counts)
}

/// What is written goes to a spool, in pieces that are worth it.
struct Spooling {
    spool: Spool,
    waiting: Vec<u8>,
}

impl Spooling {
    fn new(place: &ManifestLimits, manifest: &Manifest) -> Self {
        Self { spool: spool(place, manifest), waiting: Vec::new() }
    }

    fn store(&mut self) -> Result<(), SpoolError> {
        self.spool.append(&self.waiting)?;
        self.waiting.clear();
        Ok(())
    }

    fn finish(mut self) -> Result<Spool, SpoolError> {
        self.store()?;
        Ok(self.spool)
    }
}

impl Write for Spooling {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.waiting.extend_from_slice(bytes);
        if self.waiting.len() >= limits::RECEIPT_PAGE {
            self.store().map_err(io::Error::other)?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Where the receipt of these entries is kept.
fn spool(place: &ManifestLimits, manifest: &Manifest) -> Spool {
    Spool::new(SpoolPlace { memory: MEMORY, limit: limit(manifest), ..place.place.clone() })
}

/// No receipt of these entries is longer.
fn limit(manifest: &Manifest) -> u64 {
    limits::MAX_MANIFEST
        .min(manifest.len().saturating_mul(ENTRY_BYTES).saturating_add(manifest.page_bytes()))
        .saturating_add(4096)
}
