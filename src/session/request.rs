//! What a dialler that was let in wants: to send, or to be remembered.

use tokio::time::timeout;

use crate::model::DiscoveryKey;
use crate::session::{Link, SessionError};
use crate::wire::{Frame, Offer};

/// What a dialler that was let in wants.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Request {
    /// To send files.
    Offer(Offer),
    /// To be remembered, nothing else.
    Remember,
}

/// Hears what it wants. `None` if it closed instead: it only wanted to know who is here.
/// Errors: [`SessionError::Late`] after [`Timing::hello`](crate::session::Timing::hello): who has nothing to say must not hold a place.
pub async fn request(link: &mut Link) -> Result<Option<Request>, SessionError> {
    let limit = link.timing().hello;
    let expected = "Offer or Remember";
    let frame = timeout(limit, link.expect_or_end(expected)).await;
    match frame.unwrap_or(Err(SessionError::Late { what: "say what it wants", limit }))? {
        Some(Frame::Offer(offer)) => Ok(Some(Request::Offer(offer))),
        Some(Frame::Remember) => Ok(Some(Request::Remember)),
        Some(other) => Err(SessionError::Unexpected { expected, got: other.kind() }),
        None => Ok(None),
    }
}

/// The dialler's request to be remembered, and the answer: the other side's discovery key if it agreed.
/// Errors: [`SessionError::Late`] when nobody there answered in [`Timing::decision`](crate::session::Timing::decision) and a bit.
pub async fn remember_me(link: &mut Link) -> Result<Option<DiscoveryKey>, SessionError> {
    let limit = link.timing().decision + link.timing().decision_grace;
    link.send(Frame::Remember).await;
    let answer = timeout(limit, link.expect("Remembered")).await;
    match answer.unwrap_or(Err(SessionError::Late { what: "say whether it remembers this device", limit }))? {
        Frame::Remembered(key) => Ok(key),
        other => Err(SessionError::Unexpected { expected: "Remembered", got: other.kind() }),
    }
}
