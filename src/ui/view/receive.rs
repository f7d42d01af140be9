//! The receive card: the switch, whose computer this is, and what the other person has to type.

use eframe::egui::{Align, Layout, RichText, Ui};

use crate::engine::{Receiving, State};
use crate::texts::Texts;
use crate::ui::act::{Act, Page};
use crate::ui::fonts::Icon;
use crate::ui::shown::{AddressText, ReceiveText};
use crate::ui::theme::{self, Palette};
use crate::ui::widget::{
    Button, Kind, card_ui, chip_frame, icon_ui, label_ui, section_ui, switch_ui, text_width, wrapped_ui,
};

/// Addresses shown before a person asks for the rest.
const FIRST: usize = 2;

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
                    Receiving::On { dial, .. } if dial.is_empty() => {
                        (texts.t("receive-on-offline"), palette.warn)
                    }
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

/// The addresses, as many on a line as fit.
fn addresses_ui(ui: &mut Ui, addresses: &[AddressText], texts: &Texts, all: bool) -> Option<Act> {
    let mut act = None;
    let hidden = addresses.len().saturating_sub(FIRST);
    let shown = if all { addresses.len() } else { FIRST };
    let room = ui.available_width();
    let mut rest = addresses.get(..shown).unwrap_or(addresses);
    let mut toggle = hidden > 0;
    while !rest.is_empty() || toggle {
        ui.horizontal(|ui| {
            let mut used = 0.0;
            while let [address, others @ ..] = rest {
                let width = chip_width(ui, address, texts);
                if used > 0.0 && used + width > room {
                    return;
                }
                used += width + theme::S;
                rest = others;
                if chip_ui(ui, address, texts) {
                    act = Some(Act::Copy(address.address.clone()));
                }
            }
            let more = texts.with("receive-more", [("count", hidden.into())]);
            let word = if all { texts.t("receive-fewer") } else { more.as_str() };
            let button = Button::new(word, word).kind(Kind::Bare);
            if toggle && (used == 0.0 || used + button.width(ui) <= room) {
                toggle = false;
                if button.clicked(ui) {
                    act = Some(Act::ToggleAddresses);
                }
            }
        });
    }
    act
}

fn copy_button<'a>(address: &'a AddressText, texts: &'a Texts) -> Button<'a> {
    Button::new(texts.t("copy"), &address.copy_name).icon(Icon::Copy).kind(Kind::Bare)
}

fn chip_width(ui: &Ui, address: &AddressText, texts: &Texts) -> f32 {
    let text = text_width(ui, &address.address, theme::label_font());
    theme::M + text + theme::XS + copy_button(address, texts).width(ui)
}

/// One address; whether it is to be copied.
fn chip_ui(ui: &mut Ui, address: &AddressText, texts: &Texts) -> bool {
    let contents = |ui: &mut Ui| {
        ui.spacing_mut().item_spacing.x = 0.0;
        ui.add_space(theme::M);
        ui.label(RichText::new(&address.address).font(theme::label_font()));
        ui.add_space(theme::XS);
        copy_button(address, texts).clicked(ui)
    };
    chip_frame(ui).show(ui, |ui| ui.horizontal(contents).inner).inner
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
