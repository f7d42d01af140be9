//! Accounts at a receiver without a person: who may send as whom, to whom a password goes, and what a wrong one costs.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use rustix::process::Signal;
use sampan::model::{AccountName, Way};
use sampan::wire::{Bye, ByeReason, Frame, Hello, Introduction, Kind, Login};

use crate::support::middle::Middle;
use crate::support::peer::{Heard, Peer, Rig};
use crate::support::program::{Desk, Ended, Program, Receiver};

/// What an account's password is in these tests. Long and odd, so that a log can be searched for it.
const SECRET: &str = "correct horse-battery.staple";

/// A file with a password in its first line.
fn password(desk: &Desk, text: &str) -> PathBuf {
    let path = desk.file("password", format!("{text}\n"));
    fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    path
}

fn account(desk: &Desk, command: &str, name: &str, text: &str) {
    let path = password(desk, text);
    let done = desk.run(&["account", command, name, "--password-file", path.to_str().unwrap()]);
    assert_eq!(done.code, Some(0), "{done:?}");
}

/// A drop box with an account `anna`, and its whole id.
fn drop_box(desk: &Desk) -> (Receiver, String) {
    account(desk, "add", "anna", SECRET);
    let receiver = desk.drop_box();
    let id = receiver.listening()["device"].as_str().unwrap().to_owned();
    (receiver, id)
}

/// Sends as an account.
fn send_as(desk: &Desk, file: &Path, receiver: &Receiver, name: &str, text: &str, more: &[&str]) -> Ended {
    let password = password(desk, text);
    let login = ["--user", name, "--password-file", password.to_str().unwrap()];
    desk.give(file, receiver.address, &[&login[..], more].concat())
}

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    let mut names: Vec<String> =
        entries.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

#[test]
fn who_has_the_password_delivers_into_a_folder_of_its_own_only() {
    let (here, there) = (Desk::new(), Desk::new());
    let (mut receiver, id) = drop_box(&there);
    account(&there, "add", "ben", "another");
    let file = here.file("a", "text");
    let sent = send_as(&here, &file, &receiver, "anna", SECRET, &["--device", &id]);
    sent.assert(0, "delivered", None);
    assert_eq!(sent.event("offer")["trust"], "device");
    let offer = receiver.program.line("offer", |_| true);
    assert_eq!((offer["trust"].as_str(), offer["verified"].as_bool()), (Some("account"), Some(true)));
    send_as(&here, &file, &receiver, "ben", "another", &["--device", &id]).assert(0, "delivered", None);
    let file = here.file("a", "more text");
    send_as(&here, &file, &receiver, "anna", SECRET, &["--device", &id]).assert(0, "delivered", None);
    assert_eq!(receiver.names(), ["anna", "ben"], "nothing beside the folders");
    assert_eq!(names(&there.folder().join("anna")), ["a", "a (1)"]);
    assert_eq!(names(&there.folder().join("ben")), ["a"]);
    assert!(here.devices().is_empty() && there.devices().is_empty(), "an account remembers nobody");
}

#[test]
fn an_account_cannot_reach_the_folder_of_another() {
    let (here, there) = (Desk::new(), Desk::new());
    let (mut receiver, id) = drop_box(&there);
    account(&there, "add", "ben", "another");
    let outside = there.path("outside");
    fs::create_dir(&outside).unwrap();
    fs::create_dir(there.folder().join("ben")).unwrap();
    // Where its folder should be there is a link: to outside, to the other one, to the folder itself.
    let file = here.file("a", "text");
    for target in [outside.clone(), there.folder().join("ben"), PathBuf::from("ben"), PathBuf::from(".")] {
        let planted = there.folder().join("anna");
        symlink(&target, &planted).unwrap();
        let sent = send_as(&here, &file, &receiver, "anna", SECRET, &["--device", &id]);
        assert_eq!((sent.code, sent.finished()["outcome"].as_str()), (Some(7), Some("failed")), "{sent:#?}");
        receiver.finished();
        assert!(names(&outside).is_empty() && names(&there.folder().join("ben")).is_empty());
        assert_eq!(receiver.names(), ["anna", "ben"]);
        fs::remove_file(planted).unwrap();
    }
    fs::write(there.folder().join("anna"), "a file").unwrap();
    let sent = send_as(&here, &file, &receiver, "anna", SECRET, &["--device", &id]);
    assert_eq!(sent.code, Some(7), "{sent:#?}");
    assert_eq!(fs::read(there.folder().join("anna")).unwrap(), b"a file");
    // Names that would be another's folder are no accounts, on either side.
    for name in ["..", ".", "", "anna/../ben", "../ben", "ben/", "/etc", "BEN", "béa", "con"] {
        let sent = send_as(&here, &file, &receiver, name, "another", &["--device", &id]);
        assert_eq!((sent.code, sent.kind()), (Some(2), Some("bad-account-name")), "{name:?}");
    }
    assert!(names(&there.folder().join("ben")).is_empty());
}

