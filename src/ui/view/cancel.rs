//! The question what becomes of what is not complete, before a transfer is cancelled.

use eframe::egui::Ui;

use crate::engine::{Command, Direction, Transfer};
use crate::model::Leftover;
use crate::texts::Texts;
use crate::ui::act::{Act, Sheet};
use crate::ui::shown::RowText;
use crate::ui::theme::Palette;
use crate::ui::view::sheet::{Card, sheet_ui};
use crate::ui::widget::{Button, Kind, section_ui, wrapped_ui};

/// Draws the question.
pub fn cancel_ui(ui: &Ui, transfer: &Transfer, text: &RowText, texts: &Texts) -> Option<Act> {
    let sheet = Sheet::Cancel(transfer.key);
    let card = Card::new("cancel", texts.t("cancel-window"), Act::Later(sheet));
    let contents = |ui: &mut Ui| {
        section_ui(ui, &text.cancel_question);
        let meaning = match transfer.direction {
            Direction::Outgoing => texts.t("cancel-meaning-out"),
            Direction::Incoming => texts.t("cancel-meaning-in"),
        };
        wrapped_ui(ui, meaning, Palette::of(ui).text);
    };
    sheet_ui(ui, card, contents, |ui, ()| {
        let mut act = None;
        let cancel =
            |leftover| Some(Act::Answered(sheet, Command::Cancel { transfer: transfer.key, leftover }));
        let keep = Button::new(texts.t("cancel-keep"), texts.t("cancel-keep-name")).kind(Kind::Accent);
        if keep.clicked(ui) {
            act = cancel(Leftover::Keep);
        }
        let remove = Button::new(texts.t("cancel-remove"), texts.t("cancel-remove-name")).kind(Kind::Danger);
        if remove.clicked(ui) {
            act = cancel(Leftover::Remove);
        }
        let not = Button::new(texts.t("cancel-not"), texts.t("cancel-not")).kind(Kind::Bare);
        if not.clicked(ui) {
            act = Some(Act::Later(sheet));
        }
        act
    })
}
