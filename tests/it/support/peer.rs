//! A peer that speaks frames by hand, over TLS with a throw-away key: polite as far as a test wants it.

use std::io::{Read, Write};
use std::net::{IpAddr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::thread::{Builder, JoinHandle};
use std::time::Duration;

use minicbor::Encoder;
use rcgen::{CertificateParams, KeyPair};
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer, ServerName, UnixTime};
use rustls::{
    ClientConfig, ClientConnection, DigitallySignedStruct, Error, ServerConfig, ServerConnection,
    SignatureScheme, StreamOwned,
};
use sampan::model::{Decision, DeviceId, Digest, ManifestSummary, PlanSummary, TransferId, Way};
use sampan::wire::{
    ALPN, Frame, FrameHead, HEAD_BYTES, Hello, Introduction, Kind, Offer, Purpose, chunk_head,
};
use sha2::{Digest as _, Sha256};
use socket2::{Domain, SockRef, Socket, Type};

use crate::support::LIMIT;

/// The other end of a connection with the program under test.
pub(crate) struct Peer {
    stream: Box<dyn ReadWrite>,
    tcp: TcpStream,
}

trait ReadWrite: Read + Write + Send {}
impl<S: Read + Write + Send> ReadWrite for S {}

/// What was heard.
#[derive(Debug)]
pub(crate) enum Heard {
    Frame(Frame),
    /// A chunk; what is in it does not matter to any test.
    Chunk,
}

impl Peer {
    /// Connects and says nothing, not even in TLS.
    pub(crate) fn connect(to: SocketAddr) -> Self {
        Self::over(TcpStream::connect(to).unwrap())
    }

    /// Says nothing yet on this connection.
    fn over(tcp: TcpStream) -> Self {
        tcp.set_read_timeout(Some(LIMIT)).unwrap();
        Self { stream: Box::new(tcp.try_clone().unwrap()), tcp }
    }

    /// Connects and shakes hands as Sampan does.
    pub(crate) fn dial(to: SocketAddr) -> Self {
        Self::dial_as(to, &[ALPN]).unwrap()
    }

    /// Connects and shakes hands, offering these protocols. Errors: what TLS says.
    pub(crate) fn dial_as(to: SocketAddr, protocols: &[&[u8]]) -> std::io::Result<Self> {
        Caller { from: None, key: new_key() }.dial_as(to, protocols)
    }

