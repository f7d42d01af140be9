//! What is remembered, through the built program: `devices`, `forget` and `account`, with the database as a hostile world
//! leaves it, and while others use it.

use std::fs;
use std::future::Future;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::PathBuf;
use std::process::Command;

use rusqlite::Connection;
use sampan::engine::{Home, Records};
use sampan::model::{
    AccountName, DeviceId, DeviceName, DiscoveryKey, Moment, PairedDevice, Password, Pinning, Policy,
};
use serde_json::{Value, json};

use crate::support::contract::CONTRACT;
use crate::support::program::{Desk, Program};
use crate::support::until;

/// How a command ended.
#[derive(Debug)]
struct Done {
    code: Option<i32>,
    stdout: String,
    stderr: String,
}

fn run(desk: &Desk, args: &[&str]) -> Done {
    done(desk.command().args(args))
}

fn done(command: &mut Command) -> Done {
    let output = command.output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    Done { code: output.status.code(), stdout: text(output.stdout), stderr: text(output.stderr) }
}

impl Done {
    /// It went well and said nothing on stderr.
    #[track_caller]
    fn is_well(&self) -> &str {
        assert_eq!((self.code, self.stderr.as_str()), (Some(0), ""), "{self:?}");
        &self.stdout
    }

    /// It failed with this code, and said this on stderr only.
    #[track_caller]
    fn is_refused(&self, code: i32, words: &str) {
        assert_eq!((self.code, self.stdout.as_str()), (Some(code), ""), "{self:?}");
        assert!(self.stderr.contains(words), "{self:?}");
    }

    /// The lines of `--json`, each held against `docs/cli.md`.
    fn lines(&self) -> Vec<Value> {
        let lines: Vec<Value> = self.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        for line in &lines {
            CONTRACT.check(line);
        }
        lines
    }
}

fn ready<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(work)
}

fn records(desk: &Desk) -> Records {
    Records::open(&Home::at(desk.state()).unwrap()).unwrap()
}

fn database(desk: &Desk) -> PathBuf {
    desk.state().join("sampan.db")
}

fn id(byte: u8) -> DeviceId {
    DeviceId::from_bytes([byte; 32])
}

fn device(byte: u8, name: &str) -> PairedDevice {
    PairedDevice {
        id: id(byte),
        name: DeviceName::new(name).unwrap(),
        policy: Policy::Ask,
        address: None,
        paired_at: Moment::from_secs(1_700_000_000),
        seen_at: Moment::from_secs(1_700_000_001),
        discovery: Some(DiscoveryKey::from_bytes([byte; 32])),
        pinning: Pinning::Mutual,
    }
}

/// A computer that is paired with these.
fn paired(devices: &[PairedDevice]) -> Desk {
    let desk = Desk::new();
    let records = records(&desk);
    for device in devices {
        ready(records.remember(device.clone())).unwrap();
    }
    drop(records);
    // Its thread is done with the file once the log beside it is gone; until then the file may still change.
    until("the database's thread to end", || !desk.state().join("sampan.db-wal").exists());
    desk
}

/// A file of the owner's own with this in it.
fn secret(desk: &Desk, contents: impl AsRef<[u8]>) -> PathBuf {
    let path = desk.file("secret", contents);
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
    path
}

fn account(desk: &Desk, act: &str, name: &str, password: &str) -> Done {
    let file = secret(desk, format!("{password}\nnot this\n"));
    run(desk, &["account", act, name, "--password-file", file.to_str().unwrap()])
}

fn opens(desk: &Desk, name: &str, password: &str) -> bool {
    let (name, password) = (AccountName::parse(name).unwrap(), Password::new(password).unwrap());
    ready(records(desk).is_password(Some(&name), password)).unwrap()
}

/// Types when this prompt stands in the terminal and the terminal does not show what is typed.
fn type_unseen(terminal: &mut Program, prompt: &str, text: &str) {
    terminal.out.until(prompt);
    let pid = terminal.pid().as_raw_nonzero();
    let children = fs::read_to_string(format!("/proc/{pid}/task/{pid}/children")).unwrap();
    let tty = fs::read_link(format!("/proc/{}/fd/0", children.trim())).unwrap();
    until("the terminal to hide what is typed", || {
        let state = Command::new("stty").arg("-a").arg("-F").arg(&tty).output().unwrap();
        String::from_utf8_lossy(&state.stdout).contains("-echo ")
    });
    terminal.type_in(text);
}

