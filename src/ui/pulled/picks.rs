//! What a person wants otherwise than the rest of an offer, as ranges of entries: in order, apart from one another, and
//! joined where they touch. So ticking a folder of a million files costs one range, and the list does not grow with each
//! click.

use crate::engine::EntryRange;
use crate::model::{Choice, EntryIndex};

/// What a box in the plan shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tick {
    /// All of it is taken.
    All,
    /// Some of it.
    Some,
    /// Nothing of it.
    None,
}

/// The choices for entries that differ from the choice for all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Picks {
    ranges: Vec<(EntryRange, Choice)>,
}

impl Picks {
    /// Takes over a list in which later ones go before earlier ones.
    pub fn of(list: &[(EntryRange, Choice)]) -> Self {
        let mut picks = Self::default();
        for (range, choice) in list {
            picks.set(*range, Some(*choice));
        }
        picks
    }

    /// As [`Choices`](crate::engine::Choices) want them.
    pub fn ranges(&self) -> &[(EntryRange, Choice)] {
        &self.ranges
    }

    /// What was chosen for an entry.
    pub fn get(&self, entry: EntryIndex) -> Option<Choice> {
        let after = self.ranges.partition_point(|(range, _)| range.first <= entry);
        let (range, choice) = self.ranges.get(after.checked_sub(1)?)?;
        range.entries().contains(&entry).then_some(*choice)
    }

    /// Chooses for entries that follow one another; `None`: as for all.
    pub fn set(&mut self, range: EntryRange, choice: Option<Choice>) {
        let (start, end) = (range.first, range.entries().end);
        let mut ranges = Vec::with_capacity(self.ranges.len() + 2);
        let mut add = |start: EntryIndex, end: EntryIndex, choice: Choice| {
            if start >= end {
                return;
            }
            match ranges.last_mut() {
                Some((last, same)) if *same == choice && EntryRange::entries(*last).end == start => {
                    last.count += end - start;
                }
                Some(_) | None => ranges.push((EntryRange { first: start, count: end - start }, choice)),
            }
        };
        let after = self.ranges.partition_point(|(old, _)| old.first < start);
        let (before, behind) = self.ranges.split_at(after);
        for (old, kept) in before {
            add(old.first, old.entries().end.min(start), *kept);
        }
        if let Some(choice) = choice {
            add(start, end, choice);
        }
        // One range may reach from before the start to behind the end.
        let last = before.last();
        for (old, kept) in last.into_iter().chain(behind) {
            add(old.first.max(end), old.entries().end, *kept);
        }
        self.ranges = ranges;
    }

    /// How much of an entry, with all below it, is taken.
    pub fn tick(&self, whole: EntryRange) -> Tick {
        let end = whole.entries().end;
        let from = self.ranges.partition_point(|(range, _)| range.entries().end <= whole.first);
        let inside = self.ranges.iter().skip(from).take_while(|(range, _)| range.first < end);
        let left: u64 = inside
            .filter(|(_, choice)| *choice == Choice::Leave)
            .map(|(range, _)| range.entries().end.min(end) - range.first.max(whole.first))
            .sum();
        match left {
            0 => Tick::All,
            left if left == whole.count => Tick::None,
            _ => Tick::Some,
        }
    }

