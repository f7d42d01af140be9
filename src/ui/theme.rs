//! Every colour, distance, radius and type size of the window. Nothing else in the program names one.

use eframe::egui::{
    Color32, Context, CornerRadius, CursorIcon, FontFamily, FontId, Margin, Shadow, Stroke, Style, TextStyle,
    Theme, Ui, Vec2,
    style::{ScrollAnimation, ScrollStyle},
};

use crate::ui::fonts;

/// Between parts of one thing.
pub const XS: f32 = 4.0;
/// Between things that belong together.
pub const S: f32 = 8.0;
/// Inside rows.
pub const M: f32 = 12.0;
/// Inside cards, and between them.
pub const L: f32 = 16.0;
/// Around a page.
pub const XL: f32 = 24.0;

/// Radius of buttons and fields.
pub const CONTROL_RADIUS: CornerRadius = CornerRadius::same(6);
/// Radius of a box to tick.
pub const CHECK_RADIUS: CornerRadius = CornerRadius::same(4);
/// Radius of cards, rows and what floats.
pub const CARD_RADIUS: CornerRadius = CornerRadius::same(10);

/// Height of a control.
pub const CONTROL_HEIGHT: f32 = 32.0;
/// Height of a page's one main action.
pub const MAIN_HEIGHT: f32 = 40.0;
/// Height of a box to tick with its label.
pub const CHECK_HEIGHT: f32 = 24.0;
/// Height of a progress bar.
pub const BAR_HEIGHT: f32 = 6.0;
/// Side of an icon's square.
pub const ICON: f32 = 18.0;
/// Side of the icon that stands in for contents which are not there yet.
pub const BIG_ICON: f32 = 28.0;

/// The rail with words.
pub const RAIL: f32 = 176.0;
/// The rail with icons only.
pub const NARROW_RAIL: f32 = 56.0;
/// Below this width of the window the rail has icons only.
pub const NARROW: f32 = 720.0;
/// Lines longer than this are hard to read; a wider window leaves the rest empty.
pub const PAGE_WIDTH: f32 = 880.0;
/// Width of a field for a code: six digits, and a wrong paste of some more.
pub const CODE_FIELD: f32 = 200.0;
/// Width of a modal.
pub const MODAL: f32 = 460.0;
/// Width of a modal with a table.
pub const WIDE_MODAL: f32 = 680.0;

/// The window at first start, in points.
pub const WINDOW: Vec2 = Vec2::new(960.0, 640.0);
/// The smallest window everything fits into, in points.
pub const SMALLEST_WINDOW: Vec2 = Vec2::new(560.0, 420.0);

/// The colours of one theme.
#[derive(Clone, Copy, Debug)]
pub struct Palette {
    /// Behind everything.
    pub page: Color32,
    /// Cards, rows, fields, what floats.
    pub surface: Color32,
    /// Under the pointer, chips, the empty part of a bar.
    pub raised: Color32,
    /// Selected text.
    pub selected: Color32,
    /// Borders.
    pub line: Color32,
    /// Text.
    pub text: Color32,
    /// Text that explains.
    pub quiet: Color32,
    /// The one main action, what is selected, what moves.
    pub accent: Color32,
    /// The main action under the pointer.
    pub accent_hover: Color32,
    /// Text on accent.
    pub on_accent: Color32,
    /// Verified.
    pub good: Color32,
    /// Look here.
    pub warn: Color32,
    /// Failed, and what destroys.
    pub bad: Color32,
    /// Between a modal and the page.
    pub backdrop: Color32,
    /// Under what floats.
    pub shadow: Color32,
}

#[expect(clippy::disallowed_methods, reason = "this is where colours live")]
const fn rgb(red: u8, green: u8, blue: u8) -> Color32 {
    Color32::from_rgb(red, green, blue)
}

#[expect(clippy::disallowed_methods, reason = "this is where colours live")]
const fn shade(alpha: u8) -> Color32 {
    Color32::from_black_alpha(alpha)
}

