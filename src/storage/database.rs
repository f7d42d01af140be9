//! What has to outlive the program: paired devices, accounts, this device's own discovery key, transfers that can go on, receipts.
//! SQLite, in `sampan.db`.
//!
//! SQLite blocks, and one connection can't be used by two threads at a time. So a thread of its own owns it, takes requests
//! in the order they come, and answers each. Two processes with one home (a window and a command) have a thread and a
//! connection each; SQLite's locks let them take turns.

mod accounts;
mod columns;
mod devices;
mod error;
mod file;
pub(super) mod incoming;
mod outgoing;
mod receipts;
mod schema;
pub(super) mod steps;
mod transfers;

use std::fmt;
use std::path::Path;
use std::sync::Arc;
use std::thread::Builder;
use std::time::Duration;

use rusqlite::Connection;
use tokio::sync::{mpsc, oneshot};

use crate::model::{
    Account, AccountName, DeviceId, DeviceName, DiscoveryKey, Moment, PairedDevice, Policy, Sighting,
};
use crate::storage::Home;

use columns::{NotOurs, moment, to_column};

pub use error::DatabaseError;

/// How long one request waits for another process. Every transaction of ours takes milliseconds.
const PATIENCE: Duration = Duration::from_secs(5);

/// Requests that wait for the thread; who comes then waits as well. Each session has one at a time.
const REQUESTS: usize = 64;

/// Work for the thread, with the way for its answer inside.
type Request = Box<dyn FnOnce(&mut Connection) + Send>;

/// The database. Clones share it; its thread ends when the last of them is dropped. A request whose caller goes away is
/// carried out all the same.
///
/// Errors of all methods: [`DatabaseError`].
#[derive(Clone)]
pub struct Database {
    requests: mpsc::Sender<Request>,
    path: Arc<Path>,
}

/// Brings what was written from the write-ahead log into the file itself, before it is answered. Changes are few, and the file
/// should be all there is: else a copy of it lacks the last ones, and a log left behind would be played over a copy put back.
/// Where another process reads just now this stays undone until the next change; nothing is lost by that.
fn empty_log(connection: &Connection) {
    let emptied = connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()));
    if let Err(error) = emptied {
        tracing::debug!(%error, "the database's log was not emptied");
    }
}

impl Database {
    /// Opens the database of this home and makes it if there is none. Blocks, up to 5 s where another process holds it.
    /// Errors: [`DatabaseError`]; what is there and cannot be used stays as it is.
    pub fn open(home: &Home) -> Result<Self, DatabaseError> {
        Self::open_with(home, PATIENCE)
    }

    fn open_with(home: &Home, patience: Duration) -> Result<Self, DatabaseError> {
        let path: Arc<Path> = home.database_file().into();
        let mut connection = file::open(&path, patience)?;
        let (requests, mut requests_rx) = mpsc::channel::<Request>(REQUESTS);
        let serve = move || {
            while let Some(request) = requests_rx.blocking_recv() {
                request(&mut connection);
            }
        };
        let thread = Builder::new().name("sampan-database".to_owned()).spawn(serve);
        thread.map_err(|source| DatabaseError::Thread { source })?;
        Ok(Self { requests, path })
    }

    /// Has the thread do something, bring it into the file itself if that changed anything, and waits for its answer.
    async fn ask<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, DatabaseError> {
        let work = |connection: &mut Connection| {
            let before = connection.total_changes();
            let result = work(connection);
            if connection.total_changes() != before {
                empty_log(connection);
            }
            result
        };
        self.note(work).await
    }

    /// Like [`ask`](Self::ask), and what was changed may stay in the log: for changes that are many and end with a
    /// [`settle`](Self::settle).
    pub(super) async fn note<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, DatabaseError> {
        let (answer, answered) = oneshot::channel();
        let request: Request = Box::new(move |connection| {
            let result = work(connection);
            answer.send(result).ok(); // who asked may be gone
        });
        self.requests.send(request).await.map_err(|_| DatabaseError::Gone)?;
        let answer = answered.await.map_err(|_| DatabaseError::Gone)?;
        answer.map_err(|source| DatabaseError::sort(&self.path, source))
    }

    /// Brings what is in the log into the file itself.
    pub(super) async fn settle(&self) -> Result<(), DatabaseError> {
        self.note(|connection| {
            empty_log(connection);
            Ok(())
        })
        .await
    }

