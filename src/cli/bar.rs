//! For people: bars on stderr, closing lines on stdout. Without a terminal, a plain line a stage.

use std::collections::HashMap;
use std::io::IsTerminal as _;
use std::time::Instant;

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::cli::plan::{self, Form};
use crate::cli::print::{print_aside, print_line};
use crate::cli::words;
use crate::engine::{
    DeskDoor, DeskView, Direction, Engine, Receiving, State, ThisDevice, Transfer, TransferKey,
};
use crate::model::{Failure, Fingerprint, TransferState, Trust, size};

/// Files named under a closing line: so many that failed, and so many that got another name.
const LISTED: usize = 10;

/// Files asked for, the failed ones first: those of both kinds that are named, and one that shows that there are more.
const NOTABLE: usize = 1_000;

/// Everything on the terminal.
pub(super) struct Bars {
    all: MultiProgress,
    rows: HashMap<TransferKey, Row>,
    receiving: Option<Receiving>,
    desk: Option<DeskView>,
    terminal: bool,
    /// A question stands in the terminal: bars would draw over it.
    is_asking: bool,
}

/// What is on the terminal of one transfer.
struct Row {
    bar: ProgressBar,
    stage: Option<TransferState>,
    /// The other side took it: it can go on.
    has_begun: bool,
    /// Files that were said to start again.
    restarted: u64,
    ended: bool,
}

impl Bars {
    pub(super) fn new() -> Self {
        Self {
            all: MultiProgress::new(),
            rows: HashMap::new(),
            receiving: None,
            desk: None,
            terminal: std::io::stderr().is_terminal(),
            is_asking: false,
        }
    }

    pub(super) fn update(&mut self, state: &State, engine: &Engine) {
        if self.receiving.as_ref() != Some(&state.receiving) {
            self.receiving = Some(state.receiving.clone());
            if let Receiving::On { dial, .. } = &state.receiving {
                let ThisDevice { name, fingerprint, folder, .. } = &state.device;
                let mut lines = vec![format!("Receiving as {name} (fingerprint {fingerprint})")];
                lines.push(format!("Into {}", folder.display()));
                let dial = dial.iter().map(|address| short(*address));
                lines.extend(dial.map(|to| format!("On the other computer: sampan send FILE --to {to}")));
                self.say(&lines.join("\n"));
            }
        }
        self.update_desk(state);
        let is_asking = |transfer: &Transfer| transfer.prompt.is_some() || transfer.code_wanted.is_some();
        self.make_way(!state.callers.is_empty() || state.transfers.values().any(is_asking));
        for transfer in state.transfers.values() {
            self.update_row(transfer, &state.device.fingerprint, engine);
        }
        self.rows.retain(|key, _| state.transfers.contains_key(key));
    }

    /// Each new code, who guessed, and when pairing closes.
    fn update_desk(&mut self, state: &State) {
        if self.desk == state.desk {
            return;
        }
        // Not their number: only the last ones are kept.
        let last = self.desk.as_ref().and_then(|desk| desk.guesses.last());
        let is_new = self.desk.as_ref().map(|desk| &desk.door) != state.desk.as_ref().map(|desk| &desk.door);
        if let Some(guess) = state.desk.as_ref().and_then(|desk| desk.guesses.last())
            && last != Some(guess)
        {
            self.say(&format!("Somebody at {} typed a wrong code.", guess.address));
        }
        match state.desk.as_ref().map(|desk| &desk.door) {
            Some(DeskDoor::Shows { code, until }) if is_new => {
                let left = words::span(until.saturating_duration_since(Instant::now()));
                self.say(&format!(
                    "Code for computers that are not paired: {code} (for one try, {left}; Enter: a new one)"
                ));
            }
            Some(DeskDoor::Closed { until }) if is_new => {
                let left = words::span(until.saturating_duration_since(Instant::now()));
                self.say(&format!(
                    "No code for {left}: too many wrong ones. Press Enter to show one all the same."
                ));
            }
            Some(DeskDoor::Shows { .. } | DeskDoor::Closed { .. } | DeskDoor::Busy) | None => {}
        }
        self.desk.clone_from(&state.desk);
    }

    /// Hides all bars while a question stands.
    fn make_way(&mut self, is_asking: bool) {
        if self.is_asking != is_asking {
            self.is_asking = is_asking;
            self.all.clear().ok(); // a terminal that is gone shows nothing anyway
            let target = if is_asking { ProgressDrawTarget::hidden() } else { ProgressDrawTarget::stderr() };
            self.all.set_draw_target(target);
        }
    }

