//! A transfer's row as front ends show it, and the question it may ask.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use crate::engine::{Ending, Progress};
use crate::model::{
    DeviceId, DeviceName, Direction, Failure, Fingerprint, Outcome, Paused, PlanSummary, Step, TransferId,
    TransferState, Trust, size,
};
use crate::session::Choices;

/// The engine's own name for a transfer, in the order of their starts. A sender's transfer id is never used for this.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TransferKey(pub u64);

/// Names one question to a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PromptId(pub u64);
/// The other side of a transfer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Peer {
    /// What it calls itself (for a paired computer: what it is called here); `None` until it said so.
    pub name: Option<DeviceName>,
    /// The id that TLS proved; `None` until connected.
    pub id: Option<DeviceId>,
    /// How it was proven to be the one that is meant; `None` until it was.
    pub trust: Option<Trust>,
    /// Whether it says that it remembers this computer.
    pub remembers_us: bool,
    /// Whether a paired computer has this name, and this one is another.
    pub is_namesake: bool,
    /// Where it is, as typed (outgoing) or as seen (incoming).
    pub address: String,
}

impl Peer {
    /// Nothing is known but the address.
    pub fn at(address: String) -> Self {
        Self { name: None, id: None, trust: None, remembers_us: false, is_namesake: false, address }
    }

    /// The short form of its id, for comparing by eye.
    pub fn fingerprint(&self) -> Option<Fingerprint> {
        self.id.map(|id| id.fingerprint())
    }
}

/// A file as a list shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Named {
    /// Its name, ready to be shown.
    pub name: String,
    /// Its size in bytes; `None` while nobody looked.
    pub bytes: Option<u64>,
}

/// A transfer's row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Transfer {
    /// The engine's name for it.
    pub key: TransferKey,
    /// Which way.
    pub direction: Direction,
    /// With whom.
    pub peer: Peer,
    /// The first files in it: at most [`Transfer::MAX_NAMES`].
    pub names: Vec<Named>,
    /// What both sides call it, once it is offered; a person names it by the first digits.
    pub id: Option<TransferId>,
    /// How many files, with those that could not be offered.
    pub files: u64,
    /// How many bytes.
    pub bytes: u64,
    /// How many of the files the sender could not offer.
    pub left_out: u64,
    /// What the receiver does with the files, in numbers, once it is known.
    pub plan: Option<PlanSummary>,
    /// Who wants a pause.
    pub paused: Paused,
    /// How many bytes a second a person here wants it to be at most.
    pub limit: Option<u64>,
    /// Where the files go on this computer (incoming), for "Open folder".
    pub folder: Option<PathBuf>,
    /// Where it stands.
    pub state: TransferState,
    /// How far it is.
    pub progress: Progress,
    /// What a person has to decide.
    pub prompt: Option<Prompt>,
    /// Set while the code of the other computer is wanted from a person here.
    pub code_wanted: Option<CodeWanted>,
    /// How it ended.
    pub ending: Option<Ending>,
    /// The file its receipt was last written to for a person.
    pub exported: Option<PathBuf>,
    /// What "Send again" would send (outgoing).
    pub sources: Vec<PathBuf>,
}

impl Transfer {
    /// Names kept for showing; "and 312 more" stands for the rest.
    pub const MAX_NAMES: usize = 50;

    /// One of which nothing else is known yet.
    pub fn new(key: TransferKey, direction: Direction, peer: Peer, state: TransferState) -> Self {
        Self {
            key,
            direction,
            peer,
            names: Vec::new(),
            id: None,
            files: 0,
            bytes: 0,
            left_out: 0,
            plan: None,
            paused: Paused::default(),
            limit: None,
            folder: None,
            state,
            progress: Progress::default(),
            prompt: None,
            code_wanted: None,
            ending: None,
            exported: None,
            sources: Vec::new(),
        }
    }
}

/// The other computer shows a code, which a person here has to type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CodeWanted {
    /// Why the last one did not do, if there was one.
    pub last: Option<Failure>,
    /// When the question counts as not answered.
    pub until: Instant,
}

/// A question to a person: take these files?
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Prompt {
    /// Goes into the answer.
    pub id: PromptId,
    /// Where the files would go.
    pub folder: PathBuf,
    /// Room there in bytes, or why nothing can be written there.
    pub free: Result<u64, Failure>,
    /// Room the files need in bytes.
    pub needed: u64,
    /// What would happen to the files, in numbers; all zeros where the folder cannot be used. Entry by entry:
    /// [`Engine::plan`](crate::engine::Engine::plan).
    pub plan: PlanSummary,
    /// How conflicts are settled as it stands, and what is wanted otherwise.
    pub choices: Choices,
    /// How long the question stands in all.
    pub time: Duration,
    /// Whether the other computer can be remembered with the answer: it proved the code and is not paired.
    pub memory: Memory,
}

/// Whether an answer can remember the other computer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Memory {
    /// It is remembered already, or did not prove a code.
    #[default]
    NotOffered,
    /// It can be remembered.
    Offered,
    /// It can be, and it says that it remembers this computer.
    Wished,
}

impl Prompt {
    /// Whether the files fit into the folder as it is now.
    pub fn fits(&self) -> bool {
        self.free.as_ref().is_ok_and(|free| *free >= self.needed)
    }
}
impl Transfer {
    pub(super) fn step(&mut self, step: Step) {
        if let Ok(next) = self.state.advance(step) {
            self.state = next;
        }
        if self.state != TransferState::Waiting {
            self.close_question();
        }
        if self.state != TransferState::NeedsCode {
            self.code_wanted = None;
        }
    }

    pub(super) fn close_question(&mut self) {
        self.prompt = None;
        self.progress.answer_left = None;
    }

    pub(super) fn finish(&mut self, ending: &Ending) {
        // Whatever came before: a transfer that says it ended has ended.
        self.state = TransferState::Finished(ending.outcome);
        self.close_question();
        self.code_wanted = None;
        self.progress.time_left = None;
        self.progress.rate = size::rate(ending.bytes, ending.took);
        if ending.outcome == Outcome::Delivered {
            self.progress.bytes = self.bytes;
            self.progress.files = self.files;
        }
        self.ending = Some(ending.clone());
    }
}
