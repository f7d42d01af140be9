//! The CBOR bodies, field by field: maps with numbered keys. Unknown keys are skipped, so later versions can add some.
//!
//! These types only mirror `docs/protocol.md`; `frame` turns them into values that are right.

use minicbor::bytes::{ByteSlice, ByteVec};
use minicbor::{Decode, Encode};

use crate::model::shown_text;
use crate::wire::{Kind, WireError, limits};

#[derive(Encode, Decode)]
#[cbor(map)]
pub(super) struct Empty {}

#[derive(Encode, Decode)]
#[cbor(map)]
pub(super) struct Hello {
    #[n(0)]
    pub(super) version: String,
    #[n(1)]
    pub(super) features: Vec<String>,
    #[n(2)]
    pub(super) admits: Option<Vec<u32>>,
}

#[derive(Encode, Decode)]
#[cbor(map)]
pub(super) struct Introduce {
    #[n(0)]
    pub(super) name: String,
    #[n(1)]
    pub(super) discovery: Option<ByteVec>,
}

/// PairShare and PairConfirm.
#[derive(Encode, Decode)]
#[cbor(map)]
pub(super) struct Proof {
    #[n(0)]
    pub(super) bytes: ByteVec,
}

#[derive(Encode, Decode)]
#[cbor(map)]
pub(super) struct Login {
    #[n(0)]
    pub(super) account: String,
    #[n(1)]
    pub(super) password: String,
    #[n(2)]
    pub(super) binding: ByteVec,
}

#[derive(Encode, Decode)]
#[cbor(map)]
pub(super) struct Remembered {
    #[n(0)]
    pub(super) discovery: Option<ByteVec>,
}

#[derive(Encode, Decode)]
#[cbor(map)]
pub(super) struct Bye {
    #[n(0)]
    pub(super) reason: u32,
    #[n(1)]
    pub(super) detail: String,
}

#[derive(Encode, Decode)]
#[cbor(map)]
pub(super) struct Offer {
    #[n(0)]
    pub(super) transfer: ByteVec,
    #[n(1)]
    pub(super) note: Option<String>,
    #[n(2)]
    pub(super) only_asks: Option<bool>,
}

#[derive(Encode, Decode)]
#[cbor(map)]
pub(super) struct ManifestPage<'b> {
    #[n(0)]
    pub(super) first: u64,
    #[b(1)]
    pub(super) entries: Vec<Entry<'b>>,
}

#[derive(Encode, Decode)]
#[cbor(map)]
pub(super) struct Entry<'b> {
    #[b(0)]
    pub(super) path: Vec<&'b ByteSlice>,
    #[n(1)]
    pub(super) kind: u32,
    #[n(2)]
    pub(super) size: u64,
    #[n(3)]
    pub(super) stored: u64,
    #[n(4)]
    pub(super) modified_secs: Option<i64>,
    #[n(5)]
    pub(super) modified_nanos: Option<u32>,
    #[n(6)]
    pub(super) mode: Option<u32>,
    #[n(7)]
    pub(super) target: Option<ByteVec>,
}

#[derive(Encode, Decode)]
#[cbor(map)]
pub(super) struct ManifestEnd {
    #[n(0)]
    pub(super) entries: u64,
    #[n(1)]
    pub(super) bytes: u64,
    #[n(2)]
    pub(super) stored: u64,
    #[n(3)]
    pub(super) unreadable: u64,
    #[n(4)]
    pub(super) digest: ByteVec,
}

/// Flat: entry and length, entry and length, …
#[derive(Encode, Decode)]
#[cbor(map)]
pub(super) struct DigestWanted {
    #[n(0)]
    pub(super) wanted: Vec<u64>,
}

/// As they were wanted, and 32 bytes for each.
#[derive(Encode, Decode)]
#[cbor(map)]
pub(super) struct Digest {
    #[n(0)]
    pub(super) wanted: Vec<u64>,
    #[n(1)]
    pub(super) digests: ByteVec,
}

/// Flat: first entry and count, first entry and count, …; entry and offset for the offsets.
#[derive(Encode, Decode)]
#[cbor(map)]
pub(super) struct DecisionPage {
    #[n(0)]
    pub(super) identical: Option<Vec<u64>>,
    #[n(1)]
    pub(super) unwanted: Option<Vec<u64>>,
    #[n(2)]
    pub(super) offsets: Option<Vec<u64>>,
    #[n(3)]
    pub(super) differing: Option<Vec<u64>>,
}