    fn take(tcp: TcpStream, protocols: &[&[u8]]) -> std::io::Result<Self> {
        let (certificate, key) = identity(&new_key());
        let mut config = ServerConfig::builder_with_provider(provider())
            .with_protocol_versions(&[&rustls::version::TLS13])
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![certificate], key)
            .unwrap();
        config.alpn_protocols = protocols.iter().map(|name| name.to_vec()).collect();
        tcp.set_read_timeout(Some(LIMIT))?;
        let mut tls = ServerConnection::new(Arc::new(config)).unwrap();
        tls.complete_io(&mut &tcp)?;
        Ok(Self { stream: Box::new(StreamOwned::new(tls, tcp.try_clone()?)), tcp })
    }

    /// Says a frame.
    pub(crate) fn say(&mut self, frame: &Frame) {
        let mut bytes = Vec::new();
        frame.encode(&mut bytes);
        self.raw(&bytes);
    }

    /// Says a chunk.
    pub(crate) fn chunk(&mut self, bytes: &[u8]) {
        self.raw(&chunk_head(bytes.len().try_into().unwrap()));
        self.raw(bytes);
    }

    /// Says any bytes. That nobody listens any more is no error here: what counts is what the other side does.
    pub(crate) fn raw(&mut self, bytes: &[u8]) {
        self.stream.write_all(bytes).and_then(|()| self.stream.flush()).ok();
    }

    /// The next frame that is no Ping; `None` at the end.
    pub(crate) fn hear(&mut self) -> Option<Heard> {
        loop {
            let mut head = [0; HEAD_BYTES];
            self.stream.read_exact(&mut head).ok()?;
            let FrameHead::Known(kind, length) = FrameHead::parse(head).unwrap() else { continue };
            let mut body = vec![0; usize::try_from(length).unwrap()];
            self.stream.read_exact(&mut body).ok()?;
            match kind {
                Kind::Ping => {}
                Kind::Chunk => return Some(Heard::Chunk),
                kind => return Some(Heard::Frame(Frame::decode(kind, &body).unwrap())),
            }
        }
    }

    /// The next frame, if it begins within this time.
    pub(crate) fn hear_within(&mut self, time: Duration) -> Option<Heard> {
        self.tcp.set_read_timeout(Some(time)).unwrap();
        let heard = self.hear();
        self.tcp.set_read_timeout(Some(LIMIT)).unwrap();
        heard
    }

    /// The next frame, which must be of this kind.
    #[track_caller]
    pub(crate) fn expect(&mut self, kind: Kind) -> Frame {
        match self.hear() {
            Some(Heard::Frame(frame)) if frame.kind() == kind => frame,
            other => panic!("expected {kind}, heard {other:?}"),
        }
    }

    /// Listens until the other side is gone; gives the last frame. Panics when it stays.
    pub(crate) fn hear_out(&mut self) -> Option<Frame> {
        let mut last = None;
        while let Some(heard) = self.hear() {
            if let Heard::Frame(frame) = heard {
                last = Some(frame);
            }
        }
        let gone = self.tcp.read(&mut [0]);
        let waited = gone.as_ref().is_err_and(|error| error.kind() == std::io::ErrorKind::WouldBlock);
        assert!(!waited, "the other side is still there");
        last
    }

    /// Hello and Introduce, both ways.
    pub(crate) fn greet(&mut self) {
        self.hello();
        self.say(&Frame::Introduce(Introduction { name: None, remembers: None }));
        self.expect(Kind::Introduce);
    }

    /// Hello, both ways.
    pub(crate) fn hello(&mut self) -> Hello {
        self.say(&hello());
        match self.expect(Kind::Hello) {
            Frame::Hello(hello) => hello,
            other => panic!("{other:?}"),
        }
    }

    /// Offers files and waits for the yes.
    pub(crate) fn offer_and_go(&mut self, files: &Files) {
        self.offer(files);
        self.expect(Kind::Planned);
        assert!(matches!(self.expect(Kind::Decision), Frame::Decision(Decision::Accept, _)));
    }

    /// Offers files.
    pub(crate) fn offer(&mut self, files: &Files) {
        self.say(&Frame::Offer(Offer { transfer: files.transfer, note: None, purpose: Purpose::Send }));
        self.raw(&files.page());
        self.say(&Frame::ManifestEnd(files.summary()));
    }

    /// Sends one whole file with a digest.
    pub(crate) fn file(&mut self, entry: u64, contents: &[u8], digest: Digest) {
        let size = contents.len().try_into().unwrap();
        self.say(&Frame::Header { entry, offset: 0, size });
        if !contents.is_empty() {
            self.chunk(contents);
        }
        self.say(&Frame::Trailer { entry, size, digest });
    }

    /// Answers an offer with yes; gives the manifest's digest.
    pub(crate) fn accept(&mut self) -> Digest {
        self.expect(Kind::Offer);
        loop {
            match self.hear() {
                Some(Heard::Frame(Frame::ManifestPage(_))) => {}
                Some(Heard::Frame(Frame::ManifestEnd(summary))) => {
                    self.say(&Frame::Planned(PlanSummary::default()));
                    self.say(&Frame::Decision(Decision::Accept, summary.digest));
                    return summary.digest;
                }
                other => panic!("expected a manifest, heard {other:?}"),
            }
        }
    }

    /// Says that nothing more comes, and still listens.
    pub(crate) fn half_close(&self) {
        self.tcp.shutdown(Shutdown::Write).unwrap();
    }

    /// Is gone with a reset instead of a goodbye.
    pub(crate) fn reset(self) {
        SockRef::from(&self.tcp).set_linger(Some(Duration::ZERO)).unwrap();
    }
}

