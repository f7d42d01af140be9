//! The question before quitting while something goes on.

use eframe::egui::{Align, Layout, Ui};

use crate::texts::Texts;
use crate::ui::act::{Act, Wish};
use crate::ui::theme::Palette;
use crate::ui::view::sheet::sheet_ui;
use crate::ui::widget::{Button, Kind, section_ui, wrapped_ui};

/// Draws the question; `text` says how many transfers would stop.
pub fn leave_ui(ui: &Ui, text: &str, texts: &Texts) -> Option<Act> {
    let mut act = None;
    let is_done = sheet_ui(ui, "leave", texts.t("leave-title"), |ui| {
        section_ui(ui, texts.t("leave-title"));
        wrapped_ui(ui, text, Palette::of(ui).text);
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let stay = Button::new(texts.t("leave-stay"), texts.t("leave-stay")).kind(Kind::Accent);
            if stay.clicked(ui) {
                act = Some(Act::Remain);
            }
            let quit = Button::new(texts.t("leave-quit"), texts.t("leave-title")).kind(Kind::Danger);
            if quit.clicked(ui) {
                act = Some(Act::Wish(Wish::Leave));
            }
        });
    });
    if is_done && act.is_none() {
        act = Some(Act::Remain);
    }
    act
}
