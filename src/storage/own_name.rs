//! The names we give to what is ours in a target folder (docs/trees.md, "Words"). Peers can send none of them.
//!
//! A name says all that has to be known of a file after a crash, so that nobody needs a list.

use std::ffi::{OsStr, OsString};

use sha2::{Digest as _, Sha256};

use crate::model::{DeviceId, Entry, TransferId};

const PREFIX: &str = ".sampan-";
const PART: &str = ".part";
const KEPT: &str = ".old";
/// Hex digits of each number in a name: 64 bits, far more than two files of one folder meet in by accident.
const DIGITS: usize = 16;

/// The staging folder of a transfer. Of both ids, so that no other device's transfer can meet it.
pub(super) fn staging(sender: &DeviceId, transfer: &TransferId) -> OsString {
    let hash = Sha256::new().chain_update(sender.as_bytes()).chain_update(transfer.as_bytes());
    format!("{PREFIX}{}", digits(hash)).into()
}

/// The part file of this version of this path.
pub(super) fn part(entry: &Entry) -> OsString {
    let path = of_path(entry.path.joined());
    let mut version = Sha256::new().chain_update(entry.size.to_be_bytes());
    if let Some(modified) = entry.modified {
        version.update(modified.secs.to_be_bytes());
        version.update(modified.nanos.to_be_bytes());
    }
    format!("{path}-{}{PART}", digits(version)).into()
}

/// What all parts of a path begin with, and what is kept of what they replace.
pub(super) fn of_path(path: &[u8]) -> String {
    digits(Sha256::new().chain_update(path))
}

/// What a part's name becomes when the file it replaces takes its place: `….old`, `….old-2`, `….old-3`…
pub(super) fn kept(part: &OsStr, number: u32) -> OsString {
    let stem = part.to_str().and_then(|name| name.strip_suffix(PART)).unwrap_or_default();
    if number <= 1 { format!("{stem}{KEPT}").into() } else { format!("{stem}{KEPT}-{number}").into() }
}

/// The file in a folder of another file system that a part is copied to. With the staging folder's digits, because
/// whoever holds that one may remove it, and nobody else.
pub(super) fn copy(staging: &OsStr, part: &OsStr) -> OsString {
    let path = path_digits(part).unwrap_or_default();
    let mut name = staging.to_owned();
    name.push(format!("-{path}{PART}"));
    name
}

/// The digits that parts of one path have in common, whatever the version.
pub(super) fn path_digits(part: &OsStr) -> Option<&str> {
    let (path, rest) = part.to_str()?.split_once('-')?;
    (is_digits(path) && is_digits(rest.strip_suffix(PART)?)).then_some(path)
}

pub(super) fn is_staging(name: &OsStr) -> bool {
    name.to_str().and_then(|name| name.strip_prefix(PREFIX)).is_some_and(is_digits)
}

pub(super) fn is_part(name: &OsStr) -> bool {
    path_digits(name).is_some()
}

pub(super) fn is_kept(name: &OsStr) -> bool {
    kept_number(name).is_some()
}

/// The digits of the path and the number of a file that was replaced.
pub(super) fn kept_number(name: &OsStr) -> Option<(&str, u32)> {
    let (stem, mark) = name.to_str()?.split_once(KEPT)?;
    let (path, version) = stem.split_once('-')?;
    let number = match mark.strip_prefix('-') {
        Some(number) if is_number(number) => number.parse().ok()?,
        None if mark.is_empty() => 1,
        Some(_) | None => return None,
    };
    (is_digits(path) && is_digits(version)).then_some((path, number))
}

/// A part file as the first version made them, in the target folder itself.
pub(super) fn is_former_part(name: &OsStr) -> bool {
    let middle = name.to_str().and_then(|name| name.strip_prefix(PREFIX)?.strip_suffix(PART));
    middle
        .and_then(|middle| middle.split_once('-'))
        .is_some_and(|(id, entry)| is_digits(id) && is_number(entry))
}

