//! The bytes are on their way: the pump reads, the link writes, and the receiver's reports are taken in meanwhile.

use std::sync::Arc;

use tokio::runtime::Handle;
use tokio::task::{JoinError, JoinHandle, spawn_blocking};
use tokio::time::{Instant, timeout};

use crate::model::{Digest, EntryIndex, FailureKind, FileProblem, Paused, Side, Step, Wish};
use crate::session::error::Lie;
use crate::session::halt::{WindUp, over};
use crate::session::send::pump::{Orders, Pump};
use crate::session::send::receipt::ReceiptState;
use crate::session::send::{Beginnings, Listing, SendEnd, SendJob, SendNews, Wanted};
use crate::session::{Counts, Incoming, Ledger, Link, Meter, Pool, SessionError};
use crate::wire::{EntryRange, FailReason, Frame, Kind};

/// The bytes are on their way.
pub(super) struct Sending {
    ledger: Arc<Ledger>,
    manifest: Digest,
    orders: Arc<Orders>,
    pump: JoinHandle<bool>,
    /// Whether the pump ended, and if so whether End is on its way.
    ended: Option<bool>,
    /// Where the pump has its blocks from: all of them are back when the line took the last one.
    pool: Arc<Pool>,
    /// Whether it was told that all is sent.
    is_told: bool,
    paused: Paused,
    receipt: ReceiptState,
    /// Set when a person here said Cancel: until then we wait for Cancelled.
    wind_up: Option<WindUp>,
}

impl Sending {
    pub(super) fn start(
        link: &Link,
        listing: &Arc<Listing>,
        ledger: &Arc<Ledger>,
        wanted: Wanted,
        beginnings: Arc<Beginnings>,
        meter: Arc<Meter>,
    ) -> Self {
        let (orders, pool) = (Arc::new(Orders::default()), Pool::new());
        let pump = Pump {
            listing: Arc::clone(listing),
            wanted,
            beginnings,
            ledger: Arc::clone(ledger),
            orders: Arc::clone(&orders),
            pace: link.pace(),
            pool: Arc::clone(&pool),
            data: link.data(),
            meter,
        };
        let runtime = Handle::current();
        let pump = spawn_blocking(move || pump.run(runtime));
        Self {
            ledger: Arc::clone(ledger),
            manifest: listing.manifest.summary().digest,
            orders,
            pump,
            ended: None,
            pool,
            is_told: false,
            paused: Paused::default(),
            receipt: ReceiptState::Ahead,
            wind_up: None,
        }
    }

    pub(super) async fn run(
        mut self,
        link: &mut Link,
        job: &mut SendJob,
        tell: &impl Fn(SendNews),
    ) -> Result<SendEnd, SessionError> {
        let result = self.converse(link, job, tell).await;
        self.orders.stop(); // however it ended, the disk has no more to do
        result
    }

    async fn converse(
        &mut self,
        link: &mut Link,
        job: &mut SendJob,
        tell: &impl Fn(SendNews),
    ) -> Result<SendEnd, SessionError> {
        job.wish.mark_changed(); // it may have been wished before
        loop {
            let wind_up = self.wind_up;
            tokio::select! {
                incoming = link.next() => match incoming {
                    // It was to end, and it has.
                    Err(error) if error.is_lost() && let Some(WindUp { leftover, .. }) = wind_up => {
                        return Ok(SendEnd::Cancelled(Side::Here, leftover));
                    }
                    incoming => {
                        if let Some(end) = self.take(incoming?, link, job, tell).await? {
                            return Ok(end);
                        }
                    }
                },
                ended = &mut self.pump, if self.ended.is_none() => {
                    self.pump_ended(ended)?;
                }
                // What waits for the line is not sent: on a slow one, or with a limit, that is more than a moment.
                () = self.pool.all_back(), if self.ended == Some(true) && !self.is_told && wind_up.is_none() => {
                    // Nor is what was dropped because the line is gone; whoever reads from it says so.
                    if link.takes_data() {
                        tell(SendNews::Step(Step::Check));
                    }
                    self.is_told = true;
                }
                Ok(()) = job.wish.changed(), if wind_up.is_none() => {
                    let wish = *job.wish.borrow_and_update();
                    if self.pause(Side::Here, wish, tell) {
                        link.send_in_time(pause_frame(wish)).await;
                    }
                }
                leftover = job.cancel.cancelled(), if wind_up.is_none() => {
                    let leftover = leftover?;
                    self.orders.stop();
                    let until = Instant::now() + link.timing().wind_up;
                    self.wind_up = Some(WindUp { until, leftover });
                    link.send_in_time(Frame::Cancel(leftover)).await;
                }
                leftover = over(wind_up) => return Ok(SendEnd::Cancelled(Side::Here, leftover)),
            }
        }
    }

    /// Notes a side's wish. `false` if it was its wish already.
    fn pause(&mut self, side: Side, wish: Wish, tell: &impl Fn(SendNews)) -> bool {
        let paused = self.paused.with(side, wish);
        let is_new = paused != self.paused;
        if is_new {
            self.paused = paused;
            self.orders.pause(paused);
            tell(SendNews::Paused(paused));
        }
        is_new
    }

