//! How large a chunk may be so that it leaves the line within 100 ms: a cancel or a ping behind it then arrives soon.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use crate::session::pool::BLOCK_PAYLOAD;

/// The smallest chunk: below it, heads and system calls would cost more than they carry.
const MIN_CHUNK: usize = 16 * 1024;

/// What one chunk may take on the line.
const MAX_ON_LINE: Duration = Duration::from_millis(100);

/// Shared by the writer, which measures, and the pump, which obeys.
#[derive(Debug)]
pub(super) struct Pace(AtomicUsize);

impl Pace {
    pub(super) fn new() -> Self {
        Self(AtomicUsize::new(BLOCK_PAYLOAD))
    }

    /// Bytes the next chunk may have.
    pub(super) fn chunk(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }

    /// A block took this long to be written.
    pub(super) fn took(&self, time: Duration) {
        let chunk = self.chunk();
        let next = if time > MAX_ON_LINE {
            (chunk / 2).max(MIN_CHUNK)
        } else if time < MAX_ON_LINE / 4 {
            (chunk * 2).min(BLOCK_PAYLOAD)
        } else {
            chunk
        };
        self.0.store(next, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chunks_shrink_on_a_slow_line_and_grow_again() {
        let pace = Pace::new();
        for _ in 0..20 {
            pace.took(Duration::from_secs(1));
        }
        assert_eq!(pace.chunk(), MIN_CHUNK);
        pace.took(Duration::from_millis(50));
        assert_eq!(pace.chunk(), MIN_CHUNK);
        for _ in 0..20 {
            pace.took(Duration::from_millis(1));
        }
        assert_eq!(pace.chunk(), BLOCK_PAYLOAD);
    }
}
