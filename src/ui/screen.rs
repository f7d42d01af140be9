//! The whole window as one thing: what is on it, and what becomes of what a person does there.
//!
//! It needs no engine and no operating system: it draws a [`State`] and hands out [`Wish`](crate::ui::Wish)es, so that tests and the
//! gallery drive it with a State made by hand.

mod acts;
mod drawn;

use std::time::Duration;

use eframe::egui::ThemePreference;

use crate::engine::{
    Direction, Event as Fact, Lasting, ListenOn, Prompt, PromptId, Receiving, State, Transfer, TransferKey,
};
use crate::model::{ThemeChoice, size};
use crate::texts::{Lang, Texts};
use crate::ui::act::{Page, Sheet};
use crate::ui::pulled::{RowSource, Tables};
use crate::ui::sheets::Sheets;
use crate::ui::shown::{Now, Shown, next_age, next_age_of_unfinished, next_change};
use crate::ui::view::{Drafts, Toast};

/// How long a message without advice stays, in seconds: long enough to read a sentence.
const TOAST_SECS: f64 = 5.0;

/// What is on the window.
pub struct Screen {
    texts: Texts,
    system: Lang,
    listen: Option<ListenOn>,
    shown: Shown,
    page: Page,
    address: String,
    drafts: Drafts,
    sheets: Sheets,
    tables: Tables,
    /// How long Receive is to stay on when it is switched on. Remembered nowhere: each time it is until switched off.
    lasting: Lasting,
    /// When words that tell time are looked at again.
    stale: Option<std::time::Instant>,
    all_addresses: bool,
    toasts: Vec<Toast>,
    next_toast: u64,
    notices_seen: u64,
    /// The words of the question before quitting, while it is asked.
    leaving: Option<String>,
    /// The newest transfer that was looked at, and whether a newer one is to be brought into sight.
    newest: Option<TransferKey>,
    bring_up: bool,
    /// A paste event came, so that the key's release is not another one.
    pasted: bool,
}

impl Screen {
    /// The window at its start. `system` is the system's language; `listen` goes before the port of the settings.
    pub fn new(state: &State, system: Lang, listen: Option<ListenOn>) -> Self {
        let texts = Texts::of(Lang::of_setting(state.settings.language, system));
        let shown = Shown::of(state, &texts, Now::look());
        let mut sheets = Sheets::default();
        sheets.follow(state);
        Self {
            texts,
            system,
            listen,
            shown,
            page: Page::Transfer,
            address: String::new(),
            drafts: Drafts::default(),
            sheets,
            tables: Tables::default(),
            lasting: Lasting::UntilOff,
            stale: None,
            all_addresses: false,
            toasts: Vec::new(),
            next_toast: 0,
            notices_seen: 0,
            leaving: None,
            newest: state.transfers.last_key_value().map(|(key, _)| *key),
            bring_up: false,
            pasted: false,
        }
    }

    /// The words in use.
    pub fn texts(&self) -> &Texts {
        &self.texts
    }

    /// Shows a page.
    pub fn go(&mut self, page: Page) {
        self.page = page;
    }

    /// Puts an address into its field.
    pub fn set_address(&mut self, address: &str) {
        address.clone_into(&mut self.address);
    }

    /// Shows or hides the list of a transfer's files.
    pub fn toggle_files(&mut self, transfer: TransferKey) {
        self.tables.toggle(transfer);
    }

    /// Comes to a sheet.
    pub fn come_to(&mut self, sheet: Sheet) {
        self.sheets.come_to(sheet);
    }

    /// Takes note of an event. What it changed in the State is taken over by [`refresh`](Self::refresh).
    pub fn hear(&mut self, event: &Fact) {
        self.sheets.hear(event);
        if let Fact::Receiving(Receiving::Off) = event {
            self.lasting = Lasting::UntilOff;
        }
    }

