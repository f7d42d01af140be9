//! The settings. Each takes effect at once; text when its field is left.

mod transfers;

use eframe::egui::{Response, RichText, Ui};

use crate::engine::{Command, State};
use crate::model::{DeviceId, LAST_PORT, Language, Settings, Strangers, ThemeChoice};
use crate::texts::Texts;
use crate::ui::act::{Act, FolderFor, Wish};
use crate::ui::fonts::Icon;
use crate::ui::shown::Shown;
use crate::ui::theme::{self, Palette};
use crate::ui::view::devices::devices_ui;
use crate::ui::widget::{
    Button, Kind, card_ui, chip_frame, choice_ui, field_ui, path_ui, quiet_ui, section_ui, title_ui,
    wrapped_ui,
};

/// Widest a name field needs to be.
const NAME_WIDTH: f32 = 280.0;

/// A port has five digits.
const PORT_WIDTH: f32 = 96.0;

/// What is typed and not taken over yet.
#[derive(Clone, Debug, Default)]
pub struct Drafts {
    /// This computer's name.
    pub name: Option<String>,
    /// The port.
    pub port: Option<String>,
    /// The speed limit.
    pub limit: Option<String>,
    /// The paired computer that a person may want to forget.
    pub forgetting: Option<DeviceId>,
}

/// Draws the page.
pub fn settings_ui(
    ui: &mut Ui,
    state: &State,
    shown: &Shown,
    texts: &Texts,
    drafts: &mut Drafts,
) -> Option<Act> {
    title_ui(ui, texts.t("settings-title"));
    let mut act = None;
    card_ui(ui, |ui| {
        section_ui(ui, texts.t("settings-device"));
        act = name_ui(ui, state, texts, &mut drafts.name);
        act = fingerprint_ui(ui, shown, texts).or(act.take());
    });
    card_ui(ui, |ui| {
        section_ui(ui, texts.t("settings-receiving"));
        act = folder_ui(ui, shown, texts).or(act.take());
        act = strangers_ui(ui, state, texts).or(act.take());
        act = port_ui(ui, state, texts, &mut drafts.port).or(act.take());
    });
    card_ui(ui, |ui| {
        section_ui(ui, texts.t("settings-transfers"));
        act = transfers::transfers_ui(ui, state, texts, &mut drafts.limit).or(act.take());
    });
    card_ui(ui, |ui| {
        act = devices_ui(ui, state, &shown.devices, texts, &mut drafts.forgetting).or(act.take());
    });
    card_ui(ui, |ui| {
        section_ui(ui, texts.t("settings-window"));
        act = language_ui(ui, state, texts).or(act.take());
        act = theme_ui(ui, state, texts).or(act.take());
    });
    act
}

/// A label above what it is for, an explanation below.
fn setting_ui<R>(ui: &mut Ui, label: &str, help: &str, contents: impl FnOnce(&mut Ui) -> R) -> R {
    ui.scope(|ui| {
        ui.spacing_mut().item_spacing.y = theme::XS;
        ui.label(RichText::new(label).font(theme::label_font()));
        let result = contents(ui);
        if !help.is_empty() {
            wrapped_ui(ui, help, Palette::of(ui).quiet);
        }
        result
    })
    .inner
}

/// The settings with one of them changed.
fn configure(state: &State, change: impl FnOnce(&mut Settings)) -> Option<Act> {
    let mut settings = state.settings.clone();
    change(&mut settings);
    (settings != state.settings).then(|| Act::ask(Command::Configure(settings)))
}

/// Shows a draft while it is typed, else what is in force. The draft, when the field was left.
fn draft_ui(
    ui: &mut Ui,
    draft: &mut Option<String>,
    in_force: &str,
    field: impl FnOnce(&mut Ui, &mut String) -> Response,
) -> Option<String> {
    let mut text = draft.clone().unwrap_or_else(|| in_force.to_owned());
    let response = field(ui, &mut text);
    if response.has_focus() || response.changed() {
        *draft = Some(text);
        None
    } else {
        response.lost_focus().then(|| draft.take()).flatten()
    }
}

