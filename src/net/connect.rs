//! Dialling: a name or an address becomes a connection.

use std::io;
use std::net::SocketAddr;

use tokio::net::{TcpStream, lookup_host};
use tokio::time::timeout;

use crate::model::HostPort;
use crate::net::{ConnectLimits, Connection, Identity, NetError, tls};

/// Addresses of one name that are tried. A name with more is no computer next door.
const MAX_ADDRESSES: usize = 4;

/// Dials and shakes hands. A name's addresses are tried one after another; the last one's error is told.
/// Errors: every [`NetError`].
pub async fn connect(
    to: &HostPort,
    identity: &Identity,
    limits: ConnectLimits,
) -> Result<Connection, NetError> {
    let not_found = |source| NetError::NameNotFound { host: to.host().to_owned(), source };
    let lookup = timeout(limits.connect, lookup_host((to.host(), to.port()))).await;
    let found = lookup.map_err(|_| not_found(None))?.map_err(|error| not_found(Some(error)))?;
    let mut result = Err(not_found(None));
    for address in found.take(MAX_ADDRESSES) {
        result = dial(address, limits).await.map(|tcp| (tcp, address));
        if result.is_ok() {
            break;
        }
    }
    let (tcp, address) = result?;
    tls::handshake(tcp, address, identity, limits).await
}

async fn dial(address: SocketAddr, limits: ConnectLimits) -> Result<TcpStream, NetError> {
    match timeout(limits.connect, TcpStream::connect(address)).await {
        Ok(Ok(tcp)) => {
            tcp.set_nodelay(true).ok(); // a hint: without it the transfer is slower, not wrong
            Ok(tcp)
        }
        Ok(Err(error)) if error.kind() == io::ErrorKind::ConnectionRefused => {
            Err(NetError::NobodyListens { address })
        }
        Ok(Err(error)) => Err(NetError::Unreachable { address, source: Some(error) }),
        Err(_) => Err(NetError::Unreachable { address, source: None }),
    }
}
