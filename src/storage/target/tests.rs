//! Folders that are there, are not, are swapped or lead elsewhere: nothing is ever written outside the target.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::os::fd::AsFd as _;
use std::os::unix::fs::{MetadataExt as _, symlink};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use tempfile::TempDir;

use super::*;
use crate::model::{Failure, FailureKind, RelPath, Stamp};
use crate::storage::beneath::At;
use crate::storage::test_support::sorted;

fn target() -> (TempDir, Target) {
    let dir = tempfile::tempdir().unwrap();
    let target = Target::new(Folder::open(dir.path()).unwrap());
    (dir, target)
}

fn names(path: &str) -> Vec<LocalName> {
    path.split('/').filter(|name| !name.is_empty()).map(|name| LocalName::of(name.as_bytes())).collect()
}

fn link_to(points_to: &str) -> LinkTarget {
    let path = RelPath::parse(["r", "l"]).unwrap();
    LinkTarget::parse(&path, points_to.as_bytes().to_vec()).unwrap()
}

fn mode(path: &Path) -> u32 {
    fs::symlink_metadata(path).unwrap().mode() & 0o7777
}

#[test]
fn folders_are_made_for_their_owner_and_what_is_there_stays_as_it_is() {
    let (dir, mut target) = target();
    fs::create_dir(dir.path().join("there")).unwrap();
    let before = mode(&dir.path().join("there"));
    for (path, made) in [("there", Made::WasThere), ("there/new", Made::New), ("there/new/deep", Made::New)] {
        assert_eq!(target.make(&names(path)).unwrap(), made, "{path}");
    }
    assert_eq!(target.make(&names("there/new")).unwrap(), Made::WasThere);
    assert_eq!(target.make(&[]).unwrap(), Made::WasThere);
    target.sync().unwrap();
    assert_eq!((mode(&dir.path().join("there")), mode(&dir.path().join("there/new/deep"))), (before, 0o700));
    assert_eq!(target.folder(&names("there/new")).unwrap().path(), dir.path().join("there/new"));
}

#[test]
fn a_folder_whose_parent_is_missing_or_whose_name_is_taken_is_not_made() {
    let (dir, mut target) = target();
    fs::write(dir.path().join("file"), "").unwrap();
    assert!(matches!(target.make(&names("no/where")), Err(WriteError::FolderMissing { .. })));
    for path in ["file", "file/below"] {
        assert!(matches!(target.make(&names(path)), Err(WriteError::NotAFolder { .. })), "{path}");
    }
    assert_eq!(sorted(dir.path().to_owned()), ["file"]);
}

#[test]
fn links_in_place_of_folders_lead_nowhere_at_any_level() {
    let outside = tempfile::tempdir().unwrap();
    fs::create_dir_all(outside.path().join("b/c")).unwrap();
    for level in ["a", "a/b", "a/b/c"] {
        let (dir, mut target) = target();
        fs::create_dir_all(dir.path().join(level).parent().unwrap()).unwrap();
        symlink(outside.path(), dir.path().join(level)).unwrap();
        for path in [level.to_owned(), format!("{level}/b"), format!("{level}/b/c")] {
            assert!(target.folder(&names(&path)).is_err(), "{path}");
            assert!(target.make(&names(&path)).is_err(), "{path}");
        }
        let below = names(&format!("{level}/file"));
        assert_eq!(target.look(&below).unwrap(), Standing::Blocked, "{level}");
        assert!(target.make_link(&below, (&link_to("x"), None), 0, &mut |_| Ok(())).is_err());
        assert!(target.remove_empty(&names(&format!("{level}/b/c"))).is_err());
        assert!(
            target.reopen(&names(level)).is_err()
                && target.finish_folder(&names(level), Finish::default()).is_err()
        );
        assert!(!target.remove_empty(&names(level)).unwrap());
    }
    assert!(outside.path().join("b/c").is_dir());
    assert_eq!(sorted(outside.path().to_owned()), ["b"]);
    assert_eq!(sorted(outside.path().join("b/c")).len(), 0);
}

#[test]
fn a_folder_that_is_swapped_after_the_look_is_not_followed() {
    let (dir, mut target) = target();
    let outside = tempfile::tempdir().unwrap();
    assert_eq!(target.look(&names("a")).unwrap(), Standing::Nothing);
    symlink(outside.path(), dir.path().join("a")).unwrap();
    assert!(matches!(target.make(&names("a")), Err(WriteError::NotAFolder { .. })));
    fs::remove_file(dir.path().join("a")).unwrap();
    target.make(&names("a")).unwrap();
    // From now on it is open: whatever stands in its place gets nothing.
    fs::rename(dir.path().join("a"), dir.path().join("moved")).unwrap();
    symlink(outside.path(), dir.path().join("a")).unwrap();
    target.make(&names("a/b")).unwrap();
    assert!(dir.path().join("moved/b").is_dir());
    assert_eq!(fs::read_dir(outside.path()).unwrap().count(), 0);
}

