//! The files of a transfer, in its opened row: all, those that failed, those that wait.

use eframe::egui::{Align, Color32, Label, Layout, Rect, RichText, Sense, Ui, UiBuilder, Vec2, pos2};

use crate::engine::Which;
use crate::texts::Texts;
use crate::ui::fonts::Icon;
use crate::ui::pulled::FileTable;
use crate::ui::shown::{FileLine, FileTone};
use crate::ui::theme::{self, Palette};
use crate::ui::view::table::{Table, table_ui};
use crate::ui::widget::{choice_ui, icon_ui, wrapped_ui};

/// Rows in sight: enough to look around, few enough to leave the other transfers their place.
const ROWS: u8 = 7;

/// A file's row.
const ROW: f32 = 24.0;

/// A row with the reason below the name.
const ROW_WITH_REASON: f32 = 40.0;

/// Draws the list.
pub(super) fn files_ui(ui: &mut Ui, files: &mut FileTable, texts: &Texts) {
    if !files.is_known() {
        wrapped_ui(ui, texts.t("files-gone"), Palette::of(ui).quiet);
        return;
    }
    let text = files.text();
    let options = [
        (Which::All, text.all.as_str()),
        (Which::Failed, text.failed.as_str()),
        (Which::Waiting, text.waiting.as_str()),
    ];
    if let Some(which) = choice_ui(ui, texts, texts.t("files-group"), files.which(), options) {
        files.show(which);
    }
    if files.is_empty() {
        let none = match files.which() {
            Which::All => "files-none",
            Which::Failed => "files-none-failed",
            Which::Waiting => "files-none-waiting",
        };
        wrapped_ui(ui, texts.t(none), Palette::of(ui).quiet);
        return;
    }
    let (salt, row) = match files.which() {
        Which::All => ("all", ROW),
        Which::Failed => ("failed", ROW_WITH_REASON),
        Which::Waiting => ("waiting", ROW),
    };
    let height = ROW * f32::from(ROWS);
    let table = Table { salt, name: texts.t("files-group"), row, height: height..=height };
    let shown = &*files;
    let seen = table_ui(ui, &table, shown.len(), None, |ui, index| {
        let size = Vec2::new(ui.available_width(), row);
        let (rect, _) = ui.allocate_exact_size(size, Sense::hover());
        // It comes with the next frame.
        let Some(line) = shown.line(index) else { return };
        // Beside the scroll bar, not under it.
        let row = Rect::from_min_max(rect.min, pos2(rect.right() - theme::M, rect.bottom()));
        file_ui(ui, row, line, shown.which());
    });
    files.rows().look_at(seen);
}

fn file_ui(ui: &mut Ui, row: Rect, line: &FileLine, which: Which) {
    let palette = Palette::of(ui);
    let (icon, color) = mark(line.tone, palette);
    let (top, below) = row.split_top_bottom_at_y(row.top() + ROW);
    let mut part = ui.new_child(UiBuilder::new().max_rect(top).layout(Layout::left_to_right(Align::Center)));
    icon_ui(&mut part, icon, color);
    part.with_layout(Layout::right_to_left(Align::Center), |ui| {
        ui.label(RichText::new(&line.word).font(theme::small_font()).color(color));
        ui.label(RichText::new(&line.size).font(theme::small_font()).color(palette.quiet));
        ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
            let name = ui.add(Label::new(RichText::new(&line.path).color(palette.text)).truncate());
            if let Some(reason) = line.reason.as_ref().filter(|_| which != Which::Failed) {
                name.on_hover_text(reason);
            }
        });
    });
    if let (Some(reason), Which::Failed) = (&line.reason, which) {
        let left = pos2(row.left() + theme::ICON + theme::S, below.top() - theme::XS);
        let rect = Rect::from_min_max(left, below.max);
        let mut part = ui.new_child(UiBuilder::new().max_rect(rect).layout(Layout::top_down(Align::Min)));
        let reason = RichText::new(reason).font(theme::small_font()).color(palette.quiet);
        part.add(Label::new(reason).truncate());
    }
}

/// Icon and colour; the word beside them says the same.
fn mark(tone: FileTone, palette: &Palette) -> (Icon, Color32) {
    match tone {
        FileTone::Saved => (Icon::CheckCircle, palette.good),
        FileTone::Skipped => (Icon::Check, palette.quiet),
        FileTone::Failed => (Icon::Error, palette.bad),
        FileTone::Waiting => (Icon::Schedule, palette.quiet),
    }
}
