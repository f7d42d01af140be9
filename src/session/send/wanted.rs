//! What the receiver wants of an offer, as its DecisionPages said.

use std::collections::BTreeMap;

use crate::model::{EntryIndex, Skip};
use crate::session::error::Lie;
use crate::session::{Manifest, SessionError, Shape};
use crate::wire::{DecisionPage, EntryRange};

/// Which entries are not sent, and which not from their beginning. Ranges ascend and never meet.
#[derive(Debug, Default)]
pub struct Wanted {
    skipped: Vec<(EntryRange, Skip)>,
    offsets: BTreeMap<EntryIndex, u64>,
    differing: Vec<EntryRange>,
}

impl Wanted {
    /// Takes a page in. Errors: [`Lie::Decision`] for entries that do not exist, come twice or out of order (so however many
    /// pages come, they cost no more than the manifest), and for folders and links, of which nothing is sent anyway, with an
    /// offset.
    pub(super) fn add(&mut self, page: &DecisionPage, manifest: &Manifest) -> Result<(), SessionError> {
        let lie = |entry| SessionError::Lie { entry, what: Lie::Decision };
        let mut ranges: Vec<_> = page.identical.iter().map(|range| (*range, Skip::Identical)).collect();
        ranges.extend(page.unwanted.iter().map(|range| (*range, Skip::Unwanted)));
        ranges.sort_by_key(|(range, _)| range.first);
        for (range, why) in ranges {
            let next = self.skipped.last().map_or(0, |(last, _)| last.entries().end);
            if range.first < next || range.entries().end > manifest.len() {
                return Err(lie(range.first));
            }
            self.skipped.push((range, why));
        }
        for range in &page.differing {
            let next = self.differing.last().map_or(0, |last| last.entries().end);
            if range.first < next || range.entries().end > manifest.len() {
                return Err(lie(range.first));
            }
            self.differing.push(*range);
        }
        for &(entry, offset) in &page.offsets {
            let is_later = self.offsets.last_key_value().is_none_or(|(last, _)| *last < entry);
            if !is_later || offset == 0 || manifest.shape(entry) != Some(Shape::File) {
                return Err(lie(entry));
            }
            self.offsets.insert(entry, offset);
        }
        Ok(())
    }

    /// Whether something is not sent, and all the same from an offset. Pages come in any mixture, so it shows in the end.
    /// Errors: [`Lie::Decision`].
    pub(super) fn check(&self) -> Result<(), SessionError> {
        match self.offsets.keys().find(|entry| !self.is_wanted(**entry)) {
            Some(entry) => Err(SessionError::Lie { entry: *entry, what: Lie::Decision }),
            None => Ok(()),
        }
    }

    /// All that is not sent.
    pub(super) fn skipped(&self) -> &[(EntryRange, Skip)] {
        &self.skipped
    }

    /// Whether an entry is sent, if it is a file.
    pub(super) fn is_wanted(&self, entry: EntryIndex) -> bool {
        self.skip(entry).is_none()
    }

    /// Why an entry is not sent, if it is not.
    pub fn skip(&self, entry: EntryIndex) -> Option<Skip> {
        self.skipped_with(entry).map(|(_, why)| why)
    }

    /// The first entry behind those that are not sent together with this one; `None` if it is sent.
    pub(super) fn end_of_skipped(&self, entry: EntryIndex) -> Option<EntryIndex> {
        self.skipped_with(entry).map(|(range, _)| range.entries().end)
    }

    /// The range of what is not sent that an entry is in.
    fn skipped_with(&self, entry: EntryIndex) -> Option<(EntryRange, Skip)> {
        let behind = self.skipped.partition_point(|(range, _)| range.first <= entry);
        let skipped = self.skipped.get(behind.checked_sub(1)?)?;
        skipped.0.entries().contains(&entry).then_some(*skipped)
    }

