//! A file takes the place of another one, which is kept in staging: at no moment is either of them without a name.

use std::ffi::{OsStr, OsString};
use std::os::fd::BorrowedFd;

use rustix::fs::{AtFlags, FileType, Stat};
use rustix::io::Errno;

use crate::model::LocalName;
use crate::storage::beneath::At;
use crate::storage::carry::copy_to;
use crate::storage::place::{MAX_NUMBER, free, give, is_taken};
use crate::storage::{beneath, own_name, platform};

/// How a file is replaced, best first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    /// In one step, by the kernel.
    Exchange,
    /// The old one goes to staging first: for a moment nothing has the name.
    Aside,
}

/// A final name: where a part goes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Final<'a> {
    pub(super) folder: BorrowedFd<'a>,
    pub(super) name: &'a LocalName,
}

/// Moves a part to a name that an ordinary file has, and that file to a name of ours in staging.
/// Errors: `EEXIST` if what has the name is no ordinary file, `ENOENT` if nothing has it, `EXDEV` if it is on another file
/// system; nothing was moved then.
pub(super) fn replace(staging: BorrowedFd<'_>, part: &OsStr, place: Final<'_>) -> Result<(), Errno> {
    match replace_by(Way::Exchange, staging, part, place) {
        Err(Errno::INVAL | Errno::NOSYS | Errno::NOTSUP | Errno::PERM) => {
            replace_by(Way::Aside, staging, part, place)
        }
        replaced => replaced,
    }
}

fn replace_by(way: Way, staging: BorrowedFd<'_>, part: &OsStr, place: Final<'_>) -> Result<(), Errno> {
    let to = place.at()?;
    to.check_is_file()?;
    let from = At { folder: staging, name: part };
    match way {
        Way::Exchange => {
            // The part takes the old one's future name before they are exchanged: what is called a part may be removed
            // as a stale one, so the old one must never be called that, not even if we are stopped in between.
            let kept = keep(from, staging, part)?;
            let kept = At { folder: staging, name: &kept };
            let swapped = platform::exchange(kept, to).and_then(|()| {
                // A folder or a link may have been put there since we looked.
                kept.check_is_file().inspect_err(|_| platform::exchange(kept, to).unwrap_or_default())
            });
            swapped.inspect_err(|_| give(kept, from).unwrap_or_default())
        }
        Way::Aside => {
            let kept = keep(to, staging, part)?;
            let kept = At { folder: staging, name: &kept };
            let placed = kept.check_is_file().and_then(|()| give(from, to));
            placed.inspect_err(|_| put_back(kept, place))
        }
    }
}

/// Replaces a file on another file system than staging's. `copy` is the part's copy beside it, `kept_as` the part's name.
/// The old one is copied to staging before it is touched. Errors: as [`replace`].
pub(super) fn replace_there(
    staging: BorrowedFd<'_>,
    kept_as: &OsStr,
    copy: At<'_>,
    place: Final<'_>,
) -> Result<(), Errno> {
    let to = place.at()?;
    to.check_is_file()?;
    let seen = keep_copy(to, staging, kept_as)?;
    match platform::exchange(copy, to) {
        // Nothing else keeps both without a moment in which a crash could lose one: the new one gets a number instead.
        Err(Errno::INVAL | Errno::NOSYS | Errno::NOTSUP | Errno::PERM) => return Err(Errno::EXIST),
        exchanged => exchanged?,
    }
    // It may have been written to, or another file put there, since it was copied.
    let kept = copy.check_is_file().and_then(|()| {
        if is_unchanged(&look(copy)?, &seen) { Ok(()) } else { keep_copy(copy, staging, kept_as).map(drop) }
    });
    kept.inspect_err(|_| platform::exchange(copy, to).unwrap_or_default())?;
    rustix::fs::unlinkat(copy.folder, copy.name, AtFlags::empty())
}

/// Moves a file to the first free name for what this part replaces. Gives that name.
fn keep(file: At<'_>, staging: BorrowedFd<'_>, part: &OsStr) -> Result<OsString, Errno> {
    for number in 1..=MAX_NUMBER {
        let name = own_name::kept(part, number);
        let kept = At { folder: staging, name: &name };
        match give(file, kept) {
            Err(Errno::EXIST) => {}
            given => return given.map(|()| name),
        }
    }
    Err(Errno::MLINK)
}

