//! `sampan verify`, held against the built program, and `docs/receipts.md` against the code.

use std::fs;
use std::path::{Path, PathBuf};

use sampan::engine::Receipt;
use sampan::model::{
    DeviceId, Digest, FailureKind, LinkTarget, Moment, ReceiptCounts, ReceiptEntry, ReceiptHead, ReceiptKind,
    ReceiptOutcome, RelPath, Seal, TransferId,
};
use sampan::net::Identity;
use sampan::wire::ReceiptWriter;
use serde_json::json;

use crate::support::peer::digest;
use crate::support::program::{Desk, Ended, Program};

/// RFC 8032 §7.1, the secret key of the first test.
const SECRET: &str = "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60";

fn bytes_of_hex(hex: &str) -> Vec<u8> {
    let digits: Vec<char> = hex.chars().filter(|c| !c.is_whitespace()).collect();
    digits.chunks(2).map(|pair| u8::from_str_radix(&pair.iter().collect::<String>(), 16).unwrap()).collect()
}

fn identity(secret: &str) -> Identity {
    let pkcs8 = bytes_of_hex(&format!("302e020100300506032b657004220420{secret}"));
    Identity::from_pkcs8(&pkcs8).unwrap()
}

fn receiver() -> Identity {
    identity(SECRET)
}

fn rel(text: &str) -> RelPath {
    RelPath::parse(text.split('/').collect::<Vec<_>>()).unwrap()
}

fn entry(at: &str, kind: ReceiptKind, saved_name: Option<&str>) -> ReceiptEntry {
    ReceiptEntry::new(rel(at), kind, ReceiptOutcome::Saved, saved_name.map(str::as_bytes)).unwrap()
}

fn file(contents: &[u8]) -> ReceiptKind {
    ReceiptKind::File { size: contents.len().try_into().unwrap(), sha256: Some(digest(contents)) }
}

/// A folder that got another name, with a file and a link in it, and a file beside it.
fn entries() -> Vec<ReceiptEntry> {
    vec![
        entry("photos", ReceiptKind::Folder, Some("photos (1)")),
        entry("photos/a.jpg", file(b"a picture"), None),
        entry(
            "photos/best",
            ReceiptKind::Link(LinkTarget::parse(&rel("photos/best"), b"a.jpg".to_vec()).unwrap()),
            None,
        ),
        entry("readme.txt", file(b"read me"), None),
    ]
}

fn head(receiver: DeviceId, entries: &[ReceiptEntry]) -> ReceiptHead {
    let mut counts = ReceiptCounts::default();
    assert!(entries.iter().all(|entry| counts.add(entry)));
    ReceiptHead {
        transfer: TransferId::from_bytes([0x11; 16]),
        sender: DeviceId::from_bytes([0x22; 32]),
        receiver,
        started: Moment::from_secs(1_800_000_000),
        ended: Moment::from_secs(1_800_000_060),
        manifest: Digest::from_bytes([0x33; 32]),
        counts,
    }
}

/// A receipt that names a receiver, sealed by what is given.
fn sealed(receiver: DeviceId, entries: &[ReceiptEntry], seal: impl FnOnce(&Digest) -> Seal) -> Vec<u8> {
    let mut writer = ReceiptWriter::begin(Vec::new(), &head(receiver, entries)).unwrap();
    for entry in entries {
        writer.push(entry).unwrap();
    }
    let unsealed = writer.finish().unwrap();
    let seal = seal(&unsealed.digest());
    unsealed.seal(&seal).unwrap()
}

fn receipt() -> Vec<u8> {
    sealed(receiver().device(), &entries(), |digest| receiver().seal(digest).unwrap())
}

/// A computer that received, and the receipt in it.
fn received() -> (Desk, PathBuf) {
    let desk = Desk::new();
    let folder = desk.folder().join("photos (1)");
    fs::create_dir(&folder).unwrap();
    fs::write(folder.join("a.jpg"), "a picture").unwrap();
    std::os::unix::fs::symlink("a.jpg", folder.join("best")).unwrap();
    fs::write(desk.folder().join("readme.txt"), "read me").unwrap();
    let path = desk.file("transfer.receipt", receipt());
    (desk, path)
}

