//! Parts get their final names, many at a time: sync, rename without replacing, sync the folder
//! (docs/protocol.md, "What done means"). Only what has gone through here may be reported as saved.

use std::collections::HashMap;
use std::fs::File;
use std::os::fd::AsFd as _;

use rustix::fs::{Mode, OFlags};
use rustix::io::Errno;

use crate::model::{EntryIndex, LocalName};
use crate::storage::place::place;
use crate::storage::{CompletePart, Folder, WriteError, platform};

/// Complete parts that share their syncs.
#[derive(Debug)]
pub struct Batch {
    folder: Folder,
    /// Opened before the first byte of the batch is written: it is told of every write error since then.
    before: File,
    parts: Vec<(CompletePart, LocalName)>,
    bytes: u64,
}

impl Batch {
    /// A good number of parts to publish together: each keeps its descriptor open, and 1024 is the usual limit
    /// of a process that serves several senders.
    pub const MAX_PARTS: usize = 128;

    /// Begins a batch, before its first part is created. Errors: [`WriteError`].
    pub fn new(folder: &Folder) -> Result<Self, WriteError> {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let before = rustix::fs::openat(folder.fd(), ".", flags, Mode::empty());
        let before = File::from(before.map_err(|errno| folder.error(errno))?);
        Ok(Self { folder: folder.clone(), before, parts: Vec::new(), bytes: 0 })
    }

    /// Adds a part and the name it would like.
    pub fn add(&mut self, part: CompletePart, name: LocalName) {
        self.bytes = self.bytes.saturating_add(part.bytes());
        self.parts.push((part, name));
    }

    /// How many parts there are.
    pub fn len(&self) -> usize {
        self.parts.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.parts.is_empty()
    }

    /// Bytes of all parts together.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Makes the parts durable and gives them their names, in the order they were added; `name (1).ext` where a name
    /// is taken. What is `Ok` survives a power cut under the name given. Errors, one a part: [`WriteError`]; if the
    /// sync fails, all parts fail and are removed; if the folder cannot be synced, none is reported as saved, but
    /// what has its name by then keeps it, for it is whole.
    pub fn publish(self) -> Vec<(EntryIndex, Result<LocalName, WriteError>)> {
        if let Err(errno) = self.sync() {
            let failed = |(part, _): (CompletePart, _)| (part.entry(), Err(part.folder().error(errno)));
            return self.parts.into_iter().map(failed).collect();
        }
        let mut folders: Vec<Folder> = Vec::new();
        let mut numbers = HashMap::new();
        let mut results = Vec::with_capacity(self.parts.len());
        for (part, name) in self.parts {
            if !folders.iter().any(|folder| folder.is(part.folder())) {
                folders.push(part.folder().clone());
            }
            results.push((part.entry(), name_part(part, name, &mut numbers)));
        }
        for folder in folders {
            if let Err(errno) = sync_folder(&folder) {
                for (_, result) in results.iter_mut().filter(|(_, result)| result.is_ok()) {
                    *result = Err(folder.error(errno));
                }
            }
        }
        results
    }

    /// Writes everything out: one file by itself, many by one sync of their file system where there is such a call.
    fn sync(&self) -> Result<(), Errno> {
        let together =
            self.parts.len() > 1 && self.parts.iter().all(|(part, _)| part.folder().is(&self.folder));
        if together {
            match platform::sync_file_system(self.before.as_fd()) {
                Err(Errno::NOSYS | Errno::NOTSUP | Errno::INVAL | Errno::PERM) => {}
                synced => return synced,
            }
        }
        self.parts.iter().try_for_each(|(part, _)| part.sync())
    }
}

/// Gives one part its name. `numbers` remembers where the search for a free number ended, so that a thousand files of
/// one name do not look at each other's numbers again.
fn name_part(
    part: CompletePart,
    name: LocalName,
    numbers: &mut HashMap<LocalName, u32>,
) -> Result<LocalName, WriteError> {
    part.check_name()?;
    let start = numbers.get(&name).copied().unwrap_or(0);
    match place(part.folder().fd(), part.name(), &name, start) {
        Ok((given, next)) => {
            numbers.insert(name, next);
            part.check_given(given.as_os_str())?;
            part.published();
            Ok(given)
        }
        Err(Some(errno)) => Err(part.folder().error(errno)),
        Err(None) => {
            numbers.insert(name.clone(), u32::MAX); // the next one of this name need not search
            Err(WriteError::NamesTaken { path: part.folder().path().to_owned(), name: name.to_string() })
        }
    }
}

