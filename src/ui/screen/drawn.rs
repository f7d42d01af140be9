//! What is on the window: the rail, a page, and a sheet above it.

use eframe::egui::{CentralPanel, Frame, Panel, ScrollArea, Ui, scroll_area::ScrollBarVisibility};

use crate::engine::State;
use crate::ui::act::{Act, Page, Sheet, Wish};
use crate::ui::screen::acts::shortcut;
use crate::ui::screen::{Screen, prompts};
use crate::ui::theme::{self, Palette};
use crate::ui::view::{
    List, basket_ui, caller_ui, cancel_ui, code_ui, destination_ui, discard_ui, leave_ui, limit_ui, pair_ui,
    prompt_ui, rail_ui, receive_ui, settings_ui, toasts_ui, transfers_ui, unfinished_ui,
};
use crate::ui::widget::{card_ui, section_ui};

impl Screen {
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
}
