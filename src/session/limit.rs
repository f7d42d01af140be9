//! How fast bytes may go, when a person set a limit. Changed while transfers run.
//!
//! Both loops that move bytes ask here before each piece: the writer before it writes, the receiver's reader before it reads
//! on. The pieces are small, and never agreed on before it is their turn: so a limit that is lowered holds at once.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{Notify, Semaphore};
use tokio::time::{Instant, sleep_until};

use crate::model::size;
use crate::session::pool::BLOCK_BYTES;

/// A limit of less would hold up what a transfer says about itself for longer than the other side waits.
pub const MIN_LIMIT: u64 = 1024;

/// What was missed for being late may be caught up, this much of it: a timer is late by milliseconds, a busy machine by more,
/// and who shares a limit waits for the others' pieces. Together with one piece it is what a window may hold too much:
/// 100 ms, 3.3 % of three seconds.
const CATCH_UP: Duration = Duration::from_millis(80);

/// What goes at once takes this long at the limit.
const PIECE: Duration = Duration::from_millis(20);

/// The smallest piece: below it, records and system calls would cost more than they carry.
const MIN_PIECE: usize = 1024;

/// What a block may take at the limit: so long a cancel or a ping waits behind it.
const BLOCK: Duration = Duration::from_millis(100);

/// The smallest block: below it, heads would cost more than they carry.
const MIN_BLOCK: usize = 4 * 1024;

/// No limit: what [`SpeedLimit::rate`] holds then.
const NONE: u64 = 0;

const NANOS_A_SECOND: u128 = 1_000_000_000;

/// Bytes a second, for one transfer or for all of them together.
#[derive(Debug)]
pub struct SpeedLimit {
    /// [`NONE`] or the limit. Written under `next`'s lock only; read without it, so that no limit costs nothing.
    rate: AtomicU64,
    /// From when on the next piece may go: until then the last one takes.
    next: Mutex<Option<Instant>>,
    /// Wakes who waits for a time that is another now.
    changed: Notify,
    /// One waits for the clock and the others for their turn, in the order they came: so they get the same share.
    turn: Semaphore,
    /// How many wait. They share what goes at once, so that who wants less than its share gets it in time.
    waiting: AtomicUsize,
}

