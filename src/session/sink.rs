//! The receiver's disk side: writes and hashes what arrives, syncs and renames it, on a thread of its own.
//!
//! Small files share their syncs: finished parts wait in a batch and are published together.

use std::sync::Arc;
use std::time::{Duration, Instant};

use sha2::{Digest as _, Sha256};
use tokio::runtime::Handle;
use tokio::sync::mpsc;
use tokio::time::timeout;

use crate::model::{DeviceId, Digest, Entry, EntryIndex, Failure, FailureKind, LocalName, TransferId};
use crate::session::{Block, Cursor, Ledger};
use crate::storage::{Batch, Folder, Naming, Part, Staging, WriteError};
use crate::wire::FailReason;

/// A batch is published when it has as many files as it may hold, or this many bytes: then one sync costs about as much as the writing did …
const BATCH_BYTES: u64 = 64 * 1024 * 1024;
/// … or when its first file has waited this long, so that the sender sees files become safe.
const BATCH_AGE: Duration = Duration::from_millis(500);

/// What the session asks of the disk, in order.
#[derive(Debug)]
pub(super) enum Order {
    /// A file begins.
    Open(EntryIndex),
    /// Some of its bytes.
    Write(Block),
    /// It ends, and this is the digest it should have.
    Finish(EntryIndex, Digest),
    /// It ends without success: forget it.
    Forget,
    /// Nothing follows: publish what waits.
    Settle,
}

/// What the disk answers.
#[derive(Debug)]
pub(super) enum Done {
    /// Files that are safe under these names, in ascending order of entries.
    Saved(Vec<(EntryIndex, LocalName)>),
    /// A file that is not, and why.
    Failed(EntryIndex, FailReason, FailureKind),
    /// Answer to [`Order::Settle`]: everything is settled.
    Settled,
}

/// The disk's end of both channels, and what it writes where.
pub(super) struct Sink {
    pub(super) orders: mpsc::Receiver<Order>,
    pub(super) done: mpsc::Sender<Done>,
    pub(super) folder: Folder,
    pub(super) sender: DeviceId,
    pub(super) transfer: TransferId,
    /// Made with the first file.
    pub(super) staging: Option<Staging>,
    pub(super) entries: Cursor,
    pub(super) ledger: Arc<Ledger>,
}

/// The session is gone: leave nothing behind.
struct Gone;

/// A file that is being written.
struct Current {
    entry: EntryIndex,
    part: Part,
    hasher: Sha256,
    /// A batch was published since it was begun: that sync may have heard of an error in these bytes, and the next
    /// batch's would not hear of it again. So this part is synced by itself.
    straddles: bool,
}

impl Sink {
    /// Works until the session hangs up. Files that are complete by then are published, a part of one is removed.
    /// Blocks; needs a runtime handle to wait with a limit.
    pub(super) fn run(mut self, runtime: &Handle) {
        let mut current = None;
        let mut waiting = Waiting::default();
        while let Some(order) = self.next_order(&mut current, &mut waiting, runtime) {
            if self.obey(order, &mut current, &mut waiting).is_err() {
                break;
            }
        }
        self.publish(&mut current, &mut waiting).ok(); // nobody may be there to hear of it
        drop(current);
        if let Some(Err(error)) = self.staging.map(Staging::clear) {
            tracing::debug!(%error, "what is left of a transfer could not be removed");
        }
    }

    /// The next order. Files that wait are published when they have waited long enough, also if no order comes.
    fn next_order(
        &mut self,
        current: &mut Option<Current>,
        waiting: &mut Waiting,
        runtime: &Handle,
    ) -> Option<Order> {
        if let Some(due) = waiting.due() {
            let left = due.saturating_duration_since(Instant::now());
            match runtime.block_on(async { timeout(left, self.orders.recv()).await }) {
                Ok(order) => return order,
                Err(_) => self.publish(current, waiting).ok()?,
            }
        }
        self.orders.blocking_recv()
    }

    fn obey(
        &mut self,
        order: Order,
        current: &mut Option<Current>,
        waiting: &mut Waiting,
    ) -> Result<(), Gone> {
        match order {
            Order::Open(entry) => {
                let offered = match self.entries.get(entry) {
                    Ok(Some(offered)) => offered.clone(),
                    Ok(None) => return Ok(()),
                    Err(error) => return self.failed(entry, &error.failure()),
                };
                match self.open(waiting, entry, &offered) {
                    Ok(part) => {
                        *current = Some(Current { entry, part, hasher: Sha256::new(), straddles: false });
                    }
                    Err(error) => self.failed(entry, &error.failure())?,
                }
            }
            Order::Write(block) => {
                // Without a current file these are bytes of one that failed: they cross our Failed and are dropped.
                if let Some(file) = current {
                    file.hasher.update(block.filled());
                    if let Err(error) = file.part.write_all(block.filled()) {
                        let entry = file.entry;
                        *current = None;
                        self.failed(entry, &error.failure())?;
                    }
                }
            }
            Order::Finish(entry, expected) => {
                if let Some(file) = current.take() {
                    self.finish(entry, expected, file, waiting)?;
                }
            }
            Order::Forget => *current = None,
            Order::Settle => {
                self.publish(current, waiting)?;
                return self.say(Done::Settled);
            }
        }
        if waiting.is_due() { self.publish(current, waiting) } else { Ok(()) }
    }

