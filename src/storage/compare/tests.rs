//! Folders that are as the receipt says, and folders that are not.

use std::fs;
use std::os::unix::fs::symlink;

use super::*;
use crate::model::{LinkTarget, ReceiptOutcome, RelPath};

fn rel(text: &str) -> RelPath {
    RelPath::parse(text.split('/').collect::<Vec<_>>()).unwrap()
}

fn file_as(at: &str, contents: &[u8], saved_name: Option<&str>) -> ReceiptEntry {
    let sha256 = Some(Digest::from_bytes(Sha256::digest(contents).into()));
    let kind = ReceiptKind::File { size: size::from_len(contents.len()), sha256 };
    ReceiptEntry::new(rel(at), kind, ReceiptOutcome::Saved, saved_name.map(str::as_bytes)).unwrap()
}

fn file(at: &str, contents: &[u8]) -> ReceiptEntry {
    file_as(at, contents, None)
}

fn folder_as(at: &str, outcome: ReceiptOutcome, saved_name: Option<&str>) -> ReceiptEntry {
    ReceiptEntry::new(rel(at), ReceiptKind::Folder, outcome, saved_name.map(str::as_bytes)).unwrap()
}

fn folder(at: &str) -> ReceiptEntry {
    folder_as(at, ReceiptOutcome::Saved, None)
}

fn link(at: &str, target: &str) -> ReceiptEntry {
    let target = LinkTarget::parse(&rel(at), target.as_bytes().to_vec()).unwrap();
    ReceiptEntry::new(rel(at), ReceiptKind::Link(target), ReceiptOutcome::Saved, None).unwrap()
}

fn not_there(at: &str, outcome: ReceiptOutcome) -> ReceiptEntry {
    ReceiptEntry::new(rel(at), ReceiptKind::File { size: 1, sha256: None }, outcome, None).unwrap()
}

/// What differs, each as `word path`, and the counts.
fn compare(dir: &Path, entries: &[ReceiptEntry]) -> (Vec<String>, Comparison) {
    let mut found = Vec::new();
    let mut report = |difference: &Difference| found.push(format!("{} {difference}", difference.what.code()));
    let mut comparing = Comparing::start(dir, &mut report).unwrap();
    for entry in entries {
        comparing.entry(entry);
    }
    let counts = comparing.finish();
    (found, counts)
}

/// A tree, and its receipt.
fn tree() -> (tempfile::TempDir, Vec<ReceiptEntry>) {
    let dir = tempfile::tempdir().unwrap();
    let at = |name: &str| dir.path().join(name);
    fs::create_dir_all(at("d/e/empty")).unwrap();
    fs::write(at("d/e/deep"), "deep").unwrap();
    fs::write(at("d/f"), "text").unwrap();
    fs::write(at("d/nothing"), "").unwrap();
    symlink("e/deep", at("d/l")).unwrap();
    fs::write(at("z"), vec![7; 600_000]).unwrap();
    let entries = vec![
        folder("d"),
        folder("d/e"),
        file("d/e/deep", b"deep"),
        folder("d/e/empty"),
        file("d/f", b"text"),
        link("d/l", "e/deep"),
        file("d/nothing", b""),
        file("z", &vec![7; 600_000]),
    ];
    (dir, entries)
}

#[test]
fn a_folder_as_it_was_received_has_no_difference() {
    let (dir, entries) = tree();
    // Beside the transfer's own roots anything may lie.
    fs::write(dir.path().join("other"), "").unwrap();
    let counts = Comparison { entries: 8, ..Comparison::default() };
    assert_eq!(compare(dir.path(), &entries), (vec![], counts));
    // The chosen folder may be a link to it.
    let elsewhere = tempfile::tempdir().unwrap();
    symlink(dir.path(), elsewhere.path().join("in")).unwrap();
    assert_eq!(compare(&elsewhere.path().join("in"), &entries), (vec![], counts));
}

#[test]
fn every_difference_is_named_by_its_place() {
    let (dir, entries) = tree();
    let at = |name: &str| dir.path().join(name);
    fs::remove_file(at("d/e/deep")).unwrap();
    fs::write(at("d/f"), "texT").unwrap();
    fs::write(at("d/nothing"), "something").unwrap();
    fs::remove_file(at("d/l")).unwrap();
    symlink("e/empty", at("d/l")).unwrap();
    fs::write(at("d/e/empty/new"), "").unwrap();
    fs::create_dir(at("d/more")).unwrap();
    fs::write(at("d/more/inside"), "").unwrap();
    let mut bytes = vec![7; 600_000];
    bytes[599_999] = 8;
    fs::write(at("z"), bytes).unwrap();
    let (found, counts) = compare(dir.path(), &entries);
    assert_eq!(
        found,
        [
            "missing d/e/deep",
            "extra d/e/empty/new",
            "changed d/f",
            "changed d/l",
            "changed d/nothing",
            "extra d/more",
            "changed z"
        ]
    );
    assert_eq!(counts, Comparison { entries: 8, missing: 1, changed: 4, unreadable: 0, extra: 2 });
}

#[test]
fn a_folder_that_is_gone_takes_all_that_was_in_it_along() {
    let (dir, entries) = tree();
    fs::remove_dir_all(dir.path().join("d/e")).unwrap();
    let (found, counts) = compare(dir.path(), &entries);
    assert_eq!(found, ["missing d/e", "missing d/e/deep", "missing d/e/empty"]);
    assert_eq!(counts.missing, 3);
}

