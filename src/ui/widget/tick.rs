//! A box that shows all, some or nothing, without a word beside it: its row says what it is about.

use eframe::egui::accesskit::Toggled;
use eframe::egui::{CursorIcon, Response, Role, Sense, Stroke, StrokeKind, Ui, Vec2, WidgetInfo};

use crate::ui::fonts::Icon;
use crate::ui::pulled::Tick;
use crate::ui::theme::{self, Palette};
use crate::ui::widget::label::paint_icon;

/// Draws a box; its `clicked()` means that a person wants it otherwise.
pub fn tick_ui(ui: &mut Ui, tick: Tick, name: &str) -> Response {
    let palette = Palette::of(ui);
    let (square, response) = ui.allocate_exact_size(Vec2::splat(theme::ICON), Sense::click());
    let response = response.on_hover_cursor(CursorIcon::PointingHand);
    response.widget_info(|| WidgetInfo::selected(Role::CheckBox, true, tick == Tick::All, name));
    if tick == Tick::Some {
        ui.ctx().accesskit_node_builder(response.id, |node| node.set_toggled(Toggled::Mixed));
    }
    let (fill, border) = match (tick, response.hovered()) {
        (Tick::All | Tick::Some, false) => (palette.accent, palette.accent),
        (Tick::All | Tick::Some, true) => (palette.accent_hover, palette.accent_hover),
        (Tick::None, false) => (palette.surface, palette.quiet),
        (Tick::None, true) => (palette.raised, palette.text),
    };
    ui.painter().rect(square, theme::CHECK_RADIUS, fill, Stroke::new(1.0, border), StrokeKind::Inside);
    match tick {
        Tick::All => paint_icon(ui, square.center(), Icon::Check, palette.on_accent),
        Tick::Some => paint_icon(ui, square.center(), Icon::Remove, palette.on_accent),
        Tick::None => {}
    }
    if response.has_focus() {
        let ring = Stroke::new(2.0, palette.accent);
        ui.painter().rect_stroke(square.expand(2.0), theme::CONTROL_RADIUS, ring, StrokeKind::Outside);
    }
    response
}
