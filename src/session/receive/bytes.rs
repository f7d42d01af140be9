//! Taking the bytes of an offer that was accepted.

use std::sync::Arc;

use tokio::sync::mpsc;
use tokio::task::spawn_blocking;
use tokio::time::{Instant, sleep_until, timeout, timeout_at};
use tokio_util::sync::CancellationToken;

use crate::model::{
    Decision, Entry, EntryIndex, FailureKind, FileProblem, ManifestSummary, Side, Step, TransferId, size,
};
use crate::session::error::Lie;
use crate::session::sink::{Done, Order, Sink};
use crate::session::{Incoming, Ledger, Link, Meter, SessionError};
use crate::storage::Folder;
use crate::wire::{AbortReason, Frame, Kind, SavedRange, limits};

/// Orders that wait for the disk. Blocks among them are bounded by the pool; this bounds the small ones.
const ORDERS: usize = 64;

/// Answers of the disk that wait for the session.
const ANSWERS: usize = 64;

/// What to receive, and where to write down how it goes.
#[derive(Debug)]
pub struct Receiving {
    /// The sender's name for the transfer.
    pub transfer: TransferId,
    /// What was offered.
    pub entries: Arc<[Entry]>,
    /// Its totals and digest.
    pub summary: ManifestSummary,
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
        transfer: job.transfer,
        entries: Arc::clone(&job.entries),
        ledger: Arc::clone(&job.ledger),
    };
    let disk = spawn_blocking(move || sink.run());
    step(Step::Accept);
    link.send(Frame::Decision(Decision::Accept, job.summary.digest)).await;
    job.meter.start();
    let order = FrameOrder { entries: Arc::clone(&job.entries), next: 0, open: None, ended: false };
    let mut run =
        Run { job, order, orders: Some(orders), done: done_rx, queued: None, cancelled_until: None };
    let result = run.converse(link, &step).await;
    // The disk ends when both channels do; only then is every part file published or removed.
    let Run { orders, done, .. } = run;
    drop((orders, done));
    disk.await.map_err(|_| SessionError::Internal("the writing of files"))?;
    if matches!(result, Ok(ReceiveEnd::Cancelled(Side::There))) {
        timeout(link.timing().wind_up, link.send(Frame::Cancelled)).await.ok();
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
    /// Set when a person here said Cancel: until then we wait for Cancelled.
    cancelled_until: Option<Instant>,
}