    /// Handles what came; gives the end if that was it.
    async fn take(
        &mut self,
        incoming: Incoming,
        link: &Link,
        job: &SendJob,
        tell: &impl Fn(SendNews),
    ) -> Result<Option<SendEnd>, SessionError> {
        let expected = "Saved, Failed, ReceiptPage, Delivered or Cancel";
        let Incoming::Frame(frame) = incoming else {
            return Err(SessionError::Unexpected { expected, got: Kind::Chunk });
        };
        match frame {
            Frame::Saved(ranges) => self.saved(&ranges, job)?,
            Frame::Failed { entry, reason } => self.failed(entry, reason)?,
            Frame::Delivered { saved, failed, skipped, bytes, manifest } => {
                self.delivered(Counts { saved, failed, skipped, bytes }, manifest)?;
                self.settle_pump(link, tell).await?;
                self.receipt.end(tell).await?;
                return Ok(Some(SendEnd::Delivered));
            }
            // The record of what arrived comes after End; our own word that it is on its way may be a moment behind.
            Frame::ReceiptPage(page) if self.ended == Some(true) || self.ledger.is_settled() => {
                self.receipt.note(page, &self.ledger, job, tell).await?;
            }
            Frame::Pause => drop(self.pause(Side::There, Wish::Pause, tell)),
            Frame::Resume => drop(self.pause(Side::There, Wish::Resume, tell)),
            // A Cancel that crosses ours is its answer.
            Frame::Cancelled | Frame::Cancel(_) if let Some(WindUp { leftover, .. }) = self.wind_up => {
                return Ok(Some(SendEnd::Cancelled(Side::Here, leftover)));
            }
            Frame::Cancel(leftover) => {
                self.answer_cancel(link).await;
                return Ok(Some(SendEnd::Cancelled(Side::There, leftover)));
            }
            Frame::Bye(bye) => return Err(SessionError::Left(bye)),
            other => return Err(SessionError::Unexpected { expected, got: other.kind() }),
        }
        Ok(None)
    }

    fn saved(&self, ranges: &[EntryRange], job: &SendJob) -> Result<(), SessionError> {
        for entry in ranges.iter().flat_map(|range| range.entries()) {
            // Only what was sent whole can be saved, and only once: this also bounds the loop.
            let before = self.ledger.counts().saved;
            if !self.ledger.may_be_saved(entry) || !self.ledger.saved(entry, None) {
                return Err(SessionError::Lie { entry, what: Lie::Report });
            }
            job.meter.add_files(self.ledger.counts().saved - before);
        }
        Ok(())
    }

    fn failed(&self, entry: EntryIndex, reason: FailReason) -> Result<(), SessionError> {
        if entry >= self.ledger.len() {
            return Err(SessionError::Lie { entry, what: Lie::Report });
        }
        // It may have been given up here in the same moment; then that reason stands.
        self.ledger.failed(entry, FileProblem { kind: fail_kind(reason), side: Side::There });
        self.orders.refuse(entry);
        Ok(())
    }

    /// The receiver's counts must be what it told us file by file.
    fn delivered(&self, theirs: Counts, manifest: Digest) -> Result<(), SessionError> {
        if manifest != self.manifest {
            return Err(SessionError::Manifest("Delivered is about another one"));
        }
        let ours = self.ledger.counts();
        if !self.ledger.is_settled() || theirs != ours {
            return Err(SessionError::Miscounted { theirs, ours });
        }
        Ok(())
    }

    fn pump_ended(&mut self, ended: Result<bool, JoinError>) -> Result<(), SessionError> {
        let all = ended.map_err(|_| SessionError::Internal("the reading of files"))?;
        self.ended = Some(all);
        Ok(())
    }

    /// Delivered answers End, so the pump must be through; its own word for that may be a moment behind.
    async fn settle_pump(&mut self, link: &Link, tell: &impl Fn(SendNews)) -> Result<(), SessionError> {
        if self.ended.is_none()
            && let Ok(ended) = timeout(link.timing().wind_up, &mut self.pump).await
        {
            self.pump_ended(ended)?;
        }
        if self.ended != Some(true) {
            let got = Kind::Delivered;
            return Err(SessionError::Unexpected { expected: "Saved, Failed or Cancelled", got });
        }
        if !self.is_told {
            tell(SendNews::Step(Step::Check));
        }
        Ok(())
    }

    /// Cancelled must be the last frame of the transfer: it goes the way of the data, behind what is under way. A peer
    /// that does not read that gets none.
    async fn answer_cancel(&mut self, link: &Link) {
        self.orders.stop();
        let answer = async {
            if self.ended.is_none() {
                (&mut self.pump).await.ok();
            }
            let mut bytes = Vec::new();
            Frame::Cancelled.encode(&mut bytes);
            let mut block = Pool::new().take().await;
            if block.push(&bytes) {
                link.data().send(block).await.ok();
            }
        };
        timeout(link.timing().wind_up, answer).await.ok();
    }
}

impl Drop for Sending {
    /// Dropped in the middle, nobody sends what the thread would go on reading.
    fn drop(&mut self) {
        self.orders.stop();
    }
}

/// How a wish is told.
pub(in crate::session) fn pause_frame(wish: Wish) -> Frame {
    match wish {
        Wish::Pause => Frame::Pause,
        Wish::Resume => Frame::Resume,
    }
}

/// A receiver's reason as a kind of failure.
fn fail_kind(reason: FailReason) -> FailureKind {
    match reason {
        FailReason::NoSpace => FailureKind::DiskFull,
        FailReason::ReadOnly => FailureKind::FolderReadOnly,
        FailReason::Forbidden => FailureKind::FolderForbidden,
        FailReason::FolderMissing => FailureKind::FolderMissing,
        FailReason::WrongDigest => FailureKind::WrongDigest,
        FailReason::Disk | FailReason::Other => FailureKind::WriteFailed,
    }
}
