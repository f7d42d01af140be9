//! The receiver looks at its folder before anybody decides: what of an offer is there already, whole or in part.

mod candidates;
mod survey;

use std::sync::Arc;

use crate::model::{DeviceId, Digest, Leftover, Side, TransferId};
use crate::session::receive::compare::{Asker, Comparison, compare};
use crate::session::receive::look::survey::{Survey, Trouble};
use crate::session::receive::offer::Offered;
use crate::session::receive::past::Past;
use crate::session::{Choices, Halt, Ledger, Link, Plan, SessionError};
use crate::storage::{Folder, Staging, WriteError};

/// Where an offer would go, and what is known of an earlier try.
#[derive(Debug)]
pub struct Look {
    /// The target folder.
    pub folder: Folder,
    /// Who sends.
    pub sender: DeviceId,
    /// What it calls the transfer.
    pub transfer: TransferId,
    /// What was written down before an interruption.
    pub past: Past,
    /// What was decided about it, or is by default.
    pub choices: Choices,
    /// Where digests of what is there already are written down.
    pub ledger: Arc<Ledger>,
}

/// What the look came to.
#[derive(Debug)]
pub enum Looked {
    /// The plan, the digest of all names in it, and the staging folder of an earlier try, held.
    Plan(Box<Plan>, Digest, Option<Staging>),
    /// The folder cannot be used.
    Unusable(WriteError),
    /// A person stopped it.
    Cancelled(Side, Leftover),
}

/// Looks at the folder, and asks the sender for digests where that decides. Errors: [`SessionError`].
pub async fn look(
    link: &mut Link,
    offered: &Offered,
    look: Look,
    cancel: &Halt,
) -> Result<Looked, SessionError> {
    let survey = Survey::new(offered, look);
    let work = move |mut asker: Asker| survey.run(&mut asker);
    match compare(link, cancel, work).await? {
        Comparison::Cancelled(side, leftover) => Ok(Looked::Cancelled(side, leftover)),
        Comparison::Done(Err(Trouble::Disk(WriteError::InUse { path }))) => {
            Err(SessionError::InUse { folder: path })
        }
        Comparison::Done(Err(Trouble::Disk(error))) => Ok(Looked::Unusable(error)),
        Comparison::Done(Err(Trouble::Session(error))) => Err(error),
        Comparison::Done(Ok((plan, names, staging))) => Ok(Looked::Plan(Box::new(plan), names, staging)),
    }
}

#[cfg(test)]
mod tests;
