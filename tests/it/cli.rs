//! The command line's contract, held against the built program: lines, exit codes, questions, ports, files of its own.
//! Every `--json` line any test sees is also held against `docs/cli.md` (`support/contract.rs`).

use std::collections::BTreeSet;
use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use rustix::process::Signal;
use sampan::model::FailureKind;
use sampan::wire::{FailReason, Frame, Kind};
use serde_json::{Value, json};

use crate::support::contract::CONTRACT;
use crate::support::line::{Line, Speed};
use crate::support::names_in;
use crate::support::peer::{Files, Heard, Peer, Rig, digest};
use crate::support::program::{Desk, Ended, Network, Program, Receiver};

/// Large enough that a slow line is still busy with it when a test acts.
const LARGE: u64 = 512 * 1024 * 1024;

fn run(mut command: Command, args: &[&str]) -> Ended {
    command.args(args);
    Program::start(command).end()
}

// Lines

#[test]
fn the_page_lists_every_kind_of_error_and_every_exit_code() {
    let kinds: BTreeSet<String> = FailureKind::ALL.iter().map(|kind| kind.code().to_owned()).collect();
    assert_eq!(CONTRACT.kinds, kinds);
    assert_eq!(CONTRACT.exits, BTreeSet::from([0, 1, 2, 3, 4, 5, 6, 7, 130]));
    let events: Vec<&String> = CONTRACT.events.keys().collect();
    assert_eq!(
        events,
        [
            "code",
            "device",
            "difference",
            "error",
            "exported",
            "file",
            "finished",
            "guess",
            "kept-receipt",
            "listening",
            "offer",
            "paired",
            "plan",
            "planned",
            "progress",
            "receipt",
            "removed",
            "restarted",
            "unfinished",
            "verified"
        ]
    );
}

#[test]
fn a_delivery_is_told_from_its_offer_to_its_end_on_both_sides() {
    let (here, there) = (Desk::new(), Desk::new());
    let receiver = there.receiver_once();
    let sent = here.send(&[&here.file("a b.txt", "some text")], receiver.address);
    let got = receiver.end();
    for (side, direction) in [(&sent, "outgoing"), (&got, "incoming")] {
        side.assert(0, "delivered", None);
        let offer = side.lines.iter().find(|line| line["event"] == "offer").unwrap();
        assert_eq!(offer["direction"], direction);
        assert_eq!((&offer["files"], &offer["bytes"]), (&1.into(), &9.into()));
        assert_eq!(offer["names"], json!(["a b.txt"]));
        assert_eq!(offer["verified"], false);
        assert_eq!(side.of_files("path"), ["a b.txt"]);
        assert_eq!(side.of_files("sha256"), [digest(b"some text").to_string()]);
        let finished = side.finished();
        assert_eq!((&finished["files"], &finished["bytes"]), (&1.into(), &9.into()));
    }
    assert_eq!(got.of_files("saved_as"), ["a b.txt"]);
    assert_eq!(got.lines[0]["event"], "listening");
    assert!(sent.of_files("saved_as").is_empty());
}

#[test]
fn progress_tells_the_stage_and_how_far_it_is() {
    let (here, there) = (Desk::new(), Desk::new());
    let mut receiver = there.receiver();
    let line = Line::slow(receiver.address);
    let mut sender = here.sending(&[&here.large_file("a", LARGE)], line.address);
    let is_half_way = |line: &Value| {
        line["bytes"].as_u64() > Some(0) && line["rate"].as_u64() > Some(0) && line["seconds_left"].is_u64()
    };
    for (program, stage) in [(&mut sender, "sending"), (&mut receiver.program, "receiving")] {
        let progress = program.line("progress", is_half_way);
        assert_eq!((&progress["stage"], &progress["total"]), (&stage.into(), &LARGE.into()));
    }
}

