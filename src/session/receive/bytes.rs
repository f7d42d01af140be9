//! Taking the bytes of an offer that was accepted.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use sha2::{Digest as _, Sha256};
use tokio::runtime::Handle;
use tokio::sync::{mpsc, watch};
use tokio::task::spawn_blocking;
use tokio::time::{Instant, timeout};
use tokio_util::sync::CancellationToken;

use crate::model::{
    Decision, Digest, FailureKind, FileProblem, Leftover, Paused, Side, Skip, Step, Wish, size,
};
use crate::session::halt::{WindUp, over};
use crate::session::many::look_at_each;
use crate::session::receive::answers::Answers;
use crate::session::receive::order::FrameOrder;
use crate::session::receive::sink::{Books, Done, HashedBy, Order, Place, Sink};
use crate::session::send::pause_frame;
use crate::session::{Action, Halt, Incoming, Ledger, Link, Meter, Notary, Plan, SessionError};
use crate::wire::{AbortReason, Frame, Kind};

/// Bundles of orders that wait for the disk. Blocks among them are bounded by the pool; this bounds the others.
const ORDERS: usize = 2;

/// Answers of the disk that wait for the session. Pages of the receipt are among them, 60 KiB each: they come faster than
/// they leave.
const ANSWERS: usize = 16;

/// Files of up to this many bytes are hashed by the session while the disk works on the ones before: naming thousands of them
/// keeps the disk's thread busier than their bytes. What is larger would keep the session from hearing its peer.
const SMALL: u64 = 64 * 1024;

/// What to receive, and where to write down how it goes.
#[derive(Debug)]
pub struct Receiving {
    /// What was decided about each entry.
    pub plan: Arc<Plan>,
    /// Where the files go.
    pub place: Place,
    /// Who signs what arrived.
    pub notary: Notary,
    /// Fates of the files.
    pub ledger: Arc<Ledger>,
    /// Counters for the progress.
    pub meter: Arc<Meter>,
    /// A person's Cancel.
    pub cancel: Halt,
    /// Cancelled when the sender came back and another session goes on.
    pub superseded: CancellationToken,
    /// A person's Pause and Resume.
    pub wish: watch::Receiver<Wish>,
}

/// What becomes known while files are received.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReceiveNews {
    /// The transfer went one step on.
    Step(Step),
    /// Somebody paused, or went on.
    Paused(Paused),
}

/// How receiving ended that did not break off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReceiveEnd {
    /// The ledger holds the files' fates, and the sender was told.
    Delivered,
    /// Stopped by a person on this side of the line.
    Cancelled(Side, Leftover),
}

/// Says yes and takes the files. `tell` hears of each step as it is taken. When it returns nothing is written any more; what
/// is not complete is in staging, where it can go on. Errors: [`SessionError`] for whatever breaks the conversation off.
pub async fn receive(
    link: &mut Link,
    job: Receiving,
    tell: impl Fn(ReceiveNews) + Send + Sync,
) -> Result<ReceiveEnd, SessionError> {
    let Receiving { plan, place, notary, ledger, meter, cancel, superseded, wish } = job;
    let (orders, orders_rx) = mpsc::channel(ORDERS);
    let (done, done_rx) = mpsc::channel(ANSWERS);
    let stop = Arc::<AtomicBool>::default();
    let runtime = Handle::current();
    let books = Books {
        plan: Arc::clone(&plan),
        ledger: Arc::clone(&ledger),
        meter: Arc::clone(&meter),
        notary,
        stop: Arc::clone(&stop),
    };
    let sink = Sink::new(orders_rx, done, place, books, runtime);
    let disk = spawn_blocking(move || sink.run());
    tell(ReceiveNews::Step(Step::Accept));
    let settled = (Arc::clone(&plan), Arc::clone(&ledger));
    let pages = look_at_each(ledger.len(), move || {
        let (plan, ledger) = settled;
        note_skipped(&plan, &ledger);
        plan.pages()
    });
    let pages = pages.await?;
    meter.start();
    let manifest = plan.manifest().summary().digest;
    let yes = pages.into_iter().map(Frame::DecisionPage);
    let mut run = Run {
        order: FrameOrder::new(Arc::clone(&plan)),
        small: None,
        manifest,
        ledger,
        meter,
        cancel,
        superseded,
        wish,
        paused: Paused::default(),
        orders: Some(orders),
        stop,
        done: done_rx,
        queued: Vec::new(),
        answers: Answers::of(yes.chain([Frame::Decision(Decision::Accept, manifest)])),
        wind_up: None,
    };
    let result = run.converse(link, &tell).await;
    // What came before the end need not come again, as far as there is room for it.
    if let Some(orders) = &run.orders {
        orders.try_send(std::mem::take(&mut run.queued)).ok();
    }
    // The disk ends when its orders do. What it saved meanwhile is written down, though nobody is told any more.
    run.stop_disk();
    let finish = async {
        while run.done.recv().await.is_some() {}
        disk.await.map_err(|_| SessionError::Internal("the writing of files"))
    };
    // A disk that hangs (a network folder that is gone) must not keep the transfer from ending.
    let limit = link.timing().idle;
    timeout(limit, finish).await.unwrap_or(Err(SessionError::Internal("the disk does not answer")))?;
    if matches!(result, Ok(ReceiveEnd::Cancelled(Side::There, _))) {
        link.send_in_time(Frame::Cancelled).await;
    }
    result
}

