//! The files to send: where they are dropped, and the list of them.

use eframe::egui::{Align, Layout, RichText, ScrollArea, Stroke, Ui, UiBuilder, Vec2};

use crate::engine::{Chosen, Command};
use crate::texts::Texts;
use crate::ui::act::{Act, Wish};
use crate::ui::fonts::Icon;
use crate::ui::shown::{BasketText, ChosenText};
use crate::ui::theme::{self, Palette};
use crate::ui::widget::{Button, Kind, icon_ui, label_ui, quiet_ui, text_width, wrapped_ui};

/// A longer list scrolls, so that the address field stays in sight.
const MAX_HEIGHT: f32 = 168.0;

/// From this width on the buttons stand beside the words.
const ROOMY: f32 = 760.0;

/// Draws the chosen files. `hovering` says that files are over the window and would be added when let go.
pub fn basket_ui(
    ui: &mut Ui,
    chosen: &[Chosen],
    shown: &BasketText,
    texts: &Texts,
    hovering: bool,
) -> Option<Act> {
    if chosen.is_empty() || hovering {
        return empty_ui(ui, texts, hovering);
    }
    let mut act = list_ui(ui, chosen, shown, texts);
    if let Some(unreadable) = &shown.unreadable {
        ui.horizontal(|ui| {
            icon_ui(ui, Icon::Warning, Palette::of(ui).bad);
            ui.label(RichText::new(&unreadable.sum).color(Palette::of(ui).bad));
            if Button::new(&unreadable.remove, &unreadable.remove).clicked(ui) {
                act = Some(Act::RemoveUnreadable);
            }
        });
    }
    let row = ui.horizontal(|ui| {
        act = add_ui(ui, texts).or(act.take());
        if Button::new(texts.t("clear"), texts.t("clear-name")).kind(Kind::Bare).clicked(ui) {
            act = Some(Act::ask(Command::UnchooseAll));
        }
        let fits = text_width(ui, &shown.sum, theme::small_font()) <= ui.available_width();
        if fits {
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| quiet_ui(ui, &shown.sum));
        }
        fits
    });
    if !row.inner {
        quiet_ui(ui, &shown.sum);
    }
    act
}

fn add_button(texts: &Texts) -> Button<'_> {
    Button::new(texts.t("add-files"), texts.t("add-files-name")).icon(Icon::Add)
}

fn folder_button(texts: &Texts) -> Button<'_> {
    Button::new(texts.t("add-folder"), texts.t("add-folder-name")).icon(Icon::Folder)
}

fn paste_button(texts: &Texts) -> Button<'_> {
    Button::new(texts.t("paste"), texts.t("paste-name")).icon(Icon::Paste)
}

/// The buttons that add files and folders.
fn add_ui(ui: &mut Ui, texts: &Texts) -> Option<Act> {
    let mut act = None;
    if add_button(texts).clicked(ui) {
        act = Some(Act::Wish(Wish::PickFiles));
    }
    if folder_button(texts).clicked(ui) {
        act = Some(Act::Wish(Wish::PickFolders));
    }
    if paste_button(texts).clicked(ui) {
        act = Some(Act::Wish(Wish::Paste));
    }
    act
}

/// No files yet: one line, one hint, the buttons.
fn empty_ui(ui: &mut Ui, texts: &Texts, hovering: bool) -> Option<Act> {
    let palette = Palette::of(ui);
    // Beside the words there is room for the buttons only in a wide window.
    let narrow = ui.available_width() < ROOMY;
    let mut act = None;
    let border = if hovering { Stroke::new(2.0, palette.accent) } else { Stroke::new(1.0, palette.line) };
    let fill = if hovering { palette.selected } else { palette.page };
    let frame = eframe::egui::Frame::new()
        .fill(fill)
        .stroke(border)
        .corner_radius(theme::CARD_RADIUS)
        .inner_margin(theme::margin(theme::L, theme::L));
    frame.show(ui, |ui| {
        ui.set_width(ui.available_width());
        ui.horizontal(|ui| {
            let color = if hovering { palette.accent } else { palette.quiet };
            let (rect, _) =
                ui.allocate_exact_size(Vec2::splat(theme::MAIN_HEIGHT), eframe::egui::Sense::hover());
            let center = eframe::egui::Align2::CENTER_CENTER;
            ui.painter().text(rect.center(), center, Icon::Upload.glyph(), theme::big_icon_font(), color);
            ui.vertical(|ui| {
                ui.spacing_mut().item_spacing.y = theme::XS;
                label_ui(ui, if hovering { texts.t("drop-now") } else { texts.t("drop-title") });
                wrapped_ui(ui, texts.t("drop-hint"), palette.quiet);
                if narrow {
                    ui.add_space(theme::XS);
                    ui.horizontal(|ui| act = add_ui(ui, texts));
                }
            });
            if !narrow {
                let buttons = [add_button(texts), folder_button(texts), paste_button(texts)];
                let buttons = buttons.iter().map(|button| button.width(ui)).sum::<f32>() + theme::S * 2.0;
                ui.add_space((ui.available_width() - buttons).max(0.0));
                act = add_ui(ui, texts);
            }
        });
    });
    act
}

fn list_ui(ui: &mut Ui, chosen: &[Chosen], shown: &BasketText, texts: &Texts) -> Option<Act> {
    let mut act = None;
    let region = UiBuilder::new()
        .accessibility_role(eframe::egui::accesskit::Role::List)
        .accessibility_label(texts.t("chosen-label"));
    let frame = eframe::egui::Frame::new()
        .stroke(Stroke::new(1.0, Palette::of(ui).line))
        .corner_radius(theme::CARD_RADIUS)
        .inner_margin(theme::margin(theme::M, theme::XS));
    frame.show(ui, |ui| {
        ui.scope_builder(region, |ui| {
            ui.spacing_mut().item_spacing.y = 0.0;
            let area = ScrollArea::vertical()
                .id_salt("chosen")
                .max_height(MAX_HEIGHT)
                .min_scrolled_height(MAX_HEIGHT)
                .auto_shrink([false, true]);
            area.show_rows(ui, theme::CONTROL_HEIGHT, chosen.len(), |ui, range| {
                let rows = chosen.iter().zip(&shown.files).skip(range.start).take(range.len());
                for (chosen, text) in rows {
                    ui.push_id(&chosen.path, |ui| {
                        if file_ui(ui, chosen, text) {
                            act = Some(Act::ask(Command::Unchoose(chosen.path.clone())));
                        }
                    });
                }
            });
        });
    });
    act
}

/// One file or folder; whether it is to be taken out.
fn file_ui(ui: &mut Ui, chosen: &Chosen, text: &ChosenText) -> bool {
    let palette = Palette::of(ui);
    let size = Vec2::new(ui.available_width(), theme::CONTROL_HEIGHT);
    ui.allocate_ui_with_layout(size, Layout::right_to_left(Align::Center), |ui| {
        let remove = Button::icon_only(Icon::Close, &text.remove_name).clicked(ui);
        match &text.size {
            Ok(size) => {
                ui.label(RichText::new(size).color(palette.quiet));
                ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                    let icon = if text.is_folder { Icon::Folder } else { Icon::File };
                    icon_ui(ui, icon, palette.quiet);
                    ui.add(eframe::egui::Label::new(&chosen.name).truncate());
                });
            }
            Err(reason) => {
                ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                    icon_ui(ui, Icon::Error, palette.bad);
                    let reason = RichText::new(reason).color(palette.bad);
                    ui.add(eframe::egui::Label::new(reason).truncate());
                });
            }
        }
        remove
    })
    .inner
}
