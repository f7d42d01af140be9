//! Taking the bytes of an offer that was accepted.

use std::collections::VecDeque;
use std::sync::Arc;

use tokio::runtime::Handle;
use tokio::sync::mpsc;
use tokio::task::spawn_blocking;
use tokio::time::{Instant, sleep_until, timeout};
use tokio_util::sync::CancellationToken;

use crate::model::{Decision, DeviceId, EntryIndex, FailureKind, FileProblem, Side, Step, TransferId, size};
use crate::session::receive::order::FrameOrder;
use crate::session::sink::{Done, Order, Sink};
use crate::session::{Counts, Cursor, Incoming, Ledger, Link, Manifest, Meter, SessionError};
use crate::storage::Folder;
use crate::wire::{AbortReason, Frame, SavedRange, limits};

/// Orders that wait for the disk. Blocks among them are bounded by the pool; this bounds the small ones.
const ORDERS: usize = 64;

/// Answers of the disk that wait for the session.
const ANSWERS: usize = 64;

/// What to receive, and where to write down how it goes.
#[derive(Debug)]
pub struct Receiving {
    /// Who sends.
    pub sender: DeviceId,
    /// The sender's name for the transfer.
    pub transfer: TransferId,
    /// What was offered.
    pub manifest: Arc<Manifest>,
    /// Where the files go.
    pub folder: Folder,
    /// Fates of the files.
    pub ledger: Arc<Ledger>,
    /// Counters for the progress.
    pub meter: Arc<Meter>,
    /// A person's Cancel.
    pub cancel: CancellationToken,
}

/// How receiving ended that did not break off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReceiveEnd {
    /// The ledger holds the files' fates, and the sender was told.
    Delivered,
    /// Stopped by a person on this side of the line.
    Cancelled(Side),
}

/// Says yes and takes the files. `step` hears of each step as it is taken. When it returns, nothing unfinished is left
/// in the folder, however it ended. Errors: [`SessionError`] for whatever breaks the conversation off.
pub async fn receive(
    link: &mut Link,
    job: &Receiving,
    step: impl Fn(Step) + Send + Sync,
) -> Result<ReceiveEnd, SessionError> {
    let (orders, orders_rx) = mpsc::channel(ORDERS);
    let (done, done_rx) = mpsc::channel(ANSWERS);
    let sink = Sink {
        orders: orders_rx,
        done,
        folder: job.folder.clone(),
        sender: job.sender,
        transfer: job.transfer,
        staging: None,
        entries: Cursor::new(Arc::clone(&job.manifest)),
        ledger: Arc::clone(&job.ledger),
    };
    let runtime = Handle::current();
    let disk = spawn_blocking(move || sink.run(&runtime));
    step(Step::Accept);
    link.send(Frame::Decision(Decision::Accept, job.manifest.summary().digest)).await;
    job.meter.start();
    let order = FrameOrder::new(job.manifest.len());
    let mut run = Run {
        job,
        order,
        orders: Some(orders),
        done: done_rx,
        queued: None,
        answers: VecDeque::new(),
        last_word: LastWord::Ahead,
        cancelled_until: None,
    };
    let result = run.converse(link, &step).await;
    // The disk ends when its orders do; only then is every part file published or removed. What it saved meanwhile is
    // in the folder, so it is written down, though nobody is told any more.
    run.orders = None;
    let finish = async {
        while let Some(done) = run.done.recv().await {
            run.write_down(&done);
        }
        disk.await.map_err(|_| SessionError::Internal("the writing of files"))
    };
    // A disk that hangs (a network folder that is gone) must not keep the transfer from ending.
    let limit = link.timing().idle;
    timeout(limit, finish).await.unwrap_or(Err(SessionError::Internal("the disk does not answer")))?;
    if matches!(result, Ok(ReceiveEnd::Cancelled(Side::There))) {
        link.send_in_time(Frame::Cancelled).await;
    }
    result
}

