//! Where to: the address, the ones used before, and the one main action of the page.

use eframe::egui::{Align, Key, Layout, Popup, RichText, ScrollArea, Ui};

use crate::engine::{Chosen, Holds, State, Target};
use crate::model::FailureKind;
use crate::texts::Texts;
use crate::ui::act::Act;
use crate::ui::fonts::Icon;
use crate::ui::shown::DeviceText;
use crate::ui::theme::{self, Palette};
use crate::ui::widget::{Button, Kind, field_ui, icon_ui, line_ui, wrapped_ui};

/// A longer menu of places scrolls.
const MENU: f32 = 260.0;

/// Whether something can be sent, or what is missing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Readiness {
    /// To there.
    Ready(Target),
    /// No files.
    NoFiles,
    /// A chosen file cannot be sent; sending only the others would be a surprise.
    Unreadable,
    /// No address yet.
    NoAddress,
    /// What was typed is none.
    BadAddress,
    /// What was typed may mean more than one paired computer.
    Ambiguous,
}

impl Readiness {
    /// Looks at the chosen files and what was typed.
    pub fn of(state: &State, typed: &str) -> Self {
        let to = (!typed.trim().is_empty()).then(|| state.target(typed));
        match to {
            Some(Err(failure)) if failure.kind == FailureKind::AmbiguousDevice => Self::Ambiguous,
            Some(Err(_)) => Self::BadAddress,
            Some(Ok(_)) | None if state.chosen.is_empty() => Self::NoFiles,
            Some(Ok(_)) | None if state.chosen.iter().any(|chosen| chosen.holds.is_err()) => Self::Unreadable,
            Some(Ok(to)) => Self::Ready(to),
            None => Self::NoAddress,
        }
    }
}

/// Draws the address and Send. Enter in the field sends.
pub fn destination_ui(
    ui: &mut Ui,
    state: &State,
    devices: &[DeviceText],
    address: &mut String,
    texts: &Texts,
) -> Option<Act> {
    let mut act = None;
    let readiness = Readiness::of(state, address);
    ui.horizontal(|ui| {
        ui.set_min_height(theme::MAIN_HEIGHT);
        ui.label(RichText::new(texts.t("address-label")).font(theme::label_font()));
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            if send_ui(ui, &readiness, state, texts) {
                act = Some(Act::Send);
            }
            if !state.settings.recent.is_empty() || !devices.is_empty() {
                places_ui(ui, state, devices, address, texts);
            }
            let width = ui.available_width() - theme::M * 2.0;
            let (name, hint) = (texts.t("address-name"), texts.t("address-hint"));
            let field = field_ui(ui, "address", address, name, hint, width);
            let entered = field.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter));
            if entered && matches!(Readiness::of(state, address), Readiness::Ready(_)) {
                act = Some(Act::Send);
            }
        });
    });
    reason_ui(ui, &readiness, texts);
    act
}

/// What the place to send to is called.
fn called(to: &Target, state: &State) -> String {
    match to {
        Target::Address(address) => address.to_string(),
        Target::Device(id) => {
            let device = state.devices.iter().find(|device| device.id == *id);
            device.map_or_else(|| id.fingerprint().to_string(), |device| device.name.to_string())
        }
    }
}

/// How many files are chosen; `None` while folders are counted.
fn files(chosen: &[Chosen]) -> Option<u64> {
    let count = |chosen: &Chosen| match &chosen.holds {
        Ok(Holds::File { .. }) => Some(1),
        Ok(Holds::Folder(measured)) => Some(measured.files.saturating_add(measured.links)),
        Ok(Holds::Counting) | Err(_) => None,
    };
    chosen.iter().map(count).try_fold(0_u64, |sum, count| sum.checked_add(count?))
}

fn send_ui(ui: &mut Ui, readiness: &Readiness, state: &State, texts: &Texts) -> bool {
    let (enabled, name) = match readiness {
        Readiness::Ready(to) => {
            let to = called(to, state);
            let name = match files(&state.chosen) {
                Some(count) => texts.with("send-name", [("count", count.into()), ("to", to.into())]),
                None => texts.with("send-name-counting", [("to", to.into())]),
            };
            (true, name)
        }
        Readiness::NoFiles
        | Readiness::Unreadable
        | Readiness::NoAddress
        | Readiness::BadAddress
        | Readiness::Ambiguous => (false, texts.t("send-button").to_owned()),
    };
    Button::new(texts.t("send-button"), &name).icon(Icon::Send).kind(Kind::Main).enabled(enabled).clicked(ui)
}

/// A menu of the paired computers, and below them the addresses used before.
fn places_ui(ui: &mut Ui, state: &State, devices: &[DeviceText], address: &mut String, texts: &Texts) {
    let button = Button::icon_only(Icon::History, texts.t("places-name")).show(ui);
    Popup::menu(&button).accessible_name(texts.t("places-name")).show(|ui| {
        ScrollArea::vertical().id_salt("places").max_height(MENU).show(ui, |ui| {
            let paired = state.devices.iter().zip(devices);
            let paired = paired
                .map(|(device, text)| (Icon::Computer, device.name.as_str(), &text.use_name, &text.typed));
            for (icon, word, name, typed) in paired {
                if Button::new(word, name).icon(icon).kind(Kind::Bare).clicked(ui) {
                    address.clone_from(typed);
                    ui.close();
                }
            }
            for known in &state.settings.recent {
                let name = texts.with("recents-use", [("address", known.as_str().into())]);
                if Button::new(known, &name).icon(Icon::History).kind(Kind::Bare).clicked(ui) {
                    address.clone_from(known);
                    ui.close();
                }
            }
        });
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
        Readiness::Ambiguous => (Icon::Error, palette.bad, texts.t("why-ambiguous")),
    };
    line_ui(ui, |ui| {
        icon_ui(ui, icon, color);
        wrapped_ui(ui, text, color);
    });
}
