//! How much a peer may say, beside the reason for each number.

use crate::wire::Kind;

/// A control body: CBOR that fits one TLS flight and never costs memory worth speaking of.
pub const MAX_CONTROL: u32 = 64 * 1024;

/// A chunk: large enough that its head costs nothing, small enough to leave the line within 100 ms at 10 MB/s.
pub const MAX_CHUNK: u32 = 1024 * 1024;

/// Entries of one offer: a whole disk of files. They are kept on disk, so what counts is what a stranger may cost there.
pub const MAX_ENTRIES: u64 = 10_000_000;

/// All manifest pages of one offer together, in bytes: [`MAX_ENTRIES`] with names of ordinary length. With a length
/// before each page it fits 1 GiB on the receiver's disk.
pub const MAX_MANIFEST: u64 = 1_000_000_000;

/// A peer's free text (version, note, detail of a Bye): a line for a person.
pub const MAX_TEXT: usize = 500;

/// All that a peer may say before both sides introduced themselves, in bytes: each greeting frame once at its longest, and pings.
pub const MAX_GREETING: u64 = 64 * 1024;

/// An account's password in bytes: longer than any that is typed.
pub const MAX_PASSWORD: usize = 1024;

/// Features a peer may list: there will never be this many.
pub const MAX_FEATURES: usize = 64;

/// Ranges in one Saved frame, and in each list of a DecisionPage. What does not fit goes into the next one.
pub const MAX_RANGES: usize = 1024;

/// Questions about one file of an offer: up to four a look (what has another name, what has its own, its part, and what of that
/// is on the disk for certain), and a person may look at a few folders. More would let a receiver keep a sender's disk busy for ever.
pub const QUESTIONS_A_FILE: u8 = 16;

/// Bytes of a receipt in one page: the rest of [`MAX_CONTROL`] is for what stands around them.
pub const RECEIPT_PAGE: usize = 60 * 1024;

/// The longest body a kind may have, in bytes.
pub fn max_body(kind: Kind) -> u32 {
    match kind {
        Kind::Chunk => MAX_CHUNK,
        Kind::Ping | Kind::End | Kind::Cancel | Kind::Cancelled | Kind::Pause | Kind::Resume => 64, // an empty map, and room for later fields
        Kind::Hello
        | Kind::Introduce
        | Kind::Bye
        | Kind::PairShare
        | Kind::PairConfirm
        | Kind::Login
        | Kind::Remember
        | Kind::Remembered
        | Kind::Offer
        | Kind::ManifestEnd
        | Kind::Decision
        | Kind::Planned
        | Kind::Header
        | Kind::Hole
        | Kind::Trailer
        | Kind::Abort
        | Kind::Failed
        | Kind::Delivered => 4 * 1024, // a few numbers, a digest, a line of text
        Kind::ManifestPage
        | Kind::DigestWanted
        | Kind::Digest
        | Kind::DecisionPage
        | Kind::Saved
        | Kind::ReceiptPage => MAX_CONTROL,
    }
}
