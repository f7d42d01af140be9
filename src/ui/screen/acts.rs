//! What becomes of what a person does on the window.

use eframe::egui::{Event, Key, Modifiers, Ui};

use crate::engine::{Command, Credentials, ListenOn, Purpose, Receiving, State};
use crate::model::Links;
use crate::ui::act::{Act, Page, Wish};
use crate::ui::pasted;
use crate::ui::screen::Screen;
use crate::ui::view::Readiness;

impl Screen {
    /// Files that are pasted or dropped.
    pub(super) fn incoming_files(&mut self, ui: &Ui) -> Option<Wish> {
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

    /// Does what a person wants of the window, and hands on what is wanted of the world outside.
    pub(super) fn take(&mut self, ui: &Ui, state: &State, act: Act, wishes: &mut Vec<Wish>) {
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
}

/// What a key press means.
pub(super) fn shortcut(ui: &Ui) -> Option<Act> {
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
