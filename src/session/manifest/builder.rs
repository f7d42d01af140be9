//! A manifest while its pages come.

use tokio::task::spawn_blocking;

use crate::model::{EntryIndex, ManifestSummary, size};
use crate::session::SessionError;
use crate::session::manifest::decoded::Decoded;
use crate::session::manifest::{Block, Manifest, ManifestLimits, Shapes};
use crate::storage::{Spool, SpoolError};
use crate::wire::{ManifestPage, Totals};

/// Pages are stored and read together in blocks of at least this many bytes, so that a peer that sends one entry a page
/// makes the index no longer.
const BLOCK: usize = 64 * 1024;

/// What a sender hears that offers more.
const TOO_LONG: SessionError = SessionError::Manifest("it is longer than this version takes");

/// A manifest of which not all pages came yet.
pub(in crate::session) struct ManifestBuilder {
    limits: ManifestLimits,
    totals: Totals,
    shapes: Shapes,
    blocks: Vec<Block>,
    pub(super) spool: Spool,
    /// Pages that wait to be stored together, each behind its length, and the first entry in them.
    waiting: Vec<u8>,
    first: EntryIndex,
}

impl ManifestBuilder {
    /// No page came yet.
    pub(in crate::session) fn new(limits: ManifestLimits) -> Self {
        let spool = Spool::new(limits.place.clone());
        Self {
            limits,
            totals: Totals::default(),
            shapes: Shapes::default(),
            blocks: Vec::new(),
            spool,
            waiting: Vec::new(),
            first: 0,
        }
    }

    /// Takes a page in, in memory. Errors: [`SessionError::Manifest`] when it does not follow or is too much.
    pub(in crate::session) fn add(&mut self, page: &ManifestPage) -> Result<(), SessionError> {
        if !self.totals.add(page) {
            return Err(SessionError::Manifest("a page or a path is out of place, or sizes overflow"));
        }
        if self.totals.body_bytes() > self.limits.bytes || self.totals.entries() > self.limits.entries {
            return Err(TOO_LONG);
        }
        self.shapes.add(page);
        if self.waiting.is_empty() {
            self.first = page.first();
        }
        self.waiting.extend(size::count32(page.body().len()).to_be_bytes());
        self.waiting.extend_from_slice(page.body());
        // In memory this costs nothing; on disk `store_later` does it.
        if self.is_block_full() && !self.stores_on_disk() { self.store() } else { Ok(()) }
    }

    /// Stores what waits once it is worth it. Blocks.
    pub(in crate::session) fn store_full(&mut self) -> Result<(), SessionError> {
        if self.is_block_full() { self.store() } else { Ok(()) }
    }

    /// All pages came, from this program. Blocks.
    pub(in crate::session) fn build(mut self, summary: ManifestSummary) -> Result<Manifest, SessionError> {
        self.store()?;
        Ok(self.into_manifest(summary))
    }

    /// Stores what waits, off the reactor, once it is worth it.
    pub(in crate::session) async fn store_later(mut self) -> Result<Self, SessionError> {
        if !self.is_block_full() {
            return Ok(self);
        }
        let store = move || self.store().map(|()| self);
        let stored = spawn_blocking(store).await;
        stored.map_err(|_| SessionError::Internal("the keeping of a manifest"))?
    }

    /// All pages came, and this is what the peer says of them. Errors: [`SessionError::Manifest`] when it is not so.
    pub(in crate::session) async fn finish(
        mut self,
        said: ManifestSummary,
    ) -> Result<Manifest, SessionError> {
        if said != self.totals.summary(said.unreadable) {
            return Err(SessionError::Manifest("its totals are not those of its pages"));
        }
        if said.entries == 0 {
            return Err(SessionError::Manifest("it is empty"));
        }
        if self.stores_on_disk() {
            let store = move || self.store().map(|()| self);
            let stored = spawn_blocking(store).await;
            self = stored.map_err(|_| SessionError::Internal("the keeping of a manifest"))??;
        } else {
            self.store()?;
        }
        Ok(self.into_manifest(said))
    }

    pub(super) fn into_manifest(self, summary: ManifestSummary) -> Manifest {
        let decoded = Decoded::of(self.blocks.len());
        Manifest { blocks: self.blocks, spool: self.spool, summary, shapes: self.shapes, decoded }
    }

    fn is_block_full(&self) -> bool {
        self.waiting.len() >= BLOCK
    }

    /// Whether storing what waits works on the disk.
    fn stores_on_disk(&self) -> bool {
        self.spool.blocks_for(size::from_len(self.waiting.len()))
    }

    pub(super) fn store(&mut self) -> Result<(), SessionError> {
        if !self.waiting.is_empty() {
            let (offset, length) = (self.spool.length(), self.waiting.len());
            self.spool.append(&self.waiting).map_err(|error| match error {
                SpoolError::OverLimit { .. } => TOO_LONG,
                SpoolError::Full { .. }
                | SpoolError::Create { .. }
                | SpoolError::Write { .. }
                | SpoolError::Read { .. } => SessionError::Spool(error),
            })?;
            self.blocks.push(Block { first: self.first, offset, length });
            self.waiting.clear();
        }
        Ok(())
    }
}
