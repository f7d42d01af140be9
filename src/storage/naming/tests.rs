//! What gets which name, and what was there before.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::{MetadataExt as _, symlink};

use super::*;
use crate::model::FailureKind;
use crate::storage::test_support::{Ground, ground, sorted};
use crate::storage::{Batch, Staging};

type Named = Vec<(EntryIndex, Result<LocalName, WriteError>)>;

fn batch_of(ground: &Ground, wanted: &[&[u8]], naming: Naming) -> Batch {
    let mut batch = Batch::new(&ground.staging).unwrap();
    for (index, name) in (0..).zip(wanted) {
        let part = ground.complete(index, b"new");
        batch.add(part, ground.folder.clone(), LocalName::of(name), naming);
    }
    batch
}

fn name(batch: Batch) -> Named {
    batch.sync().unwrap().name(&mut |_| Ok(()))
}

fn name_one(ground: &Ground, wanted: &[u8], naming: Naming) -> Result<LocalName, WriteError> {
    name(batch_of(ground, &[wanted], naming)).pop().unwrap().1
}

/// Names a batch, and gives beside the results what was to be written down, a list a call.
fn told(batch: Batch) -> (Vec<String>, Vec<Vec<(String, Naming)>>) {
    let mut calls = Vec::new();
    let named = batch.sync().unwrap().name(&mut |intended| {
        calls.push(intended.iter().map(|one| (one.name.to_string(), one.naming)).collect());
        Ok(())
    });
    (named.into_iter().map(|(_, name)| name.unwrap().to_string()).collect(), calls)
}

#[test]
fn a_batch_gives_every_part_its_name_in_order() {
    let ground = ground();
    let mut batch = Batch::new(&ground.staging).unwrap();
    assert!(batch.is_empty());
    batch.add(ground.complete(7, b"seven"), ground.folder.clone(), LocalName::of(b"b.txt"), Naming::KeepBoth);
    let empty = LocalName::of("空.txt".as_bytes());
    batch.add(ground.complete(3, b""), ground.folder.clone(), empty, Naming::KeepBoth);
    assert_eq!((batch.len(), batch.bytes()), (2, 5));
    let results = name(batch);
    let given = results.iter().map(|(entry, name)| (*entry, name.as_ref().unwrap().to_string()));
    assert_eq!(given.collect::<Vec<_>>(), [(7, "b.txt".to_owned()), (3, "空.txt".to_owned())]);
    assert_eq!(ground.names(), ["b.txt", "空.txt"]);
    assert_eq!(fs::read(ground.path("b.txt")).unwrap(), b"seven");
    assert_eq!(fs::metadata(ground.path("b.txt")).unwrap().mode() & 0o777, 0o640);
    assert!(ground.staged().is_empty());
}

#[test]
fn an_empty_batch_publishes_nothing() {
    assert!(name(Batch::new(&ground().staging).unwrap()).is_empty());
}

#[test]
fn a_batch_that_is_dropped_names_nothing_and_keeps_its_parts() {
    let ground = ground();
    drop(batch_of(&ground, &[b"a"], Naming::KeepBoth));
    drop(batch_of(&ground, &[b"a", b"b"], Naming::KeepBoth).sync().unwrap());
    assert!(ground.names().is_empty());
    assert_eq!(ground.staged().len(), 2);
}

#[test]
fn a_taken_name_gets_a_number_whatever_has_it() {
    let ground = ground();
    fs::write(ground.path("file.txt"), "old").unwrap();
    fs::write(ground.path("file (1).txt"), "old").unwrap();
    fs::create_dir(ground.path("folder")).unwrap();
    symlink("/etc/passwd", ground.path("link")).unwrap();
    symlink("nowhere", ground.path("dangling")).unwrap();
    for (name, given) in [
        ("file.txt", "file (2).txt"),
        ("folder", "folder (1)"),
        ("link", "link (1)"),
        ("dangling", "dangling (1)"),
    ] {
        assert_eq!(name_one(&ground, name.as_bytes(), Naming::KeepBoth).unwrap().to_string(), given);
        assert_eq!(fs::read(ground.path(given)).unwrap(), b"new");
    }
    assert_eq!(fs::read(ground.path("file.txt")).unwrap(), b"old");
    assert!(ground.path("folder").is_dir());
    assert_eq!(fs::read_link(ground.path("dangling")).unwrap().to_str(), Some("nowhere"));
    assert!(!ground.path("nowhere").exists());
}

