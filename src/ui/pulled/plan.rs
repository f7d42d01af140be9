//! The table of a plan: its rows, and what was ticked in it.

use crate::engine::{Choices, Command, EntryRange, Prompt, PromptId, TransferKey};
use crate::model::{Choice, Conflict, PlanSummary};
use crate::texts::Texts;
use crate::ui::pulled::{Picks, RowSource, Rows};
use crate::ui::shown::PlanLine;

/// A question's plan, as it is drawn.
pub struct PlanTable {
    transfer: TransferKey,
    prompt: PromptId,
    /// What was asked for. The engine's answer comes a moment later, and clicks do not wait for it.
    conflict: Conflict,
    picks: Picks,
    /// What the rows show.
    plan: PlanSummary,
    choices: Choices,
    len: Option<u64>,
    rows: Rows<PlanLine>,
    /// Where it is scrolled to.
    pub(in crate::ui) scroll: Scroll,
}

/// Where a table is scrolled to, in points.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::ui) struct Scroll {
    /// What is above what is in sight.
    pub(in crate::ui) above: f32,
    /// The most of it, at the end.
    pub(in crate::ui) most: f32,
}

impl PlanTable {
    pub(super) fn new(transfer: TransferKey, prompt: &Prompt) -> Self {
        Self {
            transfer,
            prompt: prompt.id,
            conflict: prompt.choices.conflict,
            picks: Picks::of(&prompt.choices.entries),
            plan: prompt.plan,
            choices: prompt.choices.clone(),
            len: None,
            rows: Rows::default(),
            scroll: Scroll::default(),
        }
    }

    /// Whose plan it is.
    pub fn prompt(&self) -> PromptId {
        self.prompt
    }

    /// How many rows there are.
    pub fn len(&self) -> u64 {
        self.len.unwrap_or_default()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// What is wanted where something differs.
    pub fn conflict(&self) -> Conflict {
        self.conflict
    }

    /// What is ticked.
    pub fn picks(&self) -> &Picks {
        &self.picks
    }

    /// The rows that are here.
    pub fn rows(&mut self) -> &mut Rows<PlanLine> {
        &mut self.rows
    }

    /// A row, if it is here.
    pub fn line(&self, index: u64) -> Option<&PlanLine> {
        self.rows.get(index)
    }

    /// Takes an entry, or leaves it.
    pub fn toggle(&mut self, index: u64) -> Option<Command> {
        let line = self.rows.get(index)?;
        self.picks.toggle(line.whole, &line.folders);
        Some(self.arrange())
    }

    /// Decides about one entry.
    pub fn decide(&mut self, entry: EntryRange, choice: Choice) -> Command {
        let is_general = choice == Choice::from(self.conflict);
        self.picks.set(entry, (!is_general).then_some(choice));
        self.arrange()
    }

    /// Decides about all that differ, also those about which something else was decided before.
    pub fn decide_all(&mut self, conflict: Conflict) -> Command {
        self.conflict = conflict;
        let left = self.picks.ranges().iter().filter(|(_, choice)| *choice == Choice::Leave).copied();
        self.picks = Picks::of(&left.collect::<Vec<_>>());
        self.arrange()
    }

    fn arrange(&self) -> Command {
        let choices = Choices { conflict: self.conflict, entries: self.picks.ranges().to_vec() };
        Command::Arrange { prompt: self.prompt, choices }
    }

    pub(super) fn is_hungry(&self) -> bool {
        self.len.is_none() || (!self.is_empty() && self.rows.is_hungry())
    }

    pub(super) fn forget_words(&mut self) {
        self.rows.clear();
    }

    pub(super) fn pull(&mut self, prompt: &Prompt, texts: &Texts, source: &(impl RowSource + ?Sized)) {
        let len = *self.len.get_or_insert_with(|| source.plan_len(self.transfer));
        if self.plan != prompt.plan || self.choices != prompt.choices {
            self.plan = prompt.plan;
            self.choices.clone_from(&prompt.choices);
            self.rows.make_stale();
        }
        let (transfer, picks) = (self.transfer, &self.picks);
        self.rows.pull(len, |from, limit| {
            let rows = source.plan(transfer, from, limit);
            rows.into_iter().map(|row| PlanLine::of(row, picks, texts)).collect()
        });
    }
}
