//! What was interrupted goes on where it stopped: whoever was killed or cut off, on whichever port, and nobody is asked again.

use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use rustix::process::Signal;

use crate::support::cutter::Cutter;
use crate::support::line::{Line, Speed};
use crate::support::names_in;
use crate::support::program::{Desk, Ended, Program, Receiver};
use crate::support::tree::{What, arrived, assert_same, chmod, look, one_of_everything, ours, thing, touch};
use crate::trees::{
    LARGE, assert_nothing_left, bytes_there, kill_at, patient, put, sources, tree_of, unfinished,
};

/// So much of the large file is there before something happens: what is smaller is complete by then.
const SOME: u64 = 6 * 1024 * 1024;

/// One of everything, but for the holes, which would count like bytes; and, last in order, a large file that has no
/// zeros: those would be holes, of which nothing is written.
fn tree(here: &Desk) -> PathBuf {
    let tree = one_of_everything(&sources(here), "tree");
    let (mode, time) = (0o755, 1_234_567_890);
    fs::remove_file(tree.join("disk.img")).unwrap();
    let large = tree.join("zz large");
    fs::write(&large, vec![0x5a; LARGE.try_into().unwrap()]).unwrap();
    touch(&large, 1_000_000_123, 42);
    touch(&tree, time, 777_777_777);
    chmod(&tree, mode);
    tree
}

/// Everything is as at the source, and nothing else is left.
#[track_caller]
fn assert_arrived(here: &Desk, there: &Desk) {
    assert_same(&look(&there.folder()), &arrived(&look(&sources(here))));
    assert_nothing_left(here, there);
}

/// A transfer of [`tree`] over a slow line of which [`SOME`] is there.
fn half_way(here: &Desk, receiver: &mut Receiver, tree: &Path) -> (Program, Line) {
    let line = Line::slow(receiver.address);
    let sender = here.sending(&[tree], line.address);
    receiver.program.line("progress", |line| line["bytes"].as_u64() >= Some(SOME));
    (sender, line)
}

/// The sender of [`half_way`] is killed, and its receiver knows.
#[track_caller]
fn lose_sender(here: &Desk, receiver: &mut Receiver, tree: &Path) {
    let (sender, line) = half_way(here, receiver, tree);
    kill_at(sender, SOME);
    drop(line);
    assert_eq!(receiver.finished()["outcome"], "interrupted");
}

/// The same command again; nothing but the rest goes over the line.
#[track_caller]
fn send_the_rest(here: &Desk, tree: &Path, to: SocketAddr, was_there: u64) {
    let line = Cutter::open(to);
    here.send(&[tree], line.address).assert(0, "delivered", None);
    let most = LARGE - was_there + 512 * 1024; // the list, questions, and what TLS and frames add
    assert!(line.passed() < most, "{} bytes, and {was_there} of {LARGE} were there", line.passed());
}

fn end_of_receiver(receiver: Receiver) {
    receiver.program.signal(Signal::KILL);
    receiver.end();
}

#[test]
fn a_sender_that_was_killed_goes_on_with_the_same_command() {
    let (here, there) = (Desk::new(), Desk::new());
    let (mut receiver, tree) = (there.receiver(), tree(&here));
    let (sender, line) = half_way(&here, &mut receiver, &tree);
    kill_at(sender, SOME);
    assert_eq!(receiver.finished()["outcome"], "interrupted");
    drop(line);
    let was_there = bytes_there(&there);
    assert!(was_there >= SOME / 2, "{was_there}");
    assert_eq!(unfinished(&here).len(), 1);
    send_the_rest(&here, &tree, receiver.address, was_there);
    assert_eq!(receiver.finished()["outcome"], "delivered");
    assert_arrived(&here, &there);
}

#[test]
fn a_receiver_that_was_killed_goes_on_at_another_port() {
    let (here, there) = (Desk::new(), Desk::new());
    let (mut receiver, tree) = (there.receiver(), tree(&here));
    let (sender, line) = half_way(&here, &mut receiver, &tree);
    end_of_receiver(receiver);
    sender.end().assert(1, "interrupted", Some("connection-lost"));
    drop(line);
    let found = look(&there.folder());
    let large = Path::new("tree/zz large");
    assert!(!found.contains_key(large), "no part has a final name: {found:#?}");
    let was_there = bytes_there(&there);
    assert!(was_there >= SOME / 2, "{was_there}");
    let receiver = there.receiver();
    send_the_rest(&here, &tree, receiver.address, was_there);
    assert_arrived(&here, &there);
}

