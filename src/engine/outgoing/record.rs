//! One try to send something, and what is written down about it, so that it can go on.

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::SystemTime;

use tokio::task::spawn_blocking;

use crate::engine::core::absolute;
use crate::engine::outgoing::tries::Tries;
use crate::engine::outgoing::{Attempt, Parcel, named};
use crate::engine::parting::{close, leave};
use crate::engine::task::{End, Task, names};
use crate::engine::{Direction, Event, Transfer, failures};
use crate::model::{
    DeclineReason, DeviceId, Failure, FailureKind, HostPort, Leftover, Moment, Outcome, Outgoing, Paused,
    Side, Step, TransferId,
};
use crate::session::{Ledger, Link, Listing, SendEnd, SendJob, SendNews, SignedReceipt, send};
use crate::storage::Running;
use crate::wire::Purpose;

/// What was listed, and what becomes of it.
type Listed = (Arc<Listing>, Arc<Ledger>);

/// One try, and what is written down about it.
pub(super) struct Record<'a> {
    task: &'a Arc<Task>,
    /// The row that it has, or would have.
    row: Outgoing,
    /// There was no row of it before.
    is_new: bool,
}

impl<'a> Record<'a> {
    /// Writes it down, before anything is offered: what the receiver may have taken when we are stopped must be found again. It
    /// is called as before if the same things went to the same device and did not all arrive. Errors: a [`Failure`] of the
    /// database.
    pub(super) async fn begin(
        task: &'a Arc<Task>,
        parcel: &Parcel,
        (device, address): (DeviceId, HostPort),
        tries: &mut Tries,
    ) -> Result<Self, Failure> {
        // Somebody may have removed its record meanwhile.
        let begun = tries.begun.filter(|(_, receiver)| *receiver == device).map(|(transfer, _)| transfer);
        let wanted = Outgoing {
            transfer: begun.map_or_else(transfer_id, Ok)?,
            receiver: device,
            address,
            links: parcel.links,
            label: parcel.paths.first().map(|path| named(path).name).unwrap_or_default(),
            sources: parcel.sources(),
            files: 0,
            bytes: 0,
            is_accepted: false,
            at: Moment::from(SystemTime::now()),
        };
        if parcel.purpose == Purpose::Ask {
            return Ok(Self { task, row: wanted, is_new: false });
        }
        let id = wanted.transfer;
        let row = task.core.records.begin_outgoing(wanted).await?;
        let (home, transfer) = (task.core.home.clone(), row.transfer);
        let running = spawn_blocking(move || Running::begin(&home, &transfer)).await;
        // It is sent all the same; another process would then call it interrupted.
        tries.running = running.ok().and_then(Result::ok);
        let is_new = begun.is_none() && transfer == id;
        Ok(Self { task, row, is_new })
    }

    pub(super) fn transfer(&self) -> TransferId {
        self.row.transfer
    }

    /// Offers, sends, and writes down what came of it.
    pub(super) async fn converse(&self, mut link: Link, job: &mut SendJob, tries: &mut Tries) -> Attempt {
        // What the other side wanted belongs to its session before.
        let here = *self.task.wish().borrow() == crate::model::Wish::Pause;
        let paused = Paused { here, there: false };
        self.task.core.fact(Event::Paused { transfer: self.task.key, paused });
        let has_begun = AtomicBool::new(false);
        let was_there = AtomicU64::new(0);
        let listed = OnceLock::<Listed>::new();
        let sent = send(&mut link, job, |news| {
            match &news {
                SendNews::Step(Step::Accept) => {
                    has_begun.store(true, Ordering::Release);
                    was_there.store(self.task.meter.bytes(), Ordering::Release);
                    self.accepted(listed.get());
                }
                SendNews::Listed(listing, ledger) => {
                    listed.get_or_init(|| (Arc::clone(listing), Arc::clone(ledger)));
                }
                _ => {}
            }
            self.tell(news);
        });
        let sent = sent.await;
        let listed = listed.get();
        if has_begun.load(Ordering::Acquire) {
            tries.begin(self.row.transfer, self.row.receiver);
            let has_saved = listed.is_some_and(|(_, ledger)| ledger.counts().saved > 0);
            if has_saved || self.task.meter.bytes() > was_there.load(Ordering::Acquire) {
                tries.moved();
            }
        }
        let end = match sent {
            Ok(end) => {
                close(&self.task.core, link);
                ended(end)
            }
            Err(error) => leave(&self.task.core, link, &error),
        };
        match end {
            End::Not(Outcome::Interrupted, failure)
                if tries.begun.is_some() && failure.kind != FailureKind::Superseded =>
            {
                Attempt::Lost(failure)
            }
            // It went on to wait there, and Receive was switched off meanwhile; or the disk there is not through with what
            // came before the line was lost.
            End::Not(_, failure)
                if tries.begun.is_some()
                    && matches!(failure.kind, FailureKind::NotReceiving | FailureKind::Busy) =>
            {
                Attempt::Lost(failure)
            }
            end => {
                self.settle(&end, listed, tries.begun.is_some()).await;
                Attempt::Over(end)
            }
        }
    }

