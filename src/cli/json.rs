//! For programs: one JSON object a line on stdout (`docs/cli.md`). Made from State, so nothing is missed and nothing is
//! told twice, however slow the reader is.

mod files;

use std::collections::{HashMap, VecDeque};
use std::time::{Duration, Instant, SystemTime};

use serde_json::{Value, json};

use crate::cli::plan::{self, Form};
use crate::cli::print::print_line;
use crate::cli::words;
use crate::engine::{DeskDoor, Direction, Ending, Engine, Progress, Receiving, State, Transfer, TransferKey};
use crate::model::{Code, Failure, Moment, Outcome, TransferState, Trust};

use files::Files;

/// Progress lines of a transfer in any one second.
const PROGRESS_A_SECOND: usize = 10;

/// What was printed so far.
pub(super) struct Json {
    receiving: Receiving,
    /// The code that was printed last.
    code: Option<Code>,
    /// When the last wrong guess that was printed came.
    guessed: Option<SystemTime>,
    rows: HashMap<TransferKey, Row>,
    last_was_finished: bool,
}

#[derive(Default)]
struct Row {
    offered: bool,
    progress: Progress,
    stage: Option<TransferState>,
    /// When the last progress lines were printed.
    printed: VecDeque<Instant>,
    files: Files,
    /// Files that were said to start again.
    restarted: u64,
    ended: bool,
}

impl Row {
    /// Whether one more progress line keeps the promised rate; if so it is counted.
    fn may_print_progress(&mut self, now: Instant) -> bool {
        if self.printed.len() >= PROGRESS_A_SECOND {
            if self.printed.front().is_some_and(|then| now.duration_since(*then) < Duration::from_secs(1)) {
                return false;
            }
            self.printed.pop_front();
        }
        self.printed.push_back(now);
        true
    }
}

impl Json {
    pub(super) fn new() -> Self {
        Self {
            receiving: Receiving::Off,
            code: None,
            guessed: None,
            rows: HashMap::new(),
            last_was_finished: false,
        }
    }

    pub(super) fn update(&mut self, state: &State, engine: &Engine) {
        if self.receiving != state.receiving {
            self.receiving = state.receiving.clone();
            if let Receiving::On { bound, .. } = &state.receiving
                && let Some(first) = bound.first()
            {
                let (code, expires) = shown_code(state).unzip();
                self.code.clone_from(&code);
                self.print(&json!({
                    "event": "listening", "address": first.ip().to_string(), "port": first.port(),
                    "name": state.device.name.as_str(), "fingerprint": state.device.fingerprint.to_string(),
                    "device": state.device.id.to_string(),
                    "code": code.as_ref().map(Code::digits), "expires": expires,
                }));
            }
        }
        self.update_code(state);
        for transfer in state.transfers.values() {
            let mut row = self.rows.remove(&transfer.key).unwrap_or_default();
            self.update_row(&mut row, transfer, engine);
            self.rows.insert(transfer.key, row);
        }
        self.rows.retain(|key, _| state.transfers.contains_key(key));
    }

    /// Each new code is an event; so is, once, that there is none; and each wrong guess.
    fn update_code(&mut self, state: &State) {
        let guesses = state.desk.as_ref().map(|desk| desk.guesses.as_slice()).unwrap_or_default();
        let last = self.guessed;
        for guess in guesses.iter().filter(|guess| last.is_none_or(|last| guess.at > last)) {
            let at = Moment::from(guess.at).as_secs();
            self.print(&json!({ "event": "guess", "address": guess.address, "at": at }));
        }
        self.guessed = guesses.last().map(|guess| guess.at).or(self.guessed);
        let is_on = matches!(state.receiving, Receiving::On { .. });
        let (code, expires) = shown_code(state).unzip();
        let is_trying = matches!(state.desk.as_ref().map(|desk| &desk.door), Some(DeskDoor::Busy));
        if is_on && !is_trying && self.code != code {
            self.print(
                &json!({ "event": "code", "code": code.as_ref().map(Code::digits), "expires": expires }),
            );
            self.code = code;
        }
    }

    fn update_row(&mut self, row: &mut Row, transfer: &Transfer, engine: &Engine) {
        if row.ended {
            return;
        }
        // An offer that was answered between two looks was still an offer.
        let is_offered = !matches!(
            transfer.state,
            TransferState::Preparing
                | TransferState::Connecting
                | TransferState::NeedsCode
                | TransferState::Planning
                | TransferState::Reconnecting
        );
        if is_offered && !row.offered && transfer.peer.trust.is_some() {
            row.offered = true;
            self.print(&offer(transfer));
        }
        let is_new = row.progress != transfer.progress || row.stage != Some(transfer.state);
        if is_new && transfer.ending.is_none() && row.may_print_progress(Instant::now()) {
            row.progress = transfer.progress;
            row.stage = Some(transfer.state);
            self.print(&progress(transfer));
        }
        let restarted = words::restarted(transfer);
        if restarted > 0 && row.restarted != restarted {
            row.restarted = restarted;
            self.print(&json!({ "event": "restarted", "transfer": transfer.key.0, "files": restarted }));
        }
        if row.files.print_new(transfer, engine) {
            self.last_was_finished = false;
        }
        if let Some(ending) = &transfer.ending {
            row.ended = true;
            for one in engine.left_out(transfer.key) {
                self.print(&files::left_out(&one, transfer));
            }
            if ending.only_asked() {
                plan::print(engine, transfer, Form::Json);
            } else if let Some(failure) = &ending.failure {
                self.print(&error(failure, &words::peer(&transfer.peer), Some(transfer.key)));
            }
            self.print(&finished(ending, Some(transfer.key)));
        }
    }

