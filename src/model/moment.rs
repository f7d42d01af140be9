//! A point in time as it is kept: whole seconds.

use std::time::{Duration, SystemTime};

/// Seconds since 1970-01-01 00:00 UTC, never before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Moment(u64);

impl Moment {
    /// From seconds since 1970.
    pub fn from_secs(secs: u64) -> Self {
        Self(secs)
    }

    /// Seconds since 1970.
    pub fn as_secs(self) -> u64 {
        self.0
    }

    /// How long ago an earlier moment was; nothing if it was later, as after a clock was set back.
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_secs(self.0.saturating_sub(earlier.0))
    }
}

impl From<SystemTime> for Moment {
    /// A clock that stands before 1970 gives 1970.
    fn from(time: SystemTime) -> Self {
        Self(time.duration_since(SystemTime::UNIX_EPOCH).map_or(0, |span| span.as_secs()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_that_is_wrong_gives_no_span_below_nothing() {
        let (early, late) = (Moment::from_secs(5), Moment::from_secs(9));
        assert_eq!(late.since(early), Duration::from_secs(4));
        assert_eq!(early.since(late), Duration::ZERO);
        let before = SystemTime::UNIX_EPOCH - Duration::from_secs(1);
        assert_eq!(Moment::from(before), Moment::from_secs(0));
    }
}
