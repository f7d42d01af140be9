//! A transfer from this computer: look at what was chosen, dial, greet, send, and after an interruption again.

mod getting_in;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use tokio::task::spawn_blocking;
use tokio::time::{Instant, sleep_until};

use crate::engine::approach::{Approached, Sources};
use crate::engine::core::Core;
use crate::engine::keeping::remember_address;
use crate::engine::outgoing::getting_in::get_in;
use crate::engine::parting::{close, leave};
use crate::engine::task::{End, Task, names, shown};
use crate::engine::{Credentials, Direction, Event, Named, Peer, Target, Transfer, failures, pairing};
use crate::model::{
    DeclineReason, DeviceId, Failure, FailureKind, HostPort, Leftover, Links, Moment, Outcome, Outgoing,
    Side, Step, TransferId, TransferState, size,
};
use crate::net::signer_of;
use crate::session::{Ledger, Link, Listing, Meter, Remembered, SendEnd, SendJob, SendNews, send};
use crate::session::{Parties, SignedReceipt};
use crate::storage::Roots;
use crate::wire::Purpose;

/// Between two tries: soon at first, for a cable that was pulled and put back, then seldom enough to cost nothing.
const PAUSES: [Duration; 5] = [
    Duration::from_secs(1),
    Duration::from_secs(2),
    Duration::from_secs(5),
    Duration::from_secs(10),
    Duration::from_secs(20),
];

/// What is to be sent, and how.
#[derive(Clone, Debug)]
pub(super) struct Parcel {
    pub(super) paths: Vec<PathBuf>,
    pub(super) links: Links,
    pub(super) purpose: Purpose,
}

/// Starts a transfer.
pub(super) fn start(core: &Arc<Core>, parcel: Parcel, to: Target, with: Credentials) {
    let task = Task::register(core, Arc::new(Meter::limited(Arc::clone(&core.speed))));
    let first = parcel.paths.iter().take(Transfer::MAX_NAMES);
    let peer = core.peer_of(&to);
    core.fact(Event::Started(Box::new(Transfer {
        names: first.map(|path| named(path)).collect(),
        files: size::from_len(parcel.paths.len()),
        sources: parcel.paths.clone(),
        ..Transfer::new(task.key, Direction::Outgoing, peer.clone(), TransferState::Preparing)
    })));
    let work = run(Arc::clone(&task), parcel, to, with, peer);
    core.spawn(task.run(work));
}

/// Goes on with a transfer that was interrupted: the same sources to the same device, where it was last.
pub(super) fn go_on(core: &Arc<Core>, transfer: TransferId, with: Credentials) {
    let core_there = Arc::clone(core);
    core.spawn(async move {
        let found = core_there.records.outgoing_by_id(transfer).await;
        let no_such = || Failure::here(FailureKind::NoSuchTransfer).about(transfer.to_string());
        match found.and_then(|found| found.ok_or_else(no_such)) {
            Ok(Outgoing { receiver, address, sources, links, .. }) => {
                let parcel = Parcel { paths: sources, links, purpose: Purpose::Send };
                let with = Credentials { device: Some(receiver), ..with };
                let is_paired =
                    core_there.records.device(&receiver).await.is_ok_and(|paired| paired.is_some());
                let to = if is_paired { Target::Device(receiver) } else { Target::Address(address) };
                start(&core_there, parcel, to, with);
            }
            Err(failure) => core_there.fact(Event::Notice(failure)),
        }
    });
}

fn named(path: &Path) -> Named {
    Named { name: shown(path.file_name().unwrap_or(path.as_os_str()).as_ref()), bytes: None }
}

