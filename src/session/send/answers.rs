//! The sender's answers to DigestWanted: read and hashed on a thread of their own, in the order they were asked.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use sha2::{Digest as _, Sha256};
use tokio::sync::mpsc;

use crate::model::{Digest, EntryIndex, size};
use crate::session::send::Listing;
use crate::session::send::hashing::hash;
use crate::session::{Cursor, Ledger};
use crate::storage::SourceError;
use crate::wire::{Beginning, Frame};

/// States of hashes that are kept so that a file that continues need not be read twice. Parts are few: what is small arrives
/// whole or not at all. Beyond these a file is read again.
const KEPT: usize = 1024;

/// What was hashed for an answer, and how far.
#[derive(Debug, Default)]
pub(super) struct Beginnings(Mutex<HashMap<EntryIndex, (u64, Sha256)>>);

impl Beginnings {
    /// The hash of exactly this many first bytes, taken out.
    pub(super) fn take(&self, entry: EntryIndex, length: u64) -> Option<Sha256> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.remove(&entry).filter(|(hashed, _)| *hashed == length).map(|(_, hasher)| hasher)
    }

    fn keep(&self, wish: Beginning, hasher: Sha256) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if all.len() < KEPT || all.contains_key(&wish.entry) {
            all.insert(wish.entry, (wish.length, hasher));
        }
    }
}

/// Everything that answering needs.
pub(super) struct Answers {
    pub(super) listing: Arc<Listing>,
    pub(super) ledger: Arc<Ledger>,
    pub(super) beginnings: Arc<Beginnings>,
    pub(super) wishes: mpsc::Receiver<Vec<Beginning>>,
    pub(super) control: mpsc::Sender<Frame>,
    pub(super) stop: Arc<AtomicBool>,
}

impl Answers {
    /// Answers until nobody asks any more, or it is stopped. Blocks.
    pub(super) fn run(mut self) {
        let (mut cursor, mut buffer) = (Cursor::new(Arc::clone(&self.listing.manifest)), Vec::new());
        while let Some(wishes) = self.wishes.blocking_recv() {
            let answers =
                wishes.into_iter().map(|wish| (wish, self.answer(wish, &mut cursor, &mut buffer))).collect();
            if self.stop.load(Ordering::Acquire)
                || self.control.blocking_send(Frame::Digest(answers)).is_err()
            {
                return;
            }
        }
    }

    /// `None` where it cannot be read, or changed: the receiver then takes it as another file.
    fn answer(&self, wish: Beginning, cursor: &mut Cursor, buffer: &mut Vec<u8>) -> Option<Digest> {
        let seal = self.listing.seal(wish.entry)?;
        let entry = cursor.get(wish.entry).ok()??;
        let mut read = || -> Result<Option<Sha256>, SourceError> {
            let mut file = self.listing.roots.open(entry, seal)?;
            let mut hasher = Sha256::new();
            let is_whole = hash(&mut file, wish.length, &mut hasher, (buffer, &self.stop))?;
            if wish.length == entry.size {
                file.finish()?;
            }
            Ok(is_whole.then_some(hasher))
        };
        let hasher = read()
            .inspect_err(|error| tracing::debug!(failure = %error.failure(), "a digest cannot be told"))
            .ok()??;
        let digest = Digest::from_bytes(hasher.clone().finalize().into());
        if wish.length == entry.size {
            self.ledger.same_digest(wish.entry, digest);
        }
        if size::to_len(wish.length) > 0 {
            self.beginnings.keep(wish, hasher);
        }
        Some(digest)
    }
}
