//! A transfer's files as a list shows them: all of them, those that failed, or those that nothing is known of yet. Pulled
//! some rows at a time, so that nobody holds a million names.

use std::sync::Arc;

use crate::model::{EntryIndex, FileFate, size};
use crate::session::ledger::{Fate, Inner, Ledger};
use crate::session::{Cursor, Shape};

/// Which files a list shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Which {
    /// All.
    #[default]
    All,
    /// Those that did not arrive, and folders that were not made.
    Failed,
    /// Those of which nothing is known yet.
    Waiting,
}

/// A file as a list shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListedFile {
    /// Its path, ready to be shown.
    pub path: String,
    /// What it is.
    pub shape: Shape,
    /// Its size in bytes; `None` where nobody could look.
    pub bytes: Option<u64>,
    /// What became of it, once that is known.
    pub fate: Option<FileFate>,
}

/// How many files a list has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ListedCounts {
    /// With [`Which::All`].
    pub all: u64,
    /// With [`Which::Failed`].
    pub failed: u64,
    /// With [`Which::Waiting`].
    pub waiting: u64,
}

impl ListedCounts {
    /// Of one list.
    pub fn of(&self, which: Which) -> u64 {
        match which {
            Which::All => self.all,
            Which::Failed => self.failed,
            Which::Waiting => self.waiting,
        }
    }
}

impl Ledger {
    /// The files of a list, from the `from`th on, at most `limit`: what could not even be offered goes first. Fewer where
    /// the names cannot be read.
    pub fn listed(&self, which: Which, from: u64, limit: usize) -> Vec<ListedFile> {
        let unsent = match which {
            Which::All | Which::Failed => self.left_out.as_slice(),
            Which::Waiting => &[],
        };
        let mut rows: Vec<ListedFile> = unsent
            .iter()
            .skip(size::to_len(from))
            .take(limit)
            .map(|left_out| ListedFile {
                path: left_out.path.clone(),
                shape: Shape::File,
                bytes: None,
                fate: Some(FileFate::Failed(left_out.problem)),
            })
            .collect();
        let from = from.saturating_sub(size::from_len(unsent.len()));
        let found: Vec<_> = {
            let inner = self.lock();
            let is_meant = |entry: &EntryIndex| match which {
                Which::All => self.is_file(*entry),
                Which::Failed => inner.is(*entry, Fate::Failed),
                Which::Waiting => self.is_file(*entry) && inner.is(*entry, Fate::Open),
            };
            // A look at a byte or two of each entry before them: a millisecond for a million.
            let entries = (0..self.len()).filter(is_meant).skip(size::to_len(from)).take(limit - rows.len());
            entries.map(|entry| (entry, inner.report(entry).map(|(_, _, fate)| fate))).collect()
        };
        let mut cursor = Cursor::new(Arc::clone(&self.manifest));
        rows.extend(found.into_iter().map_while(|(entry, fate)| {
            let found = cursor.get(entry).ok()??;
            let (path, bytes) = (found.path.to_string(), Some(found.size));
            Some(ListedFile { path, shape: self.manifest.shape(entry)?, bytes, fate })
        }));
        rows
    }

    /// How many files each list has.
    pub fn listed_len(&self) -> ListedCounts {
        let inner = self.lock();
        let left_out = size::from_len(self.left_out.len());
        let counts = inner.counts;
        // A folder that failed is a failure and no file, so it is not among those that are settled.
        let folders = inner.problems.keys().filter(|entry| !self.is_file(**entry)).count();
        let settled = counts.saved + counts.skipped + counts.failed;
        let settled = settled.saturating_sub(size::from_len(folders));
        ListedCounts {
            all: self.manifest.files() + left_out,
            failed: counts.failed + left_out,
            waiting: self.manifest.files().saturating_sub(settled),
        }
    }

