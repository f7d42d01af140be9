//! Time limits, on a clock that stands still until everybody waits.

use std::future::pending;
use std::time::Duration;

use sampan::model::{Decision, DeclineReason, Leftover, Side};
use sampan::session::{LinkError, ReceiveEnd, SendEnd, SessionError, Timing};
use sampan::wire::{Frame, Kind};
use tokio::time::{Instant, sleep_until, timeout};

use crate::support::piped::{Offering, Peer, Said, header, offer, planned};
use crate::support::sides::{Files, Received, Receiver, Sender};

/// What the peer's last words may take on top of a limit.
const LINGER: Duration = Duration::from_secs(3);

fn secs(count: u64) -> Duration {
    Duration::from_secs(count)
}

/// Asserts that this much time went by, and little more.
fn assert_took(start: Instant, limit: Duration) {
    let took = start.elapsed();
    assert!(took >= limit && took <= limit + LINGER, "{took:?} instead of {limit:?}");
}

/// Says Ping every 15 s, and nothing else, until the session says something but pings.
async fn ping_until_it_speaks(peer: &mut Peer) -> Said {
    loop {
        match timeout(secs(15), peer.read_for_ever()).await {
            Ok(said) => return said,
            Err(_) => peer.send(Frame::Ping).await,
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_peer_that_never_says_hello_is_late_after_5_s() {
    let (_peer, stream) = Peer::roomy();
    let start = Instant::now();
    let end = Receiver::accepting(stream).end_at_last().await;
    assert_is!(end.result, Err(SessionError::Late { .. }));
    assert_took(start, secs(5));
}

#[tokio::test(start_paused = true)]
async fn a_peer_that_never_introduces_itself_is_late_after_5_s() {
    let files = Files::of(&[("file", b"contents")]);
    let (mut peer, stream) = Peer::roomy();
    let start = Instant::now();
    let sender = Sender::start(stream, files.roots.clone());
    peer.hello().await;
    assert_is!(sender.end_at_last().await, Err(SessionError::Late { .. }));
    assert_took(start, secs(5));
}

#[tokio::test(start_paused = true)]
async fn a_peer_that_says_hello_slower_than_5_s_is_late_however_often_it_pings() {
    let (mut peer, stream) = Peer::roomy();
    let start = Instant::now();
    let receiver = Receiver::accepting(stream);
    for second in 1..=10 {
        sleep_until(start + secs(second)).await;
        peer.send(Frame::Ping).await;
    }
    assert_is!(receiver.end_at_last().await.result, Err(SessionError::Late { .. }));
}

#[tokio::test(start_paused = true)]
async fn a_sender_that_offers_nothing_is_late_after_5_s_however_often_it_pings() {
    let (mut peer, stream) = Peer::roomy();
    let receiver = Receiver::accepting(stream);
    peer.greet().await;
    let start = Instant::now();
    for second in 1..=10 {
        sleep_until(start + secs(second)).await;
        peer.send(Frame::Ping).await;
    }
    assert_is!(
        receiver.end_at_last().await.result,
        Err(SessionError::Late { what: "say what it wants", .. })
    );
}

#[tokio::test(start_paused = true)]
async fn a_sender_that_falls_silent_inside_its_manifest_is_gone_after_45_s() {
    let (mut peer, stream) = Peer::roomy();
    let receiver = Receiver::accepting(stream);
    peer.greet().await;
    let start = Instant::now();
    peer.send(offer()).await;
    assert_is!(receiver.end_at_last().await.result, Err(SessionError::Link(LinkError::Silent(_))));
    assert_took(start, secs(45));
    drop(peer);
}

#[tokio::test(start_paused = true)]
async fn a_manifest_that_does_not_go_on_is_late_2_minutes_after_its_last_page() {
    let names: Vec<String> = (0..400).map(|n| format!("{n:0>200}")).collect();
    let offering = Offering::of(names.iter().map(|name| (name.as_str(), 1)));
    let (mut peer, stream) = Peer::roomy();
    let receiver = Receiver::accepting(stream);
    peer.greet().await;
    let start = Instant::now();
    peer.send(offer()).await;
    // It is walked slowly, and that is nobody's fault.
    for page in &offering.pages {
        for _ in 0..5 {
            assert!(timeout(secs(20), peer.read_for_ever()).await.is_err());
            peer.send(Frame::Ping).await;
        }
        peer.send(Frame::ManifestPage(page.clone())).await;
    }
    let pages = u64::try_from(offering.pages.len()).unwrap();
    assert!(pages > 1);
    let said = ping_until_it_speaks(&mut peer).await;
    assert_is!(said, Said::Frame(Frame::Bye(_)));
    assert_took(start, secs(100 * pages + 120));
    drop(peer);
    assert_is!(
        receiver.end_at_last().await.result,
        Err(SessionError::Late { what: "go on with its manifest", .. })
    );
}

#[tokio::test(start_paused = true)]
async fn a_receiver_that_falls_silent_before_its_decision_is_gone_after_45_s() {
    let files = Files::of(&[("file", b"contents")]);
    let (mut peer, stream) = Peer::roomy();
    let sender = Sender::start(stream, files.roots.clone());
    peer.read_offer().await;
    let start = Instant::now();
    assert_is!(sender.end_at_last().await, Err(SessionError::Link(LinkError::Silent(_))));
    assert_took(start, secs(45));
    drop(peer);
}

#[tokio::test(start_paused = true)]
async fn a_sender_that_falls_silent_inside_a_file_is_gone_after_45_s() {
    let (mut peer, stream) = Peer::roomy();
    let receiver = Receiver::accepting(stream);
    peer.offer_taken(&[("file", 5)]).await;
    peer.send(header(0, 5)).await;
    peer.chunk(b"hel").await;
    // The clock does not go on by itself while the disk has a thread.
    let start = Instant::now();
    while start.elapsed() < secs(50) {
        tokio::time::advance(secs(1)).await;
    }
    let end = receiver.end_at_last().await;
    assert_is!(end.result, Err(SessionError::Link(LinkError::Silent(_))));
    assert_eq!(end.names(), [""; 0]);
    drop(peer);
}

#[tokio::test(start_paused = true)]
async fn a_receiver_that_falls_silent_while_it_checks_is_gone_after_45_s() {
    let files = Files::of(&[("file", b"contents")]);
    let (mut peer, stream) = Peer::roomy();
    let sender = Sender::start(stream, files.roots.clone());
    peer.take_offer().await;
    let said = peer.rest_until(Kind::End).await;
    assert_eq!(said.len(), 4);
    let start = Instant::now();
    assert_is!(sender.end_at_last().await, Err(SessionError::Link(LinkError::Silent(_))));
    assert_took(start, secs(45));
    drop(peer);
}

#[tokio::test(start_paused = true)]
async fn two_sides_that_wait_nine_minutes_for_a_person_stay_connected() {
    let files = Files::of(&[("file", b"contents")]);
    let (ours, theirs) = tokio::io::duplex(4096);
    let answered = Instant::now() + secs(9 * 60);
    let receiver = Receiver::start(theirs, Timing::default(), async move {
        sleep_until(answered).await;
        Decision::Accept
    });
    let sender = Sender::start(ours, files.roots.clone());
    assert_is!(sender.end_at_last().await, Ok(SendEnd::Delivered));
    let end = receiver.end_at_last().await;
    assert_is!(end.result, Ok(Received::End(ReceiveEnd::Delivered)));
    assert_eq!(end.names(), ["file"]);
    assert!(Instant::now() >= answered);
}

#[tokio::test(start_paused = true)]
async fn a_side_that_waits_says_ping_every_15_s() {
    let (mut peer, stream) = Peer::roomy();
    let receiver = Receiver::start(stream, Timing::default(), pending());
    peer.greet().await;
    let offering = Offering::of([("file", 5)]);
    peer.offer(&offering).await;
    peer.expect(Kind::Planned).await;
    let start = Instant::now();
    let said = ping_until_it_speaks(&mut peer).await;
    assert_took(start, secs(600));
    assert_eq!(peer.pings, 600 / 15 - 1);
    let no = Frame::Decision(Decision::Decline(DeclineReason::Timeout), offering.summary.digest);
    assert_eq!(said, Said::Frame(no));
    drop(peer);
    assert_is!(receiver.end_at_last().await.result, Ok(Received::TimedOut));
}

#[tokio::test(start_paused = true)]
async fn an_offer_nobody_answers_is_declined_after_10_minutes_and_the_sender_knows_why() {
    let files = Files::of(&[("file", b"contents")]);
    let (ours, theirs) = tokio::io::duplex(4096);
    let start = Instant::now();
    let receiver = Receiver::start(theirs, Timing::default(), pending());
    let sender = Sender::start(ours, files.roots.clone());
    assert_is!(sender.end_at_last().await, Ok(SendEnd::NotAnswered));
    assert_took(start, secs(600));
    let end = receiver.end_at_last().await;
    assert_is!(end.result, Ok(Received::TimedOut));
    assert_eq!(end.names(), [""; 0]);
}

#[tokio::test(start_paused = true)]
async fn a_receiver_that_never_decides_is_given_up_after_10_minutes_and_30_s() {
    let files = Files::of(&[("file", b"contents")]);
    let (mut peer, stream) = Peer::roomy();
    let sender = Sender::start(stream, files.roots.clone());
    peer.read_offer().await;
    // As long as it compares it has time.
    for _ in 0..60 {
        assert!(timeout(secs(20), peer.read_for_ever()).await.is_err());
        peer.send(Frame::Ping).await;
    }
    peer.pings = 0;
    peer.send(planned()).await;
    let start = Instant::now();
    assert_eq!(ping_until_it_speaks(&mut peer).await, Said::End);
    assert_took(start, secs(630));
    drop(peer);
    assert_is!(sender.end_at_last().await, Ok(SendEnd::NotAnswered));
}

#[tokio::test(start_paused = true)]
async fn an_offer_taken_back_that_nobody_acknowledges_ends_after_5_s() {
    let files = Files::of(&[("file", b"contents")]);
    let (mut peer, stream) = Peer::roomy();
    let sender = Sender::start(stream, files.roots.clone());
    peer.read_offer().await;
    let start = Instant::now();
    sender.cancel.cancel(Leftover::Keep);
    assert_is!(sender.end_at_last().await, Ok(SendEnd::Cancelled(Side::Here, Leftover::Keep)));
    assert_took(start, secs(5));
    drop(peer);
}

#[tokio::test(start_paused = true)]
async fn a_senders_cancel_that_is_never_answered_ends_after_5_s() {
    let files = Files::of(&[("file", b"contents")]);
    let (mut peer, stream) = Peer::roomy();
    let sender = Sender::start(stream, files.roots.clone());
    peer.take_offer().await;
    peer.rest_until(Kind::End).await;
    let start = Instant::now();
    sender.cancel.cancel(Leftover::Keep);
    assert_is!(sender.end_at_last().await, Ok(SendEnd::Cancelled(Side::Here, Leftover::Keep)));
    assert_took(start, secs(5));
    drop(peer);
}

#[tokio::test(start_paused = true)]
async fn a_receivers_cancel_that_is_never_answered_ends_after_5_s() {
    let (mut peer, stream) = Peer::roomy();
    let receiver = Receiver::accepting(stream);
    peer.offer_taken(&[("file", 5)]).await;
    peer.send(header(0, 5)).await;
    let start = Instant::now();
    receiver.cancel.cancel(Leftover::Keep);
    let end = receiver.end_at_last().await;
    assert_is!(end.result, Ok(Received::End(ReceiveEnd::Cancelled(Side::Here, Leftover::Keep))));
    assert_took(start, secs(5));
    assert_eq!(end.names(), [""; 0]);
    drop(peer);
}

#[tokio::test(start_paused = true)]
async fn a_peer_that_hears_no_and_never_closes_is_left_after_2_s() {
    let (mut peer, stream) = Peer::roomy();
    let receiver =
        Receiver::start(stream, Timing::default(), async { Decision::Decline(DeclineReason::Person) });
    peer.greet().await;
    let start = Instant::now();
    peer.offer(&Offering::of([("file", 5)])).await;
    assert_is!(receiver.end_at_last().await.result, Ok(Received::Declined));
    assert_took(start, secs(2));
    drop(peer);
}
