//! TLS 1.3 and nothing older, both certificates demanded, no resumption, tickets or early data: those skip the verifier.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use rustls::client::Resumption;
use rustls::crypto::CryptoProvider;
use rustls::crypto::ring::cipher_suite::{TLS13_AES_128_GCM_SHA256, TLS13_CHACHA20_POLY1305_SHA256};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::server::NoServerSessionStorage;
use rustls::{AlertDescription, ClientConfig, ServerConfig};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::{LazyConfigAcceptor, TlsConnector, TlsStream};

use crate::net::verify::{AnyDevice, device_of};
use crate::net::{ConnectLimits, Connection, Exporter, Identity, NetError, ReadAhead, Stream};

/// ALPN of this major version. The same bytes as `wire::ALPN`, which this layer does not know; a test compares them.
pub(crate) const ALPN: &[u8] = b"sampan/1";

/// What every major version's ALPN begins with.
const ALPN_FAMILY: &[u8] = b"sampan/";

/// What a dialler names beside ours, only to be found out: a web server that takes one of these is no Sampan, while a
/// Sampan of another version takes none of them and answers with an alert.
const STRANGERS: [&[u8]; 2] = [b"h2", b"http/1.1"];

/// Encrypted bytes rustls may hold before they go to the socket: one call for a block. Nothing is set aside for them.
const WRITE_BUFFER: usize = 512 * 1024;

pub(super) fn server_config(
    certificate: CertificateDer<'static>,
    key: PrivateKeyDer<'static>,
) -> Result<ServerConfig, rustls::Error> {
    let provider = provider();
    let mut config = ServerConfig::builder_with_provider(Arc::clone(&provider))
        .with_protocol_versions(&[&rustls::version::TLS13])?
        .with_client_cert_verifier(Arc::new(AnyDevice(provider)))
        .with_single_cert(vec![certificate], key)?;
    config.alpn_protocols = vec![ALPN.to_vec()];
    config.session_storage = Arc::new(NoServerSessionStorage {});
    config.send_tls13_tickets = 0;
    config.max_early_data_size = 0;
    Ok(config)
}

pub(super) fn client_config(
    certificate: CertificateDer<'static>,
    key: PrivateKeyDer<'static>,
) -> Result<ClientConfig, rustls::Error> {
    let provider = provider();
    let mut config = ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_protocol_versions(&[&rustls::version::TLS13])?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(AnyDevice(provider)))
        .with_client_auth_cert(vec![certificate], key)?;
    config.alpn_protocols = [&[ALPN], &STRANGERS[..]].concat().into_iter().map(<[u8]>::to_vec).collect();
    config.resumption = Resumption::disabled();
    config.enable_early_data = false;
    config.enable_sni = false; // there is no name to ask for
    Ok(config)
}

/// ring, with the cipher first that this CPU does in hardware.
fn provider() -> Arc<CryptoProvider> {
    let mut suites = vec![TLS13_AES_128_GCM_SHA256, TLS13_CHACHA20_POLY1305_SHA256];
    if !has_aes() {
        suites.reverse();
    }
    Arc::new(CryptoProvider { cipher_suites: suites, ..rustls::crypto::ring::default_provider() })
}

#[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
fn has_aes() -> bool {
    std::arch::is_x86_feature_detected!("aes")
}

#[cfg(target_arch = "aarch64")]
fn has_aes() -> bool {
    std::arch::is_aarch64_feature_detected!("aes")
}

#[cfg(not(any(target_arch = "x86", target_arch = "x86_64", target_arch = "aarch64")))]
fn has_aes() -> bool {
    false
}

/// The dialling side's handshake.
pub(super) async fn handshake(
    tcp: TcpStream,
    address: SocketAddr,
    identity: &Identity,
    limits: ConnectLimits,
) -> Result<Connection, NetError> {
    let name = ServerName::try_from("sampan.invalid").expect("a valid name, never sent");
    let connector = TlsConnector::from(Arc::clone(&identity.client));
    let stream = match timeout(limits.tls, connector.connect(name, ReadAhead::new(tcp))).await {
        Ok(Ok(stream)) => stream,
        Ok(Err(error)) if alert(&error) == Some(AlertDescription::NoApplicationProtocol) => {
            return Err(NetError::OtherVersion { address });
        }
        Ok(Err(error)) if alert(&error) == Some(AlertDescription::InternalError) => {
            return Err(NetError::NoPlace { address });
        }
        Ok(Err(error)) => return Err(NetError::NotSampan { address, source: Some(error) }),
        Err(_) => return Err(NetError::NotSampan { address, source: None }),
    };
    established(TlsStream::Client(stream), address, identity)
}

/// The listening side's handshake. Errors: [`NetError::NotSampan`] or [`NetError::OtherVersion`].
pub async fn accept(
    tcp: TcpStream,
    address: SocketAddr,
    identity: &Identity,
    limits: ConnectLimits,
) -> Result<Connection, NetError> {
    tcp.set_nodelay(true).ok();
    let mut offers_other_version = false;
    let handshake = async {
        let hello = LazyConfigAcceptor::new(rustls::server::Acceptor::default(), ReadAhead::new(tcp)).await?;
        let alpn: Vec<&[u8]> = hello.client_hello().alpn().into_iter().flatten().collect();
        offers_other_version = !alpn.contains(&ALPN) && alpn.iter().any(|name| name.starts_with(ALPN_FAMILY));
        // Also when it must fail: rustls then sends the alert that tells the other side why.
        hello.into_stream(Arc::clone(&identity.server)).await
    };
    let result = timeout(limits.tls, handshake).await;
    match result {
        Ok(Ok(stream)) => established(TlsStream::Server(stream), address, identity),
        Ok(Err(_)) if offers_other_version => Err(NetError::OtherVersion { address }),
        Ok(Err(error)) => Err(NetError::NotSampan { address, source: Some(error) }),
        Err(_) => Err(NetError::NotSampan { address, source: None }),
    }
}

/// What our own code checks after every handshake.
fn established(mut stream: Stream, address: SocketAddr, identity: &Identity) -> Result<Connection, NetError> {
    let not_sampan =
        |reason: &str| NetError::NotSampan { address, source: Some(io::Error::other(reason.to_owned())) };
    let connection = stream.get_ref().1;
    if connection.alpn_protocol() != Some(ALPN) {
        return Err(not_sampan("it did not agree on the protocol"));
    }
    let Some([certificate]) = connection.peer_certificates() else {
        return Err(not_sampan("it did not show one certificate"));
    };
    let device = device_of(certificate).map_err(|error| not_sampan(&error.to_string()))?;
    let exporter = match &mut stream {
        TlsStream::Client(stream) => {
            stream.get_mut().1.set_buffer_limit(Some(WRITE_BUFFER));
            Exporter::of(stream.get_ref().1)
        }
        TlsStream::Server(stream) => {
            stream.get_mut().1.set_buffer_limit(Some(WRITE_BUFFER));
            Exporter::of(stream.get_ref().1)
        }
    };
    let exporter = exporter.map_err(|error| not_sampan(&error.to_string()))?;
    Ok(Connection { stream, device, ours: identity.device(), exporter, address })
}

/// The alert that ended a handshake, if the other side said one.
fn alert(error: &io::Error) -> Option<AlertDescription> {
    match error.get_ref()?.downcast_ref::<rustls::Error>()? {
        rustls::Error::AlertReceived(alert) => Some(*alert),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn both_layers_speak_of_the_same_protocol() {
        assert_eq!(super::ALPN, crate::wire::ALPN);
        assert_eq!(super::ALPN_FAMILY, crate::wire::ALPN_FAMILY);
    }
}