#[test]
fn people_read_one_closing_line_with_the_digest_of_a_single_file() {
    let (here, there) = (Desk::new(), Desk::new());
    let mut receiver = there.receiver_once();
    let mut command = here.command();
    command
        .arg("send")
        .arg(here.file("a.txt", "some text"))
        .args(["--insecure-anyone", "--to"])
        .arg(receiver.address.to_string());
    let sent = Program::start(command).end();
    assert_eq!(sent.code, Some(0), "{sent:?}");
    let [closing, sha] = sent.stdout.lines().collect::<Vec<_>>()[..] else { panic!("{:?}", sent.stdout) };
    assert!(closing.starts_with("Delivered, verified: 1 of 1 file, 9 B to "), "{closing}");
    assert_eq!(sha, format!("  SHA-256 {}", digest(b"some text")));
    receiver.finished();
}

// Exit codes: 0 is above, 4 in bad_input/reaching.rs, 7 in bad_input/targets.rs

#[test]
fn wrong_usage_is_2() {
    let desk = Desk::new();
    let file = desk.file("a", "");
    let file = file.to_str().unwrap();
    for args in [
        &["send"][..],
        &["send", file],
        &["send", "--to", "127.0.0.1"],
        &["send", file, "--to", "127.0.0.1", "--no-such-option"],
        &["receive", "--listen", "nonsense"],
        &["receive", "--accept", "perhaps"],
        &["no-such-command"],
    ] {
        let ended = run(desk.command(), args);
        assert_eq!(ended.code, Some(2), "{args:?}: {ended:?}");
        assert!(ended.stdout.is_empty() && !ended.stderr.is_empty(), "{args:?}: {ended:?}");
    }
}

#[test]
fn an_address_that_is_none_is_wrong_usage_told_in_lines_as_well() {
    let desk = Desk::new();
    for to in ["", "a b", "127.0.0.1:70000", "127.0.0.1:x", "[::1"] {
        desk.send(&[&desk.file("a", "")], to).assert(2, "failed", Some("bad-address"));
    }
}

#[test]
fn cancelled_by_the_sender_is_130_here_and_3_there() {
    let (here, there) = (Desk::new(), Desk::new());
    let mut receiver = there.receiver_once();
    let line = Line::slow(receiver.address);
    let mut sender = here.sending(&[&here.large_file("a", LARGE)], line.address);
    receiver.program.moves();
    sender.moves();
    sender.signal(Signal::INT);
    sender.end().assert(130, "cancelled", Some("cancelled"));
    assert_eq!(receiver.finished()["outcome"], "cancelled");
    assert!(receiver.names().is_empty(), "no part is left");
    receiver.end().assert(3, "cancelled", Some("cancelled"));
}

#[test]
fn cancelled_by_the_receiver_is_130_here_and_3_there() {
    let (here, there) = (Desk::new(), Desk::new());
    let mut receiver = there.receiver();
    let line = Line::slow(receiver.address);
    let sender = here.sending(&[&here.large_file("a", LARGE)], line.address);
    receiver.program.moves();
    receiver.program.signal(Signal::INT);
    assert_eq!(receiver.finished()["outcome"], "cancelled");
    assert!(receiver.names().is_empty(), "no part is left");
    receiver.end().assert(130, "cancelled", Some("cancelled"));
    sender.end().assert(3, "cancelled", Some("cancelled"));
}

#[test]
fn a_program_that_is_told_to_end_interrupts_what_runs_and_says_so_to_the_other_side() {
    let slow = || {
        let (here, there) = (Desk::new(), Desk::new());
        let receiver = there.receiver_once();
        let line = Line::slow(receiver.address);
        let sender = here.sending(&[&here.large_file("a", LARGE)], line.address);
        (here, there, line, sender, receiver)
    };
    let (_here, _there, _line, sender, mut receiver) = slow();
    receiver.program.moves();
    receiver.program.signal(Signal::TERM);
    receiver.end().assert(130, "interrupted", Some("closed"));
    sender.end().assert(1, "interrupted", Some("closed"));
    let (_here, _there, _line, mut sender, mut receiver) = slow();
    receiver.program.moves();
    sender.moves();
    sender.signal(Signal::TERM);
    sender.end().assert(130, "interrupted", Some("closed"));
    receiver.end().assert(1, "interrupted", Some("closed"));
}

