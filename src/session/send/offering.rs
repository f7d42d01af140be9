//! From Offer to Decision: the list is told, the receiver's questions about digests are answered.

use std::collections::VecDeque;
use std::future::pending;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::sync::mpsc;
use tokio::task::spawn_blocking;
use tokio::time::{Instant, sleep_until, timeout};

use crate::model::{Decision, DeclineReason, Digest, EntryIndex, Leftover, Side, Skip, Step};
use crate::session::error::Lie;
use crate::session::send::answers::Answers;
use crate::session::send::{Beginnings, Listing, SendEnd, SendJob, SendNews, Wanted};
use crate::session::{Ledger, Link, Questions, SessionError, Shape};
use crate::wire::{Beginning, Frame, Offer};

/// Questions that wait for the thread that answers them.
const WISHES: usize = 64;

/// Whether the conversation goes on, and with what.
pub(super) enum Next<T> {
    Go(T),
    End(SendEnd),
}

/// Says what there is. A long list waits for the line, so the peer and our person are heard meanwhile.
pub(super) async fn offer(link: &mut Link, job: &SendJob) -> Result<Next<Option<Listing>>, SessionError> {
    let control = link.control();
    let expected = "nothing before ManifestEnd";
    let say = async {
        let offer = Offer { transfer: job.parties.transfer, note: None, purpose: job.purpose };
        control.send(Frame::Offer(offer)).await.ok();
        Listing::tell(&job.roots, &job.limits, &control).await
    };
    let frame = tokio::select! {
        biased;
        listing = say => return Ok(Next::Go(listing?)),
        frame = link.expect(expected) => frame?,
        leftover = job.cancel.cancelled() => return cancel_offer(link, leftover?).await.map(Next::End),
    };
    match frame {
        Frame::Cancel(leftover) => {
            link.send_in_time(Frame::Cancelled).await;
            Ok(Next::End(SendEnd::Cancelled(Side::There, leftover)))
        }
        other => Err(SessionError::Unexpected { expected, got: other.kind() }),
    }
}

/// Takes back an offer that was never told whole.
pub(super) async fn take_back(link: &mut Link, job: &SendJob) -> Result<(), SessionError> {
    tracing::debug!(transfer = ?job.parties.transfer, "there is nothing to offer");
    cancel_offer(link, Leftover::Remove).await.map(drop)
}

/// The offer is told; its questions are answered.
pub(super) struct Offering<'link> {
    listing: &'link Arc<Listing>,
    ledger: &'link Arc<Ledger>,
    beginnings: Arc<Beginnings>,
    wishes: mpsc::Sender<Vec<Beginning>>,
    /// Begins with the first question: most offers bring none, and wait long for a person.
    answers: Option<Answers>,
    /// Questions that the thread has no room for yet. Bounded by how many a receiver may ask.
    waiting: VecDeque<Vec<Beginning>>,
    asked: Questions,
    stop: Arc<AtomicBool>,
    wanted: Wanted,
}

impl Drop for Offering<'_> {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Release);
    }
}

impl<'link> Offering<'link> {
    pub(super) fn start(link: &Link, listing: &'link Arc<Listing>, ledger: &'link Arc<Ledger>) -> Self {
        let (wishes, wishes_rx) = mpsc::channel(WISHES);
        let (beginnings, stop) = (Arc::<Beginnings>::default(), Arc::<AtomicBool>::default());
        let answers = Answers {
            listing: Arc::clone(listing),
            ledger: Arc::clone(ledger),
            beginnings: Arc::clone(&beginnings),
            wishes: wishes_rx,
            control: link.control(),
            stop: Arc::clone(&stop),
        };
        let (answers, waiting, wanted) = (Some(answers), VecDeque::new(), Wanted::default());
        let asked = Questions::of(listing.manifest.len());
        Self { listing, ledger, beginnings, wishes, answers, waiting, asked, stop, wanted }
    }

    /// Waits for the receiver's plan, as long as it asks and pings, and then for its person, who has a time limit.
    pub(super) async fn decision(
        mut self,
        link: &mut Link,
        job: &SendJob,
        tell: &impl Fn(SendNews),
    ) -> Result<Next<(Wanted, Arc<Beginnings>)>, SessionError> {
        let limit = link.timing().decision + link.timing().decision_grace;
        let mut deadline = None;
        loop {
            let frame = tokio::select! {
                biased;
                frame = link.expect("Decision") => frame?,
                () = pass_on(&self.wishes, &mut self.waiting), if !self.waiting.is_empty() => continue,
                () = until(deadline) => return Ok(Next::End(SendEnd::NotAnswered)),
                leftover = job.cancel.cancelled() => return cancel_offer(link, leftover?).await.map(Next::End),
            };
            match frame {
                Frame::DigestWanted(wanted) => {
                    self.ask(wanted)?;
                    deadline = None;
                }
                Frame::Planned(plan) => {
                    deadline = Some(Instant::now() + limit);
                    tell(SendNews::Planned(plan));
                    tell(SendNews::Step(Step::Ask));
                }
                Frame::DecisionPage(page) => self.wanted.add(&page, &self.listing.manifest)?,
                Frame::Remembered(key) => match &job.remembered {
                    Some(word) if word.get().is_none() => drop(word.get_or_init(|| key)),
                    Some(_) | None => return Err(unexpected(&Frame::Remembered(key))),
                },
                Frame::Decision(decision, digest) => return self.decided(decision, digest, deadline, tell),
                Frame::Cancel(leftover) => {
                    link.send_in_time(Frame::Cancelled).await;
                    return Ok(Next::End(SendEnd::Cancelled(Side::There, leftover)));
                }
                other => return Err(unexpected(&other)),
            }
        }
    }

