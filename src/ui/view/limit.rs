//! How fast a transfer may be: the field for a speed limit, and the sheet in which one transfer gets its own.

use eframe::egui::{Key, Response, Ui};

use crate::engine::{Command, Transfer};
use crate::model::size::{self, BadRate};
use crate::texts::Texts;
use crate::ui::act::{Act, Sheet};
use crate::ui::fonts::Icon;
use crate::ui::shown::RowText;
use crate::ui::theme::{self, Palette};
use crate::ui::view::sheet::{Card, sheet_ui};
use crate::ui::widget::{Button, Kind, field_ui, icon_ui, section_ui, wrapped_ui};

/// Room for `1.5 GB/s` and what a person types before it is right.
const WIDTH: f32 = 160.0;

/// What is typed into the sheet.
#[derive(Clone, Debug, Default)]
pub struct LimitDraft {
    /// The text; `None` until the field was drawn with what is in force.
    pub typed: Option<String>,
    /// Whether the field had the keyboard once: it gets it when the sheet opens, and keeps it only while a person wants.
    pub was_focused: bool,
}

/// Draws the sheet.
pub fn limit_ui(
    ui: &Ui,
    transfer: &Transfer,
    text: &RowText,
    texts: &Texts,
    draft: &mut LimitDraft,
) -> Option<Act> {
    let sheet = Sheet::Limit(transfer.key);
    let card = Card::new("limit", texts.t("limit-window"), Act::Later(sheet));
    let contents = |ui: &mut Ui| {
        section_ui(ui, &text.limit_question);
        let in_force = || transfer.limit.map(size::human_rate).unwrap_or_default();
        let typed = draft.typed.get_or_insert_with(in_force);
        let field = limit_field_ui(ui, "limit-of-one", typed, texts.t("limit-field"), texts);
        if !draft.was_focused {
            draft.was_focused = true;
            field.request_focus();
        }
        reading_ui(ui, typed, texts.t("limit-help"), texts);
        let enter = field.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter));
        (enter, size::parse_limit(typed).ok())
    };
    sheet_ui(ui, card, contents, |ui, (enter, limit)| {
        let set = Button::new(texts.t("limit-set"), &text.limit_set_name).kind(Kind::Accent);
        let is_pressed = set.enabled(limit.is_some()).clicked(ui);
        let not = Button::new(texts.t("limit-not"), texts.t("limit-not")).kind(Kind::Bare);
        if not.clicked(ui) {
            return Some(Act::Later(sheet));
        }
        let limit = limit.filter(|_| is_pressed || enter)?;
        Some(Act::Answered(sheet, Command::Limit(transfer.key, limit)))
    })
}

/// Draws the field. An empty one is no limit.
pub(super) fn limit_field_ui(
    ui: &mut Ui,
    salt: &'static str,
    text: &mut String,
    name: &str,
    texts: &Texts,
) -> Response {
    field_ui(ui, salt, text, name, texts.t("limit-none"), WIDTH.min(ui.available_width()))
}

/// What is wrong with what is typed; where nothing is, what may be.
pub(super) fn reading_ui(ui: &mut Ui, typed: &str, help: &str, texts: &Texts) {
    let palette = Palette::of(ui);
    let wrong = match size::parse_limit(typed) {
        Ok(_) => {
            wrapped_ui(ui, help, palette.quiet);
            return;
        }
        Err(BadRate::NotARate) => texts.t("limit-no-rate"),
        Err(BadRate::TooSlow) => texts.t("limit-too-slow"),
        Err(BadRate::TooFast) => texts.t("limit-too-fast"),
    };
    ui.horizontal_top(|ui| {
        ui.spacing_mut().item_spacing.x = theme::XS;
        icon_ui(ui, Icon::Error, palette.bad);
        wrapped_ui(ui, wrong, palette.bad);
    });
}
