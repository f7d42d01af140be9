//! The list of transfers, newest first. A row keeps its place for its whole life: nothing moves under the pointer.

use std::collections::BTreeMap;

use eframe::egui::{Ui, UiBuilder};

use crate::engine::{State, TransferKey};
use crate::texts::Texts;
use crate::ui::act::Act;
use crate::ui::fonts::Icon;
use crate::ui::pulled::FileTable;
use crate::ui::shown::RowText;
use crate::ui::theme::{self, Palette};
use crate::ui::view::row::{Row, row_ui};
use crate::ui::widget::{label_ui, section_ui, wrapped_ui};

/// What the list draws beside the State.
pub struct List<'a> {
    /// The rows' words.
    pub rows: &'a BTreeMap<TransferKey, RowText>,
    /// The opened lists of files.
    pub tables: &'a mut BTreeMap<TransferKey, FileTable>,
    /// There is little room.
    pub narrow: bool,
    /// Scroll to the newest row.
    pub bring_up: bool,
}

/// Draws the list.
pub fn transfers_ui(ui: &mut Ui, state: &State, list: &mut List<'_>, texts: &Texts) -> Option<Act> {
    section_ui(ui, texts.t("transfers-title"));
    if state.transfers.is_empty() {
        empty_ui(ui, texts);
        return None;
    }
    let mut act = None;
    let region = UiBuilder::new()
        .accessibility_role(eframe::egui::accesskit::Role::List)
        .accessibility_label(texts.t("transfers-title"));
    ui.scope_builder(region, |ui| {
        for (index, (key, transfer)) in state.transfers.iter().rev().enumerate() {
            let Some(text) = list.rows.get(key) else { continue };
            let files = list.tables.get_mut(key);
            let is_open = files.is_some();
            let row = Row { transfer, devices: &state.devices, text, narrow: list.narrow, is_open };
            let row = ui.push_id(key, |ui| act = row_ui(ui, &row, files, texts).or(act.take()));
            if list.bring_up && index == 0 {
                row.response.scroll_to_me(Some(eframe::egui::Align::Center));
            }
        }
    });
    act
}

fn empty_ui(ui: &mut Ui, texts: &Texts) {
    let palette = Palette::of(ui);
    ui.horizontal(|ui| {
        ui.add_space(theme::XS);
        let size = eframe::egui::Vec2::splat(theme::MAIN_HEIGHT);
        let (rect, _) = ui.allocate_exact_size(size, eframe::egui::Sense::hover());
        let center = eframe::egui::Align2::CENTER_CENTER;
        ui.painter().text(rect.center(), center, Icon::Swap.glyph(), theme::big_icon_font(), palette.quiet);
        ui.vertical(|ui| {
            ui.spacing_mut().item_spacing.y = theme::XS;
            label_ui(ui, texts.t("transfers-empty"));
            wrapped_ui(ui, texts.t("transfers-empty-hint"), palette.quiet);
        });
    });
}
