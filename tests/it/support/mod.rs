//! Rigs: two engines on loopback, the built program as a process, hostile peers, waiting for conditions.

pub(crate) mod contract;
pub(crate) mod engines;
pub(crate) mod line;
pub(crate) mod peer;
pub(crate) mod program;

use std::time::{Duration, Instant};

/// How long a condition may take before its test fails. Long enough for two busy cores.
pub(crate) const LIMIT: Duration = Duration::from_secs(20);

/// Waits until `condition` holds; panics after [`LIMIT`] with what was waited for.
pub(crate) fn until(what: &str, mut condition: impl FnMut() -> bool) {
    let end = Instant::now() + LIMIT;
    while !condition() {
        assert!(Instant::now() < end, "waited {LIMIT:?} for {what}");
        std::thread::park_timeout(Duration::from_millis(5));
    }
}