#[test]
fn a_name_of_255_bytes_arrives_and_is_numbered_and_replaced_within_them() {
    let ground = ground();
    let name = format!("{}.txt", "x".repeat(251));
    assert_eq!(name_one(&ground, name.as_bytes(), Naming::KeepBoth).unwrap().to_string(), name);
    let second = name_one(&ground, name.as_bytes(), Naming::KeepBoth).unwrap();
    assert_eq!(second.to_string(), format!("{} (1).txt", "x".repeat(247)));
    assert_eq!(name_one(&ground, name.as_bytes(), Naming::Replace).unwrap().to_string(), name);
    assert_eq!(ground.names().len(), 2);
}

#[test]
fn a_name_that_is_not_utf8_arrives_byte_for_byte() {
    let ground = ground();
    name_one(&ground, b"caf\xe9.txt", Naming::KeepBoth).unwrap();
    let second = name_one(&ground, b"caf\xe9.txt", Naming::KeepBoth).unwrap();
    assert_eq!(second.as_bytes(), b"caf\xe9 (1).txt");
    let path = ground.dir.path().join(OsStr::from_bytes(b"caf\xe9 (1).txt"));
    assert_eq!(fs::read(path).unwrap(), b"new");
}

#[test]
fn many_files_of_one_name_get_numbers_of_their_own_and_are_told_together() {
    let ground = ground();
    for number in 1..2000 {
        fs::write(ground.path(&format!("a ({number})")), "").unwrap();
    }
    let (given, calls) = told(batch_of(&ground, &[b"a".as_slice(); 20], Naming::KeepBoth));
    let numbered: Vec<_> = (2000..2019).map(|number| format!("a ({number})")).collect();
    assert_eq!((given[0].as_str(), &given[1..]), ("a", numbered.as_slice()));
    let expected: Vec<_> = numbered.into_iter().map(|name| (name, Naming::KeepBoth)).collect();
    assert_eq!(calls, [expected]);
}

#[test]
fn an_ordinary_name_is_not_told() {
    let (_, calls) = told(batch_of(&ground(), &[b"a", b"b"], Naming::Replace));
    assert!(calls.is_empty());
}

#[test]
fn a_name_that_is_taken_after_it_was_told_is_followed_by_another_that_is_told() {
    let ground = ground();
    fs::write(ground.path("a"), "").unwrap();
    let mut calls = Vec::new();
    let named = batch_of(&ground, &[b"a"], Naming::KeepBoth).sync().unwrap().name(&mut |intended| {
        let name = intended[0].name.to_string();
        assert!(!ground.path(&name).exists(), "told before it happens");
        if calls.len() < 3 {
            fs::write(ground.path(&name), "quicker").unwrap();
        }
        calls.push(name);
        Ok(())
    });
    assert_eq!(calls, ["a (1)", "a (2)", "a (3)", "a (4)"]);
    assert_eq!(named[0].1.as_ref().unwrap().to_string(), "a (4)");
    assert_eq!(fs::read(ground.path("a (3)")).unwrap(), b"quicker");
}

#[test]
fn what_cannot_be_written_down_is_not_done_and_the_rest_is() {
    let ground = ground();
    fs::write(ground.path("old"), "old").unwrap();
    fs::write(ground.path("replaced"), "old").unwrap();
    let mut batch = Batch::new(&ground.staging).unwrap();
    for (index, name, naming) in
        [(0, "old", Naming::KeepBoth), (1, "replaced", Naming::Replace), (2, "new", Naming::KeepBoth)]
    {
        let part = ground.complete(index, b"new");
        batch.add(part, ground.folder.clone(), LocalName::of(name.as_bytes()), naming);
    }
    let named = batch.sync().unwrap().name(&mut |_| Err(Failure::here(FailureKind::DiskFull)));
    for (entry, result) in &named[..2] {
        let error = result.as_ref().unwrap_err();
        assert!(matches!(error, WriteError::NotRecorded { .. }), "{entry}");
        assert_eq!(error.failure().kind, FailureKind::DiskFull);
    }
    assert_eq!(named[2].1.as_ref().unwrap().to_string(), "new");
    assert_eq!(ground.names(), ["new", "old", "replaced"]);
    assert_eq!(fs::read(ground.path("replaced")).unwrap(), b"old");
    assert_eq!(ground.staged().len(), 2, "both can be resumed");
}