/// The light theme.
pub const LIGHT: Palette = Palette {
    page: rgb(0xF5, 0xF7, 0xF9),
    surface: rgb(0xFF, 0xFF, 0xFF),
    raised: rgb(0xEE, 0xF2, 0xF5),
    selected: rgb(0xCF, 0xE6, 0xEC),
    line: rgb(0xD9, 0xDF, 0xE5),
    text: rgb(0x17, 0x20, 0x2A),
    quiet: rgb(0x52, 0x60, 0x6D),
    accent: rgb(0x0A, 0x64, 0x78),
    accent_hover: rgb(0x08, 0x53, 0x64),
    on_accent: rgb(0xFF, 0xFF, 0xFF),
    good: rgb(0x17, 0x71, 0x3F),
    warn: rgb(0x8A, 0x5A, 0x00),
    bad: rgb(0xB3, 0x26, 0x1E),
    backdrop: shade(96),
    shadow: shade(40),
};

/// The dark theme.
pub const DARK: Palette = Palette {
    page: rgb(0x12, 0x17, 0x1C),
    surface: rgb(0x1A, 0x21, 0x28),
    raised: rgb(0x23, 0x2C, 0x35),
    selected: rgb(0x1B, 0x3F, 0x4B),
    line: rgb(0x33, 0x40, 0x4B),
    text: rgb(0xE7, 0xEC, 0xF0),
    quiet: rgb(0xA3, 0xB0, 0xBC),
    accent: rgb(0x58, 0xC4, 0xDC),
    accent_hover: rgb(0x7A, 0xD2, 0xE6),
    on_accent: rgb(0x06, 0x22, 0x2A),
    good: rgb(0x6C, 0xCB, 0x92),
    warn: rgb(0xE5, 0xB4, 0x54),
    bad: rgb(0xFF, 0x8A, 0x80),
    backdrop: shade(150),
    shadow: shade(120),
};

impl Palette {
    /// The colours in force.
    pub fn of(ui: &Ui) -> &'static Self {
        if ui.visuals().dark_mode { &DARK } else { &LIGHT }
    }
}

/// 13: labels, buttons, names.
pub fn label_font() -> FontId {
    FontId::new(13.0, fonts::semibold())
}

/// 11.5: details.
pub fn small_font() -> FontId {
    FontId::new(11.5, FontFamily::Proportional)
}

/// 16: the title of a section.
pub fn section_font() -> FontId {
    FontId::new(16.0, fonts::semibold())
}

/// 22: the title of a page.
pub fn title_font() -> FontId {
    FontId::new(22.0, fonts::semibold())
}

/// 26: a code, which people read from one screen and type on another.
pub fn digits_font() -> FontId {
    FontId::new(26.0, fonts::semibold())
}

/// Fingerprints, which people compare letter by letter.
pub fn code_font() -> FontId {
    FontId::new(13.0, FontFamily::Monospace)
}

/// An icon beside text.
pub fn icon_font() -> FontId {
    FontId::new(ICON, fonts::icons())
}

/// An icon that stands alone in an empty place.
pub fn big_icon_font() -> FontId {
    FontId::new(BIG_ICON, fonts::icons())
}

/// Gives both themes their look.
pub fn install(ctx: &Context) {
    // Where the system does not say which one it has.
    ctx.options_mut(|options| options.fallback_theme = Theme::Light);
    ctx.style_mut_of(Theme::Light, |style| dress(style, &LIGHT));
    ctx.style_mut_of(Theme::Dark, |style| dress(style, &DARK));
}

/// A margin of whole points.
pub fn margin(horizontal: f32, vertical: f32) -> Margin {
    Margin::from(Vec2::new(horizontal, vertical))
}

/// The shadow of what floats.
pub fn floating_shadow(palette: &Palette) -> Shadow {
    Shadow { offset: [0, 6], blur: 20, spread: 0, color: palette.shadow }
}

