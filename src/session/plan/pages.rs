//! What a sender is told about its entries, in pages that a frame holds.

use crate::model::EntryIndex;
use crate::wire::{DecisionPage, EntryRange, limits};

/// Lists that are told in pages.
pub(super) struct Lists<'list> {
    pub(super) identical: &'list [EntryRange],
    pub(super) unwanted: &'list [EntryRange],
    pub(super) differing: &'list [EntryRange],
    pub(super) offsets: &'list [(EntryIndex, u64)],
}

impl Lists<'_> {
    /// All of them, page by page. One kind of list a page would cost more pages, and mixing them must keep each in order: so all go on side by side, cut
    /// at the same entries.
    pub(super) fn pages(mut self) -> Vec<DecisionPage> {
        std::iter::from_fn(|| self.next_page()).collect()
    }

    /// As much as fits a page, of all lists up to the same entry, so that what a page names lies behind all of the last one.
    fn next_page(&mut self) -> Option<DecisionPage> {
        /// Of each list: a page is at most 64 KiB, and a number at most 9 bytes.
        const MOST: usize = limits::MAX_RANGES / 2;
        let is_over = self.identical.is_empty()
            && self.unwanted.is_empty()
            && self.differing.is_empty()
            && self.offsets.is_empty();
        if is_over {
            return None;
        }
        let firsts = [self.identical, self.unwanted, self.differing]
            .map(|list| list.get(MOST).map(|range| range.first));
        let offset = self.offsets.get(MOST).map(|(entry, _)| *entry);
        let border = firsts.into_iter().chain([offset]).flatten().min().unwrap_or(u64::MAX);
        Some(DecisionPage {
            identical: cut(&mut self.identical, |range| range.first < border),
            unwanted: cut(&mut self.unwanted, |range| range.first < border),
            differing: cut(&mut self.differing, |range| range.first < border),
            offsets: cut(&mut self.offsets, |(entry, _)| *entry < border),
        })
    }
}

/// Takes from the front of a list what `is_before` the border.
fn cut<T: Copy>(list: &mut &[T], is_before: impl Fn(&T) -> bool) -> Vec<T> {
    let (taken, rest) = list.split_at(list.partition_point(|item| is_before(item)));
    *list = rest;
    taken.to_vec()
}
