//! What the database keeps about transfers.

use super::*;
use crate::model::{
    Agreed, Choice, Conflict, Digest, Direction, Links, LocalEnd, Outgoing, Stamp, Standing, TransferId,
    Unfinished,
};

fn transfer(byte: u8) -> TransferId {
    TransferId::from_bytes([byte; 16])
}

fn at(secs: u64) -> Moment {
    Moment::from_secs(secs)
}

/// A path of the system that is no text.
fn folder() -> PathBuf {
    PathBuf::from(OsStr::from_bytes(b"/home/anna/\xff\xfe \n'; DROP TABLE incoming"))
}

pub(super) fn agreed(byte: u8) -> Agreed {
    Agreed {
        sender: id(byte),
        transfer: transfer(byte),
        folder: folder(),
        account: Some(account("anna")),
        names: Digest::from_bytes([byte; 32]),
        conflict: Conflict::Skip,
        label: "照片".to_owned(),
        files: 312,
        bytes: 4_000_000_000,
        allowance: 6,
        at: at(1_000),
    }
}

fn outgoing(byte: u8) -> Outgoing {
    Outgoing {
        transfer: transfer(byte),
        receiver: id(9),
        address: "192.0.2.7:7268".parse().unwrap(),
        sources: vec![folder(), "/b".into(), "".into()],
        links: Links::Follow,
        label: "照片".to_owned(),
        files: 312,
        bytes: 4_000_000_000,
        is_accepted: false,
        at: at(1_000),
    }
}

// Receiving

/// A row of its own, whatever was begun before: an older program may have left several of the same sources.
async fn begin(database: &Database, outgoing: Outgoing) {
    database.ask(move |connection| outgoing::begin(connection, &outgoing)).await.unwrap();
}

#[tokio::test]
async fn what_was_agreed_comes_back_as_it_was_also_after_the_program_ended() {
    let (_dir, home, database) = database();
    let bare = Agreed { account: None, conflict: Conflict::Replace, files: 0, bytes: 0, ..agreed(2) };
    for one in [agreed(1), bare.clone()] {
        database.agree(one, Vec::new()).await.unwrap();
    }
    close(&home, database);
    let database = Database::open(&home).unwrap();
    for one in [agreed(1), bare] {
        let found = database.agreed(one.sender, one.transfer).await.unwrap();
        assert_eq!(found, Some((one, Standing::Unfinished)));
    }
}

#[tokio::test]
async fn a_transfer_id_that_another_device_made_up_is_another_transfer() {
    let (_dir, _home, database) = database();
    let journal = database.agree(agreed(1), Vec::new()).await.unwrap();
    journal.will_make(journal::folders([b"a".to_vec()])).await.unwrap();
    assert_eq!(database.agreed(id(2), transfer(1)).await.unwrap(), None);
    let thief = Agreed { sender: id(2), folder: "/elsewhere".into(), ..agreed(1) };
    let theirs = database.agree(thief, Vec::new()).await.unwrap();
    assert!(theirs.made().await.unwrap().is_empty());
    theirs.delivered(at(5)).await.unwrap();
    assert_eq!(database.agreed(id(1), transfer(1)).await.unwrap(), Some((agreed(1), Standing::Unfinished)));
    assert!(!database.remove_transfer(Direction::Incoming, transfer(1), id(3)).await.unwrap());
    assert!(database.remove_transfer(Direction::Incoming, transfer(1), id(2)).await.unwrap());
    assert_eq!(journal.made().await.unwrap().len(), 1);
}

#[tokio::test]
async fn agreed_to_again_it_keeps_what_was_done_but_in_another_folder_nothing() {
    let (_dir, _home, database) = database();
    let choices = vec![(b"a/b".to_vec(), Choice::Leave)];
    let journal = database.agree(agreed(1), choices).await.unwrap();
    assert_eq!(journal.choices().await.unwrap().len(), 1);
    journal.will_make(journal::folders([b"a".to_vec()])).await.unwrap();
    journal.delivered(at(2_000)).await.unwrap();
    let again = Agreed { names: Digest::from_bytes([7; 32]), conflict: Conflict::KeepBoth, ..agreed(1) };
    let journal = database.agree(again.clone(), Vec::new()).await.unwrap();
    // Who has not got its staging folder takes nothing from who delivered it.
    let standing = database.agreed(id(1), transfer(1)).await.unwrap().unwrap().1;
    assert!(matches!(standing, Standing::Delivered { .. }));
    journal.begin().await.unwrap();
    assert_eq!(
        database.agreed(id(1), transfer(1)).await.unwrap(),
        Some((again.clone(), Standing::Unfinished))
    );
    assert_eq!((journal.made().await.unwrap().len(), journal.choices().await.unwrap().len()), (1, 0));
    let elsewhere = Agreed { folder: "/elsewhere".into(), ..again };
    database.agree(elsewhere.clone(), Vec::new()).await.unwrap();
    assert!(journal.made().await.unwrap().is_empty());
    let found = database.agreed(id(1), transfer(1)).await.unwrap();
    assert_eq!(found, Some((elsewhere, Standing::Unfinished)));
}

