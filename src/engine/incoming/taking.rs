//! An incoming transfer, from its offer to its end.

use std::sync::Arc;
use std::time::SystemTime;

use tokio::task::spawn_blocking;
use tokio_util::sync::CancellationToken;

use crate::engine::admission::Rule;
use crate::engine::claims::Claim;
use crate::engine::core::Core;
use crate::engine::guest::Guest;
use crate::engine::incoming::asking::{Question as Asked, Refusal, Reply, ask};
use crate::engine::incoming::folder::{Goal, give_up, stage, too_little_room};
use crate::engine::parting::{close, leave};
use crate::engine::task::{End, Task};
use crate::engine::undecided::Question;
use crate::engine::{Event, callers, failures};
use crate::model::{
    Agreed, Conflict, DeclineReason, DeviceId, Digest, Direction, Failure, FailureKind, Leftover, Moment,
    Outcome, PlanSummary, Side, Step, TransferId,
};
use crate::session::{
    Choices, Ledger, Look, Looked, Notary, Offered, Parties, Plan, ReceiveEnd, ReceiveNews, Receiving,
    decline, look, receive, say_all, say_plan,
};
use crate::storage::{Folder, Staging};

/// How an offer is to be handled.
pub(super) struct Taking {
    rule: Rule,
    /// What was agreed about this very transfer before.
    agreed: Option<Agreed>,
}

/// What an offer needs until it is decided: that Receive stays on, a place among the undecided, and the transfer itself.
pub(super) type Held = (CancellationToken, Question, Claim);

/// A plan for a folder that can be used.
struct Made {
    folder: Folder,
    plan: Arc<Plan>,
    /// Of all names in it.
    names: Digest,
    staging: Option<Staging>,
}

/// A decision for it.
struct Agreement {
    goal: Goal,
    made: Made,
    choices: Choices,
}

impl Taking {
    pub(super) fn new(rule: Rule, agreed: Option<Agreed>) -> Self {
        Self { rule, agreed }
    }

    /// Where it goes unless a person says otherwise: where it went before.
    fn goal(&self, core: &Core) -> Goal {
        if let Some(agreed) = &self.agreed {
            return Goal { folder: agreed.folder.clone(), account: agreed.account.clone() };
        }
        match &self.rule {
            Rule::Ask | Rule::Take | Rule::Again => Goal { folder: core.folder(), account: None },
            Rule::TakeFor(account) => Goal { folder: core.folder(), account: Some(account.clone()) },
        }
    }

    /// How conflicts are settled unless a person says otherwise.
    fn conflict(&self, core: &Core) -> Conflict {
        self.agreed.as_ref().map_or(core.conflict, |agreed| agreed.conflict)
    }

    /// From the offer to the end.
    pub(super) async fn run(self, task: Arc<Task>, mut guest: Guest, offered: Offered, held: Held) -> End {
        let (receiving, undecided, claim) = held;
        let ledger = Arc::new(Ledger::new(Arc::clone(&offered.manifest), Vec::new()));
        task.keep_ledger(&ledger);
        let agreement = tokio::select! {
            agreement = self.agree(&task, &mut guest, &offered, &ledger, &receiving) => agreement,
            () = claim.superseded.cancelled() => Err(Refusal::End(End::superseded())),
        };
        let is_still_so = guest.is_still_so(&task.core).await;
        let agreement = match agreement {
            Ok(_) if !is_still_so => no(DeclineReason::NotReceiving, FailureKind::NotReceiving),
            agreement => agreement,
        };
        drop(undecided);
        let ready = match agreement {
            Ok(agreement) => make_ready(&task, &guest, &offered, agreement).await,
            Err(refusal) => Err(refusal),
        };
        let ticket = task.core.turn.take();
        let (folder, plan, place) = match ready {
            Ok(ready) if ticket.is_some() => ready,
            Ok((folder, _, place)) => {
                drop(place); // it holds the staging folder
                if self.agreed.is_none() {
                    take_back(&task, folder, (guest.device, offered.transfer)).await;
                }
                decline(&guest.link, &offered, DeclineReason::NotReceiving).await;
                close(&task.core, guest.link);
                return End::Not(Outcome::Declined, Failure::here(FailureKind::NotReceiving));
            }
            Err(refusal) => return refused(&task.core, guest, &offered, refusal).await,
        };
        let key = (guest.device, offered.transfer);
        let total = offered.manifest.summary().bytes;
        task.meter.restart(total.saturating_sub(plan.summary().bytes));
        let job = Receiving {
            plan,
            place,
            notary: notary(&task.core, &offered, guest.device),
            ledger,
            meter: Arc::clone(&task.meter),
            cancel: task.cancel.clone(),
            superseded: claim.superseded.clone(),
            wish: task.wish(),
        };
        let Guest { mut link, seat, .. } = guest;
        let received = receive(&mut link, job, |news| tell(&task, news)).await;
        drop((seat, ticket));
        let end = match received {
            Ok(end) => {
                close(&task.core, link);
                match end {
                    ReceiveEnd::Delivered => End::Settled,
                    ReceiveEnd::Cancelled(by, leftover) => End::cancelled(by, leftover),
                }
            }
            Err(error) => leave(&task.core, link, &error),
        };
        settle(&task, &end, folder, key).await;
        end
    }

