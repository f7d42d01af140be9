//! A target folder in which somebody else is at work, and sources that turn into something else: nothing outside is
//! touched, nothing that is no file is read or written, and names that collide lose nothing.

mod folding;
mod swapped;

use std::fs;
use std::os::unix::fs::{FileTypeExt as _, MetadataExt as _, PermissionsExt as _, symlink};
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};

use rustix::fs::{CWD, FileType, Mode, OFlags};
use sampan::model::{Decision, DeclineReason, Entry, Side, Stamp};
use sampan::session::{ReceiveEnd, SendEnd, Timing};
use sampan::storage::Staging;
use sampan::wire::{Frame, Kind, PageWriter};
use sha2::{Digest as _, Sha256};

use crate::support::piped::{Offering, Peer, Said, entry};
use crate::support::sides::{Files, Received, Receiver, ReceiverEnd, Sender};

/// The staging folder of the transfer that [`Sender`] and [`Peer`] offer.
fn staging_name() -> String {
    let digest = Sha256::digest([&[9; 32][..], &[7; 16]].concat());
    let digits = u64::from_be_bytes(*digest.first_chunk().unwrap());
    format!(".sampan-{digits:016x}")
}

/// What a file is called while it arrives.
fn part_name(file: &Path) -> PathBuf {
    let metadata = fs::metadata(file).unwrap();
    let modified =
        Some(Stamp { secs: metadata.mtime(), nanos: u32::try_from(metadata.mtime_nsec()).unwrap() });
    let offered = entry(file.file_name().unwrap().to_str().unwrap(), metadata.size());
    Staging::part_name(&Entry { modified, ..offered }).into()
}

/// Sends files to a receiver whose folder was prepared by `plant`; gives how many were saved.
async fn sent(files: &[(&str, &[u8])], plant: impl FnOnce(&Path)) -> (u64, ReceiverEnd) {
    sent_files(&Files::of(files), plant).await
}

async fn sent_files(files: &Files, plant: impl FnOnce(&Path)) -> (u64, ReceiverEnd) {
    let (ours, theirs) = tokio::io::duplex(4096);
    let receiver = Receiver::accepting(theirs);
    plant(receiver.folder());
    let sender = Sender::start(ours, files.roots.clone());
    let heard = sender.heard.clone();
    assert_eq!(sender.end().await.unwrap(), SendEnd::Delivered);
    (heard.saved(), receiver.end().await)
}

fn make_fifo(path: &Path) {
    rustix::fs::mkfifoat(CWD, path, Mode::RUSR | Mode::WUSR).unwrap();
}

/// A device that takes and gives nothing, as /dev/null.
fn make_device(path: &Path) {
    let null = rustix::fs::makedev(1, 3);
    rustix::fs::mknodat(CWD, path, FileType::CharacterDevice, Mode::RUSR | Mode::WUSR, null).unwrap();
}

#[tokio::test]
async fn a_fifo_a_socket_and_a_device_under_the_wanted_names_are_neither_written_nor_removed() {
    let mut kept = None;
    let (saved, receiver) = sent(&[("fifo", b"1"), ("socket", b"2"), ("device", b"3")], |folder| {
        make_fifo(&folder.join("fifo"));
        let reader = rustix::fs::open(folder.join("fifo"), OFlags::RDONLY | OFlags::NONBLOCK, Mode::empty());
        let listener = UnixListener::bind(folder.join("socket")).unwrap();
        listener.set_nonblocking(true).unwrap();
        make_device(&folder.join("device"));
        kept = Some((reader.unwrap(), listener));
    })
    .await;
    assert_eq!(saved, 3);
    let names = ["device", "device (1)", "fifo", "fifo (1)", "socket", "socket (1)"];
    assert_eq!(receiver.names(), names);
    assert_eq!(
        ["fifo (1)", "socket (1)", "device (1)"].map(|name| receiver.contents(name)),
        [b"1", b"2", b"3"]
    );
    let kind = |name: &str| fs::symlink_metadata(receiver.path(name)).unwrap().file_type();
    assert!(kind("fifo").is_fifo() && kind("socket").is_socket() && kind("device").is_char_device());
    let (reader, listener) = kept.unwrap();
    assert_eq!(rustix::io::read(&reader, &mut [0; 16]).unwrap(), 0, "nobody wrote into the FIFO");
    assert!(listener.accept().is_err(), "nobody connected to the socket");
}

#[tokio::test]
async fn what_stands_under_a_parts_name_fails_that_file_and_is_left_alone() {
    let files = Files::of(&[("a", b"a"), ("b", b"b"), ("c", b"c"), ("d", b"d"), ("e", b"e")]);
    let parts = ["a", "b", "c", "d"].map(|name| part_name(&files.path(name)));
    let outside = tempfile::tempdir().unwrap();
    fs::write(outside.path().join("victim"), "kept").unwrap();
    let (saved, receiver) = sent_files(&files, |folder| {
        let staging = folder.join(staging_name());
        fs::create_dir(&staging).unwrap();
        fs::set_permissions(&staging, fs::Permissions::from_mode(0o700)).unwrap();
        let [a, b, c, d] = parts.each_ref().map(|part| staging.join(part));
        make_fifo(&a);
        make_device(&b);
        symlink(outside.path().join("victim"), c).unwrap();
        symlink(outside.path().join("new"), d).unwrap();
    })
    .await;
    assert_eq!(saved, 1);
    assert_eq!(receiver.names(), ["e"]);
    for part in parts {
        let left = fs::symlink_metadata(receiver.path(&staging_name()).join(part)).unwrap().file_type();
        assert!(!left.is_file(), "{left:?}");
    }
    assert_eq!(fs::read(outside.path().join("victim")).unwrap(), b"kept");
    assert!(!outside.path().join("new").exists());
}