    /// An error before there was a transfer, and the last line.
    pub(super) fn stop(&mut self, failure: &Failure) {
        self.print(&error(failure, "", None));
        self.print(&finished(&nothing(Outcome::Failed), None));
    }

    /// The last line of a command that a person ended, unless a transfer's end was it.
    pub(super) fn interrupted(&mut self) {
        if !self.last_was_finished {
            self.print(&finished(&nothing(Outcome::Cancelled), None));
        }
    }

    fn print(&mut self, line: &Value) {
        self.last_was_finished = line.get("event").and_then(Value::as_str) == Some("finished");
        print_line(line);
    }
}

/// The code that is shown, and until when, in seconds since 1970.
fn shown_code(state: &State) -> Option<(Code, u64)> {
    match &state.desk.as_ref()?.door {
        DeskDoor::Shows { code, until } => {
            let left = until.saturating_duration_since(Instant::now());
            let expires = Moment::from(SystemTime::now() + left);
            Some((code.clone(), expires.as_secs()))
        }
        DeskDoor::Busy | DeskDoor::Closed { .. } => None,
    }
}

fn nothing(outcome: Outcome) -> Ending {
    Ending {
        outcome,
        failure: None,
        saved: 0,
        failed: 0,
        skipped: 0,
        unwanted: 0,
        bytes: 0,
        took: Duration::ZERO,
        single: None,
    }
}

fn direction(transfer: &Transfer) -> &'static str {
    match transfer.direction {
        Direction::Outgoing => "outgoing",
        Direction::Incoming => "incoming",
    }
}

fn offer(transfer: &Transfer) -> Value {
    json!({
        "event": "offer", "transfer": transfer.key.0, "direction": direction(transfer),
        "peer": transfer.peer.name.as_ref().map(ToString::to_string),
        "fingerprint": transfer.peer.fingerprint().map(|fingerprint| fingerprint.to_string()),
        "verified": transfer.peer.trust.as_ref().is_some_and(Trust::is_verified),
        "trust": transfer.peer.trust.as_ref().map(Trust::code),
        "device": transfer.peer.id.map(|id| id.to_string()),
        "remembers_us": transfer.peer.remembers_us, "address": transfer.peer.address,
        "files": transfer.files, "bytes": transfer.bytes,
        "id": transfer.id.map(|id| id.to_string()),
        "names": transfer.names.iter().map(|file| file.name.as_str()).collect::<Vec<_>>(),
    })
}

/// The stage in one word that does not change between versions.
fn stage(transfer: &Transfer) -> &'static str {
    match (transfer.state, transfer.direction) {
        (TransferState::Preparing, _) => "preparing",
        (TransferState::Connecting, _) => "connecting",
        (TransferState::NeedsCode, _) => "needs-code",
        (TransferState::Planning, _) => "comparing",
        (TransferState::Waiting, _) => "waiting",
        (TransferState::Moving, Direction::Outgoing) => "sending",
        (TransferState::Moving, Direction::Incoming) => "receiving",
        (TransferState::Checking, _) => "checking",
        (TransferState::Reconnecting, _) => "reconnecting",
        (TransferState::Finished(outcome), _) => outcome.code(),
    }
}

fn progress(transfer: &Transfer) -> Value {
    let progress = &transfer.progress;
    json!({
        "event": "progress", "transfer": transfer.key.0, "stage": stage(transfer),
        "bytes": progress.bytes, "total": transfer.bytes, "files": progress.files, "rate": progress.rate,
        "seconds_left": progress.time_left.map(|left| left.as_secs()),
    })
}

fn error(failure: &Failure, peer: &str, transfer: Option<TransferKey>) -> Value {
    json!({
        "event": "error", "transfer": transfer.map(|key| key.0), "kind": failure.kind.code(),
        "message": words::failure(failure, peer).replace('\n', " "),
    })
}

fn finished(ending: &Ending, transfer: Option<TransferKey>) -> Value {
    // Nobody said no to what was only asked about.
    let outcome = if ending.only_asked() { "planned" } else { ending.outcome.code() };
    json!({
        "event": "finished", "transfer": transfer.map(|key| key.0), "outcome": outcome,
        "files": ending.saved, "failed": ending.failed, "skipped": ending.skipped, "bytes": ending.bytes, "seconds": ending.took.as_secs_f64(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_second_sees_more_than_ten_progress_lines() {
        let mut row = Row::default();
        let start = Instant::now();
        let at = |millis: u64| start + Duration::from_millis(millis);
        let printed: Vec<u64> = (0..5_000).filter(|millis| row.may_print_progress(at(*millis))).collect();
        assert!(printed.len() >= 50);
        for window in printed.windows(PROGRESS_A_SECOND + 1) {
            assert!(window[PROGRESS_A_SECOND] - window[0] >= 1_000);
        }
    }
}
