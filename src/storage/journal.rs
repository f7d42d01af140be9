//! What one receiving transfer writes down while it runs, so that it can go on after any interruption (docs/trees.md,
//! "Resuming"). Each is written before it is done: folders before they are made, names before a file gets them.
//!
//! An ordinary file has no row. Only folders that are made, files that get another name or replace one, large parts, and what a
//! person chose otherwise than for the rest.
//!
//! Journals are written often, so what they write stays in the database's write-ahead log until SQLite itself brings it over, about
//! every 4 MB, or until [`Journal::delivered`] or [`Journal::interrupted`]. It is synced before it is answered all the same:
//! one sync a call, where to empty the log each time costs several. Measured on ext4: 200 calls with 100 intents each take 0.14 s, and
//! 0.3 s if each empties the log; 100,000 folders in one call take 0.12 s.

use std::collections::HashMap;
use std::ffi::{OsStr, OsString};
use std::io::Read;

use rusqlite::{Connection, TransactionBehavior};

use crate::model::{Choice, DeviceId, KeptReceipt, Moment, Stamp, TransferId};
use crate::storage::database::{incoming, steps};
use crate::storage::{Database, DatabaseError, Finish, Naming};

/// A file that is about to get a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Intent {
    /// The name it gets, in the folder where its own name would be.
    pub name: Vec<u8>,
    /// What happens to what may be there.
    pub kind: Naming,
}

/// The journal of one transfer that was agreed to ([`Database::agree`]). Clones write the same one. All paths are those of
/// [`RelPath::joined`](crate::model::RelPath::joined).
///
/// What it wrote is on the disk when a method returns, all of one call or nothing. A transfer that is not there any more has
/// an empty journal, and cannot be written: [`DatabaseError::NoSuchTransfer`]. Other errors of all methods: [`DatabaseError`].
#[derive(Clone, Debug)]
pub struct Journal {
    database: Database,
    sender: DeviceId,
    transfer: TransferId,
}

impl Journal {
    pub(super) fn new(database: Database, sender: DeviceId, transfer: TransferId) -> Self {
        Self { database, sender, transfer }
    }

    /// Notes folders that are about to be made, and what they get once all is in them. A folder's newest note holds.
    pub async fn will_make(&self, folders: Vec<(Vec<u8>, Finish)>) -> Result<(), DatabaseError> {
        self.write(move |connection, id| steps::will_make(connection, id, &folders)).await
    }

    /// The folders that the transfer made, or was about to make: their modes and times are the transfer's to set.
    pub async fn made(&self) -> Result<HashMap<Vec<u8>, Finish>, DatabaseError> {
        self.read(steps::made).await
    }

    /// Notes the times of folders that were there and that something is about to be put into. A folder's first note holds.
    pub async fn will_enter(&self, folders: Vec<(Vec<u8>, Stamp)>) -> Result<(), DatabaseError> {
        self.write(move |connection, id| steps::will_enter(connection, id, &folders)).await
    }

    /// The folders that were there and that something was put into, with the times they had before.
    pub async fn entered(&self) -> Result<HashMap<Vec<u8>, Stamp>, DatabaseError> {
        self.read(steps::entered).await
    }

    /// Notes the names that files are about to get, by the files' own paths. A path's newest intent replaces the older one.
    pub async fn intend(&self, intents: Vec<(Vec<u8>, Intent)>) -> Result<(), DatabaseError> {
        self.write(move |connection, id| steps::intend(connection, id, &intents)).await
    }

    /// The newest intent of each path that has one.
    pub async fn intents(&self) -> Result<HashMap<Vec<u8>, Intent>, DatabaseError> {
        self.read(steps::intents).await
    }

    /// Notes how many bytes of a part are known to be on the disk: never more than were synced. A smaller number than before
    /// is taken as well: a part may begin again.
    pub async fn durable(&self, part: &OsStr, offset: u64) -> Result<(), DatabaseError> {
        let part = part.to_owned();
        self.write(move |connection, id| steps::durable(connection, id, &part, offset)).await
    }

    /// How many bytes of each part are known to be on the disk, by the part's name. A part that has none may have any.
    pub async fn offsets(&self) -> Result<HashMap<OsString, u64>, DatabaseError> {
        self.read(steps::offsets).await
    }

    /// Notes what a person wants for some entries; for each, the newest choice holds.
    pub async fn choose(&self, choices: Vec<(Vec<u8>, Choice)>) -> Result<(), DatabaseError> {
        self.write(move |connection, id| steps::choose(connection, id, &choices)).await
    }

    /// What a person wants for the entries that are not handled like the rest.
    pub async fn choices(&self) -> Result<HashMap<Vec<u8>, Choice>, DatabaseError> {
        self.read(steps::choices).await
    }

    /// Records that its files are taken from now on; for who holds its staging folder. Not before: another process may have
    /// held it until now, and delivered all of it.
    pub async fn begin(&self) -> Result<(), DatabaseError> {
        self.write(steps::begin).await
    }

    /// Records that all of it is here. Only then what was replaced may be thrown away.
    pub async fn delivered(&self, at: Moment) -> Result<(), DatabaseError> {
        self.write(move |connection, id| steps::delivered(connection, id, at)).await?;
        self.database.settle().await
    }

    /// Keeps the signed record of the transfer. Reads `body` on the database's thread.
    pub async fn keep_receipt(
        &self,
        receipt: KeptReceipt,
        body: impl Read + Send + 'static,
    ) -> Result<(), DatabaseError> {
        self.database.keep_receipt(receipt, body).await
    }

    /// Says that nothing is written for now. Nothing is lost without it.
    pub async fn interrupted(&self) -> Result<(), DatabaseError> {
        self.database.settle().await
    }

    async fn write(
        &self,
        rows: impl FnOnce(&Connection, i64) -> rusqlite::Result<()> + Send + 'static,
    ) -> Result<(), DatabaseError> {
        let (sender, transfer) = (self.sender, self.transfer);
        let work = move |connection: &mut Connection| {
            let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            // Looked up each time: a row that was removed leaves its number to the next one.
            let Some(id) = incoming::id(&transaction, &sender, &transfer)? else {
                return Ok(false);
            };
            rows(&transaction, id)?;
            transaction.commit()?;
            Ok(true)
        };
        let is_there = self.database.note(work).await?;
        if is_there { Ok(()) } else { Err(DatabaseError::NoSuchTransfer { transfer }) }
    }

    async fn read<T: Default + Send + 'static>(
        &self,
        rows: fn(&Connection, i64) -> rusqlite::Result<T>,
    ) -> Result<T, DatabaseError> {
        let (sender, transfer) = (self.sender, self.transfer);
        let work = move |connection: &mut Connection| {
            let transaction = connection.transaction()?;
            let id = incoming::id(&transaction, &sender, &transfer)?;
            id.map_or_else(|| Ok(T::default()), |id| rows(&transaction, id))
        };
        self.database.note(work).await
    }
}
