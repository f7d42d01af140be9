//! What the window shows of codes, trust and paired computers, and what a press asks for.

use std::time::Duration;

use eframe::egui::accesskit::{Role, Toggled};
use eframe::egui::{Event, Key, Memory as Focus, Modifiers};
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use sampan::engine::{
    Answer, Command, DeskDoor, Direction, Event as Fact, Lasting, Memory, Pairing, PromptId, Receiving,
    Remember, State, Target, TransferKey,
};
use sampan::model::{DeviceId, DeviceName, Failure, FailureKind, Outcome, Pinning, Policy, Strangers, Trust};
use sampan::ui::shown::{Now, next_change};
use sampan::ui::{Page, Sheet};

use super::{ADDRESS, Window, configured, is_disabled, press, settings, shown, sized, states, type_into};

const CODE: &str = "Code of the other computer";
const CONTINUE: &str = "Send holiday.zip and 311 more to 192.168.1.6 with this code";
const ACCEPT: &str = "Accept holiday.zip and 311 more from ANNA-PC";

fn texts_are_there(harness: &Harness<'_, Window>, texts: &[&str]) {
    for text in texts {
        assert!(harness.query_all_by_label_contains(text).count() > 0, "{text} is missing");
    }
}

/// A command as text: it cannot be compared otherwise. A code does not show itself in it.
fn said(harness: &Harness<'_, Window>) -> Vec<String> {
    harness.state().commands().iter().map(|command| format!("{command:?}")).collect()
}

fn say(command: &Command) -> String {
    format!("{command:?}")
}

// The code that Receive shows

#[test]
fn the_code_is_shown_in_two_groups_with_what_it_is_for_and_can_be_copied() {
    let mut harness = shown(states::receiving());
    texts_are_there(
        &harness,
        &[
            "Code 123 456",
            "People who are not paired type this code. It is good for one try.",
            "Another one comes in 9 min",
        ],
    );
    press(&mut harness, "Copy the code");
    harness.get_by_label("Copied");
}

#[test]
fn a_code_that_is_being_typed_is_gone_and_who_guessed_is_listed_newest_first() {
    let harness = shown(states::desk_busy());
    harness.get_by_label("Somebody is typing the code. The next one comes at once.");
    assert!(harness.query_by_label_contains("123 456").is_none());
    let guess = |text: &str| harness.get_by_label(text).rect().top();
    assert!(
        guess("fd00::bad typed a wrong code, 3 min ago") < guess("192.168.1.77 typed a wrong code, 2 h ago")
    );
}

#[test]
fn a_closed_desk_says_why_and_until_when_and_can_be_opened() {
    let mut harness = shown(states::desk_closed());
    texts_are_there(
        &harness,
        &[
            "No code is shown now",
            "Too many wrong codes were typed. A new one comes in 5 min.",
            "192.168.1.1 typed a wrong code, 1 min ago",
            "and 2 more wrong codes today",
        ],
    );
    press(&mut harness, "Show a new code");
    assert!(matches!(harness.state().commands()[..], [Command::OpenPairing]));
}

#[test]
fn a_code_is_looked_at_again_once_a_minute_and_not_in_its_last_one() {
    let state = states::receiving();
    let now = Now::look();
    let wait = next_change(&state, now).unwrap();
    assert!(wait <= Duration::from_mins(1) && wait > Duration::from_secs(5), "{wait:?}");
    let Some(DeskDoor::Shows { until, .. }) = state.desk.as_ref().map(|desk| desk.door.clone()) else {
        panic!("a code is shown")
    };
    let last = Now { instant: until.checked_sub(Duration::from_secs(59)).unwrap(), ..now };
    assert_eq!(next_change(&state, last), None);
    assert_eq!(next_change(&states::empty(), now), None);
}

#[test]
fn the_words_follow_the_clock() {
    let mut harness = shown(states::receiving());
    let window = harness.state_mut();
    let now = Now::look();
    window.screen.refresh(&window.state, now);
    let wait = window.screen.age(&window.state, now).unwrap();
    window.screen.age(&window.state, Now { instant: now.instant + wait, ..now });
    harness.run();
    texts_are_there(&harness, &["Another one comes in 8 min"]);
}

