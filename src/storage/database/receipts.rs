//! Rows of receipts. A body is kept in pieces: SQLite takes each value into memory whole, and more than once, and a receipt of a
//! million files is 100 MB.

use std::io::{self, Read};

use rusqlite::{Connection, OptionalExtension as _, Row, TransactionBehavior, named_params, params};

use crate::model::{DeviceId, Direction, KeptReceipt, TransferId, size};
use crate::storage::database::columns::{NotOurs, from_number, moment, number, to_column, word};

/// One piece of a body in bytes: a few hundred pieces are a large receipt.
const PIECE: u64 = 256 * 1024;

/// What names a receipt.
pub(super) type Key = (Direction, TransferId, DeviceId);

/// Keeps a receipt, in place of an earlier one of the same transfer. The inner error is the body's: it could not be read, or
/// has another length; then nothing is kept.
pub(super) fn keep(
    connection: &mut Connection,
    receipt: &KeptReceipt,
    body: impl Read,
) -> rusqlite::Result<io::Result<()>> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    remove(&transaction, &(receipt.direction, receipt.transfer, receipt.peer))?;
    let sql = "
        INSERT INTO receipts (direction, transfer, peer, at, bytes, signature)
        VALUES (:direction, :transfer, :peer, :at, :bytes, :signature) RETURNING id";
    let values = named_params! {
        ":direction": receipt.direction.code(), ":transfer": receipt.transfer.as_bytes(),
        ":peer": receipt.peer.as_bytes(), ":at": to_column(receipt.at), ":bytes": from_number(receipt.bytes),
        ":signature": receipt.signature,
    };
    let id: i64 = transaction.prepare(sql)?.query_row(values, |row| row.get(0))?;
    if let Err(error) = keep_body(&transaction, id, receipt.bytes, body)? {
        return Ok(Err(error)); // dropped, the transaction is undone
    }
    transaction.commit().map(Ok)
}

fn keep_body(
    connection: &Connection,
    id: i64,
    bytes: u64,
    mut body: impl Read,
) -> rusqlite::Result<io::Result<()>> {
    let sql = "INSERT INTO receipt_pieces (receipt, piece, body) VALUES (?1, ?2, ?3)";
    let mut insert = connection.prepare(sql)?;
    let mut buffer = Vec::new();
    let mut kept = 0;
    for piece in 0_i64.. {
        buffer.clear();
        // One byte beyond the end shows whether it is longer than it said.
        let wanted = PIECE.min((bytes - kept).saturating_add(1));
        if let Err(error) = body.by_ref().take(wanted).read_to_end(&mut buffer) {
            return Ok(Err(error));
        }
        kept += size::from_len(buffer.len());
        if kept > bytes {
            return Ok(Err(io::ErrorKind::InvalidData.into()));
        }
        if buffer.is_empty() {
            break;
        }
        insert.execute(params![id, piece, buffer])?;
    }
    Ok(if kept == bytes { Ok(()) } else { Err(io::ErrorKind::UnexpectedEof.into()) })
}

/// All of them, newest first.
pub(super) fn all(connection: &Connection) -> rusqlite::Result<Vec<KeptReceipt>> {
    let sql = "SELECT * FROM receipts ORDER BY at DESC, id DESC";
    connection.prepare(sql)?.query_map([], receipt)?.collect()
}

pub(super) fn one(
    connection: &mut Connection,
    key: &Key,
) -> rusqlite::Result<Option<(KeptReceipt, Vec<u8>)>> {
    // One state of it, also where another process replaces it meanwhile.
    let transaction = connection.transaction()?;
    let sql = "SELECT * FROM receipts WHERE direction = ?1 AND transfer = ?2 AND peer = ?3";
    let values = params![key.0.code(), key.1.as_bytes(), key.2.as_bytes()];
    let read = |row: &Row<'_>| Ok((row.get::<_, i64>("id")?, receipt(row)?));
    let Some((id, receipt)) = transaction.prepare(sql)?.query_row(values, read).optional()? else {
        return Ok(None);
    };
    let sql = "SELECT body FROM receipt_pieces WHERE receipt = ?1 ORDER BY piece";
    let mut pieces = transaction.prepare(sql)?;
    let mut rows = pieces.query([id])?;
    let mut body = Vec::new();
    while let Some(row) = rows.next()? {
        body.extend_from_slice(row.get_ref(0)?.as_blob()?);
        if size::from_len(body.len()) > receipt.bytes {
            return Err(NotOurs("body").into());
        }
    }
    if size::from_len(body.len()) < receipt.bytes {
        return Err(NotOurs("body").into());
    }
    Ok(Some((receipt, body)))
}

/// The first piece of a body: its head, and at least one entry of it.
pub(super) fn begin(connection: &Connection, key: &Key) -> rusqlite::Result<Option<Vec<u8>>> {
    let sql = "
        SELECT body FROM receipt_pieces JOIN receipts ON receipts.id = receipt_pieces.receipt
        WHERE direction = ?1 AND transfer = ?2 AND peer = ?3 ORDER BY piece LIMIT 1";
    let values = params![key.0.code(), key.1.as_bytes(), key.2.as_bytes()];
    connection.prepare(sql)?.query_row(values, |row| row.get(0)).optional()
}

/// `false`: there was none.
pub(super) fn remove(connection: &Connection, key: &Key) -> rusqlite::Result<bool> {
    let sql = "DELETE FROM receipts WHERE direction = ?1 AND transfer = ?2 AND peer = ?3";
    let values = params![key.0.code(), key.1.as_bytes(), key.2.as_bytes()];
    Ok(connection.prepare(sql)?.execute(values)? > 0)
}

fn receipt(row: &Row<'_>) -> rusqlite::Result<KeptReceipt> {
    Ok(KeptReceipt {
        direction: word(row, "direction", Direction::from_code)?,
        transfer: TransferId::from_bytes(row.get("transfer")?),
        peer: DeviceId::from_bytes(row.get("peer")?),
        at: moment(row, "at")?,
        bytes: number(row, "bytes")?,
        signature: row.get("signature")?,
    })
}
