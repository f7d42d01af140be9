//! What an offer would do to a folder, and whether that is what somebody wants.

use std::sync::Arc;

use tokio_util::sync::CancellationToken;

use crate::engine::admission::Rule;
use crate::engine::core::{Core, absolute};
use crate::engine::guest::Guest;
use crate::engine::incoming::asking::{Question, Refusal, Reply, ask, no, unusable};
use crate::engine::incoming::folder::Goal;
use crate::engine::parting::{close, leave};
use crate::engine::task::{End, Task};
use crate::engine::{Event, callers, failures, undecided};
use crate::model::{Agreed, DeclineReason, Digest, Failure, FailureKind, PlanSummary, Side, Standing, Step};
use crate::session::{
    Ahead, Choices, Halt, Ledger, Look, Looked, Offered, Past, Plan, decline, look, say_all, say_plan,
};
use crate::storage::{Folder, Staging};

/// So many times what was agreed to may come in all, over all interruptions: sources change meanwhile, and what was lost
/// comes again. What is more is asked about again.
const ALLOWANCE: u64 = 3;

/// How an offer is to be handled.
pub(super) struct Terms {
    rule: Rule,
    /// What was agreed about this very transfer before.
    earlier: Option<(Agreed, Standing)>,
}

/// A plan for a folder that can be used.
pub(super) struct Made {
    pub(super) folder: Folder,
    pub(super) plan: Arc<Plan>,
    /// Of all names in it.
    pub(super) names: Digest,
    pub(super) staging: Option<Staging>,
}

/// A decision for it.
pub(super) struct Agreement {
    pub(super) goal: Goal,
    pub(super) made: Made,
    pub(super) choices: Choices,
    /// How much may come without another question.
    pub(super) allowance: u64,
}

/// How much may come of an offer that is agreed to.
fn allowance(offered: &Offered) -> u64 {
    let all = offered.manifest.summary().bytes.saturating_add(offered.manifest.len());
    all.saturating_mul(ALLOWANCE)
}

impl Terms {
    pub(super) fn new(rule: Rule, earlier: Option<(Agreed, Standing)>) -> Self {
        Self { rule, earlier }
    }

    /// Whether something was agreed about it before.
    pub(super) fn goes_on(&self) -> bool {
        self.earlier.is_some()
    }

    /// Where it goes unless a person says otherwise: where it went before.
    fn goal(&self, core: &Core) -> Goal {
        if let Some((agreed, _)) = &self.earlier {
            return Goal::of(agreed);
        }
        match &self.rule {
            Rule::Ask | Rule::Take | Rule::Again => Goal { folder: core.folder(), account: None },
            Rule::TakeFor(account) => Goal { folder: core.folder(), account: Some(account.clone()) },
        }
    }

    /// Looks at the folder while the offer still comes: it is the first one that a plan is made for.
    pub(super) fn look_ahead(&self, core: &Core, place: Arc<undecided::Question>) -> Ahead {
        let goal = self.goal(core);
        Ahead::start(move || goal.open_existing(), place)
    }

    /// How conflicts are settled unless a person says otherwise.
    fn choices(&self, core: &Core) -> Choices {
        let before = self.earlier.as_ref().map(|(agreed, _)| agreed.conflict);
        Choices { conflict: before.unwrap_or_else(|| core.conflict()), entries: Vec::new() }
    }

