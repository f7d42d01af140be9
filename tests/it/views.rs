//! The window's views by label, with a State made by hand: what is there, what a press asks for, what a keyboard and a
//! screen reader reach. The harness itself fails on a control without a name.

mod files;
mod folders;
mod limits;
mod pairing;
mod plan;
mod receipts;
mod rows;
mod states;

use std::path::PathBuf;
use std::sync::Arc;

use eframe::egui::accesskit::{Live, Role};
use eframe::egui::{DroppedFile, Event, Key, Memory, Modifiers, Theme, Vec2};
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use egui_kittest::{Harness, Node};
use sampan::engine::{
    Answer, Command, Direction, Lasting, ListenOn, Named, PromptId, Remember, State, Target, TransferKey,
};
use sampan::model::{
    Failure, FailureKind, Language, Leftover, Outcome, Settings, ThemeChoice, TransferState,
};
use sampan::texts::Lang;
use sampan::ui::shown::Now;
use sampan::ui::{FolderFor, Page, Screen, Wish, prepare};

use self::rows::Tree;

/// The window without an engine: a State, rows of long lists, and what was wished for.
struct Window {
    state: State,
    screen: Screen,
    wishes: Vec<Wish>,
    rows: Tree,
}

impl Window {
    fn change(&mut self, change: impl FnOnce(&mut State)) {
        change(&mut self.state);
        self.screen.refresh(&self.state, Now::look());
    }

    fn commands(&self) -> Vec<&Command> {
        let mut commands = Vec::new();
        for wish in &self.wishes {
            if let Wish::Ask(command) = wish {
                commands.push(command);
            }
        }
        commands
    }
}

fn shown(state: State) -> Harness<'static, Window> {
    // Tall, so that nothing has to be scrolled to.
    sized(state, 960.0, 1_400.0)
}

fn sized(state: State, width: f32, height: f32) -> Harness<'static, Window> {
    with_rows(state, Tree::of(0), width, height)
}

fn with_rows(state: State, rows: Tree, width: f32, height: f32) -> Harness<'static, Window> {
    let screen = Screen::new(&state, Lang::English, None);
    let window = Window { state, screen, wishes: Vec::new(), rows };
    let mut harness = Harness::builder()
        .with_size(Vec2::new(width, height))
        .with_theme(Theme::Light)
        .with_context_setup(prepare)
        .build_ui_state(
            |ui, window: &mut Window| {
                window.screen.pull(&window.state, &window.rows);
                let wishes = window.screen.ui(ui, &window.state);
                window.wishes.extend(wishes);
                if window.screen.is_hungry(&window.state) {
                    ui.ctx().request_repaint();
                }
            },
            window,
        );
    harness.run();
    harness
}

fn press(harness: &mut Harness<'_, Window>, name: &str) {
    harness.get_by_label(name).click();
    harness.run();
}

fn is_disabled(node: &Node<'_>) -> bool {
    node.accesskit_node().is_disabled()
}

fn type_into(harness: &mut Harness<'_, Window>, field: &str, text: &str) {
    harness.get_by_role_and_label(Role::TextInput, field).focus();
    harness.run();
    harness.key_press_modifiers(Modifiers::COMMAND, Key::A);
    harness.event(Event::Text(text.to_owned()));
    harness.run();
}

const ADDRESS: &str = "The other computer, by name or address";

#[test]
fn an_empty_window_says_what_to_do() {
    let harness = shown(states::empty());
    for text in [
        "No transfers yet",
        "Drop files or folders here, or add them",
        "Off. Nobody can send to this computer.",
        "Add files or a folder first.",
    ] {
        harness.get_by_label(text);
    }
    assert!(is_disabled(&harness.get_by_role_and_label(Role::Button, "Send")));
}

