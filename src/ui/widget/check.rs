//! A box to tick, with its label.

use eframe::egui::{
    CursorIcon, Label, Rect, Response, RichText, Role, Sense, Stroke, StrokeKind, Ui, Vec2, WidgetInfo,
};

use crate::ui::fonts::Icon;
use crate::ui::theme::{self, Palette};
use crate::ui::widget::label::{line_ui, paint_icon};

/// Draws a box and its label; its `clicked()` means that a person wants the other position.
pub fn check_ui(ui: &mut Ui, is_ticked: bool, text: &str) -> Response {
    let palette = Palette::of(ui);
    let gap = theme::ICON + theme::S;
    let font = theme::label_font();
    let room = ui.available_width() - gap;
    let galley = ui.painter().layout(text.to_owned(), font, palette.text, room);
    let size = Vec2::new(gap + galley.size().x, galley.size().y.max(theme::CHECK_HEIGHT));
    let (rect, response) = ui.allocate_exact_size(size, Sense::click());
    let response = response.on_hover_cursor(CursorIcon::PointingHand);
    response.widget_info(|| WidgetInfo::selected(Role::CheckBox, true, is_ticked, text));
    let square = Rect::from_center_size(
        eframe::egui::pos2(rect.left() + theme::ICON / 2.0, rect.center().y),
        Vec2::splat(theme::ICON),
    );
    let (fill, border) = match (is_ticked, response.hovered()) {
        (true, false) => (palette.accent, palette.accent),
        (true, true) => (palette.accent_hover, palette.accent_hover),
        (false, false) => (palette.surface, palette.quiet),
        (false, true) => (palette.raised, palette.text),
    };
    let radius = theme::CHECK_RADIUS;
    ui.painter().rect(square, radius, fill, Stroke::new(1.0, border), StrokeKind::Inside);
    if is_ticked {
        paint_icon(ui, square.center(), Icon::Check, palette.on_accent);
    }
    if response.has_focus() {
        let ring = Stroke::new(2.0, palette.accent);
        ui.painter().rect_stroke(square.expand(2.0), theme::CONTROL_RADIUS, ring, StrokeKind::Outside);
    }
    let at = eframe::egui::pos2(rect.left() + gap, rect.center().y - galley.size().y / 2.0);
    ui.painter().galley(at, galley, palette.text);
    response
}

/// A box with an explanation below its label.
pub fn explained_check_ui(ui: &mut Ui, is_ticked: bool, text: &str, help: &str) -> Response {
    ui.scope(|ui| {
        ui.spacing_mut().item_spacing.y = 0.0;
        let response = check_ui(ui, is_ticked, text);
        line_ui(ui, |ui| {
            ui.add_space(theme::ICON + theme::S);
            ui.add(Label::new(RichText::new(help).color(Palette::of(ui).quiet)).wrap());
        });
        response
    })
    .inner
}