    /// Whether something else stands under its name.
    pub fn differs(&self, entry: EntryIndex) -> bool {
        self.differing.iter().any(|range| range.entries().contains(&entry))
    }

    /// Where an entry begins.
    pub fn offset(&self, entry: EntryIndex) -> u64 {
        self.offsets.get(&entry).copied().unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Entry, EntryKind, RelPath};

    fn manifest() -> Manifest {
        let entry = |n: u8, kind| Entry {
            path: RelPath::parse(vec![vec![n + b'a']]).unwrap(),
            kind,
            size: 0,
            stored: 0,
            modified: None,
            mode: None,
        };
        Manifest::of((0..9).map(|n| entry(n, EntryKind::File)).chain([entry(9, EntryKind::Folder)]))
    }

    fn page(identical: &[(u64, u64)], unwanted: &[(u64, u64)], offsets: &[(u64, u64)]) -> DecisionPage {
        let ranges = |pairs: &[(u64, u64)]| {
            pairs.iter().map(|(first, count)| EntryRange { first: *first, count: *count }).collect()
        };
        DecisionPage {
            identical: ranges(identical),
            unwanted: ranges(unwanted),
            offsets: offsets.to_vec(),
            ..DecisionPage::default()
        }
    }

    fn differing(pairs: &[(u64, u64)]) -> DecisionPage {
        DecisionPage { differing: page(pairs, &[], &[]).identical, ..DecisionPage::default() }
    }

    #[test]
    fn what_no_page_names_is_sent_whole() {
        let mut wanted = Wanted::default();
        wanted.add(&page(&[(1, 2)], &[(4, 1)], &[(6, 100)]), &manifest()).unwrap();
        wanted.add(&page(&[], &[(8, 2)], &[(7, 5)]), &manifest()).unwrap();
        let sent: Vec<u64> = (0..9).filter(|entry| wanted.is_wanted(*entry)).collect();
        assert_eq!(sent, [0, 3, 5, 6, 7]);
        let ends = [0, 1, 2, 3, 4, 8, 9].map(|entry| wanted.end_of_skipped(entry));
        assert_eq!(ends, [None, Some(3), Some(3), None, Some(5), Some(10), Some(10)]);
        assert_eq!((wanted.offset(5), wanted.offset(6), wanted.offset(7)), (0, 100, 5));
    }

    #[test]
    fn what_is_not_sent_has_no_offset_whichever_page_says_so_first() {
        for pages in [
            [page(&[], &[(3, 2)], &[]), page(&[], &[], &[(4, 1)])],
            [page(&[], &[], &[(4, 1)]), page(&[(4, 1)], &[], &[])],
        ] {
            let mut wanted = Wanted::default();
            for page in &pages {
                wanted.add(page, &manifest()).unwrap();
            }
            let lie = wanted.check();
            assert!(matches!(lie, Err(SessionError::Lie { entry: 4, what: Lie::Decision })), "{lie:?}");
        }
    }

    #[test]
    fn entries_twice_out_of_order_or_not_offered_are_lies() {
        let lies = [
            vec![page(&[(0, 11)], &[], &[])],
            vec![page(&[(1, 2)], &[(2, 1)], &[])],
            vec![page(&[(4, 1)], &[], &[]), page(&[(3, 1)], &[], &[])],
            vec![page(&[], &[], &[(3, 0)])],
            vec![page(&[], &[], &[(3, 1), (3, 2)])],
            vec![page(&[], &[], &[(9, 1)])],
            vec![page(&[], &[], &[(10, 1)])],
            vec![differing(&[(10, 1)])],
            vec![differing(&[(3, 2), (4, 1)])],
            vec![differing(&[(3, 1)]), differing(&[(3, 1)])],
        ];
        for pages in lies {
            let mut wanted = Wanted::default();
            let taken = pages.iter().try_for_each(|page| wanted.add(page, &manifest()));
            assert!(matches!(taken, Err(SessionError::Lie { what: Lie::Decision, .. })), "{pages:?}");
        }
    }
}
