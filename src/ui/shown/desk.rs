//! The code that Receive shows, in words.

use crate::engine::{Caller, DeskDoor, DeskView, Guess, State};
use crate::texts::Texts;
use crate::ui::shown::time::{Now, ago, left};
use crate::ui::shown::{ProofText, peer_label};

/// Guesses that are shown; of more only the number is.
const GUESSES: usize = 3;

/// The pairing desk in words.
pub struct DeskText {
    /// What it does.
    pub door: DoorText,
    /// Who typed a wrong code, newest first.
    pub guesses: Vec<String>,
    /// How many more did.
    pub more: Option<String>,
}

/// What the desk does.
pub enum DoorText {
    /// It shows a code.
    Shows {
        /// In two groups.
        code: String,
        /// The same with its label, for a screen reader.
        name: String,
        /// For the clipboard.
        digits: String,
        /// How long it is good.
        left: String,
    },
    /// Somebody is typing it.
    Busy,
    /// Too many were wrong.
    Closed {
        /// Until when.
        until: String,
    },
}

impl DeskText {
    pub(super) fn of(desk: &DeskView, texts: &Texts, now: Now) -> Self {
        let door = match &desk.door {
            DeskDoor::Shows { code, until } => {
                let shown = code.to_string();
                DoorText::Shows {
                    name: texts.with("code-name", [("code", shown.as_str().into())]),
                    digits: code.digits().to_owned(),
                    left: texts.with("code-left", [("time", left(now.until(*until), texts).into())]),
                    code: shown,
                }
            }
            DeskDoor::Busy => DoorText::Busy,
            DeskDoor::Closed { until } => DoorText::Closed {
                until: texts.with("desk-closed", [("time", left(now.until(*until), texts).into())]),
            },
        };
        let guess = |guess: &Guess| {
            let span = now.wall.duration_since(guess.at).unwrap_or_default();
            texts.with(
                "guess",
                [("address", guess.address.as_str().into()), ("when", ago(span, texts).into())],
            )
        };
        let more = crate::model::size::from_len(desk.guesses.len().saturating_sub(GUESSES));
        Self {
            door,
            guesses: desk.guesses.iter().rev().take(GUESSES).map(guess).collect(),
            more: (more > 0).then(|| texts.with("guesses-more", [("count", more.into())])),
        }
    }
}

/// A computer that wants to be remembered, in words.
pub struct CallerText {
    /// Who wants what.
    pub heading: String,
    /// How it was proven.
    pub proof: ProofText,
    /// Until the question counts as declined.
    pub left: String,
    /// The name of Remember.
    pub remember_name: String,
    /// The name of Not now.
    pub not_now_name: String,
    /// The name of Later.
    pub later_name: String,
    /// The name of Answer…
    pub answer_name: String,
}

impl CallerText {
    pub(super) fn of(caller: &Caller, texts: &Texts, now: Now) -> Self {
        let peer = peer_label(&caller.peer);
        let named = |id: &str| texts.with(id, [("peer", peer.into())]);
        Self {
            heading: named("caller-title"),
            proof: ProofText::of(&caller.peer, texts),
            left: texts.with("answer-left", [("time", left(now.until(caller.until), texts).into())]),
            remember_name: named("caller-remember-name"),
            not_now_name: named("caller-not-now-name"),
            later_name: named("caller-later-name"),
            answer_name: named("caller-answer-name"),
        }
    }

    /// All of them, in their order.
    pub(super) fn all(state: &State, texts: &Texts, now: Now) -> Vec<Self> {
        state.callers.iter().map(|caller| Self::of(caller, texts, now)).collect()
    }
}