#[test]
fn receive_says_how_long_it_is_on_and_that_strangers_may_not_ask() {
    let harness = shown(states::no_strangers());
    texts_are_there(&harness, &["On, for 8 min more.", "Only paired computers can send to this one."]);
    assert!(harness.query_by_label_contains("Code ").is_none());
}

#[test]
fn how_long_receive_stays_on_is_chosen_before_or_after_and_remembered_nowhere() {
    let mut harness = shown(states::empty());
    press(&mut harness, "Receive stays on: Until switched off");
    press(&mut harness, "Receive stays on: For one transfer");
    assert!(harness.state().commands().is_empty(), "it is off");
    press(&mut harness, "Receive files on this computer");
    assert!(matches!(
        harness.state().commands()[..],
        [Command::Receive { lasting: Lasting::OneTransfer, .. }]
    ));
    harness.state_mut().screen.hear(&Fact::Receiving(Receiving::Off));
    harness.run();
    harness.get_by_label("Receive stays on: Until switched off");

    let mut harness = shown(states::receiving());
    press(&mut harness, "Receive stays on: Until switched off");
    press(&mut harness, "Receive stays on: For 10 minutes");
    let ten_minutes = Lasting::For(Duration::from_mins(10));
    assert!(
        matches!(harness.state().commands()[..], [Command::Receive { lasting, .. }] if *lasting == ten_minutes)
    );
}

// Where to send

#[test]
fn a_paired_computer_is_sent_to_by_its_name_and_is_offered_first() {
    let mut harness = shown(states::devices());
    press(&mut harness, "Paired computers, and addresses used before");
    let top = |name: &str| harness.get_by_label(name).rect().top();
    assert!(top("Send to ANNA-PC, a paired computer") < top("Send to anna.local:7270"));
    press(&mut harness, "Send to ANNA-PC, a paired computer");
    press(&mut harness, "Send 4 files to ANNA-PC");
    let id = DeviceId::from_bytes([0xc3; 32]);
    assert!(matches!(harness.state().commands()[..],
        [Command::Send { to: Target::Device(to), .. }, Command::UnchooseAll] if *to == id));
}

#[test]
fn two_paired_computers_of_one_name_are_told_apart_by_their_fingerprints() {
    let mut state = states::devices();
    state.devices.push(states::paired(0x44, "anna-pc", Policy::Ask, Pinning::Mutual, Duration::ZERO));
    let mut harness = shown(state);
    type_into(&mut harness, ADDRESS, "Anna-PC");
    harness.get_by_label_contains("More than one paired computer is meant by that.");
    assert!(is_disabled(&harness.get_by_role_and_label(Role::Button, "Send")));
    press(&mut harness, "Paired computers, and addresses used before");
    press(&mut harness, "Send to anna-pc, a paired computer");
    press(&mut harness, "Send 4 files to anna-pc");
    let id = DeviceId::from_bytes([0x44; 32]);
    assert!(
        matches!(harness.state().commands()[..], [Command::Send { to: Target::Device(to), .. }, _] if *to == id)
    );
}

#[test]
fn what_went_to_a_paired_computer_is_sent_to_that_one_again() {
    let lost = Failure::there(FailureKind::ConnectionLost);
    let row = states::ended(1, Direction::Outgoing, Outcome::Interrupted, Some(lost), 0);
    let mut state = states::with([row]);
    state.devices = states::devices().devices;
    let mut harness = shown(state);
    press(&mut harness, "Send holiday.zip and 311 more to ANNA-PC again");
    assert!(matches!(harness.state().commands()[..], [Command::Send { to: Target::Device(_), .. }]));
}

// The code of the other computer

fn type_code(harness: &mut Harness<'_, Window>, text: &str) {
    harness.event(Event::Text(text.to_owned()));
    harness.run();
}

fn field(harness: &Harness<'_, Window>) -> String {
    let field = harness.get_by_role_and_label(Role::TextInput, CODE);
    field.accesskit_node().value().unwrap_or_default()
}

#[test]
fn the_code_is_asked_for_with_the_keyboard_in_its_field_and_an_explanation() {
    let mut harness = shown(states::code_wanted(None));
    texts_are_there(
        &harness,
        &["Type the code that 192.168.1.6 shows", "The code is on its screen, under Receive.", "Six digits"],
    );
    assert!(harness.get_by_role_and_label(Role::TextInput, CODE).accesskit_node().is_focused());
    assert!(is_disabled(&harness.get_by_label(CONTINUE)));
    harness.key_press(Key::Enter);
    harness.run();
    assert!(harness.state().wishes.is_empty(), "no digits are no code");
}