    /// Makes plans until there is one that a person, or a rule, agrees to.
    pub(super) async fn agree(
        &self,
        task: &Task,
        guest: &mut Guest,
        offered: &Offered,
        ledger: &Arc<Ledger>,
        receiving: &CancellationToken,
    ) -> Result<Agreement, Refusal> {
        let mut goal = self.goal(&task.core);
        let mut choices = self.choices(&task.core);
        loop {
            let made = self.plan(task, guest, offered, ledger, (&goal, &choices)).await?;
            if let Ok(made) = &made {
                // With those of before the interruption.
                choices = made.plan.choices();
                say_plan(&guest.link, &made.plan).await;
                task.keep_plan(Some(&made.plan));
                task.core.fact(Event::Planned { transfer: task.key, plan: made.plan.summary() });
            } else {
                guest.link.send(crate::wire::Frame::Planned(PlanSummary::default())).await;
            }
            task.step(Step::Ask);
            match (&self.rule, made) {
                (Rule::Take | Rule::TakeFor(_), Ok(made)) => {
                    return Ok(Agreement { goal, made, choices, allowance: allowance(offered) });
                }
                (_, Ok(made)) if self.is_agreed(&goal, &made) => {
                    let allowance = self.earlier.as_ref().map_or(0, |(agreed, _)| agreed.allowance);
                    return Ok(Agreement { goal, made, choices, allowance });
                }
                // It was let in to go on with what was agreed, and this is something else.
                (Rule::Again, Ok(_)) => return no(DeclineReason::Person, FailureKind::NotAdmitted),
                (Rule::Take | Rule::TakeFor(_) | Rule::Again, Err(failure)) => return Err(unusable(failure)),
                (Rule::Ask, made) => {
                    let question = Question {
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
                            let allowance = allowance(offered);
                            return Ok(Agreement { goal, made, choices: chosen, allowance });
                        }
                        Reply::Retarget(folder) => {
                            goal.folder = absolute(folder);
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

    /// Whether this is what was agreed to before: then nobody is asked again. After the end it is, where nothing comes of it:
    /// a sender that never heard Delivered hears it now, and nobody gets a second yes for other contents.
    fn is_agreed(&self, goal: &Goal, made: &Made) -> bool {
        let Some((agreed, standing)) = &self.earlier else { return false };
        if agreed.names != made.names || !goal.is_of(agreed) {
            return false;
        }
        match standing {
            Standing::Unfinished => made.plan.cost() <= agreed.allowance,
            Standing::Delivered { .. } => !made.plan.changes_anything(),
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
        let past = self.past(&task.core, goal, guest, offered).await.map_err(unusable)?;
        let (ledger, choices) = (Arc::clone(ledger), choices.clone());
        let looking = Look { folder: folder.clone(), sender, transfer, past, choices, ledger };
        match look(&mut guest.link, offered, looking, &task.cancel).await {
            Ok(Looked::Plan(plan, names, staging)) => {
                Ok(Ok(Made { folder, plan: Arc::from(plan), names, staging }))
            }
            Ok(Looked::Unusable(error)) => Ok(Err(error.failure())),
            Ok(Looked::Cancelled(Side::There, leftover)) => {
                Err(Refusal::End(End::Cancelled(Side::There, leftover)))
            }
            Ok(Looked::Cancelled(Side::Here, _)) => no(DeclineReason::Person, FailureKind::Declined),
            Err(error) => Err(Refusal::Broken(error)),
        }
    }

    /// What was written down about it: nothing that was done in another folder says anything about this one.
    async fn past(
        &self,
        core: &Core,
        goal: &Goal,
        guest: &Guest,
        offered: &Offered,
    ) -> Result<Past, Failure> {
        let is_there = self.earlier.as_ref().is_some_and(|(agreed, _)| goal.is_of(agreed));
        if is_there { core.records.past(guest.device, offered.transfer).await } else { Ok(Past::default()) }
    }

    /// Tells a sender that only asks what would become of its offer. Nothing is written, and nobody is asked.
    pub(super) async fn answer_only(&self, core: &Arc<Core>, mut guest: Guest, offered: Offered) {
        let (goal, choices) = (self.goal(core), self.choices(core));
        let (sender, transfer) = (guest.device, offered.transfer);
        let ledger = Arc::new(Ledger::new(Arc::clone(&offered.manifest), Vec::new()));
        let looked = match (goal.open(core).await, self.past(core, &goal, &guest, &offered).await) {
            (Ok(folder), Ok(past)) => {
                let looking = Look { folder, sender, transfer, past, choices, ledger };
                look(&mut guest.link, &offered, looking, &Halt::below(&core.stop)).await
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
}
