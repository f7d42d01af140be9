//! How large a block may be so that it leaves the line within 100 ms: a cancel or a ping behind it then arrives soon.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use crate::session::pool::{BLOCK_BYTES, BLOCK_PAYLOAD};

/// The smallest block's file bytes: below it, heads and system calls would cost more than they carry.
const MIN_PAYLOAD: usize = 16 * 1024;

/// What one block may take on the line.
const MAX_ON_LINE: Duration = Duration::from_millis(100);

/// Shared by the writer, which measures, and the pump, which obeys.
#[derive(Debug)]
pub(super) struct Pace(AtomicUsize);

impl Pace {
    pub(super) fn new() -> Self {
        Self(AtomicUsize::new(BLOCK_PAYLOAD))
    }

    /// File bytes the next chunk may have.
    pub(super) fn payload(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }

    /// Bytes the next block may have, frames and all.
    pub(super) fn block(&self) -> usize {
        self.payload() + (BLOCK_BYTES - BLOCK_PAYLOAD)
    }

    /// A block took this long to be written.
    pub(super) fn took(&self, time: Duration) {
        let payload = self.payload();
        let next = if time > MAX_ON_LINE {
            (payload / 2).max(MIN_PAYLOAD)
        } else if time < MAX_ON_LINE / 4 {
            (payload * 2).min(BLOCK_PAYLOAD)
        } else {
            payload
        };
        self.0.store(next, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_shrink_on_a_slow_line_and_grow_again() {
        let pace = Pace::new();
        for _ in 0..20 {
            pace.took(Duration::from_secs(1));
        }
        assert_eq!(pace.payload(), MIN_PAYLOAD);
        pace.took(Duration::from_millis(50));
        assert_eq!(pace.payload(), MIN_PAYLOAD);
        for _ in 0..20 {
            pace.took(Duration::from_millis(1));
        }
        assert_eq!(pace.payload(), BLOCK_PAYLOAD);
    }
}
