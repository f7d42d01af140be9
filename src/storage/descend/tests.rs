use std::fs;
use std::io::Read as _;
use std::os::unix::fs::symlink;

use super::*;

type Opens = fn(BorrowedFd<'_>, &[u8], Links) -> Result<File, Errno>;
const WAYS: [Opens; 2] = [open, |folder, path, links| step_by_step(folder, path, links).map(File::from)];

fn contents(opened: Result<File, Errno>) -> Result<String, Errno> {
    let mut text = String::new();
    opened?.read_to_string(&mut text).unwrap();
    Ok(text)
}

#[test]
fn a_path_through_folders_is_opened_either_way() {
    let dir = tempfile::tempdir().unwrap();
    fs::create_dir_all(dir.path().join("a/b")).unwrap();
    fs::write(dir.path().join("a/b/file"), "contents").unwrap();
    let folder = File::open(dir.path()).unwrap();
    for way in WAYS {
        for links in [Links::Keep, Links::Follow] {
            assert_eq!(contents(way(folder.as_fd(), b"a/b/file", links)).unwrap(), "contents");
        }
        let missing = way(folder.as_fd(), b"a/nowhere/file", Links::Keep);
        assert_eq!(missing.unwrap_err(), Errno::NOENT);
    }
}

#[test]
fn a_link_on_the_way_or_at_its_end_is_followed_only_if_it_was_asked_for() {
    let dir = tempfile::tempdir().unwrap();
    let outside = tempfile::tempdir().unwrap();
    fs::write(outside.path().join("file"), "outside").unwrap();
    fs::create_dir(dir.path().join("a")).unwrap();
    symlink(outside.path(), dir.path().join("a/way")).unwrap();
    symlink(outside.path().join("file"), dir.path().join("a/end")).unwrap();
    let folder = File::open(dir.path()).unwrap();
    for way in WAYS {
        for path in ["a/way/file", "a/end"] {
            let kept = way(folder.as_fd(), path.as_bytes(), Links::Keep).unwrap_err();
            assert!(matches!(kept, Errno::LOOP | Errno::NOTDIR), "{path} {kept}");
            assert_eq!(contents(way(folder.as_fd(), path.as_bytes(), Links::Follow)).unwrap(), "outside");
        }
    }
}

#[test]
fn a_path_longer_than_a_call_takes_is_opened_step_by_step() {
    let dir = tempfile::tempdir().unwrap();
    let folder = File::open(dir.path()).unwrap();
    let names = vec![vec![b'x'; 250]; 17];
    let mut within = OwnedFd::from(folder.try_clone().unwrap());
    for name in &names {
        rustix::fs::mkdirat(&within, name, Mode::RWXU).unwrap();
        within = open_one(within.as_fd(), OsStr::from_bytes(name), LIST).unwrap();
    }
    rustix::fs::openat(&within, "file", OFlags::CREATE | OFlags::WRONLY, Mode::RUSR).unwrap();
    let path = [names.join(&b'/').as_slice(), b"/file"].concat();
    assert_eq!(look(folder.as_fd(), &path).unwrap_err(), Errno::NAMETOOLONG);
    for links in [Links::Keep, Links::Follow] {
        assert_eq!(contents(open(folder.as_fd(), &path, links)).unwrap(), "");
    }
}
