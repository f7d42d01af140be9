//! What a command prints: lines for programs or lines and bars for people, both made from the same State.

use std::fmt::Display;
use std::io::Write as _;

use crate::cli::bar::Bars;
use crate::cli::json::Json;
use crate::engine::{Engine, State};
use crate::model::Failure;

/// One of the two ways to tell.
pub(super) enum Output {
    Json(Json),
    People(Bars),
}

impl Output {
    pub(super) fn new(json: bool) -> Self {
        if json { Self::Json(Json::new()) } else { Self::People(Bars::new()) }
    }

    /// Prints what is new in the State.
    pub(super) fn update(&mut self, state: &State, engine: &Engine) {
        match self {
            Self::Json(json) => json.update(state, engine),
            Self::People(bars) => bars.update(state, engine),
        }
    }

    /// The end of a command that never came to a transfer.
    pub(super) fn stop(&mut self, failure: &Failure) {
        match self {
            Self::Json(json) => json.stop(failure),
            Self::People(bars) => bars.stop(failure),
        }
    }

    /// The end of a command that a person interrupted.
    pub(super) fn interrupted(&mut self) {
        match self {
            Self::Json(json) => json.interrupted(),
            Self::People(_) => {}
        }
    }

    /// Runs something that writes to the terminal itself, with the bars out of the way.
    pub(super) fn aside(&self, write: impl FnOnce()) {
        match self {
            Self::Json(_) => write(),
            Self::People(bars) => bars.aside(write),
        }
    }
}

/// Prints a line on stdout. Whoever reads it may be gone (`println!` would end the program); the transfer goes on.
pub(super) fn print_line(text: impl Display) {
    let mut stdout = std::io::stdout().lock();
    writeln!(stdout, "{text}").and_then(|()| stdout.flush()).ok();
}

/// Prints lines on stdout that end as lines do. Whoever reads them may be gone.
pub(super) fn print_lines(lines: &[u8]) {
    let mut stdout = std::io::stdout().lock();
    stdout.write_all(lines).and_then(|()| stdout.flush()).ok();
}

/// Prints on stderr, which may be closed as well.
pub(super) fn print_aside(text: impl Display) {
    write!(std::io::stderr().lock(), "{text}").ok();
}
