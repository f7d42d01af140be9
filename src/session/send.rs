//! The sender's half of a transfer (`docs/protocol.md` §4.4 to §4.9).

mod answers;
mod hashing;
mod listing;
mod offering;
mod pump;
mod receipt;
mod sending;
mod wanted;

use std::sync::{Arc, OnceLock};

use tokio::sync::watch;

use crate::model::{DeclineReason, DiscoveryKey, Failure, Leftover, Paused, PlanSummary, Side, Step, Wish};
use crate::session::many::look_at_each;
use crate::session::{
    Halt, Ledger, Link, ManifestLimits, Meter, Parties, SessionError, SignedReceipt, SignerOf,
};
use crate::storage::Roots;
use crate::wire::Purpose;

use answers::Beginnings;
pub use listing::Listing;
pub(super) use sending::pause_frame;
pub use wanted::Wanted;

use offering::{Next, Offering};
use sending::Sending;

/// What to send, and where to write down how it goes.
#[derive(Debug)]
pub struct SendJob {
    /// The transfer's name on the wire, and both devices.
    pub parties: Parties,
    /// Tells who signed a receipt.
    pub signer_of: SignerOf,
    /// What was chosen.
    pub roots: Roots,
    /// Whether it is to be sent at all.
    pub purpose: Purpose,
    /// Where the list of files is kept, and how long it may be.
    pub limits: ManifestLimits,
    /// Counters for the progress.
    pub meter: Arc<Meter>,
    /// A person's Cancel.
    pub cancel: Halt,
    /// A person's Pause and Resume.
    pub wish: watch::Receiver<Wish>,
    /// Where the receiver's word goes that it remembers this device now; `None` where it has none to say, because it
    /// does already, or this side does not remember it.
    pub remembered: Option<Remembered>,
}

/// The receiver's word that it remembers this device, said once at most; with its discovery key if it does.
pub type Remembered = Arc<OnceLock<Option<DiscoveryKey>>>;

/// What becomes known while files are sent.
#[derive(Clone, Debug)]
pub enum SendNews {
    /// The transfer went one step on.
    Step(Step),
    /// All that was chosen is listed. The ledger holds the files' fates from now on.
    Listed(Arc<Listing>, Arc<Ledger>),
    /// What the receiver would do.
    Planned(PlanSummary),
    /// What the receiver wants, entry by entry.
    Wanted(Arc<Wanted>),
    /// Somebody paused, or went on.
    Paused(Paused),
    /// The receiver's signed record of what arrived; it is as it was told.
    Receipt(Arc<SignedReceipt>),
    /// That record cannot be kept on this computer. The transfer goes on, and ends as it would have.
    ReceiptLost(Failure),
}

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
    Cancelled(Side, Leftover),
    /// Of all that was chosen nothing can be offered.
    NothingToOffer,
}

/// Offers files and sends them if they are wanted. `tell` hears of each step as it is taken.
/// Errors: [`SessionError`] for whatever breaks the conversation off.
pub async fn send(
    link: &mut Link,
    job: &mut SendJob,
    tell: impl Fn(SendNews) + Send + Sync,
) -> Result<SendEnd, SessionError> {
    let listing = match offering::offer(link, job).await? {
        Next::Go(Some(listing)) => Arc::new(listing),
        Next::Go(None) => {
            offering::take_back(link, job).await?;
            return Ok(SendEnd::NothingToOffer);
        }
        Next::End(end) => return Ok(end),
    };
    let ledger = Arc::new(Ledger::new(Arc::clone(&listing.manifest), listing.left_out.clone()));
    tell(SendNews::Listed(Arc::clone(&listing), Arc::clone(&ledger)));
    tell(SendNews::Step(Step::Offer));
    let offering = Offering::start(link, &listing, &ledger);
    let (wanted, beginnings) = match offering.decision(link, job, &tell).await? {
        Next::Go(wanted) => wanted,
        Next::End(end) => return Ok(end),
    };
    let skipping = Arc::clone(&ledger);
    let wanted = look_at_each(ledger.len(), move || {
        for (range, why) in wanted.skipped() {
            for entry in range.entries() {
                skipping.skipped(entry, *why);
            }
        }
        wanted
    });
    let wanted = wanted.await?;
    tell(SendNews::Step(Step::Accept));
    job.meter.start();
    let meter = Arc::clone(&job.meter);
    Sending::start(link, &listing, &ledger, wanted, beginnings, meter).run(link, job, &tell).await
}
