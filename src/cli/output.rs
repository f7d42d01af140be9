//! What a command prints: lines for programs or lines and bars for people, both made from the same State.

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
