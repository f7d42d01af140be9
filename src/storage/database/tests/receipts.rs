//! Receipts and their bodies.

use std::io::{self, Cursor, Read};

use super::*;
use crate::model::{Direction, KeptReceipt, TransferId, size};

fn receipt(byte: u8, bytes: u64) -> KeptReceipt {
    KeptReceipt {
        direction: Direction::Incoming,
        transfer: TransferId::from_bytes([byte; 16]),
        peer: id(byte),
        at: Moment::from_secs(byte.into()),
        bytes,
        signature: [byte; 64],
    }
}

async fn found(database: &Database, receipt: &KeptReceipt) -> Option<(KeptReceipt, Vec<u8>)> {
    database.receipt(receipt.direction, receipt.transfer, receipt.peer).await.unwrap()
}

/// Has some bytes, and then the disk fails.
struct Failing(u64);

impl Read for Failing {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.0 == 0 {
            return Err(io::ErrorKind::PermissionDenied.into());
        }
        let read = io::repeat(1).take(self.0).read(buffer)?;
        self.0 -= size::from_len(read);
        Ok(read)
    }
}

#[tokio::test]
async fn a_receipt_of_any_length_comes_back_byte_for_byte() {
    let (_dir, home, database) = database();
    let piece = 256 * 1024;
    let lengths = [0, 1, piece - 1, piece, piece + 1, 3 * piece];
    let kept: Vec<(KeptReceipt, Vec<u8>)> = (1..)
        .zip(lengths)
        .map(|(byte, length): (u8, usize)| {
            let body = (0..length).map(|n| u8::try_from(n % 251).unwrap()).collect();
            (receipt(byte, size::from_len(length)), body)
        })
        .collect();
    for (receipt, body) in &kept {
        database.keep_receipt(receipt.clone(), Cursor::new(body.clone())).await.unwrap();
    }
    close(&home, database);
    let database = Database::open(&home).unwrap();
    for one in &kept {
        assert!(found(&database, &one.0).await.as_ref() == Some(one), "{} bytes", one.0.bytes);
    }
    let newest_first: Vec<KeptReceipt> = kept.into_iter().rev().map(|(receipt, _)| receipt).collect();
    assert_eq!(database.receipts().await.unwrap(), newest_first);
}

#[tokio::test]
async fn one_transfer_has_one_receipt_a_direction_and_it_outlives_the_transfer() {
    let (_dir, _home, database) = database();
    let first = receipt(1, 3);
    let sent = KeptReceipt { direction: Direction::Outgoing, ..first.clone() };
    let again = KeptReceipt { at: Moment::from_secs(9), bytes: 2, ..first.clone() };
    database.agree(transfers::agreed(1), Vec::new()).await.unwrap();
    for (receipt, body) in [(&first, "abc"), (&sent, "def"), (&again, "gh")] {
        database.keep_receipt(receipt.clone(), body.as_bytes()).await.unwrap();
    }
    assert!(database.remove_transfer(Direction::Incoming, first.transfer, first.peer).await.unwrap());
    assert_eq!(found(&database, &first).await, Some((again.clone(), b"gh".to_vec())));
    assert_eq!(found(&database, &sent).await, Some((sent.clone(), b"def".to_vec())));
    assert_eq!(found(&database, &KeptReceipt { peer: id(7), ..first.clone() }).await, None);
    assert_eq!(database.receipts().await.unwrap().len(), 2);
}

#[tokio::test]
async fn a_body_that_is_longer_or_shorter_than_it_says_or_fails_leaves_the_earlier_receipt() {
    let (_dir, _home, database) = database();
    let first = receipt(1, 3);
    database.keep_receipt(first.clone(), b"abc".as_slice()).await.unwrap();
    let piece = 256 * 1024;
    for told in [0, 5, piece, 2 * piece] {
        let next = receipt(1, told);
        for has in [told.saturating_sub(1), told + 1, u64::MAX].into_iter().filter(|has| *has != told) {
            let error = database.keep_receipt(next.clone(), io::repeat(1).take(has)).await.unwrap_err();
            assert!(matches!(error, DatabaseError::ReceiptBody { .. }), "{has} of {told}: {error:?}");
            assert_eq!(error.failure().kind, FailureKind::Internal);
        }
        let error = database.keep_receipt(next, Failing(told)).await.unwrap_err();
        let DatabaseError::ReceiptBody { source } = error else { panic!("{error:?}") };
        assert_eq!(source.kind(), io::ErrorKind::PermissionDenied);
    }
    assert_eq!(found(&database, &first).await, Some((first, b"abc".to_vec())));
}

#[tokio::test]
async fn a_receipt_that_would_fill_the_home_is_refused_before_it_is_read() {
    let (_dir, _home, database) = database();
    for bytes in [KeptReceipt::MAX_BYTES + 1, u64::MAX] {
        let error = database.keep_receipt(receipt(1, bytes), Failing(0)).await.unwrap_err();
        assert!(matches!(error, DatabaseError::ReceiptTooLong { bytes: told } if told == bytes));
    }
    assert_eq!(database.receipts().await.unwrap(), []);
}

#[tokio::test]
async fn the_room_of_a_receipt_that_was_removed_is_used_again() {
    let (_dir, home, database) = database();
    let (bytes, body) = (1 << 20, || io::repeat(7).take(1 << 20));
    let length = || std::fs::metadata(home.database_file()).unwrap().len();
    database.keep_receipt(receipt(1, bytes), body()).await.unwrap();
    let full = length();
    assert!(full > bytes);
    for byte in 1..5 {
        let KeptReceipt { direction, transfer, peer, .. } = receipt(byte, bytes);
        assert!(database.remove_receipt(direction, transfer, peer).await.unwrap());
        assert!(!database.remove_receipt(direction, transfer, peer).await.unwrap(), "it is gone");
        assert_eq!(found(&database, &receipt(byte, bytes)).await, None);
        database.keep_receipt(receipt(byte + 1, bytes), body()).await.unwrap();
        assert_eq!(length(), full);
    }
    assert_eq!(found(&database, &receipt(5, bytes)).await.unwrap().1.len(), 1 << 20);
}
