//! A transfer's task: whatever happens inside, it ends with exactly one `Finished`.

use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::watch;

use crate::engine::core::Core;
use crate::engine::sight::Sight;
use crate::engine::{Ending, Event, Named, Peer, TransferKey, failures};
use crate::model::{Failure, FailureKind, FileFate, Leftover, Outcome, Side, Step, Wish};
use crate::session::{Counts, Halt, Ledger, Meter, Plan, SessionError, Wanted};

/// One transfer, as its task sees it.
pub(super) struct Task {
    pub(super) core: Arc<Core>,
    pub(super) key: TransferKey,
    pub(super) cancel: Halt,
    wish: watch::Receiver<Wish>,
    pub(super) meter: Arc<Meter>,
    started: Instant,
    ledger: Mutex<Option<Arc<Ledger>>>,
    /// Since when the other side (or a person here) is to decide.
    waiting: Mutex<Option<Instant>>,
}

/// How a transfer's own code ends.
pub(super) enum End {
    /// The receiver's last word was said; the ledger tells the rest.
    Settled,
    /// A person stopped it, on this side or the other.
    Cancelled(Side, Leftover),
    /// It ended otherwise.
    Not(Outcome, Failure),
}

impl End {
    /// This side wants it to end: a person cancelled, or the program ends.
    pub(super) fn stopped(stopped: Result<Leftover, SessionError>) -> Self {
        stopped.map_or_else(|error| Self::broken(&error), |leftover| Self::Cancelled(Side::Here, leftover))
    }

    pub(super) fn failed(failure: Failure) -> Self {
        Self::Not(Outcome::Failed, failure)
    }

    /// A conversation that broke off: interrupted if the line did or a program ended, failed if
    /// somebody's program did.
    pub(super) fn broken(error: &SessionError) -> Self {
        let failure = failures::session(error);
        let outcome = match failure.kind {
            FailureKind::ConnectionLost | FailureKind::Closed | FailureKind::Superseded => {
                Outcome::Interrupted
            }
            _ => Outcome::Failed,
        };
        Self::Not(outcome, failure)
    }
}

impl Task {
    /// Names a new transfer.
    pub(super) fn register(core: &Arc<Core>, meter: Arc<Meter>) -> Arc<Self> {
        let (key, cancel, wish) = core.transfers.register(&meter);
        Arc::new(Self {
            core: Arc::clone(core),
            key,
            cancel,
            wish,
            meter,
            started: Instant::now(),
            ledger: Mutex::default(),
            waiting: Mutex::default(),
        })
    }

    /// Runs `work` to its end and says how it ended, also when it panics.
    pub(super) async fn run<F>(self: Arc<Self>, work: F)
    where
        F: Future<Output = End> + Send + 'static,
    {
        let ticker = tokio::spawn(Arc::clone(&self).tick());
        // A task of its own, so that a panic in it is an error here.
        let end = tokio::spawn(work).await.unwrap_or_else(|panic| {
            tracing::error!(key = self.key.0, %panic, "a transfer's task stopped");
            End::failed(Failure::here(FailureKind::Internal).because("a task of the transfer stopped"))
        });
        ticker.abort();
        self.finish(end);
        if let Some(ledger) = &*self.ledger.lock().unwrap_or_else(PoisonError::into_inner) {
            // It may be shown for long.
            ledger.manifest().let_go();
        }
    }

    pub(super) fn step(&self, step: Step) {
        match step {
            Step::Ask => self.wait_since(Some(Instant::now())),
            Step::Connect
            | Step::AskCode
            | Step::Offer
            | Step::Accept
            | Step::Check
            | Step::Lose
            | Step::Finish(_) => {
                self.wait_since(None);
            }
        }
        let state = self.core.outbox.read(|state| state.transfers.get(&self.key).map(|row| row.state));
        if let Some(Err(illegal)) = state.map(|state| state.advance(step)) {
            tracing::error!(%illegal, "a bug: the step is not shown");
        }
        self.core.fact(Event::Stepped { transfer: self.key, step });
    }

    pub(super) fn met(&self, peer: Peer) {
        self.core.fact(Event::Met { transfer: self.key, peer });
    }

    pub(super) fn keep_ledger(&self, ledger: &Arc<Ledger>) {
        *self.ledger.lock().unwrap_or_else(PoisonError::into_inner) = Some(Arc::clone(ledger));
        self.core.transfers.keep_ledger(self.key, ledger);
    }

