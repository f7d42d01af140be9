//! What both sides hold when all is done: the same record, signed by who received. And records that lie.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use sampan::model::{
    DeviceId, Digest, FailureKind, Moment, ReceiptCounts, ReceiptEntry, ReceiptHead, ReceiptKind,
    ReceiptOutcome, RelPath, TransferId,
};
use sampan::net::Identity;
use sampan::session::{ReceiveEnd, SendEnd, SessionError};
use sampan::storage::{Home, load_or_create_key};
use sampan::wire::{Frame, Kind, ReceiptWriter};
use serde_json::Value;

use crate::support::piped::{Offering, Peer, delivered, digest, saved};
use crate::support::program::{Desk, Ended};
use crate::support::sides::{Files, Received, Receiver, Sender, identity, parties};
use crate::support::tree::one_of_everything;
use crate::trees::{sources, tree_of};

/// The receipts that a computer lists.
fn kept(desk: &Desk) -> Vec<Value> {
    let listed = desk.run(&["receipts", "--json"]);
    assert_eq!(listed.code, Some(0), "{listed:#?}");
    listed.lines
}

/// Writes the receipt of a transfer, and the list beside it.
fn export(desk: &Desk, id: &str) -> (PathBuf, PathBuf) {
    let to = desk.path("receipts");
    fs::create_dir_all(&to).unwrap();
    let exported = desk.run(&["receipts", &id[..8], "--to", to.to_str().unwrap(), "--json"]);
    assert_eq!(exported.code, Some(0), "{exported:#?}");
    let path = |field: &str| PathBuf::from(exported.event("exported")[field].as_str().unwrap());
    (path("receipt"), path("sums"))
}

fn verify(desk: &Desk, receipt: &Path, folder: &Path) -> Ended {
    desk.run(&["verify", receipt.to_str().unwrap(), folder.to_str().unwrap(), "--json"])
}

/// Whether `sha256sum -c` finds all that a list names.
fn sums_agree(list: &Path, folder: &Path) -> bool {
    let mut command = Command::new("sha256sum");
    command.args(["--check", "--quiet", "--strict"]).arg(list).current_dir(folder);
    command.output().unwrap().status.success()
}

#[test]
fn both_sides_keep_the_same_receipt_and_it_holds_until_somebody_changes_a_file() {
    let (here, there) = (Desk::new(), Desk::new());
    let mut receiver = there.receiver();
    let tree = one_of_everything(&sources(&here), "tree");
    here.send(&[&tree], receiver.address).assert(0, "delivered", None);
    receiver.finished();
    let (ours, theirs) = (kept(&here), kept(&there));
    assert_eq!((ours.len(), theirs.len()), (1, 1));
    assert_eq!(
        (ours[0]["direction"].as_str(), theirs[0]["direction"].as_str()),
        (Some("outgoing"), Some("incoming"))
    );
    let id = ours[0]["id"].as_str().unwrap();
    assert_eq!((&theirs[0]["id"], &theirs[0]["bytes"]), (&ours[0]["id"], &ours[0]["bytes"]));
    let [(receipt, sums), (their_receipt, their_sums)] = [&here, &there].map(|desk| export(desk, id));
    assert_eq!(fs::read(&receipt).unwrap(), fs::read(their_receipt).unwrap());
    assert_eq!(fs::read(&sums).unwrap(), fs::read(their_sums).unwrap());
    let verified = verify(&here, &receipt, &there.folder());
    assert_eq!(verified.code, Some(0), "{verified:#?}");
    let said = verified.event("receipt");
    assert_eq!(said["device"], receiver.listening()["device"]);
    assert_eq!(
        (&said["saved"], &said["failed"], &said["unreadable"]),
        (&20.into(), &0.into(), &0.into()),
        "{said}"
    );
    assert!(sums_agree(&sums, &there.folder()));
    // It also holds against what was sent, for that is the same.
    assert_eq!(verify(&there, &receipt, &sources(&here)).code, Some(0));
    let changed = there.folder().join("tree/docs/run");
    let mut contents = fs::read(&changed).unwrap();
    contents[3] ^= 1;
    fs::write(&changed, contents).unwrap();
    let verified = verify(&here, &receipt, &there.folder());
    assert_eq!(verified.code, Some(6), "{verified:#?}");
    let difference = verified.event("difference");
    assert_eq!(
        (difference["path"].as_str(), difference["found"].as_str()),
        (Some("tree/docs/run"), Some("changed"))
    );
    assert!(!sums_agree(&sums, &there.folder()));
    // A receipt that was tampered with is none.
    let mut bytes = fs::read(&receipt).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    let forged = here.file("forged", bytes);
    assert_eq!(verify(&here, &forged, &there.folder()).code, Some(6));
}

