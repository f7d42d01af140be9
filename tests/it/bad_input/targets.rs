//! Folders that cannot take what comes: missing, read-only, forbidden, full before and in the middle.

use std::fs;
use std::process::Command;

use sampan::model::{Entry, EntryKind, RelPath, TransferId};
use sampan::wire::{ByeReason, Frame, Offer, PageWriter, Purpose};

use crate::support::line::{Line, Speed};
use crate::support::peer::Peer;
use crate::support::program::{Desk, Receiver};

/// A receiver that ends after one transfer, started by `command`; its folder as the test sees it.
fn once(desk: &Desk, command: Command) -> Receiver {
    desk.receiver_by(command, &["--once"])
}

/// Offers a small file to two receivers like this one: one that ends after it, and one that then serves the next
/// sender as soon as `mend` made that possible.
fn declined(
    start: impl Fn(&Desk) -> Command,
    kind: &str,
    sender_kind: &str,
    mend: impl FnOnce(&Receiver, &Desk),
) {
    let (here, there) = (Desk::new(), Desk::open_to_all());
    let file = here.file("a.txt", vec![b'x'; 3_000_000]);
    let receiver = once(&there, start(&there));
    here.send(&[&file], receiver.address).assert(7, "failed", Some(sender_kind));
    receiver.end().assert(7, "failed", Some(kind));
    let mut receiver = there.receiver_by(start(&there), &[]).inside();
    here.send(&[&file], receiver.address).assert(7, "failed", Some(sender_kind));
    assert_eq!(receiver.finished()["outcome"], "failed");
    mend(&receiver, &there);
    receiver.serves_the_next();
}

/// The same, where the folder goes while they listen.
fn declined_once_spoiled(spoil: impl Fn(&Desk), kind: &str, mend: impl FnOnce(&Receiver)) {
    let (here, there) = (Desk::new(), Desk::new());
    let file = here.file("a.txt", vec![b'x'; 3_000_000]);
    let ending = once(&there, there.command());
    let mut serving = there.receiver();
    spoil(&there);
    here.send(&[&file], ending.address).assert(7, "failed", Some("folder-unusable"));
    ending.end().assert(7, "failed", Some(kind));
    here.send(&[&file], serving.address).assert(7, "failed", Some("folder-unusable"));
    assert_eq!(serving.finished()["outcome"], "failed");
    mend(&serving);
    serving.serves_the_next();
}

#[test]
fn a_folder_that_goes_while_it_listens_declines_and_is_not_made() {
    let gone = |desk: &Desk| fs::remove_dir(desk.folder()).unwrap();
    declined_once_spoiled(gone, "folder-missing", |receiver| {
        assert!(!receiver.folder.exists());
        fs::create_dir(&receiver.folder).unwrap();
    });
}

#[test]
fn a_folder_that_becomes_a_file_declines() {
    let spoil = |desk: &Desk| {
        fs::remove_dir(desk.folder()).unwrap();
        fs::write(desk.folder(), "").unwrap();
    };
    declined_once_spoiled(spoil, "folder-missing", |receiver| {
        fs::remove_file(&receiver.folder).unwrap();
        fs::create_dir(&receiver.folder).unwrap();
    });
}

#[test]
fn a_folder_that_is_none_from_the_start_ends_the_receiver_at_once() {
    let desk = Desk::new();
    let file = desk.file("file", "");
    for dir in ["nosuch", file.to_str().unwrap()] {
        let args = ["receive", "--accept", "all", "--insecure-anyone", "--listen", "127.0.0.1:0", "--json"];
        let ended = desk.run(&[&args[..], &["--dir", dir]].concat());
        ended.assert(7, "failed", Some("folder-missing"));
        assert_eq!(ended.lines.len(), 2, "it never listens: {ended:#?}");
    }
    assert!(!desk.path("nosuch").exists());
}

#[test]
fn a_folder_that_may_not_be_written_declines() {
    let own = |path: &std::path::Path| std::os::unix::fs::chown(path, Some(65_534), Some(65_534)).unwrap();
    declined(Desk::as_nobody, "folder-forbidden", "folder-unusable", |receiver, _| own(&receiver.folder));
}

