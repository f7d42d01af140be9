//! The sender's half of a transfer (`docs/protocol.md` §4.4 to §4.6).

use std::sync::{Arc, OnceLock};

use tokio::runtime::Handle;
use tokio::sync::mpsc;
use tokio::task::{JoinError, JoinHandle, spawn_blocking};
use tokio::time::{Instant, sleep_until, timeout};
use tokio_util::sync::CancellationToken;

use crate::model::{
    Decision, DeclineReason, Digest, DiscoveryKey, EntryIndex, FailureKind, FileProblem, ManifestSummary,
    Side, Step, TransferId,
};
use crate::session::error::Lie;
use crate::session::pump::{Orders, Pump};
use crate::session::{Counts, Incoming, Ledger, Link, Meter, Pool, SessionError};
use crate::storage::Source;
use crate::wire::{FailReason, Frame, Offer, PageWriter, SavedRange};

/// What to send, and where to write down how it goes.
#[derive(Debug)]
pub struct SendJob {
    /// The transfer's name on the wire.
    pub transfer: TransferId,
    /// The files; their order is the manifest's.
    pub sources: Arc<[Source]>,
    /// Fates of the files.
    pub ledger: Arc<Ledger>,
    /// Counters for the progress.
    pub meter: Arc<Meter>,
    /// A person's Cancel.
    pub cancel: CancellationToken,
    /// Where the receiver's word goes that it remembers this device now; `None` where it has none to say, because it
    /// does already, or this side does not remember it.
    pub remembered: Option<Remembered>,
}

/// The receiver's word that it remembers this device, said once at most; with its discovery key if it does.
pub type Remembered = Arc<OnceLock<Option<DiscoveryKey>>>;

/// How an offer ended that did not break off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SendEnd {
    /// The receiver's last word was Delivered; the ledger holds the files' fates.
    Delivered,
    /// The receiver said no.
    Declined(DeclineReason),
    /// Nobody there answered in time.
    NotAnswered,
    /// Stopped by a person on this side of the line.
    Cancelled(Side),
}

/// Offers files and sends them if they are wanted. `step` hears of each step as it is taken.
/// Errors: [`SessionError`] for whatever breaks the conversation off.
pub async fn send(
    link: &mut Link,
    job: &SendJob,
    step: impl Fn(Step) + Send + Sync,
) -> Result<SendEnd, SessionError> {
    let manifest = match offer(link, job).await? {
        Next::Go(manifest) => manifest,
        Next::End(end) => return Ok(end),
    };
    step(Step::Offer);
    match decision(link, job, &manifest).await? {
        Next::Go(()) => {}
        Next::End(end) => return Ok(end),
    }
    step(Step::Accept);
    job.meter.start();
    Sending::start(link, job, manifest.digest).run(link, step).await
}

/// Whether the conversation goes on, and with what.
enum Next<T> {
    Go(T),
    End(SendEnd),
}

/// Says what there is. A long manifest waits for the line, so the peer and our person are heard meanwhile.
async fn offer(link: &mut Link, job: &SendJob) -> Result<Next<ManifestSummary>, SessionError> {
    let control = link.control();
    let expected = "nothing before ManifestEnd";
    let frame = tokio::select! {
        biased;
        summary = say_offer(&control, job) => return Ok(Next::Go(summary)),
        frame = link.expect(expected) => frame?,
        () = job.cancel.cancelled() => return cancel_offer(link).await.map(Next::End),
    };
    match frame {
        Frame::Cancel => {
            link.send_in_time(Frame::Cancelled).await;
            Ok(Next::End(SendEnd::Cancelled(Side::There)))
        }
        other => Err(SessionError::Unexpected { expected, got: other.kind() }),
    }
}

/// Where the line is broken nothing is said; whoever reads from it hears why.
async fn say_offer(control: &mpsc::Sender<Frame>, job: &SendJob) -> ManifestSummary {
    control.send(Frame::Offer(Offer { transfer: job.transfer, note: None })).await.ok();
    let mut pages = PageWriter::new();
    for source in job.sources.iter() {
        if let Some(page) = pages.push(source.entry().clone()) {
            control.send(Frame::ManifestPage(page)).await.ok();
        }
    }
    let (last, summary) = pages.finish(0);
    if let Some(page) = last {
        control.send(Frame::ManifestPage(page)).await.ok();
    }
    control.send(Frame::ManifestEnd(summary)).await.ok();
    summary
}

