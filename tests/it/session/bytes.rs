//! The bytes of files, as a receiver takes them: what is right arrives, what lies leaves nothing.

use sampan::session::{Lie, LinkError, ReceiveEnd, SessionError};
use sampan::wire::{AbortReason, EntryRange, FailReason, Frame, Kind, WireError, limits};

use crate::support::piped::{Peer, Said, bytes, digest, header, trailer};
use crate::support::sides::{Received, Receiver, ReceiverEnd};

/// What a receiver that took two files of 5 bytes makes of what comes then, and what it says.
async fn taken(frames: &[Frame]) -> (ReceiverEnd, Vec<Said>) {
    let (mut peer, stream) = Peer::roomy();
    let receiver = Receiver::accepting(stream);
    peer.offer_taken(&[("a", 5), ("b", 5)]).await;
    peer.send_all(frames).await;
    let said = peer.rest().await;
    drop(peer); // else the session would hear it out
    (receiver.end().await, said)
}

/// Takes raw bytes in the place of frames, behind a Header for 5 bytes.
async fn taken_raw(raw: &[&[u8]]) -> ReceiverEnd {
    let (mut peer, stream) = Peer::roomy();
    let receiver = Receiver::accepting(stream);
    peer.offer_taken(&[("a", 5), ("b", 5)]).await;
    peer.send(header(0, 5)).await;
    for bytes in raw {
        peer.raw(bytes).await;
    }
    drop(peer);
    receiver.end().await
}

/// What a receiver said but its receipt, which is between all else and Delivered.
fn without_receipt(mut said: Vec<Said>) -> Vec<Said> {
    let place = said.len() - 2;
    assert_is!(said.remove(place), Said::Frame(Frame::ReceiptPage(_)));
    said
}

fn chunk(contents: &[u8]) -> Vec<u8> {
    [&[0x21, 0, 0, 0, 0, 0, 0, u8::try_from(contents.len()).unwrap()], contents].concat()
}

fn encoded(frame: &Frame) -> Vec<u8> {
    let mut bytes = Vec::new();
    frame.encode(&mut bytes);
    bytes
}

/// Asserts how a session broke off, and that nothing is left of it.
macro_rules! assert_breaks {
    ($end:expr, $pattern:pat) => {
        let end = $end;
        assert_is!(end.result, Err($pattern));
        assert_eq!(end.names(), [""; 0]);
    };
}

#[tokio::test]
async fn a_header_out_of_turn_is_a_lie() {
    for entry in [1, 2, u64::MAX] {
        assert_breaks!(taken(&[header(entry, 5)]).await.0, SessionError::Lie { what: Lie::OutOfTurn, .. });
    }
}

#[tokio::test]
async fn a_header_of_another_size_or_with_an_offset_is_a_lie() {
    for frame in [header(0, 4), header(0, u64::MAX), Frame::Header { entry: 0, offset: 1, size: 5 }] {
        assert_breaks!(taken(&[frame]).await.0, SessionError::Lie { entry: 0, what: Lie::Size });
    }
}

#[tokio::test]
async fn a_header_inside_a_file_is_unexpected() {
    let frames = [header(0, 5), header(1, 5)];
    assert_breaks!(taken(&frames).await.0, SessionError::Unexpected { got: Kind::Header, .. });
}

#[tokio::test]
async fn more_bytes_than_said_are_a_lie() {
    let end = taken_raw(&[&chunk(b"hello"), &chunk(b"!")]).await;
    assert_breaks!(end, SessionError::Lie { entry: 0, what: Lie::TooMany });
}

#[tokio::test]
async fn fewer_bytes_than_said_are_a_lie() {
    let trailer = Frame::Trailer { entry: 0, size: 5, digest: digest(b"hell") };
    let end = taken_raw(&[&chunk(b"hell"), &encoded(&trailer)]).await;
    assert_breaks!(end, SessionError::Lie { entry: 0, what: Lie::TooFew });
}

#[tokio::test]
async fn a_trailer_for_another_entry_is_a_lie() {
    let end = taken_raw(&[&chunk(b"hello"), &encoded(&trailer(1, b"hello"))]).await;
    assert_breaks!(end, SessionError::Lie { entry: 1, what: Lie::OutOfTurn });
}

#[tokio::test]
async fn a_trailer_of_another_size_is_a_lie() {
    let end = taken_raw(&[&chunk(b"hello"), &encoded(&trailer(0, b"hello!"))]).await;
    assert_breaks!(end, SessionError::Lie { entry: 0, what: Lie::Size });
}

