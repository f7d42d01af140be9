//! What each side of a pairing says first.

use std::fmt;

/// A SPAKE2 message: one byte for the role, 32 for a point. Says nothing about the code, and proves nothing yet: whether
/// it is a point at all is for `pairing` to find out.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Share([u8; Share::BYTES]);

impl Share {
    /// Its size on the wire.
    pub const BYTES: usize = 33;

    /// From its 33 raw bytes.
    pub fn from_bytes(bytes: [u8; Self::BYTES]) -> Self {
        Self(bytes)
    }

    /// The 33 raw bytes.
    pub fn as_bytes(&self) -> &[u8; Self::BYTES] {
        &self.0
    }
}

impl fmt::Debug for Share {
    /// Without the bytes: no log needs to know what an eavesdropper would look for.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Share(…)")
    }
}
