//! The settings of all transfers: what becomes of files that differ, and how fast they may be together.

use eframe::egui::Ui;

use crate::engine::State;
use crate::model::{Conflict, size};
use crate::texts::Texts;
use crate::ui::act::Act;
use crate::ui::view::limit::{limit_field_ui, reading_ui};
use crate::ui::view::settings::{configure, draft_ui, setting_ui};
use crate::ui::widget::choice_ui;

/// Draws them. `draft` is what is typed into the field of the speed limit.
pub(super) fn transfers_ui(
    ui: &mut Ui,
    state: &State,
    texts: &Texts,
    draft: &mut Option<String>,
) -> Option<Act> {
    let act = conflict_ui(ui, state, texts);
    limit_ui(ui, state, texts, draft).or(act)
}

/// What is preset when a person is asked, and what holds where nobody is.
fn conflict_ui(ui: &mut Ui, state: &State, texts: &Texts) -> Option<Act> {
    let group = texts.t("conflict-group");
    setting_ui(ui, group, texts.t("settings-conflict-help"), |ui| {
        let options = [
            (Conflict::KeepBoth, texts.t("conflict-keep-both")),
            (Conflict::Skip, texts.t("conflict-skip")),
            (Conflict::Replace, texts.t("conflict-replace")),
        ];
        let conflict = choice_ui(ui, texts, group, state.settings.conflict, options)?;
        configure(state, |settings| settings.conflict = conflict)
    })
}

fn limit_ui(ui: &mut Ui, state: &State, texts: &Texts, draft: &mut Option<String>) -> Option<Act> {
    setting_ui(ui, texts.t("settings-limit"), "", |ui| {
        let in_force = state.settings.limit().map(size::human_rate).unwrap_or_default();
        let typed = draft_ui(ui, draft, &in_force, |ui, text| {
            limit_field_ui(ui, "limit", text, texts.t("settings-limit"), texts)
        });
        let shown = draft.as_deref().unwrap_or(&in_force);
        reading_ui(ui, shown, texts.t("settings-limit-help"), texts);
        let typed = typed.filter(|typed| *typed != in_force)?;
        let limit = size::parse_limit(&typed).ok()?;
        configure(state, |settings| settings.speed_limit = limit.unwrap_or_default())
    })
}
