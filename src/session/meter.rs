//! Counters between the byte loop and whoever shows progress: written without waiting, read ten times a second.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use crate::session::{SpeedLimit, SpeedLimits};

/// How far a transfer is, and how fast it may be.
#[derive(Debug, Default)]
pub struct Meter {
    limits: SpeedLimits,
    bytes: AtomicU64,
    files: AtomicU64,
    first_byte: OnceLock<Instant>,
}

impl Meter {
    /// Nothing moved yet; all transfers together keep this limit.
    pub fn limited(global: Arc<SpeedLimit>) -> Self {
        Self { limits: SpeedLimits { own: Arc::default(), global }, ..Self::default() }
    }

    /// How fast bytes may go.
    pub fn limits(&self) -> &SpeedLimits {
        &self.limits
    }

    /// File bytes that went through the network.
    pub fn bytes(&self) -> u64 {
        self.bytes.load(Ordering::Relaxed)
    }

    /// Files known to be saved.
    pub fn files(&self) -> u64 {
        self.files.load(Ordering::Relaxed)
    }

    /// Time since the bytes began; `None` before.
    pub fn since_first_byte(&self) -> Option<Duration> {
        self.first_byte.get().map(Instant::elapsed)
    }

    /// Says that bytes may flow from now on.
    pub(super) fn start(&self) {
        self.first_byte.get_or_init(Instant::now);
    }

    /// So many bytes are there already: begins to count from them.
    pub fn restart(&self, bytes: u64) {
        self.bytes.store(bytes, Ordering::Relaxed);
        self.files.store(0, Ordering::Relaxed);
    }

    pub(super) fn add_bytes(&self, count: u64) {
        self.bytes.fetch_add(count, Ordering::Relaxed);
    }

    pub(super) fn add_files(&self, count: u64) {
        self.files.fetch_add(count, Ordering::Relaxed);
    }
}
