//! Rows of what was done of a transfer so far, by its row's id: what [`Journal`](crate::storage::Journal) writes and reads.

use std::collections::HashMap;
use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};

use rusqlite::{Connection, Row, params};

use crate::model::{Choice, Moment, Stamp};
use crate::storage::database::columns::{self, from_number, number, path_below, to_column, word};
use crate::storage::{Finish, Intent, Naming};

pub(in crate::storage) fn will_make(
    connection: &Connection,
    id: i64,
    folders: &[(Vec<u8>, Finish)],
) -> rusqlite::Result<()> {
    let sql = "INSERT OR REPLACE INTO made (incoming, path, mode, secs, nanos) VALUES (?1, ?2, ?3, ?4, ?5)";
    let mut insert = connection.prepare(sql)?;
    folders.iter().try_for_each(|(path, Finish { mode, modified })| {
        let (secs, nanos) = (modified.map(|stamp| stamp.secs), modified.map(|stamp| stamp.nanos));
        insert.execute(params![id, path, mode, secs, nanos]).map(drop)
    })
}

pub(in crate::storage) fn made(
    connection: &Connection,
    id: i64,
) -> rusqlite::Result<HashMap<Vec<u8>, Finish>> {
    let sql = "SELECT path, mode, secs, nanos FROM made WHERE incoming = ?1";
    let read = |row: &Row<'_>| {
        let (secs, nanos) = (row.get::<_, Option<i64>>("secs")?, row.get::<_, Option<u32>>("nanos")?);
        let modified = secs.zip(nanos).map(|(secs, nanos)| Stamp { secs, nanos });
        Ok((path_below(row, "path")?, Finish { mode: row.get("mode")?, modified }))
    };
    connection.prepare(sql)?.query_map([id], read)?.collect()
}

pub(in crate::storage) fn will_enter(
    connection: &Connection,
    id: i64,
    folders: &[(Vec<u8>, Stamp)],
) -> rusqlite::Result<()> {
    let sql = "INSERT OR IGNORE INTO entered (incoming, path, secs, nanos) VALUES (?1, ?2, ?3, ?4)";
    let mut insert = connection.prepare(sql)?;
    folders.iter().try_for_each(|(path, Stamp { secs, nanos })| {
        insert.execute(params![id, path, secs, nanos]).map(drop)
    })
}

pub(in crate::storage) fn entered(
    connection: &Connection,
    id: i64,
) -> rusqlite::Result<HashMap<Vec<u8>, Stamp>> {
    let sql = "SELECT path, secs, nanos FROM entered WHERE incoming = ?1";
    let read = |row: &Row<'_>| {
        let stamp = Stamp { secs: row.get("secs")?, nanos: row.get("nanos")? };
        Ok((path_below(row, "path")?, stamp))
    };
    connection.prepare(sql)?.query_map([id], read)?.collect()
}

pub(in crate::storage) fn intend(
    connection: &Connection,
    id: i64,
    intents: &[(Vec<u8>, Intent)],
) -> rusqlite::Result<()> {
    let sql = "
        INSERT OR REPLACE INTO intents (incoming, path, name, kind) VALUES (?1, ?2, ?3, ?4)";
    let mut insert = connection.prepare(sql)?;
    intents.iter().try_for_each(|(path, Intent { name, kind })| {
        insert.execute(params![id, path, name, kind.code()]).map(drop)
    })
}

pub(in crate::storage) fn intents(
    connection: &Connection,
    id: i64,
) -> rusqlite::Result<HashMap<Vec<u8>, Intent>> {
    let sql = "SELECT path, name, kind FROM intents WHERE incoming = ?1";
    let read = |row: &Row<'_>| {
        let name = columns::name(row, "name")?;
        let kind = word(row, "kind", Naming::from_code)?;
        Ok((path_below(row, "path")?, Intent { name, kind }))
    };
    connection.prepare(sql)?.query_map([id], read)?.collect()
}

pub(in crate::storage) fn durable(
    connection: &Connection,
    id: i64,
    part: &OsStr,
    offset: u64,
) -> rusqlite::Result<()> {
    let sql = "INSERT OR REPLACE INTO offsets (incoming, part, bytes) VALUES (?1, ?2, ?3)";
    connection.execute(sql, params![id, part.as_bytes(), from_number(offset)]).map(drop)
}

pub(in crate::storage) fn offsets(
    connection: &Connection,
    id: i64,
) -> rusqlite::Result<HashMap<OsString, u64>> {
    let sql = "SELECT part, bytes FROM offsets WHERE incoming = ?1";
    let read = |row: &Row<'_>| Ok((OsString::from_vec(columns::name(row, "part")?), number(row, "bytes")?));
    connection.prepare(sql)?.query_map([id], read)?.collect()
}

pub(in crate::storage) fn choose(
    connection: &Connection,
    id: i64,
    choices: &[(Vec<u8>, Choice)],
) -> rusqlite::Result<()> {
    let sql = "INSERT OR REPLACE INTO choices (incoming, path, choice) VALUES (?1, ?2, ?3)";
    let mut insert = connection.prepare(sql)?;
    choices.iter().try_for_each(|(path, choice)| insert.execute(params![id, path, choice.code()]).map(drop))
}

pub(in crate::storage) fn choices(
    connection: &Connection,
    id: i64,
) -> rusqlite::Result<HashMap<Vec<u8>, Choice>> {
    let sql = "SELECT path, choice FROM choices WHERE incoming = ?1";
    let read = |row: &Row<'_>| Ok((path_below(row, "path")?, word(row, "choice", Choice::from_code)?));
    connection.prepare(sql)?.query_map([id], read)?.collect()
}

/// Something is taken, again perhaps. Nothing is written where nothing changes, as for all that is new.
pub(in crate::storage) fn begin(connection: &Connection, id: i64) -> rusqlite::Result<()> {
    connection
        .execute("UPDATE incoming SET delivered_at = NULL WHERE id = ?1 AND delivered_at IS NOT NULL", [id])
        .map(drop)
}

/// The parts are gone then, and so are their offsets.
pub(in crate::storage) fn delivered(connection: &Connection, id: i64, at: Moment) -> rusqlite::Result<()> {
    connection.execute("DELETE FROM offsets WHERE incoming = ?1", [id])?;
    connection
        .execute("UPDATE incoming SET delivered_at = ?2 WHERE id = ?1", params![id, to_column(at)])
        .map(drop)
}
