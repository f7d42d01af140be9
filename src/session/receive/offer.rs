//! Reading an offer, and waiting for somebody to decide about it.

use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::time::timeout;

use crate::model::{Decision, DeclineReason, Leftover, Side, TransferId, size};
use crate::session::manifest::ManifestBuilder;
use crate::session::receive::ahead::{Ahead, HashedAhead};
use crate::session::{Halt, Link, Manifest, ManifestLimits, OfferShare, Plan, Questions, SessionError};
use crate::wire::{Frame, Offer, Purpose};

/// An offer, read whole.
#[derive(Debug)]
pub struct Offered {
    /// The sender's name for it.
    pub transfer: TransferId,
    /// A line from the sender.
    pub note: Option<String>,
    /// Whether it is to be sent at all.
    pub purpose: Purpose,
    /// What it holds; its totals and digest are checked against its pages.
    pub manifest: Arc<Manifest>,
    /// How often its sender was asked about each file, also for another folder.
    pub questions: Arc<Questions>,
    /// What it takes of the room for lists, until this is dropped.
    pub share: OfferShare,
    /// What was hashed here while it came; taken by the first look.
    pub(super) ahead: Mutex<HashedAhead>,
}

impl Offered {
    /// What was hashed here while it came: for the first look, and good for any folder, because seals are compared.
    pub(super) fn take_ahead(&self) -> HashedAhead {
        std::mem::take(&mut self.ahead.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// What came of the question whether to take an offer.
#[derive(Debug)]
pub enum Verdict<T> {
    /// Somebody (or a rule) decided.
    Decided(T),
    /// Nobody did in time.
    TimedOut,
    /// A person cancelled: there, or here.
    Cancelled(Side, Leftover),
}

/// Reads the pages and ManifestEnd of an offer, in their time, and lets `ahead` look at them meanwhile. `None` if it was
/// taken back before it was told whole. Errors: [`SessionError`]; `Manifest` when pages and totals do not agree or are too
/// many, `Spool` when they cannot be kept here, `Crowded` when other offers take the room.
pub async fn read_offer(
    link: &mut Link,
    offer: Offer,
    limits: &ManifestLimits,
    ahead: Ahead,
) -> Result<Option<Offered>, SessionError> {
    let Some((manifest, share)) = read_manifest(link, limits, &ahead).await? else { return Ok(None) };
    Ok(Some(Offered {
        transfer: offer.transfer,
        note: offer.note,
        purpose: offer.purpose,
        questions: Arc::new(Questions::of(manifest.len())),
        manifest: Arc::new(manifest),
        share,
        ahead: Mutex::new(ahead.finish(link.timing().wind_up).await),
    }))
}

/// Reads pages and totals. `None` if the offer was taken back before it was told whole: nobody has been asked yet.
async fn read_manifest(
    link: &mut Link,
    limits: &ManifestLimits,
    ahead: &Ahead,
) -> Result<Option<(Manifest, OfferShare)>, SessionError> {
    let mut share = limits.room.share();
    let mut manifest = ManifestBuilder::new(limits.clone());
    // Each page anew: the sender walks its tree meanwhile. Pages cannot go on for ever, they are bounded.
    let limit = link.timing().offer;
    loop {
        let frame = timeout(limit, link.expect("ManifestPage or ManifestEnd")).await;
        match frame.unwrap_or(Err(SessionError::Late { what: "go on with its manifest", limit }))? {
            Frame::ManifestPage(page) => {
                manifest.add(&page)?;
                if !share.grow(size::from_len(page.entries().len())) {
                    return Err(SessionError::Crowded);
                }
                ahead.take(page);
                manifest = manifest.store_later().await?;
            }
            Frame::ManifestEnd(summary) => {
                let manifest = manifest.finish(summary).await?;
                return Ok(Some((manifest, share)));
            }
            Frame::Cancel(_) => {
                link.send(Frame::Cancelled).await;
                return Ok(None);
            }
            other => {
                let expected = "ManifestPage or ManifestEnd";
                return Err(SessionError::Unexpected { expected, got: other.kind() });
            }
        }
    }
}

/// Waits for `decide`, at most [`Timing::decision`](crate::session::Timing::decision), while the line is watched: the
/// sender may take the offer back, or vanish. Errors: [`SessionError`].
pub async fn wait_for_verdict<T>(
    link: &mut Link,
    cancel: &Halt,
    decide: impl Future<Output = T>,
) -> Result<Verdict<T>, SessionError> {
    let limit = link.timing().decision;
    tokio::select! {
        decided = timeout(limit, decide) => Ok(decided.map_or(Verdict::TimedOut, Verdict::Decided)),
        leftover = cancel.cancelled() => Ok(Verdict::Cancelled(Side::Here, leftover?)),
        frame = link.expect("Cancel") => match frame? {
            Frame::Cancel(leftover) => {
                link.send(Frame::Cancelled).await;
                Ok(Verdict::Cancelled(Side::There, leftover))
            }
            other => Err(SessionError::Unexpected { expected: "Cancel", got: other.kind() }),
        },
    }
}

/// Says no.
pub async fn decline(link: &Link, offered: &Offered, reason: DeclineReason) {
    link.send(Frame::Decision(Decision::Decline(reason), offered.manifest.summary().digest)).await;
}

/// Tells the sender what would become of its offer. From now on a person, or a rule, decides.
pub async fn say_plan(link: &Link, plan: &Plan) {
    link.send(Frame::Planned(plan.summary())).await;
}

/// Tells a sender that only asked all of the plan.
pub async fn say_all(link: &Link, plan: &Plan) {
    for page in plan.pages() {
        link.send(Frame::DecisionPage(page)).await;
    }
}