async fn run(task: Arc<Task>, parcel: Parcel, to: Target, mut with: Credentials, peer: Peer) -> End {
    let roots = tokio::select! {
        roots = look(parcel.clone()) => roots,
        () = task.cancel.cancelled() => return End::cancelled(Side::Here, task.cancel.leftover()),
    };
    let roots = match roots {
        Ok(roots) => roots,
        Err(failure) => return End::failed(failure),
    };
    let mut tries = Tries::default();
    loop {
        let attempt = attempt(&task, &parcel, &roots, (&to, &mut with, &peer), &mut tries).await;
        let failure = match attempt {
            Attempt::Over(end) => return end,
            Attempt::Lost(failure) => failure,
        };
        let Some(until) = tries.next(task.core.patience) else {
            return End::Not(Outcome::Interrupted, failure);
        };
        task.step(Step::Lose);
        tokio::select! {
            () = sleep_until(until) => {}
            () = task.cancel.cancelled() => return End::cancelled(Side::Here, task.cancel.leftover()),
        }
    }
}

/// How one try ended.
enum Attempt {
    Over(End),
    /// Bytes had gone, and the line was lost, or nobody was there again yet.
    Lost(Failure),
}

/// When to try again.
#[derive(Default)]
struct Tries {
    /// What the transfer is called, once bytes were agreed to: from then on it is worth trying again.
    begun: Option<(TransferId, DeviceId)>,
    lost_at: Option<Instant>,
    count: usize,
}

impl Tries {
    /// Bytes go again.
    fn begin(&mut self, transfer: TransferId, receiver: DeviceId) {
        *self = Self { begun: Some((transfer, receiver)), lost_at: None, count: 0 };
    }

    /// When to try the next time; `None`: no more.
    fn next(&mut self, patience: Duration) -> Option<Instant> {
        let now = Instant::now();
        let lost_at = *self.lost_at.get_or_insert(now);
        let pause = PAUSES.get(self.count).or(PAUSES.last()).copied()?;
        self.count += 1;
        (now + pause < lost_at + patience).then(|| now + pause)
    }
}

async fn attempt(
    task: &Arc<Task>,
    parcel: &Parcel,
    roots: &Roots,
    (to, with, peer): (&Target, &mut Credentials, &Peer),
    tries: &mut Tries,
) -> Attempt {
    let sources = Sources { paths: &parcel.paths, links: parcel.links };
    let approached = tokio::select! {
        approached = get_in(task, to, peer, with, &sources) => approached,
        // Dropped in the middle the connection just ends: nothing was offered yet.
        () = task.cancel.cancelled() => {
            return Attempt::Over(End::cancelled(Side::Here, task.cancel.leftover()));
        }
    };
    let Approached { link, peer, address } = match approached {
        Ok(approached) => approached,
        Err(failure) if tries.begun.is_some() && is_passing(&failure) => return Attempt::Lost(failure),
        Err(failure) => return Attempt::Over(End::failed(failure)),
    };
    let Some(device) = peer.id else {
        close(&task.core, link);
        return Attempt::Over(End::failed(Failure::here(FailureKind::Internal)));
    };
    // The code is spent, and the device is proven: it is this one, and no other, that is looked for again.
    (with.code, with.device) = (None, Some(device));
    let may_be_remembered = wished(&task.core, &peer).await;
    task.met(peer);
    remember_address(&task.core, &address);
    let named = name(&task.core, parcel, device, tries).await;
    let (transfer, started, novelty) = match named {
        Ok(named) => named,
        Err(failure) => {
            close(&task.core, link);
            return Attempt::Over(End::failed(failure));
        }
    };
    let mut job = SendJob {
        parties: Parties { transfer, sender: task.core.identity.device(), receiver: device },
        signer_of,
        roots: roots.clone(),
        purpose: parcel.purpose,
        limits: task.core.manifests(),
        meter: Arc::clone(&task.meter),
        cancel: task.cancel.clone(),
        wish: task.wish(),
        remembered: may_be_remembered.then(Remembered::default),
    };
    let record = Record { task, parcel, device, address, transfer, started, novelty };
    // Before anything is offered: what the receiver may have taken when we are stopped must be found again.
    if parcel.purpose == Purpose::Send
        && let Err(failure) = task.core.records.begin_outgoing(record.outgoing(0, 0)).await
    {
        close(&task.core, link);
        return Attempt::Over(End::failed(failure));
    }
    let attempt = record.converse(link, &mut job, tries).await;
    if let Some(Some(key)) = job.remembered.and_then(|word| word.get().cloned())
        && let Err(failure) = pairing::remembered(&task.core, device, key).await
    {
        task.core.fact(Event::Notice(failure));
    }
    task.core.tell_devices().await;
    task.core.tell_unfinished().await;
    attempt
}

