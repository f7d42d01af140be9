//! The folder an offer goes into.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use tokio::task::spawn_blocking;

use crate::engine::core::Core;
use crate::engine::incoming::asking::{Refusal, unusable};
use crate::model::{AccountName, Agreed, DeviceId, Failure, FailureKind, LocalName, TransferId, shown_path};
use crate::session::{Place, SessionError};
use crate::storage::{Folder, Journal, Staging, Target, WriteError};

/// Where an offer goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Goal {
    pub(super) folder: PathBuf,
    /// Its own folder below that one.
    pub(super) account: Option<AccountName>,
}

impl Goal {
    /// Where it went before.
    pub(super) fn of(agreed: &Agreed) -> Self {
        Self { folder: agreed.folder.clone(), account: agreed.account.clone() }
    }

    /// Whether it is that one.
    pub(super) fn is_of(&self, agreed: &Agreed) -> bool {
        self.folder == agreed.folder && self.account == agreed.account
    }

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

    /// Opens it if it is there, and makes nothing. Blocks.
    pub(super) fn open_existing(&self) -> Option<Folder> {
        let folder = Folder::open(&self.folder).ok()?;
        match &self.account {
            Some(account) => Target::new(folder).folder(&[LocalName::of(account.as_str().as_bytes())]).ok(),
            None => Some(folder),
        }
    }
}

/// Room is needed that is not there.
pub(super) fn too_little_room(path: &Path, needed: u64, free: u64) -> Failure {
    let detail = format!("{needed} bytes are needed, {free} are free");
    Failure::here(FailureKind::DiskFull).about(shown_path(path)).because(detail)
}

/// Makes a transfer's staging folder, or takes the one that is held already; the transfer has begun then.
pub(super) async fn stage(
    folder: Folder,
    staging: Option<Staging>,
    (sender, transfer): (DeviceId, TransferId),
    journal: Journal,
) -> Result<Place, Refusal> {
    let open = move || {
        let staging = match staging {
            Some(staging) => staging,
            None => Staging::open(&folder, &sender, &transfer)?,
        };
        Ok(Place { target: Target::new(folder), staging, journal })
    };
    let place = spawn_blocking(open).await.map_err(|_| unusable(Failure::here(FailureKind::Internal)))?;
    let place = place.map_err(|error| match error {
        WriteError::InUse { path } => Refusal::Broken(SessionError::InUse { folder: path }),
        error => unusable(error.failure()),
    })?;
    place.journal.begin().await.map_err(|error| unusable(error.failure()))?;
    Ok(place)
}
