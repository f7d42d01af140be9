//! The whole window as one thing: what is on it, and what becomes of what a person does there.
//!
//! It needs no engine and no operating system: it draws a [`State`] and hands out [`Wish`]es, so that tests and the
//! gallery drive it with a State made by hand.

use std::collections::BTreeSet;

use eframe::egui::{
    CentralPanel, Event, Frame, Key, Modifiers, Panel, ScrollArea, ThemePreference, Ui,
    scroll_area::ScrollBarVisibility,
};

use crate::engine::{
    Command, Direction, ListenOn, Prompt, PromptId, Receiving, State, Transfer, TransferKey,
};
use crate::model::{ThemeChoice, size};
use crate::texts::{Lang, Texts};
use crate::ui::act::{Act, Page, Wish};
use crate::ui::pasted;
use crate::ui::shown::Shown;
use crate::ui::theme::{self, Palette};
use crate::ui::view::{
    Drafts, Readiness, Toast, basket_ui, destination_ui, leave_ui, prompt_ui, rail_ui, receive_ui,
    settings_ui, toasts_ui, transfers_ui,
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
    /// Questions a person put off.
    later: BTreeSet<PromptId>,
    /// The question a person came back to; it goes before all others.
    answering: Option<PromptId>,
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
        let shown = Shown::of(state, &texts);
        Self {
            texts,
            system,
            listen,
            shown,
            page: Page::Transfer,
            address: String::new(),
            drafts: Drafts::default(),
            later: BTreeSet::new(),
            answering: None,
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

    /// Takes over a State that changed.
    pub fn refresh(&mut self, state: &State) {
        let lang = Lang::of_setting(state.settings.language, self.system);
        if lang == self.texts.lang() {
            self.shown.update(state, &self.texts);
        } else {
            self.texts = Texts::of(lang);
            self.shown = Shown::of(state, &self.texts);
        }
        let newest = state.transfers.last_key_value();
        if let Some((key, transfer)) = newest.filter(|(key, _)| Some(**key) > self.newest) {
            self.newest = Some(*key);
            // What a person just sent. What comes in asks by itself.
            self.bring_up = transfer.direction == Direction::Outgoing;
        }
        let open: BTreeSet<PromptId> = prompts(state).map(|(_, prompt)| prompt.id).collect();
        self.later.retain(|id| open.contains(id));
        self.answering = self.answering.filter(|id| open.contains(id));
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
        let question = self.question(state).map(|(transfer, prompt)| (transfer.key, prompt.id));
        let is_modal = question.is_some() || self.leaving.is_some();
        let mut acts = Vec::new();
        if !is_modal {
            acts.extend(shortcut(ui));
            wishes.extend(self.incoming_files(ui));
        }
        let narrow = ui.ctx().content_rect().width() < theme::NARROW;
        acts.extend(self.rail(ui, state, narrow));
        acts.extend(self.page(ui, state, narrow));
        if let Some((key, _)) = question {
            acts.extend(self.prompt(ui, state, key));
        }
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
        let mut act = receive_ui(ui, state, &shown.receive, texts, self.all_addresses);
        let address = &mut self.address;
        card_ui(ui, |ui| {
            ui.spacing_mut().item_spacing.y = theme::S;
            section_ui(ui, texts.t("send-title"));
            act = basket_ui(ui, &state.chosen, &shown.basket, texts, hovering).or(act.take());
            act = destination_ui(ui, &state.chosen, &state.settings.recent, address, texts).or(act.take());
        });
        let bring_up = std::mem::take(&mut self.bring_up);
        transfers_ui(ui, state, &shown.rows, texts, narrow, bring_up).or(act)
    }

    fn prompt(&self, ui: &mut Ui, state: &State, key: TransferKey) -> Option<Act> {
        let transfer = state.transfers.get(&key)?;
        let (prompt, text) = (transfer.prompt.as_ref()?, self.shown.prompts.get(&key)?);
        prompt_ui(ui, transfer, prompt, text, &self.texts)
    }

    /// The question to show: the one a person came back to, else the oldest that was not put off.
    fn question<'s>(&self, state: &'s State) -> Option<(&'s Transfer, &'s Prompt)> {
        prompts(state)
            .find(|(_, prompt)| Some(prompt.id) == self.answering)
            .or_else(|| prompts(state).find(|(_, prompt)| !self.later.contains(&prompt.id)))
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
            Act::Go(page) => self.page = page,
            Act::Later(id) => {
                self.answering = None;
                self.later.insert(id);
            }
            Act::Answer(id) => self.answering = Some(id),
            Act::Send => self.send(state, wishes),
            Act::RemoveUnreadable => {
                let unreadable = state.chosen.iter().filter(|chosen| chosen.size.is_err());
                wishes.extend(unreadable.map(|chosen| Wish::Ask(Command::Unchoose(chosen.path.clone()))));
            }
            Act::Copy(text) => {
                ui.ctx().copy_text(text);
                self.say("toast-copied");
            }
            Act::ToggleAddresses => self.all_addresses = !self.all_addresses,
            Act::ToggleReceive => wishes.push(Wish::Ask(match state.receiving {
                Receiving::On { .. } => Command::StopReceiving,
                Receiving::Off | Receiving::Failed(_) => {
                    Command::Receive(self.listen.unwrap_or(ListenOn::Any { port: state.settings.port }))
                }
            })),
            Act::CloseToast(id) => self.toasts.retain(|toast| toast.id != id),
            Act::Stay => self.leaving = None,
        }
    }

    fn send(&self, state: &State, wishes: &mut Vec<Wish>) {
        if let Readiness::Ready(to) = Readiness::of(&state.chosen, &self.address) {
            let paths = state.chosen.iter().map(|chosen| chosen.path.clone()).collect();
            wishes.push(Wish::Ask(Command::Send { paths, to }));
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

fn leave_text(state: &State, texts: &Texts) -> String {
    let running = state.transfers.values().filter(|transfer| transfer.state.is_running()).count();
    texts.with("leave-text", [("count", size::from_len(running).into())])
}

/// What a key press means.
fn shortcut(ui: &Ui) -> Option<Act> {
    ui.input_mut(|input| {
        let mut pressed = |key| input.consume_key(Modifiers::COMMAND, key);
        if pressed(Key::O) {
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
