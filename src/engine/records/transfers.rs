//! Transfers that can go on, as the database keeps them.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::SystemTime;

use crate::engine::records::told;
use crate::engine::{Records, sum_of};
use crate::model::{
    Agreed, Choice, DeviceId, Direction, Failure, FailureKind, KeptReceipt, Links, Moment, Outgoing,
    ReceiptSum, Standing, TransferId, Unfinished,
};
use crate::session::{Past, SignedReceipt};
use crate::storage::Journal;

impl Records {
    /// What was agreed with this sender about this transfer, and where it stands.
    pub(in crate::engine) async fn agreed(
        &self,
        sender: DeviceId,
        transfer: TransferId,
    ) -> Result<Option<(Agreed, Standing)>, Failure> {
        self.database.agreed(sender, transfer).await.map_err(told)
    }

    /// Whether anything that was agreed with this sender may go on without a question.
    pub(in crate::engine) async fn awaits(&self, sender: DeviceId) -> Result<bool, Failure> {
        self.database.awaits(sender).await.map_err(told)
    }

    /// Takes off what came of what may come without a question.
    pub(in crate::engine) async fn spend(
        &self,
        sender: DeviceId,
        transfer: TransferId,
        amount: u64,
    ) -> Result<(), Failure> {
        self.database.spend(sender, transfer, amount).await.map_err(told)
    }

    /// Writes down what was agreed. Gives the transfer's journal.
    pub(in crate::engine) async fn agree(
        &self,
        agreed: Agreed,
        choices: Vec<(Vec<u8>, Choice)>,
    ) -> Result<Journal, Failure> {
        self.database.agree(agreed, choices).await.map_err(told)
    }

    /// What was written down about a transfer before it was interrupted; nothing, if it is new.
    pub(in crate::engine) async fn past(
        &self,
        sender: DeviceId,
        transfer: TransferId,
    ) -> Result<Past, Failure> {
        Past::of(&self.database.journal(sender, transfer)).await.map_err(told)
    }

    /// An interrupted transfer of the same sources to the same receiver.
    pub(in crate::engine) async fn outgoing(
        &self,
        receiver: DeviceId,
        sources: &[PathBuf],
        links: Links,
    ) -> Result<Option<Outgoing>, Failure> {
        self.database.outgoing(receiver, sources, links).await.map_err(told)
    }

    /// A transfer from this computer that is not delivered yet.
    pub(in crate::engine) async fn outgoing_by_id(
        &self,
        id: TransferId,
    ) -> Result<Option<Outgoing>, Failure> {
        self.database.outgoing_by_id(id).await.map_err(told)
    }

    /// Writes down that it is about to be offered; or, in its place, that the one goes on which did not all arrive.
    pub(in crate::engine) async fn begin_outgoing(&self, outgoing: Outgoing) -> Result<Outgoing, Failure> {
        self.database.begin_or_go_on(outgoing).await.map_err(told)
    }

    /// Nobody took it: it is forgotten, unless somebody did meanwhile.
    pub(in crate::engine) async fn withdraw_outgoing(&self, id: TransferId) -> Result<(), Failure> {
        self.database.remove_untaken(id).await.map(drop).map_err(told)
    }

    /// Writes down how many files and bytes it is, and whether the receiver took it.
    pub(in crate::engine) async fn measure_outgoing(
        &self,
        id: TransferId,
        size: (u64, u64),
        is_accepted: bool,
    ) -> Result<(), Failure> {
        self.database.measure_outgoing(id, size, is_accepted).await.map_err(told)
    }

    /// Writes down that all of it arrived.
    pub(in crate::engine) async fn finish_outgoing(&self, id: TransferId) -> Result<(), Failure> {
        let now = Moment::from(SystemTime::now());
        self.database.finish_outgoing(id, now).await.map(drop).map_err(told)
    }

    /// All transfers that can go on, the newest first.
    pub async fn unfinished(&self) -> Result<Vec<Unfinished>, Failure> {
        self.database.unfinished().await.map_err(told)
    }

    /// The one that a person means by the beginning of its id. Errors: no such transfer; more than one.
    pub async fn unfinished_named(&self, text: &str) -> Result<Unfinished, Failure> {
        let all = self.unfinished().await?;
        let no = |kind| Failure::here(kind).about(crate::model::shown_text(text.trim()));
        let several = |error| no(FailureKind::AmbiguousTransfer).because(error);
        let found = Unfinished::named(&all, text).map_err(several)?;
        found.cloned().ok_or_else(|| no(FailureKind::NoSuchTransfer))
    }

    /// Sender and transfer of all that arrived whole and is still known.
    pub(in crate::engine) async fn delivered(&self) -> Result<Vec<(DeviceId, TransferId)>, Failure> {
        self.database.delivered().await.map_err(told)
    }

    /// Forgets a transfer that could have gone on. Its files, also unfinished ones, are the caller's.
    pub(in crate::engine) async fn forget_transfer(
        &self,
        direction: Direction,
        transfer: TransferId,
        peer: DeviceId,
    ) -> Result<(), Failure> {
        self.database.remove_transfer(direction, transfer, peer).await.map(drop).map_err(told)
    }

    /// Keeps the signed record of a transfer.
    pub(in crate::engine) async fn keep_receipt(
        &self,
        direction: Direction,
        receipt: &Arc<SignedReceipt>,
    ) -> Result<(), Failure> {
        let parties = receipt.parties;
        let peer = match direction {
            Direction::Outgoing => parties.receiver,
            Direction::Incoming => parties.sender,
        };
        let (transfer, at, bytes) = (parties.transfer, receipt.at, receipt.length());
        let kept = KeptReceipt { direction, transfer, peer, at, bytes, signature: receipt.seal.signature };
        self.database.keep_receipt(kept, receipt.read()).await.map_err(told)
    }

    /// All receipts that are kept, the newest first.
    pub async fn receipts(&self) -> Result<Vec<KeptReceipt>, Failure> {
        self.database.receipts().await.map_err(told)
    }

    /// The bytes of a receipt's file.
    pub async fn receipt(&self, kept: &KeptReceipt) -> Result<Option<Vec<u8>>, Failure> {
        let found = self.database.receipt(kept.direction, kept.transfer, kept.peer).await.map_err(told)?;
        Ok(found.map(|(_, bytes)| bytes))
    }

    /// What a receipt says in a line: its first piece is read, and believed as it is. `None`: it is no receipt that can be read.
    pub async fn receipt_sum(&self, kept: &KeptReceipt) -> Result<Option<ReceiptSum>, Failure> {
        let begin =
            self.database.receipt_begin(kept.direction, kept.transfer, kept.peer).await.map_err(told)?;
        Ok(begin.and_then(|bytes| sum_of(&bytes)))
    }

    /// Removes a receipt; its room is used again. Errors: none is kept.
    pub async fn remove_receipt(&self, kept: &KeptReceipt) -> Result<(), Failure> {
        let KeptReceipt { direction, transfer, peer, .. } = *kept;
        let is_known = self.database.remove_receipt(direction, transfer, peer).await.map_err(told)?;
        if is_known { Ok(()) } else { Err(Failure::here(FailureKind::NoReceipt).because(transfer)) }
    }

    /// Forgets what was delivered before this moment.
    pub(in crate::engine) async fn purge(&self, before: Moment) -> Result<(), Failure> {
        self.database.purge(before).await.map(drop).map_err(told)
    }
}
