//! The rail: the pages by icon and word, and below whose computer this is.

use eframe::egui::{
    Align2, CornerRadius, CursorIcon, Layout, Rect, RichText, Role, Sense, Stroke, StrokeKind, Ui, UiBuilder,
    Vec2, WidgetInfo,
};

use crate::engine::{Receiving, State};
use crate::texts::Texts;
use crate::ui::act::{Act, Page};
use crate::ui::fonts::Icon;
use crate::ui::theme::{self, Palette};
use crate::ui::widget::{icon_ui, label_ui, quiet_ui};

/// Height of an entry.
const ENTRY: f32 = 40.0;

/// Width of the mark at the selected entry's edge.
const MARK: f32 = 3.0;

/// Draws the rail. `narrow` leaves the words to screen readers and tooltips.
pub fn rail_ui(ui: &mut Ui, state: &State, texts: &Texts, page: Page, narrow: bool) -> Option<Act> {
    let mut act = None;
    let region = UiBuilder::new()
        .accessibility_role(eframe::egui::accesskit::Role::Navigation)
        .accessibility_label(texts.t("nav-label"));
    ui.scope_builder(region, |ui| {
        ui.spacing_mut().item_spacing.y = theme::XS;
        ui.add_space(theme::S);
        if !narrow {
            ui.horizontal(|ui| {
                ui.add_space(theme::M);
                let name = RichText::new("Sampan").font(theme::section_font()).color(Palette::of(ui).accent);
                ui.label(name);
            });
        }
        ui.add_space(theme::S);
        for (target, icon, word) in [
            (Page::Transfer, Icon::Swap, texts.t("nav-transfer")),
            (Page::Settings, Icon::Settings, texts.t("nav-settings")),
        ] {
            if entry_ui(ui, icon, word, target == page, narrow) && target != page {
                act = Some(Act::Go(target));
            }
        }
    });
    if !narrow {
        ui.with_layout(Layout::bottom_up(eframe::egui::Align::Min), |ui| device_ui(ui, state, texts));
    }
    act
}

/// One page.
fn entry_ui(ui: &mut Ui, icon: Icon, word: &str, selected: bool, narrow: bool) -> bool {
    let (rect, response) = ui.allocate_exact_size(Vec2::new(ui.available_width(), ENTRY), Sense::click());
    let mut response = response.on_hover_cursor(CursorIcon::PointingHand);
    if narrow {
        response = response.on_hover_text(word);
    }
    response.widget_info(|| WidgetInfo::selected(Role::Tab, true, selected, word));
    let palette = Palette::of(ui);
    if selected || response.hovered() {
        ui.painter().rect_filled(rect, theme::CONTROL_RADIUS, palette.raised);
    }
    if selected {
        let mark =
            Rect::from_min_size(rect.min, Vec2::new(MARK, rect.height())).shrink2(Vec2::new(0.0, theme::S));
        ui.painter().rect_filled(mark, CornerRadius::same(2), palette.accent);
    }
    if response.has_focus() {
        let ring = Stroke::new(2.0, palette.accent);
        ui.painter().rect_stroke(rect, theme::CONTROL_RADIUS, ring, StrokeKind::Inside);
    }
    let color = if selected { palette.accent } else { palette.quiet };
    let icon_x = if narrow { rect.center().x } else { rect.left() + theme::M + theme::ICON / 2.0 };
    let icon_at = eframe::egui::pos2(icon_x, rect.center().y);
    ui.painter().text(icon_at, Align2::CENTER_CENTER, icon.glyph(), theme::icon_font(), color);
    if !narrow {
        let text_at = eframe::egui::pos2(rect.left() + theme::M + theme::ICON + theme::M, rect.center().y);
        let color = if selected { palette.text } else { palette.quiet };
        ui.painter().text(text_at, Align2::LEFT_CENTER, word, theme::label_font(), color);
    }
    response.clicked()
}

/// This computer's name, and whether others can send to it.
fn device_ui(ui: &mut Ui, state: &State, texts: &Texts) {
    let palette = Palette::of(ui);
    let (icon_color, word) = match state.receiving {
        Receiving::On { .. } => (palette.good, texts.t("rail-on")),
        Receiving::Off => (palette.quiet, texts.t("rail-off")),
        Receiving::Failed(_) => (palette.bad, texts.t("rail-failed")),
    };
    ui.add_space(theme::S);
    ui.horizontal(|ui| {
        ui.add_space(theme::M);
        icon_ui(ui, Icon::Computer, icon_color);
        ui.vertical(|ui| {
            ui.spacing_mut().item_spacing.y = 0.0;
            label_ui(ui, state.device.name.as_str());
            quiet_ui(ui, word);
        });
    });
}
