//! The code that Receive shows and the other person types.

use std::fmt;
use std::str::FromStr;

use subtle::ConstantTimeEq as _;

/// Six decimal digits. Worth one try: see `pairing`.
///
/// No log may ever hold one, so `Debug` shows none. Two are compared in constant time.
#[derive(Clone)]
pub struct Code([u8; Code::DIGITS]);

/// Text that is not six digits. Does not hold the text: a code with a digit missing is still nearly the code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a code has six digits, as in 123 456")]
pub struct NotACode;

impl Code {
    /// A million codes: few enough to read to each other, and many enough where twenty guesses a day are let through.
    pub const DIGITS: usize = 6;

    /// How many codes there are; the largest is one less.
    pub const COUNT: u32 = 1_000_000;

    /// The code that says this number, with zeros in front. `None` from [`Code::COUNT`] on.
    pub fn from_number(number: u32) -> Option<Self> {
        (number < Self::COUNT).then(|| format!("{number:06}").parse().ok()).flatten()
    }

    /// The six digits without a gap: `123456`.
    pub fn digits(&self) -> &str {
        std::str::from_utf8(&self.0).expect("only ASCII digits are put in")
    }
}

impl FromStr for Code {
    type Err = NotACode;

    /// Takes what people type and paste: `123456`, `123 456`, `123-456`, `１２３４５６`. Blanks do not count, one dash
    /// may stand in the middle. Errors: [`NotACode`].
    fn from_str(text: &str) -> Result<Self, NotACode> {
        let mut digits = [0; Self::DIGITS];
        let mut count = 0;
        let mut dashes = 0;
        for character in text.chars().filter(|character| !is_blank(*character)) {
            if is_dash(character) && count == Self::DIGITS / 2 && dashes == 0 {
                dashes = 1;
                continue;
            }
            *digits.get_mut(count).ok_or(NotACode)? = ascii_digit(character).ok_or(NotACode)?;
            count += 1;
        }
        if count == Self::DIGITS { Ok(Self(digits)) } else { Err(NotACode) }
    }
}

/// Blanks of every width, and the invisible ones that chats put around what is copied out of them.
fn is_blank(character: char) -> bool {
    character.is_whitespace() || matches!(character, '\u{200b}' | '\u{2060}' | '\u{feff}')
}

/// The hyphen of the keyboard and those that word processors and Chinese input methods put in its place.
fn is_dash(character: char) -> bool {
    matches!(character, '-' | '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{ff0d}')
}

/// 0 to 9, also in the full width that Chinese input methods type.
fn ascii_digit(character: char) -> Option<u8> {
    let digit = match character {
        '0'..='9' => u32::from(character) - u32::from('0'),
        '０'..='９' => u32::from(character) - u32::from('０'),
        _ => return None,
    };
    u8::try_from(digit).ok().map(|digit| b'0' + digit)
}

impl PartialEq for Code {
    fn eq(&self, other: &Self) -> bool {
        self.0.ct_eq(&other.0).into()
    }
}

impl Eq for Code {}

impl fmt::Display for Code {
    /// In two groups, as people read it: `123 456`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (front, back) = self.digits().split_at(Self::DIGITS / 2);
        write!(f, "{front} {back}")
    }
}

impl fmt::Debug for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Code(…)")
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_people_type_and_paste_is_a_code() {
        for text in [
            "012345",
            "012 345",
            "012-345",
            " 012345\n",
            "\u{feff}012\u{a0}345\u{202f}",
            "012\u{2060}345\u{200b}",
            "０１２３４５",
            "０１２　３４５",
            "０１２－345",
            "012 – 345",
            "01 23 45",
        ] {
            let code: Code = text.parse().unwrap();
            assert_eq!((code.digits(), code.to_string().as_str()), ("012345", "012 345"), "{text:?}");
        }
    }

    #[test]
    fn what_is_not_six_digits_is_refused() {
        let long = "1".repeat(100_000);
        for text in [
            "",
            " ",
            "12345",
            "1234567",
            "123--456",
            "12-3456",
            "-123456",
            "123456-",
            "123_456",
            "123.456",
            "+12345",
            "12345x",
            "१२३४५६",
            "①②③④⑤⑥",
            "123\u{0}456",
            &long,
        ] {
            assert_eq!(text.parse::<Code>(), Err(NotACode), "{text:.20?}");
        }
    }

    #[test]
    fn nothing_that_goes_to_a_log_holds_the_digits() {
        let code: Code = "918273".parse().unwrap();
        let wrong = "91827".parse::<Code>().unwrap_err();
        for line in [format!("{code:?}"), format!("{:#?}", Some(&code)), format!("{wrong} {wrong:?}")] {
            assert!(!line.contains("918") && !line.contains("273"), "{line}");
        }
    }

    #[test]
    fn codes_are_equal_when_all_six_digits_are() {
        let code: Code = "123456".parse().unwrap();
        assert_eq!(code, "123 456".parse().unwrap());
        assert_ne!(code, "123457".parse().unwrap());
        assert_ne!(code, "023456".parse().unwrap());
    }

    #[test]
    fn every_number_below_a_million_is_a_code_and_no_other() {
        assert_eq!(Code::from_number(0).unwrap().digits(), "000000");
        assert_eq!(Code::from_number(42).unwrap().digits(), "000042");
        assert_eq!(Code::from_number(999_999).unwrap().digits(), "999999");
        assert_eq!(Code::from_number(1_000_000), None);
        assert_eq!(Code::from_number(u32::MAX), None);
    }

    proptest! {
        #[test]
        fn any_text_is_a_code_or_an_error(text in ".*") {
            if let Ok(code) = text.parse::<Code>() {
                prop_assert!(code.digits().bytes().all(|byte| byte.is_ascii_digit()));
            }
        }

        #[test]
        fn a_shown_code_is_read_again(number in 0..Code::COUNT) {
            let code = Code::from_number(number).unwrap();
            prop_assert_eq!(code.to_string().parse(), Ok(code.clone()));
            prop_assert_eq!(code.digits().parse(), Ok(number));
        }
    }
}
