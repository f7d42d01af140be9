//! Giving up a transfer that could have gone on: what is there of it is removed.

use std::path::Path;
use std::sync::Arc;

use tokio::task::spawn_blocking;

use crate::engine::core::Core;
use crate::engine::incoming::give_up;
use crate::engine::{Event, Records};
use crate::model::{AccountName, DeviceId, Direction, Failure, FailureKind, TransferId};
use crate::storage::{Folder, Staging, WriteError};

/// Forgets a transfer, and removes what is there of it.
pub(super) fn discard(core: &Arc<Core>, direction: Direction, transfer: TransferId, peer: DeviceId) {
    let core_there = Arc::clone(core);
    core.spawn(async move {
        if let Err(failure) = core_there.records.discard(direction, transfer, peer).await {
            core_there.fact(Event::Notice(failure));
        }
        core_there.tell_unfinished().await;
    });
}

impl Records {
    /// Forgets a transfer that could have gone on, and removes its unfinished files; complete ones stay.
    /// Errors: a [`Failure`] about the folder; the transfer stays then.
    pub async fn discard(
        &self,
        direction: Direction,
        transfer: TransferId,
        peer: DeviceId,
    ) -> Result<(), Failure> {
        if let Some(folder) = self.folder_of(direction, transfer, peer).await? {
            give_up(self, folder, (peer, transfer)).await?;
        }
        self.forget_transfer(direction, transfer, peer).await
    }

    /// Removes what is left of ours of transfers that were delivered: their disk would not let it go, or this computer went
    /// off in between. Where that is still so it waits for the next time.
    pub(super) async fn clear_delivered(&self) {
        let all = self.delivered().await.unwrap_or_default();
        for (sender, transfer) in all {
            let Ok(Some(folder)) = self.folder_of(Direction::Incoming, transfer, sender).await else {
                continue;
            };
            let clear = move || {
                let staging = Staging::find(&folder, &sender, &transfer)?;
                staging.map_or(Ok(()), |staging| staging.clear())
            };
            if let Ok(Err(error)) = spawn_blocking(clear).await {
                let failure = error.failure();
                tracing::debug!(%failure, "a finished transfer's own folder stays");
            }
        }
    }

    /// The bytes that are there of an incoming transfer's unfinished files. Errors: a [`Failure`] about the folder.
    pub async fn bytes_there(
        &self,
        direction: Direction,
        transfer: TransferId,
        peer: DeviceId,
    ) -> Result<u64, Failure> {
        let Some(folder) = self.folder_of(direction, transfer, peer).await? else { return Ok(0) };
        let look = move || Staging::size(&folder, &peer, &transfer).map_err(|error| error.failure());
        spawn_blocking(look).await.unwrap_or_else(|_| Err(Failure::here(FailureKind::Internal)))
    }

    /// Where a transfer goes. `None`: nowhere here, or the folder is gone, and took the parts with it.
    async fn folder_of(
        &self,
        direction: Direction,
        transfer: TransferId,
        peer: DeviceId,
    ) -> Result<Option<Folder>, Failure> {
        let agreed = match direction {
            Direction::Incoming => self.agreed(peer, transfer).await?,
            Direction::Outgoing => None,
        };
        let Some((agreed, _)) = agreed else { return Ok(None) };
        let open = move || open(&agreed.folder, agreed.account.as_ref()).map_err(|error| error.failure());
        match spawn_blocking(open).await.unwrap_or_else(|_| Err(Failure::here(FailureKind::Internal))) {
            Ok(folder) => Ok(Some(folder)),
            Err(failure) if failure.kind == FailureKind::FolderMissing => Ok(None),
            Err(failure) => Err(failure),
        }
    }
}

fn open(path: &Path, account: Option<&AccountName>) -> Result<Folder, WriteError> {
    let folder = Folder::open(path)?;
    account.map_or(Ok(folder.clone()), |account| folder.of_account(account))
}
