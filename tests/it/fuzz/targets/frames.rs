//! A stream of frames as the reader sees it: head, body, head, body.

use sampan::wire::{Frame, FrameHead, HEAD_BYTES, Kind, limits};

pub(crate) fn run(mut data: &[u8]) -> String {
    let mut kinds = String::new();
    while let Some((head, rest)) = data.split_first_chunk::<HEAD_BYTES>() {
        let length = match FrameHead::parse(*head) {
            Ok(FrameHead::Known(kind, length)) => {
                assert!(length <= limits::max_body(kind), "{kind}: {length}");
                let Some(body) = rest.get(..usize::try_from(length).unwrap()) else { break };
                match (kind, Frame::decode(kind, body)) {
                    (Kind::Chunk, read) => assert!(read.is_err(), "a chunk is no control frame"),
                    (kind, Ok(frame)) => assert_eq!(frame.kind(), kind),
                    (_, Err(error)) => return format!("{kinds}{error}"),
                }
                kinds.extend([kind.to_string().as_str(), " "]);
                length
            }
            Ok(FrameHead::Skip(length)) => {
                assert!(length <= limits::MAX_CONTROL);
                length
            }
            Err(error) => return format!("{kinds}{error}"),
        };
        data = rest.get(usize::try_from(length).unwrap()..).unwrap_or_default();
    }
    kinds
}
