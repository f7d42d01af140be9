//! The kinds of frames and their numbers.

use std::fmt;

/// Declares the kinds once: variant, number.
macro_rules! kinds {
    ($($(#[$doc:meta])* $variant:ident = $number:literal),+ $(,)?) => {
        /// A frame's kind. Numbers that later versions will use (and no other may) are listed in `docs/protocol.md`.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[repr(u8)]
        pub enum Kind { $($(#[$doc])* $variant = $number),+ }

        impl Kind {
            /// All kinds, in the order of their numbers.
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            /// The kind with this number.
            pub fn from_number(number: u8) -> Option<Self> {
                match number { $($number => Some(Self::$variant),)+ _ => None }
            }

            /// The number on the wire.
            pub fn number(self) -> u8 {
                match self { $(Self::$variant => $number),+ }
            }
        }
    };
}

kinds! {
    /// Version and features; first in both directions.
    Hello = 0x01,
    /// The device's name, once it may be told.
    Introduce = 0x02,
    /// Nothing to say, still here.
    Ping = 0x03,
    /// Why this side ends the session.
    Bye = 0x04,
    /// A side's half of the pairing: proves nothing yet.
    PairShare = 0x05,
    /// The proof of the code.
    PairConfirm = 0x06,
    /// Name and password of an account.
    Login = 0x07,
    /// Pairing was all: please remember this device.
    Remember = 0x08,
    /// Whether it is remembered.
    Remembered = 0x09,
    /// A transfer is offered.
    Offer = 0x10,
    /// Some of its entries.
    ManifestPage = 0x11,
    /// Its totals.
    ManifestEnd = 0x12,
    /// The receiver asks for the digest of an entry's first bytes.
    DigestWanted = 0x13,
    /// The answer.
    Digest = 0x14,
    /// Entries that are not to be sent, or not from their beginning.
    DecisionPage = 0x15,
    /// Yes or no.
    Decision = 0x16,
    /// What the receiver would do; from now on a person or a rule decides.
    Planned = 0x17,
    /// A file begins.
    Header = 0x20,
    /// Some of its bytes, raw.
    Chunk = 0x21,
    /// Zeros of a file, in place of a chunk.
    Hole = 0x22,
    /// A file ends.
    Trailer = 0x23,
    /// A file ends, without success.
    Abort = 0x24,
    /// The last file is through.
    End = 0x25,
    /// Files that are safe on the receiver's disk.
    Saved = 0x30,
    /// A file that could not be saved.
    Failed = 0x31,
    /// The receiver's last word: what arrived.
    Delivered = 0x32,
    /// Some of the signed record of what arrived.
    ReceiptPage = 0x33,
    /// Stop the transfer.
    Cancel = 0x38,
    /// Stopped; nothing of the transfer follows.
    Cancelled = 0x39,
    /// Send nothing more for now.
    Pause = 0x3a,
    /// Go on.
    Resume = 0x3b,
}

impl Kind {
    /// Whether it may come before both sides introduced themselves. All others are not even read then.
    pub fn is_greeting(self) -> bool {
        match self {
            Self::Hello
            | Self::Introduce
            | Self::Ping
            | Self::Bye
            | Self::PairShare
            | Self::PairConfirm
            | Self::Login => true,
            Self::Remember
            | Self::Remembered
            | Self::Offer
            | Self::ManifestPage
            | Self::ManifestEnd
            | Self::DigestWanted
            | Self::Digest
            | Self::DecisionPage
            | Self::Decision
            | Self::Planned
            | Self::Header
            | Self::Chunk
            | Self::Hole
            | Self::Trailer
            | Self::Abort
            | Self::End
            | Self::Saved
            | Self::Failed
            | Self::Delivered
            | Self::ReceiptPage
            | Self::Cancel
            | Self::Cancelled
            | Self::Pause
            | Self::Resume => false,
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self:?}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_go_there_and_back_and_none_stands_for_two() {
        for kind in Kind::ALL {
            assert_eq!(Kind::from_number(kind.number()), Some(*kind));
        }
        let known = (0..=u8::MAX).filter(|number| Kind::from_number(*number).is_some()).count();
        assert_eq!(known, Kind::ALL.len());
    }
}
