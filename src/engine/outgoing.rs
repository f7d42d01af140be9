//! A transfer from this computer: look at the files, dial, greet, send.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use tokio::task::spawn_blocking;

use crate::engine::core::Core;
use crate::engine::keeping::remember_address;
use crate::engine::parting::{close, leave};
use crate::engine::task::{End, Task, names, shown};
use crate::engine::{Direction, Event, Named, Peer, Progress, Transfer, failures};
use crate::model::{
    DeclineReason, Failure, FailureKind, HostPort, Outcome, Side, Step, TransferId, TransferState, size,
};
use crate::net::{Connection, connect};
use crate::session::{Ledger, Link, SendEnd, SendJob, SessionError, greet, send};
use crate::storage::Source;
use crate::wire::{ByeReason, is_sendable};

/// Starts a transfer of `paths` to `to`.
pub(super) fn start(core: &Arc<Core>, paths: Vec<PathBuf>, to: HostPort) {
    let task = Task::register(core, Arc::default());
    let first = paths.iter().take(Transfer::MAX_NAMES);
    core.fact(Event::Started(Box::new(Transfer {
        names: first.map(|path| named(path)).collect(),
        files: size::from_len(paths.len()),
        ..row(&task, &to, &paths)
    })));
    let work = run(Arc::clone(&task), paths, to);
    core.spawn(task.run(work));
}

fn named(path: &Path) -> Named {
    Named { name: shown(path.file_name().unwrap_or(path.as_os_str()).as_ref()), bytes: None }
}

fn row(task: &Task, to: &HostPort, paths: &[PathBuf]) -> Transfer {
    Transfer {
        key: task.key,
        direction: Direction::Outgoing,
        peer: Peer { name: None, fingerprint: None, address: to.to_string() },
        names: Vec::new(),
        files: 0,
        bytes: 0,
        folder: None,
        state: TransferState::Preparing,
        progress: Progress::default(),
        prompt: None,
        ending: None,
        sources: paths.to_vec(),
    }
}

async fn run(task: Arc<Task>, paths: Vec<PathBuf>, to: HostPort) -> End {
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
        ..row(&task, &to, &paths)
    };
    task.core.fact(Event::Started(Box::new(known)));
    let ledger = Arc::new(Ledger::of_sources(Arc::clone(&sources)));
    task.keep_ledger(&ledger);
    task.step(Step::Connect);
    let connection = tokio::select! {
        connection = connect(&to, &task.core.identity, task.core.connect_limits()) => connection,
        () = task.cancel.cancelled() => return End::cancelled(Side::Here),
    };
    let connection = match connection {
        Ok(connection) => connection,
        Err(error) => return End::failed(failures::net(&error)),
    };
    match transfer_id() {
        Ok(transfer) => {
            let (meter, cancel) = (Arc::clone(&task.meter), task.cancel.clone());
            let job = SendJob { transfer, sources, ledger, meter, cancel };
            converse(&task, &to, connection, &job).await
        }
        Err(failure) => End::failed(failure),
    }
}

async fn converse(task: &Task, to: &HostPort, connection: Connection, job: &SendJob) -> End {
    let Connection { stream, device, address, .. } = connection;
    let mut link = Link::new(stream, task.core.timing, Arc::clone(&task.meter));
    let name = task.core.device_name();
    let greeting = tokio::select! {
        greeting = greet(&mut link, &name) => greeting,
        () = task.cancel.cancelled() => {
            task.core.spawn(async move { link.leave(ByeReason::Leaving, "cancelled").await });
            return End::cancelled(Side::Here);
        }
    };
    match greeting {
        Ok(greeting) => {
            let (name, fingerprint) = (greeting.name, Some(device.fingerprint()));
            task.met(Peer { name, fingerprint, address: to.to_string() });
            remember_address(&task.core, to);
        }
        Err(error @ SessionError::Late { .. }) => {
            let failure = Failure::there(FailureKind::NotSampan).about(address.to_string());
            return End::failed(failure.because(failures::chain(&error)));
        }
        Err(error) => return leave(&task.core, link, &error),
    }
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
