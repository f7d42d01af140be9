//! Manifests that are longer than memory is given to: kept without a name, gone with their session.

use std::fs;
use std::path::Path;

use sampan::model::{Decision, Leftover};
use sampan::session::{ManifestLimits, SendEnd, SessionError, Timing};
use sampan::storage::{SpoolError, SpoolPlace};
use sampan::wire::{ByeReason, Frame, Kind};
use tokio::sync::oneshot;

use crate::support::piped::{Offering, Peer};
use crate::support::sides::{Files, Received, Receiver, Sender};
use crate::support::until_async;

/// Entries whose pages are together more than the 8 MiB that stay in memory.
const MANY: usize = 45_000;

/// What this process holds open without a name below a folder.
fn unnamed_in(folder: &Path) -> usize {
    let folder = folder.to_str().unwrap();
    let open = fs::read_dir("/proc/self/fd").unwrap().filter_map(|fd| fs::read_link(fd.unwrap().path()).ok());
    let is_ours = |target: &str| target.starts_with(folder) && target.ends_with(" (deleted)");
    open.filter(|target| target.to_str().is_some_and(is_ours)).count()
}

fn names_in(folder: &Path) -> usize {
    fs::read_dir(folder).unwrap().count()
}

#[tokio::test]
async fn so_many_files_are_offered_without_a_name_on_disk_and_leave_nothing() {
    let home = tempfile::tempdir().unwrap();
    let files = Files::many(MANY);
    let (ours, theirs) = tokio::io::duplex(256 * 1024);
    let (asked, hears) = oneshot::channel();
    let (answers, answer) = oneshot::channel();
    let question = async {
        asked.send(()).unwrap();
        answer.await.unwrap()
    };
    let limits = ManifestLimits::in_folder(home.path().to_owned());
    let receiver = Receiver::within(limits, theirs, Timing::default(), question);
    let sender = Sender::start(ours, files.roots.clone());
    hears.await.unwrap();
    assert_eq!((names_in(home.path()), unnamed_in(home.path())), (0, 1));
    answers.send(Decision::Accept).unwrap();
    until_async("a file to arrive", || sender.heard.saved() > 0).await;
    // The receiver's ledger asks the same file for names.
    assert_eq!((names_in(home.path()), unnamed_in(home.path())), (0, 1));
    sender.cancel.cancel(Leftover::Keep);
    sender.end().await.unwrap();
    let end = receiver.end().await;
    end.result.as_ref().unwrap();
    let reports = end.ledger.as_ref().unwrap().reports(0, 10);
    assert!(reports[0].path.to_string().starts_with("many/000"));
    drop(end);
    assert_eq!((names_in(home.path()), unnamed_in(home.path())), (0, 0));
}

#[tokio::test]
async fn a_spooled_offer_arrives_whole() {
    let home = tempfile::tempdir().unwrap();
    let names: Vec<String> = (0..700).map(|n| format!("{n:0>200}")).collect();
    let files: Vec<(&str, &[u8])> = names.iter().map(|name| (name.as_str(), name.as_bytes())).collect();
    let files = Files::of(&files);
    let place = SpoolPlace { folder: home.path().to_owned(), memory: 1_000, limit: 1_000_000 };
    let limits = ManifestLimits { place, ..ManifestLimits::in_folder(home.path().to_owned()) };
    let (ours, theirs) = tokio::io::duplex(4096);
    let receiver = Receiver::within(limits, theirs, Timing::default(), async { Decision::Accept });
    let sender = Sender::start(ours, files.roots.clone());
    assert_eq!(sender.end().await.unwrap(), SendEnd::Delivered);
    let end = receiver.end().await;
    assert_eq!(end.names(), names);
    assert!(names.iter().all(|name| end.contents(name) == name.as_bytes()));
    let reports = end.ledger.as_ref().unwrap().reports(0, 999);
    assert!(
        reports.iter().all(|report| names[usize::try_from(report.entry).unwrap()] == report.path.to_string())
    );
    assert_eq!(reports.len(), 700);
}

/// What a receiver with these limits makes of an offer of 2,000 files, and what the peer hears.
async fn refused(limits: ManifestLimits) -> (SessionError, ByeReason) {
    let (mut peer, stream) = Peer::roomy();
    let receiver = Receiver::within(limits, stream, Timing::default(), async { Decision::Accept });
    peer.greet().await;
    let names: Vec<String> = (0..2_000).map(|n| format!("{n:0>200}")).collect();
    peer.offer(&Offering::of(names.iter().map(|name| (name.as_str(), 1)))).await;
    let Frame::Bye(bye) = peer.expect(Kind::Bye).await else { unreachable!() };
    drop(peer);
    let end = receiver.end().await;
    assert_eq!(end.names(), [""; 0]);
    (end.result.unwrap_err(), bye.reason)
}

#[tokio::test]
async fn a_manifest_over_a_limit_is_refused_as_the_peers_fault() {
    let home = tempfile::tempdir().unwrap();
    let limits = ManifestLimits::in_folder(home.path().to_owned());
    let (error, bye) = refused(ManifestLimits { entries: 1_999, ..limits.clone() }).await;
    assert_is!((error, bye), (SessionError::Manifest(_), ByeReason::Protocol));
    let (error, bye) = refused(ManifestLimits { bytes: 400_000, ..limits }).await;
    assert_is!((error, bye), (SessionError::Manifest(_), ByeReason::Protocol));
}

#[tokio::test]
async fn a_manifest_that_cannot_be_kept_ends_the_session_with_a_word() {
    let place = SpoolPlace { folder: "/no such folder".into(), memory: 100_000, limit: 1_000_000 };
    let limits = ManifestLimits { place, ..ManifestLimits::in_folder("/no such folder".into()) };
    let (error, bye) = refused(limits).await;
    assert_is!((error, bye), (SessionError::Spool(SpoolError::Create { .. }), ByeReason::Other));
}

#[tokio::test]
async fn a_manifest_over_its_share_of_the_disk_ends_the_session_and_leaves_nothing() {
    let home = tempfile::tempdir().unwrap();
    let place = SpoolPlace { folder: home.path().to_owned(), memory: 100_000, limit: 200_000 };
    let limits = ManifestLimits { place, ..ManifestLimits::in_folder(home.path().to_owned()) };
    let (error, bye) = refused(limits).await;
    assert_is!((error, bye), (SessionError::Manifest(_), ByeReason::Protocol));
    assert_eq!((names_in(home.path()), unnamed_in(home.path())), (0, 0));
}

#[tokio::test]
async fn an_offer_that_is_not_taken_leaves_nothing() {
    let home = tempfile::tempdir().unwrap();
    let place = SpoolPlace { folder: home.path().to_owned(), memory: 1_000, limit: 1_000_000 };
    let limits = ManifestLimits { place, ..ManifestLimits::in_folder(home.path().to_owned()) };
    let (mut peer, stream) = Peer::roomy();
    let no = async { Decision::Decline(sampan::model::DeclineReason::Person) };
    let receiver = Receiver::within(limits, stream, Timing::default(), no);
    peer.greet().await;
    let names: Vec<String> = (0..2_000).map(|n| format!("{n:0>200}")).collect();
    peer.offer(&Offering::of(names.iter().map(|name| (name.as_str(), 1)))).await;
    peer.expect(Kind::Planned).await;
    peer.expect(Kind::Decision).await;
    drop(peer);
    assert_is!(receiver.end().await.result, Ok(Received::Declined));
    assert_eq!((names_in(home.path()), unnamed_in(home.path())), (0, 0));
}