// Devices

#[test]
fn paired_computers_are_listed_for_people_and_for_programs() {
    let desk = paired(&[
        PairedDevice { address: Some("192.0.2.7:7268".parse().unwrap()), ..device(1, "安娜") },
        PairedDevice { pinning: Pinning::OneSided, policy: Policy::Block, ..device(2, "bob's pc") },
    ]);
    let done = run(&desk, &["devices"]);
    let table: Vec<&str> = done.is_well().lines().collect();
    assert_eq!(table.len(), 3, "{done:?}");
    assert!(table[0].starts_with("NAME") && table[0].ends_with("REMEMBERS US"));
    let bob = id(2).fingerprint().to_string();
    for part in ["bob's pc", &bob, "block", "ago", "unknown", "no, asks for the code"] {
        assert!(table[1].contains(part), "{part}: {done:?}");
    }
    assert!(table[2].contains("192.0.2.7:7268") && table[2].ends_with("yes"), "{done:?}");
    let done = run(&desk, &["devices", "--json"]);
    done.is_well();
    let expected = json!({
        "event": "device", "id": id(1).to_string(), "fingerprint": id(1).fingerprint().to_string(),
        "name": "安娜", "policy": "ask", "remembers_us": true, "address": "192.0.2.7:7268",
        "paired": 1_700_000_000, "seen": 1_700_000_001,
    });
    let lines = done.lines();
    assert_eq!((lines.len(), &lines[1]), (2, &expected));
}

#[test]
fn a_new_home_has_no_devices_and_no_accounts() {
    let desk = Desk::new();
    assert_eq!(run(&desk, &["devices"]).is_well(), "No computer is paired with this one.\n");
    assert_eq!(run(&desk, &["devices", "--json"]).is_well(), "");
    assert_eq!(run(&desk, &["account", "list"]).is_well(), "");
}

#[test]
fn a_device_is_forgotten_by_its_name_or_by_its_id_and_our_discovery_key_changes() {
    let desk = paired(&[device(1, "Anna"), device(2, "bob")]);
    let key = ready(records(&desk).discovery_key()).unwrap();
    let said = run(&desk, &["forget", "ANNA"]);
    assert!(said.is_well().contains(&id(1).fingerprint().to_string()));
    let next = ready(records(&desk).discovery_key()).unwrap();
    assert_ne!(key, next);
    run(&desk, &["forget", &id(2).to_string()[..9].to_uppercase()]).is_well();
    assert_eq!(ready(records(&desk).devices()).unwrap(), []);
}

#[test]
fn who_is_not_known_or_not_clearly_meant_is_not_forgotten() {
    let both = [device(1, "anna"), device(2, "Anna")];
    let desk = paired(&both);
    let key = ready(records(&desk).discovery_key()).unwrap();
    let short = id(1).to_string()[..8].to_owned();
    for (name, code, words) in [
        ("carl", 1, "carl"),
        ("", 1, "No paired computer"),
        ("%", 1, "No paired computer"),
        ("' OR 1=1 --", 1, "No paired computer"),
        (&short, 1, "No paired computer"),
        ("anna", 2, &id(1).fingerprint().to_string()),
        ("anna", 2, &id(2).fingerprint().to_string()),
    ] {
        run(&desk, &["forget", name]).is_refused(code, words);
    }
    let mut kept = ready(records(&desk).devices()).unwrap();
    kept.sort_by_key(|device| device.id);
    assert_eq!(kept, both);
    assert_eq!(ready(records(&desk).discovery_key()).unwrap(), key);
}

// Accounts

