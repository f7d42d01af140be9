//! The database as a file: made whole and for its owner alone, opened through no link, looked over before it is trusted.
//!
//! The file itself is opened by SQLite and by nothing else here: closing any other descriptor of it would drop the locks of
//! every connection of this process (sqlite.org/howtocorrupt.html, §2.2).

use std::fs::{self, File, Permissions};
use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{Connection, OpenFlags};

use crate::storage::DatabaseError;
use crate::storage::database::schema;
use crate::storage::home::sync_around;

/// Beside the database while it is open: what is not in it yet, and what its users agree on.
const COMPANIONS: [&str; 2] = ["-wal", "-shm"];

/// Opens the database and brings it to the newest format. `patience`: how long to wait for another process.
pub(super) fn open(path: &Path, patience: Duration) -> Result<Connection, DatabaseError> {
    let reach = |source| DatabaseError::Reach { path: path.to_owned(), source };
    // The home may be reached through links, the file in it may be none: SQLite refuses a link anywhere in the path.
    let folder = path.parent().ok_or_else(|| reach(io::ErrorKind::NotFound.into()))?;
    let folder = folder.canonicalize().map_err(reach)?;
    let real = folder.join(path.file_name().unwrap_or_default());
    match fs::symlink_metadata(&real) {
        Ok(metadata) if !metadata.is_file() => {
            return Err(DatabaseError::NotAFile { path: path.to_owned() });
        }
        Ok(metadata) => {
            // It holds hashes of passwords: whoever opened it to others did not mean to.
            if metadata.permissions().mode() & 0o077 != 0 {
                close_to_others(&real).map_err(reach)?;
            }
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => make(path, &real, patience)?,
        Err(source) => return Err(reach(source)),
    }
    let sort = |source| DatabaseError::sort(path, source);
    let mut connection = connect(&real, patience).map_err(sort)?;
    schema::check(&connection, path)?;
    // It is so since it was made, unless somebody changed it; SQLite says what it is now, which is of no use here.
    connection.pragma_update_and_check(None, "journal_mode", "WAL", |_| Ok(())).map_err(sort)?;
    schema::migrate(&mut connection).map_err(sort)?;
    Ok(connection)
}

/// A connection to a file that is there.
fn connect(real: &Path, patience: Duration) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
        | OpenFlags::SQLITE_OPEN_NO_MUTEX
        | OpenFlags::SQLITE_OPEN_NOFOLLOW
        | OpenFlags::SQLITE_OPEN_EXRESCODE;
    let connection = Connection::open_with_flags(real, flags)?;
    connection.busy_timeout(patience)?;
    connection.pragma_update(None, "foreign_keys", true)?;
    // What was answered with "remembered" survives a power cut.
    connection.pragma_update(None, "synchronous", "FULL")?;
    // A schema that somebody planted runs nothing.
    connection.pragma_update(None, "trusted_schema", false)?;
    Ok(connection)
}

/// Makes the database whole or not at all, so that an empty or half file is always a damaged one.
/// Where another process was faster, its database stays.
fn make(path: &Path, real: &Path, patience: Duration) -> Result<(), DatabaseError> {
    let reach = |source| DatabaseError::Reach { path: path.to_owned(), source };
    let folder = real.parent().unwrap_or(real);
    // Mode 0600 from its first moment on; SQLite gives its companions the same. Its error would carry a path.
    let fresh = tempfile::Builder::new().prefix(".sampan-new-").tempfile_in(folder);
    let fresh = fresh.map_err(|error| reach(error.kind().into()))?.into_temp_path();
    fill(&fresh, patience).map_err(|source| DatabaseError::sort(path, source))?;
    // Nobody knows this file yet, so no lock is lost by opening it.
    File::open(&fresh).and_then(|file| file.sync_all()).map_err(reach)?;
    match fresh.persist_noclobber(real) {
        Ok(()) => sync_around(real).map_err(reach),
        Err(error) if error.error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(reach(error.error)),
    }
}

fn fill(fresh: &Path, patience: Duration) -> rusqlite::Result<()> {
    let mut connection = connect(fresh, patience)?;
    schema::sign(&connection)?;
    schema::migrate(&mut connection)?;
    connection.pragma_update_and_check(None, "journal_mode", "WAL", |_| Ok(()))?;
    connection.close().map_err(|(_, error)| error)
}

fn close_to_others(real: &Path) -> io::Result<()> {
    let companion = |ending| {
        let mut name = real.as_os_str().to_owned();
        name.push(ending);
        PathBuf::from(name)
    };
    for companion in COMPANIONS.map(companion) {
        if fs::symlink_metadata(&companion).is_ok_and(|metadata| metadata.is_file()) {
            fs::set_permissions(companion, Permissions::from_mode(0o600))?;
        }
    }
    fs::set_permissions(real, Permissions::from_mode(0o600))
}
