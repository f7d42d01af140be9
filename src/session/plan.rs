//! What a receiver does with each entry of an offer: what stands there, and what a person or a rule decided about it.

mod pages;
mod sizes;

use std::collections::{HashMap, HashSet};
use std::ffi::OsString;
use std::sync::Arc;

use sha2::Sha256;

use crate::model::{Choice, Conflict, EntryIndex, Finding, LocalName, PlanSummary, RelPath, Skip, size};
use crate::session::plan::pages::Lists;
use crate::session::plan::sizes::Sizes;
use crate::session::{Cursor, Manifest, Shape};
use crate::storage::{SpoolError, Staging};
use crate::wire::{DecisionPage, EntryRange};

/// What happens to one entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// Nothing is sent.
    Skip(Skip),
    /// It comes, under a free name.
    KeepBoth,
    /// It comes, and takes the place of what is there.
    Replace,
}

/// What a person decided about an offer: how conflicts are settled, and what is handled otherwise.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Choices {
    /// For all entries that differ from what is there.
    pub conflict: Conflict,
    /// Otherwise for these; later ones go before earlier ones.
    pub entries: Vec<(EntryRange, Choice)>,
}

/// A receiver's plan for an offer: some ten bytes an entry.
#[derive(Clone, Debug)]
pub struct Plan {
    manifest: Arc<Manifest>,
    found: Found,
    conflict: Conflict,
    /// Empty while nothing was chosen otherwise.
    chosen: Vec<Option<Choice>>,
    free: u64,
    /// In numbers: asked for often, and a look at each entry.
    summary: PlanSummary,
}

/// What the look at the target folder brought.
#[derive(Clone, Debug, Default)]
pub(super) struct Found {
    /// What stands where, one an entry.
    pub(super) findings: Vec<Finding>,
    /// Sizes of files in bytes.
    pub(super) sizes: Sizes,
    /// How much of a file the disk must hold, where that is less.
    pub(super) stored: HashMap<EntryIndex, u64>,
    /// Parts that continue: at which offset, and the hash of all before it.
    pub(super) beginnings: HashMap<EntryIndex, (u64, Sha256)>,
    /// Folders that get another name, by their path in the manifest.
    pub(super) renamed: HashMap<Vec<u8>, LocalName>,
    /// What was chosen for some entries before the transfer was interrupted.
    pub(super) chosen: Vec<(EntryIndex, Choice)>,
    /// Files that continue, and under whose name something else stands.
    pub(super) obstructed: HashSet<EntryIndex>,
    /// Files and links that are there already under another name than their own, saved before an interruption.
    pub(super) saved_as: HashMap<EntryIndex, LocalName>,
    /// Files and links that are there with a number, because something else has their own name.
    pub(super) numbered: HashMap<EntryIndex, LocalName>,
    /// Files under whose name something stands that is no ordinary file, and links: they never replace anything.
    pub(super) irreplaceable: HashSet<EntryIndex>,
    /// Files that changed since a part of them came: they start again.
    pub(super) restarted: HashSet<EntryIndex>,
}

impl Found {
    /// Nothing is known yet of so many entries. Room for all is taken at once: what grows by doubling leaves the memory of
    /// its halves behind.
    pub(super) fn of(entries: u64) -> Self {
        let findings = Vec::with_capacity(size::to_len(entries));
        Self { findings, sizes: Sizes::for_entries(entries), ..Self::default() }
    }

    /// The names of the parts that continue. Errors: [`SpoolError`].
    pub(super) fn part_names(&self, cursor: &mut Cursor) -> Result<HashSet<OsString>, SpoolError> {
        let mut entries: Vec<_> = self.beginnings.keys().copied().collect();
        entries.sort_unstable();
        let mut name = |entry| Ok(cursor.get(entry)?.map(Staging::part_name));
        entries.into_iter().filter_map(|entry| name(entry).transpose()).collect()
    }
}

impl Plan {
    pub(super) fn new(manifest: Arc<Manifest>, found: Found, choices: &Choices, free: u64) -> Self {
        let (conflict, summary) = (Conflict::default(), PlanSummary::default());
        let mut plan = Self { manifest, found, conflict, chosen: Vec::new(), free, summary };
        plan.choose(choices);
        for (entry, choice) in std::mem::take(&mut plan.found.chosen) {
            plan.choose_one(entry, choice);
        }
        plan.summary = plan.sum_up();
        plan
    }

    /// What was offered.
    pub fn manifest(&self) -> &Arc<Manifest> {
        &self.manifest
    }

    fn choose_one(&mut self, entry: EntryIndex, choice: Choice) {
        if self.chosen.is_empty() {
            self.chosen = vec![None; self.found.findings.len()];
        }
        if let Some(chosen) = self.chosen.get_mut(size::to_len(entry)) {
            *chosen = Some(choice);
        }
    }

