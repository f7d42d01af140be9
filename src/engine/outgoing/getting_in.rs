//! Getting in at the receiver, with the code of a person where one is needed.

use std::time::Instant;

use tokio::time::timeout;

use crate::engine::approach::{Approached, Denied, Sources, approach};
use crate::engine::task::Task;
use crate::engine::{CodeWanted, Credentials, Event, Peer, Remember, Target, WithoutCode};
use crate::model::{Code, Failure, FailureKind, Step};
use crate::pairing::Errand;

/// Gets in, asking a person for the code as often as it takes. Errors: why it is no use.
pub(super) async fn get_in(
    task: &Task,
    to: &Target,
    peer: &Peer,
    with: &mut Credentials,
    sources: &Sources<'_>,
) -> Result<Approached, Failure> {
    loop {
        task.step(Step::Connect);
        let approached = approach(&task.core, to, with, Errand::Send, Some(sources), &task.meter).await;
        let failure = match approached {
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
        (with.code, with.remember) = (Some(code), remember);
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
