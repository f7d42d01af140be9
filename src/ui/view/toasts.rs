//! Short messages at the bottom that belong to no row.

use eframe::egui::{Align, Align2, Area, Frame, Layout, Order, Stroke, Ui, Vec2};

use crate::texts::Texts;
use crate::ui::act::Act;
use crate::ui::fonts::Icon;
use crate::ui::theme::{self, Palette};
use crate::ui::widget::{Button, icon_ui, wrapped_ui};

/// Width of a message.
const WIDTH: f32 = 340.0;

/// A short message.
#[derive(Clone, Debug)]
pub struct Toast {
    /// For closing it.
    pub id: u64,
    /// What happened.
    pub what: String,
    /// What to do; a message with advice is about a failure and stays until it is closed.
    pub advice: Option<String>,
    /// When it goes by itself, in seconds of the window's time; set by the logic when it first sees it.
    pub until: Option<f64>,
}

/// Draws the messages, newest at the bottom.
pub fn toasts_ui(ui: &mut Ui, toasts: &[Toast], texts: &Texts) -> Option<Act> {
    if toasts.is_empty() {
        return None;
    }
    let mut act = None;
    let area = Area::new(eframe::egui::Id::unique("toasts"))
        .order(Order::Foreground)
        .fade_in(false)
        .role(eframe::egui::accesskit::Role::Alert)
        .anchor(Align2::RIGHT_BOTTOM, Vec2::splat(-theme::L));
    area.show(ui.ctx(), |ui| {
        for toast in toasts {
            ui.push_id(toast.id, |ui| {
                if toast_ui(ui, toast, texts) {
                    act = Some(Act::CloseToast(toast.id));
                }
            });
        }
    });
    act
}

/// One message; whether it is to be closed.
fn toast_ui(ui: &mut Ui, toast: &Toast, texts: &Texts) -> bool {
    let palette = Palette::of(ui);
    let mut close = false;
    let frame = Frame::new()
        .fill(palette.surface)
        .stroke(Stroke::new(1.0, palette.line))
        .corner_radius(theme::CARD_RADIUS)
        .shadow(theme::floating_shadow(palette))
        .inner_margin(theme::margin(theme::M, theme::S));
    frame.show(ui, |ui| {
        ui.set_width(WIDTH);
        ui.horizontal(|ui| {
            let (icon, color) = match toast.advice {
                Some(_) => (Icon::Error, palette.bad),
                None => (Icon::Info, palette.accent),
            };
            icon_ui(ui, icon, color);
            // One line stands in the middle of its icon and its button, two begin at the top.
            let layout = match toast.advice {
                Some(_) => Layout::top_down(Align::Min),
                None => Layout::left_to_right(Align::Center),
            };
            ui.allocate_ui_with_layout(
                Vec2::new(WIDTH - theme::ICON - theme::CONTROL_HEIGHT - theme::L, theme::CONTROL_HEIGHT),
                layout,
                |ui| {
                    ui.set_width(WIDTH - theme::ICON - theme::CONTROL_HEIGHT - theme::L);
                    ui.spacing_mut().item_spacing.y = theme::XS;
                    wrapped_ui(ui, &toast.what, palette.text);
                    if let Some(advice) = &toast.advice {
                        wrapped_ui(ui, advice, palette.quiet);
                    }
                },
            );
            let name = texts.with("toast-close-name", [("text", toast.what.as_str().into())]);
            close = Button::icon_only(Icon::Close, &name).clicked(ui);
        });
    });
    close
}
