//! What happened to each file of a transfer: written by the session, pulled by front ends.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::model::{Digest, EntryIndex, FileFate, FileProblem, FileReport, LocalName, RelPath, size};

/// A transfer's files and their fates.
#[derive(Debug)]
pub struct Ledger {
    inner: Mutex<Inner>,
}

#[derive(Debug)]
struct Inner {
    files: Vec<(RelPath, u64)>,
    /// Contents that were read or received, but not yet reported saved.
    digests: HashMap<EntryIndex, Digest>,
    settled: Vec<bool>,
    reports: Vec<FileReport>,
    counts: Counts,
}

/// How many files are settled.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Saved on the receiver.
    pub saved: u64,
    /// Not saved.
    pub failed: u64,
    /// Bytes of the saved ones.
    pub bytes: u64,
}

impl Ledger {
    /// Nothing happened yet to files of these paths and sizes.
    pub fn new(files: Vec<(RelPath, u64)>) -> Self {
        let settled = vec![false; files.len()];
        let inner =
            Inner { files, digests: HashMap::new(), settled, reports: Vec::new(), counts: Counts::default() };
        Self { inner: Mutex::new(inner) }
    }

    /// What became known, in the order it did, from the `from`th report on.
    pub fn reports(&self, from: usize, limit: usize) -> Vec<FileReport> {
        self.lock().reports.iter().skip(from).take(limit).cloned().collect()
    }

    /// The first file that failed, and why.
    pub fn first_problem(&self) -> Option<(RelPath, FileProblem)> {
        self.lock().reports.iter().find_map(|report| match &report.fate {
            FileFate::Failed(problem) => Some((report.path.clone(), *problem)),
            FileFate::Saved { .. } => None,
        })
    }

    /// How many are settled.
    pub fn counts(&self) -> Counts {
        self.lock().counts
    }

    /// How many there are in all.
    pub fn len(&self) -> u64 {
        size::from_len(self.lock().files.len())
    }

    /// Whether there is no file at all.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// All of a file's bytes were read or received; this is their digest.
    pub(super) fn digest(&self, entry: EntryIndex, digest: Digest) {
        self.lock().digests.insert(entry, digest);
    }

    /// Whether all of a file's bytes were read or received.
    pub(super) fn has_digest(&self, entry: EntryIndex) -> bool {
        self.lock().digests.contains_key(&entry)
    }

    /// A file is safe. `false` if it was settled already or does not exist.
    pub(super) fn saved(&self, entry: EntryIndex, saved_as: Option<LocalName>) -> bool {
        self.settle(entry, FileFate::Saved { saved_as })
    }

    /// A file will not arrive. `false` if it was settled already or does not exist.
    pub(super) fn failed(&self, entry: EntryIndex, problem: FileProblem) -> bool {
        self.settle(entry, FileFate::Failed(problem))
    }

    fn settle(&self, entry: EntryIndex, fate: FileFate) -> bool {
        let mut inner = self.lock();
        let index = size::to_len(entry);
        let Some((path, bytes)) = inner.files.get(index).cloned() else { return false };
        match inner.settled.get_mut(index) {
            Some(settled) if !*settled => *settled = true,
            Some(_) | None => return false,
        }
        match fate {
            FileFate::Saved { .. } => {
                inner.counts.saved += 1;
                inner.counts.bytes += bytes;
            }
            FileFate::Failed(_) => inner.counts.failed += 1,
        }
        let sha256 = inner.digests.remove(&entry);
        inner.reports.push(FileReport { entry, path, bytes, sha256, fate });
        true
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{FailureKind, Side};

    fn ledger() -> Ledger {
        let path = |name: &str| RelPath::parse(vec![name.as_bytes().to_vec()]).unwrap();
        Ledger::new(vec![(path("a"), 10), (path("b"), 20)])
    }

    #[test]
    fn each_file_is_settled_once() {
        let ledger = ledger();
        let problem = FileProblem { kind: FailureKind::DiskFull, side: Side::There };
        ledger.digest(1, Digest::from_bytes([1; 32]));
        assert!(ledger.saved(1, None));
        assert!(!ledger.failed(1, problem));
        assert!(!ledger.saved(2, None));
        assert!(ledger.failed(0, problem));
        assert_eq!(ledger.counts(), Counts { saved: 1, failed: 1, bytes: 20 });
        assert_eq!(ledger.first_problem().map(|(path, _)| path.to_string()), Some("a".to_owned()));
    }

    #[test]
    fn reports_are_pulled_by_cursor_in_the_order_they_became_known() {
        let ledger = ledger();
        ledger.saved(1, None);
        ledger.saved(0, None);
        let entries =
            |from, limit| ledger.reports(from, limit).iter().map(|file| file.entry).collect::<Vec<_>>();
        assert_eq!(entries(0, 10), [1, 0]);
        assert_eq!(entries(1, 10), [0]);
        assert_eq!(entries(0, 1), [1]);
        assert_eq!(entries(9, 1), [0; 0]);
    }
}