#[test]
fn what_was_agreed_to_once_is_not_asked_again_and_needs_no_code() {
    let (here, there) = (Desk::new(), Desk::new());
    let mut receiver = there.careful_receiver();
    let tree = tree(&here);
    let line = Line::slow(receiver.address);
    let mut sender = here.giving(&tree, line.address, &["--code", &receiver.code()]);
    receiver.program.line("progress", |line| line["bytes"].as_u64() >= Some(SOME));
    end_of_receiver(receiver);
    sender.line("finished", |line| line["outcome"] == "interrupted");
    sender.end();
    drop(line);
    // Somebody sits there now, and would be asked.
    let mut receiver = there.in_terminal("receive --listen 127.0.0.1:0 --once --dir in");
    let port = receiver.out.line_with("--to 127.0.0.1:").trim().rsplit(':').next().unwrap().to_owned();
    let sent = here.give(&tree, format!("127.0.0.1:{port}"), &[]);
    sent.assert(0, "delivered", None);
    assert_eq!(sent.event("offer")["files"], 12);
    let said = receiver.end();
    assert_eq!(said.code, Some(0), "{said:#?}");
    assert!(!said.stdout.contains("Accept?"), "{}", said.stdout);
    assert_arrived(&here, &there);
}

#[test]
fn who_comes_back_without_a_code_can_offer_nothing_else() {
    let (here, there) = (Desk::new(), Desk::new());
    let mut receiver = there.careful_receiver();
    let tree = tree(&here);
    let line = Line::slow(receiver.address);
    let mut sender = here.giving(&tree, line.address, &["--code", &receiver.code()]);
    receiver.program.line("progress", |line| line["bytes"].as_u64() >= Some(SOME));
    sender.line("offer", |_| true);
    sender.signal(Signal::KILL);
    sender.end();
    assert_eq!(receiver.finished()["outcome"], "interrupted");
    // Something else, the same thing under another name, and the same with more in it.
    let other = here.file("other", "text");
    here.give(&other, receiver.address, &[]).assert_unproven("code-needed");
    fs::write(tree.join("more"), "more").unwrap();
    let sent = here.give(&tree, receiver.address, &[]);
    assert_ne!(sent.code, Some(0), "{sent:#?}");
    assert!(!there.folder().join("tree/more").exists() && !there.folder().join("other").exists());
    fs::remove_file(tree.join("more")).unwrap();
    touch(&tree, 1_234_567_890, 777_777_777);
    here.give(&tree, receiver.address, &[]).assert(0, "delivered", None);
    assert_arrived(&here, &there);
}

#[test]
fn a_line_that_is_cut_is_found_again_without_anybody() {
    let (here, there) = (Desk::new(), Desk::new());
    let (mut receiver, tree) = (there.receiver(), tree(&here));
    let cuts = Cutter::new(receiver.address, &[400_000, 9_000_000, 2_000, 30_000_000]);
    let mut sender = patient(&here, &tree, cuts.address);
    sender.line("progress", |line| line["stage"] == "reconnecting");
    let finished = sender.line("finished", |_| true);
    assert_eq!(finished["outcome"], "delivered", "{finished}");
    sender.end().assert(0, "delivered", None);
    receiver.program.line("finished", |line| line["outcome"] == "delivered");
    assert_eq!(cuts.left(), 0, "every cut was made");
    assert_arrived(&here, &there);
}

#[test]
fn a_receiver_that_comes_back_on_its_port_is_found_again_without_anybody() {
    let (here, there) = (Desk::new(), Desk::new());
    let (mut receiver, tree) = (there.receiver(), tree(&here));
    let line = Line::slow(receiver.address);
    let mut sender = patient(&here, &tree, line.address);
    receiver.program.line("progress", |line| line["bytes"].as_u64() >= Some(SOME));
    let address = receiver.address;
    end_of_receiver(receiver);
    sender.line("progress", |line| line["stage"] == "reconnecting");
    let mut command = there.command();
    command.args(["receive", "--accept", "all", "--insecure-anyone", "--json", "--once"]);
    command.args(["--listen", &address.to_string(), "--dir"]).arg(there.folder());
    let receiver = Receiver::start(command, there.folder());
    line.set(Speed::Open);
    sender.line("finished", |_| true);
    sender.end().assert(0, "delivered", None);
    receiver.end().assert(0, "delivered", None);
    assert_arrived(&here, &there);
}

