//! A file on its way: written under a name of ours, and gone again unless it is published.

use std::ffi::{OsStr, OsString};
use std::fs::{File, FileTimes};
use std::io::Write as _;
use std::sync::OnceLock;
use std::time::{Duration, SystemTime};

use rustix::fs::{AtFlags, Mode};
use rustix::io::Errno;

use crate::model::{Entry, EntryIndex, Stamp, TransferId, size};
use crate::storage::{Folder, WriteError, beneath};

const PREFIX: &str = ".sampan-";
const SUFFIX: &str = ".part";
/// Hex digits of the transfer id in the name.
const ID_DIGITS: usize = 16;

/// A part file that is being written. Dropped, it is removed.
#[derive(Debug)]
pub struct Part {
    held: Held,
    written: u64,
}

/// A part file with all its bytes, its mode and its time, ready for [`Batch::add`](crate::storage::Batch::add).
/// Dropped, it is removed.
#[derive(Debug)]
pub struct CompletePart {
    held: Held,
    bytes: u64,
}

/// The file behind both, which Drop removes.
#[derive(Debug)]
struct Held {
    file: File,
    folder: Folder,
    name: OsString,
    entry: EntryIndex,
    fate: Fate,
}

/// What becomes of the part's name in the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    Remove,
    Published,
}

impl Part {
    pub(super) fn create(
        folder: &Folder,
        transfer: &TransferId,
        entry: EntryIndex,
    ) -> Result<Self, WriteError> {
        let name = OsString::from(format!("{PREFIX}{}-{entry}{SUFFIX}", transfer.short()));
        let file = beneath::create_new(folder.fd(), &name).map_err(|errno| match errno {
            // NO_SYMLINKS may speak before EXCL does.
            Errno::EXIST | Errno::LOOP => WriteError::PartExists { path: folder.path().to_owned(), entry },
            errno => folder.error(errno),
        })?;
        // Tells others that somebody is at work here (`Folder::leftovers`), who hold it for a moment at most. Where
        // there are no locks, leftovers cannot be told and nothing else is lost.
        file.lock().ok();
        let held = Held { file, folder: folder.clone(), name, entry, fate: Fate::Remove };
        Ok(Self { held, written: 0 })
    }

    /// Which entry it is for.
    pub fn entry(&self) -> EntryIndex {
        self.held.entry
    }

    /// How many bytes were written.
    pub fn written(&self) -> u64 {
        self.written
    }

    /// Appends bytes. Errors: [`WriteError`]; the part is of no use then.
    pub fn write_all(&mut self, bytes: &[u8]) -> Result<(), WriteError> {
        let Held { file, folder, .. } = &mut self.held;
        file.write_all(bytes).map_err(|error| WriteError::sort_io(folder.path(), error))?;
        self.written = self.written.saturating_add(size::from_len(bytes.len()));
        Ok(())
    }

    /// Sets mode and time once all bytes are there. Errors: [`WriteError::Incomplete`] if they are not,
    /// [`WriteError`]; the part is removed then.
    pub fn complete(self, entry: &Entry) -> Result<CompletePart, WriteError> {
        let Self { held, written } = self;
        if written != entry.size {
            return Err(WriteError::Incomplete { entry: held.entry, expected: entry.size, written });
        }
        // Never setuid, setgid or sticky, whatever the other side says.
        // And no more than a file of this person's own would have: the umask holds, but for the execute bit.
        let allowed = default_mode() | Mode::XUSR | Mode::XGRP | Mode::XOTH;
        let mode = entry.mode.map_or_else(default_mode, |mode| Mode::from_raw_mode(mode & 0o777) & allowed);
        let set = rustix::fs::fchmod(&held.file, mode);
        tolerate(set).map_err(|errno| held.folder.error(errno))?;
        if let Some(modified) = entry.modified.and_then(system_time) {
            let set = held.file.set_times(FileTimes::new().set_modified(modified));
            let set = set.map_err(|error| Errno::from_io_error(&error).unwrap_or(Errno::IO));
            tolerate(set).map_err(|errno| held.folder.error(errno))?;
        }
        Ok(CompletePart { held, bytes: written })
    }

    /// Removes it. The same as dropping it, said aloud.
    pub fn discard(self) {
        drop(self);
    }
}

impl CompletePart {
    /// Which entry it is for.
    pub fn entry(&self) -> EntryIndex {
        self.held.entry
    }

    /// Its size in bytes.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Syncs it by itself, in place of its batch. Errors: [`WriteError`]; the part is of no use then.
    pub fn sync_alone(&self) -> Result<(), WriteError> {
        self.sync().map_err(|errno| self.held.folder.error(errno))
    }

    pub(super) fn folder(&self) -> &Folder {
        &self.held.folder
    }

    pub(super) fn name(&self) -> &OsStr {
        &self.held.name
    }

    /// Writes it out to the disk.
    pub(super) fn sync(&self) -> Result<(), Errno> {
        rustix::io::retry_on_intr(|| rustix::fs::fsync(&self.held.file))
    }

