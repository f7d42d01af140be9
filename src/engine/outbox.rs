//! The way out: events for a front end that may be slow, or may never look.
//!
//! Facts must not be lost, nobody may wait for the front end, and memory must stay bounded. So the outbox keeps the
//! State itself: as long as the front end keeps up it gets the events one by one; when [`QUEUE`] of them pile up they
//! are thrown away and it gets one [`Event::Snapshot`] instead, which holds everything they said.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

use crate::engine::{Event, State};

/// Called after every event; a window asks for a repaint here.
pub type Wake = Arc<dyn Fn() + Send + Sync>;

/// Events that wait for the front end before it gets a snapshot instead. A window drains some hundred a second.
const QUEUE: usize = 256;

/// The engine's end writes, the front end's end reads.
pub(crate) struct Outbox {
    inner: Mutex<Inner>,
    ready: Notify,
    wake: Wake,
}

struct Inner {
    state: State,
    queue: VecDeque<Event>,
    fell_behind: bool,
}

impl Outbox {
    pub(crate) fn new(state: State, wake: Wake) -> Self {
        let inner = Inner { state, queue: VecDeque::new(), fell_behind: false };
        Self { inner: Mutex::new(inner), ready: Notify::new(), wake }
    }

    /// Says a fact. Never waits, never loses it.
    pub(crate) fn fact(&self, event: Event) {
        {
            let mut inner = self.lock();
            inner.state.apply(&event);
            if inner.queue.len() >= QUEUE {
                inner.queue.clear();
                inner.fell_behind = true;
            }
            if !inner.fell_behind {
                inner.queue.push_back(event);
            }
        }
        self.announce();
    }

    /// Says how far a transfer is. Takes the place of what was said before and not read yet; dropped when the queue is full.
    pub(crate) fn progress(&self, event: Event) {
        {
            let mut inner = self.lock();
            inner.state.apply(&event);
            let same = |queued: &&mut Event| match (queued, &event) {
                (Event::Progress { transfer: queued, .. }, Event::Progress { transfer, .. }) => {
                    queued == transfer
                }
                _ => false,
            };
            if let Some(queued) = inner.queue.iter_mut().rev().find(same) {
                *queued = event;
            } else if inner.queue.len() < QUEUE && !inner.fell_behind {
                inner.queue.push_back(event);
            }
        }
        self.announce();
    }

    /// The next event, if there is one.
    pub(crate) fn try_next(&self) -> Option<Event> {
        let mut inner = self.lock();
        if inner.fell_behind {
            inner.fell_behind = false;
            return Some(Event::Snapshot(Box::new(inner.state.clone())));
        }
        inner.queue.pop_front()
    }

    /// The next event, when there is one.
    pub(crate) async fn next(&self) -> Event {
        loop {
            let ready = self.ready.notified();
            if let Some(event) = self.try_next() {
                return event;
            }
            ready.await;
        }
    }

    /// Reads the engine's own State.
    pub(crate) fn read<T>(&self, read: impl FnOnce(&State) -> T) -> T {
        read(&self.lock().state)
    }

    fn announce(&self) {
        self.ready.notify_one();
        (self.wake)();
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        // A panic while holding it would leave a State that is at worst one event behind.
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::Progress;
    use crate::engine::state::{ThisDevice, TransferKey};
    use crate::model::{DeviceId, DeviceName, Failure, FailureKind, Settings};

    fn outbox() -> Outbox {
        let device = ThisDevice {
            name: DeviceName::new("test").unwrap(),
            id: DeviceId::from_bytes([0; 32]),
            fingerprint: DeviceId::from_bytes([0; 32]).fingerprint(),
            folder: "/".into(),
        };
        Outbox::new(State::new(device, Settings::default()), Arc::new(|| ()))
    }

    fn notice() -> Event {
        Event::Notice(Failure::here(FailureKind::Internal))
    }

    #[test]
    fn a_reader_that_keeps_up_gets_every_fact_in_order() {
        let outbox = outbox();
        for _ in 0..QUEUE {
            outbox.fact(notice());
        }
        for _ in 0..QUEUE {
            assert!(matches!(outbox.try_next(), Some(Event::Notice(_))));
        }
        assert!(outbox.try_next().is_none());
    }

    #[test]
    fn a_reader_that_fell_behind_gets_everything_in_one_snapshot() {
        let outbox = outbox();
        for _ in 0..100_000 {
            outbox.fact(notice());
        }
        assert!(outbox.lock().queue.len() <= QUEUE);
        let Some(Event::Snapshot(state)) = outbox.try_next() else { panic!("no snapshot") };
        assert_eq!(state.notices_seen, 100_000);
        assert!(outbox.try_next().is_none());
        outbox.fact(notice());
        assert!(matches!(outbox.try_next(), Some(Event::Notice(_))));
    }

    #[test]
    fn progress_takes_the_place_of_unread_progress() {
        let outbox = outbox();
        for bytes in 0..1_000 {
            let progress = Progress { bytes, ..Progress::default() };
            outbox.progress(Event::Progress { transfer: TransferKey(1), progress });
        }
        assert!(matches!(outbox.try_next(), Some(Event::Progress { progress, .. }) if progress.bytes == 999));
        assert!(outbox.try_next().is_none());
    }
}