struct Run<'job> {
    job: &'job Receiving,
    order: FrameOrder,
    /// `None` once the transfer was cancelled: the disk stops then.
    orders: Option<mpsc::Sender<Order>>,
    done: mpsc::Receiver<Done>,
    /// An order the disk has no room for yet; nothing is read from the line meanwhile.
    queued: Option<Order>,
    /// Answers the writer has no room for yet; the disk is not heard meanwhile. Else a peer that never reads could keep
    /// us from hearing anybody.
    answers: VecDeque<Frame>,
    /// How far the last answer is.
    last_word: LastWord,
    /// Set when a person here said Cancel: until then we wait for Cancelled.
    cancelled_until: Option<Instant>,
}

impl Run<'_> {
    async fn converse(&mut self, link: &mut Link, step: &impl Fn(Step)) -> Result<ReceiveEnd, SessionError> {
        let control = link.control();
        loop {
            if self.last_word == LastWord::Said {
                return Ok(ReceiveEnd::Delivered);
            }
            let wind_up = self.cancelled_until;
            if let Some(entry) = self.order.wants() {
                let read = timeout(link.timing().idle, self.job.manifest.stretch_later(entry)).await;
                self.order.give(read.unwrap_or(Err(SessionError::Internal("the disk does not answer")))?);
            }
            tokio::select! {
                done = self.done.recv(), if self.orders.is_some() && self.answers.is_empty() => {
                    self.tell(done.ok_or(SessionError::Internal("the writing of files"))?);
                }
                () = give_answer(&control, &mut self.answers, &mut self.last_word), if !self.answers.is_empty() => {}
                () = pass_on(self.orders.as_ref(), &mut self.queued), if self.queued.is_some() => {}
                incoming = link.next(), if self.queued.is_none() => match incoming {
                    // It was to end, and it has.
                    Err(error) if wind_up.is_some() && error.is_lost() => {
                        return Ok(ReceiveEnd::Cancelled(Side::Here));
                    }
                    incoming => {
                        if let Some(end) = self.take(incoming?, step)? {
                            return Ok(end);
                        }
                    }
                },
                () = self.job.cancel.cancelled(), if wind_up.is_none() => {
                    self.orders = None;
                    self.queued = None;
                    self.answers.clear();
                    self.last_word = LastWord::Ahead;
                    self.cancelled_until = Some(Instant::now() + link.timing().wind_up);
                    link.send_in_time(Frame::Cancel).await;
                }
                () = sleep_until(wind_up.unwrap_or_else(Instant::now)), if wind_up.is_some() => {
                    return Ok(ReceiveEnd::Cancelled(Side::Here));
                }
            }
        }
    }

    /// Handles what came; gives the end if that was it.
    fn take(&mut self, incoming: Incoming, step: &impl Fn(Step)) -> Result<Option<ReceiveEnd>, SessionError> {
        match incoming {
            // A Cancel that crosses ours is its answer.
            Incoming::Frame(Frame::Cancelled | Frame::Cancel) if self.cancelled_until.is_some() => {
                return Ok(Some(ReceiveEnd::Cancelled(Side::Here)));
            }
            Incoming::Frame(Frame::Cancel) => {
                return Ok(Some(ReceiveEnd::Cancelled(Side::There)));
            }
            Incoming::Frame(Frame::Bye(bye)) => return Err(SessionError::Left(bye)),
            // Whatever crosses our Cancel is expected, and dropped.
            Incoming::Frame(_) | Incoming::Chunk(_) if self.cancelled_until.is_some() => {}
            Incoming::Frame(frame) => self.queued = self.frame(frame, step)?,
            Incoming::Chunk(block) => {
                self.order.chunk(size::from_len(block.filled().len()))?;
                self.job.meter.add_bytes(block.payload);
                self.queued = Some(Order::Write(block));
            }
        }
        Ok(None)
    }

    /// Checks that a frame may come now, and says what it means for the disk.
    fn frame(&mut self, frame: Frame, step: &impl Fn(Step)) -> Result<Option<Order>, SessionError> {
        Ok(Some(match frame {
            Frame::Header { entry, offset, size } => {
                self.order.header(entry, offset, size)?;
                Order::Open(entry)
            }
            Frame::Trailer { entry, size, digest } => {
                self.order.trailer(entry, size)?;
                Order::Finish(entry, digest)
            }
            Frame::Abort { entry, reason } => {
                self.order.abort(entry)?;
                // If it failed here first, that reason stands.
                self.job.ledger.failed(entry, FileProblem { kind: abort_kind(reason), side: Side::There });
                Order::Forget
            }
            Frame::End => {
                self.order.end()?;
                step(Step::Check);
                Order::Settle
            }
            other => {
                return Err(SessionError::Unexpected { expected: self.order.expected(), got: other.kind() });
            }
        }))
    }

    /// Writes down what the disk did, and puts it among the answers to the sender.
    fn tell(&mut self, done: Done) {
        self.write_down(&done);
        match done {
            Done::Saved(files) => {
                let entries: Vec<EntryIndex> = files.iter().map(|(entry, _)| *entry).collect();
                let ranges = ranges(&entries);
                self.answers
                    .extend(ranges.chunks(limits::MAX_RANGES).map(|part| Frame::Saved(part.to_vec())));
            }
            Done::Failed(entry, reason, _) => self.answers.push_back(Frame::Failed { entry, reason }),
            Done::Settled => {
                let Counts { saved, failed, bytes } = self.job.ledger.counts();
                let manifest = self.job.manifest.summary().digest;
                self.answers.push_back(Frame::Delivered { saved, failed, bytes, manifest });
                self.last_word = LastWord::Waits;
            }
        }
    }

    fn write_down(&self, done: &Done) {
        match done {
            Done::Saved(files) => {
                self.job.meter.add_files(size::from_len(files.len()));
                for (entry, name) in files {
                    self.job.ledger.saved(*entry, Some(name.clone()));
                }
            }
            Done::Failed(entry, _, kind) => {
                self.job.ledger.failed(*entry, FileProblem { kind: *kind, side: Side::Here });
            }
            Done::Settled => {}
        }
    }
}

