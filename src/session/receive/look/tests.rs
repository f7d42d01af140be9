use std::collections::HashMap;
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::sync::{Arc, Mutex};

use sha2::{Digest as _, Sha256};
use tokio::io::DuplexStream;

use crate::model::{Conflict, Entry, EntryKind, Finding, RelPath};
use crate::session::{Action, Manifest, Meter, OfferRoom, Questions, Timing};
use crate::storage::Seal;
use crate::storage::test_support::ran_as_nobody;
use crate::wire::{Frame, Purpose};

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
    Offered {
        transfer,
        note: None,
        purpose: Purpose::Send,
        manifest,
        questions,
        share,
        ahead: Mutex::default(),
    }
}

/// The plan for it in this folder, where nothing has to be asked.
async fn plan(folder: &Path, offered: &Offered, past: Past, conflict: Conflict) -> Plan {
    let (_peer, stream) = tokio::io::duplex(1024);
    plan_over(stream, folder, offered, (past, conflict)).await
}

async fn plan_over(
    stream: DuplexStream,
    folder: &Path,
    offered: &Offered,
    (past, conflict): (Past, Conflict),
) -> Plan {
    let mut link = Link::new(stream, Timing::default(), Arc::<Meter>::default());
    link.end_greeting();
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

/// An offer of the file `a` of five bytes, which was hashed ahead as `hashed` in the state that the file in the folder has now.
fn hashed_ahead(folder: &Path, hashed: &[u8]) -> Offered {
    let offered = offered(&["a"]);
    let entry = Entry { size: 5, stored: 5, ..offered.manifest.get(0).unwrap().unwrap() };
    let (seal, _) = Seal::of(&fs::File::open(folder.join("a")).unwrap()).unwrap();
    let sealed = (seal, Sha256::new_with_prefix(hashed));
    Offered {
        manifest: Arc::new(Manifest::of([entry])),
        ahead: Mutex::new(HashMap::from([(0, sealed)])),
        ..offered
    }
}

/// What is found where the sender has these bytes.
async fn finding(folder: &Path, offered: &Offered, sent: &[u8]) -> Finding {
    let (theirs, ours) = tokio::io::duplex(64 * 1024);
    let mut sender = Link::new(theirs, Timing::default(), Arc::<Meter>::default());
    sender.end_greeting();
    let digest = Digest::from_bytes(Sha256::digest(sent).into());
    let answer = async {
        let Frame::DigestWanted(wanted) = sender.expect("DigestWanted").await.unwrap() else { panic!() };
        sender.send(Frame::Digest(wanted.into_iter().map(|wanted| (wanted, Some(digest))).collect())).await;
    };
    let plan = plan_over(ours, folder, offered, (Past::default(), Conflict::KeepBoth));
    tokio::join!(plan, answer).0.finding(0)
}

#[tokio::test]
async fn what_was_hashed_ahead_is_not_read_again() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("a"), "alpha").unwrap();
    // Which bytes were compared shows where the hash is not that of the file.
    let offered = hashed_ahead(dir.path(), b"omega");
    assert_eq!(finding(dir.path(), &offered, b"omega").await, Finding::Identical);
    // The next look, in another folder or this one, reads for itself.
    assert_eq!(finding(dir.path(), &offered, b"omega").await, Finding::Differs);
    assert_eq!(finding(dir.path(), &offered, b"alpha").await, Finding::Identical);
}

#[tokio::test]
async fn what_changed_since_it_was_hashed_ahead_is_read_again() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a");
    fs::write(&path, "alpha").unwrap();
    let offered = hashed_ahead(dir.path(), b"alpha");
    // Saved again as most programs do, with the same size and time.
    let time = fs::metadata(&path).unwrap().modified().unwrap();
    let other = dir.path().join("a.new");
    fs::write(&other, "omega").unwrap();
    fs::File::options().write(true).open(&other).unwrap().set_modified(time).unwrap();
    fs::rename(&other, &path).unwrap();
    assert_eq!(finding(dir.path(), &offered, b"alpha").await, Finding::Differs);
}
