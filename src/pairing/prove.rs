//! The conversation that proves a code: shares, then confirmations (`docs/protocol.md` §4.2). Who typed the code confirms
//! first; who shows it confirms only after it has checked that. So nobody can test more than one code a session.

use tokio::time::timeout;

use crate::model::{Code, Share};
use crate::pairing::{Channel, Proven, Showing, SpakeError, Typing};
use crate::session::{Link, SessionError};
use crate::wire::{Bye, ByeReason, Frame};

/// Why a code proved nothing.
#[derive(Debug, thiserror::Error)]
pub enum ProveError {
    /// The conversation broke off.
    #[error(transparent)]
    Session(#[from] SessionError),
    /// The other side says that the code is not the one it showed.
    #[error("the code is not the one that is shown")]
    WrongCode,
    /// The other side's proof does not fit: it does not know the code, or somebody is in between.
    #[error("the other side did not prove that it knows the code")]
    NotProven,
    /// The other side's share is not valid, or there are no random numbers for ours.
    #[error("no share")]
    Share(#[source] SpakeError),
}

/// Proves a code that a person typed here, and that the other side shows it.
/// Errors: [`ProveError`]; `Late` after [`Timing::pairing`](crate::session::Timing::pairing).
pub async fn prove_by_typing(link: &mut Link, code: &Code, channel: Channel) -> Result<Proven, ProveError> {
    let limit = link.timing().pairing;
    let conversation = async {
        let (typing, ours) = Typing::start(code, channel).map_err(ProveError::Share)?;
        link.send(Frame::PairShare(ours)).await;
        let theirs = match expect(link, "PairShare").await? {
            Frame::PairShare(share) => share,
            other => return Err(unexpected("PairShare", &other)),
        };
        let (awaiting, confirmation) = typing.confirm(&theirs).map_err(ProveError::Share)?;
        link.send(Frame::PairConfirm(confirmation)).await;
        match expect(link, "PairConfirm").await? {
            Frame::PairConfirm(theirs) => awaiting.check(&theirs).map_err(|_| ProveError::NotProven),
            other => Err(unexpected("PairConfirm", &other)),
        }
    };
    timeout(limit, conversation).await.unwrap_or_else(|_| Err(late(limit)))
}

/// Proves the code that is shown here to somebody who sent their share of it.
/// Errors: [`ProveError`]; after `WrongCode` the peer is still to be told.
pub async fn prove_by_showing(
    link: &mut Link,
    code: &Code,
    channel: Channel,
    theirs: &Share,
) -> Result<Proven, ProveError> {
    let limit = link.timing().pairing;
    let conversation = async {
        let (showing, ours) = Showing::answer(code, channel, theirs).map_err(ProveError::Share)?;
        link.send(Frame::PairShare(ours)).await;
        let confirmation = match expect(link, "PairConfirm").await? {
            Frame::PairConfirm(confirmation) => confirmation,
            other => return Err(unexpected("PairConfirm", &other)),
        };
        let (proven, ours) = showing.check(&confirmation).map_err(|_| ProveError::WrongCode)?;
        link.send(Frame::PairConfirm(ours)).await;
        Ok(proven)
    };
    timeout(limit, conversation).await.unwrap_or_else(|_| Err(late(limit)))
}

async fn expect(link: &mut Link, expected: &'static str) -> Result<Frame, ProveError> {
    match link.expect(expected).await {
        Err(SessionError::Left(Bye { reason: ByeReason::WrongCode, .. })) => Err(ProveError::WrongCode),
        other => Ok(other?),
    }
}

fn unexpected(expected: &'static str, got: &Frame) -> ProveError {
    SessionError::Unexpected { expected, got: got.kind() }.into()
}

fn late(limit: std::time::Duration) -> ProveError {
    SessionError::Late { what: "finish the pairing", limit }.into()
}
