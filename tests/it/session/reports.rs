//! What a receiver reports to a sender: the truth is kept, lies end the session.

use std::sync::Arc;

use sampan::model::{Digest, FailureKind, FileFate, FileProblem, Side};
use sampan::session::{Counts, Ledger, Lie, SendEnd, SessionError};
use sampan::wire::{AbortReason, EntryRange, FailReason, Frame, Kind};

use crate::support::piped::{Peer, Said, bytes, digest};
use crate::support::sides::{Files, Sender};

/// Larger than everything a sender reads ahead.
const LARGE: usize = 8 * 1024 * 1024;

fn saved(first: u64, count: u64) -> Frame {
    Frame::Saved(vec![EntryRange { first, count }])
}

fn failed(entry: u64) -> Frame {
    Frame::Failed { entry, reason: FailReason::Disk }
}

/// Takes two files of 5 bytes whole, then says what `frames` makes of the manifest's digest. Gives the end.
async fn told(frames: impl FnOnce(Digest) -> Vec<Frame>) -> (Result<SendEnd, SessionError>, Arc<Ledger>) {
    let files = Files::of(&[("a", b"hello"), ("b", b"world")]);
    let (mut peer, stream) = Peer::roomy();
    let sender = Sender::start(stream, files.roots.clone());
    let offering = peer.take_offer().await;
    peer.rest_until(Kind::End).await;
    peer.send_all(&frames(offering.summary.digest)).await;
    peer.rest().await;
    drop(peer);
    let ledger = sender.ledger();
    (sender.end().await, ledger)
}

/// Says `frames` while the first file, which is large, is under way.
async fn told_early(frames: &[Frame]) -> Result<SendEnd, SessionError> {
    let files = Files::of(&[("a", &bytes(LARGE)), ("b", b"world")]);
    let (mut peer, stream) = Peer::over(1024);
    let sender = Sender::start(stream, files.roots.clone());
    peer.take_offer().await;
    peer.expect(Kind::Header).await;
    peer.send_all(frames).await;
    peer.rest().await;
    drop(peer);
    sender.end().await
}

#[tokio::test]
async fn files_reported_in_any_order_are_delivered() {
    let (result, ledger) = told(|manifest| {
        vec![
            saved(1, 1),
            saved(0, 1),
            Frame::Delivered { saved: 2, failed: 0, skipped: 0, bytes: 10, manifest },
        ]
    })
    .await;
    assert_is!(result, Ok(SendEnd::Delivered));
    assert_eq!(ledger.counts(), Counts { saved: 2, failed: 0, skipped: 0, bytes: 10 });
    assert_eq!(ledger.reports(0, 9).iter().map(|file| file.entry).collect::<Vec<_>>(), [1, 0]);
}

#[tokio::test]
async fn a_file_saved_twice_is_a_lie() {
    for frames in [
        vec![saved(0, 1), saved(0, 1)],
        vec![saved(0, 2), saved(1, 1)],
        vec![Frame::Saved(vec![EntryRange { first: 1, count: 1 }; 2])],
    ] {
        assert_is!(told(|_| frames).await.0, Err(SessionError::Lie { what: Lie::Report, .. }));
    }
}

#[tokio::test]
async fn a_file_saved_that_does_not_exist_is_a_lie() {
    for frame in [saved(2, 1), saved(0, 3), saved(0, u64::MAX), saved(u64::MAX - 1, 1)] {
        assert_is!(told(|_| vec![frame]).await.0, Err(SessionError::Lie { what: Lie::Report, .. }));
    }
}

#[tokio::test]
async fn a_file_saved_before_it_was_sent_is_a_lie() {
    for entry in [0, 1] {
        let result = told_early(&[saved(entry, 1)]).await;
        assert_is!(result, Err(SessionError::Lie { what: Lie::Report, .. }));
    }
}

#[tokio::test]
async fn a_file_saved_after_it_failed_is_a_lie() {
    let result = told(|_| vec![failed(0), saved(0, 1)]).await.0;
    assert_is!(result, Err(SessionError::Lie { entry: 0, what: Lie::Report }));
}

#[tokio::test]
async fn a_file_failed_that_does_not_exist_is_a_lie() {
    for entry in [2, u64::MAX] {
        assert_is!(told(|_| vec![failed(entry)]).await.0, Err(SessionError::Lie { what: Lie::Report, .. }));
    }
}

