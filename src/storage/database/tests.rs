//! The database from outside its thread: what it keeps, what it refuses, and two that share one home.

mod format;
mod journal;
mod receipts;
mod transfers;

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::PathBuf;
use std::thread;
use std::time::Instant;

use rustix::fs::{CWD, Mode, mkfifoat};

use super::*;
use crate::model::{DeviceName, FailureKind, HostPort, Pinning};

/// Long enough for two busy cores.
const LIMIT: Duration = Duration::from_secs(20);

fn home() -> (tempfile::TempDir, Home) {
    let dir = tempfile::tempdir().unwrap();
    let home = Home::at(dir.path().join("home")).unwrap();
    (dir, home)
}

fn database() -> (tempfile::TempDir, Home, Database) {
    let (dir, home) = home();
    let database = Database::open(&home).unwrap();
    (dir, home, database)
}

fn beside(home: &Home, ending: &str) -> PathBuf {
    let mut name = home.database_file().into_os_string();
    name.push(ending);
    name.into()
}

/// Drops the last handle and waits until the thread let go: then SQLite removes the log of what is not in the file yet.
fn close(home: &Home, database: Database) {
    drop(database);
    let end = Instant::now() + LIMIT;
    while beside(home, "-wal").exists() {
        assert!(Instant::now() < end, "the thread did not end");
        thread::park_timeout(Duration::from_millis(1));
    }
}

fn id(byte: u8) -> DeviceId {
    DeviceId::from_bytes([byte; 32])
}

fn device(byte: u8, name: &str) -> PairedDevice {
    PairedDevice {
        id: id(byte),
        name: DeviceName::new(name).unwrap(),
        policy: Policy::Ask,
        address: Some("[fe80::1%eth0]:7270".parse().unwrap()),
        paired_at: Moment::from_secs(1_000),
        seen_at: Moment::from_secs(2_000),
        discovery: Some(DiscoveryKey::from_bytes([byte; 32])),
        pinning: Pinning::Mutual,
    }
}

fn sighting(name: &str, at: u64) -> Sighting {
    Sighting {
        name: DeviceName::new(name).unwrap(),
        address: None,
        discovery: None,
        pinning: Pinning::OneSided,
        at: Moment::from_secs(at),
    }
}

fn account(name: &str) -> AccountName {
    AccountName::parse(name).unwrap()
}

/// Changes the closed database behind our back.
fn tamper(home: &Home, sql: &str) {
    let connection = Connection::open(home.database_file()).unwrap();
    connection.execute_batch(sql).unwrap();
    connection.close().unwrap();
}

// What it keeps

#[tokio::test]
async fn devices_come_back_as_they_were_remembered_by_name_and_id() {
    let (_dir, home, database) = database();
    assert_eq!(database.devices().await.unwrap(), []);
    let bare = PairedDevice { address: None, discovery: None, ..device(3, "bob") };
    for device in [&device(2, "anna"), &bare, &device(1, "Anna")] {
        database.remember(device.clone()).await.unwrap();
    }
    let expected = [device(1, "Anna"), device(2, "anna"), bare.clone()];
    assert_eq!(database.devices().await.unwrap(), expected);
    close(&home, database);
    let database = Database::open(&home).unwrap();
    assert_eq!(database.devices().await.unwrap(), expected);
    assert_eq!(database.device(&id(3)).await.unwrap(), Some(bare));
    assert_eq!(database.device(&id(9)).await.unwrap(), None);
}

#[tokio::test]
async fn pairing_again_keeps_the_policy_the_day_and_what_is_not_told_anew() {
    let (_dir, _home, database) = database();
    let first = device(1, "anna");
    database.remember(first.clone()).await.unwrap();
    assert!(database.set_policy(&id(1), Policy::Block).await.unwrap());
    let again = PairedDevice {
        policy: Policy::Accept,
        paired_at: Moment::from_secs(5_000),
        seen_at: Moment::from_secs(5_000),
        address: None,
        discovery: Some(DiscoveryKey::from_bytes([9; 32])),
        pinning: Pinning::OneSided,
        ..device(1, "anna's new name")
    };
    database.remember(again.clone()).await.unwrap();
    let kept = database.device(&id(1)).await.unwrap().unwrap();
    let expected =
        PairedDevice { policy: Policy::Block, paired_at: first.paired_at, address: first.address, ..again };
    assert_eq!(kept, expected);
}

