//! Peers that lie in frames: each is told why where it can be, ends its own session and nothing else.

use std::fs;

use sampan::model::{Decision, EntryIndex, Leftover, ManifestSummary};
use sampan::wire::{
    AbortReason, ByeReason, EntryRange, FailReason, Frame, Hello, Introduction, Kind, Offer, PageWriter,
    Purpose, limits,
};

use crate::support::peer::{Files, Heard, Peer, Rig, digest, frame, head};
use crate::support::program::{Desk, Ended, Receiver};

/// The receiver says that the peer broke the protocol, and hangs up.
#[track_caller]
fn is_blamed(peer: &mut Peer) {
    match peer.hear_out() {
        Some(Frame::Bye(bye)) => assert_eq!(bye.reason, ByeReason::Protocol, "{bye:?}"),
        other => panic!("expected a Bye, heard {other:?}"),
    }
}

/// A liar before the offer is whole: it is blamed, nothing is in the folder, and the next sender is served.
#[track_caller]
fn lies_early(receiver: &mut Receiver, lie: impl FnOnce(&mut Peer)) {
    let mut peer = Peer::dial(receiver.address);
    peer.greet();
    lie(&mut peer);
    is_blamed(&mut peer);
    assert!(receiver.names().is_empty());
    receiver.serves_the_next();
}

/// A liar among the bytes of `liar.bin` (4 bytes) and `second.bin` (0 bytes).
#[track_caller]
fn lies_late(lie: impl FnOnce(&mut Peer)) {
    let mut receiver = Receiver::alone();
    let mut peer = Peer::dial(receiver.address);
    peer.greet();
    peer.offer_and_go(&Files::one("liar.bin", 4).and("second.bin", 0));
    lie(&mut peer);
    is_blamed(&mut peer);
    drop(peer); // it is heard out for a while
    assert_eq!(receiver.finished()["outcome"], "failed");
    assert!(receiver.names().is_empty(), "{:?}", receiver.names());
    receiver.serves_the_next();
}

fn header(entry: EntryIndex, offset: u64, size: u64) -> Frame {
    Frame::Header { entry, offset, size }
}

fn trailer(entry: EntryIndex, size: u64) -> Frame {
    Frame::Trailer { entry, size, digest: digest(b"true") }
}

#[test]
fn a_frame_one_byte_over_its_limit_is_refused() {
    let mut receiver = Receiver::alone();
    for kind in Kind::ALL {
        lies_early(&mut receiver, |peer| peer.raw(&head(kind.number(), limits::max_body(*kind) + 1)));
    }
}

#[test]
fn a_frame_of_ten_megabytes_is_refused_and_the_reason_arrives_although_all_of_it_is_sent() {
    lies_early(&mut Receiver::alone(), |peer| {
        peer.raw(&head(Kind::Offer.number(), 10_000_000));
        peer.raw(&vec![0; 10_000_000]);
    });
}

#[test]
fn frames_of_no_kind_or_with_reserved_bits_are_refused() {
    let mut receiver = Receiver::alone();
    for bytes in [[0xee, 0, 0, 0, 0, 0, 0, 0], [0x10, 0, 0, 1, 0, 0, 0, 0]] {
        lies_early(&mut receiver, |peer| peer.raw(&bytes));
    }
}

#[test]
fn bodies_that_are_no_cbor_are_refused() {
    let mut receiver = Receiver::alone();
    for body in [&b""[..], b"\xff\xff\xff", b"\xa1\x00\x9b\xff\xff\xff\xff\xff\xff\xff\xff", &[0x9f; 4096]] {
        lies_early(&mut receiver, |peer| peer.raw(&frame(Kind::Offer, body)));
    }
}

/// Offers a file of this path.
#[track_caller]
fn path_is_refused(path: &[&[u8]]) {
    lies_early(&mut Receiver::alone(), |peer| peer.offer(&Files::path(path, 4)));
}

