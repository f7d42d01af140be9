//! What people read in a terminal about a transfer: how much of it arrived, what did not, and why.

use std::fs;
use std::path::Path;

use crate::support::program::{Desk, Ended, Program};
use crate::trees::{put, tree_of};

/// A receiver for one transfer that speaks to people, and where it listens.
fn receiver(desk: &Desk, more: &[&str]) -> (Program, String) {
    let mut command = desk.command();
    command.args(["receive", "--listen", "127.0.0.1:0", "--accept", "all", "--insecure-anyone"]);
    command.args(["--once", "--retry", "0", "--dir"]).arg(desk.folder()).args(more);
    let mut program = Program::start(command);
    let line = program.err.line_with("--to 127.0.0.1:");
    let to = line.trim().rsplit(' ').next().unwrap().to_owned();
    (program, to)
}

fn send(desk: &Desk, paths: &[&Path], to: &str, more: &[&str]) -> Ended {
    let mut command = desk.command();
    command.arg("send").args(paths).args(["--insecure-anyone", "--retry", "0", "--to", to]).args(more);
    Program::start(command).end()
}

#[test]
fn what_was_skipped_is_told_by_why_on_both_sides() {
    let (here, there) = (Desk::new(), Desk::new());
    let tree = tree_of(&here, &[("a", b"same"), ("b", b"same too"), ("c", b"ours"), ("d", b"ours")]);
    let theirs: [(&str, &[u8]); 4] = [("a", b"same"), ("b", b"same too"), ("c", b"other"), ("d", b"more")];
    put(&there.folder().join("tree"), &theirs);
    let (receiver, to) = receiver(&there, &["--on-conflict", "skip"]);
    let sent = send(&here, &[&tree], &to, &[]);
    for side in [sent, receiver.end()] {
        assert_eq!(side.code, Some(0), "{side:#?}");
        let said = "; 2 were there already, 2 not taken: something else has their names there\n";
        assert!(side.stdout.starts_with("Delivered, verified: 0 of 4 files, "), "{side:#?}");
        assert!(side.stdout.ends_with(said), "{side:#?}");
    }
}

#[test]
fn where_all_is_there_already_both_sides_say_that_nothing_had_to_be_sent() {
    let (here, there) = (Desk::new(), Desk::new());
    let tree = tree_of(&here, &[("a", b"same"), ("b", b"same too")]);
    put(&there.folder().join("tree"), &[("a", b"same"), ("b", b"same too")]);
    for file in ["a", "b"] {
        let time = fs::metadata(tree.join(file)).unwrap().modified().unwrap();
        fs::File::open(there.folder().join("tree").join(file)).unwrap().set_modified(time).unwrap();
    }
    let (receiver, to) = receiver(&there, &[]);
    let sent = send(&here, &[&tree], &to, &[]);
    for side in [sent, receiver.end()] {
        assert_eq!(side.code, Some(0), "{side:#?}");
        assert_eq!(side.stdout, "Nothing had to be sent: all 2 files are there already\n", "{side:#?}");
    }
}

#[test]
fn what_was_never_listed_is_not_counted() {
    let here = Desk::new();
    let tree = tree_of(&here, &[("a", b"a"), ("b", b"b")]);
    let sent = send(&here, &[&tree], "127.0.0.1:1", &[]);
    assert_eq!(sent.code, Some(4), "{sent:#?}");
    assert_eq!(sent.stdout, "Failed: nothing was sent to 127.0.0.1:1\n", "{sent:#?}");
}