/// The most memory a program ever had, in KiB.
fn peak_of(program: &Program) -> u64 {
    let status = fs::read_to_string(format!("/proc/{}/status", program.pid().as_raw_nonzero())).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.trim().trim_end_matches(" kB").parse().unwrap()
}

#[test]
fn an_unknown_name_costs_and_says_what_a_wrong_password_does() {
    let here = Desk::new();
    let file = here.file("a", "text");
    let said = [("anna", "wrong"), ("nobody", SECRET)].map(|(name, text)| {
        let there = Desk::new();
        let (receiver, id) = drop_box(&there);
        // A session that gets as far as a login, without one.
        here.give(&file, receiver.address, &["--device", &id]).assert_unproven("account-needed");
        let before = peak_of(&receiver.program);
        let ended = send_as(&here, &file, &receiver, name, text, &["--device", &id]);
        ended.assert_unproven("wrong-password");
        assert!(receiver.names().is_empty(), "no folder is made for a name");
        // What it worked, not how long that took: a hash goes over 19 MiB, whether there is such an account or not.
        let more = peak_of(&receiver.program) - before;
        assert!(more > 16 * 1024, "{name}: {more} KiB more");
        ended.message().replace(&receiver.address.to_string(), "there")
    });
    assert_eq!(said[0], said[1]);
}

/// A receiver of frames that admits these ways and shows what it hears, until the sender is gone.
fn listening(ways: &'static [Way], told: std::sync::mpsc::Sender<Vec<Kind>>) -> Rig {
    Rig::tls(&[sampan::wire::ALPN], move |mut peer| {
        let hello = Hello { version: "9.9.9".to_owned(), features: Vec::new(), admits: ways.to_vec() };
        peer.say(&Frame::Hello(hello));
        let mut kinds = Vec::new();
        while let Some(heard) = peer.hear() {
            kinds.push(match heard {
                Heard::Frame(frame) => frame.kind(),
                Heard::Chunk => Kind::Chunk,
            });
        }
        told.send(kinds).unwrap();
    })
}

#[test]
fn a_password_is_not_told_to_a_receiver_nobody_proved() {
    let here = Desk::new();
    let file = here.file("a", "text");
    let secret = password(&here, SECRET);
    let secret = secret.to_str().unwrap();
    let login = ["--user", "anna", "--password-file", secret];
    let id = Desk::new().careful_receiver().listening()["device"].as_str().unwrap().to_owned();
    let ways: [&'static [Way]; 4] = [
        &[Way::Account],
        &[Way::Account, Way::Code],
        &[Way::Anyone],
        &[Way::Account, Way::Anyone, Way::Known],
    ];
    for ways in ways {
        for (more, kind) in [
            (&[][..], "password-not-safe"),
            (&["--insecure-anyone"], "password-not-safe"),
            (&["--device", &id], "wrong-device"),
        ] {
            let (told, heard) = std::sync::mpsc::channel();
            let rig = listening(ways, told);
            let sent = here.give(&file, rig.address, &[&login[..], more].concat());
            sent.assert_unproven(kind);
            let kinds = heard.recv_timeout(crate::support::LIMIT).unwrap();
            assert!(!kinds.contains(&Kind::Login) && !kinds.contains(&Kind::Introduce), "{kinds:?}");
            rig.join();
        }
    }
}

#[test]
fn a_man_in_the_middle_hears_no_password_even_with_the_code() {
    let (here, there) = (Desk::new(), Desk::new());
    let (receiver, id) = drop_box(&there);
    let middle = Middle::before(receiver.address);
    let file = here.file("a", "text");
    let secret = password(&here, SECRET);
    let code = receiver.code();
    let login = ["--user", "anna", "--password-file", secret.to_str().unwrap()];
    for (more, kind) in [
        (&["--code", &code][..], "wrong-code"),
        (&["--device", &id], "wrong-device"),
        (&[], "password-not-safe"),
    ] {
        here.give(&file, middle.address, &[&login[..], more].concat()).assert_unproven(kind);
    }
    assert!(!middle.heard(SECRET) && !middle.heard("anna"));
    assert!(receiver.names().is_empty());
}

