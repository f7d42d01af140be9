//! Text of a peer, as people and terminals get it; addresses, as people type them.

use sampan::model::{DeviceName, HostPort, shown_bytes, shown_text};

pub(crate) fn run(data: &[u8]) -> String {
    let shown = shown_bytes(data);
    assert_harmless(&shown);
    assert_eq!(shown_text(&shown), shown, "what was cleaned is clean");
    let text = String::from_utf8_lossy(data);
    let name = DeviceName::new(&text);
    if let Some(name) = &name {
        assert_harmless(name.as_str());
        assert!((1..=DeviceName::MAX_CHARS).contains(&name.as_str().chars().count()));
        assert_eq!(DeviceName::new(name.as_str()).as_ref(), Some(name), "a clean name stays");
    }
    let address = text.parse::<HostPort>();
    if let Ok(address) = &address {
        assert_eq!(address.to_string().parse::<HostPort>().as_ref(), Ok(address));
    }
    format!("{} {} {:?}", shown.len() == data.len(), name.is_some(), address.err())
}

/// No control, no turning around, nothing invisible but the joiner of emoji.
fn assert_harmless(line: &str) {
    let harmful = |c: char| {
        c.is_control()
            || matches!(c, '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
    };
    assert!(!line.contains(harmful), "{line:?}");
}
