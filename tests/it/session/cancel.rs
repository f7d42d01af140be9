//! Cancel, from either side, at every moment: it ends soon, and nothing unfinished stays.

use std::future::pending;
use std::time::{Duration, Instant};

use sampan::model::{Decision, DeclineReason, Leftover, Side, Step};
use sampan::session::{LinkError, ReceiveEnd, SendEnd, SessionError, Timing};
use sampan::wire::{AbortReason, EntryRange, Frame, Kind};

use crate::support::piped::{Offering, Peer, Said, bytes, digest, header, trailer};
use crate::support::sides::{Files, Received, Receiver, Sender};
use crate::support::until_async;

/// Larger than everything a sender reads ahead.
const LARGE: usize = 8 * 1024 * 1024;

/// Limits for peers that never answer, so that these tests need not wait for the real ones.
fn short() -> Timing {
    Timing { wind_up: Duration::from_millis(300), linger: Duration::from_millis(100), ..Timing::default() }
}

/// What short limits may take on busy cores; the real ones would take longer.
const SOON: Duration = Duration::from_secs(5);

#[tokio::test]
async fn a_sender_takes_its_offer_back() {
    for answer in [Frame::Cancelled, Frame::Cancel(Leftover::Keep)] {
        let files = Files::of(&[("file", b"contents")]);
        let (mut peer, stream) = Peer::roomy();
        let sender = Sender::start(stream, files.roots.clone());
        peer.read_offer().await;
        sender.cancel.cancel(Leftover::Keep);
        peer.expect(Kind::Cancel).await;
        peer.send(answer).await;
        assert_eq!(peer.rest().await, []);
        drop(peer);
        assert_is!(sender.end().await, Ok(SendEnd::Cancelled(Side::Here, Leftover::Keep)));
    }
}

#[tokio::test]
async fn a_decision_that_crosses_the_cancel_of_an_offer_brings_no_bytes() {
    for decision in [Decision::Accept, Decision::Decline(DeclineReason::Person)] {
        let files = Files::of(&[("file", b"contents")]);
        let (mut peer, stream) = Peer::roomy();
        let sender = Sender::start(stream, files.roots.clone());
        let offering = peer.read_offer().await;
        sender.cancel.cancel(Leftover::Keep);
        peer.expect(Kind::Cancel).await;
        peer.send_all(&[Frame::Decision(decision, offering.summary.digest), Frame::Cancelled]).await;
        assert_eq!(peer.rest().await, []);
        drop(peer);
        assert_is!(sender.end().await, Ok(SendEnd::Cancelled(Side::Here, Leftover::Keep)));
    }
}

#[tokio::test]
async fn a_sender_cancels_while_bytes_flow() {
    let files = Files::of(&[("a", &bytes(LARGE))]);
    let (mut peer, stream) = Peer::over(64 * 1024);
    let sender = Sender::start(stream, files.roots.clone());
    peer.take_offer().await;
    peer.expect(Kind::Header).await;
    sender.cancel.cancel(Leftover::Keep);
    let said = peer.rest_until(Kind::Cancel).await;
    assert!(said.len() < LARGE / (256 * 1024), "Cancel overtakes the data: {} chunks", said.len());
    peer.send(Frame::Cancelled).await;
    let rest = peer.rest().await;
    assert!(rest.iter().all(|said| matches!(said, Said::Chunk(_))), "only what was under way");
    drop(peer);
    assert_is!(sender.end().await, Ok(SendEnd::Cancelled(Side::Here, Leftover::Keep)));
}

#[tokio::test]
async fn a_sender_cancels_while_the_receiver_checks() {
    let files = Files::of(&[("a", b"hello"), ("b", b"world")]);
    let (mut peer, stream) = Peer::roomy();
    let sender = Sender::start(stream, files.roots.clone());
    peer.take_offer().await;
    peer.rest_until(Kind::End).await;
    sender.cancel.cancel(Leftover::Keep);
    peer.expect(Kind::Cancel).await;
    // What was safe before the Cancel came stays safe.
    peer.send_all(&[Frame::Saved(vec![EntryRange { first: 0, count: 1 }]), Frame::Cancelled]).await;
    assert_eq!(peer.rest().await, []);
    drop(peer);
    assert_eq!(sender.ledger().counts().saved, 1);
    assert_is!(sender.end().await, Ok(SendEnd::Cancelled(Side::Here, Leftover::Keep)));
}

