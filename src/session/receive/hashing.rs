//! Hashing what is here, to be compared with what is offered.

use std::fs::File;
use std::io::Read as _;
use std::sync::atomic::{AtomicBool, Ordering};

use sha2::{Digest as _, Sha256};

use crate::model::size;
use crate::session::hashing::room_for;

/// Hashes the first bytes of a file by way of a buffer that is used again. `None` if it cannot be read so far, or it was
/// stopped. Blocks.
pub(super) fn hash(mut file: File, length: u64, buffer: &mut Vec<u8>, stop: &AtomicBool) -> Option<Sha256> {
    let mut hasher = Sha256::new();
    let piece = room_for(length, buffer);
    let mut left = length;
    while left > 0 {
        if stop.load(Ordering::Acquire) {
            return None;
        }
        let room = size::at_most(left, piece);
        let count = file.read(buffer.get_mut(..room)?).ok().filter(|count| *count > 0)?;
        hasher.update(buffer.get(..count)?);
        left -= size::from_len(count);
    }
    Some(hasher)
}
