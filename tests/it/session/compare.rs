//! What is there already: the comparison before the question, what is skipped, what continues, and who lies about it.

use std::fs;
use std::sync::Arc;

use sampan::model::{
    Conflict, Decision, DeclineReason, Entry, EntryKind, FileFate, Leftover, LinkTarget, Paused,
    ReceiptOutcome, Side, Skip, Wish,
};
use sampan::session::{Lie, LinkError, ReceiveEnd, SendEnd, SessionError};
use sampan::wire::{Beginning, DecisionPage, EntryRange, Frame, Kind, WireError};

use crate::support::piped::{
    Offering, Peer, Said, bytes, delivered, digest, entry, header, planned, saved, trailer,
};
use crate::support::sides::{Files, Received, Receiver, ReceiverEnd, Sender, Spot};
use crate::support::until_async;

/// Larger than everything a sender reads ahead.
const LARGE: usize = 8 * 1024 * 1024;

fn wanted(entry: u64, length: u64) -> Frame {
    Frame::DigestWanted(vec![Beginning { entry, length }])
}

/// Sends files to a place; gives how both saw the end.
async fn sent(files: &Files, spot: Spot) -> (Sender, ReceiverEnd) {
    let (ours, theirs) = tokio::io::duplex(64 * 1024);
    let receiver = Receiver::again(spot, theirs);
    let sender = Sender::start(ours, files.roots.clone());
    let end = receiver.end().await;
    assert_eq!(end.result.as_ref().unwrap(), &Received::End(ReceiveEnd::Delivered));
    (sender, end)
}

#[tokio::test]
async fn what_is_there_byte_for_byte_is_skipped_and_no_copy_is_made() {
    let files = Files::of(&[("same", b"hello"), ("other", b"world"), ("tree/in/it", b"deep")]);
    let spot = Spot::new();
    fs::write(spot.folder().join("same"), b"hello").unwrap();
    fs::write(spot.folder().join("other"), b"WORLD").unwrap();
    let (sender, end) = sent(&files, spot).await;
    assert_eq!(end.names(), ["other", "other (1)", "same", "tree"]);
    let counts = sender.ledger().counts();
    assert_eq!((counts.saved, counts.skipped, counts.bytes), (2, 1, 9));
    let same = |report: &&sampan::model::FileReport| report.path.to_string() == "same";
    for reports in [sender.ledger().reports(0, 9), end.ledger.as_ref().unwrap().reports(0, 9)] {
        let report = reports.iter().find(same).unwrap();
        assert_eq!(report.fate, FileFate::Skipped(Skip::Identical));
        assert_eq!(report.sha256, Some(digest(b"hello")));
    }
    assert_eq!(sender.end().await.unwrap(), SendEnd::Delivered);
    // And once more, by a sender that did not hear the end: nothing of it is sent, also not what got another name.
    let (sender, end) = sent(&files, end.spot).await;
    assert_eq!((sender.ledger().counts().saved, sender.ledger().counts().skipped), (0, 3));
    assert_eq!(end.names(), ["other", "other (1)", "same", "tree"]);
    assert_eq!(end.spot.leftovers(), [""; 0]);
    let heard = Arc::clone(&sender.heard);
    assert_eq!(sender.end().await.unwrap(), SendEnd::Delivered);
    // The record of this session knows the name that the file got in the one before.
    let receipt = heard.receipt();
    let other = receipt.iter().find(|entry| entry.path().to_string() == "other").unwrap();
    assert_eq!((other.outcome(), other.final_name()), (ReceiptOutcome::Identical, &b"other (1)"[..]));
    let same = receipt.iter().find(|entry| entry.path().to_string() == "same").unwrap();
    assert_eq!(same.final_name(), b"same");
}

