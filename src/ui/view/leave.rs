//! The question before quitting while something goes on.

use eframe::egui::{Align, Layout, Modal, Ui};

use crate::texts::Texts;
use crate::ui::act::{Act, Wish};
use crate::ui::theme::{self, Palette};
use crate::ui::view::prompt::modal_frame;
use crate::ui::widget::{Button, Kind, section_ui, wrapped_ui};

/// Draws the question; `text` says how many transfers would stop.
pub fn leave_ui(ui: &mut Ui, text: &str, texts: &Texts) -> Option<Act> {
    let mut act = None;
    let id = eframe::egui::Id::unique("leave");
    let area = Modal::default_area(id).accessible_name(texts.t("leave-title"));
    let response = modal_frame(Modal::new(id).area(area), ui).show(ui.ctx(), |ui| {
        ui.set_width(theme::MODAL);
        ui.spacing_mut().item_spacing.y = theme::M;
        section_ui(ui, texts.t("leave-title"));
        wrapped_ui(ui, text, Palette::of(ui).text);
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let stay = Button::new(texts.t("leave-stay"), texts.t("leave-stay")).kind(Kind::Accent);
            if stay.clicked(ui) {
                act = Some(Act::Stay);
            }
            let quit = Button::new(texts.t("leave-quit"), texts.t("leave-title")).kind(Kind::Danger);
            if quit.clicked(ui) {
                act = Some(Act::Wish(Wish::Leave));
            }
        });
    });
    if response.should_close() && act.is_none() {
        act = Some(Act::Stay);
    }
    act
}