    /// Takes an entry with all below it, or leaves it if all of it is taken. What is taken needs the folders around it
    /// (`folders`, outermost first), and a folder in which nothing is taken any more is not made either.
    pub fn toggle(&mut self, whole: EntryRange, folders: &[EntryRange]) {
        match self.tick(whole) {
            Tick::All => {
                self.set(whole, Some(Choice::Leave));
                for folder in folders.iter().rev() {
                    let contents =
                        EntryRange { first: folder.first + 1, count: folder.count.saturating_sub(1) };
                    if self.tick(contents) != Tick::None {
                        return;
                    }
                    self.set(*folder, Some(Choice::Leave));
                }
            }
            Tick::Some | Tick::None => {
                self.set(whole, None);
                for folder in folders {
                    if self.get(folder.first) == Some(Choice::Leave) {
                        self.set(EntryRange { first: folder.first, count: 1 }, None);
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn range(first: u64, count: u64) -> EntryRange {
        EntryRange { first, count }
    }

    // 0 a/ · 1 a/b/ · 2 a/b/c · 3 a/b/d · 4 a/e · 5 f
    const A: EntryRange = EntryRange { first: 0, count: 5 };
    const B: EntryRange = EntryRange { first: 1, count: 3 };

    fn ticks(picks: &Picks) -> [Tick; 6] {
        [A, B, range(2, 1), range(3, 1), range(4, 1), range(5, 1)].map(|whole| picks.tick(whole))
    }

    #[test]
    fn a_folder_takes_and_leaves_all_that_is_in_it() {
        use Tick::{All, None, Some};
        let mut picks = Picks::default();
        assert_eq!(ticks(&picks), [All; 6]);
        picks.toggle(B, &[A]);
        assert_eq!(ticks(&picks), [Some, None, None, None, All, All]);
        picks.toggle(A, &[]);
        assert_eq!(ticks(&picks), [All; 6], "some becomes all, as everywhere");
        picks.toggle(A, &[]);
        assert_eq!(ticks(&picks), [None, None, None, None, None, All]);
        assert_eq!(picks.ranges(), [(A, Choice::Leave)]);
    }

    #[test]
    fn what_is_taken_in_a_folder_that_is_left_needs_that_folder_and_no_other_file_of_it() {
        use Tick::{All, None, Some};
        let mut picks = Picks::of(&[(A, Choice::Leave)]);
        picks.toggle(range(3, 1), &[A, B]);
        assert_eq!(ticks(&picks), [Some, Some, None, All, None, All]);
        assert_eq!((picks.get(0), picks.get(1)), (Option::None, Option::None));
        assert_eq!((picks.get(2), picks.get(4)), (Option::Some(Choice::Leave), Option::Some(Choice::Leave)));
    }

    #[test]
    fn a_folder_goes_with_the_last_thing_in_it() {
        use Tick::{All, None, Some};
        let mut picks = Picks::default();
        picks.toggle(range(2, 1), &[A, B]);
        picks.toggle(range(3, 1), &[A, B]);
        assert_eq!(ticks(&picks), [Some, None, None, None, All, All]);
        picks.toggle(range(4, 1), &[A]);
        assert_eq!(picks.ranges(), [(A, Choice::Leave)]);
        assert_eq!(ticks(&picks)[5], All);
    }

    #[test]
    fn an_empty_folder_is_taken_and_left_by_itself() {
        let mut picks = Picks::default();
        let empty = range(7, 1);
        picks.toggle(empty, &[]);
        assert_eq!(picks.tick(empty), Tick::None);
        picks.toggle(empty, &[]);
        assert_eq!(picks, Picks::default());
    }

    #[test]
    fn a_choice_in_the_middle_of_a_range_cuts_it_and_the_same_choice_joins_it_again() {
        let mut picks = Picks::of(&[(range(10, 10), Choice::Replace)]);
        picks.set(range(14, 2), Some(Choice::Skip));
        assert_eq!(
            picks.ranges(),
            [(range(10, 4), Choice::Replace), (range(14, 2), Choice::Skip), (range(16, 4), Choice::Replace)]
        );
        picks.set(range(14, 2), Some(Choice::Replace));
        assert_eq!(picks.ranges(), [(range(10, 10), Choice::Replace)]);
        picks.set(range(0, u64::MAX), None);
        assert_eq!(picks.ranges(), []);
    }

    #[test]
    fn later_choices_go_before_earlier_ones() {
        let picks = Picks::of(&[
            (range(0, 100), Choice::Leave),
            (range(50, 100), Choice::Replace),
            (range(60, 1), Choice::KeepBoth),
        ]);
        assert_eq!(picks.get(49), Some(Choice::Leave));
        assert_eq!(picks.get(50), Some(Choice::Replace));
        assert_eq!(picks.get(60), Some(Choice::KeepBoth));
        assert_eq!((picks.get(149), picks.get(150)), (Some(Choice::Replace), None));
        assert_eq!(picks.tick(range(40, 20)), Tick::Some);
    }

    #[test]
    fn two_thousand_clicks_on_neighbours_make_one_range() {
        let mut picks = Picks::default();
        let folder = range(0, 2_001);
        for entry in 1..=2_000 {
            picks.toggle(range(entry, 1), &[folder]);
        }
        assert_eq!(picks.ranges(), [(folder, Choice::Leave)]);
    }
}
