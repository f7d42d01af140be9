//! How often somebody was asked about each file of an offer (`docs/protocol.md` §4.5): a receiver counts what it asks, a sender
//! what it is asked, and neither goes on beyond what both know.

use std::sync::{Mutex, PoisonError};

use crate::model::{EntryIndex, size};
use crate::wire::limits::QUESTIONS_A_FILE;

/// Counts the questions about each file of an offer: a byte an entry, from the first question on.
#[derive(Debug)]
pub struct Questions {
    entries: u64,
    asked: Mutex<Vec<u8>>,
}

impl Questions {
    /// Nothing was asked about an offer of so many entries.
    pub(super) fn of(entries: u64) -> Self {
        Self { entries, asked: Mutex::default() }
    }

    /// Counts one more. `false` if that is one too many, or about what is not offered.
    pub(super) fn may_ask(&self, entry: EntryIndex) -> bool {
        let mut asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        if asked.is_empty() {
            asked.resize(size::to_len(self.entries), 0);
        }
        match asked.get_mut(size::to_len(entry)) {
            Some(count) if *count < QUESTIONS_A_FILE => {
                *count += 1;
                true
            }
            Some(_) | None => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_file_is_asked_about_so_often_and_no_more() {
        let questions = Questions::of(2);
        for _ in 0..QUESTIONS_A_FILE {
            assert!(questions.may_ask(0));
        }
        assert!(!questions.may_ask(0) && questions.may_ask(1) && !questions.may_ask(2));
    }
}
