//! The journal of a receiving transfer.

use std::collections::{HashMap, HashSet};
use std::ffi::OsString;

use super::*;
use crate::model::{Agreed, Choice, Direction, Stamp, Standing};
use crate::storage::{Finish, Intent, Journal, Naming};

pub(super) fn intent(byte: u8) -> Intent {
    Intent { name: format!("{byte} (1).jpeg").into_bytes(), kind: Naming::KeepBoth }
}

/// Folders of which nothing more is known.
pub(super) fn folders(paths: impl IntoIterator<Item = Vec<u8>>) -> Vec<(Vec<u8>, Finish)> {
    paths.into_iter().map(|path| (path, Finish::default())).collect()
}

async fn made(journal: &Journal) -> HashSet<Vec<u8>> {
    journal.made().await.unwrap().into_keys().collect()
}

async fn journal() -> (tempfile::TempDir, Home, Database, Journal) {
    let (dir, home, database) = database();
    let journal = database.agree(transfers::agreed(1), Vec::new()).await.unwrap();
    (dir, home, database, journal)
}

/// Paths as peers may send them: 300 bytes, every byte a name can have, what SQL or a pattern could mistake.
fn odd_paths() -> Vec<Vec<u8>> {
    let every: Vec<u8> = (1..=255).filter(|byte| *byte != b'/').collect();
    let long = [[b'x'; 200].as_slice(), &[0xff; 99]].join(&b'/');
    assert_eq!(long.len(), 300);
    [every, long, b"%".to_vec(), b"a' OR '1'='1".to_vec(), "相册/a".into(), b" ".to_vec(), b"...".to_vec()]
        .into()
}

#[tokio::test]
async fn what_a_journal_wrote_is_there_when_the_program_starts_again() {
    let (_dir, home, database, journal) = journal().await;
    let kept: HashMap<Vec<u8>, Intent> = odd_paths()
        .into_iter()
        .map(|path| {
            let name = path.rsplit(|byte| *byte == b'/').next().unwrap().to_vec();
            (path, Intent { name, kind: Naming::Replace, ..intent(1) })
        })
        .collect();
    let choices: HashMap<Vec<u8>, Choice> =
        odd_paths().into_iter().zip(Choice::ALL.into_iter().cycle()).collect();
    let part = OsString::from("00ff-a.part");
    journal.will_make(folders(odd_paths())).await.unwrap();
    journal.intend(kept.clone().into_iter().collect()).await.unwrap();
    journal.durable(&part, 1 << 40).await.unwrap();
    journal.choose(choices.clone().into_iter().collect()).await.unwrap();
    drop(journal);
    close(&home, database);
    let journal = Database::open(&home).unwrap().journal(id(1), transfers::agreed(1).transfer);
    assert_eq!(made(&journal).await, HashSet::from_iter(odd_paths()));
    assert_eq!(journal.intents().await.unwrap(), kept);
    assert_eq!(journal.offsets().await.unwrap(), HashMap::from([(part, 1 << 40)]));
    assert_eq!(journal.choices().await.unwrap(), choices);
}

#[tokio::test]
async fn what_a_folder_gets_in_the_end_is_known_and_the_newest_holds() {
    let (_dir, _home, _database, journal) = journal().await;
    let modified = Some(Stamp { secs: -1, nanos: 999_999_999 });
    let finishes = [
        Finish { mode: Some(0o7777), modified },
        Finish { mode: None, modified },
        Finish { mode: Some(0), modified: None },
    ];
    for finish in finishes {
        journal.will_make(vec![(b"a".to_vec(), finish)]).await.unwrap();
        assert_eq!(journal.made().await.unwrap(), HashMap::from([(b"a".to_vec(), finish)]));
    }
}

#[tokio::test]
async fn what_was_answered_is_there_after_the_program_was_killed() {
    let (_dir, alive, _database, journal) = journal().await;
    journal.intend(vec![(b"a".to_vec(), intent(1))]).await.unwrap();
    journal.durable(OsStr::new("p"), 7).await.unwrap();
    // The disk as a kill leaves it: nothing was closed, and the log is full.
    let (_dir, killed) = home();
    for ending in ["", "-wal"] {
        fs::copy(beside(&alive, ending), beside(&killed, ending)).unwrap();
    }
    assert!(fs::metadata(beside(&killed, "-wal")).unwrap().len() > 0);
    let Agreed { sender, transfer, .. } = transfers::agreed(1);
    let journal = Database::open(&killed).unwrap().journal(sender, transfer);
    assert_eq!(journal.intents().await.unwrap(), HashMap::from([(b"a".to_vec(), intent(1))]));
    assert_eq!(journal.offsets().await.unwrap(), HashMap::from([(OsString::from("p"), 7)]));
}