#[tokio::test]
async fn a_sighting_changes_what_it_tells_and_a_strangers_changes_nothing() {
    let (_dir, _home, database) = database();
    let known = device(1, "anna");
    database.remember(known.clone()).await.unwrap();
    assert!(!database.seen(&id(2), sighting("mallory", 9_000)).await.unwrap());
    assert_eq!(database.device(&id(2)).await.unwrap(), None);
    assert_eq!(database.device(&id(1)).await.unwrap().as_ref(), Some(&known));
    assert!(database.seen(&id(1), sighting("安娜", 9_000)).await.unwrap());
    let expected = PairedDevice {
        name: DeviceName::new("安娜").unwrap(),
        seen_at: Moment::from_secs(9_000),
        pinning: Pinning::OneSided,
        ..known
    };
    assert_eq!(database.devices().await.unwrap(), [expected]);
    let address: HostPort = "192.0.2.7:7268".parse().unwrap();
    let moved = Sighting { address: Some(address.clone()), ..sighting("安娜", 9_001) };
    assert!(database.seen(&id(1), moved).await.unwrap());
    assert_eq!(database.device(&id(1)).await.unwrap().unwrap().address, Some(address));
}

#[tokio::test]
async fn forgetting_a_device_changes_our_own_discovery_key_and_forgetting_nobody_does_not() {
    let (_dir, home, database) = database();
    let key = database.discovery_key().await.unwrap();
    assert_eq!(database.discovery_key().await.unwrap(), key);
    database.remember(device(1, "anna")).await.unwrap();
    assert!(!database.forget(&id(2)).await.unwrap());
    assert!(!database.set_policy(&id(2), Policy::Accept).await.unwrap());
    assert_eq!(database.discovery_key().await.unwrap(), key);
    assert!(database.forget(&id(1)).await.unwrap());
    assert_eq!(database.devices().await.unwrap(), []);
    let next = database.discovery_key().await.unwrap();
    assert_ne!(next, key);
    close(&home, database);
    assert_eq!(Database::open(&home).unwrap().discovery_key().await.unwrap(), next);
}

#[tokio::test]
async fn an_account_is_added_once_and_its_hash_changes_only_where_it_is() {
    let (_dir, _home, database) = database();
    let at = Moment::from_secs(7);
    for name in ["bob", "anna"] {
        database.add_account(&account(name), format!("hash of {name}"), at).await.unwrap();
    }
    let error = database.add_account(&account("bob"), "other".to_owned(), at).await.unwrap_err();
    assert!(matches!(&error, DatabaseError::AccountExists { name } if *name == account("bob")));
    assert_eq!(error.failure().kind, FailureKind::AccountExists);
    assert_eq!(database.password_hash(&account("bob")).await.unwrap().as_deref(), Some("hash of bob"));
    assert!(database.set_password(&account("bob"), "new".to_owned()).await.unwrap());
    assert_eq!(database.password_hash(&account("bob")).await.unwrap().as_deref(), Some("new"));
    let names = ["anna", "bob"].map(|name| Account { name: account(name), created_at: at });
    assert_eq!(database.accounts().await.unwrap(), names);
    assert!(!database.set_password(&account("carl"), "x".to_owned()).await.unwrap());
    assert!(!database.remove_account(&account("carl")).await.unwrap());
    assert!(database.remove_account(&account("bob")).await.unwrap());
    assert_eq!(database.password_hash(&account("bob")).await.unwrap(), None);
}

// The file

#[tokio::test]
async fn the_database_and_what_stands_beside_it_are_for_the_owner_alone() {
    let (_dir, home, database) = database();
    database.discovery_key().await.unwrap();
    let mode = |path: PathBuf| fs::symlink_metadata(path).unwrap().permissions().mode() & 0o7777;
    for ending in ["", "-wal", "-shm"] {
        assert_eq!(mode(beside(&home, ending)), 0o600, "{ending}");
    }
    close(&home, database);
    fs::set_permissions(home.database_file(), fs::Permissions::from_mode(0o664)).unwrap();
    let database = Database::open(&home).unwrap();
    database.discovery_key().await.unwrap();
    for ending in ["", "-wal", "-shm"] {
        assert_eq!(mode(beside(&home, ending)), 0o600, "{ending}");
    }
}

