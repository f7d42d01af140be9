//! The pairing desk at work: open while Receive is on and strangers may ask; one for all sessions.

use std::net::IpAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Instant, SystemTime};

use tokio::sync::Notify;
use tokio::time::sleep_until;
use tokio_util::sync::CancellationToken;

use crate::engine::core::Core;
use crate::engine::{DeskDoor, DeskView, Event, Guess};
use crate::model::{Code, DeviceId, Strangers};
use crate::pairing::{self, Desk, DeskRefusal, Guesser, Shown, Tried, random_code};

/// The desk, while it is open.
#[derive(Default)]
pub(super) struct FrontDesk {
    open: Mutex<Option<Open>>,
    desks: AtomicU64,
    /// Something changed that the watch must look at.
    changed: Notify,
}

struct Open {
    desk: Desk,
    /// Tells an attempt of an earlier desk from one of this.
    number: u64,
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
            let number = self.desks.fetch_add(1, Ordering::Relaxed);
            *open =
                Some(Open { number, desk: Desk::new(Instant::now(), Box::new(codes)), watch: watch.clone() });
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
        self.change(core, |open| open.desk.open(Instant::now()));
    }

    /// Takes the code for one try. Errors: why there is none.
    pub(super) fn begin(
        &self,
        core: &Arc<Core>,
        address: IpAddr,
        device: DeviceId,
    ) -> Result<Attempt, DeskRefusal> {
        let closed = DeskRefusal::Closed { until: Instant::now() };
        let guesser = Guesser { address, device, at: SystemTime::now() };
        let attempt = self.change(core, |open| (open.number, open.desk.begin(Instant::now(), guesser)));
        let (desk, attempt) = attempt.ok_or(closed)?;
        let attempt = attempt?;
        let shown = attempt.code().clone();
        Ok(Attempt { core: Arc::clone(core), desk, code: shown, running: Some(attempt), address })
    }

    fn change<T>(&self, core: &Core, change: impl FnOnce(&mut Open) -> T) -> Option<T> {
        let changed = self.lock().as_mut().map(change);
        self.changed.notify_one();
        self.tell(core);
        changed
    }

    /// Says how it stands.
    fn tell(&self, core: &Core) {
        let mut open = self.lock();
        let view = open.as_mut().map(|open| view(&mut open.desk));
        // Under the lock, so that two changes are told in their order; and only changes: strangers may knock a thousand times a second.
        if core.outbox.read(|state| state.desk != view) {
            core.fact(Event::Desk(view));
        }
    }

    fn lock(&self) -> MutexGuard<'_, Option<Open>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A code on loan for one session's try. Dropped in the middle it counts as given up.
pub(super) struct Attempt {
    core: Arc<Core>,
    /// Of which desk.
    desk: u64,
    /// `None` once it has ended.
    running: Option<pairing::DeskAttempt>,
    code: Code,
    address: IpAddr,
}

impl Attempt {
    fn finish(&mut self, tried: Tried) {
        if let Some(attempt) = self.running.take() {
            match tried {
                Tried::Right => {}
                // Where nobody sits in front, this says later who it was. The desk lets few of them through.
                Tried::Wrong | Tried::GaveUp => {
                    tracing::info!(address = %self.address, "a code was guessed wrong");
                }
            }
            self.core.desk.change(&self.core, |open| {
                // It may be another desk by now, with attempts of its own.
                if open.number == self.desk {
                    open.desk.end(Instant::now(), attempt, tried);
                }
            });
        }
    }
}

impl pairing::Attempt for Attempt {
    fn code(&self) -> &Code {
        &self.code
    }

    fn end(mut self, tried: Tried) {
        self.finish(tried);
    }
}

impl Drop for Attempt {
    fn drop(&mut self) {
        self.finish(Tried::GaveUp);
    }
}

/// Lets time pass for the desk: codes grow old, closings end.
async fn watch_desk(core: Arc<Core>, watch: CancellationToken) {
    loop {
        let changed = core.desk.changed.notified();
        let next = core.desk.lock().as_ref().map(|open| open.desk.next_change());
        let time = async {
            match next {
                Some(next) => sleep_until(next.into()).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            () = watch.cancelled() => return,
            () = changed => {}
            () = time => core.desk.tell(&core),
        }
    }
}

fn view(desk: &mut Desk) -> DeskView {
    let door = match desk.shown(Instant::now()) {
        Shown::Code { code, until } => DeskDoor::Shows { code, until },
        Shown::Trying => DeskDoor::Busy,
        Shown::Closed { until } => DeskDoor::Closed { until },
    };
    let wrong = desk.guesses().filter(|guess| match guess.tried {
        Tried::Wrong | Tried::GaveUp => true,
        Tried::Right => false,
    });
    let guess =
        |guess: &pairing::Guess| Guess { address: guess.guesser.address.to_string(), at: guess.guesser.at };
    DeskView { door, guesses: wrong.map(guess).collect() }
}

/// Codes, while the system has random numbers.
fn codes() -> Option<Code> {
    random_code().map_err(|error| tracing::error!(%error, "no code")).ok()
}