#[test]
fn things_of_another_kind_are_changed_and_links_are_not_followed() {
    let (dir, entries) = tree();
    let at = |name: &str| dir.path().join(name);
    // A copy of the tree elsewhere, which must not be looked at.
    let (elsewhere, _) = tree();
    fs::remove_dir_all(at("d/e")).unwrap();
    symlink(elsewhere.path().join("d/e"), at("d/e")).unwrap();
    fs::remove_file(at("d/f")).unwrap();
    symlink(elsewhere.path().join("d/f"), at("d/f")).unwrap();
    fs::remove_file(at("d/l")).unwrap();
    fs::write(at("d/l"), "e/deep").unwrap();
    fs::remove_file(at("d/nothing")).unwrap();
    rustix::fs::mkfifoat(rustix::fs::CWD, at("d/nothing"), Mode::RUSR).unwrap();
    fs::remove_file(at("z")).unwrap();
    fs::create_dir(at("z")).unwrap();
    let (found, counts) = compare(dir.path(), &entries);
    assert_eq!(
        found,
        [
            "changed d/e",
            "missing d/e/deep",
            "missing d/e/empty",
            "changed d/f",
            "changed d/l",
            "changed d/nothing",
            "changed z"
        ]
    );
    assert_eq!((counts.changed, counts.missing), (5, 2));
}

#[test]
fn entries_are_looked_for_under_the_names_they_got() {
    let dir = tempfile::tempdir().unwrap();
    let at = |name: &str| dir.path().join(name);
    fs::create_dir_all(at("d (1)/e (2)")).unwrap();
    fs::create_dir_all(at("d/e")).unwrap(); // somebody else's
    fs::write(at("d/e/f"), "another").unwrap();
    fs::write(at("d (1)/e (2)/f (3)"), "text").unwrap();
    fs::write(at("d (1)/g"), "more").unwrap();
    let saved = ReceiptOutcome::Saved;
    let entries = [
        folder_as("d", saved, Some("d (1)")),
        folder_as("d/e", saved, Some("e (2)")),
        file_as("d/e/f", b"text", Some("f (3)")),
        file("d/g", b"more"),
    ];
    assert_eq!(compare(dir.path(), &entries).0, Vec::<String>::new());
    fs::write(at("d (1)/e (2)/f"), "text").unwrap();
    fs::remove_file(at("d (1)/g")).unwrap();
    assert_eq!(compare(dir.path(), &entries).0, ["extra d (1)/e (2)/f", "missing d (1)/g"]);
}

#[test]
fn what_did_not_arrive_is_not_asked_for_and_not_extra_either() {
    let dir = tempfile::tempdir().unwrap();
    fs::create_dir_all(dir.path().join("d/no")).unwrap();
    fs::write(dir.path().join("d/skipped"), "as it was").unwrap();
    fs::write(dir.path().join("d/no/mine"), "").unwrap();
    let entries = [
        folder_as("d", ReceiptOutcome::Identical, None),
        not_there("d/failed", ReceiptOutcome::Failed),
        // Nothing of this folder was wanted: what is in it is not the transfer's.
        folder_as("d/no", ReceiptOutcome::Skipped, None),
        not_there("d/no/mine too", ReceiptOutcome::Skipped),
        not_there("d/skipped", ReceiptOutcome::Skipped),
    ];
    let (found, counts) = compare(dir.path(), &entries);
    assert_eq!((found, counts.entries), (vec![], 1));
}

#[test]
fn folders_without_an_entry_are_gone_through_and_not_listed() {
    let dir = tempfile::tempdir().unwrap();
    fs::create_dir_all(dir.path().join("a/b")).unwrap();
    fs::write(dir.path().join("a/b/f"), "text").unwrap();
    fs::write(dir.path().join("a/other"), "").unwrap();
    fs::write(dir.path().join("a/b/other"), "").unwrap();
    assert_eq!(compare(dir.path(), &[file("a/b/f", b"text"), file("a/c", b"")]).0, ["missing a/c"]);
}

#[test]
fn names_that_are_no_text_are_compared_byte_by_byte() {
    let dir = tempfile::tempdir().unwrap();
    let name = OsStr::from_bytes(b"\xff\n");
    fs::create_dir(dir.path().join(name)).unwrap();
    fs::write(dir.path().join(name).join("中文"), "").unwrap();
    let raw = |names: &[&[u8]]| RelPath::parse(names).unwrap();
    let root =
        ReceiptEntry::new(raw(&[b"\xff\n"]), ReceiptKind::Folder, ReceiptOutcome::Saved, None).unwrap();
    assert_eq!(compare(dir.path(), &[root]).0, ["extra \\xff\\u{a}/中文"]);
}

#[test]
fn a_folder_that_is_not_there_or_none_is_told() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("file"), "").unwrap();
    for name in ["nowhere", "file"] {
        let started = Comparing::start(&dir.path().join(name), &mut |_| ()).err().unwrap();
        assert_eq!(started.failure().kind, FailureKind::FolderMissing, "{name}");
    }
}

#[test]
fn a_receipt_that_is_no_file_is_refused_and_never_hangs() {
    let dir = tempfile::tempdir().unwrap();
    rustix::fs::mkfifoat(rustix::fs::CWD, dir.path().join("fifo"), Mode::RUSR | Mode::WUSR).unwrap();
    for name in ["fifo", ".", "nowhere"] {
        let refused = open_receipt(&dir.path().join(name)).err().unwrap();
        assert_eq!(refused.failure().kind, FailureKind::ReceiptUnreadable, "{name}");
    }
    fs::write(dir.path().join("r"), "").unwrap();
    symlink("r", dir.path().join("link")).unwrap();
    assert!(open_receipt(&dir.path().join("link")).is_ok());
}
