//! What is told in a terminal about a transfer, to people and to programs: how much of it arrived, what did not, and why.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;

use rustix::process::Signal;
use serde_json::Value;

use crate::support::cutter::Cutter;
use crate::support::line::Line;
use crate::support::program::{Desk, Ended, Program, Receiver};
use crate::trees::{LARGE, patient, put, tree_of, unfinished};

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

#[test]
fn what_is_not_there_is_named_and_the_rest_of_what_was_chosen_goes() {
    let (here, there) = (Desk::new(), Desk::new());
    let (receiver, to) = receiver(&there, &[]);
    let sent = send(&here, &[&here.path("nosuch"), &here.file("a.txt", "text")], &to, &[]);
    assert_eq!(sent.code, Some(1), "{sent:#?}");
    assert!(sent.stdout.starts_with("Delivered in part (1 failed): 1 of 2 files, "), "{sent:#?}");
    let nosuch = here.path("nosuch").canonicalize().unwrap_or(here.path("nosuch"));
    let reason = format!("\n  not sent: Sampan cannot find “{}”.\n", nosuch.display());
    assert!(sent.stdout.contains(&reason), "{sent:#?}");
    receiver.end();
    assert_eq!(fs::read(there.folder().join("a.txt")).unwrap(), b"text");
}

#[test]
fn at_most_ten_of_what_failed_are_named_each_with_a_sentence_and_the_rest_is_counted() {
    let (here, there) = (Desk::new(), Desk::new());
    let tree = tree_of(&here, &[("a", b"a"), (".sampan-x", b"ours")]);
    for number in 0..12 {
        symlink("nowhere", tree.join(format!("link {number:02}"))).unwrap();
    }
    let (receiver, to) = receiver(&there, &[]);
    let sent = send(&here, &[&tree], &to, &["--follow"]);
    assert_eq!(sent.code, Some(1), "{sent:#?}");
    let reasons: Vec<&str> = sent.stdout.lines().filter(|line| line.starts_with("  not sent: ")).collect();
    assert_eq!(reasons.len(), 10, "{sent:#?}");
    assert!(reasons[0].starts_with("  not sent: Sampan keeps names like that of “"), "{sent:#?}");
    assert!(reasons[1].ends_with("/link 00” leads nowhere: what it points to is not there."), "{sent:#?}");
    assert!(sent.stdout.ends_with("\n  and 3 more\n"), "{sent:#?}");
    receiver.end();
}

#[test]
fn a_dry_run_names_what_cannot_be_sent_and_says_where_there_is_no_room() {
    let (here, there) = (Desk::new(), Desk::new());
    here.pair_with(&there);
    let tree = tree_of(&here, &[("a", b"a"), (".sampan-x", b"ours")]);
    here.large_file("sources/tree/large", 8 * 1024 * 1024);
    let asked = |to: String, more: &[&str]| send_paired(&here, &tree, &to, &[&["--dry-run"], more].concat());
    let receiver = there.careful_receiver();
    let told = asked(receiver.address.to_string(), &[]);
    assert_eq!(told.code, Some(0), "{told:#?}");
    assert!(
        told.stdout.contains("cannot be sent ") && told.stdout.contains("/.sampan-x” for its own"),
        "{told:#?}"
    );
    assert!(told.stdout.contains(", 1 cannot be sent: "), "{told:#?}");
    drop(receiver);
    let mut command = there.with_disk("size=4m");
    command.args(["receive", "--listen", "127.0.0.1:0", "--json", "--accept", "paired", "--dir"]);
    command.arg(there.folder());
    let receiver = Receiver::start(command, there.folder());
    let told = asked(receiver.address.to_string(), &[]);
    assert_eq!(told.code, Some(7), "{told:#?}");
    assert!(
        told.stdout.ends_with("\nThat is not enough room there: nothing of it would be taken.\n"),
        "{told:#?}"
    );
    let told = asked(receiver.address.to_string(), &["--json"]);
    assert_eq!((told.code, &told.event("planned")["fits"]), (Some(7), &false.into()), "{told:#?}");
}

