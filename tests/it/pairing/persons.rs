//! Persons on the receiver's side: asked whether to remember, with an offer or on a question of its own.

use std::fs;
use std::path::PathBuf;

use sampan::engine::{
    Acceptance, Answer, Command, Credentials, Memory, Pairing, Prompt, Proof, Remember, State, Target,
    Timing, WithoutCode,
};
use sampan::model::{
    Code, DeviceId, DeviceName, FailureKind, Outcome, Pinning, Policy, Settings, Strangers, Trust,
};
use tempfile::TempDir;

use crate::support::engines::Side;
use crate::support::program::{Desk, Program};

fn side() -> Side {
    Side::start(Acceptance::Ask, Timing::default())
}

fn file() -> (TempDir, PathBuf) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a");
    fs::write(&path, "text").unwrap();
    (dir, path)
}

fn with_code(code: Code, remember: Remember) -> Credentials {
    Credentials { code: Some(code), remember, without_code: WithoutCode::End, ..Credentials::default() }
}

/// Without anything, and nobody to ask.
fn plain() -> Credentials {
    Credentials { without_code: WithoutCode::End, ..Credentials::default() }
}

fn prompt(receiver: &mut Side) -> Prompt {
    let prompt = |state: &State| state.transfers.values().find_map(|row| row.prompt.clone());
    receiver.until("a question", |state| prompt(state).is_some());
    prompt(&receiver.state).unwrap()
}

/// Why the sender's `count`th transfer failed.
fn failure(sender: &mut Side, count: usize) -> FailureKind {
    sender.ended(count).ending.unwrap().failure.unwrap().kind
}

#[test]
fn yes_to_an_offer_and_its_sender_makes_both_remember_and_the_sender_hears_it() {
    let (mut receiver, mut sender) = (side(), side());
    let address = receiver.listen();
    let (_dir, path) = file();
    let code = receiver.code();
    sender.send_with(&[&path], address, with_code(code, Remember::Yes));
    let asked = prompt(&mut receiver);
    assert_eq!(asked.memory, Memory::Wished);
    let peer = receiver.state.transfers.values().next().unwrap().peer.clone();
    assert_eq!((peer.trust, peer.remembers_us, peer.is_namesake), (Some(Trust::Code), true, false));
    assert!(receiver.state.devices.is_empty() && receiver.received().is_empty());
    receiver.command(Command::Decide { prompt: asked.id, answer: Answer::Accept(Remember::Yes) });
    assert_eq!(sender.outcome(), Outcome::Delivered);
    let pinning = |state: &State| state.devices.first().map(|device| device.pinning);
    sender.until("the word that it is remembered", |state| pinning(state) == Some(Pinning::Mutual));
    receiver.until("the device", |state| pinning(state) == Some(Pinning::Mutual));
    // And the next one needs no code, but is still asked about.
    sender.send_with(&[&path], address, plain());
    let asked = prompt(&mut receiver);
    assert_eq!(asked.memory, Memory::NotOffered);
    receiver.command(Command::Decide { prompt: asked.id, answer: Answer::Accept(Remember::No) });
    assert_eq!(sender.ended(2).ending.unwrap().outcome, Outcome::Delivered);
}

#[test]
fn no_to_remembering_leaves_it_one_sided_and_the_code_is_asked_for_again() {
    let (mut receiver, mut sender) = (side(), side());
    let address = receiver.listen();
    let (_dir, path) = file();
    let code = receiver.code();
    sender.send_with(&[&path], address, with_code(code, Remember::Yes));
    let asked = prompt(&mut receiver);
    receiver.command(Command::Decide { prompt: asked.id, answer: Answer::Accept(Remember::No) });
    assert_eq!(sender.outcome(), Outcome::Delivered);
    sender.until("the device", |state| !state.devices.is_empty());
    assert_eq!(sender.state.devices[0].pinning, Pinning::OneSided);
    assert!(receiver.state.devices.is_empty());
    sender.send_with(&[&path], address, plain());
    assert_eq!(failure(&mut sender, 2), FailureKind::CodeNeeded);
}

#[test]
fn who_wants_to_be_remembered_unasked_can_be_remembered_and_remembers_nothing_itself() {
    let (mut receiver, mut sender) = (side(), side());
    let address = receiver.listen();
    let (_dir, path) = file();
    let code = receiver.code();
    sender.send_with(&[&path], address, with_code(code, Remember::No));
    let asked = prompt(&mut receiver);
    assert_eq!(asked.memory, Memory::Offered);
    receiver.command(Command::Decide { prompt: asked.id, answer: Answer::Accept(Remember::Yes) });
    assert_eq!(sender.outcome(), Outcome::Delivered);
    receiver.until("the device", |state| !state.devices.is_empty());
    assert_eq!(receiver.state.devices[0].pinning, Pinning::OneSided);
    assert!(sender.state.devices.is_empty());
    // It is known there, but whoever answers here could say so.
    sender.send_with(&[&path], address, plain());
    assert_eq!(failure(&mut sender, 2), FailureKind::CodeNeeded);
}