/// How far Delivered is, the last answer.
#[derive(Clone, Copy, PartialEq, Eq)]
enum LastWord {
    /// Files are still to come.
    Ahead,
    /// It is among the answers.
    Waits,
    /// The writer has it.
    Said,
}

/// Gives the writer the next answer, once there is room. Safe to drop while waiting: the answer then still waits.
async fn give_answer(control: &mpsc::Sender<Frame>, answers: &mut VecDeque<Frame>, last_word: &mut LastWord) {
    match control.reserve().await {
        Ok(room) => {
            if let Some(frame) = answers.pop_front() {
                room.send(frame);
            }
            if *last_word == LastWord::Waits && answers.is_empty() {
                *last_word = LastWord::Said;
            }
        }
        Err(_) => answers.clear(), // the line is broken; whoever reads from it says why
    }
}

/// Gives the disk the order that waits, once there is room. Safe to drop while waiting: the order then still waits.
async fn pass_on(orders: Option<&mpsc::Sender<Order>>, queued: &mut Option<Order>) {
    if let Some(orders) = orders
        && let Ok(room) = orders.reserve().await
        && let Some(order) = queued.take()
    {
        room.send(order);
    } else {
        *queued = None; // the disk is gone; its answers say so
    }
}

/// Ascending entries as ranges.
fn ranges(entries: &[EntryIndex]) -> Vec<SavedRange> {
    let mut ranges: Vec<SavedRange> = Vec::new();
    for &entry in entries {
        match ranges.last_mut() {
            Some(range) if range.first + range.count == entry => range.count += 1,
            Some(_) | None => ranges.push(SavedRange { first: entry, count: 1 }),
        }
    }
    ranges
}

/// A sender's reason as a kind of failure.
fn abort_kind(reason: AbortReason) -> FailureKind {
    match reason {
        AbortReason::Changed => FailureKind::SourceChanged,
        AbortReason::Vanished => FailureKind::NoSuchFile,
        AbortReason::Unreadable | AbortReason::NotWanted | AbortReason::Other => FailureKind::ReadFailed,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbours_share_a_range() {
        let range = |first, count| SavedRange { first, count };
        assert_eq!(ranges(&[0, 1, 2, 5, 7, 8]), [range(0, 3), range(5, 1), range(7, 2)]);
        assert_eq!(ranges(&[]), []);
    }
}
