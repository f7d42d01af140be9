use std::collections::BTreeSet;
use std::fs::{self, File};
use std::ops::ControlFlow;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::os::unix::net::UnixListener;
use std::path::Path;
use std::time::{Duration, SystemTime};

use proptest::prelude::*;
use rustix::fs::Mode;

use super::*;
use crate::model::{FailureKind, LinkTargetError, RelPathError, Stamp};
use crate::storage::Roots;
use crate::storage::test_support::ran_as_nobody;

/// Entries and what was passed over, of one chosen folder.
fn walk(folder: &Path, links: Links) -> (Vec<Entry>, Vec<SourceError>) {
    let (mut entries, mut passed) = (Vec::new(), Vec::new());
    Roots::look(&[folder.to_owned()], links).unwrap().walk(&mut |walked| {
        match walked {
            Walked::Entry(entry, _) => entries.push(entry),
            Walked::Passed(error) => passed.push(error),
        }
        ControlFlow::Continue(())
    });
    assert!(entries.is_sorted_by(|a, b| a.path < b.path), "strictly ascending");
    (entries, passed)
}

fn paths(entries: &[Entry]) -> Vec<String> {
    entries.iter().map(|entry| entry.path.to_string()).collect()
}

/// A folder `r` in a folder of its own.
fn root() -> (tempfile::TempDir, PathBuf) {
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path().join("r");
    fs::create_dir(&root).unwrap();
    (dir, root)
}

#[test]
fn files_folders_and_links_come_with_what_there_is_to_know_of_them() {
    let (_dir, root) = root();
    fs::create_dir_all(root.join("empty")).unwrap();
    fs::write(root.join("file"), "four").unwrap();
    symlink("file", root.join("link")).unwrap();
    fs::set_permissions(root.join("file"), fs::Permissions::from_mode(0o4751)).unwrap();
    fs::set_permissions(root.join("empty"), fs::Permissions::from_mode(0o1705)).unwrap();
    let time = |secs, nanos| SystemTime::UNIX_EPOCH + Duration::new(secs, nanos);
    let set = |name: &str, time| File::open(root.join(name)).unwrap().set_modified(time).unwrap();
    set("file", time(1_000_000_000, 123_456_789));
    set("empty", time(2_000_000_000, 1));

    let (entries, passed) = walk(&root, Links::Keep);
    assert!(passed.is_empty(), "{passed:?}");
    assert_eq!(paths(&entries), ["r", "r/empty", "r/file", "r/link"]);
    let [_, empty, file, link] = entries.try_into().unwrap();
    assert_eq!((empty.kind, empty.size, empty.stored, empty.mode), (EntryKind::Folder, 0, 0, Some(0o705)));
    assert_eq!(empty.modified, Some(Stamp { secs: 2_000_000_000, nanos: 1 }));
    assert_eq!((file.kind, file.size, file.stored, file.mode), (EntryKind::File, 4, 4, Some(0o751)));
    assert_eq!(file.modified, Some(Stamp { secs: 1_000_000_000, nanos: 123_456_789 }));
    let EntryKind::Link(target) = &link.kind else { panic!("{link:?}") };
    assert_eq!((target.as_bytes(), link.size, link.mode), (b"file".as_slice(), 0, None));
}

#[test]
fn names_keep_their_bytes_whatever_they_are() {
    let (_dir, root) = root();
    let names: [&[u8]; 6] = [b"\xff\xfe", b"a\nb", "报告".as_bytes(), b" ", b"...", &[b'x'; 255]];
    for name in names {
        fs::write(root.join(OsStr::from_bytes(name)), "").unwrap();
    }
    let (entries, passed) = walk(&root, Links::Keep);
    assert!(passed.is_empty(), "{passed:?}");
    let met: BTreeSet<&[u8]> = entries.iter().skip(1).map(|entry| entry.path.name()).collect();
    assert_eq!(met, BTreeSet::from(names));
}

#[test]
fn links_that_leave_their_root_are_passed_over_and_the_rest_goes_on() {
    let (_dir, root) = root();
    fs::create_dir(root.join("a")).unwrap();
    for (name, target) in [("abs", "/etc/passwd"), ("in", "../z"), ("out", "../../x"), ("up", "b/../..")] {
        symlink(target, root.join("a").join(name)).unwrap();
    }
    symlink("nowhere", root.join("dangling")).unwrap();
    fs::write(root.join("z"), "").unwrap();
    let (entries, passed) = walk(&root, Links::Keep);
    assert_eq!(paths(&entries), ["r", "r/a", "r/a/in", "r/dangling", "r/z"]);
    let rules: Vec<_> = passed
        .iter()
        .map(|error| match error {
            SourceError::Link { path, source } => (path.file_name().unwrap().to_str().unwrap(), *source),
            other => panic!("{other:?}"),
        })
        .collect();
    let (absolute, leaves) = (LinkTargetError::Absolute, LinkTargetError::Leaves);
    assert_eq!(rules, [("abs", absolute), ("out", leaves), ("up", leaves)]);
    assert_eq!(passed[0].failure().kind, FailureKind::LinkNotSent);
}