#[tokio::test]
async fn what_waits_for_the_line_when_it_ends_is_never_called_sent() {
    for is_cancelled in [true, false] {
        let files = Files::of(&[("a", &bytes(100_000))]);
        // Its last frames do not fit into the pipe.
        let (mut peer, stream) = Peer::over(16);
        let sender = Sender::start(stream, files.roots.clone());
        peer.take_offer().await;
        peer.expect(Kind::Header).await;
        assert_eq!(peer.read().await, Said::Chunk(bytes(100_000)));
        if is_cancelled {
            sender.cancel.cancel(Leftover::Keep);
            peer.rest_until(Kind::Cancel).await;
            peer.send(Frame::Cancelled).await;
            peer.rest().await;
        }
        drop(peer);
        let heard = sender.heard.clone();
        match sender.end().await {
            Ok(end) => {
                assert_eq!((end, is_cancelled), (SendEnd::Cancelled(Side::Here, Leftover::Keep), true));
            }
            Err(error) => assert!(matches!(error, SessionError::Link(_)) && !is_cancelled, "{error}"),
        }
        assert!(!heard.steps.lock().unwrap().contains(&Step::Check));
    }
}

#[tokio::test]
async fn a_cancel_that_crosses_delivered_came_too_late() {
    let files = Files::of(&[("a", b"hello")]);
    let (mut peer, stream) = Peer::roomy();
    let sender = Sender::start(stream, files.roots.clone());
    let manifest = peer.take_offer().await.summary.digest;
    peer.rest_until(Kind::End).await;
    sender.cancel.cancel(Leftover::Keep);
    peer.expect(Kind::Cancel).await;
    let saved = Frame::Saved(vec![EntryRange { first: 0, count: 1 }]);
    peer.send_all(&[saved, Frame::Delivered { saved: 1, failed: 0, skipped: 0, bytes: 5, manifest }]).await;
    peer.rest().await;
    drop(peer);
    assert_is!(sender.end().await, Ok(SendEnd::Delivered));
}

#[tokio::test]
async fn a_sender_answers_the_receivers_cancel_behind_the_data_under_way() {
    let files = Files::of(&[("a", &bytes(LARGE))]);
    let (mut peer, stream) = Peer::over(64 * 1024);
    let sender = Sender::start(stream, files.roots.clone());
    peer.take_offer().await;
    peer.expect(Kind::Header).await;
    peer.send(Frame::Cancel(Leftover::Keep)).await;
    let said = peer.rest().await;
    let (last, data) = said.split_last().unwrap();
    assert_eq!(last, &Said::Frame(Frame::Cancelled));
    assert!(data.iter().all(|said| matches!(said, Said::Chunk(_))), "only what was under way");
    drop(peer);
    assert_is!(sender.end().await, Ok(SendEnd::Cancelled(Side::There, Leftover::Keep)));
}

#[tokio::test]
async fn a_sender_answers_a_cancel_before_the_decision_and_while_it_waits_for_the_check() {
    for decided in [false, true] {
        let files = Files::of(&[("a", b"hello")]);
        let (mut peer, stream) = Peer::roomy();
        let sender = Sender::start(stream, files.roots.clone());
        if decided {
            peer.take_offer().await;
            peer.rest_until(Kind::End).await;
        } else {
            peer.read_offer().await;
        }
        peer.send(Frame::Cancel(Leftover::Keep)).await;
        assert_eq!(peer.rest().await, [Said::Frame(Frame::Cancelled)]);
        drop(peer);
        assert_is!(sender.end().await, Ok(SendEnd::Cancelled(Side::There, Leftover::Keep)));
    }
}

