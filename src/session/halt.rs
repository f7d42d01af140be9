//! A person's Cancel, on its way to a session.

use std::sync::{Arc, OnceLock};

use tokio_util::sync::{CancellationToken, WaitForCancellationFuture};

use crate::model::Leftover;

/// A person's Cancel, and what becomes of what is not complete. Clones share it.
#[derive(Clone, Debug, Default)]
pub struct Halt {
    token: CancellationToken,
    leftover: Arc<OnceLock<Leftover>>,
}

impl Halt {
    /// One that is also given when `parent` is cancelled; parts stay then.
    pub fn below(parent: &CancellationToken) -> Self {
        Self { token: parent.child_token(), leftover: Arc::default() }
    }

    /// Gives it. The first word holds: what was told the other side is also what is done here.
    pub fn cancel(&self, leftover: Leftover) {
        if !self.token.is_cancelled() {
            self.leftover.get_or_init(|| leftover);
            self.token.cancel();
        }
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
        self.leftover.get().copied().unwrap_or(Leftover::Keep)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_word_holds() {
        let halt = Halt::default();
        halt.cancel(Leftover::Keep);
        halt.cancel(Leftover::Remove);
        assert_eq!(halt.leftover(), Leftover::Keep);
        let parent = CancellationToken::new();
        let below = Halt::below(&parent);
        parent.cancel();
        below.cancel(Leftover::Remove);
        assert_eq!((below.is_cancelled(), below.leftover()), (true, Leftover::Keep));
    }
}
