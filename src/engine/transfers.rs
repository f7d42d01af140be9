//! What the engine keeps of the transfers that have a row: how a person reaches the session, and what front ends may ask.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::engine::claims::Claims;
use crate::engine::sight::Sight;
use crate::engine::{MAX_ENDED, TransferKey};
use crate::model::{Leftover, Wish};
use crate::session::{Halt, Ledger, Meter};

/// Files of ended transfers whose fates are kept for a front end to ask: some 20 MB. The newest transfers stay, and the
/// very newest always: its fates are just being asked for.
const MAX_KEPT_FILES: u64 = 200_000;

/// The transfers that have a row, and where the next key comes from.
pub(super) struct Transfers {
    next_key: AtomicU64,
    /// Stops them all.
    stop: CancellationToken,
    /// What goes with a row that goes.
    claims: Arc<Claims>,
    known: Mutex<BTreeMap<TransferKey, Known>>,
}

/// What is kept of one.
struct Known {
    cancel: Halt,
    wish: watch::Sender<Wish>,
    meter: Arc<Meter>,
    sight: Option<Sight>,
    ledger: Option<Arc<Ledger>>,
    running: bool,
}

impl Transfers {
    /// None yet. All of them stop with this token.
    pub(super) fn new(stop: &CancellationToken, claims: &Arc<Claims>) -> Self {
        Self {
            next_key: AtomicU64::new(1),
            stop: stop.clone(),
            claims: Arc::clone(claims),
            known: Mutex::default(),
        }
    }

    /// Names a new transfer, which can be cancelled from now on.
    pub(super) fn register(&self, meter: &Arc<Meter>) -> (TransferKey, Halt, watch::Receiver<Wish>) {
        let key = TransferKey(self.next_key.fetch_add(1, Ordering::Relaxed));
        let cancel = Halt::below(&self.stop);
        let (wish, wish_rx) = watch::channel(Wish::Resume);
        let meter = Arc::clone(meter);
        let known = Known { cancel: cancel.clone(), wish, meter, sight: None, ledger: None, running: true };
        self.lock().insert(key, known);
        (key, cancel, wish_rx)
    }

    /// It never got a row.
    pub(super) fn unregister(&self, key: TransferKey) {
        self.lock().remove(&key);
    }

    /// A person wants a pause, or that it goes on.
    pub(super) fn pause(&self, key: TransferKey, wish: Wish) {
        if let Some(known) = self.lock().get(&key) {
            known.wish.send_replace(wish);
        }
    }

    /// A session takes the place of one before: what a person wished of that one holds for it.
    pub(super) fn go_on_as(&self, before: TransferKey, now: TransferKey) {
        let transfers = self.lock();
        if let (Some(before), Some(now)) = (transfers.get(&before), transfers.get(&now)) {
            now.wish.send_replace(*before.wish.borrow());
            now.meter.limits().own.set(before.meter.limits().own.get());
        }
    }

    /// A person wants a transfer to be no faster than this, in bytes a second. `false`: there is none of that key.
    pub(super) fn limit(&self, key: TransferKey, limit: Option<u64>) -> bool {
        let transfers = self.lock();
        let Some(known) = transfers.get(&key) else { return false };
        known.meter.limits().own.set(limit);
        true
    }

    /// From now on [`Engine::plan`](crate::engine::Engine::plan) answers for this transfer.
    pub(super) fn keep_plan(&self, key: TransferKey, sight: Option<Sight>) {
        if let Some(known) = self.lock().get_mut(&key) {
            known.sight = sight;
        }
    }

    pub(super) fn sight(&self, key: TransferKey) -> Option<Sight> {
        self.lock().get(&key).and_then(|known| known.sight.clone())
    }

    /// From now on [`Engine::files`](crate::engine::Engine::files) answers for this transfer.
    pub(super) fn keep_ledger(&self, key: TransferKey, ledger: &Arc<Ledger>) {
        if let Some(known) = self.lock().get_mut(&key) {
            known.ledger = Some(Arc::clone(ledger));
        }
    }

    pub(super) fn ledger(&self, key: TransferKey) -> Option<Arc<Ledger>> {
        self.lock().get(&key).and_then(|known| known.ledger.clone())
    }

    pub(super) fn cancel(&self, key: TransferKey, leftover: Leftover) {
        if let Some(known) = self.lock().get(&key) {
            known.cancel.cancel(leftover);
        }
    }

    /// It ended; like its row it is kept for a while.
    pub(super) fn ended(&self, key: TransferKey) {
        let mut transfers = self.lock();
        if let Some(known) = transfers.get_mut(&key) {
            known.running = false;
            // What a sender was told is what a dry run is for; a plan of our own is of no more use.
            known.sight = known.sight.take().filter(|sight| matches!(sight, Sight::Told(..)));
        }
        let mut kept = 0;
        for known in transfers.values_mut().rev().filter(|known| !known.running) {
            let is_newest = kept == 0;
            kept += known.ledger.as_ref().map_or(0, |ledger| ledger.len());
            if kept > MAX_KEPT_FILES && !is_newest {
                known.ledger = None;
            }
        }
        while transfers.values().filter(|known| !known.running).count() > MAX_ENDED {
            let oldest = transfers.iter().find(|(_, known)| !known.running).map(|(key, _)| *key);
            if let Some(key) = oldest {
                transfers.remove(&key);
                self.claims.forget(key);
            }
        }
    }

    /// Forgets a transfer that ended. `false` while it runs.
    pub(super) fn dismiss(&self, key: TransferKey) -> bool {
        let mut transfers = self.lock();
        if transfers.get(&key).is_some_and(|known| known.running) {
            return false;
        }
        transfers.remove(&key);
        self.claims.forget(key);
        true
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<TransferKey, Known>> {
        // It is whole between any two statements; a panic elsewhere does not spoil it.
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