/// What is not sent is settled with the decision.
fn note_skipped(plan: &Plan, ledger: &Ledger) {
    for entry in 0..plan.manifest().len() {
        match plan.action(entry) {
            Action::Skip(why) => match plan.saved_as(entry).filter(|_| why == Skip::Identical) {
                Some(name) => drop(ledger.identical_as(entry, name)),
                None => drop(ledger.skipped(entry, why)),
            },
            Action::KeepBoth | Action::Replace => {}
        }
    }
}

struct Run {
    order: FrameOrder,
    /// The hash of the file that is coming, where it is hashed here.
    small: Option<Sha256>,
    manifest: Digest,
    ledger: Arc<Ledger>,
    meter: Arc<Meter>,
    cancel: Halt,
    superseded: CancellationToken,
    wish: watch::Receiver<Wish>,
    paused: Paused,
    /// Set once nothing more is to be written.
    stop: Arc<AtomicBool>,
    /// `None` once the transfer was cancelled: the disk stops then.
    orders: Option<mpsc::Sender<Vec<Order>>>,
    done: mpsc::Receiver<Done>,
    /// Orders the disk has no room for yet; nothing is read from the line meanwhile.
    queued: Vec<Order>,
    /// What the writer has no room for yet; the disk is not heard meanwhile. Else a peer that never reads could keep us
    /// from hearing anybody.
    answers: Answers,
    /// Set when a person here said Cancel: until then we wait for Cancelled.
    wind_up: Option<WindUp>,
}

impl Run {
    async fn converse(
        &mut self,
        link: &mut Link,
        tell: &(impl Fn(ReceiveNews) + Sync),
    ) -> Result<ReceiveEnd, SessionError> {
        let control = link.control();
        self.wish.mark_changed(); // it may have been wished before
        loop {
            if self.answers.are_all_said() {
                return Ok(ReceiveEnd::Delivered);
            }
            let wind_up = self.wind_up;
            tokio::select! {
                done = self.done.recv(), if self.orders.is_some() && self.answers.is_empty() => {
                    let done = done.ok_or(SessionError::Internal("the writing of files"))?;
                    self.answers.note(done, &self.ledger, self.manifest)?;
                }
                () = self.answers.give_one(&control), if !self.answers.is_empty() => {}
                () = pass_on(self.orders.as_ref(), &mut self.queued), if !self.queued.is_empty() => {}
                incoming = link.next(), if self.queued.is_empty() => match incoming {
                    // It was to end, and it has.
                    Err(error) if error.is_lost() && let Some(WindUp { leftover, .. }) = wind_up => {
                        return Ok(ReceiveEnd::Cancelled(Side::Here, leftover));
                    }
                    incoming => {
                        let mut came = Some(incoming?);
                        while let Some(incoming) = came {
                            if let Some(end) = self.take(incoming, tell)? {
                                return Ok(end);
                            }
                            came = link.next_at_once();
                        }
                    }
                },
                Ok(()) = self.wish.changed(), if wind_up.is_none() => {
                    let wish = *self.wish.borrow_and_update();
                    if self.pause(Side::Here, wish, tell) {
                        self.answers.add_before_the_last(pause_frame(wish));
                    }
                }
                () = self.superseded.cancelled() => return Err(SessionError::Superseded),
                leftover = self.cancel.cancelled(), if wind_up.is_none() => {
                    let leftover = leftover?;
                    self.stop_disk();
                    self.queued.clear();
                    self.answers = Answers::default();
                    let until = Instant::now() + link.timing().wind_up;
                    self.wind_up = Some(WindUp { until, leftover });
                    link.send_in_time(Frame::Cancel(leftover)).await;
                }
                leftover = over(wind_up) => return Ok(ReceiveEnd::Cancelled(Side::Here, leftover)),
            }
        }
    }