#[test]
fn a_file_that_is_there_is_not_replaced_by_a_receipt_and_unknown_ids_are_said() {
    let (here, there) = (Desk::new(), Desk::new());
    let receiver = there.receiver();
    here.send(&[&here.file("a", "text")], receiver.address).assert(0, "delivered", None);
    let id = kept(&here)[0]["id"].as_str().unwrap().to_owned();
    let (receipt, _) = export(&here, &id);
    let same = here.run(&["receipts", &id, "--to", here.path("receipts").to_str().unwrap(), "--json"]);
    assert_eq!(same.code, Some(0), "what is there already is the same: {same:#?}");
    fs::write(&receipt, "somebody's own").unwrap();
    let again = here.run(&["receipts", &id, "--to", here.path("receipts").to_str().unwrap(), "--json"]);
    assert_eq!((again.code, again.kind()), (Some(7), Some("already-there")), "{again:#?}");
    let missing = here.run(&["receipts", &id, "--to", here.path("nosuch").to_str().unwrap(), "--json"]);
    assert_eq!((missing.code, missing.kind()), (Some(7), Some("folder-missing")), "{missing:#?}");
    for unknown in ["ffffffff", "x", ""] {
        let ended = here.run(&["receipts", unknown, "--json"]);
        assert_eq!((ended.code, ended.kind()), (Some(2), Some("no-receipt")), "{unknown:?}: {ended:#?}");
    }
}

#[test]
fn what_was_delivered_in_part_has_a_receipt_that_says_so() {
    let (here, there) = (Desk::new(), Desk::new());
    let mut receiver = there.receiver();
    let tree = tree_of(&here, &[("a", b"a"), ("b", b"b")]);
    rustix::fs::mkfifoat(rustix::fs::CWD, tree.join("fifo"), rustix::fs::Mode::RUSR).unwrap();
    here.send(&[&tree], receiver.address).assert(1, "partial", Some("not-a-file"));
    receiver.finished();
    let id = kept(&there)[0]["id"].as_str().unwrap().to_owned();
    let (receipt, sums) = export(&here, &id);
    let verified = verify(&here, &receipt, &there.folder());
    assert_eq!(verified.code, Some(0), "{verified:#?}");
    assert_eq!(verified.event("receipt")["unreadable"], 1);
    assert!(sums_agree(&sums, &there.folder()));
}

#[test]
fn receipts_are_listed_with_what_they_say_and_removed_when_somebody_says_so() {
    let (here, there) = (Desk::new(), Desk::new());
    here.pair_with(&there);
    let mut receiver = there.receiver();
    let tree = tree_of(&here, &[("a", b"a"), ("b", b"b")]);
    here.send(&[&here.file("single", "text")], receiver.address).assert(0, "delivered", None);
    rustix::fs::mkfifoat(rustix::fs::CWD, tree.join("fifo"), rustix::fs::Mode::RUSR).unwrap();
    here.send(&[&tree], receiver.address).assert(1, "partial", Some("not-a-file"));
    receiver.finished();
    receiver.finished();
    let rows = kept(&here);
    let said = |row: &Value| {
        let [name, entries, failed] = ["name", "entries", "failed"].map(|field| row[field].clone());
        (name, entries, failed, row["peer"].is_string())
    };
    assert_eq!(said(&rows[0]), ("tree".into(), 3.into(), 1.into(), true));
    assert_eq!(said(&rows[1]), ("single".into(), 1.into(), 0.into(), true));
    let listed = here.run(&["receipts"]).stdout;
    assert!(listed.contains(" 1 failed ") && listed.contains(" delivered "), "{listed}");
    let ids: Vec<&str> = rows.iter().map(|row| row["id"].as_str().unwrap()).collect();
    let unknown = here.run(&["receipts", "--remove", "ffffffff", "--json"]);
    assert_eq!((unknown.code, unknown.kind()), (Some(2), Some("no-receipt")), "{unknown:#?}");
    let removed = here.run(&["receipts", "--remove", &ids[0][..8], "--json"]);
    assert_eq!((removed.code, &removed.event("removed")["id"]), (Some(0), &ids[0].into()));
    assert_eq!(kept(&here).iter().map(|row| row["id"].as_str().unwrap()).collect::<Vec<_>>(), [ids[1]]);
    assert_eq!(there.run(&["receipts", "--remove", "all"]).code, Some(0));
    assert_eq!(kept(&there), Vec::<Value>::new());
}

