//! What names a transfer on both sides.

use std::fmt;

/// Fewer hex digits than this (32 bits) are no way to name a transfer: a slip of the finger would find another one. So these are
/// what people are shown and type.
const MIN_PREFIX: usize = 8;

/// 16 random bytes, made by the sender for each offer. Never trusted to be unique: the engine has keys of its own.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
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

    /// The first 8 hex digits: enough to name it by, for people.
    pub fn short(&self) -> String {
        let mut digits = self.to_string();
        digits.truncate(MIN_PREFIX);
        digits
    }

    /// Whether the id begins with this text: at least 8 hex digits of any case, blanks around them ignored.
    pub fn has_prefix(&self, text: &str) -> bool {
        let wanted = text.trim().to_ascii_lowercase();
        wanted.len() >= MIN_PREFIX && self.to_string().starts_with(&wanted)
    }
}

impl fmt::Display for TransferId {
    /// All 32 hex digits, in lower case.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", u128::from_be_bytes(self.0))
    }
}

impl fmt::Debug for TransferId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TransferId({:016x})", u128::from_be_bytes(self.0) >> 64)
    }
}
