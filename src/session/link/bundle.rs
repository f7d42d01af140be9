//! Frames that came together, handed on together: ten thousand small files are then not thirty thousand times waking somebody.

use std::ops::Range;
use std::sync::Arc;

use crate::session::{Block, Incoming, Piece};
use crate::wire::Frame;

/// Frames and pieces in a bundle …
const ITEMS: usize = 128;

/// … bytes of its pieces: the disk begins with them while the next ones come …
const PIECE_BYTES: usize = 128 * 1024;

/// … and bytes of its frames, as they came.
const FRAME_BYTES: usize = 64 * 1024;

/// Frames in the order in which they came.
#[derive(Debug, Default)]
pub(super) struct Bundle {
    items: Vec<Item>,
    piece_bytes: usize,
    frame_bytes: usize,
}

#[derive(Debug)]
enum Item {
    Frame(Frame),
    /// Where these bytes are in the block.
    Chunk(Range<usize>),
}

impl Bundle {
    /// Adds a frame whose body had this many bytes.
    pub(super) fn add_frame(&mut self, frame: Frame, bytes: usize) {
        self.items.push(Item::Frame(frame));
        self.frame_bytes += bytes;
    }

    /// Adds bytes of a chunk: where they are in the block that goes with the bundle.
    pub(super) fn add_piece(&mut self, range: Range<usize>) {
        self.piece_bytes += range.len();
        self.items.push(Item::Chunk(range));
    }

    /// Whether it is worth handing on.
    pub(super) fn is_full(&self) -> bool {
        self.items.len() >= ITEMS || self.piece_bytes >= PIECE_BYTES || self.frame_bytes >= FRAME_BYTES
    }

    pub(super) fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    /// Whether it needs the block.
    pub(super) fn has_pieces(&self) -> bool {
        self.piece_bytes > 0
    }

    /// What came, with its pieces of the block.
    pub(super) fn into_incoming(self, block: Option<&Arc<Block>>) -> Vec<Incoming> {
        let incoming = self.items.into_iter().filter_map(|item| match item {
            Item::Frame(frame) => Some(Incoming::Frame(frame)),
            Item::Chunk(range) => Some(Incoming::Chunk(Piece::of(block?, range))),
        });
        incoming.collect()
    }
}
