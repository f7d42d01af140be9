//! The receiver's disk side: writes and hashes what arrives, syncs and names it, on a thread of its own.
//!
//! Small files share their syncs: finished parts wait in a batch and are published together. Whatever is not published when
//! the session ends stays in staging, where it can go on.

mod closing;
mod current;
mod folders;
mod orders;
mod waiting;

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use sha2::{Digest as _, Sha256};
use tokio::runtime::Handle;
use tokio::sync::mpsc;
use tokio::time::timeout;

use crate::model::{Digest, EntryIndex, Failure, FailureKind, FileProblem, LocalName, Side};
use crate::session::hashing::zeros;
use crate::session::receive::sink::current::Current;
use crate::session::receive::sink::waiting::Waiting;
use crate::session::{Action, Cursor, Ledger, Meter, Plan};
use crate::storage::{Intent, Naming, Part, WriteError};
use crate::wire::FailReason;

pub(super) use orders::{Books, Done, HashedBy, Order};
pub use orders::{Notary, Place};

/// The disk's end of both channels, and what it writes where.
pub(super) struct Sink {
    orders: mpsc::Receiver<Vec<Order>>,
    done: mpsc::Sender<Done>,
    place: Place,
    plan: Arc<Plan>,
    entries: Cursor,
    ledger: Arc<Ledger>,
    meter: Arc<Meter>,
    notary: Notary,
    runtime: Handle,
    /// Set when the session ends before its time: what takes long stops then.
    stop: Arc<AtomicBool>,
    current: Option<Current>,
    waiting: Waiting,
    /// Entries that failed here: they may come once what was wrong is mended.
    failed: u64,
    /// Folders that somebody else made since the look: what comes goes into them, and they stay as they are.
    joined: HashSet<EntryIndex>,
}

/// The session is gone: nobody hears what becomes of the rest.
struct Gone;

impl Sink {
    pub(super) fn new(
        orders: mpsc::Receiver<Vec<Order>>,
        done: mpsc::Sender<Done>,
        place: Place,
        books: Books,
        runtime: Handle,
    ) -> Self {
        let Books { plan, ledger, meter, notary, stop } = books;
        let entries = Cursor::new(Arc::clone(plan.manifest()));
        let (current, waiting, joined) = (None, Waiting::default(), HashSet::new());
        Self {
            orders,
            done,
            place,
            plan,
            entries,
            ledger,
            meter,
            notary,
            runtime,
            stop,
            current,
            waiting,
            failed: 0,
            joined,
        }
    }

    /// Works until the session hangs up. Files that are complete by then are published, a part of one stays. Blocks.
    pub(super) fn run(mut self) {
        self.sweep();
        let runs = self.make_folders();
        if runs.is_ok() {
            while let Some(orders) = self.next_orders() {
                if orders.into_iter().try_for_each(|order| self.obey(order)).is_err() {
                    break;
                }
            }
        }
        self.publish().ok(); // nobody may be there to hear of it
        self.leave_part();
        if let Err(error) = self.runtime.block_on(self.place.journal.interrupted()) {
            tracing::debug!(failure = %error.failure(), "the journal was not emptied");
        }
    }

    /// Parts of files that changed, or are not offered any more, make room for what comes.
    fn sweep(&mut self) {
        let keep = self.plan.part_names(&mut self.entries).map_err(|error| error.failure());
        let swept = keep.and_then(|keep| {
            self.place.staging.sweep(&|name| keep.contains(name)).map_err(|error| error.failure())
        });
        match swept {
            Ok(swept) if swept.count > 0 => tracing::debug!(parts = swept.count, "stale parts are removed"),
            Ok(_) => {}
            Err(failure) => tracing::warn!(%failure, "stale parts stay"),
        }
    }

    /// The next orders. Files that wait are published when they have waited long enough, also if no order comes.
    fn next_orders(&mut self) -> Option<Vec<Order>> {
        if let Some(due) = self.waiting.due() {
            let left = due.saturating_duration_since(Instant::now());
            let orders = &mut self.orders;
            match self.runtime.block_on(async { timeout(left, orders.recv()).await }) {
                Ok(orders) => return orders,
                Err(_) => self.publish().ok()?,
            }
        }
        self.orders.blocking_recv()
    }

