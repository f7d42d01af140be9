//! The reading half of a link.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt as _};
use tokio::sync::mpsc;
use tokio::time::timeout;

use crate::model::size;
use crate::session::link::MAX_DRAIN;
use crate::session::pool::BLOCK_PAYLOAD;
use crate::session::{Incoming, LinkError, Meter, Pool};
use crate::wire::{Frame, FrameHead, HEAD_BYTES, Kind, limits};

/// One read of what is only forgotten.
const DRAIN_BYTES: usize = 16 * 1024;

/// Reads frames until the stream ends, breaks or talks nonsense; the last thing it says is why.
pub(super) async fn run<R: AsyncRead + Unpin>(
    stream: R,
    out: mpsc::Sender<Result<Incoming, LinkError>>,
    idle: Duration,
    greeted: Arc<AtomicBool>,
    meter: Arc<Meter>,
) {
    let mut reader = Reader { stream, pool: Pool::new(), out, idle, greeted, greeting_bytes: 0, meter };
    if let Err(Stop::Why(error)) = reader.read_frames().await {
        let is_nonsense = !error.is_lost();
        reader.out.send(Err(error)).await.ok();
        if is_nonsense {
            reader.drain().await;
        }
    }
}

struct Reader<R> {
    stream: R,
    pool: Arc<Pool>,
    out: mpsc::Sender<Result<Incoming, LinkError>>,
    idle: Duration,
    /// Whether both sides introduced themselves.
    greeted: Arc<AtomicBool>,
    /// What came before that.
    greeting_bytes: u64,
    /// How fast a person here wants it to be.
    meter: Arc<Meter>,
}

enum Stop {
    Why(LinkError),
    NobodyListens,
}

impl<E: Into<LinkError>> From<E> for Stop {
    fn from(error: E) -> Self {
        Self::Why(error.into())
    }
}

impl<R: AsyncRead + Unpin> Reader<R> {
    async fn read_frames(&mut self) -> Result<std::convert::Infallible, Stop> {
        loop {
            let head = FrameHead::parse(self.head().await?).map_err(LinkError::from)?;
            self.may_come(head)?;
            match head {
                FrameHead::Known(Kind::Chunk, length) => self.chunk(length).await?,
                FrameHead::Known(kind, length) => {
                    let body = self.body(length).await?;
                    match Frame::decode(kind, &body).map_err(LinkError::from)? {
                        Frame::Ping => {}
                        frame => self.give(Incoming::Frame(frame)).await?,
                    }
                }
                FrameHead::Skip(length) => drop(self.body(length).await?),
            }
        }
    }

    /// Before the greeting is over only its own frames may come, and not many of them.
    fn may_come(&mut self, head: FrameHead) -> Result<(), LinkError> {
        if self.greeted.load(Ordering::Acquire) {
            return Ok(());
        }
        let length = match head {
            FrameHead::Known(kind, _) if !kind.is_greeting() => return Err(LinkError::Early(kind)),
            FrameHead::Known(_, length) | FrameHead::Skip(length) => length,
        };
        self.greeting_bytes += size::from_len(HEAD_BYTES) + u64::from(length);
        if self.greeting_bytes > limits::MAX_GREETING {
            return Err(LinkError::Talkative(limits::MAX_GREETING));
        }
        Ok(())
    }

    /// Reads on and forgets, until the peer ends or the link is closed: bytes that nobody reads would turn our last
    /// word into a reset.
    async fn drain(&mut self) {
        // Who has proven nothing yet has little under way, and reading costs more than sending it anything.
        let limit = if self.greeted.load(Ordering::Acquire) { MAX_DRAIN } else { limits::MAX_GREETING };
        let mut scratch = vec![0; DRAIN_BYTES];
        let mut drained = 0;
        while drained < limit
            && let Ok(count @ 1..) = self.read_some(&mut scratch).await
        {
            drained += size::from_len(count);
        }
    }

    /// The next head. The stream may end before it, but not inside.
    async fn head(&mut self) -> Result<[u8; HEAD_BYTES], LinkError> {
        let mut head = [0; HEAD_BYTES];
        let count = self.read_some(&mut head).await?;
        match head.get_mut(count..) {
            _ if count == 0 => return Err(LinkError::Closed),
            Some(rest) => read_all(&mut self.stream, rest, self.idle).await?,
            None => {}
        }
        Ok(head)
    }

    async fn body(&mut self, length: u32) -> Result<Vec<u8>, LinkError> {
        let mut body = vec![0; size::to_len(u64::from(length))]; // at most 64 KiB, the head was checked
        read_all(&mut self.stream, &mut body, self.idle).await?;
        Ok(body)
    }

    async fn chunk(&mut self, length: u32) -> Result<(), Stop> {
        let mut left = size::to_len(u64::from(length));
        while left > 0 {
            let mut block = self.pool.take().await;
            let count = left.min(BLOCK_PAYLOAD);
            let mut room = block.room().get_mut(..count).unwrap_or_default();
            while !room.is_empty() {
                let granted = self.meter.limits().pass(room.len()).await;
                let (piece, behind) = room.split_at_mut(granted.min(room.len()));
                read_all(&mut self.stream, piece, self.idle).await?;
                room = behind;
            }
            block.advance(count);
            block.payload = size::from_len(count);
            left -= count;
            self.give(Incoming::Chunk(block)).await?;
        }
        Ok(())
    }

    async fn give(&mut self, incoming: Incoming) -> Result<(), Stop> {
        self.out.send(Ok(incoming)).await.map_err(|_| Stop::NobodyListens)
    }

    async fn read_some(&mut self, buffer: &mut [u8]) -> Result<usize, LinkError> {
        match timeout(self.idle, self.stream.read(buffer)).await {
            Ok(Ok(count)) => Ok(count),
            // TLS tells an end without goodbye apart; for us both are an end.
            Ok(Err(error)) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(0),
            Ok(Err(error)) => Err(LinkError::Broken(error)),
            Err(_) => Err(LinkError::Silent(self.idle)),
        }
    }
}

/// Fills `buffer`; the idle time starts anew with every read that brings something.
async fn read_all<R: AsyncRead + Unpin>(
    stream: &mut R,
    mut buffer: &mut [u8],
    idle: Duration,
) -> Result<(), LinkError> {
    while !buffer.is_empty() {
        match timeout(idle, stream.read(buffer)).await {
            Ok(Ok(0)) => return Err(LinkError::Truncated),
            Ok(Ok(count)) => buffer = buffer.get_mut(count..).unwrap_or_default(),
            Ok(Err(error)) if error.kind() == io::ErrorKind::UnexpectedEof => {
                return Err(LinkError::Truncated);
            }
            Ok(Err(error)) => return Err(LinkError::Broken(error)),
            Err(_) => return Err(LinkError::Silent(idle)),
        }
    }
    Ok(())
}