#[tokio::test]
async fn conflicts_are_settled_as_the_receiver_wants() {
    for (conflict, names, contents) in [
        (Conflict::KeepBoth, &["a", "a (1)"][..], b"mine!"),
        (Conflict::Skip, &["a"], b"mine!"),
        (Conflict::Replace, &["a"], b"their"),
    ] {
        let (files, spot) = (Files::of(&[("a", b"their")]), Spot::new());
        fs::write(spot.folder().join("a"), b"mine!").unwrap();
        let (ours, theirs) = tokio::io::duplex(64 * 1024);
        let receiver = Receiver::settling(spot, theirs, conflict);
        let sender = Sender::start(ours, files.roots.clone());
        assert_eq!(sender.end().await.unwrap(), SendEnd::Delivered);
        let end = receiver.end().await;
        assert_eq!(end.names(), names);
        assert_eq!(end.contents("a"), contents);
        assert_eq!(end.spot.leftovers(), [""; 0], "{conflict:?}");
    }
}

#[tokio::test]
async fn a_file_continues_where_its_part_ends_and_the_digest_is_of_all_of_it() {
    let contents = bytes(LARGE);
    let files = Files::of(&[("a", &contents)]);
    // The first half arrives, and the line is lost.
    let offered = Offering::entries([as_offered(&files, "a")]);
    let (mut peer, stream) = Peer::roomy();
    let receiver = Receiver::accepting(stream);
    peer.greet().await;
    peer.offer(&offered).await;
    peer.expect(Kind::Planned).await;
    peer.expect(Kind::Decision).await;
    peer.send(header(0, contents.len() as u64)).await;
    peer.chunk(&contents[..1024 * 1024]).await;
    drop(peer);
    let end = receiver.end().await;
    assert_is!(end.result, Err(SessionError::Link(LinkError::Closed)));
    assert_eq!((end.spot.names(), end.spot.parts()), (Vec::new(), vec![1024 * 1024]));
    // The rest comes in another session.
    let (sender, end) = sent(&files, end.spot).await;
    assert_eq!(sender.heard.planned.get().map(|plan| (plan.continued, plan.new)), Some((1, 0)));
    assert_eq!(end.plan.as_ref().unwrap().offset(0), 1024 * 1024);
    assert_eq!(sender.ledger().counts().bytes, contents.len() as u64);
    assert_eq!(end.contents("a"), contents);
    assert_eq!(end.spot.leftovers(), [""; 0]);
    assert_eq!(sender.end().await.unwrap(), SendEnd::Delivered);
}

#[tokio::test]
async fn a_part_whose_bytes_are_others_begins_again() {
    let contents = bytes(LARGE);
    let files = Files::of(&[("a", &contents)]);
    let (mut peer, stream) = Peer::roomy();
    let receiver = Receiver::accepting(stream);
    peer.greet().await;
    peer.offer(&Offering::entries([as_offered(&files, "a")])).await;
    peer.rest_until(Kind::Decision).await;
    peer.send(header(0, contents.len() as u64)).await;
    peer.chunk(&vec![7; 1024 * 1024]).await;
    drop(peer);
    let (sender, end) = sent(&files, receiver.end().await.spot).await;
    assert_eq!(end.plan.as_ref().unwrap().offset(0), 0);
    assert_eq!(end.contents("a"), contents);
    assert_eq!(sender.end().await.unwrap(), SendEnd::Delivered);
}

/// A file as its sender's walk lists it.
fn as_offered(files: &Files, name: &str) -> Entry {
    use std::os::unix::fs::MetadataExt as _;
    let metadata = fs::metadata(files.path(name)).unwrap();
    let nanos = u32::try_from(metadata.mtime_nsec()).unwrap();
    let modified = Some(sampan::model::Stamp { secs: metadata.mtime(), nanos });
    Entry { modified, mode: Some(metadata.mode() & 0o777), ..entry(name, metadata.size()) }
}