    /// Puts questions to the thread. Errors: [`Lie::Question`] about what is no file of the offer, or was asked about too often.
    fn ask(&mut self, wanted: Vec<Beginning>) -> Result<(), SessionError> {
        for &Beginning { entry, .. } in &wanted {
            if self.listing.manifest.shape(entry) != Some(Shape::File) || !self.asked.may_ask(entry) {
                return Err(SessionError::Lie { entry, what: Lie::Question });
            }
        }
        self.waiting.push_back(wanted);
        if let Some(answers) = self.answers.take() {
            spawn_blocking(move || answers.run());
        }
        Ok(())
    }

    fn decided(
        mut self,
        decision: Decision,
        digest: Digest,
        asked_a_person: Option<Instant>,
        tell: &impl Fn(SendNews),
    ) -> Result<Next<(Wanted, Arc<Beginnings>)>, SessionError> {
        if digest != self.listing.manifest.summary().digest {
            return Err(SessionError::Manifest("the decision is about another one"));
        }
        let wanted = std::mem::take(&mut self.wanted);
        match decision {
            Decision::Accept if asked_a_person.is_none() => {
                Err(SessionError::Unexpected { expected: "Planned", got: crate::wire::Kind::Decision })
            }
            Decision::Accept => {
                self.check_identical(&wanted)?;
                Ok(Next::Go((wanted, Arc::clone(&self.beginnings))))
            }
            Decision::Decline(DeclineReason::Timeout) => Ok(Next::End(SendEnd::NotAnswered)),
            Decision::Decline(reason) => {
                if reason == DeclineReason::OnlyAsked {
                    tell(SendNews::Wanted(Arc::new(wanted)));
                }
                Ok(Next::End(SendEnd::Declined(reason)))
            }
        }
    }

    /// A file can only be identical if its digest was told; folders and links are the receiver's to compare.
    fn check_identical(&self, wanted: &Wanted) -> Result<(), SessionError> {
        let identical = wanted.skipped().iter().filter(|(_, why)| *why == Skip::Identical);
        let mut entries = identical.flat_map(|(range, _)| range.entries());
        let is_untold = |entry: &EntryIndex| {
            self.listing.manifest.shape(*entry) == Some(Shape::File) && !self.ledger.has_digest(*entry)
        };
        match entries.find(is_untold) {
            Some(entry) => Err(SessionError::Lie { entry, what: Lie::Decision }),
            None => Ok(()),
        }
    }
}

fn unexpected(frame: &Frame) -> SessionError {
    SessionError::Unexpected { expected: "Decision", got: frame.kind() }
}

/// Gives the thread the next question once it has room. Safe to drop while waiting.
async fn pass_on(wishes: &mpsc::Sender<Vec<Beginning>>, waiting: &mut VecDeque<Vec<Beginning>>) {
    match wishes.reserve().await {
        Ok(room) => {
            if let Some(wish) = waiting.pop_front() {
                room.send(wish);
            }
        }
        Err(_) => waiting.clear(), // the line is broken; whoever reads from it says why
    }
}

async fn until(deadline: Option<Instant>) {
    match deadline {
        Some(deadline) => sleep_until(deadline).await,
        None => pending().await,
    }
}

/// Takes an unanswered offer back. Whatever the receiver says about it may cross the Cancel.
async fn cancel_offer(link: &mut Link, leftover: Leftover) -> Result<SendEnd, SessionError> {
    let limit = link.timing().wind_up;
    let cancelled = async {
        link.send(Frame::Cancel(leftover)).await;
        loop {
            match link.expect("Cancelled").await {
                Ok(
                    Frame::Decision(..)
                    | Frame::DecisionPage(_)
                    | Frame::Planned(_)
                    | Frame::DigestWanted(_)
                    | Frame::Remembered(_),
                ) => {}
                Ok(Frame::Cancelled | Frame::Cancel(_)) => return Ok(()),
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
    Ok(SendEnd::Cancelled(Side::Here, leftover))
}