/// Whether trying again may help: nobody is there, or there is no place.
fn is_passing(failure: &Failure) -> bool {
    matches!(
        failure.kind,
        FailureKind::NobodyListens
            | FailureKind::Unreachable
            | FailureKind::NameNotFound
            | FailureKind::NotSampan
            | FailureKind::ConnectionLost
            | FailureKind::Busy
    )
}

/// Whether the receiver would take it once its disk is mended.
fn is_of_their_disk(failure: &Failure) -> bool {
    failure.side == Side::There && matches!(failure.kind, FailureKind::DiskFull | FailureKind::WriteFailed)
}

/// What the transfer is called, and since when: as before, if the same things went to the same device and did not all arrive.
async fn name(
    core: &Core,
    parcel: &Parcel,
    device: DeviceId,
    tries: &Tries,
) -> Result<(TransferId, Moment, Novelty), Failure> {
    let now = Moment::from(SystemTime::now());
    if parcel.purpose == Purpose::Send
        && let Some(outgoing) = core.records.outgoing(device, &parcel.paths, parcel.links).await?
    {
        return Ok((outgoing.transfer, outgoing.at, Novelty::Known));
    }
    // Somebody may have removed its record meanwhile.
    match tries.begun.filter(|(_, receiver)| *receiver == device) {
        Some((transfer, _)) => Ok((transfer, now, Novelty::Known)),
        None => Ok((transfer_id()?, now, Novelty::New)),
    }
}

/// Whether a transfer was written down before.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Novelty {
    New,
    Known,
}

/// What was listed, and what becomes of it.
type Listed = (Arc<Listing>, Arc<Ledger>);

/// One try, and what is written down about it.
struct Record<'a> {
    task: &'a Arc<Task>,
    parcel: &'a Parcel,
    device: DeviceId,
    address: HostPort,
    transfer: TransferId,
    started: Moment,
    novelty: Novelty,
}