    /// Takes a person's choices in place of former ones.
    pub fn choose(&mut self, choices: &Choices) {
        self.conflict = choices.conflict;
        self.chosen = Vec::new();
        if !choices.entries.is_empty() {
            self.chosen = vec![None; self.found.findings.len()];
        }
        for (range, choice) in &choices.entries {
            let (start, end) = (size::to_len(range.first), size::to_len(range.entries().end));
            let end = end.min(self.chosen.len());
            if let Some(chosen) = self.chosen.get_mut(start.min(end)..end) {
                chosen.fill(Some(*choice));
            }
        }
        self.summary = self.sum_up();
    }

    /// What was decided about it, also before an interruption.
    pub fn choices(&self) -> Choices {
        let mut entries: Vec<(EntryRange, Choice)> = Vec::new();
        for (entry, choice) in (0..).zip(&self.chosen) {
            let Some(choice) = choice else { continue };
            match entries.last_mut() {
                Some((range, last)) if last == choice && range.entries().end == entry => range.count += 1,
                Some(_) | None => entries.push((EntryRange { first: entry, count: 1 }, *choice)),
            }
        }
        Choices { conflict: self.conflict, entries }
    }

    /// Whether anything here would be other than it is.
    pub fn changes_anything(&self) -> bool {
        (0..).take(self.found.findings.len()).any(|entry| match self.action(entry) {
            Action::Skip(_) => false,
            Action::KeepBoth | Action::Replace => self.finding(entry) != Finding::Merge,
        })
    }

    /// What comes of it if it is agreed to: bytes, and one more for each entry.
    pub fn cost(&self) -> u64 {
        let entries = (0..).take(self.found.findings.len());
        let wanted = entries.filter(|entry| !matches!(self.action(*entry), Action::Skip(_)));
        self.summary.bytes.saturating_add(size::from_len(wanted.count()))
    }

    /// What was chosen entry by entry, by path: to be kept for the case that the transfer is interrupted. Blocks if the
    /// names are many. Errors: [`SpoolError`].
    pub fn chosen_paths(&self) -> Result<Vec<(Vec<u8>, Choice)>, SpoolError> {
        let mut cursor = Cursor::new(Arc::clone(&self.manifest));
        let chosen = (0..).zip(&self.chosen).filter_map(|(entry, choice)| Some((entry, (*choice)?)));
        let mut path =
            |(entry, choice)| Ok(cursor.get(entry)?.map(|entry| (entry.path.joined().to_vec(), choice)));
        chosen.filter_map(|chosen| path(chosen).transpose()).collect()
    }

    /// What stands where an entry would go.
    pub fn finding(&self, entry: EntryIndex) -> Finding {
        self.found.findings.get(size::to_len(entry)).copied().unwrap_or_default()
    }

    /// What happens to an entry.
    pub fn action(&self, entry: EntryIndex) -> Action {
        let chosen = self.chosen.get(size::to_len(entry)).copied().flatten();
        let finding = match self.finding(entry) {
            Finding::Continues if self.found.obstructed.contains(&entry) => Finding::Differs,
            finding => finding,
        };
        match (finding, chosen.unwrap_or(self.conflict.into())) {
            (Finding::Identical, _) => Action::Skip(Skip::Identical),
            (_, Choice::Leave) | (Finding::Differs, Choice::Skip) => Action::Skip(Skip::Unwanted),
            (Finding::Differs, Choice::Replace) if !self.found.irreplaceable.contains(&entry) => {
                Action::Replace
            }
            (Finding::Differs, Choice::KeepBoth | Choice::Replace)
                if self.found.numbered.contains_key(&entry) =>
            {
                Action::Skip(Skip::Identical)
            }
            (
                Finding::New | Finding::Merge | Finding::Continues | Finding::Differs | Finding::Blocked,
                Choice::KeepBoth | Choice::Skip | Choice::Replace,
            ) => Action::KeepBoth,
        }
    }

    /// Whether bytes of it come.
    pub fn is_sent(&self, entry: EntryIndex) -> bool {
        self.manifest.shape(entry) == Some(Shape::File) && !matches!(self.action(entry), Action::Skip(_))
    }

    /// The next file whose bytes come, from an entry on.
    pub(super) fn next_sent(&self, from: EntryIndex) -> Option<EntryIndex> {
        let mut next = from;
        loop {
            let entry = self.manifest.next_of(Shape::File, next)?;
            if self.is_sent(entry) {
                return Some(entry);
            }
            next = entry + 1;
        }
    }

    /// Where a file continues; 0 for one that comes whole.
    pub fn offset(&self, entry: EntryIndex) -> u64 {
        match self.finding(entry) {
            Finding::Continues => self.found.beginnings.get(&entry).map_or(0, |(offset, _)| *offset),
            Finding::New | Finding::Merge | Finding::Identical | Finding::Differs | Finding::Blocked => 0,
        }
    }

