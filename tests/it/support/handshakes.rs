//! Handshakes between Sampan's own net layer and peers whose TLS is put together by hand.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use rcgen::{CertificateParams, KeyPair};
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{ClientConfig, ResolvesClientCert};
use rustls::crypto::ring::default_provider;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer, ServerName, UnixTime};
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use rustls::{DigitallySignedStruct, DistinguishedName, Error, ServerConfig, SignatureScheme};
use sampan::model::HostPort;
use sampan::net::{ConnectLimits, Connection, Identity, Listener, NetError, accept, connect};
use sampan::wire::ALPN;
use tokio::net::TcpStream;
use tokio_rustls::{TlsAcceptor, TlsConnector};

use crate::support::{LIMIT, within};

/// Generous: none of these tests is about time.
pub(crate) const LIMITS: ConnectLimits = ConnectLimits { connect: LIMIT, tls: LIMIT };

/// Everything these peers can sign with.
const SCHEMES: [SignatureScheme; 3] =
    [SignatureScheme::ED25519, SignatureScheme::ECDSA_NISTP256_SHA256, SignatureScheme::RSA_PSS_SHA256];

/// A fresh device.
pub(crate) fn device() -> Identity {
    Identity::from_pkcs8(&KeyPair::generate_for(&rcgen::PKCS_ED25519).unwrap().serialize_der()).unwrap()
}

/// A listener of Sampan's on a free port.
pub(crate) fn listener() -> (Listener, HostPort) {
    let listener = Listener::exactly("127.0.0.1:0".parse().unwrap()).unwrap();
    let address = listener.addresses().first().unwrap().to_string();
    (listener, address.parse().unwrap())
}

/// Takes the next connection as Sampan does.
pub(crate) async fn take(listener: &Listener, identity: &Identity) -> Result<Connection, NetError> {
    let (tcp, address) = within("a connection", listener.accept()).await.unwrap();
    within("the handshake", accept(tcp, address, identity, LIMITS)).await
}

/// Two of Sampan's own, connected: what Anna has, who dialled, and what Ben has.
pub(crate) async fn connected(anna: &Identity, ben: &Identity) -> (Connection, Connection) {
    let (listener, address) = listener();
    let (dialled, taken) = tokio::join!(connect(&address, anna, LIMITS), take(&listener, ben));
    (dialled.unwrap(), taken.unwrap())
}

/// What a peer shows and signs with.
#[derive(Clone, Debug)]
pub(crate) struct Shows(pub(crate) Option<Arc<CertifiedKey>>);

impl Shows {
    /// No certificate.
    pub(crate) fn nothing() -> Self {
        Self(None)
    }

    /// An honest device's certificate.
    pub(crate) fn honest() -> Self {
        Self::key(&KeyPair::generate_for(&rcgen::PKCS_ED25519).unwrap())
    }

    /// This key, honestly.
    pub(crate) fn key(key: &KeyPair) -> Self {
        Self::certificates(vec![certificate(key)], key)
    }

    /// These certificates, and signs with this key.
    pub(crate) fn certificates(chain: Vec<CertificateDer<'static>>, signs: &KeyPair) -> Self {
        let private = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(signs.serialize_der()));
        let signing = default_provider().key_provider.load_private_key(private).unwrap();
        Self(Some(Arc::new(CertifiedKey::new(chain, signing))))
    }
}

/// A self-signed certificate of a key.
pub(crate) fn certificate(key: &KeyPair) -> CertificateDer<'static> {
    CertificateParams::new(Vec::new()).unwrap().self_signed(key).unwrap().into()
}

impl ResolvesClientCert for Shows {
    fn resolve(&self, _hints: &[&[u8]], _schemes: &[SignatureScheme]) -> Option<Arc<CertifiedKey>> {
        self.0.clone()
    }

    fn has_certs(&self) -> bool {
        self.0.is_some()
    }
}

impl ResolvesServerCert for Shows {
    fn resolve(&self, _hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        self.0.clone()
    }
}