#[test]
fn a_name_that_climbs_out_of_the_folder_is_refused() {
    path_is_refused(&[b"../x"]);
    path_is_refused(&[b"..", b"x"]);
    path_is_refused(&[b".."]);
    path_is_refused(&[b"."]);
}

#[test]
fn an_absolute_name_is_refused() {
    path_is_refused(&[b"/etc/passwd"]);
    path_is_refused(&[b"", b"etc", b"passwd"]);
}

#[test]
fn a_name_inside_a_folder_that_is_not_listed_is_refused() {
    path_is_refused(&[b"folder", b"x"]);
}

#[test]
fn paths_out_of_order_or_twice_are_refused() {
    let mut receiver = Receiver::alone();
    lies_early(&mut receiver, |peer| peer.offer(&Files::one("b", 4).and("a", 4)));
    lies_early(&mut receiver, |peer| peer.offer(&Files::one("a", 4).and("a", 4)));
}

#[test]
fn a_name_with_a_nul_is_refused() {
    path_is_refused(&[b"a\0b"]);
}

#[test]
fn a_name_of_300_bytes_or_of_none_is_refused() {
    path_is_refused(&[&[b'a'; 300]]);
    path_is_refused(&[b""]);
    path_is_refused(&[]);
}

#[test]
fn a_name_that_begins_like_our_part_files_is_refused() {
    path_is_refused(&[b".sampan-0123456789abcdef-0.part"]);
}

#[test]
fn a_size_that_no_disk_can_hold_is_refused() {
    let mut receiver = Receiver::alone();
    lies_early(&mut receiver, |peer| peer.offer(&Files::one("a", u64::MAX)));
}

#[test]
fn a_manifest_that_does_not_add_up_is_refused() {
    let mut receiver = Receiver::alone();
    let files = Files::one("a", 4);
    let truth = files.summary();
    for lie in [
        ManifestSummary { entries: 2, ..truth },
        ManifestSummary { bytes: 5, ..truth },
        ManifestSummary { stored: 0, ..truth },
        ManifestSummary { digest: digest(b""), ..truth },
    ] {
        lies_early(&mut receiver, |peer| {
            peer.say(&Frame::Offer(Offer { transfer: files.transfer, note: None, purpose: Purpose::Send }));
            peer.raw(&files.page());
            peer.say(&Frame::ManifestEnd(lie));
        });
    }
}

#[test]
fn an_offer_of_nothing_is_refused() {
    lies_early(&mut Receiver::alone(), |peer| {
        let files = Files::one("a", 4);
        peer.say(&Frame::Offer(Offer { transfer: files.transfer, note: None, purpose: Purpose::Send }));
        let nothing = PageWriter::new().finish(0).1;
        peer.say(&Frame::ManifestEnd(nothing));
    });
}

#[test]
fn frames_out_of_order_before_the_offer_are_refused() {
    let mut receiver = Receiver::alone();
    let files = Files::one("a", 4);
    for frame in [
        Frame::Hello(Hello { version: String::new(), features: Vec::new(), admits: Vec::new() }),
        Frame::ManifestEnd(files.summary()),
        Frame::Decision(Decision::Accept, digest(b"")),
        header(0, 0, 4),
        trailer(0, 4),
        Frame::End,
        Frame::Saved(vec![EntryRange { first: 0, count: 1 }]),
        Frame::Cancel(Leftover::Keep),
    ] {
        lies_early(&mut receiver, |peer| peer.say(&frame));
    }
    lies_early(&mut receiver, |peer| peer.chunk(b"early"));
    lies_early(&mut receiver, |peer| {
        peer.say(&Frame::Offer(Offer { transfer: files.transfer, note: None, purpose: Purpose::Send }));
        peer.say(&Frame::Offer(Offer { transfer: files.transfer, note: None, purpose: Purpose::Send }));
    });
}

#[test]
fn a_first_frame_that_is_no_hello_is_refused() {
    let mut receiver = Receiver::alone();
    let mut peer = Peer::dial(receiver.address);
    peer.say(&Frame::Introduce(Introduction { name: None, remembers: None }));
    is_blamed(&mut peer);
    receiver.serves_the_next();
}

