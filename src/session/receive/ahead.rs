//! While an offer still comes, what stands here under its first names is hashed: its sender walks a tree meanwhile, and the
//! comparison has less to do when that is over. Nobody is asked anything yet, and nothing is made or written.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use sha2::Sha256;
use tokio::runtime::Handle;
use tokio::sync::mpsc;
use tokio::task::{JoinHandle, spawn_blocking};
use tokio::time::{Instant, timeout, timeout_at};

use crate::model::{Entry, EntryIndex, EntryKind, LocalName};
use crate::session::plan::names;
use crate::session::receive::hashing::hash;
use crate::session::receive::missing::MissingFolder;
use crate::session::stopper::Stopper;
use crate::storage::{Folder, Seal, Standing, Target};
use crate::wire::ManifestPage;

/// Files that are hashed ahead: what is kept of one takes some 200 bytes.
const MOST: usize = 16 * 1024;

/// Larger files wait: what is half hashed when the offer is whole was hashed for nothing.
const LARGEST: u64 = 1024 * 1024;

/// Pages that wait for the disk. What comes while it has as many to do is not looked at ahead.
const PAGES: usize = 4;

/// An offer that takes longer holds no thread and no open folders for it.
const LONGEST: Duration = Duration::from_secs(10);

/// A thread that goes along with the pages of an offer. Dropped, it ends soon.
#[derive(Debug)]
pub struct Ahead {
    pages: mpsc::Sender<ManifestPage>,
    work: JoinHandle<HashedAhead>,
    stop: Stopper,
}

/// The hash of a whole file, and of which state of which file it is.
pub(super) type Sealed = (Seal, Sha256);

/// Hashes of files that stand here under their own names.
pub(super) type HashedAhead = HashMap<EntryIndex, Sealed>;

impl Ahead {
    /// Begins, in the folder that `open` gives, on a thread of its own. That keeps `place` until it ends: where a disk hangs,
    /// whoever offers again and again does not get a thread each time.
    pub fn start(open: impl FnOnce() -> Option<Folder> + Send + 'static, place: impl Send + 'static) -> Self {
        let (pages, pages_rx) = mpsc::channel(PAGES);
        let stop = Arc::<AtomicBool>::default();
        let stopper = Stopper::of(&stop);
        let work = spawn_blocking(move || {
            let hashed = open().map(|folder| Work::new(folder, stop).run(pages_rx));
            drop(place);
            hashed.unwrap_or_default()
        });
        Self { pages, work, stop: stopper }
    }

    /// The next page; dropped where the disk is behind.
    pub(super) fn take(&self, page: ManifestPage) {
        self.pages.try_send(page).ok();
    }

    /// The offer is whole: what is hashed by now. Nothing where the disk hangs for longer than `limit`.
    pub(super) async fn finish(self, limit: Duration) -> HashedAhead {
        let Self { pages, work, stop } = self;
        drop((stop, pages)); // it may wait for the next one
        timeout(limit, work).await.ok().and_then(Result::ok).unwrap_or_default()
    }
}

/// What the thread holds.
struct Work {
    target: Target,
    stop: Arc<AtomicBool>,
    hashed: HashedAhead,
    buffer: Vec<u8>,
    missing: MissingFolder,
}

impl Work {
    fn new(folder: Folder, stop: Arc<AtomicBool>) -> Self {
        let (hashed, buffer, missing) = (HashedAhead::new(), Vec::new(), MissingFolder::default());
        Self { target: Target::new(folder), stop, hashed, buffer, missing }
    }

    /// Until the offer is whole, or there is enough. Blocks.
    fn run(mut self, mut pages: mpsc::Receiver<ManifestPage>) -> HashedAhead {
        let (runtime, end) = (Handle::current(), Instant::now() + LONGEST);
        let mut next = || runtime.block_on(timeout_at(end, pages.recv())).ok().flatten();
        while let Some(page) = next() {
            for (index, entry) in (page.first()..).zip(page.entries()) {
                if self.stop.load(Ordering::Acquire) || self.hashed.len() >= MOST {
                    return self.hashed;
                }
                if let Some(sealed) = self.look(entry) {
                    self.hashed.insert(index, sealed);
                }
            }
        }
        self.hashed
    }

