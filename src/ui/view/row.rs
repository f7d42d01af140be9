//! A transfer's row: what, with whom, how far, and what can be done about it.

mod head;
mod more;
mod stages;

use eframe::egui::{Align, Color32, Label, Layout, RichText, Ui};

use crate::engine::{Command, Credentials, Direction, Purpose, Target, Transfer};
use crate::model::{FailureKind, Links, Outcome, PairedDevice, Side, TransferState, Trust};
use crate::texts::Texts;
use crate::ui::act::{Act, FolderFor, Wish};
use crate::ui::fonts::Icon;
use crate::ui::pulled::FileTable;
use crate::ui::shown::RowText;
use crate::ui::theme::{self, Palette};
use crate::ui::view::files::files_ui;
use crate::ui::view::row::head::head_ui;
use crate::ui::view::row::stages::{announce, stages_ui};
use crate::ui::widget::{
    Bar, Button, Kind, bar_ui, icon_ui, line_ui, path_ui, quiet_ui, row_frame, status_ui, wrapped_ui,
};

/// What a row shows.
pub(super) struct Row<'a> {
    /// The transfer.
    pub(super) transfer: &'a Transfer,
    /// The paired computers, to whom something can be sent again wherever they are.
    pub(super) devices: &'a [PairedDevice],
    /// Its words.
    pub(super) text: &'a RowText,
    /// There is little room.
    pub(super) narrow: bool,
    /// The list of its files is shown.
    pub(super) is_open: bool,
}

/// Draws a row, with the list of its files if that was opened.
pub(super) fn row_ui(
    ui: &mut Ui,
    row: &Row<'_>,
    files: Option<&mut FileTable>,
    texts: &Texts,
) -> Option<Act> {
    let mut act = None;
    let Row { transfer, text, .. } = *row;
    row_frame(ui, |ui| {
        ui.spacing_mut().item_spacing.y = theme::S;
        act = head_ui(ui, row, texts);
        let palette = Palette::of(ui);
        let color = if text.is_paused { palette.warn } else { tone(transfer.state, palette) };
        let bar = Bar { fraction: text.fraction, color, name: &text.bar_name, value: &text.bar_value };
        bar_ui(ui, bar);
        match transfer.state.outcome() {
            None => running_ui(ui, row, texts),
            Some(outcome) => outcome_ui(ui, row, outcome, texts),
        }
        act = actions_ui(ui, row, texts).or(act.take());
        if let Some(files) = files {
            files_ui(ui, files, texts);
        }
    });
    act
}

/// Stages at the left, figures at the right.
fn running_ui(ui: &mut Ui, row: &Row<'_>, texts: &Texts) {
    let Row { transfer, text, .. } = *row;
    line_ui(ui, |ui| {
        stages_ui(ui, row, texts);
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let is_asked = transfer.prompt.is_some() || transfer.code_wanted.is_some();
            let color = if is_asked { Palette::of(ui).warn } else { Palette::of(ui).quiet };
            let figures = RichText::new(&text.figures).font(theme::small_font()).color(color);
            ui.add(Label::new(figures).truncate());
        });
    });
    if let Some(restarted) = &text.restarted {
        line_ui(ui, |ui| {
            icon_ui(ui, Icon::Refresh, Palette::of(ui).quiet);
            quiet_ui(ui, restarted);
        });
    }
}

/// How it ended.
fn outcome_ui(ui: &mut Ui, row: &Row<'_>, outcome: Outcome, texts: &Texts) {
    let Row { transfer, text, .. } = *row;
    let palette = Palette::of(ui);
    line_ui(ui, |ui| {
        let color = tone(transfer.state, palette);
        icon_ui(ui, outcome_icon(outcome), color);
        let status = status_ui(ui, &text.status, color);
        announce(ui, &status);
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| quiet_ui(ui, &text.figures));
    });
    if let Some(receipt) = &text.receipt {
        line_ui(ui, |ui| {
            icon_ui(ui, Icon::File, palette.quiet);
            let saved = ui.label(RichText::new(texts.t("receipt-saved")).color(palette.quiet));
            announce(ui, &saved);
            path_ui(ui, receipt);
        });
    }
    if let Some(problem) = &text.problem {
        ui.scope(|ui| {
            ui.spacing_mut().item_spacing.y = theme::XS;
            wrapped_ui(ui, &problem.what, palette.text);
            wrapped_ui(ui, &problem.advice, palette.quiet);
        });
    }
}

