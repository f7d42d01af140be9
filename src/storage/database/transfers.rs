//! What the database keeps about transfers, from outside its thread. A running receiver's steps go through its [`Journal`].

use std::io::Read;

use rusqlite::TransactionBehavior;

use crate::model::{
    Agreed, Choice, DeviceId, Direction, KeptReceipt, Links, Moment, Outgoing, Standing, TransferId,
    Unfinished,
};
use crate::storage::database::{columns, incoming, outgoing, receipts};
use crate::storage::{Database, DatabaseError, Journal};

/// Transfers.
impl Database {
    /// Notes what a receiver agreed to take, with what a person wants otherwise for some entries (by
    /// [`RelPath::joined`](crate::model::RelPath::joined)); all of it or nothing. Agreed to again it is unfinished again, and the earlier choices
    /// are forgotten; if it goes to another folder now, so is all else that was done of it.
    pub async fn agree(
        &self,
        agreed: Agreed,
        choices: Vec<(Vec<u8>, Choice)>,
    ) -> Result<Journal, DatabaseError> {
        let journal = self.journal(agreed.sender, agreed.transfer);
        self.ask(move |connection| incoming::agree(connection, &agreed, &choices)).await?;
        Ok(journal)
    }

    /// What was agreed to take of this transfer of this sender.
    pub async fn agreed(
        &self,
        sender: DeviceId,
        transfer: TransferId,
    ) -> Result<Option<(Agreed, Standing)>, DatabaseError> {
        self.ask(move |connection| incoming::one(connection, &sender, &transfer)).await
    }

    /// Takes off what came of what may come without another question.
    pub async fn spend(
        &self,
        sender: DeviceId,
        transfer: TransferId,
        amount: u64,
    ) -> Result<(), DatabaseError> {
        self.ask(move |connection| incoming::spend(connection, &sender, &transfer, amount)).await
    }

    /// Whether anything of a sender may go on without another question.
    pub async fn awaits(&self, sender: DeviceId) -> Result<bool, DatabaseError> {
        self.ask(move |connection| incoming::awaits(connection, &sender)).await
    }

    /// The journal of a transfer that was agreed to.
    pub fn journal(&self, sender: DeviceId, transfer: TransferId) -> Journal {
        Journal::new(self.clone(), sender, transfer)
    }

    /// Notes what this device begins to send. Where the same sources go to the same device already, and did not all arrive,
    /// that transfer goes on in its place, also where another process began it a moment before. Gives what is noted.
    pub async fn begin_or_go_on(&self, outgoing: Outgoing) -> Result<Outgoing, DatabaseError> {
        self.ask(move |connection| outgoing::begin_or_go_on(connection, outgoing)).await
    }

    /// Forgets what this device began to send, unless its receiver took it. `false`: it did, or there is no such transfer.
    pub async fn remove_untaken(&self, transfer: TransferId) -> Result<bool, DatabaseError> {
        self.ask(move |connection| outgoing::remove_untaken(connection, &transfer)).await
    }

    /// Notes how many files and bytes an unfinished transfer has, and whether its receiver took it. No row is made for it.
    pub async fn measure_outgoing(
        &self,
        transfer: TransferId,
        size: (u64, u64),
        is_accepted: bool,
    ) -> Result<(), DatabaseError> {
        self.ask(move |connection| outgoing::measure(connection, &transfer, size, is_accepted)).await
    }

    /// The unfinished transfer of the same sources, in the same order, to the same device; of several the newest.
    pub async fn outgoing(
        &self,
        receiver: DeviceId,
        sources: &[std::path::PathBuf],
        links: Links,
    ) -> Result<Option<Outgoing>, DatabaseError> {
        let sources = columns::from_paths(sources);
        self.ask(move |connection| outgoing::of_sources(connection, &receiver, &sources, links)).await
    }

    /// The unfinished transfer with this id. Who has only the begin of an id asks [`Unfinished::named`].
    pub async fn outgoing_by_id(&self, transfer: TransferId) -> Result<Option<Outgoing>, DatabaseError> {
        self.ask(move |connection| outgoing::one(connection, &transfer)).await
    }