#[tokio::test]
async fn an_abort_for_another_entry_is_a_lie() {
    let abort = |entry| Frame::Abort { entry, reason: AbortReason::Changed };
    assert_breaks!(taken(&[abort(1)]).await.0, SessionError::Lie { entry: 1, what: Lie::OutOfTurn });
    let frames = [header(0, 5), abort(1)];
    assert_breaks!(taken(&frames).await.0, SessionError::Lie { entry: 1, what: Lie::OutOfTurn });
    let frames = [abort(0), abort(1), abort(2)];
    assert_breaks!(taken(&frames).await.0, SessionError::Lie { entry: 2, what: Lie::OutOfTurn });
}

#[tokio::test]
async fn a_chunk_before_its_header_is_unexpected() {
    let (mut peer, stream) = Peer::roomy();
    let receiver = Receiver::accepting(stream);
    peer.offer_taken(&[("a", 5)]).await;
    peer.chunk(b"hello").await;
    drop(peer);
    assert_breaks!(receiver.end().await, SessionError::Unexpected { got: Kind::Chunk, .. });
}

#[tokio::test]
async fn an_end_before_all_entries_is_unexpected() {
    let abort = Frame::Abort { entry: 0, reason: AbortReason::Changed };
    for frames in [vec![Frame::End], vec![abort, Frame::End], vec![header(0, 5), Frame::End]] {
        assert_breaks!(taken(&frames).await.0, SessionError::Unexpected { got: Kind::End, .. });
    }
}

#[tokio::test]
async fn a_small_file_of_chunks_and_holes_in_any_order_is_hashed_whole() {
    for (pieces, contents) in [
        (vec![chunk(b"ab"), encoded(&Frame::Hole(2)), chunk(b"c")], &b"ab\0\0c"[..]),
        (vec![encoded(&Frame::Hole(2)), chunk(b"abc")], b"\0\0abc"),
        (vec![chunk(b"abc"), encoded(&Frame::Hole(1)), encoded(&Frame::Hole(1))], b"abc\0\0"),
    ] {
        let (mut peer, stream) = Peer::roomy();
        let receiver = Receiver::accepting(stream);
        peer.offer_taken(&[("a", 5), ("b", 5)]).await;
        let mut all = encoded(&header(0, 5));
        all.extend(pieces.concat());
        all.extend(encoded(&trailer(0, contents)));
        all.extend([encoded(&header(1, 5)), chunk(b"other"), encoded(&trailer(1, b"other"))].concat());
        all.extend(encoded(&Frame::End));
        peer.raw(&all).await;
        peer.rest_until(Kind::Delivered).await;
        drop(peer);
        let end = receiver.end().await;
        assert_eq!((end.contents("a"), end.contents("b")), (contents.to_vec(), b"other".to_vec()));
    }
}

#[tokio::test]
async fn a_wrong_digest_fails_that_file_and_the_next_one_arrives() {
    let (mut peer, stream) = Peer::roomy();
    let receiver = Receiver::accepting(stream);
    let offering = peer.offer_taken(&[("a", 5), ("b", 5)]).await;
    peer.send(header(0, 5)).await;
    peer.chunk(b"hello").await;
    peer.send(trailer(0, b"other")).await;
    peer.file(1, b"world").await;
    peer.send(Frame::End).await;
    let said = without_receipt(peer.rest().await);
    let manifest = offering.summary.digest;
    assert_eq!(
        said,
        [
            Said::Frame(Frame::Failed { entry: 0, reason: FailReason::WrongDigest }),
            Said::Frame(Frame::Saved(vec![EntryRange { first: 1, count: 1 }])),
            Said::Frame(Frame::Delivered { saved: 1, failed: 1, skipped: 0, bytes: 5, manifest }),
        ]
    );
    drop(peer);
    let end = receiver.end().await;
    assert_is!(end.result, Ok(Received::End(ReceiveEnd::Delivered)));
    assert_eq!(end.names(), ["b"]);
    assert_eq!(end.contents("b"), b"world");
}

