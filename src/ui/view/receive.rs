//! The receive card: the switch, whose computer this is, and what the other person has to type.

use eframe::egui::{Align, Layout, Ui};

use crate::engine::{Receiving, State};
use crate::texts::Texts;
use crate::ui::act::{Act, Page};
use crate::ui::fonts::Icon;
use crate::ui::shown::{AddressText, ReceiveText};
use crate::ui::theme::{self, Palette};
use crate::ui::widget::{Button, Kind, card_ui, chip_frame, icon_ui, label_ui, section_ui, switch_ui, wrapped_ui};

/// Addresses shown before a person asks for the rest.
const FIRST: usize = 3;

/// Draws the card. `all` shows every address.
pub fn receive_ui(ui: &mut Ui, state: &State, shown: &ReceiveText, texts: &Texts, all: bool) -> Option<Act> {
    let mut act = None;
    card_ui(ui, |ui| {
        let on = matches!(state.receiving, Receiving::On { .. });
        ui.horizontal(|ui| {
            if switch_ui(ui, on, texts.t("receive-switch")).clicked() {
                act = Some(Act::ToggleReceive);
            }
            ui.add_space(theme::S);
            ui.vertical(|ui| {
                ui.spacing_mut().item_spacing.y = theme::XS;
                head_ui(ui, state, texts);
                let palette = Palette::of(ui);
                let (text, color) = match &state.receiving {
                    Receiving::Off => (texts.t("receive-off"), palette.quiet),
                    Receiving::On { dial, .. } if dial.is_empty() => (texts.t("receive-on-offline"), palette.warn),
                    Receiving::On { .. } => (texts.t("receive-on"), palette.quiet),
                    Receiving::Failed(_) => (texts.t("receive-failed"), palette.bad),
                };
                wrapped_ui(ui, text, color);
            });
        });
        if !shown.addresses.is_empty() {
            ui.add_space(theme::XS);
            act = addresses_ui(ui, &shown.addresses, texts, all).or(act.take());
        }
        if shown.problem.is_some() {
            ui.add_space(theme::XS);
            act = problem_ui(ui, shown, texts).or(act.take());
        }
    });
    act
}

/// The title, and at the right end this computer's name.
fn head_ui(ui: &mut Ui, state: &State, texts: &Texts) {
    ui.horizontal(|ui| {
        section_ui(ui, texts.t("receive-title"));
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            label_ui(ui, state.device.name.as_str());
            icon_ui(ui, Icon::Computer, Palette::of(ui).quiet);
        });
    });
}

fn addresses_ui(ui: &mut Ui, addresses: &[AddressText], texts: &Texts, all: bool) -> Option<Act> {
    let mut act = None;
    let shown = if all { addresses.len() } else { FIRST };
    ui.horizontal_wrapped(|ui| {
        for AddressText { address, copy_name } in addresses.iter().take(shown) {
            chip_frame(ui).show(ui, |ui| {
                ui.horizontal(|ui| {
                    ui.spacing_mut().item_spacing.x = theme::XS;
                    ui.add_space(theme::M);
                    ui.label(eframe::egui::RichText::new(address).font(theme::label_font()));
                    let copy = Button::new(texts.t("copy"), copy_name).icon(Icon::Copy).kind(Kind::Bare);
                    if copy.clicked(ui) {
                        act = Some(Act::Copy(address.clone()));
                    }
                });
            });
        }
    });
    let hidden = addresses.len().saturating_sub(FIRST);
    if hidden > 0 {
        let more = texts.with("receive-more", [("count", hidden.into())]);
        let word = if all { texts.t("receive-fewer") } else { more.as_str() };
        if Button::new(word, word).kind(Kind::Bare).clicked(ui) {
            act = Some(Act::ToggleAddresses);
        }
    }
    act
}

/// Why it could not be switched on, and what to do.
fn problem_ui(ui: &mut Ui, shown: &ReceiveText, texts: &Texts) -> Option<Act> {
    let problem = shown.problem.as_ref()?;
    let palette = Palette::of(ui);
    ui.horizontal_top(|ui| {
        icon_ui(ui, Icon::Error, palette.bad);
        ui.vertical(|ui| {
            ui.spacing_mut().item_spacing.y = theme::XS;
            wrapped_ui(ui, &problem.what, palette.text);
            wrapped_ui(ui, &problem.advice, palette.quiet);
        });
    });
    let mut act = None;
    ui.horizontal(|ui| {
        let retry = Button::new(texts.t("receive-retry"), texts.t("receive-retry-name")).icon(Icon::Refresh);
        if retry.clicked(ui) {
            act = Some(Act::ToggleReceive);
        }
        let port = Button::new(texts.t("receive-port-action"), texts.t("receive-port-action"));
        if port.kind(Kind::Bare).clicked(ui) {
            act = Some(Act::Go(Page::Settings));
        }
    });
    act
}
