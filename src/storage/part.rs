//! A file on its way: written in staging under a name of ours, where it stays until it is published, discarded or swept.

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::os::unix::fs::FileExt as _;

use rustix::fs::AtFlags;
use rustix::io::Errno;

use crate::model::{Entry, EntryIndex, size};
use crate::storage::holes::{Run, first_run};
use crate::storage::{Folder, WriteError, attributes, beneath};

/// So far the file may be shorter than what was written, where that ends with zeros: making it longer is a call, and what it
/// lacks when the program is killed comes once more.
const LATE: u64 = 8 * 1024 * 1024;

/// A part file that is being written. Dropped, it stays and can be resumed.
#[derive(Debug)]
pub struct Part {
    held: Held,
}

/// A part file with all its bytes, its mode and its time, ready for [`Batch::add`](crate::storage::Batch::add).
/// Dropped, it stays and can be resumed.
#[derive(Debug)]
pub struct CompletePart {
    held: Held,
}

/// The file behind both.
#[derive(Debug)]
struct Held {
    file: File,
    staging: Folder,
    name: OsString,
    entry: EntryIndex,
    /// Where the next byte goes.
    written: u64,
    /// How long the file is, as far as we made it: less than `written` while it ends with a hole.
    length: u64,
}

impl Part {
    /// An open file of that name in staging, which holds `written` bytes.
    pub(super) fn new(file: File, staging: &Folder, name: OsString, entry: EntryIndex, written: u64) -> Self {
        Self { held: Held { file, staging: staging.clone(), name, entry, written, length: written } }
    }

    /// Which entry it is for.
    pub fn entry(&self) -> EntryIndex {
        self.held.entry
    }

    /// Its name in staging.
    pub fn name(&self) -> &OsStr {
        &self.held.name
    }

    /// How many bytes were written, holes among them, and those it was resumed with.
    pub fn written(&self) -> u64 {
        self.held.written
    }

    /// Appends bytes. Long runs of zeros take no room on the disk. Errors: [`WriteError`]; what was written before
    /// stays right.
    pub fn write_all(&mut self, bytes: &[u8]) -> Result<(), WriteError> {
        let held = &mut self.held;
        let mut rest = bytes;
        while !rest.is_empty() {
            let (run, len) = first_run(held.written, rest);
            let (now, later) = rest.split_at(len);
            let end = held.written.saturating_add(size::from_len(len));
            match run {
                // Whoever goes on after a kill goes by the file's length.
                Run::Zeros if end - held.length >= LATE => {
                    held.written = end;
                    held.extend()?;
                }
                Run::Zeros => {}
                Run::Bytes => {
                    let wrote = held.file.write_all_at(now, held.written);
                    wrote.map_err(|error| WriteError::sort_io(held.staging.path(), error))?;
                    held.length = end;
                }
            }
            held.written = end;
            rest = later;
        }
        Ok(())
    }

    /// Appends zeros that take no room on the disk. Errors: [`WriteError`].
    pub fn write_hole(&mut self, len: u64) -> Result<(), WriteError> {
        let end = self.held.written.checked_add(len);
        self.held.written = end.ok_or_else(|| self.held.staging.error(Errno::FBIG))?;
        self.held.extend()
    }

    /// Writes out what was written so far, so that it survives a power cut: the offset may be recorded then.
    /// Errors: [`WriteError`]; the part is of no use then.
    pub fn sync_prefix(&mut self) -> Result<(), WriteError> {
        self.held.extend()?;
        let synced = self.held.file.sync_data();
        synced.map_err(|error| WriteError::sort_io(self.held.staging.path(), error))?;
        self.held.staging.sync().map_err(|errno| self.held.staging.error(errno)) // its name as well
    }

    /// Sets mode and time once all bytes are there. Errors: [`WriteError::Incomplete`] if they are not, and it is
    /// removed then; [`WriteError`].
    pub fn complete(self, entry: &Entry) -> Result<CompletePart, WriteError> {
        let Self { mut held } = self;
        if held.written != entry.size {
            let error =
                WriteError::Incomplete { entry: held.entry, expected: entry.size, written: held.written };
            held.remove(); // its beginning need not be this file's
            return Err(error);
        }
        held.extend()?;
        attributes::set_on_file(&held.file, entry).map_err(|errno| held.staging.error(errno))?;
        Ok(CompletePart { held })
    }

    /// Removes it.
    pub fn discard(self) {
        self.held.remove();
    }
}

impl CompletePart {
    /// Which entry it is for.
    pub fn entry(&self) -> EntryIndex {
        self.held.entry
    }

    /// Its size in bytes.
    pub fn bytes(&self) -> u64 {
        self.held.written
    }

    /// Syncs it by itself, in place of its batch. Errors: [`WriteError`]; the part is of no use then.
    pub fn sync_alone(&self) -> Result<(), WriteError> {
        self.sync().map_err(|errno| self.held.staging.error(errno))
    }

