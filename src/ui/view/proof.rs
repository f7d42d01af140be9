//! Who the other side is, and how that was proven: what a person reads before agreeing.

use eframe::egui::{Align, Layout, RichText, Ui};

use crate::ui::fonts::Icon;
use crate::ui::shown::ProofText;
use crate::ui::theme::{self, Palette};
use crate::ui::widget::{chip_frame, icon_ui, line_ui, wrapped_ui};

/// Draws the proof as icon, word and meaning, with the address and the fingerprint for comparing.
pub(super) fn proof_ui(ui: &mut Ui, proof: &ProofText, address: &str, namesake: &str) {
    let palette = Palette::of(ui);
    chip_frame(ui).inner_margin(theme::margin(theme::M, theme::S)).show(ui, |ui| {
        ui.set_width(ui.available_width());
        ui.spacing_mut().item_spacing.y = theme::XS;
        if proof.is_namesake {
            line_ui(ui, |ui| {
                icon_ui(ui, Icon::Warning, palette.bad);
                ui.label(RichText::new(namesake).font(theme::label_font()).color(palette.bad));
            });
        }
        line_ui(ui, |ui| {
            let (icon, color) = if proof.is_verified {
                (Icon::Verified, palette.good)
            } else {
                (Icon::NotVerified, palette.warn)
            };
            icon_ui(ui, icon, color);
            ui.label(RichText::new(&proof.word).font(theme::label_font()).color(color));
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                if let Some(fingerprint) = &proof.fingerprint {
                    ui.label(RichText::new(fingerprint).font(theme::code_font()).color(palette.text));
                }
                ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                    let address = RichText::new(address).color(palette.quiet);
                    ui.add(eframe::egui::Label::new(address).truncate());
                });
            });
        });
        wrapped_ui(ui, &proof.meaning, palette.quiet);
    });
}
