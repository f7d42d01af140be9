//! When a transfer that was interrupted is tried again.

use std::time::Duration;

use tokio::time::Instant;

use crate::model::{DeviceId, Failure, FailureKind, TransferId};
use crate::storage::Running;

/// Between two tries: soon at first, for a cable that was pulled and put back, then seldom enough to cost nothing.
const PAUSES: [Duration; 5] = [
    Duration::from_secs(1),
    Duration::from_secs(2),
    Duration::from_secs(5),
    Duration::from_secs(10),
    Duration::from_secs(20),
];

/// When to try again.
#[derive(Default)]
pub(super) struct Tries {
    /// What the transfer is called, once bytes were agreed to: from then on it is worth trying again.
    pub(super) begun: Option<(TransferId, DeviceId)>,
    /// Says to other processes that it runs, also between two tries.
    pub(super) running: Option<Running>,
    lost_at: Option<Instant>,
    count: usize,
}

impl Tries {
    /// The receiver takes it.
    pub(super) fn begin(&mut self, transfer: TransferId, receiver: DeviceId) {
        self.begun = Some((transfer, receiver));
    }

    /// Something arrived: whatever happens next is a new interruption. A line that always breaks before anything does stays
    /// the same one, which patience ends.
    pub(super) fn moved(&mut self) {
        (self.lost_at, self.count) = (None, 0);
    }

    /// When to try the next time; `None`: no more.
    pub(super) fn next(&mut self, patience: Duration) -> Option<Instant> {
        let now = Instant::now();
        let lost_at = *self.lost_at.get_or_insert(now);
        let pause = PAUSES.get(self.count).or(PAUSES.last()).copied()?;
        self.count += 1;
        (now + pause < lost_at + patience).then(|| now + pause)
    }
}

/// Whether trying again may help: nobody is there, or there is no place.
pub(super) fn is_passing(failure: &Failure) -> bool {
    matches!(
        failure.kind,
        FailureKind::NobodyListens
            | FailureKind::Unreachable
            | FailureKind::NameNotFound
            | FailureKind::NotSampan
            | FailureKind::ConnectionLost
            | FailureKind::Closed
            | FailureKind::Busy
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How long it waits until it gives up, and how often it tries, when every try fails at once.
    async fn patient(tries: &mut Tries, patience: Duration) -> (Duration, usize) {
        let (start, mut count) = (Instant::now(), 0);
        while let Some(until) = tries.next(patience) {
            tokio::time::sleep_until(until).await;
            count += 1;
        }
        (start.elapsed(), count)
    }

    #[tokio::test(start_paused = true)]
    async fn a_line_that_breaks_each_time_before_anything_arrives_is_given_up_in_the_end() {
        let mut tries = Tries::default();
        let (transfer, receiver) = (TransferId::from_bytes([1; 16]), DeviceId::from_bytes([2; 32]));
        let mut all = (Duration::ZERO, 0);
        while let Some(until) = tries.next(Duration::from_mins(1)) {
            let before = Instant::now();
            tokio::time::sleep_until(until).await;
            tries.begin(transfer, receiver);
            all = (all.0 + before.elapsed(), all.1 + 1);
        }
        assert!(all.0 < Duration::from_mins(1) && all.1 == 6, "{all:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn after_something_arrived_it_has_all_its_patience_again() {
        let mut tries = Tries::default();
        let first = patient(&mut tries, Duration::from_mins(1)).await;
        assert_eq!(patient(&mut tries, Duration::from_mins(1)).await.1, 0);
        tries.moved();
        assert_eq!(patient(&mut tries, Duration::from_mins(1)).await, first);
    }
}
