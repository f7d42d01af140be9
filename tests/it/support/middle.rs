//! A man in the middle: he ends TLS on both sides with keys of his own and passes every byte inside on, or cuts the line.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use rcgen::KeyPair;
use sampan::wire::{FrameHead, HEAD_BYTES, Kind};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Runtime;
use tokio_rustls::{TlsAcceptor, TlsConnector};

use crate::support::handshakes::{Shows, client, server};

/// He, at work until dropped.
pub(crate) struct Middle {
    pub(crate) address: SocketAddr,
    said: Arc<Said>,
    _runtime: Runtime,
}

/// What went through him, in the clear.
#[derive(Default)]
struct Said {
    /// By those who dialled him, a session each.
    by_diallers: Mutex<Vec<Vec<u8>>>,
    /// By who listens behind him, a session each.
    by_listener: Mutex<Vec<Vec<u8>>>,
}

impl Middle {
    /// Between everybody who dials him and this listener.
    pub(crate) fn before(listener: SocketAddr) -> Self {
        Self::that_cuts(listener, None)
    }

    /// The same, who keeps the first frame of this kind and hangs up on both sides.
    pub(crate) fn that_cuts(listener: SocketAddr, at: Option<Kind>) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
        let runtime = runtime.unwrap();
        let (said, key) = (Arc::<Said>::default(), KeyPair::generate_for(&rcgen::PKCS_ED25519).unwrap());
        let door = runtime.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
        let address = door.local_addr().unwrap();
        runtime.spawn(stand(door, listener, Arc::new(key), Arc::clone(&said), at));
        Self { address, said, _runtime: runtime }
    }

    /// The kinds of frames that those who dialled him said, a list a session.
    pub(crate) fn heard_of_diallers(&self) -> Vec<Vec<Kind>> {
        self.said.by_diallers.lock().unwrap().iter().map(|bytes| kinds(bytes)).collect()
    }

    /// The kinds of frames that the listener behind him said, a list a session.
    pub(crate) fn heard_of_listener(&self) -> Vec<Vec<Kind>> {
        self.said.by_listener.lock().unwrap().iter().map(|bytes| kinds(bytes)).collect()
    }

    /// What was in all frames of this kind, either way.
    pub(crate) fn bodies(&self, wanted: Kind) -> Vec<Vec<u8>> {
        let all = [&self.said.by_diallers, &self.said.by_listener];
        let said = all.iter().flat_map(|said| said.lock().unwrap().clone());
        let frames: Vec<(Kind, Vec<u8>)> = said.flat_map(|bytes| frames(&bytes)).collect();
        frames.into_iter().filter(|(kind, _)| *kind == wanted).map(|(_, body)| body).collect()
    }

    /// Whether this went through him in the clear, either way.
    pub(crate) fn heard(&self, text: &str) -> bool {
        let all = [&self.said.by_diallers, &self.said.by_listener];
        let is_in = |bytes: &Vec<u8>| bytes.windows(text.len()).any(|part| part == text.as_bytes());
        all.iter().any(|said| said.lock().unwrap().iter().any(is_in))
    }
}

async fn stand(
    door: TcpListener,
    listener: SocketAddr,
    key: Arc<KeyPair>,
    said: Arc<Said>,
    cut: Option<Kind>,
) {
    while let Ok((tcp, _)) = door.accept().await {
        let (key, said) = (Arc::clone(&key), Arc::clone(&said));
        tokio::spawn(async move { pass(tcp, listener, &key, &said, cut).await.ok() });
    }
}

async fn pass(
    tcp: TcpStream,
    listener: SocketAddr,
    key: &KeyPair,
    said: &Said,
    cut: Option<Kind>,
) -> std::io::Result<()> {
    let (server, client) =
        (server(Shows::key(key), &Arc::default()), client(Shows::key(key), &Arc::default()));
    let from = TlsAcceptor::from(Arc::new(server)).accept(tcp).await?;
    let to = TcpStream::connect(listener).await?;
    let name = rustls::pki_types::ServerName::try_from("peer.invalid").unwrap();
    let to = TlsConnector::from(Arc::new(client)).connect(name, to).await?;
    let session = open(&said.by_diallers);
    open(&said.by_listener);
    let (mut from_rx, mut from_tx) = tokio::io::split(from);
    let (mut to_rx, mut to_tx) = tokio::io::split(to);
    tokio::try_join!(
        copy(&mut from_rx, &mut to_tx, &said.by_diallers, session, cut),
        copy(&mut to_rx, &mut from_tx, &said.by_listener, session, cut),
    )
    .map(drop)
}

/// A place to write down what is said in a new session.
fn open(said: &Mutex<Vec<Vec<u8>>>) -> usize {
    let mut said = said.lock().unwrap();
    said.push(Vec::new());
    said.len() - 1
}

async fn copy(
    from: &mut (impl AsyncRead + Unpin),
    to: &mut (impl AsyncWrite + Unpin),
    said: &Mutex<Vec<Vec<u8>>>,
    session: usize,
    cut: Option<Kind>,
) -> std::io::Result<()> {
    let mut bytes = vec![0; 64 * 1024];
    while let Ok(count @ 1..) = from.read(&mut bytes).await {
        let has_come = {
            let mut said = said.lock().unwrap();
            said[session].extend(&bytes[..count]);
            cut.is_some_and(|kind| kinds(&said[session]).contains(&kind))
        };
        if has_come {
            return Err(std::io::ErrorKind::ConnectionReset.into());
        }
        if to.write_all(&bytes[..count]).await.is_err() || to.flush().await.is_err() {
            break;
        }
    }
    to.shutdown().await.ok();
    Ok(())
}

fn kinds(bytes: &[u8]) -> Vec<Kind> {
    frames(bytes).into_iter().map(|(kind, _)| kind).collect()
}

fn frames(mut bytes: &[u8]) -> Vec<(Kind, Vec<u8>)> {
    let mut frames = Vec::new();
    while let Some((head, rest)) = bytes.split_first_chunk::<HEAD_BYTES>() {
        let FrameHead::Known(kind, length) = FrameHead::parse(*head).unwrap() else { break };
        let Some((body, rest)) = rest.split_at_checked(usize::try_from(length).unwrap()) else { break };
        frames.push((kind, body.to_vec()));
        bytes = rest;
    }
    frames
}