#[tokio::test]
async fn a_person_who_cancels_a_question_says_no() {
    let (mut peer, stream) = Peer::roomy();
    let receiver = Receiver::start(stream, Timing::default(), pending());
    peer.greet().await;
    let offering = Offering::of([("file", 5)]);
    peer.offer(&offering).await;
    peer.expect(Kind::Planned).await;
    receiver.cancel.cancel(Leftover::Keep);
    let no = Frame::Decision(Decision::Decline(DeclineReason::Person), offering.summary.digest);
    assert_eq!(peer.rest().await, [Said::Frame(no)]);
    drop(peer);
    assert_is!(receiver.end().await.result, Ok(Received::Withdrawn(Side::Here)));
}

#[tokio::test]
async fn an_offer_that_its_sender_takes_back_closes_the_question() {
    let (mut peer, stream) = Peer::roomy();
    let receiver = Receiver::start(stream, Timing::default(), pending());
    peer.greet().await;
    peer.offer(&Offering::of([("file", 5)])).await;
    peer.expect(Kind::Planned).await;
    peer.send(Frame::Cancel(Leftover::Keep)).await;
    assert_eq!(peer.rest().await, [Said::Frame(Frame::Cancelled)]);
    drop(peer);
    let end = receiver.end().await;
    assert_is!(end.result, Ok(Received::Withdrawn(Side::There)));
    assert_eq!(end.names(), [""; 0]);
}

#[tokio::test]
async fn a_receiver_throws_away_what_crosses_its_cancel() {
    let (mut peer, stream) = Peer::roomy();
    let receiver = Receiver::accepting(stream);
    peer.offer_taken(&[("a", 5), ("b", 5)]).await;
    peer.send(header(0, 5)).await;
    receiver.cancel.cancel(Leftover::Keep);
    peer.expect(Kind::Cancel).await;
    peer.chunk(b"hello").await;
    peer.send(trailer(0, b"hello")).await;
    peer.send(Frame::Abort { entry: 1, reason: AbortReason::Changed }).await;
    peer.send(Frame::End).await;
    peer.send(Frame::Cancelled).await;
    assert_eq!(peer.rest().await, []);
    drop(peer);
    let end = receiver.end().await;
    assert_is!(end.result, Ok(Received::End(ReceiveEnd::Cancelled(Side::Here, Leftover::Keep))));
    assert_eq!(end.names(), [""; 0]);
}

#[tokio::test]
async fn a_receiver_answers_the_senders_cancel_and_only_whole_files_stay() {
    for frames in [vec![], vec![header(0, 5)], vec![header(0, 0), trailer(0, b""), header(1, 5)]] {
        let first = if frames.len() > 1 { 0 } else { 5 };
        let (mut peer, stream) = Peer::roomy();
        let receiver = Receiver::accepting(stream);
        peer.offer_taken(&[("a", first), ("b", 5)]).await;
        peer.send_all(&frames).await;
        if !frames.is_empty() {
            peer.chunk(b"hel").await;
        }
        peer.send(Frame::Cancel(Leftover::Keep)).await;
        assert_eq!(peer.rest().await, [Said::Frame(Frame::Cancelled)]);
        drop(peer);
        let end = receiver.end().await;
        assert_is!(end.result, Ok(Received::End(ReceiveEnd::Cancelled(Side::There, Leftover::Keep))));
        let whole: &[&str] = if first == 0 { &["a"] } else { &[] };
        assert_eq!(end.names(), whole);
    }
}

#[tokio::test]
async fn a_cancel_while_the_receiver_checks_leaves_no_part_and_no_file_uncounted() {
    let names: Vec<String> = (0..300).map(|n| format!("{n:03}")).collect();
    for from_peer in [false, true] {
        let (mut peer, stream) = Peer::roomy();
        let receiver = Receiver::accepting(stream);
        peer.offer_taken(&names.iter().map(|name| (name.as_str(), 3)).collect::<Vec<_>>()).await;
        for (entry, name) in (0..).zip(&names) {
            peer.file(entry, name.as_bytes()).await;
        }
        peer.send(Frame::End).await;
        if from_peer {
            peer.send(Frame::Cancel(Leftover::Keep)).await;
        } else {
            receiver.cancel.cancel(Leftover::Keep);
        }
        // The disk may have been quicker: then it is delivered, and the Cancel came too late.
        drop(peer);
        let end = receiver.end().await;
        let saved = usize::try_from(end.ledger.as_ref().unwrap().counts().saved).unwrap();
        assert_eq!(end.names().len(), saved);
        assert!(end.names().iter().all(|name| names.contains(name)), "{:?}", end.names());
    }
}