#[tokio::test]
async fn who_only_asks_hears_all_of_the_plan_and_nothing_is_written() {
    let files = Files::of(&[("new", b"1"), ("other", b"world"), ("same", b"hello")]);
    let spot = Spot::new();
    fs::write(spot.folder().join("same"), b"hello").unwrap();
    fs::write(spot.folder().join("other"), b"WORLD").unwrap();
    let (ours, theirs) = tokio::io::duplex(64 * 1024);
    let receiver = Receiver::again(spot, theirs);
    let sender = Sender::asking(ours, files.roots.clone());
    let end = receiver.end().await;
    assert_eq!(end.result.as_ref().unwrap(), &Received::Asked);
    assert_eq!((end.names(), end.spot.leftovers()), (vec!["other".into(), "same".into()], Vec::new()));
    let plan = *sender.heard.planned.get().unwrap();
    assert_eq!((plan.new, plan.identical, plan.differing, plan.bytes), (1, 1, 1, 6));
    let heard = sender.heard.clone();
    assert_eq!(sender.end().await.unwrap(), SendEnd::Declined(DeclineReason::OnlyAsked));
    let wanted = heard.wanted.get().unwrap();
    assert_eq!(
        (0..3).map(|entry| wanted.skip(entry)).collect::<Vec<_>>(),
        [None, None, Some(Skip::Identical)]
    );
    assert_eq!((0..3).map(|entry| wanted.differs(entry)).collect::<Vec<_>>(), [false, true, false]);
}

// Senders that lie about digests

/// A receiver with a file `a` of 5 bytes, that was offered one of 5 bytes and hears this answer to its question.
async fn answered(answers: &[Frame]) -> ReceiverEnd {
    let spot = Spot::new();
    fs::write(spot.folder().join("a"), b"hello").unwrap();
    let (mut peer, stream) = Peer::roomy();
    let receiver = Receiver::again(spot, stream);
    peer.greet().await;
    peer.offer(&Offering::of([("a", 5), ("b", 5)])).await;
    assert_eq!(peer.expect(Kind::DigestWanted).await, wanted(0, 5));
    peer.send_all(answers).await;
    peer.rest().await;
    drop(peer);
    receiver.end().await
}

#[tokio::test]
async fn an_answer_to_another_question_is_a_lie() {
    let answer = |entry, length| (Beginning { entry, length }, Some(digest(b"hello")));
    for answers in [vec![answer(1, 5)], vec![answer(0, 4)], vec![answer(7, 5)], vec![answer(0, 5); 2]] {
        let end = answered(&[Frame::Digest(answers)]).await;
        assert_is!(end.result, Err(SessionError::Lie { what: Lie::Answer, .. }));
        assert_eq!(end.names(), ["a"]);
    }
}

#[tokio::test]
async fn bytes_of_what_is_identical_are_out_of_turn() {
    let same = Frame::Digest(vec![(Beginning { entry: 0, length: 5 }, Some(digest(b"hello")))]);
    let end = answered(&[same, header(0, 5)]).await;
    // Before the yes nothing may come, behind it not this.
    assert_is!(
        end.result,
        Err(SessionError::Lie { entry: 0, what: Lie::OutOfTurn } | SessionError::Unexpected { .. })
    );
    assert_eq!((end.names(), end.contents("a")), (vec!["a".to_owned()], b"hello".to_vec()));
}

#[tokio::test]
async fn a_link_that_leads_out_of_its_root_is_refused() {
    let at = |path: &str| sampan::model::RelPath::parse(path.split('/').collect::<Vec<_>>()).unwrap();
    let target = LinkTarget::parse(&at("r/l"), b"xx/y".to_vec()).unwrap();
    let link = Entry { kind: EntryKind::Link(target), ..entry("r/l", 0) };
    let offering = Offering::entries([entry("r/", 0), link]);
    let (mut peer, stream) = Peer::roomy();
    let receiver = Receiver::accepting(stream);
    peer.greet().await;
    peer.send(crate::support::piped::offer()).await;
    let mut frame = Vec::new();
    Frame::ManifestPage(offering.pages[0].clone()).encode(&mut frame);
    let place = frame.windows(4).position(|bytes| bytes == b"xx/y").unwrap();
    frame[place..place + 2].copy_from_slice(b"..");
    peer.raw(&frame).await;
    peer.expect(Kind::Bye).await;
    drop(peer);
    let end = receiver.end().await;
    assert_is!(
        end.result,
        Err(SessionError::Link(LinkError::Wire(WireError::Malformed { kind: Kind::ManifestPage, .. })))
    );
    assert_eq!(end.names(), [""; 0]);
}

// Receivers that lie about what they have