#[test]
fn interrupted_twice_while_nothing_moves_still_says_finished() {
    let (here, there) = (Desk::new(), Desk::new());
    let mut receiver = there.receiver();
    let line = Line::slow(receiver.address);
    let mut sender = here.sending(&[&here.large_file("a", LARGE)], line.address);
    sender.moves();
    receiver.program.moves();
    line.set(Speed::Stopped);
    for program in [&receiver.program, &sender] {
        program.signal(Signal::INT);
        program.signal(Signal::TERM); // signals of one kind may be counted as one
    }
    for program in [receiver.program, sender] {
        let ended = program.end();
        assert_eq!(ended.code, Some(130), "{ended:#?}");
    }
    let left = names_in(&there.folder());
    assert!(left.iter().all(|name| name.starts_with(".sampan-")), "nothing but a part is left: {left:?}");
}

#[test]
fn a_receiver_interrupted_before_anybody_came_says_finished_and_130() {
    let receiver = Receiver::alone();
    receiver.program.signal(Signal::INT);
    receiver.end().assert(130, "cancelled", None);
}

#[test]
fn a_sender_interrupted_while_nobody_answers_is_130_and_takes_its_offer_back() {
    let (here, there) = (Desk::new(), Desk::new());
    let (mut receiver, port) = asking(&there, &here);
    let mut sender = here.sending(&[&here.file("a.txt", "text")], format!("127.0.0.1:{port}"));
    receiver.out.until("Accept? [y/N]");
    sender.line("offer", |_| true);
    sender.signal(Signal::INT);
    sender.end().assert(130, "cancelled", Some("cancelled"));
    assert_eq!(receiver.end().code, Some(3));
}

#[test]
fn contents_that_do_not_verify_are_6_for_the_receiver() {
    let receiver = Receiver::alone_once();
    let mut peer = Peer::dial(receiver.address);
    peer.greet();
    peer.offer_and_go(&Files::one("a.txt", 4));
    peer.file(0, b"lies", digest(b"true"));
    peer.say(&Frame::End);
    assert!(matches!(peer.expect(Kind::Failed), Frame::Failed { entry: 0, reason: FailReason::WrongDigest }));
    peer.expect(Kind::ReceiptPage);
    assert!(matches!(peer.expect(Kind::Delivered), Frame::Delivered { saved: 0, failed: 1, .. }));
    drop(peer); // it is heard out for a while
    assert!(receiver.names().is_empty());
    receiver.end().assert(6, "failed", Some("wrong-digest"));
}

#[test]
fn contents_that_do_not_verify_are_6_for_the_sender() {
    let rig = Rig::greeted(|mut peer| {
        let manifest = peer.accept();
        while !matches!(peer.hear(), Some(Heard::Frame(Frame::End))) {}
        peer.say(&Frame::Failed { entry: 0, reason: FailReason::WrongDigest });
        peer.say(&Frame::Delivered { saved: 0, failed: 1, skipped: 0, bytes: 0, manifest });
        peer.hear_out();
    });
    let desk = Desk::new();
    desk.send(&[&desk.file("a", "text")], rig.address).assert(6, "failed", Some("wrong-digest"));
    rig.join();
}

#[test]
fn delivered_in_part_is_1_on_both_sides() {
    let receiver = Receiver::alone_once();
    let mut peer = Peer::dial(receiver.address);
    peer.greet();
    peer.offer_and_go(&Files::one("good.txt", 4).and("worse.txt", 4));
    peer.file(0, b"good", digest(b"good"));
    peer.file(1, b"lies", digest(b"true"));
    peer.say(&Frame::End);
    peer.hear_out();
    drop(peer); // it is heard out for a while
    assert_eq!(receiver.names(), ["good.txt"]);
    let ended = receiver.end();
    ended.assert(1, "partial", Some("wrong-digest"));
    assert_eq!(ended.of_files("error"), ["wrong-digest"]);
}

// Questions

