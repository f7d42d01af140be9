//! What can go wrong with sockets.

use std::io;
use std::net::SocketAddr;

/// A connection that did not come about.
#[derive(Debug, thiserror::Error)]
pub enum NetError {
    /// The resolver knows no address for the name.
    #[error("no address for {host:?}")]
    NameNotFound {
        /// The name.
        host: String,
        /// The resolver's word, if it had one.
        source: Option<io::Error>,
    },
    /// The computer is there, the port is closed.
    #[error("{address} refused the connection")]
    NobodyListens {
        /// Where.
        address: SocketAddr,
    },
    /// No answer in time, or no way there.
    #[error("{address} cannot be reached")]
    Unreachable {
        /// Where.
        address: SocketAddr,
        /// `None` = no answer in time.
        source: Option<io::Error>,
    },
    /// Something answers, but not as Sampan does.
    #[error("what answers at {address} is no Sampan")]
    NotSampan {
        /// Where.
        address: SocketAddr,
        /// How that showed; `None` = silence until the time limit.
        source: Option<io::Error>,
    },
    /// It has no place for another session now.
    #[error("{address} has no place for another session")]
    NoPlace {
        /// Where.
        address: SocketAddr,
    },
    /// A Sampan of another major version.
    #[error("{address} speaks another major version of the protocol")]
    OtherVersion {
        /// Where.
        address: SocketAddr,
    },
}

/// A port that cannot be listened on.
#[derive(Debug, thiserror::Error)]
pub enum ListenError {
    /// Somebody else has it.
    #[error("address already in use: {0}")]
    InUse(SocketAddr),
    /// The address is not this computer's, or may not be used.
    #[error("cannot listen on {address}")]
    Denied {
        /// Which.
        address: SocketAddr,
        /// The system's word.
        source: io::Error,
    },
}

/// A key no certificate can be made from.
#[derive(Debug, thiserror::Error)]
#[error("the device's key is not a usable Ed25519 key: {0}")]
pub struct UnusableKey(pub(crate) String);
