//! A peer that never reads what it is told, on a pipe so small that this is noticed at once.

use std::sync::Arc;
use std::time::Duration;

use sampan::engine::Timing;
use sampan::model::{DeviceId, Entry, EntryKind, RelPath, Side, TransferId};
use sampan::session::{Ledger, Link, Manifest, Meter, ReceiveEnd, Receiving, SessionError, receive};
use sampan::storage::Folder;
use sampan::wire::Frame;
use tokio::io::{AsyncWriteExt as _, DuplexStream, duplex};
use tokio::time::{interval, timeout};
use tokio_util::sync::CancellationToken;

use crate::support::LIMIT;
use crate::support::peer::digest;

/// Far more files than frames fit between the two.
const FILES: u64 = 500;

/// Answers that fit into the pipe and the queues before it.
const WAITING: u64 = 32;

/// An offer of empty files that was taken, into this folder.
fn job(folder: &std::path::Path, cancel: &CancellationToken) -> Receiving {
    let path = |n: u64| RelPath::parse(vec![n.to_string().into_bytes()]).unwrap();
    let entry =
        |n| Entry { path: path(n), kind: EntryKind::File, size: 0, stored: 0, modified: None, mode: None };
    let manifest = Arc::new(Manifest::of((0..FILES).map(entry)));
    Receiving {
        sender: DeviceId::from_bytes([9; 32]),
        transfer: TransferId::from_bytes([7; 16]),
        ledger: Arc::new(Ledger::of_offer(Arc::clone(&manifest))),
        manifest,
        folder: Folder::open(folder).unwrap(),
        meter: Arc::new(Meter::default()),
        cancel: cancel.clone(),
    }
}

/// Lies about half of the files and reads nothing. Gives the stream back, so that it stays open.
async fn lie(mut stream: DuplexStream) -> DuplexStream {
    let mut bytes = Vec::new();
    for entry in 0..FILES / 2 {
        Frame::Header { entry, offset: 0, size: 0 }.encode(&mut bytes);
        Frame::Trailer { entry, size: 0, digest: digest(b"a lie") }.encode(&mut bytes);
    }
    stream.write_all(&bytes).await.ok();
    stream
}

/// Receives from a peer that lies and reads nothing; cancels once more answers wait than can be written.
async fn receive_from_the_deaf() -> Result<ReceiveEnd, SessionError> {
    let (folder, cancel) = (tempfile::tempdir().unwrap(), CancellationToken::new());
    let job = job(folder.path(), &cancel);
    let (ours, theirs) = duplex(64);
    let timing = Timing { wind_up: Duration::from_millis(200), ..Timing::default() };
    let mut link = Link::new(ours, timing, Arc::clone(&job.meter));
    link.end_greeting();
    let peer = tokio::spawn(lie(theirs));
    let cancels = async {
        let mut look = interval(Duration::from_millis(5));
        while job.ledger.counts().failed <= WAITING {
            look.tick().await;
        }
        cancel.cancel();
    };
    let both = async { tokio::join!(receive(&mut link, &job, |_| ()), cancels).0 };
    let ended = timeout(LIMIT, both).await.expect("it ends");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    peer.abort();
    ended
}

#[tokio::test]
async fn a_peer_that_reads_nothing_cannot_keep_a_person_from_cancelling() {
    let ended = receive_from_the_deaf().await;
    assert!(matches!(ended, Ok(ReceiveEnd::Cancelled(Side::Here))), "{ended:?}");
}
