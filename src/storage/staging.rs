//! Where a transfer's parts are until they get their names (docs/trees.md, "Words" and "Resuming").

use std::collections::BTreeSet;
use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::ops::Bound;

use rustix::fs::{AtFlags, Mode};
use rustix::io::Errno;

use crate::model::{DeviceId, Entry, EntryIndex, LocalName, TransferId};
use crate::storage::beneath::At;
use crate::storage::lock::Hold;
use crate::storage::{Folder, Leftovers, Part, WriteError, attributes, beneath, lock, own_name, place};

/// Each time somebody removes the folder while we ask for its lock. More often is no accident.
const MAX_OPENS: usize = 100;

/// The staging folder of a transfer: its owner's only, and locked while this value or a part of it lives.
#[derive(Debug)]
pub struct Staging {
    /// The folder it is in.
    target: Folder,
    folder: Folder,
    name: OsString,
    /// The parts that were there when it was opened.
    found: BTreeSet<OsString>,
}

impl Staging {
    /// Opens a transfer's staging folder, made if it is missing, never through a link.
    /// Errors: [`WriteError::InUse`] if another session works in it, [`WriteError`].
    pub fn open(target: &Folder, sender: &DeviceId, transfer: &TransferId) -> Result<Self, WriteError> {
        let name = own_name::staging(sender, transfer);
        for _ in 0..MAX_OPENS {
            let dir = beneath::folder_in(target.fd(), &name).map_err(|errno| sort(target, &name, errno))?;
            if let Some(staging) = Self::hold(target, &name, dir)? {
                return Ok(staging);
            }
        }
        Err(WriteError::InUse { path: target.path().to_owned() })
    }

    /// The staging folder of a transfer that was interrupted, if there is one.
    /// Errors: [`WriteError::InUse`] if another session works in it, [`WriteError`].
    pub fn find(
        target: &Folder,
        sender: &DeviceId,
        transfer: &TransferId,
    ) -> Result<Option<Self>, WriteError> {
        let name = own_name::staging(sender, transfer);
        match beneath::open_folder(target.fd(), &name) {
            Ok(dir) => Self::hold(target, &name, dir),
            Err(Errno::NOENT) => Ok(None),
            Err(errno) => Err(sort(target, &name, errno)),
        }
    }

    /// `None` if it was removed before it was locked.
    fn hold(target: &Folder, name: &OsStr, dir: File) -> Result<Option<Self>, WriteError> {
        let folder = target.with(name, dir);
        match lock::take(folder.fd()) {
            Hold::Ours => {}
            Hold::Taken => return Err(WriteError::InUse { path: target.path().to_owned() }),
        }
        if !is_named(target, name, &folder) {
            return Ok(None);
        }
        // Whatever somebody made of it meanwhile. On file systems without modes it stays as it is.
        let closed = attributes::tolerate(rustix::fs::fchmod(folder.fd(), Mode::RWXU));
        closed.map_err(|errno| folder.error(errno))?;
        let found = folder.names()?.into_iter().filter(|name| own_name::is_part(name)).collect();
        Ok(Some(Self { target: target.clone(), folder, name: name.to_owned(), found }))
    }

    /// Whether a session, of whatever process, works in a transfer's staging folder. Errors: [`WriteError`].
    pub fn is_held(target: &Folder, sender: &DeviceId, transfer: &TransferId) -> Result<bool, WriteError> {
        let name = own_name::staging(sender, transfer);
        match beneath::open_folder(target.fd(), &name) {
            Ok(dir) => Ok(lock::is_held(target.with(&name, dir).fd())),
            Err(Errno::NOENT) => Ok(false),
            Err(errno) => Err(sort(target, &name, errno)),
        }
    }

    /// The bytes of all parts of a transfer, also while a session works on them. Errors: [`WriteError`].
    pub fn size(target: &Folder, sender: &DeviceId, transfer: &TransferId) -> Result<u64, WriteError> {
        let name = own_name::staging(sender, transfer);
        match beneath::open_folder(target.fd(), &name) {
            Ok(dir) => {
                let folder = target.with(&name, dir);
                Ok(Self { target: target.clone(), folder, name, found: BTreeSet::new() }.bytes())
            }
            Err(Errno::NOENT) => Ok(0),
            Err(errno) => Err(sort(target, &name, errno)),
        }
    }

    /// The name of the part of this version of this path, whatever transfer it is in.
    pub fn part_name(entry: &Entry) -> OsString {
        own_name::part(entry)
    }

