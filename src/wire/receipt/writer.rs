//! Writing a receipt, an entry at a time.

use std::convert::Infallible;
use std::io::Write;

use minicbor::Encoder;
use minicbor::encode::Error;
use sha2::{Digest as _, Sha256};

use crate::model::{Digest, ReceiptEntry, ReceiptHead, ReceiptKind, ReceiptOutcome, Seal, size};
use crate::wire::ReceiptError;
use crate::wire::receipt::{BODY_FIELDS, COUNTS, Ledger, VERSION};

/// Writes a receipt: begun with its head, then every entry in manifest order. Small writes: give it a buffer.
#[derive(Debug)]
pub struct ReceiptWriter<W> {
    pub(super) out: W,
    hasher: Sha256,
    pub(super) ledger: Ledger,
    entry: Vec<u8>,
}

/// A receipt that lacks nothing but its signature.
#[derive(Debug)]
pub struct Unsealed<W> {
    out: W,
    digest: Digest,
}

impl<W: Write> ReceiptWriter<W> {
    /// Writes the head. A side that wants only the digest writes into [`std::io::sink`].
    /// Errors: [`ReceiptError::Write`]; [`ReceiptError::Counts`] when the head counts more entries than can be.
    pub fn begin(mut out: W, head: &ReceiptHead) -> Result<Self, ReceiptError> {
        let entries = head.counts.entries().ok_or(ReceiptError::Counts)?;
        let mut body = Vec::new();
        encode_head(head, entries, &mut Encoder::new(&mut body)).expect("a Vec takes every byte");
        // The file is [body, key, signature]; only the body is signed.
        let mut file = Vec::new();
        Encoder::new(&mut file).array(3).expect("a Vec takes every byte");
        out.write_all(&file).map_err(ReceiptError::Write)?;
        out.write_all(&body).map_err(ReceiptError::Write)?;
        let mut hasher = Sha256::new();
        hasher.update(&body);
        Ok(Self { out, hasher, ledger: Ledger::new(head.counts), entry: Vec::new() })
    }

    /// Writes an entry. Errors: [`ReceiptError::Write`]; [`ReceiptError::Order`] when it cannot come behind the last one.
    pub fn push(&mut self, entry: &ReceiptEntry) -> Result<(), ReceiptError> {
        self.ledger.add(entry)?;
        self.entry.clear();
        encode_entry(entry, &mut Encoder::new(&mut self.entry)).expect("a Vec takes every byte");
        self.hasher.update(&self.entry);
        self.out.write_all(&self.entry).map_err(ReceiptError::Write)
    }

    /// Ends the body. Errors: [`ReceiptError::Counts`] when the entries were not those that the head counts.
    pub fn finish(self) -> Result<Unsealed<W>, ReceiptError> {
        self.ledger.settle()?;
        let digest = Digest::from_bytes(self.hasher.finalize().into());
        Ok(Unsealed { out: self.out, digest })
    }
}

impl<W: Write> Unsealed<W> {
    /// SHA-256 of the body: what is signed.
    pub fn digest(&self) -> Digest {
        self.digest
    }

    /// Writes key and signature, and gives back what it wrote to, flushed. Errors: [`ReceiptError::Write`].
    pub fn seal(mut self, seal: &Seal) -> Result<W, ReceiptError> {
        let mut bytes = Vec::new();
        let encoded = Encoder::new(&mut bytes)
            .bytes(&seal.key)
            .and_then(|encoder| encoder.bytes(&seal.signature).map(drop));
        encoded.expect("a Vec takes every byte");
        self.out.write_all(&bytes).and_then(|()| self.out.flush()).map_err(ReceiptError::Write)?;
        Ok(self.out)
    }
}

type Out<'a> = Encoder<&'a mut Vec<u8>>;

/// The body up to its first entry.
fn encode_head(head: &ReceiptHead, entries: u64, out: &mut Out<'_>) -> Result<(), Error<Infallible>> {
    let counts = &head.counts;
    out.map(BODY_FIELDS)?.u8(0)?.u64(VERSION)?;
    out.u8(1)?.bytes(head.transfer.as_bytes())?;
    out.u8(2)?.bytes(head.sender.as_bytes())?;
    out.u8(3)?.bytes(head.receiver.as_bytes())?;
    out.u8(4)?.u64(head.started.as_secs())?;
    out.u8(5)?.u64(head.ended.as_secs())?;
    out.u8(6)?.bytes(head.manifest.as_bytes())?;
    out.u8(7)?.array(COUNTS)?.u64(counts.saved)?.u64(counts.identical)?.u64(counts.skipped)?;
    out.u64(counts.failed)?.u64(counts.unreadable)?.u64(counts.bytes)?;
    out.u8(8)?.array(entries)?;
    Ok(())
}

fn encode_entry(entry: &ReceiptEntry, out: &mut Out<'_>) -> Result<(), Error<Infallible>> {
    let outcome = match entry.outcome() {
        ReceiptOutcome::Saved => 0,
        ReceiptOutcome::Identical => 1,
        ReceiptOutcome::Skipped => 2,
        ReceiptOutcome::Failed => 3,
    };
    let (kind, length, digest, target) = match entry.kind() {
        ReceiptKind::File { size, sha256 } => (0, Some(*size), sha256.as_ref(), None),
        ReceiptKind::Folder => (1, None, None, None),
        ReceiptKind::Link(target) => (2, None, None, Some(target)),
    };
    let name = entry.saved_name();
    let optional = [length.is_some(), digest.is_some(), target.is_some(), name.is_some()];
    out.map(3 + optional.into_iter().map(u64::from).sum::<u64>())?;
    let path = entry.path();
    out.u8(0)?.array(size::from_len(path.depth()))?;
    for name in path.components() {
        out.bytes(name)?;
    }
    out.u8(1)?.u8(kind)?.u8(2)?.u8(outcome)?;
    if let Some(length) = length {
        out.u8(3)?.u64(length)?;
    }
    if let Some(digest) = digest {
        out.u8(4)?.bytes(digest.as_bytes())?;
    }
    if let Some(target) = target {
        out.u8(5)?.bytes(target.as_bytes())?;
    }
    if let Some(name) = name {
        out.u8(6)?.bytes(name)?;
    }
    Ok(())
}
