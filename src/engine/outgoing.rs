//! A transfer from this computer: look at the files, dial, greet, send.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use tokio::task::spawn_blocking;
use tokio::time::timeout;

use crate::engine::approach::{Approached, Denied, approach};
use crate::engine::core::Core;
use crate::engine::keeping::remember_address;
use crate::engine::parting::{close, leave};
use crate::engine::task::{End, Task, names, shown};
use crate::engine::{
    CodeWanted, Credentials, Direction, Event, Named, Peer, Progress, Remember, Target, Transfer,
    WithoutCode, failures, pairing,
};
use crate::model::{
    Code, DeclineReason, Failure, FailureKind, Outcome, Side, Step, TransferId, TransferState, size,
};
use crate::pairing::Errand;
use crate::session::{Ledger, Link, Remembered, SendEnd, SendJob, send};
use crate::storage::Source;
use crate::wire::is_sendable;

/// Starts a transfer of `paths` to `to`.
pub(super) fn start(core: &Arc<Core>, paths: Vec<PathBuf>, to: Target, with: Credentials) {
    let task = Task::register(core, Arc::default());
    let first = paths.iter().take(Transfer::MAX_NAMES);
    let peer = core.peer_of(&to);
    core.fact(Event::Started(Box::new(Transfer {
        names: first.map(|path| named(path)).collect(),
        files: size::from_len(paths.len()),
        ..row(&task, &peer, &paths)
    })));
    let work = run(Arc::clone(&task), paths, to, with, peer);
    core.spawn(task.run(work));
}

fn named(path: &Path) -> Named {
    Named { name: shown(path.file_name().unwrap_or(path.as_os_str()).as_ref()), bytes: None }
}

fn row(task: &Task, peer: &Peer, paths: &[PathBuf]) -> Transfer {
    Transfer {
        key: task.key,
        direction: Direction::Outgoing,
        peer: peer.clone(),
        names: Vec::new(),
        files: 0,
        bytes: 0,
        folder: None,
        state: TransferState::Preparing,
        progress: Progress::default(),
        prompt: None,
        code_wanted: None,
        ending: None,
        sources: paths.to_vec(),
    }
}

async fn run(task: Arc<Task>, paths: Vec<PathBuf>, to: Target, with: Credentials, peer: Peer) -> End {
    let sources = tokio::select! {
        sources = inspect(paths.clone()) => sources,
        () = task.cancel.cancelled() => return End::cancelled(Side::Here),
    };
    let sources = match sources {
        Ok(sources) if is_sendable(sources.iter().map(Source::entry)) => sources,
        Ok(_) => return End::failed(Failure::here(FailureKind::TooManyFiles)),
        Err(failure) => return End::failed(failure),
    };
    let entries = || sources.iter().map(Source::entry);
    let known = Transfer {
        names: names(entries()),
        files: size::from_len(sources.len()),
        bytes: entries().map(|entry| entry.size).sum(),
        ..row(&task, &peer, &paths)
    };
    task.core.fact(Event::Started(Box::new(known)));
    let ledger = Arc::new(Ledger::of_sources(Arc::clone(&sources)));
    task.keep_ledger(&ledger);
    let approached = tokio::select! {
        approached = get_in(&task, &to, &peer, with) => approached,
        // Dropped in the middle the connection just ends: nothing was offered yet.
        () = task.cancel.cancelled() => return End::cancelled(Side::Here),
    };
    let Approached { link, peer, address } = match approached {
        Ok(approached) => approached,
        Err(failure) => return End::failed(failure),
    };
    let may_be_remembered = wished(&task.core, &peer).await;
    let id = peer.id;
    task.met(peer);
    remember_address(&task.core, &address);
    match transfer_id() {
        Ok(transfer) => {
            let (meter, cancel) = (Arc::clone(&task.meter), task.cancel.clone());
            let remembered = may_be_remembered.then(Remembered::default);
            let job = SendJob { transfer, sources, ledger, meter, cancel, remembered };
            let end = converse(&task, link, &job).await;
            if let (Some(id), Some(Some(key))) = (id, job.remembered.and_then(|word| word.get().cloned()))
                && let Err(failure) = pairing::remembered(&task.core, id, key).await
            {
                task.core.fact(Event::Notice(failure));
            }
            task.core.tell_devices().await;
            end
        }
        Err(failure) => End::failed(failure),
    }
}

/// Whether it may still say that it remembers us: we do, and it did not yet.
async fn wished(core: &Core, peer: &Peer) -> bool {
    match peer.id {
        Some(id) if !peer.remembers_us => core.records.device(&id).await.is_ok_and(|known| known.is_some()),
        Some(_) | None => false,
    }
}

/// Gets in, asking a person for the code as often as it takes. Errors: why it is no use.
async fn get_in(task: &Task, to: &Target, peer: &Peer, mut with: Credentials) -> Result<Approached, Failure> {
    loop {
        task.step(Step::Connect);
        let failure = match approach(&task.core, to, &with, Errand::Send, &task.meter).await {
            Ok(approached) => return Ok(approached),
            Err(Denied::ByCode(failure)) if with.without_code == WithoutCode::Ask => failure,
            Err(Denied::ByPassword { failure, by }) => {
                // For whoever types another one: it goes to this device and to no other.
                task.met(Peer { id: Some(by), ..peer.clone() });
                return Err(failure);
            }
            Err(Denied::ByCode(failure) | Denied::For(failure)) => return Err(failure),
        };
        let (code, remember) = ask_code(task, failure).await?;
        with = Credentials { code: Some(code), remember, ..with };
    }
}

/// Asks a person for the code that the other side shows. Errors: nobody answered in time.
async fn ask_code(task: &Task, failure: Failure) -> Result<(Code, Remember), Failure> {
    let mut answers = task.core.codes.open(task.key);
    let limit = task.core.timing.decision;
    // That a code is needed is no failure of a code that was tried.
    let last = Some(failure.clone()).filter(|failure| failure.kind != FailureKind::CodeNeeded);
    let wanted = CodeWanted { last, until: Instant::now() + limit };
    task.step(Step::AskCode);
    task.core.fact(Event::CodeWanted { transfer: task.key, wanted: Box::new(wanted) });
    let answer = timeout(limit, answers.recv()).await;
    task.core.codes.close(&task.key);
    match answer {
        Ok(Some(answer)) => Ok(answer),
        Ok(None) | Err(_) => Err(failure),
    }
}

async fn converse(task: &Task, mut link: Link, job: &SendJob) -> End {
    match send(&mut link, job, |step| task.step(step)).await {
        Ok(end) => {
            close(&task.core, link);
            ended(end)
        }
        Err(error) => leave(&task.core, link, &error),
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
        SendEnd::Cancelled(by) => End::cancelled(by),
    }
}

/// Looks at all files before anything is sent. Errors: the first file that cannot be.
async fn inspect(paths: Vec<PathBuf>) -> Result<Arc<[Source]>, Failure> {
    if paths.is_empty() {
        return Err(Failure::here(FailureKind::NothingToSend));
    }
    let look = move || paths.iter().map(|path| Source::inspect(path)).collect::<Result<Arc<[_]>, _>>();
    match spawn_blocking(look).await {
        Ok(sources) => sources.map_err(|error| error.failure()),
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
