//! Files that cannot be sent, and files with names or sizes that look as if they could not.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;

use crate::support::line::{Line, Speed};
use crate::support::peer::digest;
use crate::support::program::{Desk, Ended, Receiver};

/// Sends a file to a receiver that goes on; gives what the sender said.
fn refused(here: &Desk, path: &Path) -> Ended {
    let mut receiver = Receiver::alone();
    let sent = here.send(&[path], receiver.address);
    receiver.serves_the_next();
    sent
}

#[test]
fn a_file_that_is_not_there_is_named_as_such() {
    let here = Desk::new();
    refused(&here, &here.path("nothing")).assert(7, "failed", Some("no-such-file"));
}

#[test]
fn one_missing_file_among_others_is_named_and_the_others_go() {
    let (here, there) = (Desk::new(), Desk::new());
    let mut receiver = there.receiver();
    let sent = here.send(&[&here.file("a", "a"), &here.path("nothing")], receiver.address);
    sent.assert(1, "partial", Some("no-such-file"));
    assert_eq!(sent.of_files("error"), ["no-such-file"]);
    assert_eq!(receiver.names(), ["a"]);
    receiver.finished();
    receiver.serves_the_next();
}

#[test]
fn a_folder_without_a_name_is_named_as_such() {
    refused(&Desk::new(), "/".as_ref()).assert(7, "failed", Some("not-a-file"));
}

#[test]
fn a_folder_arrives_with_all_that_is_in_it() {
    let (here, there) = (Desk::new(), Desk::new());
    let mut receiver = there.receiver();
    fs::create_dir_all(here.path("tree/empty")).unwrap();
    fs::create_dir_all(here.path("tree/a/b")).unwrap();
    here.file("tree/a/b/c.txt", "text");
    std::os::unix::fs::symlink("a/b/c.txt", here.path("tree/link")).unwrap();
    std::os::unix::fs::symlink("../../out", here.path("tree/a/out")).unwrap();
    let sent = here.send(&[&here.path("tree")], receiver.address);
    assert_eq!((sent.code, sent.finished()["outcome"].as_str()), (Some(1), Some("partial")), "{sent:#?}");
    assert_eq!(sent.finished()["failed"], 1, "the link that leads out");
    let got = there.folder().join("tree");
    assert_eq!(fs::read(got.join("a/b/c.txt")).unwrap(), b"text");
    assert_eq!(fs::read_link(got.join("link")).unwrap(), Path::new("a/b/c.txt"));
    assert!(got.join("empty").is_dir() && fs::symlink_metadata(got.join("a/out")).is_err());
    receiver.finished();
    assert!(receiver.leftovers().is_empty());
    receiver.serves_the_next();
}

#[test]
fn a_file_without_read_permission_is_named_as_such() {
    let (here, there) = (Desk::open_to_all(), Desk::new());
    let mut receiver = there.receiver();
    let secret = here.file("secret", "text");
    fs::set_permissions(&secret, fs::Permissions::from_mode(0o600)).unwrap();
    let sent = Desk::sending_by(here.as_nobody(), &[&secret], receiver.address).end();
    sent.assert(7, "failed", Some("not-readable"));
    receiver.serves_the_next();
}

#[test]
fn what_is_no_file_is_named_as_such_and_never_hangs() {
    let here = Desk::new();
    let fifo = here.path("fifo");
    assert!(Command::new("mkfifo").arg(&fifo).status().unwrap().success());
    for path in [&fifo, Path::new("/dev/zero"), Path::new("/dev/tty")] {
        refused(&here, path).assert(7, "failed", Some("not-a-file"));
    }
}

#[test]
fn a_name_that_begins_like_our_own_files_is_refused_before_anything_is_sent() {
    let here = Desk::new();
    let file = here.file(".sampan-0123456789abcdef-0.part", "text");
    let sent = refused(&here, &file);
    sent.assert(7, "failed", Some("reserved-name"));
    assert!(!sent.lines.iter().any(|line| line["event"] == "offer"));
}

