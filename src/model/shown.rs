//! Peer text is data: what could steer a terminal or turn a line around is shown, not obeyed.

use std::fmt::Write as _;
use std::path::Path;

/// Bidirectional marks and other invisible characters that make a name look like another one.
fn is_deceptive(c: char) -> bool {
    matches!(
        c,
        '\u{00ad}' | '\u{034f}' | '\u{17b4}' | '\u{17b5}' | '\u{115f}' | '\u{1160}' | '\u{2800}' | '\u{3164}' | '\u{ffa0}' | '\u{e0100}'..='\u{e01ef}' | '\u{061c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}'
    )
}

/// Text with control, bidirectional and invisible characters written as `\u{202e}`. Everything else stays,
/// also 中文 and emoji (the joiner U+200D inside an emoji sequence is kept).
pub fn shown_text(text: &str) -> String {
    // Nearly all names, and long lists of them.
    if text.bytes().all(|byte| matches!(byte, b' '..=b'~')) {
        return text.to_owned();
    }
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        if c != '\u{200d}' && (c.is_control() || is_deceptive(c)) {
            // Writing to a String cannot fail.
            write!(shown, "\\u{{{:x}}}", u32::from(c)).ok();
        } else {
            shown.push(c);
        }
    }
    shown
}

/// A path of this computer, ready to be shown.
pub fn shown_path(path: &Path) -> String {
    shown_bytes(path.as_os_str().as_encoded_bytes())
}

/// The last name of a path, ready to be shown; all of it where it has none.
pub fn shown_name(path: &Path) -> String {
    shown_bytes(path.file_name().unwrap_or(path.as_os_str()).as_encoded_bytes())
}

/// A file name as text: like [`shown_text`], and bytes that are not UTF-8 written as `\xNN`.
pub fn shown_bytes(bytes: &[u8]) -> String {
    if let Ok(text) = std::str::from_utf8(bytes) {
        return shown_text(text);
    }
    let mut shown = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        shown.push_str(&shown_text(chunk.valid()));
        for byte in chunk.invalid() {
            write!(shown, "\\x{byte:02x}").ok();
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_turns_the_line_around_is_shown_with_its_mark() {
        assert_eq!(shown_text("invoice\u{202e}fdp.exe"), "invoice\\u{202e}fdp.exe");
        assert_eq!(shown_text("a\nb\u{1b}[2J\r"), "a\\u{a}b\\u{1b}[2J\\u{d}");
    }

    #[test]
    fn ordinary_names_stay_as_they_are() {
        for name in ["报告 最终版.pdf", "it's \"fine\".txt", "👩\u{200d}🚀.png", "naïve"] {
            assert_eq!(shown_text(name), name);
        }
    }

    #[test]
    fn bytes_that_are_not_utf8_are_escaped_one_by_one() {
        assert_eq!(shown_bytes(b"caf\xe9 \xff\xfe.txt"), "caf\\xe9 \\xff\\xfe.txt");
    }
}
