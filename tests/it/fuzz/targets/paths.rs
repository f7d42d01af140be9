//! Paths and names of a peer: whatever parses stays below its folder and is a single name there.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Component, Path};

use sampan::model::{LocalName, RelPath};

/// Names stand between bytes of 0xfe, which no UTF-8 holds.
pub(crate) fn run(data: &[u8]) -> String {
    let components: Vec<Vec<u8>> = data.split(|byte| *byte == 0xfe).map(<[u8]>::to_vec).collect();
    let path = match RelPath::parse(&components) {
        Ok(path) => path,
        Err(error) => return error.rule().to_owned(),
    };
    assert!(path.components().eq(&components), "parsing changes nothing");
    let mut below = Path::new("/some/folder/here").to_owned();
    let mut names = 0;
    for component in path.components() {
        let name = LocalName::of(component);
        assert_single(&name);
        for number in [1, 9, 100_000, u32::MAX] {
            let numbered = name.numbered(number);
            assert_single(&numbered);
            assert_ne!(numbered, name);
        }
        below.push(name.as_os_str());
        names += 1;
    }
    assert!(below.starts_with("/some/folder/here"));
    assert_eq!(below.components().count(), 4 + names);
    let joined = Path::new(OsStr::from_bytes(path.joined()));
    assert!(joined.components().all(|part| matches!(part, Component::Normal(_))));
    format!("{names} names, UTF-8: {}, as text: {}", path.is_utf8(), path.to_string().len() == data.len())
}

fn assert_single(name: &LocalName) {
    let bytes = name.as_bytes();
    assert!((1..=255).contains(&bytes.len()), "{name:?} has {} bytes", bytes.len());
    assert!(!bytes.contains(&b'/') && !bytes.contains(&0), "{name:?}");
    assert!(bytes != b"." && bytes != b"..", "{name:?}");
    assert!(!bytes.to_ascii_lowercase().starts_with(b".sampan-"), "{name:?}");
    let mut parts = Path::new(name.as_os_str()).components();
    assert!(matches!((parts.next(), parts.next()), (Some(Component::Normal(_)), None)), "{name:?}");
}