#[test]
fn followed_links_are_what_they_point_to_wherever_it_is() {
    let (dir, root) = root();
    fs::create_dir(dir.path().join("far")).unwrap();
    fs::write(dir.path().join("far/file"), "contents").unwrap();
    symlink("../far", root.join("folder")).unwrap();
    symlink(dir.path().join("far/file"), root.join("file")).unwrap();
    let (entries, passed) = walk(&root, Links::Follow);
    assert!(passed.is_empty(), "{passed:?}");
    assert_eq!(paths(&entries), ["r", "r/file", "r/folder", "r/folder/file"]);
    assert_eq!((&entries[1].kind, entries[1].size), (&EntryKind::File, 8));
}

#[test]
fn followed_links_that_lead_in_a_circle_or_nowhere_are_passed_over() {
    let (_dir, root) = root();
    fs::create_dir_all(root.join("a/b")).unwrap();
    symlink("..", root.join("a/b/up")).unwrap();
    symlink("self", root.join("a/self")).unwrap();
    symlink("nowhere", root.join("a/z")).unwrap();
    symlink(&root, root.join("root")).unwrap();
    let (entries, passed) = walk(&root, Links::Follow);
    assert_eq!(paths(&entries), ["r", "r/a", "r/a/b"]);
    assert!(
        matches!(
            passed.as_slice(),
            [
                SourceError::Circle { .. },
                SourceError::Circle { .. },
                SourceError::Nowhere { .. },
                SourceError::Circle { .. }
            ]
        ),
        "{passed:?}"
    );
    assert_eq!(passed[2].path(), root.join("a/z"));
}

#[test]
fn followed_links_of_two_folders_to_one_another_end_too() {
    let (_dir, root) = root();
    for (folder, other) in [("a", "../b"), ("b", "../a")] {
        fs::create_dir(root.join(folder)).unwrap();
        symlink(other, root.join(folder).join("x")).unwrap();
    }
    let (entries, passed) = walk(&root, Links::Follow);
    assert_eq!(paths(&entries), ["r", "r/a", "r/a/x", "r/b", "r/b/x"]);
    assert_eq!(passed.len(), 2);
}

#[test]
fn devices_fifos_and_sockets_are_passed_over_and_never_hang() {
    let (_dir, root) = root();
    rustix::fs::mkfifoat(CWD, root.join("fifo"), Mode::RUSR | Mode::WUSR).unwrap();
    let _listener = UnixListener::bind(root.join("socket")).unwrap();
    symlink("/dev/zero", root.join("device")).unwrap();
    for (links, count) in [(Links::Keep, 2), (Links::Follow, 3)] {
        let (entries, passed) = walk(&root, links);
        assert_eq!(paths(&entries), ["r"]);
        let special = passed.iter().filter(|error| matches!(error, SourceError::NotAFile { .. })).count();
        assert_eq!(special, count, "{passed:?}");
    }
}

#[test]
fn names_of_our_own_are_passed_over_with_all_that_is_in_them() {
    let (_dir, root) = root();
    fs::create_dir(root.join(".sampan-0011223344556677")).unwrap();
    fs::write(root.join(".sampan-0011223344556677/x.part"), "").unwrap();
    fs::write(root.join("z"), "").unwrap();
    let (entries, passed) = walk(&root, Links::Keep);
    assert_eq!(paths(&entries), ["r", "r/z"]);
    assert!(matches!(passed.as_slice(), [SourceError::Name { source: RelPathError::Reserved(_), .. }]));
}

#[test]
fn what_lies_too_deep_is_passed_over_and_the_rest_goes_on() {
    let (_dir, root) = root();
    // By its folders one after another: no path of this length can be opened.
    let mut folder = std::os::fd::OwnedFd::from(File::open(&root).unwrap());
    for _ in 0..260 {
        rustix::fs::mkdirat(&folder, "deep-enough-to-be-longer-than-any-path", Mode::RWXU).unwrap();
        folder =
            open_one(folder.as_fd(), OsStr::new("deep-enough-to-be-longer-than-any-path"), LIST).unwrap();
    }
    fs::write(root.join("z"), "").unwrap();
    let (entries, passed) = walk(&root, Links::Keep);
    // 107 names of 38 bytes and the root's own are within 4096 bytes.
    assert_eq!(entries.len(), 1 + 107 + 1);
    assert_eq!(entries.last().unwrap().path.to_string(), "r/z");
    assert!(matches!(passed.as_slice(), [SourceError::Name { source: RelPathError::TooLong { .. }, .. }]));
    assert_eq!(passed[0].failure().kind, FailureKind::PathTooLong);
}

