//! Which sheet floats above the page, and what is typed into it.
//!
//! One at a time, and what is open stays open: a question that comes while a person types a code or reads another question
//! waits until that one is done, so that nothing changes under the pointer or takes the keys away.

use std::collections::{BTreeMap, BTreeSet};

use crate::engine::{Event, Pairing, PromptId, Remember, State, TransferKey};
use crate::ui::act::Sheet;
use crate::ui::shown::unfinished_key;
use crate::ui::view::{CodeDraft, LimitDraft, PairDraft, PairStage};

/// The sheets of the window.
#[derive(Default)]
pub(super) struct Sheets {
    open: Option<Sheet>,
    /// Questions a person put off, or answered a moment ago.
    later: BTreeSet<Sheet>,
    /// Offers whose sender is to be remembered.
    remember: BTreeSet<PromptId>,
    codes: BTreeMap<TransferKey, CodeDraft>,
    pub(super) pair: PairDraft,
    pub(super) limit: LimitDraft,
    /// The pairing ended while its sheet was put off.
    has_news: bool,
}

impl Sheets {
    /// The sheet to show.
    pub(super) fn open(&self) -> Option<Sheet> {
        self.open
    }

    /// Takes over a State that changed: what is no longer asked goes, and what is asked newly comes when nothing is open.
    pub(super) fn follow(&mut self, state: &State) {
        let asked: Vec<Sheet> = asked(state).collect();
        self.later.retain(|sheet| asked.contains(sheet));
        self.remember.retain(|id| asked.contains(&Sheet::Offer(*id)));
        self.codes.retain(|key, _| state.transfers.get(key).is_some_and(|row| row.state.is_running()));
        for (key, transfer) in &state.transfers {
            let Some(wanted) = &transfer.code_wanted else { continue };
            let draft = self.codes.entry(*key).or_insert_with(|| CodeDraft::new(wanted.until));
            if draft.question != wanted.until {
                *draft = draft.renewed(wanted.until);
            }
        }
        let is_there = |sheet: &Sheet| match sheet {
            Sheet::Offer(_) | Sheet::Caller(_) | Sheet::Code(..) => asked.contains(sheet),
            Sheet::Cancel(key) | Sheet::Limit(key) => {
                state.transfers.get(key).is_some_and(|row| row.state.is_running())
            }
            Sheet::Discard(key) => state.unfinished.iter().any(|one| unfinished_key(one) == *key),
            Sheet::Pair => true,
        };
        self.open = self.open.filter(is_there);
        if self.open.is_none() {
            let news = self.has_news.then_some(Sheet::Pair);
            self.open = asked.iter().copied().find(|sheet| !self.later.contains(sheet)).or(news);
            self.has_news &= self.open != Some(Sheet::Pair);
        }
    }

    /// Puts a sheet off.
    pub(super) fn put_off(&mut self, sheet: Sheet, state: &State) {
        match sheet {
            Sheet::Offer(_) | Sheet::Caller(_) | Sheet::Code(..) => {
                self.later.insert(sheet);
            }
            // They were a person's own wish; nobody is asked again.
            Sheet::Cancel(_) | Sheet::Limit(_) | Sheet::Discard(_) => {}
            Sheet::Pair => self.put_off_pair(&state.pairing),
        }
        if self.open == Some(sheet) {
            self.open = None;
        }
        self.follow(state);
    }

    /// What has ended is not shown again; what goes on is, by the same button.
    fn put_off_pair(&mut self, pairing: &Pairing) {
        match (self.pair.stage, pairing) {
            (PairStage::Begun, _) | (PairStage::Follows, Pairing::Connecting | Pairing::Asking) => {}
            (PairStage::Fresh, _)
            | (PairStage::Follows, Pairing::Idle | Pairing::Done { .. } | Pairing::Failed(_)) => {
                self.pair = PairDraft { stage: PairStage::Fresh, ..PairDraft::default() };
            }
        }
    }

    /// Comes to a sheet, or back to it.
    pub(super) fn come_to(&mut self, sheet: Sheet) {
        self.later.remove(&sheet);
        if let Sheet::Code(key, _) = sheet
            && let Some(draft) = self.codes.get_mut(&key)
        {
            draft.was_focused = false;
        }
        self.pair.was_focused = false;
        self.limit = LimitDraft::default();
        self.has_news &= sheet != Sheet::Pair;
        self.open = Some(sheet);
    }

    /// A person began a pairing. The engine will say how it goes; the code is spent whatever comes.
    pub(super) fn begin_pairing(&mut self) {
        self.pair.typed.clear();
        self.pair.stage = PairStage::Begun;
    }

    /// Takes note of what the State alone does not tell: that it is news.
    pub(super) fn hear(&mut self, event: &Event) {
        let pairing = if let Event::Paired(pairing) = event {
            pairing
        } else if let Event::Snapshot(state) = event {
            &state.pairing
        } else {
            return;
        };
        let is_over = matches!(pairing, Pairing::Done { .. } | Pairing::Failed(_));
        let is_ours = self.pair.stage != PairStage::Fresh;
        self.has_news |= is_over && is_ours && self.open != Some(Sheet::Pair);
        if self.pair.stage == PairStage::Begun {
            self.pair.stage = PairStage::Follows;
        }
    }

    /// What is typed into the sheet of a transfer.
    pub(super) fn code(&mut self, key: TransferKey) -> Option<&mut CodeDraft> {
        self.codes.get_mut(&key)
    }

    /// Whether the sender of an offer is to be remembered.
    pub(super) fn remembers(&self, offer: PromptId) -> Remember {
        if self.remember.contains(&offer) { Remember::Yes } else { Remember::No }
    }

    /// Ticks or clears the box of an offer.
    pub(super) fn set_remember(&mut self, offer: PromptId, remember: Remember) {
        match remember {
            Remember::Yes => self.remember.insert(offer),
            Remember::No => self.remember.remove(&offer),
        };
    }
}

/// Everything a person is asked. What they began goes first, then the oldest.
fn asked(state: &State) -> impl Iterator<Item = Sheet> {
    let rows = || state.transfers.values();
    let codes =
        rows().filter_map(|row| row.code_wanted.as_ref().map(|wanted| Sheet::Code(row.key, wanted.until)));
    let offers = rows().filter_map(|row| row.prompt.as_ref().map(|prompt| Sheet::Offer(prompt.id)));
    let callers = state.callers.iter().map(|caller| Sheet::Caller(caller.id));
    codes.chain(offers).chain(callers)
}
