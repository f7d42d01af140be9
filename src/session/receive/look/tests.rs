use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::sync::Arc;

use crate::model::{Conflict, Entry, EntryKind, Finding, RelPath};
use crate::session::{Action, Manifest, Meter, OfferRoom, Questions, Timing};
use crate::storage::test_support::ran_as_nobody;
use crate::wire::Purpose;

use super::*;

/// An offer of these, all empty; what ends with `/` is a folder.
fn offered(paths: &[&str]) -> Offered {
    let entry = |path: &&str| {
        let kind = if path.ends_with('/') { EntryKind::Folder } else { EntryKind::File };
        let names = path.trim_end_matches('/').split('/').collect::<Vec<_>>();
        let path = RelPath::parse(names).unwrap();
        Entry { path, kind, size: 0, stored: 0, modified: None, mode: None }
    };
    let manifest = Arc::new(Manifest::of(paths.iter().map(entry)));
    let questions = Arc::new(Questions::of(manifest.len()));
    let transfer = TransferId::from_bytes([7; 16]);
    let share = Arc::<OfferRoom>::default().share();
    Offered { transfer, note: None, purpose: Purpose::Send, manifest, questions, share }
}

/// The plan for it in this folder, where nothing has to be asked.
async fn plan(folder: &Path, offered: &Offered, past: Past, conflict: Conflict) -> Plan {
    let (_peer, stream) = tokio::io::duplex(1024);
    let mut link = Link::new(stream, Timing::default(), Arc::<Meter>::default());
    let looking = Look {
        folder: Folder::open(folder).unwrap(),
        sender: DeviceId::from_bytes([1; 32]),
        transfer: offered.transfer,
        past,
        choices: Choices { conflict, entries: Vec::new() },
        ledger: Arc::new(Ledger::new(Arc::clone(&offered.manifest), Vec::new())),
    };
    match look(&mut link, offered, looking, &Halt::default()).await.unwrap() {
        Looked::Plan(plan, ..) => *plan,
        other => panic!("{other:?}"),
    }
}

fn names(plan: &Plan, path: &[&str]) -> Vec<String> {
    plan.names(path.join("/").as_bytes()).iter().map(ToString::to_string).collect()
}

#[test]
fn a_folder_that_nobody_may_look_into_gets_another_beside_it_and_ours_are_opened_again() {
    let test = "session::receive::look::tests::a_folder_that_nobody_may_look_into_gets_another_beside_it_and_ours_are_opened_again";
    if ran_as_nobody(test) {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let mode = |name: &str, mode| fs::set_permissions(dir.path().join(name), Permissions::from_mode(mode));
    for (name, closed) in
        [("closed", 0o000), ("listed", 0o400), ("open", 0o755), ("ours", 0o500), ("ours/in", 0o000)]
    {
        fs::create_dir(dir.path().join(name)).ok();
        if name != "ours" {
            mode(name, closed).unwrap();
        }
    }
    mode("ours", 0o000).unwrap();
    let offered = offered(&[
        "closed/",
        "closed/a",
        "listed/",
        "listed/b",
        "open/",
        "open/c",
        "ours/",
        "ours/in/",
        "ours/in/d",
    ]);
    let past = Past::that_made(&["ours", "ours/in"]);
    let plan = tokio::runtime::Runtime::new().unwrap().block_on(plan(
        dir.path(),
        &offered,
        past,
        Conflict::KeepBoth,
    ));
    let findings: Vec<Finding> = (0..9).map(|entry| plan.finding(entry)).collect();
    assert_eq!(
        findings,
        [
            Finding::Blocked,
            Finding::New,
            Finding::Blocked,
            Finding::New,
            Finding::Merge,
            Finding::New,
            Finding::New,
            Finding::New,
            Finding::New,
        ]
    );
    assert_eq!(names(&plan, &["closed", "a"]), ["closed (1)", "a"]);
    assert_eq!(names(&plan, &["listed", "b"]), ["listed (1)", "b"]);
    let now = |name: &str| fs::metadata(dir.path().join(name)).unwrap().permissions().mode() & 0o7777;
    assert_eq!((now("closed"), now("listed"), now("ours"), now("ours/in")), (0o000, 0o400, 0o700, 0o700));
    mode("closed", 0o700).unwrap();
}

#[tokio::test]
async fn what_is_no_file_is_never_planned_to_be_replaced() {
    let dir = tempfile::tempdir().unwrap();
    fs::create_dir(dir.path().join("a")).unwrap();
    fs::write(dir.path().join("b"), "other").unwrap();
    let plan = plan(dir.path(), &offered(&["a", "b"]), Past::default(), Conflict::Replace).await;
    assert_eq!([0, 1].map(|entry| plan.finding(entry)), [Finding::Differs; 2]);
    assert_eq!([0, 1].map(|entry| plan.action(entry)), [Action::KeepBoth, Action::Replace]);
}

#[tokio::test]
async fn what_only_begins_like_a_folder_that_is_missing_is_looked_at() {
    let dir = tempfile::tempdir().unwrap();
    for folder in ["a b", "a.b", "ab", "z"] {
        fs::create_dir(dir.path().join(folder)).unwrap();
        fs::create_dir(dir.path().join(folder).join("x")).unwrap();
    }
    // In the order of a manifest: name by name.
    let paths =
        ["a/", "a/in/", "a/in/x", "a/x", "a b/", "a b/x", "a.b/", "a.b/x", "ab/", "ab/x", "z/", "z/x"];
    let offered = offered(&paths);
    let plan = plan(dir.path(), &offered, Past::default(), Conflict::default()).await;
    let found: Vec<Finding> = (0..).take(paths.len()).map(|entry| plan.finding(entry)).collect();
    let mut expected = vec![Finding::New; 4];
    expected.extend([Finding::Merge, Finding::Differs].repeat(4));
    assert_eq!(found, expected);
}
