//! The receiver's half of a transfer (`docs/protocol.md` §4.4 to §4.9).

mod ahead;
mod answers;
mod bytes;
mod compare;
mod hashing;
mod look;
mod missing;
mod offer;
mod order;
mod past;
mod sink;

pub use ahead::Ahead;
pub use bytes::{ReceiveEnd, ReceiveNews, Receiving, receive};
pub use look::{Look, Looked, look};
pub use offer::{Offered, Verdict, decline, read_offer, say_all, say_plan, wait_for_verdict};
pub use past::Past;
pub use sink::{Notary, Place};
