//! Time in words. Views know no clock, so whoever refreshes the words says what time it is.

use std::time::{Duration, Instant, SystemTime};

use crate::texts::Texts;

/// Minutes are told, not seconds: a window in which nothing moves repaints once a minute at most.
const MINUTE: Duration = Duration::from_mins(1);

/// From this on hours are told.
const LONG: u64 = 120;

/// What time it is, by both clocks.
#[derive(Clone, Copy, Debug)]
pub struct Now {
    /// For what ends.
    pub instant: Instant,
    /// For what was.
    pub wall: SystemTime,
}

impl Now {
    /// Looks at the clocks.
    pub fn look() -> Self {
        Self { instant: Instant::now(), wall: SystemTime::now() }
    }

    /// How long it is until then.
    pub(super) fn until(self, then: Instant) -> Duration {
        then.saturating_duration_since(self.instant)
    }
}

/// How long something still lasts: whole minutes, rounded up, so that nobody is told of time that is not there at the end.
pub(super) fn left(rest: Duration, texts: &Texts) -> String {
    if rest <= MINUTE {
        return texts.t("span-moment").to_owned();
    }
    let minutes = rest.as_secs().div_ceil(60);
    if minutes < LONG {
        texts.with("span-minutes", [("count", minutes.into())])
    } else {
        texts.with("span-hours", [("count", minutes.div_ceil(60).into())])
    }
}

/// When [`left`] would say something else. Its last word stays until the engine says that the time is over.
pub(super) fn next_change(rest: Duration) -> Option<Duration> {
    let into_minute =
        Duration::from_secs(rest.as_secs() % 60) + Duration::from_nanos(rest.subsec_nanos().into());
    let wait = if into_minute.is_zero() { MINUTE } else { into_minute };
    (rest > MINUTE).then_some(wait)
}

/// How long ago something was.
pub(super) fn ago(span: Duration, texts: &Texts) -> String {
    let minutes = span.as_secs() / 60;
    let say = |id: &str, count: u64| texts.with(id, [("count", count.into())]);
    match (minutes, minutes / 60, minutes / 60 / 24) {
        (0, _, _) => texts.t("ago-moment").to_owned(),
        (minutes, 0, _) => say("ago-minutes", minutes),
        (_, hours, 0) => say("ago-hours", hours),
        (_, _, days) => say("ago-days", days),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::texts::Lang;

    #[test]
    fn what_is_left_is_told_in_whole_minutes_that_are_really_there() {
        let texts = Texts::of(Lang::English);
        let say = |secs| left(Duration::from_secs(secs), &texts);
        assert_eq!(
            [say(0), say(60), say(61), say(600), say(7_201)],
            ["less than a minute", "less than a minute", "2 min", "10 min", "3 h"]
        );
    }

    #[test]
    fn words_change_once_a_minute_and_not_at_all_in_the_last_one() {
        let wait = |millis| next_change(Duration::from_millis(millis));
        assert_eq!(wait(600_000), Some(MINUTE));
        assert_eq!(wait(510_500), Some(Duration::from_millis(30_500)));
        assert_eq!([wait(60_000), wait(1), wait(0)], [None; 3]);
        // After the wait it does say something else.
        let texts = Texts::of(Lang::English);
        let rest = Duration::from_millis(510_500);
        assert_ne!(left(rest, &texts), left(rest.saturating_sub(wait(510_500).unwrap()), &texts));
    }

    #[test]
    fn the_past_is_told_in_round_words() {
        let texts = Texts::of(Lang::English);
        let say = |secs| ago(Duration::from_secs(secs), &texts);
        assert_eq!(
            [say(0), say(59), say(60), say(3_599), say(3_600), say(86_399), say(86_400), say(900_000)],
            [
                "just now",
                "just now",
                "1 min ago",
                "59 min ago",
                "1 h ago",
                "23 h ago",
                "1 day ago",
                "10 days ago"
            ]
        );
    }
}
