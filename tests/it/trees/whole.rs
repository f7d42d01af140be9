//! Trees arrive as they are: contents, links, modes, times, holes; what cannot be sent is named and the rest arrives.

use std::fs;
use std::os::unix::fs::symlink;
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};

use rustix::fs::{CWD, Mode};
use sampan::model::{Failure, FailureKind};
use sampan::texts::{Lang, Texts};
use serde_json::Value;

use crate::support::program::{Desk, Ended, Program};
use crate::support::tree::{
    What, arrived, assert_same, chmod, look, odd_name, one_of_everything, stored, thing, touch,
};
use crate::trees::{assert_nothing_left, put, sources, tree_of};

/// Files and links in [`one_of_everything`].
const FILES_AND_LINKS: u64 = 12;

#[test]
fn a_tree_arrives_as_it_is() {
    let (here, there) = (Desk::new(), Desk::new());
    let receiver = there.receiver_once();
    let tree = one_of_everything(&sources(&here), "tree");
    let sent = here.send(&[&tree], receiver.address);
    let got = receiver.end();
    for side in [&sent, &got] {
        side.assert(0, "delivered", None);
        assert_eq!(side.finished()["files"], FILES_AND_LINKS, "{side:#?}");
        assert_eq!(side.event("offer")["files"], FILES_AND_LINKS);
        assert_eq!(side.of_files("path").len(), usize::try_from(FILES_AND_LINKS).unwrap());
    }
    assert_same(&look(&there.folder()), &arrived(&look(&sources(&here))));
    assert!(stored(&there.folder().join("tree/disk.img")) <= 128 * 1024, "its holes are holes again");
    assert_nothing_left(&here, &there);
}

#[test]
fn a_tree_arrives_as_it_is_where_the_receiver_may_do_nothing_special() {
    let (here, there) = (Desk::new(), Desk::open_to_all());
    std::os::unix::fs::chown(there.folder(), Some(65_534), Some(65_534)).unwrap();
    let receiver = there.receiver_by(there.as_nobody(), &["--once"]);
    let tree = one_of_everything(&sources(&here), "tree");
    here.send(&[&tree], receiver.address).assert(0, "delivered", None);
    receiver.end().assert(0, "delivered", None);
    assert_same(&look(&there.folder()), &arrived(&look(&sources(&here))));
}

#[test]
fn runs_of_zeros_become_holes_also_where_the_source_has_none() {
    let (here, there) = (Desk::new(), Desk::new());
    let receiver = there.receiver();
    let mut contents = vec![0; 8 * 1024 * 1024];
    contents[5_000_000] = 1;
    let tree = tree_of(&here, &[("zeros", &contents)]);
    here.send(&[&tree], receiver.address).assert(0, "delivered", None);
    let path = there.folder().join("tree/zeros");
    assert_eq!(fs::read(&path).unwrap(), contents);
    assert!(stored(&path) < 1024 * 1024, "{}", stored(&path));
}

#[test]
fn files_and_folders_are_one_transfer_and_two_of_a_name_are_both_sent() {
    let (here, there) = (Desk::new(), Desk::new());
    let receiver = there.receiver();
    let from = sources(&here);
    put(&from.join("one/photos"), &[("a.jpg", b"first")]);
    put(&from.join("two/photos"), &[("a.jpg", b"second")]);
    fs::create_dir(from.join("nothing in it")).unwrap();
    let single = here.file("报告.txt", "text");
    let paths = [from.join("one/photos"), from.join("two/photos"), single, from.join("nothing in it")];
    let paths: Vec<&Path> = paths.iter().map(PathBuf::as_path).collect();
    here.send(&paths, receiver.address).assert(0, "delivered", None);
    assert_eq!(receiver.names(), ["nothing in it", "photos", "photos (1)", "报告.txt"]);
    assert_eq!(fs::read(there.folder().join("photos/a.jpg")).unwrap(), b"first");
    assert_eq!(fs::read(there.folder().join("photos (1)/a.jpg")).unwrap(), b"second");
}