/// Begins a pairing, and waits for the question there.
fn call(receiver: &mut Side, dialler: &mut Side, to: std::net::SocketAddr) -> sampan::engine::PromptId {
    let code = receiver.code();
    dialler.command(Command::Pair { to: Target::Address(to.into()), code });
    receiver.until("the caller", |state| !state.callers.is_empty());
    dialler.until("asking", |state| state.pairing == Pairing::Asking);
    receiver.state.callers[0].id
}

fn paired(dialler: &mut Side) -> Pinning {
    dialler.until("the end", |state| !matches!(state.pairing, Pairing::Connecting | Pairing::Asking));
    match &dialler.state.pairing {
        Pairing::Done { device } => device.pinning,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_caller_is_remembered_by_a_persons_yes_alone() {
    for (remember, pinning) in [(Remember::Yes, Pinning::Mutual), (Remember::No, Pinning::OneSided)] {
        let (mut receiver, mut dialler) = (side(), side());
        let address = receiver.listen();
        let prompt = call(&mut receiver, &mut dialler, address);
        assert!(receiver.state.devices.is_empty(), "not before the answer");
        receiver.command(Command::AnswerPairing { prompt, remember });
        assert_eq!(paired(&mut dialler), pinning);
        receiver.until("the end of the question", |state| state.callers.is_empty());
        receiver.until("the device", |state| state.devices.len() == usize::from(remember == Remember::Yes));
    }
}

#[test]
fn a_caller_hears_no_when_receive_is_switched_off() {
    let (mut receiver, mut dialler) = (side(), side());
    let address = receiver.listen();
    call(&mut receiver, &mut dialler, address);
    receiver.command(Command::StopReceiving);
    assert_eq!(paired(&mut dialler), Pinning::OneSided);
    receiver.until("the end of the question", |state| state.callers.is_empty());
    assert!(receiver.state.devices.is_empty() && receiver.state.desk.is_none());
}

#[test]
fn a_caller_who_goes_takes_the_question_along() {
    let (mut receiver, mut dialler) = (side(), side());
    let address = receiver.listen();
    let prompt = call(&mut receiver, &mut dialler, address);
    dialler.command(Command::CancelPair);
    receiver.until("the end of the question", |state| state.callers.is_empty());
    receiver.command(Command::AnswerPairing { prompt, remember: Remember::Yes });
    receiver.command(Command::LookAtDevices);
    assert!(receiver.state.devices.is_empty());
}

/// Names a side, as its person does.
fn name(side: &mut Side, name: &str) {
    side.command(Command::Configure(Settings { name: name.to_owned(), ..side.state.settings.clone() }));
    side.until("the name", |state| state.device.name.as_str() == name);
}

#[test]
fn a_stranger_with_the_code_and_the_name_of_a_paired_device_is_shown_as_another() {
    let (mut receiver, mut friend, mut stranger) = (side(), side(), side());
    name(&mut friend, "Anna");
    name(&mut stranger, "ANNA");
    receiver.pair_with(&friend);
    let address = receiver.listen();
    receiver.command(Command::LookAtDevices);
    receiver.until("the friend", |state| !state.devices.is_empty());
    assert_eq!(Some(receiver.state.devices[0].name.clone()), DeviceName::new("Anna"));
    let (_dir, path) = file();
    let code = receiver.code();
    stranger.send_with(&[&path], address, with_code(code, Remember::No));
    prompt(&mut receiver);
    let peer = receiver.state.transfers.values().next().unwrap().peer.clone();
    assert_eq!((peer.name.unwrap().as_str(), peer.is_namesake), ("ANNA", true));
    assert_ne!(peer.id, Some(friend.state.device.id));
}

/// Changes what a device may do.
fn set_policy(receiver: &mut Side, device: DeviceId, policy: Policy) {
    receiver.command(Command::SetPolicy { device, policy });
    receiver.until("the policy", |state| {
        state.devices.iter().any(|paired| paired.id == device && paired.policy == policy)
    });
}

#[test]
fn a_device_with_the_policy_accept_is_not_asked_about() {
    let (mut receiver, mut sender) = (side(), side());
    receiver.pair_with(&sender);
    let address = receiver.listen();
    set_policy(&mut receiver, sender.state.device.id, Policy::Accept);
    let (_dir, path) = file();
    sender.send_with(&[&path], address, plain());
    assert_eq!(sender.outcome(), Outcome::Delivered);
    assert_eq!(receiver.outcome(), Outcome::Delivered);
}

#[test]
fn a_blocked_device_is_told_nothing_whatever_it_brings_and_whoever_else_may_come() {
    for acceptance in [Acceptance::Ask, Acceptance::Paired, Acceptance::All] {
        let (mut receiver, mut sender) = (Side::start(acceptance, Timing::default()), side());
        receiver.pair_with(&sender);
        let address = receiver.listen();
        set_policy(&mut receiver, sender.state.device.id, Policy::Block);
        let (_dir, path) = file();
        let code = receiver.code();
        let anyone = Credentials { proof: Proof::Waived, ..plain() };
        let tries = [plain(), with_code(code.clone(), Remember::No), anyone];
        for (count, with) in tries.into_iter().enumerate() {
            sender.send_with(&[&path], address, with);
            let ended = sender.ended(count + 1);
            assert_eq!(
                ended.ending.unwrap().failure.unwrap().kind,
                FailureKind::NotAdmitted,
                "{acceptance:?}"
            );
            assert_eq!((ended.peer.name, ended.peer.trust), (None, None), "it learns no name");
        }
        assert!(receiver.state.transfers.is_empty() && receiver.received().is_empty());
        assert_eq!(receiver.code(), code, "and spends no code");
    }
}

#[test]
fn strangers_who_may_not_ask_see_no_code_and_get_nowhere_with_one() {
    let (mut receiver, mut sender) = (side(), side());
    let address = receiver.listen();
    let code = receiver.code();
    let settings = Settings { strangers: Strangers::NotAtAll, ..receiver.state.settings.clone() };
    receiver.command(Command::Configure(settings));
    receiver.until("no desk", |state| state.desk.is_none());
    let (_dir, path) = file();
    for (count, with) in [plain(), with_code(code, Remember::Yes)].into_iter().enumerate() {
        sender.send_with(&[&path], address, with);
        assert_eq!(failure(&mut sender, count + 1), FailureKind::NotAdmitted);
    }
    assert!(sender.state.devices.is_empty() && receiver.state.transfers.is_empty());
}

/// A receiver in a terminal, where to reach it, and the code it shows.
fn asking(desk: &Desk) -> (Program, String, String) {
    let mut program = desk.in_terminal("receive --listen 127.0.0.1:0 --dir in");
    let line = program.out.line_with("Code for computers");
    let code = line.split_once("paired: ").unwrap().1[..7].replace(' ', "");
    let to = program.out.line_with("--to 127.0.0.1:").trim().rsplit(' ').next().unwrap().to_owned();
    (program, to, code)
}

#[test]
fn the_terminal_asks_whether_to_remember_who_came_to_pair() {
    for (answer, is_yes) in [("y\n", true), ("n\n", false), ("\n", false)] {
        let (here, there) = (Desk::new(), Desk::new());
        let (mut receiver, to, code) = asking(&there);
        let mut command = here.command();
        command.args(["pair", &to, "--code", &code, "--json"]);
        let mut pairing = Program::start(command);
        receiver.out.until("Remember it? [y/N]");
        pairing.err.until("somebody there has to agree");
        receiver.type_in(answer);
        let paired = pairing.end();
        assert_eq!(paired.code, Some(0), "{paired:?}");
        assert_eq!(paired.event("paired")["remembers_us"], is_yes);
        assert_eq!(there.devices().len(), usize::from(is_yes));
        assert_eq!(here.devices()[0]["remembers_us"], is_yes);
        receiver.type_in("\u{3}");
        assert_eq!(receiver.end().code, Some(130));
    }
}

#[test]
fn the_terminal_asks_whether_to_remember_who_sent_with_the_code() {
    for (answer, is_yes) in [("y\n", true), ("n\n", false)] {
        let (here, there) = (Desk::new(), Desk::new());
        let (mut receiver, to, code) = asking(&there);
        let sending = here.giving(&here.file("a", "text"), &to, &["--code", &code, "--remember"]);
        let question = receiver.out.until("Accept? [y/N]");
        assert!(question.contains("with the code"), "{question}");
        receiver.type_in("y\n");
        receiver.out.until("needs no code next time? [y/N]");
        assert!(there.devices().is_empty() && fs::read_dir(there.folder()).unwrap().next().is_none());
        receiver.type_in(answer);
        sending.end().assert(0, "delivered", None);
        assert_eq!(there.devices().len(), usize::from(is_yes));
        assert_eq!(here.devices()[0]["remembers_us"], is_yes);
    }
}
