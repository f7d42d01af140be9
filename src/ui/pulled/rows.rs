//! The rows of a long list that are here: those in sight, and as many before and behind them.

use std::ops::Range;

use crate::model::size;

/// Rows that are asked for before anything was drawn: more than any table shows at its start.
const FIRST: u64 = 32;

/// Rows of a list that were pulled.
#[derive(Debug)]
pub struct Rows<R> {
    here: Vec<R>,
    /// What was asked for last. Fewer may have come: names that cannot be read have no row.
    asked: Range<u64>,
    /// What a person looks at.
    seen: Range<u64>,
    /// What is here is not true any more.
    is_stale: bool,
}

impl<R> Default for Rows<R> {
    fn default() -> Self {
        Self { here: Vec::new(), asked: 0..0, seen: 0..FIRST, is_stale: true }
    }
}

impl<R> Rows<R> {
    /// A row, if it is here.
    pub fn get(&self, index: u64) -> Option<&R> {
        self.here.get(size::to_len(index.checked_sub(self.asked.start)?))
    }

    /// Takes note of what a person looks at.
    pub fn look_at(&mut self, seen: Range<u64>) {
        self.seen = seen;
    }

    /// What is here is shown until the next pull, which replaces it.
    pub fn make_stale(&mut self) {
        self.is_stale = true;
    }

    /// Nothing that is here may be shown any more.
    pub fn clear(&mut self) {
        *self = Self::default();
    }

    /// Whether a pull would fetch something.
    pub fn is_hungry(&self) -> bool {
        let is_here = self.asked.start <= self.seen.start && self.seen.end <= self.asked.end;
        self.is_stale || !(is_here || self.seen.is_empty())
    }

    /// Fetches what is in sight of `len` rows, if it is not here.
    pub fn pull(&mut self, len: u64, fetch: impl FnOnce(u64, usize) -> Vec<R>) {
        if !self.is_hungry() {
            return;
        }
        let margin = self.seen.end.saturating_sub(self.seen.start);
        let start = self.seen.start.saturating_sub(margin).min(len);
        let end = self.seen.end.saturating_add(margin);
        let count = end.min(len).saturating_sub(start);
        self.here = if count > 0 { fetch(start, size::to_len(count)) } else { Vec::new() };
        // Behind the end there is nothing to ask for.
        self.asked = start..end;
        self.is_stale = false;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pulled(rows: &mut Rows<u64>, len: u64) -> Option<(u64, usize)> {
        let mut asked = None;
        rows.pull(len, |from, limit| {
            asked = Some((from, limit));
            (from..).take(limit).collect()
        });
        asked
    }

    #[test]
    fn what_is_in_sight_is_fetched_with_as_much_around_it_and_only_once() {
        let mut rows = Rows::default();
        assert_eq!(pulled(&mut rows, 1_000_000), Some((0, 64)));
        rows.look_at(0..10);
        assert_eq!(pulled(&mut rows, 1_000_000), None);
        rows.look_at(500_000..500_010);
        assert!(rows.get(500_000).is_none());
        assert_eq!(pulled(&mut rows, 1_000_000), Some((499_990, 30)));
        assert_eq!(
            (rows.get(499_990), rows.get(500_019), rows.get(500_020)),
            (Some(&499_990), Some(&500_019), None)
        );
        rows.look_at(500_008..500_018);
        assert_eq!(pulled(&mut rows, 1_000_000), None);
    }

    #[test]
    fn what_is_stale_is_shown_until_it_is_fetched_again() {
        let mut rows = Rows::default();
        pulled(&mut rows, 5);
        rows.make_stale();
        assert!(rows.is_hungry() && rows.get(4) == Some(&4));
        assert_eq!(pulled(&mut rows, 5), Some((0, 5)));
        rows.clear();
        assert_eq!(rows.get(4), None);
    }

    #[test]
    fn rows_that_do_not_come_are_not_asked_for_again_and_again() {
        let mut rows = Rows::<u64>::default();
        rows.pull(100, |_, _| Vec::new());
        assert!(!rows.is_hungry() && rows.get(0).is_none());
        rows.look_at(90..120);
        rows.pull(100, |from, _| vec![from]);
        assert!(!rows.is_hungry() && rows.get(60) == Some(&60));
    }

    #[test]
    fn a_list_of_nothing_asks_for_nothing() {
        let mut rows = Rows::<u64>::default();
        assert_eq!(pulled(&mut rows, 0), None);
        assert!(!rows.is_hungry());
    }
}
