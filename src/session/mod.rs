//! One connection's conversation, over any AsyncRead + AsyncWrite: greeting, then an offer, its answer and the bytes.
//!
//! `send` and `receive` are the two halves of `docs/protocol.md` §4, written so that the order of the protocol is the
//! order of the lines. `link` carries frames both ways at once; `pump` and `sink` do the disk's work beside it.

mod error;
mod halt;
mod hashing;
mod hello;
mod ledger;
mod limit;
mod link;
mod manifest;
mod many;
mod meter;
mod pace;
mod plan;
mod pool;
mod questions;
mod receipt;
mod receive;
mod request;
mod room;
mod send;
mod stopper;
mod timing;

pub use error::{Lie, LinkError, SessionError};
pub use halt::Halt;
pub use hello::{hello, introduce, introduce_back, own_hello};
pub use ledger::{Counts, Ledger, LeftOut, ListedCounts, ListedFile, Which};
pub use limit::{MIN_LIMIT, SpeedLimit, SpeedLimits};
pub use link::{Incoming, Link};
pub use manifest::{Cursor, Manifest, ManifestLimits, Shape};
pub use meter::Meter;
pub use plan::{Action, Choices, Plan};
pub use pool::{Block, Piece, Pool};
pub use questions::Questions;
pub use receipt::{Parties, ReceiptBytes, Sealer, SignedReceipt, SignerOf};
pub use receive::{
    Ahead, Look, Looked, Notary, Offered, Past, Place, ReceiveEnd, ReceiveNews, Receiving, Verdict, decline,
    look, read_offer, receive, say_all, say_plan, wait_for_verdict,
};
pub use request::{Request, remember_me, request};
pub use room::{OfferRoom, OfferShare, RoomLimits};
pub use send::{Listing, Remembered, SendEnd, SendJob, SendNews, Wanted, send};
pub use timing::Timing;