#[tokio::test]
async fn the_thread_ends_with_the_last_handle_and_leaves_one_file() {
    let (dir, home, database) = database();
    let other = database.clone();
    drop(database);
    other.discovery_key().await.unwrap();
    close(&home, other);
    let names = fs::read_dir(dir.path().join("home")).unwrap().map(|entry| entry.unwrap().file_name());
    assert_eq!(names.filter(|name| name != "logs").collect::<Vec<_>>(), ["sampan.db"]);
}

#[tokio::test]
async fn a_home_behind_a_link_is_no_obstacle() {
    let (dir, home) = home();
    let link = dir.path().join("link");
    symlink(home.database_file().parent().unwrap(), &link).unwrap();
    let through = Database::open(&Home::at(link).unwrap()).unwrap();
    through.remember(device(1, "anna")).await.unwrap();
    assert_eq!(Database::open(&home).unwrap().devices().await.unwrap().len(), 1);
}

#[test]
fn a_damaged_database_is_an_error_that_names_it_and_stays_byte_for_byte() {
    let (_dir, good, database) = database();
    close(&good, database);
    let whole = fs::read(good.database_file()).unwrap();
    let mut torn = whole.clone();
    torn[4096..5000].fill(0xa5);
    let page = whole.len() / 2 / 4096 * 4096;
    for contents in
        [b"".as_slice(), b"x", &[0; 4096], b"not a database at all", &whole[..100], &whole[..page], &torn]
    {
        let (_dir, home) = home();
        fs::write(home.database_file(), contents).unwrap();
        let error = Database::open(&home).unwrap_err();
        assert!(
            matches!(&error, DatabaseError::Damaged { path, .. } if *path == home.database_file()),
            "{error:?}"
        );
        let failure = error.failure();
        assert_eq!(failure.kind, FailureKind::DatabaseUnusable);
        assert!(failure.object.unwrap().ends_with("sampan.db") && !failure.detail.contains('/'));
        assert_eq!(fs::read(home.database_file()).unwrap(), contents);
    }
}

#[test]
fn what_is_no_file_in_its_place_is_an_error_and_never_hangs_or_leads_elsewhere() {
    let (_dir, fifo) = home();
    mkfifoat(CWD, fifo.database_file(), Mode::RUSR | Mode::WUSR).unwrap();
    let (_dir, folder) = home();
    fs::create_dir(folder.database_file()).unwrap();
    let (dir, dangling) = home();
    let elsewhere = dir.path().join("elsewhere");
    symlink(&elsewhere, dangling.database_file()).unwrap();
    let (_dir, other, database) = database();
    close(&other, database);
    let (_dir, link) = home();
    symlink(other.database_file(), link.database_file()).unwrap();
    for home in [fifo, folder, dangling, link] {
        let error = Database::open(&home).unwrap_err();
        assert!(matches!(&error, DatabaseError::NotAFile { path } if *path == home.database_file()));
        assert_eq!(error.failure().kind, FailureKind::DatabaseUnusable);
    }
    assert!(!elsewhere.exists());
}

#[test]
fn a_companion_that_is_a_link_leads_nowhere() {
    for ending in ["-wal", "-shm"] {
        let (dir, home, database) = database();
        close(&home, database);
        let elsewhere = dir.path().join("elsewhere");
        symlink(&elsewhere, beside(&home, ending)).unwrap();
        let error = Database::open(&home).unwrap_err();
        assert!(matches!(error, DatabaseError::Use { .. }), "{ending}: {error:?}");
        assert!(!elsewhere.exists());
    }
}

#[test]
fn a_newer_database_and_another_programs_are_refused_and_not_touched() {
    let (_dir, newer, database) = database();
    close(&newer, database);
    tamper(&newer, "PRAGMA user_version = 9999");
    let (_dir, foreign) = home();
    tamper(&foreign, "CREATE TABLE theirs (x); INSERT INTO theirs VALUES (1)");
    for (home, is_newer) in [(newer, true), (foreign, false)] {
        let before = fs::read(home.database_file()).unwrap();
        let error = Database::open(&home).unwrap_err();
        match &error {
            DatabaseError::Newer { found: 9999, known: 2, .. } => assert!(is_newer),
            error => assert!(matches!(error, DatabaseError::Damaged { .. }) && !is_newer, "{error:?}"),
        }
        assert_eq!(error.failure().kind, FailureKind::DatabaseUnusable);
        assert_eq!(fs::read(home.database_file()).unwrap(), before);
    }
}

