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
        Err(WriteError::InUse { path: target.path().join(name) })
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
            Hold::Taken => return Err(WriteError::InUse { path: folder.path().to_owned() }),
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
mod tests {
    use std::fs;
    use std::io::Read as _;
    use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, symlink};

    use super::*;
    use crate::model::{FailureKind, Stamp};
    use crate::storage::test_support::{Ground, entry, ground, sender, sorted, transfer};

    fn write(ground: &Ground, entry: &Entry, bytes: &[u8]) {
        ground.staging.create(0, entry).unwrap().write_all(bytes).unwrap();
    }

    #[test]
    fn staging_is_its_owners_only_and_found_again() {
        let ground = ground();
        let path = ground.staging_path();
        assert_eq!(fs::metadata(&path).unwrap().mode() & 0o777, 0o700);
        let Ground { dir: _dir, folder, staging } = ground;
        drop(staging);
        fs::set_permissions(&path, fs::Permissions::from_mode(0o777)).unwrap();
        let _found = Staging::find(&folder, &sender(), &transfer()).unwrap().unwrap();
        assert_eq!(fs::metadata(&path).unwrap().mode() & 0o777, 0o700);
    }

    #[test]
    fn looking_for_staging_makes_none() {
        let dir = tempfile::tempdir().unwrap();
        let folder = Folder::open(dir.path()).unwrap();
        assert!(Staging::find(&folder, &sender(), &transfer()).unwrap().is_none());
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0);
    }

    #[test]
    fn a_second_session_is_kept_out_until_the_first_and_its_parts_are_gone() {
        let ground = ground();
        let part = ground.staging.create(0, &entry("a", 1)).unwrap();
        let Ground { dir: _dir, folder, staging } = ground;
        let refused = |folder: &Folder| {
            let opened = Staging::open(folder, &sender(), &transfer()).unwrap_err();
            assert_eq!(opened.failure().kind, FailureKind::WriteFailed);
            let found = Staging::find(folder, &sender(), &transfer()).unwrap_err();
            matches!((opened, found), (WriteError::InUse { .. }, WriteError::InUse { .. }))
        };
        assert!(refused(&folder));
        drop(staging);
        assert!(refused(&folder));
        drop(part);
        Staging::open(&folder, &sender(), &transfer()).unwrap();
    }

    #[test]
    fn another_devices_transfer_of_the_same_id_has_a_staging_of_its_own() {
        let ground = ground();
        let other = DeviceId::from_bytes([9; 32]);
        let _other = Staging::open(&ground.folder, &other, &transfer()).unwrap();
        assert_eq!(sorted(ground.dir.path().to_owned()).len(), 2);
    }

    #[test]
    fn what_stands_in_place_of_staging_is_neither_followed_nor_used() {
        let elsewhere = tempfile::tempdir().unwrap();
        let Ground { dir, folder, staging } = ground();
        let path = dir.path().join(staging.name());
        staging.clear().unwrap();
        let plants: [fn(&std::path::Path, &std::path::Path); 3] = [
            |path, elsewhere| symlink(elsewhere, path).unwrap(),
            |path, _| symlink("nowhere", path).unwrap(),
            |path, _| fs::write(path, "file").unwrap(),
        ];
        for plant in plants {
            plant(&path, elsewhere.path());
            for error in [
                Staging::open(&folder, &sender(), &transfer()).unwrap_err(),
                Staging::find(&folder, &sender(), &transfer()).unwrap_err(),
            ] {
                assert!(matches!(error, WriteError::NotAFolder { .. }), "{error:?}");
            }
            fs::remove_file(&path).unwrap();
        }
        assert_eq!(fs::read_dir(elsewhere.path()).unwrap().count(), 0);
    }

    #[test]
    fn staging_that_was_removed_before_it_was_locked_is_not_used() {
        let Ground { dir, folder, staging } = ground();
        let name = staging.name().to_owned();
        drop(staging);
        let opened = beneath::open_folder(folder.fd(), &name).unwrap();
        fs::remove_dir(dir.path().join(&name)).unwrap();
        assert!(Staging::hold(&folder, &name, opened).unwrap().is_none());
    }

    #[test]
    fn a_part_is_resumed_at_the_offset_and_goes_on() {
        let ground = ground();
        let entry = entry("a", 8);
        write(&ground, &entry, b"abcdXXXX");
        assert_eq!(ground.staging.has(&entry), Some(8));
        let mut begin = String::new();
        ground.staging.read_part(0, &entry).unwrap().take(4).read_to_string(&mut begin).unwrap();
        assert_eq!(begin, "abcd");
        let mut part = ground.staging.resume(0, &entry, 4).unwrap();
        assert_eq!((part.written(), ground.staging.has(&entry)), (4, Some(4)));
        part.write_all(b"efgh").unwrap();
        let _complete = part.complete(&entry).unwrap();
        assert_eq!(fs::read(ground.part_path(&entry)).unwrap(), b"abcdefgh");
    }

    #[test]
    fn what_was_behind_the_offset_does_not_come_back_in_a_hole() {
        let ground = ground();
        let entry = entry("a", 300_000);
        write(&ground, &entry, &vec![7; 300_000]);
        let mut part = ground.staging.resume(0, &entry, 10).unwrap();
        part.write_all(&vec![0; 299_990]).unwrap();
        let _complete = part.complete(&entry).unwrap();
        let bytes = fs::read(ground.part_path(&entry)).unwrap();
        assert!(
            bytes.len() == 300_000 && bytes[..10] == [7; 10] && bytes[10..].iter().all(|byte| *byte == 0)
        );
    }

    #[test]
    fn a_part_that_is_shorter_missing_or_no_file_of_ours_alone_is_lost() {
        let ground = ground();
        let entry = entry("a", 8);
        let path = ground.part_path(&entry);
        let is_lost = || {
            let resumed = ground.staging.resume(4, &entry, 3).unwrap_err();
            matches!(resumed, WriteError::PartLost { entry: 4, .. })
        };
        assert!(is_lost() && ground.staging.has(&entry).is_none());
        write(&ground, &entry, b"ab");
        assert!(is_lost());
        fs::remove_file(&path).unwrap();
        fs::write(ground.path("victim"), "kept as it is").unwrap();
        symlink(ground.path("victim"), &path).unwrap();
        assert!(is_lost() && ground.staging.has(&entry).is_none());
        fs::remove_file(&path).unwrap();
        // The file has its final name already, and we were stopped before it lost this one.
        fs::hard_link(ground.path("victim"), &path).unwrap();
        assert!(is_lost() && ground.staging.has(&entry).is_none());
        assert!(ground.staging.read_part(4, &entry).is_err());
        fs::remove_file(&path).unwrap();
        fs::create_dir(&path).unwrap();
        assert!(is_lost() && ground.staging.has(&entry).is_none());
        assert_eq!(fs::read(ground.path("victim")).unwrap(), b"kept as it is");
    }

    #[test]
    fn a_complete_part_that_nobody_may_write_can_be_resumed() {
        let ground = ground();
        let entry = Entry { mode: Some(0), ..entry("a", 3) };
        let mut part = ground.staging.create(0, &entry).unwrap();
        part.write_all(b"abc").unwrap();
        drop(part.complete(&entry).unwrap());
        // Root may open it anyway, so the way for the others is asked for by itself too.
        let name = Staging::part_name(&entry);
        let owners = Mode::RUSR | Mode::WUSR;
        crate::storage::platform::change_mode(ground.staging.folder().fd(), &name, owners).unwrap();
        assert_eq!(fs::metadata(ground.part_path(&entry)).unwrap().mode() & 0o777, 0o600);
        let part = ground.staging.resume(0, &entry, 3).unwrap();
        part.complete(&entry).unwrap();
        assert_eq!(fs::metadata(ground.part_path(&entry)).unwrap().mode() & 0o777, 0);
    }

    #[test]
    fn a_mode_is_never_changed_through_a_link() {
        let ground = ground();
        fs::write(ground.path("victim"), "").unwrap();
        fs::set_permissions(ground.path("victim"), fs::Permissions::from_mode(0o400)).unwrap();
        symlink("victim", ground.path("link")).unwrap();
        let changed =
            crate::storage::platform::change_mode(ground.folder.fd(), OsStr::new("link"), Mode::RWXU);
        assert!(changed.is_err());
        assert_eq!(fs::metadata(ground.path("victim")).unwrap().mode() & 0o777, 0o400);
    }

    #[test]
    fn a_new_part_takes_the_place_of_a_stale_one_and_of_nothing_else() {
        let ground = ground();
        let entry = entry("a", 8);
        write(&ground, &entry, b"old");
        write(&ground, &entry, b"n");
        assert_eq!(fs::read(ground.part_path(&entry)).unwrap(), b"n");
        fs::remove_file(ground.part_path(&entry)).unwrap();
        fs::write(ground.path("victim"), "kept").unwrap();
        for target in ["../victim", "nowhere"] {
            symlink(target, ground.part_path(&entry)).unwrap();
            let error = ground.staging.create(3, &entry).unwrap_err();
            assert!(matches!(&error, WriteError::PartExists { entry: 3, .. }));
            assert_eq!(error.failure().kind, FailureKind::WriteFailed);
            fs::remove_file(ground.part_path(&entry)).unwrap();
        }
        assert_eq!(fs::read(ground.path("victim")).unwrap(), b"kept");
    }

    #[test]
    fn a_part_of_another_version_is_told_and_of_another_path_is_not() {
        let ground = ground();
        let changed = |secs| Entry { modified: Some(Stamp { secs, nanos: 0 }), ..entry("a", 8) };
        write(&ground, &changed(1), b"x");
        write(&ground, &entry("b", 1), b"x");
        let Ground { dir: _dir, folder, staging } = ground;
        drop(staging);
        let staging = Staging::open(&folder, &sender(), &transfer()).unwrap();
        assert!(!staging.has_other_version(&changed(1)));
        assert!(staging.has_other_version(&changed(2)) && staging.has(&changed(2)).is_none());
        assert!(staging.has_other_version(&entry("b", 2)));
        assert!(!staging.has_other_version(&entry("c", 2)));
    }

    #[test]
    fn a_sweep_removes_the_parts_nobody_wants_and_nothing_else() {
        let ground = ground();
        let (wanted, stale) = (entry("a", 8), entry("b", 8));
        write(&ground, &wanted, b"abc");
        write(&ground, &stale, b"stale");
        let kept = own_name::kept(&Staging::part_name(&stale), 1);
        fs::write(ground.staging_path().join(&kept), "replaced").unwrap();
        fs::write(ground.staging_path().join("foreign"), "").unwrap();
        symlink("foreign", ground.part_path(&entry("link", 0))).unwrap();
        assert_eq!(ground.staging.bytes(), 8);
        let keep = Staging::part_name(&wanted);
        let stale = ground.staging.stale(&|name| *name == *keep).unwrap();
        let swept = ground.staging.sweep(&|name| *name == *keep).unwrap();
        assert_eq!(stale, swept);
        assert_eq!(swept, Leftovers { count: 1, bytes: 5 });
        let left = ground.staged();
        assert_eq!(left.len(), 4);
        for name in [keep.to_str().unwrap(), kept.to_str().unwrap(), "foreign"] {
            assert!(left.iter().any(|left| left == name), "{name}");
        }
    }

    #[test]
    fn cleared_staging_is_gone_with_parts_and_what_was_replaced() {
        let Ground { dir, folder: _folder, staging } = ground();
        let part = Staging::part_name(&entry("a", 8));
        staging.create(0, &entry("a", 8)).unwrap();
        for number in [1, 2, 17] {
            fs::write(dir.path().join(staging.name()).join(own_name::kept(&part, number)), "").unwrap();
        }
        staging.clear().unwrap();
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0);
    }

    #[test]
    fn what_is_not_ours_stays_in_staging_and_so_does_the_folder() {
        let Ground { dir, folder: _folder, staging } = ground();
        let path = dir.path().join(staging.name());
        staging.create(0, &entry("a", 8)).unwrap();
        fs::write(path.join("foreign"), "").unwrap();
        fs::create_dir(path.join(Staging::part_name(&entry("folder", 1)))).unwrap();
        staging.clear().unwrap();
        assert_eq!(sorted(path).len(), 2);
    }

    #[test]
    fn a_folder_that_took_the_place_of_staging_is_not_removed() {
        let Ground { dir, folder: _folder, staging } = ground();
        let path = dir.path().join(staging.name());
        fs::rename(&path, dir.path().join("moved")).unwrap();
        fs::create_dir(&path).unwrap();
        staging.clear().unwrap();
        assert!(path.is_dir());
    }

    #[test]
    fn what_was_to_be_replaced_gets_its_name_back_if_nothing_has_it() {
        let ground = ground();
        let (entry, another) = (entry("a", 8), entry("b", 8));
        let name = LocalName::of(b"a");
        let put_back = || ground.staging.put_back(b"a", &ground.folder, &name).unwrap();
        assert!(!put_back());
        let other = own_name::kept(&Staging::part_name(&another), 3);
        fs::write(ground.staging_path().join(other), "of another").unwrap();
        for number in [1, 2] {
            let kept = own_name::kept(&Staging::part_name(&entry), number);
            fs::write(ground.staging_path().join(kept), format!("old {number}")).unwrap();
        }
        assert!(put_back());
        assert_eq!(fs::read(ground.path("a")).unwrap(), b"old 2");
        assert!(!put_back());
        assert_eq!(ground.staged().len(), 2);
    }
}
