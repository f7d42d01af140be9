//! What happened to each file of a transfer: written by the session, pulled by front ends.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::model::{Digest, EntryIndex, FileFate, FileProblem, FileReport, LocalName, RelPath, size};
use crate::session::{Cursor, Manifest};
use crate::storage::Source;

/// A transfer's files and their fates. Names and sizes stay where they are, so that ten million are not held twice.
#[derive(Debug)]
pub struct Ledger {
    files: Files,
    inner: Mutex<Inner>,
}

/// Where names and sizes are asked for.
#[derive(Debug)]
enum Files {
    Sent(Arc<[Source]>),
    Offered(Arc<Manifest>),
}

#[derive(Debug)]
struct Inner {
    /// Contents that were read or received, but not yet reported saved, and their sizes.
    digests: HashMap<EntryIndex, (Digest, u64)>,
    /// A bit a file.
    settled: Vec<u64>,
    reports: Vec<Settled>,
    counts: Counts,
}

/// A report without what the files know.
#[derive(Clone, Debug)]
struct Settled {
    entry: EntryIndex,
    sha256: Option<Digest>,
    fate: FileFate,
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
    /// Nothing happened yet to the files that are sent.
    pub fn of_sources(sources: Arc<[Source]>) -> Self {
        Self::new(Files::Sent(sources))
    }

    /// Nothing happened yet to the files that were offered. [`reports`](Self::reports) then reads from where the
    /// manifest is.
    pub fn of_offer(manifest: Arc<Manifest>) -> Self {
        Self::new(Files::Offered(manifest))
    }

    fn new(files: Files) -> Self {
        let words = size::to_len(files.len().div_ceil(u64::from(u64::BITS)));
        let inner = Inner {
            digests: HashMap::new(),
            settled: vec![0; words],
            reports: Vec::new(),
            counts: Counts::default(),
        };
        Self { files, inner: Mutex::new(inner) }
    }

    /// What became known, in the order it did, from the `from`th report on. Fewer where the names cannot be read.
    pub fn reports(&self, from: usize, limit: usize) -> Vec<FileReport> {
        let settled: Vec<Settled> = self.lock().reports.iter().skip(from).take(limit).cloned().collect();
        let mut look = self.files.look();
        let report = |Settled { entry, sha256, fate }| {
            let (path, bytes) = look.find(entry)?;
            Some(FileReport { entry, path, bytes, sha256, fate })
        };
        settled.into_iter().map_while(report).collect()
    }

    /// The first file that failed, and why.
    pub fn first_problem(&self) -> Option<(RelPath, FileProblem)> {
        let (entry, problem) = self.lock().reports.iter().find_map(|report| match &report.fate {
            FileFate::Failed(problem) => Some((report.entry, *problem)),
            FileFate::Saved { .. } => None,
        })?;
        self.files.look().find(entry).map(|(path, _)| (path, problem))
    }

    /// How many are settled.
    pub fn counts(&self) -> Counts {
        self.lock().counts
    }

    /// How many there are in all.
    pub fn len(&self) -> u64 {
        self.files.len()
    }

    /// Whether there is no file at all.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// All of a file's bytes were read or received; these are their digest and their number.
    pub(super) fn digest(&self, entry: EntryIndex, digest: Digest, bytes: u64) {
        self.lock().digests.insert(entry, (digest, bytes));
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
        if entry >= self.len() {
            return false;
        }
        let mut inner = self.lock();
        let (word, bit) = (size::to_len(entry / u64::from(u64::BITS)), 1 << (entry % u64::from(u64::BITS)));
        match inner.settled.get_mut(word) {
            Some(settled) if *settled & bit == 0 => *settled |= bit,
            Some(_) | None => return false,
        }
        let (sha256, bytes) = inner.digests.remove(&entry).unzip();
        match fate {
            FileFate::Saved { .. } => {
                inner.counts.saved += 1;
                inner.counts.bytes += bytes.unwrap_or(0);
            }
            FileFate::Failed(_) => inner.counts.failed += 1,
        }
        inner.reports.push(Settled { entry, sha256, fate });
        true
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Files {
    fn len(&self) -> u64 {
        match self {
            Self::Sent(sources) => size::from_len(sources.len()),
            Self::Offered(manifest) => manifest.len(),
        }
    }

    fn look(&self) -> Look<'_> {
        match self {
            Self::Sent(sources) => Look::Sent(sources),
            Self::Offered(manifest) => Look::Offered(Cursor::new(Arc::clone(manifest))),
        }
    }
}

/// Looks names up one after another.
enum Look<'files> {
    Sent(&'files [Source]),
    Offered(Cursor),
}

impl Look<'_> {
    /// Path and size of a file.
    fn find(&mut self, entry: EntryIndex) -> Option<(RelPath, u64)> {
        let entry = match self {
            Self::Sent(sources) => sources.get(size::to_len(entry)).map(Source::entry),
            Self::Offered(cursor) => cursor.get(entry).unwrap_or_else(|error| {
                tracing::warn!(failure = %error.failure(), "the names of files cannot be read back");
                None
            }),
        };
        entry.map(|entry| (entry.path.clone(), entry.size))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Entry, EntryKind, FailureKind, Side};

    fn ledger() -> Ledger {
        let entry = |name: &str, size| Entry {
            path: RelPath::parse(vec![name.as_bytes().to_vec()]).unwrap(),
            kind: EntryKind::File,
            size,
            stored: size,
            modified: None,
            mode: None,
        };
        Ledger::of_offer(Arc::new(Manifest::of([entry("a", 10), entry("b", 20)])))
    }

    #[test]
    fn each_file_is_settled_once() {
        let ledger = ledger();
        let problem = FileProblem { kind: FailureKind::DiskFull, side: Side::There };
        ledger.digest(1, Digest::from_bytes([1; 32]), 20);
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