/// The first of its digits.
fn digits(hash: Sha256) -> String {
    let hash: [u8; 32] = hash.finalize().into();
    let first = hash.first_chunk().copied().map_or(0, u64::from_be_bytes);
    format!("{first:0DIGITS$x}")
}

fn is_digits(text: &str) -> bool {
    text.len() == DIGITS && text.chars().all(|c| matches!(c, '0'..='9' | 'a'..='f'))
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{EntryKind, RelPath, Stamp};

    fn entry(path: &[&[u8]], size: u64, modified: Option<Stamp>) -> Entry {
        let path = RelPath::parse(path).unwrap();
        Entry { path, kind: EntryKind::File, size, stored: size, modified, mode: None }
    }

    #[test]
    fn a_staging_folder_is_named_after_both_ids() {
        let name = |device: u8, transfer: u8| {
            staging(&DeviceId::from_bytes([device; 32]), &TransferId::from_bytes([transfer; 16]))
        };
        assert!(is_staging(&name(1, 1)));
        assert_eq!(name(1, 1), name(1, 1));
        assert!(name(1, 1) != name(1, 2) && name(1, 1) != name(2, 1));
    }

    #[test]
    fn a_part_is_named_after_its_path_and_its_version() {
        let stamp = |secs, nanos| Some(Stamp { secs, nanos });
        let names = [
            entry(&[b"a", b"b"], 1, None),
            entry(&[b"ab"], 1, None),
            entry(&[b"a", b"\xff"], 1, None),
            entry(&[b"a", b"b"], 2, None),
            entry(&[b"a", b"b"], 1, stamp(0, 0)),
            entry(&[b"a", b"b"], 1, stamp(0, 1)),
            entry(&[b"a", b"b"], 1, stamp(-1, 1)),
        ]
        .map(|entry| part(&entry));
        for (index, name) in names.iter().enumerate() {
            assert!(is_part(name) && !names[..index].contains(name), "{name:?}");
        }
        assert_eq!(path_digits(&names[0]), path_digits(&names[6]));
        assert_ne!(path_digits(&names[0]), path_digits(&names[1]));
    }

    #[test]
    fn every_name_of_ours_is_known_again_and_by_its_own_kind_only() {
        let (folder, file) =
            (OsStr::new(".sampan-00112233445566ff"), OsStr::new("00112233445566ff-8899aabbccddeeff.part"));
        let checks: [fn(&OsStr) -> bool; 4] = [is_staging, is_part, is_kept, is_former_part];
        for (name, kind) in [
            (folder.to_owned(), 0),
            (file.to_owned(), 1),
            (kept(file, 1), 2),
            (kept(file, 12), 2),
            (".sampan-00112233445566ff-12.part".into(), 3),
        ] {
            for (index, is_it) in checks.iter().enumerate() {
                assert_eq!(is_it(&name), index == kind, "{name:?} {index}");
            }
        }
        assert_eq!(kept(file, 2), "00112233445566ff-8899aabbccddeeff.old-2");
        assert_eq!(copy(folder, file), ".sampan-00112233445566ff-00112233445566ff.part");
    }

    #[test]
    fn what_only_looks_like_ours_is_not() {
        for name in [
            "",
            "-",
            ".sampan-",
            ".sampan-0011",
            ".sampan-00112233445566FF",
            ".sampan-00112233445566ff-",
            ".sampan-00112233445566ff-.part",
            ".sampan-00112233445566FF-0.part",
            ".sampan-00112233445566ff-1x.part",
            "00112233445566ff.part",
            "00112233445566ff-8899aabbccddeeff",
            "00112233445566ff-8899aabbccddeeff.part.part",
            "00112233445566ff-8899aabbccddeeff.old-",
            "00112233445566ff-8899aabbccddeeff.old-x",
            "00112233445566ff-8899aabbccddeeff.older",
            "x.old",
        ] {
            let name = OsStr::new(name);
            assert!(
                !is_staging(name) && !is_part(name) && !is_kept(name) && !is_former_part(name),
                "{name:?}"
            );
        }
    }
}