#[test]
fn a_folder_that_may_not_be_read_is_sent_empty_and_told() {
    if ran_as_nobody("storage::walk::tests::a_folder_that_may_not_be_read_is_sent_empty_and_told") {
        return;
    }
    let (_dir, root) = root();
    let mode = |name: &str, mode| {
        fs::set_permissions(root.join(name), fs::Permissions::from_mode(mode)).unwrap();
    };
    for name in ["closed", "listed", "z"] {
        fs::create_dir(root.join(name)).unwrap();
        fs::write(root.join(name).join("file"), "").unwrap();
    }
    // The second gives its names, and nothing about them.
    mode("closed", 0o000);
    mode("listed", 0o400);
    let (entries, passed) = walk(&root, Links::Keep);
    mode("closed", 0o700);
    mode("listed", 0o700);
    assert_eq!(paths(&entries), ["r", "r/closed", "r/listed", "r/z", "r/z/file"]);
    assert_eq!(entries[1].mode, Some(0));
    assert_eq!(passed.len(), 2, "{passed:?}");
    for error in &passed {
        assert!(matches!(error, SourceError::NotReadable { .. }), "{error:?}");
    }
}

#[test]
fn names_that_vanish_while_their_folder_is_walked_are_told() {
    let (_dir, root) = root();
    for name in ["b", "c"] {
        fs::write(root.join(name), "").unwrap();
    }
    fs::create_dir_all(root.join("a/x")).unwrap();
    fs::create_dir(root.join("d")).unwrap();
    let (mut met, mut passed) = (Vec::new(), Vec::new());
    Roots::look(std::slice::from_ref(&root), Links::Keep).unwrap().walk(&mut |walked| {
        match walked {
            Walked::Entry(entry, _) => {
                if entry.path.name() == b"a" {
                    // One becomes a link out, one goes, and the folder that the walk is in moves away.
                    fs::remove_file(root.join("b")).unwrap();
                    fs::remove_dir(root.join("d")).unwrap();
                    symlink("/etc", root.join("d")).unwrap();
                    fs::rename(root.join("a"), root.join("moved")).unwrap();
                    symlink("/etc", root.join("a")).unwrap();
                }
                met.push(entry.path.to_string());
            }
            Walked::Passed(error) => passed.push(error),
        }
        ControlFlow::Continue(())
    });
    assert_eq!(met, ["r", "r/a", "r/a/x", "r/c"]);
    assert!(
        matches!(
            passed.as_slice(),
            [SourceError::Missing { .. }, SourceError::Link { source: LinkTargetError::Absolute, .. }]
        ),
        "{passed:?}"
    );
}

#[test]
fn a_walk_that_is_stopped_visits_nothing_more() {
    let (_dir, root) = root();
    for name in ["a", "b", "c"] {
        fs::create_dir(root.join(name)).unwrap();
    }
    for limit in 1..=3 {
        let mut left = limit;
        let roots = Roots::look(&[root.clone(), root.join("a")], Links::Keep).unwrap();
        roots.walk(&mut |_| {
            assert!(left > 0, "it goes on after it was stopped");
            left -= 1;
            if left == 0 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        });
        assert_eq!(left, 0);
    }
}

#[test]
fn holes_are_free_and_packed_files_are_not() {
    let (_dir, root) = root();
    let sparse = File::create(root.join("sparse")).unwrap();
    sparse.set_len(1 << 30).unwrap();
    fs::write(root.join("dense"), vec![1; 300_000]).unwrap();
    // Less than a block: what the file system makes of it is not our business.
    File::create(root.join("small")).unwrap().set_len(4000).unwrap();
    let (entries, _) = walk(&root, Links::Keep);
    let stored: Vec<_> = entries.iter().map(|entry| (entry.size, entry.stored)).collect();
    assert_eq!(stored[1], (300_000, 300_000));
    assert_eq!(stored[2], (4000, 4000));
    assert!(stored[3].0 == 1 << 30 && stored[3].1 < 1 << 20, "{stored:?}");
}

/// One name of a made tree: few letters, so that names are beginnings of one another.
fn name() -> impl Strategy<Value = Vec<u8>> {
    proptest::collection::vec(proptest::sample::select(b"ab .-\xff~".to_vec()), 1..4)
        .prop_filter("a name", |name| name != b"." && name != b"..")
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn any_tree_comes_in_the_order_of_its_paths(
        files in proptest::collection::vec(proptest::collection::vec(name(), 1..5), 0..40)
    ) {
        let (_dir, root) = root();
        let mut expected = BTreeSet::from([RelPath::parse(["r"]).unwrap()]);
        for names in files {
            let at = |count: usize| names[..count].iter().fold(root.clone(), |at, name| at.join(OsStr::from_bytes(name)));
            // Where a file is already, there is no folder: that one stays out.
            let folders = names.len() - 1;
            if fs::create_dir_all(at(folders)).is_err() || at(names.len()).is_dir() {
                continue;
            }
            fs::write(at(names.len()), "").unwrap();
            for count in 1..=names.len() {
                let below = [&[b"r".to_vec()], &names[..count]].concat();
                expected.insert(RelPath::parse(below).unwrap());
            }
        }
        // Folders that were made before a file was in the way of the rest.
        let (entries, passed) = walk(&root, Links::Keep);
        prop_assert!(passed.is_empty());
        let met: Vec<_> = entries.iter().filter(|entry| entry.kind == EntryKind::File || expected.contains(&entry.path)).map(|entry| entry.path.clone()).collect();
        prop_assert_eq!(met, expected.into_iter().collect::<Vec<_>>());
    }
}
