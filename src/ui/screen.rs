//! The whole window as one thing: what is on it, and what becomes of what a person does there.
//!
//! It needs no engine and no operating system: it draws a [`State`] and hands out [`Wish`]es, so that tests and the
//! gallery drive it with a State made by hand.

use std::time::Duration;

use eframe::egui::{
    CentralPanel, Event, Frame, Key, Modifiers, Panel, ScrollArea, ThemePreference, Ui,
    scroll_area::ScrollBarVisibility,
};

use crate::engine::Purpose;
use crate::engine::{
    Command, Credentials, Direction, Event as Fact, Lasting, ListenOn, Prompt, PromptId, Receiving, State,
    Transfer, TransferKey,
};
use crate::model::{Links, ThemeChoice, size};
use crate::texts::{Lang, Texts};
use crate::ui::act::{Act, Page, Sheet, Wish};
use crate::ui::pasted;
use crate::ui::pulled::{RowSource, Tables};
use crate::ui::sheets::Sheets;
use crate::ui::shown::{Now, Shown, next_age, next_age_of_unfinished, next_change};
use crate::ui::theme::{self, Palette};
use crate::ui::view::{
    Drafts, List, Readiness, Toast, basket_ui, caller_ui, cancel_ui, code_ui, destination_ui, discard_ui,
    leave_ui, limit_ui, pair_ui, prompt_ui, rail_ui, receive_ui, settings_ui, toasts_ui, transfers_ui,
    unfinished_ui,
};
use crate::ui::widget::{card_ui, section_ui};

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

    /// Draws everything; what a person wants of the world outside.
    pub fn ui(&mut self, ui: &mut Ui, state: &State) -> Vec<Wish> {
        let mut wishes = Vec::new();
        let is_modal = self.sheets.open().is_some() || self.leaving.is_some();
        let mut acts = Vec::new();
        if !is_modal {
            acts.extend(shortcut(ui));
            wishes.extend(self.incoming_files(ui));
        }
        let narrow = ui.ctx().content_rect().width() < theme::NARROW;
        acts.extend(self.rail(ui, state, narrow));
        acts.extend(self.page(ui, state, narrow));
        acts.extend(self.sheet(ui, state));
        if let Some(text) = &self.leaving {
            acts.extend(leave_ui(ui, text, &self.texts));
        }
        acts.extend(toasts_ui(ui, &self.toasts, &self.texts));
        for act in acts {
            self.take(ui, state, act, &mut wishes);
        }
        wishes
    }

    fn rail(&self, ui: &mut Ui, state: &State, narrow: bool) -> Option<Act> {
        let palette = Palette::of(ui);
        let width = if narrow { theme::NARROW_RAIL } else { theme::RAIL };
        let frame = Frame::new().fill(palette.surface).inner_margin(theme::margin(theme::S, theme::S));
        let panel =
            Panel::left("rail").exact_size(width).resizable(false).show_separator_line(true).frame(frame);
        panel.show(ui, |ui| rail_ui(ui, state, &self.texts, self.page, narrow)).inner
    }

    fn page(&mut self, ui: &mut Ui, state: &State, narrow: bool) -> Option<Act> {
        let frame = Frame::new().fill(Palette::of(ui).page);
        let side = if narrow { theme::L } else { theme::XL };
        CentralPanel::no_frame()
            .frame(frame)
            .show(ui, |ui| {
                let area = ScrollArea::vertical()
                    .id_salt(match self.page {
                        Page::Transfer => "transfer",
                        Page::Settings => "settings",
                    })
                    .auto_shrink([false, false])
                    .scroll_bar_visibility(ScrollBarVisibility::VisibleWhenNeeded);
                area.show(ui, |ui| {
                    let frame = Frame::new().inner_margin(theme::margin(side, theme::L));
                    frame
                        .show(ui, |ui| {
                            ui.set_max_width(ui.available_width().min(theme::PAGE_WIDTH));
                            ui.spacing_mut().item_spacing.y = theme::M;
                            match self.page {
                                Page::Transfer => self.transfer_page(ui, state, narrow),
                                Page::Settings => {
                                    settings_ui(ui, state, &self.shown, &self.texts, &mut self.drafts)
                                }
                            }
                        })
                        .inner
                })
                .inner
            })
            .inner
    }

    fn transfer_page(&mut self, ui: &mut Ui, state: &State, narrow: bool) -> Option<Act> {
        let hovering = ui.input(|input| !input.raw.hovered_files.is_empty());
        let (texts, shown) = (&self.texts, &self.shown);
        let mut act = receive_ui(ui, state, shown, texts, self.all_addresses, self.lasting);
        let address = &mut self.address;
        card_ui(ui, |ui| {
            ui.spacing_mut().item_spacing.y = theme::S;
            section_ui(ui, texts.t("send-title"));
            act = basket_ui(ui, &state.chosen, &shown.basket, texts, hovering).or(act.take());
            act = destination_ui(ui, state, &shown.devices, address, texts).or(act.take());
        });
        if !shown.unfinished.is_empty() {
            act = unfinished_ui(ui, &shown.unfinished, texts).or(act.take());
        }
        let bring_up = std::mem::take(&mut self.bring_up);
        let mut list = List { rows: &shown.rows, tables: self.tables.files(), narrow, bring_up };
        transfers_ui(ui, state, &mut list, texts).or(act)
    }

    /// The sheet that is open. Its question is still there: `refresh` sees to that.
    fn sheet(&mut self, ui: &Ui, state: &State) -> Option<Act> {
        let texts = &self.texts;
        match self.sheets.open()? {
            Sheet::Offer(id) => {
                let (transfer, prompt) = prompts(state).find(|(_, prompt)| prompt.id == id)?;
                let text = self.shown.prompts.get(&transfer.key)?;
                let mut remember = self.sheets.remembers(id);
                let plan = self.tables.plan(prompt);
                let act = prompt_ui(ui, (transfer, prompt), text, plan, texts, &mut remember);
                self.sheets.set_remember(id, remember);
                act
            }
            Sheet::Caller(id) => {
                let mut callers = state.callers.iter().zip(&self.shown.callers);
                let (caller, text) = callers.find(|(caller, _)| caller.id == id)?;
                caller_ui(ui, caller, text, texts)
            }
            Sheet::Code(key, _) => {
                code_ui(ui, key, self.shown.codes.get(&key)?, texts, self.sheets.code(key)?)
            }
            Sheet::Cancel(key) => {
                cancel_ui(ui, state.transfers.get(&key)?, self.shown.rows.get(&key)?, texts)
            }
            Sheet::Limit(key) => {
                let (transfer, text) = (state.transfers.get(&key)?, self.shown.rows.get(&key)?);
                limit_ui(ui, transfer, text, texts, &mut self.sheets.limit)
            }
            Sheet::Discard(key) => {
                let text = self.shown.unfinished.iter().find(|text| text.key == key)?;
                discard_ui(ui, text, texts)
            }
            Sheet::Pair => pair_ui(ui, state, &self.shown.pairing, texts, &mut self.sheets.pair),
        }
    }

    /// Files that are pasted or dropped.
    fn incoming_files(&mut self, ui: &Ui) -> Option<Wish> {
        let dropped: Vec<_> =
            ui.input(|input| input.raw.dropped_files.iter().map(|file| file.path().to_owned()).collect());
        if !dropped.is_empty() {
            self.page = Page::Transfer;
            return Some(Wish::Ask(Command::Choose(dropped)));
        }
        if ui.ctx().text_edit_focused() {
            return None;
        }
        let (mut text, mut is_released) = (None, false);
        ui.input(|input| {
            for event in &input.events {
                match event {
                    Event::Paste(pasted) => text = Some(pasted.clone()),
                    Event::Key { key: Key::V, pressed: false, modifiers, .. } => {
                        is_released |= modifiers.command;
                    }
                    _ => {}
                }
            }
        });
        if let Some(text) = text {
            self.pasted = true;
            let paths = pasted::paths_in(&text);
            return Some(if paths.is_empty() { Wish::Paste } else { Wish::Ask(Command::Choose(paths)) });
        }
        // Files without text in the clipboard make no paste event; all that comes is the key's release.
        (is_released && !std::mem::take(&mut self.pasted)).then_some(Wish::Paste)
    }

    fn take(&mut self, ui: &Ui, state: &State, act: Act, wishes: &mut Vec<Wish>) {
        match act {
            Act::Wish(wish) => wishes.push(wish),
            Act::Go(page) => {
                self.page = page;
                // A command in a terminal may have changed what is shown there.
                wishes.push(Wish::Ask(match page {
                    Page::Transfer => Command::LookAtUnfinished,
                    Page::Settings => Command::LookAtDevices,
                }));
            }
            Act::Later(sheet) => self.sheets.put_off(sheet, state),
            Act::Answer(sheet) => self.sheets.come_to(sheet),
            Act::Answered(sheet, command) => {
                wishes.push(Wish::Ask(command));
                self.sheets.put_off(sheet, state);
            }
            Act::Pair(command) => {
                wishes.push(Wish::Ask(command));
                self.sheets.begin_pairing();
            }
            Act::Stay(lasting) => {
                self.lasting = lasting;
                if let Receiving::On { .. } = state.receiving {
                    wishes.push(Wish::Ask(self.receive(state)));
                }
            }
            Act::Send => self.send(state, wishes),
            Act::RemoveUnreadable => {
                let unreadable = state.chosen.iter().filter(|chosen| chosen.holds.is_err());
                wishes.extend(unreadable.map(|chosen| Wish::Ask(Command::Unchoose(chosen.path.clone()))));
            }
            Act::ToggleFiles(key) => self.tables.toggle(key),
            Act::Copy(text) => {
                ui.ctx().copy_text(text);
                self.say("toast-copied");
            }
            Act::ToggleAddresses => self.all_addresses = !self.all_addresses,
            Act::ToggleReceive => wishes.push(Wish::Ask(match state.receiving {
                Receiving::On { .. } => Command::StopReceiving,
                Receiving::Off | Receiving::Failed(_) => self.receive(state),
            })),
            Act::CloseToast(id) => self.toasts.retain(|toast| toast.id != id),
            Act::Remain => self.leaving = None,
        }
    }

    fn receive(&self, state: &State) -> Command {
        let on = self.listen.unwrap_or(ListenOn::Any { port: state.settings.port });
        Command::Receive { on, lasting: self.lasting }
    }

    fn send(&self, state: &State, wishes: &mut Vec<Wish>) {
        if let Readiness::Ready(to) = Readiness::of(state, &self.address) {
            let paths = state.chosen.iter().map(|chosen| chosen.path.clone()).collect();
            wishes.push(Wish::Ask(Command::Send {
                paths,
                links: Links::Keep,
                purpose: Purpose::Send,
                to,
                with: Credentials::default(),
            }));
            wishes.push(Wish::Ask(Command::UnchooseAll));
        }
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

/// What a key press means.
fn shortcut(ui: &Ui) -> Option<Act> {
    ui.input_mut(|input| {
        // First the one with more modifiers: the other one means it too.
        let shifted = input.consume_key(Modifiers::COMMAND | Modifiers::SHIFT, Key::O);
        let mut pressed = |key| input.consume_key(Modifiers::COMMAND, key);
        if shifted {
            Some(Act::Wish(Wish::PickFolders))
        } else if pressed(Key::O) {
            Some(Act::Wish(Wish::PickFiles))
        } else if pressed(Key::Num1) {
            Some(Act::Go(Page::Transfer))
        } else if pressed(Key::Num2) || pressed(Key::Comma) {
            Some(Act::Go(Page::Settings))
        } else {
            None
        }
    })
}