#[test]
fn an_idle_window_asks_for_no_repaint_and_gives_nothing_the_focus() {
    for state in [
        states::empty(),
        states::chosen(),
        states::running(),
        states::over(),
        states::failed(),
        states::prompt(),
        states::tree(),
        states::folders(),
        states::unfinished(),
        states::everyday(),
        states::with([states::limited(1)]),
        states::receipts(),
    ] {
        let mut harness = shown(state);
        harness.run_steps(3);
        let output = harness.output();
        let delay = output.viewport_output.values().map(|viewport| viewport.repaint_delay).min().unwrap();
        assert!(delay > std::time::Duration::from_hours(1), "repaints after {delay:?}");
        assert_eq!(harness.ctx.memory(Memory::focused), None);
    }
}

#[test]
fn the_switch_asks_for_receiving_on_the_port_of_the_settings() {
    let mut state = states::empty();
    state.settings.port = 7300;
    let mut harness = shown(state);
    press(&mut harness, "Receive files on this computer");
    assert!(matches!(
        harness.state().commands()[..],
        [Command::Receive { on: ListenOn::Any { port: 7300 }, lasting: Lasting::UntilOff }]
    ));
}

#[test]
fn a_switch_that_is_on_asks_to_stop() {
    let mut harness = shown(states::receiving());
    press(&mut harness, "Receive files on this computer");
    assert!(matches!(harness.state().commands()[..], [Command::StopReceiving]));
}

#[test]
fn each_address_can_be_copied() {
    let mut harness = shown(states::receiving());
    press(&mut harness, "Copy the address 192.168.1.20:7267");
    harness.get_by_label("Copied");
    assert!(harness.query_by_label("[fd00::21]:7267").is_none());
    press(&mut harness, "2 more addresses");
    harness.get_by_label("[fd00::21]:7267");
}

#[test]
fn a_port_that_is_taken_says_why_and_can_be_tried_again() {
    let mut harness = shown(states::receive_failed());
    harness.get_by_label("Another program uses the port already: “0.0.0.0:7267”.");
    press(&mut harness, "Try again to switch Receive on");
    assert!(matches!(harness.state().commands()[..], [Command::Receive { .. }]));
}

#[test]
fn add_files_opens_the_dialog() {
    let mut harness = shown(states::empty());
    press(&mut harness, "Add files to send");
    assert!(matches!(harness.state().wishes[..], [Wish::PickFiles]));
}

#[test]
fn chosen_files_show_their_sizes_and_can_be_taken_out() {
    let mut harness = shown(states::chosen());
    for text in ["holiday.zip", "4.2 GB", "报告 2026.pdf", "4 files, 4.2 GB"] {
        harness.get_by_label(text);
    }
    press(&mut harness, "Take 报告 2026.pdf out of the list");
    press(&mut harness, "Take all files out of the list");
    assert!(matches!(harness.state().commands()[..], [Command::Unchoose(path), Command::UnchooseAll]
        if path.ends_with("报告 2026.pdf")));
}

#[test]
fn a_file_that_cannot_be_read_holds_up_the_others_and_can_be_taken_out() {
    let mut harness = shown(states::unreadable());
    type_into(&mut harness, ADDRESS, "192.168.1.6");
    harness.get_by_label("You may not read “secret.key”.");
    assert!(is_disabled(&harness.get_by_role_and_label(Role::Button, "Send")));
    press(&mut harness, "Take it out");
    assert!(
        matches!(harness.state().commands()[..], [Command::Unchoose(path)] if path.ends_with("secret.key"))
    );
}

#[test]
fn send_sends_the_chosen_files_to_the_typed_address() {
    let mut harness = shown(states::chosen());
    type_into(&mut harness, ADDRESS, "anna.local:7270");
    press(&mut harness, "Send 4 files to anna.local:7270");
    let commands = harness.state().commands();
    let [Command::Send { paths, to: Target::Address(to), .. }, Command::UnchooseAll] = commands[..] else {
        panic!("{commands:?}")
    };
    assert_eq!((paths.len(), to.to_string()), (4, "anna.local:7270".to_owned()));
}

#[test]
fn enter_in_the_address_sends_too() {
    let mut harness = shown(states::chosen());
    type_into(&mut harness, ADDRESS, "192.168.1.6");
    harness.key_press(Key::Enter);
    harness.run();
    assert!(matches!(harness.state().commands()[..], [Command::Send { .. }, Command::UnchooseAll]));
}

