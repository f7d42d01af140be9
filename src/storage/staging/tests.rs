//! Parts and what becomes of them, whoever else works in the folder.

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
        assert_eq!(opened.failure().kind, FailureKind::TransferInUse);
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
    assert!(bytes.len() == 300_000 && bytes[..10] == [7; 10] && bytes[10..].iter().all(|byte| *byte == 0));
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
    let changed = crate::storage::platform::change_mode(ground.folder.fd(), OsStr::new("link"), Mode::RWXU);
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
