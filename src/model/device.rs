//! A device: its id, which TLS proves, and its name, which it only says. What we remember of one is in `device/paired.rs`.

mod paired;

use std::fmt;
use std::str::FromStr;

use unicode_normalization::UnicodeNormalization as _;

use crate::model::shown_text;

pub use paired::{DiscoveryKey, PairedDevice, Pinning, Policy, Sighting};

/// SHA-256 of the DER `SubjectPublicKeyInfo` of the device's Ed25519 key: what a device *is*.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct DeviceId([u8; 32]);

/// The first 60 bits of a device id in base32, for people to compare: `k3qm-7dva-p2xt`.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Fingerprint(String);

/// RFC 4648 §6's alphabet in lower case; its letters and digits can't be taken for one another.
const BASE32: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";

/// Groups of four characters of a whole id: 256 bits, and four zero bits at its end.
const GROUPS: usize = 13;

/// Fewer characters of an id than this (40 bits) are no way to name a device: another key that begins alike is soon made.
const MIN_PREFIX: usize = 8;

/// Text that is no whole device id.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a device id: 13 groups of four characters from a-z and 2-7")]
pub struct NotADeviceId(String);

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

    /// Whether the id begins with this text: at least 8 base32 characters, of any case, dashes ignored. What is shorter or
    /// has other characters begins no id.
    pub fn has_prefix(&self, text: &str) -> bool {
        let wanted = bare(text);
        wanted.len() >= MIN_PREFIX && bare(&self.to_string()).starts_with(&wanted)
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

/// Base32 text without dashes, in lower case.
fn bare(text: &str) -> String {
    text.trim().chars().filter(|c| *c != '-').map(|c| c.to_ascii_lowercase()).collect()
}

impl FromStr for DeviceId {
    type Err = NotADeviceId;

    /// The whole id as [`Display`](fmt::Display) prints it, with or without its dashes, in any case.
    /// Errors: [`NotADeviceId`] with the text.
    fn from_str(text: &str) -> Result<Self, NotADeviceId> {
        let wrong = || NotADeviceId(text.to_owned());
        let bare = bare(text);
        if bare.len() != GROUPS * 4 {
            return Err(wrong());
        }
        let mut bytes = [0; 32];
        for (index, character) in bare.bytes().enumerate() {
            let value = BASE32.iter().position(|known| *known == character).ok_or_else(wrong)?;
            for bit in (0..5).filter(|bit| value >> (4 - bit) & 1 == 1) {
                let at = index * 5 + bit;
                // Past the 256th bit only zeros are an id: otherwise many texts would be the same one.
                *bytes.get_mut(at / 8).ok_or_else(wrong)? |= 1 << (7 - at % 8);
            }
        }
        Ok(Self(bytes))
    }
}

impl fmt::Display for DeviceId {
    /// The whole id: 13 groups of four base32 characters.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.groups(GROUPS))
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

    /// Whether people could take one for the other: case, kinds of blanks and quotes, composed letters and what nobody sees
    /// make no difference. Letters of other alphabets that look alike do.
    pub fn looks_like(&self, other: &Self) -> bool {
        self.skeleton() == other.skeleton()
    }

    fn skeleton(&self) -> String {
        let is_seen = |c: &char| !matches!(c, '\u{200d}' | '\u{fe00}'..='\u{fe0f}');
        let plain: String = self.0.nfkc().filter(is_seen).flat_map(char::to_lowercase).collect();
        let plain = plain.replace(['\u{2018}', '\u{2019}', '\u{02bc}', '`', '\u{b4}'], "'");
        plain.split_whitespace().collect::<Vec<_>>().join(" ")
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
    fn a_name_that_differs_in_what_nobody_sees_looks_like_the_other() {
        let name = |text: &str| DeviceName::new(text).unwrap();
        let anna = name("Anna's PC");
        for like in [
            "anna's pc",
            "Anna's\u{a0}PC",
            "Anna's  PC",
            "Anna\u{2019}s PC",
            "Anna's PC\u{200d}",
            "Anna's\u{2003}PC\u{fe0f}",
        ] {
            assert!(anna.looks_like(&name(like)), "{like:?}");
        }
        assert!(!anna.looks_like(&name("Anna's Mac")));
        assert!(!DeviceName::new("a\u{034f}b\u{17b5}").unwrap().as_str().contains(['\u{034f}', '\u{17b5}']));
    }

    #[test]
    fn a_fingerprint_is_the_front_of_the_id_in_base32() {
        let id = DeviceId::from_bytes([0xff; 32]);
        assert_eq!(id.fingerprint().to_string(), "7777-7777-7777");
        assert!(id.to_string().starts_with("7777-7777-7777-"));
        assert_eq!(DeviceId::from_bytes([0; 32]).fingerprint().to_string(), "aaaa-aaaa-aaaa");
    }

    fn some_id() -> DeviceId {
        DeviceId::from_bytes(std::array::from_fn(|index| u8::try_from(index * 37 % 256).unwrap()))
    }

    #[test]
    fn an_id_is_read_as_it_is_printed_in_any_case_and_without_dashes() {
        for id in [some_id(), DeviceId::from_bytes([0; 32]), DeviceId::from_bytes([0xff; 32])] {
            let text = id.to_string();
            for text in [text.clone(), text.replace('-', ""), text.to_uppercase(), format!(" {text}\n")] {
                assert_eq!(text.parse(), Ok(id), "{text}");
            }
        }
    }

    #[test]
    fn what_is_no_whole_id_is_refused() {
        let text = some_id().to_string();
        let cut = &text[..text.len() - 1];
        let wrong = [cut.to_owned(), format!("{text}a"), format!("{cut}1"), format!("{cut}é"), String::new()];
        for text in wrong {
            assert_eq!(text.parse::<DeviceId>(), Err(NotADeviceId(text)));
        }
        // The same 256 bits, and other bits behind them.
        let zero = DeviceId::from_bytes([0; 32]).to_string();
        assert!(format!("{}b", &zero[..zero.len() - 1]).parse::<DeviceId>().is_err());
    }

    #[test]
    fn eight_characters_name_a_device_and_seven_never_do() {
        let id = some_id();
        let bare = id.to_string().replace('-', "");
        for text in [&bare[..8], &bare, &id.fingerprint().to_string(), &bare[..9].to_uppercase()] {
            assert!(id.has_prefix(text), "{text}");
        }
        assert!(id.has_prefix(&format!("{}-{}", &bare[..3], &bare[3..8])));
        for text in ["", "--------", &bare[..7], &format!("{}-", &bare[..7]), "aaaaaaaa", &format!("{bare}a")]
        {
            assert!(!id.has_prefix(text), "{text}");
        }
        assert!(!DeviceId::from_bytes([0; 32]).has_prefix("aaaaaaa*"));
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