#[test]
fn digits_are_grouped_however_they_are_typed_or_pasted() {
    for text in ["123456", "123 456", "123-456", "１２３４５６", " 123456\n"] {
        let mut harness = shown(states::code_wanted(None));
        harness.event(Event::Paste(text.to_owned()));
        harness.run();
        assert_eq!(field(&harness), "123 456", "{text:?}");
    }
    let mut harness = shown(states::code_wanted(None));
    for digit in ["1", "2", "x", "3", "4", "5", "6"] {
        type_code(&mut harness, digit);
    }
    assert_eq!(field(&harness), "123 456");
    harness.key_press(Key::Backspace);
    harness.run();
    type_code(&mut harness, "9");
    assert_eq!(field(&harness), "123 459", "the cursor stayed at the end");
}

#[test]
fn seven_digits_are_shown_and_are_no_code() {
    let mut harness = shown(states::code_wanted(None));
    harness.event(Event::Paste("1234567".to_owned()));
    harness.run();
    assert_eq!(field(&harness), "123 456 7");
    harness.key_press(Key::Enter);
    harness.run();
    assert!(harness.state().wishes.is_empty());
}

#[test]
fn enter_sends_six_digits_and_closes_the_sheet() {
    let mut harness = shown(states::code_wanted(None));
    type_code(&mut harness, "123456");
    harness.key_press(Key::Enter);
    harness.run();
    assert!(matches!(harness.state().commands()[..],
        [Command::EnterCode { transfer: TransferKey(4), code, remember: Remember::No }] if code.digits() == "123456"));
    assert!(harness.query_by_label(CONTINUE).is_none());
}

#[test]
fn the_box_has_the_other_computer_remembered() {
    let mut harness = shown(states::code_wanted(None));
    press(&mut harness, "Remember this computer (no code next time)");
    type_into(&mut harness, CODE, "123456");
    press(&mut harness, CONTINUE);
    assert!(matches!(harness.state().commands()[..], [Command::EnterCode { remember: Remember::Yes, .. }]));
}

#[test]
fn a_wrong_code_is_asked_again_empty_with_the_reason_and_the_box_as_it_was() {
    let mut harness = shown(states::code_wanted(None));
    press(&mut harness, "Remember this computer (no code next time)");
    type_into(&mut harness, CODE, "123456");
    press(&mut harness, CONTINUE);
    // The engine's answer and the next question come at once: the window never saw the time between.
    let again = states::code_wanted(Some(FailureKind::WrongCode));
    harness.state_mut().change(|state| *state = again);
    harness.run();
    texts_are_there(&harness, &["The code was not right.", "the other computer now shows a new one"]);
    assert_eq!(field(&harness), "");
    let ticked = harness.get_by_role_and_label(Role::CheckBox, "Remember this computer (no code next time)");
    assert_eq!(ticked.accesskit_node().toggled(), Some(Toggled::True));
}

#[test]
fn escape_puts_the_code_off_and_the_row_brings_it_back() {
    let mut harness = shown(states::code_wanted(None));
    type_code(&mut harness, "12");
    harness.key_press(Key::Escape);
    harness.run();
    harness.key_press(Key::Escape);
    harness.run();
    assert!(harness.query_by_label(CONTINUE).is_none());
    assert!(harness.state().wishes.is_empty(), "nothing is cancelled");
    harness.get_by_label("Cancel sending holiday.zip and 311 more to 192.168.1.6");
    press(&mut harness, "Type the code for holiday.zip and 311 more to 192.168.1.6");
    assert_eq!(field(&harness), "12", "what was typed is still there");
}

#[test]
fn cancel_in_the_code_sheet_cancels_the_transfer() {
    let mut harness = shown(states::code_wanted(None));
    let cancel = "Cancel sending holiday.zip and 311 more to 192.168.1.6";
    let lowest = harness.get_all_by_label(cancel).max_by(|a, b| a.rect().top().total_cmp(&b.rect().top()));
    // The one of the row lies under the sheet and takes no click.
    lowest.unwrap().click();
    harness.run();
    assert!(matches!(harness.state().commands()[..], [Command::Cancel { transfer: TransferKey(4), .. }]));
}