#[tokio::test]
async fn the_newest_intent_offset_and_choice_hold_and_a_folder_is_made_once() {
    let (_dir, _home, _database, journal) = journal().await;
    let (path, part) = (b"a".to_vec(), OsString::from("p"));
    let replace = Intent { kind: Naming::Replace, ..intent(2) };
    journal.intend(vec![(path.clone(), intent(1)), (b"b".to_vec(), intent(1))]).await.unwrap();
    journal.intend(vec![(path.clone(), intent(3)), (path.clone(), replace.clone())]).await.unwrap();
    let expected = HashMap::from([(path.clone(), replace), (b"b".to_vec(), intent(1))]);
    assert_eq!(journal.intents().await.unwrap(), expected);
    for offset in [5, 1 << 50, 0] {
        journal.durable(&part, offset).await.unwrap();
        assert_eq!(journal.offsets().await.unwrap(), HashMap::from([(part.clone(), offset)]));
    }
    for choice in Choice::ALL {
        journal.choose(vec![(path.clone(), choice)]).await.unwrap();
        assert_eq!(journal.choices().await.unwrap(), HashMap::from([(path.clone(), choice)]));
    }
    for _ in 0..2 {
        journal.will_make(folders([path.clone(), path.clone()])).await.unwrap();
    }
    assert_eq!(made(&journal).await, HashSet::from([path.clone()]));
    let (first, later) = (Stamp { secs: -7, nanos: 999_999_999 }, Stamp { secs: 7, nanos: 0 });
    for stamp in [first, later] {
        journal.will_enter(vec![(path.clone(), stamp)]).await.unwrap();
    }
    assert_eq!(journal.entered().await.unwrap(), HashMap::from([(path, first)]), "the time before all of it");
}

#[tokio::test]
async fn delivered_is_recorded_its_names_stay_and_its_offsets_go() {
    let (_dir, _home, database, journal) = journal().await;
    journal.intend(vec![(b"a".to_vec(), intent(1))]).await.unwrap();
    journal.durable(OsStr::new("p"), 7).await.unwrap();
    let at = Moment::from_secs(2_000);
    journal.delivered(at).await.unwrap();
    let agreed = transfers::agreed(1);
    let found = database.agreed(agreed.sender, agreed.transfer).await.unwrap();
    assert_eq!(found, Some((agreed, Standing::Delivered { at })));
    assert_eq!((journal.intents().await.unwrap().len(), journal.offsets().await.unwrap().len()), (1, 0));
}

#[tokio::test]
async fn a_journal_whose_transfer_was_removed_is_empty_and_never_writes_into_the_next_one() {
    let (_dir, _home, database, journal) = journal().await;
    let Agreed { sender, transfer, .. } = transfers::agreed(1);
    journal.will_make(folders([b"a".to_vec()])).await.unwrap();
    assert!(database.remove_transfer(Direction::Incoming, transfer, sender).await.unwrap());
    // The next one gets the number of the row that went.
    let next = database.agree(transfers::agreed(2), Vec::new()).await.unwrap();
    assert!(journal.made().await.unwrap().is_empty());
    let error = journal.will_make(folders([b"b".to_vec()])).await.unwrap_err();
    assert!(matches!(error, DatabaseError::NoSuchTransfer { transfer: told } if told == transfer));
    assert_eq!(error.failure().kind, FailureKind::Cancelled);
    assert!(matches!(
        journal.delivered(Moment::from_secs(1)).await,
        Err(DatabaseError::NoSuchTransfer { .. })
    ));
    assert!(next.made().await.unwrap().is_empty());
    assert_eq!(database.unfinished().await.unwrap().len(), 1);
}

