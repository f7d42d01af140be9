//! What ends a session before its time.

use std::io;
use std::path::PathBuf;
use std::time::Duration;

use crate::model::{EntryIndex, Failure};
use crate::session::Counts;
use crate::storage::SpoolError;
use crate::wire::{Bye, Kind, WireError};

/// The connection itself.
#[derive(Debug, thiserror::Error)]
pub enum LinkError {
    /// The peer sent what is no frame.
    #[error("the peer broke the protocol")]
    Wire(#[from] WireError),
    /// A frame that is not even read before both sides introduced themselves.
    #[error("a {0} frame came before the greeting was over")]
    Early(Kind),
    /// More than a greeting needs.
    #[error("the greeting has more than {0} bytes")]
    Talkative(u64),
    /// The peer closed between two frames.
    #[error("the peer closed the connection")]
    Closed,
    /// The peer closed inside a frame.
    #[error("the connection ended inside a frame")]
    Truncated,
    /// A read was pending for this long and nothing came, not even a ping.
    #[error("nothing came from the peer for {} s", .0.as_secs())]
    Silent(Duration),
    /// The system says the connection is broken.
    #[error("the connection broke")]
    Broken(#[source] io::Error),
}

impl LinkError {
    /// Whether the line is gone, and nobody broke a rule.
    pub fn is_lost(&self) -> bool {
        match self {
            Self::Closed | Self::Truncated | Self::Silent(_) | Self::Broken(_) => true,
            Self::Wire(_) | Self::Early(_) | Self::Talkative(_) => false,
        }
    }
}

/// The conversation over it.
#[derive(Debug, thiserror::Error)]
pub enum SessionError {
    /// The connection ended.
    #[error(transparent)]
    Link(#[from] LinkError),
    /// A frame that may not come now.
    #[error("expected {expected}, the peer sent {got}")]
    Unexpected {
        /// What may come now.
        expected: &'static str,
        /// What came.
        got: Kind,
    },
    /// The peer did not do this in time.
    #[error("the peer did not {what} within {} s", .limit.as_secs())]
    Late {
        /// What was due.
        what: &'static str,
        /// How long it had.
        limit: Duration,
    },
    /// The peer ended the session and said why.
    #[error("the peer left: {0}")]
    Left(Bye),
    /// An entry's frames disagree with what was offered.
    #[error("entry {entry}: {what}")]
    Lie {
        /// Which.
        entry: EntryIndex,
        /// How.
        what: Lie,
    },
    /// The manifest does not add up.
    #[error("wrong manifest: {0}")]
    Manifest(&'static str),
    /// Other offers take the room there is for lists: nobody's fault.
    #[error("the lists of other offers take all the room there is")]
    Crowded,
    /// Another session takes the same transfer in: of another process, or one that does not come to its end. Nobody's fault.
    // Without the folder: the peer reads this.
    #[error("another session takes in the same transfer")]
    InUse {
        /// The target folder, for a person here.
        folder: PathBuf,
    },
    /// The manifest, or the receipt, cannot be kept: this computer's trouble, not the peer's.
    #[error("what is known of the transfer cannot be kept")]
    Spool(#[from] SpoolError),
    /// All arrived, and that cannot be written down: this computer's trouble. The sender asks again.
    #[error("what arrived cannot be recorded")]
    Unrecorded(Failure),
    /// The receipt is not that of this transfer.
    #[error("wrong receipt: {0}")]
    Receipt(&'static str),
    /// The peer's totals are not ours.
    #[error("the peer counts {theirs:?} where we count {ours:?}")]
    Miscounted {
        /// The peer's count.
        theirs: Counts,
        /// Ours.
        ours: Counts,
    },
    /// The sender began a new session for the same transfer, which goes on in place of this one.
    #[error("the sender began a new session")]
    Superseded,
    /// This program ends, and nobody cancelled: the transfer can go on later.
    #[error("the program ends")]
    Leaving,
    /// A task of ours ended without a word: a bug.
    #[error("a part of the program stopped: {0}")]
    Internal(&'static str),
}

/// How an entry's frames can disagree with the offer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Lie {
    /// Not the entry whose turn it is.
    #[error("out of turn")]
    OutOfTurn,
    /// Header or trailer name another size than the manifest, or an offset nobody asked for.
    #[error("its size or offset is not what was offered")]
    Size,
    /// More bytes than its size.
    #[error("more bytes than it said")]
    TooMany,
    /// Fewer bytes than its size.
    #[error("fewer bytes than it said")]
    TooFew,
    /// Reported saved or failed twice, or before it was sent.
    #[error("reported when nothing was to report")]
    Report,
    /// Decided about twice, out of order, or about what was not offered.
    #[error("decided about in a way that makes no sense")]
    Decision,
    /// A digest is asked for of what was not offered, or too often.
    #[error("asked about more than there is to ask")]
    Question,
    /// A digest that nobody asked for.
    #[error("told a digest that nobody asked for")]
    Answer,
}

impl SessionError {
    /// Whether the peer's program is at fault, so that it should be told with a Bye.
    pub fn is_peers_fault(&self) -> bool {
        match self {
            Self::Link(LinkError::Wire(_) | LinkError::Early(_) | LinkError::Talkative(_))
            | Self::Unexpected { .. }
            | Self::Late { .. }
            | Self::Lie { .. }
            | Self::Manifest(_)
            | Self::Receipt(_)
            | Self::Miscounted { .. } => true,
            Self::Link(
                LinkError::Closed | LinkError::Truncated | LinkError::Silent(_) | LinkError::Broken(_),
            )
            | Self::Left(_)
            | Self::Crowded
            | Self::InUse { .. }
            | Self::Spool(_)
            | Self::Unrecorded(_)
            | Self::Superseded
            | Self::Leaving
            | Self::Internal(_) => false,
        }
    }
}
