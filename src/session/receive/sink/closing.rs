//! The end of a transfer on the receiver's disk: the signed record, and nothing of ours left behind.

use std::sync::Arc;
use std::time::SystemTime;

use crate::model::{Direction, KeptReceipt, Moment, size};
use crate::session::receive::sink::{Done, Gone, Notary, Sink};
use crate::session::{SignedReceipt, receipt};

impl Sink {
    /// All is settled. What was replaced may go only once it is recorded that all arrived, and so may parts.
    pub(super) fn close_up(&mut self) -> Result<(), Gone> {
        let now = Moment::from(SystemTime::now());
        let receipt = self.receipt(now);
        if self.failed == 0 {
            // Told, but not written down, it would be waited for here for ever: nobody asks again for what was delivered.
            if let Err(error) = self.runtime.block_on(self.place.journal.delivered(now)) {
                self.say(Done::Unrecorded(error.failure()))?;
                return Err(Gone);
            }
            self.clear_staging();
        }
        if let Some(receipt) = receipt {
            // Told first: the sender checks it while it is kept here. It is kept also where nobody hears it any more.
            let told = self.tell(&receipt);
            self.keep(&receipt);
            told?;
        }
        Ok(())
    }

    /// The signed record of it all. `None` where it cannot be made: the files are no worse for that.
    fn receipt(&self, now: Moment) -> Option<Arc<SignedReceipt>> {
        let Notary { parties, started, limits, seal } = &self.notary;
        let receipt = receipt::write(*parties, (*started, now), (&self.ledger, &self.plan), limits, seal);
        receipt.inspect_err(|error| tracing::warn!(%error, "there is no receipt")).ok().map(Arc::new)
    }

    fn tell(&self, receipt: &SignedReceipt) -> Result<(), Gone> {
        let mut offset = 0;
        while let Ok(Some(page)) = receipt.page(offset) {
            offset += size::from_len(page.len());
            self.say(Done::Receipt(page))?;
        }
        Ok(())
    }

    fn keep(&self, receipt: &Arc<SignedReceipt>) {
        let kept = KeptReceipt {
            direction: Direction::Incoming,
            transfer: receipt.parties.transfer,
            peer: receipt.parties.sender,
            at: receipt.at,
            bytes: receipt.length(),
            signature: receipt.seal.signature,
        };
        let kept = self.runtime.block_on(self.place.journal.keep_receipt(kept, receipt.read()));
        if let Err(error) = kept {
            tracing::warn!(failure = %error.failure(), "the receipt is not kept here");
        }
    }

    fn clear_staging(&self) {
        if let Err(error) = self.place.staging.clear() {
            // All files are where they belong; what is left of ours goes when receiving starts again.
            tracing::warn!(failure = %error.failure(), "a finished transfer's own folder stays");
        }
    }
}
