//! A session somebody else began: who he is, what he wants, the question to a person, the bytes.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use tokio::net::TcpStream;
use tokio::sync::mpsc;
use tokio::task::spawn_blocking;
use tokio_util::sync::CancellationToken;

use crate::engine::admission::{self, Rule};
use crate::engine::core::{Core, PromptOrder};
use crate::engine::guest::{Guest, let_in};
use crate::engine::parting::{close, leave, refuse};
use crate::engine::places::Standing;
use crate::engine::task::{End, Task, names};
use crate::engine::undecided::Question;
use crate::engine::{
    Answer, Direction, Event, Memory, Named, Progress, Prompt, PromptId, Remember, Transfer, callers,
    failures,
};
use crate::model::{AccountName, DeclineReason, Failure, FailureKind, Outcome, Side, TransferState};
use crate::session::{
    Ledger, Offered, ReceiveEnd, Receiving, Request, SessionError, Verdict, decline, read_offer, receive,
    request, wait_for_verdict,
};
use crate::storage::Folder;
use crate::wire::{ByeReason, Offer};

/// Serves one connection to its end. `receiving` ends when Receive is switched off: what nobody agreed to yet goes then.
pub(super) async fn serve(
    core: Arc<Core>,
    tcp: TcpStream,
    address: SocketAddr,
    receiving: CancellationToken,
    standing: Standing,
) {
    let made_room = standing.leave.clone();
    let let_in = tokio::select! {
        let_in = let_in(&core, tcp, address, standing) => let_in,
        () = receiving.cancelled() => return,
        () = made_room.cancelled() => return core.strangers.turned_away("it made room", &address.ip()),
    };
    let Some(mut guest) = let_in else { return };
    let request = tokio::select! {
        request = request(&mut guest.link) => request,
        () = receiving.cancelled() => return,
    };
    match request {
        // Who was forgotten or blocked since he came in has no more to say.
        Ok(Some(_)) if !guest.is_still_so(&core).await => refuse(&core, guest.link, ByeReason::NotAdmitted),
        Ok(Some(Request::Offer(offer))) => {
            match admission::rule(core.acceptance, guest.admitted.trust(), guest.known.as_ref()) {
                Some(rule) => transfer(&core, guest, rule, offer, receiving).await,
                None => refuse(&core, guest.link, ByeReason::NotAdmitted),
            }
        }
        Ok(Some(Request::Remember)) => callers::serve(&core, guest, &receiving).await,
        Ok(None) => close(&core, guest.link),
        Err(error) => {
            tracing::info!(failure = %failures::session(&error), "a session ended before its offer");
            leave(&core, guest.link, &error);
        }
    }
}

/// An offer of somebody who may make one.
async fn transfer(
    core: &Arc<Core>,
    mut guest: Guest,
    rule: Rule,
    offer: Offer,
    receiving: CancellationToken,
) {
    let Some(undecided) = core.undecided.take(guest.device) else {
        return refuse(core, guest.link, ByeReason::Busy);
    };
    let limits = core.manifests();
    let offered = tokio::select! {
        offered = read_offer(&mut guest.link, offer, &limits) => offered,
        () = receiving.cancelled() => return,
    };
    let offered = match offered {
        Ok(Some(offered)) => offered,
        Ok(None) => return close(core, guest.link),
        Err(error) => {
            let failure = failures::session(&error);
            tracing::info!(%failure, "a session ended before its offer");
            if matches!(error, SessionError::Spool(_)) {
                core.fact(Event::Notice(failure)); // our own trouble, and no row tells of it
            }
            leave(core, guest.link, &error);
            return;
        }
    };
    let task = Task::register(core, Arc::clone(&guest.meter));
    let peer = guest.peer(core).await;
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
        code_wanted: None,
        ending: None,
        sources: Vec::new(),
    })));
    let work = take(Arc::clone(&task), guest, rule, offered, receiving, undecided);
    task.run(work).await;
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
    mut guest: Guest,
    rule: Rule,
    offered: Offered,
    receiving: CancellationToken,
    undecided: Question,
) -> End {
    let ledger = Arc::new(Ledger::of_offer(Arc::clone(&offered.manifest)));
    task.keep_ledger(&ledger);
    let target = match rule {
        // Nobody waits: a person decided long ago.
        Rule::Take => Ok(Target { folder: task.core.folder(), account: None }),
        Rule::TakeFor(account) => Ok(Target { folder: task.core.folder(), account: Some(account) }),
        Rule::Ask => ask(&task, &mut guest, &offered, &receiving).await,
    };
    let is_still_so = guest.is_still_so(&task.core).await;
    let Guest { mut link, seat, device, .. } = guest;
    if !is_still_so {
        decline(&link, &offered, DeclineReason::NotReceiving).await;
        close(&task.core, link);
        return End::Not(Outcome::Declined, Failure::here(FailureKind::NotReceiving));
    }
    let folder = match target {
        Ok(target) => open_target(&task.core, target, offered.manifest.summary().bytes).await,
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
    let Some(ticket) = task.core.turn.take() else {
        decline(&link, &offered, DeclineReason::NotReceiving).await;
        close(&task.core, link);
        return End::Not(Outcome::Declined, Failure::here(FailureKind::NotReceiving));
    };
    let job = Receiving {
        sender: device,
        transfer: offered.transfer,
        manifest: offered.manifest,
        folder,
        ledger,
        meter: Arc::clone(&task.meter),
        cancel: task.cancel.clone(),
    };
    let received = receive(&mut link, &job, |step| task.step(step)).await;
    drop((seat, ticket));
    match received {
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

/// Where an offer goes.
struct Target {
    folder: PathBuf,
    /// Its own folder below that one.
    account: Option<AccountName>,
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
    guest: &mut Guest,
    offered: &Offered,
    receiving: &CancellationToken,
) -> Result<Target, Refusal> {
    let id = task.core.question();
    let mut orders = task.core.prompts.open(id);
    task.wait_since(Some(Instant::now()));
    let memory = guest.memory;
    let reply = async {
        tokio::select! {
            reply = question(task, id, memory, offered, &mut orders) => reply,
            () = receiving.cancelled() => Reply::Withdrawn,
        }
    };
    let verdict = wait_for_verdict(&mut guest.link, &task.cancel, reply).await;
    task.core.prompts.close(&id);
    task.wait_since(None);
    task.core.fact(Event::Answered(task.key));
    let no = |reason, kind| Err(Refusal::Decline(reason, Failure::here(kind)));
    match verdict {
        Ok(Verdict::Decided(Reply::Accept(folder, remember))) => {
            callers::settle(&task.core, guest, remember).await;
            Ok(Target { folder, account: None })
        }
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
    Accept(PathBuf, Remember),
    Decline,
    Withdrawn,
}

/// Shows the question, again with each folder a person picks, until it is answered.
async fn question(
    task: &Task,
    id: PromptId,
    memory: Memory,
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
            memory,
        };
        task.core.fact(Event::Prompted { transfer: task.key, prompt: Box::new(prompt) });
        match orders.recv().await {
            Some(PromptOrder::Answer(Answer::Accept(remember))) => return Reply::Accept(folder, remember),
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
async fn open_target(core: &Arc<Core>, target: Target, needed: u64) -> Result<Folder, Failure> {
    let core = Arc::clone(core);
    let open = move || -> Result<Folder, Failure> {
        core.ensure_downloads();
        let Target { folder: path, account } = target;
        let folder = Folder::open(&path).map_err(|error| error.failure())?;
        let folder = match account {
            Some(account) => folder.of_account(&account).map_err(|error| error.failure())?,
            None => folder,
        };
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
