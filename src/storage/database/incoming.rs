//! Rows of what this device agreed to take.

use std::os::unix::ffi::OsStrExt as _;

use rusqlite::{Connection, OptionalExtension as _, Row, TransactionBehavior, named_params, params};

use crate::model::{
    AccountName, Agreed, Choice, Conflict, DeviceId, LocalEnd, Moment, Standing, TransferId, Unfinished,
    shown_text,
};
use crate::storage::database::columns::{self, NotOurs, digest, from_number, moment, number, to_column};
use crate::storage::database::{peer_name, steps};

/// Notes what was agreed, and what was chosen with it, both or neither. What was delivered stays so until something is taken
/// again ([`steps::begin`]).
pub(super) fn agree(
    connection: &mut Connection,
    agreed: &Agreed,
    choices: &[(Vec<u8>, Choice)],
) -> rusqlite::Result<()> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    // What was done in another folder says nothing about this one.
    transaction.execute(
        "DELETE FROM incoming WHERE sender = ?1 AND transfer = ?2 AND folder <> ?3",
        params![agreed.sender.as_bytes(), agreed.transfer.as_bytes(), agreed.folder.as_os_str().as_bytes()],
    )?;
    let sql = "
        INSERT INTO incoming (sender, transfer, folder, account, names, conflict, label, files, bytes, allowance, agreed_at)
        VALUES (:sender, :transfer, :folder, :account, :names, :conflict, :label, :files, :bytes, :allowance, :agreed_at)
        ON CONFLICT (sender, transfer) DO UPDATE SET
            account = excluded.account, names = excluded.names, conflict = excluded.conflict,
            label = excluded.label, files = excluded.files, bytes = excluded.bytes, allowance = excluded.allowance,
            agreed_at = excluded.agreed_at
        RETURNING id";
    let values = named_params! {
        ":sender": agreed.sender.as_bytes(), ":transfer": agreed.transfer.as_bytes(),
        ":folder": agreed.folder.as_os_str().as_bytes(),
        ":account": agreed.account.as_ref().map(AccountName::as_str), ":names": agreed.names.as_bytes(),
        ":conflict": agreed.conflict.code(), ":label": agreed.label, ":files": from_number(agreed.files),
        ":bytes": from_number(agreed.bytes), ":allowance": from_number(agreed.allowance), ":agreed_at": to_column(agreed.at),
    };
    let id: i64 = transaction.prepare(sql)?.query_row(values, |row| row.get(0))?;
    transaction.execute("DELETE FROM choices WHERE incoming = ?1", [id])?;
    steps::choose(&transaction, id, choices)?;
    transaction.commit()
}

pub(super) fn one(
    connection: &Connection,
    sender: &DeviceId,
    transfer: &TransferId,
) -> rusqlite::Result<Option<(Agreed, Standing)>> {
    let sql = "SELECT * FROM incoming WHERE sender = ?1 AND transfer = ?2";
    let read = |row: &Row<'_>| Ok((agreed(row)?, standing(row)?));
    let key = [sender.as_bytes().as_slice(), transfer.as_bytes()];
    connection.prepare(sql)?.query_row(key, read).optional()
}

/// Takes off what came.
pub(super) fn spend(
    connection: &Connection,
    sender: &DeviceId,
    transfer: &TransferId,
    amount: u64,
) -> rusqlite::Result<()> {
    let sql = "UPDATE incoming SET allowance = max(0, allowance - ?3) WHERE sender = ?1 AND transfer = ?2";
    let values = params![sender.as_bytes(), transfer.as_bytes(), from_number(amount)];
    connection.prepare(sql)?.execute(values).map(drop)
}

/// Whether anything of a sender may go on without a question.
pub(super) fn awaits(connection: &Connection, sender: &DeviceId) -> rusqlite::Result<bool> {
    let sql = "SELECT 1 FROM incoming WHERE sender = ?1 AND delivered_at IS NULL AND allowance > 0";
    connection.prepare(sql)?.exists([sender.as_bytes()])
}

