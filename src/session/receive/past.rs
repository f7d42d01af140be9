//! What was written down about a transfer before it was interrupted, and what is done about it: it goes on, or it is given up.

use std::collections::HashMap;
use std::ffi::{OsStr, OsString};

use crate::model::{Choice, LocalName, RelPath, Stamp};
use crate::storage::{DatabaseError, Finish, Intent, Journal, Naming, Staging, Standing, Target, WriteError};

/// What was written down about a transfer before it was interrupted. Nothing, of one that is new.
#[derive(Clone, Debug, Default)]
pub struct Past {
    made: HashMap<Vec<u8>, Finish>,
    entered: HashMap<Vec<u8>, Stamp>,
    intents: HashMap<Vec<u8>, Intent>,
    offsets: HashMap<OsString, u64>,
    choices: HashMap<Vec<u8>, Choice>,
}

impl Past {
    /// All that a journal holds. Errors: the database's.
    pub async fn of(journal: &Journal) -> Result<Self, DatabaseError> {
        let (made, entered) = (journal.made().await?, journal.entered().await?);
        let (intents, offsets, choices) =
            (journal.intents().await?, journal.offsets().await?, journal.choices().await?);
        Ok(Self { made, entered, intents, offsets, choices })
    }

    /// Of a transfer that made these folders.
    #[cfg(test)]
    pub(super) fn that_made(folders: &[&str]) -> Self {
        let made = folders.iter().map(|path| (path.as_bytes().to_vec(), Finish::default())).collect();
        Self { made, ..Self::default() }
    }

    /// Whether the transfer made this folder, or was about to.
    pub(super) fn has_made(&self, path: &RelPath) -> bool {
        find(&self.made, path).is_some()
    }

    /// The name that an entry got, or was about to get.
    pub(super) fn intent(&self, path: &RelPath) -> Option<&Intent> {
        find(&self.intents, path)
    }

    /// How many bytes of a part are known to be on the disk.
    pub(super) fn durable(&self, part: &OsStr) -> Option<u64> {
        self.offsets.get(part).copied()
    }

    /// What a person chose for this entry.
    pub(super) fn choice(&self, path: &RelPath) -> Option<Choice> {
        find(&self.choices, path).copied()
    }

    /// Files that were about to be replaced and lost their name without another getting it have it again. Blocks.
    /// Errors: [`WriteError`].
    pub(super) fn put_back(&self, target: &mut Target, staging: &Staging) -> Result<(), WriteError> {
        let replaced = self.intents.iter().filter(|(_, intent)| intent.kind == Naming::Replace);
        for (path, intent) in replaced {
            let (folder, _) = split(path);
            // Where its folder is gone nothing can be lost of it.
            let Ok(folder) = target.folder(&self.place(folder)) else { continue };
            if staging.put_back(path, &folder, &LocalName::of(&intent.name))? {
                tracing::info!("a file that was about to be replaced is back under its name");
            }
        }
        Ok(())
    }

    /// The transfer is given up: what it was about to replace is back, its parts are removed, and so are the folders that
    /// it made and in which nothing is. What is complete stays, in folders with the modes and times that they were to have;
    /// folders that were there have their times again. Blocks. Errors: [`WriteError`].
    pub fn give_up(&self, target: &mut Target, staging: Option<&Staging>) -> Result<(), WriteError> {
        if let Some(staging) = staging {
            self.put_back(target, staging)?;
            staging.clear()?;
        }
        let mut made: Vec<(&Vec<u8>, &Finish)> = self.made.iter().collect();
        made.sort_unstable_by_key(|(path, _)| *path);
        for (path, _) in &made {
            // Closed at its end, nothing could be taken out of it. One that is gone need not be opened.
            target.reopen(&self.place(path)).ok();
        }
        // What is in a folder comes behind it.
        for (path, finish) in made.into_iter().rev() {
            let place = self.place(path);
            let stays = match target.remove_empty(&place) {
                Ok(is_removed) => {
                    !is_removed && target.look(&place).is_ok_and(|found| found == Standing::Folder)
                }
                Err(_) => true,
            };
            if stays && let Err(error) = target.finish_folder(&place, *finish) {
                tracing::debug!(failure = %error.failure(), "a folder that was made stays as it is");
            }
        }
        for (path, before) in &self.entered {
            if let Err(error) = target.give_time_back(&self.place(path), *before) {
                tracing::debug!(failure = %error.failure(), "a folder shows when something was put into it");
            }
        }
        target.sync()
    }

    /// Where an entry is on this disk.
    fn place(&self, path: &[u8]) -> Vec<LocalName> {
        let ends = path.iter().enumerate().filter(|(_, byte)| **byte == b'/').map(|(end, _)| end);
        let ends = ends.chain((!path.is_empty()).then_some(path.len()));
        let name = |end| {
            let path = path.get(..end).unwrap_or_default();
            let (_, own) = split(path);
            LocalName::of(self.intents.get(path).map_or(own, |intent| intent.name.as_slice()))
        };
        ends.map(name).collect()
    }
}