#[test]
fn an_account_is_made_listed_given_another_password_and_removed() {
    let desk = Desk::new();
    assert_eq!(account(&desk, "add", "web-01", "first one ").is_well(), "Account web-01 added.\n");
    account(&desk, "add", "anna", "x").is_well();
    assert_eq!(run(&desk, &["account", "list"]).is_well(), "anna\nweb-01\n");
    assert!(opens(&desk, "web-01", "first one ") && !opens(&desk, "web-01", "first one"));
    account(&desk, "passwd", "web-01", "second").is_well();
    assert!(opens(&desk, "web-01", "second") && !opens(&desk, "web-01", "first one "));
    run(&desk, &["account", "remove", "web-01"]).is_well();
    assert_eq!(run(&desk, &["account", "list"]).is_well(), "anna\n");
    assert!(!opens(&desk, "web-01", "second"));
    // Neither a password nor anything that is quickly tried is in the home.
    for ending in ["", "-wal"] {
        let bytes = fs::read(desk.state().join(format!("sampan.db{ending}"))).unwrap_or_default();
        assert!(!bytes.windows(9).any(|found| found == b"first one"), "{ending}");
    }
}

#[test]
fn an_account_is_not_made_twice_and_one_that_is_not_there_is_not_changed() {
    let desk = Desk::new();
    account(&desk, "add", "anna", "right").is_well();
    account(&desk, "add", "anna", "other").is_refused(1, "already");
    assert!(opens(&desk, "anna", "right"));
    account(&desk, "passwd", "bob", "x").is_refused(1, "no account “bob”");
    run(&desk, &["account", "remove", "bob"]).is_refused(1, "no account “bob”");
    assert_eq!(run(&desk, &["account", "list"]).is_well(), "anna\n");
}

#[test]
fn names_that_would_lead_out_of_a_folder_or_to_a_device_are_refused() {
    let desk = Desk::new();
    let long = "a".repeat(33);
    for name in
        ["../x", "..", ".", "a/b", "con", "nul.txt", "", &long, "Anna", "a b", "安娜", ".sampan-x", "a."]
    {
        account(&desk, "add", name, "x").is_refused(2, "No account can be called");
    }
    account(&desk, "add", "\u{1b}[2Jx", "x").is_refused(2, "\\u{1b}[2Jx");
    assert_eq!(run(&desk, &["account", "list"]).is_well(), "");
}

#[test]
fn a_password_file_that_others_can_read_is_used_with_a_warning() {
    let desk = Desk::new();
    let file = secret(&desk, "hunter2\r\n");
    fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).unwrap();
    let done = run(&desk, &["account", "add", "anna", "--password-file", file.to_str().unwrap()]);
    assert_eq!(done.code, Some(0));
    assert!(done.stderr.contains("others") && done.stderr.contains("chmod 600"), "{done:?}");
    assert!(!done.stderr.contains("hunter2"));
    assert!(opens(&desk, "anna", "hunter2"));
}

#[test]
fn a_file_without_a_password_and_no_terminal_to_ask_in_make_no_account() {
    let desk = Desk::new();
    let add = |file: &str| run(&desk, &["account", "add", "anna", "--password-file", file]);
    for contents in [b"".to_vec(), b"\nsecond".to_vec(), vec![b'x'; 5_000_000], b"\xff\xfe".to_vec()] {
        add(secret(&desk, contents).to_str().unwrap()).is_refused(2, "cannot be a password");
    }
    add("nowhere").is_refused(7, "nowhere");
    add(desk.home().to_str().unwrap()).is_refused(7, "home");
    let mut asking = desk.command();
    done(asking.args(["account", "add", "anna"])).is_refused(2, "--password-file");
    assert_eq!(run(&desk, &["account", "list"]).is_well(), "");
}

#[test]
fn a_password_typed_in_the_terminal_is_not_shown_and_has_to_be_typed_alike() {
    let desk = Desk::new();
    let mut terminal = desk.in_terminal("account add anna");
    let first = "New password of anna: ";
    let again = format!("{first}\r\nThe same again: ");
    type_unseen(&mut terminal, first, "hunter2\n");
    type_unseen(&mut terminal, &again, "hunter3\n");
    type_unseen(&mut terminal, &format!("They differ. Once more, please.\r\n{first}"), "Hunter 2\n");
    type_unseen(&mut terminal, &format!("please.\r\n{again}"), "Hunter 2\n");
    let ended = terminal.end();
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert!(!ended.stdout.contains("unter"), "{ended:?}");
    assert!(opens(&desk, "anna", "Hunter 2"));
}

// A database as it should not be