// Sending

#[tokio::test]
async fn the_same_send_finds_its_transfer_and_any_other_does_not() {
    let (_dir, home, database) = database();
    let first = outgoing(1);
    begin(&database, first.clone()).await;
    close(&home, database);
    let database = Database::open(&home).unwrap();
    let find = async |receiver, sources: &[PathBuf], links| {
        database.outgoing(receiver, sources, links).await.unwrap().map(|found| found.transfer)
    };
    let sources = first.sources.clone();
    assert_eq!(
        database.outgoing(first.receiver, &sources, first.links).await.unwrap().as_ref(),
        Some(&first)
    );
    let reversed: Vec<PathBuf> = sources.iter().rev().cloned().collect();
    for other in [reversed, sources[..2].to_vec(), Vec::new(), [sources.clone(), sources.clone()].concat()] {
        assert_eq!(find(first.receiver, &other, first.links).await, None, "{other:?}");
    }
    assert_eq!(find(id(8), &sources, first.links).await, None);
    assert_eq!(find(first.receiver, &sources, Links::Keep).await, None);
}

#[tokio::test]
async fn the_newest_unfinished_transfer_of_the_same_sources_goes_on() {
    let (_dir, _home, database) = database();
    let newer = Outgoing { at: at(2_000), ..outgoing(2) };
    for one in [outgoing(1), newer.clone(), outgoing(3)] {
        begin(&database, one).await;
    }
    let find = async || {
        let sources = outgoing(1).sources;
        database.outgoing(id(9), &sources, Links::Follow).await.unwrap().map(|found| found.transfer)
    };
    assert_eq!(find().await, Some(transfer(2)));
    database.measure_outgoing(transfer(2), (1, 2), true).await.unwrap();
    database.measure_outgoing(transfer(2), (3, 4), false).await.unwrap();
    let measured = database.outgoing_by_id(transfer(2)).await.unwrap().unwrap();
    assert_eq!((measured.files, measured.bytes, measured.is_accepted), (3, 4, true), "taken once is taken");
    assert!(database.finish_outgoing(transfer(2), at(3_000)).await.unwrap());
    for gone in [2, 7] {
        database.measure_outgoing(transfer(gone), (5, 6), true).await.unwrap();
        assert_eq!(database.outgoing_by_id(transfer(gone)).await.unwrap(), None);
    }
    assert_eq!(find().await, Some(transfer(3)));
    assert_eq!(database.outgoing_by_id(transfer(2)).await.unwrap(), None);
    assert_eq!(database.outgoing_by_id(transfer(1)).await.unwrap(), Some(outgoing(1)));
    assert!(!database.finish_outgoing(transfer(7), at(3_000)).await.unwrap());
    // Begun again, at another address.
    let moved = Outgoing { address: "[::1]:9".parse().unwrap(), ..newer };
    begin(&database, moved.clone()).await;
    assert_eq!(find().await, Some(transfer(2)));
    assert_eq!(database.outgoing_by_id(transfer(2)).await.unwrap(), Some(moved));
}

#[tokio::test]
async fn the_same_sent_twice_at_once_is_one_transfer_and_who_is_turned_away_does_not_forget_the_others() {
    let (_dir, home, database) = database();
    let other = Database::open(&home).unwrap();
    let (one, two) = tokio::join!(
        database.begin_or_go_on(outgoing(1)),
        other.begin_or_go_on(Outgoing { address: "[::1]:9".parse().unwrap(), ..outgoing(2) })
    );
    let (one, two) = (one.unwrap(), two.unwrap());
    assert_eq!(one.transfer, two.transfer);
    assert_eq!(database.unfinished().await.unwrap().len(), 1);
    database.measure_outgoing(one.transfer, (1, 2), true).await.unwrap();
    assert!(!other.remove_untaken(one.transfer).await.unwrap());
    // What is taken stays so for who goes on.
    let gone_on = other.begin_or_go_on(outgoing(3)).await.unwrap();
    assert_eq!((gone_on.transfer, gone_on.files, gone_on.is_accepted), (one.transfer, 1, true));
    assert!(database.finish_outgoing(one.transfer, at(3_000)).await.unwrap());
    // All arrived: the next is another one, and until it is taken it may be withdrawn.
    assert_eq!(database.begin_or_go_on(outgoing(4)).await.unwrap(), outgoing(4));
    assert!(database.remove_untaken(transfer(4)).await.unwrap());
    assert!(database.unfinished().await.unwrap().is_empty());
}

// Both

