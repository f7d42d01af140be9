//! Two homes that never met: the code, being remembered with it, and being forgotten.

use std::fs;

use rustix::process::Signal;
use sampan::engine::{Home, Records};
use sampan::wire::Kind;
use serde_json::Value;

use crate::support::middle::Middle;
use crate::support::program::Desk;
use crate::support::proven::other_than;

/// A device's whole id as the receiver's `listening` line tells it.
fn text<'line>(line: &'line Value, field: &str) -> &'line str {
    line[field].as_str().unwrap_or_else(|| panic!("no {field}: {line}"))
}

#[test]
fn without_the_code_not_a_byte_and_no_name_goes_to_a_stranger() {
    let (here, there) = (Desk::new(), Desk::new());
    let receiver = there.careful_receiver();
    let sent = here.give(&here.file("diary.txt", "text"), receiver.address, &[]);
    sent.assert_unproven("code-needed");
    assert!(sent.message().contains("--code"), "{}", sent.message());
    assert!(!sent.message().contains(text(receiver.listening(), "name")), "{}", sent.message());
    assert!(receiver.names().is_empty());
    assert!(here.devices().is_empty() && there.devices().is_empty());
    // People read it on stderr.
    let path = here.path("diary.txt");
    let told = here.run(&["send", path.to_str().unwrap(), "--to", &receiver.address.to_string()]);
    assert_eq!(told.code, Some(5), "{told:?}");
    assert!(told.stderr.contains("--code"), "{told:?}");
}

#[test]
fn with_the_code_in_any_spelling_it_is_delivered_once_and_nobody_is_remembered() {
    let (here, there) = (Desk::new(), Desk::new());
    let mut receiver = there.careful_receiver();
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
    let expires = receiver.listening()["expires"].as_u64().unwrap();
    assert!((now + 500..=now + 700).contains(&expires), "ten minutes: {expires} and it is {now}");
    let mut file = here.file("a", "text");
    let mut code = receiver.code();
    for (count, blank) in ["", " ", "-"].into_iter().enumerate() {
        file = here.file(format!("a{count}"), "text");
        let spelling = format!("{}{blank}{}", &code[..3], &code[3..]);
        let sent = here.give(&file, receiver.address, &["--code", &spelling]);
        sent.assert(0, "delivered", None);
        let offer = sent.event("offer");
        assert_eq!((text(offer, "trust"), &offer["verified"]), ("code", &Value::Bool(true)));
        assert_eq!(offer["device"], receiver.listening()["device"]);
        code = receiver.next_code(&code);
        assert_eq!(receiver.names().len(), count + 1);
    }
    assert!(here.devices().is_empty() && there.devices().is_empty());
    here.give(&file, receiver.address, &[]).assert_unproven("code-needed");
}

#[test]
fn a_code_is_good_for_one_transfer_only() {
    let (here, there) = (Desk::new(), Desk::new());
    let mut receiver = there.careful_receiver();
    let file = here.file("a", "text");
    let code = receiver.code();
    here.give(&file, receiver.address, &["--code", &code]).assert(0, "delivered", None);
    let next = receiver.next_code(&code);
    let again = here.give(&file, receiver.address, &["--code", &code]);
    again.assert_unproven("wrong-code");
    assert!(again.message().contains("between"), "a mistake or an attack: {}", again.message());
    let after = receiver.next_code(&next);
    assert_ne!(after, next, "the wrong guess has spent the next one as well");
    assert_eq!(receiver.names(), ["a"]);
}

#[test]
fn what_is_no_code_is_said_before_anybody_is_called() {
    let here = Desk::new();
    let file = here.file("a", "text");
    for typed in ["", "12345", "1234567", "12345a", "１2-3456"] {
        let sent = here.give(&file, "127.0.0.1:1", &["--code", typed]);
        assert_eq!(sent.kind(), Some("bad-code"), "{typed:?}: {sent:#?}");
        assert!(typed.len() < 5 || !sent.stderr.contains(typed) && !sent.message().contains(typed));
    }
}