/// A receiver in a terminal that asks; ends after one transfer.
fn asking(desk: &Desk, sender: &Desk) -> (Program, u16) {
    desk.pair_with(sender);
    let mut program = desk.in_terminal("receive --listen 127.0.0.1:0 --once --dir in");
    let port = program.out.line_with("--to 127.0.0.1:").trim().rsplit(':').next().unwrap().parse().unwrap();
    (program, port)
}

#[test]
fn yes_in_the_terminal_takes_the_files() {
    let (here, there) = (Desk::new(), Desk::new());
    let (mut receiver, port) = asking(&there, &here);
    let sender = here.sending(&[&here.file("报告.txt", "text")], format!("127.0.0.1:{port}"));
    let question = receiver.out.until("Accept? [y/N]");
    for words in ["paired", "wants to send 1 file, 4 B", "报告.txt", " free."] {
        assert!(question.contains(words), "{words} is missing: {question}");
    }
    assert!(fs::read_dir(there.folder()).unwrap().next().is_none(), "not one byte before the answer");
    receiver.type_in("y\n");
    sender.end().assert(0, "delivered", None);
    assert_eq!(receiver.end().code, Some(0));
    assert_eq!(fs::read(there.folder().join("报告.txt")).unwrap(), b"text");
}

#[test]
fn no_in_the_terminal_is_3_on_both_sides_and_not_one_byte() {
    for answer in ["n\n", "\n"] {
        let (here, there) = (Desk::new(), Desk::new());
        let (mut receiver, port) = asking(&there, &here);
        let sender = here.sending(&[&here.file("a.txt", "text")], format!("127.0.0.1:{port}"));
        receiver.out.until("Accept? [y/N]");
        receiver.type_in(answer);
        sender.end().assert(3, "declined", Some("declined"));
        assert_eq!(receiver.end().code, Some(3));
        assert!(fs::read_dir(there.folder()).unwrap().next().is_none());
    }
}

#[test]
fn what_is_neither_yes_nor_no_is_asked_again() {
    let (here, there) = (Desk::new(), Desk::new());
    let (mut receiver, port) = asking(&there, &here);
    let sender = here.sending(&[&here.file("a.txt", "text")], format!("127.0.0.1:{port}"));
    receiver.out.until("Accept? [y/N]");
    receiver.type_in("sure\n");
    receiver.out.until("Please type y or n:");
    receiver.type_in("yes\n");
    sender.end().assert(0, "delivered", None);
    assert_eq!(receiver.end().code, Some(0));
}

#[test]
fn two_offers_at_once_are_asked_about_one_after_another() {
    let (anna, mei, there) = (Desk::new(), Desk::new(), Desk::new());
    there.pair_with(&anna);
    there.pair_with(&mei);
    let mut receiver = there.in_terminal("receive --listen 127.0.0.1:0 --dir in");
    let port = receiver.out.line_with("--to 127.0.0.1:").trim().rsplit(':').next().unwrap().to_owned();
    let to = format!("127.0.0.1:{port}");
    let first = anna.sending(&[&anna.file("first.txt", "text")], &to);
    let question = receiver.out.until("Accept? [y/N]");
    let mut second = mei.sending(&[&mei.file("second.txt", "text")], &to);
    second.line("offer", |_| true);
    assert!(!question.contains("second.txt"));
    receiver.type_in("y\n");
    first.end().assert(0, "delivered", None);
    receiver.out.until("second.txt");
    receiver.type_in("n\n");
    second.end().assert(3, "declined", Some("declined"));
    receiver.type_in("\u{3}");
    assert_eq!(receiver.end().code, Some(130));
    assert_eq!(fs::read_dir(there.folder()).unwrap().count(), 1);
}