    /// The bytes of this version's part, if there is one.
    pub fn has(&self, entry: &Entry) -> Option<u64> {
        let there = rustix::fs::statat(self.folder.fd(), Self::part_name(entry), AtFlags::SYMLINK_NOFOLLOW);
        there.ok().and_then(|there| resumable(&there))
    }

    /// Whether there was a part of the same path and another version when it was opened: that file starts again.
    pub fn has_other_version(&self, entry: &Entry) -> bool {
        let name = Self::part_name(entry);
        let Some(path) = own_name::path_digits(&name) else { return false };
        let from = OsStr::new(path);
        let same_path = |other: &&OsString| own_name::path_digits(other) == Some(path);
        let of_path =
            self.found.range::<OsStr, _>((Bound::Included(from), Bound::Unbounded)).take_while(same_path);
        of_path.into_iter().any(|other| *other != name)
    }

    /// Makes an empty part. One that was there under its name is removed. Errors: [`WriteError::PartExists`] if what
    /// has its name is no part; [`WriteError`].
    pub fn create(&self, index: EntryIndex, entry: &Entry) -> Result<Part, WriteError> {
        let name = Self::part_name(entry);
        let fresh = place::create_afresh(At { folder: self.folder.fd(), name: &name });
        let file = fresh.map_err(|errno| match errno {
            // NO_SYMLINKS may speak before EXCL does.
            Errno::EXIST | Errno::LOOP => {
                WriteError::PartExists { path: self.folder.path().to_owned(), entry: index }
            }
            errno => self.folder.error(errno),
        })?;
        Ok(Part::new(file, &self.folder, name, index, 0))
    }

    /// Opens the part that is there and cuts it off at `offset` bytes, to go on from there.
    /// Errors: [`WriteError::PartLost`] if it is shorter, or not there any more; [`WriteError`].
    pub fn resume(&self, index: EntryIndex, entry: &Entry, offset: u64) -> Result<Part, WriteError> {
        let (file, length) = self.open_part(index, entry)?;
        if length < offset {
            return Err(self.lost(index));
        }
        file.set_len(offset).map_err(|error| WriteError::sort_io(self.folder.path(), error))?;
        Ok(Part::new(file, &self.folder, Self::part_name(entry), index, offset))
    }

    /// Opens the part that is there, to hash what it begins with. Errors: [`WriteError::PartLost`], [`WriteError`].
    pub fn read_part(&self, index: EntryIndex, entry: &Entry) -> Result<File, WriteError> {
        self.open_part(index, entry).map(|(file, _)| file)
    }

    /// The parts that nobody wants to keep: stale ones, of files that changed or are not offered any more.
    /// Errors: [`WriteError`].
    pub fn stale(&self, keep: &dyn Fn(&OsStr) -> bool) -> Result<Leftovers, WriteError> {
        self.each_stale(keep, &|_| Ok(()))
    }

    /// Removes them. What was replaced stays, and so does what is not ours. Gives what went. Errors: [`WriteError`].
    pub fn sweep(&self, keep: &dyn Fn(&OsStr) -> bool) -> Result<Leftovers, WriteError> {
        self.each_stale(keep, &|name| self.remove(name))
    }

    fn each_stale(
        &self,
        keep: &dyn Fn(&OsStr) -> bool,
        visit: &dyn Fn(&OsStr) -> Result<(), WriteError>,
    ) -> Result<Leftovers, WriteError> {
        let mut stale = Leftovers::default();
        for name in self.folder.names()? {
            if own_name::is_part(&name)
                && !keep(&name)
                && let Some(size) = beneath::file_size(self.folder.fd(), &name)
            {
                visit(&name)?;
                stale.add(Some(size).into());
            }
        }
        Ok(stale)
    }

    /// All parts in it, in bytes. What cannot be read counts nothing.
    pub fn bytes(&self) -> u64 {
        let names = self.folder.names().unwrap_or_default();
        let parts = names.iter().filter(|name| own_name::is_part(name));
        parts.filter_map(|name| beneath::file_size(self.folder.fd(), name)).fold(0, u64::saturating_add)
    }