    /// Removes it.
    pub fn discard(self) {
        self.held.remove();
    }

    pub(super) fn staging(&self) -> &Folder {
        &self.held.staging
    }

    pub(super) fn name(&self) -> &OsStr {
        &self.held.name
    }

    pub(super) fn file(&self) -> &File {
        &self.held.file
    }

    /// Writes it out to the disk.
    pub(super) fn sync(&self) -> Result<(), Errno> {
        rustix::io::retry_on_intr(|| rustix::fs::fsync(&self.held.file))
    }

    /// Errors: [`WriteError::PartLost`] if its name means another file by now.
    pub(super) fn check_name(&self) -> Result<(), WriteError> {
        if self.held.has_its_name() { Ok(()) } else { Err(self.lost(self.staging())) }
    }

    /// Who may write in the folder can swap the part for a link between the look at its name and the rename: a link is
    /// not called saved, for it leads elsewhere. (Not the inode: user-space file systems give a renamed file another.)
    /// Errors: [`WriteError::PartLost`] if what has the final name is no file.
    pub(super) fn check_given(&self, folder: &Folder, name: &OsStr) -> Result<(), WriteError> {
        if beneath::is_file(folder.fd(), name) { Ok(()) } else { Err(self.lost(folder)) }
    }

    fn lost(&self, folder: &Folder) -> WriteError {
        WriteError::PartLost { path: folder.path().to_owned(), entry: self.entry() }
    }
}

impl Held {
    /// Makes the file as long as what was written, if that ends with a hole.
    fn extend(&mut self) -> Result<(), WriteError> {
        if self.length < self.written {
            let set = self.file.set_len(self.written);
            set.map_err(|error| WriteError::sort_io(self.staging.path(), error))?;
            self.length = self.written;
        }
        Ok(())
    }

    /// Whether the name is still this file's, and not something that was put in its place.
    fn has_its_name(&self) -> bool {
        let named = rustix::fs::statat(self.staging.fd(), &*self.name, AtFlags::SYMLINK_NOFOLLOW);
        match (named, rustix::fs::fstat(&self.file)) {
            (Ok(named), Ok(ours)) => named.st_dev == ours.st_dev && named.st_ino == ours.st_ino,
            (Err(_), _) | (_, Err(_)) => false,
        }
    }

    fn remove(&self) {
        if self.has_its_name() {
            // If it cannot be removed it stays as a leftover, which a person is told about.
            rustix::fs::unlinkat(self.staging.fd(), &*self.name, AtFlags::empty()).ok();
        }
    }
}

