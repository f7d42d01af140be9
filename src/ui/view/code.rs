//! The question for the code that the other computer shows. Esc and a click beside it mean "later": the row asks again.

use std::time::Instant;

use eframe::egui::{Key, Ui};

use crate::engine::{Command, Remember, TransferKey};
use crate::model::{Code, Leftover};
use crate::texts::Texts;
use crate::ui::act::{Act, Sheet};
use crate::ui::fonts::Icon;
use crate::ui::shown::CodeText;
use crate::ui::theme::{self, Palette};
use crate::ui::view::sheet::{Card, sheet_ui};
use crate::ui::widget::{
    Button, Kind, code_field_ui, explained_check_ui, icon_ui, line_ui, quiet_ui, section_ui, wrapped_ui,
};

/// What is typed into the sheet.
#[derive(Clone, Debug)]
pub struct CodeDraft {
    /// The question it answers: each wrong code makes another one.
    pub question: Instant,
    /// The digits so far.
    pub typed: String,
    /// Whether the other computer is to be remembered.
    pub remember: Remember,
    /// Whether the field had the keyboard once: it gets it when the sheet opens, and keeps it only while a person wants.
    pub was_focused: bool,
}

impl CodeDraft {
    /// Nothing is typed yet.
    pub fn new(question: Instant) -> Self {
        Self { question, typed: String::new(), remember: Remember::No, was_focused: false }
    }

    /// Another code is wanted: the digits are spent, the box stays as it was ticked.
    #[must_use]
    pub fn renewed(&self, question: Instant) -> Self {
        Self { remember: self.remember, ..Self::new(question) }
    }
}

/// Draws the sheet.
pub fn code_ui(
    ui: &Ui,
    key: TransferKey,
    text: &CodeText,
    texts: &Texts,
    draft: &mut CodeDraft,
) -> Option<Act> {
    let sheet = Sheet::Code(key, draft.question);
    let card = Card::new("code", texts.t("code-window"), Act::Later(sheet));
    let contents = |ui: &mut Ui| {
        section_ui(ui, &text.heading);
        failure_ui(ui, text.last.as_ref());
        if text.last.is_none() {
            wrapped_ui(ui, texts.t("code-meaning"), Palette::of(ui).text);
        }
        let enter = typing_ui(ui, "code", &mut draft.typed, &mut draft.was_focused, texts);
        let (label, help) = (texts.t("code-remember"), texts.t("code-remember-help"));
        if explained_check_ui(ui, draft.remember == Remember::Yes, label, help).clicked() {
            draft.remember = toggled(draft.remember);
        }
        let code = draft.typed.parse::<Code>().ok();
        (enter, code.map(|code| Command::EnterCode { transfer: key, code, remember: draft.remember }))
    };
    sheet_ui(ui, card, contents, |ui, (enter, answer)| {
        let go = Button::new(texts.t("code-continue"), &text.continue_name).kind(Kind::Accent);
        let is_pressed = go.enabled(answer.is_some()).clicked(ui);
        if Button::new(texts.t("cancel"), &text.cancel_name).clicked(ui) {
            return Some(Act::Answered(sheet, Command::Cancel { transfer: key, leftover: Leftover::Remove }));
        }
        answer.filter(|_| is_pressed || enter).map(|answer| Act::Answered(sheet, answer))
    })
}

/// The other of two.
pub(super) fn toggled(remember: Remember) -> Remember {
    match remember {
        Remember::No => Remember::Yes,
        Remember::Yes => Remember::No,
    }
}

/// What went wrong before, and what to do now.
pub(super) fn failure_ui(ui: &mut Ui, failure: Option<&crate::texts::Spoken>) {
    let Some(failure) = failure else { return };
    let palette = Palette::of(ui);
    ui.horizontal_top(|ui| {
        icon_ui(ui, Icon::Error, palette.bad);
        ui.vertical(|ui| {
            ui.spacing_mut().item_spacing.y = theme::XS;
            wrapped_ui(ui, &failure.what, palette.bad);
            wrapped_ui(ui, &failure.advice, palette.quiet);
        });
    });
}

/// The field, and what is missing. Whether Enter was pressed in it.
pub(super) fn typing_ui(
    ui: &mut Ui,
    salt: &'static str,
    typed: &mut String,
    was_focused: &mut bool,
    texts: &Texts,
) -> bool {
    ui.scope(|ui| {
        ui.spacing_mut().item_spacing.y = theme::XS;
        let field = code_field_ui(ui, salt, typed, texts.t("code-field"), texts.t("code-hint"));
        if !*was_focused {
            *was_focused = true;
            field.request_focus();
        }
        // There is always something to say, so that nothing moves.
        let is_code = typed.parse::<Code>().is_ok();
        let why = if is_code { texts.t("code-complete") } else { texts.t("code-incomplete") };
        line_ui(ui, |ui| quiet_ui(ui, why));
        field.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter))
    })
    .inner
}
