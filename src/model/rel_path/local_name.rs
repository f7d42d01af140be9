//! What a peer's file name becomes on this platform.

use std::ffi::{OsStr, OsString};
use std::fmt;

use crate::model::shown_bytes;

/// A single file name this platform can make. On Unix that is the peer's name byte for byte; where reserved words,
/// characters or encodings forbid it, it is the nearest name that works.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct LocalName(OsString);

/// Whose rules for names hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Naming {
    /// Any bytes.
    #[cfg_attr(windows, expect(dead_code))]
    Unix,
    /// No reserved words, no `<>:"/\|?*`, no control characters, no trailing dot or blank, UTF-8 only.
    #[cfg_attr(not(windows), cfg_attr(not(test), expect(dead_code)))]
    Windows,
}

#[cfg(windows)]
const HERE: Naming = Naming::Windows;
#[cfg(not(windows))]
const HERE: Naming = Naming::Unix;

/// Longest name in bytes on every file system in use.
const MAX_BYTES: usize = 255;

impl LocalName {
    /// The name for one component of a [`RelPath`](crate::model::RelPath).
    pub fn of(component: &[u8]) -> Self {
        Self::by_rules(component, HERE)
    }

    fn by_rules(component: &[u8], naming: Naming) -> Self {
        match naming {
            Naming::Unix => Self(os_string(component)),
            Naming::Windows => Self(windows_name(component).into()),
        }
    }

    /// This name with a number: `name (2).ext`. The stem is shortened at a character's border so that the whole stays
    /// within 255 bytes.
    #[must_use]
    pub fn numbered(&self, number: u32) -> Self {
        let bytes = self.0.as_encoded_bytes();
        // A leading dot belongs to the stem: `.bashrc` becomes `.bashrc (1)`. A "suffix" that takes most of the name is none.
        let dot =
            bytes.iter().rposition(|byte| *byte == b'.').filter(|dot| *dot > 0 && bytes.len() - dot <= 32);
        let (stem, suffix) = bytes.split_at(dot.unwrap_or(bytes.len()));
        let mark = format!(" ({number})");
        let room = MAX_BYTES.saturating_sub(mark.len() + suffix.len());
        let mut end = stem.len().min(room);
        while end > 0 && stem.get(end).is_some_and(|byte| byte & 0xc0 == 0x80) {
            end -= 1; // inside a UTF-8 character
        }
        let stem = stem.get(..end).unwrap_or(stem);
        Self(os_string(&[stem, mark.as_bytes(), suffix].concat()))
    }

    /// For the file system.
    pub fn as_os_str(&self) -> &OsStr {
        &self.0
    }

    /// The raw bytes (on Windows: UTF-8).
    pub fn as_bytes(&self) -> &[u8] {
        self.0.as_encoded_bytes()
    }
}

impl fmt::Display for LocalName {
    /// Escaped for showing.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&shown_bytes(self.as_bytes()))
    }
}

impl fmt::Debug for LocalName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "LocalName({self})")
    }
}

#[cfg(unix)]
fn os_string(bytes: &[u8]) -> OsString {
    use std::os::unix::ffi::OsStringExt as _;
    OsString::from_vec(bytes.to_vec())
}

#[cfg(not(unix))]
fn os_string(bytes: &[u8]) -> OsString {
    String::from_utf8_lossy(bytes).into_owned().into()
}

/// The nearest name Windows can make. What it forbids becomes `_`, reserved words get one behind them.
fn windows_name(component: &[u8]) -> String {
    let forbidden = |c: char| c.is_control() || r#"<>:"/\|?*"#.contains(c);
    let name: String = shown_bytes(component)
        .chars()
        .map(|c| if forbidden(c) || c == '\u{fffd}' { '_' } else { c })
        .collect();
    let end = name.trim_end_matches(['.', ' ']).len();
    let (kept, trailing) = name.split_at(end);
    let mut name = format!("{kept}{}", "_".repeat(trailing.chars().count()));
    let stem = name.split('.').next().unwrap_or_default().trim_end().to_ascii_uppercase();
    let numbered = |word: &str| {
        stem.strip_prefix(word).is_some_and(|rest| {
            let mut digits = rest.chars();
            matches!((digits.next(), digits.next()), (Some('0'..='9' | '¹' | '²' | '³'), None))
        })
    };
    let reserved = ["CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$"].contains(&stem.as_str());
    if reserved || numbered("COM") || numbered("LPT") {
        let stem_end = name.find('.').unwrap_or(name.len());
        name.insert(stem_end, '_');
    }
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbered(name: &str, number: u32) -> String {
        LocalName::of(name.as_bytes()).numbered(number).to_string()
    }

    #[test]
    fn the_number_stands_before_the_suffix() {
        assert_eq!(numbered("photo.jpg", 1), "photo (1).jpg");
        assert_eq!(numbered("a.tar.gz", 2), "a.tar (2).gz");
        assert_eq!(numbered("README", 3), "README (3)");
        assert_eq!(numbered(".bashrc", 1), ".bashrc (1)");
        assert_eq!(numbered("报告.pdf", 12), "报告 (12).pdf");
    }

    #[test]
    fn a_full_name_is_shortened_at_a_characters_border() {
        let long = format!("{}.txt", "舢".repeat(83)); // 253 bytes
        let next = LocalName::of(long.as_bytes()).numbered(1);
        assert!(next.as_bytes().len() <= 255);
        assert_eq!(next.to_string(), format!("{} (1).txt", "舢".repeat(82)));
        let one_suffix = LocalName::of(format!("a.{}", "b".repeat(253)).as_bytes()).numbered(4_000_000_000);
        assert!(one_suffix.as_bytes().len() <= 255);
    }

    #[cfg(unix)]
    #[test]
    fn on_unix_every_byte_stays() {
        for name in [b"CON".as_slice(), b"a:b\\c", b"\xff\x01", b"dot."] {
            assert_eq!(LocalName::of(name).as_bytes(), name);
        }
    }

    #[test]
    fn what_windows_cannot_name_gets_the_nearest_name_it_can() {
        for (name, local) in [
            ("CON", "CON_"),
            ("con.txt", "con_.txt"),
            ("lpt1", "lpt1_"),
            ("COM10", "COM10"),
            ("a:b\\c?", "a_b_c_"),
            ("dots...", "dots___"),
            ("fine.txt", "fine.txt"),
        ] {
            assert_eq!(LocalName::by_rules(name.as_bytes(), Naming::Windows).to_string(), local, "{name}");
        }
        assert_eq!(LocalName::by_rules(b"caf\xe9", Naming::Windows).to_string(), "caf_xe9");
    }
}