#[tokio::test]
async fn a_record_that_the_sender_cannot_keep_does_not_undo_what_was_delivered() {
    // So many that pages of their record still come when what stays in memory is full.
    let files = Files::many(12_000);
    let (ours, theirs) = tokio::io::duplex(256 * 1024);
    let receiver = Receiver::accepting(theirs);
    let sender = Sender::keeping_in(PathBuf::from("/no such folder"), ours, files.roots.clone());
    let heard = Arc::clone(&sender.heard);
    assert_eq!(sender.end().await.unwrap(), SendEnd::Delivered);
    assert_eq!(receiver.end().await.result.unwrap(), Received::End(ReceiveEnd::Delivered));
    assert_eq!(heard.saved(), 12_000);
    assert_eq!(heard.receipt_lost.get().map(|failure| failure.kind), Some(FailureKind::HomeUnusable));
}

// Receipts that lie

/// A device's key that is not the receiver's.
fn somebody_else() -> Identity {
    let home = tempfile::tempdir().unwrap();
    let key = load_or_create_key(&Home::at(home.path()).unwrap()).unwrap();
    Identity::from_pkcs8(key.as_der()).unwrap()
}

/// What a receipt says, so that each of it can be a lie.
#[derive(Clone)]
struct Said {
    transfer: TransferId,
    sender: DeviceId,
    receiver: DeviceId,
    manifest: Digest,
    entries: Vec<(&'static str, &'static [u8], ReceiptOutcome)>,
}

impl Said {
    /// The truth about the one file that is sent here.
    fn truly(offering: &Offering) -> Self {
        let parties = parties();
        Self {
            transfer: parties.transfer,
            sender: parties.sender,
            receiver: parties.receiver,
            manifest: offering.summary.digest,
            entries: vec![("a", b"hello", ReceiptOutcome::Saved)],
        }
    }

    fn signed_by(&self, by: &Identity) -> Vec<u8> {
        let entries: Vec<ReceiptEntry> = self
            .entries
            .iter()
            .map(|(name, contents, outcome)| {
                let path = RelPath::parse([name]).unwrap();
                let sha256 = outcome.is_there().then(|| digest(contents));
                let kind = ReceiptKind::File { size: contents.len().try_into().unwrap(), sha256 };
                ReceiptEntry::new(path, kind, *outcome, None).unwrap()
            })
            .collect();
        let mut counts = ReceiptCounts::default();
        assert!(entries.iter().all(|entry| counts.add(entry)));
        let (started, ended) = (Moment::from_secs(1_790_000_000), Moment::from_secs(1_790_000_060));
        let Self { transfer, sender, receiver, manifest, .. } = *self;
        let head = ReceiptHead { transfer, sender, receiver, started, ended, manifest, counts };
        let mut writer = ReceiptWriter::begin(Vec::new(), &head).unwrap();
        for entry in &entries {
            writer.push(entry).unwrap();
        }
        let unsealed = writer.finish().unwrap();
        let seal = by.seal(&unsealed.digest()).unwrap();
        unsealed.seal(&seal).unwrap()
    }
}

/// Changes one thing of what is true.
type Lie = fn(&mut Said);

