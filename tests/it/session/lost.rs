//! Peers that vanish, half-close, trickle, or read nothing: a typed end, and nothing unfinished stays.

use std::future::pending;

use sampan::model::TransferId;
use sampan::session::{LinkError, ReceiveEnd, SendEnd, SessionError, Timing};
use sampan::wire::{AbortReason, Bye, ByeReason, Frame, Kind, Offer, Purpose};

use crate::support::piped::{Offering, Peer, bytes, header, trailer};
use crate::support::sides::{Files, Received, Receiver, Sender};

/// Larger than everything a sender reads ahead.
const LARGE: usize = 8 * 1024 * 1024;

#[tokio::test]
async fn a_sender_that_vanishes_before_its_offer_is_whole_is_told_as_closed() {
    let begun =
        Frame::Offer(Offer { transfer: TransferId::from_bytes([7; 16]), note: None, purpose: Purpose::Send });
    for greeted in [false, true] {
        let (mut peer, stream) = Peer::roomy();
        let receiver = Receiver::accepting(stream);
        if greeted {
            peer.greet().await;
            peer.send(begun.clone()).await;
        }
        drop(peer);
        let end = receiver.end().await;
        assert_is!(end.result, Err(SessionError::Link(LinkError::Closed)));
        assert_eq!(end.names(), [""; 0]);
    }
}

#[tokio::test]
async fn a_sender_that_vanishes_while_somebody_decides_is_told_as_closed() {
    let (mut peer, stream) = Peer::roomy();
    let receiver = Receiver::start(stream, Timing::default(), pending());
    peer.greet().await;
    peer.offer(&Offering::of([("file", 5)])).await;
    drop(peer);
    assert_is!(receiver.end().await.result, Err(SessionError::Link(LinkError::Closed)));
}

#[tokio::test]
async fn a_sender_that_vanishes_among_the_bytes_leaves_no_part() {
    let abort = Frame::Abort { entry: 0, reason: AbortReason::Changed };
    for frames in [vec![], vec![header(0, 5)], vec![abort], vec![header(0, 5)]] {
        let (mut peer, stream) = Peer::roomy();
        let receiver = Receiver::accepting(stream);
        peer.offer_taken(&[("a", 5), ("b", 5)]).await;
        peer.send_all(&frames).await;
        drop(peer);
        let end = receiver.end().await;
        assert_is!(end.result, Err(SessionError::Link(LinkError::Closed)));
        assert_eq!(end.names(), [""; 0]);
    }
}

#[tokio::test]
async fn a_sender_that_vanishes_inside_a_frame_is_told_as_truncated() {
    for cut in [&[0x21][..], &[0x21, 0, 0, 0, 0, 0, 0, 5], &[0x21, 0, 0, 0, 0, 0, 0, 5, b'h', b'e']] {
        let (mut peer, stream) = Peer::roomy();
        let receiver = Receiver::accepting(stream);
        peer.offer_taken(&[("a", 5)]).await;
        peer.send(header(0, 5)).await;
        peer.raw(cut).await;
        drop(peer);
        let end = receiver.end().await;
        assert_is!(end.result, Err(SessionError::Link(LinkError::Truncated)));
        assert_eq!(end.names(), [""; 0]);
    }
}

#[tokio::test]
async fn a_sender_that_vanishes_after_the_end_leaves_no_part() {
    let (mut peer, stream) = Peer::roomy();
    let receiver = Receiver::accepting(stream);
    peer.offer_taken(&[("a", 5)]).await;
    peer.file(0, b"hello").await;
    peer.send(Frame::End).await;
    drop(peer);
    let end = receiver.end().await;
    // The file is whole: whether it got its name before the line was known to be gone is the disk's race.
    assert!(end.names().iter().all(|name| name == "a"), "{:?}", end.names());
    assert_is!(
        end.result,
        Ok(Received::End(ReceiveEnd::Delivered)) | Err(SessionError::Link(LinkError::Closed))
    );
}

