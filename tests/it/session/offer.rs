//! Greeting, offer and answer: what may be said before the first byte, and what lies get.

use std::future::pending;
use std::time::Duration;

use sampan::model::{Decision, DeclineReason, Leftover, ManifestSummary, TransferId};
use sampan::session::{Lie, LinkError, SendEnd, SessionError, Timing};
use sampan::wire::{ByeReason, Frame, Kind, Offer, Purpose, WireError};
use tokio::time::timeout;

use crate::support::piped::{Offering, Peer, Said, digest};
use crate::support::sides::{Files, Received, Receiver, ReceiverEnd, Sender};

/// What a receiver makes of an offer after a good greeting.
async fn offered(offering: Offering) -> (ReceiverEnd, Vec<Said>) {
    let (mut peer, stream) = Peer::roomy();
    let receiver = Receiver::accepting(stream);
    peer.greet().await;
    peer.offer(&offering).await;
    let said = peer.rest().await;
    drop(peer); // else the session would hear it out
    (receiver.end().await, said)
}

/// What a sender makes of an answer to its offer of one small file.
async fn answered(answer: impl FnOnce(&Offering) -> Frame) -> (Result<SendEnd, SessionError>, Vec<Said>) {
    let files = Files::of(&[("file", b"contents")]);
    let (mut peer, stream) = Peer::roomy();
    let sender = Sender::start(stream, files.roots.clone());
    let offering = peer.read_offer().await;
    peer.send(answer(&offering)).await;
    let said = peer.rest().await;
    drop(peer);
    (sender.end().await, said)
}

fn is_bye_for_broken_protocol(said: &[Said]) -> bool {
    matches!(said, [Said::Frame(Frame::Bye(bye))] if bye.reason == ByeReason::Protocol)
}

#[tokio::test]
async fn a_peer_that_closes_after_the_greeting_only_wanted_to_know_who_is_here() {
    let (mut peer, stream) = Peer::roomy();
    let receiver = Receiver::accepting(stream);
    peer.greet().await;
    drop(peer);
    assert_is!(receiver.end().await.result, Ok(Received::NoOffer));
}

#[tokio::test]
async fn a_sender_says_what_it_offers_and_the_totals_add_up() {
    let files = Files::of(&[("a", b"12345"), ("b", b"")]);
    let (mut peer, stream) = Peer::roomy();
    let _sender = Sender::start(stream, files.roots.clone());
    let offering = peer.read_offer().await;
    let bodies = offering.pages.iter().flat_map(|page| page.body().to_vec()).collect::<Vec<_>>();
    let expected =
        ManifestSummary { entries: 2, bytes: 5, stored: 5, unreadable: 0, digest: digest(&bodies) };
    assert_eq!(offering.summary, expected);
}

#[tokio::test(start_paused = true)]
async fn not_one_byte_of_a_file_is_sent_before_the_decision() {
    let files = Files::of(&[("file", b"contents")]);
    let (mut peer, stream) = Peer::roomy();
    let sender = Sender::start(stream, files.roots.clone());
    let offering = peer.read_offer().await;
    let early = timeout(Duration::from_secs(40), peer.read_for_ever()).await;
    assert!(early.is_err(), "the sender said {early:?}");
    assert_eq!(peer.pings, 2);
    peer.say_yes(&offering).await;
    let _: Frame = peer.expect(Kind::Header).await;
    drop(peer);
    assert!(sender.end_at_last().await.is_err());
}

#[tokio::test]
async fn a_no_brings_not_one_byte_and_its_reason_is_kept() {
    for (reason, end) in [
        (DeclineReason::Person, SendEnd::Declined(DeclineReason::Person)),
        (DeclineReason::NoSpace, SendEnd::Declined(DeclineReason::NoSpace)),
        (DeclineReason::Timeout, SendEnd::NotAnswered),
    ] {
        let (result, said) =
            answered(|offering| Frame::Decision(Decision::Decline(reason), offering.summary.digest)).await;
        assert_eq!(result.unwrap(), end);
        assert_eq!(said, []);
    }
}

#[tokio::test]
async fn a_receiver_says_no_with_its_reason_and_makes_no_file() {
    let (mut peer, stream) = Peer::roomy();
    let receiver =
        Receiver::start(stream, Timing::default(), async { Decision::Decline(DeclineReason::NoSpace) });
    peer.greet().await;
    let offering = Offering::of([("file", 5)]);
    peer.offer(&offering).await;
    let no = Frame::Decision(Decision::Decline(DeclineReason::NoSpace), offering.summary.digest);
    peer.expect(Kind::Planned).await;
    assert_eq!(peer.rest().await, [Said::Frame(no)]);
    drop(peer);
    let end = receiver.end().await;
    assert_is!(end.result, Ok(Received::Declined));
    assert_eq!(end.names(), [""; 0]);
}

#[tokio::test]
async fn a_decision_about_another_manifest_is_none() {
    let (result, said) = answered(|_| Frame::Decision(Decision::Accept, digest(b"another"))).await;
    assert_is!(result, Err(SessionError::Manifest(_)));
    assert!(is_bye_for_broken_protocol(&said), "{said:?}");
}

