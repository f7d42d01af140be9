//! Databases of other versions, and rows that are not ours.

use super::*;
use crate::model::{Direction, TransferId};

/// A database as the first version made it.
fn of_format_1(home: &Home) {
    let mut connection = Connection::open(home.database_file()).unwrap();
    schema::sign(&connection).unwrap();
    schema::migrate_to(&mut connection, 1).unwrap();
    connection.close().unwrap();
}

fn format(home: &Home) -> i64 {
    let connection = Connection::open(home.database_file()).unwrap();
    connection.pragma_query_value(None, "user_version", |row| row.get(0)).unwrap()
}

#[tokio::test]
async fn a_database_of_the_first_format_is_brought_forward_and_keeps_what_it_knows() {
    let (_dir, home) = home();
    of_format_1(&home);
    let known = "
        INSERT INTO devices VALUES (zeroblob(32), 'anna', 'accept', 'mutual', '192.0.2.7:7268', 1, 2, zeroblob(32));
        INSERT INTO accounts VALUES ('bob', 'hash', 3);
        INSERT INTO own VALUES (1, x'0707070707070707070707070707070707070707070707070707070707070707');";
    tamper(&home, known);
    assert_eq!(format(&home), 1);
    let database = Database::open(&home).unwrap();
    let devices = database.devices().await.unwrap();
    assert_eq!((devices.len(), devices[0].name.as_str(), devices[0].policy), (1, "anna", Policy::Accept));
    assert_eq!(database.password_hash(&account("bob")).await.unwrap().as_deref(), Some("hash"));
    assert_eq!(database.discovery_key().await.unwrap(), DiscoveryKey::from_bytes([7; 32]));
    assert_eq!(database.unfinished().await.unwrap(), []);
    database.agree(transfers::agreed(1), Vec::new()).await.unwrap();
    close(&home, database);
    assert_eq!(format(&home), 2);
    assert_eq!(Database::open(&home).unwrap().unfinished().await.unwrap().len(), 1);
}

#[test]
fn eight_that_bring_one_database_forward_at_once_agree() {
    let (_dir, home) = home();
    of_format_1(&home);
    let start = std::sync::Barrier::new(8);
    thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                start.wait();
                Database::open(&home).unwrap();
            });
        }
    });
    assert_eq!(format(&home), 2);
}

#[test]
fn a_database_that_cannot_be_brought_forward_stays_what_it_was() {
    let (_dir, home) = home();
    of_format_1(&home);
    // A table of this name comes last in the step: what went before it is undone.
    tamper(&home, "CREATE TABLE receipt_pieces (theirs)");
    let error = Database::open(&home).unwrap_err();
    assert!(matches!(error, DatabaseError::Damaged { .. }), "{error:?}");
    assert_eq!(format(&home), 1);
    let connection = Connection::open(home.database_file()).unwrap();
    let tables = "SELECT count(*) FROM sqlite_schema WHERE name IN ('incoming', 'outgoing', 'receipts')";
    assert_eq!(connection.query_row(tables, [], |row| row.get::<_, i64>(0)).unwrap(), 0);
}

/// Reads all there is about transfers.
async fn read_all(home: &Home) -> Result<(), DatabaseError> {
    let database = Database::open(home)?;
    let (sender, transfer) = (id(0), TransferId::from_bytes([0; 16]));
    database.unfinished().await?;
    database.agreed(sender, transfer).await?;
    database.outgoing_by_id(transfer).await?;
    let journal = database.journal(sender, transfer);
    journal.made().await?;
    journal.intents().await?;
    journal.offsets().await?;
    journal.choices().await?;
    database.receipts().await?;
    database.receipt(Direction::Incoming, transfer, sender).await?;
    Ok(())
}

const OUTGOING: &str = "INSERT INTO outgoing VALUES (1, zeroblob(16), zeroblob(32), 'anna', 'keep', 'a', 1, 1, 1, 1, NULL, x'00000000000000012f')";
const INCOMING: &str = "INSERT INTO incoming VALUES (1, zeroblob(32), zeroblob(16), x'2f', 'anna', zeroblob(32), 'skip', 'a', 1, 1, 3, 1, NULL)";
const RECEIPT: &str = "
    INSERT INTO receipts VALUES (1, 'incoming', zeroblob(16), zeroblob(32), 1, 3, zeroblob(64));
    INSERT INTO receipt_pieces VALUES (1, 0, x'0102'), (1, 1, x'03')";
