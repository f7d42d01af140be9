//! What a front end knows: the one reducer. Window, command line and tests all read the same State.

use std::collections::{BTreeMap, VecDeque};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::{Duration, Instant, SystemTime};

use crate::engine::{Ending, Event, Lasting, Progress};
use crate::model::{
    Code, DeviceId, DeviceName, Direction, Failure, Fingerprint, PairedDevice, Paused, PlanSummary, Settings,
    TransferId, TransferState, Trust, Unfinished,
};
use crate::session::Choices;
use crate::storage::Measured;

/// Ended rows that are kept; the oldest go first. A window is no history.
pub const MAX_ENDED: usize = 200;

/// Notices that are kept for a front end that does not look.
const MAX_NOTICES: usize = 20;

/// The engine's own name for a transfer, in the order of their starts. A sender's transfer id is never used for this.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TransferKey(pub u64);

/// Names one question to a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PromptId(pub u64);

/// Everything a front end shows.
#[derive(Clone, Debug)]
pub struct State {
    /// This computer.
    pub device: ThisDevice,
    /// The settings in force.
    pub settings: Settings,
    /// Whether others can send to this computer.
    pub receiving: Receiving,
    /// The code that others may type, and who did; `None` while no stranger may ask.
    pub desk: Option<DeskView>,
    /// Computers that proved the code and came only to be remembered: a person decides.
    pub callers: Vec<Caller>,
    /// The pairing that this computer's person began.
    pub pairing: Pairing,
    /// The paired computers, by name.
    pub devices: Vec<PairedDevice>,
    /// Files and folders a person picked and did not send yet.
    pub chosen: Vec<Chosen>,
    /// Transfers that were interrupted and can go on, the newest first.
    pub unfinished: Vec<Unfinished>,
    /// All transfers that run, and the last ended ones, by their start.
    pub transfers: BTreeMap<TransferKey, Transfer>,
    /// What went wrong outside of any transfer, newest last, numbered from 0 over the engine's life.
    pub notices: VecDeque<(u64, Failure)>,
    /// How many notices there have been.
    pub notices_seen: u64,
}

/// This computer, as others see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ThisDevice {
    /// Its name.
    pub name: DeviceName,
    /// Its id.
    pub id: DeviceId,
    /// The short form of the id, for comparing by eye.
    pub fingerprint: Fingerprint,
    /// The folder offers go into unless a person says otherwise.
    pub folder: PathBuf,
}

/// Whether others can send to this computer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Receiving {
    /// They cannot.
    Off,
    /// They can.
    On {
        /// The sockets that listen.
        bound: Vec<SocketAddr>,
        /// What the other person can type: this computer's addresses with the port, the likeliest first.
        dial: Vec<SocketAddr>,
        /// For how long, as it was asked for.
        lasting: Lasting,
        /// When it switches itself off.
        until: Option<Instant>,
    },
    /// They should, but the port could not be had.
    Failed(Failure),
}

/// The pairing desk, as a person sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeskView {
    /// What it does.
    pub door: DeskDoor,
    /// Who typed a wrong code, newest last.
    pub guesses: Vec<Guess>,
}

/// What the pairing desk does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DeskDoor {
    /// It shows a code.
    Shows {
        /// The code.
        code: Code,
        /// Until when it is good.
        until: Instant,
    },
    /// Somebody is trying the code; the next one comes at once.
    Busy,
    /// Too many wrong codes: it opens by itself then, or when a person says so.
    Closed {
        /// When.
        until: Instant,
    },
}

/// Somebody typed a wrong code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Guess {
    /// From where.
    pub address: String,
    /// When.
    pub at: SystemTime,
}

/// A computer that proved the code and wants to be remembered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    /// Goes into the answer.
    pub id: PromptId,
    /// Who.
    pub peer: Peer,
    /// When the question counts as declined.
    pub until: Instant,
}

/// A pairing that this computer's person began.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Pairing {
    /// None.
    #[default]
    Idle,
    /// On its way.
    Connecting,
    /// The code was right; the person there is asked.
    Asking,
    /// It ended well.
    Done {
        /// With whom.
        device: Box<PairedDevice>,
    },
    /// It did not.
    Failed(Failure),
}

/// A file or folder a person picked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chosen {
    /// Where it is.
    pub path: PathBuf,
    /// Its name, ready to be shown; a folder's ends with a slash.
    pub name: String,
    /// What it holds, or why it cannot be sent.
    pub holds: Result<Holds, Failure>,
}

/// What something chosen holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Holds {
    /// It is one file.
    File {
        /// Its size in bytes.
        bytes: u64,
    },
    /// It is a folder, and what is in it is being counted.
    Counting,
    /// It is a folder with all this in it.
    Folder(Measured),
}

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