fn sync_folder(folder: &Folder) -> Result<(), Errno> {
    match rustix::io::retry_on_intr(|| rustix::fs::fsync(folder.fd())) {
        // Some network and user-space file systems have nothing to sync in a folder.
        Err(Errno::INVAL | Errno::NOTSUP | Errno::NOSYS) => Ok(()),
        synced => synced,
    }
}

#[cfg(test)]
mod tests {
    use std::ffi::OsStr;
    use std::fs;
    use std::os::unix::ffi::OsStrExt as _;
    use std::os::unix::fs::{MetadataExt as _, symlink};

    use tempfile::TempDir;

    use super::*;
    use crate::model::{Entry, EntryKind, RelPath, TransferId};

    fn id() -> TransferId {
        TransferId::from_bytes([1; 16])
    }

    fn folder() -> (TempDir, Folder) {
        let dir = tempfile::tempdir().unwrap();
        let folder = Folder::open(dir.path()).unwrap();
        (dir, folder)
    }

    fn complete(folder: &Folder, index: EntryIndex, bytes: &[u8]) -> CompletePart {
        let size = u64::try_from(bytes.len()).unwrap();
        let path = RelPath::parse(vec![b"a".to_vec()]).unwrap();
        let entry =
            Entry { path, kind: EntryKind::File, size, stored: size, modified: None, mode: Some(0o640) };
        let mut part = folder.create_part(&id(), index).unwrap();
        part.write_all(bytes).unwrap();
        part.complete(&entry).unwrap()
    }

    /// Publishes one part of the contents "new" under a name.
    fn publish_one(folder: &Folder, name: &[u8]) -> Result<LocalName, WriteError> {
        let mut batch = Batch::new(folder).unwrap();
        batch.add(complete(folder, 0, b"new"), LocalName::of(name));
        batch.publish().pop().unwrap().1
    }

    fn names(dir: &TempDir) -> Vec<String> {
        let mut names = fs::read_dir(dir.path())
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect::<Vec<_>>();
        names.sort();
        names
    }

    #[test]
    fn a_batch_gives_every_part_its_name_in_order() {
        let (dir, folder) = folder();
        let mut batch = Batch::new(&folder).unwrap();
        assert!(batch.is_empty());
        batch.add(complete(&folder, 7, b"seven"), LocalName::of(b"b.txt"));
        batch.add(complete(&folder, 3, b""), LocalName::of("空.txt".as_bytes()));
        assert_eq!((batch.len(), batch.bytes()), (2, 5));
        let results = batch.publish();
        let given = results.iter().map(|(entry, name)| (*entry, name.as_ref().unwrap().to_string()));
        assert_eq!(given.collect::<Vec<_>>(), [(7, "b.txt".to_owned()), (3, "空.txt".to_owned())]);
        assert_eq!(names(&dir), ["b.txt", "空.txt"]);
        assert_eq!(fs::read(dir.path().join("b.txt")).unwrap(), b"seven");
        assert_eq!(fs::metadata(dir.path().join("b.txt")).unwrap().mode() & 0o777, 0o640);
    }

    #[test]
    fn an_empty_batch_publishes_nothing() {
        assert!(Batch::new(&folder().1).unwrap().publish().is_empty());
    }

    #[test]
    fn a_batch_that_is_dropped_leaves_nothing() {
        let (dir, folder) = folder();
        let mut batch = Batch::new(&folder).unwrap();
        batch.add(complete(&folder, 0, b"x"), LocalName::of(b"name"));
        drop(batch);
        assert!(names(&dir).is_empty());
    }

    #[test]
    fn a_taken_name_gets_a_number_whatever_has_it() {
        let (dir, folder) = folder();
        fs::write(dir.path().join("file.txt"), "old").unwrap();
        fs::write(dir.path().join("file (1).txt"), "old").unwrap();
        fs::create_dir(dir.path().join("folder")).unwrap();
        symlink("/etc/passwd", dir.path().join("link")).unwrap();
        symlink("nowhere", dir.path().join("dangling")).unwrap();
        for (name, given) in [
            ("file.txt", "file (2).txt"),
            ("folder", "folder (1)"),
            ("link", "link (1)"),
            ("dangling", "dangling (1)"),
        ] {
            assert_eq!(publish_one(&folder, name.as_bytes()).unwrap().to_string(), given);
            assert_eq!(fs::read(dir.path().join(given)).unwrap(), b"new");
        }
        assert_eq!(fs::read(dir.path().join("file.txt")).unwrap(), b"old");
        assert!(dir.path().join("folder").is_dir());
        assert_eq!(fs::read_link(dir.path().join("dangling")).unwrap().to_str(), Some("nowhere"));
        assert!(!dir.path().join("nowhere").exists());
    }

