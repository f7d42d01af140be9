//! What holds things together: cards and rows with a thin line and no shadow, chips, round badges.

use eframe::egui::{Color32, Frame, InnerResponse, Sense, Stroke, Ui, Vec2};

use crate::ui::fonts::Icon;
use crate::ui::theme::{self, Palette};
use crate::ui::widget::label::paint_icon;

/// A card as wide as the page.
pub fn card_ui<R>(ui: &mut Ui, contents: impl FnOnce(&mut Ui) -> R) -> InnerResponse<R> {
    framed_ui(ui, theme::L, contents)
}

/// A row of a list: a card with less room inside.
pub fn row_frame<R>(ui: &mut Ui, contents: impl FnOnce(&mut Ui) -> R) -> InnerResponse<R> {
    framed_ui(ui, theme::M, contents)
}

fn framed_ui<R>(ui: &mut Ui, room: f32, contents: impl FnOnce(&mut Ui) -> R) -> InnerResponse<R> {
    let palette = Palette::of(ui);
    Frame::new()
        .fill(palette.surface)
        .stroke(Stroke::new(1.0, palette.line))
        .corner_radius(theme::CARD_RADIUS)
        .inner_margin(theme::margin(room, room))
        .show(ui, |ui| {
            ui.set_width(ui.available_width());
            contents(ui)
        })
}

/// A small raised ground for a fact that stands for itself: an address, a fingerprint.
pub fn chip_frame(ui: &Ui) -> Frame {
    Frame::new().fill(Palette::of(ui).raised).corner_radius(theme::CONTROL_RADIUS)
}

/// An icon in a raised circle.
pub fn badge_ui(ui: &mut Ui, icon: Icon, color: Color32) {
    let (rect, _) = ui.allocate_exact_size(Vec2::splat(theme::CONTROL_HEIGHT), Sense::hover());
    ui.painter().circle_filled(rect.center(), rect.width() / 2.0, Palette::of(ui).raised);
    paint_icon(ui, rect.center(), icon, color);
}