#[test]
fn an_offer_that_comes_while_a_code_is_typed_waits_and_takes_no_keys() {
    let mut harness = shown(states::code_wanted(None));
    type_code(&mut harness, "123");
    let offer = states::prompt();
    harness.state_mut().change(|state| state.transfers.extend(offer.transfers));
    harness.run();
    assert!(harness.query_by_label(ACCEPT).is_none());
    type_code(&mut harness, "456");
    assert_eq!(field(&harness), "123 456");
    press(&mut harness, CONTINUE);
    harness.get_by_label(ACCEPT);
}

// Questions

#[test]
fn an_offer_says_how_its_sender_was_proven_in_words() {
    let account = Trust::Account(sampan::model::AccountName::parse("web-01").unwrap());
    for (trust, word, meaning) in [
        (Trust::Paired, "Paired computer", "It has proven that it is the computer you paired with."),
        (Trust::Code, "With your code", "Somebody there typed the code that this computer showed."),
        (account, "Account web-01", "knows the password of this account"),
        (Trust::Named, "By its fingerprint", "It has the fingerprint that was asked for."),
        (Trust::Anyone, "Anyone: not verified", "Anybody can use this name."),
    ] {
        let is_anyone = trust == Trust::Anyone;
        let harness = shown(states::prompt_by(&trust, Memory::NotOffered));
        texts_are_there(
            &harness,
            &[word, meaning, &DeviceId::from_bytes([0xc3; 32]).fingerprint().to_string()],
        );
        assert_eq!(harness.query_all_by_label_contains("not verified").count() > 0, is_anyone);
        assert!(harness.query_by_label("Remember this computer").is_none());
    }
}

#[test]
fn a_row_says_the_same_word_before_the_name() {
    for (trust, words) in [
        (Trust::Paired, "Paired computer  ·  from ANNA-PC"),
        (Trust::Code, "With your code  ·  from ANNA-PC"),
        (Trust::Anyone, "Anyone: not verified  ·  from ANNA-PC"),
    ] {
        let mut row = states::moving(1, Direction::Incoming);
        row.peer.trust = Some(trust);
        shown(states::with([row])).get_by_label(words);
    }
    let mut row = states::moving(1, Direction::Outgoing);
    row.peer.trust = Some(Trust::Code);
    shown(states::with([row])).get_by_label("With its code  ·  to ANNA-PC");
}

#[test]
fn the_box_of_an_offer_is_clear_at_first_and_goes_into_the_answer() {
    for (memory, help) in [
        (Memory::Offered, "It needs no code any more. You are still asked each time."),
        (Memory::Wished, "ANNA-PC remembers this computer and would like to be remembered."),
    ] {
        for is_ticked in [false, true] {
            let mut harness = shown(states::prompt_by(&Trust::Code, memory));
            texts_are_there(&harness, &[help]);
            if is_ticked {
                press(&mut harness, "Remember this computer");
            }
            press(&mut harness, ACCEPT);
            let remember = if is_ticked { Remember::Yes } else { Remember::No };
            let answer = Answer::Accept(remember);
            assert_eq!(said(&harness), [say(&Command::Decide { prompt: PromptId(7), answer })]);
        }
    }
}

#[test]
fn somebody_who_calls_himself_like_a_paired_computer_is_called_out() {
    let harness = shown(states::prompt_namesake());
    harness.get_by_label("This is NOT the paired computer of that name.");
    harness.get_by_label_contains("NOT the paired one");
    let harness = shown(states::prompt());
    assert!(harness.query_by_label_contains("NOT the paired").is_none());
}

#[test]
fn a_caller_is_explained_and_answered() {
    for (button, remember) in [("Remember ANNA-PC", Remember::Yes), ("Do not remember ANNA-PC", Remember::No)]
    {
        let mut harness = shown(states::caller());
        texts_are_there(
            &harness,
            &[
                "ANNA-PC typed your code and wants to be remembered",
                "A computer that is remembered needs no code any more",
                "You are still asked about everything it sends",
                "With your code",
            ],
        );
        assert_eq!(harness.ctx.memory(Focus::focused), None, "nothing is preset");
        press(&mut harness, button);
        assert_eq!(said(&harness), [say(&Command::AnswerPairing { prompt: PromptId(11), remember })]);
        assert!(harness.query_by_label(button).is_none());
    }
}