#[test]
fn the_code_proves_a_drop_box_to_a_sender_with_a_password_and_nothing_more() {
    let (here, there) = (Desk::new(), Desk::new());
    let (mut receiver, _) = drop_box(&there);
    let file = here.file("a", "text");
    // The code alone lets nobody put anything here, and is not even spent.
    let code = receiver.code();
    here.give(&file, receiver.address, &["--code", &code]).assert_unproven("account-needed");
    send_as(&here, &file, &receiver, "anna", SECRET, &["--code", &code]).assert(0, "delivered", None);
    let code = receiver.next_code(&code);
    send_as(&here, &file, &receiver, "anna", "wrong", &["--code", &code]).assert_unproven("wrong-password");
    assert_eq!(receiver.names(), ["anna"]);
    assert_eq!(names(&there.folder().join("anna")), ["a"]);
}

#[test]
fn a_paired_device_without_a_name_and_password_is_told_to_bring_them() {
    let (here, there) = (Desk::new(), Desk::new());
    let (mut receiver, _) = drop_box(&there);
    // Pairing needs no account, and gives nothing but the pin.
    here.pair_by_code(&mut receiver);
    assert_eq!((here.devices().len(), there.devices().len()), (1, 1));
    let file = here.file("a", "text");
    let sent = here.give(&file, receiver.address, &[]);
    sent.assert_unproven("account-needed");
    assert!(sent.message().contains("--user"), "{}", sent.message());
    send_as(&here, &file, &receiver, "anna", SECRET, &[]).assert(0, "delivered", None);
    assert_eq!(receiver.names(), ["anna"]);
}

#[test]
fn a_peer_that_does_not_log_in_or_replays_a_login_gets_nowhere() {
    let (_here, there) = (Desk::new(), Desk::new());
    let (receiver, _) = drop_box(&there);
    let introduce = || Frame::Introduce(Introduction { name: None, remembers: None });
    // Without a word about an account.
    let mut peer = Peer::dial(receiver.address);
    assert_eq!(peer.hello().admits, [Way::Code, Way::Account].map(|way| way));
    peer.say(&introduce());
    assert!(matches!(peer.hear_out(), Some(Frame::Bye(Bye { reason: ByeReason::NotAdmitted, .. }))));
    // With the right name and password, bound to another session.
    let mut peer = Peer::dial(receiver.address);
    peer.hello();
    let account = AccountName::parse("anna").ok();
    let password = sampan::model::Password::new(SECRET).unwrap();
    peer.say(&Frame::Login(Login { account, password, binding: [7; 32] }));
    peer.say(&introduce());
    assert!(matches!(peer.hear_out(), Some(Frame::Bye(Bye { reason: ByeReason::WrongPassword, .. }))));
    assert!(receiver.names().is_empty());
}

#[test]
fn a_change_of_an_account_holds_from_the_next_session_on() {
    let (here, there) = (Desk::new(), Desk::new());
    let (receiver, id) = drop_box(&there);
    let file = here.file("a", "text");
    let device = ["--device", id.as_str()];
    send_as(&here, &file, &receiver, "anna", SECRET, &device).assert(0, "delivered", None);
    account(&there, "passwd", "anna", "changed");
    let file = here.file("a", "more text");
    send_as(&here, &file, &receiver, "anna", SECRET, &device).assert_unproven("wrong-password");
    send_as(&here, &file, &receiver, "anna", "changed", &device).assert(0, "delivered", None);
    assert_eq!(there.run(&["account", "remove", "anna"]).code, Some(0));
    send_as(&here, &file, &receiver, "anna", "changed", &device).assert_unproven("wrong-password");
    assert_eq!(names(&there.folder().join("anna")), ["a", "a (1)"], "its files stay");
}

#[test]
fn closed_pairing_is_nothing_to_an_account() {
    let (here, there) = (Desk::new(), Desk::new());
    let (mut receiver, id) = drop_box(&there);
    let file = here.file("a", "text");
    for count in 1..=3 {
        let code = receiver.code();
        let wrong = crate::support::proven::other_than(&code);
        send_as(&here, &file, &receiver, "anna", SECRET, &["--code", &wrong]).assert_unproven("wrong-code");
        if count < 3 {
            receiver.next_code(&code);
        }
    }
    receiver.program.line("code", |line| line["code"].is_null());
    send_as(&here, &file, &receiver, "anna", SECRET, &["--device", &id]).assert(0, "delivered", None);
}