#[test]
fn once_remembered_neither_needs_a_code_and_name_and_id_mean_the_device() {
    let (here, there) = (Desk::new(), Desk::new());
    let mut receiver = there.careful_receiver();
    let file = here.file("a", "text");
    let code = receiver.code();
    let sent = here.give(&file, receiver.address, &["--code", &code, "--remember"]);
    sent.assert(0, "delivered", None);
    receiver.next_code(&code);
    let (ours, theirs) = (here.devices(), there.devices());
    assert_eq!((ours.len(), theirs.len()), (1, 1));
    assert_eq!(ours[0]["id"], receiver.listening()["device"]);
    assert_eq!(ours[0]["remembers_us"], true, "{ours:?}");
    assert_eq!(theirs[0]["remembers_us"], true, "{theirs:?}");
    assert_eq!(text(&ours[0], "address"), receiver.address.to_string());
    let (name, id) = (text(&ours[0], "name"), text(&ours[0], "id"));
    let prefix: String = id.chars().filter(|character| *character != '-').take(8).collect();
    let address = receiver.address.to_string();
    for (count, to) in (1..).zip([&address, name, &name.to_uppercase(), id, &id[..10], &prefix]) {
        let file = here.file(format!("a{count}"), "text");
        let sent = here.give(&file, to, &[]);
        sent.assert(0, "delivered", None);
        assert_eq!(sent.event("offer")["trust"], "paired", "{to}");
        assert_eq!(sent.event("offer")["remembers_us"], true, "{to}");
    }
    assert_eq!(receiver.names().len(), 7);
}

#[test]
fn pairing_alone_is_remembered_by_both_and_carries_no_file() {
    let (here, there) = (Desk::new(), Desk::new());
    let mut receiver = there.careful_receiver();
    let (address, code) = (receiver.address.to_string(), receiver.code());
    let bare = here.run(&["pair", &address]);
    assert_eq!(bare.code, Some(5), "{bare:?}");
    assert!(bare.stderr.contains("--code"), "{bare:?}");
    assert_eq!(here.run(&["pair", &address, "--code", &other_than(&code)]).code, Some(5));
    assert!(here.devices().is_empty() && there.devices().is_empty());
    let code = receiver.next_code(&code);
    let paired = here.run(&["pair", &address, "--code", &code, "--json"]);
    assert_eq!(paired.code, Some(0), "{paired:?}");
    let line = paired.event("paired");
    assert_eq!(
        (&line["device"], &line["remembers_us"]),
        (&receiver.listening()["device"], &Value::Bool(true))
    );
    assert_eq!(there.devices()[0]["remembers_us"], true);
    assert!(receiver.names().is_empty());
    here.give(&here.file("a", "text"), receiver.address, &[]).assert(0, "delivered", None);
    // Once more changes nothing, and says so in words.
    let code = receiver.next_code(&code);
    let again = here.run(&["pair", &address, "--code", &code]);
    assert_eq!(again.code, Some(0), "{again:?}");
    assert!(again.stdout.contains("Paired with"), "{again:?}");
    assert_eq!((here.devices().len(), there.devices().len()), (1, 1));
}

#[test]
fn who_was_forgotten_by_one_side_or_both_is_a_stranger_again() {
    let (here, there) = (Desk::new(), Desk::new());
    let mut receiver = there.careful_receiver();
    let file = here.file("a", "text");
    let mut code = here.pair_by_code(&mut receiver);
    let id = |desk: &Desk| text(&desk.devices()[0], "id").to_owned();
    let (ours, theirs) = (id(&there), id(&here));
    // The sender forgets: whoever answers there could say that it knows us.
    assert_eq!(here.run(&["forget", &theirs]).code, Some(0));
    here.give(&file, receiver.address, &[]).assert_unproven("code-needed");
    let by_id = here.give(&file, &theirs, &[]);
    by_id.assert(1, "failed", Some("no-such-device"));
    let spent = code;
    here.give(&file, receiver.address, &["--code", &spent, "--remember"]).assert(0, "delivered", None);
    code = receiver.next_code(&spent);
    here.give(&file, receiver.address, &[]).assert(0, "delivered", None);
    // The receiver forgets: the sender still knows it, and hears that the code is needed.
    assert_eq!(there.run(&["forget", &ours]).code, Some(0));
    here.give(&file, receiver.address, &[]).assert_unproven("code-needed");
    here.give(&file, receiver.address, &["--code", &code]).assert(0, "delivered", None);
    receiver.next_code(&code);
    // Both.
    there.run(&["forget", &ours]);
    here.run(&["forget", &theirs]);
    here.give(&file, receiver.address, &[]).assert_unproven("code-needed");
    assert!(here.devices().is_empty() && there.devices().is_empty());
}

