//! The sheet that pairs with another computer: its address, its code, and how it went.

use eframe::egui::{Ui, accesskit};

use crate::engine::{Command, State, Target};
use crate::model::{Code, Failure, Pinning};
use crate::texts::Texts;
use crate::ui::act::{Act, Sheet};
use crate::ui::fonts::Icon;
use crate::ui::shown::PairText;
use crate::ui::theme::{self, Palette};
use crate::ui::view::code::{failure_ui, typing_ui};
use crate::ui::view::sheet::{Card, sheet_ui};
use crate::ui::widget::{
    Button, Kind, field_ui, icon_ui, label_ui, line_ui, section_ui, status_ui, wrapped_ui,
};

/// What the sheet shows of the pairing that the State knows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PairStage {
    /// How it stands.
    #[default]
    Follows,
    /// Nothing of it: that one is over, and a person begins another one.
    Fresh,
    /// A person began it, and the engine has not said a word yet.
    Begun,
}

/// What is typed into the sheet.
#[derive(Clone, Debug, Default)]
pub struct PairDraft {
    /// Where the other computer is.
    pub address: String,
    /// The digits so far.
    pub typed: String,
    /// What is shown.
    pub stage: PairStage,
    /// Whether a field had the keyboard once.
    pub was_focused: bool,
}

impl PairDraft {
    /// What would be done with it. Errors: nothing, or what is wrong with the address.
    fn command(&self, state: &State) -> Result<Command, Option<Failure>> {
        if self.address.trim().is_empty() {
            return Err(None);
        }
        let to: Target = state.target(&self.address).map_err(Some)?;
        let code = self.typed.parse::<Code>().map_err(|_| None)?;
        Ok(Command::Pair { to, code })
    }
}

/// What the answers at the bottom are for.
enum Answers {
    /// What was typed would do this, and Enter asked for it.
    Form(Option<Command>, bool),
    /// It goes on.
    Running,
    /// It ended well.
    Done,
}

/// Draws the sheet.
pub fn pair_ui(ui: &Ui, state: &State, text: &PairText, texts: &Texts, draft: &mut PairDraft) -> Option<Act> {
    let later = Act::Later(Sheet::Pair);
    let card = Card::new("pair", texts.t("pair-title"), later);
    let contents = |ui: &mut Ui| {
        section_ui(ui, texts.t("pair-title"));
        match (draft.stage, text) {
            (PairStage::Begun, _) => running_ui(ui, texts.t("pair-connecting")),
            (PairStage::Fresh, _) | (PairStage::Follows, PairText::Idle) => {
                wrapped_ui(ui, texts.t("pair-meaning"), Palette::of(ui).text);
                form_ui(ui, state, texts, draft)
            }
            (PairStage::Follows, PairText::Running(words)) => running_ui(ui, words),
            (PairStage::Follows, PairText::Done { what, meaning, pinning }) => {
                done_ui(ui, what, meaning, *pinning)
            }
            (PairStage::Follows, PairText::Failed(failure)) => {
                failure_ui(ui, Some(failure));
                form_ui(ui, state, texts, draft)
            }
        }
    };
    sheet_ui(ui, card, contents, |ui, answers| answers_ui(ui, answers, texts))
}

fn answers_ui(ui: &mut Ui, answers: Answers, texts: &Texts) -> Option<Act> {
    let cancel = Button::new(texts.t("cancel"), texts.t("pair-cancel-name"));
    match answers {
        Answers::Form(command, enter) => {
            let go = Button::new(texts.t("pair-go"), texts.t("pair-go-name")).kind(Kind::Accent);
            let is_wanted = go.enabled(command.is_some()).clicked(ui) || enter;
            if cancel.clicked(ui) {
                return Some(Act::Later(Sheet::Pair));
            }
            command.filter(|_| is_wanted).map(Act::Pair)
        }
        Answers::Running => cancel.clicked(ui).then_some(Act::Answered(Sheet::Pair, Command::CancelPair)),
        Answers::Done => {
            let close = Button::new(texts.t("close"), texts.t("pair-close-name")).kind(Kind::Accent);
            close.clicked(ui).then_some(Act::Later(Sheet::Pair))
        }
    }
}

fn form_ui(ui: &mut Ui, state: &State, texts: &Texts, draft: &mut PairDraft) -> Answers {
    ui.scope(|ui| {
        ui.spacing_mut().item_spacing.y = theme::XS;
        label_ui(ui, texts.t("pair-address"));
        let width = ui.available_width() - theme::M * 2.0;
        let (name, hint) = (texts.t("pair-address"), texts.t("address-hint"));
        let field = field_ui(ui, "pair-address", &mut draft.address, name, hint, width);
        if !draft.was_focused {
            draft.was_focused = true;
            field.request_focus();
        }
        ui.add_space(theme::S);
        label_ui(ui, texts.t("pair-code"));
        let enter = typing_ui(ui, "pair-code", &mut draft.typed, &mut true, texts);
        let command = draft.command(state);
        if let Err(Some(failure)) = &command {
            wrapped_ui(ui, &texts.failure(failure, "").what, Palette::of(ui).bad);
        }
        Answers::Form(command.ok(), enter)
    })
    .inner
}

fn running_ui(ui: &mut Ui, words: &str) -> Answers {
    line_ui(ui, |ui| {
        icon_ui(ui, Icon::Key, Palette::of(ui).accent);
        let response = wrapped_ui(ui, words, Palette::of(ui).text);
        ui.ctx().accesskit_node_builder(response.id, |node| node.set_live(accesskit::Live::Polite));
    });
    Answers::Running
}

fn done_ui(ui: &mut Ui, what: &str, meaning: &str, pinning: Pinning) -> Answers {
    let palette = Palette::of(ui);
    let (icon, color) = match pinning {
        Pinning::Mutual => (Icon::Verified, palette.good),
        Pinning::OneSided => (Icon::Warning, palette.warn),
    };
    line_ui(ui, |ui| {
        icon_ui(ui, icon, color);
        let response = status_ui(ui, what, color);
        ui.ctx().accesskit_node_builder(response.id, |node| node.set_live(accesskit::Live::Polite));
    });
    wrapped_ui(ui, meaning, palette.text);
    Answers::Done
}