#[test]
fn folders_that_were_there_keep_their_modes_and_times_and_what_is_in_them() {
    let (here, there) = (Desk::new(), Desk::new());
    let receiver = there.receiver();
    let tree = one_of_everything(&sources(&here), "tree");
    let theirs = there.folder().join("tree");
    put(&theirs, &[("mine.txt", b"mine"), ("docs/mine too", b"mine"), ("void/mine", b"mine")]);
    let kept = [("void", 0o700, 900_000_000), ("docs", 0o711, 900_000_001), ("", 0o733, 900_000_002)];
    for (path, mode, secs) in kept {
        touch(&theirs.join(path), secs, 5_000_001);
        chmod(&theirs.join(path), mode);
    }
    let before = look(&there.folder());
    here.send(&[&tree], receiver.address).assert(0, "delivered", None);
    let found = look(&there.folder());
    let mut expected = arrived(&look(&sources(&here)));
    expected.extend(before);
    assert_same(&found, &expected);
    assert_nothing_left(&here, &there);
}

/// A tree in which some things cannot be sent, and how many of the others can.
fn with_troubles(from: &Path) -> (PathBuf, u64) {
    let tree = from.join("tree");
    put(&tree, &[("a", b"a"), ("deep/b", b"bb"), ("locked/c", b"c"), ("secret", b"no"), ("z", b"z")]);
    symlink("deep/b", tree.join("inside")).unwrap();
    symlink("../out", tree.join("deep/to the top")).unwrap();
    symlink("../../out", tree.join("deep/out")).unwrap();
    symlink("/etc/passwd", tree.join("absolute")).unwrap();
    rustix::fs::mkfifoat(CWD, tree.join("fifo"), Mode::RUSR | Mode::WUSR).unwrap();
    drop(UnixListener::bind(tree.join("socket")).unwrap());
    fs::write(tree.join(".sampan-part"), "like one of ours").unwrap();
    chmod(&tree.join("locked"), 0o700);
    chmod(&tree.join("secret"), 0o600);
    (tree, 5)
}

/// What of it cannot be sent, and why, sorted by name.
const TROUBLES: [(&str, &str); 7] = [
    ("tree/.sampan-part", "reserved-name"),
    ("tree/absolute", "link-not-sent"),
    ("tree/deep/out", "link-not-sent"),
    ("tree/fifo", "not-a-file"),
    ("tree/locked", "not-readable"),
    ("tree/secret", "not-readable"),
    ("tree/socket", "not-a-file"),
];

/// What a sender said it could not send, and why, sorted. What it could not even offer has the path that it has here.
fn not_sent(desk: &Desk, sent: &Ended) -> Vec<(String, String)> {
    let from = format!("{}/", sources(desk).display());
    let failed = sent.lines.iter().filter(|line| line["event"] == "file" && line["error"].is_string());
    let text = |line: &Value, field: &str| line[field].as_str().unwrap().to_owned();
    let named = |line| (text(line, "path").trim_start_matches(&from).to_owned(), text(line, "error"));
    let mut failed: Vec<(String, String)> = failed.map(named).collect();
    failed.sort();
    failed
}

#[test]
fn what_cannot_be_sent_is_named_with_its_reason_and_the_rest_arrives() {
    let (here, there) = (Desk::open_to_all(), Desk::new());
    let receiver = there.receiver_once();
    let (tree, sendable) = with_troubles(&sources(&here));
    let sent = Desk::sending_by(here.as_nobody(), &[&tree], receiver.address).end();
    let got = receiver.end();
    for side in [&sent, &got] {
        assert_eq!((side.code, side.finished()["outcome"].as_str()), (Some(1), Some("partial")), "{side:#?}");
        assert_eq!(side.finished()["files"], sendable, "{side:#?}");
        assert_eq!(side.finished()["failed"], TROUBLES.len(), "{side:#?}");
        assert_eq!(side.event("offer")["files"], sendable + u64::try_from(TROUBLES.len()).unwrap());
    }
    assert_eq!(not_sent(&here, &sent), TROUBLES.map(|(path, why)| (path.to_owned(), why.to_owned())));
    let found = look(&there.folder());
    let names: Vec<&str> = found.keys().map(|path| path.to_str().unwrap()).collect();
    let deep = ["tree/deep", "tree/deep/b", "tree/deep/to the top"];
    // The folder that cannot be looked into comes without what is in it.
    let expected = [&["tree", "tree/a"], &deep[..], &["tree/inside", "tree/locked", "tree/z"]].concat();
    assert_eq!(names, expected);
}

