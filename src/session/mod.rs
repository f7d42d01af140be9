//! One connection's conversation, over any AsyncRead + AsyncWrite: greeting, then an offer, its answer and the bytes.
//!
//! `send` and `receive` are the two halves of `docs/protocol.md` §4, written so that the order of the protocol is the
//! order of the lines. `link` carries frames both ways at once; `pump` and `sink` do the disk's work beside it.

mod error;
mod hello;
mod ledger;
mod limit;
mod link;
mod manifest;
mod meter;
mod pace;
mod pool;
mod pump;
mod receive;
mod request;
mod send;
mod sink;
mod timing;

pub use error::{Lie, LinkError, SessionError};
pub use hello::{hello, introduce, introduce_back, own_hello};
pub use ledger::{Counts, Ledger};
pub use limit::{MIN_LIMIT, SpeedLimit, SpeedLimits};
pub use link::{Incoming, Link};
pub use manifest::{Cursor, Manifest, ManifestLimits};
pub use meter::Meter;
pub use pool::{Block, Pool};
pub use receive::{Offered, ReceiveEnd, Receiving, Verdict, decline, read_offer, receive, wait_for_verdict};
pub use request::{Request, remember_me, request};
pub use send::{Remembered, SendEnd, SendJob, send};
pub use timing::Timing;
