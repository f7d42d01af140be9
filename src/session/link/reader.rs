//! The reading half of a link.

use std::io;
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt as _};
use tokio::sync::mpsc;
use tokio::time::error::Elapsed;
use tokio::time::timeout;

use crate::model::size;
use crate::session::link::MAX_DRAIN;
use crate::session::link::bundle::Bundle;
use crate::session::pool::BLOCK_PAYLOAD;
use crate::session::{Block, Incoming, LinkError, Meter, Pool};
use crate::wire::{Frame, FrameHead, HEAD_BYTES, Kind, limits};

/// One read of what is only forgotten.
const DRAIN_BYTES: usize = 16 * 1024;

/// Reads frames until the stream ends, breaks or talks nonsense; the last thing it says is why.
pub(super) async fn run<R: AsyncRead + Unpin>(
    stream: R,
    out: mpsc::Sender<Result<Vec<Incoming>, LinkError>>,
    idle: Duration,
    greeted: Arc<AtomicBool>,
    meter: Arc<Meter>,
) {
    let (pool, bundle) = (Pool::new(), Bundle::default());
    let mut reader =
        Reader { stream, pool, block: None, bundle, out, idle, greeted, greeting_bytes: 0, meter };
    if let Err(Stop::Why(error)) = reader.read_frames().await {
        let is_nonsense = !error.is_lost();
        // What came before it holds.
        if reader.hand_on(0).await.is_ok() {
            reader.out.send(Err(error)).await.ok();
        }
        if is_nonsense {
            reader.drain().await;
        }
    }
}

struct Reader<R> {
    stream: R,
    pool: Arc<Pool>,
    /// Where the pieces of the bundle are, and behind them the one that is being read.
    block: Option<Block>,
    /// What came and is not handed on yet: it is before anything is waited for.
    bundle: Bundle,
    out: mpsc::Sender<Result<Vec<Incoming>, LinkError>>,
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
                        frame => self.bundle.add_frame(frame, body.len()),
                    }
                }
                FrameHead::Skip(length) => drop(self.body(length).await?),
            }
            if self.bundle.is_full() {
                self.hand_on(0).await?;
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
    async fn head(&mut self) -> Result<[u8; HEAD_BYTES], Stop> {
        let mut head = [0; HEAD_BYTES];
        let count = self.read_some(&mut head).await?;
        match head.get_mut(count..) {
            _ if count == 0 => return Err(LinkError::Closed.into()),
            Some(rest) => self.read_all(rest).await?,
            None => {}
        }
        Ok(head)
    }

    async fn body(&mut self, length: u32) -> Result<Vec<u8>, Stop> {
        let mut body = vec![0; size::to_len(u64::from(length))]; // at most 64 KiB, the head was checked
        self.read_all(&mut body).await?;
        Ok(body)
    }

    /// A chunk, behind the last one in the block as long as that has room, and otherwise in pieces.
    async fn chunk(&mut self, length: u32) -> Result<(), Stop> {
        let mut left = size::to_len(u64::from(length));
        while left > 0 {
            let count = left.min(BLOCK_PAYLOAD);
            if self.block.as_mut().is_some_and(|block| block.room().len() < count) {
                self.hand_on(0).await?;
            }
            self.piece(count).await?;
            left -= count;
        }
        Ok(())
    }

    /// Reads so many bytes to the end of the block, which has room for them.
    async fn piece(&mut self, count: usize) -> Result<(), Stop> {
        let mut came = 0;
        while came < count {
            let wanted = count - came;
            let meter = Arc::clone(&self.meter);
            let now = at_once(meter.limits().pass(wanted)).await;
            let granted = if let Some(granted) = now {
                granted
            } else {
                self.hand_on(came).await?;
                meter.limits().pass(wanted).await
            };
            let until = came + granted.min(wanted);
            while came < until {
                came += self.read_piece(came..until).await?;
            }
        }
        if let Some(block) = &mut self.block {
            let start = block.filled().len();
            block.advance(count);
            self.bundle.add_piece(start..start + count);
        }
        Ok(())
    }

    /// Reads to a place in the room of the block. Gives how much came.
    async fn read_piece(&mut self, to: Range<usize>) -> Result<usize, Stop> {
        loop {
            if self.block.is_none() {
                self.block = at_once(self.pool.take()).await;
            }
            if self.block.is_none() {
                self.hand_on(0).await?;
            }
            let block = match &mut self.block {
                Some(block) => block,
                None => self.block.insert(self.pool.take().await),
            };
            let room = block.room().get_mut(to.clone()).unwrap_or_default();
            let read = match at_once(self.stream.read(room)).await {
                Some(read) => Ok(read),
                None if self.bundle.is_empty() => timeout(self.idle, self.stream.read(room)).await,
                None => {
                    self.hand_on(to.start).await?;
                    continue;
                }
            };
            return match said(read, self.idle)? {
                0 => Err(LinkError::Truncated.into()),
                count => Ok(count),
            };
        }
    }

    /// Hands on all that came whole. Of a piece that is not whole yet, `begun` bytes are in the block.
    async fn hand_on(&mut self, begun: usize) -> Result<(), Stop> {
        if self.bundle.is_empty() {
            return Ok(());
        }
        let bundle = std::mem::take(&mut self.bundle);
        // It goes with its pieces, and what is begun goes on in another one.
        let block = if bundle.has_pieces() { self.block.take().map(Arc::new) } else { None };
        let incoming = bundle.into_incoming(block.as_ref());
        self.out.send(Ok(incoming)).await.map_err(|_| Stop::NobodyListens)?;
        if let Some(bytes) = block.as_ref().map(|block| block.behind(begun)).filter(|bytes| !bytes.is_empty())
        {
            let mut fresh = self.pool.take().await;
            if let Some(room) = fresh.room().get_mut(..bytes.len()) {
                room.copy_from_slice(bytes);
            }
            self.block = Some(fresh);
        }
        Ok(())
    }

    /// Reads what there is; 0 at the end of the stream.
    async fn read_some(&mut self, buffer: &mut [u8]) -> Result<usize, Stop> {
        if let Some(read) = at_once(self.stream.read(buffer)).await {
            return Ok(said(Ok(read), self.idle)?);
        }
        self.hand_on(0).await?;
        Ok(said(timeout(self.idle, self.stream.read(buffer)).await, self.idle)?)
    }

    /// Fills `buffer`; the idle time starts anew with every read that brings something.
    async fn read_all(&mut self, mut buffer: &mut [u8]) -> Result<(), Stop> {
        while !buffer.is_empty() {
            match self.read_some(buffer).await? {
                0 => return Err(LinkError::Truncated.into()),
                count => buffer = buffer.get_mut(count..).unwrap_or_default(),
            }
        }
        Ok(())
    }
}

