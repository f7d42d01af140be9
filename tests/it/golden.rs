//! docs/protocol.md held to the code: its examples, limits, numbers and reasons.

use std::time::Duration;

use sampan::model::{
    AccountName, Confirmation, Conflict, Decision, DeclineReason, DeviceName, Digest, DiscoveryKey, Entry,
    EntryKind, Leftover, ManifestSummary, Password, PlanSummary, RelPath, Share, Stamp, TransferId, Way,
};
use sampan::session::Timing;
use sampan::wire::{
    AbortReason, Beginning, Bye, ByeReason, DecisionPage, EntryRange, FailReason, Frame, FrameHead,
    HEAD_BYTES, Hello, Introduction, Kind, Login, ManifestPage, Offer, PageWriter, Purpose, chunk_head,
    limits,
};
use sha2::{Digest as _, Sha256};

use crate::support::document::{PROTOCOL, rows};

/// The file that all examples send.
const CONTENTS: &[u8] = b"hello";

/// The bytes of a kind's example.
fn example(kind: Kind) -> Vec<u8> {
    let fence = format!("```frame {kind}\n");
    let (_, rest) =
        PROTOCOL.split_once(&fence).unwrap_or_else(|| panic!("docs/protocol.md has no example of {kind}"));
    assert!(!rest.contains(&fence), "docs/protocol.md has two examples of {kind}");
    let hex = rest.split("```").next().unwrap().lines().flat_map(|line| {
        let bytes = line.split('#').next().unwrap();
        bytes.split_whitespace().map(|byte| u8::from_str_radix(byte, 16).unwrap()).collect::<Vec<_>>()
    });
    hex.collect()
}

fn digest() -> Digest {
    Digest::from_bytes(Sha256::digest(CONTENTS).into())
}

fn manifest() -> (ManifestPage, ManifestSummary) {
    let mut pages = PageWriter::new();
    let full = pages.push(Entry {
        path: RelPath::parse(["报告.txt"]).unwrap(),
        kind: EntryKind::File,
        size: 5,
        stored: 5,
        modified: Some(Stamp { secs: 1_790_000_000, nanos: 500_000_000 }),
        mode: Some(0o644),
    });
    assert!(full.is_none());
    let (page, summary) = pages.finish(0);
    (page.unwrap(), summary)
}

/// The example of a kind, built by hand; `None` for Chunk, which is no value.
fn built(kind: Kind) -> Option<Frame> {
    let (page, summary) = manifest();
    Some(match kind {
        Kind::Hello => {
            Frame::Hello(Hello { version: "0.1.0".to_owned(), features: Vec::new(), admits: vec![Way::Code] })
        }
        Kind::Introduce => {
            Frame::Introduce(Introduction { name: DeviceName::new("studio"), remembers: None })
        }
        Kind::PairShare => Frame::PairShare(Share::from_bytes(share())),
        Kind::PairConfirm => Frame::PairConfirm(Confirmation::from_bytes([8; 32])),
        Kind::Login => Frame::Login(Login {
            account: AccountName::parse("anna").ok(),
            password: Password::new("secret").unwrap(),
            binding: [9; 32],
        }),
        Kind::Remember => Frame::Remember,
        Kind::Remembered => Frame::Remembered(Some(DiscoveryKey::from_bytes([10; 32]))),
        Kind::Ping => Frame::Ping,
        Kind::Bye => Frame::Bye(Bye { reason: ByeReason::Busy, detail: "32 sessions".to_owned() }),
        Kind::Offer => Frame::Offer(Offer {
            transfer: TransferId::from_bytes(std::array::from_fn(|n| u8::try_from(n).unwrap())),
            note: Some("as promised".to_owned()),
            purpose: Purpose::Send,
        }),
        Kind::ManifestPage => Frame::ManifestPage(page),
        Kind::ManifestEnd => Frame::ManifestEnd(summary),
        Kind::DigestWanted => Frame::DigestWanted(vec![Beginning { entry: 0, length: 3 }]),
        Kind::Digest => {
            let digest = Digest::from_bytes(Sha256::digest(&CONTENTS[..3]).into());
            Frame::Digest(vec![(Beginning { entry: 0, length: 3 }, Some(digest))])
        }
        Kind::DecisionPage => {
            Frame::DecisionPage(DecisionPage { offsets: vec![(0, 3)], ..DecisionPage::default() })
        }
        Kind::Planned => Frame::Planned(PlanSummary {
            continued: 1,
            bytes: 2,
            needed: 2,
            free: 1_000_000_000,
            conflict: Conflict::KeepBoth,
            ..PlanSummary::default()
        }),
        Kind::Hole => Frame::Hole(1_048_576),
        Kind::Pause => Frame::Pause,
        Kind::Resume => Frame::Resume,
        Kind::Decision => Frame::Decision(Decision::Accept, summary.digest),
        Kind::Header => Frame::Header { entry: 0, offset: 0, size: 5 },
        Kind::Chunk => return None,
        Kind::Trailer => Frame::Trailer { entry: 0, size: 5, digest: digest() },
        Kind::Abort => Frame::Abort { entry: 0, reason: AbortReason::Changed },
        Kind::End => Frame::End,
        Kind::Saved => Frame::Saved(vec![EntryRange { first: 0, count: 1 }]),
        Kind::Failed => Frame::Failed { entry: 0, reason: FailReason::WrongDigest },
        Kind::Delivered => {
            Frame::Delivered { saved: 1, failed: 0, skipped: 0, bytes: 5, manifest: summary.digest }
        }
        Kind::ReceiptPage => Frame::ReceiptPage(vec![0x83, 0xa9]),
        Kind::Cancel => Frame::Cancel(Leftover::Keep),
        Kind::Cancelled => Frame::Cancelled,
    })
}

