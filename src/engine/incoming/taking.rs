//! An incoming transfer, from its offer to its end.

use std::sync::Arc;
use std::time::SystemTime;

use tokio::task::spawn_blocking;
use tokio_util::sync::CancellationToken;

use crate::engine::Event;
use crate::engine::core::Core;
use crate::engine::guest::Guest;
use crate::engine::incoming::agreeing::{Agreement, Made, Terms};
use crate::engine::incoming::asking::{Refusal, no, unusable};
use crate::engine::incoming::folder::{stage, too_little_room};
use crate::engine::parting::{close, leave};
use crate::engine::task::{End, Task};
use crate::engine::undecided::Question;
use crate::model::{
    Agreed, DeclineReason, DeviceId, Direction, Failure, FailureKind, Leftover, Moment, Outcome, TransferId,
};
use crate::session::{
    Ledger, Notary, Offered, Parties, Place, Plan, ReceiveEnd, ReceiveNews, Receiving, SessionError, decline,
    receive,
};

/// What an offer needs until it is decided: that Receive stays on, and a place among the undecided. And what tells that the
/// sender came back, and another session goes on.
pub(super) type Held = (CancellationToken, Arc<Question>, CancellationToken);

/// From the offer to the end.
pub(super) async fn run(
    terms: Terms,
    task: Arc<Task>,
    mut guest: Guest,
    mut offered: Offered,
    held: Held,
) -> End {
    let (receiving, undecided, superseded) = held;
    let key = (guest.device, offered.transfer);
    let ledger = Arc::new(Ledger::new(Arc::clone(&offered.manifest), Vec::new()));
    task.keep_ledger(&ledger);
    let agreement = tokio::select! {
        agreement = terms.agree(&task, &mut guest, &offered, &ledger, &receiving) => agreement,
        () = superseded.cancelled() => Err(Refusal::Broken(SessionError::Superseded)),
    };
    let is_still_so = guest.is_still_so(&task.core).await;
    let agreement = match agreement {
        Ok(_) if !is_still_so => no(DeclineReason::NotReceiving, FailureKind::NotReceiving),
        agreement => agreement,
    };
    drop(undecided);
    offered.share.agree();
    let ready = match agreement {
        Ok(agreement) => make_ready(&task, &guest, &offered, agreement, terms.goes_on()).await,
        Err(refusal) => Err(refusal),
    };
    let (plan, place) = match ready {
        Ok(ready) => ready,
        Err(refusal) => {
            let end = refused(&task.core, guest, &offered, refusal).await;
            // A person here may have said it as well, while there was nothing yet but what an earlier try left.
            let is_given_up = matches!(end, End::Cancelled(_, Leftover::Remove))
                || task.cancel.by_person() == Some(Leftover::Remove);
            if is_given_up && terms.goes_on() {
                forget(&task, key).await;
            }
            return end;
        }
    };
    let Some(ticket) = task.core.turn.take(key) else {
        drop(place); // it holds the staging folder
        if !terms.goes_on() {
            forget(&task, key).await;
        }
        decline(&guest.link, &offered, DeclineReason::NotReceiving).await;
        close(&task.core, guest.link);
        return End::Not(Outcome::Declined, Failure::here(FailureKind::NotReceiving));
    };
    let was_there = offered.manifest.summary().bytes.saturating_sub(plan.summary().bytes);
    task.meter.restart(was_there);
    let arrived = Arc::clone(&ledger);
    let job = Receiving {
        plan,
        place,
        notary: notary(&task.core, &offered, guest.device),
        ledger,
        meter: Arc::clone(&task.meter),
        cancel: task.cancel.clone(),
        superseded,
        wish: task.wish(),
    };
    let Guest { mut link, seat, .. } = guest;
    let received = receive(&mut link, job, |news| tell(&task, news)).await;
    drop(seat);
    let came = task.meter.bytes().saturating_sub(was_there).saturating_add(arrived.counts().saved);
    if let Err(failure) = task.core.records.spend(key.0, key.1, came).await {
        task.core.fact(Event::Notice(failure));
    }
    let end = match received {
        Ok(end) => {
            close(&task.core, link);
            match end {
                ReceiveEnd::Delivered => End::Settled,
                ReceiveEnd::Cancelled(by, leftover) => End::Cancelled(by, leftover),
            }
        }
        Err(error) => leave(&task.core, link, &error),
    };
    match &end {
        End::Not(Outcome::Interrupted, _) => ticket.wait_for_its_sender(),
        End::Cancelled(_, Leftover::Remove) => forget(&task, key).await,
        End::Settled | End::Cancelled(_, Leftover::Keep) | End::Not(..) => {}
    }
    task.core.tell_unfinished().await;
    end
}

