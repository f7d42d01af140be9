//! Bytes to types and back: `docs/protocol.md` as code. No I/O; whatever bytes come in, what comes out is a value that
//! is right or a [`WireError`] that names its object.

mod body;
mod decision_page;
mod digests;
mod entry_range;
mod frame;
mod greeting;
mod head;
mod kind;
pub mod limits;
mod manifest_page;
mod reason;
mod receipt;

pub use decision_page::DecisionPage;
pub use digests::{Beginning, MAX_QUESTIONS};
pub use entry_range::EntryRange;
pub use frame::{Frame, Offer, Purpose};
pub use greeting::{Hello, Introduction, Login};
pub use head::{FrameHead, HEAD_BYTES, chunk_head};
pub use kind::Kind;
pub(crate) use manifest_page::Totals;
pub use manifest_page::{ManifestPage, PageWriter, is_sendable};
pub use reason::{AbortReason, Bye, ByeReason, FailReason};
pub use receipt::{ReceiptError, ReceiptReader, ReceiptWriter, Unsealed, write_sums};

use crate::model::RelPathError;

/// ALPN of this major version; the handshake settles it before the first frame.
pub const ALPN: &[u8] = b"sampan/1";

/// What every major version's ALPN begins with: tells another version from no Sampan at all.
pub const ALPN_FAMILY: &[u8] = b"sampan/";

/// Bytes that are no frame of `sampan/1`. Always the peer's fault; ends the session.
#[derive(Debug, thiserror::Error)]
pub enum WireError {
    /// The two reserved bytes of the head are not zero.
    #[error("reserved bytes of a frame head are {0:#06x}, not 0")]
    Reserved(u16),
    /// A kind this version does not know, and not marked as optional.
    #[error("frame of unknown kind {0:#04x}")]
    UnknownKind(u8),
    /// A body longer than its kind allows.
    #[error("{kind} frame of {length} bytes; at most {limit} are allowed")]
    TooLong {
        /// The kind.
        kind: Kind,
        /// The length the head names.
        length: u32,
        /// The kind's limit.
        limit: u32,
    },
    /// A chunk without bytes: it would cost work and move nothing.
    #[error("an empty Chunk frame")]
    EmptyChunk,
    /// A body that is not the CBOR its kind has.
    #[error("the body of a {kind} frame is not as it should be: {reason}")]
    Malformed {
        /// The kind.
        kind: Kind,
        /// What the decoder said, or which rule was broken.
        reason: String,
    },
    /// A manifest entry whose path is none.
    #[error("an entry's path is refused")]
    Path(#[source] RelPathError),
}