#[test]
fn a_bad_address_says_so() {
    let mut harness = shown(states::chosen());
    type_into(&mut harness, ADDRESS, "192.168.1.6:port");
    harness.get_by_label_contains("This is neither a paired computer nor an address.");
    assert!(is_disabled(&harness.get_by_role_and_label(Role::Button, "Send")));
}

#[test]
fn an_address_used_before_is_two_clicks_away() {
    let mut harness = shown(states::chosen());
    press(&mut harness, "Paired computers, and addresses used before");
    press(&mut harness, "Send to anna.local:7270");
    harness.get_by_label("Send 4 files to anna.local:7270");
}

#[derive(Debug)]
struct Dropped(PathBuf);

impl DroppedFile for Dropped {
    fn path(&self) -> &std::path::Path {
        &self.0
    }

    fn bytes(&self) -> Result<Vec<u8>, String> {
        Err("not read".to_owned())
    }
}

#[test]
fn dropped_files_are_chosen() {
    let mut harness = shown(states::empty());
    harness.input_mut().dropped_files.push(Arc::new(Dropped("/tmp/a".into())));
    harness.run();
    assert!(
        matches!(harness.state().commands()[..], [Command::Choose(files)] if files == &[PathBuf::from("/tmp/a")])
    );
}

#[test]
fn pasted_paths_are_chosen_and_other_text_is_looked_up_in_the_clipboard() {
    let mut harness = shown(states::empty());
    harness.event(Event::Paste("file:///tmp/a%20b\n/tmp/c".to_owned()));
    harness.run();
    harness.event(Event::Paste("hello".to_owned()));
    harness.run();
    let expected = ["/tmp/a b", "/tmp/c"].map(PathBuf::from);
    assert!(
        matches!(&harness.state().wishes[..], [Wish::Ask(Command::Choose(files)), Wish::Paste] if files == &expected)
    );
}

#[test]
fn a_question_shows_who_what_and_where_to() {
    let harness = shown(states::prompt());
    for text in [
        "ANNA-PC wants to send 312 files, 4.2 GB",
        "Paired computer",
        "meeting notes.md",
        "and 309 more files",
        "/home/mei/Downloads",
        "Needs 4.2 GB, 96 GB free",
        "9 min 41 s left to answer",
    ] {
        assert!(harness.query_all_by_label(text).count() > 0, "{text} is missing");
    }
    assert_eq!(harness.ctx.memory(Memory::focused), None, "nothing is preset");
}

const ACCEPT: &str = "Accept holiday.zip and 311 more from ANNA-PC";

#[test]
fn accept_accepts() {
    let mut harness = shown(states::prompt());
    press(&mut harness, ACCEPT);
    let expected = Command::Decide { prompt: PromptId(7), answer: Answer::Accept(Remember::No) };
    assert_eq!(format!("{:?}", harness.state().commands()), format!("{:?}", [expected]));
}

#[test]
fn decline_declines() {
    let mut harness = shown(states::prompt());
    press(&mut harness, "Decline holiday.zip and 311 more from ANNA-PC");
    assert!(matches!(harness.state().commands()[..], [Command::Decide { answer: Answer::Decline, .. }]));
}

#[test]
fn what_does_not_fit_cannot_be_accepted_but_put_elsewhere() {
    for (state, reason) in [
        (states::prompt_full(), "It does not fit there: needs 4.2 GB, 400 MB free."),
        (states::prompt_folder(), "Nothing can be written to the disk with “/home/mei/Downloads”."),
    ] {
        let mut harness = shown(state);
        harness.get_by_label_contains(reason);
        assert!(is_disabled(&harness.get_by_label(ACCEPT)));
        press(&mut harness, ACCEPT);
        press(&mut harness, "Choose another folder for these files");
        assert!(matches!(harness.state().wishes[..], [Wish::PickFolder(FolderFor::Prompt(PromptId(7)))]));
    }
}