/// A sender in a terminal that asks for a password.
fn typing(desk: &Desk, to: &Receiver, more: &str) -> Program {
    desk.file("a", "text");
    desk.in_terminal(&format!("send a --to {} --user anna {more}", to.address))
}

#[test]
fn a_person_may_type_the_password_three_times() {
    let (here, there) = (Desk::new(), Desk::new());
    let (receiver, id) = drop_box(&there);
    let mut sender = typing(&here, &receiver, &format!("--device {id}"));
    for text in ["wrong\n", &format!("{SECRET}\n")] {
        sender.out.part("Password of anna: ");
        sender.type_in(text);
    }
    let ended = sender.end();
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert!(!ended.stdout.contains(SECRET), "it is not shown: {ended:?}");
    assert_eq!(names(&there.folder().join("anna")), ["a"]);
    let mut sender = typing(&here, &receiver, &format!("--device {id}"));
    for text in ["one\n", "two\n", "three\n"] {
        sender.out.part("Password of anna: ");
        sender.type_in(text);
    }
    assert_eq!(sender.end().code, Some(5));
}

#[test]
fn a_person_can_leave_the_question_for_a_password_and_the_terminal_is_as_it_was() {
    let (here, there) = (Desk::new(), Desk::new());
    let (receiver, id) = drop_box(&there);
    here.file("a", "text");
    for typed in ["\u{3}", "\u{4}"] {
        let sampan = crate::support::program::SAMPAN;
        let send =
            format!("{sampan} send a --to {} --user anna --device {id}; echo $?; stty", receiver.address);
        let mut command = here.behind(&[], "script");
        command.env("SHELL", "/bin/sh").env("TERM", "xterm");
        command.args(["-q", "-e", "-c", &format!("trap : INT; {send}"), "/dev/null"]);
        let mut shell = Program::start(command);
        shell.out.part("Password of anna: ");
        shell.type_in(typed);
        let ended = shell.end();
        assert!(ended.stdout.contains("130"), "{typed:?}: {ended:?}");
        assert!(!ended.stdout.contains("-echo") && !ended.stdout.contains("-icanon"), "{ended:?}");
    }
    assert!(receiver.names().is_empty());
}

#[test]
fn a_mistyped_password_does_not_cost_the_code_that_proved_the_receiver() {
    let (here, there) = (Desk::new(), Desk::new());
    let (receiver, _) = drop_box(&there);
    let mut sender = typing(&here, &receiver, &format!("--code {}", receiver.code()));
    for text in ["wrong\n", &format!("{SECRET}\n")] {
        sender.out.part("Password of anna: ");
        sender.type_in(text);
    }
    let ended = sender.end();
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert!(here.devices().is_empty(), "and nobody is remembered for it");
}

#[test]
fn no_password_is_in_a_log_of_either_side() {
    let (here, there) = (Desk::new(), Desk::new());
    let (mut receiver, id) = drop_box(&there);
    let file = here.file("a", "text");
    let device = ["--device", id.as_str()];
    let right = send_as(&here, &file, &receiver, "anna", SECRET, &device);
    right.assert(0, "delivered", None);
    receiver.finished();
    let wrong = send_as(&here, &file, &receiver, "anna", "wrong-zebra", &device);
    wrong.assert_unproven("wrong-password");
    receiver.program.signal(Signal::INT);
    let receiver = receiver.end();
    let mut texts = vec![right.stderr, wrong.stderr, receiver.stderr, receiver.stdout];
    for desk in [&here, &there] {
        for entry in fs::read_dir(desk.state().join("logs")).unwrap() {
            texts.push(fs::read_to_string(entry.unwrap().path()).unwrap());
        }
    }
    for text in texts {
        assert!(!text.contains(SECRET) && !text.contains("zebra"), "{text}");
    }
    // Nor in the database, nor in any other file there.
    for entry in fs::read_dir(there.state()).unwrap().map(Result::unwrap).filter(|e| e.path().is_file()) {
        let bytes = fs::read(entry.path()).unwrap();
        assert!(!bytes.windows(SECRET.len()).any(|part| part == SECRET.as_bytes()), "{entry:?}");
    }
}
