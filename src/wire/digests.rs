//! Questions about the digests of what may be there already, and the answers: many in a frame, for trees of small files.

use crate::model::{Digest, EntryIndex};
use crate::wire::entry_range::pairs;
use crate::wire::{Kind, WireError, body, limits};

/// The first bytes of an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Beginning {
    /// Which entry.
    pub entry: EntryIndex,
    /// How many of its bytes.
    pub length: u64,
}

/// Bytes of a digest.
const DIGEST: usize = 32;

/// What stands for a digest where the bytes cannot be read.
const NONE: [u8; DIGEST] = [0; DIGEST];

fn flat(beginnings: impl Iterator<Item = Beginning>) -> Vec<u64> {
    beginnings.flat_map(|beginning| [beginning.entry, beginning.length]).collect()
}

fn beginnings(kind: Kind, flat: &[u64]) -> Result<Vec<Beginning>, WireError> {
    let pairs = pairs(kind, flat)?;
    if pairs.is_empty() {
        return Err(body::malformed(kind, "no entries"));
    }
    Ok(pairs.into_iter().map(|(entry, length)| Beginning { entry, length }).collect())
}

pub(super) fn encode_wanted(wanted: &[Beginning], out: &mut Vec<u8>) {
    body::encode(&body::DigestWanted { wanted: flat(wanted.iter().copied()) }, out);
}

pub(super) fn decode_wanted(bytes: &[u8]) -> Result<Vec<Beginning>, WireError> {
    let body: body::DigestWanted = body::decode(Kind::DigestWanted, bytes)?;
    beginnings(Kind::DigestWanted, &body.wanted)
}

pub(super) fn encode_answers(answers: &[(Beginning, Option<Digest>)], out: &mut Vec<u8>) {
    let digests = answers.iter().flat_map(|(_, digest)| digest.map_or(NONE, |digest| *digest.as_bytes()));
    let digests: Vec<u8> = digests.collect();
    let wanted = flat(answers.iter().map(|(beginning, _)| *beginning));
    body::encode(&body::Digest { wanted, digests: digests.into() }, out);
}

pub(super) fn decode_answers(bytes: &[u8]) -> Result<Vec<(Beginning, Option<Digest>)>, WireError> {
    let body: body::Digest = body::decode(Kind::Digest, bytes)?;
    let beginnings = beginnings(Kind::Digest, &body.wanted)?;
    let (digests, rest) = body.digests.as_chunks::<DIGEST>();
    if digests.len() != beginnings.len() || !rest.is_empty() {
        return Err(body::malformed(Kind::Digest, "not a digest for each entry"));
    }
    let digest = |bytes: &[u8; DIGEST]| (*bytes != NONE).then(|| Digest::from_bytes(*bytes));
    Ok(beginnings.into_iter().zip(digests.iter().map(digest)).collect())
}

/// So many questions go into one frame at most.
pub const MAX_QUESTIONS: usize = limits::MAX_RANGES;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::Frame;

    #[test]
    fn answers_without_a_digest_each_and_questions_about_nothing_are_malformed() {
        let encode = |wanted: Vec<u64>, digests: usize| {
            let mut bytes = Vec::new();
            body::encode(&body::Digest { wanted, digests: vec![1; digests].into() }, &mut bytes);
            Frame::decode(Kind::Digest, &bytes)
        };
        assert!(encode(vec![3, 5], 32).is_ok());
        for (wanted, digests) in
            [(vec![], 0), (vec![3], 32), (vec![3, 5], 31), (vec![3, 5], 64), (vec![3, 5], 33)]
        {
            assert!(encode(wanted.clone(), digests).is_err(), "{wanted:?} {digests}");
        }
        let mut bytes = Vec::new();
        body::encode(&body::DigestWanted { wanted: Vec::new() }, &mut bytes);
        assert!(Frame::decode(Kind::DigestWanted, &bytes).is_err());
    }

    #[test]
    fn the_most_answers_fit_a_frame_and_one_more_is_refused() {
        let answers = |count: usize| {
            let beginning = Beginning { entry: u64::MAX - 1, length: u64::MAX };
            let frame = Frame::Digest(vec![(beginning, Some(Digest::from_bytes([7; 32]))); count]);
            let mut bytes = Vec::new();
            frame.encode(&mut bytes);
            bytes.split_off(crate::wire::HEAD_BYTES)
        };
        let most = answers(MAX_QUESTIONS);
        assert!(most.len() <= crate::model::size::to_len(u64::from(limits::max_body(Kind::Digest))));
        assert!(Frame::decode(Kind::Digest, &most).is_ok());
        assert!(Frame::decode(Kind::Digest, &answers(MAX_QUESTIONS + 1)).is_err());
    }
}
