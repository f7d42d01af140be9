//! What happened to each file of a transfer: written by the session, pulled by front ends.

mod listed;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::model::{
    Digest, EntryIndex, FileFate, FileProblem, FileReport, LocalName, RelPath, Side, Skip, size,
};
use crate::session::{Cursor, Manifest, Shape};

pub use listed::{ListedCounts, ListedFile, Which};

/// What is left out of a tree that is listed by name; the rest is counted.
pub(super) const MAX_LEFT_OUT: usize = 10_000;

/// A transfer's files and their fates: some forty bytes for each. Names and sizes stay where they are, in the manifest.
#[derive(Debug)]
pub struct Ledger {
    manifest: Arc<Manifest>,
    left_out: Vec<LeftOut>,
    inner: Mutex<Inner>,
}

/// Something in a tree that could not even be offered, by its path on the sender's disk, ready to be shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeftOut {
    /// Where it is.
    pub path: String,
    /// Why.
    pub problem: FileProblem,
}

#[derive(Debug)]
struct Inner {
    fates: Vec<Fate>,
    /// Of files whose digest is known; zeros for the others.
    digests: Vec<[u8; 32]>,
    /// Sizes of files whose bytes were all sent or received, but which are not settled.
    pending: HashMap<EntryIndex, u64>,
    /// Names that are not the entry's own.
    names: HashMap<EntryIndex, LocalName>,
    problems: HashMap<EntryIndex, FileProblem>,
    /// Entries in the order in which their fates became known; an offer has no more than fit a `u32`.
    log: Vec<u32>,
    settled: u64,
    counts: Counts,
}

/// What is known of an entry, in a byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    Open,
    Saved,
    Identical,
    Unwanted,
    Failed,
}

/// How many files are settled. A folder counts only where it failed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Saved on the receiver.
    pub saved: u64,
    /// Not saved.
    pub failed: u64,
    /// There already, or not wanted.
    pub skipped: u64,
    /// Bytes of the saved ones.
    pub bytes: u64,
}

impl Ledger {
    /// Nothing happened yet to the files of an offer. [`reports`](Self::reports) reads from where the manifest is.
    pub fn new(manifest: Arc<Manifest>, mut left_out: Vec<LeftOut>) -> Self {
        let count = size::to_len(manifest.len());
        left_out.truncate(MAX_LEFT_OUT);
        let inner = Inner {
            fates: vec![Fate::Open; count],
            digests: vec![[0; 32]; count],
            pending: HashMap::new(),
            names: HashMap::new(),
            problems: HashMap::new(),
            log: Vec::new(),
            settled: 0,
            counts: Counts::default(),
        };
        Self { manifest, left_out, inner: Mutex::new(inner) }
    }

    /// What became known, in the order it did, from the `from`th report on. Fewer where the names cannot be read.
    pub fn reports(&self, from: usize, limit: usize) -> Vec<FileReport> {
        let found: Vec<_> = {
            let inner = self.lock();
            let entries = inner.log.iter().skip(from).take(limit).map(|entry| u64::from(*entry));
            entries.filter_map(|entry| inner.report(entry)).collect()
        };
        self.name(found)
    }

    /// Adds what the manifest knows.
    fn name(&self, found: Vec<(EntryIndex, Option<Digest>, FileFate)>) -> Vec<FileReport> {
        let mut cursor = Cursor::new(Arc::clone(&self.manifest));
        let report = |(entry, sha256, fate)| {
            let (path, bytes) = look(&mut cursor, entry)?;
            Some(FileReport { entry, path, bytes, sha256, fate })
        };
        found.into_iter().map_while(report).collect()
    }

    /// The first file that failed, and why.
    pub fn first_problem(&self) -> Option<(String, FileProblem)> {
        let failed = {
            let inner = self.lock();
            inner.log.iter().map(|entry| u64::from(*entry)).find_map(|entry| {
                let problem = inner.problems.get(&entry)?;
                Some((entry, *problem))
            })
        };
        let Some((entry, problem)) = failed else {
            return self.left_out.first().map(|left_out| (left_out.path.clone(), left_out.problem));
        };
        let mut cursor = Cursor::new(Arc::clone(&self.manifest));
        look(&mut cursor, entry).map(|(path, _)| (path.to_string(), problem))
    }

