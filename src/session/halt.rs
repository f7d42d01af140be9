//! A person's Cancel, on its way to a session.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio_util::sync::{CancellationToken, WaitForCancellationFuture};

use crate::model::Leftover;

/// A person's Cancel, and what becomes of what is not complete. Clones share it.
#[derive(Clone, Debug, Default)]
pub struct Halt {
    token: CancellationToken,
    remove: Arc<AtomicBool>,
}

impl Halt {
    /// One that is also given when `parent` is cancelled; parts stay then.
    pub fn below(parent: &CancellationToken) -> Self {
        Self { token: parent.child_token(), remove: Arc::default() }
    }

    /// Gives it.
    pub fn cancel(&self, leftover: Leftover) {
        self.remove.store(leftover == Leftover::Remove, Ordering::Release);
        self.token.cancel();
    }

    /// Waits for it.
    pub fn cancelled(&self) -> WaitForCancellationFuture<'_> {
        self.token.cancelled()
    }

    /// Whether it was given.
    pub fn is_cancelled(&self) -> bool {
        self.token.is_cancelled()
    }

    /// What becomes of what is not complete.
    pub fn leftover(&self) -> Leftover {
        if self.remove.load(Ordering::Acquire) { Leftover::Remove } else { Leftover::Keep }
    }
}
