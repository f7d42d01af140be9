//! How fast bytes may go, when a person set a limit. Changed while transfers run.
//!
//! Both loops that move bytes ask here before each piece: the writer before it writes, the receiver's reader before it reads on.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{Notify, Semaphore};
use tokio::time::{Instant, sleep_until};

use crate::model::size;
use crate::session::pool::BLOCK_BYTES;

/// A limit of less would hold up what a transfer says about itself for longer than the other side waits.
pub const MIN_LIMIT: u64 = 1024;

/// What was missed for being late may be caught up, this much of it: a timer is late by milliseconds, a busy machine by more.
/// Together with one piece it is what a window may hold too much: 100 ms, 3.3 % of three seconds.
const CATCH_UP: Duration = Duration::from_millis(50);

/// What one piece may take at the limit.
const PIECE: Duration = Duration::from_millis(50);

/// The smallest piece: below it, heads and system calls would cost more than they carry.
const MIN_PIECE: usize = 1024;

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
}

impl SpeedLimit {
    /// A limit in bytes a second; `None` = as fast as can be.
    pub fn new(bytes_per_second: Option<u64>) -> Self {
        let limit = Self {
            rate: AtomicU64::new(NONE),
            next: Mutex::new(None),
            changed: Notify::new(),
            turn: Semaphore::new(1),
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

    /// How many bytes are best moved at once: what goes in 50 ms, 1 KiB to a whole block. Larger ones may
    /// [`pass`](Self::pass), but then nothing follows them for long.
    pub fn block_bytes(&self) -> usize {
        self.get().map_or(BLOCK_BYTES, |rate| {
            let bytes = u128::from(rate) * PIECE.as_nanos() / NANOS_A_SECOND;
            usize::try_from(bytes).unwrap_or(BLOCK_BYTES).clamp(MIN_PIECE, BLOCK_BYTES)
        })
    }

    /// Waits until this many bytes may go. Dropped while it waits, it counts nothing.
    pub async fn pass(&self, bytes: usize) {
        if self.get().is_none() {
            return;
        }
        let _turn = self.turn.acquire().await.expect("the semaphore is never closed");
        loop {
            // Listening before looking: a change in between is not missed.
            let changed = self.changed.notified();
            tokio::pin!(changed);
            changed.as_mut().enable();
            let Some(until) = self.take(bytes) else { return };
            tokio::select! {
                () = sleep_until(until) => {}
                () = changed => {}
            }
        }
    }

    /// Takes the bytes if they may go now; else says when to ask again.
    fn take(&self, bytes: usize) -> Option<Instant> {
        let mut next = self.next();
        let rate = self.get()?;
        let now = Instant::now();
        let due = next.unwrap_or(now);
        if due > now {
            return Some(due);
        }
        let from = now.checked_sub(CATCH_UP).map_or(due, |earliest| due.max(earliest));
        let takes = u128::from(size::from_len(bytes)) * NANOS_A_SECOND / u128::from(rate);
        *next = Some(from + nanos(takes));
        None
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

fn nanos(nanos: u128) -> Duration {
    Duration::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX))
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
    /// Waits until both let this many bytes go.
    pub async fn pass(&self, bytes: usize) {
        self.own.pass(bytes).await;
        self.global.pass(bytes).await;
    }

    /// How many bytes are best moved at once, by the tighter of both.
    pub fn block_bytes(&self) -> usize {
        self.own.block_bytes().min(self.global.block_bytes())
    }
}

#[cfg(test)]
mod tests;
