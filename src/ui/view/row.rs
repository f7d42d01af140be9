//! A transfer's row: what, with whom, how far, and what can be done about it.

use eframe::egui::text::{LayoutJob, TextFormat};
use eframe::egui::{
    Align, Color32, Label, Layout, Rect, RichText, Role, Sense, Ui, UiBuilder, Vec2, WidgetInfo, accesskit,
};

use crate::engine::{Command, Credentials, Direction, Purpose, Target, Transfer};
use crate::model::{FailureKind, Leftover, Links, Outcome, PairedDevice, Side, TransferState, Trust};
use crate::texts::Texts;
use crate::ui::act::{Act, FolderFor, Sheet, Wish};
use crate::ui::fonts::Icon;
use crate::ui::shown::RowText;
use crate::ui::theme::{self, Palette};
use crate::ui::widget::{
    Bar, Button, Kind, badge_ui, bar_ui, icon_ui, label_ui, line_ui, quiet_ui, row_frame, status_ui,
    wrapped_ui,
};

/// Height of the two lines that name a transfer.
const HEAD: f32 = 36.0;

/// Draws a row. `devices` are the paired ones, to whom something can be sent again wherever they are.
pub fn row_ui(
    ui: &mut Ui,
    transfer: &Transfer,
    devices: &[PairedDevice],
    text: &RowText,
    texts: &Texts,
    narrow: bool,
) -> Option<Act> {
    let mut act = None;
    row_frame(ui, |ui| {
        ui.spacing_mut().item_spacing.y = theme::S;
        act = head_ui(ui, transfer, text, texts);
        let palette = Palette::of(ui);
        bar_ui(
            ui,
            Bar {
                fraction: text.fraction,
                color: tone(transfer.state, palette),
                name: &text.bar_name,
                value: &text.bar_value,
            },
        );
        match transfer.state.outcome() {
            None => running_ui(ui, transfer, text, texts, narrow),
            Some(outcome) => act = ended_ui(ui, transfer, devices, outcome, text, texts).or(act.take()),
        }
    });
    act
}

/// Direction, name and peer at the left, the row's first buttons at the right.
fn head_ui(ui: &mut Ui, transfer: &Transfer, text: &RowText, texts: &Texts) -> Option<Act> {
    let mut act = None;
    let (rect, _) = ui.allocate_exact_size(Vec2::new(ui.available_width(), HEAD), Sense::hover());
    let right_to_left = Layout::right_to_left(Align::Center);
    let mut right = ui.new_child(UiBuilder::new().max_rect(rect).layout(right_to_left).id_salt("buttons"));
    if transfer.state.is_running() {
        // While a person is asked, Decline is the way to say no.
        if let Some(prompt) = &transfer.prompt {
            let answer = Button::new(texts.t("answer"), &text.answer_name).kind(Kind::Accent);
            if answer.clicked(&mut right) {
                act = Some(Act::Answer(Sheet::Offer(prompt.id)));
            }
        } else {
            if Button::new(texts.t("cancel"), &text.cancel_name).icon(Icon::Close).clicked(&mut right) {
                act = Some(Act::ask(Command::Cancel { transfer: transfer.key, leftover: Leftover::Keep }));
            }
            if let Some(wanted) = &transfer.code_wanted {
                let code =
                    Button::new(texts.t("type-code"), &text.code_name).icon(Icon::Key).kind(Kind::Accent);
                if code.clicked(&mut right) {
                    act = Some(Act::Answer(Sheet::Code(transfer.key, wanted.until)));
                }
            }
        }
    } else {
        if Button::icon_only(Icon::Close, &text.remove_name).clicked(&mut right) {
            act = Some(Act::ask(Command::Dismiss(transfer.key)));
        }
        if let (Some(folder), true) = (&transfer.folder, has_files(transfer)) {
            let open = Button::new(texts.t("open-folder"), &text.open_name).icon(Icon::FolderOpen);
            if open.clicked(&mut right) {
                act = Some(Act::Wish(Wish::Open(folder.clone())));
            }
        }
    }
    let remaining =
        Rect::from_min_max(rect.min, eframe::egui::pos2(right.min_rect().left() - theme::S, rect.max.y));
    let left_to_right = Layout::left_to_right(Align::Center);
    let mut left = ui.new_child(UiBuilder::new().max_rect(remaining).layout(left_to_right).id_salt("name"));
    let (icon, color) = match transfer.direction {
        Direction::Outgoing => (Icon::Outgoing, Palette::of(ui).accent),
        Direction::Incoming => (Icon::Incoming, Palette::of(ui).accent),
    };
    badge_ui(&mut left, icon, color);
    left.add_space(theme::XS);
    left.vertical(|ui| {
        ui.spacing_mut().item_spacing.y = 0.0;
        label_ui(ui, &text.title);
        quiet_ui(ui, &text.peer);
    });
    act
}

