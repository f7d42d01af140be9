//! The end of a session that this side wants: a person's Cancel, or the end of the program.

use std::future::pending;
use std::sync::{Arc, OnceLock};

use tokio::time::{Instant, sleep_until};
use tokio_util::sync::CancellationToken;

use crate::model::Leftover;
use crate::session::SessionError;

/// A person's Cancel with what becomes of what is not complete, or the end of the program. Clones share it.
#[derive(Clone, Debug, Default)]
pub struct Halt {
    token: CancellationToken,
    /// Set before the token: a token without it is the program's end.
    by_person: Arc<OnceLock<Leftover>>,
}

impl Halt {
    /// One that is also given when `program` is cancelled: then the session breaks off, to go on later.
    pub fn below(program: &CancellationToken) -> Self {
        Self { token: program.child_token(), by_person: Arc::default() }
    }

    /// A person cancels. The first word holds: what was told the other side is also what is done here.
    pub fn cancel(&self, leftover: Leftover) {
        if !self.token.is_cancelled() {
            self.by_person.get_or_init(|| leftover);
            self.token.cancel();
        }
    }

    /// What a person said, if one did.
    pub fn by_person(&self) -> Option<Leftover> {
        self.by_person.get().copied()
    }

    /// Waits until it is given, and says what becomes of what is not complete. Safe to drop while waiting.
    /// Errors: [`SessionError::Leaving`] if nobody cancelled, and the program ends.
    pub async fn cancelled(&self) -> Result<Leftover, SessionError> {
        self.token.cancelled().await;
        self.by_person().ok_or(SessionError::Leaving)
    }
}

/// A Cancel of this side that was told, and is to be answered.
#[derive(Clone, Copy, Debug)]
pub(super) struct WindUp {
    /// Not longer than this.
    pub(super) until: Instant,
    /// What becomes of what is not complete.
    pub(super) leftover: Leftover,
}

/// Waits for the time when the answer counts as given. For ever, if nothing was told.
pub(super) async fn over(wind_up: Option<WindUp>) -> Leftover {
    match wind_up {
        Some(WindUp { until, leftover }) => {
            sleep_until(until).await;
            leftover
        }
        None => pending().await,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_end_of_the_program_is_no_cancel_and_a_cancel_before_it_is() {
        let program = CancellationToken::new();
        let (cancelled, left) = (Halt::below(&program), Halt::below(&program));
        cancelled.cancel(Leftover::Remove);
        cancelled.cancel(Leftover::Keep);
        program.cancel();
        assert!(matches!(cancelled.cancelled().await, Ok(Leftover::Remove)));
        assert!(matches!(left.cancelled().await, Err(SessionError::Leaving)));
    }
}