    /// What went otherwise than it was sent, at most `limit`: first what failed, then what got another name.
    pub fn notable(&self, limit: usize) -> Vec<FileReport> {
        let found: Vec<_> = {
            let inner = self.lock();
            let mut failed: Vec<EntryIndex> = inner.problems.keys().copied().collect();
            // What was there before this session is no news of it.
            let is_new = |entry: &EntryIndex| inner.fates.get(size::to_len(*entry)) == Some(&Fate::Saved);
            let mut renamed: Vec<EntryIndex> = inner.names.keys().copied().filter(is_new).collect();
            failed.sort_unstable();
            renamed.sort_unstable();
            failed.into_iter().chain(renamed).take(limit).filter_map(|entry| inner.report(entry)).collect()
        };
        self.name(found)
    }

    /// What was offered.
    pub fn manifest(&self) -> &Arc<Manifest> {
        &self.manifest
    }

    /// Whether anything failed on the other side, which may take it another time.
    pub fn failed_there(&self) -> bool {
        self.lock().problems.values().any(|problem| problem.side == Side::There)
    }

    /// What became of an entry: its fate, its digest, and its name if that is not its own. `None` while it is open.
    pub(super) fn record(&self, entry: EntryIndex) -> Option<(FileFate, Option<Digest>)> {
        self.lock().report(entry).map(|(_, digest, fate)| (fate, digest))
    }

    /// What could not even be offered: the first 10,000 of it. On the receiver's side nothing.
    pub fn left_out(&self) -> &[LeftOut] {
        &self.left_out
    }

    /// How much could not even be offered.
    pub fn left_out_count(&self) -> u64 {
        self.manifest.summary().unreadable
    }

    /// How many are settled.
    pub fn counts(&self) -> Counts {
        self.lock().counts
    }

    /// Whether every entry is settled.
    pub fn is_settled(&self) -> bool {
        self.lock().settled == self.len()
    }

    /// How many entries there are in all.
    pub fn len(&self) -> u64 {
        self.manifest.len()
    }

    /// Whether there is no entry at all.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// All of a file's bytes were read or received; these are their digest and their number.
    pub(super) fn digest(&self, entry: EntryIndex, digest: Digest, bytes: u64) {
        let mut inner = self.lock();
        inner.pending.insert(entry, bytes);
        inner.know(entry, digest);
    }

    /// The digest of a file that need not be sent, because both sides have the same.
    pub(super) fn same_digest(&self, entry: EntryIndex, digest: Digest) {
        self.lock().know(entry, digest);
    }

    /// Whether all of a file's bytes were read or received, or an entry has none.
    pub(super) fn may_be_saved(&self, entry: EntryIndex) -> bool {
        match self.manifest.shape(entry) {
            Some(Shape::Folder | Shape::Link) => true,
            Some(Shape::File) => self.lock().pending.contains_key(&entry),
            None => false,
        }
    }

    /// Whether nothing became of an entry yet.
    pub(super) fn is_open(&self, entry: EntryIndex) -> bool {
        self.lock().fates.get(size::to_len(entry)) == Some(&Fate::Open)
    }

    /// The name an entry has on this disk, if that is known and not its own.
    pub(super) fn other_name(&self, entry: EntryIndex) -> Option<LocalName> {
        self.lock().names.get(&entry).cloned()
    }

    /// Whether the digest of a whole file is known.
    pub(super) fn has_digest(&self, entry: EntryIndex) -> bool {
        self.lock().digests.get(size::to_len(entry)).is_some_and(|digest| *digest != [0; 32])
    }

    /// An entry is safe, under this name if it is not its own. `false` if it was settled already or does not exist.
    pub(super) fn saved(&self, entry: EntryIndex, saved_as: Option<LocalName>) -> bool {
        let mut inner = self.lock();
        if !inner.settle(entry, Fate::Saved) {
            return false;
        }
        if let Some(name) = saved_as {
            inner.names.insert(entry, name);
        }
        let bytes = inner.pending.remove(&entry).unwrap_or(0);
        inner.counts.bytes += bytes;
        if self.manifest.shape(entry) != Some(Shape::Folder) {
            inner.counts.saved += 1;
            inner.note(entry);
        }
        true
    }