    /// Nothing more is written; what takes long stops in the middle. At the end of all nothing is under way.
    fn stop_disk(&mut self) {
        self.stop.store(true, Ordering::Release);
        self.orders = None;
    }

    /// Notes a side's wish. `false` if it was its wish already.
    fn pause(&mut self, side: Side, wish: Wish, tell: &impl Fn(ReceiveNews)) -> bool {
        let paused = self.paused.with(side, wish);
        let is_new = paused != self.paused;
        if is_new {
            self.paused = paused;
            tell(ReceiveNews::Paused(paused));
        }
        is_new
    }

    /// Handles what came; gives the end if that was it.
    fn take(
        &mut self,
        incoming: Incoming,
        tell: &impl Fn(ReceiveNews),
    ) -> Result<Option<ReceiveEnd>, SessionError> {
        match incoming {
            // A Cancel that crosses ours is its answer.
            Incoming::Frame(Frame::Cancelled | Frame::Cancel(_))
                if let Some(WindUp { leftover, .. }) = self.wind_up =>
            {
                return Ok(Some(ReceiveEnd::Cancelled(Side::Here, leftover)));
            }
            Incoming::Frame(Frame::Cancel(leftover)) => {
                return Ok(Some(ReceiveEnd::Cancelled(Side::There, leftover)));
            }
            Incoming::Frame(Frame::Bye(bye)) => return Err(SessionError::Left(bye)),
            // Whatever crosses our Cancel is expected, and dropped.
            Incoming::Frame(_) | Incoming::Chunk(_) if self.wind_up.is_some() => {}
            Incoming::Frame(Frame::Pause) => drop(self.pause(Side::There, Wish::Pause, tell)),
            Incoming::Frame(Frame::Resume) => drop(self.pause(Side::There, Wish::Resume, tell)),
            Incoming::Frame(frame) => {
                let order = self.frame(frame, tell)?;
                self.queued.push(order);
            }
            Incoming::Chunk(piece) => {
                let length = size::from_len(piece.bytes().len());
                self.order.bytes(Kind::Chunk, length)?;
                if let Some(hasher) = &mut self.small {
                    hasher.update(piece.bytes());
                }
                self.meter.add_bytes(length);
                self.queued.push(Order::Write(piece));
            }
        }
        Ok(None)
    }

    /// Checks that a frame may come now, and says what it means for the disk.
    fn frame(&mut self, frame: Frame, tell: &impl Fn(ReceiveNews)) -> Result<Order, SessionError> {
        Ok(match frame {
            Frame::Header { entry, offset, size } => {
                self.order.header(entry, offset, size)?;
                self.small = (offset == 0 && size <= SMALL).then(Sha256::new);
                Order::Open(entry, if self.small.is_some() { HashedBy::Session } else { HashedBy::Disk })
            }
            Frame::Hole(length) => {
                self.order.bytes(Kind::Hole, length)?;
                // A few bytes on the line may stand for many to be hashed: the session has others to hear.
                if let Some(hasher) = self.small.take() {
                    self.queued.push(Order::Hash(hasher));
                }
                self.meter.add_bytes(length);
                Order::Hole(length)
            }
            Frame::Trailer { entry, size, digest } => {
                self.order.trailer(entry, size)?;
                let came = self.small.take().map(|hasher| Digest::from_bytes(hasher.finalize().into()));
                Order::Finish { entry, expected: digest, came }
            }
            Frame::Abort { entry, reason } => {
                self.order.abort(entry)?;
                self.small = None;
                // If it failed here first, that reason stands.
                self.ledger.failed(entry, FileProblem { kind: abort_kind(reason), side: Side::There });
                Order::Forget(entry)
            }
            Frame::End => {
                self.order.end()?;
                tell(ReceiveNews::Step(Step::Check));
                Order::Settle
            }
            other => {
                return Err(SessionError::Unexpected { expected: self.order.expected(), got: other.kind() });
            }
        })
    }
}

/// Gives the disk the orders that wait, once there is room. Safe to drop while waiting: they then still wait.
async fn pass_on(orders: Option<&mpsc::Sender<Vec<Order>>>, queued: &mut Vec<Order>) {
    if let Some(orders) = orders
        && let Ok(room) = orders.reserve().await
    {
        room.send(std::mem::take(queued));
    } else {
        queued.clear(); // the disk is gone; its answers say so
    }
}

/// A sender's reason as a kind of failure.
fn abort_kind(reason: AbortReason) -> FailureKind {
    match reason {
        AbortReason::Changed => FailureKind::SourceChanged,
        AbortReason::Vanished => FailureKind::NoSuchFile,
        AbortReason::Unreadable | AbortReason::NotWanted | AbortReason::Other => FailureKind::ReadFailed,
    }
}