#[test]
fn the_id_that_is_named_is_the_only_one_that_will_do() {
    let (here, there, elsewhere) = (Desk::new(), Desk::new(), Desk::new());
    let (mut receiver, other) = (there.careful_receiver(), elsewhere.careful_receiver());
    let file = here.file("a", "text");
    let (id, wrong) = (text(receiver.listening(), "device"), text(other.listening(), "device"));
    let (id, wrong) = (id.to_owned(), wrong.to_owned());
    // A stranger whose id is named is still asked for the code: it does not know us.
    here.give(&file, receiver.address, &["--device", &id]).assert_unproven("code-needed");
    let code = receiver.code();
    here.give(&file, receiver.address, &["--device", &wrong, "--code", &code])
        .assert_unproven("wrong-device");
    // Its code was not touched.
    let sent = here.give(&file, receiver.address, &["--device", &id, "--code", &code, "--remember"]);
    sent.assert(0, "delivered", None);
    receiver.next_code(&code);
    let sent = here.give(&file, &id, &["--device", &wrong]);
    sent.assert_unproven("wrong-device");
    let second = here.file("b", "text");
    here.give(&second, &id, &["--device", &id]).assert(0, "delivered", None);
    let sent = here.give(&file, receiver.address, &["--device", "abc"]);
    assert_eq!((sent.code, sent.kind()), (Some(1), Some("no-such-device")));
    assert_eq!(receiver.names().len(), 2);
}

#[test]
fn no_code_no_share_and_no_discovery_key_is_in_a_log_or_said_to_the_sender() {
    let (here, there) = (Desk::new(), Desk::new());
    let mut receiver = there.careful_receiver();
    let file = here.file("a", "text");
    let (mut codes, mut told) = (vec![receiver.code()], Vec::new());
    let wrong = other_than(&codes[0]);
    told.push(here.give(&file, receiver.address, &["--code", &wrong]));
    codes.push(receiver.next_code(&codes[0]));
    told.push(here.give(&file, receiver.address, &["--code", &codes[1], "--remember"]));
    codes.push(receiver.next_code(&codes[1]));
    told.push(here.give(&file, receiver.address, &[]));
    // And one whose shares and confirmation a man in the middle wrote down.
    let middle = Middle::before(receiver.address);
    told.push(here.give(&file, middle.address, &["--code", &codes[2]]));
    assert_eq!(told.iter().map(|ended| ended.code).collect::<Vec<_>>(), [Some(5), Some(0), Some(0), Some(5)]);
    receiver.program.signal(Signal::INT);
    let receiver = receiver.end();
    codes.push(wrong);
    let spoken = [Kind::PairShare, Kind::PairConfirm].map(|kind| middle.bodies(kind)).concat();
    assert_eq!(spoken.len(), 3, "both shares and a confirmation");
    // A body is a map of one byte string; its last 32 bytes are what counts.
    let mut secrets: Vec<Vec<u8>> = spoken.iter().map(|body| body[body.len() - 32..].to_vec()).collect();
    secrets.extend([&here, &there].map(discovery_key));
    let stderr = told.iter().map(|ended| ended.stderr.clone()).chain([receiver.stderr]);
    for text in stderr.chain([&here, &there].map(log)) {
        assert!(text.contains("INFO"), "something was logged: {text}");
        for code in &codes {
            for digits in [code.clone(), format!("{} {}", &code[..3], &code[3..])] {
                assert!(!has_number(&text, &digits), "{digits} is in a log: {text}");
            }
        }
        for secret in &secrets {
            let hex = secret.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().concat();
            for shown in [hex.to_uppercase(), hex, format!("{secret:?}"), format!("{secret:x?}")] {
                let part = &shown[..shown.len() / 2];
                assert!(!text.contains(part), "{part} is in a log: {text}");
            }
        }
    }
}

fn discovery_key(desk: &Desk) -> Vec<u8> {
    let records = Records::open(&Home::at(desk.state()).unwrap()).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(records.discovery_key()).unwrap().as_bytes().to_vec()
}

/// Whether a number stands there by itself, not in a longer one as in a time or a hash.
fn has_number(text: &str, number: &str) -> bool {
    text.match_indices(number).any(|(at, _)| {
        let is_part = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_hexdigit);
        let before = at.checked_sub(1).and_then(|before| text.as_bytes().get(before));
        // The fraction of a second in a line's time.
        before != Some(&b'.') && !is_part(before) && !is_part(text.as_bytes().get(at + number.len()))
    })
}

/// All of a home's log files.
fn log(desk: &Desk) -> String {
    let files = fs::read_dir(desk.state().join("logs")).unwrap();
    files.map(|file| fs::read_to_string(file.unwrap().path()).unwrap()).collect()
}
