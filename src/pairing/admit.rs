//! The listener's half of the greeting: who comes in, and as whom. Nothing of an offer is read before that.

use std::future::Future;

use tokio::time::timeout;

use crate::model::{AccountName, Code, DeviceId, Share, Trust, Way};
use crate::pairing::{Channel, DeskRefusal, ProveError, Proven, Tried, prove_by_showing};
use crate::session::{Link, SessionError, hello, own_hello};
use crate::wire::{ByeReason, Frame, Hello, Introduction, Login};

/// What the listener's engine answers while somebody stands at the door.
pub trait Gate: Sync {
    /// A code on loan for one try.
    type Attempt: Attempt;

    /// Takes the code that is shown; it is spent from now on. Errors: why there is none.
    fn begin(&self) -> Result<Self::Attempt, DeskRefusal>;

    /// Checks an account's password, when its turn comes. Errors: what the other side is told.
    fn login(&self, login: Login) -> impl Future<Output = Result<AccountName, ByeReason>> + Send;
}

/// One try of a code. Dropped without an end it counts as given up.
pub trait Attempt: Send {
    /// The code.
    fn code(&self) -> &Code;

    /// How it went.
    fn end(self, tried: Tried);
}

/// Somebody who may come in. Only [`admit`] makes one, so whoever holds one has been proven or let in by a person's word.
#[derive(Debug)]
pub struct Admitted {
    introduction: Introduction,
    proven: Option<Proven>,
    trust: Trust,
}

impl Admitted {
    /// Who it says it is.
    pub fn introduction(&self) -> &Introduction {
        &self.introduction
    }

    /// The device that proved the code in this session, if one did.
    pub fn proven(&self) -> Option<DeviceId> {
        self.proven.as_ref().map(Proven::peer)
    }

    /// How it was proven to be who it is.
    pub fn trust(&self) -> &Trust {
        &self.trust
    }
}

/// Why somebody does not come in.
#[derive(Debug, thiserror::Error)]
pub enum AdmitError {
    /// The conversation broke off.
    #[error(transparent)]
    Session(#[from] SessionError),
    /// It is turned away, and told why.
    #[error("turned away: {0:?}")]
    Refused(ByeReason),
    /// The pairing went wrong on the other side's part.
    #[error(transparent)]
    Pairing(ProveError),
}

impl From<ProveError> for AdmitError {
    fn from(error: ProveError) -> Self {
        match error {
            ProveError::Session(error) => Self::Session(error),
            ProveError::WrongCode => Self::Refused(ByeReason::WrongCode),
            error @ (ProveError::NotProven | ProveError::Share(_)) => Self::Pairing(error),
        }
    }
}

/// Greets a dialler that may come in by one of `ways`, up to its Introduce. The answer to that is the caller's, because
/// with it the greeting ends. `None`: it only wanted to know who is here, or went to ask its person for the code.
/// Errors: [`AdmitError`].
pub async fn admit<G: Gate>(
    link: &mut Link,
    channel: Channel,
    ways: &[Way],
    gate: &G,
) -> Result<Option<Admitted>, AdmitError> {
    hello(link, Hello { admits: ways.to_vec(), ..own_hello() }).await?;
    // One try of a code a session: the channel goes with it.
    let (mut channel, mut proven, mut account) = (Some(channel), None, None);
    loop {
        let limit = link.timing().hello;
        let expected = expected(ways, proven.is_some(), account.is_some());
        let frame = timeout(limit, link.expect_or_end(expected)).await;
        match frame.unwrap_or(Err(SessionError::Late { what: "prove who it is", limit }))? {
            Some(Frame::PairShare(share))
                if may_pair(ways, proven.is_some(), account.is_some())
                    && let Some(channel) = channel.take() =>
            {
                proven = Some(try_code(link, channel, &share, gate).await?);
            }
            Some(Frame::Login(login)) if ways.contains(&Way::Account) && account.is_none() => {
                account = Some(gate.login(login).await.map_err(AdmitError::Refused)?);
            }
            Some(Frame::Introduce(introduction)) => {
                let trust = trust(ways, proven.is_some(), account);
                let trust = trust.ok_or(AdmitError::Refused(ByeReason::NotAdmitted))?;
                return Ok(Some(Admitted { introduction, proven, trust }));
            }
            Some(other) => return Err(SessionError::Unexpected { expected, got: other.kind() }.into()),
            None => return Ok(None),
        }
    }
}

fn may_pair(ways: &[Way], is_proven: bool, is_logged_in: bool) -> bool {
    ways.contains(&Way::Code) && !is_proven && !is_logged_in
}

fn expected(ways: &[Way], is_proven: bool, is_logged_in: bool) -> &'static str {
    let may_log_in = ways.contains(&Way::Account) && !is_logged_in;
    match (may_pair(ways, is_proven, is_logged_in), may_log_in) {
        (true, true) => "PairShare, Login or Introduce",
        (true, false) => "PairShare or Introduce",
        (false, true) => "Login or Introduce",
        (false, false) => "Introduce",
    }
}