/// Nothing of a sender goes on without a question any more.
pub(super) fn revoke(connection: &Connection, sender: &DeviceId) -> rusqlite::Result<()> {
    let sql = "UPDATE incoming SET allowance = 0 WHERE sender = ?1";
    connection.prepare(sql)?.execute([sender.as_bytes()]).map(drop)
}

/// What the rows of its journal call it.
pub(in crate::storage) fn id(
    connection: &Connection,
    sender: &DeviceId,
    transfer: &TransferId,
) -> rusqlite::Result<Option<i64>> {
    let sql = "SELECT id FROM incoming WHERE sender = ?1 AND transfer = ?2";
    let key = [sender.as_bytes().as_slice(), transfer.as_bytes()];
    connection.prepare(sql)?.query_row(key, |row| row.get(0)).optional()
}

pub(super) fn unfinished(connection: &Connection) -> rusqlite::Result<Vec<Unfinished>> {
    let sql = "
        SELECT incoming.*, devices.name AS peer_name
        FROM incoming LEFT JOIN devices ON devices.id = incoming.sender
        WHERE delivered_at IS NULL ORDER BY agreed_at DESC, incoming.id DESC";
    let read = |row: &Row<'_>| {
        let Agreed { sender, transfer, folder, label, files, bytes, at, .. } = agreed(row)?;
        let end = LocalEnd::Folder { folder };
        Ok(Unfinished { transfer, peer: sender, peer_name: peer_name(row)?, label, files, bytes, at, end })
    };
    connection.prepare(sql)?.query_map([], read)?.collect()
}

/// Sender and transfer of all that was delivered and is still known.
pub(super) fn delivered(connection: &Connection) -> rusqlite::Result<Vec<(DeviceId, TransferId)>> {
    let sql = "SELECT sender, transfer FROM incoming WHERE delivered_at IS NOT NULL";
    let read = |row: &Row<'_>| {
        Ok((DeviceId::from_bytes(row.get("sender")?), TransferId::from_bytes(row.get("transfer")?)))
    };
    connection.prepare(sql)?.query_map([], read)?.collect()
}

/// Its journal goes with it.
pub(super) fn remove(
    connection: &Connection,
    transfer: &TransferId,
    sender: &DeviceId,
) -> rusqlite::Result<bool> {
    let sql = "DELETE FROM incoming WHERE sender = ?1 AND transfer = ?2";
    Ok(connection.prepare(sql)?.execute([sender.as_bytes().as_slice(), transfer.as_bytes()])? > 0)
}

pub(super) fn purge(connection: &Connection, before: Moment) -> rusqlite::Result<usize> {
    connection.execute("DELETE FROM incoming WHERE delivered_at < ?1", [to_column(before)])
}

fn agreed(row: &Row<'_>) -> rusqlite::Result<Agreed> {
    let account = row.get::<_, Option<String>>("account")?;
    let account = account.map(|name| AccountName::parse(&name)).transpose();
    Ok(Agreed {
        sender: DeviceId::from_bytes(row.get("sender")?),
        transfer: TransferId::from_bytes(row.get("transfer")?),
        folder: columns::system_path(row, "folder")?,
        account: account.map_err(|_| NotOurs("account"))?,
        names: digest(row, "names")?,
        conflict: columns::word(row, "conflict", Conflict::from_code)?,
        label: shown_text(&row.get::<_, String>("label")?),
        files: number(row, "files")?,
        bytes: number(row, "bytes")?,
        allowance: number(row, "allowance")?,
        at: moment(row, "agreed_at")?,
    })
}

fn standing(row: &Row<'_>) -> rusqlite::Result<Standing> {
    let is_unfinished = row.get::<_, Option<i64>>("delivered_at")?.is_none();
    if is_unfinished {
        return Ok(Standing::Unfinished);
    }
    Ok(Standing::Delivered { at: moment(row, "delivered_at")? })
}
