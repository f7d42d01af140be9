//! A password on its way from a person to a hash.

use std::fmt;

use unicode_normalization::UnicodeNormalization as _;

/// What a person types for an account. It never shows itself.
#[derive(Clone, PartialEq, Eq)]
pub struct Password(String);

/// Text that cannot be a password.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadPassword {
    /// Nothing was typed.
    #[error("the password is empty")]
    Empty,
    /// Longer than [`Password::MAX_BYTES`].
    #[error("the password has more than 1024 bytes")]
    TooLong,
}

impl Password {
    /// The longest, in bytes: far beyond what people type, and little to hash and to send.
    pub const MAX_BYTES: usize = 1024;

    /// From what was typed or received. `é` of one key and `é` of two are the same password (Unicode's NFC, as RFC 8265
    /// §4.2 wants it): keyboards differ. Errors: [`BadPassword`].
    pub fn new(text: &str) -> Result<Self, BadPassword> {
        if text.is_empty() {
            return Err(BadPassword::Empty);
        }
        // Before the work of composing as well: what comes from outside may be long.
        if text.len() > Self::MAX_BYTES {
            return Err(BadPassword::TooLong);
        }
        let composed: String = text.nfc().collect();
        if composed.len() > Self::MAX_BYTES { Err(BadPassword::TooLong) } else { Ok(Self(composed)) }
    }

    /// The password itself: for the hash and for the encrypted session, and nothing else.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Password {
    /// Never the password itself: this ends up in logs.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_does_not_show_itself_and_keeps_its_blanks() {
        let password = Password::new(" hunter 2 ").unwrap();
        assert_eq!(format!("{password:?}"), "Password(…)");
        assert_eq!(password.as_str(), " hunter 2 ");
    }

    #[test]
    fn the_same_letters_from_another_keyboard_are_the_same_password() {
        assert_eq!(Password::new("caf\u{e9}"), Password::new("cafe\u{301}"));
        assert_ne!(Password::new("cafe"), Password::new("café"));
    }

    #[test]
    fn an_empty_or_endless_password_is_refused() {
        assert_eq!(Password::new(""), Err(BadPassword::Empty));
        assert!(Password::new(&"x".repeat(Password::MAX_BYTES)).is_ok());
        assert_eq!(Password::new(&"x".repeat(Password::MAX_BYTES + 1)), Err(BadPassword::TooLong));
        // U+0958 becomes two characters, twice as many bytes.
        assert_eq!(Password::new(&"\u{958}".repeat(340)), Err(BadPassword::TooLong));
    }
}
