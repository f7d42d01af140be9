//! The tables, and how an older database becomes a newer one.

use std::path::Path;

use rusqlite::{Connection, TransactionBehavior};

use crate::storage::DatabaseError;

/// `smpn`: marks the file as ours, so that the database of another program is never taken for it and changed.
const APPLICATION: i64 = 0x736d_706e;

/// Step by step from nothing to the newest format. The number of steps that are done is the file's `user_version`.
/// A step that was released never changes: a new one follows.
const STEPS: &[&str] = &[
    "
    CREATE TABLE devices (
        id        BLOB    NOT NULL PRIMARY KEY CHECK (length(id) = 32),
        name      TEXT    NOT NULL,
        policy    TEXT    NOT NULL CHECK (policy IN ('ask', 'accept', 'block')),
        pinning   TEXT    NOT NULL CHECK (pinning IN ('mutual', 'one-sided')),
        address   TEXT,
        paired_at INTEGER NOT NULL CHECK (paired_at >= 0),
        seen_at   INTEGER NOT NULL CHECK (seen_at >= 0),
        discovery BLOB    CHECK (length(discovery) = 32)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE accounts (
        name       TEXT    NOT NULL PRIMARY KEY,
        hash       TEXT    NOT NULL,
        created_at INTEGER NOT NULL CHECK (created_at >= 0)
    ) STRICT, WITHOUT ROWID;
    -- This device's own: one row, from the first use on.
    CREATE TABLE own (
        only_row  INTEGER NOT NULL PRIMARY KEY CHECK (only_row = 1),
        discovery BLOB    NOT NULL CHECK (length(discovery) = 32)
    ) STRICT;
",
    "
    CREATE TABLE outgoing (
        id          INTEGER NOT NULL PRIMARY KEY,
        transfer    BLOB    NOT NULL UNIQUE CHECK (length(transfer) = 16),
        receiver    BLOB    NOT NULL CHECK (length(receiver) = 32),
        address     TEXT    NOT NULL,
        links       TEXT    NOT NULL CHECK (links IN ('keep', 'follow')),
        label       TEXT    NOT NULL,
        files       INTEGER NOT NULL CHECK (files >= 0),
        bytes       INTEGER NOT NULL CHECK (bytes >= 0),
        accepted    INTEGER NOT NULL CHECK (accepted IN (0, 1)),
        begun_at    INTEGER NOT NULL CHECK (begun_at >= 0),
        finished_at INTEGER CHECK (finished_at >= 0),
        -- Absolute paths in the order given, each behind its length in 8 bytes. Last, because it may be long.
        sources     BLOB    NOT NULL
    ) STRICT;
    CREATE TABLE incoming (
        id           INTEGER NOT NULL PRIMARY KEY,
        sender       BLOB    NOT NULL CHECK (length(sender) = 32),
        transfer     BLOB    NOT NULL CHECK (length(transfer) = 16),
        folder       BLOB    NOT NULL,
        account      TEXT,
        names        BLOB    NOT NULL CHECK (length(names) = 32),
        conflict     TEXT    NOT NULL CHECK (conflict IN ('rename', 'skip', 'replace')),
        label        TEXT    NOT NULL,
        files        INTEGER NOT NULL CHECK (files >= 0),
        bytes        INTEGER NOT NULL CHECK (bytes >= 0),
        -- What may still come without another question; 0 once its sender was forgotten.
        allowance    INTEGER NOT NULL CHECK (allowance >= 0),
        agreed_at    INTEGER NOT NULL CHECK (agreed_at >= 0),
        delivered_at INTEGER CHECK (delivered_at >= 0),
        UNIQUE (sender, transfer)
    ) STRICT;
    -- Folders that a transfer makes, with what they get once all is in them, also where the transfer is given up.
    CREATE TABLE made (
        incoming INTEGER NOT NULL REFERENCES incoming ON DELETE CASCADE,
        path     BLOB    NOT NULL,
        mode     INTEGER CHECK (mode >= 0),
        secs     INTEGER,
        nanos    INTEGER CHECK (nanos BETWEEN 0 AND 999999999),
        PRIMARY KEY (incoming, path)
    ) STRICT, WITHOUT ROWID;
    -- Folders that were there and that something is put into, with their times before.
    CREATE TABLE entered (
        incoming INTEGER NOT NULL REFERENCES incoming ON DELETE CASCADE,
        path     BLOB    NOT NULL,
        secs     INTEGER NOT NULL,
        nanos    INTEGER NOT NULL CHECK (nanos BETWEEN 0 AND 999999999),
        PRIMARY KEY (incoming, path)
    ) STRICT, WITHOUT ROWID;
    -- Files that get another name than their own, or replace one.
    CREATE TABLE intents (
        incoming INTEGER NOT NULL REFERENCES incoming ON DELETE CASCADE,
        path     BLOB    NOT NULL,
        name     BLOB    NOT NULL,
        kind     TEXT    NOT NULL CHECK (kind IN ('rename', 'replace')),
        PRIMARY KEY (incoming, path)
    ) STRICT, WITHOUT ROWID;
    -- Bytes of large parts that are known to be on the disk.
    CREATE TABLE offsets (
        incoming INTEGER NOT NULL REFERENCES incoming ON DELETE CASCADE,
        part     BLOB    NOT NULL,
        bytes    INTEGER NOT NULL CHECK (bytes >= 0),
        PRIMARY KEY (incoming, part)
    ) STRICT, WITHOUT ROWID;
    -- What a person wants for single entries.
    CREATE TABLE choices (
        incoming INTEGER NOT NULL REFERENCES incoming ON DELETE CASCADE,
        path     BLOB    NOT NULL,
        choice   TEXT    NOT NULL CHECK (choice IN ('rename', 'skip', 'replace', 'leave')),
        PRIMARY KEY (incoming, path)
    ) STRICT, WITHOUT ROWID;
    -- They outlive their transfers.
    CREATE TABLE receipts (
        id        INTEGER NOT NULL PRIMARY KEY,
        direction TEXT    NOT NULL CHECK (direction IN ('outgoing', 'incoming')),
        transfer  BLOB    NOT NULL CHECK (length(transfer) = 16),
        peer      BLOB    NOT NULL CHECK (length(peer) = 32),
        at        INTEGER NOT NULL CHECK (at >= 0),
        bytes     INTEGER NOT NULL CHECK (bytes >= 0),
        signature BLOB    NOT NULL CHECK (length(signature) = 64),
        UNIQUE (transfer, peer, direction)
    ) STRICT;
    CREATE TABLE receipt_pieces (
        receipt INTEGER NOT NULL REFERENCES receipts ON DELETE CASCADE,
        piece   INTEGER NOT NULL,
        body    BLOB    NOT NULL,
        UNIQUE (receipt, piece)
    ) STRICT;
",
];

/// The newest format that this version knows.
fn newest() -> i64 {
    i64::try_from(STEPS.len()).expect("there are few steps")
}

/// Looks a database over, changing nothing. Errors: [`DatabaseError::Damaged`], also for another program's database, and
/// [`DatabaseError::Newer`].
pub(super) fn check(connection: &Connection, path: &Path) -> Result<(), DatabaseError> {
    let sort = |source| DatabaseError::sort(path, source);
    let damaged = || DatabaseError::Damaged { path: path.to_owned(), source: None };
    let number = |name: &str| connection.pragma_query_value(None, name, |row| row.get::<_, i64>(0));
    if number("application_id").map_err(sort)? != APPLICATION {
        return Err(damaged());
    }
    let found = number("user_version").map_err(sort)?;
    if found > newest() {
        return Err(DatabaseError::Newer { path: path.to_owned(), found, known: newest() });
    }
    // It is made whole, so there is none without tables.
    if found < 1 || !is_whole(connection).map_err(sort)? { Err(damaged()) } else { Ok(()) }
}

/// Whether all tables can be read and hold what they may. All of them are read but the bodies of receipts: they are small, and
/// a lost page would otherwise show when somebody wants to be let in.
fn is_whole(connection: &Connection) -> rusqlite::Result<bool> {
    let sql = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name <> 'receipt_pieces'";
    let mut tables = connection.prepare(sql)?;
    let mut tables = tables.query([])?;
    while let Some(table) = tables.next()? {
        let table: String = table.get(0)?;
        let sql = "SELECT * FROM pragma_quick_check(?1) LIMIT 1";
        let verdict: String = connection.query_row(sql, [table], |row| row.get(0))?;
        if verdict != "ok" {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Marks a new database as ours.
pub(super) fn sign(connection: &Connection) -> rusqlite::Result<()> {
    connection.pragma_update(None, "application_id", APPLICATION)
}

/// Does the steps that are missing, all or none of them.
pub(super) fn migrate(connection: &mut Connection) -> rusqlite::Result<()> {
    migrate_to(connection, STEPS.len())
}

/// Does the first `steps` steps as far as they are missing, all or none of them.
pub(super) fn migrate_to(connection: &mut Connection, steps: usize) -> rusqlite::Result<()> {
    let format = i64::try_from(steps).expect("there are few steps");
    let version = |connection: &Connection| {
        connection.pragma_query_value(None, "user_version", |row| row.get::<_, i64>(0))
    };
    if version(connection)? >= format {
        return Ok(());
    }
    // From here on we alone write; another process may have been at it until now, so the number is read again.
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let done = usize::try_from(version(&transaction)?).unwrap_or(0);
    for step in STEPS.iter().take(steps).skip(done) {
        transaction.execute_batch(step)?;
    }
    // Another process may be of a newer version.
    if version(&transaction)? < format {
        transaction.pragma_update(None, "user_version", format)?;
    }
    transaction.commit()
}
