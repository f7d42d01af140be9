//! Two engines over loopback.

use std::fs;

use sampan::engine::{Acceptance, Timing};
use sampan::model::Outcome;

use crate::support::engines::Side;

#[test]
fn files_arrive_byte_for_byte_and_both_sides_know_it() {
    let mut receiver = Side::start(Acceptance::All, Timing::default());
    let mut sender = Side::start(Acceptance::Ask, Timing::default());
    let files = tempfile::tempdir().unwrap();
    let contents: Vec<u8> = (0..3_000_000_u32).flat_map(u32::to_le_bytes).collect();
    let (big, empty) = (files.path().join("报告 最终.bin"), files.path().join("empty"));
    fs::write(&big, &contents).unwrap();
    fs::write(&empty, b"").unwrap();
    let address = receiver.listen();
    sender.send(&[&big, &empty], address);
    assert_eq!(sender.outcome(), Outcome::Delivered);
    assert_eq!(receiver.outcome(), Outcome::Delivered);
    assert_eq!(receiver.received(), ["empty", "报告 最终.bin"]);
    assert_eq!(fs::read(receiver.folder.join("报告 最终.bin")).unwrap(), contents);
    assert_eq!(sender.state.settings.recent, [address.to_string()], "the address is remembered");
}