/// One that waits, until it is dropped.
struct Waiting<'a>(&'a AtomicUsize);

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl SpeedLimit {
    /// A limit in bytes a second; `None` = as fast as can be.
    pub fn new(bytes_per_second: Option<u64>) -> Self {
        let limit = Self {
            rate: AtomicU64::new(NONE),
            next: Mutex::new(None),
            changed: Notify::new(),
            turn: Semaphore::new(1),
            waiting: AtomicUsize::new(0),
        };
        limit.set(bytes_per_second);
        limit
    }

    /// Sets another limit, which holds at once, also for who waits: bytes a second, at least [`MIN_LIMIT`]; `None` = no limit.
    pub fn set(&self, bytes_per_second: Option<u64>) {
        let new = bytes_per_second.map_or(NONE, |rate| rate.max(MIN_LIMIT));
        let mut next = self.next();
        let old = self.rate.swap(new, Ordering::Relaxed);
        let now = Instant::now();
        *next = match *next {
            // A piece is paid at the rate it went at, or sooner when the limit was raised. A lower limit does not stretch it:
            // the line would stand still.
            Some(until) if old != NONE && new > old => {
                let left = until.saturating_duration_since(now).as_nanos();
                Some(now + nanos(left * u128::from(old) / u128::from(new)))
            }
            Some(until) if old != NONE && new != NONE => Some(until),
            Some(_) | None => None,
        };
        drop(next);
        self.changed.notify_waiters();
    }

    /// The limit in bytes a second.
    pub fn get(&self) -> Option<u64> {
        Some(self.rate.load(Ordering::Relaxed)).filter(|rate| *rate != NONE)
    }

    /// How many bytes a block is best made of: what goes in 100 ms, 4 KiB to a whole block. What is in a larger one goes
    /// piece by piece as well, but nothing that is urgent comes in between.
    pub fn block_bytes(&self) -> usize {
        self.get().map_or(BLOCK_BYTES, |rate| bytes_in(BLOCK, rate).max(MIN_BLOCK))
    }

    /// Waits until some of these bytes may go, and says how many: all of them where there is no limit, at least one.
    /// Dropped while it waits, it counts nothing.
    pub async fn pass(&self, wanted: usize) -> usize {
        if self.get().is_none() {
            return wanted;
        }
        self.waiting.fetch_add(1, Ordering::Relaxed);
        let _waiting = Waiting(&self.waiting);
        let _turn = self.turn.acquire().await.expect("the semaphore is never closed");
        loop {
            // Listening before looking: a change in between is not missed.
            let changed = self.changed.notified();
            tokio::pin!(changed);
            changed.as_mut().enable();
            let until = match self.take(wanted) {
                Ok(granted) => return granted,
                Err(until) => until,
            };
            tokio::select! {
                () = sleep_until(until) => {}
                () = changed => {}
            }
        }
    }

    /// Takes as many of the bytes as may go now, and counts them. Errors: when to ask again.
    fn take(&self, wanted: usize) -> Result<usize, Instant> {
        let mut next = self.next();
        let Some(rate) = self.get() else { return Ok(wanted) };
        let now = Instant::now();
        let due = next.unwrap_or(now);
        if due > now {
            return Err(due);
        }
        let granted =
            wanted.min((bytes_in(PIECE, rate) / self.waiting.load(Ordering::Relaxed).max(1)).max(MIN_PIECE));
        let from = now.checked_sub(CATCH_UP).map_or(due, |earliest| due.max(earliest));
        *next = Some(from + time_for(granted, rate));
        Ok(granted)
    }

    /// Of what was granted last, so many bytes did not go.
    fn give_back(&self, bytes: usize) {
        let mut next = self.next();
        if let (Some(rate), Some(until)) = (self.get(), *next) {
            *next = until.checked_sub(time_for(bytes, rate));
        }
    }

    fn next(&self) -> MutexGuard<'_, Option<Instant>> {
        self.next.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Default for SpeedLimit {
    /// No limit.
    fn default() -> Self {
        Self::new(None)
    }
}

/// What goes in this time at this rate, at most a block.
fn bytes_in(time: Duration, rate: u64) -> usize {
    let bytes = u128::from(rate) * time.as_nanos() / NANOS_A_SECOND;
    usize::try_from(bytes).map_or(BLOCK_BYTES, |bytes| bytes.min(BLOCK_BYTES))
}

/// How long so many bytes take at this rate.
fn time_for(bytes: usize, rate: u64) -> Duration {
    nanos(u128::from(size::from_len(bytes)) * NANOS_A_SECOND / u128::from(rate))
}

fn nanos(nanos: u128) -> Duration {
    Duration::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX))
}

/// What one limit granted; what is not used of it goes back.
struct Granted<'a> {
    by: &'a SpeedLimit,
    unused: usize,
}

impl Drop for Granted<'_> {
    fn drop(&mut self) {
        self.by.give_back(self.unused);
    }
}

/// The two limits that a transfer keeps: its own, and the one of all transfers together.
#[derive(Clone, Debug, Default)]
pub struct SpeedLimits {
    /// This transfer's.
    pub own: Arc<SpeedLimit>,
    /// All transfers'.
    pub global: Arc<SpeedLimit>,
}

impl SpeedLimits {
    /// Waits until both let some of these bytes go, and says how many: at least one. Dropped while it waits, it counts
    /// nothing: a control frame may go before.
    pub async fn pass(&self, wanted: usize) -> usize {
        let mut own = Granted { by: &self.own, unused: self.own.pass(wanted).await };
        let granted = self.global.pass(own.unused).await;
        own.unused = own.unused.saturating_sub(granted);
        granted
    }

    /// How many bytes a block is best made of, by the tighter of both.
    pub fn block_bytes(&self) -> usize {
        self.own.block_bytes().min(self.global.block_bytes())
    }
}

#[cfg(test)]
mod tests;