impl Drop for Held {
    /// Whoever resumes it goes by its length.
    fn drop(&mut self) {
        self.extend().ok();
    }
}
#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::MetadataExt as _;

    use super::*;
    use crate::model::Stamp;
    use crate::storage::test_support::{entry, ground};

    #[test]
    fn a_part_has_a_name_of_ours_and_is_its_owners_only() {
        let ground = ground();
        let entry = entry("a/b", 9);
        let mut part = ground.staging.create(3, &entry).unwrap();
        part.write_all(b"half").unwrap();
        part.write_all(b"").unwrap();
        assert_eq!((part.entry(), part.written()), (3, 4));
        let path = ground.part_path(&entry);
        assert_eq!(fs::read(&path).unwrap(), b"half");
        assert_eq!(fs::metadata(&path).unwrap().mode() & 0o7777, 0o600);
        assert!(ground.names().is_empty());
    }

    #[test]
    fn a_part_of_zeros_is_nearly_as_long_as_what_was_written_at_any_moment() {
        let ground = ground();
        let entry = entry("zeros", 64 << 20);
        let mut part = ground.staging.create(3, &entry).unwrap();
        let zeros = vec![0; 256 * 1024];
        while part.written() < 40 << 20 {
            part.write_all(&zeros).unwrap();
        }
        // As a kill would find it.
        let there = fs::metadata(ground.part_path(&entry)).unwrap();
        assert!(there.len() > (40 << 20) - LATE && there.len() <= part.written(), "{}", there.len());
        assert!(there.blocks() * 512 < 1024 * 1024, "they take no room");
    }

    #[test]
    fn a_part_that_is_dropped_or_never_published_stays_and_a_discarded_one_goes() {
        let ground = ground();
        let (half, whole) = (entry("half", 9), entry("whole", 0));
        drop(ground.staging.create(0, &half).unwrap());
        drop(ground.staging.create(1, &whole).unwrap().complete(&whole).unwrap());
        assert_eq!(ground.staged().len(), 2);
        ground.staging.create(0, &half).unwrap().discard();
        ground.staging.create(1, &whole).unwrap().complete(&whole).unwrap().discard();
        assert!(ground.staged().is_empty());
    }

    #[test]
    fn what_was_put_in_the_parts_place_is_not_removed_with_it() {
        let ground = ground();
        let entry = entry("a", 9);
        let part = ground.staging.create(3, &entry).unwrap();
        fs::remove_file(ground.part_path(&entry)).unwrap();
        fs::write(ground.part_path(&entry), "somebody's").unwrap();
        part.discard();
        assert_eq!(fs::read(ground.part_path(&entry)).unwrap(), b"somebody's");
    }

    #[test]
    fn a_part_with_too_few_or_too_many_bytes_is_never_complete_and_is_removed() {
        let ground = ground();
        for size in [0, 4, 6, u64::MAX] {
            let entry = entry("a", size);
            let mut part = ground.staging.create(3, &entry).unwrap();
            part.write_all(b"bytes").unwrap();
            let error = part.complete(&entry).unwrap_err();
            assert!(matches!(error, WriteError::Incomplete { written: 5, expected, .. } if expected == size));
        }
        assert!(ground.staged().is_empty());
    }

    #[test]
    fn mode_and_time_come_from_the_entry_when_all_is_there() {
        let ground = ground();
        let modified = Some(Stamp { secs: 1_000_000_000, nanos: 123_456_789 });
        let entry = Entry { mode: Some(0o17_6751), modified, ..entry("a", 3) };
        let mut part = ground.staging.create(3, &entry).unwrap();
        part.write_all(b"abc").unwrap();
        let complete = part.complete(&entry).unwrap();
        let metadata = fs::metadata(ground.part_path(&entry)).unwrap();
        assert_eq!(metadata.mode() & 0o7777, 0o751);
        assert_eq!((metadata.mtime(), metadata.mtime_nsec()), (1_000_000_000, 123_456_789));
        assert_eq!((complete.entry(), complete.bytes()), (3, 3));
        drop(complete);
        let after = fs::metadata(ground.part_path(&entry)).unwrap();
        assert_eq!((after.mtime(), after.mtime_nsec()), (1_000_000_000, 123_456_789));
    }

    #[test]
    fn a_gibibyte_of_zeros_takes_no_room() {
        let ground = ground();
        let size = 1 << 30;
        let entry = entry("zeros", size);
        let mut part = ground.staging.create(0, &entry).unwrap();
        let zeros = vec![0; 1 << 20];
        for _ in 0..64 {
            part.write_all(&zeros).unwrap();
        }
        part.write_hole(size - (64 << 20)).unwrap();
        assert_eq!(part.written(), size);
        let _complete = part.complete(&entry).unwrap();
        let metadata = fs::metadata(ground.part_path(&entry)).unwrap();
        assert_eq!(metadata.len(), size);
        assert!(metadata.blocks() * 512 < 1 << 20, "{} blocks", metadata.blocks());
    }

    #[test]
    fn bytes_around_zeros_and_holes_are_where_they_belong() {
        let ground = ground();
        let mut expected = vec![1; 100_000];
        expected.extend(vec![0; 300_000]);
        expected.extend(vec![2; 77]);
        expected.extend(vec![0; 5_000]);
        expected.extend(vec![3; 65_536]);
        expected.extend(vec![0; 70_000]);
        for chunk in [1_000, 7_777, 16_384, 65_536, 262_144, 1 << 20] {
            let entry = entry("a", u64::try_from(expected.len()).unwrap() + 10_001);
            let mut part = ground.staging.create(0, &entry).unwrap();
            expected.chunks(chunk).for_each(|bytes| part.write_all(bytes).unwrap());
            part.write_hole(10_000).unwrap();
            part.write_all(b"!").unwrap();
            let _complete = part.complete(&entry).unwrap();
            let mut all = expected.clone();
            all.extend(vec![0; 10_000]);
            all.push(b'!');
            assert!(fs::read(ground.part_path(&entry)).unwrap() == all, "chunks of {chunk}");
        }
    }

    #[test]
    fn a_part_that_ends_with_zeros_has_its_length_when_it_is_synced_or_dropped() {
        let ground = ground();
        let entry = entry("a", 1 << 20);
        let mut part = ground.staging.create(0, &entry).unwrap();
        part.write_all(&vec![0; 200_000]).unwrap();
        part.sync_prefix().unwrap();
        assert_eq!(ground.staging.has(&entry), Some(200_000));
        part.write_all(&vec![0; 100_000]).unwrap();
        drop(part);
        assert_eq!(ground.staging.has(&entry), Some(300_000));
    }

    #[test]
    fn a_hole_longer_than_any_file_is_an_error() {
        let ground = ground();
        let mut part = ground.staging.create(0, &entry("a", 1)).unwrap();
        part.write_all(b"x").unwrap();
        assert!(matches!(part.write_hole(u64::MAX), Err(WriteError::Write { .. })));
        assert!(part.write_hole(u64::MAX - 1).is_err());
    }
}