/// The best that was proven. `None`: nothing that would do. Where anyone may come in, what was agreed before opens nothing
/// more, and would keep out what is new.
fn trust(ways: &[Way], is_proven: bool, account: Option<AccountName>) -> Option<Trust> {
    let known = || ways.contains(&Way::Known).then_some(Trust::Paired);
    let code = || is_proven.then_some(Trust::Code);
    let agreed = || ways.contains(&Way::Agreed).then_some(Trust::Agreed);
    let anyone = || ways.contains(&Way::Anyone).then_some(Trust::Anyone);
    account.map(Trust::Account).or_else(known).or_else(code).or_else(anyone).or_else(agreed)
}

async fn try_code<G: Gate>(
    link: &mut Link,
    channel: Channel,
    share: &Share,
    gate: &G,
) -> Result<Proven, AdmitError> {
    let attempt = gate.begin().map_err(|refusal| {
        AdmitError::Refused(match refusal {
            DeskRefusal::Busy => ByeReason::PairingBusy,
            DeskRefusal::Closed { .. } => ByeReason::PairingClosed,
        })
    })?;
    match prove_by_showing(link, attempt.code(), channel, share).await {
        Ok(proven) => {
            attempt.end(Tried::Right);
            Ok(proven)
        }
        Err(error @ ProveError::WrongCode) => {
            attempt.end(Tried::Wrong);
            Err(error.into())
        }
        // Who hangs up, or sends nonsense, has spent the code all the same.
        Err(error @ (ProveError::Session(_) | ProveError::NotProven | ProveError::Share(_))) => {
            attempt.end(Tried::GaveUp);
            Err(error.into())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_was_proven_or_admitted_without_proof_counts() {
        let account = || AccountName::parse("anna").ok();
        assert_eq!(trust(&[], false, None), None);
        assert_eq!(trust(&[Way::Code, Way::Account], false, None), None);
        assert_eq!(trust(&[Way::Code], true, None), Some(Trust::Code));
        assert_eq!(trust(&[Way::Known, Way::Code], true, None), Some(Trust::Paired));
        assert_eq!(trust(&[Way::Code, Way::Anyone], false, None), Some(Trust::Anyone));
        assert_eq!(trust(&[Way::Code, Way::Anyone], true, None), Some(Trust::Code));
        assert_eq!(trust(&[Way::Code, Way::Agreed], true, None), Some(Trust::Code));
        assert_eq!(trust(&[Way::Agreed], false, None), Some(Trust::Agreed));
        assert_eq!(trust(&[Way::Agreed, Way::Anyone], false, None), Some(Trust::Anyone));
        assert!(matches!(trust(&[Way::Account], true, account()), Some(Trust::Account(_))));
    }
}
