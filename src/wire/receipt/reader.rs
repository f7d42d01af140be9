//! Reading a receipt, an entry at a time, and nothing that is not exactly as a writer would have written it.

use std::io::Read;

use crate::model::{
    DeviceId, Digest, LinkTarget, Moment, ReceiptCounts, ReceiptEntry, ReceiptHead, ReceiptKind,
    ReceiptOutcome, RelPath, Seal, TransferId, size,
};
use crate::wire::receipt::items::Items;
use crate::wire::receipt::{BODY_FIELDS, COUNTS, Ledger, VERSION};
use crate::wire::{ReceiptError, limits};

/// Reads a receipt. What it gives out is proven by nobody until the signature over [`finish`](Self::finish)'s digest was checked.
/// Small reads: give it a buffer.
pub struct ReceiptReader<R> {
    items: Items<R>,
    head: ReceiptHead,
    ledger: Ledger,
    /// Entries that still come.
    left: u64,
}

impl<R: Read> ReceiptReader<R> {
    /// Reads the head. Errors: [`ReceiptError`].
    pub fn begin(input: R) -> Result<Self, ReceiptError> {
        let mut items = Items::new(input);
        if items.array()? != 3 {
            return Err(items.malformed("a receipt is body, key and signature"));
        }
        items.take_digest(); // the body's begins here
        let head = read_head(&mut items)?;
        items.key(8)?;
        let left = items.array()?;
        if head.counts.entries() != Some(left) {
            return Err(ReceiptError::Counts);
        }
        if left > limits::MAX_ENTRIES {
            return Err(items.malformed("more entries than there can be"));
        }
        let ledger = Ledger::new(head.counts);
        Ok(Self { items, head, ledger, left })
    }

    /// What stands before the entries.
    pub fn head(&self) -> &ReceiptHead {
        &self.head
    }

    /// The next entry, in manifest order; `None` behind the last one. Errors: [`ReceiptError`].
    pub fn entry(&mut self) -> Result<Option<ReceiptEntry>, ReceiptError> {
        let Some(left) = self.left.checked_sub(1) else { return Ok(None) };
        let entry = read_entry(&mut self.items)?;
        self.ledger.add(&entry)?;
        self.left = left;
        Ok(Some(entry))
    }

    /// Reads what is left: the digest of the body, which is what was signed, and who says to have signed it.
    /// Errors: [`ReceiptError`].
    pub fn finish(mut self) -> Result<(Digest, Seal), ReceiptError> {
        while self.entry()?.is_some() {}
        self.ledger.settle()?;
        let digest = self.items.take_digest();
        let seal = Seal { key: self.items.fixed()?, signature: self.items.fixed()? };
        self.items.end()?;
        Ok((digest, seal))
    }
}

fn read_head<R: Read>(items: &mut Items<R>) -> Result<ReceiptHead, ReceiptError> {
    // The version comes before its number of fields counts: a later one may have more.
    let fields = items.map()?;
    items.key(0)?;
    let version = items.unsigned()?;
    if version != VERSION {
        return Err(ReceiptError::Version(version));
    }
    if fields != BODY_FIELDS {
        return Err(items.malformed("the body has other fields"));
    }
    items.key(1)?;
    let transfer = TransferId::from_bytes(items.fixed()?);
    items.key(2)?;
    let sender = DeviceId::from_bytes(items.fixed()?);
    items.key(3)?;
    let receiver = DeviceId::from_bytes(items.fixed()?);
    items.key(4)?;
    let started = Moment::from_secs(items.unsigned()?);
    items.key(5)?;
    let ended = Moment::from_secs(items.unsigned()?);
    items.key(6)?;
    let manifest = Digest::from_bytes(items.fixed()?);
    items.key(7)?;
    if items.array()? != COUNTS {
        return Err(items.malformed("there are six counts"));
    }
    let counts = ReceiptCounts {
        saved: items.unsigned()?,
        identical: items.unsigned()?,
        skipped: items.unsigned()?,
        failed: items.unsigned()?,
        unreadable: items.unsigned()?,
        bytes: items.unsigned()?,
    };
    Ok(ReceiptHead { transfer, sender, receiver, started, ended, manifest, counts })
}

fn read_entry<R: Read>(items: &mut Items<R>) -> Result<ReceiptEntry, ReceiptError> {
    let fields = items.map()?;
    items.key(0)?;
    let path = read_path(items)?;
    items.key(1)?;
    let kind = items.unsigned()?;
    items.key(2)?;
    let outcome = match items.unsigned()? {
        0 => ReceiptOutcome::Saved,
        1 => ReceiptOutcome::Identical,
        2 => ReceiptOutcome::Skipped,
        3 => ReceiptOutcome::Failed,
        _ => return Err(items.malformed("an outcome that is not known")),
    };
    let (mut size, mut sha256, mut target, mut name) = (None, None, None, None);
    let mut last = 2;
    for _ in 3..fields {
        let key = items.unsigned()?;
        if key <= last {
            return Err(items.malformed("fields come in the order of their keys"));
        }
        match key {
            3 => size = Some(items.unsigned()?),
            4 => sha256 = Some(Digest::from_bytes(items.fixed()?)),
            5 => target = Some(items.bytes(LinkTarget::MAX_BYTES)?),
            6 => name = Some(items.bytes(RelPath::MAX_NAME)?),
            _ => return Err(items.malformed("a field that is not known")),
        }
        last = key;
    }
    if fields < 3 {
        return Err(items.malformed("an entry lacks a field"));
    }
    let kind = match (kind, size, sha256, target) {
        (0, Some(size), sha256, None) => ReceiptKind::File { size, sha256 },
        (1, None, None, None) => ReceiptKind::Folder,
        (2, None, None, Some(target)) => ReceiptKind::Link(
            LinkTarget::parse(&path, target).map_err(|_| items.malformed("a link leads out of its tree"))?,
        ),
        _ => return Err(items.malformed("the fields are of another kind of entry")),
    };
    if name.as_deref() == Some(path.name()) {
        return Err(items.malformed("a saved name is told only where it is another one"));
    }
    ReceiptEntry::new(path, kind, outcome, name.as_deref())
        .map_err(|source| ReceiptError::Entry { at: items.at(), source })
}

fn read_path<R: Read>(items: &mut Items<R>) -> Result<RelPath, ReceiptError> {
    let count = items.array()?;
    if count > size::from_len(RelPath::MAX_DEPTH) {
        return Err(items.malformed("a path of more names than there can be"));
    }
    let mut names = Vec::new();
    for _ in 0..count {
        names.push(items.bytes(RelPath::MAX_NAME)?);
    }
    RelPath::parse(names).map_err(|source| ReceiptError::Path { at: items.at(), source })
}
