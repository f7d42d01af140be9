//! How a transfer ended.

use std::fmt;

/// How a transfer ended, the same word on both sides wherever both can know it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// Every file is written, checked, synced and renamed on the receiver.
    Delivered,
    /// Some files are, some are not.
    Partial,
    /// The receiver said no, or nobody answered in time. Not one byte was sent.
    Declined,
    /// A person on either side stopped it. Files that were complete stay.
    Cancelled,
    /// The connection was lost. Files that were complete stay.
    Interrupted,
    /// It failed for a reason that trying again alone does not mend.
    Failed,
}

impl Outcome {
    /// All of them, in the order of the docs.
    pub const ALL: [Self; 6] =
        [Self::Delivered, Self::Partial, Self::Declined, Self::Cancelled, Self::Interrupted, Self::Failed];

    /// The word in `--json` lines, logs and text ids.
    pub fn code(self) -> &'static str {
        match self {
            Self::Delivered => "delivered",
            Self::Partial => "partial",
            Self::Declined => "declined",
            Self::Cancelled => "cancelled",
            Self::Interrupted => "interrupted",
            Self::Failed => "failed",
        }
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}