/// What a read came to. TLS tells an end without goodbye apart; for us both are an end.
fn said(read: Result<io::Result<usize>, Elapsed>, idle: Duration) -> Result<usize, LinkError> {
    match read {
        Ok(Ok(count)) => Ok(count),
        Ok(Err(error)) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(0),
        Ok(Err(error)) => Err(LinkError::Broken(error)),
        Err(_) => Err(LinkError::Silent(idle)),
    }
}

/// What something comes to, if it need not be waited for.
async fn at_once<T>(future: impl Future<Output = T>) -> Option<T> {
    tokio::select! {
        biased;
        done = future => Some(done),
        () = std::future::ready(()) => None,
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncWriteExt as _, DuplexStream};
    use tokio::time::{Instant, advance};

    use super::*;
    use crate::model::Digest;
    use crate::session::SpeedLimit;
    use crate::wire::chunk_head;

    type Out = mpsc::Receiver<Result<Vec<Incoming>, LinkError>>;

    /// A reader whose peer has introduced itself, and may not be silent for a minute.
    fn reader() -> (DuplexStream, Out) {
        reader_with(Meter::default())
    }

    /// The same, as fast as this meter lets it be.
    fn reader_with(meter: Meter) -> (DuplexStream, Out) {
        let (theirs, ours) = tokio::io::duplex(1024 * 1024);
        let (out, incoming) = mpsc::channel(8);
        let greeted = Arc::new(AtomicBool::new(true));
        tokio::spawn(run(ours, out, Duration::from_mins(1), greeted, Arc::new(meter)));
        (theirs, incoming)
    }

    fn chunk(bytes: &[u8]) -> Vec<u8> {
        let mut frame = chunk_head(size::count32(bytes.len())).to_vec();
        frame.extend_from_slice(bytes);
        frame
    }

    fn encoded(frame: &Frame) -> Vec<u8> {
        let mut bytes = Vec::new();
        frame.encode(&mut bytes);
        bytes
    }

    fn header(entry: u64) -> Vec<u8> {
        encoded(&Frame::Header { entry, offset: 0, size: 3 })
    }

    /// What comes next, in words: frames by their kinds, pieces by their bytes.
    async fn next(incoming: &mut Out) -> Vec<String> {
        let came = incoming.recv().await.unwrap().unwrap();
        let word = |incoming: &Incoming| match incoming {
            Incoming::Frame(frame) => format!("{:?}", frame.kind()),
            Incoming::Chunk(piece) => String::from_utf8_lossy(piece.bytes()).into_owned(),
        };
        came.iter().map(word).collect()
    }

    #[tokio::test]
    async fn what_came_together_is_handed_on_together() {
        let (mut theirs, mut incoming) = reader();
        let trailer = encoded(&Frame::Trailer { entry: 1, size: 3, digest: Digest::from_bytes([0; 32]) });
        let all = [header(1), chunk(b"one"), trailer, header(2), chunk(b"two")].concat();
        theirs.write_all(&all).await.unwrap();
        assert_eq!(next(&mut incoming).await, ["Header", "one", "Trailer", "Header", "two"]);
    }

    #[tokio::test]
    async fn what_came_whole_does_not_wait_for_what_did_not() {
        let (mut theirs, mut incoming) = reader();
        let late = chunk(b"later");
        for cut in 1..late.len() {
            let (now, then) = late.split_at(cut);
            theirs.write_all(&[header(1), chunk(b"one"), now.to_vec()].concat()).await.unwrap();
            assert_eq!(next(&mut incoming).await, ["Header", "one"], "cut at {cut}");
            theirs.write_all(then).await.unwrap();
            assert_eq!(next(&mut incoming).await, ["later"], "cut at {cut}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn what_came_whole_does_not_wait_for_a_limit_that_holds_up_the_next() {
        let limit = Arc::new(SpeedLimit::new(Some(100_000)));
        let (mut theirs, mut incoming) = reader_with(Meter::limited(limit));
        theirs.write_all(&chunk(b"a")).await.unwrap();
        assert_eq!(next(&mut incoming).await, ["a"]);
        // Late, so some of what comes is let through at once.
        advance(Duration::from_secs(1)).await;
        let start = Instant::now();
        let long: String = (10_000..20_000).map(|n| n.to_string()).collect();
        theirs.write_all(&[header(1), chunk(b"one"), chunk(long.as_bytes())].concat()).await.unwrap();
        assert_eq!(next(&mut incoming).await, ["Header", "one"]);
        assert_eq!(start.elapsed(), Duration::ZERO);
        assert_eq!(next(&mut incoming).await, [long]);
        assert!(start.elapsed() >= Duration::from_millis(400), "{:?}", start.elapsed());
    }

    #[tokio::test]
    async fn what_came_before_nonsense_or_the_end_is_handed_on() {
        for end in [&b"\xff\xff\xff\xff\xff"[..], &chunk(b"never whole")[..7], b""] {
            let (mut theirs, mut incoming) = reader();
            theirs.write_all(&[header(1), chunk(b"one"), end.to_vec()].concat()).await.unwrap();
            drop(theirs);
            assert_eq!(next(&mut incoming).await, ["Header", "one"], "{end:?}");
            assert!(incoming.recv().await.unwrap().is_err(), "{end:?}");
        }
    }

    #[tokio::test]
    async fn a_chunk_longer_than_a_block_comes_in_pieces_and_nothing_of_it_is_lost() {
        let (mut theirs, mut incoming) = reader();
        let bytes: Vec<u8> = (0..700_000_u32).map(|n| n.to_le_bytes()[0] ^ n.to_le_bytes()[1]).collect();
        let sent = [header(1), chunk(b"one"), chunk(&bytes), header(2)].concat();
        let writing = tokio::spawn(async move { theirs.write_all(&sent).await.map(|()| theirs) });
        let (mut came, mut headers) = (Vec::new(), 0);
        while headers < 2 {
            for incoming in incoming.recv().await.unwrap().unwrap() {
                match incoming {
                    Incoming::Frame(_) => headers += 1,
                    Incoming::Chunk(piece) => came.extend_from_slice(piece.bytes()),
                }
            }
        }
        assert!(came == [&b"one"[..], &bytes].concat());
        drop(writing.await.unwrap().unwrap());
    }
}
