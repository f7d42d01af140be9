//! Reading an offer, and waiting for somebody to decide about it.

use std::future::Future;

use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use crate::model::{Decision, DeclineReason, Entry, ManifestSummary, Side, TransferId};
use crate::session::{Link, SessionError};
use crate::wire::{Frame, ManifestPage, Offer, Totals, limits};

/// An offer, read whole.
#[derive(Debug)]
pub struct Offered {
    /// The sender's name for it.
    pub transfer: TransferId,
    /// A line from the sender.
    pub note: Option<String>,
    /// What it holds.
    pub entries: Vec<Entry>,
    /// Totals and digest, checked against the pages.
    pub summary: ManifestSummary,
}

/// What came of the question whether to take an offer.
#[derive(Debug)]
pub enum Verdict<T> {
    /// Somebody (or a rule) decided.
    Decided(T),
    /// Nobody did in time.
    TimedOut,
    /// A person cancelled: there, or here.
    Cancelled(Side),
}

/// Reads the pages and ManifestEnd of an offer, in their time. `None` if it was taken back before it was told whole.
/// Errors: [`SessionError`]; `Manifest` when pages and totals do not agree or are too many.
pub async fn read_offer(link: &mut Link, offer: Offer) -> Result<Option<Offered>, SessionError> {
    let limit = link.timing().offer;
    let manifest = timeout(limit, read_manifest(link)).await;
    let manifest = manifest.unwrap_or(Err(SessionError::Late { what: "finish its manifest", limit }))?;
    Ok(manifest.map(|(entries, summary)| Offered {
        transfer: offer.transfer,
        note: offer.note,
        entries,
        summary,
    }))
}

/// Reads pages and totals. `None` if the offer was taken back before it was told whole: nobody has been asked yet.
async fn read_manifest(link: &mut Link) -> Result<Option<(Vec<Entry>, ManifestSummary)>, SessionError> {
    let mut entries = Vec::new();
    let mut totals = Totals::default();
    let summary = loop {
        match link.expect("ManifestPage or ManifestEnd").await? {
            Frame::ManifestPage(page) => add_page(page, &mut totals, &mut entries)?,
            Frame::ManifestEnd(summary) => break summary,
            Frame::Cancel => {
                link.send(Frame::Cancelled).await;
                return Ok(None);
            }
            other => {
                let expected = "ManifestPage or ManifestEnd";
                return Err(SessionError::Unexpected { expected, got: other.kind() });
            }
        }
    };
    if summary != totals.summary(summary.unreadable) {
        return Err(SessionError::Manifest("its totals are not those of its pages"));
    }
    if entries.is_empty() {
        return Err(SessionError::Manifest("it is empty"));
    }
    Ok(Some((entries, summary)))
}

fn add_page(page: ManifestPage, totals: &mut Totals, entries: &mut Vec<Entry>) -> Result<(), SessionError> {
    if !totals.add(&page) {
        return Err(SessionError::Manifest("a page is out of place or its sizes overflow"));
    }
    if totals.body_bytes() > limits::MAX_MANIFEST || totals.entries() > limits::MAX_ENTRIES {
        return Err(SessionError::Manifest("it is longer than this version takes"));
    }
    entries.extend(page.into_entries());
    Ok(())
}

/// Waits for `decide`, at most [`Timing::decision`](crate::session::Timing::decision), while the line is watched: the
/// sender may take the offer back, or vanish. Errors: [`SessionError`].
pub async fn wait_for_verdict<T>(
    link: &mut Link,
    cancel: &CancellationToken,
    decide: impl Future<Output = T>,
) -> Result<Verdict<T>, SessionError> {
    let limit = link.timing().decision;
    tokio::select! {
        decided = timeout(limit, decide) => Ok(decided.map_or(Verdict::TimedOut, Verdict::Decided)),
        () = cancel.cancelled() => Ok(Verdict::Cancelled(Side::Here)),
        frame = link.expect("Cancel") => match frame? {
            Frame::Cancel => {
                link.send(Frame::Cancelled).await;
                Ok(Verdict::Cancelled(Side::There))
            }
            other => Err(SessionError::Unexpected { expected: "Cancel", got: other.kind() }),
        },
    }
}

/// Says no.
pub async fn decline(link: &Link, offered: &Offered, reason: DeclineReason) {
    link.send(Frame::Decision(Decision::Decline(reason), offered.summary.digest)).await;
}
