//! How values of ours stand in columns, and what reading says where somebody else wrote them.

use std::ffi::OsString;
use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};
use std::path::{Path, PathBuf};

use rusqlite::Row;

use crate::model::{Digest, Moment, RelPath, size};

/// A row holds something that we did not put there.
#[derive(Debug, thiserror::Error)]
#[error("column {0} has no value of ours")]
pub(super) struct NotOurs(pub(super) &'static str);

impl From<NotOurs> for rusqlite::Error {
    fn from(error: NotOurs) -> Self {
        Self::FromSqlConversionFailure(0, rusqlite::types::Type::Text, Box::new(error))
    }
}

/// A whole number for SQLite, which has signed ones only. No file is that long and no clock that late: what a peer says
/// beyond it is as good as endless.
pub(super) fn from_number(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// A number from a row.
pub(super) fn number(row: &Row<'_>, column: &'static str) -> rusqlite::Result<u64> {
    let number: i64 = row.get(column)?;
    Ok(u64::try_from(number).map_err(|_| NotOurs(column))?)
}

/// A moment as a whole number.
pub(super) fn to_column(at: Moment) -> i64 {
    from_number(at.as_secs())
}

/// A moment from a row.
pub(super) fn moment(row: &Row<'_>, column: &'static str) -> rusqlite::Result<Moment> {
    number(row, column).map(Moment::from_secs)
}

/// A digest from a row.
pub(super) fn digest(row: &Row<'_>, column: &'static str) -> rusqlite::Result<Digest> {
    row.get(column).map(Digest::from_bytes)
}

/// One of our words from a row.
pub(super) fn word<T>(
    row: &Row<'_>,
    column: &'static str,
    read: impl FnOnce(&str) -> Option<T>,
) -> rusqlite::Result<T> {
    let word: String = row.get(column)?;
    Ok(read(&word).ok_or(NotOurs(column))?)
}

/// A path of the system from a row, any bytes but none.
pub(super) fn system_path(row: &Row<'_>, column: &'static str) -> rusqlite::Result<PathBuf> {
    let bytes: Vec<u8> = row.get(column)?;
    if bytes.is_empty() { Err(NotOurs(column).into()) } else { Ok(OsString::from_vec(bytes).into()) }
}

/// A path below a transfer's folder from a row: one that somebody wrote by hand must not lead out of it.
pub(super) fn path_below(row: &Row<'_>, column: &'static str) -> rusqlite::Result<Vec<u8>> {
    let path: Vec<u8> = row.get(column)?;
    if path.split(|byte| *byte == b'/').all(is_name) { Ok(path) } else { Err(NotOurs(column).into()) }
}

/// The name of a file from a row: of one, and in the folder where it is looked for.
pub(super) fn name(row: &Row<'_>, column: &'static str) -> rusqlite::Result<Vec<u8>> {
    let name: Vec<u8> = row.get(column)?;
    if is_name(&name) && !name.contains(&b'/') { Ok(name) } else { Err(NotOurs(column).into()) }
}

fn is_name(name: &[u8]) -> bool {
    !name.is_empty() && name.len() <= RelPath::MAX_NAME && name != b"." && name != b".." && !name.contains(&0)
}

/// Paths in one column, in their order: each with its length in front, as 8 bytes. So any bytes can be in them.
pub(super) fn from_paths(paths: &[PathBuf]) -> Vec<u8> {
    let mut column = Vec::new();
    for path in paths.iter().map(|path| path.as_os_str().as_bytes()) {
        column.extend_from_slice(&size::from_len(path.len()).to_be_bytes());
        column.extend_from_slice(path);
    }
    column
}

/// What [`from_paths`] made, from a row.
pub(super) fn paths(row: &Row<'_>, column: &'static str) -> rusqlite::Result<Vec<PathBuf>> {
    let bytes: Vec<u8> = row.get(column)?;
    let mut rest = bytes.as_slice();
    let mut paths = Vec::new();
    while let Some((length, behind)) = rest.split_first_chunk() {
        let length = size::to_len(u64::from_be_bytes(*length));
        let (path, behind) = behind.split_at_checked(length).ok_or(NotOurs(column))?;
        paths.push(Path::new(std::ffi::OsStr::from_bytes(path)).to_owned());
        rest = behind;
    }
    if rest.is_empty() { Ok(paths) } else { Err(NotOurs(column).into()) }
}