fn dress(style: &mut Style, palette: &Palette) {
    style.text_styles = [
        (TextStyle::Small, small_font()),
        (TextStyle::Body, FontId::new(13.0, FontFamily::Proportional)),
        (TextStyle::Button, FontId::new(13.0, FontFamily::Proportional)),
        (TextStyle::Heading, title_font()),
        (TextStyle::Monospace, code_font()),
    ]
    .into();
    // A window in which nothing moves repaints nothing.
    style.animation_time = 0.0;
    style.scroll_animation = ScrollAnimation::none();
    style.interaction.selectable_labels = false;
    style.interaction.tooltip_delay = 0.4;

    let spacing = &mut style.spacing;
    spacing.item_spacing = Vec2::new(S, S);
    spacing.button_padding = Vec2::new(M, XS);
    spacing.interact_size = Vec2::new(CONTROL_HEIGHT, CONTROL_HEIGHT);
    spacing.icon_spacing = S;
    spacing.window_margin = margin(XL, XL);
    spacing.menu_margin = margin(XS, XS);
    spacing.extra_text_line_spacing = 2.0;
    spacing.scroll = ScrollStyle {
        floating: true,
        bar_width: 8.0,
        floating_width: 4.0,
        floating_allocated_width: 0.0,
        ..ScrollStyle::thin()
    };

    let line = Stroke::new(1.0, palette.line);
    let focus = Stroke::new(2.0, palette.accent);
    let visuals = &mut style.visuals;
    visuals.override_text_color = None;
    visuals.weak_text_color = Some(palette.quiet);
    visuals.hyperlink_color = palette.accent;
    visuals.faint_bg_color = palette.raised;
    visuals.extreme_bg_color = palette.surface;
    visuals.text_edit_bg_color = Some(palette.surface);
    visuals.code_bg_color = palette.raised;
    visuals.warn_fg_color = palette.warn;
    visuals.error_fg_color = palette.bad;
    visuals.panel_fill = palette.page;
    visuals.window_fill = palette.surface;
    visuals.window_stroke = line;
    visuals.window_corner_radius = CARD_RADIUS;
    visuals.menu_corner_radius = CARD_RADIUS;
    visuals.window_shadow = floating_shadow(palette);
    visuals.popup_shadow = floating_shadow(palette);
    visuals.selection.bg_fill = palette.selected;
    visuals.selection.stroke = focus;
    visuals.text_cursor.stroke = Stroke::new(1.5, palette.accent);
    visuals.text_cursor.blink = false;
    visuals.interact_cursor = Some(CursorIcon::PointingHand);

    let widgets = &mut visuals.widgets;
    for (widget, fill, border) in [
        (&mut widgets.noninteractive, palette.surface, line),
        (&mut widgets.inactive, palette.surface, line),
        (&mut widgets.hovered, palette.raised, line),
        // Also what has the keyboard: this is the focus ring.
        (&mut widgets.active, palette.raised, focus),
        (&mut widgets.open, palette.raised, line),
    ] {
        widget.bg_fill = fill;
        widget.weak_bg_fill = fill;
        widget.bg_stroke = border;
        widget.fg_stroke = Stroke::new(1.0, palette.text);
        widget.corner_radius = CONTROL_RADIUS;
        widget.expansion = 0.0;
    }
    // Scroll bars are drawn with these.
    widgets.inactive.bg_fill = palette.line;
}

#[cfg(test)]
mod tests {
    use super::*;

    /// WCAG 2's relative luminance.
    fn luminance(color: Color32) -> f64 {
        let channel = |value: u8| {
            let value = f64::from(value) / 255.0;
            if value <= 0.040_45 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
        };
        0.2126 * channel(color.r()) + 0.7152 * channel(color.g()) + 0.0722 * channel(color.b())
    }

    fn contrast(a: Color32, b: Color32) -> f64 {
        let (a, b) = (luminance(a), luminance(b));
        (a.max(b) + 0.05) / (a.min(b) + 0.05)
    }

    #[test]
    fn every_text_is_readable_on_every_ground_it_stands_on() {
        for (theme, p) in [("light", LIGHT), ("dark", DARK)] {
            let texts = [
                ("text", p.text),
                ("quiet", p.quiet),
                ("accent", p.accent),
                ("good", p.good),
                ("warn", p.warn),
                ("bad", p.bad),
            ];
            for (ground, color) in [("page", p.page), ("surface", p.surface), ("raised", p.raised)] {
                for (text, text_color) in texts {
                    let ratio = contrast(text_color, color);
                    assert!(ratio >= 4.5, "{theme}: {text} on {ground} has only {ratio:.2}");
                }
            }
            for (pair, a, b) in [
                ("on_accent on accent", p.on_accent, p.accent),
                ("on_accent on accent_hover", p.on_accent, p.accent_hover),
                ("accent on selected", p.accent, p.selected),
                ("text on selected", p.text, p.selected),
            ] {
                assert!(contrast(a, b) >= 4.5, "{theme}: {pair} has only {:.2}", contrast(a, b));
            }
        }
    }
}
