//! What all sheets look like: a card above the page that scrolls where the window is too low for it.

use eframe::egui::{Frame, Id, Modal, ScrollArea, Stroke, Ui};

use crate::ui::theme::{self, Palette};

/// Draws a sheet. `title` is what a screen reader calls it. Whether a person wants it gone (Esc, or a click beside it),
/// and never means more than "later".
pub(super) fn sheet_ui(ui: &Ui, salt: &'static str, title: &str, contents: impl FnOnce(&mut Ui)) -> bool {
    let palette = Palette::of(ui);
    let frame = Frame::new()
        .fill(palette.surface)
        .stroke(Stroke::new(1.0, palette.line))
        .corner_radius(theme::CARD_RADIUS)
        .shadow(theme::floating_shadow(palette))
        .inner_margin(theme::margin(theme::XL, theme::L));
    let id = Id::unique(salt);
    let area = Modal::default_area(id).accessible_name(title);
    let modal = Modal::new(id).area(area).frame(frame).backdrop_color(palette.backdrop);
    let height = ui.ctx().content_rect().height() - theme::XL * 2.0;
    let response = modal.show(ui.ctx(), |ui| {
        ui.set_width(theme::MODAL);
        let scroll = ScrollArea::vertical().id_salt("sheet").max_height(height).auto_shrink([false, true]);
        scroll.show(ui, |ui| {
            ui.spacing_mut().item_spacing.y = theme::M;
            contents(ui);
        });
    });
    response.should_close()
}
