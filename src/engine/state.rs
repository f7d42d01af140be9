//! What a front end knows: the one reducer. Window, command line and tests all read the same State.

mod transfer;

use std::collections::{BTreeMap, VecDeque};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::{Instant, SystemTime};

use crate::engine::{Event, Lasting};
use crate::model::{Code, DeviceId, DeviceName, Failure, Fingerprint, PairedDevice, Settings, Unfinished};
use crate::storage::Measured;

pub use transfer::{CodeWanted, Memory, Named, Peer, Prompt, PromptId, Transfer, TransferKey};

/// Ended rows that are kept; the oldest go first. A window is no history.
pub const MAX_ENDED: usize = 200;

/// Notices that are kept for a front end that does not look.
const MAX_NOTICES: usize = 20;

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