#[test]
fn a_replaced_file_is_kept_in_staging_and_told() {
    let ground = ground();
    fs::write(ground.path("a"), "old").unwrap();
    let (given, calls) = told(batch_of(&ground, &[b"a"], Naming::Replace));
    assert_eq!(given, ["a"]);
    assert_eq!(calls, [[("a".to_owned(), Naming::Replace)]]);
    assert_eq!(fs::read(ground.path("a")).unwrap(), b"new");
    let staged = ground.staged();
    assert!(staged.len() == 1 && own_name::is_kept(OsStr::new(&staged[0])), "{staged:?}");
    assert_eq!(fs::read(ground.staging_path().join(&staged[0])).unwrap(), b"old");
}

#[test]
fn what_is_no_ordinary_file_is_never_replaced() {
    let ground = ground();
    fs::create_dir(ground.path("folder")).unwrap();
    fs::write(ground.path("file"), "kept").unwrap();
    symlink("file", ground.path("link")).unwrap();
    for name in ["folder", "link"] {
        let given = name_one(&ground, name.as_bytes(), Naming::Replace).unwrap();
        assert_eq!(given.to_string(), format!("{name} (1)"));
    }
    assert_eq!(fs::read(ground.path("file")).unwrap(), b"kept");
    assert!(ground.path("folder").is_dir() && ground.path("link").is_symlink());
}

#[test]
fn a_file_to_replace_that_becomes_something_else_or_goes_away_loses_nothing() {
    let ground = ground();
    fs::write(ground.path("swapped"), "old").unwrap();
    fs::write(ground.path("gone"), "old").unwrap();
    let batch = batch_of(&ground, &[b"swapped", b"gone"], Naming::Replace);
    let mut calls = 0;
    let named = batch.sync().unwrap().name(&mut |_| {
        if calls == 0 {
            fs::remove_file(ground.path("gone")).unwrap();
            fs::remove_file(ground.path("swapped")).unwrap();
            fs::create_dir(ground.path("swapped")).unwrap();
        }
        calls += 1;
        Ok(())
    });
    let given: Vec<_> = named.into_iter().map(|(_, name)| name.unwrap().to_string()).collect();
    assert_eq!((given, calls), (vec!["swapped (1)".to_owned(), "gone".to_owned()], 2));
    assert!(ground.path("swapped").is_dir() && ground.staged().is_empty());
}

#[test]
fn a_name_that_leaves_the_folder_is_refused_and_the_others_arrive() {
    let ground = ground();
    for naming in [Naming::KeepBoth, Naming::Replace] {
        let results = name(batch_of(&ground, &[b"../out", b"in"], naming));
        assert!(matches!(results.as_slice(), [(0, Err(WriteError::Write { .. })), (1, Ok(_))]));
    }
    assert_eq!(ground.names(), ["in"]);
    assert!(!ground.dir.path().parent().unwrap().join("out").exists());
}

#[test]
fn what_was_put_in_a_parts_place_is_never_published() {
    let ground = ground();
    fs::write(ground.path("replaced"), "old").unwrap();
    for (wanted, naming) in [(b"name".as_slice(), Naming::KeepBoth), (b"replaced", Naming::Replace)] {
        let batch = batch_of(&ground, &[wanted], naming);
        let part_path = ground.staging_path().join(&ground.staged()[0]);
        fs::remove_file(&part_path).unwrap();
        symlink("/etc/passwd", &part_path).unwrap();
        assert!(matches!(name(batch).as_slice(), [(0, Err(WriteError::PartLost { entry: 0, .. }))]));
        assert!(fs::symlink_metadata(&part_path).unwrap().is_symlink());
        fs::remove_file(part_path).unwrap();
    }
    assert_eq!(ground.names(), ["replaced"]);
    assert_eq!(fs::read(ground.path("replaced")).unwrap(), b"old");
}

#[test]
fn a_link_that_got_the_final_name_in_the_parts_stead_is_not_called_saved() {
    let ground = ground();
    let part = ground.complete(0, b"checked");
    symlink("/etc/passwd", ground.path("link")).unwrap();
    fs::create_dir(ground.path("folder")).unwrap();
    fs::write(ground.path("file"), "whole").unwrap();
    for name in ["link", "folder", "gone"] {
        let given = part.check_given(&ground.folder, OsStr::new(name));
        assert!(matches!(given, Err(WriteError::PartLost { entry: 0, .. })), "{name}");
    }
    part.check_given(&ground.folder, OsStr::new("file")).unwrap();
}

