//! Folders at the receiver: what is lost with one that cannot be made, and what stays as its owner has it.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use sampan::model::{Decision, FailureKind, FileFate, FileProblem, Side};
use sampan::session::{Counts, ReceiveEnd};
use sampan::wire::{AbortReason, Frame, Kind};

use crate::support::piped::{Offering, Peer, Said};
use crate::support::sides::{Received, Receiver, ReceiverEnd, Spot};
use crate::support::taker::Habits;

/// Offers these; something happens in the receiver's folder between its look and its yes. Gives the peer behind the yes.
async fn offered(files: &[(&str, u64)], meanwhile: fn(&Path)) -> (Peer, Receiver) {
    let (mut peer, stream) = Peer::roomy();
    let spot = Spot::new();
    let folder = spot.folder().to_owned();
    let answer = async move {
        meanwhile(&folder);
        Decision::Accept
    };
    let receiver = Receiver::at(spot, stream, Habits::default(), answer);
    peer.greet().await;
    peer.offer(&Offering::of(files.iter().copied())).await;
    peer.expect(Kind::Planned).await;
    peer.expect(Kind::Decision).await;
    (peer, receiver)
}

async fn ended(peer: Peer, receiver: Receiver) -> ReceiverEnd {
    drop(peer);
    let end = receiver.end().await;
    assert_eq!(end.result.as_ref().unwrap(), &Received::End(ReceiveEnd::Delivered));
    end
}

#[tokio::test]
async fn what_should_be_in_a_folder_that_cannot_be_made_is_lost_with_its_reason() {
    let files = [("d/", 0), ("d/a", 5), ("d/e/", 0), ("d/e/b", 5), ("f", 5)];
    let (mut peer, receiver) = offered(&files, |folder| fs::write(folder.join("d"), "mine").unwrap()).await;
    for entry in 0..4 {
        let Frame::Failed { entry: lost, .. } = peer.expect(Kind::Failed).await else { unreachable!() };
        assert_eq!(lost, entry);
    }
    // One was on its way already, one is not even begun.
    peer.file(1, b"hello").await;
    peer.send(Frame::Abort { entry: 3, reason: AbortReason::NotWanted }).await;
    peer.file(4, b"world").await;
    peer.send(Frame::End).await;
    let said = peer.rest_until(Kind::Delivered).await;
    let again = said.iter().filter(|said| matches!(said, Said::Frame(Frame::Failed { .. }))).count();
    assert_eq!(again, 0, "{said:?}");
    let Some(Said::Frame(Frame::Delivered { saved: 1, failed: 4, .. })) = said.last() else {
        panic!("{said:?}")
    };
    let end = ended(peer, receiver).await;
    assert_eq!((end.names(), end.contents("d")), (vec!["d".to_owned(), "f".to_owned()], b"mine".to_vec()));
    let ledger = end.ledger.as_ref().unwrap();
    assert_eq!(ledger.counts(), Counts { saved: 1, failed: 4, skipped: 0, bytes: 5 });
    let problem = FileProblem { kind: FailureKind::FolderMissing, side: Side::Here };
    let lost = ledger.reports(0, 4);
    assert!(lost.iter().all(|report| report.fate == FileFate::Failed(problem)), "{lost:?}");
}

#[tokio::test]
async fn a_folder_that_somebody_made_meanwhile_stays_as_it_is_and_is_merged_into() {
    let (mut peer, receiver) = offered(&[("d/", 0), ("d/a", 5)], |folder| {
        fs::create_dir(folder.join("d")).unwrap();
        fs::write(folder.join("d/theirs"), "theirs").unwrap();
        fs::set_permissions(folder.join("d"), fs::Permissions::from_mode(0o711)).unwrap();
    })
    .await;
    peer.file(1, b"hello").await;
    peer.send(Frame::End).await;
    peer.rest_until(Kind::Delivered).await;
    let end = ended(peer, receiver).await;
    assert_eq!(fs::metadata(end.path("d")).unwrap().permissions().mode() & 0o7777, 0o711);
    assert_eq!((end.contents("d/a"), end.contents("d/theirs")), (b"hello".to_vec(), b"theirs".to_vec()));
}