#[test]
fn a_folder_that_is_swapped_for_a_link_all_the_time_never_leads_outside() {
    let (dir, target) = target();
    let outside = tempfile::tempdir().unwrap();
    fs::create_dir(dir.path().join("a")).unwrap();
    symlink(outside.path(), dir.path().join("b")).unwrap();
    let before = mode(outside.path());
    let (folder, is_over) = (File::open(dir.path()).unwrap(), AtomicBool::new(false));
    let at = |name| At { folder: folder.as_fd(), name: OsStr::new(name) };
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !is_over.load(Ordering::Relaxed) {
                platform::exchange(at("a"), at("b")).unwrap();
            }
        });
        let mut made = 0;
        for round in 0..3000 {
            let mut fresh = Target::new(target.root().clone());
            made += usize::from(fresh.make(&names(&format!("a/{round}"))).is_ok());
            fresh.make_link(&names("a/link"), (&link_to("x"), None), 0, &mut |_| Ok(())).ok();
            fresh.finish_folder(&names("a"), Finish::default()).ok();
        }
        is_over.store(true, Ordering::Relaxed);
        assert!(made > 0, "both happened");
    });
    assert_eq!(fs::read_dir(outside.path()).unwrap().count(), 0);
    assert_eq!(mode(outside.path()), before);
}

#[test]
fn names_that_leave_the_folder_are_refused_everywhere() {
    let (dir, mut target) = target();
    for name in ["..", ".", "", "a/b", "/etc", "a\0b"] {
        let bad = [LocalName::of(name.as_bytes())];
        assert!(target.folder(&bad).is_err() && target.make(&bad).is_err(), "{name:?}");
        assert!(target.look(&bad).is_err() && target.remove_empty(&bad).is_err(), "{name:?}");
        assert!(target.make_link(&bad, (&link_to("x"), None), 0, &mut |_| Ok(())).is_err(), "{name:?}");
        assert!(target.reopen(&bad).is_err() && target.finish_folder(&bad, Finish::default()).is_err());
    }
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0);
}

#[test]
fn what_stands_under_a_name_is_told_without_following() {
    let (dir, mut target) = target();
    fs::write(dir.path().join("file"), "12345").unwrap();
    fs::create_dir(dir.path().join("folder")).unwrap();
    fs::write(dir.path().join("folder/empty"), "").unwrap();
    symlink("file", dir.path().join("link")).unwrap();
    rustix::fs::mkfifoat(rustix::fs::CWD, dir.path().join("fifo"), Mode::RUSR).unwrap();
    let long = "x".repeat(256);
    for (path, standing) in [
        ("", Standing::Folder),
        ("file", Standing::File { size: 5 }),
        ("folder", Standing::Folder),
        ("folder/empty", Standing::File { size: 0 }),
        ("folder/none", Standing::Nothing),
        ("none/at/all", Standing::Nothing),
        ("link", Standing::Link(b"file".to_vec())),
        ("fifo", Standing::Other),
        ("file/below", Standing::Blocked),
        ("link/below", Standing::Blocked),
        ("fifo/below/deep", Standing::Blocked),
        (&long, Standing::Blocked),
    ] {
        assert_eq!(target.look(&names(path)).unwrap(), standing, "{path}");
    }
}

#[test]
fn more_folders_than_may_be_open_are_all_found() {
    let (dir, mut target) = target();
    for index in 0..200 {
        target.make(&names(&format!("f{index}"))).unwrap();
        target.make(&names(&format!("f{index}/in"))).unwrap();
        fs::write(dir.path().join(format!("f{index}/in/file")), "x").unwrap();
    }
    for index in 0..200 {
        let file = names(&format!("f{index}/in/file"));
        assert_eq!(target.look(&file).unwrap(), Standing::File { size: 1 });
    }
    assert!(target.open.len() <= MAX_OPEN && target.unsynced.len() <= MAX_UNSYNCED);
    let deep = "d/".repeat(255);
    let mut path = String::new();
    for name in deep.split_terminator('/') {
        path = format!("{path}/{name}");
        target.make(&names(&path)).unwrap();
    }
    assert_eq!(target.look(&names(&format!("{deep}x"))).unwrap(), Standing::Nothing);
    target.sync().unwrap();
    assert!(target.open.len() <= MAX_OPEN && target.unsynced.is_empty());
}