#[tokio::test]
async fn what_stands_in_the_place_of_staging_is_neither_followed_nor_used() {
    let plants: [fn(&Path, &Path); 4] = [
        |place, outside| symlink(outside, place).unwrap(),
        |place, outside| symlink(outside.join("new"), place).unwrap(),
        |place, _| fs::write(place, "mine").unwrap(),
        |place, _| make_fifo(place),
    ];
    for plant in plants {
        let (files, outside) = (Files::of(&[("a", b"a")]), tempfile::tempdir().unwrap());
        let (ours, theirs) = tokio::io::duplex(4096);
        let receiver = Receiver::accepting(theirs);
        plant(&receiver.folder().join(staging_name()), outside.path());
        let sender = Sender::start(ours, files.roots.clone());
        assert_eq!(sender.end().await.unwrap(), SendEnd::Declined(DeclineReason::Folder));
        let end = receiver.end().await;
        assert_eq!(end.result.as_ref().unwrap(), &Received::Declined);
        assert_eq!((end.names(), end.spot.leftovers().len()), (Vec::new(), 1));
        assert_eq!(fs::read_dir(outside.path()).unwrap().count(), 0);
    }
}

#[tokio::test]
async fn links_under_the_wanted_names_are_neither_followed_nor_replaced() {
    let outside = tempfile::tempdir().unwrap();
    fs::write(outside.path().join("victim"), "kept").unwrap();
    let (saved, receiver) = sent(&[("to-file", b"1"), ("to-nothing", b"2"), ("to-folder", b"3")], |folder| {
        symlink(outside.path().join("victim"), folder.join("to-file")).unwrap();
        symlink(outside.path().join("new"), folder.join("to-nothing")).unwrap();
        symlink(outside.path(), folder.join("to-folder")).unwrap();
    })
    .await;
    assert_eq!(saved, 3);
    for (name, contents) in [("to-file (1)", b"1"), ("to-nothing (1)", b"2"), ("to-folder (1)", b"3")] {
        assert_eq!(receiver.contents(name), contents);
    }
    assert_eq!(fs::read_dir(outside.path()).unwrap().count(), 1);
    assert_eq!(fs::read(outside.path().join("victim")).unwrap(), b"kept");
}

#[tokio::test]
async fn sources_that_turn_into_a_fifo_a_device_a_socket_or_a_link_to_one_are_not_read_and_the_rest_arrives()
{
    let names = ["fifo", "device", "socket", "zero", "rest"];
    let files = Files::of(&names.map(|name| (name, b"contents".as_slice())));
    for name in &names[..4] {
        fs::remove_file(files.path(name)).unwrap();
    }
    make_fifo(&files.path("fifo"));
    make_device(&files.path("device"));
    let _listener = UnixListener::bind(files.path("socket")).unwrap();
    symlink("/dev/zero", files.path("zero")).unwrap();
    let (ours, theirs) = tokio::io::duplex(4096);
    let receiver = Receiver::accepting(theirs);
    let sender = Sender::start(ours, files.roots.clone());
    let heard = sender.heard.clone();
    assert_eq!(sender.end().await.unwrap(), SendEnd::Delivered);
    let end = receiver.end().await;
    assert_eq!(end.names(), ["rest"]);
    let ledger = heard.ledger();
    assert_eq!((ledger.left_out_count(), ledger.counts().saved), (4, 1), "{:?}", ledger.left_out());
    assert!(ledger.left_out().iter().all(|left_out| left_out.problem.side == Side::Here));
    assert_eq!(end.result.unwrap(), Received::End(ReceiveEnd::Delivered));
}

/// Has a peer offer one empty file with this mode, and gives the mode that came of it.
async fn arrives_with_mode(mode: u32) -> u32 {
    let modified = Some(Stamp { secs: 1_000_000_000, nanos: 0 });
    let mut pages = PageWriter::new();
    assert!(pages.push(Entry { mode: Some(mode), modified, ..entry("file", 0) }).is_none());
    let (page, summary) = pages.finish(0);
    let offering = Offering { pages: page.into_iter().collect(), summary };
    let (mut peer, stream) = Peer::roomy();
    let receiver = Receiver::start(stream, Timing::default(), async { Decision::Accept });
    peer.greet().await;
    peer.offer(&offering).await;
    peer.expect(Kind::Planned).await;
    peer.expect(Kind::Decision).await;
    peer.file(0, b"").await;
    peer.send(Frame::End).await;
    let said = peer.rest().await;
    assert!(
        said.iter().any(|said| matches!(said, Said::Frame(Frame::Delivered { saved: 1, .. }))),
        "{said:?}"
    );
    let end = receiver.end().await;
    fs::metadata(end.path("file")).unwrap().mode() & 0o7777
}

#[tokio::test]
async fn set_uid_set_gid_and_sticky_bits_of_an_offer_are_dropped() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("ordinary"), "").unwrap();
    let ordinary = fs::metadata(dir.path().join("ordinary")).unwrap().permissions().mode() & 0o777;
    // What a file of one's own gets, and the right to run it.
    for mode in [0o7777, 0o4777, 0o2777, 0o1777, 0xffff_ffff] {
        assert_eq!(arrives_with_mode(mode).await, ordinary | 0o111, "{mode:o}");
    }
    assert_eq!(arrives_with_mode(0o6600).await, 0o600);
}

#[tokio::test]
async fn a_folder_with_a_set_gid_bit_does_not_hand_it_to_files() {
    let (_, receiver) = sent(&[("file", b"contents")], |folder| {
        fs::set_permissions(folder, fs::Permissions::from_mode(0o2777)).unwrap();
    })
    .await;
    assert_eq!(fs::metadata(receiver.path("file")).unwrap().mode() & 0o7000, 0);
}