/// Takes one connection and does with it what a test wants, on a thread of its own.
pub(crate) struct Rig {
    pub(crate) address: SocketAddr,
    thread: Option<JoinHandle<()>>,
}

impl Rig {
    /// A TLS server that offers these protocols.
    pub(crate) fn tls(protocols: &'static [&'static [u8]], play: impl FnOnce(Peer) + Send + 'static) -> Self {
        Self::tcp(move |tcp| {
            if let Ok(peer) = Peer::take(tcp, protocols) {
                play(peer);
            }
        })
    }

    /// A Sampan that greets politely and then does what the test wants.
    pub(crate) fn greeted(play: impl FnOnce(Peer) + Send + 'static) -> Self {
        Self::tls(&[ALPN], |mut peer| {
            peer.greet();
            play(peer);
        })
    }

    /// A plain TCP server.
    pub(crate) fn tcp(play: impl FnOnce(TcpStream) + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let serve = move || play(listener.accept().unwrap().0);
        let thread = Builder::new().name("rig".to_owned()).spawn(serve).unwrap();
        Self { address, thread: Some(thread) }
    }

    /// Waits until its play is over; a panic in it is one here.
    pub(crate) fn join(mut self) {
        self.thread.take().unwrap().join().unwrap();
    }
}

/// Files as a manifest page lists them, however impossible.
pub(crate) struct Files {
    pub(crate) transfer: TransferId,
    files: Vec<(Vec<Vec<u8>>, u64)>,
}

impl Files {
    /// One file.
    pub(crate) fn one(name: impl AsRef<[u8]>, size: u64) -> Self {
        Self::path(&[name.as_ref()], size)
    }

    /// One file in folders.
    pub(crate) fn path(path: &[&[u8]], size: u64) -> Self {
        let mut id = [0; 16];
        getrandom::fill(&mut id).unwrap();
        let path = path.iter().map(|name| name.to_vec()).collect();
        Self { transfer: TransferId::from_bytes(id), files: vec![(path, size)] }
    }

    /// As this transfer.
    pub(crate) fn under(self, transfer: TransferId) -> Self {
        Self { transfer, ..self }
    }

    /// And another one.
    pub(crate) fn and(mut self, name: &str, size: u64) -> Self {
        self.files.push((vec![name.as_bytes().to_vec()], size));
        self
    }

    fn body(&self) -> Vec<u8> {
        let mut page = Encoder::new(Vec::new());
        page.map(2).unwrap().u8(0).unwrap().u64(0).unwrap();
        page.u8(1).unwrap().array(self.files.len() as u64).unwrap();
        for (path, size) in &self.files {
            page.map(4).unwrap().u8(0).unwrap().array(path.len() as u64).unwrap();
            for name in path {
                page.bytes(name).unwrap();
            }
            page.u8(1).unwrap().u32(0).unwrap();
            page.u8(2).unwrap().u64(*size).unwrap();
            page.u8(3).unwrap().u64(*size).unwrap();
        }
        page.into_writer()
    }

    /// The page's frame.
    pub(crate) fn page(&self) -> Vec<u8> {
        frame(Kind::ManifestPage, &self.body())
    }

    /// What the end of the manifest says.
    pub(crate) fn summary(&self) -> ManifestSummary {
        let bytes = self.files.iter().map(|(_, size)| size).sum();
        ManifestSummary {
            entries: self.files.len() as u64,
            bytes,
            stored: bytes,
            unreadable: 0,
            digest: digest(&self.body()),
        }
    }
}

/// A Hello.
pub(crate) fn hello() -> Frame {
    let admits = vec![Way::Anyone];
    Frame::Hello(Hello { version: "9.9.9".to_owned(), features: Vec::new(), admits })
}

/// A frame with any body.
pub(crate) fn frame(kind: Kind, body: &[u8]) -> Vec<u8> {
    let mut frame = head(kind.number(), body.len().try_into().unwrap()).to_vec();
    frame.extend(body);
    frame
}

