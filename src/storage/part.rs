//! A file on its way: written in staging under a name of ours, where it stays until it is published, discarded or swept.

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::os::unix::fs::FileExt as _;

use rustix::fs::AtFlags;
use rustix::io::Errno;

use crate::model::{Entry, EntryIndex, size};
use crate::storage::holes::{Run, first_run};
use crate::storage::{Folder, WriteError, attributes, beneath};

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
        rustix::io::retry_on_intr(|| rustix::fs::fdatasync(&self.held.file))
            .and_then(|()| self.held.staging.sync()) // its name as well
            .map_err(|errno| self.held.staging.error(errno))
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
