//! Buffers that are made once and used again, so that bytes move through memory that is still in the cache.

use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::model::size;
use crate::wire::HEAD_BYTES;

/// File bytes in a block. A quarter megabyte leaves room for sender and receiver in one core's second-level cache;
/// larger blocks measured slower, smaller ones cost more wake-ups.
pub(super) const BLOCK_PAYLOAD: usize = 256 * 1024;

/// A block's whole length: a chunk's head, its bytes, and room for the control frames between small files.
pub(super) const BLOCK_BYTES: usize = BLOCK_PAYLOAD + HEAD_BYTES + 4 * 1024;

/// Blocks of one direction of one session: 2 MiB, enough for disk and network to be busy at the same time.
const BLOCKS: u32 = 8;

/// Where blocks come from. Bounds what a session holds in memory.
#[derive(Debug)]
pub struct Pool {
    free: Mutex<Vec<Box<[u8]>>>,
    permits: Arc<Semaphore>,
}

/// A buffer on loan: full up to a mark, empty behind it. Goes back when dropped.
#[derive(Debug)]
pub struct Block {
    bytes: Box<[u8]>,
    filled: usize,
    /// File bytes among them, for the progress of who sends them.
    pub(super) payload: u64,
    pool: Arc<Pool>,
    _permit: OwnedSemaphorePermit,
}

/// Some of the bytes of a block, which goes back when nobody has a piece of it any more.
#[derive(Debug)]
pub struct Piece {
    block: Arc<Block>,
    range: Range<usize>,
}

impl Piece {
    /// These bytes of a block; none where it is not filled so far.
    pub(super) fn of(block: &Arc<Block>, range: Range<usize>) -> Self {
        Self { block: Arc::clone(block), range }
    }

    /// The bytes.
    pub fn bytes(&self) -> &[u8] {
        self.block.filled().get(self.range.clone()).unwrap_or_default()
    }
}

impl Pool {
    /// An empty pool; blocks are made when first asked for.
    pub fn new() -> Arc<Self> {
        Arc::new(Self {
            free: Mutex::new(Vec::new()),
            permits: Arc::new(Semaphore::new(size::to_len(BLOCKS.into()))),
        })
    }

    /// An empty block; waits until one is free.
    pub async fn take(self: &Arc<Self>) -> Block {
        let permit = Arc::clone(&self.permits).acquire_owned().await.expect("the semaphore is never closed");
        let used = self.free.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let bytes = used.unwrap_or_else(|| vec![0; BLOCK_BYTES].into_boxed_slice());
        Block { bytes, filled: 0, payload: 0, pool: Arc::clone(self), _permit: permit }
    }

    /// Waits until nobody has a block any more. For who takes none meanwhile, and only as long as there is a link: with that
    /// all blocks come back. Safe to drop while waiting.
    pub(super) async fn all_back(&self) {
        drop(self.permits.acquire_many(BLOCKS).await);
    }
}

impl Block {
    /// The bytes in it.
    pub fn filled(&self) -> &[u8] {
        self.bytes.get(..self.filled).unwrap_or_default()
    }

    /// Room behind them.
    pub fn room(&mut self) -> &mut [u8] {
        self.bytes.get_mut(self.filled..).unwrap_or_default()
    }

    /// The first `count` bytes of the room.
    pub(super) fn behind(&self, count: usize) -> &[u8] {
        self.bytes.get(self.filled..self.filled + count).unwrap_or_default()
    }

    /// Counts the first `count` bytes of the room as filled.
    pub fn advance(&mut self, count: usize) {
        self.filled = (self.filled + count).min(self.bytes.len());
    }

    /// Appends bytes if there is room for all of them.
    #[must_use]
    pub fn push(&mut self, bytes: &[u8]) -> bool {
        let Some(room) = self.room().get_mut(..bytes.len()) else { return false };
        room.copy_from_slice(bytes);
        self.advance(bytes.len());
        true
    }

    /// Forgets all bytes from `length` on.
    pub(super) fn truncate(&mut self, length: usize) {
        self.filled = self.filled.min(length);
    }

    /// Replaces bytes that were pushed before, at `position`.
    pub(super) fn patch(&mut self, position: usize, bytes: &[u8]) {
        if let Some(place) = self.bytes.get_mut(position..position + bytes.len()) {
            place.copy_from_slice(bytes);
        }
    }
}

impl Drop for Block {
    fn drop(&mut self) {
        let bytes = std::mem::take(&mut self.bytes);
        self.pool.free.lock().unwrap_or_else(PoisonError::into_inner).push(bytes);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_pool_lends_no_more_than_it_has_and_takes_blocks_back() {
        let pool = Pool::new();
        let mut lent = Vec::new();
        for _ in 0..BLOCKS {
            lent.push(pool.take().await);
        }
        assert_eq!(pool.permits.available_permits(), 0);
        lent.clear();
        let mut block = pool.take().await;
        assert!(block.filled().is_empty());
        assert!(block.push(b"abc"));
        assert_eq!(block.filled(), b"abc");
        assert!(!block.push(&vec![0; BLOCK_BYTES]));
        assert_eq!(pool.free.lock().unwrap().len(), size::to_len(BLOCKS.into()) - 1);
    }
}