#[tokio::test]
async fn cancels_that_cross_are_each_others_answer() {
    let files = Files::of(&[("a", &bytes(LARGE))]);
    let (mut peer, stream) = Peer::over(64 * 1024);
    let sender = Sender::start(stream, files.roots.clone());
    peer.take_offer().await;
    peer.expect(Kind::Header).await;
    sender.cancel.cancel(Leftover::Keep);
    peer.rest_until(Kind::Cancel).await;
    peer.send(Frame::Cancel(Leftover::Keep)).await;
    let rest = peer.rest().await;
    assert!(!rest.contains(&Said::Frame(Frame::Cancelled)), "nobody waits for an answer");
    drop(peer);
    assert_is!(sender.end().await, Ok(SendEnd::Cancelled(Side::Here, Leftover::Keep)));

    let (mut peer, stream) = Peer::roomy();
    let receiver = Receiver::accepting(stream);
    peer.offer_taken(&[("a", 5)]).await;
    receiver.cancel.cancel(Leftover::Keep);
    peer.expect(Kind::Cancel).await;
    peer.send(Frame::Cancel(Leftover::Keep)).await;
    assert_eq!(peer.rest().await, []);
    drop(peer);
    let end = receiver.end().await;
    assert_is!(end.result, Ok(Received::End(ReceiveEnd::Cancelled(Side::Here, Leftover::Keep))));
}

#[tokio::test]
async fn two_people_who_cancel_at_once_both_see_it_cancelled() {
    let files = Files::of(&[("a", &bytes(LARGE))]);
    let (ours, theirs) = tokio::io::duplex(1024);
    let receiver = Receiver::accepting(theirs);
    let sender = Sender::start(ours, files.roots.clone());
    let part_is_there = || receiver.folder().read_dir().unwrap().next().is_some();
    until_async("bytes to flow", part_is_there).await;
    sender.cancel.cancel(Leftover::Keep);
    receiver.cancel.cancel(Leftover::Keep);
    assert_is!(sender.end().await, Ok(SendEnd::Cancelled(_, Leftover::Keep)));
    let end = receiver.end().await;
    assert_is!(end.result, Ok(Received::End(ReceiveEnd::Cancelled(_, Leftover::Keep))));
    assert_eq!(end.names(), [""; 0]);
}

#[tokio::test]
async fn a_peer_that_closes_instead_of_answering_a_cancel_changes_nothing() {
    let files = Files::of(&[("a", &bytes(LARGE))]);
    for decided in [false, true] {
        let (mut peer, stream) = Peer::over(64 * 1024);
        let sender = Sender::start(stream, files.roots.clone());
        if decided {
            peer.take_offer().await;
            peer.expect(Kind::Header).await;
        } else {
            peer.read_offer().await;
        }
        sender.cancel.cancel(Leftover::Keep);
        peer.rest_until(Kind::Cancel).await;
        drop(peer);
        assert_is!(sender.end().await, Ok(SendEnd::Cancelled(Side::Here, Leftover::Keep)));
    }
    let (mut peer, stream) = Peer::roomy();
    let receiver = Receiver::accepting(stream);
    peer.offer_taken(&[("a", 5)]).await;
    peer.send(header(0, 5)).await;
    receiver.cancel.cancel(Leftover::Keep);
    peer.expect(Kind::Cancel).await;
    drop(peer);
    let end = receiver.end().await;
    assert_is!(end.result, Ok(Received::End(ReceiveEnd::Cancelled(Side::Here, Leftover::Keep))));
    assert_eq!(end.names(), [""; 0]);
}

