//! A device: its id, which TLS proves, and its name, which it only says.

use std::fmt;

use crate::model::shown_text;

/// SHA-256 of the DER `SubjectPublicKeyInfo` of the device's Ed25519 key: what a device *is*.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct DeviceId([u8; 32]);

/// The first 60 bits of a device id in base32, for people to compare: `k3qm-7dva-p2xt`.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Fingerprint(String);

/// RFC 4648 §6's alphabet in lower case; its letters and digits can't be taken for one another.
const BASE32: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";

impl DeviceId {
    /// From the 32 raw bytes of the hash.
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The 32 raw bytes of the hash.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// The short form for people: three groups of four characters.
    pub fn fingerprint(&self) -> Fingerprint {
        Fingerprint(self.groups(3))
    }

    /// `count` groups of four base32 characters.
    fn groups(&self, count: usize) -> String {
        let bit = |index: usize| self.0.get(index / 8).is_some_and(|byte| byte >> (7 - index % 8) & 1 == 1);
        let character = |index: usize| {
            let value = (0..5).fold(0, |value, offset| value << 1 | usize::from(bit(index * 5 + offset)));
            char::from(*BASE32.get(value).unwrap_or(&b'?'))
        };
        let group = |index: usize| (0..4).map(|offset| character(index * 4 + offset)).collect::<String>();
        (0..count).map(group).collect::<Vec<_>>().join("-")
    }
}

impl fmt::Display for DeviceId {
    /// The whole id: 13 groups of four base32 characters.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.groups(13))
    }
}

impl fmt::Debug for DeviceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DeviceId({})", self.groups(3))
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Fingerprint({})", self.0)
    }
}

/// The name a device gives itself, cleaned for showing: never empty, one line, at most [`DeviceName::MAX_CHARS`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeviceName(String);

impl DeviceName {
    /// Longer names are cut: a row has room for about this much.
    pub const MAX_CHARS: usize = 64;

    /// Cleans what a person typed or a peer sent. `None` if nothing is left of it.
    pub fn new(text: &str) -> Option<Self> {
        let cut: String = text.trim().chars().take(Self::MAX_CHARS).collect();
        let clean: String = shown_text(cut.trim_end()).chars().take(Self::MAX_CHARS).collect();
        // The cut may leave blanks at the end, and a name must stay itself when it is cleaned again.
        let clean = clean.trim_end();
        (!clean.is_empty()).then(|| Self(clean.to_owned()))
    }

    /// The name, ready to be shown.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for DeviceName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fingerprint_is_the_front_of_the_id_in_base32() {
        let id = DeviceId::from_bytes([0xff; 32]);
        assert_eq!(id.fingerprint().to_string(), "7777-7777-7777");
        assert!(id.to_string().starts_with("7777-7777-7777-"));
        assert_eq!(DeviceId::from_bytes([0; 32]).fingerprint().to_string(), "aaaa-aaaa-aaaa");
    }

    #[test]
    fn a_name_that_is_cut_behind_a_blank_stays_itself() {
        let name = DeviceName::new(&format!("\u{8}{} b", "a".repeat(58))).unwrap();
        assert_eq!(DeviceName::new(name.as_str()), Some(name));
    }

    #[test]
    fn a_name_is_one_clean_line_or_none() {
        assert_eq!(DeviceName::new("  Anna's PC \n").unwrap().as_str(), "Anna's PC");
        assert_eq!(DeviceName::new(" \n\t"), None);
        assert!(!DeviceName::new("a\u{202e}b\u{1b}[31m").unwrap().as_str().contains(['\u{202e}', '\u{1b}']));
        assert_eq!(DeviceName::new(&"舢".repeat(500)).unwrap().as_str().chars().count(), 64);
    }
}