    fn open(
        &mut self,
        waiting: &mut Waiting,
        entry: EntryIndex,
        offered: &Entry,
    ) -> Result<Part, WriteError> {
        let staging = match self.staging.take() {
            Some(staging) => staging,
            None => Staging::open(&self.folder, &self.sender, &self.transfer)?,
        };
        let staging = self.staging.insert(staging);
        // The batch's descriptor must be older than the first write, or a sync could miss an error.
        waiting.batch(staging)?;
        staging.create(entry, offered)
    }

    fn finish(
        &mut self,
        entry: EntryIndex,
        expected: Digest,
        file: Current,
        waiting: &mut Waiting,
    ) -> Result<(), Gone> {
        let digest = Digest::from_bytes(file.hasher.finalize().into());
        if digest != expected {
            tracing::debug!(entry, "a file arrived with another digest than its sender's");
            return self.say(Done::Failed(entry, FailReason::WrongDigest, FailureKind::WrongDigest));
        }
        let offered = match self.entries.get(entry) {
            Ok(Some(offered)) => offered.clone(),
            Ok(None) => return Ok(()),
            Err(error) => return self.failed(entry, &error.failure()),
        };
        let straddles = file.straddles;
        let completed = file.part.complete(&offered).and_then(|part| {
            if straddles {
                part.sync_alone()?;
            }
            let Some(staging) = &self.staging else { return Ok(()) }; // made with the part
            let batch = waiting.batch(staging)?;
            let name = LocalName::of(offered.path.name());
            batch.add(part, self.folder.clone(), name, Naming::KeepBoth);
            Ok(())
        });
        match completed {
            Ok(()) => {
                self.ledger.digest(entry, digest, offered.size);
                waiting.since.get_or_insert_with(Instant::now);
                Ok(())
            }
            Err(error) => self.failed(entry, &error.failure()),
        }
    }

    fn publish(&self, current: &mut Option<Current>, waiting: &mut Waiting) -> Result<(), Gone> {
        let Some(batch) = waiting.take() else { return Ok(()) };
        if let Some(file) = current {
            file.straddles = true;
        }
        let mut saved = Vec::new();
        let named = match batch.sync() {
            Ok(synced) => synced.name(&mut |_| Ok(())),
            Err(failed) => failed.into_iter().map(|(entry, error)| (entry, Err(error))).collect(),
        };
        for (entry, result) in named {
            match result {
                Ok(name) => saved.push((entry, name)),
                Err(error) => self.failed(entry, &error.failure())?,
            }
        }
        saved.sort_by_key(|(entry, _)| *entry);
        if saved.is_empty() { Ok(()) } else { self.say(Done::Saved(saved)) }
    }

    fn failed(&self, entry: EntryIndex, failure: &Failure) -> Result<(), Gone> {
        tracing::debug!(entry, %failure, "a file could not be saved");
        self.say(Done::Failed(entry, fail_reason(failure.kind), failure.kind))
    }

    fn say(&self, done: Done) -> Result<(), Gone> {
        self.done.blocking_send(done).map_err(|_| Gone)
    }
}

/// Files that are complete and wait to be published together.
#[derive(Default)]
struct Waiting {
    batch: Option<Batch>,
    since: Option<Instant>,
}

impl Waiting {
    fn batch(&mut self, staging: &Staging) -> Result<&mut Batch, WriteError> {
        if self.batch.is_none() {
            self.batch = Some(Batch::new(staging)?);
        }
        Ok(self.batch.as_mut().expect("made above"))
    }

    fn take(&mut self) -> Option<Batch> {
        self.since = None;
        self.batch.take().filter(|batch| !batch.is_empty())
    }

    fn is_due(&self) -> bool {
        let full = |batch: &Batch| batch.len() >= Batch::MAX_PARTS || batch.bytes() >= BATCH_BYTES;
        self.batch.as_ref().is_some_and(full) || self.due().is_some_and(|due| Instant::now() >= due)
    }

    /// When the first file that waits has waited long enough.
    fn due(&self) -> Option<Instant> {
        self.since.map(|since| since + BATCH_AGE)
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
