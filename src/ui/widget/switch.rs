//! A switch: on or off, at once.

use eframe::egui::{
    CornerRadius, CursorIcon, Pos2, Response, Role, Sense, Stroke, StrokeKind, Ui, Vec2, WidgetInfo,
};

use crate::ui::theme::Palette;

/// Big enough to be the first thing the eye finds.
const SIZE: Vec2 = Vec2::new(52.0, 30.0);

/// From the edge to the knob.
const INSET: f32 = 3.0;

/// Draws a switch; its `clicked()` means that a person wants the other position.
pub fn switch_ui(ui: &mut Ui, on: bool, name: &str) -> Response {
    let (rect, response) = ui.allocate_exact_size(SIZE, Sense::click());
    let response = response.on_hover_cursor(CursorIcon::PointingHand);
    response.widget_info(|| WidgetInfo::selected(Role::Switch, true, on, name));
    let palette = Palette::of(ui);
    let radius = CornerRadius::same(15);
    let (ground, border, knob) = match (on, response.hovered()) {
        (true, false) => (palette.accent, palette.accent, palette.on_accent),
        (true, true) => (palette.accent_hover, palette.accent_hover, palette.on_accent),
        (false, false) => (palette.raised, palette.quiet, palette.quiet),
        (false, true) => (palette.line, palette.quiet, palette.text),
    };
    ui.painter().rect(rect, radius, ground, Stroke::new(1.0, border), StrokeKind::Inside);
    if response.has_focus() {
        ui.painter().rect_stroke(
            rect.expand(2.0),
            CornerRadius::same(17),
            Stroke::new(2.0, palette.accent),
            StrokeKind::Outside,
        );
    }
    let knob_radius = rect.height() / 2.0 - INSET;
    let from_edge = INSET + knob_radius;
    let x = if on { rect.right() - from_edge } else { rect.left() + from_edge };
    ui.painter().circle_filled(
        Pos2::new(x, rect.center().y),
        if on { knob_radius } else { knob_radius - 2.0 },
        knob,
    );
    response
}