    /// Makes plans until there is one that a person, or a rule, agrees to.
    async fn agree(
        &self,
        task: &Task,
        guest: &mut Guest,
        offered: &Offered,
        ledger: &Arc<Ledger>,
        receiving: &CancellationToken,
    ) -> Result<Agreement, Refusal> {
        let mut goal = self.goal(&task.core);
        let mut choices = Choices { conflict: self.conflict(&task.core), entries: Vec::new() };
        loop {
            let made = self.plan(task, guest, offered, ledger, (&goal, &choices)).await?;
            if let Ok(made) = &made {
                say_plan(&guest.link, &made.plan).await;
                task.keep_plan(Some(&made.plan));
                task.core.fact(Event::Planned { transfer: task.key, plan: made.plan.summary() });
            } else {
                guest.link.send(crate::wire::Frame::Planned(PlanSummary::default())).await;
            }
            task.step(Step::Ask);
            let is_the_same =
                matches!((&made, &self.agreed), (Ok(made), Some(agreed)) if agreed.names == made.names);
            match (&self.rule, made) {
                (Rule::Take | Rule::TakeFor(_), Ok(made)) => return Ok(Agreement { goal, made, choices }),
                (_, Ok(made)) if is_the_same => return Ok(Agreement { goal, made, choices }),
                // It was let in to go on with what was agreed, and this is something else.
                (Rule::Again, Ok(_)) => return no(DeclineReason::Person, FailureKind::NotAdmitted),
                (Rule::Take | Rule::TakeFor(_) | Rule::Again, Err(failure)) => return Err(unusable(failure)),
                (Rule::Ask, made) => {
                    let question = Asked {
                        folder: goal.folder.clone(),
                        plan: made.as_ref().map(|made| Arc::clone(&made.plan)).map_err(Clone::clone),
                        choices: choices.clone(),
                        receiving,
                    };
                    match ask(task, guest, question).await? {
                        Reply::Accept(chosen, remember) => {
                            let mut made = made.map_err(unusable)?;
                            callers::settle(&task.core, guest, remember).await;
                            Arc::make_mut(&mut made.plan).choose(&chosen);
                            return Ok(Agreement { goal, made, choices: chosen });
                        }
                        Reply::Retarget(folder) => {
                            goal.folder = folder;
                            choices.entries.clear();
                        }
                        Reply::Decline | Reply::Withdrawn => {
                            return no(DeclineReason::Person, FailureKind::Declined);
                        }
                    }
                }
            }
        }
    }

    /// Looks at a folder. The inner error is why it cannot be used; a person may choose another one.
    async fn plan(
        &self,
        task: &Task,
        guest: &mut Guest,
        offered: &Offered,
        ledger: &Arc<Ledger>,
        (goal, choices): (&Goal, &Choices),
    ) -> Result<Result<Made, Failure>, Refusal> {
        let folder = match goal.open(&task.core).await {
            Ok(folder) => folder,
            Err(failure) => return Ok(Err(failure)),
        };
        let (sender, transfer) = (guest.device, offered.transfer);
        let past = task.core.records.past(sender, transfer).await;
        let past = past.map_err(unusable)?;
        let (ledger, choices) = (Arc::clone(ledger), choices.clone());
        let looking = Look { folder: folder.clone(), sender, transfer, past, choices, ledger };
        match look(&mut guest.link, &offered.manifest, looking, &task.cancel).await {
            Ok(Looked::Plan(plan, names, staging)) => {
                Ok(Ok(Made { folder, plan: Arc::from(plan), names, staging }))
            }
            Ok(Looked::Unusable(error)) => Ok(Err(error.failure())),
            Ok(Looked::Cancelled(Side::There, leftover)) => {
                Err(Refusal::End(End::cancelled(Side::There, leftover)))
            }
            Ok(Looked::Cancelled(Side::Here, _)) => no(DeclineReason::Person, FailureKind::Declined),
            Err(error) => Err(Refusal::Broken(error)),
        }
    }
}