#[tokio::test]
async fn a_file_that_failed_there_is_partly_delivered_with_its_reason() {
    let (result, ledger) = told(|manifest| {
        let delivered = Frame::Delivered { saved: 1, failed: 1, skipped: 0, bytes: 5, manifest };
        vec![Frame::Failed { entry: 0, reason: FailReason::NoSpace }, saved(1, 1), delivered]
    })
    .await;
    assert_is!(result, Ok(SendEnd::Delivered));
    assert_eq!(ledger.counts(), Counts { saved: 1, failed: 1, skipped: 0, bytes: 5 });
    let problem = FileProblem { kind: FailureKind::DiskFull, side: Side::There };
    assert_eq!(ledger.first_problem().map(|(_, problem)| problem), Some(problem));
}

#[tokio::test]
async fn delivered_before_the_end_is_refused() {
    let manifest = digest(b"any");
    for (saved, failed) in [(2, 0), (0, 2)] {
        let result = told_early(&[Frame::Delivered { saved, failed, skipped: 0, bytes: 0, manifest }]).await;
        assert_is!(
            result,
            Err(SessionError::Miscounted { .. }
                | SessionError::Manifest(_)
                | SessionError::Unexpected { .. })
        );
    }
}

#[tokio::test]
async fn delivered_with_counts_that_are_not_ours_is_refused() {
    for (saved_count, failed, bytes) in
        [(1, 1, 5), (2, 0, 9), (2, 1, 10), (3, 0, 10), (2, u64::MAX, 10), (u64::MAX, 3, 10), (0, 2, 0)]
    {
        let result = told(|manifest| {
            vec![saved(0, 2), Frame::Delivered { saved: saved_count, failed, skipped: 0, bytes, manifest }]
        });
        assert_is!(result.await.0, Err(SessionError::Miscounted { .. }));
    }
}

#[tokio::test]
async fn delivered_with_failures_nobody_told_of_is_refused() {
    let result =
        told(|manifest| vec![Frame::Delivered { saved: 0, failed: 2, skipped: 0, bytes: 0, manifest }])
            .await
            .0;
    assert_is!(result, Err(SessionError::Miscounted { .. }));
}

#[tokio::test]
async fn delivered_about_another_manifest_is_refused() {
    let result = told(|_| {
        let manifest = digest(b"another");
        vec![saved(0, 2), Frame::Delivered { saved: 2, failed: 0, skipped: 0, bytes: 10, manifest }]
    });
    assert_is!(result.await.0, Err(SessionError::Manifest(_)));
}

#[tokio::test]
async fn a_file_that_fails_there_in_its_middle_is_aborted_and_the_next_one_is_sent() {
    let files = Files::of(&[("a", &bytes(LARGE)), ("b", b"world")]);
    let (mut peer, stream) = Peer::over(1024);
    let sender = Sender::start(stream, files.roots.clone());
    let offering = peer.take_offer().await;
    peer.expect(Kind::Header).await;
    peer.send(failed(0)).await;
    let ledger = sender.ledger();
    crate::support::until_async("the sender to hear of it", || ledger.counts().failed == 1).await;
    let said = peer.rest_until(Kind::End).await;
    let control: Vec<&Said> = said.iter().filter(|said| matches!(said, Said::Frame(_))).collect();
    assert_is!(
        control.as_slice(),
        [
            Said::Frame(Frame::Abort { entry: 0, reason: AbortReason::NotWanted }),
            Said::Frame(Frame::Header { entry: 1, .. }),
            Said::Frame(Frame::Trailer { entry: 1, .. }),
            Said::Frame(Frame::End),
        ]
    );
    let manifest = offering.summary.digest;
    peer.send_all(&[saved(1, 1), Frame::Delivered { saved: 1, failed: 1, skipped: 0, bytes: 5, manifest }])
        .await;
    peer.rest().await;
    drop(peer);
    assert_is!(sender.end().await, Ok(SendEnd::Delivered));
    let problem = FileProblem { kind: FailureKind::WriteFailed, side: Side::There };
    assert_eq!(ledger.reports(0, 1)[0].fate, FileFate::Failed(problem));
}
