//! What each side of a pairing says last.

use std::fmt;

use subtle::ConstantTimeEq as _;

/// Proof of having come to the same key. Made and checked by `pairing`; compared in constant time only, and never shown.
#[derive(Clone, Copy)]
pub struct Confirmation([u8; Confirmation::BYTES]);

impl Confirmation {
    /// Its size on the wire.
    pub const BYTES: usize = 32;

    /// From its 32 raw bytes.
    pub fn from_bytes(bytes: [u8; Self::BYTES]) -> Self {
        Self(bytes)
    }

    /// The 32 raw bytes.
    pub fn as_bytes(&self) -> &[u8; Self::BYTES] {
        &self.0
    }
}

impl PartialEq for Confirmation {
    fn eq(&self, other: &Self) -> bool {
        self.0.ct_eq(&other.0).into()
    }
}

impl Eq for Confirmation {}

impl fmt::Debug for Confirmation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Confirmation(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_that_differ_in_one_bit_are_not_equal() {
        let one = Confirmation::from_bytes([7; 32]);
        assert_eq!(one, Confirmation::from_bytes([7; 32]));
        for place in 0..Confirmation::BYTES {
            let mut other = [7; 32];
            other[place] ^= 0x80;
            assert_ne!(one, Confirmation::from_bytes(other), "{place}");
        }
    }
}