    /// The hash of what is there of a file that continues.
    pub(super) fn beginning(&self, entry: EntryIndex) -> Option<(u64, Sha256)> {
        self.found.beginnings.get(&entry).cloned()
    }

    /// The name under which an entry that is identical is there, if that is not its own.
    pub(super) fn saved_as(&self, entry: EntryIndex) -> Option<LocalName> {
        self.found.saved_as.get(&entry).or_else(|| self.found.numbered.get(&entry)).cloned()
    }

    /// The names of a path on this disk, outermost first. Folders may have another one than in the manifest.
    pub(super) fn names(&self, path: &[u8]) -> Vec<LocalName> {
        names(path, &self.found.renamed)
    }

    /// The names of the parts that continue. Errors: [`SpoolError`].
    pub(super) fn part_names(&self, cursor: &mut Cursor) -> Result<HashSet<OsString>, SpoolError> {
        self.found.part_names(cursor)
    }

    /// The plan in numbers.
    pub fn summary(&self) -> PlanSummary {
        self.summary
    }

    fn sum_up(&self) -> PlanSummary {
        let mut sum = PlanSummary { conflict: self.conflict, free: self.free, ..PlanSummary::default() };
        for (entry, finding) in (0..).zip(&self.found.findings) {
            if self.manifest.shape(entry) == Some(Shape::Folder) && *finding != Finding::Blocked {
                continue;
            }
            match finding {
                _ if self.action(entry) == Action::Skip(Skip::Identical) => sum.identical += 1,
                Finding::New | Finding::Merge => sum.new += 1,
                Finding::Identical => sum.identical += 1,
                Finding::Continues => sum.continued += 1,
                Finding::Differs => sum.differing += 1,
                Finding::Blocked => sum.blocked += 1,
            }
            if self.is_sent(entry) {
                sum.restarted += u64::from(self.found.restarted.contains(&entry));
                let (bytes, stored) = self.sizes(entry);
                let offset = self.offset(entry);
                sum.bytes = sum.bytes.saturating_add(bytes.saturating_sub(offset));
                sum.needed = sum.needed.saturating_add(stored.saturating_sub(offset.min(stored)));
            }
        }
        sum
    }

    /// A file's size in bytes, and how much of it the disk must hold.
    pub fn sizes(&self, entry: EntryIndex) -> (u64, u64) {
        let bytes = self.found.sizes.get(entry);
        (bytes, self.found.stored.get(&entry).copied().unwrap_or(bytes))
    }

    /// What the sender has to know of it, in pages.
    pub(super) fn pages(&self) -> Vec<DecisionPage> {
        let all = || (0..).take(self.found.findings.len());
        let of = |why| EntryRange::of(all().filter(|entry| self.action(*entry) == Action::Skip(why)));
        let (identical, unwanted) = (of(Skip::Identical), of(Skip::Unwanted));
        let differs = |entry: &EntryIndex| {
            self.finding(*entry) == Finding::Differs && self.action(*entry) != Action::Skip(Skip::Identical)
        };
        let differing = EntryRange::of(all().filter(differs));
        let mut offsets: Vec<(EntryIndex, u64)> = self
            .found
            .beginnings
            .keys()
            .copied()
            .filter(|entry| self.is_sent(*entry))
            .map(|entry| (entry, self.offset(entry)))
            .filter(|(_, offset)| *offset > 0)
            .collect();
        offsets.sort_unstable();
        Lists { identical: &identical, unwanted: &unwanted, differing: &differing, offsets: &offsets }.pages()
    }
}

/// The names of a path on this disk.
pub(super) fn names(path: &[u8], renamed: &HashMap<Vec<u8>, LocalName>) -> Vec<LocalName> {
    if path.is_empty() {
        return Vec::new();
    }
    let own = path.split(|byte| *byte == b'/');
    if renamed.is_empty() {
        return own.map(LocalName::of).collect();
    }
    let mut start = 0;
    let name = |own: &[u8]| {
        let here = path.get(..start + own.len()).unwrap_or_default();
        start += own.len() + 1;
        renamed.get(here).cloned().unwrap_or_else(|| LocalName::of(own))
    };
    own.map(name).collect()
}

/// The digest of what was shown when an offer was agreed to: all paths and what they are, not sizes and times, which may
/// change while a transfer is interrupted.
pub(super) fn add_name(hasher: &mut Sha256, path: &RelPath, shape: Shape) {
    use sha2::Digest as _;
    let shape = match shape {
        Shape::File => 0,
        Shape::Folder => 1,
        Shape::Link => 2,
    };
    hasher.update([shape]);
    hasher.update(size::from_len(path.depth()).to_be_bytes());
    for name in path.components() {
        hasher.update(size::from_len(name.len()).to_be_bytes());
        hasher.update(name);
    }
}