fn verify(desk: &Desk, receipt: &Path, more: &[&str]) -> Ended {
    let mut command = desk.command();
    command.arg("verify").arg(receipt).args(more);
    Program::start(command).end()
}

/// With lines for programs.
fn verify_lines(desk: &Desk, receipt: &Path) -> Ended {
    verify(desk, receipt, &["in", "--json"])
}

#[test]
fn all_as_received_is_0_and_leaves_nothing_behind() {
    let (desk, path) = received();
    let ended = verify(&desk, &path, &["in"]);
    assert_eq!((ended.code, ended.stderr.as_str()), (Some(0), ""), "{ended:?}");
    let signer = receiver().device().fingerprint().to_string();
    assert!(ended.stdout.starts_with(&format!("Signed by {signer}, ")), "{ended:?}");
    assert!(ended.stdout.ends_with("Verified: all as received, 4 entries\n"), "{ended:?}");
    // No key, no database, no log.
    assert!(!desk.state().exists());
    assert_eq!(fs::read_dir(desk.home()).unwrap().count(), 0);
    // The current folder, when none is named.
    let mut command = desk.command();
    command.arg("verify").arg(&path).current_dir(desk.folder());
    assert_eq!(Program::start(command).end().code, Some(0));
}

#[test]
fn it_needs_no_home_that_could_be_used() {
    let (desk, path) = received();
    let mut command = desk.command();
    command.arg("verify").arg(&path).arg("in").env("SAMPAN_HOME", "/dev/null/nowhere").env_remove("HOME");
    assert_eq!(Program::start(command).end().code, Some(0));
}

#[test]
fn what_is_missing_or_changed_is_named_and_6() {
    let (desk, path) = received();
    fs::write(desk.folder().join("photos (1)/a.jpg"), "a pictura").unwrap();
    fs::remove_file(desk.folder().join("readme.txt")).unwrap();
    fs::write(desk.folder().join("photos (1)/new\n"), "").unwrap();
    let ended = verify(&desk, &path, &["in"]);
    assert_eq!(ended.code, Some(6), "{ended:?}");
    for line in [
        "changed: photos (1)/a.jpg",
        "missing: readme.txt",
        "extra: photos (1)/new\\u{a}",
        "NOT as received, 4 entries, 1 missing, 1 changed, 1 extra",
    ] {
        assert!(ended.stdout.lines().any(|printed| printed == line), "{line}: {ended:?}");
    }
    let ended = verify_lines(&desk, &path);
    assert_eq!(ended.code, Some(6));
    assert_eq!(ended.lines[0]["device"], receiver().device().to_string());
    assert_eq!((&ended.lines[0]["saved"], &ended.lines[0]["bytes"]), (&4.into(), &16.into()));
    assert_eq!(
        ended.lines[1..],
        [
            json!({ "event": "difference", "path": "photos (1)/a.jpg", "found": "changed" }),
            json!({ "event": "difference", "path": "photos (1)/new\\u{a}", "found": "extra",
                    "path_hex": "70686f746f73202831292f6e65770a" }),
            json!({ "event": "difference", "path": "readme.txt", "found": "missing" }),
            json!({ "event": "verified", "entries": 4, "missing": 1, "changed": 1, "unreadable": 0, "extra": 1 }),
        ]
    );
}

#[test]
fn something_extra_alone_is_0() {
    let (desk, path) = received();
    fs::write(desk.folder().join("photos (1)/more"), "").unwrap();
    fs::write(desk.folder().join("not the transfer's"), "").unwrap();
    let ended = verify_lines(&desk, &path);
    assert_eq!((ended.code, &ended.finished()["extra"]), (Some(0), &1.into()), "{ended:?}");
}

