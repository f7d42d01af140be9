//! What an offer holds: its entries and their totals.

use crate::model::{Digest, LinkTarget, RelPath};

/// The place of an entry in its manifest, from 0. Frames name entries by it.
pub type EntryIndex = u64;

/// One file, folder or link of an offer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Where it goes below the receiver's folder.
    pub path: RelPath,
    /// What it is.
    pub kind: EntryKind,
    /// A file's length in bytes; 0 for the others.
    pub size: u64,
    /// The bytes it takes on the sender's disk: less than `size` where it has holes. Free space is counted in these.
    pub stored: u64,
    /// When it was last written.
    pub modified: Option<Stamp>,
    /// Unix permission bits, at most 0o777.
    pub mode: Option<u32>,
}

/// What an entry is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EntryKind {
    /// An ordinary file.
    File,
    /// A folder, empty or not.
    Folder,
    /// A symbolic link.
    Link(LinkTarget),
}

/// A moment: seconds since 1970 (negative before) and nanoseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stamp {
    /// Whole seconds since 1970-01-01T00:00:00Z.
    pub secs: i64,
    /// 0 to 999 999 999.
    pub nanos: u32,
}

/// The totals of a manifest, as ManifestEnd carries them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ManifestSummary {
    /// How many entries there are.
    pub entries: u64,
    /// Sum of their sizes in bytes.
    pub bytes: u64,
    /// Sum of their stored bytes.
    pub stored: u64,
    /// Entries the sender could not read, not among `entries`.
    pub unreadable: u64,
    /// SHA-256 of all page bodies in order.
    pub digest: Digest,
}