/// A frame's head, of any kind and length.
pub(crate) fn head(kind: u8, length: u32) -> [u8; HEAD_BYTES] {
    let [l0, l1, l2, l3] = length.to_be_bytes();
    [kind, 0, 0, 0, l0, l1, l2, l3]
}

pub(crate) fn digest(bytes: &[u8]) -> Digest {
    Digest::from_bytes(Sha256::digest(bytes).into())
}

fn provider() -> Arc<CryptoProvider> {
    Arc::new(rustls::crypto::ring::default_provider())
}

/// A device that dials as often as a test wants, from an address of its own.
pub(crate) struct Caller {
    from: Option<IpAddr>,
    key: KeyPair,
}

impl Caller {
    /// A device at 127.0.0.`last`: all of 127.0.0.0/8 is this computer.
    pub(crate) fn at(last: u8) -> Self {
        Self { from: Some([127, 0, 0, last].into()), key: new_key() }
    }

    /// The id that its key proves.
    pub(crate) fn id(&self) -> DeviceId {
        sampan::net::device_of(&identity(&self.key).0).unwrap()
    }

    /// Connects, and nothing else.
    pub(crate) fn connect(&self, to: SocketAddr) -> TcpStream {
        let Some(from) = self.from else { return TcpStream::connect(to).unwrap() };
        let socket = Socket::new(Domain::for_address(to), Type::STREAM, None).unwrap();
        socket.bind(&SocketAddr::new(from, 0).into()).unwrap();
        socket.connect(&to.into()).unwrap();
        socket.into()
    }

    /// Connects and shakes hands. Errors: what TLS says.
    pub(crate) fn dial(&self, to: SocketAddr) -> std::io::Result<Peer> {
        self.dial_as(to, &[ALPN])
    }

    fn dial_as(&self, to: SocketAddr, protocols: &[&[u8]]) -> std::io::Result<Peer> {
        let (tls, tcp) = self.shake(to, protocols)?;
        // In TLS 1.3 the other side's last word on the handshake comes with the first read.
        Ok(Peer { stream: Box::new(StreamOwned::new(tls, tcp.try_clone()?)), tcp })
    }

    /// A handshake, and what it leaves: for tests that write records by hand. Errors: what TLS says.
    pub(crate) fn shake(
        &self,
        to: SocketAddr,
        protocols: &[&[u8]],
    ) -> std::io::Result<(ClientConnection, TcpStream)> {
        let (certificate, key) = identity(&self.key);
        let mut config = ClientConfig::builder_with_provider(provider())
            .with_protocol_versions(&[&rustls::version::TLS13])
            .unwrap()
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(Anybody))
            .with_client_auth_cert(vec![certificate], key)
            .unwrap();
        config.alpn_protocols = protocols.iter().map(|name| name.to_vec()).collect();
        let Peer { tcp, .. } = Peer::over(self.connect(to));
        let name = ServerName::try_from("peer.invalid").unwrap();
        let mut tls = ClientConnection::new(Arc::new(config), name).unwrap();
        tls.complete_io(&mut &tcp)?;
        Ok((tls, tcp))
    }
}

fn new_key() -> KeyPair {
    KeyPair::generate_for(&rcgen::PKCS_ED25519).unwrap()
}

/// A key, and a certificate of it.
fn identity(key: &KeyPair) -> (CertificateDer<'static>, PrivateKeyDer<'static>) {
    let certificate = CertificateParams::new(Vec::new()).unwrap().self_signed(key).unwrap();
    (certificate.into(), PrivatePkcs8KeyDer::from(key.serialize_der()).into())
}

/// Trusts everybody.
#[derive(Debug)]
struct Anybody;

impl ServerCertVerifier for Anybody {
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
        Ok(HandshakeSignatureValid::assertion())
    }

    fn verify_tls13_signature(
        &self,
        _message: &[u8],
        _certificate: &CertificateDer<'_>,
        _signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        vec![SignatureScheme::ED25519]
    }
}