#[test]
fn escape_means_later_and_the_row_brings_the_question_back() {
    let mut harness = shown(states::prompt());
    harness.key_press(Key::Escape);
    harness.run();
    assert!(harness.query_by_label(ACCEPT).is_none());
    assert!(harness.state().wishes.is_empty(), "nothing is answered");
    press(&mut harness, "Answer whether to take holiday.zip and 311 more from ANNA-PC");
    harness.get_by_label(ACCEPT);
}

#[test]
fn a_click_beside_the_question_means_later() {
    let mut harness = shown(states::prompt());
    harness.drag_at(eframe::egui::pos2(20.0, 500.0));
    harness.drop_at(eframe::egui::pos2(20.0, 500.0));
    harness.run();
    assert!(harness.query_by_label(ACCEPT).is_none());
    assert!(harness.state().wishes.is_empty(), "nothing is answered");
}

#[test]
fn a_question_that_is_gone_leaves_nothing_behind() {
    let mut harness = shown(states::prompt());
    harness.state_mut().change(|state| {
        for row in state.transfers.values_mut() {
            row.prompt = None;
        }
    });
    harness.run();
    assert!(harness.query_by_label(ACCEPT).is_none());
}

#[test]
fn a_moving_row_shows_how_far_and_can_be_cancelled() {
    let mut harness = shown(states::with([states::moving(3, Direction::Outgoing)]));
    harness.get_by_label_contains("1.9 GB of 4.2 GB  ·  45 %  ·  82 MB/s  ·  28 s left");
    let bar = harness.get_by_role(Role::ProgressIndicator);
    let node = bar.accesskit_node();
    assert_eq!(node.label().as_deref(), Some("Sending holiday.zip and 311 more to ANNA-PC"));
    assert_eq!((node.numeric_value(), node.max_numeric_value()), (Some(45.0), Some(100.0)));
    assert_eq!(node.value().as_deref(), Some("45 %, 1.9 GB of 4.2 GB"));
    press(&mut harness, "Cancel sending holiday.zip and 311 more to ANNA-PC");
    press(&mut harness, "Cancel, and keep what has arrived to go on later");
    assert!(matches!(
        harness.state().commands()[..],
        [Command::Cancel { transfer: TransferKey(3), leftover: Leftover::Keep }]
    ));
}

#[test]
fn each_stage_says_what_is_waited_for() {
    use Direction::{Incoming, Outgoing};
    for (direction, state, text) in [
        (Outgoing, TransferState::Preparing, "Reading the files"),
        (Outgoing, TransferState::Connecting, "Connecting to ANNA-PC"),
        (
            Outgoing,
            TransferState::Planning,
            "Comparing with what is there already; only what is missing is sent",
        ),
        (
            Outgoing,
            TransferState::Reconnecting,
            "Connection lost. Looking for ANNA-PC; it goes on where it stopped",
        ),
        (Outgoing, TransferState::Waiting, "Waiting for ANNA-PC to accept"),
        (Incoming, TransferState::Waiting, "Waiting for your answer"),
        (Outgoing, TransferState::Checking, "All is sent. The other computer is checking it"),
        (Incoming, TransferState::Checking, "Checking what arrived"),
    ] {
        let harness = shown(states::with([states::transfer(1, direction, state)]));
        let stage = harness.get_all_by_label(text).find(|node| node.accesskit_node().live() == Live::Polite);
        assert!(stage.is_some(), "{text} is not announced");
    }
}

#[test]
fn a_delivered_row_says_verified_and_opens_its_folder() {
    let mut harness =
        shown(states::with([states::ended(1, Direction::Incoming, Outcome::Delivered, None, 312)]));
    harness.get_by_label("Delivered, verified");
    press(&mut harness, "Open the folder with holiday.zip and 311 more");
    press(&mut harness, "Remove holiday.zip and 311 more from the list");
    assert!(matches!(&harness.state().wishes[..],
        [Wish::Open(folder), Wish::Ask(Command::Dismiss(TransferKey(1)))] if folder.ends_with("Downloads")));
}