#[tokio::test]
async fn unfinished_ones_of_both_directions_are_listed_newest_first_with_the_names_of_paired_devices() {
    let (_dir, _home, database) = database();
    database.remember(device(9, "bob")).await.unwrap();
    begin(&database, Outgoing { at: at(20), ..outgoing(1) }).await;
    begin(&database, Outgoing { at: at(50), ..outgoing(2) }).await;
    database.agree(Agreed { at: at(10), ..agreed(3) }, Vec::new()).await.unwrap();
    database.agree(Agreed { at: at(30), ..agreed(4) }, Vec::new()).await.unwrap();
    database.journal(id(3), transfer(3)).delivered(at(60)).await.unwrap();
    database.finish_outgoing(transfer(2), at(60)).await.unwrap();
    let Outgoing { sources, links, address, .. } = outgoing(1);
    let (label, files, bytes) = ("照片".to_owned(), 312, 4_000_000_000);
    let mut sent = Unfinished {
        transfer: transfer(1),
        peer: id(9),
        peer_name: DeviceName::new("bob"),
        label: label.clone(),
        files,
        bytes,
        at: at(20),
        end: LocalEnd::Sources { sources, links, address },
    };
    let received = Unfinished {
        transfer: transfer(4),
        peer: id(4),
        peer_name: None,
        label,
        files,
        bytes,
        at: at(30),
        end: LocalEnd::Folder { folder: folder() },
    };
    let all = database.unfinished().await.unwrap();
    assert_eq!(all, [received, sent.clone()]);
    assert_eq!(all[0].direction(), Direction::Incoming);
    database.forget(&id(9)).await.unwrap();
    sent.peer_name = None;
    assert_eq!(database.unfinished().await.unwrap()[1], sent);
}

#[tokio::test]
async fn removing_a_transfer_removes_all_its_rows_and_nobody_elses() {
    let (_dir, home, database) = database();
    for byte in [1, 2] {
        let choices = vec![(b"x".to_vec(), Choice::Skip)];
        let journal = database.agree(agreed(byte), choices).await.unwrap();
        journal.will_make(journal::folders([b"a".to_vec()])).await.unwrap();
        journal.will_enter(vec![(b"d".to_vec(), Stamp { secs: 1, nanos: 0 })]).await.unwrap();
        journal.intend(vec![(b"b".to_vec(), journal::intent(1))]).await.unwrap();
        journal.durable(OsStr::new("c"), 1).await.unwrap();
        begin(&database, outgoing(byte)).await;
    }
    assert!(database.remove_transfer(Direction::Incoming, transfer(1), id(1)).await.unwrap());
    assert!(!database.remove_transfer(Direction::Incoming, transfer(1), id(1)).await.unwrap());
    assert!(!database.remove_transfer(Direction::Outgoing, transfer(1), id(1)).await.unwrap());
    assert!(database.remove_transfer(Direction::Outgoing, transfer(1), id(9)).await.unwrap());
    assert_eq!(database.unfinished().await.unwrap().len(), 2);
    close(&home, database);
    let connection = Connection::open(home.database_file()).unwrap();
    for table in ["incoming", "made", "entered", "intents", "offsets", "choices", "outgoing"] {
        let sql = format!("SELECT count(*) FROM {table}");
        let count: i64 = connection.query_row(&sql, [], |row| row.get(0)).unwrap();
        assert_eq!(count, 1, "{table}");
    }
}

#[tokio::test]
async fn a_purge_takes_old_finished_transfers_and_no_unfinished_one_whatever_its_age() {
    let (_dir, _home, database) = database();
    for (byte, ended) in [(1, None), (2, Some(99)), (3, Some(100)), (4, Some(u64::MAX))] {
        let journal = database.agree(Agreed { at: at(0), ..agreed(byte) }, Vec::new()).await.unwrap();
        begin(&database, Outgoing { at: at(0), ..outgoing(byte) }).await;
        if let Some(ended) = ended {
            journal.delivered(at(ended)).await.unwrap();
            assert!(database.finish_outgoing(transfer(byte), at(ended)).await.unwrap());
        }
    }
    assert_eq!(database.purge(at(100)).await.unwrap(), 2);
    assert_eq!(database.purge(at(100)).await.unwrap(), 0);
    assert_eq!(database.agreed(id(2), transfer(2)).await.unwrap(), None);
    let (_, standing) = database.agreed(id(3), transfer(3)).await.unwrap().unwrap();
    assert_eq!(standing, Standing::Delivered { at: at(100) });
    assert_eq!(database.purge(at(u64::MAX)).await.unwrap(), 2);
    let left = database.unfinished().await.unwrap();
    assert_eq!(left.iter().map(|one| one.transfer).collect::<Vec<_>>(), [transfer(1); 2]);
}

#[tokio::test]
async fn numbers_that_no_file_has_are_capped_and_text_is_shown_not_obeyed() {
    let (_dir, _home, database) = database();
    let odd =
        Agreed { files: u64::MAX, bytes: u64::MAX, label: "a\u{202e}\u{1b}[2J".to_owned(), ..agreed(1) };
    database.agree(odd, Vec::new()).await.unwrap();
    let (found, _) = database.agreed(id(1), transfer(1)).await.unwrap().unwrap();
    assert_eq!((found.files, found.bytes), (i64::MAX.unsigned_abs(), i64::MAX.unsigned_abs()));
    assert_eq!(found.label, "a\\u{202e}\\u{1b}[2J");
}
