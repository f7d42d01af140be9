//! Entries that follow one another, as Saved and DecisionPage list them.

use crate::model::EntryIndex;
use crate::wire::{Kind, WireError, body, limits};

/// `count` entries from `first` on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EntryRange {
    /// The first.
    pub first: EntryIndex,
    /// How many, at least 1.
    pub count: u64,
}

impl EntryRange {
    /// Ascending entries as ranges.
    pub fn of(entries: impl IntoIterator<Item = EntryIndex>) -> Vec<Self> {
        let mut ranges: Vec<Self> = Vec::new();
        for entry in entries {
            match ranges.last_mut() {
                Some(range) if range.first + range.count == entry => range.count += 1,
                Some(_) | None => ranges.push(Self { first: entry, count: 1 }),
            }
        }
        ranges
    }

    /// Its entries.
    pub fn entries(self) -> std::ops::Range<EntryIndex> {
        self.first..self.first + self.count
    }
}

/// As numbers: first and count, alternating.
pub(super) fn flat(ranges: &[EntryRange]) -> Vec<u64> {
    ranges.iter().flat_map(|range| [range.first, range.count]).collect()
}

/// Numbers as ranges. Errors: an odd one out, more than [`limits::MAX_RANGES`], or a range of nothing or beyond all numbers.
pub(super) fn ranges(kind: Kind, flat: &[u64]) -> Result<Vec<EntryRange>, WireError> {
    pairs(kind, flat)?
        .into_iter()
        .map(|(first, count)| {
            if count > 0 && first.checked_add(count).is_some() {
                Ok(EntryRange { first, count })
            } else {
                Err(body::malformed(kind, "an impossible range"))
            }
        })
        .collect()
}

/// Numbers in pairs. Errors: as for [`ranges`].
pub(super) fn pairs(kind: Kind, flat: &[u64]) -> Result<Vec<(u64, u64)>, WireError> {
    let (pairs, rest) = flat.as_chunks::<2>();
    if !rest.is_empty() || pairs.len() > limits::MAX_RANGES {
        return Err(body::malformed(kind, "not a list of ranges"));
    }
    Ok(pairs.iter().map(|[first, second]| (*first, *second)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbours_share_a_range() {
        let range = |first, count| EntryRange { first, count };
        assert_eq!(EntryRange::of([0, 1, 2, 5, 7, 8]), [range(0, 3), range(5, 1), range(7, 2)]);
        assert_eq!(EntryRange::of([]), []);
    }
}
