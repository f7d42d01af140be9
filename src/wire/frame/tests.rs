//! Bodies that are cut, too long or say what cannot be. What they are when they are right: `tests/it/golden.rs`.

use proptest::prelude::*;

use super::*;
use crate::wire::HEAD_BYTES;
use crate::wire::limits;

fn body_of(frame: &Frame) -> Vec<u8> {
    let mut bytes = Vec::new();
    frame.encode(&mut bytes);
    bytes.split_off(crate::wire::HEAD_BYTES)
}

#[test]
fn unknown_fields_are_skipped_and_unknown_reasons_are_other() {
    // {0: 5, 1: 99, 7: "later"}
    let bytes = [0xa3, 0x00, 0x05, 0x01, 0x18, 0x63, 0x07, 0x65, b'l', b'a', b't', b'e', b'r'];
    let frame = Frame::decode(Kind::Abort, &bytes).unwrap();
    assert_eq!(frame, Frame::Abort { entry: 5, reason: AbortReason::Other });
}

#[test]
fn a_body_cut_anywhere_or_with_more_behind_it_is_malformed() {
    let frame = Frame::Trailer { entry: 1, size: 2, digest: Digest::from_bytes([7; 32]) };
    let body = body_of(&frame);
    for end in 0..body.len() {
        let cut = body.get(..end).unwrap();
        assert!(matches!(Frame::decode(Kind::Trailer, cut), Err(WireError::Malformed { .. })), "{end}");
    }
    assert!(Frame::decode(Kind::Trailer, &[body.as_slice(), &[0]].concat()).is_err());
}

#[test]
fn a_digest_of_31_bytes_and_a_range_of_none_are_malformed() {
    let short = body::Trailer { entry: 0, size: 0, digest: vec![0; 31].into() };
    let mut bytes = Vec::new();
    body::encode(&short, &mut bytes);
    assert!(matches!(Frame::decode(Kind::Trailer, &bytes), Err(WireError::Malformed { .. })));
    for ranges in [vec![], vec![1], vec![1, 0], vec![u64::MAX, 1]] {
        let mut bytes = Vec::new();
        body::encode(&body::Saved { ranges: ranges.clone() }, &mut bytes);
        assert!(Frame::decode(Kind::Saved, &bytes).is_err(), "{ranges:?}");
    }
}

#[test]
fn a_peers_text_is_one_clean_line() {
    let bye = Bye { reason: ByeReason::Other, detail: format!("a\u{1b}[2J\n{}", "x".repeat(900)) };
    let Frame::Bye(read) = Frame::decode(Kind::Bye, &body_of(&Frame::Bye(bye))).unwrap() else { panic!() };
    assert!(!read.detail.contains(['\u{1b}', '\n']));
    assert_eq!(read.detail.chars().count(), limits::MAX_TEXT);
}

proptest! {
    #[test]
    fn no_bytes_make_a_body_panic(number in any::<u8>(), bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        if let Some(kind) = Kind::from_number(number) {
            // What decodes must encode again.
            if let Ok(frame) = Frame::decode(kind, &bytes) {
                prop_assert_eq!(frame.kind(), kind);
                prop_assert_eq!(Frame::decode(kind, &body_of(&frame)).unwrap(), frame);
            }
        }
    }
}

#[test]
fn one_range_more_than_a_frame_may_have_is_malformed() {
    let decode = |count: usize| {
        let mut bytes = Vec::new();
        Frame::Saved(vec![EntryRange { first: 1, count: 1 }; count]).encode(&mut bytes);
        Frame::decode(Kind::Saved, bytes.get(HEAD_BYTES..).unwrap())
    };
    assert!(decode(limits::MAX_RANGES).is_ok());
    assert!(decode(limits::MAX_RANGES + 1).is_err());
}