fn send_paired(desk: &Desk, path: &Path, to: &str, more: &[&str]) -> Ended {
    let mut command = desk.command();
    command.arg("send").arg(path).args(["--retry", "0", "--to", to]).args(more);
    Program::start(command).end()
}

#[test]
fn who_interrupts_a_sender_reads_how_it_goes_on() {
    let (here, there) = (Desk::new(), Desk::new());
    let mut receiver = there.receiver();
    let line = Line::slow(receiver.address);
    let mut command = here.command();
    command.arg("send").arg(here.large_file("large", LARGE)).args(["--insecure-anyone", "--to"]);
    command.arg(line.address.to_string());
    let sender = Program::start(command);
    receiver.program.moves();
    let id = unfinished(&here)[0]["id"].as_str().unwrap()[..8].to_owned();
    sender.signal(Signal::INT);
    let ended = sender.end();
    assert_eq!(ended.code, Some(130), "{ended:#?}");
    let said = format!("You cancelled it.\nWhat arrived stays. Go on: sampan resume {id}\n");
    assert!(ended.stderr.ends_with(&said), "{ended:#?}");
}

#[test]
fn an_address_that_holds_a_port_without_brackets_is_shown_how_to_write_it() {
    let here = Desk::new();
    let sent = send(&here, &[&here.file("a", "a")], "::1:7600", &[]);
    assert_eq!(sent.code, Some(4), "{sent:#?}");
    assert!(sent.stderr.contains("If 7600 is a port, write [::1]:7600."), "{sent:#?}");
}

#[test]
fn a_command_says_which_command_to_run_and_not_which_button_to_press() {
    let here = Desk::new();
    let sent = send(&here, &[&here.file("a", "a")], "127.0.0.1:1", &[]);
    assert!(sent.stderr.contains("“sampan receive”"), "{sent:#?}");
    let sent = send(&here, &[&here.path("nosuch")], "127.0.0.1:1", &[]);
    assert!(sent.stderr.contains("send it again") && !sent.stderr.contains("add it"), "{sent:#?}");
    let limited = here.run(&["send", "a", "--to", "x", "--limit", "5X"]);
    assert!(
        limited.stderr.contains("bytes a second") && limited.stderr.contains("M (million)"),
        "{limited:#?}"
    );
    let help = here.run(&["receipts", "--help"]).stdout;
    assert_eq!(help.matches("default").count(), 1, "{help}");
}

#[test]
fn each_file_is_one_line_for_programs_however_often_the_line_breaks() {
    let (here, there) = (Desk::new(), Desk::new());
    let names: Vec<String> = (0..200).map(|n| format!("{n:03}")).collect();
    let contents = vec![0x5a; 20_000];
    let files: Vec<(&str, &[u8])> = names.iter().map(|name| (name.as_str(), contents.as_slice())).collect();
    let tree = tree_of(&here, &files);
    let receiver = there.receiver_by(there.command(), &["--once"]);
    let cuts = Cutter::new(receiver.address, &[800_000, 900_000, 1_000_000]);
    let ours = patient(&here, &tree, cuts.address).end();
    assert_eq!(cuts.left(), 0, "every cut was made");
    let theirs = receiver.end();
    assert_eq!([&ours, &theirs].map(|side| &side.finished()["outcome"]), ["delivered"; 2]);
    // A sender has one transfer over all connections, a receiver one for each.
    let expected: Vec<String> = names.iter().map(|name| format!("tree/{name}")).collect();
    assert_eq!(told(&ours.lines), expected);
    let interrupted = theirs.lines.split_inclusive(|line| line["event"] == "finished");
    let lists: Vec<Vec<&str>> = interrupted.map(told).collect();
    assert_eq!(lists.len(), 4);
    assert_eq!(lists[3], expected);
    for list in &lists {
        assert!(list.windows(2).all(|pair| pair[0] != pair[1]), "{list:?}");
    }
}

/// The paths of the files that were told, sorted.
fn told(lines: &[Value]) -> Vec<&str> {
    let files = lines.iter().filter(|line| line["event"] == "file");
    let mut paths: Vec<&str> = files.map(|line| line["path"].as_str().unwrap()).collect();
    paths.sort_unstable();
    paths
}
