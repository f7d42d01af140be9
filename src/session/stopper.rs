//! Ends a thread when nobody waits for it any more.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Sets a flag when it is dropped; a thread that works for a session looks at it between two files or two reads.
#[derive(Debug)]
pub(super) struct Stopper(Arc<AtomicBool>);

impl Stopper {
    /// Of a thread that looks at this flag.
    pub(super) fn of(flag: &Arc<AtomicBool>) -> Self {
        Self(Arc::clone(flag))
    }
}

impl Drop for Stopper {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Release);
    }
}