/// Copies a file to the first free name for what this part replaces. Gives what was copied.
fn keep_copy(file: At<'_>, staging: BorrowedFd<'_>, part: &OsStr) -> Result<Stat, Errno> {
    let seen = look(file)?;
    let mut numbers = (1..=MAX_NUMBER).map(|number| own_name::kept(part, number));
    let name = numbers.find(|name| !is_taken(At { folder: staging, name })).ok_or(Errno::MLINK)?;
    let source = beneath::open_existing(file.folder, file.name)?;
    copy_to(&source, At { folder: staging, name: &name })?;
    rustix::fs::fsync(staging)?;
    Ok(seen)
}

/// The old one gets its name back, or a number if somebody took that: it is not to be removed with staging.
fn put_back(kept: At<'_>, place: Final<'_>) {
    let mut name = place.name.clone();
    let mut number = 0;
    while let Err(Errno::EXIST) = give(kept, At { folder: place.folder, name: name.as_os_str() }) {
        let Some((next, at)) = free(place.folder, place.name, number) else { return };
        (name, number) = (next, at + 1);
    }
}

impl<'a> Final<'a> {
    pub(super) fn at(self) -> Result<At<'a>, Errno> {
        Ok(At { folder: self.folder, name: beneath::one_name(self.name.as_os_str())? })
    }
}

impl At<'_> {
    /// Errors: `ENOENT` if nothing is there, `EEXIST` if it is no ordinary file.
    fn check_is_file(self) -> Result<(), Errno> {
        let is_file = FileType::from_raw_mode(look(self)?.st_mode).is_file();
        if is_file { Ok(()) } else { Err(Errno::EXIST) }
    }
}

fn look(at: At<'_>) -> Result<Stat, Errno> {
    rustix::fs::statat(at.folder, at.name, AtFlags::SYMLINK_NOFOLLOW)
}

/// Whether two looks saw the same file in the same state.
fn is_unchanged(one: &Stat, other: &Stat) -> bool {
    one.st_dev == other.st_dev
        && one.st_ino == other.st_ino
        && one.st_size == other.st_size
        && one.st_mtime == other.st_mtime
        && one.st_mtime_nsec == other.st_mtime_nsec
}

#[cfg(test)]
mod tests {
    use std::fs::{self, File};
    use std::os::fd::AsFd as _;
    use std::os::unix::fs::{PermissionsExt as _, symlink};

    use tempfile::TempDir;

    use super::*;
    use crate::storage::test_support::sorted;

    type Plant = fn(&std::path::Path);

    const WAYS: [Way; 2] = [Way::Exchange, Way::Aside];
    const PART: &str = "00112233445566ff-8899aabbccddeeff.part";
    const OLD: &str = "00112233445566ff-8899aabbccddeeff.old";

    struct Two {
        dir: TempDir,
        staging: File,
        folder: File,
        name: LocalName,
    }

    /// A part "new" in one folder and what has its name in the other.
    fn two(old: &str) -> Two {
        let dir = tempfile::tempdir().unwrap();
        let folder = |name| {
            fs::create_dir(dir.path().join(name)).unwrap();
            File::open(dir.path().join(name)).unwrap()
        };
        let (staging, folder) = (folder("staging"), folder("folder"));
        fs::write(dir.path().join("staging").join(PART), "new").unwrap();
        fs::write(dir.path().join("folder/name"), old).unwrap();
        Two { dir, staging, folder, name: LocalName::of(b"name") }
    }

    impl Two {
        fn place(&self) -> Final<'_> {
            Final { folder: self.folder.as_fd(), name: &self.name }
        }

        fn replace_by(&self, way: Way) -> Result<(), Errno> {
            replace_by(way, self.staging.as_fd(), OsStr::new(PART), self.place())
        }

        fn read(&self, path: &str) -> String {
            fs::read_to_string(self.dir.path().join(path)).unwrap()
        }

