//! Transfers that were interrupted: what they are, and the ways to go on or to be rid of them.

use eframe::egui::{Align, Layout, Ui, UiBuilder};

use crate::engine::{Command, Credentials, Direction};
use crate::texts::Texts;
use crate::ui::act::{Act, Sheet};
use crate::ui::fonts::Icon;
use crate::ui::shown::UnfinishedText;
use crate::ui::theme::{self, Palette};
use crate::ui::view::sheet::{Card, sheet_ui};
use crate::ui::widget::{Button, Kind, badge_ui, card_ui, label_ui, quiet_ui, section_ui, wrapped_ui};

/// Draws the card.
pub fn unfinished_ui(ui: &mut Ui, shown: &[UnfinishedText], texts: &Texts) -> Option<Act> {
    let mut act = None;
    card_ui(ui, |ui| {
        ui.spacing_mut().item_spacing.y = theme::S;
        section_ui(ui, texts.t("unfinished-title"));
        let region = UiBuilder::new()
            .accessibility_role(eframe::egui::accesskit::Role::List)
            .accessibility_label(texts.t("unfinished-title"));
        ui.scope_builder(region, |ui| {
            ui.spacing_mut().item_spacing.y = theme::M;
            for text in shown {
                ui.push_id(text.key, |ui| act = one_ui(ui, text, texts).or(act.take()));
            }
        });
    });
    act
}

fn one_ui(ui: &mut Ui, text: &UnfinishedText, texts: &Texts) -> Option<Act> {
    let mut act = None;
    let (direction, transfer, _) = text.key;
    let icon = match direction {
        Direction::Outgoing => Icon::Outgoing,
        Direction::Incoming => Icon::Incoming,
    };
    ui.horizontal(|ui| {
        badge_ui(ui, icon, Palette::of(ui).warn);
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let remove = Button::new(texts.t("discard"), &text.remove_name).kind(Kind::Bare);
            if remove.clicked(ui) {
                act = Some(Act::Answer(Sheet::Discard(text.key)));
            }
            match direction {
                Direction::Outgoing => {
                    let go_on = Button::new(texts.t("continue"), &text.continue_name).icon(Icon::Play);
                    if go_on.clicked(ui) {
                        let with = Credentials::default();
                        act = Some(Act::ask(Command::Continue { transfer, with }));
                    }
                }
                // Whoever sends has to begin.
                Direction::Incoming => {}
            }
            ui.with_layout(Layout::top_down(Align::Min), |ui| {
                ui.spacing_mut().item_spacing.y = 0.0;
                label_ui(ui, &text.title);
                quiet_ui(ui, &text.about);
                quiet_ui(ui, &text.hint);
            });
        });
    });
    act
}

/// Draws the question before what is there of one is removed.
pub fn discard_ui(ui: &Ui, text: &UnfinishedText, texts: &Texts) -> Option<Act> {
    let sheet = Sheet::Discard(text.key);
    let card = Card::new("discard", texts.t("discard-window"), Act::Later(sheet));
    let contents = |ui: &mut Ui| {
        section_ui(ui, &text.question);
        wrapped_ui(ui, &text.meaning, Palette::of(ui).text);
    };
    sheet_ui(ui, card, contents, |ui, ()| {
        let mut act = None;
        let (direction, transfer, peer) = text.key;
        let keep = Button::new(texts.t("discard-keep"), texts.t("discard-keep-name"));
        if keep.clicked(ui) {
            act = Some(Act::Later(sheet));
        }
        let sure = Button::new(texts.t("discard-sure"), texts.t("discard-sure-name")).kind(Kind::Danger);
        if sure.clicked(ui) {
            act = Some(Act::Answered(sheet, Command::Discard { direction, transfer, peer }));
        }
        act
    })
}
