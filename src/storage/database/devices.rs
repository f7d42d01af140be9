//! Rows of paired devices, and this device's own discovery key.

use rusqlite::{Connection, OptionalExtension as _, Row, TransactionBehavior, named_params, params};

use crate::model::{DeviceId, DeviceName, DiscoveryKey, HostPort, PairedDevice, Pinning, Policy, Sighting};
use crate::storage::database::{NotOurs, incoming, moment, to_column};

pub(super) fn all(connection: &Connection) -> rusqlite::Result<Vec<PairedDevice>> {
    let sql = "SELECT * FROM devices ORDER BY name COLLATE NOCASE, id";
    connection.prepare(sql)?.query_map([], device)?.collect()
}

pub(super) fn one(connection: &Connection, id: &DeviceId) -> rusqlite::Result<Option<PairedDevice>> {
    let sql = "SELECT * FROM devices WHERE id = ?1";
    connection.prepare(sql)?.query_row([id.as_bytes()], device).optional()
}

pub(super) fn remember(connection: &Connection, device: &PairedDevice) -> rusqlite::Result<()> {
    let sql = "
        INSERT INTO devices (id, name, policy, pinning, address, paired_at, seen_at, discovery)
        VALUES (:id, :name, :policy, :pinning, :address, :paired_at, :seen_at, :discovery)
        ON CONFLICT (id) DO UPDATE SET
            name = excluded.name, pinning = excluded.pinning, seen_at = excluded.seen_at,
            address = coalesce(excluded.address, address), discovery = coalesce(excluded.discovery, discovery)";
    let values = named_params! {
        ":id": device.id.as_bytes(), ":name": device.name.as_str(),
        ":policy": device.policy.code(), ":pinning": device.pinning.code(),
        ":address": device.address.as_ref().map(ToString::to_string),
        ":paired_at": to_column(device.paired_at), ":seen_at": to_column(device.seen_at),
        ":discovery": device.discovery.as_ref().map(DiscoveryKey::as_bytes),
    };
    connection.prepare(sql)?.execute(values).map(drop)
}

pub(super) fn seen(connection: &Connection, id: &DeviceId, sighting: &Sighting) -> rusqlite::Result<bool> {
    let sql = "
        UPDATE devices SET
            name = :name, pinning = :pinning, seen_at = :seen_at,
            address = coalesce(:address, address), discovery = coalesce(:discovery, discovery)
        WHERE id = :id";
    let values = named_params! {
        ":id": id.as_bytes(), ":name": sighting.name.as_str(), ":pinning": sighting.pinning.code(),
        ":address": sighting.address.as_ref().map(ToString::to_string), ":seen_at": to_column(sighting.at),
        ":discovery": sighting.discovery.as_ref().map(DiscoveryKey::as_bytes),
    };
    Ok(connection.prepare(sql)?.execute(values)? > 0)
}

pub(super) fn set_policy(connection: &Connection, id: &DeviceId, policy: Policy) -> rusqlite::Result<bool> {
    let sql = "UPDATE devices SET policy = ?2 WHERE id = ?1";
    Ok(connection.prepare(sql)?.execute(params![id.as_bytes(), policy.code()])? > 0)
}

pub(super) fn forget(
    connection: &mut Connection,
    id: &DeviceId,
    next: &DiscoveryKey,
) -> rusqlite::Result<bool> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let is_forgotten = transaction.execute("DELETE FROM devices WHERE id = ?1", [id.as_bytes()])? > 0;
    incoming::revoke(&transaction, id)?;
    if is_forgotten {
        transaction
            .execute("INSERT OR REPLACE INTO own (only_row, discovery) VALUES (1, ?1)", [next.as_bytes()])?;
    }
    transaction.commit()?;
    Ok(is_forgotten)
}

/// The key that is there, or else `fresh`, which then is there.
pub(super) fn own_key(connection: &mut Connection, fresh: &DiscoveryKey) -> rusqlite::Result<DiscoveryKey> {
    let select = "SELECT discovery FROM own";
    let key = |row: &Row<'_>| row.get(0).map(DiscoveryKey::from_bytes);
    if let Some(key) = connection.query_row(select, [], key).optional()? {
        return Ok(key);
    }
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    // Another process may have been faster: its key is the device's.
    transaction
        .execute("INSERT OR IGNORE INTO own (only_row, discovery) VALUES (1, ?1)", [fresh.as_bytes()])?;
    let key = transaction.query_row(select, [], key)?;
    transaction.commit()?;
    Ok(key)
}

fn device(row: &Row<'_>) -> rusqlite::Result<PairedDevice> {
    let text = |column: &str| row.get::<_, String>(column);
    let address = row.get::<_, Option<String>>("address")?.map(|text| text.parse::<HostPort>()).transpose();
    Ok(PairedDevice {
        id: DeviceId::from_bytes(row.get("id")?),
        name: DeviceName::new(&text("name")?).ok_or(NotOurs("name"))?,
        policy: Policy::from_code(&text("policy")?).ok_or(NotOurs("policy"))?,
        pinning: Pinning::from_code(&text("pinning")?).ok_or(NotOurs("pinning"))?,
        address: address.map_err(|_| NotOurs("address"))?,
        paired_at: moment(row, "paired_at")?,
        seen_at: moment(row, "seen_at")?,
        discovery: row.get::<_, Option<[u8; 32]>>("discovery")?.map(DiscoveryKey::from_bytes),
    })
}