    /// If nothing stands under the name of a file that was to be replaced (we were stopped between the two steps that
    /// it takes where there is no exchange), what was there gets it back. `path` is the file's own in the manifest, names
    /// joined by `/`. Gives whether it did.
    /// Errors: [`WriteError`].
    pub fn put_back(&self, path: &[u8], folder: &Folder, name: &LocalName) -> Result<bool, WriteError> {
        let to = At { folder: folder.fd(), name: name.as_os_str() };
        if place::is_taken(to) {
            return Ok(false);
        }
        let digits = own_name::of_path(path);
        let number = |kept: &OsString| {
            let (of, number) = own_name::kept_number(kept)?;
            (of == digits && beneath::is_file(self.folder.fd(), kept)).then_some(number)
        };
        let all = self.folder.names()?.into_iter();
        let all = all.filter_map(|kept| Some((number(&kept)?, kept)));
        let Some((_, last)) = all.max() else { return Ok(false) };
        match place::give(At { folder: self.folder.fd(), name: &last }, to) {
            Ok(()) => folder.sync().map(|()| true).map_err(|errno| folder.error(errno)),
            Err(Errno::EXIST) => Ok(false),
            Err(errno) => Err(folder.error(errno)),
        }
    }

    /// Removes it and what we made in it, also what was replaced: after Delivered is recorded, or when a person gives
    /// the transfer up. Anything else in it stays, and so does the folder then. Errors: [`WriteError`].
    pub fn clear(&self) -> Result<(), WriteError> {
        for name in self.folder.names()? {
            let is_ours = own_name::is_part(&name) || own_name::is_kept(&name);
            if is_ours && beneath::is_file(self.folder.fd(), &name) {
                self.remove(&name)?;
            }
        }
        if !is_named(&self.target, &self.name, &self.folder) {
            return Ok(()); // somebody moved it, and what has its name is not ours
        }
        match rustix::fs::unlinkat(self.target.fd(), &*self.name, AtFlags::REMOVEDIR) {
            Ok(()) | Err(Errno::NOTEMPTY | Errno::EXIST | Errno::NOENT) => Ok(()),
            Err(errno) => Err(self.folder.error(errno)),
        }
    }

    pub(super) fn folder(&self) -> &Folder {
        &self.folder
    }

    pub(super) fn name(&self) -> &OsStr {
        &self.name
    }

    /// The part that is there, and its length.
    fn open_part(&self, index: EntryIndex, entry: &Entry) -> Result<(File, u64), WriteError> {
        let file = beneath::open_file_again(self.folder.fd(), &Self::part_name(entry));
        let file = file.map_err(|errno| match errno {
            Errno::NOENT | Errno::LOOP | Errno::INVAL | Errno::ACCESS | Errno::PERM => self.lost(index),
            errno => self.folder.error(errno),
        })?;
        let there = rustix::fs::fstat(&file).map_err(|errno| self.folder.error(errno))?;
        resumable(&there).map(|length| (file, length)).ok_or_else(|| self.lost(index))
    }

    fn remove(&self, name: &OsStr) -> Result<(), WriteError> {
        match rustix::fs::unlinkat(self.folder.fd(), name, AtFlags::empty()) {
            Ok(()) | Err(Errno::NOENT) => Ok(()),
            Err(errno) => Err(self.folder.error(errno)),
        }
    }

    fn lost(&self, entry: EntryIndex) -> WriteError {
        WriteError::PartLost { path: self.folder.path().to_owned(), entry }
    }
}

/// The length of a part that can be written on. A file with a second name is none: we were stopped after it got its final
/// name and before it lost this one, and to cut it off would damage a file that is saved.
fn resumable(there: &rustix::fs::Stat) -> Option<u64> {
    let is_file = rustix::fs::FileType::from_raw_mode(there.st_mode).is_file();
    if is_file && there.st_nlink == 1 { u64::try_from(there.st_size).ok() } else { None }
}

/// Whether the name still stands for this folder.
fn is_named(target: &Folder, name: &OsStr, folder: &Folder) -> bool {
    let named = rustix::fs::statat(target.fd(), name, AtFlags::SYMLINK_NOFOLLOW);
    match (named, rustix::fs::fstat(folder.fd())) {
        (Ok(named), Ok(ours)) => named.st_dev == ours.st_dev && named.st_ino == ours.st_ino,
        (Err(_), _) | (_, Err(_)) => false,
    }
}

/// A link or a file in its place is the fault of what has its name, everything else is the target's.
fn sort(target: &Folder, name: &OsStr, errno: Errno) -> WriteError {
    match errno {
        Errno::LOOP | Errno::NOTDIR => WriteError::NotAFolder { path: target.path().join(name) },
        errno => target.error(errno),
    }
}

#[cfg(test)]
mod tests;