    #[test]
    fn a_name_of_255_bytes_arrives_and_is_numbered_within_them() {
        let (dir, folder) = folder();
        let name = format!("{}.txt", "x".repeat(251));
        assert_eq!(publish_one(&folder, name.as_bytes()).unwrap().to_string(), name);
        let second = publish_one(&folder, name.as_bytes()).unwrap();
        assert_eq!(second.to_string(), format!("{} (1).txt", "x".repeat(247)));
        assert_eq!(names(&dir).len(), 2);
    }

    #[test]
    fn a_name_that_is_not_utf8_arrives_byte_for_byte() {
        let (dir, folder) = folder();
        publish_one(&folder, b"caf\xe9.txt").unwrap();
        let second = publish_one(&folder, b"caf\xe9.txt").unwrap();
        assert_eq!(second.as_bytes(), b"caf\xe9 (1).txt");
        let path = dir.path().join(OsStr::from_bytes(b"caf\xe9 (1).txt"));
        assert_eq!(fs::read(path).unwrap(), b"new");
    }

    #[test]
    fn many_files_of_one_name_get_numbers_of_their_own() {
        let (dir, folder) = folder();
        for number in 1..2000 {
            fs::write(dir.path().join(format!("a ({number})")), "").unwrap();
        }
        let mut batch = Batch::new(&folder).unwrap();
        for index in 0..20 {
            batch.add(complete(&folder, index, b"x"), LocalName::of(b"a"));
        }
        let given =
            batch.publish().into_iter().map(|(_, name)| name.unwrap().to_string()).collect::<Vec<_>>();
        let expected =
            std::iter::once("a".to_owned()).chain((2000..2019).map(|number| format!("a ({number})")));
        assert_eq!(given, expected.collect::<Vec<_>>());
    }

    #[test]
    fn a_name_that_leaves_the_folder_is_refused_and_the_others_arrive() {
        let (dir, folder) = folder();
        let mut batch = Batch::new(&folder).unwrap();
        batch.add(complete(&folder, 0, b"x"), LocalName::of(b"../out"));
        batch.add(complete(&folder, 1, b"x"), LocalName::of(b"in"));
        let results = batch.publish();
        assert!(matches!(results.as_slice(), [(0, Err(WriteError::Write { .. })), (1, Ok(_))]));
        assert_eq!(names(&dir), ["in"]);
        assert!(!dir.path().parent().unwrap().join("out").exists());
    }

    #[test]
    fn what_was_put_in_a_parts_place_is_never_published() {
        let (dir, folder) = folder();
        let part = complete(&folder, 0, b"checked");
        let part_path = dir.path().join(part.name());
        fs::remove_file(&part_path).unwrap();
        symlink("/etc/passwd", &part_path).unwrap();
        let mut batch = Batch::new(&folder).unwrap();
        batch.add(part, LocalName::of(b"name"));
        assert!(matches!(batch.publish().as_slice(), [(0, Err(WriteError::PartLost { entry: 0, .. }))]));
        assert!(fs::symlink_metadata(dir.path().join("name")).is_err());
        assert!(fs::symlink_metadata(part_path).unwrap().is_symlink());
    }

    #[test]
    fn a_link_that_got_the_final_name_in_the_parts_stead_is_not_called_saved() {
        let (dir, folder) = folder();
        let part = complete(&folder, 0, b"checked");
        symlink("/etc/passwd", dir.path().join("link")).unwrap();
        fs::create_dir(dir.path().join("folder")).unwrap();
        fs::write(dir.path().join("file"), "whole").unwrap();
        for name in ["link", "folder", "gone"] {
            let given = part.check_given(OsStr::new(name));
            assert!(matches!(given, Err(WriteError::PartLost { entry: 0, .. })), "{name}");
        }
        part.check_given(OsStr::new("file")).unwrap();
    }

    #[test]
    fn parts_of_two_folders_are_each_synced_and_named_in_their_own() {
        let ((here, first), (there, second)) = (folder(), folder());
        let mut batch = Batch::new(&first).unwrap();
        batch.add(complete(&first, 0, b"x"), LocalName::of(b"a"));
        batch.add(complete(&second, 1, b"x"), LocalName::of(b"b"));
        assert!(batch.publish().iter().all(|(_, name)| name.is_ok()));
        assert_eq!((names(&here), names(&there)), (vec!["a".to_owned()], vec!["b".to_owned()]));
    }
}
