//! What a receiver would do with an offer.

use crate::model::Conflict;

/// A receiver's plan for an offer, in numbers. Folders are not counted, but for blocked ones.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PlanSummary {
    /// Files and links that nothing stands in the way of.
    pub new: u64,
    /// Those that are there already, byte for byte.
    pub identical: u64,
    /// Files of which a part is there.
    pub continued: u64,
    /// Files of which a part is there that is not of what they are now: they start again.
    pub restarted: u64,
    /// Those that differ from what stands under their name.
    pub differing: u64,
    /// Those that cannot be put under their name, and get another.
    pub blocked: u64,
    /// Bytes of files that would be sent.
    pub bytes: u64,
    /// Room that they need on the receiver's disk, in bytes: holes need none.
    pub needed: u64,
    /// Room that there is, in bytes.
    pub free: u64,
    /// What happens to those that differ, unless a person decides otherwise.
    pub conflict: Conflict,
}

impl PlanSummary {
    /// Whether there is room for it.
    pub fn fits(&self) -> bool {
        self.needed <= self.free
    }
}

/// What stands where an entry would go.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Finding {
    /// Nothing.
    #[default]
    New,
    /// A folder, for a folder.
    Merge,
    /// The very same.
    Identical,
    /// A part of this file, from this very transfer.
    Continues,
    /// Something else.
    Differs,
    /// The name cannot be used here, or something that is no folder stands where a folder is needed.
    Blocked,
}

impl Finding {
    /// All of them.
    pub const ALL: [Self; 6] =
        [Self::New, Self::Merge, Self::Identical, Self::Continues, Self::Differs, Self::Blocked];

    /// The word in `--json` lines and text ids.
    pub fn code(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Merge => "merge",
            Self::Identical => "identical",
            Self::Continues => "continues",
            Self::Differs => "differs",
            Self::Blocked => "blocked",
        }
    }
}
