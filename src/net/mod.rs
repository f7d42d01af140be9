//! Sockets: TLS with this device's certificate, dialling, listening. Knows nothing of frames.
//!
//! A [`Connection`] that exists speaks `sampan/1` over TLS 1.3, and the peer's key is known. Whether it is the *right*
//! peer is not decided here.

mod addresses;
mod connect;
mod error;
mod exporter;
mod identity;
mod listen;
mod read_ahead;
mod seal;
mod tls;
mod verify;

use std::net::SocketAddr;
use std::time::Duration;

use tokio::net::TcpStream;
use tokio_rustls::TlsStream;

use crate::model::DeviceId;

pub use addresses::dialable;
pub use connect::connect;
pub use error::{ListenError, NetError, UnusableKey};
pub use exporter::Exporter;
pub use identity::Identity;
pub use listen::{Listener, turn_away};
pub use read_ahead::ReadAhead;
pub use seal::signer_of;
pub use tls::accept;
pub use verify::device_of;

/// The stream under a session.
pub type Stream = TlsStream<ReadAhead<TcpStream>>;

/// A TLS connection to another Sampan.
#[derive(Debug)]
pub struct Connection {
    /// What the session speaks over.
    pub stream: Stream,
    /// SHA-256 of the key the peer proved to hold.
    pub device: DeviceId,
    /// This device's id, as it proved it to the peer.
    pub ours: DeviceId,
    /// What both ends of this one session know, to bind proofs to it.
    pub exporter: Exporter,
    /// The peer's address.
    pub address: SocketAddr,
}

/// How long the steps before the first frame may take.
#[derive(Clone, Copy, Debug)]
pub struct ConnectLimits {
    /// For TCP, to each address.
    pub connect: Duration,
    /// For the TLS handshake.
    pub tls: Duration,
}