#[test]
fn a_row_that_was_not_delivered_says_why_and_offers_one_action() {
    let lost = Failure::there(FailureKind::ConnectionLost);
    let changed = Failure::here(FailureKind::SourceChanged).about("a.txt");
    for (outcome, failure, status, reason) in [
        (Outcome::Interrupted, lost, "Connection lost", "The connection to ANNA-PC was lost."),
        (
            Outcome::Partial,
            changed,
            "Delivered in part",
            "While it was being read, somebody changed “a.txt”.",
        ),
        (
            Outcome::Declined,
            Failure::there(FailureKind::Declined),
            "Declined",
            "The files were declined on ANNA-PC.",
        ),
        (Outcome::Cancelled, Failure::here(FailureKind::Cancelled), "Cancelled", "You cancelled it."),
        (Outcome::Failed, Failure::there(FailureKind::DiskFull), "Failed", "The disk on ANNA-PC is full."),
    ] {
        let row = states::ended(1, Direction::Outgoing, outcome, Some(failure), 0);
        let mut harness = shown(states::with([row]));
        harness.get_by_label(status);
        harness.get_by_label(reason);
        press(&mut harness, "Send holiday.zip and 311 more to ANNA-PC again");
        assert!(
            matches!(harness.state().commands()[..], [Command::Send { to: Target::Address(to), .. }] if to.host() == "192.168.1.6")
        );
    }
}

#[test]
fn a_full_disk_here_offers_another_folder() {
    let failure = Failure::here(FailureKind::DiskFull);
    let row = states::ended(1, Direction::Incoming, Outcome::Failed, Some(failure), 0);
    let mut harness = shown(states::with([row]));
    press(&mut harness, "Choose another folder for received files");
    assert!(matches!(harness.state().wishes[..], [Wish::PickFolder(FolderFor::Received)]));
}

fn settings(state: State) -> Harness<'static, Window> {
    let mut harness = shown(state);
    harness.key_press_modifiers(Modifiers::COMMAND, Key::Comma);
    harness.run();
    harness
}

fn configured(harness: &Harness<'_, Window>) -> Vec<Settings> {
    let settings = |command: &&Command| match command {
        Command::Configure(settings) => Some(settings.clone()),
        _ => None,
    };
    harness.state().commands().iter().filter_map(settings).collect()
}

#[test]
fn a_setting_takes_effect_at_once() {
    let mut harness = settings(states::empty());
    press(&mut harness, "Language: 简体中文");
    press(&mut harness, "Theme: Dark");
    let [language, theme] = &configured(&harness)[..] else { panic!("two changes") };
    assert_eq!((language.language, theme.theme), (Language::Chinese, ThemeChoice::Dark));
}

#[test]
fn a_name_takes_effect_when_its_field_is_left() {
    let mut harness = settings(states::empty());
    type_into(&mut harness, "Name", "atelier");
    assert!(configured(&harness).is_empty());
    harness.key_press(Key::Enter);
    harness.run();
    assert_eq!(
        configured(&harness).iter().map(|settings| settings.name.as_str()).collect::<Vec<_>>(),
        ["atelier"]
    );
}

#[test]
fn a_port_that_is_none_changes_nothing() {
    let mut harness = settings(states::empty());
    type_into(&mut harness, "Port", "70000");
    harness.get_by_label("A port is a number from 1 to 65535.");
    harness.key_press(Key::Enter);
    harness.run();
    type_into(&mut harness, "Port", "7300");
    harness.key_press(Key::Tab);
    harness.run();
    assert_eq!(configured(&harness).iter().map(|settings| settings.port).collect::<Vec<_>>(), [7300]);
}

#[test]
fn the_language_changes_without_a_restart() {
    let mut harness = shown(states::chosen());
    harness.state_mut().change(|state| state.settings.language = Language::Chinese);
    harness.run();
    for text in ["接收", "传输列表", "还没有传输", "4 个文件，4.2 GB"] {
        harness.get_by_label(text);
    }
    harness.state_mut().screen.go(Page::Settings);
    harness.run();
    harness.get_by_label("主题：深色");
}