/// Writes down what was agreed, and takes hold of the staging folder. Errors: why it cannot be taken after all.
async fn make_ready(
    task: &Task,
    guest: &Guest,
    offered: &Offered,
    agreement: Agreement,
) -> Result<(Folder, Arc<Plan>, crate::session::Place), Refusal> {
    let Agreement { goal, made: Made { folder, plan, names, staging }, choices } = agreement;
    let summary = plan.summary();
    if summary.free < summary.needed {
        return Err(unusable(too_little_room(&goal.folder, summary.needed, summary.free)));
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
        at: Moment::from(SystemTime::now()),
    };
    let key = (guest.device, offered.transfer);
    let chosen = {
        let plan = Arc::clone(&plan);
        spawn_blocking(move || plan.chosen_paths()).await.unwrap_or_default()
    };
    let journal = task.core.records.agree(agreed, chosen).await.map_err(unusable)?;
    // Where that fails, what was agreed stays: the sender comes back with it once the disk is mended.
    let place = stage(folder.clone(), staging, key, journal).await.map_err(unusable)?;
    Ok((folder, plan, place))
}

/// A transfer that is new comes to nothing after it was written down. Its sender hears no, and calls the next try otherwise:
/// nobody would ever ask for this one again.
async fn take_back(task: &Task, folder: Folder, (sender, transfer): (DeviceId, TransferId)) {
    let taken_back = match give_up(&task.core.records, folder, (sender, transfer)).await {
        Ok(()) => task.core.records.forget_transfer(Direction::Incoming, transfer, sender).await,
        Err(failure) => Err(failure),
    };
    if let Err(failure) = taken_back {
        tracing::warn!(%failure, "a transfer that was not taken is still written down");
    }
}

/// What remains of a transfer that ended: nothing, if it cannot go on.
async fn settle(task: &Task, end: &End, folder: Folder, (sender, transfer): (DeviceId, TransferId)) {
    match end {
        End::Cancelled(_, Leftover::Remove) => {
            let cleared = give_up(&task.core.records, folder, (sender, transfer)).await;
            let forgotten = task.core.records.forget_transfer(Direction::Incoming, transfer, sender).await;
            if let Err(failure) = cleared.and(forgotten) {
                task.core.fact(Event::Notice(failure));
            }
        }
        End::Settled | End::Cancelled(_, Leftover::Keep) | End::Not(..) => {}
    }
    task.core.tell_unfinished().await;
}

/// Tells a sender that only asks what would become of its offer. Nothing is written, and nobody is asked.
pub(super) async fn answer_only(core: &Arc<Core>, mut guest: Guest, taking: Taking, offered: Offered) {
    let goal = taking.goal(core);
    let choices = Choices { conflict: taking.conflict(core), entries: Vec::new() };
    let (sender, transfer) = (guest.device, offered.transfer);
    let ledger = Arc::new(Ledger::new(Arc::clone(&offered.manifest), Vec::new()));
    let looked = match (goal.open(core).await, core.records.past(sender, transfer).await) {
        (Ok(folder), Ok(past)) => {
            let looking = Look { folder, sender, transfer, past, choices, ledger };
            look(&mut guest.link, &offered.manifest, looking, &crate::session::Halt::below(&core.stop)).await
        }
        (Err(failure), _) | (_, Err(failure)) => {
            decline(&guest.link, &offered, failures::decline_reason(&failure)).await;
            return close(core, guest.link);
        }
    };
    match looked {
        Ok(Looked::Plan(plan, ..)) => {
            say_plan(&guest.link, &plan).await;
            say_all(&guest.link, &plan).await;
            decline(&guest.link, &offered, DeclineReason::OnlyAsked).await;
            close(core, guest.link);
        }
        Ok(Looked::Unusable(error)) => {
            decline(&guest.link, &offered, failures::decline_reason(&error.failure())).await;
            close(core, guest.link);
        }
        Ok(Looked::Cancelled(..)) => close(core, guest.link),
        Err(error) => drop(leave(core, guest.link, &error)),
    }
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

fn no<T>(reason: DeclineReason, kind: FailureKind) -> Result<T, Refusal> {
    Err(Refusal::Decline(reason, Failure::here(kind)))
}

/// Nothing can be written where it should go.
fn unusable(failure: Failure) -> Refusal {
    Refusal::Decline(failures::decline_reason(&failure), failure)
}
