//! A receipt as it is kept: what it says stays bytes here, because its signature is over them.

use crate::model::{DeviceId, Direction, Moment, ReceiptCounts, TransferId};

/// A receipt without its body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptReceipt {
    /// Which way the files went.
    pub direction: Direction,
    /// The transfer's id.
    pub transfer: TransferId,
    /// The other side.
    pub peer: DeviceId,
    /// When it was delivered.
    pub at: Moment,
    /// The length of the body in bytes.
    pub bytes: u64,
    /// The receiver's Ed25519 signature.
    pub signature: [u8; 64],
}

/// What a receipt says, in a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReceiptSum {
    /// The first of its names, ready to be shown; empty where it has none.
    pub name: String,
    /// Its entries in numbers.
    pub counts: ReceiptCounts,
}

impl ReceiptSum {
    /// What did not arrive, with what could not even be read.
    pub fn failed(&self) -> u64 {
        self.counts.failed.saturating_add(self.counts.unreadable)
    }
}

impl KeptReceipt {
    /// The longest body that is kept, in bytes: a receipt of ten million files. What is longer fills the disk of a home.
    pub const MAX_BYTES: u64 = 1_000_000_000;
}
