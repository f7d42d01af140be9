//! Buttons: a word, mostly with an icon before it, and a name that says what it does to what.

use eframe::egui::{self, Color32, FontId, Response, RichText, Stroke, Ui, Vec2, WidgetText};

use crate::ui::fonts::Icon;
use crate::ui::theme::{self, Palette};

/// How much a button asks to be pressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Outlined: most of them.
    Quiet,
    /// Filled with accent, taller: a page's one main action.
    Main,
    /// Filled with accent, ordinary height.
    Accent,
    /// Outlined in bad: destroys something.
    Danger,
    /// Nothing but its contents until the pointer is on it.
    Bare,
}

/// A button.
#[must_use]
pub struct Button<'a> {
    text: &'a str,
    name: &'a str,
    icon: Option<Icon>,
    kind: Kind,
    enabled: bool,
}

impl<'a> Button<'a> {
    /// A button with a word. `name` is what a screen reader says.
    pub fn new(text: &'a str, name: &'a str) -> Self {
        Self { text, name, icon: None, kind: Kind::Quiet, enabled: true }
    }

    /// A button with an icon only; its name becomes its tooltip.
    pub fn icon_only(icon: Icon, name: &'a str) -> Self {
        Self { icon: Some(icon), kind: Kind::Bare, ..Self::new("", name) }
    }

    /// With an icon before the word.
    pub fn icon(self, icon: Icon) -> Self {
        Self { icon: Some(icon), ..self }
    }

    /// How much it asks to be pressed.
    pub fn kind(self, kind: Kind) -> Self {
        Self { kind, ..self }
    }

    /// Whether it can be pressed.
    pub fn enabled(self, enabled: bool) -> Self {
        Self { enabled, ..self }
    }

    /// How wide it will be, in points.
    pub fn width(&self, ui: &Ui) -> f32 {
        let word = if self.text.is_empty() { 0.0 } else { text_width(ui, self.text, self.font(ui)) };
        let icon = if self.icon.is_some() { theme::ICON } else { 0.0 };
        let gap = if self.icon.is_some() && word > 0.0 { theme::XS } else { 0.0 };
        icon + gap + word + 2.0 * padding(self.kind)
    }

    fn font(&self, ui: &Ui) -> FontId {
        match self.kind {
            Kind::Main | Kind::Accent => theme::label_font(),
            Kind::Quiet | Kind::Danger | Kind::Bare => egui::TextStyle::Body.resolve(ui.style()),
        }
    }

    /// Draws it; whether it was pressed.
    pub fn clicked(self, ui: &mut Ui) -> bool {
        self.show(ui).clicked()
    }

    /// Draws it.
    pub fn show(self, ui: &mut Ui) -> Response {
        let font = self.font(ui);
        let Self { text, name, icon, kind, enabled } = self;
        let icon_text =
            icon.map(|icon| WidgetText::from(RichText::new(icon.glyph()).font(theme::icon_font())));
        let word = WidgetText::from(RichText::new(text).font(font));
        let response = ui
            .scope(|ui| {
                paint(ui, kind);
                let button = match (icon_text, text.is_empty()) {
                    (Some(icon), true) => egui::Button::new(icon),
                    (Some(icon), false) => egui::Button::new((icon, word)),
                    (None, _) => egui::Button::new(word),
                };
                let height = if kind == Kind::Main { theme::MAIN_HEIGHT } else { theme::CONTROL_HEIGHT };
                ui.add_enabled(enabled, button.gap(theme::XS).min_size(Vec2::splat(height)))
            })
            .inner;
        let response = if text.is_empty() { response.on_hover_text(name) } else { response };
        response.accessible_name(name)
    }
}

/// Left and right of its contents.
fn padding(kind: Kind) -> f32 {
    match kind {
        Kind::Quiet | Kind::Danger | Kind::Accent => theme::M,
        Kind::Main => theme::L,
        Kind::Bare => theme::S,
    }
}

/// How wide a text is on one line, in points.
pub fn text_width(ui: &Ui, text: &str, font: FontId) -> f32 {
    ui.painter().layout_no_wrap(text.to_owned(), font, Palette::of(ui).text).size().x
}

/// Gives this scope's buttons their colours.
fn paint(ui: &mut Ui, kind: Kind) {
    let palette = Palette::of(ui);
    ui.spacing_mut().button_padding = Vec2::new(padding(kind), theme::XS);
    let widgets = &mut ui.visuals_mut().widgets;
    let states = [&mut widgets.inactive, &mut widgets.hovered, &mut widgets.active];
    match kind {
        Kind::Quiet => {}
        Kind::Main | Kind::Accent => {
            let fills = [palette.accent, palette.accent_hover, palette.accent_hover];
            // The focus ring of a filled button has to differ from its fill.
            let rings = [Stroke::NONE, Stroke::NONE, Stroke::new(2.0, palette.text)];
            for ((state, fill), ring) in states.into_iter().zip(fills).zip(rings) {
                state.weak_bg_fill = fill;
                state.bg_stroke = ring;
                state.fg_stroke.color = palette.on_accent;
            }
        }
        Kind::Danger => {
            for (state, width) in states.into_iter().zip([1.0, 1.0, 2.0]) {
                state.bg_stroke = Stroke::new(width, palette.bad);
                state.fg_stroke.color = palette.bad;
            }
        }
        Kind::Bare => {
            let [inactive, hovered, _active] = states;
            inactive.weak_bg_fill = Color32::TRANSPARENT;
            inactive.bg_stroke = Stroke::NONE;
            inactive.fg_stroke.color = palette.quiet;
            hovered.bg_stroke = Stroke::NONE;
        }
    }
}
