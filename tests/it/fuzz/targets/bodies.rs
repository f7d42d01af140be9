//! One CBOR body of any kind: what can be read can be written, and is read again as the same.

use sampan::wire::{Frame, FrameHead, HEAD_BYTES, Kind};

/// The first byte is the kind's number, or chooses one; the rest is the body.
pub(crate) fn run(data: &[u8]) -> String {
    let Some((first, body)) = data.split_first() else { return String::new() };
    let kind = Kind::from_number(*first).unwrap_or(Kind::ALL[usize::from(*first) % Kind::ALL.len()]);
    let frame = match Frame::decode(kind, body) {
        Ok(frame) => frame,
        Err(error) => return error.to_string(),
    };
    assert_eq!(frame.kind(), kind);
    let mut bytes = Vec::new();
    frame.encode(&mut bytes);
    let (head, body) = bytes.split_first_chunk::<HEAD_BYTES>().expect("a frame has a head");
    let FrameHead::Known(written, length) = FrameHead::parse(*head).expect("we write what we read") else {
        panic!("we know what we write");
    };
    assert_eq!((written, usize::try_from(length).unwrap()), (kind, body.len()));
    let again = Frame::decode(kind, body).expect("we read what we write");
    assert_eq!(again, frame);
    let mut twice = Vec::new();
    again.encode(&mut twice);
    assert_eq!(twice, bytes, "one value, one encoding");
    format!("{kind} of {} bytes", body.len())
}