#[tokio::test]
async fn a_decision_that_comes_while_the_offer_goes_out_is_unexpected() {
    let many = Files::many(2_000);
    let (mut peer, stream) = Peer::over(1024);
    let sender = Sender::start(stream, many.roots.clone());
    peer.greet().await;
    peer.expect(Kind::Offer).await;
    peer.send(Frame::Decision(Decision::Accept, digest(b"a guess"))).await;
    let result = sender.end().await;
    assert_is!(result, Err(SessionError::Unexpected { got: Kind::Decision, .. }));
}

#[tokio::test]
async fn totals_that_lie_are_refused() {
    let lies: [fn(&mut ManifestSummary); 5] = [
        |summary| summary.entries += 1,
        |summary| summary.bytes += 1,
        |summary| summary.stored -= 1,
        |summary| summary.bytes = u64::MAX,
        |summary| summary.digest = digest(b"another"),
    ];
    for lie in lies {
        let mut offering = Offering::of([("a", 5), ("b", 7)]);
        lie(&mut offering.summary);
        let (end, said) = offered(offering).await;
        assert_is!(end.result, Err(SessionError::Manifest(_)));
        assert!(is_bye_for_broken_protocol(&said), "{said:?}");
    }
}

#[tokio::test]
async fn pages_out_of_order_and_missing_pages_are_refused() {
    let names: Vec<String> = (0..2_000).map(|n| format!("{n:0>200}")).collect();
    let offering = || Offering::of(names.iter().map(|name| (name.as_str(), 1)));
    let changes: [fn(&mut Offering); 3] = [
        |offering| offering.pages.swap(0, 1),
        |offering| drop(offering.pages.remove(1)),
        |offering| offering.pages.push(offering.pages[0].clone()),
    ];
    for change in changes {
        let mut offering = offering();
        assert!(offering.pages.len() > 3);
        change(&mut offering);
        assert_is!(offered(offering).await.0.result, Err(SessionError::Manifest(_)));
    }
}

#[tokio::test]
async fn an_empty_manifest_is_refused() {
    assert_is!(offered(Offering::of([])).await.0.result, Err(SessionError::Manifest(_)));
}

#[tokio::test]
async fn a_path_that_leaves_the_folder_is_refused() {
    for name in ["..", "../x", "/etc/passwd", "a\0b", ".sampan-x", "", &"x".repeat(300)] {
        let (mut peer, stream) = Peer::roomy();
        let receiver = Receiver::accepting(stream);
        peer.greet().await;
        peer.send(Frame::Offer(Offer {
            transfer: TransferId::from_bytes([7; 16]),
            note: None,
            purpose: Purpose::Send,
        }))
        .await;
        // {0: 0, 1: [{0: [name], 1: 0, 2: 1, 3: 1}]}
        let length = u16::try_from(name.len()).unwrap().to_be_bytes();
        let body =
            [&[0xa2, 0, 0, 1, 0x81, 0xa4, 0, 0x81, 0x59], &length[..], name.as_bytes(), &[1, 0, 2, 1, 3, 1]]
                .concat();
        peer.raw(&[0x11, 0, 0, 0, 0, 0]).await;
        peer.raw(&u16::try_from(body.len()).unwrap().to_be_bytes()).await;
        peer.raw(&body).await;
        drop(peer);
        let end = receiver.end().await;
        assert_is!(end.result, Err(SessionError::Link(LinkError::Wire(WireError::Path(_)))));
        assert_eq!(end.names(), [""; 0]);
    }
}

#[tokio::test]
async fn an_offer_taken_back_before_its_end_is_none() {
    let (mut peer, stream) = Peer::roomy();
    let receiver = Receiver::start(stream, Timing::default(), pending());
    peer.greet().await;
    peer.send(Frame::Offer(Offer {
        transfer: TransferId::from_bytes([7; 16]),
        note: None,
        purpose: Purpose::Send,
    }))
    .await;
    peer.send(Frame::Cancel(Leftover::Keep)).await;
    peer.expect(Kind::Cancelled).await;
    drop(peer);
    assert_is!(receiver.end().await.result, Ok(Received::NoOffer));
}

#[tokio::test]
async fn a_byte_before_the_decision_is_unexpected() {
    let (mut peer, stream) = Peer::roomy();
    let receiver = Receiver::start(stream, Timing::default(), pending());
    peer.greet().await;
    peer.offer(&Offering::of([("file", 5)])).await;
    peer.chunk(b"hello").await;
    let end = receiver.end().await;
    assert_is!(end.result, Err(SessionError::Unexpected { got: Kind::Chunk, .. }));
    assert_eq!(end.names(), [""; 0]);
}

#[tokio::test]
async fn a_lie_is_told_in_the_bye() {
    let (mut peer, stream) = Peer::roomy();
    let receiver = Receiver::accepting(stream);
    peer.offer_taken(&[("file", 5)]).await;
    peer.send(Frame::Header { entry: 0, offset: 0, size: 6 }).await;
    let Frame::Bye(bye) = peer.expect(Kind::Bye).await else { unreachable!() };
    assert_eq!(bye.reason, ByeReason::Protocol);
    assert!(bye.detail.contains("entry 0"), "{}", bye.detail);
    drop(peer);
    assert_is!(receiver.end().await.result, Err(SessionError::Lie { entry: 0, what: Lie::Size }));
}
