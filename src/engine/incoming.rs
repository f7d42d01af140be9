//! A session somebody else began: handshake, greeting, offer, question, bytes.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use tokio::net::TcpStream;
use tokio::sync::{OwnedSemaphorePermit, mpsc};
use tokio::task::spawn_blocking;
use tokio_util::sync::CancellationToken;

use crate::engine::core::{Core, PromptOrder};
use crate::engine::parting::{close, leave};
use crate::engine::task::{End, Task, names};
use crate::engine::{
    Acceptance, Answer, Direction, Event, Named, Peer, Progress, Prompt, PromptId, Transfer, failures,
};
use crate::model::{DeclineReason, Failure, FailureKind, Outcome, Side, TransferState};
use crate::net::{Connection, accept};
use crate::session::{
    Ledger, Link, Meter, Offered, ReceiveEnd, Receiving, SessionError, Verdict, decline, greet, read_offer,
    receive, wait_for_verdict,
};
use crate::storage::Folder;
use crate::wire::ByeReason;

/// Serves one connection to its end. `receiving` ends when Receive is switched off: what nobody agreed to yet goes then.
pub(super) async fn serve(
    core: Arc<Core>,
    tcp: TcpStream,
    address: SocketAddr,
    receiving: CancellationToken,
) {
    let beginning = async {
        let connection = accept(tcp, address, &core.identity, core.connect_limits()).await;
        let Connection { stream, device, .. } = connection.map_err(
            |error| tracing::info!(failure = %failures::net(&error), "a stranger was turned away"),
        )?;
        let meter = Arc::<Meter>::default();
        let mut link = Link::new(stream, core.timing, Arc::clone(&meter));
        let Ok(undecided) = Arc::clone(&core.undecided).try_acquire_owned() else {
            core.spawn(
                async move { link.leave(ByeReason::Busy, "too many offers wait for an answer").await },
            );
            return Err(());
        };
        match greet_and_read(&core, &mut link).await {
            Ok((name, Some(offered))) => {
                let address = address.ip().to_canonical().to_string();
                let peer = Peer { name, fingerprint: Some(device.fingerprint()), address };
                Ok((meter, link, peer, offered, undecided))
            }
            Ok((_, None)) => {
                close(&core, link);
                Err(())
            }
            Err(error) => {
                let failure = failures::session(&error);
                tracing::info!(%failure, "a session ended before its offer");
                if matches!(error, SessionError::Spool(_)) {
                    core.fact(Event::Notice(failure)); // our own trouble, and no row tells of it
                }
                leave(&core, link, &error);
                Err(())
            }
        }
    };
    let begun = tokio::select! {
        begun = beginning => begun,
        () = receiving.cancelled() => return,
    };
    if let Ok((meter, link, peer, offered, undecided)) = begun {
        let task = Task::register(&core, meter);
        let totals = *offered.manifest.summary();
        core.fact(Event::Started(Box::new(Transfer {
            key: task.key,
            direction: Direction::Incoming,
            peer,
            names: first_names(&offered).await,
            files: totals.entries,
            bytes: totals.bytes,
            folder: Some(core.folder()),
            state: TransferState::Waiting,
            progress: Progress::default(),
            prompt: None,
            ending: None,
            sources: Vec::new(),
        })));
        let work = take(Arc::clone(&task), link, offered, receiving, undecided);
        task.run(work).await;
    }
}

type Name = Option<crate::model::DeviceName>;

async fn greet_and_read(core: &Core, link: &mut Link) -> Result<(Name, Option<Offered>), SessionError> {
    let greeting = greet(link, &core.device_name()).await?;
    Ok((greeting.name, read_offer(link, &core.manifests()).await?))
}

/// The first names of an offer. None if they cannot be read back; taking it then says why.
async fn first_names(offered: &Offered) -> Vec<Named> {
    let manifest = Arc::clone(&offered.manifest);
    let first = spawn_blocking(move || manifest.first(Transfer::MAX_NAMES)).await;
    first.ok().and_then(Result::ok).map_or_else(Vec::new, |entries| names(entries.iter()))
}

/// From the offer to the end.
async fn take(
    task: Arc<Task>,
    mut link: Link,
    offered: Offered,
    receiving: CancellationToken,
    undecided: OwnedSemaphorePermit,
) -> End {
    let ledger = Arc::new(Ledger::of_offer(Arc::clone(&offered.manifest)));
    task.keep_ledger(&ledger);
    let target = match task.core.acceptance {
        Acceptance::All => Ok(task.core.folder()), // a rule decided, nobody waits
        Acceptance::Ask => ask(&task, &mut link, &offered, &receiving).await,
    };
    let folder = match target {
        Ok(path) => open_target(&task.core, path, offered.manifest.summary().bytes).await,
        Err(Refusal::Decline(reason, failure)) => {
            decline(&link, &offered, reason).await;
            close(&task.core, link);
            return End::Not(Outcome::Declined, failure);
        }
        Err(Refusal::End(end)) => {
            close(&task.core, link);
            return end;
        }
        Err(Refusal::Broken(error)) => return leave(&task.core, link, &error),
    };
    let folder = match folder {
        Ok(folder) => folder,
        Err(failure) => {
            decline(&link, &offered, failures::decline_reason(&failure)).await;
            close(&task.core, link);
            return End::failed(failure); // nobody said no
        }
    };
    drop(undecided);
    let job = Receiving {
        transfer: offered.transfer,
        manifest: offered.manifest,
        folder,
        ledger,
        meter: Arc::clone(&task.meter),
        cancel: task.cancel.clone(),
    };
    match receive(&mut link, &job, |step| task.step(step)).await {
        Ok(end) => {
            close(&task.core, link);
            match end {
                ReceiveEnd::Delivered => End::Settled,
                ReceiveEnd::Cancelled(by) => End::cancelled(by),
            }
        }
        Err(error) => leave(&task.core, link, &error),
    }
}