    /// Notes that what this device sent was delivered. `false`: no such transfer.
    pub async fn finish_outgoing(&self, transfer: TransferId, at: Moment) -> Result<bool, DatabaseError> {
        self.ask(move |connection| outgoing::finish(connection, &transfer, at)).await
    }

    /// All transfers that can go on, newest first.
    pub async fn unfinished(&self) -> Result<Vec<Unfinished>, DatabaseError> {
        let work = |connection: &mut rusqlite::Connection| {
            let mut all = outgoing::unfinished(connection)?;
            all.extend(incoming::unfinished(connection)?);
            all.sort_by_key(|one| std::cmp::Reverse(one.at)); // stable: within each direction the newest row stays first
            Ok(all)
        };
        self.ask(work).await
    }

    /// Sender and transfer of all that arrived whole and is still known.
    pub async fn delivered(&self) -> Result<Vec<(DeviceId, TransferId)>, DatabaseError> {
        self.ask(|connection| incoming::delivered(connection)).await
    }

    /// Forgets a transfer and all that belongs to it but its receipt. What is on the disk stays. `false`: no such transfer.
    pub async fn remove_transfer(
        &self,
        direction: Direction,
        transfer: TransferId,
        peer: DeviceId,
    ) -> Result<bool, DatabaseError> {
        self.ask(move |connection| match direction {
            Direction::Outgoing => outgoing::remove(connection, &transfer, &peer),
            Direction::Incoming => incoming::remove(connection, &transfer, &peer),
        })
        .await
    }

    /// Forgets what was finished before a moment, and says how many transfers that were. Those that can go on stay, whatever
    /// their age.
    pub async fn purge(&self, before: Moment) -> Result<usize, DatabaseError> {
        let work = move |connection: &mut rusqlite::Connection| {
            let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            let purged = outgoing::purge(&transaction, before)? + incoming::purge(&transaction, before)?;
            transaction.commit()?;
            Ok(purged)
        };
        self.ask(work).await
    }
}

/// Receipts.
impl Database {
    /// Keeps a receipt, in place of an earlier one of the same transfer. The body is read on the database's thread, so it has to
    /// come from memory or a file.
    /// Errors: also [`DatabaseError::ReceiptTooLong`] and, if it has not `bytes` bytes, [`DatabaseError::ReceiptBody`]; then an
    /// earlier one stays.
    pub async fn keep_receipt(
        &self,
        receipt: KeptReceipt,
        body: impl Read + Send + 'static,
    ) -> Result<(), DatabaseError> {
        if receipt.bytes > KeptReceipt::MAX_BYTES {
            return Err(DatabaseError::ReceiptTooLong { bytes: receipt.bytes });
        }
        let kept = self.ask(move |connection| receipts::keep(connection, &receipt, body)).await?;
        kept.map_err(|source| DatabaseError::ReceiptBody { source })
    }

    /// A receipt with its body.
    pub async fn receipt(
        &self,
        direction: Direction,
        transfer: TransferId,
        peer: DeviceId,
    ) -> Result<Option<(KeptReceipt, Vec<u8>)>, DatabaseError> {
        self.ask(move |connection| receipts::one(connection, &(direction, transfer, peer))).await
    }

    /// All receipts without their bodies, newest first.
    pub async fn receipts(&self) -> Result<Vec<KeptReceipt>, DatabaseError> {
        self.ask(|connection| receipts::all(connection)).await
    }

    /// The first piece of a receipt's body: its head, and at least one entry of it. `None`: there is no such receipt.
    pub async fn receipt_begin(
        &self,
        direction: Direction,
        transfer: TransferId,
        peer: DeviceId,
    ) -> Result<Option<Vec<u8>>, DatabaseError> {
        self.ask(move |connection| receipts::begin(connection, &(direction, transfer, peer))).await
    }

    /// Removes a receipt; its room is used again. `false`: no such receipt.
    pub async fn remove_receipt(
        &self,
        direction: Direction,
        transfer: TransferId,
        peer: DeviceId,
    ) -> Result<bool, DatabaseError> {
        self.ask(move |connection| receipts::remove(connection, &(direction, transfer, peer))).await
    }
}