// Commands

fn resume(desk: &Desk, more: &[&str]) -> Ended {
    desk.run(&[&["resume", "--json", "--retry", "0"], more].concat())
}

/// An interrupted transfer between paired computers, and its receiver, which is still there.
fn interrupted(here: &Desk, there: &Desk) -> (Receiver, PathBuf) {
    here.pair_with(there);
    let (mut receiver, tree) = (there.careful_receiver(), tree(here));
    let line = Line::slow(receiver.address);
    let sender = here.sending_paired(&[&tree], line.address);
    receiver.program.line("progress", |line| line["bytes"].as_u64() >= Some(SOME));
    kill_at(sender, SOME);
    assert_eq!(receiver.finished()["outcome"], "interrupted");
    (receiver, tree)
}

/// Where the other computer is now: a line's address is worth nothing any more.
fn moved_to(here: &Desk, receiver: &Receiver) {
    let file = here.file("hello", "hello");
    here.sending_paired(&[&file], receiver.address).end().assert(0, "delivered", None);
    fs::remove_file(receiver.folder.join("hello")).unwrap();
}

#[test]
fn transfers_are_listed_with_what_is_there_and_resume_goes_on_with_them() {
    let (here, there) = (Desk::new(), Desk::new());
    let (receiver, tree) = interrupted(&here, &there);
    let (ours, theirs) = (unfinished(&here), unfinished(&there));
    let ([ours], [theirs]) = (ours.as_slice(), theirs.as_slice()) else { panic!("{ours:?} {theirs:?}") };
    assert_eq!(
        (ours["direction"].as_str(), theirs["direction"].as_str()),
        (Some("outgoing"), Some("incoming"))
    );
    let id = ours["id"].as_str().unwrap();
    assert_eq!(theirs["id"], id);
    for row in [ours, theirs] {
        assert_eq!((&row["files"], row["bytes"].as_u64() > Some(LARGE)), (&12.into(), true), "{row}");
    }
    assert_eq!(ours["sources"], serde_json::json!([tree.to_str().unwrap()]));
    assert_eq!(theirs["folder"], there.folder().to_str().unwrap());
    let there_bytes = theirs["there"].as_u64().unwrap();
    assert!((SOME / 2..LARGE).contains(&there_bytes), "{there_bytes}");
    let listed = here.run(&["transfers"]);
    assert!(listed.stdout.contains(&id[..8]) && listed.stdout.contains("outgoing"), "{}", listed.stdout);
    assert!(there.run(&["transfers"]).stdout.contains("incoming"));
    moved_to(&here, &receiver);
    for wrong in ["0", "ffffffffff", "nonsense"] {
        resume(&here, &[wrong]).assert(2, "failed", Some("no-such-transfer"));
    }
    resume(&here, &[&id[..8]]).assert(0, "delivered", None);
    drop(receiver);
    assert_arrived(&here, &there);
    assert!(here.run(&["transfers"]).stdout.contains("No transfer was interrupted."));
}

#[test]
fn a_transfer_that_runs_is_told_apart_and_neither_removed_nor_begun_again() {
    let (here, there) = (Desk::new(), Desk::new());
    let (mut receiver, tree) = (there.receiver(), tree(&here));
    let (sender, line) = half_way(&here, &mut receiver, &tree);
    let id = unfinished(&here)[0]["id"].as_str().unwrap()[..8].to_owned();
    for desk in [&here, &there] {
        assert_eq!(unfinished(desk)[0]["running"], true);
        let listed = desk.run(&["transfers"]).stdout;
        assert!(listed.contains(" running ") && !listed.contains("sampan resume"), "{listed}");
        let removed = desk.run(&["transfers", "--json", "--remove", &id]);
        assert_eq!((removed.code, removed.kind()), (Some(2), Some("still-running")), "{removed:#?}");
    }
    resume(&here, &[&id]).assert(2, "failed", Some("still-running"));
    resume(&here, &[]).assert(2, "failed", Some("nothing-to-resume"));
    // However it ends.
    kill_at(sender, SOME);
    assert_eq!(receiver.finished()["outcome"], "interrupted");
    drop(line);
    for desk in [&here, &there] {
        assert_eq!(unfinished(desk)[0]["running"], false);
    }
    let (ours, theirs) = (here.run(&["transfers"]).stdout, there.run(&["transfers"]).stdout);
    assert!(ours.contains(" interrupted ") && ours.contains("sampan resume ID"), "{ours}");
    assert!(theirs.contains(" interrupted ") && !theirs.contains("sampan resume ID"), "{theirs}");
    resume(&there, &[&id]).assert(2, "failed", Some("sender-goes-on"));
    send_the_rest(&here, &tree, receiver.address, SOME / 2);
    assert_arrived(&here, &there);
}

