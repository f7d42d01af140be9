//! The folder an offer goes into.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use tokio::task::spawn_blocking;

use crate::engine::Records;
use crate::engine::core::Core;
use crate::model::{AccountName, DeviceId, Failure, FailureKind, TransferId};
use crate::session::Place;
use crate::storage::{Folder, Journal, Staging, Target, WriteError};

/// Where an offer goes.
#[derive(Clone, Debug)]
pub(super) struct Goal {
    pub(super) folder: PathBuf,
    /// Its own folder below that one.
    pub(super) account: Option<AccountName>,
}

impl Goal {
    /// Opens it. Errors: why nothing can be written there.
    pub(super) async fn open(&self, core: &Arc<Core>) -> Result<Folder, Failure> {
        let (core, goal) = (Arc::clone(core), self.clone());
        let open = move || -> Result<Folder, Failure> {
            core.ensure_downloads();
            let folder = Folder::open(&goal.folder).map_err(|error| error.failure())?;
            let folder = match &goal.account {
                Some(account) => folder.of_account(account).map_err(|error| error.failure())?,
                None => folder,
            };
            folder.check_writable().map_err(|error| error.failure())?;
            Ok(folder)
        };
        spawn_blocking(open).await.unwrap_or_else(|_| Err(Failure::here(FailureKind::Internal)))
    }
}

/// Room is needed that is not there.
pub(super) fn too_little_room(path: &Path, needed: u64, free: u64) -> Failure {
    let detail = format!("{needed} bytes are needed, {free} are free");
    Failure::here(FailureKind::DiskFull).about(crate::engine::task::shown(path)).because(detail)
}

/// Makes a transfer's staging folder, or takes the one that is held already.
pub(super) async fn stage(
    folder: Folder,
    staging: Option<Staging>,
    (sender, transfer): (DeviceId, TransferId),
    journal: Journal,
) -> Result<Place, Failure> {
    let open = move || {
        let staging = match staging {
            Some(staging) => staging,
            None => Staging::open(&folder, &sender, &transfer).map_err(|error| error.failure())?,
        };
        Ok(Place { target: Target::new(folder), staging, journal })
    };
    spawn_blocking(open).await.unwrap_or_else(|_| Err(Failure::here(FailureKind::Internal)))
}

/// Removes what an unfinished transfer left in its folder: parts, and folders that it made and that are empty.
/// Errors: why it could not be.
pub(in crate::engine) async fn give_up(
    records: &Records,
    folder: Folder,
    (sender, transfer): (DeviceId, TransferId),
) -> Result<(), Failure> {
    let past = records.past(sender, transfer).await?;
    let give_up = move || -> Result<(), WriteError> {
        let staging = Staging::find(&folder, &sender, &transfer)?;
        past.give_up(&mut Target::new(folder), staging.as_ref())
    };
    let done = spawn_blocking(move || give_up().map_err(|error| error.failure())).await;
    done.unwrap_or_else(|_| Err(Failure::here(FailureKind::Internal)))
}
