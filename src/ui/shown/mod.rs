//! The State in words, made when something changed and not when something is drawn: views format nothing.

mod basket;
mod prompt;
mod receive;
mod row;

use std::collections::BTreeMap;

use crate::engine::{Peer, State, Transfer, TransferKey};
use crate::model::size;
use crate::texts::Texts;

pub use basket::{BasketText, ChosenText};
pub use prompt::PromptText;
pub use receive::{AddressText, ReceiveText};
pub use row::RowText;

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
    /// The folder for received files.
    pub folder: String,
    /// This computer's fingerprint.
    pub fingerprint: String,
}

impl Shown {
    /// Puts a whole State into words.
    pub fn of(state: &State, texts: &Texts) -> Self {
        let mut shown = Self {
            receive: ReceiveText::of(&state.receiving, texts),
            basket: BasketText::of(&state.chosen, texts),
            rows: BTreeMap::new(),
            prompts: BTreeMap::new(),
            folder: path(&state.device.folder),
            fingerprint: state.device.fingerprint.to_string(),
        };
        shown.update(state, texts);
        shown
    }

    /// Takes over what changed. Rows of ended transfers do not change any more and are kept as they are.
    pub fn update(&mut self, state: &State, texts: &Texts) {
        self.receive = ReceiveText::of(&state.receiving, texts);
        self.basket = BasketText::of(&state.chosen, texts);
        self.folder = path(&state.device.folder);
        self.rows.retain(|key, _| state.transfers.contains_key(key));
        self.prompts.clear();
        for (key, transfer) in &state.transfers {
            if !self.rows.get(key).is_some_and(|row| row.is_final) {
                self.rows.insert(*key, RowText::of(transfer, texts));
            }
            if let Some(prompt) = &transfer.prompt {
                self.prompts.insert(*key, PromptText::of(transfer, prompt, texts));
            }
        }
    }
}

/// What the other side is called: its own name, or its address until it said one.
fn peer_label(peer: &Peer) -> &str {
    peer.name.as_ref().map_or(peer.address.as_str(), |name| name.as_str())
}

/// What a transfer is called: its first file, and how many more.
fn title(transfer: &Transfer, texts: &Texts) -> String {
    match transfer.names.first() {
        Some(file) if transfer.files <= 1 => file.name.clone(),
        Some(file) => {
            let more = transfer.files.saturating_sub(1);
            texts.with("title-many", [("name", file.name.as_str().into()), ("count", more.into())])
        }
        None if transfer.files > 0 => texts.with("files-count", [("count", transfer.files.into())]),
        None => texts.t("title-none").to_owned(),
    }
}

/// A local path for showing.
fn path(path: &std::path::Path) -> String {
    crate::model::shown_bytes(path.as_os_str().as_encoded_bytes())
}

/// `1.9 GB of 4.2 GB`.
fn amount(done: u64, total: u64, texts: &Texts) -> String {
    texts.with("amount", [("done", size::human(done).into()), ("total", size::human(total).into())])
}