#[test]
fn a_second_receiver_with_the_same_folder_says_that_the_first_one_is_at_it() {
    let (here, there) = (Desk::new(), Desk::new());
    let (mut receiver, tree) = (there.receiver(), tree(&here));
    let mut second = there.receiver();
    let (sender, line) = half_way(&here, &mut receiver, &tree);
    here.send(&[&tree], second.address).assert(1, "failed", Some("busy"));
    assert_eq!(second.program.line("error", |_| true)["kind"], "transfer-in-use");
    assert_eq!(second.finished()["outcome"], "failed");
    line.set(Speed::Open);
    sender.end().assert(0, "delivered", None);
    drop((receiver, second));
    assert_arrived(&here, &there);
}

#[test]
fn there_is_nothing_to_resume_and_no_receipt_in_words_of_their_own() {
    let desk = Desk::new();
    let said = |args: &[&str]| desk.run(args).stderr;
    assert!(said(&["resume"]).starts_with("No transfer was interrupted.\n"), "{}", said(&["resume"]));
    let unknown = said(&["resume", "12345678"]);
    assert!(unknown.starts_with("No interrupted transfer has the id “12345678”.\n"), "{unknown}");
    let unknown = said(&["receipts", "12345678"]);
    assert!(unknown.starts_with("No receipt of “12345678” is kept here.\n"), "{unknown}");
    assert!(unknown.contains("“sampan receipts”") && !unknown.contains("interrupted"), "{unknown}");
}

#[test]
fn resume_without_an_id_means_the_only_one() {
    let (here, there) = (Desk::new(), Desk::new());
    resume(&here, &[]).assert(2, "failed", Some("nothing-to-resume"));
    let (receiver, _) = interrupted(&here, &there);
    moved_to(&here, &receiver);
    resume(&here, &[]).assert(0, "delivered", None);
    drop(receiver);
    assert_arrived(&here, &there);
}

#[test]
fn a_transfer_that_is_removed_leaves_whole_files_and_nothing_else() {
    let (here, there) = (Desk::new(), Desk::new());
    let (receiver, tree) = interrupted(&here, &there);
    drop(receiver);
    let id = unfinished(&there)[0]["id"].as_str().unwrap().to_owned();
    assert_eq!(ours(&there.folder()).len(), 1);
    for desk in [&here, &there] {
        let removed = desk.run(&["transfers", "--json", "--remove", &id[..8]]);
        assert_eq!(
            (removed.code, removed.lines[0]["event"].as_str()),
            (Some(0), Some("removed")),
            "{removed:#?}"
        );
    }
    assert_nothing_left(&here, &there);
    assert!(!there.folder().join("tree/void").exists(), "an empty folder of its own");
    // What is complete stays, whole; what is not is not there at all.
    let (found, source) = (look(&there.folder()), look(&sources(&here)));
    assert!(!found.contains_key(Path::new("tree/zz large")));
    let files = found.iter().filter(|(_, thing)| matches!(thing.what, What::File(_)));
    let files: Vec<_> = files.collect();
    assert_eq!(files.len(), 8, "{found:#?}");
    for (path, thing) in files {
        assert_eq!(thing.what, source[path].what, "{}", path.display());
    }
    // Sent again it is a new transfer, and complete.
    let receiver = there.careful_receiver();
    here.sending_paired(&[&tree], receiver.address).end().assert(0, "delivered", None);
    assert_nothing_left(&here, &there);
}

// What changes meanwhile

