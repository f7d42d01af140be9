//! The file that is being written: its part, the hash of what is in it, and how much of it is on the disk for certain.

use std::time::{Duration, Instant};

use sha2::Sha256;
use tokio::runtime::Handle;

use crate::model::EntryIndex;
use crate::storage::{Journal, Part, WriteError};

/// A part's length is written down as known to be on the disk after so many bytes …
const DURABLE_BYTES: u64 = 256 * 1024 * 1024;
/// … or after so long: what a power cut may cost.
const DURABLE_AGE: Duration = Duration::from_secs(10);

/// A file that is being written.
pub(super) struct Current {
    pub(super) entry: EntryIndex,
    pub(super) part: Part,
    /// Of what is in it; `None` where the session hashes it.
    pub(super) hasher: Option<Sha256>,
    /// A batch was published since it was begun: that sync may have heard of an error in these bytes, and the next
    /// batch's would not hear of it again. So this part is synced by itself.
    pub(super) straddles: bool,
    /// How many of its bytes are known to be on the disk, and since when.
    pub(super) durable: (u64, Instant),
}

impl Current {
    /// Now and then writes down how much of the part is on the disk for certain.
    pub(super) fn note_durable(&mut self, journal: &Journal, runtime: &Handle) -> Result<(), WriteError> {
        let (durable, since) = self.durable;
        let written = self.part.written();
        let is_due = written - durable >= DURABLE_BYTES || since.elapsed() >= DURABLE_AGE;
        if is_due { self.make_durable(journal, runtime) } else { Ok(()) }
    }

    /// Brings the part to the disk, and then writes down how much of it is there.
    pub(super) fn make_durable(&mut self, journal: &Journal, runtime: &Handle) -> Result<(), WriteError> {
        let written = self.part.written();
        if written == self.durable.0 {
            return Ok(());
        }
        self.part.sync_prefix()?;
        let noted = runtime.block_on(journal.durable(self.part.name(), written));
        noted.map_err(|error| WriteError::NotRecorded { failure: error.failure() })?;
        self.durable = (written, Instant::now());
        Ok(())
    }
}