        fn names(&self) -> (Vec<String>, Vec<String>) {
            (sorted(self.dir.path().join("staging")), sorted(self.dir.path().join("folder")))
        }
    }

    #[test]
    fn both_ways_the_new_one_has_the_name_and_the_old_one_is_kept() {
        for way in WAYS {
            let two = two("old");
            two.replace_by(way).unwrap();
            assert_eq!(two.read("folder/name"), "new", "{way:?}");
            assert_eq!(two.read(&format!("staging/{OLD}")), "old", "{way:?}");
            assert_eq!(two.names(), (vec![OLD.to_owned()], vec!["name".to_owned()]), "{way:?}");
        }
    }

    #[test]
    fn both_ways_what_was_kept_before_stays() {
        for way in WAYS {
            let two = two("second");
            fs::write(two.dir.path().join("staging").join(OLD), "first").unwrap();
            two.replace_by(way).unwrap();
            assert_eq!(two.read(&format!("staging/{OLD}")), "first", "{way:?}");
            assert_eq!(two.read(&format!("staging/{OLD}-2")), "second", "{way:?}");
            assert_eq!(two.read("folder/name"), "new", "{way:?}");
        }
    }

    #[test]
    fn both_ways_only_an_ordinary_file_is_replaced() {
        for way in WAYS {
            let two = two("");
            let path = two.dir.path().join("folder/name");
            let plants: [(Plant, Errno); 4] = [
                (|path| fs::create_dir(path).unwrap(), Errno::EXIST),
                (|path| symlink("/etc/passwd", path).unwrap(), Errno::EXIST),
                (
                    |path| rustix::fs::mkfifoat(rustix::fs::CWD, path, rustix::fs::Mode::RUSR).unwrap(),
                    Errno::EXIST,
                ),
                (|_| (), Errno::NOENT),
            ];
            fs::remove_file(&path).unwrap();
            for (plant, errno) in plants {
                plant(&path);
                assert_eq!(two.replace_by(way), Err(errno), "{way:?}");
                assert_eq!(two.names().0, [PART], "{way:?}");
                fs::remove_file(&path).or_else(|_| fs::remove_dir(&path)).unwrap_or_default();
            }
        }
    }

    #[test]
    fn both_ways_a_part_that_is_not_there_leaves_the_old_one_where_it_is() {
        for way in WAYS {
            let two = two("old");
            fs::remove_file(two.dir.path().join("staging").join(PART)).unwrap();
            assert_eq!(two.replace_by(way), Err(Errno::NOENT), "{way:?}");
            assert_eq!((two.read("folder/name").as_str(), two.names().0.len()), ("old", 0), "{way:?}");
        }
    }

    #[test]
    fn what_cannot_be_placed_gets_its_old_name_back_or_a_number() {
        let two = two("somebody's");
        let kept = At { folder: two.staging.as_fd(), name: OsStr::new(PART) };
        fs::write(two.dir.path().join("folder/name (1)"), "too").unwrap();
        put_back(kept, two.place());
        assert_eq!(
            (two.read("folder/name").as_str(), two.read("folder/name (2)").as_str()),
            ("somebody's", "new")
        );
        assert!(two.names().0.is_empty());
    }

    #[test]
    fn on_another_file_system_the_old_one_is_copied_to_staging_first() {
        let two = two("old");
        let path = two.dir.path().join("folder/name");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o604)).unwrap();
        fs::write(two.dir.path().join("folder/copy"), "new").unwrap();
        let copy = At { folder: two.folder.as_fd(), name: OsStr::new("copy") };
        replace_there(two.staging.as_fd(), OsStr::new(PART), copy, two.place()).unwrap();
        assert_eq!(
            (two.read("folder/name").as_str(), two.read(&format!("staging/{OLD}")).as_str()),
            ("new", "old")
        );
        assert_eq!(two.names().1, ["name"]);
        let kept = fs::metadata(two.dir.path().join("staging").join(OLD)).unwrap();
        assert_eq!(kept.permissions().mode() & 0o777, 0o604);
        fs::remove_file(&path).unwrap();
        fs::create_dir(&path).unwrap();
        let again = replace_there(two.staging.as_fd(), OsStr::new(PART), copy, two.place());
        assert_eq!(again, Err(Errno::EXIST));
    }
}
