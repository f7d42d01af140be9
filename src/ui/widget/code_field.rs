//! A field for a code: six digits in two groups, however they were typed or pasted.

use eframe::egui::text::{CCursor, CCursorRange};
use eframe::egui::{Align2, Response, RichText, TextEdit, Ui, Vec2};

use crate::ui::theme::{self, Palette};

/// Digits in a group.
const GROUP: usize = 3;

/// More digits than a code has are shown, so that a wrong paste is seen and not cut to what might be right; but not endlessly.
const MAX_DIGITS: usize = 12;

/// Draws the field. What is not a digit is left out, digits of full width become plain ones.
pub fn code_field_ui(
    ui: &mut Ui,
    salt: &'static str,
    typed: &mut String,
    name: &str,
    hint: &str,
) -> Response {
    let width = theme::CODE_FIELD.min(ui.available_width());
    let hint = RichText::new(hint).font(theme::digits_font()).color(Palette::of(ui).quiet);
    let output = TextEdit::singleline(typed)
        .id_salt(salt)
        .font(theme::digits_font())
        .hint_text(hint)
        .desired_width(width)
        .min_size(Vec2::new(width, theme::MAIN_HEIGHT))
        .align(Align2::LEFT_CENTER)
        .show(ui);
    let tidy = grouped(typed);
    if tidy != *typed {
        if let Some(cursor) = output.cursor_range {
            let before: String = typed.chars().take(cursor.primary.index.0).collect();
            let digits = grouped(&before).chars().count();
            let mut state = output.state;
            state.cursor.set_char_range(Some(CCursorRange::one(CCursor::new(digits))));
            state.store(ui.ctx(), output.response.id);
        }
        *typed = tidy;
    }
    output.response.response.accessible_name(name)
}

/// The digits of a text in groups of three.
fn grouped(text: &str) -> String {
    let mut grouped = String::with_capacity(text.len());
    let digits = text.chars().filter_map(plain_digit).take(MAX_DIGITS);
    for (index, digit) in digits.enumerate() {
        if index > 0 && index % GROUP == 0 {
            grouped.push(' ');
        }
        grouped.push(digit);
    }
    grouped
}

/// A digit of either width as a plain one.
fn plain_digit(character: char) -> Option<char> {
    match character {
        '0'..='9' => Some(character),
        '０'..='９' => char::from_digit(u32::from(character) - u32::from('０'), 10),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_are_grouped_however_they_come() {
        for text in [
            "123456",
            "123 456",
            "123-456",
            " 1 2 3 4 5 6 ",
            "１２３４５６",
            "\u{feff}123\u{a0}456\u{200b}",
            "12a34b56",
        ] {
            assert_eq!(grouped(text), "123 456", "{text:?}");
        }
        assert_eq!([grouped(""), grouped("12"), grouped("123"), grouped("1234")], ["", "12", "123", "123 4"]);
    }

    #[test]
    fn too_many_digits_stay_too_many_and_are_no_code() {
        let shown = grouped("1234567");
        assert_eq!(shown, "123 456 7");
        assert!(shown.parse::<crate::model::Code>().is_err());
        assert!(grouped(&"1".repeat(100_000)).len() < 20);
    }
}
