//! The code on the receive card: large, in two groups, with what it is for and who typed a wrong one.

use eframe::egui::{Align, Layout, RichText, Ui};

use crate::engine::Command;
use crate::texts::Texts;
use crate::ui::act::Act;
use crate::ui::fonts::Icon;
use crate::ui::shown::{DeskText, DoorText};
use crate::ui::theme::{self, Palette};
use crate::ui::widget::{Button, Kind, chip_frame, icon_ui, label_ui, line_ui, quiet_ui, wrapped_ui};

/// Draws the code, or why there is none.
pub(super) fn desk_ui(ui: &mut Ui, desk: &DeskText, texts: &Texts) -> Option<Act> {
    let mut act = None;
    chip_frame(ui).inner_margin(theme::margin(theme::M, theme::S)).show(ui, |ui| {
        ui.set_width(ui.available_width());
        ui.spacing_mut().item_spacing.y = theme::XS;
        act = match &desk.door {
            DoorText::Shows { code, name, digits, left } => code_ui(ui, code, name, digits, left, texts),
            DoorText::Busy => {
                ui.horizontal(|ui| {
                    ui.set_min_height(theme::MAIN_HEIGHT);
                    icon_ui(ui, Icon::Key, Palette::of(ui).accent);
                    wrapped_ui(ui, texts.t("desk-busy"), Palette::of(ui).text);
                });
                None
            }
            DoorText::Closed { until } => closed_ui(ui, until, texts),
        };
        guesses_ui(ui, desk);
    });
    act
}

/// The code at the left, what it is for at the right.
fn code_ui(ui: &mut Ui, code: &str, name: &str, digits: &str, left: &str, texts: &Texts) -> Option<Act> {
    let mut act = None;
    ui.horizontal(|ui| {
        ui.set_min_height(theme::MAIN_HEIGHT);
        let shown = RichText::new(code).font(theme::digits_font()).color(Palette::of(ui).text);
        let response = ui.label(shown);
        // A plain label is named by its value.
        ui.ctx().accesskit_node_builder(response.id, |node| node.set_value(name));
        let copy = Button::new(texts.t("copy"), texts.t("copy-code-name")).icon(Icon::Copy).kind(Kind::Bare);
        if copy.clicked(ui) {
            act = Some(Act::Copy(digits.to_owned()));
        }
        ui.vertical(|ui| {
            ui.spacing_mut().item_spacing.y = theme::XS;
            wrapped_ui(ui, texts.t("code-for"), Palette::of(ui).text);
            quiet_ui(ui, left);
        });
    });
    act
}

fn closed_ui(ui: &mut Ui, until: &str, texts: &Texts) -> Option<Act> {
    let mut act = None;
    ui.horizontal(|ui| {
        ui.set_min_height(theme::MAIN_HEIGHT);
        icon_ui(ui, Icon::Warning, Palette::of(ui).warn);
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let open = Button::new(texts.t("desk-open"), texts.t("desk-open")).icon(Icon::Refresh);
            if open.clicked(ui) {
                act = Some(Act::ask(Command::OpenPairing));
            }
            ui.with_layout(Layout::top_down(Align::Min), |ui| {
                ui.spacing_mut().item_spacing.y = theme::XS;
                label_ui(ui, texts.t("desk-closed-title"));
                wrapped_ui(ui, until, Palette::of(ui).quiet);
            });
        });
    });
    act
}

/// Who typed a wrong code: quiet, because nothing came of it.
fn guesses_ui(ui: &mut Ui, desk: &DeskText) {
    for guess in desk.guesses.iter().chain(&desk.more) {
        line_ui(ui, |ui| {
            icon_ui(ui, Icon::Info, Palette::of(ui).quiet);
            quiet_ui(ui, guess);
        });
    }
}
