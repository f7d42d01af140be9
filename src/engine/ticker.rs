//! Progress, ten times a second at most: counters in, [`Event::Progress`] out.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::time::{MissedTickBehavior, interval};

use crate::engine::task::Task;
use crate::engine::{Event, Progress};
use crate::model::size;

/// People read no faster, and a window that repaints more often only warms the room.
const TICK: Duration = Duration::from_millis(100);

/// The rate is that of the last seconds: long enough to be calm, short enough to notice a stall.
const WINDOW: Duration = Duration::from_secs(3);

impl Task {
    /// Tells how far the transfer is until it is aborted.
    pub(super) async fn tick(self: Arc<Self>) {
        let mut interval = interval(TICK);
        interval.set_missed_tick_behavior(MissedTickBehavior::Skip);
        let mut rate = RateWindow::default();
        let mut last = Progress::default();
        loop {
            interval.tick().await;
            let progress = self.progress(&mut rate);
            if differs(&last, &progress) {
                last = progress;
                self.core.outbox.progress(Event::Progress { transfer: self.key, progress });
            }
        }
    }

    fn progress(&self, rate: &mut RateWindow) -> Progress {
        let bytes = self.meter.bytes();
        let running = self.meter.since_first_byte().is_some();
        let per_second = if running { rate.add(Instant::now(), bytes) } else { 0 };
        let left = self.total_bytes().saturating_sub(bytes);
        Progress {
            bytes,
            files: self.meter.files(),
            rate: per_second,
            time_left: size::time_left(left, per_second).filter(|_| running && left > 0),
            answer_left: self.answer_left(),
        }
    }

    fn total_bytes(&self) -> u64 {
        self.core.outbox.read(|state| state.transfers.get(&self.key).map_or(0, |transfer| transfer.bytes))
    }
}

/// Whether a person would see a difference: a countdown changes once a second.
fn differs(last: &Progress, next: &Progress) -> bool {
    let seconds = |progress: &Progress| progress.answer_left.map(|left| left.as_secs());
    let without = |progress: &Progress| Progress { answer_left: None, ..*progress };
    without(last) != without(next) || seconds(last) != seconds(next)
}

/// Bytes over the last [`WINDOW`].
#[derive(Default)]
struct RateWindow(VecDeque<(Instant, u64)>);

impl RateWindow {
    /// Takes a sample; gives bytes a second.
    fn add(&mut self, now: Instant, bytes: u64) -> u64 {
        self.0.push_back((now, bytes));
        while self.0.front().is_some_and(|(then, _)| now.duration_since(*then) > WINDOW) {
            self.0.pop_front();
        }
        self.0
            .front()
            .map_or(0, |(then, before)| size::rate(bytes.saturating_sub(*before), now.duration_since(*then)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rate_is_that_of_the_last_seconds() {
        let mut rate = RateWindow::default();
        let start = Instant::now();
        let at = |tenths: u32| start + TICK * tenths;
        assert_eq!(rate.add(at(0), 0), 0);
        assert_eq!(rate.add(at(10), 1_000), 1_000);
        // Nothing more for a long time: the old bytes leave the window.
        assert_eq!(rate.add(at(100), 1_000), 0);
    }

    #[test]
    fn a_countdown_is_told_once_a_second() {
        let waiting =
            |millis| Progress { answer_left: Some(Duration::from_millis(millis)), ..Progress::default() };
        assert!(!differs(&waiting(5_900), &waiting(5_100)));
        assert!(differs(&waiting(5_000), &waiting(4_900)));
    }
}
