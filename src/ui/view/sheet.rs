//! What all sheets look like: a card above the page with its answers at the bottom. Where the window is too low for it,
//! what stands above the answers scrolls.

use eframe::egui::{Align, Frame, Id, Layout, Modal, ScrollArea, Stroke, Ui};

use crate::ui::act::Act;
use crate::ui::theme::{self, Palette};

/// A sheet's names and what it means to close it.
pub(super) struct Card<'a> {
    /// Tells it from other sheets.
    pub(super) salt: &'static str,
    /// What a screen reader calls it.
    pub(super) title: &'a str,
    /// What Esc and a click beside it mean: never more than "later".
    pub(super) later: Act,
    /// How wide it is, in points, where the window has the room.
    pub(super) width: f32,
}

impl<'a> Card<'a> {
    /// One of the usual width.
    pub(super) fn new(salt: &'static str, title: &'a str, later: Act) -> Self {
        Self { salt, title, later, width: theme::MODAL }
    }

    /// As wide as a table needs to be.
    pub(super) fn wide(self) -> Self {
        Self { width: theme::WIDE_MODAL, ..self }
    }
}

/// Draws a sheet. What `contents` gives goes to `answers`, which are laid out from the right.
pub(super) fn sheet_ui<R>(
    ui: &Ui,
    card: Card<'_>,
    contents: impl FnOnce(&mut Ui) -> R,
    answers: impl FnOnce(&mut Ui, R) -> Option<Act>,
) -> Option<Act> {
    let palette = Palette::of(ui);
    let frame = Frame::new()
        .fill(palette.surface)
        .stroke(Stroke::new(1.0, palette.line))
        .corner_radius(theme::CARD_RADIUS)
        .shadow(theme::floating_shadow(palette))
        .inner_margin(theme::margin(theme::XL, theme::L));
    let id = Id::unique(card.salt);
    let area = Modal::default_area(id).accessible_name(card.title);
    let modal = Modal::new(id).area(area).frame(frame).backdrop_color(palette.backdrop);
    let around = theme::L * 2.0 + theme::S * 2.0 + theme::M + theme::CONTROL_HEIGHT;
    let height = ui.ctx().content_rect().height() - around;
    let response = modal.show(ui.ctx(), |ui| {
        // At both sides its own margin, and a little of the page.
        let room = ui.ctx().content_rect().width() - theme::XL * 2.0 - theme::S * 2.0;
        ui.set_width(card.width.min(room));
        ui.spacing_mut().item_spacing.y = theme::M;
        let scroll = ScrollArea::vertical()
            .id_salt("sheet")
            .max_height(height)
            .min_scrolled_height(height)
            .auto_shrink([false, true]);
        let result = scroll.show(ui, contents).inner;
        let answers = |ui: &mut Ui| answers(ui, result);
        ui.horizontal(|ui| ui.with_layout(Layout::right_to_left(Align::Center), answers).inner).inner
    });
    let is_done = response.should_close();
    response.inner.or(is_done.then_some(card.later))
}