    /// The hash of what stands under an entry's name, if that may be the same.
    fn look(&mut self, entry: &Entry) -> Option<Sealed> {
        if self.missing.has(&entry.path) {
            return None;
        }
        match entry.kind {
            EntryKind::Folder => {
                if matches!(self.target.look(&names_of(entry)), Ok(Standing::Nothing)) {
                    self.missing.note(&entry.path);
                }
                None
            }
            EntryKind::File if (1..=LARGEST).contains(&entry.size) => self.hash(entry),
            EntryKind::File | EntryKind::Link(_) => None,
        }
    }

    fn hash(&mut self, entry: &Entry) -> Option<Sealed> {
        let names = names_of(entry);
        // What is no file is never opened: opening alone winds tapes and starts watchdogs.
        let is_there = self.target.look(&names).ok()? == Standing::File { size: entry.size };
        let file = if is_there { self.target.read_file(&names).ok()? } else { return None };
        // Before it is read: what changes meanwhile has another.
        let (seal, _) = Seal::of(&file).ok()?;
        Some((seal, hash(file, entry.size, &mut self.buffer, &self.stop)?))
    }
}

fn names_of(entry: &Entry) -> Vec<LocalName> {
    names(entry.path.joined(), &HashMap::new())
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use sha2::Digest as _;

    use super::*;
    use crate::model::RelPath;
    use crate::wire::PageWriter;

    fn page(paths: &[(&str, u64)]) -> ManifestPage {
        let mut pages = PageWriter::new();
        for (path, size) in paths {
            let kind = if path.ends_with('/') { EntryKind::Folder } else { EntryKind::File };
            let path = RelPath::parse(path.trim_end_matches('/').split('/').collect::<Vec<_>>()).unwrap();
            pages.push(Entry { path, kind, size: *size, stored: *size, modified: None, mode: None });
        }
        pages.finish(0).0.unwrap()
    }

    fn ahead(folder: &Path, place: impl Send + 'static) -> Ahead {
        let folder = folder.to_owned();
        Ahead::start(move || Folder::open(&folder).ok(), place)
    }

    /// The contents' hashes of what is looked at, all of it.
    async fn hashed(folder: &Path, page: ManifestPage) -> HashMap<EntryIndex, Vec<u8>> {
        let ahead = ahead(folder, ());
        ahead.take(page);
        let Ahead { pages, work, stop: _stop } = ahead;
        drop(pages);
        let hashed = work.await.unwrap();
        hashed.into_iter().map(|(entry, (_, hash))| (entry, hash.finalize().to_vec())).collect()
    }

    #[tokio::test]
    async fn what_may_be_the_same_is_hashed_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let large = usize::try_from(LARGEST).unwrap() + 1;
        fs::create_dir(folder.path().join("d")).unwrap();
        fs::write(folder.path().join("d/empty"), b"").unwrap();
        fs::write(folder.path().join("d/large"), vec![1; large]).unwrap();
        fs::write(folder.path().join("d/longer"), b"longer").unwrap();
        fs::write(folder.path().join("d/same"), b"five!").unwrap();
        fs::write(folder.path().join("file"), b"file").unwrap();
        std::os::unix::fs::symlink("d/same", folder.path().join("link")).unwrap();
        let offered = page(&[
            ("d/", 0),
            ("d/empty", 0),
            ("d/large", LARGEST + 1),
            ("d/longer", 5),
            ("d/missing", 5),
            ("d/same", 5),
            ("e/", 0),
            ("e/in", 5),
            ("file/", 0),
            ("file/in", 4),
            ("link", 5),
        ]);
        let hashed = hashed(folder.path(), offered).await;
        assert_eq!(hashed, HashMap::from([(5, Sha256::digest(b"five!").to_vec())]));
    }

    #[tokio::test]
    async fn a_folder_that_cannot_be_opened_gives_nothing_and_is_not_made() {
        let folder = tempfile::tempdir().unwrap();
        assert!(hashed(&folder.path().join("none"), page(&[("a", 1)])).await.is_empty());
        assert!(!folder.path().join("none").exists());
    }

    #[tokio::test]
    async fn it_ends_with_the_offer_and_its_place_is_free() {
        let folder = tempfile::tempdir().unwrap();
        let place = Arc::new(());
        let whole = ahead(folder.path(), Arc::clone(&place));
        assert!(whole.finish(Duration::from_mins(1)).await.is_empty());
        assert_eq!(Arc::strong_count(&place), 1);
        // So it does where the session is gone.
        let Ahead { pages, work, stop } = ahead(folder.path(), Arc::clone(&place));
        drop((pages, stop));
        work.await.unwrap();
        assert_eq!(Arc::strong_count(&place), 1);
    }
}