    fn update_row(&mut self, transfer: &Transfer, fingerprint: &Fingerprint, engine: &Engine) {
        let terminal = self.terminal;
        let row = self.rows.entry(transfer.key).or_insert_with(|| {
            let bar = self.all.add(ProgressBar::new(transfer.bytes));
            bar.set_style(style());
            Row { bar, stage: None, has_begun: false, restarted: 0, ended: false }
        });
        if row.ended {
            return;
        }
        let stage_changed = row.stage != Some(transfer.state);
        row.stage = Some(transfer.state);
        row.has_begun |= transfer.state == TransferState::Moving;
        let restarted = words::restarted(transfer);
        if restarted > 0 && row.restarted != restarted {
            row.restarted = restarted;
            if let Some(line) = words::starts_again(transfer) {
                self.all.suspend(|| print_aside(line + "\n"));
            }
        }
        if let Some(ending) = &transfer.ending {
            row.ended = true;
            row.bar.finish_and_clear();
            self.all.remove(&row.bar);
            if ending.only_asked() {
                self.all.suspend(|| plan::print(engine, transfer, Form::Text));
                return;
            }
            let failure = ending.failure.as_ref();
            let reason = failure.map(|failure| words::failure(failure, &words::peer(&transfer.peer)));
            let go_on = if row.has_begun { words::go_on(transfer, ending) } else { None };
            let reason = go_on.or(reason);
            let mut closing = words::closing(transfer, ending);
            let files = if transfer.files > 1 { engine.notable(transfer.key, NOTABLE) } else { Vec::new() };
            let left_out = engine.left_out(transfer.key);
            for line in words::not_as_sent(transfer, (&files, &left_out), LISTED) {
                closing.push_str(&line);
            }
            self.all.suspend(|| {
                print_line(closing);
                if let Some(reason) = reason {
                    print_aside(reason + "\n");
                }
            });
            return;
        }
        if stage_changed
            && transfer.state == TransferState::Waiting
            && transfer.direction == Direction::Outgoing
            && transfer.peer.trust == Some(Trust::Anyone)
        {
            let text = format!("This computer's fingerprint, if they ask: {fingerprint}\n");
            self.all.suspend(|| print_aside(text));
        }
        if terminal {
            row.bar.set_length(transfer.bytes);
            row.bar.set_prefix(words::title(transfer));
            row.bar.set_message(message(transfer));
            row.bar.set_position(transfer.progress.bytes);
        } else if stage_changed {
            print_aside(format_args!(
                "{}: {}, {}\n",
                words::title(transfer),
                words::stage(transfer),
                size::human(transfer.bytes)
            ));
        }
    }

    pub(super) fn stop(&self, failure: &Failure) {
        self.say(&words::failure(failure, ""));
    }

    pub(super) fn aside(&self, write: impl FnOnce()) {
        self.all.suspend(write);
    }

    fn say(&self, text: &str) {
        self.all.suspend(|| print_aside(format_args!("{text}\n")));
    }
}

/// The default port need not be typed.
fn short(address: std::net::SocketAddr) -> String {
    address
        .to_string()
        .parse::<crate::model::HostPort>()
        .map_or_else(|_| address.to_string(), |host| host.to_string())
}

fn style() -> ProgressStyle {
    ProgressStyle::with_template("{prefix:24!.bold} {wide_bar} {msg}")
        .expect("the template is right")
        .progress_chars("━╸─")
}

/// `1.9 of 4.2 GB, 45 %, 82 MB/s, 28 s left, sending`.
fn message(transfer: &Transfer) -> String {
    let progress = &transfer.progress;
    let mut parts = Vec::new();
    match transfer.state {
        TransferState::Moving | TransferState::Checking => {
            parts.push(format!("{} of {}", size::human(progress.bytes), size::human(transfer.bytes)));
            parts.push(format!("{} %", size::percent(progress.bytes, transfer.bytes)));
            parts.push(size::human_rate(progress.rate));
            parts.extend(progress.time_left.map(|left| format!("{} left", words::span(left))));
        }
        TransferState::Waiting => {
            let whose = match transfer.direction {
                Direction::Outgoing => "they have",
                Direction::Incoming => "you have",
            };
            parts.extend(progress.answer_left.map(|left| format!("{whose} {}", words::span(left))));
        }
        TransferState::Preparing
        | TransferState::Connecting
        | TransferState::NeedsCode
        | TransferState::Planning
        | TransferState::Reconnecting
        | TransferState::Finished(_) => {}
    }
    parts.push(words::stage(transfer).to_owned());
    parts.join(", ")
}
