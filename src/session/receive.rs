//! The receiver's half of a transfer (`docs/protocol.md` §4.4 to §4.6).

mod bytes;
mod offer;
mod order;

pub use bytes::{ReceiveEnd, Receiving, receive};
pub use offer::{Offered, Verdict, decline, read_offer, wait_for_verdict};
