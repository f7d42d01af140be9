//! The question before receiving. Nothing but Accept accepts: Esc and a click beside it mean "later".

use eframe::egui::{Align, Label, Layout, RichText, ScrollArea, Ui, UiBuilder};

use crate::engine::{Answer, Command, Prompt, Remember, Transfer};
use crate::texts::Texts;
use crate::ui::act::{Act, FolderFor, Sheet, Wish};
use crate::ui::fonts::Icon;
use crate::ui::pulled::PlanTable;
use crate::ui::shown::{PlanText, PromptText};
use crate::ui::theme::{self, Palette};
use crate::ui::view::code::toggled;
use crate::ui::view::plan::{conflict_ui, plan_ui};
use crate::ui::view::proof::proof_ui;
use crate::ui::view::sheet::{Card, sheet_ui};
use crate::ui::widget::{
    Button, Kind, explained_check_ui, icon_ui, label_ui, line_ui, path_ui, quiet_ui, section_ui, wrapped_ui,
};

/// Everything but the list of names, in points: what is left of the window's height is the list's.
const AROUND_LIST: f32 = 390.0;

/// Everything but the table, without and with the question what becomes of what differs.
const AROUND_TABLE: f32 = 348.0;
const AROUND_TABLE_AND_CONFLICT: f32 = 428.0;

/// The table shows four rows at least, and no more than this.
const TABLE: std::ops::RangeInclusive<f32> = 128.0..=512.0;

/// The list of names shows two at least, and no more than this.
const LIST: std::ops::RangeInclusive<f32> = 44.0..=140.0;

/// Draws the question. `remember` is the box.
pub fn prompt_ui(
    ui: &Ui,
    (transfer, prompt): (&Transfer, &Prompt),
    text: &PromptText,
    mut plan: Option<&mut PlanTable>,
    texts: &Texts,
    remember: &mut Remember,
) -> Option<Act> {
    let later = Act::Later(Sheet::Offer(prompt.id));
    let card = Card::new("prompt", texts.t("prompt-window"), later);
    // One file needs no table.
    let has_table = text.plan.is_some() && plan.as_ref().is_some_and(|plan| plan.len() > 1);
    let card = if has_table { card.wide() } else { card };
    let contents = |ui: &mut Ui| {
        section_ui(ui, &text.heading);
        proof_ui(ui, &text.proof, &transfer.peer.address, texts.t("namesake-warning"));
        let mut act = None;
        if let (Some(text), Some(plan)) = (&text.plan, &mut plan) {
            act = plan_text_ui(ui, prompt, text, plan, texts);
        }
        match &mut plan {
            Some(plan) if has_table => {
                let conflict = text.plan.as_ref().and_then(|text| text.conflict.as_ref());
                let around = if conflict.is_some() { AROUND_TABLE_AND_CONFLICT } else { AROUND_TABLE };
                let room = ui.ctx().content_rect().height() - around;
                let height = *TABLE.start()..=room.clamp(*TABLE.start(), *TABLE.end());
                act = plan_ui(ui, plan, texts, height).or(act.take());
            }
            Some(_) | None => names_ui(ui, transfer, text, texts),
        }
        act = folder_ui(ui, prompt, text, texts).or(act);
        if let Some(memory) = &text.memory
            && explained_check_ui(ui, *remember == Remember::Yes, texts.t("remember-box"), memory).clicked()
        {
            *remember = toggled(*remember);
        }
        (act, *remember)
    };
    sheet_ui(ui, card, contents, |ui, (act, remember)| answers_ui(ui, prompt, text, texts, remember).or(act))
}

/// The plan in numbers, unless there is nothing to say but that one file is new; and the question about conflicts.
fn plan_text_ui(
    ui: &mut Ui,
    prompt: &Prompt,
    text: &PlanText,
    plan: &mut PlanTable,
    texts: &Texts,
) -> Option<Act> {
    if plan.len() > 1 || prompt.plan.new == 0 {
        wrapped_ui(ui, &text.sum, Palette::of(ui).text);
    }
    conflict_ui(ui, plan, text.conflict.as_ref()?, texts)
}

/// The first names; a longer list scrolls.
fn names_ui(ui: &mut Ui, transfer: &Transfer, text: &PromptText, texts: &Texts) {
    let palette = Palette::of(ui);
    let height = (ui.ctx().content_rect().height() - AROUND_LIST).clamp(*LIST.start(), *LIST.end());
    let region = UiBuilder::new()
        .accessibility_role(eframe::egui::accesskit::Role::List)
        .accessibility_label(texts.t("prompt-files"));
    ui.scope_builder(region, |ui| {
        ui.spacing_mut().item_spacing.y = theme::XS;
        let area = ScrollArea::vertical().id_salt("names").max_height(height).auto_shrink([false, true]);
        area.show(ui, |ui| {
            for (file, size) in transfer.names.iter().zip(&text.sizes) {
                line_ui(ui, |ui| {
                    icon_ui(ui, Icon::File, palette.quiet);
                    let name = Label::new(RichText::new(&file.name).color(palette.text)).truncate();
                    ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                        ui.label(RichText::new(size).color(palette.quiet));
                        ui.with_layout(Layout::left_to_right(Align::Center), |ui| ui.add(name));
                    });
                });
            }
            if let Some(more) = &text.more {
                quiet_ui(ui, more);
            }
        });
    });
}

/// Where to, and whether there is room.
fn folder_ui(ui: &mut Ui, prompt: &Prompt, text: &PromptText, texts: &Texts) -> Option<Act> {
    let palette = Palette::of(ui);
    let mut act = None;
    ui.scope(|ui| {
        ui.spacing_mut().item_spacing.y = theme::XS;
        ui.horizontal(|ui| {
            icon_ui(ui, Icon::Folder, palette.quiet);
            label_ui(ui, texts.t("prompt-folder"));
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                if Button::new(texts.t("change"), texts.t("change-prompt-name")).clicked(ui) {
                    act = Some(Act::Wish(Wish::PickFolder(FolderFor::Prompt(prompt.id))));
                }
                ui.with_layout(Layout::left_to_right(Align::Center), |ui| path_ui(ui, &text.folder));
            });
        });
        match &text.room {
            Ok(room) => {
                quiet_ui(ui, room);
            }
            Err(reason) => {
                line_ui(ui, |ui| {
                    icon_ui(ui, Icon::Error, palette.bad);
                    wrapped_ui(ui, reason, palette.bad);
                });
            }
        }
    });
    act
}

/// Time left at the left; Accept last at the right, and nothing preset.
fn answers_ui(
    ui: &mut Ui,
    prompt: &Prompt,
    text: &PromptText,
    texts: &Texts,
    remember: Remember,
) -> Option<Act> {
    let mut act = None;
    let answer = |answer| Some(Act::ask(Command::Decide { prompt: prompt.id, answer }));
    let accept = Button::new(texts.t("prompt-accept"), &text.accept_name).kind(Kind::Accent);
    if accept.enabled(prompt.fits()).clicked(ui) {
        act = answer(Answer::Accept(remember));
    }
    if Button::new(texts.t("prompt-decline"), &text.decline_name).clicked(ui) {
        act = answer(Answer::Decline);
    }
    if Button::new(texts.t("prompt-later"), &text.later_name).kind(Kind::Bare).clicked(ui) {
        act = Some(Act::Later(Sheet::Offer(prompt.id)));
    }
    if let Some(left) = &text.left {
        ui.with_layout(Layout::left_to_right(Align::Center), |ui| quiet_ui(ui, left));
    }
    act
}