/// Something arrived in the folder on this computer.
fn has_files(transfer: &Transfer) -> bool {
    transfer.direction == Direction::Incoming
        && transfer.ending.as_ref().is_some_and(|ending| ending.saved > 0)
}

/// Stages at the left, figures at the right.
fn running_ui(ui: &mut Ui, transfer: &Transfer, text: &RowText, texts: &Texts, narrow: bool) {
    line_ui(ui, |ui| {
        stages_ui(ui, transfer, text, texts, narrow);
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let is_asked = transfer.prompt.is_some() || transfer.code_wanted.is_some();
            let color = if is_asked { Palette::of(ui).warn } else { Palette::of(ui).quiet };
            let figures = RichText::new(&text.figures).font(theme::small_font()).color(color);
            ui.add(Label::new(figures).truncate());
        });
    });
}

/// The stages with the current one highlighted; in a narrow window only that one. To a screen reader it is one
/// sentence that is read out when it changes, which is at each stage and not at each percent.
fn stages_ui(ui: &mut Ui, transfer: &Transfer, text: &RowText, texts: &Texts, narrow: bool) {
    let palette = Palette::of(ui);
    let moving = match transfer.direction {
        Direction::Outgoing => texts.t("stage-sending"),
        Direction::Incoming => texts.t("stage-receiving"),
    };
    let stages = [
        (TransferState::Preparing, texts.t("stage-preparing")),
        (TransferState::Connecting, texts.t("stage-connecting")),
        (TransferState::NeedsCode, texts.t("stage-code")),
        (TransferState::Planning, texts.t("stage-planning")),
        (TransferState::Waiting, texts.t("stage-waiting")),
        (TransferState::Moving, moving),
        (TransferState::Checking, texts.t("stage-checking")),
        (TransferState::Reconnecting, texts.t("stage-reconnecting")),
    ];
    let mut job = LayoutJob::default();
    let format = |current: bool| {
        if current {
            TextFormat { font_id: theme::label_font(), color: palette.accent, ..TextFormat::default() }
        } else {
            TextFormat { font_id: theme::small_font(), color: palette.quiet, ..TextFormat::default() }
        }
    };
    for (stage, word) in stages {
        let current = stage == transfer.state;
        // The receiver does not read files, and its Connecting is over before there is a row. Most need no code.
        let own = match stage {
            TransferState::Preparing => transfer.direction == Direction::Outgoing,
            TransferState::NeedsCode | TransferState::Reconnecting => false,
            TransferState::Connecting
            | TransferState::Planning
            | TransferState::Waiting
            | TransferState::Moving
            | TransferState::Checking
            | TransferState::Finished(_) => true,
        };
        if current || (own && !narrow) {
            if !job.is_empty() {
                job.append("  ›  ", 0.0, format(false));
            }
            job.append(word, 0.0, format(current));
        }
    }
    let galley = ui.painter().layout_job(job);
    let (rect, response) = ui.allocate_exact_size(galley.size(), Sense::hover());
    ui.painter().galley(rect.min, galley, palette.text);
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, &text.status));
    announce(ui, &response);
}

/// How it ended, and what to do now.
fn ended_ui(
    ui: &mut Ui,
    transfer: &Transfer,
    devices: &[PairedDevice],
    outcome: Outcome,
    text: &RowText,
    texts: &Texts,
) -> Option<Act> {
    let palette = Palette::of(ui);
    line_ui(ui, |ui| {
        let color = tone(transfer.state, palette);
        icon_ui(ui, outcome_icon(outcome), color);
        let status = status_ui(ui, &text.status, color);
        announce(ui, &status);
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| quiet_ui(ui, &text.figures));
    });
    if let Some(problem) = &text.problem {
        ui.scope(|ui| {
            ui.spacing_mut().item_spacing.y = theme::XS;
            wrapped_ui(ui, &problem.what, palette.text);
            wrapped_ui(ui, &problem.advice, palette.quiet);
        });
    }
    let action = action(transfer);
    let details = text.details.as_ref();
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
        TransferState::Reconnecting => palette.warn,
        TransferState::Finished(Outcome::Delivered) => palette.good,
        TransferState::Finished(Outcome::Partial) => palette.warn,
        TransferState::Finished(Outcome::Declined | Outcome::Cancelled) => palette.quiet,
        TransferState::Finished(Outcome::Interrupted | Outcome::Failed) => palette.bad,
    }
}

/// Has a screen reader say this text when it changes.
fn announce(ui: &Ui, response: &eframe::egui::Response) {
    ui.ctx().accesskit_node_builder(response.id, |node| node.set_live(accesskit::Live::Polite));
}