/// What can be done now.
fn actions_ui(ui: &mut Ui, row: &Row<'_>, texts: &Texts) -> Option<Act> {
    let Row { transfer, devices, text, .. } = *row;
    let (action, details) = (action(transfer), text.details.as_ref());
    if action.is_none() && details.is_none() {
        return None;
    }
    let mut act = None;
    ui.horizontal(|ui| {
        match action {
            Some(Action::SendAgain) => {
                let again = Button::new(texts.t("again"), &text.again_name).icon(Icon::Refresh);
                if again.clicked(ui) {
                    act = send_again(transfer, devices);
                }
            }
            Some(Action::OtherFolder) => {
                let name = texts.t("other-folder-name");
                let other = Button::new(texts.t("other-folder"), name).icon(Icon::Folder);
                if other.clicked(ui) {
                    act = Some(Act::Wish(Wish::PickFolder(FolderFor::Received)));
                }
            }
            None => {}
        }
        if let Some(details) = details {
            let copy =
                Button::new(texts.t("copy-details"), &text.copy_name).icon(Icon::Copy).kind(Kind::Bare);
            if copy.clicked(ui) {
                act = Some(Act::Copy(details.clone()));
            }
        }
    });
    act
}

/// The one thing that helps after a transfer that did not deliver everything.
enum Action {
    SendAgain,
    OtherFolder,
}

fn action(transfer: &Transfer) -> Option<Action> {
    let ending = transfer.ending.as_ref()?;
    match transfer.direction {
        Direction::Outgoing => {
            let again = ending.outcome != Outcome::Delivered && !transfer.sources.is_empty();
            again.then_some(Action::SendAgain)
        }
        Direction::Incoming => {
            let failure = ending.failure.as_ref().filter(|failure| failure.side == Side::Here)?;
            let folder = matches!(
                failure.kind,
                FailureKind::DiskFull
                    | FailureKind::FolderMissing
                    | FailureKind::FolderReadOnly
                    | FailureKind::FolderForbidden
                    | FailureKind::WriteFailed
            );
            folder.then_some(Action::OtherFolder)
        }
    }
}

/// To the same computer. One that is paired must prove that it is the one, wherever it is now.
fn send_again(transfer: &Transfer, devices: &[PairedDevice]) -> Option<Act> {
    let peer = &transfer.peer;
    let is_paired = matches!(peer.trust, Some(Trust::Paired) | None);
    let paired = peer.id.filter(|id| is_paired && devices.iter().any(|device| device.id == *id));
    let to = match paired {
        Some(id) => Target::Device(id),
        None => Target::Address(peer.address.parse().ok()?),
    };
    Some(Act::ask(Command::Send {
        paths: transfer.sources.clone(),
        links: Links::Keep,
        purpose: Purpose::Send,
        to,
        with: Credentials::default(),
    }))
}

fn outcome_icon(outcome: Outcome) -> Icon {
    match outcome {
        Outcome::Delivered => Icon::CheckCircle,
        Outcome::Partial => Icon::Warning,
        Outcome::Declined => Icon::Block,
        Outcome::Cancelled => Icon::Cancel,
        Outcome::Interrupted | Outcome::Failed => Icon::Error,
    }
}

/// The colour of what a state means.
fn tone(state: TransferState, palette: &Palette) -> Color32 {
    match state {
        TransferState::Preparing
        | TransferState::Connecting
        | TransferState::NeedsCode
        | TransferState::Planning
        | TransferState::Waiting
        | TransferState::Moving
        | TransferState::Checking => palette.accent,
        TransferState::Finished(Outcome::Delivered) => palette.good,
        TransferState::Reconnecting | TransferState::Finished(Outcome::Partial) => palette.warn,
        TransferState::Finished(Outcome::Declined | Outcome::Cancelled) => palette.quiet,
        TransferState::Finished(Outcome::Interrupted | Outcome::Failed) => palette.bad,
    }
}