    /// Errors: [`WriteError::PartLost`] if its name means another file by now.
    pub(super) fn check_name(&self) -> Result<(), WriteError> {
        if self.held.has_its_name() { Ok(()) } else { Err(self.lost()) }
    }

    /// Who may write in the folder can swap the part for a link between the look at its name and the rename: a link is
    /// not called saved, for it leads elsewhere. (Not the inode: user-space file systems give a renamed file another.)
    /// Errors: [`WriteError::PartLost`] if what has the final name is no file.
    pub(super) fn check_given(&self, name: &OsStr) -> Result<(), WriteError> {
        if beneath::is_file(self.folder().fd(), name) { Ok(()) } else { Err(self.lost()) }
    }

    fn lost(&self) -> WriteError {
        WriteError::PartLost { path: self.folder().path().to_owned(), entry: self.entry() }
    }

    /// It has its final name: nothing is left to remove.
    pub(super) fn published(mut self) {
        self.held.fate = Fate::Published;
    }
}

impl Held {
    /// Whether the name is still this file's, and not something that was put in its place.
    fn has_its_name(&self) -> bool {
        let named = rustix::fs::statat(self.folder.fd(), &*self.name, AtFlags::SYMLINK_NOFOLLOW);
        match (named, rustix::fs::fstat(&self.file)) {
            (Ok(named), Ok(ours)) => named.st_dev == ours.st_dev && named.st_ino == ours.st_ino,
            (Err(_), _) | (_, Err(_)) => false,
        }
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        if self.fate == Fate::Remove && self.has_its_name() {
            // If it cannot be removed it stays as a leftover, which a person is told about.
            rustix::fs::unlinkat(self.folder.fd(), &*self.name, AtFlags::empty()).ok();
        }
    }
}

/// Whether a name is one that [`Part`] gives.
pub(super) fn is_part_name(name: &OsStr) -> bool {
    let Some(middle) = name.to_str().and_then(|name| name.strip_prefix(PREFIX)?.strip_suffix(SUFFIX)) else {
        return false;
    };
    let Some((id, entry)) = middle.split_once('-') else {
        return false;
    };
    let hex = |c: char| matches!(c, '0'..='9' | 'a'..='f');
    id.len() == ID_DIGITS
        && id.chars().all(hex)
        && !entry.is_empty()
        && entry.chars().all(|c| c.is_ascii_digit())
}

/// File systems without modes or times of their own (FAT, some network ones) take the bytes all the same.
fn tolerate(set: Result<(), Errno>) -> Result<(), Errno> {
    match set {
        Err(Errno::PERM | Errno::NOTSUP | Errno::NOSYS | Errno::INVAL) => Ok(()),
        set => set,
    }
}

/// What a new file of this user gets.
fn default_mode() -> Mode {
    /// Asked once: the only way to read it is to set it.
    static UMASK: OnceLock<Mode> = OnceLock::new();
    let umask = *UMASK.get_or_init(|| {
        // Strict meanwhile, so that a file another thread makes just now is never too open.
        let umask = rustix::process::umask(Mode::RWXG | Mode::RWXO);
        rustix::process::umask(umask);
        umask
    });
    Mode::from_raw_mode(0o666) & !umask
}