    /// Takes over a State that changed.
    pub fn refresh(&mut self, state: &State, now: Now) {
        let lang = Lang::of_setting(state.settings.language, self.system);
        if lang == self.texts.lang() {
            self.shown.update(state, &self.texts, now);
        } else {
            self.texts = Texts::of(lang);
            self.tables.forget_words();
            self.shown = Shown::of(state, &self.texts, now);
        }
        let newest = state.transfers.last_key_value();
        if let Some((key, transfer)) = newest.filter(|(key, _)| Some(**key) > self.newest) {
            self.newest = Some(*key);
            // What a person just sent. What comes in asks by itself.
            self.bring_up = transfer.direction == Direction::Outgoing;
        }
        self.sheets.follow(state);
        self.stale = self.next_look(state, now).and_then(|wait| now.instant.checked_add(wait));
        for (number, failure) in &state.notices {
            if *number >= self.notices_seen {
                let spoken = self.texts.failure(failure, "");
                self.toast(spoken.what, Some(spoken.advice));
            }
        }
        self.notices_seen = state.notices_seen;
        // Nothing goes on any more: there is nothing to ask.
        self.leaving =
            self.leaving.take().filter(|_| state.is_busy()).map(|_| leave_text(state, &self.texts));
    }

    /// Fetches the rows of long lists that are in sight. Before drawing.
    pub fn pull(&mut self, state: &State, source: &(impl RowSource + ?Sized)) {
        self.tables.pull(state, self.sheets.open(), &self.texts, source);
    }

    /// Whether [`pull`](Self::pull) would fetch something: ask after drawing.
    pub fn is_hungry(&self, state: &State) -> bool {
        self.tables.is_hungry(state, self.sheets.open())
    }

    /// Takes over that time went by. When to look again: at most once a minute for each thing that ends.
    pub fn age(&mut self, state: &State, now: Now) -> Option<Duration> {
        if self.stale.is_some_and(|stale| stale <= now.instant) {
            self.refresh(state, now);
        }
        self.stale.map(|stale| stale.saturating_duration_since(now.instant))
    }

    fn next_look(&self, state: &State, now: Now) -> Option<Duration> {
        let age = match self.page {
            Page::Transfer => next_age_of_unfinished(state, now),
            Page::Settings => next_age(state, now),
        };
        next_change(state, now).into_iter().chain(age).min()
    }

    /// Lets messages go whose time is over. When to look again, in seconds of the window's time.
    pub fn tick(&mut self, now: f64) -> Option<f64> {
        for toast in &mut self.toasts {
            if toast.advice.is_none() && toast.until.is_none() {
                toast.until = Some(now + TOAST_SECS);
            }
        }
        self.toasts.retain(|toast| toast.until.is_none_or(|until| until > now));
        self.toasts.iter().filter_map(|toast| toast.until).reduce(f64::min)
    }

    /// Says something short that goes by itself.
    pub fn say(&mut self, id: &str) {
        let text = self.texts.t(id).to_owned();
        self.toast(text, None);
    }

    /// Asks before quitting.
    pub fn ask_to_leave(&mut self, state: &State) {
        self.leaving = Some(leave_text(state, &self.texts));
    }

    fn toast(&mut self, what: String, advice: Option<String>) {
        self.toasts.push(Toast { id: self.next_toast, what, advice, until: None });
        self.next_toast += 1;
    }
}

/// The theme a person set, as the toolkit calls it.
pub fn theme_preference(theme: ThemeChoice) -> ThemePreference {
    match theme {
        ThemeChoice::System => ThemePreference::System,
        ThemeChoice::Light => ThemePreference::Light,
        ThemeChoice::Dark => ThemePreference::Dark,
    }
}

/// All open questions, oldest first.
pub(super) fn prompts(state: &State) -> impl Iterator<Item = (&Transfer, &Prompt)> {
    state.transfers.values().filter_map(|transfer| Some((transfer, transfer.prompt.as_ref()?)))
}

/// The newest question that somebody else's doing put to a person.
pub(super) fn newest_question(state: &State) -> Option<PromptId> {
    let callers = state.callers.iter().map(|caller| caller.id);
    prompts(state).map(|(_, prompt)| prompt.id).chain(callers).max()
}

fn leave_text(state: &State, texts: &Texts) -> String {
    let running = state.transfers.values().filter(|transfer| transfer.state.is_running()).count();
    texts.with("leave-text", [("count", size::from_len(running).into())])
}