#[test]
fn escape_answers_no_caller_and_the_receive_card_brings_it_back() {
    let mut harness = shown(states::caller());
    harness.key_press(Key::Escape);
    harness.run();
    assert!(harness.query_by_label("Remember ANNA-PC").is_none());
    assert!(harness.state().wishes.is_empty());
    press(&mut harness, "Answer whether to remember ANNA-PC");
    harness.get_by_label("Remember ANNA-PC");
}

// Settings

#[test]
fn opening_the_settings_looks_at_the_paired_computers_again() {
    let mut harness = settings(states::empty());
    assert!(matches!(harness.state().commands()[..], [Command::LookAtDevices]));
    texts_are_there(&harness, &["No paired computers yet", "Pair with a computer that you use often"]);
    press(&mut harness, "Strangers: Not at all");
    let changed = configured(&harness);
    assert_eq!(changed.iter().map(|settings| settings.strangers).collect::<Vec<_>>(), [Strangers::NotAtAll]);
}

#[test]
fn paired_computers_are_listed_with_what_is_known_of_them() {
    let harness = settings(states::devices());
    texts_are_there(
        &harness,
        &[
            "ANNA-PC",
            &DeviceId::from_bytes([0xc3; 32]).fingerprint().to_string(),
            "Last seen 3 min ago  ·  192.168.1.195",
            "It remembers this computer too.",
            "Last seen 2 days ago  ·  192.168.1.34",
            "It does not remember this computer and asks for its code.",
        ],
    );
}

#[test]
fn what_happens_when_a_paired_computer_sends_is_one_click() {
    let mut harness = settings(states::devices());
    press(&mut harness, "When ANNA-PC sends: Accept");
    press(&mut harness, "When 工作室的电脑 sends: Block");
    let policy = |byte, policy| say(&Command::SetPolicy { device: DeviceId::from_bytes([byte; 32]), policy });
    assert_eq!(said(&harness)[1..], [policy(0xc3, Policy::Accept), policy(0x22, Policy::Block)]);
}

#[test]
fn forgetting_asks_once() {
    let mut harness = settings(states::devices());
    press(&mut harness, "Forget ANNA-PC");
    harness.get_by_label_contains("It will need a code again to send to this computer.");
    press(&mut harness, "Keep ANNA-PC");
    assert_eq!(said(&harness).len(), 1, "nothing is forgotten yet");
    press(&mut harness, "Forget ANNA-PC");
    press(&mut harness, "Yes, forget ANNA-PC");
    assert_eq!(said(&harness)[1..], [say(&Command::Forget(DeviceId::from_bytes([0xc3; 32])))]);
}

fn pair_sheet(state: State) -> Harness<'static, Window> {
    let mut harness = settings(state);
    press(&mut harness, "Pair with another computer…");
    harness
}

const GO: &str = "Pair with this computer";

#[test]
fn pairing_wants_an_address_and_a_code() {
    let mut harness = pair_sheet(states::receiving());
    assert!(is_disabled(&harness.get_by_label(GO)));
    type_into(&mut harness, "Address of the other computer", "192.168.1.6:port");
    harness.get_by_label_contains("Sampan does not understand");
    type_into(&mut harness, "Address of the other computer", "192.168.1.6");
    type_into(&mut harness, CODE, "123-456");
    harness.key_press(Key::Enter);
    harness.run();
    let commands = harness.state().commands();
    let [_, Command::Pair { to: Target::Address(to), code }] = &commands[..] else { panic!("{commands:?}") };
    assert_eq!((to.to_string().as_str(), code.digits()), ("192.168.1.6", "123456"));
    // Nothing of an earlier pairing is shown before the engine said a word.
    harness.get_by_label("Connecting, and trying the code");
}

#[test]
fn a_pairing_shows_where_it_stands_and_can_be_stopped() {
    for (pairing, text) in [
        (Pairing::Connecting, "Connecting, and trying the code"),
        (Pairing::Asking, "The code was right. Now somebody has to agree on the other computer."),
    ] {
        let mut harness = pair_sheet(states::pairing(pairing));
        harness.get_by_label(text);
        press(&mut harness, "Do not pair");
        assert!(matches!(harness.state().commands()[..], [_, Command::CancelPair]));
    }
}

