//! Listening, on one address or on all of them.

use std::future::poll_fn;
use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::task::Poll;

use socket2::{Domain, Protocol, SockRef, Socket, Type};
use tokio::net::{TcpListener, TcpStream};

use crate::net::ListenError;

/// Connections that may wait for us in the system's queue.
const BACKLOG: i32 = 128;

/// A TLS record that only tells the fatal alert `internal_error` (RFC 8446 §6.2: "unrelated to the peer or the correctness
/// of the protocol").
const NO_PLACE: [u8; 7] = [21, 3, 3, 0, 2, 2, 80];

/// One or two listening sockets: IPv4 and IPv6 apart, so that each works where the other is missing.
#[derive(Debug)]
pub struct Listener {
    sockets: Vec<TcpListener>,
}

impl Listener {
    /// Listens on exactly this address. Port 0 lets the system choose. Must be called inside a tokio runtime.
    /// Errors: [`ListenError`].
    pub fn exactly(address: SocketAddr) -> Result<Self, ListenError> {
        Ok(Self { sockets: vec![bind(address)?] })
    }

    /// Listens on all IPv4 and IPv6 addresses, on the first port of `ports` that is free for both.
    /// Errors: [`ListenError`] of the last port tried.
    pub fn any(ports: impl Iterator<Item = u16>) -> Result<Self, ListenError> {
        let mut result = Err(ListenError::InUse((Ipv4Addr::UNSPECIFIED, 0).into()));
        for port in ports {
            result = Self::any_on(port);
            if !matches!(result, Err(ListenError::InUse(_))) {
                break;
            }
        }
        result
    }

    fn any_on(port: u16) -> Result<Self, ListenError> {
        let v4 = bind((Ipv4Addr::UNSPECIFIED, port).into())?;
        // A port the system chose for IPv4 is asked for by number on IPv6.
        let port = v4.local_addr().map_or(port, |address| address.port());
        match bind((Ipv6Addr::UNSPECIFIED, port).into()) {
            Ok(v6) => Ok(Self { sockets: vec![v4, v6] }),
            Err(error @ ListenError::InUse(_)) => Err(error),
            Err(ListenError::Denied { .. }) => Ok(Self { sockets: vec![v4] }), // a system without IPv6
        }
    }

    /// The addresses it listens on.
    pub fn addresses(&self) -> Vec<SocketAddr> {
        self.sockets.iter().filter_map(|socket| socket.local_addr().ok()).collect()
    }

    /// The next connection on any of the sockets. Errors: the system's, for example too many open files; the listener
    /// stays usable.
    pub async fn accept(&self) -> io::Result<(TcpStream, SocketAddr)> {
        poll_fn(|context| {
            for socket in &self.sockets {
                if let Poll::Ready(accepted) = socket.poll_accept(context) {
                    return Poll::Ready(accepted);
                }
            }
            Poll::Pending
        })
        .await
    }
}

/// Hangs up on somebody for whom there is no place, and says so without a handshake (`docs/protocol.md` §1.2).
pub fn turn_away(tcp: &TcpStream) {
    // Straight to the socket, which has room for its first bytes. Who does not get them sees that we hung up.
    SockRef::from(tcp).send(&NO_PLACE).ok();
}

fn bind(address: SocketAddr) -> Result<TcpListener, ListenError> {
    let listen = || -> io::Result<TcpListener> {
        let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
        if address.is_ipv6() {
            socket.set_only_v6(true)?;
        }
        // A port of connections that just closed is free again at once; one that is listened on is not.
        #[cfg(unix)]
        socket.set_reuse_address(true)?;
        socket.set_nonblocking(true)?;
        socket.bind(&address.into())?;
        socket.listen(BACKLOG)?;
        TcpListener::from_std(socket.into())
    };
    listen().map_err(|source| match source.kind() {
        io::ErrorKind::AddrInUse => ListenError::InUse(address),
        _ => ListenError::Denied { address, source },
    })
}