/// What a sender of two files of 5 bytes makes of this, said after its offer.
async fn told(frames: impl FnOnce(&Offering) -> Vec<Frame>) -> Result<SendEnd, SessionError> {
    let files = Files::of(&[("a", b"hello"), ("b", b"world"), ("c/", b"")]);
    let (mut peer, stream) = Peer::roomy();
    let sender = Sender::start(stream, files.roots.clone());
    let offering = peer.read_offer().await;
    peer.send_all(&frames(&offering)).await;
    peer.shut_down().await;
    peer.rest().await;
    drop(peer);
    sender.end().await
}

#[tokio::test]
async fn questions_about_what_was_not_offered_or_too_many_of_them_are_lies() {
    for entry in [2, 3, u64::MAX] {
        let result = told(|_| vec![wanted(entry, 5)]).await;
        assert_is!(result, Err(SessionError::Lie { what: Lie::Question, .. }));
    }
    // So often about each, however many files there are.
    let most = 16;
    let each = |_: &Offering| (0..most).flat_map(|_| [wanted(0, 5), wanted(1, 5)]).collect();
    assert_is!(told(each).await, Err(SessionError::Link(LinkError::Closed)));
    let result = told(|_| vec![wanted(0, 5); most + 1]).await;
    assert_is!(result, Err(SessionError::Lie { entry: 0, what: Lie::Question }));
}

#[tokio::test]
async fn a_question_about_more_than_there_is_gets_no_digest() {
    let files = Files::of(&[("a", b"hello")]);
    let (mut peer, stream) = Peer::roomy();
    let _sender = Sender::start(stream, files.roots.clone());
    peer.read_offer().await;
    for (length, expected) in [(6, None), (5, Some(digest(b"hello"))), (3, Some(digest(b"hel")))] {
        peer.send(wanted(0, length)).await;
        let answer = peer.expect(Kind::Digest).await;
        assert_eq!(answer, Frame::Digest(vec![(Beginning { entry: 0, length }, expected)]));
    }
}

#[tokio::test]
async fn identical_is_only_what_the_sender_told_the_digest_of() {
    let identical = EntryRange { first: 0, count: 1 };
    let page = DecisionPage { identical: vec![identical], ..DecisionPage::default() };
    let result = told(|offering| {
        let yes = Frame::Decision(Decision::Accept, offering.summary.digest);
        vec![planned(), Frame::DecisionPage(page), yes]
    });
    assert_is!(result.await, Err(SessionError::Lie { entry: 0, what: Lie::Decision }));
}

#[tokio::test]
async fn a_file_that_continues_beyond_its_end_is_aborted_and_never_sent() {
    let page = DecisionPage { offsets: vec![(0, 6)], ..DecisionPage::default() };
    let files = Files::of(&[("a", b"hello"), ("b", b"world")]);
    let (mut peer, stream) = Peer::roomy();
    let sender = Sender::start(stream, files.roots.clone());
    let offering = peer.read_offer().await;
    let yes = Frame::Decision(Decision::Accept, offering.summary.digest);
    peer.send_all(&[planned(), Frame::DecisionPage(page), yes]).await;
    peer.shut_down().await;
    let said = peer.rest().await;
    let whole = |said: &Said| matches!(said, Said::Frame(Frame::Trailer { entry: 0, .. }));
    assert!(!said.iter().any(whole), "{said:?}");
    drop(peer);
    sender.end().await.unwrap_err();
}

// Pauses

