//! Files that are complete and wait to be published together.

use std::time::{Duration, Instant};

use crate::storage::{Batch, Staging, WriteError};

/// A batch is published when it has as many files as it may hold, or this many bytes: then one sync costs about as much as the writing did …
const BATCH_BYTES: u64 = 64 * 1024 * 1024;
/// … or when its first file has waited this long, so that the sender sees files become safe.
const BATCH_AGE: Duration = Duration::from_millis(500);

/// Files that are complete and wait to be published together.
#[derive(Default)]
pub(super) struct Waiting {
    batch: Option<Batch>,
    pub(super) since: Option<Instant>,
}

impl Waiting {
    pub(super) fn batch(&mut self, staging: &Staging) -> Result<&mut Batch, WriteError> {
        if self.batch.is_none() {
            self.batch = Some(Batch::new(staging)?);
        }
        Ok(self.batch.as_mut().expect("made above"))
    }

    pub(super) fn take(&mut self) -> Option<Batch> {
        self.since = None;
        self.batch.take().filter(|batch| !batch.is_empty())
    }

    pub(super) fn is_due(&self) -> bool {
        let full = |batch: &Batch| batch.len() >= Batch::MAX_PARTS || batch.bytes() >= BATCH_BYTES;
        self.batch.as_ref().is_some_and(full) || self.due().is_some_and(|due| Instant::now() >= due)
    }

    /// When the first file that waits has waited long enough.
    pub(super) fn due(&self) -> Option<Instant> {
        self.since.map(|since| since + BATCH_AGE)
    }
}
