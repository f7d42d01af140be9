//! How far a transfer is. It moves only when bytes do.

use eframe::egui::{Color32, CornerRadius, Rect, Response, Role, Sense, Ui, Vec2, WidgetInfo};

use crate::ui::theme::{self, Palette};

/// What a bar shows.
#[derive(Clone, Copy, Debug)]
pub struct Bar<'a> {
    /// 0.0 to 1.0.
    pub fraction: f32,
    /// The filled part.
    pub color: Color32,
    /// What goes on: "Sending photo.jpg to ANNA-PC".
    pub name: &'a str,
    /// How far, in words.
    pub value: &'a str,
}

/// Draws a bar as wide as there is room.
pub fn bar_ui(ui: &mut Ui, bar: Bar<'_>) -> Response {
    let size = Vec2::new(ui.available_width(), theme::BAR_HEIGHT);
    let (rect, response) = ui.allocate_exact_size(size, Sense::hover());
    let radius = CornerRadius::same(3);
    ui.painter().rect_filled(rect, radius, Palette::of(ui).raised);
    let width = rect.width() * bar.fraction.clamp(0.0, 1.0);
    if width > 0.0 {
        // Narrower than its height it would not be round.
        let filled = Rect::from_min_size(rect.min, Vec2::new(width.max(theme::BAR_HEIGHT), rect.height()));
        ui.painter().rect_filled(filled, radius, bar.color);
    }
    response.widget_info(|| WidgetInfo::labeled(Role::ProgressIndicator, true, bar.name));
    ui.ctx().accesskit_node_builder(response.id, |node| {
        node.set_min_numeric_value(0.0);
        node.set_max_numeric_value(100.0);
        node.set_numeric_value((f64::from(bar.fraction) * 100.0).floor());
        node.set_value(bar.value);
    });
    response
}
