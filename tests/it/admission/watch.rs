//! Watches folders: what was ever made in them, by the kernel's word, and what is in them.

use std::collections::BTreeMap;
use std::fs;
use std::mem::MaybeUninit;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};

use rustix::fs::inotify::{CreateFlags, Reader, WatchFlags, add_watch, init};
use sampan::model::Digest;

use crate::support::peer::digest;

/// The only files that may change before a decision: rows about pairing are in them.
fn is_database(path: &Path) -> bool {
    path.file_name().unwrap().to_str().unwrap().starts_with("sampan.db")
}

/// Folders since a moment.
pub(super) struct Watch {
    folders: Vec<PathBuf>,
    events: OwnedFd,
    before: BTreeMap<PathBuf, Option<Digest>>,
}

impl Watch {
    /// Watches these, and the folders in them.
    pub(super) fn over(folders: &[&Path]) -> Self {
        let events = init(CreateFlags::NONBLOCK | CreateFlags::CLOEXEC).unwrap();
        let folders: Vec<PathBuf> = folders.iter().map(|folder| folder.to_path_buf()).collect();
        let before = contents(&folders);
        let made = WatchFlags::CREATE | WatchFlags::MOVED_TO | WatchFlags::DELETE;
        let inner = before.iter().filter(|(_, digest)| digest.is_none()).map(|(path, _)| path);
        for folder in folders.iter().chain(inner) {
            add_watch(&events, folder, made).unwrap();
        }
        Self { folders, events, before }
    }

    /// Nothing was made or removed, not for a moment; nothing changed but the database, and that holds no such bytes.
    pub(super) fn assert_only_rows_changed(&self, of_the_peer: &[u8]) {
        let mut buffer = [MaybeUninit::uninit(); 4096];
        let mut reader = Reader::new(&self.events, &mut buffer);
        while let Ok(event) = reader.next() {
            let name = event.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
            assert!(is_database(Path::new(&name)), "{:?} of {name:?}", event.events());
        }
        let now = contents(&self.folders);
        let changed = now.iter().filter(|(path, digest)| self.before.get(*path) != Some(digest));
        for (path, _) in changed {
            assert!(is_database(path), "{} changed", path.display());
            let bytes = fs::read(path).unwrap_or_default(); // its log may go at any moment
            let found = bytes.windows(of_the_peer.len()).any(|window| window == of_the_peer);
            assert!(!found, "a peer's name is in {}", path.display());
        }
        assert!(
            self.before.keys().all(|path| now.contains_key(path) || is_database(path)),
            "something is gone"
        );
    }
}

/// Everything below these folders; folders have no digest.
fn contents(folders: &[PathBuf]) -> BTreeMap<PathBuf, Option<Digest>> {
    let mut found = BTreeMap::new();
    let mut left = folders.to_vec();
    while let Some(folder) = left.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                found.insert(path.clone(), None);
                left.push(path);
            } else {
                let bytes = fs::read(&path).unwrap_or_default(); // the database's own may go at any moment
                found.insert(path, Some(digest(&bytes)));
            }
        }
    }
    found
}

/// Files without a name that this program holds open below a folder.
pub(super) fn unnamed_below(folder: &Path) -> usize {
    let folder = folder.to_str().unwrap();
    let open = fs::read_dir("/proc/self/fd").unwrap().filter_map(|fd| fs::read_link(fd.unwrap().path()).ok());
    let is_ours = |target: &str| target.starts_with(folder) && target.ends_with(" (deleted)");
    open.filter(|target| target.to_str().is_some_and(is_ours)).count()
}

#[test]
#[should_panic(expected = "of \"made\"")]
fn what_is_there_only_for_a_moment_is_noticed() {
    let folder = tempfile::tempdir().unwrap();
    let watch = Watch::over(&[folder.path()]);
    fs::write(folder.path().join("made"), "").unwrap();
    fs::remove_file(folder.path().join("made")).unwrap();
    watch.assert_only_rows_changed(b"-x");
}