    /// Bytes go: now it is known how many, and that the receiver knows of it.
    fn accepted(&self, listed: Option<&Listed>) {
        let Some((listing, _)) = listed else { return };
        let (files, bytes) = (listing.manifest.files(), listing.manifest.summary().bytes);
        let (core, transfer) = (Arc::clone(&self.task.core), self.row.transfer);
        self.task.core.spawn(async move {
            if let Err(failure) = core.records.measure_outgoing(transfer, (files, bytes), true).await {
                core.fact(Event::Notice(failure));
            }
        });
    }

    fn tell(&self, news: SendNews) {
        let (core, transfer) = (&self.task.core, self.task.key);
        match news {
            SendNews::Step(step) => self.task.step(step),
            SendNews::Listed(listing, ledger) => {
                let summary = listing.manifest.summary();
                let first = listing.manifest.first(Transfer::MAX_NAMES).unwrap_or_default();
                core.fact(Event::Listed {
                    transfer,
                    names: names(first.iter()),
                    files: listing.manifest.files() + summary.unreadable,
                    left_out: summary.unreadable,
                    bytes: summary.bytes,
                    id: self.row.transfer,
                });
                self.task.keep_ledger(&ledger);
            }
            SendNews::Planned(plan) => {
                core.fact(Event::Planned { transfer, plan });
                let total =
                    core.outbox.read(|state| state.transfers.get(&transfer).map_or(0, |row| row.bytes));
                self.task.meter.restart(total.saturating_sub(plan.bytes));
            }
            SendNews::Wanted(wanted) => self.task.keep_wanted(&wanted),
            SendNews::Receipt(receipt) => self.keep(receipt),
            SendNews::ReceiptLost(failure) => core.fact(Event::Notice(failure)),
            SendNews::Paused(paused) => core.fact(Event::Paused { transfer, paused }),
        }
    }

    /// The receiver's signed record is kept here as well.
    fn keep(&self, receipt: Arc<SignedReceipt>) {
        let core = Arc::clone(&self.task.core);
        core.clone().spawn(async move {
            if let Err(failure) = core.records.keep_receipt(Direction::Outgoing, &receipt).await {
                core.fact(Event::Notice(failure));
            }
        });
    }

    /// What all arrived of is written down as such; what was cancelled for good is forgotten.
    async fn settle(&self, end: &End, listed: Option<&Listed>, has_begun: bool) {
        let records = &self.task.core.records;
        let Outgoing { transfer, receiver, .. } = self.row;
        let is_delivered =
            matches!(end, End::Settled) && listed.is_none_or(|(_, ledger)| !ledger.failed_there());
        let settled = match end {
            _ if is_delivered => records.finish_outgoing(transfer).await,
            End::Cancelled(_, Leftover::Remove) => {
                records.forget_transfer(Direction::Outgoing, transfer, receiver).await
            }
            // The receiver may have agreed, and its word been lost: it waits for this one. Or its disk would not take it yet.
            End::Not(Outcome::Interrupted, _) => self.measure(listed).await,
            End::Not(Outcome::Failed, failure) if is_of_their_disk(failure) => self.measure(listed).await,
            // Nobody took anything of it.
            _ if !has_begun && self.is_new => records.withdraw_outgoing(transfer).await,
            End::Settled | End::Cancelled(_, Leftover::Keep) | End::Not(..) => Ok(()),
        };
        if let Err(failure) = settled {
            tracing::error!(%failure, "what became of a transfer is not written down");
            self.task.core.fact(Event::Notice(failure));
        }
    }

    /// Writes down how much it is, once that is known.
    async fn measure(&self, listed: Option<&Listed>) -> Result<(), Failure> {
        let Some((listing, _)) = listed else { return Ok(()) };
        let size = (listing.manifest.files(), listing.manifest.summary().bytes);
        self.task.core.records.measure_outgoing(self.row.transfer, size, false).await
    }
}

impl Parcel {
    /// What is written down: the same wherever the program is started the next time.
    pub(in crate::engine) fn sources(&self) -> Vec<PathBuf> {
        self.paths.iter().cloned().map(absolute).collect()
    }
}

/// Whether the receiver would take it once its disk is mended.
fn is_of_their_disk(failure: &Failure) -> bool {
    let kinds = [FailureKind::DiskFull, FailureKind::FolderUnusable, FailureKind::WriteFailed];
    failure.side == Side::There && kinds.contains(&failure.kind)
}

fn ended(end: SendEnd) -> End {
    match end {
        SendEnd::Delivered => End::Settled,
        SendEnd::Declined(reason @ (DeclineReason::NoSpace | DeclineReason::Folder)) => {
            End::failed(failures::declined(reason)) // nobody said no
        }
        SendEnd::Declined(reason) => End::Not(Outcome::Declined, failures::declined(reason)),
        SendEnd::NotAnswered => End::Not(Outcome::Declined, Failure::there(FailureKind::NotAnswered)),
        SendEnd::Cancelled(by, leftover) => End::Cancelled(by, leftover),
        SendEnd::NothingToOffer => End::failed(Failure::here(FailureKind::NothingToSend)),
    }
}

fn transfer_id() -> Result<TransferId, Failure> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).map_err(|error| {
        Failure::here(FailureKind::Internal).because(format!("no random numbers: {error}"))
    })?;
    Ok(TransferId::from_bytes(bytes))
}
