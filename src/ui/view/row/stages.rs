//! The stages of a transfer on one line.

use eframe::egui::text::{LayoutJob, TextFormat};
use eframe::egui::{Role, Sense, Ui, WidgetInfo, accesskit};

use crate::engine::Direction;
use crate::model::TransferState;
use crate::texts::Texts;
use crate::ui::theme::{self, Palette};
use crate::ui::view::row::Row;
use crate::ui::widget::text_width;

/// How far, how fast and how long, in points, at their widest.
const FIGURES: f32 = 310.0;

/// A limit behind them.
const LIMIT: f32 = 100.0;

/// The stages with the current one highlighted; only that one where the figures need the room. To a screen reader it is one
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
    let line = |all: bool| {
        let mut job = LayoutJob::default();
        let accent = if text.is_paused { palette.warn } else { palette.accent };
        let format = |current: bool| {
            if current {
                TextFormat { font_id: theme::label_font(), color: accent, ..TextFormat::default() }
            } else {
                TextFormat { font_id: theme::small_font(), color: palette.quiet, ..TextFormat::default() }
            }
        };
        for (stage, word) in &stages {
            let current = *stage == transfer.state;
            let word = if current && text.is_paused { texts.t("stage-paused") } else { word };
            if current || (all && is_own(*stage, transfer.direction)) {
                if !job.is_empty() {
                    job.append("  ›  ", 0.0, format(false));
                }
                job.append(word, 0.0, format(current));
            }
        }
        ui.painter().layout_job(job)
    };
    let room = ui.available_width() - figures_width(ui, row) - theme::L;
    let all = (!narrow).then(|| line(true)).filter(|all| all.size().x <= room);
    let galley = all.unwrap_or_else(|| line(false));
    let (rect, response) = ui.allocate_exact_size(galley.size(), Sense::hover());
    ui.painter().galley(rect.min, galley, palette.text);
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, &text.status));
    announce(ui, &response);
}

/// Room for the figures beside the stages. While they run it is always the same: words that come and go with a digit
/// would dance.
fn figures_width(ui: &Ui, row: &Row<'_>) -> f32 {
    let Row { transfer, text, .. } = *row;
    match transfer.state {
        TransferState::Moving if !text.is_paused => match transfer.limit {
            Some(_) => FIGURES + LIMIT,
            None => FIGURES,
        },
        TransferState::Moving
        | TransferState::Preparing
        | TransferState::Connecting
        | TransferState::NeedsCode
        | TransferState::Planning
        | TransferState::Waiting
        | TransferState::Checking
        | TransferState::Reconnecting
        | TransferState::Finished(_) => text_width(ui, &text.figures, theme::small_font()),
    }
}

/// The receiver does not read files, and its Connecting is over before there is a row. Most need no code.
fn is_own(stage: TransferState, direction: Direction) -> bool {
    match stage {
        TransferState::Preparing => direction == Direction::Outgoing,
        TransferState::NeedsCode | TransferState::Reconnecting => false,
        TransferState::Connecting
        | TransferState::Planning
        | TransferState::Waiting
        | TransferState::Moving
        | TransferState::Checking
        | TransferState::Finished(_) => true,
    }
}

/// Has a screen reader say this text when it changes.
pub(super) fn announce(ui: &Ui, response: &eframe::egui::Response) {
    ui.ctx().accesskit_node_builder(response.id, |node| node.set_live(accesskit::Live::Polite));
}