/// Writes down what was agreed, and takes hold of the staging folder. Errors: why it cannot be taken after all.
async fn make_ready(
    task: &Task,
    guest: &Guest,
    offered: &Offered,
    agreement: Agreement,
    goes_on: bool,
) -> Result<(Arc<Plan>, Place), Refusal> {
    let Agreement { goal, made: Made { folder, plan, names, staging }, choices, allowance } = agreement;
    let summary = plan.summary();
    if !summary.fits() {
        return Err(unusable(too_little_room(&goal.folder, summary.needed, summary.free)));
    }
    let key = (guest.device, offered.transfer);
    let records = &task.core.records;
    // What it did in another folder is given up: nobody would find it any more.
    let before = records.agreed(key.0, key.1).await.map_err(unusable)?;
    if before.is_some_and(|(agreed, _)| !goal.is_of(&agreed)) {
        records.discard(Direction::Incoming, key.1, key.0).await.map_err(unusable)?;
    }
    let label = task.core.outbox.read(|state| {
        let row = state.transfers.get(&task.key);
        row.and_then(|row| row.names.first()).map(|name| name.name.clone()).unwrap_or_default()
    });
    let agreed = Agreed {
        sender: guest.device,
        transfer: offered.transfer,
        folder: goal.folder,
        account: goal.account,
        names,
        conflict: choices.conflict,
        label,
        files: offered.manifest.files(),
        bytes: offered.manifest.summary().bytes,
        allowance,
        at: Moment::from(SystemTime::now()),
    };
    let chosen = {
        let plan = Arc::clone(&plan);
        spawn_blocking(move || plan.chosen_paths()).await
    };
    let chosen = chosen.map_err(|_| unusable(Failure::here(FailureKind::Internal)))?;
    let chosen = chosen.map_err(|error| unusable(error.failure()))?;
    let journal = records.agree(agreed, chosen).await.map_err(unusable)?;
    match stage(folder, staging, key, journal).await {
        Ok(place) => Ok((plan, place)),
        Err(refusal) => {
            // Its sender hears no, and calls the next try otherwise: nobody would ever ask for this one again. But what another
            // session works on is not ours to forget.
            let is_in_use = matches!(refusal, Refusal::Broken(SessionError::InUse { .. }));
            if !goes_on && !is_in_use {
                forget(task, key).await;
            }
            Err(refusal)
        }
    }
}

/// Nothing remains of a transfer but the files that are complete. Where that cannot be it stays in the lists, and its
/// sender may come back with it.
async fn forget(task: &Task, (sender, transfer): (DeviceId, TransferId)) {
    if let Err(failure) = task.core.records.discard(Direction::Incoming, transfer, sender).await {
        task.core.fact(Event::Notice(failure));
    }
    task.core.tell_unfinished().await;
}

/// This device signs what arrived.
fn notary(core: &Arc<Core>, offered: &Offered, sender: DeviceId) -> Notary {
    let identity = core.identity.clone();
    Notary {
        parties: Parties { transfer: offered.transfer, sender, receiver: core.identity.device() },
        started: Moment::from(SystemTime::now()),
        limits: core.manifests(),
        seal: Arc::new(move |digest| identity.seal(digest).ok()),
    }
}

fn tell(task: &Task, news: ReceiveNews) {
    match news {
        ReceiveNews::Step(step) => task.step(step),
        ReceiveNews::Paused(paused) => task.core.fact(Event::Paused { transfer: task.key, paused }),
    }
}

/// The sender hears no, if there is one who listens.
async fn refused(core: &Core, guest: Guest, offered: &Offered, refusal: Refusal) -> End {
    match refusal {
        Refusal::Decline(reason, failure) => {
            decline(&guest.link, offered, reason).await;
            close(core, guest.link);
            match failure.kind {
                FailureKind::Declined | FailureKind::NotAnswered | FailureKind::NotReceiving => {
                    End::Not(Outcome::Declined, failure)
                }
                _ => End::failed(failure), // nobody said no
            }
        }
        Refusal::End(end) => {
            close(core, guest.link);
            end
        }
        Refusal::Broken(error) => leave(core, guest.link, &error),
    }
}
