//! The stages of a transfer on one line.

use eframe::egui::text::{LayoutJob, TextFormat};
use eframe::egui::{Role, Sense, Ui, WidgetInfo, accesskit};

use crate::engine::Direction;
use crate::model::TransferState;
use crate::texts::Texts;
use crate::ui::theme::{self, Palette};
use crate::ui::view::row::Row;

/// The stages with the current one highlighted; in a narrow window only that one. To a screen reader it is one
/// sentence that is read out when it changes, which is at each stage and not at each percent.
pub(super) fn stages_ui(ui: &mut Ui, row: &Row<'_>, texts: &Texts) {
    let Row { transfer, text, narrow, .. } = *row;
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
    let accent = if text.is_paused { palette.warn } else { palette.accent };
    let format = |current: bool| {
        if current {
            TextFormat { font_id: theme::label_font(), color: accent, ..TextFormat::default() }
        } else {
            TextFormat { font_id: theme::small_font(), color: palette.quiet, ..TextFormat::default() }
        }
    };
    for (stage, word) in stages {
        let current = stage == transfer.state;
        let word = if current && text.is_paused { texts.t("stage-paused") } else { word };
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

/// Has a screen reader say this text when it changes.
pub(super) fn announce(ui: &Ui, response: &eframe::egui::Response) {
    ui.ctx().accesskit_node_builder(response.id, |node| node.set_live(accesskit::Live::Polite));
}
