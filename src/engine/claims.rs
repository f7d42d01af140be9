//! One session a transfer: a sender that comes back takes the place of its session that is not known to be lost yet.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::{Instant, timeout_at};
use tokio_util::sync::CancellationToken;

use crate::engine::TransferKey;
use crate::model::{DeviceId, TransferId};

/// How long an older session may take to leave.
const PATIENCE: Duration = Duration::from_secs(10);

/// A sender's name for a transfer, which only together with the sender names one.
type Name = (DeviceId, TransferId);

/// Who works on which incoming transfer.
#[derive(Debug, Default)]
pub(super) struct Claims {
    held: Mutex<HashMap<Name, Held>>,
    freed: Notify,
}

#[derive(Debug)]
struct Held {
    key: TransferKey,
    /// `None` once nobody works on it; the row may still be there.
    superseded: Option<CancellationToken>,
}

/// The right to work on an incoming transfer. Free again when dropped.
#[derive(Debug)]
pub(super) struct Claim {
    claims: Arc<Claims>,
    name: Name,
    /// Cancelled when the sender came back and somebody else is to go on.
    pub(super) superseded: CancellationToken,
    /// The row of the session before, if there is one.
    pub(super) before: Option<TransferKey>,
}

impl Claims {
    /// Takes a transfer over. An older session on it is told to go, and waited for. `None`: it did not.
    pub(super) async fn take(self: &Arc<Self>, name: Name, key: TransferKey) -> Option<Claim> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let freed = self.freed.notified();
            if let Some(claim) = self.try_take(name, key) {
                return Some(claim);
            }
            timeout_at(deadline, freed).await.ok()?;
        }
    }

    fn try_take(self: &Arc<Self>, name: Name, key: TransferKey) -> Option<Claim> {
        let mut held = self.lock();
        let before = match held.get(&name) {
            Some(Held { superseded: Some(superseded), .. }) => {
                superseded.cancel();
                return None;
            }
            Some(Held { key, superseded: None }) => Some(*key),
            None => None,
        };
        let superseded = CancellationToken::new();
        held.insert(name, Held { key, superseded: Some(superseded.clone()) });
        Some(Claim { claims: Arc::clone(self), name, superseded, before })
    }

    /// It will not go on: nobody has to find its row.
    pub(super) fn forget(&self, key: TransferKey) {
        self.lock().retain(|_, held| held.key != key || held.superseded.is_some());
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Name, Held>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Claim {
    fn drop(&mut self) {
        if let Some(held) = self.claims.lock().get_mut(&self.name) {
            held.superseded = None;
        }
        self.claims.freed.notify_waiters();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(transfer: u8) -> Name {
        (DeviceId::from_bytes([1; 32]), TransferId::from_bytes([transfer; 16]))
    }

    #[tokio::test]
    async fn who_comes_back_takes_over_from_the_session_before() {
        let claims = Arc::new(Claims::default());
        let first = claims.take(name(1), TransferKey(1)).await.unwrap();
        assert_eq!(first.before, None);
        let other = claims.take(name(2), TransferKey(2)).await.unwrap();
        assert!(!first.superseded.is_cancelled());
        let (claims_there, leaving) = (Arc::clone(&claims), first.superseded.clone());
        let second = tokio::spawn(async move { claims_there.take(name(1), TransferKey(3)).await });
        leaving.cancelled().await;
        drop(first);
        assert_eq!(second.await.unwrap().unwrap().before, Some(TransferKey(1)));
        assert!(!other.superseded.is_cancelled());
    }

    #[tokio::test(start_paused = true)]
    async fn a_session_that_does_not_go_is_not_taken_over() {
        let claims = Arc::new(Claims::default());
        let _first = claims.take(name(1), TransferKey(1)).await.unwrap();
        assert!(claims.take(name(1), TransferKey(2)).await.is_none());
    }
}