#[test]
fn quitting_asks_while_something_goes_on() {
    let mut harness = shown(states::running());
    let window = harness.state_mut();
    window.screen.ask_to_leave(&window.state);
    harness.run();
    harness.get_by_label_contains("5 transfers are still going on.");
    press(&mut harness, "Keep running");
    assert!(harness.query_by_label("Keep running").is_none());
    let window = harness.state_mut();
    window.screen.ask_to_leave(&window.state);
    harness.run();
    harness.get_by_role_and_label(Role::Button, "Quit Sampan?").click();
    harness.run();
    assert!(matches!(harness.state().wishes[..], [Wish::Leave]));
}

#[test]
fn a_notice_stays_until_it_is_closed() {
    let mut harness = shown(states::empty());
    harness.state_mut().change(|state| *state = states::notice());
    harness.run();
    harness.get_by_label("The settings cannot be read: “settings.toml”.");
    assert_eq!(harness.state_mut().screen.tick(1_000.0), None);
    press(&mut harness, "Close this message: The settings cannot be read: “settings.toml”.");
    assert!(harness.query_by_label("The settings cannot be read: “settings.toml”.").is_none());
}

#[test]
fn the_keyboard_alone_reaches_send_and_presses_it() {
    let mut harness = shown(states::chosen());
    harness.state_mut().screen.set_address("192.168.1.6");
    harness.run();
    let name = "Send 4 files to 192.168.1.6";
    let reached = (0..40).any(|_| {
        harness.key_press(Key::Tab);
        harness.run();
        harness.get_by_label(name).accesskit_node().is_focused()
    });
    assert!(reached, "Tab never reached Send");
    harness.key_press(Key::Enter);
    harness.run();
    assert!(matches!(harness.state().commands()[..], [Command::Send { .. }, Command::UnchooseAll]));
}

#[test]
fn shortcuts_do_what_they_say() {
    let mut harness = shown(states::empty());
    harness.key_press_modifiers(Modifiers::COMMAND, Key::Num2);
    harness.run();
    harness.get_by_label("Fingerprint");
    harness.key_press_modifiers(Modifiers::COMMAND, Key::Num1);
    harness.run();
    harness.get_by_label("No transfers yet");
    harness.key_press_modifiers(Modifiers::COMMAND, Key::O);
    harness.run();
    harness.key_press_modifiers(Modifiers::COMMAND | Modifiers::SHIFT, Key::O);
    harness.run();
    assert!(matches!(
        harness.state().wishes[..],
        [
            Wish::Ask(Command::LookAtDevices),
            Wish::Ask(Command::LookAtUnfinished),
            Wish::PickFiles,
            Wish::PickFolders
        ]
    ));
}

#[test]
fn a_question_takes_the_shortcuts_away() {
    let mut harness = shown(states::prompt());
    harness.key_press_modifiers(Modifiers::COMMAND, Key::O);
    harness.run();
    assert!(harness.state().wishes.is_empty());
}

#[test]
fn a_narrow_window_keeps_the_names_of_its_pages() {
    let mut harness = sized(states::empty(), 560.0, 420.0);
    press(&mut harness, "Settings");
    harness.get_by_label("Fingerprint");
}

#[test]
fn a_peers_text_is_never_markup() {
    let mut row = states::moving(1, Direction::Incoming);
    row.files = 1;
    row.names = vec![Named { name: "<b>{ $peer }</b> **x**".to_owned(), bytes: None }];
    let harness = shown(states::with([row]));
    harness.get_by_label("<b>{ $peer }</b> **x**");
}

#[test]
fn a_question_that_was_put_off_is_the_rows_only_button() {
    let mut harness = shown(states::prompt());
    harness.key_press(Key::Escape);
    harness.run();
    harness.get_by_label("Answer whether to take holiday.zip and 311 more from ANNA-PC");
    assert!(harness.query_by_label_contains("Cancel receiving").is_none());
}
