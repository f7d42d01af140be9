//! Text in the sizes the window has. Peer text goes in as it is: nothing here reads markup.

use eframe::egui::{Color32, Label, Response, RichText, Ui};

use crate::ui::fonts::Icon;
use crate::ui::theme::{self, Palette};

/// The title of a page.
pub fn title_ui(ui: &mut Ui, text: &str) -> Response {
    let response = ui.label(RichText::new(text).font(theme::title_font()).color(Palette::of(ui).text));
    heading(ui, &response, text);
    response
}

/// The title of a section or card.
pub fn section_ui(ui: &mut Ui, text: &str) -> Response {
    let label = Label::new(RichText::new(text).font(theme::section_font()).color(Palette::of(ui).text));
    let response = ui.add(label.wrap());
    heading(ui, &response, text);
    response
}

/// A label or name, cut with an ellipsis where there is no room.
pub fn label_ui(ui: &mut Ui, text: &str) -> Response {
    let label = Label::new(RichText::new(text).font(theme::label_font()).color(Palette::of(ui).text));
    ui.add(label.truncate())
}

/// Details, cut with an ellipsis where there is no room.
pub fn quiet_ui(ui: &mut Ui, text: &str) -> Response {
    let label = Label::new(RichText::new(text).font(theme::small_font()).color(Palette::of(ui).quiet));
    ui.add(label.truncate())
}

/// A sentence over as many lines as it needs.
pub fn wrapped_ui(ui: &mut Ui, text: &str, color: Color32) -> Response {
    ui.add(Label::new(RichText::new(text).color(color)).wrap())
}

/// A word in the colour of its meaning, never without an icon beside it.
pub fn status_ui(ui: &mut Ui, text: &str, color: Color32) -> Response {
    ui.add(Label::new(RichText::new(text).font(theme::label_font()).color(color)).truncate())
}

/// A path on this computer, cut in front where there is no room: its end says most.
pub fn path_ui(ui: &mut Ui, path: &str) -> Response {
    let color = Palette::of(ui).text;
    let fits = |ui: &Ui, text: &str| {
        let font = eframe::egui::TextStyle::Body.resolve(ui.style());
        ui.painter().layout_no_wrap(text.to_owned(), font, color).size().x <= ui.available_width()
    };
    if fits(ui, path) {
        return ui.label(RichText::new(path).color(color));
    }
    // The longest end that fits, found by halving.
    let starts: Vec<usize> = path.char_indices().map(|(at, _)| at).collect();
    let shortened =
        |from: usize| format!("…{}", starts.get(from).and_then(|at| path.get(*at..)).unwrap_or_default());
    let (mut low, mut high) = (0, starts.len());
    while low < high {
        let middle = usize::midpoint(low, high);
        if fits(ui, &shortened(middle)) { high = middle } else { low = middle + 1 }
    }
    ui.label(RichText::new(shortened(low)).color(color)).on_hover_text(path).accessible_name(path)
}

/// An icon beside text. It says nothing to a screen reader: the text does.
pub fn icon_ui(ui: &mut Ui, icon: Icon, color: Color32) {
    let (rect, _) =
        ui.allocate_exact_size(eframe::egui::Vec2::splat(theme::ICON), eframe::egui::Sense::hover());
    paint_icon(ui, rect.center(), icon, color);
}

/// Draws an icon around a point.
pub(super) fn paint_icon(ui: &Ui, center: eframe::egui::Pos2, icon: Icon, color: Color32) {
    let align = eframe::egui::Align2::CENTER_CENTER;
    ui.painter().text(center, align, icon.glyph(), theme::icon_font(), color);
}

/// A line of text with icons, no higher than they are.
pub fn line_ui<R>(ui: &mut Ui, contents: impl FnOnce(&mut Ui) -> R) -> R {
    ui.scope(|ui| {
        ui.spacing_mut().interact_size.y = theme::ICON;
        ui.horizontal(contents).inner
    })
    .inner
}

/// Screen readers jump from heading to heading.
fn heading(ui: &Ui, response: &Response, text: &str) {
    ui.ctx().accesskit_node_builder(response.id, |node| {
        node.set_role(eframe::egui::accesskit::Role::Heading);
        // Only plain labels are named by their value.
        node.set_label(text);
    });
}