const STEPS: &str = "
    INSERT INTO made VALUES (1, 'a/b', 493, 5, 6);
    INSERT INTO intents VALUES (1, x'61', x'62', 'rename');
    INSERT INTO offsets VALUES (1, x'61', 1);
    INSERT INTO choices VALUES (1, x'61', 'leave')";

/// A database whose rows of transfers were written by hand.
fn by_hand(sql: &str) -> (tempfile::TempDir, Home) {
    let (dir, home, database) = database();
    close(&home, database);
    let steps = STEPS.replace("'a/b'", "x'612f62'");
    tamper(
        &home,
        &format!("{OUTGOING};{INCOMING};{RECEIPT};{steps};PRAGMA ignore_check_constraints = 1;{sql}"),
    );
    (dir, home)
}

#[tokio::test]
async fn rows_of_transfers_that_are_not_ours_are_damage_and_no_panic() {
    let (_dir, home) = by_hand("");
    read_all(&home).await.unwrap();
    for sql in [
        "UPDATE outgoing SET transfer = x'00'",
        "UPDATE outgoing SET receiver = zeroblob(33)",
        "UPDATE outgoing SET address = 'not an address'",
        "UPDATE outgoing SET links = 'x'",
        "UPDATE outgoing SET files = -1",
        "UPDATE outgoing SET begun_at = -1",
        // A length that is cut, one beyond the end, one beyond any memory.
        "UPDATE outgoing SET sources = x'00000000000001'",
        "UPDATE outgoing SET sources = x'00000000000000022f'",
        "UPDATE outgoing SET sources = x'ffffffffffffffff2f'",
        "UPDATE incoming SET names = x''",
        "UPDATE incoming SET folder = x''",
        "UPDATE incoming SET account = '../x'",
        "UPDATE incoming SET conflict = 'overwrite'",
        "UPDATE incoming SET bytes = -1",
        "UPDATE incoming SET delivered_at = -1",
        "UPDATE made SET path = x'2e2e2f61'",
        "UPDATE made SET path = x'2f61'",
        "UPDATE made SET path = x''",
        "UPDATE made SET path = x'61002f62'",
        "UPDATE made SET path = zeroblob(256)",
        "UPDATE intents SET path = x'2e2e'",
        "UPDATE intents SET name = x'2e2e'",
        "UPDATE intents SET name = x'612f62'",
        "UPDATE made SET mode = -1",
        "UPDATE intents SET kind = 'leave'",
        "UPDATE offsets SET part = x'2e2e2f61'",
        "UPDATE offsets SET bytes = -1",
        "UPDATE choices SET path = x'612f2f62'",
        "UPDATE choices SET choice = ''",
        "UPDATE receipts SET direction = 'x'",
        "UPDATE receipts SET signature = x'00'",
        "UPDATE receipts SET bytes = 2",
        "UPDATE receipts SET bytes = 4",
        "UPDATE receipts SET bytes = -3",
        "DELETE FROM receipt_pieces WHERE piece = 0",
        "DROP TABLE choices",
        "DROP TABLE incoming; CREATE TABLE incoming (id)",
    ] {
        let (_dir, home) = by_hand(sql);
        let error = read_all(&home).await.unwrap_err();
        assert!(matches!(error, DatabaseError::Damaged { .. }), "{sql}: {error:?}");
        assert_eq!(error.failure().kind, FailureKind::DatabaseUnusable);
    }
}

#[tokio::test]
async fn a_torn_receipt_costs_that_receipt_and_nothing_else() {
    let (_dir, home, database) = database();
    let long = 3_000_000;
    let receipt = crate::model::KeptReceipt {
        direction: Direction::Incoming,
        transfer: TransferId::from_bytes([0; 16]),
        peer: id(0),
        at: Moment::from_secs(1),
        bytes: long,
        signature: [0; 64],
    };
    database.remember(device(1, "anna")).await.unwrap();
    database.keep_receipt(receipt, std::io::Read::take(std::io::repeat(7), long)).await.unwrap();
    close(&home, database);
    // Its middle is all body.
    let mut torn = fs::read(home.database_file()).unwrap();
    let middle = torn.len() / 2;
    torn[middle..middle + 4 * 4096].fill(0xa5);
    fs::write(home.database_file(), torn).unwrap();
    let database = Database::open(&home).unwrap();
    assert_eq!(database.devices().await.unwrap().len(), 1);
    assert_eq!(database.receipts().await.unwrap().len(), 1);
    let error =
        database.receipt(Direction::Incoming, TransferId::from_bytes([0; 16]), id(0)).await.unwrap_err();
    assert!(matches!(error, DatabaseError::Damaged { .. }), "{error:?}");
}