#[tokio::test]
async fn a_receiver_that_vanishes_is_told_as_closed_in_every_phase() {
    let files = Files::of(&[("a", &bytes(LARGE))]);
    for phase in 0..5 {
        let (mut peer, stream) = Peer::over(64 * 1024);
        let sender = Sender::start(stream, files.roots.clone());
        match phase {
            0 => {}
            1 => peer.hello().await,
            2 => drop(peer.read_offer().await),
            3 => {
                peer.take_offer().await;
                peer.expect(Kind::Header).await;
            }
            _ => {
                peer.take_offer().await;
                peer.rest_until(Kind::End).await;
            }
        }
        drop(peer);
        assert_is!(sender.end().await, Err(SessionError::Link(LinkError::Closed)));
    }
}

#[tokio::test]
async fn a_receiver_that_closes_its_writing_side_after_its_decision_is_gone() {
    let files = Files::of(&[("a", &bytes(LARGE))]);
    let (mut peer, stream) = Peer::over(64 * 1024);
    let sender = Sender::start(stream, files.roots.clone());
    peer.take_offer().await;
    peer.shut_down().await;
    assert_is!(sender.end().await, Err(SessionError::Link(LinkError::Closed)));
    drop(peer);
}

#[tokio::test]
async fn a_sender_that_closes_its_writing_side_inside_a_file_is_gone() {
    let (mut peer, stream) = Peer::roomy();
    let receiver = Receiver::accepting(stream);
    peer.offer_taken(&[("a", 5)]).await;
    peer.send(header(0, 5)).await;
    peer.shut_down().await;
    let end = receiver.end().await;
    assert_is!(end.result, Err(SessionError::Link(LinkError::Closed)));
    assert_eq!(end.names(), [""; 0]);
    drop(peer);
}

#[tokio::test]
async fn a_bye_is_kept_with_its_reason_also_when_the_line_breaks_behind_it() {
    let files = Files::of(&[("a", &bytes(LARGE))]);
    let (mut peer, stream) = Peer::over(64 * 1024);
    let sender = Sender::start(stream, files.roots.clone());
    peer.take_offer().await;
    peer.expect(Kind::Header).await;
    peer.send(Frame::Bye(Bye { reason: ByeReason::Leaving, detail: "good night".to_owned() })).await;
    drop(peer);
    assert_is!(sender.end().await, Err(SessionError::Left(Bye { reason: ByeReason::Leaving, .. })));
}

#[tokio::test]
async fn a_line_that_trickles_byte_by_byte_delivers() {
    let (mut peer, stream) = Peer::over(1);
    let receiver = Receiver::accepting(stream);
    peer.offer_taken(&[("a", 5), ("b", 0)]).await;
    peer.file(0, b"hello").await;
    peer.file(1, b"").await;
    peer.send(Frame::End).await;
    peer.rest_until(Kind::Delivered).await;
    drop(peer);
    let end = receiver.end().await;
    assert_is!(end.result, Ok(Received::End(ReceiveEnd::Delivered)));
    assert_eq!(end.names(), ["a", "b"]);
    assert_eq!(end.contents("a"), b"hello");
}

#[tokio::test]
async fn a_peer_that_only_writes_still_gets_its_frames_taken() {
    let (mut peer, stream) = Peer::over(8);
    let receiver = Receiver::accepting(stream);
    peer.offer_taken(&[("a", 5), ("b", 5)]).await;
    peer.file(0, b"hello").await;
    peer.send(header(1, 5)).await;
    peer.chunk(b"world").await;
    peer.send(trailer(1, b"world")).await;
    peer.send(Frame::End).await;
    let end = receiver.end().await;
    assert_is!(end.result, Ok(Received::End(ReceiveEnd::Delivered)));
    assert_eq!(end.names(), ["a", "b"]);
    assert_eq!(end.contents("b"), b"world");
    drop(peer);
}

#[tokio::test]
async fn a_receiver_that_reads_byte_by_byte_gets_everything() {
    let files = Files::of(&[("a", &bytes(5_000)), ("b", b"")]);
    let (mut peer, stream) = Peer::over(1);
    let sender = Sender::start(stream, files.roots.clone());
    let offering = peer.read_offer().await;
    let manifest = offering.summary.digest;
    peer.say_yes(&offering).await;
    peer.rest_until(Kind::End).await;
    peer.send(Frame::Saved(vec![sampan::wire::EntryRange { first: 0, count: 2 }])).await;
    peer.send(Frame::Delivered { saved: 2, failed: 0, skipped: 0, bytes: 5_000, manifest }).await;
    peer.rest().await;
    drop(peer);
    assert_is!(sender.end().await, Ok(SendEnd::Delivered));
}