/// Sends a file and expects it byte for byte under its own name; gives both sides' lines.
fn arrives(name: &OsStr, contents: &[u8]) -> (Ended, Ended) {
    let (here, there) = (Desk::new(), Desk::new());
    let receiver = there.receiver_once();
    let sent = here.send(&[&here.file(name, contents)], receiver.address);
    let got = receiver.end();
    for side in [&sent, &got] {
        side.assert(0, "delivered", None);
        assert_eq!(side.of_files("sha256"), [digest(contents).to_string()]);
    }
    let names: Vec<_> =
        fs::read_dir(there.folder()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(names, [name]);
    assert_eq!(fs::read(there.folder().join(name)).unwrap(), contents);
    (sent, got)
}

#[test]
fn a_file_of_0_bytes_arrives() {
    arrives(OsStr::new("empty"), b"");
}

#[test]
fn names_with_spaces_quotes_scripts_and_emoji_arrive() {
    for name in [
        " two  spaces ",
        "a 'quote' and \"another\"",
        "back\\slash",
        "报告 最终版.pdf",
        "🎉🇨🇳.txt",
        "-rf",
        "--json",
        "$(reboot)`;&|*?",
        "CON",
        "NUL.txt",
        "trailing.",
        "e\u{301}",
    ] {
        let (sent, got) = arrives(OsStr::new(name), b"text");
        for side in [sent, got] {
            assert_eq!(side.of_files("path").len(), 1);
            assert!(side.of_files("path_hex").is_empty());
        }
    }
}

#[test]
fn a_name_of_255_bytes_arrives_and_its_second_one_is_shortened_to_fit() {
    let name = format!("{}{}.txt", "中".repeat(83), "ab");
    assert_eq!(name.len(), 255);
    let (here, there) = (Desk::new(), Desk::new());
    let mut receiver = there.receiver();
    for contents in ["text", "other"] {
        here.send(&[&here.file(&name, contents)], receiver.address).assert(0, "delivered", None);
        receiver.finished();
    }
    let names = receiver.names();
    assert!(names.contains(&name));
    let second = names.iter().find(|found| **found != name).unwrap();
    assert!(second.ends_with(" (1).txt") && second.len() <= 255, "{second}");
    receiver.serves_the_next();
}

#[test]
fn a_name_that_is_not_utf8_arrives_and_is_told_in_hexadecimal() {
    let name = OsStr::from_bytes(b"caf\xe9.txt");
    let (sent, got) = arrives(name, b"text");
    for side in [sent, got] {
        assert_eq!(side.of_files("path_hex"), ["636166e92e747874"]);
        assert_ne!(side.of_files("path"), ["caf\u{fffd}.txt"], "escaped, not lost");
    }
}

#[test]
fn a_name_with_control_characters_arrives_and_is_shown_escaped() {
    let name = OsStr::new("line\nbreak\u{202e}gpj.exe\u{1b}[2J");
    let (sent, _) = arrives(name, b"text");
    let shown = sent.of_files("path")[0];
    assert!(!shown.contains(|c: char| c.is_control() || c == '\u{202e}'), "{shown:?}");
}

#[test]
fn a_name_that_exists_becomes_a_numbered_one_and_nothing_is_replaced() {
    let (here, there) = (Desk::new(), Desk::new());
    fs::write(there.folder().join("a.tar.gz"), "mine").unwrap();
    let mut receiver = there.receiver();
    for contents in ["theirs", "their other"] {
        here.send(&[&here.file("a.tar.gz", contents)], receiver.address).assert(0, "delivered", None);
        receiver.finished();
    }
    assert_eq!(fs::read(there.folder().join("a.tar.gz")).unwrap(), b"mine");
    assert_eq!(receiver.names().len(), 3);
    receiver.serves_the_next();
}

#[test]
fn the_same_file_sent_twice_at_once_arrives_whole() {
    let (here, there) = (Desk::new(), Desk::new());
    let mut receiver = there.receiver();
    let contents: Vec<u8> = (0..500_000_u32).flat_map(u32::to_le_bytes).collect();
    let file = here.file("name.ext", &contents);
    let both = [(); 2].map(|()| here.sending(&[&file], receiver.address));
    // It is one transfer: whoever comes later goes on with it, and the other one knows that it was lost.
    let codes = both.map(|sender| sender.end().code);
    assert!(
        codes.contains(&Some(0)) && codes.iter().all(|code| [Some(0), Some(1)].contains(code)),
        "{codes:?}"
    );
    assert!(receiver.names().contains(&"name.ext".to_owned()));
    for name in receiver.names() {
        assert_eq!(fs::read(there.folder().join(name)).unwrap(), contents);
    }
    receiver.serves_the_next();
}

#[test]
fn the_same_file_twice_in_one_transfer_arrives_once() {
    let (here, there) = (Desk::new(), Desk::new());
    let mut receiver = there.receiver();
    let file = here.file("a.txt", "text");
    here.send(&[&file, &file], receiver.address).assert(0, "delivered", None);
    receiver.finished();
    assert_eq!(receiver.names(), ["a.txt"]);
    receiver.serves_the_next();
}

#[test]
fn the_same_file_sent_again_is_skipped_and_no_copy_is_made() {
    let (here, there) = (Desk::new(), Desk::new());
    let mut receiver = there.receiver();
    let file = here.file("a.txt", "text");
    here.send(&[&file], receiver.address).assert(0, "delivered", None);
    receiver.finished();
    let again = here.send(&[&file], receiver.address);
    again.assert(0, "delivered", None);
    assert_eq!((&again.finished()["files"], &again.finished()["skipped"]), (&0.into(), &1.into()));
    assert_eq!(again.of_files("skipped"), ["identical"]);
    receiver.finished();
    assert_eq!((receiver.names(), receiver.leftovers()), (vec!["a.txt".to_owned()], Vec::new()));
    receiver.serves_the_next();
}

/// Changes a source in the middle of its transfer; the file before it and the one behind it arrive all the same.
fn changed_while_read(change: impl FnOnce(&Path)) -> (Ended, Receiver) {
    let (here, there) = (Desk::new(), Desk::new());
    let mut receiver = there.receiver();
    let line = Line::slow(receiver.address);
    let large = here.large_file("large", 64 * 1024 * 1024);
    let files = [here.file("before", "b"), large.clone(), here.file("behind", "b")];
    let mut sender = here.sending(&files.each_ref().map(AsRef::as_ref), line.address);
    sender.moves();
    receiver.program.moves();
    change(&large);
    line.set(Speed::Open);
    let ended = sender.end();
    let finished = receiver.finished();
    assert_eq!((&finished["outcome"], &finished["files"]), (&"partial".into(), &2.into()));
    assert_eq!(receiver.names(), ["before", "behind"]);
    receiver.serves_the_next();
    (ended, receiver)
}

fn assert_changed(ended: &Ended) {
    ended.assert(1, "partial", Some("source-changed"));
    assert_eq!(ended.of_files("error"), ["source-changed"]);
}

#[test]
fn a_source_that_grows_while_it_is_read_is_never_delivered() {
    let append = |path: &Path| {
        use std::io::Write as _;
        fs::File::options().append(true).open(path).unwrap().write_all(b"more").unwrap();
    };
    assert_changed(&changed_while_read(append).0);
}

#[test]
fn a_source_that_shrinks_while_it_is_read_is_never_delivered() {
    let cut = |path: &Path| fs::File::options().write(true).open(path).unwrap().set_len(1_000).unwrap();
    assert_changed(&changed_while_read(cut).0);
}

#[test]
fn a_source_that_is_overwritten_in_place_is_never_delivered() {
    let overwrite = |path: &Path| {
        use std::os::unix::fs::FileExt as _;
        fs::File::options().write(true).open(path).unwrap().write_all_at(b"x", 5).unwrap();
    };
    assert_changed(&changed_while_read(overwrite).0);
}

#[test]
fn a_source_that_is_changed_before_its_turn_is_never_delivered() {
    let (here, there) = (Desk::new(), Desk::new());
    let mut receiver = there.receiver();
    let line = Line::slow(receiver.address);
    let second = here.file("second", "as chosen");
    let files = [here.large_file("large", 16 * 1024 * 1024), second.clone(), here.file("third", "gone")];
    let mut sender = here.sending(&files.each_ref().map(AsRef::as_ref), line.address);
    sender.moves();
    line.set(Speed::Stopped);
    fs::rename(here.file("new", "replaced!"), second).unwrap();
    fs::remove_file(&files[2]).unwrap();
    line.set(Speed::Open);
    let ended = sender.end();
    ended.assert(1, "partial", Some("source-changed"));
    assert_eq!(ended.of_files("error"), ["source-changed", "no-such-file"]);
    receiver.finished();
    assert_eq!(receiver.names(), ["large"]);
    receiver.serves_the_next();
}
