//! A field for one line of text.

use eframe::egui::{Align2, Response, RichText, TextEdit, Ui, Vec2};

use crate::ui::theme::{self, Palette};

/// Draws a field of a width in points. It is done when it loses the focus.
pub fn field_ui(
    ui: &mut Ui,
    salt: &'static str,
    text: &mut String,
    name: &str,
    hint: &str,
    width: f32,
) -> Response {
    let quiet = Palette::of(ui).quiet;
    let field = TextEdit::singleline(text)
        .id_salt(salt)
        .hint_text(RichText::new(hint).color(quiet))
        .desired_width(width)
        .min_size(Vec2::new(width, theme::CONTROL_HEIGHT))
        .align(Align2::LEFT_CENTER);
    ui.add(field).accessible_name(name)
}