#[test]
fn a_damaged_database_stops_every_command_names_itself_and_stays() {
    for contents in [b"".to_vec(), b"SQLite format 3\0 and then nonsense".to_vec(), vec![0; 9000]] {
        let desk = Desk::new();
        fs::create_dir(desk.state()).unwrap();
        fs::write(database(&desk), &contents).unwrap();
        for args in [
            ["devices", "-v"].as_slice(),
            &["forget", "anna"],
            &["account", "list"],
            &["account", "remove", "a"],
        ] {
            run(&desk, args).is_refused(1, "sampan.db");
        }
        let done = run(&desk, &["devices", "--json"]);
        let lines = done.lines();
        assert_eq!((done.code, lines[0]["kind"].as_str()), (Some(1), Some("database-unusable")));
        assert_eq!(lines.last().unwrap()["event"], "finished");
        assert!(fs::read(database(&desk)).unwrap() == contents);
        assert!(!desk.state().join("sampan.db-wal").exists());
    }
}

#[test]
fn a_link_a_folder_and_a_fifo_are_not_taken_for_the_database() {
    let other = paired(&[device(1, "anna")]);
    let before = fs::read(database(&other)).unwrap();
    for plant in [
        |to: PathBuf, from: PathBuf| symlink(from, to).unwrap(),
        |to: PathBuf, _: PathBuf| fs::create_dir(to).unwrap(),
        |to: PathBuf, _: PathBuf| {
            use rustix::fs::{CWD, Mode, mkfifoat};
            mkfifoat(CWD, to, Mode::RUSR | Mode::WUSR).unwrap();
        },
    ] {
        let desk = Desk::new();
        fs::create_dir(desk.state()).unwrap();
        plant(database(&desk), database(&other));
        run(&desk, &["forget", "anna"]).is_refused(1, "not an ordinary file");
        account(&desk, "add", "anna", "x").is_refused(1, "not an ordinary file");
    }
    assert!(fs::read(database(&other)).unwrap() == before);
}

#[test]
fn a_newer_versions_database_is_refused_and_not_touched() {
    let desk = paired(&[device(1, "anna")]);
    let connection = Connection::open(database(&desk)).unwrap();
    connection.execute_batch("PRAGMA user_version = 2000; PRAGMA wal_checkpoint(TRUNCATE)").unwrap();
    connection.close().unwrap();
    let before = fs::read(database(&desk)).unwrap();
    run(&desk, &["forget", "anna"]).is_refused(1, "newer version");
    account(&desk, "add", "anna", "x").is_refused(1, "newer version");
    assert!(fs::read(database(&desk)).unwrap() == before);
}

#[test]
fn a_database_that_another_program_holds_is_read_but_a_change_gives_up_after_a_while() {
    let desk = paired(&[device(1, "anna")]);
    let holder = Connection::open(database(&desk)).unwrap();
    holder.execute_batch("BEGIN IMMEDIATE").unwrap();
    assert!(run(&desk, &["devices"]).is_well().contains("anna"));
    run(&desk, &["forget", "anna"]).is_refused(1, "another program holds it");
    holder.execute_batch("ROLLBACK").unwrap();
    run(&desk, &["forget", "anna"]).is_well();
}

// Several at once

#[test]
fn commands_that_run_at_the_same_time_beside_one_that_stays_open_all_take_effect() {
    let desk = Desk::new();
    let window = records(&desk);
    let file = secret(&desk, "pass word");
    let names = ["a", "b", "c", "d", "e", "f"];
    let adding = names.map(|name| {
        let mut command = desk.command();
        Program::start({
            command.args(["account", "add", name, "--password-file"]).arg(&file);
            command
        })
    });
    for byte in 0..50 {
        ready(window.remember(device(byte, "anna"))).unwrap();
    }
    for program in adding {
        let ended = program.end();
        assert_eq!(ended.code, Some(0), "{ended:?}");
    }
    let found = ready(window.accounts()).unwrap();
    assert_eq!(found.iter().map(|account| account.name.as_str()).collect::<Vec<_>>(), names);
    run(&desk, &["forget", &id(7).to_string()]).is_well();
    assert_eq!(ready(window.device(&id(7))).unwrap(), None);
    assert_eq!(ready(window.devices()).unwrap().len(), 49);
}