#[test]
fn people_read_how_many_of_how_many_arrived_and_which_did_not() {
    let (here, there) = (Desk::open_to_all(), Desk::new());
    let receiver = there.receiver();
    let (tree, _) = with_troubles(&sources(&here));
    let mut command = here.as_nobody();
    command.arg("send").arg(&tree).args(["--insecure-anyone", "--to", &receiver.address.to_string()]);
    let sent = Program::start(command).end();
    assert_eq!(sent.code, Some(1), "{sent:#?}");
    assert!(sent.stdout.starts_with("Delivered in part (7 failed): 5 of 12 files, "), "{}", sent.stdout);
    let texts = Texts::of(Lang::English);
    for (path, kind) in TROUBLES {
        // What may not be read is found out when it is its turn.
        let (word, shown) = match path {
            "tree/secret" => ("not delivered", path.to_owned()),
            _ => ("not sent", sources(&here).join(path).display().to_string()),
        };
        let kind = FailureKind::ALL.iter().find(|known| known.code() == kind).unwrap();
        let line = format!("  {word}: {}\n", texts.failure(&Failure::here(*kind).about(shown), "").what);
        assert!(sent.stdout.contains(&line), "{line}: {}", sent.stdout);
    }
}

#[test]
fn with_follow_what_links_point_to_is_sent_and_circles_are_named() {
    let (here, there) = (Desk::new(), Desk::new());
    let receiver = there.receiver();
    let tree = tree_of(&here, &[("a", b"a"), ("docs/b", b"b")]);
    let outside = here.path("outside");
    put(&outside, &[("c", b"c")]);
    symlink("a", tree.join("to a")).unwrap();
    symlink(&outside, tree.join("to outside")).unwrap();
    symlink("..", tree.join("docs/circle")).unwrap();
    symlink("nowhere", tree.join("dangling")).unwrap();
    let sent = here.giving(&tree, receiver.address, &["--insecure-anyone", "--follow"]).end();
    assert_eq!((sent.code, sent.finished()["outcome"].as_str()), (Some(1), Some("partial")), "{sent:#?}");
    let failed: Vec<String> = not_sent(&here, &sent).into_iter().map(|(path, _)| path).collect();
    assert_eq!(failed, ["tree/dangling", "tree/docs/circle"], "{sent:#?}");
    let is_file = |name: &str, contents: &[u8]| {
        assert_eq!(
            thing(&there.folder().join("tree").join(name)).what,
            What::File(contents.to_vec()),
            "{name}"
        );
    };
    is_file("a", b"a");
    is_file("to a", b"a");
    is_file("docs/b", b"b");
    is_file("to outside/c", b"c");
}

#[test]
fn a_link_that_is_chosen_itself_is_sent_as_what_it_shows() {
    let (here, there) = (Desk::new(), Desk::new());
    let receiver = there.receiver();
    let link = here.path("link");
    symlink(here.file("a", "text"), &link).unwrap();
    here.send(&[&link], receiver.address).assert(0, "delivered", None);
    assert_eq!(thing(&there.folder().join("link")).what, What::File(b"text".to_vec()));
}

#[test]
fn names_that_are_no_utf_8_are_told_in_hexadecimal_too() {
    let (here, there) = (Desk::new(), Desk::new());
    let receiver = there.receiver_once();
    let tree = sources(&here).join("tree");
    fs::create_dir(&tree).unwrap();
    fs::write(tree.join(odd_name()), "text").unwrap();
    let sent = here.send(&[&tree], receiver.address);
    let got = receiver.end();
    for side in [&sent, &got] {
        side.assert(0, "delivered", None);
        assert_eq!(side.of_files("path_hex"), ["747265652f6f646420fffe206e616d65"], "{side:#?}");
    }
    assert_eq!(fs::read(there.folder().join("tree").join(odd_name())).unwrap(), b"text");
}