/// A client's configuration with this certificate; everything else as open as rustls makes it.
pub(crate) fn client(shows: Shows, verifier: &Arc<Counting>) -> ClientConfig {
    let mut config = ClientConfig::builder_with_provider(Arc::new(default_provider()))
        .with_protocol_versions(&[&rustls::version::TLS13])
        .unwrap()
        .dangerous()
        .with_custom_certificate_verifier(Arc::<Counting>::clone(verifier))
        .with_client_cert_resolver(Arc::new(shows));
    config.alpn_protocols = vec![ALPN.to_vec()];
    config
}

/// A server's configuration with this certificate.
pub(crate) fn server(shows: Shows, verifier: &Arc<Counting>) -> ServerConfig {
    let mut config = ServerConfig::builder_with_provider(Arc::new(default_provider()))
        .with_protocol_versions(&[&rustls::version::TLS13])
        .unwrap()
        .with_client_cert_verifier(Arc::<Counting>::clone(verifier))
        .with_cert_resolver(Arc::new(shows));
    config.alpn_protocols = vec![ALPN.to_vec()];
    config
}

/// A hand-made client's side of a connection. Errors: what TLS says.
pub(crate) async fn dial(
    address: &HostPort,
    config: &Arc<ClientConfig>,
) -> std::io::Result<tokio_rustls::client::TlsStream<TcpStream>> {
    let tcp = TcpStream::connect((address.host(), address.port())).await?;
    let name = ServerName::try_from("peer.invalid").unwrap();
    within("the peer's handshake", TlsConnector::from(Arc::clone(config)).connect(name, tcp)).await
}

/// A hand-made server's side of the next connection. Errors: what TLS says.
pub(crate) async fn serve(
    listener: &Listener,
    config: &Arc<ServerConfig>,
) -> std::io::Result<tokio_rustls::server::TlsStream<TcpStream>> {
    let (tcp, _): (TcpStream, SocketAddr) = within("a connection", listener.accept()).await?;
    within("the peer's handshake", TlsAcceptor::from(Arc::clone(config)).accept(tcp)).await
}

/// What Sampan's listener says of a hand-made client.
pub(crate) async fn listener_on(shows: Shows) -> Result<Connection, NetError> {
    let (listener, address) = listener();
    let config = Arc::new(client(shows, &Arc::default()));
    let us = device();
    let (_, taken) = tokio::join!(dial(&address, &config), take(&listener, &us));
    taken
}

/// What Sampan's dialler says of a hand-made server.
pub(crate) async fn dialler_on(shows: Shows) -> Result<Connection, NetError> {
    let (listener, address) = listener();
    let config = Arc::new(server(shows, &Arc::default()));
    let us = device();
    let (_, dialled) = tokio::join!(serve(&listener, &config), connect(&address, &us, LIMITS));
    dialled
}

/// Trusts everybody, and counts how often it was asked for a signature.
#[derive(Debug, Default)]
pub(crate) struct Counting(AtomicUsize);

impl Counting {
    /// How many handshakes it checked.
    pub(crate) fn asked(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }

    fn count(&self) -> HandshakeSignatureValid {
        self.0.fetch_add(1, Ordering::Relaxed);
        HandshakeSignatureValid::assertion()
    }
}

impl ServerCertVerifier for Counting {
    fn verify_server_cert(
        &self,
        _end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _message: &[u8],
        _certificate: &CertificateDer<'_>,
        _signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Ok(self.count())
    }

    fn verify_tls13_signature(
        &self,
        _message: &[u8],
        _certificate: &CertificateDer<'_>,
        _signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Ok(self.count())
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        SCHEMES.to_vec()
    }
}

impl ClientCertVerifier for Counting {
    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        &[]
    }

    fn client_auth_mandatory(&self) -> bool {
        false
    }

    fn verify_client_cert(
        &self,
        _end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _now: UnixTime,
    ) -> Result<ClientCertVerified, Error> {
        Ok(ClientCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _message: &[u8],
        _certificate: &CertificateDer<'_>,
        _signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Ok(self.count())
    }

    fn verify_tls13_signature(
        &self,
        _message: &[u8],
        _certificate: &CertificateDer<'_>,
        _signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Ok(self.count())
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        SCHEMES.to_vec()
    }
}
