//! The door for front ends: [`Engine::start`], then [`Command`] in, [`Event`] out, [`State::apply`] to keep up.

mod command;
mod event;
mod outbox;
mod state;

use std::path::PathBuf;

use crate::model::{Failure, FileReport};

pub use command::{Answer, Command, ListenOn};
pub use event::{Ending, Event, Progress};
pub use outbox::Wake;
pub use state::{
    Chosen, Direction, MAX_ENDED, Peer, Prompt, PromptId, Receiving, State, ThisDevice, Transfer, TransferKey,
};

/// What an engine is started with.
#[derive(Clone, Debug)]
pub struct Config {
    /// Where the program keeps its own state.
    pub home: PathBuf,
    /// Goes before the folder of the settings.
    pub folder: Option<PathBuf>,
    /// Who decides about offers.
    pub acceptance: Acceptance,
}

/// Who decides about offers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Acceptance {
    /// A person, each time.
    Ask,
    /// Nobody: every offer that fits is taken.
    All,
}

/// A running engine: its own threads, tasks and sockets. Dropping it stops it within 5 s.
pub struct Engine {}

/// The engine has 64 commands waiting; try again at the next frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the engine has too many commands waiting")]
pub struct Overloaded;

impl Engine {
    /// Starts an engine. `wake` is called after every event, from any thread; it must not block.
    /// Errors: a [`Failure`] when the home folder, the key or the settings cannot be used.
    pub fn start(_config: Config, _wake: Wake) -> Result<(Self, State), Failure> {
        Err(Failure::here(crate::model::FailureKind::Internal))
    }

    /// Hands over a command without waiting. Errors: [`Overloaded`].
    pub fn command(&self, _command: Command) -> Result<(), Overloaded> {
        Err(Overloaded)
    }

    /// The next event, if there is one: for front ends that draw.
    pub fn next_event(&self) -> Option<Event> {
        None
    }

    /// What happened to the files of a transfer, in the order it became known, from the `from`th on, at most `limit`.
    pub fn files(&self, _transfer: TransferKey, _from: usize, _limit: usize) -> Vec<FileReport> {
        Vec::new()
    }

    /// Stops: declines, cancels and cleans up, within 5 s.
    pub fn shutdown(self) {}
}