/// What was written down about a path: most often nothing about any.
fn find<'past, T>(written: &'past HashMap<Vec<u8>, T>, path: &RelPath) -> Option<&'past T> {
    if written.is_empty() { None } else { written.get(path.joined()) }
}

/// A path's folder and its name.
fn split(path: &[u8]) -> (&[u8], &[u8]) {
    match path.iter().rposition(|byte| *byte == b'/') {
        Some(slash) => (path.get(..slash).unwrap_or_default(), path.get(slash + 1..).unwrap_or_default()),
        None => (&[], path),
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::MetadataExt as _;
    use std::path::Path;
    use std::time::{Duration, SystemTime};

    use super::*;
    use crate::model::{DeviceId, TransferId};
    use crate::storage::Folder;

    fn intent(name: &str, kind: Naming) -> Intent {
        Intent { name: name.as_bytes().to_vec(), kind }
    }

    /// A transfer that was stopped between the two steps of a replacing without an exchange, in a folder with another name
    /// than its own.
    fn stopped(dir: &Path) -> (Target, Staging, Past) {
        let folder = Folder::open(dir).unwrap();
        let (sender, transfer) = (DeviceId::from_bytes([1; 32]), TransferId::from_bytes([2; 16]));
        let staging = Staging::open(&folder, &sender, &transfer).unwrap();
        fs::create_dir_all(dir.join("photos (1)/empty/within")).unwrap();
        let path = b"photos/beach.jpg".to_vec();
        // The first 16 digits of the path's SHA-256 (sha256sum says the same).
        let mut all = fs::read_dir(dir).unwrap().map(|one| one.unwrap().path());
        let ours = all.find(|path| !path.ends_with("photos (1)")).unwrap();
        fs::write(ours.join("d06604ae0d1a4c79-0011223344556677.old"), "the old one").unwrap();
        let finish = Finish { mode: Some(0o750), modified: Some(Stamp { secs: 1_000_000_000, nanos: 7 }) };
        let made = ["photos", "photos/empty", "photos/empty/within", "gone"]
            .map(|path| (path.as_bytes().to_vec(), finish));
        let intents = [
            (b"photos".to_vec(), intent("photos (1)", Naming::KeepBoth)),
            (path, intent("beach.jpg", Naming::Replace)),
            (b"gone/b".to_vec(), intent("b", Naming::Replace)),
        ];
        let past = Past { made: made.into(), intents: intents.into(), ..Past::default() };
        (Target::new(folder), staging, past)
    }

    #[test]
    fn given_up_what_was_to_be_replaced_is_back_and_folders_with_nothing_in_them_are_gone() {
        let dir = tempfile::tempdir().unwrap();
        let (mut target, staging, past) = stopped(dir.path());
        past.give_up(&mut target, Some(&staging)).unwrap();
        assert_eq!(fs::read(dir.path().join("photos (1)/beach.jpg")).unwrap(), b"the old one");
        assert!(!dir.path().join("photos (1)/empty").exists());
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1, "staging is gone");
        let stays = fs::metadata(dir.path().join("photos (1)")).unwrap();
        assert_eq!((stays.mode() & 0o7777, stays.mtime(), stays.mtime_nsec()), (0o750, 1_000_000_000, 7));
    }

    #[test]
    fn before_it_goes_on_what_was_to_be_replaced_is_back_and_what_took_its_name_stays() {
        let dir = tempfile::tempdir().unwrap();
        let (mut target, staging, past) = stopped(dir.path());
        let beach = dir.path().join("photos (1)/beach.jpg");
        fs::write(&beach, "newer").unwrap();
        past.put_back(&mut target, &staging).unwrap();
        assert_eq!(fs::read(&beach).unwrap(), b"newer");
        fs::remove_file(&beach).unwrap();
        past.put_back(&mut target, &staging).unwrap();
        assert_eq!(fs::read(&beach).unwrap(), b"the old one");
        assert!(dir.path().join("photos (1)/empty/within").is_dir());
    }

    #[test]
    fn given_up_folders_that_were_there_have_their_times_again() {
        let dir = tempfile::tempdir().unwrap();
        let there = dir.path().join("there");
        fs::create_dir(&there).unwrap();
        let before = Stamp { secs: 1_000_000_000, nanos: 7 };
        let entered = HashMap::from([(b"there".to_vec(), before), (b"gone".to_vec(), before)]);
        let past = Past { entered, ..Past::default() };
        past.give_up(&mut Target::new(Folder::open(dir.path()).unwrap()), None).unwrap();
        let expected = SystemTime::UNIX_EPOCH + Duration::new(1_000_000_000, 7);
        assert_eq!(fs::metadata(&there).unwrap().modified().unwrap(), expected);
    }
}
