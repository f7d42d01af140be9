//! Frames both ways at once over one stream: a reader task and a writer task (`docs/protocol.md` §2).
//!
//! The reader never waits for a write. The writer sends control frames before the next block of data. Neither waits for
//! a disk longer than the pool has blocks, and pings keep the line known to be alive meanwhile.

mod bundle;
mod reader;
mod writer;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::mpsc;
use tokio::time::{Instant, timeout_at};
use tokio_util::task::AbortOnDropHandle;

use crate::model::size;
use crate::session::pace::Pace;
use crate::session::{Block, LinkError, Meter, Piece, Timing};
use crate::wire::{Bye, ByeReason, Frame};

/// Bundles that wait to be looked at. Blocks are bounded by the pool; this bounds frames.
const INCOMING: usize = 8;

/// Control frames that wait to be written.
const CONTROL: usize = 32;

/// Blocks that wait to be written: one being filled, one being hashed, the rest for a disk or a line that stutters.
const DATA: usize = 4;

/// How much a peer may still say after our last frame before we hang up on it.
const MAX_DRAIN: u64 = 16 * 1024 * 1024;

/// What comes in.
#[derive(Debug)]
pub enum Incoming {
    /// A control frame. Pings never get this far.
    Frame(Frame),
    /// Bytes of a chunk. One chunk may come as several pieces.
    Chunk(Piece),
}

/// A stream that carries frames.
#[derive(Debug)]
pub struct Link {
    incoming: mpsc::Receiver<Result<Vec<Incoming>, LinkError>>,
    /// What came together with what was looked at last.
    came: std::vec::IntoIter<Incoming>,
    control: mpsc::Sender<Frame>,
    data: mpsc::Sender<Block>,
    writer: AbortOnDropHandle<Result<(), LinkError>>,
    reader: AbortOnDropHandle<()>,
    pace: Arc<Pace>,
    /// Whether both sides introduced themselves. Before that the reader takes little, and of few kinds.
    greeted: Arc<AtomicBool>,
    timing: Timing,
}

impl Link {
    /// Starts the two tasks over `stream`. File bytes that were written are counted in `meter`.
    /// Must be called inside a tokio runtime.
    pub fn new<S>(stream: S, timing: Timing, meter: Arc<Meter>) -> Self
    where
        S: AsyncRead + AsyncWrite + Send + 'static,
    {
        let (read_half, write_half) = tokio::io::split(stream);
        let (incoming_tx, incoming) = mpsc::channel(INCOMING);
        let (control, control_rx) = mpsc::channel(CONTROL);
        let (data, data_rx) = mpsc::channel(DATA);
        let pace = Arc::new(Pace::new());
        let greeted = Arc::new(AtomicBool::new(false));
        let reader = tokio::spawn(reader::run(
            read_half,
            incoming_tx,
            timing.idle,
            Arc::clone(&greeted),
            Arc::clone(&meter),
        ));
        let writer =
            tokio::spawn(writer::run(write_half, control_rx, data_rx, timing.ping, meter, Arc::clone(&pace)));
        let (writer, reader) = (AbortOnDropHandle::new(writer), AbortOnDropHandle::new(reader));
        let came = Vec::new().into_iter();
        Self { incoming, came, control, data, writer, reader, pace, greeted, timing }
    }

    /// From now on the peer may say whatever the protocol has: it introduced itself, or is about to in answer to us.
    pub fn end_greeting(&self) {
        self.greeted.store(true, Ordering::Release);
    }

    /// The next frame or piece. Safe to drop while waiting. Errors: what ended the connection, once; then `Closed`.
    pub async fn next(&mut self) -> Result<Incoming, LinkError> {
        loop {
            if let Some(incoming) = self.next_at_once() {
                return Ok(incoming);
            }
            self.came = self.incoming.recv().await.unwrap_or(Err(LinkError::Closed))?.into_iter();
        }
    }

    /// The next of those that came together with the last one.
    pub(super) fn next_at_once(&mut self) -> Option<Incoming> {
        self.came.next()
    }

    /// Puts a control frame before all data that is not being written yet.
    /// When the line is broken this does nothing: the reader then says why, or what the peer said last.
    pub async fn send(&self, frame: Frame) {
        self.control.send(frame).await.ok();
    }

    /// Like [`send`](Self::send), but gives up after [`Timing::wind_up`]: a peer that never reads must not keep us
    /// from stopping.
    pub(super) async fn send_in_time(&self, frame: Frame) {
        timeout_at(Instant::now() + self.timing.wind_up, self.send(frame)).await.ok();
    }

    /// Where control frames go, for those who must watch the line while they wait for room in it.
    pub(super) fn control(&self) -> mpsc::Sender<Frame> {
        self.control.clone()
    }

    /// Where blocks of encoded frames go, in order.
    pub(super) fn data(&self) -> mpsc::Sender<Block> {
        self.data.clone()
    }

    /// Whether blocks still leave: not when the line is broken.
    pub(super) fn takes_data(&self) -> bool {
        !self.data.is_closed()
    }

    /// How large a chunk the line can take.
    pub(super) fn pace(&self) -> Arc<Pace> {
        Arc::clone(&self.pace)
    }

    /// The bounds this link keeps.
    pub fn timing(&self) -> Timing {
        self.timing
    }

    /// Closes politely: writes what waits, shuts down the write side, and hears the peer out for a while, so that our
    /// last frame arrives instead of a reset. All data senders must be gone by then.
    pub async fn close(self) {
        let Self { mut incoming, came: _, control, data, mut writer, reader, pace: _, greeted: _, timing } =
            self;
        drop((control, data));
        let deadline = Instant::now() + timing.linger;
        let drain = async {
            let mut drained = 0;
            while let Some(Ok(came)) = incoming.recv().await {
                let chunks = came.iter().map(|incoming| match incoming {
                    Incoming::Frame(_) => 0,
                    Incoming::Chunk(piece) => piece.bytes().len(),
                });
                drained += size::from_len(chunks.sum());
                if drained > MAX_DRAIN {
                    break;
                }
            }
        };
        // Both at once: a peer that is still sending may have to be read before it reads us.
        timeout_at(deadline, async { tokio::join!(drain, &mut writer) }).await.ok();
        drop(reader);
    }

    /// Tells the peer why and closes.
    pub async fn leave(self, reason: ByeReason, detail: &str) {
        let bye = Frame::Bye(Bye { reason, detail: detail.to_owned() });
        // A peer that does not read must not hold us up here either.
        timeout_at(Instant::now() + self.timing.linger, self.send(bye)).await.ok();
        self.close().await;
    }
}
