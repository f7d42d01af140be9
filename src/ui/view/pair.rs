//! The sheet that pairs with another computer: its address, its code, and how it went.

use eframe::egui::{Align, Layout, Ui, accesskit};

use crate::engine::{Command, State, Target};
use crate::model::{Code, Failure, Pinning};
use crate::texts::Texts;
use crate::ui::act::{Act, Sheet};
use crate::ui::fonts::Icon;
use crate::ui::shown::PairText;
use crate::ui::theme::{self, Palette};
use crate::ui::view::code::{failure_ui, typing_ui};
use crate::ui::view::sheet::sheet_ui;
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

/// Draws the sheet.
pub fn pair_ui(ui: &Ui, state: &State, text: &PairText, texts: &Texts, draft: &mut PairDraft) -> Option<Act> {
    let mut act = None;
    let is_done = sheet_ui(ui, "pair", texts.t("pair-title"), |ui| {
        section_ui(ui, texts.t("pair-title"));
        act = match (draft.stage, text) {
            (PairStage::Begun, _) => running_ui(ui, texts.t("pair-connecting"), texts),
            (PairStage::Fresh, _) | (PairStage::Follows, PairText::Idle) => form_ui(ui, state, texts, draft),
            (PairStage::Follows, PairText::Running(stage)) => running_ui(ui, stage, texts),
            (PairStage::Follows, PairText::Done { what, meaning, pinning }) => {
                done_ui(ui, what, meaning, *pinning, texts)
            }
            (PairStage::Follows, PairText::Failed(failure)) => {
                failure_ui(ui, Some(failure));
                form_ui(ui, state, texts, draft)
            }
        };
    });
    if is_done && act.is_none() {
        act = Some(Act::Later(Sheet::Pair));
    }
    act
}

fn form_ui(ui: &mut Ui, state: &State, texts: &Texts, draft: &mut PairDraft) -> Option<Act> {
    let mut act = None;
    wrapped_ui(ui, texts.t("pair-meaning"), Palette::of(ui).text);
    ui.scope(|ui| {
        ui.spacing_mut().item_spacing.y = theme::XS;
        label_ui(ui, texts.t("pair-address"));
        let width = ui.available_width();
        let (name, hint) = (texts.t("pair-address"), texts.t("address-hint"));
        let field = field_ui(ui, "pair-address", &mut draft.address, name, hint, width);
        if !draft.was_focused {
            draft.was_focused = true;
            field.request_focus();
        }
    });
    let enter = ui
        .scope(|ui| {
            ui.spacing_mut().item_spacing.y = theme::XS;
            label_ui(ui, texts.t("pair-code"));
            typing_ui(ui, "pair-code", &mut draft.typed, &mut true, texts)
        })
        .inner;
    let command = draft.command(state);
    if let Err(Some(failure)) = &command {
        wrapped_ui(ui, &texts.failure(failure, "").what, Palette::of(ui).bad);
    }
    ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
        let go = Button::new(texts.t("pair-go"), texts.t("pair-go-name")).kind(Kind::Accent);
        let is_pressed = go.enabled(command.is_ok()).clicked(ui);
        if let (Ok(command), true) = (command, is_pressed || enter) {
            act = Some(Act::Pair(command));
        }
        if Button::new(texts.t("cancel"), texts.t("pair-cancel-name")).clicked(ui) {
            act = Some(Act::Later(Sheet::Pair));
        }
    });
    act
}

fn running_ui(ui: &mut Ui, stage: &str, texts: &Texts) -> Option<Act> {
    let mut act = None;
    line_ui(ui, |ui| {
        icon_ui(ui, Icon::Key, Palette::of(ui).accent);
        let response = wrapped_ui(ui, stage, Palette::of(ui).text);
        ui.ctx().accesskit_node_builder(response.id, |node| node.set_live(accesskit::Live::Polite));
    });
    ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
        if Button::new(texts.t("cancel"), texts.t("pair-cancel-name")).clicked(ui) {
            act = Some(Act::Answered(Sheet::Pair, Command::CancelPair));
        }
    });
    act
}

fn done_ui(ui: &mut Ui, what: &str, meaning: &str, pinning: Pinning, texts: &Texts) -> Option<Act> {
    let mut act = None;
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
    ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
        if Button::new(texts.t("close"), texts.t("pair-close-name")).kind(Kind::Accent).clicked(ui) {
            act = Some(Act::Later(Sheet::Pair));
        }
    });
    act
}
