//! Hashing the beginning of a source without sending it.

use std::sync::atomic::{AtomicBool, Ordering};

use sha2::{Digest as _, Sha256};

use crate::model::size;
use crate::storage::{Run, SourceError, SourceFile};

/// One read.
const PIECE: usize = 256 * 1024;

/// What a hole reads as.
static ZEROS: [u8; 64 * 1024] = [0; 64 * 1024];

/// Hashes the next `length` bytes, by way of a buffer that is used again. `false` if it was stopped, or the file is shorter. Errors: [`SourceError`].
pub(super) fn hash(
    file: &mut SourceFile,
    length: u64,
    hasher: &mut Sha256,
    (buffer, stop): (&mut Vec<u8>, &AtomicBool),
) -> Result<bool, SourceError> {
    let piece = size::at_most(length, PIECE);
    if buffer.len() < piece {
        buffer.resize(piece, 0);
    }
    let mut left = length;
    while left > 0 {
        if stop.load(Ordering::Acquire) {
            return Ok(false);
        }
        let count = match file.run()? {
            None => return Ok(false),
            Some(Run::Hole(hole)) => {
                let hole = hole.min(left);
                file.skip(hole);
                zeros(hole, hasher, stop);
                hole
            }
            Some(Run::Data(data)) => {
                let room = size::at_most(data.min(left), piece);
                let count = file.read(buffer.get_mut(..room).unwrap_or_default())?;
                hasher.update(buffer.get(..count).unwrap_or_default());
                size::from_len(count)
            }
        };
        left -= count;
    }
    Ok(true)
}

/// Hashes zeros. Ends early if it is stopped: the hash is of no use then, and nobody will look at it.
pub(super) fn zeros(count: u64, hasher: &mut Sha256, stop: &AtomicBool) {
    let mut left = count;
    while left > 0 && !stop.load(Ordering::Acquire) {
        let piece = size::at_most(left, ZEROS.len());
        hasher.update(ZEROS.get(..piece).unwrap_or_default());
        left -= size::from_len(piece);
    }
}