#[tokio::test]
async fn a_peer_that_breaks_the_protocol_after_a_cancel_is_still_told() {
    let (mut peer, stream) = Peer::roomy();
    let receiver = Receiver::accepting(stream);
    peer.offer_taken(&[("a", 5)]).await;
    receiver.cancel.cancel(Leftover::Keep);
    peer.expect(Kind::Cancel).await;
    peer.raw(&[0xee, 0, 0, 0, 0, 0, 0, 0]).await;
    peer.expect(Kind::Bye).await;
    drop(peer);
    assert_is!(receiver.end().await.result, Err(SessionError::Link(LinkError::Wire(_))));
}

#[tokio::test]
async fn a_sender_that_cancels_gets_away_from_a_peer_that_never_reads() {
    let files = Files::of(&[("a", &bytes(LARGE))]);
    let many = Files::many(2_000);
    // While the offer goes out.
    let (mut peer, stream) = Peer::over(1024);
    let sender = Sender::with(stream, short(), many.roots.clone());
    peer.greet().await;
    peer.expect(Kind::Offer).await;
    let start = Instant::now();
    sender.cancel.cancel(Leftover::Keep);
    assert_is!(sender.end().await, Ok(SendEnd::Cancelled(Side::Here, Leftover::Keep)));
    assert!(start.elapsed() < SOON);
    // While bytes flow.
    let (mut peer, stream) = Peer::over(1024);
    let sender = Sender::with(stream, short(), files.roots.clone());
    peer.take_offer().await;
    peer.expect(Kind::Header).await;
    let start = Instant::now();
    sender.cancel.cancel(Leftover::Keep);
    assert_is!(sender.end().await, Ok(SendEnd::Cancelled(Side::Here, Leftover::Keep)));
    assert!(start.elapsed() < SOON);
}

#[tokio::test]
async fn a_sender_gets_away_from_a_peer_that_cancels_and_never_reads() {
    let files = Files::of(&[("a", &bytes(LARGE))]);
    let (mut peer, stream) = Peer::over(1024);
    let sender = Sender::with(stream, short(), files.roots.clone());
    peer.take_offer().await;
    peer.expect(Kind::Header).await;
    // By the time that half of it came this way, the disk is far ahead of the line and waits for it.
    let mut came = 0;
    while came < LARGE / 2 {
        let Said::Chunk(bytes) = peer.read().await else { panic!("only chunks") };
        came += bytes.len();
    }
    let start = Instant::now();
    peer.send(Frame::Cancel(Leftover::Keep)).await;
    assert_is!(sender.end().await, Ok(SendEnd::Cancelled(Side::There, Leftover::Keep)));
    assert!(start.elapsed() < SOON);
}

#[tokio::test]
async fn a_receiver_that_cancels_gets_away_from_a_peer_that_never_reads() {
    let names: Vec<String> = (0..3_000).map(|n| format!("{n:04}")).collect();
    let (mut peer, stream) = Peer::over(64);
    let receiver = Receiver::start(stream, short(), async { Decision::Accept });
    peer.offer_taken(&names.iter().map(|name| (name.as_str(), 0)).collect::<Vec<_>>()).await;
    // Each of these is answered by Failed, until nobody takes the answers.
    let wrong = |entry| Frame::Trailer { entry, size: 0, digest: digest(b"wrong") };
    let flood = async {
        for entry in 0..3_000 {
            peer.send_all(&[header(entry, 0), wrong(entry)]).await;
        }
    };
    let stuck = tokio::time::timeout(Duration::from_secs(2), flood).await;
    assert!(stuck.is_err(), "a receiver nobody reads from takes no more");
    let start = Instant::now();
    receiver.cancel.cancel(Leftover::Keep);
    let end = receiver.end().await;
    assert_is!(end.result, Ok(Received::End(ReceiveEnd::Cancelled(Side::Here, Leftover::Keep))));
    assert_eq!(end.names(), [""; 0]);
    assert!(start.elapsed() < SOON);
}
