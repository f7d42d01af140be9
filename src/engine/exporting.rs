//! A receipt as a file of its own, with a list for `sha256sum -c` beside it: what a person keeps, or gives to others.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tokio::task::spawn_blocking;

use crate::engine::core::Core;
use crate::engine::{Event, Records, TransferKey, sums_of};
use crate::model::{DeviceId, Direction, Failure, FailureKind, KeptReceipt, TransferId, shown_path, size};
use crate::storage::write_new;

/// A receipt that was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exported {
    /// The receipt.
    pub receipt: PathBuf,
    /// The list beside it.
    pub sums: PathBuf,
    /// The receipt's length in bytes.
    pub bytes: u64,
}

impl Records {
    /// Writes a receipt into a folder, and its list beside it. What is there already and is the same stays, whatever else is there
    /// too. Errors: a [`Failure`] if it is not kept here any more, or cannot be written.
    pub async fn export(&self, kept: &KeptReceipt, folder: &Path) -> Result<Exported, Failure> {
        let bytes = self.receipt(kept).await?.ok_or_else(|| none(kept.transfer))?;
        let name = kept.transfer.short();
        let receipt = folder.join(format!("{name}.receipt"));
        let sums = folder.join(format!("{name}.sha256"));
        let exported = Exported { receipt, sums, bytes: size::from_len(bytes.len()) };
        let write = move || {
            let list = sums_of(&bytes)?;
            written(&exported.receipt, &bytes)?;
            written(&exported.sums, &list)?;
            Ok(exported)
        };
        let lost = |error| Failure::here(FailureKind::WriteFailed).because(error);
        spawn_blocking(write).await.map_err(lost)?
    }

    /// The receipt of a transfer with a device. Errors: a [`Failure`] if none is kept.
    async fn receipt_of(
        &self,
        direction: Direction,
        transfer: TransferId,
        peer: DeviceId,
    ) -> Result<KeptReceipt, Failure> {
        let all = self.receipts().await?;
        let is_meant =
            |kept: &KeptReceipt| (kept.direction, kept.transfer, kept.peer) == (direction, transfer, peer);
        all.into_iter().find(is_meant).ok_or_else(|| none(transfer))
    }
}

/// Writes the receipt of a row's transfer into a folder, and tells where it is.
pub(super) fn export(core: &Arc<Core>, row: TransferKey, folder: PathBuf) {
    let core_there = Arc::clone(core);
    core.spawn(async move {
        let exported = export_row(&core_there, row, &folder).await;
        core_there.fact(match exported {
            Ok(exported) => Event::Exported { transfer: row, receipt: exported.receipt },
            Err(failure) => Event::Notice(failure),
        });
    });
}

async fn export_row(core: &Core, row: TransferKey, folder: &Path) -> Result<Exported, Failure> {
    let known = core.outbox.read(|state| {
        let row = state.transfers.get(&row)?;
        Some((row.direction, row.id?, row.peer.id?))
    });
    let Some((direction, transfer, peer)) = known else {
        return Err(Failure::here(FailureKind::NoReceipt));
    };
    let kept = core.records.receipt_of(direction, transfer, peer).await?;
    core.records.export(&kept, folder).await
}

fn written(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    write_new(path, bytes).map_err(|error| {
        let folder = || path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(path);
        let (kind, object) = match error.kind() {
            ErrorKind::AlreadyExists => (FailureKind::AlreadyThere, path),
            ErrorKind::NotFound | ErrorKind::NotADirectory => (FailureKind::FolderMissing, folder()),
            ErrorKind::PermissionDenied => (FailureKind::FolderForbidden, folder()),
            ErrorKind::ReadOnlyFilesystem => (FailureKind::FolderReadOnly, folder()),
            _ => (FailureKind::WriteFailed, path),
        };
        Failure::here(kind).about(shown_path(object)).because(error)
    })
}

fn none(transfer: TransferId) -> Failure {
    Failure::here(FailureKind::NoReceipt).because(transfer)
}
