//! The question to a person: take these files?

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use crate::engine::core::PromptOrder;
use crate::engine::guest::Guest;
use crate::engine::task::{End, Task};
use crate::engine::{Answer, Event, Memory, Prompt, PromptId, Remember, failures};
use crate::model::{DeclineReason, Failure, FailureKind, Side};
use crate::session::{Choices, Plan, SessionError, Verdict, wait_for_verdict};

/// What a person answered.
pub(super) enum Reply {
    /// Yes, like this.
    Accept(Choices, Remember),
    /// Into another folder, which needs another plan.
    Retarget(PathBuf),
    Decline,
    Withdrawn,
}

/// Why nothing is taken.
pub(super) enum Refusal {
    /// The sender is told no, with a reason; this side shows its own.
    Decline(DeclineReason, Failure),
    /// There is nobody left to tell.
    End(End),
    /// The line broke or the peer broke the protocol.
    Broken(SessionError),
}

pub(super) fn no<T>(reason: DeclineReason, kind: FailureKind) -> Result<T, Refusal> {
    Err(Refusal::Decline(reason, Failure::here(kind)))
}

/// Nothing can be written where it should go.
pub(super) fn unusable(failure: Failure) -> Refusal {
    Refusal::Decline(failures::decline_reason(&failure), failure)
}

/// What is asked about.
pub(super) struct Question<'a> {
    pub(super) folder: PathBuf,
    /// The plan, or why there is none: nothing can be written there.
    pub(super) plan: Result<Arc<Plan>, Failure>,
    pub(super) choices: Choices,
    pub(super) receiving: &'a CancellationToken,
}

/// A question that stands until this is dropped.
struct Closed<'a> {
    task: &'a Task,
    id: PromptId,
}

impl Drop for Closed<'_> {
    fn drop(&mut self) {
        self.task.core.prompts.close(&self.id);
        self.task.wait_since(None);
        self.task.core.fact(Event::Answered(self.task.key));
    }
}

/// Puts the question to a person, until it is answered, or another folder is wanted.
pub(super) async fn ask(task: &Task, guest: &mut Guest, question: Question<'_>) -> Result<Reply, Refusal> {
    let id = task.core.question();
    let mut orders = task.core.prompts.open(id);
    // Also when the sender comes back in another session, and this one is dropped where it waits.
    let _closed = Closed { task, id };
    task.wait_since(Some(Instant::now()));
    let memory = guest.memory;
    let receiving = question.receiving;
    let reply = async {
        tokio::select! {
            reply = put(task, id, memory, question, &mut orders) => reply,
            () = receiving.cancelled() => Reply::Withdrawn,
        }
    };
    let verdict = wait_for_verdict(&mut guest.link, &task.cancel, reply).await;
    match verdict {
        Ok(Verdict::Decided(Reply::Withdrawn)) | Err(SessionError::Leaving) => {
            no(DeclineReason::NotReceiving, FailureKind::NotReceiving)
        }
        Ok(Verdict::TimedOut) => no(DeclineReason::Timeout, FailureKind::NotAnswered),
        // A person pressed Cancel on the row: a plain no.
        Ok(Verdict::Decided(Reply::Decline) | Verdict::Cancelled(Side::Here, _)) => {
            no(DeclineReason::Person, FailureKind::Declined)
        }
        Ok(Verdict::Cancelled(Side::There, leftover)) => {
            Err(Refusal::End(End::Cancelled(Side::There, leftover)))
        }
        Ok(Verdict::Decided(reply @ (Reply::Accept(..) | Reply::Retarget(_)))) => Ok(reply),
        Err(error) => Err(Refusal::Broken(error)),
    }
}

/// Shows the question, again after each change of what is wanted.
async fn put(
    task: &Task,
    id: PromptId,
    memory: Memory,
    question: Question<'_>,
    orders: &mut mpsc::Receiver<PromptOrder>,
) -> Reply {
    let Question { folder, mut plan, mut choices, receiving: _ } = question;
    loop {
        let summary = plan.as_ref().map(|plan| plan.summary());
        task.keep_plan(plan.as_ref().ok());
        let prompt = Prompt {
            id,
            folder: folder.clone(),
            free: summary.as_ref().map(|plan| plan.free).map_err(|failure| (*failure).clone()),
            needed: summary.as_ref().map_or(0, |plan| plan.needed),
            plan: summary.as_ref().copied().unwrap_or_default(),
            choices: choices.clone(),
            time: task.core.timing.decision,
            memory,
        };
        task.core.fact(Event::Prompted { transfer: task.key, prompt: Box::new(prompt) });
        match orders.recv().await {
            Some(PromptOrder::Answer(Answer::Accept(remember))) => return Reply::Accept(choices, remember),
            Some(PromptOrder::Answer(Answer::Decline)) => return Reply::Decline,
            Some(PromptOrder::Retarget(path)) => return Reply::Retarget(path),
            Some(PromptOrder::Arrange(wanted)) => {
                if let Ok(plan) = &mut plan {
                    Arc::make_mut(plan).choose(&wanted);
                }
                choices = wanted;
            }
            None => return Reply::Withdrawn,
        }
    }
}