/// Waits for a person on the other side.
async fn decision(
    link: &mut Link,
    job: &SendJob,
    manifest: &ManifestSummary,
) -> Result<Next<()>, SessionError> {
    let limit = link.timing().decision + link.timing().decision_grace;
    let answer = tokio::select! {
        biased;
        answer = timeout(limit, word_about_offer(link, job)) => answer,
        () = job.cancel.cancelled() => return cancel_offer(link).await.map(Next::End),
    };
    match answer {
        Ok(Ok(Frame::Decision(decision, digest))) => {
            if digest != manifest.digest {
                return Err(SessionError::Manifest("the decision is about another one"));
            }
            Ok(match decision {
                Decision::Accept => Next::Go(()),
                Decision::Decline(DeclineReason::Timeout) => Next::End(SendEnd::NotAnswered),
                Decision::Decline(reason) => Next::End(SendEnd::Declined(reason)),
            })
        }
        Ok(Ok(Frame::Cancel)) => {
            link.send_in_time(Frame::Cancelled).await;
            Ok(Next::End(SendEnd::Cancelled(Side::There)))
        }
        Ok(Ok(other)) => Err(SessionError::Unexpected { expected: "Decision", got: other.kind() }),
        Ok(Err(error)) => Err(error),
        Err(_) => Ok(Next::End(SendEnd::NotAnswered)),
    }
}

/// The receiver's next word, after what it may say of remembering us.
async fn word_about_offer(link: &mut Link, job: &SendJob) -> Result<Frame, SessionError> {
    loop {
        let frame = link.expect("Decision").await?;
        match (frame, &job.remembered) {
            (Frame::Remembered(key), Some(word)) if word.get().is_none() => {
                word.get_or_init(|| key);
            }
            (frame, _) => return Ok(frame),
        }
    }
}

/// Takes an unanswered offer back. A Decision may cross the Cancel.
async fn cancel_offer(link: &mut Link) -> Result<SendEnd, SessionError> {
    let limit = link.timing().wind_up;
    let cancelled = async {
        link.send(Frame::Cancel).await;
        loop {
            match link.expect("Cancelled").await {
                Ok(Frame::Decision(..) | Frame::Remembered(_)) => {}
                Ok(Frame::Cancelled | Frame::Cancel) => return Ok(()),
                Ok(other) => {
                    return Err(SessionError::Unexpected { expected: "Cancelled", got: other.kind() });
                }
                Err(SessionError::Link(error)) if error.is_lost() => return Ok(()),
                Err(error) => return Err(error),
            }
        }
    };
    // However the other side takes it: nothing was sent, and nothing will be.
    timeout(limit, cancelled).await.unwrap_or(Ok(()))?;
    Ok(SendEnd::Cancelled(Side::Here))
}

/// The bytes are on their way.
struct Sending<'job> {
    job: &'job SendJob,
    manifest: Digest,
    orders: Arc<Orders>,
    pump: JoinHandle<bool>,
    /// Whether the pump ended, and if so whether End is on its way.
    ended: Option<bool>,
    /// Set when a person here said Cancel: until then we wait for Cancelled.
    cancelled_until: Option<Instant>,
}

impl<'job> Sending<'job> {
    fn start(link: &Link, job: &'job SendJob, manifest: Digest) -> Self {
        let orders = Arc::new(Orders::default());
        let pump = Pump {
            sources: Arc::clone(&job.sources),
            ledger: Arc::clone(&job.ledger),
            orders: Arc::clone(&orders),
            pace: link.pace(),
            data: link.data(),
        };
        let runtime = Handle::current();
        let pump = spawn_blocking(move || pump.run(runtime));
        Self { job, manifest, orders, pump, ended: None, cancelled_until: None }
    }

    async fn run(mut self, link: &mut Link, step: impl Fn(Step)) -> Result<SendEnd, SessionError> {
        let result = self.converse(link, &step).await;
        self.orders.stop(); // however it ended, the disk has no more to do
        result
    }

