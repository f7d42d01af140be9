//! What becomes of each entry, told once and in order.

use super::*;
use crate::model::{Entry, EntryKind, FailureKind};

fn entry(path: &str, kind: EntryKind, size: u64) -> Entry {
    let path = RelPath::parse(path.split('/').collect::<Vec<_>>()).unwrap();
    Entry { path, kind, size, stored: size, modified: None, mode: None }
}

fn ledger() -> Ledger {
    let entries =
        [entry("a", EntryKind::File, 10), entry("b", EntryKind::File, 20), entry("c", EntryKind::Folder, 0)];
    Ledger::new(Arc::new(Manifest::of(entries)), Vec::new())
}

#[test]
fn each_entry_is_settled_once() {
    let ledger = ledger();
    let problem = FileProblem { kind: FailureKind::DiskFull, side: Side::There };
    ledger.digest(1, Digest::from_bytes([1; 32]), 20);
    assert!(ledger.may_be_saved(1));
    assert!(!ledger.may_be_saved(0));
    assert!(ledger.saved(1, None));
    assert!(!ledger.failed(1, problem));
    assert!(!ledger.saved(3, None));
    assert!(ledger.failed(0, problem));
    assert!(!ledger.is_settled());
    assert!(ledger.may_be_saved(2) && ledger.saved(2, None));
    assert!(ledger.is_settled());
    assert_eq!(ledger.counts(), Counts { saved: 1, failed: 1, skipped: 0, bytes: 20 });
    assert_eq!(ledger.first_problem(), Some(("a".to_owned(), problem)));
}

#[test]
fn reports_are_pulled_by_cursor_in_the_order_they_became_known_and_folders_are_no_files() {
    let ledger = ledger();
    ledger.same_digest(1, Digest::from_bytes([2; 32]));
    ledger.skipped(1, Skip::Identical);
    ledger.saved(2, None);
    ledger.saved(0, Some(LocalName::of(b"a (1)")));
    let entries = |from, limit| ledger.reports(from, limit).iter().map(|file| file.entry).collect::<Vec<_>>();
    assert_eq!(entries(0, 10), [1, 0]);
    assert_eq!(entries(1, 10), [0]);
    assert_eq!(entries(0, 1), [1]);
    assert_eq!(entries(9, 1), [0; 0]);
    let reports = ledger.reports(0, 2);
    assert_eq!(reports[0].fate, FileFate::Skipped(Skip::Identical));
    assert_eq!(reports[0].sha256, Some(Digest::from_bytes([2; 32])));
    assert_eq!(reports[1].fate, FileFate::Saved { saved_as: Some(LocalName::of(b"a (1)")) });
    assert_eq!(ledger.counts(), Counts { saved: 1, failed: 0, skipped: 1, bytes: 0 });
}

#[test]
fn what_was_left_out_is_the_first_problem_where_nothing_else_failed() {
    let problem = FileProblem { kind: FailureKind::NotAFile, side: Side::Here };
    let left_out = LeftOut { path: "r/fifo".to_owned(), problem };
    let manifest = Manifest::of([entry("r", EntryKind::Folder, 0)]);
    let ledger = Ledger::new(Arc::new(manifest), vec![left_out]);
    assert_eq!(ledger.first_problem(), Some(("r/fifo".to_owned(), problem)));
}