#[tokio::test]
async fn an_abort_in_place_of_a_header_or_in_the_middle_leaves_nothing_of_that_file() {
    let (mut peer, stream) = Peer::roomy();
    let receiver = Receiver::accepting(stream);
    peer.offer_taken(&[("a", 5), ("b", 5), ("c", 5)]).await;
    peer.send(Frame::Abort { entry: 0, reason: AbortReason::Vanished }).await;
    peer.send(header(1, 5)).await;
    peer.chunk(b"hel").await;
    peer.send(Frame::Abort { entry: 1, reason: AbortReason::Changed }).await;
    peer.file(2, b"hello").await;
    peer.send(Frame::End).await;
    let said = peer.rest_until(Kind::Delivered).await;
    assert_is!(said.last().unwrap(), Said::Frame(Frame::Delivered { saved: 1, failed: 2, bytes: 5, .. }));
    drop(peer);
    assert_eq!(receiver.end().await.names(), ["c"]);
}

#[tokio::test]
async fn a_transfer_in_which_everything_is_aborted_delivers_nothing() {
    let abort = |entry| Frame::Abort { entry, reason: AbortReason::Vanished };
    let (end, said) = taken(&[abort(0), abort(1), Frame::End]).await;
    let said = without_receipt(said);
    assert_is!(said.as_slice(), [Said::Frame(Frame::Delivered { saved: 0, failed: 2, bytes: 0, .. })]);
    assert_eq!(end.names(), [""; 0]);
}

#[tokio::test]
async fn a_chunk_of_the_largest_size_arrives() {
    let contents = bytes(1024 * 1024);
    let (mut peer, stream) = Peer::roomy();
    let receiver = Receiver::accepting(stream);
    peer.offer_taken(&[("a", 1024 * 1024)]).await;
    peer.file(0, &contents).await;
    peer.send(Frame::End).await;
    peer.rest_until(Kind::Delivered).await;
    drop(peer);
    assert_eq!(receiver.end().await.contents("a"), contents);
}

#[tokio::test]
async fn a_chunk_over_the_limit_is_refused_by_its_head() {
    let [a, b, c, d] = (limits::MAX_CHUNK + 1).to_be_bytes();
    let end = taken_raw(&[&[0x21, 0, 0, 0, a, b, c, d]]).await;
    assert_breaks!(end, SessionError::Link(LinkError::Wire(WireError::TooLong { kind: Kind::Chunk, .. })));
}

#[tokio::test]
async fn a_body_of_four_gigabytes_is_refused_by_its_head() {
    for kind in Kind::ALL {
        let end = taken_raw(&[&[kind.number(), 0, 0, 0, 0xff, 0xff, 0xff, 0xff]]).await;
        assert_breaks!(end, SessionError::Link(LinkError::Wire(WireError::TooLong { .. })));
    }
}

#[tokio::test]
async fn an_empty_chunk_is_refused() {
    let end = taken_raw(&[&chunk(b"")]).await;
    assert_breaks!(end, SessionError::Link(LinkError::Wire(WireError::EmptyChunk)));
}

#[tokio::test]
async fn a_head_with_reserved_bytes_is_refused() {
    let end = taken_raw(&[&[0x03, 0, 0, 1, 0, 0, 0, 1, 0xa0]]).await;
    assert_breaks!(end, SessionError::Link(LinkError::Wire(WireError::Reserved(1))));
}

#[tokio::test]
async fn an_unknown_kind_ends_the_session() {
    let end = taken_raw(&[&[0x40, 0, 0, 0, 0, 0, 0, 1, 0xa0]]).await;
    assert_breaks!(end, SessionError::Link(LinkError::Wire(WireError::UnknownKind(0x40))));
}

#[tokio::test]
async fn an_unknown_kind_that_is_optional_is_skipped() {
    let (mut peer, stream) = Peer::roomy();
    let receiver = Receiver::accepting(stream);
    peer.offer_taken(&[("a", 5)]).await;
    peer.raw(&[0xee, 1, 0, 0, 0, 0, 0, 3, 1, 2, 3]).await;
    peer.file(0, b"hello").await;
    peer.raw(&[0xee, 1, 0, 0, 0, 0, 0, 0]).await;
    peer.send(Frame::End).await;
    peer.rest_until(Kind::Delivered).await;
    drop(peer);
    assert_eq!(receiver.end().await.names(), ["a"]);
}

#[tokio::test]
async fn a_body_that_is_no_cbor_ends_the_session() {
    let end = taken_raw(&[&[0x23, 0, 0, 0, 0, 0, 0, 2, 0xff, 0xff]]).await;
    assert_breaks!(
        end,
        SessionError::Link(LinkError::Wire(WireError::Malformed { kind: Kind::Trailer, .. }))
    );
}
