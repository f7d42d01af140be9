//! Rows of accounts. A hash leaves only through [`password_hash`].

use rusqlite::{Connection, OptionalExtension as _, Row, params};

use crate::model::{Account, AccountName};
use crate::storage::database::{NotOurs, moment, to_column};

pub(super) fn all(connection: &Connection) -> rusqlite::Result<Vec<Account>> {
    let sql = "SELECT name, created_at FROM accounts ORDER BY name";
    connection.prepare(sql)?.query_map([], account)?.collect()
}

/// `false`: there is one of that name.
pub(super) fn add(connection: &Connection, account: &Account, hash: &str) -> rusqlite::Result<bool> {
    let sql =
        "INSERT INTO accounts (name, hash, created_at) VALUES (?1, ?2, ?3) ON CONFLICT (name) DO NOTHING";
    let values = params![account.name.as_str(), hash, to_column(account.created_at)];
    Ok(connection.prepare(sql)?.execute(values)? > 0)
}

pub(super) fn set_password(
    connection: &Connection,
    name: &AccountName,
    hash: &str,
) -> rusqlite::Result<bool> {
    let sql = "UPDATE accounts SET hash = ?2 WHERE name = ?1";
    Ok(connection.prepare(sql)?.execute(params![name.as_str(), hash])? > 0)
}

pub(super) fn remove(connection: &Connection, name: &AccountName) -> rusqlite::Result<bool> {
    let sql = "DELETE FROM accounts WHERE name = ?1";
    Ok(connection.prepare(sql)?.execute([name.as_str()])? > 0)
}

pub(super) fn password_hash(connection: &Connection, name: &AccountName) -> rusqlite::Result<Option<String>> {
    let sql = "SELECT hash FROM accounts WHERE name = ?1";
    connection.prepare(sql)?.query_row([name.as_str()], |row| row.get(0)).optional()
}

fn account(row: &Row<'_>) -> rusqlite::Result<Account> {
    // A row that somebody wrote by hand must not name a folder elsewhere.
    let name = AccountName::parse(&row.get::<_, String>("name")?).map_err(|_| NotOurs("name"))?;
    Ok(Account { name, created_at: moment(row, "created_at")? })
}
