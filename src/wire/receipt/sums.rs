//! A receipt as the list that `sha256sum -c` understands.

use std::io::{Read, Write};

use crate::model::{Descent, Digest, ReceiptEntry, ReceiptKind};
use crate::wire::{ReceiptError, ReceiptReader};

/// Writes a line for each file that is there, to be checked from the folder it was received into; gives their number.
/// Folders and links are not in it: `sha256sum` knows none. The reader is left behind its last entry.
/// Errors: [`ReceiptError`].
pub fn write_sums<R: Read, W: Write>(
    receipt: &mut ReceiptReader<R>,
    out: &mut W,
) -> Result<u64, ReceiptError> {
    let mut folders = Descent::<()>::default();
    let mut files = 0;
    while let Some(entry) = receipt.entry()? {
        if let Some((digest, place)) = place(&mut folders, &entry) {
            out.write_all(&line(&digest, &place)).map_err(ReceiptError::Write)?;
            files += 1;
        }
    }
    Ok(files)
}

/// Where a file is, if it is one that is there. Called for every entry, so that folders' names are known.
fn place(folders: &mut Descent<()>, entry: &ReceiptEntry) -> Option<(Digest, Vec<u8>)> {
    let path = entry.path();
    while folders.leave_for(path).is_some() {}
    while let Some(name) = folders.not_entered(path) {
        folders.enter(name, name, ());
    }
    match entry.kind() {
        ReceiptKind::File { sha256, .. } => {
            sha256.map(|digest| (digest, folders.place_of(entry.final_name())))
        }
        ReceiptKind::Folder => {
            folders.enter(path.name(), entry.final_name(), ());
            None
        }
        ReceiptKind::Link(_) => None,
    }
}

/// One line, in the form that GNU's `sha256sum` prints itself: a backslash in front says that the name is escaped.
fn line(digest: &Digest, place: &[u8]) -> Vec<u8> {
    let mut name = Vec::with_capacity(place.len());
    for byte in place {
        match byte {
            b'\\' => name.extend_from_slice(b"\\\\"),
            b'\n' => name.extend_from_slice(b"\\n"),
            b'\r' => name.extend_from_slice(b"\\r"),
            byte => name.push(*byte),
        }
    }
    let mark: &[u8] = if name.len() == place.len() { b"" } else { b"\\" };
    // A single dash would be its standard input.
    let here: &[u8] = if place == b"-" { b"./" } else { b"" };
    [mark, digest.to_string().as_bytes(), b"  ", here, &name, b"\n"].concat()
}