    /// From now on [`Engine::plan`](crate::engine::Engine::plan) answers for it.
    pub(super) fn keep_plan(&self, plan: Option<&Arc<Plan>>) {
        self.core.transfers.keep_plan(self.key, plan.map(|plan| Sight::Plan(Arc::clone(plan))));
    }

    /// The same on the sender's side, which knows what it was told.
    pub(super) fn keep_wanted(&self, wanted: &Arc<Wanted>) {
        let ledger = self.ledger.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some(ledger) = ledger {
            let sight = Sight::Told(Arc::clone(ledger.manifest()), Arc::clone(wanted));
            self.core.transfers.keep_plan(self.key, Some(sight));
        }
    }

    /// What a person wishes of it: to pause, or to go on.
    pub(super) fn wish(&self) -> watch::Receiver<Wish> {
        self.wish.clone()
    }

    pub(super) fn wait_since(&self, since: Option<Instant>) {
        *self.waiting.lock().unwrap_or_else(PoisonError::into_inner) = since;
    }

    /// How long the question stands still, if one does.
    pub(super) fn answer_left(&self) -> Option<Duration> {
        let since = *self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        since.map(|since| self.core.timing.decision.saturating_sub(since.elapsed()))
    }

    fn finish(&self, end: End) {
        let ledger = self.ledger.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let left_out = ledger.as_ref().map_or(0, |ledger| ledger.left_out_count());
        let counts = ledger.as_ref().map(|ledger| ledger.counts()).unwrap_or_default();
        let counts = Counts { failed: counts.failed + left_out, ..counts };
        let problem = ledger.as_ref().and_then(|ledger| ledger.first_problem());
        let (outcome, failure) = match end {
            End::Not(outcome, failure) => (outcome, Some(failure)),
            End::Cancelled(by, _) => {
                (Outcome::Cancelled, Some(Failure { side: by, ..Failure::here(FailureKind::Cancelled) }))
            }
            End::Settled => (settled(counts), problem.as_ref().map(failures::file)),
        };
        // A look at every entry, so only where there are any that were skipped.
        let skipping = ledger.as_ref().filter(|_| counts.skipped > 0);
        let unwanted = skipping.map_or(0, |ledger| ledger.unwanted());
        let single = ledger
            .filter(|ledger| ledger.len() == 1)
            .and_then(|ledger| ledger.reports(0, 1).pop())
            .filter(|report| matches!(report.fate, FileFate::Saved { .. }));
        let took = self.meter.since_first_byte().unwrap_or_else(|| self.started.elapsed());
        let Counts { saved, failed, skipped, bytes } = counts;
        tracing::info!(
            key = self.key.0, %outcome, saved, failed, skipped, bytes, ms = took.as_millis(),
            failure = failure.as_ref().map(tracing::field::display), "a transfer ended"
        );
        let single = single.map(Box::new);
        let ending = Ending { outcome, failure, saved, failed, skipped, unwanted, bytes, took, single };
        self.core.transfers.ended(self.key);
        self.core.fact(Event::Finished { transfer: self.key, ending: Box::new(ending) });
    }
}

/// What the counts make of a transfer whose last word was said.
fn settled(counts: Counts) -> Outcome {
    match counts {
        Counts { failed: 0, .. } => Outcome::Delivered,
        Counts { saved: 0, skipped: 0, .. } => Outcome::Failed,
        Counts { .. } => Outcome::Partial,
    }
}

/// The first names for showing.
pub(super) fn names<'a>(entries: impl Iterator<Item = &'a crate::model::Entry>) -> Vec<Named> {
    let named = |entry: &crate::model::Entry| {
        let slash = if entry.kind == crate::model::EntryKind::Folder { "/" } else { "" };
        Named { name: format!("{}{slash}", entry.path), bytes: Some(entry.size) }
    };
    entries.take(crate::engine::Transfer::MAX_NAMES).map(named).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_all_files_make_a_delivery() {
        let counts = |saved, failed| Counts { saved, failed, skipped: 0, bytes: 0 };
        assert_eq!(settled(counts(3, 0)), Outcome::Delivered);
        assert_eq!(settled(counts(2, 1)), Outcome::Partial);
        assert_eq!(settled(counts(0, 3)), Outcome::Failed);
    }
}