#[test]
fn a_folder_on_a_read_only_disk_declines() {
    let start = |desk: &Desk| desk.with_disk("ro,size=16m");
    declined(start, "folder-read-only", "folder-unusable", |receiver, there| {
        let pid = receiver.program.pid().as_raw_nonzero().to_string();
        let mut remount = Command::new("nsenter");
        remount.args(["-t", &pid, "-m", "mount", "-o", "remount,rw"]).arg(there.folder());
        assert!(remount.status().unwrap().success());
    });
}

#[test]
fn a_disk_that_is_full_before_declines() {
    declined(|desk| desk.with_disk("size=1m"), "disk-full", "disk-full", |_, _| ());
}

#[test]
fn a_disk_that_fills_in_the_middle_fails_that_file_on_both_sides_and_leaves_no_part() {
    let (here, there) = (Desk::new(), Desk::new());
    let mut receiver = there.receiver_by(there.with_disk("size=32m"), &[]).inside();
    let line = Line::slow(receiver.address);
    let large = here.file("a", vec![7; 24 * 1024 * 1024]);
    let sender = here.sending(&[&large, &here.file("small", "")], line.address);
    receiver.program.moves();
    line.set(Speed::Stopped);
    let filler = receiver.folder.join("filler");
    let full = fs::write(&filler, vec![1; 32 * 1024 * 1024]).unwrap_err();
    assert_eq!(full.kind(), std::io::ErrorKind::StorageFull);
    line.set(Speed::Open);
    let sent = sender.end();
    assert_eq!((sent.kind(), sent.finished()["files"].as_u64()), (Some("disk-full"), Some(1)), "{sent:#?}");
    assert_eq!(sent.code, Some(1), "one of two arrived: in part");
    assert_eq!(receiver.finished()["outcome"], "partial");
    assert_eq!(receiver.names(), ["filler", "small"]);
    fs::remove_file(filler).unwrap();
    receiver.serves_the_next();
}

#[test]
fn a_disk_that_fills_under_the_only_file_is_7_on_both_sides() {
    let (here, there) = (Desk::new(), Desk::new());
    let mut receiver = there.receiver_by(there.with_disk("size=32m"), &["--once"]).inside();
    let line = Line::slow(receiver.address);
    let sender = here.sending(&[&here.file("a", vec![7; 24 * 1024 * 1024])], line.address);
    receiver.program.moves();
    line.set(Speed::Stopped);
    fs::write(receiver.folder.join("filler"), vec![1; 32 * 1024 * 1024]).unwrap_err();
    line.set(Speed::Open);
    sender.end().assert(7, "failed", Some("disk-full"));
    receiver.end().assert(7, "failed", Some("disk-full"));
}

#[test]
fn a_folder_that_vanishes_in_the_middle_fails_that_file_on_both_sides() {
    let (here, there) = (Desk::new(), Desk::new());
    let mut receiver = there.receiver();
    let line = Line::slow(receiver.address);
    let sender = here.sending(&[&here.large_file("a", 16 * 1024 * 1024)], line.address);
    receiver.program.moves();
    line.set(Speed::Stopped);
    fs::remove_dir_all(there.folder()).unwrap();
    line.set(Speed::Open);
    let sent = sender.end();
    assert_eq!((sent.code, sent.finished()["outcome"].as_str()), (Some(7), Some("failed")), "{sent:#?}");
    assert_eq!(receiver.finished()["outcome"], "failed");
    fs::create_dir(there.folder()).unwrap();
    receiver.serves_the_next();
}

#[test]
fn a_list_of_files_without_room_to_keep_it_ends_the_session_and_is_told_on_both_sides() {
    let there = Desk::new();
    let mut receiver = there.receiver_by(there.with_state_disk("size=4m,mode=700"), &[]);
    let mut peer = Peer::dial(receiver.address);
    peer.greet();
    peer.say(&Frame::Offer(Offer {
        transfer: TransferId::from_bytes([7; 16]),
        note: None,
        purpose: Purpose::Send,
    }));
    let mut pages = PageWriter::new();
    for n in 0..60_000 {
        let path = RelPath::parse(vec![format!("{n:0>200}").into_bytes()]).unwrap();
        let entry = Entry { path, kind: EntryKind::File, size: 1, stored: 1, modified: None, mode: None };
        if let Some(page) = pages.push(entry) {
            peer.say(&Frame::ManifestPage(page));
        }
    }
    assert!(matches!(peer.hear_out(), Some(Frame::Bye(bye)) if bye.reason == ByeReason::Other));
    receiver.program.err.line_with("No space left");
    receiver.serves_the_next();
}