/// What a sender of one file makes of a receiver that saves it and then says these pages of a receipt.
async fn told(pages: impl FnOnce(&Offering) -> Vec<Vec<u8>>) -> Result<SendEnd, SessionError> {
    let files = Files::of(&[("a", b"hello")]);
    let (mut peer, stream) = Peer::roomy();
    let sender = Sender::start(stream, files.roots.clone());
    let offering = peer.take_offer().await;
    peer.rest_until(Kind::End).await;
    peer.send(saved(0, 1)).await;
    let pages = pages(&offering).into_iter().map(Frame::ReceiptPage);
    let frames: Vec<Frame> = pages.chain([delivered(1, 0, 5, offering.summary.digest)]).collect();
    peer.send_all(&frames).await;
    peer.shut_down().await;
    drop(peer);
    sender.end().await
}

#[track_caller]
fn assert_refused(told: &Result<SendEnd, SessionError>, what: &str) {
    assert!(matches!(told, Err(SessionError::Receipt(_))), "{what}: {told:?}");
}

#[tokio::test]
async fn a_true_receipt_is_taken_in_any_pieces() {
    let whole = told(|offering| vec![Said::truly(offering).signed_by(identity())]).await;
    assert_eq!(whole.unwrap(), SendEnd::Delivered);
    let pieces = told(|offering| {
        let bytes = Said::truly(offering).signed_by(identity());
        bytes.chunks(7).map(<[u8]>::to_vec).collect()
    });
    assert_eq!(pieces.await.unwrap(), SendEnd::Delivered);
    assert_eq!(told(|_| Vec::new()).await.unwrap(), SendEnd::Delivered, "a receiver may have none");
}

#[tokio::test]
async fn a_receipt_signed_by_somebody_else_is_refused() {
    let told = told(|offering| vec![Said::truly(offering).signed_by(&somebody_else())]).await;
    assert_refused(&told, "another key");
}

#[tokio::test]
async fn a_receipt_about_something_else_is_refused() {
    let lies: [(&str, Lie); 8] = [
        ("another transfer", |said| said.transfer = TransferId::from_bytes([8; 16])),
        ("another sender", |said| said.sender = DeviceId::from_bytes([8; 32])),
        ("another receiver", |said| said.receiver = DeviceId::from_bytes([8; 32])),
        ("another manifest", |said| said.manifest = Digest::from_bytes([8; 32])),
        ("another file", |said| said.entries[0].0 = "b"),
        ("other contents", |said| said.entries[0].1 = b"jello"),
        ("another size", |said| said.entries[0].1 = b"hello!"),
        ("another outcome", |said| said.entries[0].2 = ReceiptOutcome::Identical),
    ];
    for (what, lie) in lies {
        let told = told(|offering| {
            let mut said = Said::truly(offering);
            lie(&mut said);
            vec![said.signed_by(identity())]
        });
        assert_refused(&told.await, what);
    }
}

#[tokio::test]
async fn a_receipt_with_more_or_fewer_entries_is_refused() {
    for entries in [
        vec![],
        vec![("a", b"hello".as_slice(), ReceiptOutcome::Saved), ("b", b"".as_slice(), ReceiptOutcome::Saved)],
    ] {
        let told =
            told(|offering| vec![Said { entries, ..Said::truly(offering) }.signed_by(identity())]).await;
        assert_refused(&told, "entries");
    }
}

#[tokio::test]
async fn a_receipt_that_is_cut_longer_or_none_at_all_is_refused() {
    let of = |change: fn(&mut Vec<u8>)| {
        told(move |offering| {
            let mut bytes = Said::truly(offering).signed_by(identity());
            change(&mut bytes);
            vec![bytes]
        })
    };
    assert_refused(&of(|bytes| bytes.truncate(bytes.len() - 1)).await, "cut");
    assert_refused(&of(|bytes| bytes.push(0)).await, "longer");
    assert_refused(&of(|bytes| *bytes = b"no receipt".to_vec()).await, "none");
    assert_refused(&of(|bytes| *bytes.last_mut().unwrap() ^= 1).await, "another seal");
}

#[tokio::test]
async fn pages_without_an_end_are_refused() {
    assert_refused(&told(|_| vec![vec![0x83; 60_000]; 40]).await, "endless");
}