impl Record<'_> {
    async fn converse(&self, mut link: Link, job: &mut SendJob, tries: &mut Tries) -> Attempt {
        let has_begun = std::sync::atomic::AtomicBool::new(false);
        let listed = std::sync::OnceLock::new();
        let sent = send(&mut link, job, |news| {
            if matches!(news, SendNews::Step(Step::Accept)) {
                has_begun.store(true, std::sync::atomic::Ordering::Release);
                self.begin(listed.get());
            }
            if let SendNews::Listed(listing, ledger) = &news {
                listed.get_or_init(|| (Arc::clone(listing), Arc::clone(ledger)));
            }
            self.tell(news);
        });
        let sent = sent.await;
        if has_begun.load(std::sync::atomic::Ordering::Acquire) {
            tries.begin(self.transfer, self.device);
        }
        let end = match sent {
            Ok(end) => {
                close(&self.task.core, link);
                ended(end)
            }
            Err(error) => leave(&self.task.core, link, &error),
        };
        match end {
            End::Not(Outcome::Interrupted, failure) if tries.begun.is_some() => Attempt::Lost(failure),
            end => {
                self.settle(&end, listed.get(), tries.begun.is_some()).await;
                Attempt::Over(end)
            }
        }
    }

    fn outgoing(&self, files: u64, bytes: u64) -> Outgoing {
        Outgoing {
            transfer: self.transfer,
            receiver: self.device,
            address: self.address.clone(),
            sources: self.parcel.paths.clone(),
            links: self.parcel.links,
            label: self.parcel.paths.first().map(|path| named(path).name).unwrap_or_default(),
            files,
            bytes,
            at: self.started,
        }
    }

    /// Writes down how much it is, once that is known.
    async fn keep_known(&self, listed: Option<&Listed>) -> Result<(), Failure> {
        let Some((listing, _)) = listed else { return Ok(()) };
        self.task.core.records.begin_outgoing(self.measured(listing)).await
    }

    fn measured(&self, listing: &Listing) -> Outgoing {
        self.outgoing(listing.manifest.files(), listing.manifest.summary().bytes)
    }

    /// Bytes go: now it is known how many.
    fn begin(&self, listed: Option<&Listed>) {
        let Some((listing, _)) = listed else { return };
        let outgoing = self.measured(listing);
        let core = Arc::clone(&self.task.core);
        self.task.core.spawn(async move {
            if let Err(failure) = core.records.begin_outgoing(outgoing).await {
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
                    id: self.transfer,
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
        let forget = || records.forget_transfer(Direction::Outgoing, self.transfer, self.device);
        let is_delivered =
            matches!(end, End::Settled) && listed.is_none_or(|(_, ledger)| !ledger.failed_there());
        let settled = match end {
            _ if is_delivered => records.finish_outgoing(self.transfer).await,
            End::Cancelled(_, Leftover::Remove) => forget().await,
            // The receiver may have agreed, and its word been lost: it waits for this one. Or its disk would not take it yet.
            End::Not(Outcome::Interrupted, _) => self.keep_known(listed).await,
            End::Not(Outcome::Failed, failure) if is_of_their_disk(failure) => self.keep_known(listed).await,
            // Nobody took anything of it.
            _ if !has_begun && self.novelty == Novelty::New => forget().await,
            End::Settled | End::Cancelled(_, Leftover::Keep) | End::Not(..) => Ok(()),
        };
        if let Err(failure) = settled {
            self.task.core.fact(Event::Notice(failure));
        }
    }
}

/// Whether it may still say that it remembers us: we do, and it did not yet.
async fn wished(core: &Core, peer: &Peer) -> bool {
    match peer.id {
        Some(id) if !peer.remembers_us => core.records.device(&id).await.is_ok_and(|known| known.is_some()),
        Some(_) | None => false,
    }
}

fn ended(end: SendEnd) -> End {
    match end {
        SendEnd::Delivered => End::Settled,
        SendEnd::Declined(reason @ (DeclineReason::NoSpace | DeclineReason::Folder)) => {
            End::failed(failures::declined(reason)) // nobody said no
        }
        SendEnd::Declined(reason) => End::Not(Outcome::Declined, failures::declined(reason)),
        SendEnd::NotAnswered => End::Not(Outcome::Declined, Failure::there(FailureKind::NotAnswered)),
        SendEnd::Cancelled(by, leftover) => End::cancelled(by, leftover),
        SendEnd::NothingToOffer => End::failed(Failure::here(FailureKind::NothingToSend)),
    }
}

/// Looks at what was chosen before anything is dialled. Errors: the first of it that cannot be sent.
async fn look(parcel: Parcel) -> Result<Roots, Failure> {
    if parcel.paths.is_empty() {
        return Err(Failure::here(FailureKind::NothingToSend));
    }
    match spawn_blocking(move || Roots::look(&parcel.paths, parcel.links)).await {
        Ok(roots) => roots.map_err(|error| error.failure()),
        Err(_) => Err(Failure::here(FailureKind::Internal)),
    }
}

fn transfer_id() -> Result<TransferId, Failure> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).map_err(|error| {
        Failure::here(FailureKind::Internal).because(format!("no random numbers: {error}"))
    })?;
    Ok(TransferId::from_bytes(bytes))
}