/// Why nothing is taken.
enum Refusal {
    /// The sender is told no, with a reason; this side shows its own.
    Decline(DeclineReason, Failure),
    /// There is nobody left to tell.
    End(End),
    /// The line broke or the peer broke the protocol.
    Broken(SessionError),
}

/// Puts the question to a person. Gives the folder to use.
async fn ask(
    task: &Task,
    link: &mut Link,
    offered: &Offered,
    receiving: &CancellationToken,
) -> Result<PathBuf, Refusal> {
    let (id, mut orders) = task.core.open_prompt();
    task.wait_since(Some(Instant::now()));
    let reply = async {
        tokio::select! {
            reply = question(task, id, offered, &mut orders) => reply,
            () = receiving.cancelled() => Reply::Withdrawn,
        }
    };
    let verdict = wait_for_verdict(link, &task.cancel, reply).await;
    task.core.close_prompt(id);
    task.wait_since(None);
    task.core.fact(Event::Answered(task.key));
    let no = |reason, kind| Err(Refusal::Decline(reason, Failure::here(kind)));
    match verdict {
        Ok(Verdict::Decided(Reply::Accept(folder))) => Ok(folder),
        Ok(Verdict::Decided(Reply::Withdrawn)) => no(DeclineReason::NotReceiving, FailureKind::NotReceiving),
        Ok(Verdict::TimedOut) => no(DeclineReason::Timeout, FailureKind::NotAnswered),
        Ok(Verdict::Cancelled(Side::Here)) if task.core.stop.is_cancelled() => {
            no(DeclineReason::NotReceiving, FailureKind::NotReceiving)
        }
        // A person pressed Cancel on the row: a plain no.
        Ok(Verdict::Decided(Reply::Decline) | Verdict::Cancelled(Side::Here)) => {
            no(DeclineReason::Person, FailureKind::Declined)
        }
        Ok(Verdict::Cancelled(Side::There)) => Err(Refusal::End(End::cancelled(Side::There))),
        Err(error) => Err(Refusal::Broken(error)),
    }
}

enum Reply {
    Accept(PathBuf),
    Decline,
    Withdrawn,
}

/// Shows the question, again with each folder a person picks, until it is answered.
async fn question(
    task: &Task,
    id: PromptId,
    offered: &Offered,
    orders: &mut mpsc::Receiver<PromptOrder>,
) -> Reply {
    let mut folder = task.core.folder();
    loop {
        let (core, path) = (Arc::clone(&task.core), folder.clone());
        let free = spawn_blocking(move || {
            core.ensure_downloads();
            room(&path)
        });
        let free = free.await;
        let free = free.unwrap_or_else(|_| Err(Failure::here(FailureKind::Internal)));
        let prompt = Prompt {
            id,
            folder: folder.clone(),
            free,
            needed: offered.manifest.summary().bytes, // not `stored`: holes are written as zeros
            time: task.core.timing.decision,
        };
        task.core.fact(Event::Prompted { transfer: task.key, prompt: Box::new(prompt) });
        match orders.recv().await {
            Some(PromptOrder::Answer(Answer::Accept)) => return Reply::Accept(folder),
            Some(PromptOrder::Answer(Answer::Decline)) => return Reply::Decline,
            Some(PromptOrder::Retarget(path)) => folder = path,
            None => return Reply::Withdrawn,
        }
    }
}

/// Free bytes in a folder that can be written.
fn room(path: &Path) -> Result<u64, Failure> {
    let look = || {
        let folder = Folder::open(path)?;
        folder.check_writable()?;
        folder.room()
    };
    look().map_err(|error| error.failure())
}

/// Opens the folder for real. Errors: why nothing can be written there, or not this much.
async fn open_target(core: &Arc<Core>, path: PathBuf, needed: u64) -> Result<Folder, Failure> {
    let core = Arc::clone(core);
    let open = move || -> Result<Folder, Failure> {
        core.ensure_downloads();
        let folder = Folder::open(&path).map_err(|error| error.failure())?;
        folder.check_writable().map_err(|error| error.failure())?;
        let room = folder.room().map_err(|error| error.failure())?;
        if room < needed {
            let object = crate::engine::task::shown(&path);
            let detail = format!("{needed} bytes are needed, {room} are free");
            return Err(Failure::here(FailureKind::DiskFull).about(object).because(detail));
        }
        Ok(folder)
    };
    spawn_blocking(open).await.unwrap_or_else(|_| Err(Failure::here(FailureKind::Internal)))
}

/// Greets a peer that finds no place, only to say so: it can try again later instead of taking us for no Sampan.
pub(super) async fn turn_away(core: Arc<Core>, tcp: TcpStream, address: SocketAddr) {
    if let Ok(Connection { stream, .. }) = accept(tcp, address, &core.identity, core.connect_limits()).await {
        let link = Link::new(stream, core.timing, Arc::default());
        link.leave(ByeReason::Busy, "no place is free").await;
    }
}