/// `None` for what the system's clock cannot say.
fn system_time(stamp: Stamp) -> Option<SystemTime> {
    let nanos = Duration::from_nanos(u64::from(stamp.nanos.min(999_999_999)));
    let whole = Duration::from_secs(stamp.secs.unsigned_abs());
    let secs = if stamp.secs < 0 {
        SystemTime::UNIX_EPOCH.checked_sub(whole)
    } else {
        SystemTime::UNIX_EPOCH.checked_add(whole)
    };
    secs?.checked_add(nanos)
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, symlink};

    use tempfile::TempDir;

    use super::*;
    use crate::model::{EntryKind, FailureKind, RelPath};

    fn id() -> TransferId {
        TransferId::from_bytes([0xab; 16])
    }
    const NAME: &str = ".sampan-abababababababab-3.part";

    fn folder() -> (TempDir, Folder) {
        let dir = tempfile::tempdir().unwrap();
        let folder = Folder::open(dir.path()).unwrap();
        (dir, folder)
    }

    fn entry(size: u64) -> Entry {
        let path = RelPath::parse(vec![b"a".to_vec()]).unwrap();
        Entry { path, kind: EntryKind::File, size, stored: size, modified: None, mode: None }
    }

    fn count(dir: &TempDir) -> usize {
        fs::read_dir(dir.path()).unwrap().count()
    }

    #[test]
    fn a_part_has_a_name_of_ours_and_is_its_owners_only() {
        let (dir, folder) = folder();
        let mut part = folder.create_part(&id(), 3).unwrap();
        part.write_all(b"half").unwrap();
        part.write_all(b"").unwrap();
        assert_eq!((part.entry(), part.written()), (3, 4));
        let path = dir.path().join(NAME);
        assert_eq!(fs::read(&path).unwrap(), b"half");
        assert_eq!(fs::metadata(&path).unwrap().mode() & 0o7777, 0o600);
        assert!(is_part_name(OsStr::new(NAME)));
    }

    #[test]
    fn a_part_that_is_dropped_discarded_or_never_published_leaves_nothing() {
        let (dir, folder) = folder();
        drop(folder.create_part(&id(), 3).unwrap());
        folder.create_part(&id(), 3).unwrap().discard();
        drop(folder.create_part(&id(), 3).unwrap().complete(&entry(0)).unwrap());
        assert_eq!(count(&dir), 0);
    }

    #[test]
    fn a_second_part_of_the_same_id_is_an_error_and_the_first_goes_on() {
        let (dir, folder) = folder();
        let mut part = folder.create_part(&id(), 3).unwrap();
        part.write_all(b"first").unwrap();
        let error = folder.create_part(&id(), 3).unwrap_err();
        assert!(matches!(&error, WriteError::PartExists { entry: 3, .. }));
        assert_eq!(error.failure().kind, FailureKind::WriteFailed);
        assert_eq!(fs::read(dir.path().join(NAME)).unwrap(), b"first");
        assert!(folder.create_part(&id(), 4).is_ok());
    }

    #[test]
    fn a_link_under_the_parts_name_is_neither_followed_nor_removed() {
        let (dir, folder) = folder();
        for target in ["victim", "nowhere"] {
            fs::write(dir.path().join("victim"), "kept").unwrap();
            symlink(target, dir.path().join(NAME)).unwrap();
            assert!(matches!(folder.create_part(&id(), 3), Err(WriteError::PartExists { .. })));
            assert_eq!(fs::read(dir.path().join("victim")).unwrap(), b"kept");
            assert!(!dir.path().join("nowhere").exists());
            fs::remove_file(dir.path().join(NAME)).unwrap();
        }
    }

    #[test]
    fn what_was_put_in_the_parts_place_is_not_removed_with_it() {
        let (dir, folder) = folder();
        let part = folder.create_part(&id(), 3).unwrap();
        fs::remove_file(dir.path().join(NAME)).unwrap();
        fs::write(dir.path().join(NAME), "somebody's").unwrap();
        drop(part);
        assert_eq!(fs::read(dir.path().join(NAME)).unwrap(), b"somebody's");
    }

    #[test]
    fn a_part_with_too_few_or_too_many_bytes_is_never_complete() {
        let (dir, folder) = folder();
        for size in [0, 4, 6, u64::MAX] {
            let mut part = folder.create_part(&id(), 3).unwrap();
            part.write_all(b"bytes").unwrap();
            let error = part.complete(&entry(size)).unwrap_err();
            assert!(matches!(error, WriteError::Incomplete { written: 5, expected, .. } if expected == size));
        }
        assert_eq!(count(&dir), 0);
    }

    #[test]
    fn mode_and_time_come_from_the_entry() {
        let (dir, folder) = folder();
        for (secs, nanos) in [(1_000_000_000, 123_456_789), (-86_400, 500_000_000), (0, 0)] {
            let part = folder.create_part(&id(), 3).unwrap();
            let entry = Entry { mode: Some(0o751), modified: Some(Stamp { secs, nanos }), ..entry(0) };
            let _complete = part.complete(&entry).unwrap();
            let metadata = fs::metadata(dir.path().join(NAME)).unwrap();
            assert_eq!(metadata.mode() & 0o7777, 0o751);
            assert_eq!((metadata.mtime(), metadata.mtime_nsec()), (secs, i64::from(nanos)));
        }
    }

    #[test]
    fn dangerous_bits_and_impossible_times_of_a_peer_are_dropped() {
        let (dir, folder) = folder();
        for secs in [i64::MIN, i64::MAX] {
            let part = folder.create_part(&id(), 3).unwrap();
            let modified = Some(Stamp { secs, nanos: u32::MAX });
            let entry = Entry { mode: Some(0o17_6755), modified, ..entry(0) };
            let _complete = part.complete(&entry).unwrap();
            assert_eq!(fs::metadata(dir.path().join(NAME)).unwrap().mode() & 0o7777, 0o755);
        }
    }

    #[test]
    fn without_a_mode_a_file_gets_what_every_new_file_gets() {
        default_mode(); // asks for the umask, so that the next file is made under the real one
        let (dir, folder) = folder();
        fs::write(dir.path().join("ordinary"), "").unwrap();
        let expected = fs::metadata(dir.path().join("ordinary")).unwrap().permissions();
        let _complete = folder.create_part(&id(), 3).unwrap().complete(&entry(0)).unwrap();
        let mode = fs::metadata(dir.path().join(NAME)).unwrap().permissions().mode();
        assert_eq!(mode & 0o7777, expected.mode() & 0o7777);
    }
}
