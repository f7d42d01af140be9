//! How much a chosen file or folder holds.

use std::ops::ControlFlow;
use std::path::Path;

use crate::model::EntryKind;
use crate::model::Links;
use crate::storage::{Roots, SourceError, Walked};

/// What a chosen path holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Measured {
    /// Ordinary files.
    pub files: u64,
    /// Folders, with the chosen one.
    pub folders: u64,
    /// Links that are sent as links.
    pub links: u64,
    /// The files' sizes in bytes together.
    pub bytes: u64,
    /// What cannot be sent.
    pub passed: u64,
}

/// Counts what a chosen path holds. When `stop` says so it ends early, with what was counted so far.
/// Errors: [`SourceError`] about the chosen path itself.
pub fn measure(path: &Path, links: Links, stop: &dyn Fn() -> bool) -> Result<Measured, SourceError> {
    let roots = Roots::look(&[path.to_owned()], links)?;
    let mut measured = Measured::default();
    roots.walk(&mut |walked| {
        let count = match &walked {
            Walked::Entry(entry, _) => {
                measured.bytes = measured.bytes.saturating_add(entry.size);
                match entry.kind {
                    EntryKind::File => &mut measured.files,
                    EntryKind::Folder => &mut measured.folders,
                    EntryKind::Link(_) => &mut measured.links,
                }
            }
            Walked::Passed(_) => &mut measured.passed,
        };
        *count = count.saturating_add(1);
        if stop() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    });
    Ok(measured)
}
