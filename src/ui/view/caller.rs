//! The question whether to remember a computer that came only for that. Esc and a click beside it mean "later".

use eframe::egui::{Align, Layout, Ui};

use crate::engine::{Caller, Command, Remember};
use crate::texts::Texts;
use crate::ui::act::{Act, Sheet};
use crate::ui::fonts::Icon;
use crate::ui::shown::CallerText;
use crate::ui::theme::Palette;
use crate::ui::view::proof::proof_ui;
use crate::ui::view::sheet::{Card, sheet_ui};
use crate::ui::widget::{Button, Kind, icon_ui, quiet_ui, section_ui, wrapped_ui};

/// Draws the sheet.
pub fn caller_ui(ui: &Ui, caller: &Caller, text: &CallerText, texts: &Texts) -> Option<Act> {
    let sheet = Sheet::Caller(caller.id);
    let card = Card::new("caller", texts.t("caller-window"), Act::Later(sheet));
    let contents = |ui: &mut Ui| {
        section_ui(ui, &text.heading);
        proof_ui(ui, &text.proof, &caller.peer.address, texts.t("namesake-warning"));
        wrapped_ui(ui, texts.t("caller-meaning"), Palette::of(ui).text);
        wrapped_ui(ui, texts.t("caller-after"), Palette::of(ui).quiet);
    };
    sheet_ui(ui, card, contents, |ui, ()| {
        let mut act = None;
        let answer = |remember| {
            let answer = Command::AnswerPairing { prompt: caller.id, remember };
            Some(Act::Answered(sheet, answer))
        };
        let yes = Button::new(texts.t("caller-remember"), &text.remember_name).kind(Kind::Accent);
        if yes.clicked(ui) {
            act = answer(Remember::Yes);
        }
        if Button::new(texts.t("caller-not-now"), &text.not_now_name).clicked(ui) {
            act = answer(Remember::No);
        }
        if Button::new(texts.t("prompt-later"), &text.later_name).kind(Kind::Bare).clicked(ui) {
            act = Some(Act::Later(sheet));
        }
        ui.with_layout(Layout::left_to_right(Align::Center), |ui| quiet_ui(ui, &text.left));
        act
    })
}

/// A line for each caller, so that a question that was put off is not lost.
pub(super) fn callers_ui(
    ui: &mut Ui,
    callers: &[Caller],
    shown: &[CallerText],
    texts: &Texts,
) -> Option<Act> {
    let mut act = None;
    for (caller, text) in callers.iter().zip(shown) {
        ui.horizontal(|ui| {
            icon_ui(ui, Icon::Key, Palette::of(ui).warn);
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                let answer = Button::new(texts.t("answer"), &text.answer_name).kind(Kind::Accent);
                if answer.clicked(ui) {
                    act = Some(Act::Answer(Sheet::Caller(caller.id)));
                }
                ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                    ui.add(eframe::egui::Label::new(&text.heading).truncate());
                });
            });
        });
    }
    act
}