    fn obey(&mut self, order: Order) -> Result<(), Gone> {
        match order {
            // It is lost with its folder, and its sender knows.
            Order::Open(entry, _) if !self.ledger.is_open(entry) => {}
            Order::Open(entry, hashed_by) => match self.open(entry, hashed_by) {
                Ok(current) => self.current = Some(current),
                Err(failure) => self.fail(entry, &failure)?,
            },
            Order::Write(piece) => self.write(|file| {
                if let Some(hasher) = &mut file.hasher {
                    hasher.update(piece.bytes());
                }
                file.part.write_all(piece.bytes())
            })?,
            Order::Hash(hasher) => {
                if let Some(file) = &mut self.current {
                    file.hasher = Some(hasher);
                }
            }
            Order::Hole(length) => {
                if let Some(hasher) = self.current.as_mut().and_then(|file| file.hasher.as_mut())
                    && !zeros(length, hasher, &self.stop)
                {
                    return Err(Gone);
                }
                self.write(|file| file.part.write_hole(length))?;
            }
            Order::Finish { entry, expected, came } => {
                if let Some(file) = self.current.take() {
                    self.finish(entry, (expected, came), file)?;
                }
            }
            Order::Forget(entry) => {
                if let Some(file) = self.current.take().filter(|file| file.entry == entry) {
                    file.part.discard();
                }
            }
            Order::Settle => {
                self.publish()?;
                self.make_links()?;
                self.finish_folders()?;
                self.close_up()?;
                return self.say(Done::Settled);
            }
        }
        if self.waiting.is_due() { self.publish() } else { Ok(()) }
    }

    /// Without a current file these are bytes of one that failed: they cross our Failed and are dropped.
    fn write(&mut self, write: impl FnOnce(&mut Current) -> Result<(), WriteError>) -> Result<(), Gone> {
        let Some(file) = &mut self.current else { return Ok(()) };
        let entry = file.entry;
        match write(file).and_then(|()| file.note_durable(&self.place.journal, &self.runtime)) {
            Ok(()) => Ok(()),
            Err(error) => {
                // What is there may be of use once there is room.
                self.current = None;
                self.fail(entry, &error.failure())
            }
        }
    }

    fn open(&mut self, entry: EntryIndex, hashed_by: HashedBy) -> Result<Current, Failure> {
        let offered = self.entries.get(entry).map_err(|error| error.failure())?;
        let offered = offered.ok_or_else(|| Failure::here(FailureKind::Internal))?;
        let Place { staging, .. } = &self.place;
        // The batch's descriptor must be older than the first write, or a sync could miss an error.
        self.waiting.batch(staging).map_err(|error| error.failure())?;
        let (part, hasher, offset) = match self.plan.beginning(entry) {
            Some((offset, hasher)) => (staging.resume(entry, offered, offset), hasher, offset),
            None => (staging.create(entry, offered), Sha256::new(), 0),
        };
        let part = part.map_err(|error| error.failure())?;
        let hasher = match hashed_by {
            HashedBy::Session => None,
            HashedBy::Disk => Some(hasher),
        };
        Ok(Current { entry, part, hasher, straddles: false, durable: (offset, Instant::now()) })
    }

    fn finish(
        &mut self,
        entry: EntryIndex,
        (expected, came): (Digest, Option<Digest>),
        file: Current,
    ) -> Result<(), Gone> {
        let Current { part, hasher, straddles, .. } = file;
        let digest = came.or(hasher.map(|hasher| Digest::from_bytes(hasher.finalize().into())));
        let Some(digest) = digest.filter(|digest| *digest == expected) else {
            tracing::debug!(entry, "a file arrived with another digest than its sender's");
            part.discard();
            return self.fail_as(entry, FailReason::WrongDigest, FailureKind::WrongDigest);
        };
        match self.complete(entry, part, straddles) {
            Ok(size) => {
                self.ledger.digest(entry, digest, size);
                Ok(())
            }
            Err(failure) => self.fail(entry, &failure),
        }
    }

    /// Puts a whole part into the batch. Gives the file's size.
    fn complete(&mut self, entry: EntryIndex, part: Part, straddles: bool) -> Result<u64, Failure> {
        let offered = self.entries.get(entry).map_err(|error| error.failure())?;
        let offered = offered.ok_or_else(|| Failure::here(FailureKind::Internal))?;
        let naming = match self.plan.action(entry) {
            Action::Replace => Naming::Replace,
            Action::KeepBoth | Action::Skip(_) => Naming::KeepBoth,
        };
        let add = || -> Result<(), WriteError> {
            let part = part.complete(offered)?;
            if straddles {
                part.sync_alone()?;
            }
            let folder = self.place.target.folder(&self.plan.names(offered.path.folder()))?;
            let name = LocalName::of(offered.path.name());
            self.waiting.batch(&self.place.staging)?.add(part, folder, name, naming);
            Ok(())
        };
        add().map_err(|error| error.failure())?;
        self.waiting.since.get_or_insert_with(Instant::now);
        Ok(offered.size)
    }