#[test]
fn a_yes_to_an_offer_that_was_taken_back_is_not_taken_for_a_yes_to_the_next() {
    let (anna, mei, there) = (Desk::new(), Desk::new(), Desk::new());
    there.pair_with(&anna);
    there.pair_with(&mei);
    let mut receiver = there.in_terminal("receive --listen 127.0.0.1:0 --dir in");
    let port = receiver.out.line_with("--to 127.0.0.1:").trim().rsplit(':').next().unwrap().to_owned();
    let to = format!("127.0.0.1:{port}");
    let first = anna.sending(&[&anna.file("holiday.jpg", "text")], &to);
    receiver.out.until("Accept? [y/N]");
    let mut second = mei.sending(&[&mei.file("evil.exe", "text")], &to);
    second.line("offer", |_| true);
    first.signal(Signal::INT);
    receiver.out.until("evil.exe");
    receiver.type_in("y\n");
    receiver.out.until("This is another question than before.");
    assert_eq!(fs::read_dir(there.folder()).unwrap().count(), 0);
    receiver.type_in("n\n");
    second.end().assert(3, "declined", Some("declined"));
    first.end().assert(130, "cancelled", Some("cancelled"));
}

#[test]
fn a_reader_of_its_output_that_is_gone_does_not_stop_a_transfer() {
    for more in [&["--json"][..], &[]] {
        let (here, there) = (Desk::new(), Desk::new());
        let mut receiver = there.receiver();
        let mut command = here.command();
        command.arg("send").arg(here.file("a.txt", "text")).args([
            "--insecure-anyone",
            "--to",
            &receiver.address.to_string(),
        ]);
        command.args(more).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        drop((child.stdout.take(), child.stderr.take()));
        assert_eq!(receiver.finished()["outcome"], "delivered");
        assert_eq!(child.wait().unwrap().code(), Some(0), "{more:?}");
    }
}

#[test]
fn asking_without_a_terminal_is_an_error_that_names_accept_paired() {
    let desk = Desk::new();
    for args in [&["receive"][..], &["receive", "--accept", "ask"]] {
        let ended = run(desk.command(), args);
        assert_eq!((ended.code, ended.stdout.as_str()), (Some(2), ""));
        assert!(ended.stderr.contains("--accept paired"), "{}", ended.stderr);
    }
    run(desk.command(), &["receive", "--json"]).assert(2, "failed", Some("nobody-to-ask"));
}

// Without a display

#[test]
fn the_window_without_a_display_is_one_line_and_2() {
    let ended = run(Desk::new().command(), &[]);
    assert_eq!((ended.code, ended.stdout.as_str()), (Some(2), ""));
    assert_eq!(ended.stderr.lines().count(), 1, "{}", ended.stderr);
    assert!(ended.stderr.contains("sampan receive") && ended.stderr.contains("sampan send"));
}

#[test]
fn the_version_is_told() {
    let ended = run(Desk::new().command(), &["--version"]);
    assert_eq!(ended.code, Some(0));
    assert_eq!(ended.stdout.trim(), concat!("sampan ", env!("CARGO_PKG_VERSION")));
}

// Ports

#[test]
fn a_port_that_is_taken_is_an_error_that_names_the_address() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let args = ["receive", "--accept", "all", "--insecure-anyone", "--listen", &address];
    let desk = Desk::new();
    let ended = run(desk.command(), &args);
    assert_eq!(ended.code, Some(1));
    assert!(ended.stderr.contains(&format!("address already in use: {address}")), "{}", ended.stderr);
    run(desk.command(), &[&args[..], &["--json"]].concat()).assert(1, "failed", Some("address-in-use"));
}

#[test]
fn an_address_that_is_not_this_computers_is_an_error() {
    let args = ["receive", "--accept", "all", "--insecure-anyone", "--json", "--listen", "192.0.2.1:7267"];
    run(Desk::new().command(), &args).assert(1, "failed", Some("cannot-listen"));
}

/// A receiver on the default port in a network.
fn on_default_port(desk: &Desk, network: &Network) -> Receiver {
    let mut command = network.command(desk);
    command.args(["receive", "--accept", "all", "--insecure-anyone", "--json", "--dir", "in"]);
    Receiver::start(command, desk.folder())
}

