//! One of a few: buttons side by side, the chosen one filled.

use eframe::egui::{self, RichText, Stroke, Ui, Vec2};

use crate::texts::Texts;
use crate::ui::theme::{self, Palette};

/// Draws the options of a group (`Theme`) as value and word; the one a person picked, if it is another than `current`.
pub fn choice_ui<T: Copy + PartialEq, const N: usize>(
    ui: &mut Ui,
    texts: &Texts,
    group: &str,
    current: T,
    options: [(T, &str); N],
) -> Option<T> {
    let palette = Palette::of(ui);
    let mut picked = None;
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = theme::XS;
        let visuals = ui.visuals_mut();
        visuals.selection.bg_fill = palette.selected;
        visuals.selection.stroke = Stroke::new(1.0, palette.accent);
        for (value, word) in options {
            let chosen = value == current;
            let font = if chosen { theme::label_font() } else { egui::TextStyle::Body.resolve(ui.style()) };
            let button = egui::Button::selectable(chosen, RichText::new(word).font(font))
                .frame_when_inactive(true)
                .min_size(Vec2::new(theme::CONTROL_HEIGHT * 2.0, theme::CONTROL_HEIGHT));
            let name = texts.with("option-name", [("group", group.into()), ("option", word.into())]);
            if ui.add(button).accessible_name(name).clicked() && !chosen {
                picked = Some(value);
            }
        }
    });
    picked
}
