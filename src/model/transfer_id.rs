//! What names a transfer on both sides.

use std::fmt;

/// 16 random bytes, made by the sender for each offer. Never trusted to be unique: the engine has keys of its own.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct TransferId([u8; 16]);

impl TransferId {
    /// From the 16 raw bytes.
    pub fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// The 16 raw bytes.
    pub fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }

    /// The first 16 hex digits: what stands in the name of a part file.
    pub fn short(&self) -> String {
        format!("{:016x}", u128::from_be_bytes(self.0) >> 64)
    }
}

impl fmt::Debug for TransferId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TransferId({})", self.short())
    }
}