#[test]
fn what_cannot_be_read_is_7() {
    let desk = Desk::open_to_all();
    let path = desk.file(
        "r",
        sealed(receiver().device(), &[entry("f", file(b"text"), None)], |digest| {
            receiver().seal(digest).unwrap()
        }),
    );
    let secret = desk.folder().join("f");
    fs::write(&secret, "text").unwrap();
    fs::set_permissions(&secret, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    let mut command = desk.as_nobody();
    command.arg("verify").arg(&path).args(["in", "--json"]);
    let ended = Program::start(command).end();
    assert_eq!((ended.code, &ended.finished()["unreadable"]), (Some(7), &1.into()), "{ended:?}");
    assert!(ended.lines[1]["detail"].as_str().unwrap().contains("denied"), "{ended:?}");
    let ended = verify_lines(&desk, &desk.path("nowhere"));
    ended.assert(7, "failed", Some("receipt-unreadable"));
    verify(&desk, &path, &["nowhere", "--json"]).assert(7, "failed", Some("folder-missing"));
}

#[test]
fn a_forged_receipt_is_6_whoever_forged_it() {
    let mallory = identity("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb");
    let of_receiver = |digest: &Digest| receiver().seal(digest).unwrap();
    let whole = entries();
    let less = &whole[..3];
    let forged: [Vec<u8>; 4] = [
        // Mallory signs in the receiver's name, with her key and with the receiver's.
        sealed(receiver().device(), &whole, |digest| mallory.seal(digest).unwrap()),
        sealed(receiver().device(), &whole, |digest| Seal {
            key: of_receiver(digest).key,
            ..mallory.seal(digest).unwrap()
        }),
        // The receiver signed another receipt, or what somebody else received.
        sealed(receiver().device(), less, |_| {
            let bytes = receipt();
            let seal = &bytes[bytes.len() - 100..];
            Seal { key: seal[2..34].try_into().unwrap(), signature: seal[36..].try_into().unwrap() }
        }),
        sealed(mallory.device(), &whole, of_receiver),
    ];
    let (desk, _) = received();
    for (case, bytes) in forged.iter().enumerate() {
        let ended = verify_lines(&desk, &desk.file("forged", bytes));
        ended.assert(6, "failed", Some("bad-receipt"));
        assert_eq!(ended.lines.len(), 2, "{case}: nothing it says is told: {ended:?}");
    }
    let spoken = verify(&desk, &desk.path("forged"), &["in"]);
    assert!(spoken.stderr.contains("no receipt that a receiver signed"), "{spoken:?}");
}

/// Reads it as the command does. `None` if its signature holds.
fn refusal(desk: &Desk, bytes: &[u8]) -> Option<FailureKind> {
    Receipt::open(&desk.file("changed", bytes)).err().map(|failure| failure.kind)
}

#[test]
fn no_receipt_verifies_that_is_cut_or_has_one_bit_turned() {
    let (desk, bytes) = (Desk::new(), receipt());
    assert_eq!(refusal(&desk, &bytes), None);
    for end in 0..bytes.len() {
        assert_eq!(refusal(&desk, &bytes[..end]), Some(FailureKind::BadReceipt), "{end} bytes");
    }
    for bit in 0..bytes.len() * 8 {
        let mut turned = bytes.clone();
        turned[bit / 8] ^= 1 << (bit % 8);
        assert_eq!(refusal(&desk, &turned), Some(FailureKind::BadReceipt), "bit {bit}");
    }
    assert_eq!(refusal(&desk, &[&bytes[..], b"\n"].concat()), Some(FailureKind::BadReceipt));
}

#[test]
fn what_is_no_receipt_at_all_is_6_and_ends() {
    let (desk, _) = received();
    let huge = desk.path("zeros");
    fs::File::create(&huge).unwrap().set_len(1 << 40).unwrap();
    for path in
        [desk.file("empty", ""), desk.file("text", "just some text"), huge, desk.folder().join("readme.txt")]
    {
        verify_lines(&desk, &path).assert(6, "failed", Some("bad-receipt"));
    }
    let ended = verify(&desk, Path::new("in"), &["--json"]);
    ended.assert(7, "failed", Some("receipt-unreadable"));
}

#[test]
fn the_example_of_the_page_is_a_receipt_that_verifies() {
    let page = include_str!("../../docs/receipts.md");
    let example = page.split("## An example").nth(1).unwrap();
    let hex: String = example
        .lines()
        .filter_map(|line| line.strip_prefix("    "))
        .map(|line| line.split('#').next().unwrap())
        .collect();
    assert_eq!(bytes_of_hex(&hex), receipt());
    for word in [SECRET.to_owned(), receiver().device().to_string()] {
        assert!(page.contains(&word), "{word}");
    }
}