    fn publish(&mut self) -> Result<(), Gone> {
        let Some(batch) = self.waiting.take() else { return Ok(()) };
        if let Some(file) = &mut self.current {
            file.straddles = true;
        }
        let synced = match batch.sync() {
            Ok(synced) => synced,
            Err(errors) => {
                return errors.iter().try_for_each(|(entry, error)| self.fail(*entry, &error.failure()));
            }
        };
        let (journal, runtime, entries) = (&self.place.journal, &self.runtime, &mut self.entries);
        let results = synced.name(&mut |intended| {
            let mut intents = Vec::new();
            for intended in intended {
                let offered = entries.get(intended.entry).map_err(|error| error.failure())?;
                let path = offered.map(|offered| offered.path.joined().to_vec());
                let Some(path) = path else { continue };
                let (name, kind) = (intended.name.as_bytes().to_vec(), intended.naming);
                intents.push((path, Intent { name, kind }));
            }
            runtime.block_on(journal.intend(intents)).map_err(|error| error.failure())
        });
        let mut saved = Vec::new();
        for (entry, result) in results {
            match result {
                Ok(name) => saved.push((entry, self.name_if_other(entry, name))),
                Err(error) => self.fail(entry, &error.failure())?,
            }
        }
        self.saved(saved)
    }

    /// A name, unless it is the entry's own.
    fn name_if_other(&mut self, entry: EntryIndex, name: LocalName) -> Option<LocalName> {
        let own = self.entries.get(entry).ok().flatten().map(|offered| offered.path.name());
        Some(name).filter(|name| own != Some(name.as_bytes()))
    }

    fn saved(&self, mut saved: Vec<(EntryIndex, Option<LocalName>)>) -> Result<(), Gone> {
        saved.sort_by_key(|(entry, _)| *entry);
        let before = self.ledger.counts().saved;
        // What the ledger has otherwise is not told otherwise.
        saved.retain_mut(|(entry, name)| self.ledger.saved(*entry, name.take()));
        let entries: Vec<EntryIndex> = saved.into_iter().map(|(entry, _)| entry).collect();
        self.meter.add_files(self.ledger.counts().saved - before);
        if entries.is_empty() { Ok(()) } else { self.say(Done::Saved(entries)) }
    }

    /// A part that stays is worth more if it is known to be on the disk.
    fn leave_part(&mut self) {
        if let Some(mut file) = self.current.take()
            && let Err(error) = file.make_durable(&self.place.journal, &self.runtime)
        {
            tracing::debug!(failure = %error.failure(), "a part's length was not written down");
        }
    }

    fn fail(&mut self, entry: EntryIndex, failure: &Failure) -> Result<(), Gone> {
        tracing::debug!(entry, %failure, "a file could not be saved");
        self.fail_as(entry, fail_reason(failure.kind), failure.kind)
    }

    fn fail_as(&mut self, entry: EntryIndex, reason: FailReason, kind: FailureKind) -> Result<(), Gone> {
        if !self.ledger.failed(entry, FileProblem { kind, side: Side::Here }) {
            return Ok(()); // it is settled, and its sender knows
        }
        self.failed += 1;
        self.say(Done::Failed(entry, reason))
    }

    /// Errors: nobody wants the rest any more.
    fn go_on(&self) -> Result<(), Gone> {
        if self.stop.load(Ordering::Acquire) { Err(Gone) } else { Ok(()) }
    }

    fn say(&self, done: Done) -> Result<(), Gone> {
        self.done.blocking_send(done).map_err(|_| Gone)
    }
}

/// A kind of failure as the sender is told.
fn fail_reason(kind: FailureKind) -> FailReason {
    match kind {
        FailureKind::DiskFull => FailReason::NoSpace,
        FailureKind::FolderReadOnly => FailReason::ReadOnly,
        FailureKind::FolderForbidden => FailReason::Forbidden,
        FailureKind::FolderMissing => FailReason::FolderMissing,
        FailureKind::WrongDigest => FailReason::WrongDigest,
        _ => FailReason::Disk,
    }
}