    async fn converse(&mut self, link: &mut Link, step: &impl Fn(Step)) -> Result<SendEnd, SessionError> {
        loop {
            let wind_up = self.cancelled_until;
            tokio::select! {
                incoming = link.next() => match incoming {
                    // It was to end, and it has.
                    Err(error) if wind_up.is_some() && error.is_lost() => {
                        return Ok(SendEnd::Cancelled(Side::Here));
                    }
                    incoming => {
                        if let Some(end) = self.take(incoming?, link, step).await? {
                            return Ok(end);
                        }
                    }
                },
                ended = &mut self.pump, if self.ended.is_none() => {
                    self.pump_ended(ended, step)?;
                }
                () = self.job.cancel.cancelled(), if self.cancelled_until.is_none() => {
                    self.orders.stop();
                    self.cancelled_until = Some(Instant::now() + link.timing().wind_up);
                    link.send_in_time(Frame::Cancel).await;
                }
                () = sleep_until(wind_up.unwrap_or_else(Instant::now)), if wind_up.is_some() => {
                    return Ok(SendEnd::Cancelled(Side::Here));
                }
            }
        }
    }

    /// Handles what came; gives the end if that was it.
    async fn take(
        &mut self,
        incoming: Incoming,
        link: &Link,
        step: &impl Fn(Step),
    ) -> Result<Option<SendEnd>, SessionError> {
        let expected = "Saved, Failed, Delivered or Cancel";
        let Incoming::Frame(frame) = incoming else {
            return Err(SessionError::Unexpected { expected, got: crate::wire::Kind::Chunk });
        };
        match frame {
            Frame::Saved(ranges) => self.saved(&ranges)?,
            Frame::Failed { entry, reason } => self.failed(entry, reason)?,
            Frame::Delivered { saved, failed, bytes, manifest } => {
                self.delivered(saved, failed, bytes, manifest)?;
                self.settle_pump(link, step).await?;
                return Ok(Some(SendEnd::Delivered));
            }
            // A Cancel that crosses ours is its answer.
            Frame::Cancelled | Frame::Cancel if self.cancelled_until.is_some() => {
                return Ok(Some(SendEnd::Cancelled(Side::Here)));
            }
            Frame::Cancel => {
                self.answer_cancel(link).await;
                return Ok(Some(SendEnd::Cancelled(Side::There)));
            }
            Frame::Bye(bye) => return Err(SessionError::Left(bye)),
            other => return Err(SessionError::Unexpected { expected, got: other.kind() }),
        }
        Ok(None)
    }

    fn saved(&self, ranges: &[SavedRange]) -> Result<(), SessionError> {
        for range in ranges {
            for entry in range.first..range.first + range.count {
                // Only what was sent whole can be saved, and only once: this also bounds the loop.
                if !self.job.ledger.has_digest(entry) || !self.job.ledger.saved(entry, None) {
                    return Err(SessionError::Lie { entry, what: Lie::Report });
                }
                self.job.meter.add_files(1);
            }
        }
        Ok(())
    }

    fn failed(&self, entry: EntryIndex, reason: FailReason) -> Result<(), SessionError> {
        if entry >= self.job.ledger.len() {
            return Err(SessionError::Lie { entry, what: Lie::Report });
        }
        // It may have been given up here in the same moment; then that reason stands.
        self.job.ledger.failed(entry, FileProblem { kind: fail_kind(reason), side: Side::There });
        self.orders.refuse(entry);
        Ok(())
    }

    /// The receiver's counts must be what it told us file by file.
    fn delivered(&self, saved: u64, failed: u64, bytes: u64, manifest: Digest) -> Result<(), SessionError> {
        if manifest != self.manifest {
            return Err(SessionError::Manifest("Delivered is about another one"));
        }
        let ours = self.job.ledger.counts();
        let is_whole = ours.saved + ours.failed == self.job.ledger.len();
        if !is_whole || (saved, failed, bytes) != (ours.saved, ours.failed, ours.bytes) {
            return Err(SessionError::Miscounted { theirs: Counts { saved, failed, bytes }, ours });
        }
        Ok(())
    }

    fn pump_ended(
        &mut self,
        ended: Result<bool, JoinError>,
        step: &impl Fn(Step),
    ) -> Result<(), SessionError> {
        let all = ended.map_err(|_| SessionError::Internal("the reading of files"))?;
        self.ended = Some(all);
        if all {
            step(Step::Check);
        }
        Ok(())
    }

    /// Delivered answers End, so the pump must be through; its own word for that may be a moment behind.
    async fn settle_pump(&mut self, link: &Link, step: &impl Fn(Step)) -> Result<(), SessionError> {
        if self.ended.is_none()
            && let Ok(ended) = timeout(link.timing().wind_up, &mut self.pump).await
        {
            self.pump_ended(ended, step)?;
        }
        if self.ended == Some(true) {
            Ok(())
        } else {
            let got = crate::wire::Kind::Delivered;
            Err(SessionError::Unexpected { expected: "Saved, Failed or Cancelled", got })
        }
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