    /// All paired devices, by name and id.
    pub async fn devices(&self) -> Result<Vec<PairedDevice>, DatabaseError> {
        self.ask(|connection| devices::all(connection)).await
    }

    /// The paired device with this id.
    pub async fn device(&self, id: &DeviceId) -> Result<Option<PairedDevice>, DatabaseError> {
        let id = *id;
        self.ask(move |connection| devices::one(connection, &id)).await
    }

    /// Pins a device. One that is pinned already keeps its policy and the moment it was paired, and what is `None` now stays
    /// as it was; all else is taken over.
    pub async fn remember(&self, device: PairedDevice) -> Result<(), DatabaseError> {
        self.ask(move |connection| devices::remember(connection, &device)).await
    }

    /// Notes what a paired device told this time. `false`: no such device, and nothing is noted.
    pub async fn seen(&self, id: &DeviceId, sighting: Sighting) -> Result<bool, DatabaseError> {
        let id = *id;
        self.ask(move |connection| devices::seen(connection, &id, &sighting)).await
    }

    /// Changes what a paired device may do. `false`: no such device.
    pub async fn set_policy(&self, id: &DeviceId, policy: Policy) -> Result<bool, DatabaseError> {
        let id = *id;
        self.ask(move |connection| devices::set_policy(connection, &id, policy)).await
    }

    /// Removes the pin, and with it this device's own discovery key: who was forgotten shall not know us any more.
    /// `false`: no such device, and the key stays.
    pub async fn forget(&self, id: &DeviceId) -> Result<bool, DatabaseError> {
        let (id, next) = (*id, new_key()?);
        self.ask(move |connection| devices::forget(connection, &id, &next)).await
    }

    /// This device's own discovery key; made when it is asked for the first time.
    pub async fn discovery_key(&self) -> Result<DiscoveryKey, DatabaseError> {
        let fresh = new_key()?;
        self.ask(move |connection| devices::own_key(connection, &fresh)).await
    }

    /// All accounts, by name.
    pub async fn accounts(&self) -> Result<Vec<Account>, DatabaseError> {
        self.ask(|connection| accounts::all(connection)).await
    }

    /// Adds an account with the hash of its password ([`hash_password`](crate::storage::hash_password)).
    /// Errors: [`DatabaseError::AccountExists`], and that account stays as it is.
    pub async fn add_account(
        &self,
        name: &AccountName,
        hash: String,
        at: Moment,
    ) -> Result<(), DatabaseError> {
        let account = Account { name: name.clone(), created_at: at };
        let is_new = self.ask(move |connection| accounts::add(connection, &account, &hash)).await?;
        if is_new { Ok(()) } else { Err(DatabaseError::AccountExists { name: name.clone() }) }
    }

    /// Gives an account another password. `false`: no such account.
    pub async fn set_password(&self, name: &AccountName, hash: String) -> Result<bool, DatabaseError> {
        let name = name.clone();
        self.ask(move |connection| accounts::set_password(connection, &name, &hash)).await
    }

    /// Removes an account, not its folder. `false`: no such account.
    pub async fn remove_account(&self, name: &AccountName) -> Result<bool, DatabaseError> {
        let name = name.clone();
        self.ask(move |connection| accounts::remove(connection, &name)).await
    }

    /// The hash of an account's password; `None`: no such account.
    pub async fn password_hash(&self, name: &AccountName) -> Result<Option<String>, DatabaseError> {
        let name = name.clone();
        self.ask(move |connection| accounts::password_hash(connection, &name)).await
    }
}

impl fmt::Debug for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Database")
    }
}

fn new_key() -> Result<DiscoveryKey, DatabaseError> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).map_err(DatabaseError::Random)?;
    Ok(DiscoveryKey::from_bytes(bytes))
}

/// What the other side of a transfer is called, from a row that was joined with `devices`.
fn peer_name(row: &rusqlite::Row<'_>) -> rusqlite::Result<Option<DeviceName>> {
    let name = row.get::<_, Option<String>>("peer_name")?;
    Ok(name.map(|name| DeviceName::new(&name).ok_or(NotOurs("name"))).transpose()?)
}

#[cfg(test)]
mod tests;
