//! The names in one folder, sorted: a folder may hold a million, so they share one piece of memory.

use std::os::fd::AsFd;

use rustix::fs::{Dir, FileType};
use rustix::io::Errno;

use crate::model::size;

/// The names of a folder in the order of a manifest, one taken after another.
pub(super) struct Names {
    bytes: Vec<u8>,
    spans: std::vec::IntoIter<Span>,
}

/// Where a name is, and what the folder says that it stands for.
#[derive(Clone, Copy)]
struct Span {
    start: u64,
    len: u32,
    kind: FileType,
}

impl Span {
    fn of(self, bytes: &[u8]) -> &[u8] {
        let start = size::to_len(self.start);
        let end = start.saturating_add(size::to_len(u64::from(self.len)));
        bytes.get(start..end).unwrap_or_default()
    }
}

impl Names {
    /// Reads the list of an open folder. A disk that fails half way leaves what came before.
    pub(super) fn read(folder: impl AsFd) -> (Self, Option<Errno>) {
        let mut bytes = Vec::new();
        let mut spans = Vec::new();
        let trouble = Dir::read_from(folder).and_then(|list| {
            for found in list {
                let found = found?;
                let name = found.file_name().to_bytes();
                if name != b"." && name != b".." {
                    let start = size::from_len(bytes.len());
                    spans.push(Span { start, len: size::count32(name.len()), kind: found.file_type() });
                    bytes.extend_from_slice(name);
                }
            }
            Ok(())
        });
        spans.sort_unstable_by(|a, b| a.of(&bytes).cmp(b.of(&bytes)));
        // A folder that changes while it is read may tell a name twice.
        spans.dedup_by(|a, b| a.of(&bytes) == b.of(&bytes));
        spans.shrink_to_fit();
        (Self { bytes, spans: spans.into_iter() }, trouble.err())
    }

    /// The next name, and what the folder says that it stands for.
    pub(super) fn next(&mut self) -> Option<(&[u8], FileType)> {
        let span = self.spans.next()?;
        Some((span.of(&self.bytes), span.kind))
    }
}
