//! The question before quitting while something goes on.

use eframe::egui::Ui;

use crate::texts::Texts;
use crate::ui::act::{Act, Wish};
use crate::ui::theme::Palette;
use crate::ui::view::sheet::{Card, sheet_ui};
use crate::ui::widget::{Button, Kind, section_ui, wrapped_ui};

/// Draws the question; `text` says how many transfers would stop.
pub fn leave_ui(ui: &Ui, text: &str, texts: &Texts) -> Option<Act> {
    let card = Card::new("leave", texts.t("leave-title"), Act::Remain);
    let contents = |ui: &mut Ui| {
        section_ui(ui, texts.t("leave-title"));
        wrapped_ui(ui, text, Palette::of(ui).text);
    };
    sheet_ui(ui, card, contents, |ui, ()| {
        let stay = Button::new(texts.t("leave-stay"), texts.t("leave-stay")).kind(Kind::Accent).clicked(ui);
        let quit = Button::new(texts.t("leave-quit"), texts.t("leave-title")).kind(Kind::Danger).clicked(ui);
        stay.then_some(Act::Remain).or(quit.then_some(Act::Wish(Wish::Leave)))
    })
}