#[test]
fn parts_of_many_folders_are_each_named_in_their_own() {
    let ground = ground();
    let mut batch = Batch::new(&ground.staging).unwrap();
    for index in 0..7 {
        let path = ground.path(&format!("folder {index}"));
        fs::create_dir(&path).unwrap();
        let folder = Folder::open(&path).unwrap();
        batch.add(ground.complete(index, b"x"), folder, LocalName::of(b"a"), Naming::KeepBoth);
    }
    assert!(name(batch).iter().all(|(_, name)| name.as_ref().unwrap().to_string() == "a"));
    assert!((0..7).all(|index| ground.path(&format!("folder {index}/a")).is_file()));
}

#[test]
fn a_folder_that_is_gone_fails_its_own_parts_only() {
    let ground = ground();
    fs::create_dir(ground.path("gone")).unwrap();
    let gone = Folder::open(&ground.path("gone")).unwrap();
    fs::remove_dir(ground.path("gone")).unwrap();
    let mut batch = Batch::new(&ground.staging).unwrap();
    batch.add(ground.complete(0, b"x"), gone, LocalName::of(b"a"), Naming::KeepBoth);
    batch.add(ground.complete(1, b"x"), ground.folder.clone(), LocalName::of(b"b"), Naming::KeepBoth);
    let named = name(batch);
    assert!(matches!(named.as_slice(), [(0, Err(WriteError::FolderMissing { .. })), (1, Ok(_))]));
    assert_eq!((ground.names(), ground.staged().len()), (vec!["b".to_owned()], 1));
}

#[test]
fn on_another_file_system_a_copy_gets_the_name() {
    let ground = ground();
    // Shared memory is a file system of its own on every Linux; where it is none, all this holds as well.
    let elsewhere = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap();
    let folder = Folder::open(elsewhere.path()).unwrap();
    fs::write(elsewhere.path().join("taken"), "old").unwrap();
    fs::write(elsewhere.path().join("replaced"), "old").unwrap();
    let mut batch = Batch::new(&ground.staging).unwrap();
    for (index, name, naming) in
        [(0, "new", Naming::KeepBoth), (1, "taken", Naming::KeepBoth), (2, "replaced", Naming::Replace)]
    {
        let part = ground.complete(index, b"bytes");
        batch.add(part, folder.clone(), LocalName::of(name.as_bytes()), naming);
    }
    let (given, calls) = told(batch);
    assert_eq!(given, ["new", "taken (1)", "replaced"]);
    assert_eq!(calls.concat().len(), 2);
    assert_eq!(sorted(elsewhere.path().to_owned()), ["new", "replaced", "taken", "taken (1)"]);
    for name in ["new", "taken (1)", "replaced"] {
        assert_eq!(fs::read(elsewhere.path().join(name)).unwrap(), b"bytes");
        assert_eq!(fs::metadata(elsewhere.path().join(name)).unwrap().mode() & 0o777, 0o640);
    }
    let staged = ground.staged();
    assert!(staged.len() == 1 && own_name::is_kept(OsStr::new(&staged[0])), "{staged:?}");
    assert_eq!(fs::read(ground.staging_path().join(&staged[0])).unwrap(), b"old");
}

#[test]
fn what_was_replaced_by_an_earlier_try_is_kept_beside_the_newer_one() {
    let ground = ground();
    fs::write(ground.path("a"), "first").unwrap();
    name_one(&ground, b"a", Naming::Replace).unwrap();
    fs::write(ground.path("a"), "second").unwrap();
    name_one(&ground, b"a", Naming::Replace).unwrap();
    let staged = ground.staged();
    let kept: Vec<_> =
        staged.iter().map(|name| fs::read(ground.staging_path().join(name)).unwrap()).collect();
    assert_eq!(kept, [b"first".to_vec(), b"second".to_vec()]);
    assert!(staged[1].ends_with(".old-2"));
    let part = Staging::part_name(&crate::storage::test_support::entry("entry-0", 3));
    assert_eq!(own_name::kept(&part, 2).to_str().unwrap(), staged[1]);
}
