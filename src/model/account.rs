//! Accounts of an unattended receiver.

use std::fmt;

use crate::model::Moment;

/// An account, without its password.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// What it is called.
    pub name: AccountName,
    /// When it was made.
    pub created_at: Moment,
}

/// What an account is called: 1 to 32 characters of `a-z`, `0-9`, `.`, `_` and `-`, the first a letter or a digit, the last no
/// dot, and no name that Windows keeps for its devices. So it is a folder's name as it stands, on every system.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AccountName(String);

/// Text that names no account.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not an account name: {0}")]
pub struct BadAccountName(&'static str);

impl AccountName {
    /// Longer ones do not fit a row.
    pub const MAX_CHARS: usize = 32;

    /// Checks a name. Nothing is mended: two texts must never mean one account.
    /// Errors: [`BadAccountName`] with the rule that it breaks.
    pub fn parse(text: &str) -> Result<Self, BadAccountName> {
        let is_plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
        if text.is_empty() || text.chars().count() > Self::MAX_CHARS {
            return Err(BadAccountName("it has 1 to 32 characters"));
        }
        if !text.chars().all(|c| is_plain(c) || matches!(c, '.' | '_' | '-')) {
            return Err(BadAccountName("only a-z, 0-9, dot, dash and underscore"));
        }
        if !text.starts_with(is_plain) || text.ends_with('.') {
            return Err(BadAccountName("it begins with a letter or a digit and does not end with a dot"));
        }
        if is_windows_device(text) {
            return Err(BadAccountName("Windows keeps that name for a device"));
        }
        Ok(Self(text.to_owned()))
    }

    /// The name: also that of its folder.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Whether Windows opens a device by this name of lower-case letters, whatever follows the first dot.
fn is_windows_device(name: &str) -> bool {
    let stem = name.split('.').next().unwrap_or_default();
    let numbered = ["com", "lpt"].iter().filter_map(|word| stem.strip_prefix(word));
    ["con", "prn", "aux", "nul"].contains(&stem)
        || numbered.into_iter().any(|rest| matches!(rest.as_bytes(), [b'0'..=b'9']))
}

impl fmt::Display for AccountName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ordinary_names_are_taken_as_they_are() {
        for name in ["anna", "a", "7", "web-01_b.c", "console", "com10", "comx", "lpt", &"a".repeat(32)] {
            assert_eq!(AccountName::parse(name).unwrap().as_str(), name);
        }
    }

    #[test]
    fn what_is_no_safe_folder_name_everywhere_names_no_account() {
        let long = "a".repeat(33);
        for name in [
            "",
            ".",
            "..",
            "../x",
            "a/b",
            "a\\b",
            "a:b",
            "/etc",
            "~",
            "a b",
            " a",
            "a\n",
            "a\0",
            "Anna",
            "änna",
            "安娜",
            "-rf",
            "_a",
            ".hidden",
            ".sampan-x",
            "a.",
            "con",
            "nul.txt",
            "aux",
            "prn",
            "com1",
            "lpt9.tar.gz",
            "com0",
            "a\u{202e}b",
            &long,
        ] {
            assert!(AccountName::parse(name).is_err(), "{name:?}");
        }
    }
}
