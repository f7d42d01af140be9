//! Where to: the address, the ones used before, and the one main action of the page.

use eframe::egui::{Align, Key, Layout, Popup, RichText, Ui};

use crate::engine::Chosen;
use crate::model::{HostPort, size};
use crate::texts::Texts;
use crate::ui::act::Act;
use crate::ui::fonts::Icon;
use crate::ui::theme::{self, Palette};
use crate::ui::widget::{Button, Kind, field_ui, icon_ui, line_ui, wrapped_ui};

/// Whether something can be sent, or what is missing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Readiness {
    /// To there.
    Ready(HostPort),
    /// No files.
    NoFiles,
    /// A chosen file cannot be sent; sending only the others would be a surprise.
    Unreadable,
    /// No address yet.
    NoAddress,
    /// What was typed is none.
    BadAddress,
}

impl Readiness {
    /// Looks at the chosen files and what was typed.
    pub fn of(chosen: &[Chosen], address: &str) -> Self {
        let address = address.trim();
        if !address.is_empty() && address.parse::<HostPort>().is_err() {
            Self::BadAddress
        } else if chosen.is_empty() {
            Self::NoFiles
        } else if chosen.iter().any(|chosen| chosen.size.is_err()) {
            Self::Unreadable
        } else {
            address.parse().map_or(Self::NoAddress, Self::Ready)
        }
    }
}

/// Draws address and Send. Enter in the field sends.
pub fn destination_ui(
    ui: &mut Ui,
    chosen: &[Chosen],
    recent: &[String],
    address: &mut String,
    texts: &Texts,
) -> Option<Act> {
    let mut act = None;
    let readiness = Readiness::of(chosen, address);
    ui.horizontal(|ui| {
        ui.set_min_height(theme::MAIN_HEIGHT);
        ui.label(RichText::new(texts.t("address-label")).font(theme::label_font()));
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            if send_ui(ui, &readiness, chosen, texts) {
                act = Some(Act::Send);
            }
            if !recent.is_empty() {
                recents_ui(ui, recent, address, texts);
            }
            let width = ui.available_width() - theme::M * 2.0;
            let (name, hint) = (texts.t("address-name"), texts.t("address-hint"));
            let field = field_ui(ui, "address", address, name, hint, width);
            let entered = field.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter));
            if entered && matches!(Readiness::of(chosen, address), Readiness::Ready(_)) {
                act = Some(Act::Send);
            }
        });
    });
    reason_ui(ui, &readiness, texts);
    act
}

fn send_ui(ui: &mut Ui, readiness: &Readiness, chosen: &[Chosen], texts: &Texts) -> bool {
    let (enabled, name) = match readiness {
        Readiness::Ready(to) => {
            let count = size::from_len(chosen.len());
            (true, texts.with("send-name", [("count", count.into()), ("to", to.to_string().into())]))
        }
        Readiness::NoFiles | Readiness::Unreadable | Readiness::NoAddress | Readiness::BadAddress => {
            (false, texts.t("send-button").to_owned())
        }
    };
    Button::new(texts.t("send-button"), &name).icon(Icon::Send).kind(Kind::Main).enabled(enabled).clicked(ui)
}

/// A menu of the addresses used before.
fn recents_ui(ui: &mut Ui, recent: &[String], address: &mut String, texts: &Texts) {
    let button = Button::icon_only(Icon::History, texts.t("recents-name")).show(ui);
    Popup::menu(&button).accessible_name(texts.t("recents-name")).show(|ui| {
        for known in recent {
            let name = texts.with("recents-use", [("address", known.as_str().into())]);
            if Button::new(known, &name).kind(Kind::Bare).clicked(ui) {
                address.clone_from(known);
                ui.close();
            }
        }
    });
}

/// Why Send cannot be pressed, or what it does. There is always something to say, so that nothing moves.
fn reason_ui(ui: &mut Ui, readiness: &Readiness, texts: &Texts) {
    let palette = Palette::of(ui);
    let (icon, color, text) = match readiness {
        Readiness::Ready(_) => (Icon::Info, palette.quiet, texts.t("why-ready")),
        Readiness::NoFiles => (Icon::Info, palette.quiet, texts.t("why-nothing")),
        Readiness::Unreadable => (Icon::Info, palette.quiet, texts.t("why-unreadable")),
        Readiness::NoAddress => (Icon::Info, palette.quiet, texts.t("why-no-address")),
        Readiness::BadAddress => (Icon::Error, palette.bad, texts.t("why-bad-address")),
    };
    line_ui(ui, |ui| {
        icon_ui(ui, icon, color);
        wrapped_ui(ui, text, color);
    });
}
