//! The sizes of an offer's entries, in as few bytes as they fit.

use crate::model::{EntryIndex, size};

/// Sizes in bytes, one an entry: four bytes each until one of them needs more. Few trees have a file of 4 GiB, and an offer of
/// nothing else costs no more than eight bytes an entry.
#[derive(Clone, Debug)]
pub(in crate::session) enum Sizes {
    Short(Vec<u32>),
    Long(Vec<u64>),
}

impl Default for Sizes {
    fn default() -> Self {
        Self::for_entries(0)
    }
}

impl Sizes {
    /// None yet, and room for so many.
    pub(in crate::session) fn for_entries(entries: u64) -> Self {
        Self::Short(Vec::with_capacity(size::to_len(entries)))
    }

    /// Adds the next entry's.
    pub(in crate::session) fn push(&mut self, bytes: u64) {
        match (&mut *self, u32::try_from(bytes)) {
            (Self::Short(all), Ok(short)) => all.push(short),
            (Self::Short(all), Err(_)) => {
                let mut long = Vec::with_capacity(all.capacity());
                long.extend(all.iter().copied().map(u64::from));
                long.push(bytes);
                *self = Self::Long(long);
            }
            (Self::Long(all), _) => all.push(bytes),
        }
    }

    /// An entry's; 0 behind the last.
    pub(in crate::session) fn get(&self, entry: EntryIndex) -> u64 {
        let place = size::to_len(entry);
        match self {
            Self::Short(all) => all.get(place).copied().map_or(0, u64::from),
            Self::Long(all) => all.get(place).copied().unwrap_or_default(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_size_comes_back_also_those_before_the_first_long_one() {
        let all = [0, 1, u64::from(u32::MAX), u64::from(u32::MAX) + 1, 7, u64::MAX];
        let mut sizes = Sizes::default();
        for (entry, bytes) in (0..).zip(all) {
            sizes.push(bytes);
            assert!((0..).zip(&all).take(size::to_len(entry) + 1).all(|(at, bytes)| sizes.get(at) == *bytes));
        }
        assert_eq!(sizes.get(6), 0);
    }
}