fn name_ui(ui: &mut Ui, state: &State, texts: &Texts, draft: &mut Option<String>) -> Option<Act> {
    setting_ui(ui, texts.t("settings-name"), texts.t("settings-name-help"), |ui| {
        let name = texts.t("settings-name");
        let in_force = state.device.name.as_str();
        let typed = draft_ui(ui, draft, in_force, |ui, text| {
            let width = NAME_WIDTH.min(ui.available_width());
            field_ui(ui, "device-name", text, name, "", width)
        })?;
        // What is shown may be the host's name, which is not a setting.
        if typed == in_force {
            None
        } else {
            configure(state, |settings| typed.trim().clone_into(&mut settings.name))
        }
    })
}

fn fingerprint_ui(ui: &mut Ui, shown: &Shown, texts: &Texts) -> Option<Act> {
    setting_ui(ui, texts.t("settings-fingerprint"), texts.t("settings-fingerprint-help"), |ui| {
        let mut act = None;
        ui.horizontal(|ui| {
            chip_frame(ui).show(ui, |ui| {
                ui.horizontal(|ui| {
                    ui.add_space(theme::M);
                    ui.label(RichText::new(&shown.fingerprint).font(theme::code_font()));
                    let copy = Button::new(texts.t("copy"), texts.t("copy-fingerprint-name"));
                    if copy.icon(Icon::Copy).kind(Kind::Bare).clicked(ui) {
                        act = Some(Act::Copy(shown.fingerprint.clone()));
                    }
                });
            });
        });
        act
    })
}

fn folder_ui(ui: &mut Ui, shown: &Shown, texts: &Texts) -> Option<Act> {
    setting_ui(ui, texts.t("settings-folder"), texts.t("settings-folder-help"), |ui| {
        let mut act = None;
        ui.horizontal(|ui| {
            let change = Button::new(texts.t("change"), texts.t("change-folder-name")).icon(Icon::Folder);
            if change.clicked(ui) {
                act = Some(Act::Wish(Wish::PickFolder(FolderFor::Received)));
            }
            path_ui(ui, &shown.folder);
        });
        act
    })
}

/// Whether computers that are not paired may ask.
fn strangers_ui(ui: &mut Ui, state: &State, texts: &Texts) -> Option<Act> {
    let group = texts.t("settings-strangers");
    setting_ui(ui, group, texts.t("settings-strangers-help"), |ui| {
        let options = [
            (Strangers::WithCode, texts.t("strangers-with-code")),
            (Strangers::NotAtAll, texts.t("strangers-not-at-all")),
        ];
        let strangers = choice_ui(ui, texts, group, state.settings.strangers, options)?;
        configure(state, |settings| settings.strangers = strangers)
    })
}

fn port_ui(ui: &mut Ui, state: &State, texts: &Texts, draft: &mut Option<String>) -> Option<Act> {
    let help = texts.with("settings-port-help", [("last", LAST_PORT.into())]);
    setting_ui(ui, texts.t("settings-port"), &help, |ui| {
        let in_force = state.settings.port.to_string();
        let mut typed = None;
        ui.horizontal(|ui| {
            typed = draft_ui(ui, draft, &in_force, |ui, text| {
                field_ui(ui, "port", text, texts.t("settings-port"), "", PORT_WIDTH)
            });
            if draft.as_deref().is_some_and(|draft| port(draft).is_none()) {
                quiet_ui(ui, texts.t("settings-bad-port"));
            }
        });
        let port = port(&typed?)?;
        configure(state, |settings| settings.port = port)
    })
}

fn port(text: &str) -> Option<u16> {
    text.trim().parse().ok().filter(|port| *port != 0)
}

fn language_ui(ui: &mut Ui, state: &State, texts: &Texts) -> Option<Act> {
    let group = texts.t("settings-language");
    setting_ui(ui, group, "", |ui| {
        let options = [
            (Language::System, texts.t("language-system")),
            (Language::English, texts.t("language-english")),
            (Language::Chinese, texts.t("language-chinese")),
        ];
        let language = choice_ui(ui, texts, group, state.settings.language, options)?;
        configure(state, |settings| settings.language = language)
    })
}

fn theme_ui(ui: &mut Ui, state: &State, texts: &Texts) -> Option<Act> {
    let group = texts.t("settings-theme");
    setting_ui(ui, group, "", |ui| {
        let options = [
            (ThemeChoice::System, texts.t("theme-system")),
            (ThemeChoice::Light, texts.t("theme-light")),
            (ThemeChoice::Dark, texts.t("theme-dark")),
        ];
        let theme = choice_ui(ui, texts, group, state.settings.theme, options)?;
        configure(state, |settings| settings.theme = theme)
    })
}
