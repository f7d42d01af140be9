//! A receipt that comes page by page, kept and checked on the way.

use std::io::{self, Read};
use std::sync::Arc;

use tokio::sync::mpsc;

use crate::model::{Moment, ReceiptEntry, ReceiptKind, Seal};
use crate::session::receipt::{Entries, Parties, ReceiptFailure, SignedReceipt, SignerOf, spool};
use crate::session::{Ledger, ManifestLimits, SessionError};
use crate::storage::{Spool, SpoolError};
use crate::wire::ReceiptReader;

/// A receipt that is coming.
pub(in crate::session) struct ComingReceipt {
    parties: Parties,
    ledger: Arc<Ledger>,
    signer_of: SignerOf,
    spool: Spool,
}

impl ComingReceipt {
    pub(in crate::session) fn new(
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
    pub(in crate::session) fn take(
        self,
        pages: mpsc::Receiver<Vec<u8>>,
    ) -> Result<SignedReceipt, SessionError> {
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
