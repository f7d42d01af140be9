//! A peer that never reads what it is told, on a pipe so small that this is noticed at once.

use std::time::Duration;

use sampan::engine::Timing;
use sampan::model::{Decision, Leftover, Side};
use sampan::session::ReceiveEnd;
use sampan::wire::Frame;

use crate::support::piped::{Peer, digest, header};
use crate::support::sides::{Received, Receiver, ReceiverEnd};
use crate::support::until_async;

/// Far more files than frames fit between the two.
const FILES: u64 = 500;

/// Answers that fit into the pipe and the queues before it.
const WAITING: u64 = 32;

/// Lies about half of the files and reads nothing. Gives the peer back, so that its stream stays open.
async fn lie(mut peer: Peer) -> Peer {
    let mut frames = Vec::new();
    for entry in 0..FILES / 2 {
        frames.push(header(entry, 0));
        frames.push(Frame::Trailer { entry, size: 0, digest: digest(b"a lie") });
    }
    peer.send_all(&frames).await;
    peer
}

/// Receives from a peer that lies and reads nothing; cancels once more answers wait than can be written.
async fn receive_from_the_deaf() -> ReceiverEnd {
    let (mut peer, stream) = Peer::over(64);
    let timing = Timing { wind_up: Duration::from_millis(200), linger: Duration::ZERO, ..Timing::default() };
    let receiver = Receiver::start(stream, timing, async { Decision::Accept });
    let names: Vec<String> = (0..FILES).map(|n| format!("{n:03}")).collect();
    peer.offer_taken(&names.iter().map(|name| (name.as_str(), 0)).collect::<Vec<_>>()).await;
    let peer = tokio::spawn(lie(peer));
    until_async("more answers than can be written", || receiver.failed() > WAITING).await;
    receiver.cancel.cancel(Leftover::Keep);
    let end = receiver.end().await;
    peer.abort();
    end
}

#[tokio::test]
async fn a_peer_that_reads_nothing_cannot_keep_a_person_from_cancelling() {
    let end = receive_from_the_deaf().await;
    let cancelled = Received::End(ReceiveEnd::Cancelled(Side::Here, Leftover::Keep));
    assert_eq!(end.result.unwrap(), cancelled);
    assert_eq!(end.spot.names(), [""; 0]);
}
