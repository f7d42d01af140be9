//! Hashing the beginning of a source without sending it.

use std::sync::atomic::{AtomicBool, Ordering};

use sha2::{Digest as _, Sha256};

use crate::model::size;
use crate::session::hashing::{room_for, zeros};
use crate::storage::{Run, SourceError, SourceFile};

/// Hashes the next `length` bytes, by way of a buffer that is used again. `false` if it was stopped, or the file is shorter. Errors: [`SourceError`].
pub(super) fn hash(
    file: &mut SourceFile,
    length: u64,
    hasher: &mut Sha256,
    (buffer, stop): (&mut Vec<u8>, &AtomicBool),
) -> Result<bool, SourceError> {
    let piece = room_for(length, buffer);
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
                if !zeros(hole, hasher, stop) {
                    return Ok(false);
                }
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