#[derive(Encode, Decode)]
#[cbor(map)]
pub(super) struct Planned {
    #[n(0)]
    pub(super) new: u64,
    #[n(1)]
    pub(super) identical: u64,
    #[n(2)]
    pub(super) continued: u64,
    #[n(3)]
    pub(super) differing: u64,
    #[n(4)]
    pub(super) blocked: u64,
    #[n(5)]
    pub(super) bytes: u64,
    #[n(6)]
    pub(super) needed: u64,
    #[n(7)]
    pub(super) free: u64,
    #[n(8)]
    pub(super) conflict: u32,
    #[n(9)]
    pub(super) restarted: u64,
}

#[derive(Encode, Decode)]
#[cbor(map)]
pub(super) struct ReceiptPage {
    #[n(0)]
    pub(super) bytes: ByteVec,
}

#[derive(Encode, Decode)]
#[cbor(map)]
pub(super) struct Cancel {
    #[n(0)]
    pub(super) forget: Option<bool>,
}

#[derive(Encode, Decode)]
#[cbor(map)]
pub(super) struct Hole {
    #[n(0)]
    pub(super) length: u64,
}

#[derive(Encode, Decode)]
#[cbor(map)]
pub(super) struct Decision {
    #[n(0)]
    pub(super) accept: bool,
    #[n(1)]
    pub(super) reason: Option<u32>,
    #[n(2)]
    pub(super) manifest: ByteVec,
}

#[derive(Encode, Decode)]
#[cbor(map)]
pub(super) struct Header {
    #[n(0)]
    pub(super) entry: u64,
    #[n(1)]
    pub(super) offset: u64,
    #[n(2)]
    pub(super) size: u64,
}

#[derive(Encode, Decode)]
#[cbor(map)]
pub(super) struct Trailer {
    #[n(0)]
    pub(super) entry: u64,
    #[n(1)]
    pub(super) size: u64,
    #[n(2)]
    pub(super) digest: ByteVec,
}

/// Abort and Failed.
#[derive(Encode, Decode)]
#[cbor(map)]
pub(super) struct EntryReason {
    #[n(0)]
    pub(super) entry: u64,
    #[n(1)]
    pub(super) reason: u32,
}

/// First entry and count of each range, flat: `[first, count, first, count, …]`.
#[derive(Encode, Decode)]
#[cbor(map)]
pub(super) struct Saved {
    #[n(0)]
    pub(super) ranges: Vec<u64>,
}

#[derive(Encode, Decode)]
#[cbor(map)]
pub(super) struct Delivered {
    #[n(0)]
    pub(super) saved: u64,
    #[n(1)]
    pub(super) failed: u64,
    #[n(2)]
    pub(super) bytes: u64,
    #[n(3)]
    pub(super) manifest: ByteVec,
    #[n(4)]
    pub(super) skipped: u64,
}

/// Decodes a whole body. Errors: `Malformed` for anything else than exactly one map of the right shape.
pub(super) fn decode<'b, T: Decode<'b, ()>>(kind: Kind, bytes: &'b [u8]) -> Result<T, WireError> {
    let mut decoder = minicbor::Decoder::new(bytes);
    let value = decoder.decode().map_err(|error| malformed(kind, error.to_string()))?;
    if decoder.position() == bytes.len() { Ok(value) } else { Err(malformed(kind, "bytes after its end")) }
}

/// Encodes a body behind what `out` holds.
pub(super) fn encode<T: Encode<()>>(value: &T, out: &mut Vec<u8>) {
    minicbor::encode(value, out).expect("a Vec takes every byte");
}

pub(super) fn malformed(kind: Kind, reason: impl Into<String>) -> WireError {
    WireError::Malformed { kind, reason: reason.into() }
}

/// A fixed-length byte field.
pub(super) fn exactly<const N: usize>(
    kind: Kind,
    field: &str,
    bytes: &ByteVec,
) -> Result<[u8; N], WireError> {
    <[u8; N]>::try_from(bytes.as_slice())
        .map_err(|_| malformed(kind, format!("{field} has {} bytes, not {N}", bytes.len())))
}

/// A peer's free text as one clean line.
pub(super) fn line(text: &str) -> String {
    shown_text(text).chars().take(limits::MAX_TEXT).collect()
}
