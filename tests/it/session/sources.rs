//! Files that change, shrink, grow or go: never a Trailer, always an Abort, and the next file is sent.

use std::fs::{self, File};
use std::io::Write as _;
use std::path::Path;
use std::time::SystemTime;

use sampan::model::{FailureKind, FileFate, FileProblem, Side};
use sampan::wire::{AbortReason, Frame, Kind};

use crate::support::piped::{Peer, Said, bytes};
use crate::support::sides::{Files, Sender};
use crate::support::until;

/// Larger than everything a sender reads ahead.
const LARGE: usize = 8 * 1024 * 1024;

fn touch(path: &Path) {
    File::options().write(true).open(path).unwrap().set_modified(SystemTime::UNIX_EPOCH).unwrap();
}

/// Neither size nor inode tell this one: it has to wait until the file system's clock has moved on.
fn overwrite(path: &Path) {
    let modified = || fs::metadata(path).unwrap().modified().unwrap();
    let before = modified();
    until("another time of writing", || {
        File::options().write(true).open(path).unwrap().write_all(b"other").unwrap();
        modified() != before
    });
}

fn truncate(path: &Path) {
    File::options().write(true).open(path).unwrap().set_len(3).unwrap();
}

fn grow(path: &Path) {
    File::options().append(true).open(path).unwrap().write_all(b"more").unwrap();
}

fn replace(path: &Path) {
    let twin = path.with_extension("twin");
    fs::copy(path, &twin).unwrap();
    fs::rename(twin, path).unwrap();
}

fn delete(path: &Path) {
    fs::remove_file(path).unwrap();
}

/// A link to another file that is offered: what it shows may be read, and is not what was offered.
fn link_elsewhere(path: &Path) {
    delete(path);
    std::os::unix::fs::symlink("b", path).unwrap();
}

fn make_folder(path: &Path) {
    delete(path);
    fs::create_dir(path).unwrap();
}

/// What is said of two files, the first of which `change` was done to; at which moment says `under_way`.
async fn said_of(change: fn(&Path), under_way: bool) -> (Vec<Said>, FileFate) {
    let files = Files::of(&[("a", &bytes(LARGE)), ("b", b"world")]);
    let (mut peer, stream) = Peer::over(1024);
    let sender = Sender::start(stream, files.roots.clone());
    let offering = peer.read_offer().await;
    if !under_way {
        change(&files.path("a"));
    }
    peer.say_yes(&offering).await;
    if under_way {
        peer.expect(Kind::Header).await;
        change(&files.path("a"));
    }
    let said = peer.rest_until(Kind::End).await;
    let fate = sender.ledger().reports(0, 1)[0].fate.clone();
    (said.into_iter().filter(|said| matches!(said, Said::Frame(_))).collect(), fate)
}

fn problem(kind: FailureKind) -> FileFate {
    FileFate::Failed(FileProblem { kind, side: Side::Here })
}

/// Asserts that the first file was aborted for this reason, and the second one sent.
fn assert_aborted(said: &[Said], expected: AbortReason) {
    assert_is!(
        said,
        [
            Said::Frame(Frame::Abort { entry: 0, .. }),
            Said::Frame(Frame::Header { entry: 1, .. }),
            Said::Frame(Frame::Trailer { entry: 1, .. }),
            Said::Frame(Frame::End),
        ]
    );
    assert_eq!(said[0], Said::Frame(Frame::Abort { entry: 0, reason: expected }));
}

#[tokio::test]
async fn a_file_that_changed_since_it_was_offered_is_aborted_before_its_header() {
    for change in [touch, overwrite, truncate, grow, replace, link_elsewhere] {
        let (said, fate) = said_of(change, false).await;
        assert_aborted(&said, AbortReason::Changed);
        assert_eq!(fate, problem(FailureKind::SourceChanged));
    }
}

#[tokio::test]
async fn a_file_that_is_gone_since_it_was_offered_is_aborted_before_its_header() {
    let (said, fate) = said_of(delete, false).await;
    assert_aborted(&said, AbortReason::Vanished);
    assert_eq!(fate, problem(FailureKind::NoSuchFile));
}

#[tokio::test]
async fn a_file_that_is_a_folder_since_it_was_offered_is_aborted_before_its_header() {
    let (said, fate) = said_of(make_folder, false).await;
    assert_aborted(&said, AbortReason::Changed);
    assert_eq!(fate, problem(FailureKind::SourceChanged));
}

#[tokio::test]
async fn a_file_that_changes_while_it_is_sent_is_aborted_in_place_of_its_trailer() {
    for change in [touch, overwrite, truncate, grow, delete] {
        let (said, fate) = said_of(change, true).await;
        assert_aborted(&said, AbortReason::Changed);
        assert_eq!(fate, problem(FailureKind::SourceChanged));
    }
}