#[test]
fn more_bytes_than_it_said_never_arrive() {
    lies_late(|peer| {
        peer.say(&header(0, 0, 4));
        peer.chunk(b"true and more");
    });
    lies_late(|peer| {
        peer.say(&header(0, 0, 4));
        peer.chunk(b"true");
        peer.chunk(b"!");
    });
}

#[test]
fn fewer_bytes_than_it_said_never_arrive() {
    lies_late(|peer| {
        peer.say(&header(0, 0, 4));
        peer.chunk(b"tru");
        peer.say(&trailer(0, 4));
    });
    lies_late(|peer| {
        peer.say(&header(0, 0, 4));
        peer.say(&trailer(0, 4));
    });
}

#[test]
fn another_size_or_offset_than_offered_is_refused() {
    for frame in [header(0, 0, 5), header(0, 1, 4), header(0, 0, 0), header(0, u64::MAX, u64::MAX)] {
        lies_late(|peer| peer.say(&frame));
    }
    lies_late(|peer| {
        peer.say(&header(0, 0, 4));
        peer.chunk(b"true");
        peer.say(&trailer(0, 5));
    });
}

#[test]
fn frames_out_of_order_among_the_bytes_are_refused() {
    for frame in [
        header(1, 0, 0),
        header(2, 0, 0),
        header(u64::MAX, 0, 4),
        trailer(0, 4),
        Frame::Abort { entry: 1, reason: AbortReason::Changed },
        Frame::Abort { entry: u64::MAX, reason: AbortReason::Changed },
        Frame::End,
        Frame::Decision(Decision::Accept, digest(b"")),
        Frame::Cancelled,
    ] {
        lies_late(|peer| peer.say(&frame));
    }
    lies_late(|peer| peer.chunk(b"true"));
    lies_late(|peer| {
        peer.say(&header(0, 0, 4));
        peer.say(&header(0, 0, 4));
    });
    lies_late(|peer| {
        peer.say(&header(0, 0, 4));
        peer.chunk(b"true");
        peer.say(&trailer(1, 0));
    });
}

#[test]
fn a_chunk_of_no_bytes_is_refused() {
    lies_late(|peer| {
        peer.say(&header(0, 0, 4));
        peer.raw(&head(Kind::Chunk.number(), 0));
    });
}

#[test]
fn a_wrong_digest_fails_that_file_only() {
    let mut receiver = Receiver::alone();
    let mut peer = Peer::dial(receiver.address);
    peer.greet();
    peer.offer_and_go(&Files::one("liar.bin", 4).and("other.bin", 4));
    peer.file(0, b"lies", digest(b"true"));
    peer.file(1, b"true", digest(b"true"));
    peer.say(&Frame::End);
    let last = peer.hear_out();
    assert!(matches!(last, Some(Frame::Delivered { saved: 1, failed: 1, bytes: 4, .. })), "{last:?}");
    drop(peer);
    assert_eq!(receiver.finished()["outcome"], "partial");
    assert_eq!(receiver.names(), ["other.bin"]);
    receiver.serves_the_next();
}

#[test]
fn con_arrives_where_it_can_be() {
    let mut receiver = Receiver::alone();
    let mut peer = Peer::dial(receiver.address);
    peer.greet();
    peer.offer_and_go(&Files::one("CON", 4));
    peer.file(0, b"true", digest(b"true"));
    peer.say(&Frame::End);
    peer.hear_out();
    drop(peer); // it is heard out for a while
    assert_eq!(receiver.names(), ["CON"]);
    assert_eq!(receiver.finished()["outcome"], "delivered");
    receiver.serves_the_next();
}

