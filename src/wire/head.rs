//! The 8 bytes before every body.

use crate::wire::{Kind, WireError, limits};

/// Length of a frame head in bytes.
pub const HEAD_BYTES: usize = 8;

/// Flag bit 0: a receiver that does not know the kind skips the frame instead of ending the session.
const OPTIONAL: u8 = 1;

/// A frame head whose kind may carry a body of this length.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FrameHead {
    /// A kind we know, and the length of its body.
    Known(Kind, u32),
    /// A kind we do not know, marked as optional: skip this many bytes.
    Skip(u32),
}

impl FrameHead {
    /// Reads a head: kind, flags, reserved u16, length u32, big-endian.
    /// Errors: [`WireError`] for reserved bytes, unknown kinds and bodies over their limit.
    pub fn parse(bytes: [u8; HEAD_BYTES]) -> Result<Self, WireError> {
        let [number, flags, r0, r1, l0, l1, l2, l3] = bytes;
        let reserved = u16::from_be_bytes([r0, r1]);
        if reserved != 0 {
            return Err(WireError::Reserved(reserved));
        }
        let length = u32::from_be_bytes([l0, l1, l2, l3]);
        match Kind::from_number(number) {
            Some(kind) if length > limits::max_body(kind) => {
                Err(WireError::TooLong { kind, length, limit: limits::max_body(kind) })
            }
            Some(Kind::Chunk) if length == 0 => Err(WireError::EmptyChunk),
            Some(kind) => Ok(Self::Known(kind, length)),
            None if flags & OPTIONAL == 0 || length > limits::MAX_CONTROL => {
                Err(WireError::UnknownKind(number))
            }
            None => Ok(Self::Skip(length)),
        }
    }
}

/// The head of a frame of `kind` with a body of `length` bytes.
pub(crate) fn head(kind: Kind, length: u32) -> [u8; HEAD_BYTES] {
    let [l0, l1, l2, l3] = length.to_be_bytes();
    [kind.number(), 0, 0, 0, l0, l1, l2, l3]
}

/// The head of a chunk of `length` raw bytes, 1 to [`limits::MAX_CHUNK`].
pub fn chunk_head(length: u32) -> [u8; HEAD_BYTES] {
    head(Kind::Chunk, length)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_byte_over_a_kinds_limit_is_refused_and_the_limit_is_not() {
        for kind in Kind::ALL {
            let limit = limits::max_body(*kind);
            assert_eq!(FrameHead::parse(head(*kind, limit)).unwrap(), FrameHead::Known(*kind, limit));
            assert!(matches!(FrameHead::parse(head(*kind, limit + 1)), Err(WireError::TooLong { .. })));
        }
    }

    #[test]
    fn unknown_kinds_end_the_session_unless_they_are_optional() {
        assert!(matches!(FrameHead::parse([0xee, 0, 0, 0, 0, 0, 0, 5]), Err(WireError::UnknownKind(0xee))));
        assert_eq!(FrameHead::parse([0xee, 1, 0, 0, 0, 0, 0, 5]).unwrap(), FrameHead::Skip(5));
        assert!(FrameHead::parse([0xee, 1, 0, 0, 0xff, 0, 0, 5]).is_err());
    }

    #[test]
    fn reserved_bytes_and_empty_chunks_are_refused() {
        assert!(matches!(FrameHead::parse([1, 0, 0, 7, 0, 0, 0, 0]), Err(WireError::Reserved(7))));
        assert!(matches!(FrameHead::parse(chunk_head(0)), Err(WireError::EmptyChunk)));
    }
}
