//! A list of any length: only the rows in sight are drawn, and only their places are known.

use std::ops::{Range, RangeInclusive};

use eframe::egui::accesskit::Role;
use eframe::egui::{Frame, Key, Modifiers, ScrollArea, Stroke, Ui, UiBuilder};

use crate::model::size;
use crate::ui::pulled::Scroll;
use crate::ui::theme::{self, Palette};

/// What a table is called and how large it is.
pub(super) struct Table<'a> {
    /// Tells it from other tables.
    pub(super) salt: &'static str,
    /// What a screen reader calls it.
    pub(super) name: &'a str,
    /// Height of a row, in points.
    pub(super) row: f32,
    /// Height of all, in points: at least, and at most.
    pub(super) height: RangeInclusive<f32>,
}

/// Draws the rows in sight, each by its place. Which these are. With `scroll`, Page Up, Page Down, Home
/// and End scroll.
pub(super) fn table_ui(
    ui: &mut Ui,
    table: &Table<'_>,
    len: u64,
    scroll: Option<&mut Scroll>,
    row_ui: impl FnMut(&mut Ui, u64),
) -> Range<u64> {
    let frame = Frame::new()
        .stroke(Stroke::new(1.0, Palette::of(ui).line))
        .corner_radius(theme::CARD_RADIUS)
        .inner_margin(theme::margin(theme::S, theme::XS));
    frame.show(ui, |ui| rows_ui(ui, table, len, scroll, row_ui)).inner
}

fn rows_ui(
    ui: &mut Ui,
    table: &Table<'_>,
    len: u64,
    scroll: Option<&mut Scroll>,
    mut row_ui: impl FnMut(&mut Ui, u64),
) -> Range<u64> {
    let region = UiBuilder::new().accessibility_role(Role::List).accessibility_label(table.name.to_owned());
    ui.scope_builder(region, |ui| {
        ui.spacing_mut().item_spacing.y = 0.0;
        let mut area = ScrollArea::vertical()
            .id_salt(table.salt)
            .max_height(*table.height.end())
            .min_scrolled_height(*table.height.start())
            .auto_shrink([false, true]);
        if let Some(to) = scroll.as_ref().and_then(|scroll| keys(ui, **scroll, *table.height.end())) {
            area = area.vertical_scroll_offset(to);
        }
        let mut seen = 0..0;
        let output = area.show_rows(ui, table.row, size::to_len(len), |ui, range| {
            seen = size::from_len(range.start)..size::from_len(range.end);
            for index in seen.clone() {
                ui.push_id(index, |ui| row_ui(ui, index));
            }
        });
        if let Some(scroll) = scroll {
            let most = output.content_size.y - output.inner_rect.height();
            *scroll = Scroll { above: output.state.clamped_offset().y, most: most.max(0.0) };
        }
        seen
    })
    .inner
}

/// Where a key scrolls to.
fn keys(ui: &Ui, scroll: Scroll, page: f32) -> Option<f32> {
    ui.input_mut(|input| {
        let mut pressed = |key| input.consume_key(Modifiers::NONE, key);
        if pressed(Key::PageDown) {
            Some((scroll.above + page).min(scroll.most))
        } else if pressed(Key::PageUp) {
            Some((scroll.above - page).max(0.0))
        } else if pressed(Key::Home) {
            Some(0.0)
        } else if pressed(Key::End) {
            Some(scroll.most)
        } else {
            None
        }
    })
}