#[test]
fn the_same_transfer_id_twice_at_once_mixes_nothing() {
    let there = Desk::new();
    let mut receiver = there.receiver();
    let files = Files::one("a.bin", 8);
    let mut peers = [(); 2].map(|()| {
        let mut peer = Peer::dial(receiver.address);
        peer.greet();
        peer.offer_and_go(&files);
        peer
    });
    let [first, second] = &mut peers;
    first.say(&header(0, 0, 8));
    first.chunk(b"firs");
    receiver.program.line("progress", |line| line["bytes"] == 4);
    second.file(0, b"second!!", digest(b"second!!"));
    second.say(&Frame::End);
    second.hear_out();
    first.chunk(b"t!!!");
    first.say(&Frame::Trailer { entry: 0, size: 8, digest: digest(b"first!!!") });
    first.say(&Frame::End);
    assert!(matches!(first.hear_out(), Some(Frame::Delivered { saved: 1, failed: 0, .. })));
    drop(peers); // they are heard out for a while
    receiver.finished();
    receiver.finished();
    let names = receiver.names();
    assert!(names.contains(&"a.bin".to_owned()), "{names:?}");
    for name in names {
        let contents = fs::read(there.folder().join(name)).unwrap();
        assert!([&b"first!!!"[..], b"second!!"].contains(&contents.as_slice()), "{contents:?}");
    }
    receiver.serves_the_next();
}

// Receivers that lie to our sender

/// Sends `a` (4 bytes) and `b` (4 bytes) to such a receiver.
#[track_caller]
fn send_to(play: impl FnOnce(Peer) + Send + 'static) -> Ended {
    let rig = Rig::greeted(play);
    let desk = Desk::new();
    let sent = desk.send(&[&desk.file("a", "text"), &desk.file("b", "text")], rig.address);
    rig.join();
    sent
}

#[test]
fn a_receiver_that_claims_success_too_early_is_not_believed() {
    send_to(|mut peer| {
        let manifest = peer.accept();
        peer.say(&Frame::Delivered { saved: 2, failed: 0, skipped: 0, bytes: 8, manifest });
        peer.hear_out();
    })
    .assert(1, "failed", Some("protocol"));
}

#[test]
fn a_receiver_that_reports_files_that_do_not_exist_is_not_believed() {
    for frame in [
        Frame::Saved(vec![EntryRange { first: 2, count: 1 }]),
        Frame::Saved(vec![EntryRange { first: 0, count: u64::MAX }]),
        Frame::Failed { entry: 2, reason: FailReason::Disk },
    ] {
        send_to(move |mut peer| {
            peer.accept();
            peer.say(&frame);
            peer.hear_out();
        })
        .assert(1, "failed", Some("protocol"));
    }
}

#[test]
fn a_receiver_that_decides_about_another_manifest_is_not_believed() {
    send_to(|mut peer| {
        peer.expect(Kind::Offer);
        peer.expect(Kind::ManifestPage);
        peer.expect(Kind::ManifestEnd);
        peer.say(&Frame::Decision(Decision::Accept, digest(b"another")));
        peer.hear_out();
    })
    .assert(1, "failed", Some("protocol"));
}

#[test]
fn a_receiver_that_sends_chunks_or_long_frames_is_not_believed() {
    let long = head(Kind::Saved.number(), limits::MAX_CONTROL + 1).to_vec();
    let chunk = frame(Kind::Chunk, b"text");
    for bytes in [long, chunk] {
        send_to(move |mut peer| {
            peer.accept();
            peer.raw(&bytes);
            peer.hear_out();
        })
        .assert(1, "failed", Some("protocol"));
    }
}

#[test]
fn a_receiver_that_is_gone_after_its_yes_leaves_the_sender_interrupted() {
    send_to(|mut peer| {
        peer.accept();
        peer.hear();
        peer.reset();
    })
    .assert(1, "interrupted", Some("connection-lost"));
}

#[test]
fn a_receiver_that_is_gone_before_its_last_word_leaves_the_sender_interrupted() {
    send_to(|mut peer| {
        peer.accept();
        while !matches!(peer.hear(), Some(Heard::Frame(Frame::End))) {}
    })
    .assert(1, "interrupted", Some("connection-lost"));
}
