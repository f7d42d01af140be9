//! A target folder in which somebody else is at work, and sources that turn into something else: nothing outside is
//! touched, nothing that is no file is read or written, and names that collide lose nothing.

mod folding;
mod swapped;

use std::fs;
use std::os::unix::fs::{FileTypeExt as _, MetadataExt as _, PermissionsExt as _, symlink};
use std::os::unix::net::UnixListener;
use std::path::Path;

use rustix::fs::{CWD, FileType, Mode, OFlags};
use sampan::model::{Decision, Entry, FileFate, FileProblem, Side, Stamp};
use sampan::session::{ReceiveEnd, SendEnd, Timing};
use sampan::wire::{Frame, PageWriter};

use crate::support::piped::{Offering, Peer, Said, entry};
use crate::support::sides::{Files, Received, Receiver, ReceiverEnd, Sender};

/// The part file of an entry of the transfer that [`Sender`] and [`Peer`] offer.
fn part_name(entry: u64) -> String {
    format!(".sampan-0707070707070707-{entry}.part")
}

/// Sends files to a receiver whose folder was prepared by `plant`; gives how many were saved.
async fn sent(files: &[(&str, &[u8])], plant: impl FnOnce(&Path)) -> (u64, ReceiverEnd) {
    let files = Files::of(files);
    let (ours, theirs) = tokio::io::duplex(4096);
    let receiver = Receiver::accepting(theirs);
    plant(receiver.folder());
    let sender = Sender::start(ours, files.roots.clone());
    let ledger = sender.ledger();
    assert_eq!(sender.end().await.unwrap(), SendEnd::Delivered);
    (ledger.counts().saved, receiver.end().await)
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
    let files: [(&str, &[u8]); 5] = [("a", b"a"), ("b", b"b"), ("c", b"c"), ("d", b"d"), ("e", b"e")];
    let outside = tempfile::tempdir().unwrap();
    fs::write(outside.path().join("victim"), "kept").unwrap();
    let (saved, receiver) = sent(&files, |folder| {
        make_fifo(&folder.join(part_name(0)));
        make_device(&folder.join(part_name(1)));
        symlink(outside.path().join("victim"), folder.join(part_name(2))).unwrap();
        symlink(outside.path().join("new"), folder.join(part_name(3))).unwrap();
    })
    .await;
    assert_eq!(saved, 1);
    assert_eq!(receiver.names(), [part_name(0), part_name(1), part_name(2), part_name(3), "e".to_owned()]);
    assert_eq!(fs::read(outside.path().join("victim")).unwrap(), b"kept");
    assert!(!outside.path().join("new").exists());
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
async fn sources_that_turn_into_a_fifo_a_device_a_socket_or_a_link_are_not_read_and_the_rest_arrives() {
    let names = ["fifo", "device", "socket", "link", "zero", "rest"];
    let files = Files::of(&names.map(|name| (name, b"contents".as_slice())));
    for name in &names[..5] {
        fs::remove_file(files.path(name)).unwrap();
    }
    make_fifo(&files.path("fifo"));
    make_device(&files.path("device"));
    let _listener = UnixListener::bind(files.path("socket")).unwrap();
    symlink("rest", files.path("link")).unwrap();
    symlink("/dev/zero", files.path("zero")).unwrap();
    let (ours, theirs) = tokio::io::duplex(4096);
    let receiver = Receiver::accepting(theirs);
    let sender = Sender::start(ours, files.roots.clone());
    let ledger = sender.ledger();
    assert_eq!(sender.end().await.unwrap(), SendEnd::Delivered);
    let end = receiver.end().await;
    assert_eq!(end.names(), ["rest"]);
    let unread = |fate: &FileFate| matches!(fate, FileFate::Failed(FileProblem { side: Side::Here, .. }));
    let reports = ledger.reports(0, names.len());
    assert_eq!(reports.iter().filter(|report| unread(&report.fate)).count(), 5, "{reports:?}");
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
    peer.expect(sampan::wire::Kind::Decision).await;
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
