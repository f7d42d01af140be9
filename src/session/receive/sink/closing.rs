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
        let mut offset = 0;
        while let Some(receipt) = &receipt
            && let Ok(Some(page)) = receipt.page(offset)
        {
            offset += size::from_len(page.len());
            self.say(Done::Receipt(page))?;
        }
        Ok(())
    }

    /// The signed record of it all, kept. `None` where it cannot be: the files are no worse for that.
    fn receipt(&self, now: Moment) -> Option<Arc<SignedReceipt>> {
        let Notary { parties, started, limits, seal } = &self.notary;
        let receipt = receipt::write(*parties, (*started, now), (&self.ledger, &self.plan), limits, seal);
        let receipt = receipt.inspect_err(|error| tracing::warn!(%error, "there is no receipt")).ok()?;
        let receipt = Arc::new(receipt);
        let kept = KeptReceipt {
            direction: Direction::Incoming,
            transfer: parties.transfer,
            peer: parties.sender,
            at: now,
            bytes: receipt.length(),
            signature: receipt.seal.signature,
        };
        let kept = self.runtime.block_on(self.place.journal.keep_receipt(kept, receipt.read()));
        if let Err(error) = kept {
            tracing::warn!(failure = %error.failure(), "the receipt is not kept here");
        }
        Some(receipt)
    }

    fn clear_staging(&self) {
        if let Err(error) = self.place.staging.clear() {
            // All files are where they belong; what is left of ours goes when receiving starts again.
            tracing::warn!(failure = %error.failure(), "a finished transfer's own folder stays");
        }
    }
}
