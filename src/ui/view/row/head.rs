//! The first lines of a transfer's row: what, with whom, and its buttons.

use eframe::egui::{Align, Layout, Rect, Sense, Ui, UiBuilder, Vec2};

use crate::engine::{Command, Direction, Transfer};
use crate::model::{Leftover, Outcome, TransferState, Wish as Pausing};
use crate::texts::Texts;
use crate::ui::act::{Act, Sheet, Wish};
use crate::ui::fonts::Icon;
use crate::ui::theme::{self, Palette};
use crate::ui::view::row::Row;
use crate::ui::view::row::more::more_ui;
use crate::ui::widget::{Button, Kind, badge_ui, label_ui, quiet_ui};

/// Height of the two lines that name a transfer.
const HEAD: f32 = 36.0;

/// Direction, name and peer at the left, the row's first buttons at the right.
pub(super) fn head_ui(ui: &mut Ui, row: &Row<'_>, texts: &Texts) -> Option<Act> {
    let Row { transfer, text, .. } = *row;
    let (rect, _) = ui.allocate_exact_size(Vec2::new(ui.available_width(), HEAD), Sense::hover());
    let right_to_left = Layout::right_to_left(Align::Center);
    let mut right = ui.new_child(UiBuilder::new().max_rect(rect).layout(right_to_left).id_salt("buttons"));
    let act = if transfer.state.is_running() {
        running_ui(&mut right, row, texts)
    } else {
        ended_ui(&mut right, row, texts)
    };
    let remaining =
        Rect::from_min_max(rect.min, eframe::egui::pos2(right.min_rect().left() - theme::S, rect.max.y));
    let left_to_right = Layout::left_to_right(Align::Center);
    let mut left = ui.new_child(UiBuilder::new().max_rect(remaining).layout(left_to_right).id_salt("name"));
    let icon = match transfer.direction {
        Direction::Outgoing => Icon::Outgoing,
        Direction::Incoming => Icon::Incoming,
    };
    badge_ui(&mut left, icon, Palette::of(ui).accent);
    left.add_space(theme::XS);
    left.vertical(|ui| {
        ui.spacing_mut().item_spacing.y = 0.0;
        label_ui(ui, &text.title);
        quiet_ui(ui, &text.peer);
    });
    act
}

fn running_ui(ui: &mut Ui, row: &Row<'_>, texts: &Texts) -> Option<Act> {
    let Row { transfer, text, .. } = *row;
    // While a person is asked, Decline is the way to say no.
    if let Some(prompt) = &transfer.prompt {
        let answer = Button::new(texts.t("answer"), &text.answer_name).kind(Kind::Accent);
        return answer.clicked(ui).then_some(Act::Answer(Sheet::Offer(prompt.id)));
    }
    let mut act = more_ui(ui, row, texts);
    if Button::new(texts.t("cancel"), &text.cancel_name).icon(Icon::Close).clicked(ui) {
        act = Some(cancel(transfer));
    }
    if transfer.state == TransferState::Moving {
        act = pause_ui(ui, row, texts).or(act);
    }
    act = list_ui(ui, row, texts).or(act);
    if let Some(wanted) = &transfer.code_wanted {
        let code = Button::new(texts.t("type-code"), &text.code_name).icon(Icon::Key).kind(Kind::Accent);
        if code.clicked(ui) {
            act = Some(Act::Answer(Sheet::Code(transfer.key, wanted.until)));
        }
    }
    act
}

/// Each side ends its own pause only.
fn pause_ui(ui: &mut Ui, row: &Row<'_>, texts: &Texts) -> Option<Act> {
    let Row { transfer, text, .. } = *row;
    let (button, wish) = if transfer.paused.here {
        (Button::new(texts.t("resume"), &text.resume_name).icon(Icon::Play), Pausing::Resume)
    } else {
        (Button::new(texts.t("pause"), &text.pause_name).icon(Icon::Pause), Pausing::Pause)
    };
    button.clicked(ui).then(|| Act::ask(Command::Pause(transfer.key, wish)))
}

/// Asks what becomes of what is not complete, if there may be anything.
fn cancel(transfer: &Transfer) -> Act {
    let is_begun = match transfer.state {
        TransferState::Moving | TransferState::Checking | TransferState::Reconnecting => true,
        TransferState::Preparing
        | TransferState::Connecting
        | TransferState::NeedsCode
        | TransferState::Planning
        | TransferState::Waiting
        | TransferState::Finished(_) => transfer.plan.is_some_and(|plan| plan.continued > 0),
    };
    if is_begun {
        Act::Answer(Sheet::Cancel(transfer.key))
    } else {
        Act::ask(Command::Cancel { transfer: transfer.key, leftover: Leftover::Keep })
    }
}

fn ended_ui(ui: &mut Ui, row: &Row<'_>, texts: &Texts) -> Option<Act> {
    let Row { transfer, text, .. } = *row;
    let mut act = None;
    if Button::icon_only(Icon::Close, &text.remove_name).clicked(ui) {
        act = Some(Act::ask(Command::Dismiss(transfer.key)));
    }
    act = more_ui(ui, row, texts).or(act);
    if let (Some(folder), true) = (&transfer.folder, has_files(transfer)) {
        let open = Button::new(texts.t("open-folder"), &text.open_name).icon(Icon::FolderOpen);
        if open.clicked(ui) {
            act = Some(Act::Wish(Wish::Open(folder.clone())));
        }
    }
    list_ui(ui, row, texts).or(act)
}

/// Shows or hides the files.
fn list_ui(ui: &mut Ui, row: &Row<'_>, texts: &Texts) -> Option<Act> {
    let Row { transfer, text, narrow, is_open, .. } = *row;
    if !has_list(transfer) {
        return None;
    }
    let icon = if is_open { Icon::Collapse } else { Icon::Expand };
    // The name needs the room more than the word does.
    let list = if narrow {
        Button::icon_only(icon, &text.files_name)
    } else {
        Button::new(texts.t("files"), &text.files_name).icon(icon).kind(Kind::Bare)
    };
    list.clicked(ui).then_some(Act::ToggleFiles(transfer.key))
}

/// Something arrived in the folder on this computer.
fn has_files(transfer: &Transfer) -> bool {
    transfer.direction == Direction::Incoming
        && transfer.ending.as_ref().is_some_and(|ending| ending.saved > 0)
}

/// Whether there is more to tell of the files than the row tells.
fn has_list(transfer: &Transfer) -> bool {
    let is_known = match transfer.state {
        TransferState::Preparing
        | TransferState::Connecting
        | TransferState::NeedsCode
        | TransferState::Planning
        | TransferState::Waiting => false,
        TransferState::Moving
        | TransferState::Checking
        | TransferState::Reconnecting
        | TransferState::Finished(Outcome::Delivered | Outcome::Partial | Outcome::Interrupted) => true,
        TransferState::Finished(Outcome::Declined | Outcome::Cancelled | Outcome::Failed) => {
            transfer.ending.as_ref().is_some_and(|ending| ending.saved > 0 || ending.failed > 0)
        }
    };
    is_known && (transfer.files > 1 || transfer.left_out > 0)
}
