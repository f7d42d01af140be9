//! What both sides hash alike: zeros that nobody reads or sends, and pieces by way of a buffer that is used again.

use std::sync::atomic::{AtomicBool, Ordering};

use sha2::{Digest as _, Sha256};

use crate::model::size;

/// One read.
const PIECE: usize = 256 * 1024;

/// Hashes zeros. `false`: it was stopped before it had all of them, for a frame of a few bytes can stand for any number.
pub(super) fn zeros(count: u64, hasher: &mut Sha256, stop: &AtomicBool) -> bool {
    static ZEROS: [u8; 64 * 1024] = [0; 64 * 1024];
    let mut left = count;
    while left > 0 {
        if stop.load(Ordering::Acquire) {
            return false;
        }
        let piece = size::at_most(left, ZEROS.len());
        hasher.update(ZEROS.get(..piece).unwrap_or_default());
        left -= size::from_len(piece);
    }
    true
}

/// Makes room in a buffer for reading so many bytes, and gives how many are read at once.
pub(super) fn room_for(length: u64, buffer: &mut Vec<u8>) -> usize {
    let piece = size::at_most(length, PIECE);
    if buffer.len() < piece {
        buffer.resize(piece, 0);
    }
    piece
}

#[cfg(test)]
mod tests {
    use std::thread;

    use super::*;

    #[test]
    fn zeros_without_end_are_hashed_until_somebody_stops_it() {
        let stop = AtomicBool::new(false);
        thread::scope(|scope| {
            let all = scope.spawn(|| zeros(u64::MAX, &mut Sha256::new(), &stop));
            stop.store(true, Ordering::Release);
            assert!(!all.join().unwrap());
        });
        let (mut hasher, go_on) = (Sha256::new(), AtomicBool::new(false));
        assert!(zeros(100_000, &mut hasher, &go_on));
        assert_eq!(hasher.finalize(), Sha256::digest(vec![0; 100_000]));
    }
}
