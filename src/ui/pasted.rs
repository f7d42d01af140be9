//! Files in pasted text: what file managers put into the clipboard besides their own formats.

use std::ffi::OsString;
use std::path::PathBuf;

/// The absolute paths in a text: one a line, as `file://` addresses (RFC 8089) or as they are. Other lines mean nothing.
pub(super) fn paths_in(text: &str) -> Vec<PathBuf> {
    text.lines().filter_map(|line| path_in(line.trim())).collect()
}

fn path_in(line: &str) -> Option<PathBuf> {
    if let Some(rest) = line.strip_prefix("file://") {
        // `file:///path` and `file://host/path`; another host's files are not here.
        let (host, path) = rest.find('/').map(|at| rest.split_at(at))?;
        return (host.is_empty() || host == "localhost").then(|| PathBuf::from(os_string(unescaped(path))));
    }
    let path = PathBuf::from(line.trim_matches('"'));
    path.is_absolute().then_some(path)
}

/// Undoes `%20` and the like; what is no escape stays.
fn unescaped(text: &str) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        let escape = tail.get(..2).and_then(|digits| std::str::from_utf8(digits).ok());
        match (first, escape.and_then(|digits| u8::from_str_radix(digits, 16).ok())) {
            (b'%', Some(byte)) => {
                bytes.push(byte);
                rest = tail.get(2..).unwrap_or_default();
            }
            (byte, _) => {
                bytes.push(*byte);
                rest = tail;
            }
        }
    }
    bytes
}

#[cfg(unix)]
fn os_string(bytes: Vec<u8>) -> OsString {
    use std::os::unix::ffi::OsStringExt as _;
    OsString::from_vec(bytes)
}

#[cfg(not(unix))]
fn os_string(bytes: Vec<u8>) -> OsString {
    let text = String::from_utf8_lossy(&bytes).into_owned();
    // `/C:/Users` is how such an address writes a drive.
    text.strip_prefix('/').unwrap_or(&text).replace('/', "\\").into()
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn file_addresses_and_absolute_paths_are_files() {
        let text = "copy\nfile:///home/anna/a%20b.txt\r\nfile://localhost/%E4%B8%AD.txt\n/tmp/x y\n\"/tmp/quoted\"\n";
        let expected = ["/home/anna/a b.txt", "/中.txt", "/tmp/x y", "/tmp/quoted"].map(PathBuf::from);
        assert_eq!(paths_in(text), expected);
    }

    #[test]
    fn other_text_is_no_file() {
        assert!(paths_in("hello\nsrc/main.rs\nhttps://example.org/a\nfile://server/share\n\n").is_empty());
    }

    #[test]
    fn a_percent_sign_that_escapes_nothing_stays() {
        assert_eq!(paths_in("file:///100%\nfile:///%zz"), ["/100%", "/%zz"].map(PathBuf::from));
    }
}