#[test]
fn a_link_is_made_as_it_was_sent_and_numbered_where_its_name_is_taken() {
    let (dir, mut target) = target();
    let (mut calls, stamp) = (Vec::new(), Stamp { secs: 1_000_000_000, nanos: 5 });
    let mut make = |target: &mut Target, points_to| {
        let made = target.make_link(&names("l"), (&link_to(points_to), Some(stamp)), 4, &mut |intended| {
            calls.push((intended[0].entry, intended[0].name.to_string(), intended[0].naming));
            Ok(())
        });
        made.unwrap().to_string()
    };
    assert_eq!(make(&mut target, "a/b"), "l");
    let link = fs::symlink_metadata(dir.path().join("l")).unwrap();
    assert_eq!((link.mtime(), link.mtime_nsec()), (1_000_000_000, 5));
    assert_eq!(make(&mut target, "nowhere"), "l (1)");
    assert_eq!(calls, [(4, "l (1)".to_owned(), Naming::KeepBoth)]);
    assert_eq!(fs::read_link(dir.path().join("l")).unwrap(), Path::new("a/b"));
    assert_eq!(fs::read_link(dir.path().join("l (1)")).unwrap(), Path::new("nowhere"));
    let refused = target
        .make_link(&names("l"), (&link_to("x"), None), 4, &mut |_| Err(Failure::here(FailureKind::Busy)));
    assert!(matches!(refused, Err(WriteError::NotRecorded { .. })));
    assert_eq!(sorted(dir.path().to_owned()), ["l", "l (1)"]);
    assert_eq!(target.free_name(&names("l")).unwrap().to_string(), "l (2)");
}

#[test]
fn a_folder_is_finished_with_its_mode_and_time_and_can_be_opened_again() {
    let (dir, mut target) = target();
    target.make(&names("a")).unwrap();
    target.make(&names("a/b")).unwrap();
    let stamp = Stamp { secs: 1_000_000_000, nanos: 5 };
    let finish = Finish { mode: Some(0o7555), modified: Some(stamp) };
    target.finish_folder(&names("a/b"), finish).unwrap();
    target.finish_folder(&names("a"), finish).unwrap();
    target.sync().unwrap();
    for path in ["a", "a/b"] {
        let metadata = fs::metadata(dir.path().join(path)).unwrap();
        assert_eq!(
            (metadata.mode() & 0o7777, metadata.mtime(), metadata.mtime_nsec()),
            (0o555, 1_000_000_000, 5)
        );
    }
    target.reopen(&names("a/b")).unwrap();
    assert_eq!(mode(&dir.path().join("a/b")), 0o700);
    assert!(matches!(target.reopen(&names("none")), Err(WriteError::FolderMissing { .. })));
}

#[test]
fn a_sync_that_failed_once_is_never_called_done() {
    let (dir, mut target) = target();
    // Opened like this it cannot be synced.
    let path = rustix::fs::open(dir.path(), rustix::fs::OFlags::PATH, Mode::empty()).unwrap();
    target.unsynced.push(target.root.with(OsStr::new("x"), File::from(path)));
    for _ in 0..3 {
        assert!(matches!(target.sync(), Err(WriteError::Write { .. })));
    }
    assert!(target.unsynced.is_empty());
}

#[test]
fn only_an_empty_folder_is_removed() {
    let (dir, mut target) = target();
    for path in ["empty", "full", "full/in"] {
        target.make(&names(path)).unwrap();
    }
    fs::write(dir.path().join("file"), "").unwrap();
    assert!(target.remove_empty(&names("empty")).unwrap());
    for path in ["empty", "full", "file"] {
        assert!(!target.remove_empty(&names(path)).unwrap(), "{path}");
    }
    assert!(target.remove_empty(&names("full/in")).unwrap() && target.remove_empty(&names("full")).unwrap());
    assert_eq!(target.make(&names("full")).unwrap(), Made::New);
    assert!(target.folder(&names("full")).is_ok() && target.folder(&names("full/in")).is_err());
    assert!(target.remove_empty(&[]).is_err());
}

#[test]
fn a_name_that_is_not_utf8_is_a_folder_byte_for_byte() {
    let (dir, mut target) = target();
    let odd = [LocalName::of(b"\xff\n"), LocalName::of("报告".as_bytes())];
    target.make(&odd[..1]).unwrap();
    target.make(&odd).unwrap();
    assert!(dir.path().join(odd[0].as_os_str()).join("报告").is_dir());
}
