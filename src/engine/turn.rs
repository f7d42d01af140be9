//! "For one transfer": Receive is on until the one transfer that began under it has ended.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

use crate::engine::Lasting;
use crate::model::{DeviceId, TransferId};

/// Where it stands.
#[derive(Debug, Default)]
pub(super) struct Turn {
    stand: Mutex<Stand>,
    is_over: Notify,
}

#[derive(Debug, Default)]
struct Stand {
    /// Each time Receive is switched on is another one: a transfer ends its own and no later one.
    number: u64,
    step: Step,
}

/// A sender's name for a transfer, and the sender.
type Name = (DeviceId, TransferId);

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Step {
    /// Any number of transfers may begin.
    #[default]
    Any,
    /// One may.
    Free,
    /// It runs.
    Taken,
    /// It was interrupted, and nobody but its sender may come.
    Waits(Name),
    /// It has ended.
    Over,
}

/// A transfer that may run. However its task ends, this is dropped, and the turn with it.
#[derive(Debug)]
pub(super) struct Ticket {
    turn: Arc<Turn>,
    number: u64,
    name: Name,
}

impl Turn {
    /// Receive is switched on, for so long.
    pub(super) fn begin(&self, lasting: Lasting) {
        let mut stand = self.lock();
        stand.number += 1;
        stand.step = match lasting {
            Lasting::UntilOff | Lasting::For(_) => Step::Any,
            Lasting::OneTransfer => Step::Free,
        };
    }

    /// Leave for a transfer that was agreed to. `None`: another one has had the turn.
    pub(super) fn take(self: &Arc<Self>, name: Name) -> Option<Ticket> {
        let mut stand = self.lock();
        match stand.step {
            Step::Any => {}
            Step::Free => stand.step = Step::Taken,
            Step::Waits(awaited) if awaited == name => stand.step = Step::Taken,
            Step::Taken | Step::Waits(_) | Step::Over => return None,
        }
        Some(Ticket { turn: Arc::clone(self), number: stand.number, name })
    }

    /// Waits for the end of the one transfer; for ever, if there may be any number.
    pub(super) async fn over(&self) {
        loop {
            let over = self.is_over.notified();
            if self.lock().step == Step::Over {
                return;
            }
            over.await;
        }
    }

    fn lock(&self) -> MutexGuard<'_, Stand> {
        self.stand.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Ticket {
    /// The transfer was interrupted: its turn goes on when its sender comes back.
    pub(super) fn wait_for_its_sender(self) {
        let mut stand = self.turn.lock();
        if stand.number == self.number && stand.step == Step::Taken {
            stand.step = Step::Waits(self.name);
        }
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        let mut stand = self.turn.lock();
        if stand.number == self.number && stand.step == Step::Taken {
            stand.step = Step::Over;
            self.turn.is_over.notify_waiters();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(transfer: u8) -> Name {
        (DeviceId::from_bytes([1; 32]), TransferId::from_bytes([transfer; 16]))
    }

    #[test]
    fn one_transfer_has_the_turn_and_its_end_is_the_turns() {
        let turn = Arc::new(Turn::default());
        turn.begin(Lasting::OneTransfer);
        let ticket = turn.take(name(1)).unwrap();
        assert!(turn.take(name(2)).is_none());
        drop(ticket);
        assert_eq!(turn.lock().step, Step::Over);
        assert!(turn.take(name(2)).is_none());
    }

    #[test]
    fn an_interrupted_transfer_keeps_the_turn_for_its_sender() {
        let turn = Arc::new(Turn::default());
        turn.begin(Lasting::OneTransfer);
        turn.take(name(1)).unwrap().wait_for_its_sender();
        assert!(turn.take(name(2)).is_none());
        let ticket = turn.take(name(1)).unwrap();
        drop(ticket);
        assert_eq!(turn.lock().step, Step::Over);
    }

    #[test]
    fn a_transfer_that_began_before_ends_no_later_turn() {
        let turn = Arc::new(Turn::default());
        let earlier = turn.take(name(1)).unwrap();
        turn.begin(Lasting::OneTransfer);
        let ticket = turn.take(name(1)).unwrap();
        drop(earlier);
        assert_eq!(turn.lock().step, Step::Taken);
        turn.begin(Lasting::UntilOff);
        drop(ticket);
        assert_eq!(turn.lock().step, Step::Any);
    }
}