#[test]
fn without_an_address_the_next_free_port_is_taken_until_there_is_none() {
    let network = Network::new();
    let desks: Vec<Desk> = (0..10).map(|_| Desk::new()).collect();
    let receivers: Vec<Receiver> = desks.iter().map(|desk| on_default_port(desk, &network)).collect();
    let ports: Vec<u16> = receivers.iter().map(|receiver| receiver.address.port()).collect();
    assert_eq!(ports, (7267..=7276).collect::<Vec<_>>());
    let one_too_many = Desk::new();
    run(network.command(&one_too_many), &["receive", "--accept", "all", "--insecure-anyone", "--json"])
        .assert(1, "failed", Some("address-in-use"));
}

#[test]
fn the_default_port_is_reached_over_ipv4_and_ipv6_without_naming_it() {
    let (network, here, there) = (Network::new(), Desk::new(), Desk::new());
    let mut receiver = on_default_port(&there, &network);
    for to in ["127.0.0.1", "::1", "[::1]", "localhost", "127.0.0.1:7267", "[::1]:7267"] {
        let file = here.file("a.txt", to);
        Desk::sending_by(network.command(&here), &[&file], to).end().assert(0, "delivered", None);
        assert_eq!(receiver.finished()["outcome"], "delivered");
    }
    assert_eq!(receiver.names().len(), 6);
}

#[test]
fn a_receiver_on_ipv6_is_reached_there() {
    let (network, here, there) = (Network::new(), Desk::new(), Desk::new());
    let mut command = network.command(&there);
    command.args([
        "receive",
        "--accept",
        "all",
        "--insecure-anyone",
        "--json",
        "--dir",
        "in",
        "--listen",
        "[::1]:0",
    ]);
    let mut receiver = Receiver::start(command, there.folder());
    let sent = Desk::sending_by(network.command(&here), &[&here.file("a", "b")], receiver.address).end();
    sent.assert(0, "delivered", None);
    assert_eq!(receiver.finished()["outcome"], "delivered");
}

// Files of its own

/// Everything below a folder, relative to it, sorted.
fn tree(folder: &Path) -> Vec<PathBuf> {
    fn walk(folder: &Path, found: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                walk(&path, found);
            }
            found.push(path);
        }
    }
    let mut found = Vec::new();
    walk(folder, &mut found);
    found.sort();
    found.iter().map(|path| path.strip_prefix(folder).unwrap().to_owned()).collect()
}

#[test]
fn everything_of_its_own_is_in_sampan_home_and_what_arrives_in_downloads() {
    let (here, there) = (Desk::new(), Desk::new());
    let mut command = there.command();
    command.args([
        "receive",
        "--listen",
        "127.0.0.1:0",
        "--accept",
        "all",
        "--insecure-anyone",
        "--json",
        "--once",
    ]);
    let receiver = Receiver::start(command, there.folder());
    here.send(&[&here.file("a.txt", "text")], receiver.address).assert(0, "delivered", None);
    receiver.end().assert(0, "delivered", None);
    assert_eq!(tree(&here.home()), [] as [PathBuf; 0]);
    assert_eq!(tree(&there.home()), ["Downloads", "Downloads/a.txt"].map(PathBuf::from));
    for desk in [&here, &there] {
        let own = tree(&desk.state());
        // Only who sends has an address to remember, and says which transfers run: none any more.
        let is_database = |path: &PathBuf| path.to_str().is_some_and(|path| path.starts_with("sampan.db"));
        assert!(own.contains(&"sampan.db".into()));
        let own: Vec<PathBuf> = own.into_iter().filter(|path| !is_database(path)).collect();
        let (own, settings) = own.split_at(3);
        let [key, logs, log] = own else { panic!("{own:?}") };
        let remembered: &[PathBuf] =
            if desk.home() == here.home() { &["running".into(), "settings.toml".into()] } else { &[] };
        assert_eq!(settings, remembered);
        assert_eq!((key, logs), (&"identity.key".into(), &"logs".into()));
        assert!(log.starts_with("logs"));
        assert_eq!(fs::metadata(desk.state().join(key)).unwrap().mode() & 0o7777, 0o600);
    }
}