impl State {
    /// The state before anything happened.
    pub fn new(device: ThisDevice, settings: Settings) -> Self {
        Self {
            device,
            settings,
            receiving: Receiving::Off,
            desk: None,
            callers: Vec::new(),
            pairing: Pairing::Idle,
            devices: Vec::new(),
            chosen: Vec::new(),
            unfinished: Vec::new(),
            transfers: BTreeMap::new(),
            notices: VecDeque::new(),
            notices_seen: 0,
        }
    }

    /// Takes one event in. Events of transfers that are not known (dismissed meanwhile) change nothing.
    pub fn apply(&mut self, event: &Event) {
        match event {
            Event::Receiving(receiving) => self.receiving = receiving.clone(),
            Event::Desk(desk) => self.desk.clone_from(desk),
            Event::Called(caller) => self.callers.push((**caller).clone()),
            Event::CallEnded(id) => self.callers.retain(|caller| caller.id != *id),
            Event::Paired(pairing) => self.pairing = pairing.clone(),
            Event::Devices(devices) => self.devices.clone_from(devices),
            Event::CodeWanted { transfer, wanted } => {
                self.change(*transfer, |row| row.code_wanted = Some((**wanted).clone()));
            }
            Event::Chosen(chosen) => self.chosen.clone_from(chosen),
            Event::Started(transfer) => {
                self.transfers.insert(transfer.key, (**transfer).clone());
            }
            Event::Planned { transfer, plan } => self.change(*transfer, |row| row.plan = Some(*plan)),
            Event::Limited { transfer, limit } => self.change(*transfer, |row| row.limit = *limit),
            Event::Paused { transfer, paused } => self.change(*transfer, |row| row.paused = *paused),
            Event::Listed { transfer, names, files, left_out, bytes, id } => self.change(*transfer, |row| {
                row.names.clone_from(names);
                (row.files, row.left_out, row.bytes) = (*files, *left_out, *bytes);
                row.id = Some(*id);
            }),
            Event::Unfinished(unfinished) => self.unfinished.clone_from(unfinished),
            Event::Met { transfer, peer } => self.change(*transfer, |row| row.peer = peer.clone()),
            Event::Prompted { transfer, prompt } => self.change(*transfer, |row| {
                row.folder = Some(prompt.folder.clone());
                row.prompt = Some((**prompt).clone());
            }),
            Event::Answered(transfer) => self.change(*transfer, Transfer::close_question),
            Event::Stepped { transfer, step } => self.change(*transfer, |row| row.step(*step)),
            Event::Progress { transfer, progress } => self.change(*transfer, |row| {
                // A late one must not undo the end.
                if row.state.is_running() {
                    row.progress = *progress;
                }
            }),
            Event::Finished { transfer, ending } => {
                self.change(*transfer, |row| row.finish(ending));
                self.forget_oldest();
            }
            Event::Exported { transfer, receipt } => {
                self.change(*transfer, |row| row.exported = Some(receipt.clone()));
            }
            Event::Dismissed(transfer) => {
                self.transfers.remove(transfer);
            }
            Event::Settings(settings) => self.settings = (**settings).clone(),
            Event::Device { name, folder } => {
                self.device.name = name.clone();
                self.device.folder.clone_from(folder);
            }
            Event::Notice(failure) => {
                self.notices.push_back((self.notices_seen, failure.clone()));
                self.notices_seen += 1;
                while self.notices.len() > MAX_NOTICES {
                    self.notices.pop_front();
                }
            }
            Event::Snapshot(state) => *self = (**state).clone(),
        }
    }

    /// Whether any transfer still goes on.
    pub fn is_busy(&self) -> bool {
        self.transfers.values().any(|transfer| transfer.state.is_running())
    }

    fn change(&mut self, key: TransferKey, change: impl FnOnce(&mut Transfer)) {
        if let Some(transfer) = self.transfers.get_mut(&key) {
            change(transfer);
        }
    }

    fn forget_oldest(&mut self) {
        let ended = |transfer: &&Transfer| !transfer.state.is_running();
        while self.transfers.values().filter(ended).count() > MAX_ENDED {
            let oldest = self.transfers.values().find(ended).map(|transfer| transfer.key);
            oldest.and_then(|key| self.transfers.remove(&key));
        }
    }
}

impl Transfer {
    fn step(&mut self, step: crate::model::Step) {
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

    fn close_question(&mut self) {
        self.prompt = None;
        self.progress.answer_left = None;
    }

    fn finish(&mut self, ending: &Ending) {
        // Whatever came before: a transfer that says it ended has ended.
        self.state = TransferState::Finished(ending.outcome);
        self.close_question();
        self.code_wanted = None;
        self.progress.time_left = None;
        self.progress.rate = crate::model::size::rate(ending.bytes, ending.took);
        if ending.outcome == crate::model::Outcome::Delivered {
            self.progress.bytes = self.bytes;
            self.progress.files = self.files;
        }
        self.ending = Some(ending.clone());
    }
}