#[tokio::test]
async fn a_pause_of_either_side_stops_the_bytes_until_that_side_resumes() {
    let files = Files::of(&[("a", &bytes(LARGE))]);
    for side in [Side::Here, Side::There] {
        let (mut peer, stream) = Peer::over(64 * 1024);
        let sender = Sender::start(stream, files.roots.clone());
        let offering = peer.take_offer().await;
        peer.expect(Kind::Header).await;
        let mut came = 0;
        match side {
            Side::Here => {
                sender.wish.send(Wish::Pause).unwrap();
                while let Said::Chunk(bytes) = peer.read().await {
                    came += bytes.len();
                }
            }
            Side::There => peer.send(Frame::Pause).await,
        }
        // What was under way comes, and then nothing.
        while let Ok(said) = tokio::time::timeout(std::time::Duration::from_millis(300), peer.read()).await {
            if let Said::Chunk(bytes) = said {
                came += bytes.len();
            }
        }
        assert!(came < LARGE, "{side:?}");
        match side {
            Side::Here => sender.wish.send(Wish::Resume).unwrap(),
            Side::There => {
                peer.send_all(&[Frame::Resume, Frame::Resume]).await; // the second one changes nothing
            }
        }
        peer.rest_until(Kind::End).await;
        let manifest = offering.summary.digest;
        peer.send_all(&[saved(0, 1), delivered(1, 0, LARGE as u64, manifest)]).await;
        peer.rest().await;
        drop(peer);
        assert_eq!(sender.end().await.unwrap(), SendEnd::Delivered);
    }
}

#[tokio::test]
async fn a_receiver_hears_a_pause_and_says_its_own() {
    let (mut peer, stream) = Peer::roomy();
    let receiver = Receiver::accepting(stream);
    peer.offer_taken(&[("a", 5)]).await;
    receiver.wish.send(Wish::Pause).unwrap();
    peer.expect(Kind::Pause).await;
    peer.send(Frame::Pause).await;
    peer.send(Frame::Resume).await;
    let paused = receiver.paused.clone();
    until_async("three changes", || paused.lock().unwrap().len() == 3).await;
    receiver.wish.send(Wish::Resume).unwrap();
    peer.expect(Kind::Resume).await;
    let told = |here, there| Paused { here, there };
    let expected = [told(true, false), told(true, true), told(true, false), told(false, false)];
    assert_eq!(*paused.lock().unwrap(), expected);
    peer.send(header(0, 5)).await;
    peer.send(Frame::Hole(5)).await;
    peer.send(trailer(0, &[0; 5])).await;
    peer.send(Frame::End).await;
    peer.rest_until(Kind::Delivered).await;
    drop(peer);
    assert_eq!(receiver.end().await.contents("a"), [0; 5]);
}

#[tokio::test]
async fn a_hole_over_the_end_of_its_file_is_a_lie_and_one_of_nothing_is_no_frame() {
    let (mut peer, stream) = Peer::roomy();
    let receiver = Receiver::accepting(stream);
    peer.offer_taken(&[("a", 5)]).await;
    peer.send_all(&[header(0, 5), Frame::Hole(6)]).await;
    peer.rest().await;
    drop(peer);
    assert_is!(receiver.end().await.result, Err(SessionError::Lie { entry: 0, what: Lie::TooMany }));
    let (mut peer, stream) = Peer::roomy();
    let receiver = Receiver::accepting(stream);
    peer.offer_taken(&[("a", 5)]).await;
    peer.send_all(&[header(0, 5), Frame::Hole(0)]).await;
    peer.rest().await;
    drop(peer);
    let end = receiver.end().await;
    assert_is!(
        end.result,
        Err(SessionError::Link(LinkError::Wire(WireError::Malformed { kind: Kind::Hole, .. })))
    );
}

// What stays

#[tokio::test]
async fn a_cancel_keeps_the_part_and_the_sender_is_told_whether_it_is_forgotten() {
    for leftover in [Leftover::Keep, Leftover::Remove] {
        let (mut peer, stream) = Peer::roomy();
        let receiver = Receiver::accepting(stream);
        peer.offer_taken(&[("a", 5)]).await;
        peer.send(header(0, 5)).await;
        peer.chunk(b"hel").await;
        receiver.cancel.cancel(leftover);
        assert_eq!(peer.expect(Kind::Cancel).await, Frame::Cancel(leftover));
        peer.send(Frame::Cancelled).await;
        peer.rest().await;
        drop(peer);
        let end = receiver.end().await;
        // Removing is the engine's, once the session is over.
        assert_eq!(end.result.unwrap(), Received::End(ReceiveEnd::Cancelled(Side::Here, leftover)));
        assert_eq!(end.spot.names(), [""; 0]);
        assert!(end.spot.parts().len() <= 1);
    }
}