#[test]
fn a_source_that_changed_meanwhile_starts_again_and_arrives_as_it_is_now() {
    let (here, there) = (Desk::new(), Desk::new());
    let (mut receiver, tree) = (there.receiver(), tree(&here));
    lose_sender(&here, &mut receiver, &tree);
    let large = tree.join("zz large");
    let mut contents = fs::read(&large).unwrap();
    contents[1] = 1; // in what is there already
    fs::write(&large, &contents).unwrap();
    fs::write(tree.join("empty"), "no longer").unwrap();
    let sent = here.send(&[&tree], receiver.address);
    sent.assert(0, "delivered", None);
    // Both say so.
    assert_eq!(sent.event("restarted")["files"], 1);
    receiver.program.line("restarted", |line| line["files"] == 1);
    assert_eq!(fs::read(there.folder().join("tree/zz large")).unwrap(), contents);
    // The one that was complete is another file now, so both are kept.
    let found = look(&there.folder().join("tree"));
    let texts: Vec<_> = ["empty", "empty (1)"].map(|name| found[Path::new(name)].what.clone()).into();
    assert!(texts.contains(&What::File(b"no longer".to_vec())), "{texts:?}");
    assert_nothing_left(&here, &there);
}

#[test]
fn a_file_that_was_changed_without_its_time_is_found_out_by_its_contents() {
    let (here, there) = (Desk::new(), Desk::new());
    let (mut receiver, tree) = (there.receiver(), tree(&here));
    lose_sender(&here, &mut receiver, &tree);
    let large = tree.join("zz large");
    let mut contents = fs::read(&large).unwrap();
    contents[100] = 1;
    fs::write(&large, &contents).unwrap();
    touch(&large, 1_000_000_123, 42);
    let sent = here.send(&[&tree], receiver.address);
    sent.assert(0, "delivered", None);
    assert_eq!(sent.event("restarted")["files"], 1);
    assert_arrived(&here, &there);
}

#[test]
fn a_part_that_somebody_changed_is_not_believed() {
    let (here, there) = (Desk::new(), Desk::new());
    let (mut receiver, tree) = (there.receiver(), tree(&here));
    lose_sender(&here, &mut receiver, &tree);
    let staging = ours(&there.folder()).remove(0);
    // Small ones may wait there for their names.
    let parts = names_in(&staging).into_iter().map(|name| staging.join(name));
    let part = parts.max_by_key(|part| fs::metadata(part).unwrap().len()).unwrap();
    let mut contents = fs::read(&part).unwrap();
    contents[0] = 1;
    fs::write(part, contents).unwrap();
    here.send(&[&tree], receiver.address).assert(0, "delivered", None);
    assert_arrived(&here, &there);
}

#[test]
fn a_file_that_got_another_name_is_not_saved_twice() {
    let (here, there) = (Desk::new(), Desk::new());
    let mut receiver = there.receiver();
    let tree = tree_of(&here, &[("a", b"theirs"), ("folder/b", b"theirs")]);
    fs::write(tree.join("zz large"), vec![0x5a; LARGE.try_into().unwrap()]).unwrap();
    put(&there.folder().join("tree"), &[("a", b"mine"), ("folder", b"a file")]);
    for _ in 0..2 {
        let (sender, line) = half_way(&here, &mut receiver, &tree);
        kill_at(sender, SOME);
        drop(line);
        receiver.program.line("finished", |line| line["outcome"] == "interrupted");
    }
    here.send(&[&tree], receiver.address).assert(0, "delivered", None);
    let names = ["a", "a (1)", "folder", "folder (1)", "zz large"];
    assert_eq!(names_in(&there.folder().join("tree")), names);
    assert_eq!(names_in(&there.folder().join("tree/folder (1)")), ["b"]);
    assert_eq!(thing(&there.folder().join("tree/a")).what, What::File(b"mine".to_vec()));
    assert_eq!(thing(&there.folder().join("tree/a (1)")).what, What::File(b"theirs".to_vec()));
    assert_nothing_left(&here, &there);
}

#[test]
fn who_was_told_nothing_at_the_end_asks_again_and_finds_all_there() {
    let (here, there) = (Desk::new(), Desk::new());
    let mut receiver = there.receiver();
    let tree = one_of_everything(&sources(&here), "tree");
    let line = Cutter::open(receiver.address);
    let mut command = here.command();
    command.arg("send").arg(&tree).args(["--json", "--retry", "0", "--insecure-anyone", "--limit", "300K"]);
    command.args(["--to", &line.address.to_string()]);
    let sender = Program::start(command);
    receiver.program.moves();
    line.mute();
    assert_eq!(receiver.finished()["outcome"], "delivered");
    sender.end().assert(1, "interrupted", Some("connection-lost"));
    assert_eq!((unfinished(&here).len(), unfinished(&there).len()), (1, 0));
    let again = here.send(&[&tree], receiver.address);
    again.assert(0, "delivered", None);
    assert_eq!(again.of_files("skipped"), ["identical"; 12]);
    assert_arrived(&here, &there);
}
