//! The signed record that both sides hold at Delivered: written by the receiver, told page by page, checked by the sender.

use std::fmt;
use std::io::{self, Read, Write};
use std::sync::Arc;

use tokio::sync::mpsc;

use crate::model::{
    DeviceId, Digest, EntryKind, FileFate, LocalName, Moment, ReceiptCounts, ReceiptEntry, ReceiptHead,
    ReceiptKind, ReceiptOutcome, Seal, Skip, TransferId, size,
};
use crate::session::{Cursor, Ledger, Manifest, ManifestLimits, Plan, SessionError};
use crate::storage::{Spool, SpoolError, SpoolPlace};
use crate::wire::{ReceiptError, ReceiptReader, ReceiptWriter, limits};

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

/// A receipt that is coming.
pub(super) struct Incoming {
    parties: Parties,
    ledger: Arc<Ledger>,
    signer_of: SignerOf,
    spool: Spool,
}

impl Incoming {
    pub(super) fn new(
        parties: Parties,
        ledger: Arc<Ledger>,
        place: &ManifestLimits,
        signer_of: SignerOf,
    ) -> Self {
        let spool = spool(place, ledger.manifest());
        Self { parties, ledger, signer_of, spool }
    }

    /// Takes its pages until no more come, and meanwhile checks every word of it against what is known here, and who
    /// signed it. Blocks. Errors: [`SessionError::Receipt`], [`SessionError::Spool`].
    pub(super) fn take(self, pages: mpsc::Receiver<Vec<u8>>) -> Result<SignedReceipt, SessionError> {
        let Self { parties, ledger, signer_of, spool } = self;
        let mut pages = Pages { coming: pages, page: Vec::new(), at: 0, spool, trouble: None };
        let checked = check(io::BufReader::new(&mut pages), parties, &ledger, signer_of);
        match (checked, pages.trouble) {
            (Ok((at, seal)), None) => Ok(SignedReceipt { parties, at, seal, bytes: pages.spool }),
            (_, Some(SpoolError::OverLimit { .. })) => {
                Err(SessionError::Receipt("it is longer than it can be"))
            }
            (_, Some(error)) | (Err(ReceiptFailure::Spool(error)), None) => Err(SessionError::Spool(error)),
            (Err(ReceiptFailure::Other(what)), None) => Err(SessionError::Receipt(what)),
            (Err(ReceiptFailure::Record), None) => Err(SessionError::Receipt("not everything is settled")),
            (Err(ReceiptFailure::Receipt(error)), None) => {
                tracing::info!(%error, "a receipt is none");
                Err(SessionError::Receipt("it is none"))
            }
            (Err(ReceiptFailure::Key), None) => Err(SessionError::Receipt("it is not signed")),
        }
    }
}

/// The bytes of a receipt as its pages come; they are kept on the way.
struct Pages {
    coming: mpsc::Receiver<Vec<u8>>,
    page: Vec<u8>,
    at: usize,
    spool: Spool,
    /// Why a page could not be kept.
    trouble: Option<SpoolError>,
}

impl Read for Pages {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.at >= self.page.len() {
            let Some(page) = self.coming.blocking_recv() else { return Ok(0) };
            if let Err(error) = self.spool.append(&page) {
                self.trouble = Some(error);
                return Err(io::ErrorKind::Other.into());
            }
            (self.page, self.at) = (page, 0);
        }
        let count = self.page.get(self.at..).unwrap_or_default().read(buffer)?;
        self.at += count;
        Ok(count)
    }
}

fn check(
    receipt: impl Read,
    parties: Parties,
    ledger: &Ledger,
    signer_of: SignerOf,
) -> Result<(Moment, Seal), ReceiptFailure> {
    let mut reader = ReceiptReader::begin(receipt)?;
    let head = reader.head().clone();
    if (head.transfer, head.sender, head.receiver) != (parties.transfer, parties.sender, parties.receiver) {
        return Err(ReceiptFailure::Other("it names another transfer or other devices"));
    }
    if head.manifest != ledger.manifest().summary().digest {
        return Err(ReceiptFailure::Other("it is about another manifest"));
    }
    let mut ours = Entries::new(ledger);
    loop {
        match (reader.entry()?, ours.next()?) {
            (None, None) => break,
            (Some(theirs), Some(ours)) if agree(&theirs, &ours) => {}
            (Some(_), Some(_)) => return Err(ReceiptFailure::Other("an entry is not as it went")),
            (Some(_), None) | (None, Some(_)) => return Err(ReceiptFailure::Other("it has other entries")),
        }
    }
    let (digest, seal) = reader.finish()?;
    if signer_of(&seal, &digest) != Some(parties.receiver) {
        return Err(ReceiptFailure::Key);
    }
    Ok((head.ended, seal))
}

/// Whether both mean the same. The name that something got is the receiver's to say, and whether a folder was there before.
fn agree(theirs: &ReceiptEntry, ours: &ReceiptEntry) -> bool {
    let is_same_outcome = match ours.kind() {
        ReceiptKind::Folder => theirs.outcome().is_there() == ours.outcome().is_there(),
        ReceiptKind::File { .. } | ReceiptKind::Link(_) => theirs.outcome() == ours.outcome(),
    };
    is_same_outcome && theirs.path() == ours.path() && theirs.kind() == ours.kind()
}
