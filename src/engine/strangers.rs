//! What the log says of those who did not get in: few lines, however many come, so that nobody outside fills the disk.

use std::fmt::Display;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// One line in this time: a person reads no more, and a day of them is some ten megabytes.
const PAUSE: Duration = Duration::from_secs(1);

/// Counts those who are turned away.
#[derive(Debug, Default)]
pub(super) struct Strangers(Mutex<Told>);

#[derive(Debug, Default)]
struct Told {
    last: Option<Instant>,
    /// Since the last line.
    untold: u64,
}

impl Strangers {
    /// Writes down that somebody did not get in, and why, or only counts him.
    pub(super) fn turned_away(&self, what: &str, why: &dyn Display) {
        let told = self.0.lock().unwrap_or_else(PoisonError::into_inner).count(Instant::now());
        if let Some(more) = told {
            tracing::info!(what, %why, more, "a stranger was turned away");
        }
    }
}

impl Told {
    /// Those that were only counted, if it is time for a line.
    fn count(&mut self, now: Instant) -> Option<u64> {
        if self.last.is_some_and(|last| now.saturating_duration_since(last) < PAUSE) {
            self.untold += 1;
            return None;
        }
        self.last = Some(now);
        Some(std::mem::take(&mut self.untold))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flood_is_a_line_a_second_and_nobody_is_left_out_of_the_count() {
        let mut told = Told::default();
        let start = Instant::now();
        let lines: Vec<u64> =
            (0..3000).filter_map(|n| told.count(start + Duration::from_millis(n))).collect();
        assert_eq!(lines, [0, 999, 999]);
        assert_eq!(told.untold, 999);
    }
}
