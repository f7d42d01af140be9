//! What stands where an entry would go (docs/trees.md, "What stands where"): the first half of the plan. Nothing is opened
//! and nothing is made.

use crate::model::{Entry, EntryKind, LocalName};
use crate::storage::{Staging, Standing, Target, WriteError};

/// What is there for an entry already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Under its name.
    pub there: There,
    /// In staging: the length of this version's part in bytes. Only for files.
    pub part: Option<u64>,
}

/// What stands under an entry's name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum There {
    /// Nothing.
    New,
    /// A folder for a folder: they become one.
    Merge,
    /// A file of the same size: it may be identical, which the digests say.
    SameSize,
    /// A link that points to the same: it is identical.
    SameLink,
    /// Something else.
    Differs,
    /// Nothing can stand there: what should be a folder around it is none, or the name is too long for this disk.
    Blocked,
}

/// Looks what is there for an entry, under these names of this disk. Errors: [`WriteError`] if nobody may look.
pub fn survey(
    target: &mut Target,
    staging: Option<&Staging>,
    entry: &Entry,
    names: &[LocalName],
) -> Result<Finding, WriteError> {
    let there = match (target.look(names)?, &entry.kind) {
        (Standing::Nothing, _) => There::New,
        (Standing::Blocked, _) => There::Blocked,
        (Standing::Folder, EntryKind::Folder) => There::Merge,
        (Standing::File { size }, EntryKind::File) if size == entry.size => There::SameSize,
        (Standing::Link(found), EntryKind::Link(offered)) if found == offered.as_bytes() => There::SameLink,
        (Standing::File { .. } | Standing::Folder | Standing::Link(_) | Standing::Other, _) => There::Differs,
    };
    let part = match entry.kind {
        EntryKind::File => staging.and_then(|staging| staging.has(entry)),
        EntryKind::Folder | EntryKind::Link(_) => None,
    };
    Ok(Finding { there, part })
}
