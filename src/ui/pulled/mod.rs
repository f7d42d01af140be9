//! Long lists: their rows are pulled by the logic, some around what is in sight, and never while anything is drawn.

mod files;
mod picks;
mod plan;
mod rows;

use std::collections::BTreeMap;

use crate::engine::{Engine, ListedCounts, ListedFile, PlanRow, Prompt, State, Transfer, TransferKey, Which};
use crate::texts::Texts;
use crate::ui::act::Sheet;

pub use files::FileTable;
pub use picks::{Picks, Tick};
pub use plan::PlanTable;
pub(super) use plan::Scroll;
pub use rows::Rows;

/// Where rows come from: the engine, or a test.
pub trait RowSource {
    /// How many rows a plan has.
    fn plan_len(&self, transfer: TransferKey) -> u64;
    /// Rows of a plan.
    fn plan(&self, transfer: TransferKey, from: u64, limit: usize) -> Vec<PlanRow>;
    /// How many files a transfer has.
    fn listed_len(&self, transfer: TransferKey) -> ListedCounts;
    /// Files of a transfer.
    fn listed(&self, transfer: TransferKey, which: Which, from: u64, limit: usize) -> Vec<ListedFile>;
}

impl RowSource for Engine {
    fn plan_len(&self, transfer: TransferKey) -> u64 {
        Engine::plan_len(self, transfer)
    }

    fn plan(&self, transfer: TransferKey, from: u64, limit: usize) -> Vec<PlanRow> {
        Engine::plan(self, transfer, from, limit)
    }

    fn listed_len(&self, transfer: TransferKey) -> ListedCounts {
        Engine::listed_len(self, transfer)
    }

    fn listed(&self, transfer: TransferKey, which: Which, from: u64, limit: usize) -> Vec<ListedFile> {
        Engine::listed(self, transfer, which, from, limit)
    }
}

/// The long lists of the window.
#[derive(Default)]
pub(super) struct Tables {
    /// Of the question that is open.
    plan: Option<PlanTable>,
    /// Of the rows that were opened.
    files: BTreeMap<TransferKey, FileTable>,
}

impl Tables {
    /// The plan of a question, if it is here.
    pub(super) fn plan(&mut self, prompt: &Prompt) -> Option<&mut PlanTable> {
        self.plan.as_mut().filter(|plan| plan.prompt() == prompt.id)
    }

    /// The opened lists of files.
    pub(super) fn files(&mut self) -> &mut BTreeMap<TransferKey, FileTable> {
        &mut self.files
    }

    /// Opens the list of a transfer's files, or closes it.
    pub(super) fn toggle(&mut self, transfer: TransferKey) {
        if self.files.remove(&transfer).is_none() {
            self.files.insert(transfer, FileTable::new(transfer));
        }
    }

    /// All words are others: another language.
    pub(super) fn forget_words(&mut self) {
        if let Some(plan) = &mut self.plan {
            plan.forget_words();
        }
        self.files.values_mut().for_each(FileTable::forget_words);
    }

    /// Fetches what is in sight and not here. Called by the logic, before anything is drawn.
    pub(super) fn pull(
        &mut self,
        state: &State,
        open: Option<Sheet>,
        texts: &Texts,
        source: &(impl RowSource + ?Sized),
    ) {
        match asked(state, open) {
            Some((transfer, prompt)) => {
                let plan = self.plan.take().filter(|plan| plan.prompt() == prompt.id);
                let plan = self.plan.insert(plan.unwrap_or_else(|| PlanTable::new(transfer.key, prompt)));
                plan.pull(prompt, texts, source);
            }
            None => self.plan = None,
        }
        self.files.retain(|key, _| state.transfers.contains_key(key));
        for (key, files) in &mut self.files {
            if let Some(transfer) = state.transfers.get(key) {
                files.pull(transfer, texts, source);
            }
        }
    }

    /// Whether something in sight is not here yet.
    pub(super) fn is_hungry(&self, state: &State, open: Option<Sheet>) -> bool {
        let is_missing = match asked(state, open) {
            Some((_, prompt)) => {
                self.plan.as_ref().is_none_or(|plan| plan.prompt() != prompt.id || plan.is_hungry())
            }
            None => false,
        };
        is_missing || self.files.values().any(FileTable::is_hungry)
    }
}

/// The offer that a person is asked about just now.
fn asked(state: &State, open: Option<Sheet>) -> Option<(&Transfer, &Prompt)> {
    let Sheet::Offer(id) = open? else { return None };
    let mut asked =
        state.transfers.values().filter_map(|transfer| Some((transfer, transfer.prompt.as_ref()?)));
    asked.find(|(_, prompt)| prompt.id == id)
}
