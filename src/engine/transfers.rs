//! What the engine keeps of the transfers that have a row: how a person reaches the session, and what front ends may ask.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::engine::claims::Claims;
use crate::engine::sight::Sight;
use crate::engine::{MAX_ENDED, TransferKey};
use crate::model::{FileReport, Leftover, Wish};
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
    /// How many ledgers there were: a session makes one of its own.
    ledgers: u64,
    running: bool,
}

/// How far somebody has read the files of a transfer. A session lists them anew, so reading begins anew with it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FileCursor {
    list: u64,
    at: usize,
}

impl FileCursor {
    /// Which of the transfer's lists was read last, counted from 1; 0 before the first.
    pub fn list(&self) -> u64 {
        self.list
    }
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
        let known = Known {
            cancel: cancel.clone(),
            wish,
            meter,
            sight: None,
            ledger: None,
            ledgers: 0,
            running: true,
        };
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
            known.ledgers += 1;
        }
    }

    /// What became of files since the cursor was here last, at most `limit`, in the order it became known. The cursor moves
    /// behind them. Nothing for a transfer that is not known.
    pub(super) fn files(&self, key: TransferKey, cursor: &mut FileCursor, limit: usize) -> Vec<FileReport> {
        let found = self.lock().get(&key).and_then(|known| Some((known.ledgers, known.ledger.clone()?)));
        let Some((list, ledger)) = found else { return Vec::new() };
        if cursor.list != list {
            *cursor = FileCursor { list, at: 0 };
        }
        let reports = ledger.reports(cursor.at, limit);
        cursor.at += reports.len();
        reports
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::EntryIndex;

    #[test]
    fn a_second_list_is_read_from_its_beginning() {
        let transfers = Transfers::new(&CancellationToken::new(), &Arc::default());
        let (key, ..) = transfers.register(&Arc::default());
        let mut cursor = FileCursor::default();
        let mut read = |limit| -> (Vec<EntryIndex>, u64) {
            let reports = transfers.files(key, &mut cursor, limit);
            (reports.iter().map(|report| report.entry).collect(), cursor.list())
        };
        assert_eq!(read(10), (vec![], 0));
        transfers.keep_ledger(key, &Arc::new(Ledger::of_skipped(&[0, 1, 2])));
        assert_eq!(read(2), (vec![0, 1], 1));
        assert_eq!(read(10), (vec![2], 1));
        assert_eq!(read(10), (vec![], 1));
        transfers.keep_ledger(key, &Arc::new(Ledger::of_skipped(&[2, 1, 0])));
        assert_eq!(read(10), (vec![2, 1, 0], 2));
    }
}
