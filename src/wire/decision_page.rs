//! What a receiver would do with an offer, and what of it is not sent, or not from its beginning.

use crate::model::{Conflict, EntryIndex, PlanSummary};
use crate::wire::entry_range::{flat, pairs, ranges};
use crate::wire::{EntryRange, Kind, WireError, body};

/// Some of the entries that are not new. An entry that no page names is sent whole.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DecisionPage {
    /// They are there already, with the digest that the sender told.
    pub identical: Vec<EntryRange>,
    /// The receiver does not want them.
    pub unwanted: Vec<EntryRange>,
    /// These continue, each at this offset.
    pub offsets: Vec<(EntryIndex, u64)>,
    /// Something else stands under their name. For people only: these are sent unless they are unwanted too.
    pub differing: Vec<EntryRange>,
}

impl DecisionPage {
    pub(super) fn encode(&self, out: &mut Vec<u8>) {
        let some = |numbers: Vec<u64>| Some(numbers).filter(|numbers| !numbers.is_empty());
        let offsets = self.offsets.iter().flat_map(|(entry, offset)| [*entry, *offset]).collect();
        let page = body::DecisionPage {
            identical: some(flat(&self.identical)),
            unwanted: some(flat(&self.unwanted)),
            offsets: some(offsets),
            differing: some(flat(&self.differing)),
        };
        body::encode(&page, out);
    }

    pub(super) fn decode(bytes: &[u8]) -> Result<Self, WireError> {
        let kind = Kind::DecisionPage;
        let page: body::DecisionPage = body::decode(kind, bytes)?;
        Ok(Self {
            identical: ranges(kind, &page.identical.unwrap_or_default())?,
            unwanted: ranges(kind, &page.unwanted.unwrap_or_default())?,
            offsets: pairs(kind, &page.offsets.unwrap_or_default())?,
            differing: ranges(kind, &page.differing.unwrap_or_default())?,
        })
    }
}

pub(super) fn encode_summary(plan: &PlanSummary, out: &mut Vec<u8>) {
    let PlanSummary {
        new,
        identical,
        continued,
        differing,
        blocked,
        bytes,
        needed,
        free,
        conflict,
        restarted,
    } = *plan;
    let conflict = match conflict {
        Conflict::KeepBoth => 0,
        Conflict::Skip => 1,
        Conflict::Replace => 2,
    };
    let planned = body::Planned {
        new,
        identical,
        continued,
        differing,
        blocked,
        bytes,
        needed,
        free,
        conflict,
        restarted,
    };
    body::encode(&planned, out);
}

pub(super) fn decode_summary(bytes: &[u8]) -> Result<PlanSummary, WireError> {
    let body::Planned {
        new,
        identical,
        continued,
        differing,
        blocked,
        bytes,
        needed,
        free,
        conflict,
        restarted,
    } = body::decode(Kind::Planned, bytes)?;
    let conflict = match conflict {
        0 => Conflict::KeepBoth,
        1 => Conflict::Skip,
        2 => Conflict::Replace,
        other => return Err(body::malformed(Kind::Planned, format!("a conflict is settled by {other}"))),
    };
    Ok(PlanSummary {
        new,
        identical,
        continued,
        differing,
        blocked,
        bytes,
        needed,
        free,
        conflict,
        restarted,
    })
}
