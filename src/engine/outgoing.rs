//! A transfer from this computer: look at what was chosen, dial, greet, send, and after an interruption again.

mod getting_in;
mod record;
mod tries;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use tokio::task::spawn_blocking;
use tokio::time::sleep_until;

use crate::engine::approach::{Approached, Sources};
use crate::engine::core::Core;
use crate::engine::keeping::remember_address;
use crate::engine::outgoing::getting_in::get_in;
use crate::engine::outgoing::record::Record;
use crate::engine::outgoing::tries::{Tries, is_passing};
use crate::engine::parting::close;
use crate::engine::task::{End, Task};
use crate::engine::{Credentials, Direction, Event, Named, Peer, Target, Transfer, pairing};
use crate::model::{
    Failure, FailureKind, Leftover, Links, Outcome, Outgoing, Step, TransferId, TransferState, shown_name,
    size,
};
use crate::net::signer_of;
use crate::session::{Meter, Parties, Remembered, SendJob};
use crate::storage::Roots;
use crate::wire::Purpose;

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
        sources: parcel.sources(),
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
    Named { name: shown_name(path), bytes: None }
}

async fn run(task: Arc<Task>, parcel: Parcel, to: Target, mut with: Credentials, peer: Peer) -> End {
    let roots = tokio::select! {
        roots = look(parcel.clone()) => roots,
        stopped = task.cancel.cancelled() => return End::stopped(stopped),
    };
    let roots = match roots {
        Ok(roots) => roots,
        Err(failure) => return End::failed(failure),
    };
    let mut tries = Tries::default();
    let end = try_on(&task, &parcel, &roots, (&to, &mut with, &peer), &mut tries).await;
    // Also between two tries, when nobody is there to be told.
    if let (End::Cancelled(_, Leftover::Remove), Some((transfer, receiver))) = (&end, tries.begun) {
        let forgotten = task.core.records.forget_transfer(Direction::Outgoing, transfer, receiver).await;
        if let Err(failure) = forgotten {
            task.core.fact(Event::Notice(failure));
        }
        task.core.tell_unfinished().await;
    }
    end
}

/// Tries until it ends, or nobody was there for too long.
async fn try_on(
    task: &Arc<Task>,
    parcel: &Parcel,
    roots: &Roots,
    (to, with, peer): (&Target, &mut Credentials, &Peer),
    tries: &mut Tries,
) -> End {
    loop {
        let failure = match attempt(task, parcel, roots, (to, with, peer), tries).await {
            Attempt::Over(end) => return end,
            Attempt::Lost(failure) => failure,
        };
        let Some(until) = tries.next(task.core.patience) else {
            return End::Not(Outcome::Interrupted, failure);
        };
        task.step(Step::Lose);
        tokio::select! {
            () = sleep_until(until) => {}
            stopped = task.cancel.cancelled() => return End::stopped(stopped),
        }
    }
}

/// How one try ended.
enum Attempt {
    Over(End),
    /// Bytes had gone, and the line was lost, or nobody was there again yet.
    Lost(Failure),
}

async fn attempt(
    task: &Arc<Task>,
    parcel: &Parcel,
    roots: &Roots,
    (to, with, peer): (&Target, &mut Credentials, &Peer),
    tries: &mut Tries,
) -> Attempt {
    let sources = parcel.sources();
    let sources = Sources { paths: &sources, links: parcel.links };
    let approached = tokio::select! {
        approached = get_in(task, to, peer, with, &sources) => approached,
        // Dropped in the middle the connection just ends: nothing was offered yet.
        stopped = task.cancel.cancelled() => return Attempt::Over(End::stopped(stopped)),
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
    let record = match Record::begin(task, parcel, (device, address), tries).await {
        Ok(record) => record,
        Err(failure) => {
            close(&task.core, link);
            return Attempt::Over(End::failed(failure));
        }
    };
    let mut job = SendJob {
        parties: Parties {
            transfer: record.transfer(),
            sender: task.core.identity.device(),
            receiver: device,
        },
        signer_of,
        roots: roots.clone(),
        purpose: parcel.purpose,
        limits: task.core.manifests(),
        meter: Arc::clone(&task.meter),
        cancel: task.cancel.clone(),
        wish: task.wish(),
        remembered: may_be_remembered.then(Remembered::default),
    };
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

/// Whether it may still say that it remembers us: we do, and it did not yet.
async fn wished(core: &Core, peer: &Peer) -> bool {
    match peer.id {
        Some(id) if !peer.remembers_us => core.records.device(&id).await.is_ok_and(|known| known.is_some()),
        Some(_) | None => false,
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