#[tokio::test]
async fn two_processes_that_write_at_once_lose_nothing() {
    let (_dir, home, window, _) = journal().await;
    let command = Database::open(&home).unwrap();
    window.agree(transfers::agreed(2), Vec::new()).await.unwrap();
    let fill = |database: Database, byte: u8, from: usize| async move {
        let Agreed { sender, transfer, .. } = transfers::agreed(byte);
        let journal = database.journal(sender, transfer);
        for batch in from..from + 40 {
            let paths = (0..20).map(|n| format!("{batch}/{n}").into_bytes());
            journal.intend(paths.clone().map(|path| (path, intent(byte))).collect()).await.unwrap();
            journal.will_make(folders(paths)).await.unwrap();
            journal.durable(OsStr::new(&format!("{batch}")), 1).await.unwrap();
        }
        journal.interrupted().await.unwrap();
    };
    // Both write both transfers, each its own rows.
    tokio::join!(
        fill(window.clone(), 1, 0),
        fill(command.clone(), 1, 100),
        fill(window.clone(), 2, 200),
        fill(command, 2, 300)
    );
    for byte in [1, 2] {
        let Agreed { sender, transfer, .. } = transfers::agreed(byte);
        let journal = window.journal(sender, transfer);
        assert_eq!(journal.intents().await.unwrap().len(), 1_600);
        assert_eq!(journal.made().await.unwrap().len(), 1_600);
        assert_eq!(journal.offsets().await.unwrap().len(), 80);
    }
}

#[tokio::test]
async fn a_journal_is_busy_while_another_process_holds_the_database_and_what_it_wrote_before_stays() {
    let (_dir, home, database, journal) = journal().await;
    journal.will_make(folders([b"a".to_vec()])).await.unwrap();
    drop(journal);
    close(&home, database);
    let database = Database::open_with(&home, Duration::from_millis(20)).unwrap();
    let Agreed { sender, transfer, .. } = transfers::agreed(1);
    let journal = database.journal(sender, transfer);
    let holder = Connection::open(home.database_file()).unwrap();
    holder.execute_batch("BEGIN IMMEDIATE").unwrap();
    let error = journal.intend(vec![(b"b".to_vec(), intent(1))]).await.unwrap_err();
    assert!(matches!(&error, DatabaseError::Busy { path } if *path == home.database_file()));
    journal.interrupted().await.unwrap();
    assert_eq!(journal.made().await.unwrap().len(), 1);
    holder.execute_batch("ROLLBACK").unwrap();
    assert!(journal.intents().await.unwrap().is_empty());
    journal.intend(vec![(b"b".to_vec(), intent(1))]).await.unwrap();
    assert_eq!(journal.intents().await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_full_disk_is_said_and_what_was_written_before_stays() {
    let (_dir, home, database, journal) = journal().await;
    journal.will_make(folders([b"a".to_vec()])).await.unwrap();
    // SQLite's own limit stands for the disk's.
    let limit = async |pages: i64| {
        let set = move |connection: &mut Connection| {
            connection.pragma_update_and_check(None, "max_page_count", pages, |_| Ok(()))
        };
        database.note(set).await.unwrap();
    };
    limit(1).await; // no less than it has
    let many = || (0..10_000).map(|n| format!("some folder/{n}").into_bytes());
    let error = journal.will_make(folders(many())).await.unwrap_err();
    assert!(matches!(&error, DatabaseError::Full { path, .. } if *path == home.database_file()));
    assert_eq!(error.failure().kind, FailureKind::DiskFull);
    assert_eq!(made(&journal).await, HashSet::from([b"a".to_vec()]));
    limit(1_000_000).await;
    journal.will_make(folders(many())).await.unwrap();
    assert_eq!(journal.made().await.unwrap().len(), 10_001);
}

#[tokio::test]
async fn a_journals_log_stays_small_and_is_gone_when_the_transfer_ends() {
    let (_dir, home, _database, journal) = journal().await;
    let log = || fs::metadata(beside(&home, "-wal")).unwrap().len();
    assert_eq!(log(), 0);
    for batch in 0..200 {
        let paths = (0..100).map(|n| format!("some folder/{batch}/{n}.jpeg").into_bytes());
        journal.intend(paths.map(|path| (path, intent(1))).collect()).await.unwrap();
    }
    assert!((1..16 * 1024 * 1024).contains(&log()), "{}", log());
    journal.interrupted().await.unwrap();
    assert_eq!((log(), journal.intents().await.unwrap().len()), (0, 20_000));
}

#[tokio::test]
async fn a_hundred_thousand_folders_are_one_transaction() {
    let (_dir, _home, _database, journal) = journal().await;
    let paths =
        |count| (0..count).map(|n| format!("holiday/some folder/{n:06}").into_bytes()).collect::<Vec<_>>();
    journal.will_make(folders(paths(100_000))).await.unwrap();
    assert_eq!(journal.made().await.unwrap().len(), 100_000);
}