    /// How many files the receiver does not want: of those that are skipped, the ones that are not there.
    pub fn unwanted(&self) -> u64 {
        let inner = self.lock();
        let is_meant = |entry: &EntryIndex| inner.is(*entry, Fate::Unwanted) && self.is_file(*entry);
        size::from_len((0..self.len()).filter(is_meant).count())
    }

    fn is_file(&self, entry: EntryIndex) -> bool {
        matches!(self.manifest.shape(entry), Some(Shape::File | Shape::Link))
    }
}

impl Inner {
    fn is(&self, entry: EntryIndex, fate: Fate) -> bool {
        self.fates.get(size::to_len(entry)) == Some(&fate)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Entry, EntryKind, FailureKind, FileProblem, RelPath, Side, Skip};
    use crate::session::{LeftOut, Manifest};

    const PROBLEM: FileProblem = FileProblem { kind: FailureKind::DiskFull, side: Side::There };

    fn ledger(left_out: Vec<LeftOut>) -> Ledger {
        let entries = ["r/", "r/a", "r/b", "r/c", "r/d/"].map(|path| {
            let kind = if path.ends_with('/') { EntryKind::Folder } else { EntryKind::File };
            let names = path.trim_end_matches('/').split('/').collect::<Vec<_>>();
            let path = RelPath::parse(names).unwrap();
            let size = if kind == EntryKind::File { 7 } else { 0 };
            Entry { path, kind, size, stored: size, modified: None, mode: None }
        });
        Ledger::new(Arc::new(Manifest::of(entries)), left_out)
    }

    fn paths(ledger: &Ledger, which: Which, from: u64, limit: usize) -> Vec<String> {
        ledger.listed(which, from, limit).into_iter().map(|row| row.path).collect()
    }

    #[test]
    fn a_file_is_in_the_lists_it_belongs_to_and_folders_only_where_they_failed() {
        let ledger = ledger(Vec::new());
        ledger.saved(0, None);
        ledger.skipped(1, Skip::Identical);
        ledger.failed(2, PROBLEM);
        ledger.failed(4, PROBLEM);
        assert_eq!(paths(&ledger, Which::All, 0, 9), ["r/a", "r/b", "r/c"]);
        assert_eq!(paths(&ledger, Which::Failed, 0, 9), ["r/b", "r/d"]);
        assert_eq!(paths(&ledger, Which::Waiting, 0, 9), ["r/c"]);
        assert_eq!(ledger.listed_len(), ListedCounts { all: 3, failed: 2, waiting: 1 });
        let rows = ledger.listed(Which::All, 0, 9);
        assert_eq!(rows[0].fate, Some(FileFate::Skipped(Skip::Identical)));
        assert_eq!((rows[2].fate.as_ref(), rows[2].bytes), (None, Some(7)));
    }

    #[test]
    fn what_could_not_be_offered_comes_first_and_the_rows_after_it_are_not_moved() {
        let left_out = ["x", "y"].map(|path| LeftOut { path: path.to_owned(), problem: PROBLEM });
        let ledger = ledger(left_out.to_vec());
        ledger.failed(3, PROBLEM);
        assert_eq!(paths(&ledger, Which::All, 1, 2), ["y", "r/a"]);
        assert_eq!(paths(&ledger, Which::All, 3, 9), ["r/b", "r/c"]);
        assert_eq!(paths(&ledger, Which::Failed, 0, 9), ["x", "y", "r/c"]);
        assert_eq!(paths(&ledger, Which::Failed, 2, 1), ["r/c"]);
        assert_eq!(ledger.listed_len(), ListedCounts { all: 5, failed: 3, waiting: 2 });
    }

    #[test]
    fn nobody_gets_rows_that_are_not_there() {
        let ledger = ledger(Vec::new());
        assert_eq!(paths(&ledger, Which::All, 3, 9), [""; 0]);
        assert_eq!(paths(&ledger, Which::All, u64::MAX, usize::MAX), [""; 0]);
        assert_eq!(paths(&ledger, Which::Waiting, 0, 0), [""; 0]);
    }
}
