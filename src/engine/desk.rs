//! The pairing desk at work: open while Receive is on and strangers may ask; one for all sessions.

use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use tokio::sync::Notify;
use tokio::time::sleep_until;
use tokio_util::sync::CancellationToken;

use crate::engine::core::Core;
use crate::engine::{DeskDoor, DeskView, Event, Guess};
use crate::model::{Code, DeviceId, Strangers};
use crate::pairing::{self, Desk, DeskRefusal, Shown, Tried};

/// The desk, while it is open.
#[derive(Default)]
pub(super) struct FrontDesk {
    open: Mutex<Option<Open>>,
    /// Something changed that the watch must look at.
    changed: Notify,
}

struct Open {
    desk: Desk,
    /// Ends the watch when the desk is put away.
    watch: CancellationToken,
}

impl FrontDesk {
    /// Puts the desk out, or away, as the settings say; for when Receive is on. One that stands stays as it is.
    pub(super) fn put_out(&self, core: &Arc<Core>) {
        if core.settings().strangers == Strangers::NotAtAll {
            return self.put_away(core);
        }
        {
            let mut open = self.lock();
            if open.is_some() {
                return;
            }
            let watch = core.stop.child_token();
            *open = Some(Open { desk: Desk::new(Instant::now()), watch: watch.clone() });
            core.spawn(watch_desk(Arc::clone(core), watch));
        }
        self.tell(core);
    }

    /// Puts it away: no code, no guesses.
    pub(super) fn put_away(&self, core: &Core) {
        if let Some(open) = self.lock().take() {
            open.watch.cancel();
        }
        self.tell(core);
    }

    /// A person wants a code, whatever came before.
    pub(super) fn reopen(&self, core: &Core) {
        self.change(core, |desk| desk.open(Instant::now()));
    }

    /// Takes the code for one try. Errors: why there is none.
    pub(super) fn begin(
        &self,
        core: &Arc<Core>,
        address: IpAddr,
        device: DeviceId,
    ) -> Result<Attempt, DeskRefusal> {
        let closed = DeskRefusal::Closed { until: Instant::now() };
        let attempt = self.change(core, |desk| desk.begin(Instant::now(), address, Some(device)));
        let attempt = attempt.unwrap_or(Err(closed))?;
        Ok(Attempt { core: Arc::clone(core), attempt: Some(attempt) })
    }

    fn change<T>(&self, core: &Core, change: impl FnOnce(&mut Desk) -> T) -> Option<T> {
        let changed = self.lock().as_mut().map(|open| change(&mut open.desk));
        self.changed.notify_one();
        self.tell(core);
        changed
    }

    /// Says how it stands.
    fn tell(&self, core: &Core) {
        let open = self.lock();
        let view = open.as_ref().map(|open| view(&open.desk));
        // Under the lock, so that two changes are told in their order.
        core.fact(Event::Desk(view));
    }

    fn lock(&self) -> MutexGuard<'_, Option<Open>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
