//! The receive card: the switch, whose computer this is, and what the other person has to type.

use std::time::Duration;

use eframe::egui::{Align, Layout, Popup, RichText, Ui};

use crate::engine::{Lasting, Receiving, State};
use crate::texts::Texts;
use crate::ui::act::{Act, Page};
use crate::ui::fonts::Icon;
use crate::ui::shown::{AddressText, ReceiveText, Shown};
use crate::ui::theme::{self, Palette};
use crate::ui::view::caller::callers_ui;
use crate::ui::view::desk::desk_ui;
use crate::ui::widget::{
    Button, Kind, card_ui, chip_frame, icon_ui, label_ui, quiet_ui, section_ui, switch_ui, text_width,
    wrapped_ui,
};

/// Addresses shown before a person asks for the rest.
const FIRST: usize = 2;

/// How long Receive stays on where a person wants it only for a while: long enough to walk over and send.
const A_WHILE: Duration = Duration::from_mins(10);

/// Draws the card. `all` shows every address; `lasting` is how long Receive is to stay on when it is switched on.
pub fn receive_ui(
    ui: &mut Ui,
    state: &State,
    shown: &Shown,
    texts: &Texts,
    all: bool,
    lasting: Lasting,
) -> Option<Act> {
    let mut act = None;
    let text = &shown.receive;
    card_ui(ui, |ui| {
        ui.spacing_mut().item_spacing.y = theme::S;
        let (is_on, lasting) = match state.receiving {
            Receiving::On { lasting, .. } => (true, lasting),
            Receiving::Off | Receiving::Failed(_) => (false, lasting),
        };
        ui.horizontal(|ui| {
            if switch_ui(ui, is_on, texts.t("receive-switch")).clicked() {
                act = Some(Act::ToggleReceive);
            }
            ui.add_space(theme::S);
            ui.vertical(|ui| {
                ui.spacing_mut().item_spacing.y = theme::XS;
                act = head_ui(ui, state, texts, lasting).or(act.take());
                let palette = Palette::of(ui);
                let color = match &state.receiving {
                    Receiving::On { dial, .. } if dial.is_empty() => palette.warn,
                    Receiving::Off | Receiving::On { .. } => palette.quiet,
                    Receiving::Failed(_) => palette.bad,
                };
                wrapped_ui(ui, &text.status, color);
            });
        });
        if !text.addresses.is_empty() {
            act = addresses_ui(ui, &text.addresses, texts, all).or(act.take());
        }
        if let Some(desk) = &text.desk {
            act = desk_ui(ui, desk, texts).or(act.take());
        }
        if let Some(no_desk) = &text.no_desk {
            quiet_ui(ui, no_desk);
        }
        act = callers_ui(ui, &state.callers, &shown.callers, texts).or(act.take());
        if text.problem.is_some() {
            act = problem_ui(ui, text, texts).or(act.take());
        }
    });
    act
}

/// The title, how long it stays on, and at the right end this computer's name.
fn head_ui(ui: &mut Ui, state: &State, texts: &Texts, lasting: Lasting) -> Option<Act> {
    let mut act = None;
    ui.horizontal(|ui| {
        section_ui(ui, texts.t("receive-title"));
        act = lasting_ui(ui, texts, lasting);
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            icon_ui(ui, Icon::Computer, Palette::of(ui).quiet);
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                label_ui(ui, state.device.name.as_str())
            });
        });
    });
    act
}

/// A menu: how long Receive stays on.
fn lasting_ui(ui: &mut Ui, texts: &Texts, current: Lasting) -> Option<Act> {
    let mut act = None;
    let word = |lasting| match lasting {
        Lasting::UntilOff => texts.t("lasting-until-off"),
        Lasting::For(_) => texts.t("lasting-while"),
        Lasting::OneTransfer => texts.t("lasting-once"),
    };
    let group = texts.t("lasting-name");
    let named = |word: &str| texts.with("option-name", [("group", group.into()), ("option", word.into())]);
    let button =
        Button::new(word(current), &named(word(current))).icon(Icon::Expand).kind(Kind::Bare).show(ui);
    Popup::menu(&button).accessible_name(group).show(|ui| {
        for lasting in [Lasting::UntilOff, Lasting::For(A_WHILE), Lasting::OneTransfer] {
            let word = word(lasting);
            if Button::new(word, &named(word)).kind(Kind::Bare).clicked(ui) {
                act = Some(Act::Stay(lasting));
                ui.close();
            }
        }
    });
    act
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
