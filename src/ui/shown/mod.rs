//! The State in words, made when something changed and not when something is drawn: views format nothing.

mod basket;
mod code;
mod desk;
mod device;
mod file;
mod plan;
mod prompt;
mod proof;
mod receive;
mod row;
mod time;
mod unfinished;

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use crate::engine::{DeskDoor, Peer, Receiving, State, Transfer, TransferKey};
use crate::model::{shown_path, size};
use crate::texts::Texts;

pub use basket::{BasketText, ChosenText};
pub use code::{CodeText, PairText};
pub use desk::{CallerText, DeskText, DoorText};
pub use device::DeviceText;
pub use file::{FileLine, FileTableText, FileTone};
pub use plan::{ConflictText, PlanLine, PlanText, PlanTone};
pub use prompt::PromptText;
pub use proof::ProofText;
pub use receive::{AddressText, ReceiveText};
pub use row::RowText;
pub use time::Now;
pub use unfinished::{UnfinishedKey, UnfinishedText, key as unfinished_key};

/// Everything that is shown and has to be put together from parts.
pub struct Shown {
    /// The receive card.
    pub receive: ReceiveText,
    /// The chosen files.
    pub basket: BasketText,
    /// The rows of the transfers.
    pub rows: BTreeMap<TransferKey, RowText>,
    /// What people are asked.
    pub prompts: BTreeMap<TransferKey, PromptText>,
    /// The codes that people are asked for.
    pub codes: BTreeMap<TransferKey, CodeText>,
    /// The computers that want to be remembered, in their order.
    pub callers: Vec<CallerText>,
    /// The paired computers, in their order.
    pub devices: Vec<DeviceText>,
    /// The interrupted transfers that nothing is done about.
    pub unfinished: Vec<UnfinishedText>,
    /// The pairing that was begun here.
    pub pairing: PairText,
    /// The folder for received files.
    pub folder: String,
    /// This computer's fingerprint.
    pub fingerprint: String,
}

impl Shown {
    /// Puts a whole State into words.
    pub fn of(state: &State, texts: &Texts, now: Now) -> Self {
        let mut shown = Self {
            receive: ReceiveText::of(state, texts, now),
            basket: BasketText::of(&state.chosen, texts),
            rows: BTreeMap::new(),
            prompts: BTreeMap::new(),
            codes: BTreeMap::new(),
            callers: Vec::new(),
            devices: Vec::new(),
            unfinished: Vec::new(),
            pairing: PairText::Idle,
            folder: shown_path(&state.device.folder),
            fingerprint: state.device.fingerprint.to_string(),
        };
        shown.update(state, texts, now);
        shown
    }

    /// Takes over what changed. Rows of ended transfers do not change any more and are kept as they are.
    pub fn update(&mut self, state: &State, texts: &Texts, now: Now) {
        self.receive = ReceiveText::of(state, texts, now);
        self.basket = BasketText::of(&state.chosen, texts);
        self.callers = CallerText::all(state, texts, now);
        self.devices = state.devices.iter().map(|device| DeviceText::of(device, state, texts, now)).collect();
        self.unfinished = UnfinishedText::all(state, texts, now);
        self.pairing = PairText::of(&state.pairing, texts);
        self.folder = shown_path(&state.device.folder);
        self.rows.retain(|key, _| state.transfers.contains_key(key));
        self.prompts.clear();
        self.codes.clear();
        for (key, transfer) in &state.transfers {
            if !self.rows.get(key).is_some_and(|row| row.is_final && !row.is_behind(transfer)) {
                self.rows.insert(*key, RowText::of(transfer, texts));
            }
            if let Some(prompt) = &transfer.prompt {
                self.prompts.insert(*key, PromptText::of(transfer, prompt, texts));
            }
            if let Some(wanted) = &transfer.code_wanted {
                self.codes.insert(*key, CodeText::of(transfer, wanted, texts));
            }
        }
    }
}

/// When words that tell time will be others. `None` where none do.
pub fn next_change(state: &State, now: Now) -> Option<Duration> {
    let receiving = match state.receiving {
        Receiving::On { until, .. } => until,
        Receiving::Off | Receiving::Failed(_) => None,
    };
    let code = state.desk.as_ref().and_then(|desk| match desk.door {
        DeskDoor::Shows { until, .. } | DeskDoor::Closed { until } => Some(until),
        DeskDoor::Busy => None,
    });
    let ends = receiving.into_iter().chain(code).chain(state.callers.iter().map(|caller| caller.until));
    let changes = ends.filter_map(|end: Instant| time::next_change(now.until(end)));
    changes.min()
}

/// When what is told of the paired computers will be something else, while somebody looks at them.
pub fn next_age(state: &State, now: Now) -> Option<Duration> {
    let is_young = state.devices.iter().any(|device| DeviceText::is_young(device, now));
    is_young.then_some(Duration::from_mins(1))
}

/// When what is told of the interrupted transfers will be something else, while somebody looks at them.
pub fn next_age_of_unfinished(state: &State, now: Now) -> Option<Duration> {
    UnfinishedText::is_any_young(state, now).then_some(Duration::from_mins(1))
}

/// What the other side is called: its own name, or its address until it said one.
fn peer_label(peer: &Peer) -> &str {
    peer.name.as_ref().map_or(peer.address.as_str(), |name| name.as_str())
}

/// What a transfer is called: its folder and how many files are in it, or its first file and how many more.
fn title(transfer: &Transfer, texts: &Texts) -> String {
    match transfer.names.first() {
        // The first names tell whether there is something beside the folder.
        Some(root)
            if is_folder(&root.name)
                && transfer.names.iter().any(|file| !file.name.starts_with(&root.name)) =>
        {
            let files = texts.with("files-count", [("count", transfer.files.into())]);
            texts.with("title-folders", [("name", root.name.as_str().into()), ("files", files.into())])
        }
        Some(file) => named_files(&file.name, transfer.files, texts),
        None if transfer.files > 0 => texts.with("files-count", [("count", transfer.files.into())]),
        None => texts.t("title-none").to_owned(),
    }
}

fn is_folder(name: &str) -> bool {
    name.ends_with('/')
}

/// `holiday/ · 312 files`, `photo.jpg`, `photo.jpg and 311 more`.
fn named_files(first: &str, files: u64, texts: &Texts) -> String {
    if is_folder(first) {
        let files = texts.with("files-count", [("count", files.into())]);
        texts.with("title-folder", [("name", first.into()), ("files", files.into())])
    } else if files <= 1 {
        first.to_owned()
    } else {
        texts.with("title-many", [("name", first.into()), ("count", (files - 1).into())])
    }
}

/// `1.9 GB of 4.2 GB`.
fn amount(done: u64, total: u64, texts: &Texts) -> String {
    texts.with("amount", [("done", size::human(done).into()), ("total", size::human(total).into())])
}
