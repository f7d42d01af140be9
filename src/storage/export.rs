//! A file that a person has written where they like: a receipt, or the list beside it.

use std::fs::File;
use std::io::{self, Read as _, Write as _};
use std::path::Path;

use crate::model::size;

/// Writes a file that was not there. One that holds just these bytes already will do. Blocks. Errors: something else has that
/// name, or it cannot be written; nothing of ours stays then.
pub fn write_new(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = match File::create_new(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists && holds(path, bytes) => return Ok(()),
        Err(error) => return Err(error),
    };
    file.write_all(bytes).and_then(|()| file.sync_all()).inspect_err(|_| {
        // Half of a receipt is worse than none.
        std::fs::remove_file(path).ok();
    })
}

/// Whether a file holds just these bytes. Whatever is no file, or of another length, is not even opened.
fn holds(path: &Path, bytes: &[u8]) -> bool {
    let length = size::from_len(bytes.len());
    if !path.metadata().is_ok_and(|there| there.is_file() && there.len() == length) {
        return false;
    }
    let mut there = Vec::with_capacity(bytes.len());
    let read = File::open(path).and_then(|file| file.take(length + 1).read_to_end(&mut there));
    read.is_ok() && there == bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_written_once_and_the_same_again_is_no_error() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.receipt");
        write_new(&path, b"bytes").unwrap();
        write_new(&path, b"bytes").unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), b"bytes");
    }

    #[test]
    fn what_is_there_and_says_something_else_is_never_touched() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.receipt");
        std::fs::write(&path, b"mine!").unwrap();
        for bytes in [&b"bytes"[..], b"mine", b"mine! and more", b""] {
            assert_eq!(write_new(&path, bytes).unwrap_err().kind(), io::ErrorKind::AlreadyExists);
        }
        assert_eq!(std::fs::read(&path).unwrap(), b"mine!");
        assert!(write_new(folder.path(), b"bytes").is_err(), "a folder has that name");
        assert!(write_new(&folder.path().join("not/there"), b"bytes").is_err());
    }

    #[cfg(unix)]
    #[test]
    fn a_link_that_leads_nowhere_is_not_followed() {
        let folder = tempfile::tempdir().unwrap();
        let (link, goal) = (folder.path().join("a.receipt"), folder.path().join("goal"));
        std::os::unix::fs::symlink(&goal, &link).unwrap();
        assert!(write_new(&link, b"bytes").is_err());
        assert!(!goal.exists());
    }
}