/// All log lines of a computer.
fn log(desk: &Desk) -> String {
    let files = fs::read_dir(desk.state().join("logs")).unwrap();
    files.map(|file| fs::read_to_string(file.unwrap().path()).unwrap()).collect()
}

#[test]
fn the_log_holds_no_path_no_name_of_a_file_and_no_key() {
    let (here, there) = (Desk::new(), Desk::new());
    let mut receiver = there.receiver();
    let diary = here.file("diary of anna.txt", "text");
    let sent = here.send(&[&diary], receiver.address);
    sent.assert(0, "delivered", None);
    receiver.finished();
    // One that fails on each side: not there, no folder, names that are refused.
    here.send(&[&here.path("letter to anna")], receiver.address).assert(7, "failed", Some("no-such-file"));
    for path in [&[&b"../anna"[..]][..], &[b"anna", b"anna"], &[b".sampan-anna"]] {
        let mut peer = Peer::dial(receiver.address);
        peer.greet();
        peer.offer(&Files::path(path, 4));
        peer.hear_out();
    }
    fs::remove_dir_all(there.folder()).unwrap();
    here.send(&[&diary], receiver.address).assert(7, "failed", Some("folder-unusable"));
    receiver.finished();
    receiver.program.signal(Signal::INT);
    receiver.end();
    let key = fs::read(here.state().join("identity.key")).unwrap();
    let key = String::from_utf8_lossy(&key);
    let secret = key.lines().nth(1).unwrap();
    for desk in [&here, &there] {
        let log = log(desk);
        assert!(log.contains("a transfer ended"), "there is something in it: {log}");
        let dir = desk.path("");
        for personal in ["anna", dir.to_str().unwrap().trim_end_matches('/'), secret, "PRIVATE"] {
            assert!(!log.contains(personal), "{personal} is in the log: {log}");
        }
    }
}

#[test]
fn v_brings_the_log_to_stderr() {
    let (here, there) = (Desk::new(), Desk::new());
    let mut receiver = there.receiver();
    let mut command = here.command();
    command.arg("-v");
    let sent = Desk::sending_by(command, &[&here.file("a", "")], receiver.address).end();
    sent.assert(0, "delivered", None);
    assert!(sent.stderr.contains("a transfer ended"), "{}", sent.stderr);
    receiver.finished();
}

#[test]
fn a_key_that_others_may_read_or_that_is_damaged_is_an_error_and_is_not_replaced() {
    use std::os::unix::fs::PermissionsExt as _;
    let desk = Desk::new();
    let file = desk.file("a", "");
    desk.send(&[&file], "127.0.0.1:1").assert(4, "failed", Some("nobody-listens"));
    let key = desk.state().join("identity.key");
    fs::set_permissions(&key, fs::Permissions::from_mode(0o644)).unwrap();
    desk.send(&[&file], "127.0.0.1:1").assert(1, "failed", Some("identity-unusable"));
    fs::set_permissions(&key, fs::Permissions::from_mode(0o600)).unwrap();
    fs::write(&key, "damaged").unwrap();
    desk.send(&[&file], "127.0.0.1:1").assert(1, "failed", Some("identity-unusable"));
    assert_eq!(fs::read(&key).unwrap(), b"damaged");
}

#[test]
fn settings_that_are_damaged_are_an_error_and_are_not_replaced() {
    let desk = Desk::new();
    fs::create_dir_all(desk.state()).unwrap();
    let settings = desk.state().join("settings.toml");
    fs::write(&settings, "port = \"many\"").unwrap();
    let ended = desk.send(&[&desk.file("a", "")], "127.0.0.1:1");
    ended.assert(1, "failed", Some("settings-unusable"));
    assert_eq!(fs::read(&settings).unwrap(), b"port = \"many\"");
}

#[test]
fn a_home_that_cannot_be_used_is_7() {
    let desk = Desk::new();
    let mut command = desk.command();
    command.env("SAMPAN_HOME", desk.file("a file", ""));
    let ended = Desk::sending_by(command, &[&desk.file("a", "")], "127.0.0.1:1").end();
    ended.assert(7, "failed", Some("home-unusable"));
}
