//! The first and the last frame of the greeting (`docs/protocol.md` §4.1): Hello tells who speaks what, Introduce who is
//! who. What proves the sides to each other comes in between and is not this file's.

use std::time::Duration;

use tokio::time::timeout;

use crate::session::{Incoming, Link, LinkError, SessionError};
use crate::wire::{Frame, Hello, Introduction, Kind};

/// What a program's Hello says of it.
pub fn own_hello() -> Hello {
    Hello { version: env!("CARGO_PKG_VERSION").to_owned(), features: Vec::new(), admits: Vec::new() }
}

/// Exchanges Hello; both sides send at once. Gives the peer's.
/// Errors: [`SessionError::Late`] after [`Timing::hello`](crate::session::Timing::hello).
pub async fn hello(link: &mut Link, ours: Hello) -> Result<Hello, SessionError> {
    let limit = link.timing().hello;
    let exchange = async {
        link.send(Frame::Hello(ours)).await;
        match link.expect("Hello").await? {
            Frame::Hello(hello) => Ok(hello),
            other => Err(SessionError::Unexpected { expected: "Hello", got: other.kind() }),
        }
    };
    timeout(limit, exchange).await.unwrap_or(Err(SessionError::Late { what: "say Hello", limit }))
}

/// The dialler introduces itself, to whom it trusts by now, and hears who the other is. Ends the greeting.
/// Errors: [`SessionError::Late`] after `limit`: [`Timing::hello`](crate::session::Timing::hello), or
/// [`Timing::login`](crate::session::Timing::login) where a password has to be checked first.
pub async fn introduce(
    link: &mut Link,
    ours: Introduction,
    limit: Duration,
) -> Result<Introduction, SessionError> {
    let exchange = async {
        link.send(Frame::Introduce(ours)).await;
        match link.expect("Introduce").await? {
            Frame::Introduce(theirs) => Ok(theirs),
            other => Err(SessionError::Unexpected { expected: "Introduce", got: other.kind() }),
        }
    };
    let theirs = timeout(limit, exchange).await;
    let theirs = theirs.unwrap_or(Err(SessionError::Late { what: "introduce itself", limit }))?;
    link.end_greeting();
    Ok(theirs)
}

/// The listener's answer to an Introduce. Ends the greeting: from now on all kinds of frames are read.
pub async fn introduce_back(link: &Link, ours: Introduction) {
    link.end_greeting();
    link.send(Frame::Introduce(ours)).await;
}

impl Link {
    /// The next frame, where only a control frame may come. Errors: a chunk is `Unexpected`, a Bye is `Left`.
    pub async fn expect(&mut self, expected: &'static str) -> Result<Frame, SessionError> {
        match self.next().await {
            Ok(Incoming::Frame(Frame::Bye(bye))) => Err(SessionError::Left(bye)),
            Ok(Incoming::Frame(frame)) => Ok(frame),
            Ok(Incoming::Chunk(_)) => Err(SessionError::Unexpected { expected, got: Kind::Chunk }),
            Err(LinkError::Early(got)) => Err(SessionError::Unexpected { expected, got }),
            Err(error) => Err(error.into()),
        }
    }

    /// Like [`expect`](Self::expect), but the peer may also close between two frames: `None`.
    pub async fn expect_or_end(&mut self, expected: &'static str) -> Result<Option<Frame>, SessionError> {
        match self.expect(expected).await {
            Ok(frame) => Ok(Some(frame)),
            Err(SessionError::Link(LinkError::Closed)) => Ok(None),
            Err(error) => Err(error),
        }
    }
}
