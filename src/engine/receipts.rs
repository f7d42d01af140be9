//! Receipts without an engine: whoever has the file and the folder can check both. No key, no settings, no database.

use std::fs::File;
use std::io::{BufReader, Seek as _};
use std::path::{Path, PathBuf};

use crate::engine::failures::chain;
use crate::model::{
    Comparison, Difference, Digest, Failure, FailureKind, ReceiptHead, ReceiptSum, shown_bytes,
};
use crate::net::signer_of;
use crate::storage::{Comparing, open_receipt};
use crate::wire::{ReceiptError, ReceiptReader, write_sums};

/// A receipt whose signature holds.
pub struct Receipt {
    path: PathBuf,
    file: File,
    head: ReceiptHead,
    digest: Digest,
}

impl Receipt {
    /// Reads all of a receipt and checks who signed it. Blocks. Errors: a [`Failure`] of kind
    /// [`BadReceipt`](FailureKind::BadReceipt) for what is none, is damaged or was signed by somebody else than the receiver it
    /// names; [`ReceiptUnreadable`](FailureKind::ReceiptUnreadable).
    pub fn open(path: &Path) -> Result<Self, Failure> {
        let file = open_receipt(path).map_err(|error| error.failure())?;
        let failed = |error: &ReceiptError| failure(path, error);
        let reader = ReceiptReader::begin(BufReader::new(&file)).map_err(|error| failed(&error))?;
        let head = reader.head().clone();
        let (digest, seal) = reader.finish().map_err(|error| failed(&error))?;
        if signer_of(&seal, &digest) != Some(head.receiver) {
            return Err(bad(path).because("the signature is not that of the receiver it names"));
        }
        Ok(Self { path: path.to_owned(), file, head, digest })
    }

    /// What it says before its entries.
    pub fn head(&self) -> &ReceiptHead {
        &self.head
    }

    /// Holds the folder that was received into against the receipt; every difference is reported as it is found. Blocks, as long
    /// as reading all the files takes. Errors: a [`Failure`] when the folder cannot be opened, or the receipt
    /// is not the one any more that was checked.
    pub fn compare(
        mut self,
        folder: &Path,
        report: &mut dyn FnMut(&Difference),
    ) -> Result<Comparison, Failure> {
        let path = self.path;
        let failed = |error: &ReceiptError| failure(&path, error);
        let mut comparing = Comparing::start(folder, report).map_err(|error| error.failure())?;
        self.file.rewind().map_err(|error| failed(&ReceiptError::Read(error)))?;
        let mut reader = ReceiptReader::begin(BufReader::new(&self.file)).map_err(|error| failed(&error))?;
        while let Some(entry) = reader.entry().map_err(|error| failed(&error))? {
            comparing.entry(&entry);
        }
        // Somebody may have written into the file since its signature was checked.
        let (digest, _) = reader.finish().map_err(|error| failed(&error))?;
        if digest != self.digest {
            return Err(bad(&path).because("it changed while it was read"));
        }
        Ok(comparing.finish())
    }
}

/// The list for `sha256sum -c` of the files in a receipt that is kept here, to be checked from the folder that was received
/// into. Errors: a [`Failure`] if it is none.
pub fn sums_of(receipt: &[u8]) -> Result<Vec<u8>, Failure> {
    let kept = Path::new("receipt");
    let mut list = Vec::new();
    let mut reader = ReceiptReader::begin(receipt).map_err(|error| failure(kept, &error))?;
    write_sums(&mut reader, &mut list).map_err(|error| failure(kept, &error))?;
    Ok(list)
}

/// What a receipt says in a line, from its first piece. `None`: it begins as no receipt does.
pub fn sum_of(begin: &[u8]) -> Option<ReceiptSum> {
    let mut reader = ReceiptReader::begin(begin).ok()?;
    let counts = reader.head().counts;
    let first = reader.entry().ok()?;
    let root = first.and_then(|entry| entry.path().components().next().map(shown_bytes));
    Some(ReceiptSum { name: root.unwrap_or_default(), counts })
}

fn bad(path: &Path) -> Failure {
    Failure::here(FailureKind::BadReceipt).about(path.display().to_string())
}

fn failure(path: &Path, error: &ReceiptError) -> Failure {
    let failure = match error {
        ReceiptError::Read(_) | ReceiptError::Write(_) => {
            Failure::here(FailureKind::ReceiptUnreadable).about(path.display().to_string())
        }
        ReceiptError::Truncated { .. }
        | ReceiptError::Version(_)
        | ReceiptError::Malformed { .. }
        | ReceiptError::Path { .. }
        | ReceiptError::Entry { .. }
        | ReceiptError::Order
        | ReceiptError::Counts => bad(path),
    };
    failure.because(chain(error))
}
