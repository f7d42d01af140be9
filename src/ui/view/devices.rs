//! Settings > Paired computers: who is remembered, what happens when they send, and how to forget one.

use eframe::egui::{Align, Layout, RichText, Ui, UiBuilder};

use crate::engine::{Command, State};
use crate::model::{DeviceId, PairedDevice, Pinning, Policy};
use crate::texts::Texts;
use crate::ui::act::{Act, Sheet};
use crate::ui::fonts::Icon;
use crate::ui::shown::DeviceText;
use crate::ui::theme::{self, Palette};
use crate::ui::widget::{
    Button, Kind, choice_ui, icon_ui, label_ui, line_ui, quiet_ui, row_frame, section_ui, wrapped_ui,
};

/// Draws the card's contents. `forgetting` is the computer that a person may want to forget.
pub(super) fn devices_ui(
    ui: &mut Ui,
    state: &State,
    shown: &[DeviceText],
    texts: &Texts,
    forgetting: &mut Option<DeviceId>,
) -> Option<Act> {
    let mut act = None;
    let palette = Palette::of(ui);
    section_ui(ui, texts.t("devices-title"));
    if state.devices.is_empty() {
        label_ui(ui, texts.t("devices-empty"));
        wrapped_ui(ui, texts.t("devices-empty-hint"), palette.quiet);
    } else {
        wrapped_ui(ui, texts.t("devices-help"), palette.quiet);
    }
    let region = UiBuilder::new()
        .accessibility_role(eframe::egui::accesskit::Role::List)
        .accessibility_label(texts.t("devices-title"));
    ui.scope_builder(region, |ui| {
        ui.spacing_mut().item_spacing.y = theme::S;
        for (device, text) in state.devices.iter().zip(shown) {
            ui.push_id(device.id, |ui| {
                row_frame(ui, |ui| {
                    ui.spacing_mut().item_spacing.y = theme::S;
                    name_ui(ui, device, text);
                    act = policy_ui(ui, device, text, texts, forgetting).or(act.take());
                });
            });
        }
    });
    let pair = Button::new(texts.t("devices-pair"), texts.t("devices-pair")).icon(Icon::Add);
    if pair.clicked(ui) {
        act = Some(Act::Answer(Sheet::Pair));
    }
    act
}

/// Who it is: name and fingerprint; when and where it was last; whether it remembers this computer.
fn name_ui(ui: &mut Ui, device: &PairedDevice, text: &DeviceText) {
    let palette = Palette::of(ui);
    ui.scope(|ui| {
        ui.spacing_mut().item_spacing.y = theme::XS;
        line_ui(ui, |ui| {
            icon_ui(ui, Icon::Computer, palette.accent);
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                ui.label(RichText::new(&text.fingerprint).font(theme::code_font()).color(palette.quiet));
                ui.with_layout(Layout::left_to_right(Align::Center), |ui| label_ui(ui, device.name.as_str()));
            });
        });
        quiet_ui(ui, &text.about);
        line_ui(ui, |ui| {
            let (icon, color) = match device.pinning {
                Pinning::Mutual => (Icon::Verified, palette.good),
                Pinning::OneSided => (Icon::Info, palette.warn),
            };
            icon_ui(ui, icon, color);
            wrapped_ui(ui, &text.pinning, palette.quiet);
        });
    });
}

/// What happens when it sends, and Forget, which asks once.
fn policy_ui(
    ui: &mut Ui,
    device: &PairedDevice,
    text: &DeviceText,
    texts: &Texts,
    forgetting: &mut Option<DeviceId>,
) -> Option<Act> {
    if *forgetting == Some(device.id) {
        return forget_ui(ui, device, text, texts, forgetting);
    }
    let mut act = None;
    ui.horizontal(|ui| {
        let options = [
            (Policy::Ask, texts.t("policy-ask")),
            (Policy::Accept, texts.t("policy-accept")),
            (Policy::Block, texts.t("policy-block")),
        ];
        if let Some(policy) = choice_ui(ui, texts, &text.policy_name, device.policy, options) {
            act = Some(Act::ask(Command::SetPolicy { device: device.id, policy }));
        }
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            if Button::new(texts.t("forget"), &text.forget_name).kind(Kind::Bare).clicked(ui) {
                *forgetting = Some(device.id);
            }
        });
    });
    act
}

fn forget_ui(
    ui: &mut Ui,
    device: &PairedDevice,
    text: &DeviceText,
    texts: &Texts,
    forgetting: &mut Option<DeviceId>,
) -> Option<Act> {
    let mut act = None;
    wrapped_ui(ui, &text.forget_question, Palette::of(ui).text);
    ui.horizontal(|ui| {
        if Button::new(texts.t("forget"), &text.forget_sure_name).kind(Kind::Danger).clicked(ui) {
            *forgetting = None;
            act = Some(Act::ask(Command::Forget(device.id)));
        }
        if Button::new(texts.t("forget-keep"), &text.keep_name).clicked(ui) {
            *forgetting = None;
        }
    });
    act
}