impl Run<'_> {
    async fn converse(&mut self, link: &mut Link, step: &impl Fn(Step)) -> Result<ReceiveEnd, SessionError> {
        loop {
            let wind_up = self.cancelled_until;
            tokio::select! {
                done = self.done.recv(), if self.orders.is_some() => {
                    let done = done.ok_or(SessionError::Internal("the writing of files"))?;
                    if self.tell(done, link).await {
                        return Ok(ReceiveEnd::Delivered);
                    }
                }
                () = pass_on(self.orders.as_ref(), &mut self.queued), if self.queued.is_some() => {}
                incoming = link.next(), if self.queued.is_none() => {
                    if let Some(end) = self.take(incoming?, step)? {
                        return Ok(end);
                    }
                }
                () = self.job.cancel.cancelled(), if wind_up.is_none() => {
                    self.orders = None;
                    self.queued = None;
                    let until = Instant::now() + link.timing().wind_up;
                    self.cancelled_until = Some(until);
                    timeout_at(until, link.send(Frame::Cancel)).await.ok();
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
            Incoming::Frame(Frame::Cancel) => {
                return Ok(Some(ReceiveEnd::Cancelled(Side::There)));
            }
            Incoming::Frame(Frame::Cancelled) if self.cancelled_until.is_some() => {
                return Ok(Some(ReceiveEnd::Cancelled(Side::Here)));
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

    /// Tells the sender what the disk did. `true` after the last word.
    async fn tell(&self, done: Done, link: &Link) -> bool {
        match done {
            Done::Saved(files) => {
                let entries: Vec<EntryIndex> = files.iter().map(|(entry, _)| *entry).collect();
                self.job.meter.add_files(size::from_len(files.len()));
                for (entry, name) in files {
                    self.job.ledger.saved(entry, Some(name));
                }
                for ranges in ranges(&entries).chunks(limits::MAX_RANGES) {
                    self.say(link, Frame::Saved(ranges.to_vec())).await;
                }
            }
            Done::Failed(entry, reason, kind) => {
                self.job.ledger.failed(entry, FileProblem { kind, side: Side::Here });
                self.say(link, Frame::Failed { entry, reason }).await;
            }
            Done::Settled => {
                let counts = self.job.ledger.counts();
                let (saved, failed, bytes) = (counts.saved, counts.failed, counts.bytes);
                self.say(link, Frame::Delivered { saved, failed, bytes, manifest: self.job.summary.digest })
                    .await;
                return true;
            }
        }
        false
    }

    /// Says a frame, or drops it when a person cancels: a peer that does not read must not keep them waiting.
    async fn say(&self, link: &Link, frame: Frame) {
        tokio::select! {
            biased;
            () = link.send(frame) => {}
            () = self.job.cancel.cancelled() => {}
        }
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

/// Which frame may come when: files in the order of the manifest, each whole or aborted, then End.
struct FrameOrder {
    entries: Arc<[Entry]>,
    next: EntryIndex,
    /// The file that is open, and how many of its bytes came.
    open: Option<(EntryIndex, u64)>,
    ended: bool,
}

impl FrameOrder {
    fn expected(&self) -> &'static str {
        match (self.ended, self.open) {
            (true, _) => "nothing more",
            (false, Some(_)) => "Chunk, Trailer or Abort",
            (false, None) => "Header, Abort or End",
        }
    }

    fn unexpected<T>(&self, got: Kind) -> Result<T, SessionError> {
        Err(SessionError::Unexpected { expected: self.expected(), got })
    }

    fn size_of(&self, entry: EntryIndex) -> Option<u64> {
        self.entries.get(size::to_len(entry)).map(|entry| entry.size)
    }

    fn header(&mut self, entry: EntryIndex, offset: u64, size: u64) -> Result<(), SessionError> {
        if self.ended || self.open.is_some() {
            return self.unexpected(Kind::Header);
        }
        let Some(offered) = self.size_of(entry).filter(|_| entry == self.next) else {
            return Err(SessionError::Lie { entry, what: Lie::OutOfTurn });
        };
        if offset != 0 || size != offered {
            return Err(SessionError::Lie { entry, what: Lie::Size });
        }
        self.open = Some((entry, 0));
        Ok(())
    }

    fn chunk(&mut self, count: u64) -> Result<(), SessionError> {
        let Some((entry, came)) = self.open else { return self.unexpected(Kind::Chunk) };
        let came = came + count;
        if self.size_of(entry).is_none_or(|size| came > size) {
            return Err(SessionError::Lie { entry, what: Lie::TooMany });
        }
        self.open = Some((entry, came));
        Ok(())
    }

    fn trailer(&mut self, entry: EntryIndex, size: u64) -> Result<(), SessionError> {
        let Some((open, came)) = self.open else { return self.unexpected(Kind::Trailer) };
        if entry != open {
            return Err(SessionError::Lie { entry, what: Lie::OutOfTurn });
        }
        let offered = self.size_of(entry);
        if Some(size) != offered {
            return Err(SessionError::Lie { entry, what: Lie::Size });
        }
        if Some(came) != offered {
            return Err(SessionError::Lie { entry, what: Lie::TooFew });
        }
        self.close(entry);
        Ok(())
    }

    fn abort(&mut self, entry: EntryIndex) -> Result<(), SessionError> {
        if self.ended {
            return self.unexpected(Kind::Abort);
        }
        let turn = self.open.map_or(self.next, |(open, _)| open);
        if entry != turn || self.size_of(entry).is_none() {
            return Err(SessionError::Lie { entry, what: Lie::OutOfTurn });
        }
        self.close(entry);
        Ok(())
    }

    fn end(&mut self) -> Result<(), SessionError> {
        if self.ended || self.open.is_some() || self.next != size::from_len(self.entries.len()) {
            return self.unexpected(Kind::End);
        }
        self.ended = true;
        Ok(())
    }

    fn close(&mut self, entry: EntryIndex) {
        self.open = None;
        self.next = entry + 1;
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
