//! Of a folder that is not there nothing in it is there: it is not looked at.

use crate::model::RelPath;

/// The last folder that is not there. What is in it follows at once in a manifest, so one is enough.
#[derive(Debug, Default)]
pub(super) struct MissingFolder(Option<Vec<u8>>);

impl MissingFolder {
    /// This folder is not there.
    pub(super) fn note(&mut self, folder: &RelPath) {
        if !self.has(folder) {
            self.0 = Some(folder.joined().to_vec());
        }
    }

    /// Whether this is in it.
    pub(super) fn has(&self, path: &RelPath) -> bool {
        self.0.as_ref().is_some_and(|missing| path.is_in(missing))
    }
}
