//! The first frames of every session (`docs/protocol.md` §4.1): who speaks what, then who is who.

use tokio::time::timeout;

use crate::model::DeviceName;
use crate::session::{Incoming, Link, LinkError, SessionError};
use crate::wire::{Frame, Hello};

/// What the peer said of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Greeting {
    /// Its name; `None` if it has none that can be shown.
    pub name: Option<DeviceName>,
    /// Its program's version.
    pub version: String,
}

/// Exchanges Hello and Introduce. Both sides send at once; names follow only after Hello, because a later version asks
/// for a code in between. Errors: [`SessionError::Late`] after [`Timing::hello`](crate::session::Timing::hello).
pub async fn greet(link: &mut Link, name: &DeviceName) -> Result<Greeting, SessionError> {
    let limit = link.timing().hello;
    let exchange = async {
        let hello = Hello { version: env!("CARGO_PKG_VERSION").to_owned(), features: Vec::new() };
        link.send(Frame::Hello(hello)).await;
        let version = match link.expect("Hello").await? {
            Frame::Hello(hello) => hello.version,
            other => return Err(SessionError::Unexpected { expected: "Hello", got: other.kind() }),
        };
        link.send(Frame::Introduce(Some(name.clone()))).await;
        match link.expect("Introduce").await? {
            Frame::Introduce(name) => Ok(Greeting { name, version }),
            other => Err(SessionError::Unexpected { expected: "Introduce", got: other.kind() }),
        }
    };
    timeout(limit, exchange).await.unwrap_or(Err(SessionError::Late { what: "greet", limit }))
}

impl Link {
    /// The next frame, where only a control frame may come. Errors: a chunk is `Unexpected`, a Bye is `Left`.
    pub(super) async fn expect(&mut self, expected: &'static str) -> Result<Frame, SessionError> {
        match self.next().await? {
            Incoming::Frame(Frame::Bye(bye)) => Err(SessionError::Left(bye)),
            Incoming::Frame(frame) => Ok(frame),
            Incoming::Chunk(_) => Err(SessionError::Unexpected { expected, got: crate::wire::Kind::Chunk }),
        }
    }

    /// Like [`expect`](Self::expect), but the peer may also close between two frames: `None`.
    pub(super) async fn expect_or_end(
        &mut self,
        expected: &'static str,
    ) -> Result<Option<Frame>, SessionError> {
        match self.expect(expected).await {
            Ok(frame) => Ok(Some(frame)),
            Err(SessionError::Link(LinkError::Closed)) => Ok(None),
            Err(error) => Err(error),
        }
    }
}
