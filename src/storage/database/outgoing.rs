//! Rows of what this device sends.

use rusqlite::{Connection, OptionalExtension as _, Row, TransactionBehavior, named_params, params};

use crate::model::{
    DeviceId, HostPort, Links, LocalEnd, Moment, Outgoing, TransferId, Unfinished, shown_text,
};
use crate::storage::database::columns::{self, from_number, moment, number, to_column};
use crate::storage::database::peer_name;

/// A row that is there is replaced, and unfinished again.
pub(super) fn begin(connection: &Connection, outgoing: &Outgoing) -> rusqlite::Result<()> {
    let sql = "
        INSERT INTO outgoing (transfer, receiver, address, links, label, files, bytes, accepted, begun_at, sources)
        VALUES (:transfer, :receiver, :address, :links, :label, :files, :bytes, :accepted, :begun_at, :sources)
        ON CONFLICT (transfer) DO UPDATE SET
            receiver = excluded.receiver, address = excluded.address, links = excluded.links,
            label = excluded.label, files = excluded.files, bytes = excluded.bytes,
            accepted = excluded.accepted, begun_at = excluded.begun_at, sources = excluded.sources, finished_at = NULL";
    let values = named_params! {
        ":transfer": outgoing.transfer.as_bytes(), ":receiver": outgoing.receiver.as_bytes(),
        ":address": outgoing.address.to_string(), ":links": outgoing.links.code(), ":label": outgoing.label,
        ":files": from_number(outgoing.files), ":bytes": from_number(outgoing.bytes), ":accepted": outgoing.is_accepted,
        ":begun_at": to_column(outgoing.at), ":sources": columns::from_paths(&outgoing.sources),
    };
    connection.prepare(sql)?.execute(values).map(drop)
}

/// Goes on with the newest unfinished one of the same sources to the same device, at the new address, or begins this one. One
/// step, also for another process: the same may be sent twice at once.
pub(super) fn begin_or_go_on(connection: &mut Connection, new: Outgoing) -> rusqlite::Result<Outgoing> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let before = of_sources(&transaction, &new.receiver, &columns::from_paths(&new.sources), new.links)?;
    let row = match before {
        Some(before) => Outgoing { address: new.address, ..before },
        None => new,
    };
    begin(&transaction, &row)?;
    transaction.commit()?;
    Ok(row)
}

/// A row that is gone, or finished, stays so.
pub(super) fn measure(
    connection: &Connection,
    transfer: &TransferId,
    (files, bytes): (u64, u64),
    is_accepted: bool,
) -> rusqlite::Result<()> {
    let sql = "
        UPDATE outgoing SET files = ?2, bytes = ?3, accepted = max(accepted, ?4)
        WHERE transfer = ?1 AND finished_at IS NULL";
    let values = params![transfer.as_bytes(), from_number(files), from_number(bytes), is_accepted];
    connection.prepare(sql)?.execute(values).map(drop)
}

/// The newest unfinished one of the same sources to the same device.
pub(super) fn of_sources(
    connection: &Connection,
    receiver: &DeviceId,
    sources: &[u8],
    links: Links,
) -> rusqlite::Result<Option<Outgoing>> {
    let sql = "
        SELECT * FROM outgoing
        WHERE receiver = ?1 AND links = ?2 AND finished_at IS NULL AND sources = ?3
        ORDER BY begun_at DESC, id DESC LIMIT 1";
    let values = params![receiver.as_bytes(), links.code(), sources];
    connection.prepare(sql)?.query_row(values, outgoing).optional()
}

/// The unfinished one with this id.
pub(super) fn one(connection: &Connection, transfer: &TransferId) -> rusqlite::Result<Option<Outgoing>> {
    let sql = "SELECT * FROM outgoing WHERE transfer = ?1 AND finished_at IS NULL";
    connection.prepare(sql)?.query_row([transfer.as_bytes()], outgoing).optional()
}

pub(super) fn finish(connection: &Connection, transfer: &TransferId, at: Moment) -> rusqlite::Result<bool> {
    let sql = "UPDATE outgoing SET finished_at = ?2 WHERE transfer = ?1";
    Ok(connection.prepare(sql)?.execute(params![transfer.as_bytes(), to_column(at)])? > 0)
}

pub(super) fn unfinished(connection: &Connection) -> rusqlite::Result<Vec<Unfinished>> {
    let sql = "
        SELECT outgoing.*, devices.name AS peer_name
        FROM outgoing LEFT JOIN devices ON devices.id = outgoing.receiver
        WHERE finished_at IS NULL ORDER BY begun_at DESC, outgoing.id DESC";
    let read = |row: &Row<'_>| {
        let Outgoing { transfer, receiver, address, sources, links, label, files, bytes, at, .. } =
            outgoing(row)?;
        let end = LocalEnd::Sources { sources, links, address };
        Ok(Unfinished { transfer, peer: receiver, peer_name: peer_name(row)?, label, files, bytes, at, end })
    };
    connection.prepare(sql)?.query_map([], read)?.collect()
}

pub(super) fn remove(
    connection: &Connection,
    transfer: &TransferId,
    receiver: &DeviceId,
) -> rusqlite::Result<bool> {
    let sql = "DELETE FROM outgoing WHERE transfer = ?1 AND receiver = ?2";
    Ok(connection.prepare(sql)?.execute([transfer.as_bytes().as_slice(), receiver.as_bytes()])? > 0)
}

/// Unless its receiver took it: then it is waited for there, and another process may be sending it.
pub(super) fn remove_untaken(connection: &Connection, transfer: &TransferId) -> rusqlite::Result<bool> {
    let sql = "DELETE FROM outgoing WHERE transfer = ?1 AND NOT accepted";
    Ok(connection.prepare(sql)?.execute([transfer.as_bytes()])? > 0)
}

pub(super) fn purge(connection: &Connection, before: Moment) -> rusqlite::Result<usize> {
    connection.execute("DELETE FROM outgoing WHERE finished_at < ?1", [to_column(before)])
}

fn outgoing(row: &Row<'_>) -> rusqlite::Result<Outgoing> {
    Ok(Outgoing {
        transfer: TransferId::from_bytes(row.get("transfer")?),
        receiver: DeviceId::from_bytes(row.get("receiver")?),
        address: columns::word(row, "address", |text| text.parse::<HostPort>().ok())?,
        sources: columns::paths(row, "sources")?,
        links: columns::word(row, "links", Links::from_code)?,
        label: shown_text(&row.get::<_, String>("label")?),
        files: number(row, "files")?,
        bytes: number(row, "bytes")?,
        is_accepted: row.get("accepted")?,
        at: moment(row, "begun_at")?,
    })
}