#[tokio::test]
async fn rows_that_are_not_ours_are_damage_and_no_panic() {
    for sql in [
        "INSERT INTO devices VALUES (zeroblob(32), '', 'ask', 'mutual', NULL, 0, 0, NULL)",
        "INSERT INTO devices VALUES (zeroblob(32), 'a', 'ask', 'mutual', 'not an address', 0, 0, NULL)",
        "PRAGMA ignore_check_constraints = 1; INSERT INTO devices VALUES (x'00', 'a', 'ask', 'mutual', NULL, 0, 0, NULL)",
        "PRAGMA ignore_check_constraints = 1; INSERT INTO devices VALUES (zeroblob(32), 'a', 'x', 'mutual', NULL, 0, 0, NULL)",
        "PRAGMA ignore_check_constraints = 1; INSERT INTO devices VALUES (zeroblob(32), 'a', 'ask', 'mutual', NULL, -1, 0, NULL)",
        "DROP TABLE devices",
        "DROP TABLE devices; CREATE TABLE devices (id)",
        "INSERT INTO accounts VALUES ('../x', 'hash', 0)",
    ] {
        let (_dir, home, database) = database();
        close(&home, database);
        tamper(&home, sql);
        // Some of it is seen at once, some when the row is read.
        let error = match Database::open(&home) {
            Err(error) => error,
            Ok(database) => match database.devices().await {
                Err(error) => error,
                Ok(_) => database.accounts().await.unwrap_err(),
            },
        };
        assert!(matches!(error, DatabaseError::Damaged { .. }), "{sql}: {error:?}");
    }
}

// Several at once

#[test]
fn eight_that_start_at_once_agree_on_one_database() {
    let (_dir, home) = home();
    let start = std::sync::Barrier::new(8);
    let keys = thread::scope(|scope| {
        let race = || {
            start.wait();
            let database = Database::open(&home).unwrap();
            let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
            *runtime.block_on(database.discovery_key()).unwrap().as_bytes()
        };
        let racers = (0..8).map(|_| scope.spawn(race)).collect::<Vec<_>>();
        racers.into_iter().map(|racer| racer.join().unwrap()).collect::<Vec<_>>()
    });
    assert!(keys.iter().all(|key| *key == keys[0]));
}

#[tokio::test]
async fn two_that_share_a_home_see_at_once_what_the_other_wrote() {
    let (_dir, home, window) = database();
    let command = Database::open(&home).unwrap();
    let fill = |database: Database, from: u8| async move {
        for byte in from..from + 50 {
            database.remember(device(byte, "anna")).await.unwrap();
        }
    };
    tokio::join!(fill(window.clone(), 0), fill(command.clone(), 50));
    assert_eq!(window.devices().await.unwrap().len(), 100);
    assert_eq!(window.discovery_key().await.unwrap(), command.discovery_key().await.unwrap());
    assert!(command.forget(&id(7)).await.unwrap());
    assert_eq!(window.device(&id(7)).await.unwrap(), None);
    assert_eq!(window.discovery_key().await.unwrap(), command.discovery_key().await.unwrap());
}

#[tokio::test]
async fn one_that_another_holds_is_busy_and_serves_again_when_it_lets_go() {
    let (_dir, home, database) = database();
    close(&home, database);
    let database = Database::open_with(&home, Duration::from_millis(20)).unwrap();
    let holder = Connection::open(home.database_file()).unwrap();
    holder.execute_batch("BEGIN IMMEDIATE").unwrap();
    let error = database.remember(device(1, "anna")).await.unwrap_err();
    assert!(matches!(&error, DatabaseError::Busy { path } if *path == home.database_file()));
    assert_eq!(error.failure().kind, FailureKind::DatabaseUnusable);
    assert!(matches!(database.forget(&id(1)).await, Err(DatabaseError::Busy { .. })));
    // Who only reads is not kept waiting.
    assert_eq!(database.devices().await.unwrap(), []);
    holder.execute_batch("ROLLBACK").unwrap();
    database.remember(device(1, "anna")).await.unwrap();
    assert_eq!(database.devices().await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_request_whose_caller_went_away_is_carried_out_and_the_next_one_served() {
    let (_dir, _home, database) = database();
    {
        let work = database.remember(device(1, "anna"));
        tokio::pin!(work);
        // Once polled it is with the thread; then nobody waits for it any more.
        std::future::poll_fn(|context| {
            let _ = work.as_mut().poll(context);
            std::task::Poll::Ready(())
        })
        .await;
    }
    assert_eq!(database.devices().await.unwrap().len(), 1);
}