/// 0x41 and 32 times 7.
fn share() -> [u8; 33] {
    let mut share = [7; 33];
    share[0] = 0x41;
    share
}

fn encoded(frame: &Frame) -> Vec<u8> {
    let mut bytes = Vec::new();
    frame.encode(&mut bytes);
    bytes
}

fn number(text: &str) -> u32 {
    match text.strip_prefix("0x") {
        Some(hex) => u32::from_str_radix(hex, 16).unwrap(),
        None => text.parse().unwrap(),
    }
}

#[test]
fn every_kind_is_written_as_its_example() {
    for kind in Kind::ALL {
        let bytes = match built(*kind) {
            Some(frame) => encoded(&frame),
            None => [&chunk_head(5), CONTENTS].concat(),
        };
        assert_eq!(bytes, example(*kind), "{kind}");
    }
}

#[test]
fn every_example_is_read_as_its_frame() {
    for kind in Kind::ALL {
        let bytes = example(*kind);
        let (head, body) = bytes.split_first_chunk::<HEAD_BYTES>().unwrap();
        let length = u32::try_from(body.len()).unwrap();
        assert_eq!(FrameHead::parse(*head).unwrap(), FrameHead::Known(*kind, length), "{kind}");
        match built(*kind) {
            Some(frame) => assert_eq!(Frame::decode(*kind, body).unwrap(), frame),
            None => assert_eq!(body, CONTENTS),
        }
    }
}

#[test]
fn the_limits_in_the_document_are_those_of_the_code() {
    let rows = rows(&["Kind", "Number", "Limit", "Why"]);
    assert_eq!(rows.len(), Kind::ALL.len());
    for (kind, row) in Kind::ALL.iter().zip(rows) {
        assert_eq!(row[0], kind.to_string());
        assert_eq!(number(row[1]), u32::from(kind.number()), "{kind}");
        assert_eq!(number(row[2]), limits::max_body(*kind), "{kind}");
    }
    let page = PROTOCOL.split_whitespace().collect::<Vec<_>>().join(" ");
    for text in [
        format!("have at most {} bytes together and {} entries", limits::MAX_MANIFEST, limits::MAX_ENTRIES),
        format!("at most {} features", limits::MAX_FEATURES),
        format!("1 to {} pairs", limits::MAX_RANGES),
        format!("with at most {} bytes in all", limits::MAX_GREETING),
        format!("1 to {} bytes", limits::MAX_PASSWORD),
        format!("cut at {} characters", limits::MAX_TEXT),
        format!("has at most {} bytes", limits::MAX_CONTROL),
    ] {
        assert!(page.contains(&text), "{text}");
    }
}

#[test]
fn every_kind_has_a_section_that_names_its_number() {
    for (place, kind) in (1..).zip(Kind::ALL) {
        let heading = format!("\n### 3.{place} {kind} (0x{:02x})\n", kind.number());
        assert!(PROTOCOL.contains(&heading), "{heading}");
    }
}

#[test]
fn reasons_have_the_numbers_of_the_document() {
    let (_, summary) = manifest();
    for (table, all) in [("Bye", ByeReason::ALL.len()), ("Abort", 5), ("Failed", 7), ("Decision", 7)] {
        let rows = rows(&[table, "Reason", "Meaning"]);
        assert_eq!(rows.len(), all, "{table}");
        for row in rows {
            let frame = match table {
                "Bye" => {
                    let reason = ByeReason::ALL.iter().find(|reason| format!("{reason:?}") == row[1]);
                    Frame::Bye(Bye { reason: *reason.unwrap(), detail: String::new() })
                }
                "Abort" => {
                    let reason = AbortReason::ALL.iter().find(|reason| format!("{reason:?}") == row[1]);
                    Frame::Abort { entry: 0, reason: *reason.unwrap() }
                }
                "Failed" => {
                    let reason = FailReason::ALL.iter().find(|reason| format!("{reason:?}") == row[1]);
                    Frame::Failed { entry: 0, reason: *reason.unwrap() }
                }
                _ => {
                    let reasons = [
                        DeclineReason::Person,
                        DeclineReason::Timeout,
                        DeclineReason::NoSpace,
                        DeclineReason::Folder,
                        DeclineReason::NotReceiving,
                        DeclineReason::Unsupported,
                        DeclineReason::OnlyAsked,
                    ];
                    let reason = reasons.iter().find(|reason| format!("{reason:?}") == row[1]);
                    Frame::Decision(Decision::Decline(*reason.unwrap()), summary.digest)
                }
            };
            // Bye and Decision carry the reason behind key 0 or 1, as one byte below 24.
            let body = encoded(&frame).split_off(HEAD_BYTES);
            let place = if table == "Bye" { 2 } else { 4 };
            assert_eq!(u32::from(body[place]), number(row[0]), "{table} {row:?}");
        }
    }
}

#[test]
fn the_time_limits_in_the_document_are_those_of_the_code() {
    let timing = Timing::default();
    let limits = [
        ("connect", timing.connect),
        ("tls", timing.tls),
        ("hello", timing.hello),
        ("pairing", timing.pairing),
        ("login", timing.login),
        ("offer", timing.offer),
        ("decision", timing.decision),
        ("decision_grace", timing.decision_grace),
        ("ping", timing.ping),
        ("idle", timing.idle),
        ("wind_up", timing.wind_up),
        ("linger", timing.linger),
    ];
    let rows = rows(&["Limit", "Seconds", "For"]);
    assert_eq!(rows.len(), limits.len());
    for ((name, limit), row) in limits.into_iter().zip(rows) {
        assert_eq!((row[0], Duration::from_secs(u64::from(number(row[1])))), (name, limit));
    }
}