#[test]
fn a_pairing_that_ended_says_who_remembers_whom() {
    for (pinning, what, meaning) in [
        (Pinning::Mutual, "ANNA-PC is paired", "Neither needs a code any more."),
        (Pinning::OneSided, "ANNA-PC is remembered here only", "it asks for its code again"),
    ] {
        let mut harness = pair_sheet(states::pair_done(pinning));
        texts_are_there(&harness, &[what, meaning]);
        press(&mut harness, "Close the pairing");
        press(&mut harness, "Pair with another computer…");
        assert!(harness.query_by_label(what).is_none(), "the next one begins anew");
        harness.get_by_label(GO);
    }
}

#[test]
fn a_pairing_that_failed_says_why_and_can_be_tried_again_at_once() {
    let failure = || Failure::there(FailureKind::WrongCode).about("192.168.1.6");
    let mut harness = pair_sheet(states::receiving());
    for _ in 0..2 {
        type_into(&mut harness, "Address of the other computer", "192.168.1.6");
        type_into(&mut harness, CODE, "123456");
        press(&mut harness, GO);
        let window = harness.state_mut();
        // The same failure twice looks the same in the State: only the event says that it is a new one.
        let fact = Fact::Paired(Pairing::Failed(failure()));
        window.screen.hear(&fact);
        window.change(|state| state.apply(&fact));
        harness.run();
        texts_are_there(&harness, &["The code was not right."]);
        assert_eq!(field(&harness), "", "a code is good for one try");
    }
}

#[test]
fn a_pairing_whose_sheet_was_put_off_says_how_it_ended() {
    let mut harness = pair_sheet(states::pairing(Pairing::Asking));
    harness.key_press(Key::Escape);
    harness.run();
    assert!(harness.query_by_label("Do not pair").is_none());
    let done = states::pair_done(Pinning::Mutual).pairing;
    let window = harness.state_mut();
    window.screen.hear(&Fact::Paired(done.clone()));
    window.change(|state| state.pairing = done);
    harness.run();
    harness.get_by_label("ANNA-PC is paired");
}

// What hostile computers call themselves

#[test]
fn a_hostile_name_is_neither_markup_nor_order_nor_in_the_way() {
    let names = [
        "<b>{ $peer }</b>",
        "a\u{202e}b\u{1b}[31m\u{7}",
        &"舢".repeat(64),
        "Paired computer  ·  from ANNA-PC",
    ];
    for name in names {
        let name = DeviceName::new(name);
        let mut caller = states::caller();
        let mut offer = states::prompt_by(&Trust::Code, Memory::Wished);
        let mut devices = states::devices();
        caller.callers[0].peer.name.clone_from(&name);
        offer.transfers.values_mut().for_each(|row| row.peer.name.clone_from(&name));
        devices.devices[0].name.clone_from(name.as_ref().unwrap());
        for (state, page) in [(caller, Page::Transfer), (offer, Page::Transfer), (devices, Page::Settings)] {
            let mut harness = sized(state, 560.0, 420.0);
            harness.state_mut().screen.go(page);
            harness.run();
            for node in harness.get_all_by(|node| node.label().is_some()) {
                let label = node.accesskit_node().label().unwrap_or_default();
                assert!(!label.contains(['\u{202e}', '\u{1b}', '\u{7}']), "{label:?}");
            }
            if page == Page::Transfer {
                texts_are_there(&harness, &["With your code"]);
                let window = harness.ctx.content_rect();
                let proof = harness.get_all_by_label("With your code").next().unwrap().rect();
                assert!(window.contains_rect(proof), "{proof:?}");
            }
        }
    }
}

#[test]
fn a_sheet_that_is_open_repaints_nothing() {
    for state in [states::code_wanted(None), states::caller(), states::prompt_code()] {
        let mut harness = shown(state);
        harness.run_steps(3);
        let output = harness.output();
        let delay = output.viewport_output.values().map(|viewport| viewport.repaint_delay).min().unwrap();
        assert!(delay > Duration::from_hours(1), "repaints after {delay:?}");
    }
    let mut harness = shown(states::receiving());
    harness.state_mut().screen.come_to(Sheet::Pair);
    harness.key_press_modifiers(Modifiers::COMMAND, Key::O);
    harness.run();
    assert!(harness.state().wishes.is_empty(), "a sheet takes the shortcuts away");
}