    /// An entry is there already, under another name than its own, since the transfer was interrupted.
    pub(super) fn identical_as(&self, entry: EntryIndex, name: LocalName) -> bool {
        let is_new = self.skipped(entry, Skip::Identical);
        if is_new {
            self.lock().names.insert(entry, name);
        }
        is_new
    }

    /// An entry is not sent. `false` if it was settled already or does not exist.
    pub(super) fn skipped(&self, entry: EntryIndex, why: Skip) -> bool {
        let mut inner = self.lock();
        let fate = match why {
            Skip::Identical => Fate::Identical,
            Skip::Unwanted => Fate::Unwanted,
        };
        if !inner.settle(entry, fate) {
            return false;
        }
        if self.manifest.shape(entry) != Some(Shape::Folder) {
            inner.counts.skipped += 1;
            inner.note(entry);
        }
        true
    }

    /// An entry will not arrive. `false` if it was settled already or does not exist.
    pub(super) fn failed(&self, entry: EntryIndex, problem: FileProblem) -> bool {
        let mut inner = self.lock();
        if !inner.settle(entry, Fate::Failed) {
            return false;
        }
        inner.pending.remove(&entry);
        inner.problems.insert(entry, problem);
        inner.counts.failed += 1;
        inner.note(entry);
        true
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
impl Ledger {
    /// One of so many files, all of which were there already, noted in this order.
    pub fn of_skipped(order: &[EntryIndex]) -> Self {
        use crate::model::{Entry, EntryKind};
        let entry = |number: usize| Entry {
            path: RelPath::parse([number.to_string()]).expect("digits are a name"),
            kind: EntryKind::File,
            size: 0,
            stored: 0,
            modified: None,
            mode: None,
        };
        let ledger = Self::new(Arc::new(Manifest::of((0..order.len()).map(entry))), Vec::new());
        for entry in order {
            ledger.skipped(*entry, Skip::Identical);
        }
        ledger
    }
}

impl Inner {
    fn settle(&mut self, entry: EntryIndex, fate: Fate) -> bool {
        match self.fates.get_mut(size::to_len(entry)) {
            Some(open @ Fate::Open) => *open = fate,
            Some(Fate::Saved | Fate::Identical | Fate::Unwanted | Fate::Failed) | None => return false,
        }
        self.settled += 1;
        true
    }

    fn know(&mut self, entry: EntryIndex, digest: Digest) {
        if let Some(place) = self.digests.get_mut(size::to_len(entry)) {
            *place = *digest.as_bytes();
        }
    }

    fn note(&mut self, entry: EntryIndex) {
        if self.log.is_empty() {
            // All at once: what grows by doubling leaves the memory of its halves behind.
            self.log.reserve_exact(self.fates.len());
        }
        self.log.extend(u32::try_from(entry).ok());
    }

    fn report(&self, entry: EntryIndex) -> Option<(EntryIndex, Option<Digest>, FileFate)> {
        let fate = match self.fates.get(size::to_len(entry))? {
            Fate::Open => return None,
            Fate::Saved => FileFate::Saved { saved_as: self.names.get(&entry).cloned() },
            Fate::Identical => FileFate::Skipped(Skip::Identical),
            Fate::Unwanted => FileFate::Skipped(Skip::Unwanted),
            Fate::Failed => FileFate::Failed(*self.problems.get(&entry)?),
        };
        let digest = self.digests.get(size::to_len(entry)).filter(|digest| **digest != [0; 32]);
        Some((entry, digest.map(|digest| Digest::from_bytes(*digest)), fate))
    }
}

/// Path and size of an entry.
fn look(cursor: &mut Cursor, entry: EntryIndex) -> Option<(RelPath, u64)> {
    let found = cursor.get(entry).unwrap_or_else(|error| {
        tracing::warn!(failure = %error.failure(), "the names of files cannot be read back");
        None
    });
    found.map(|entry| (entry.path.clone(), entry.size))
}

#[cfg(test)]
mod tests;
