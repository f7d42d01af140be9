//! Giving up a transfer that could have gone on: what is there of it is removed.

use std::path::Path;
use std::sync::Arc;

use tokio::task::spawn_blocking;

use crate::engine::core::Core;
use crate::engine::{Event, Records};
use crate::model::{Agreed, DeviceId, Direction, Failure, FailureKind, Standing, TransferId};
use crate::storage::{Folder, Running, Staging, Target, WriteError};

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
    /// Errors: a [`Failure`] about the folder, or it is [running](Self::is_running); the transfer stays then.
    pub async fn discard(
        &self,
        direction: Direction,
        transfer: TransferId,
        peer: DeviceId,
    ) -> Result<(), Failure> {
        if self.is_running(direction, transfer, peer).await? {
            return Err(Failure::here(FailureKind::StillRunning).about(transfer.short()));
        }
        let agreed = match direction {
            Direction::Incoming => self.agreed(peer, transfer).await?,
            Direction::Outgoing => None,
        };
        if let Some((agreed, standing)) = agreed
            && let Some(folder) = folder_of(agreed).await?
        {
            match standing {
                Standing::Unfinished => give_up(self, folder, (peer, transfer)).await?,
                Standing::Delivered { .. } => clear(folder, peer, transfer).await?,
            }
        }
        self.forget_transfer(direction, transfer, peer).await
    }

    /// Removes what is left of ours of transfers that were delivered: their disk would not let it go, or this computer went
    /// off in between. Where that is still so it waits for the next time.
    pub async fn clear_delivered(&self) {
        let all = self.delivered().await.unwrap_or_default();
        for (sender, transfer) in all {
            let Ok(Some((agreed, _))) = self.agreed(sender, transfer).await else { continue };
            let Ok(Some(folder)) = folder_of(agreed).await else { continue };
            if let Err(failure) = clear(folder, sender, transfer).await {
                tracing::debug!(%failure, "a finished transfer's own folder stays");
            }
        }
    }

    /// Whether a transfer that is not complete runs at this moment, in this process or another one.
    /// Errors: a [`Failure`] about the folder of an incoming one.
    pub async fn is_running(
        &self,
        direction: Direction,
        transfer: TransferId,
        peer: DeviceId,
    ) -> Result<bool, Failure> {
        if direction == Direction::Outgoing {
            let home = self.home().clone();
            return blocking(move || Ok(Running::is(&home, &transfer))).await;
        }
        let Some((agreed, _)) = self.agreed(peer, transfer).await? else { return Ok(false) };
        let Some(folder) = folder_of(agreed).await? else { return Ok(false) };
        blocking(move || Staging::is_held(&folder, &peer, &transfer)).await
    }

    /// The bytes that are there of an incoming transfer's unfinished files. Errors: a [`Failure`] about the folder.
    pub async fn bytes_there(
        &self,
        direction: Direction,
        transfer: TransferId,
        peer: DeviceId,
    ) -> Result<u64, Failure> {
        let agreed = match direction {
            Direction::Incoming => self.agreed(peer, transfer).await?,
            Direction::Outgoing => None,
        };
        let Some((agreed, _)) = agreed else { return Ok(0) };
        let Some(folder) = folder_of(agreed).await? else { return Ok(0) };
        blocking(move || Staging::size(&folder, &peer, &transfer)).await
    }
}

/// Where a transfer goes. `None`: the folder is gone, and took the parts with it. Where what it was in is gone as well it may
/// be on a disk that is not there just now, and come back with it: that is an error.
async fn folder_of(agreed: Agreed) -> Result<Option<Folder>, Failure> {
    let around = agreed.folder.parent().map(Path::to_owned);
    let opened = blocking(move || {
        let folder = Folder::open(&agreed.folder)?;
        agreed.account.as_ref().map_or(Ok(folder.clone()), |account| folder.of_account(account))
    });
    match opened.await {
        Ok(folder) => Ok(Some(folder)),
        Err(failure) if failure.kind == FailureKind::FolderMissing => {
            let around = blocking(move || around.map(|around| Folder::open(&around)).transpose());
            match around.await {
                Err(around) if around.kind == FailureKind::FolderMissing => Err(failure),
                Ok(_) | Err(_) => Ok(None),
            }
        }
        Err(failure) => Err(failure),
    }
}

/// Removes what is ours of a transfer that was delivered.
async fn clear(folder: Folder, sender: DeviceId, transfer: TransferId) -> Result<(), Failure> {
    let clear = move || {
        let staging = Staging::find(&folder, &sender, &transfer)?;
        staging.map_or(Ok(()), |staging| staging.clear())
    };
    blocking(clear).await
}

/// Puts back what the transfer was about to replace, removes its parts and the folders that it made and that are empty.
/// Errors: why it could not be.
async fn give_up(
    records: &Records,
    folder: Folder,
    (sender, transfer): (DeviceId, TransferId),
) -> Result<(), Failure> {
    let past = records.past(sender, transfer).await?;
    let give_up = move || {
        let staging = Staging::find(&folder, &sender, &transfer)?;
        past.give_up(&mut Target::new(folder), staging.as_ref())
    };
    blocking(give_up).await
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, WriteError> + Send + 'static,
) -> Result<T, Failure> {
    match spawn_blocking(work).await {
        Ok(done) => done.map_err(|error| error.failure()),
        Err(_) => Err(Failure::here(FailureKind::Internal)),
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::model::{Conflict, Digest, Moment};
    use crate::storage::Home;

    #[tokio::test]
    async fn what_went_with_its_disk_is_not_forgotten_and_what_went_alone_is() {
        let dir = tempfile::tempdir().unwrap();
        let records = Records::open(&Home::at(dir.path().join("home")).unwrap()).unwrap();
        let folder = dir.path().join("disk/in");
        fs::create_dir_all(&folder).unwrap();
        let (sender, transfer) = (DeviceId::from_bytes([1; 32]), TransferId::from_bytes([2; 16]));
        let agreed = Agreed {
            sender,
            transfer,
            folder: folder.clone(),
            account: None,
            names: Digest::from_bytes([3; 32]),
            conflict: Conflict::default(),
            label: String::new(),
            files: 1,
            bytes: 1,
            allowance: 6,
            at: Moment::from_secs(1),
        };
        records.agree(agreed, Vec::new()).await.unwrap();
        fs::rename(dir.path().join("disk"), dir.path().join("unplugged")).unwrap();
        let failure = records.discard(Direction::Incoming, transfer, sender).await.unwrap_err();
        assert_eq!(failure.kind, FailureKind::FolderMissing);
        assert_eq!(records.unfinished().await.unwrap().len(), 1);
        fs::rename(dir.path().join("unplugged"), dir.path().join("disk")).unwrap();
        fs::remove_dir(&folder).unwrap();
        records.discard(Direction::Incoming, transfer, sender).await.unwrap();
        assert_eq!(records.unfinished().await.unwrap(), []);
    }
}
