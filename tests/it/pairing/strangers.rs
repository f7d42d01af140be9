//! Strangers without proof: what they hear, what they may do where anyone may, and the words that both sides need for it.

use std::sync::Arc;

use sampan::engine::Timing;
use sampan::model::{HostPort, TransferId, Way};
use sampan::net::connect;
use sampan::pairing::{Channel, Errand, Knock, knock};
use sampan::session::{Link, SessionError, introduce};
use sampan::wire::{Bye, ByeReason, Frame, Introduction, Kind, Offer, Purpose};

use crate::support::handshakes::{LIMITS, device};
use crate::support::peer::{Files, Peer};
use crate::support::program::{Desk, Program};
use crate::support::within;

fn introduction() -> Introduction {
    Introduction { name: None, remembers: None }
}

#[test]
fn a_stranger_hears_of_a_receiver_that_the_code_is_needed_and_no_more() {
    let (friend, there) = (Desk::new(), Desk::new());
    let mut receiver = there.careful_receiver();
    let code = friend.pair_by_code(&mut receiver);
    let mut peer = Peer::dial(receiver.address);
    let hello = peer.hello();
    // Not that there is a paired device, and not who is here.
    assert_eq!(hello.admits, [Way::Code]);
    let name = receiver.listening()["name"].as_str().unwrap().to_owned();
    assert!(!hello.version.contains(&name) && !hello.features.iter().any(|feature| feature.contains(&name)));
    peer.say(&Frame::Introduce(introduction()));
    match peer.hear_out() {
        Some(Frame::Bye(Bye { reason: ByeReason::NotAdmitted, detail })) => assert!(!detail.contains(&name)),
        other => panic!("{other:?}"),
    }
    // Nor does an offer help that nobody asked for.
    let mut peer = Peer::dial(receiver.address);
    peer.hello();
    peer.offer(&Files::one("a", 4));
    assert!(matches!(peer.hear_out(), Some(Frame::Bye(Bye { reason: ByeReason::Protocol, .. }))));
    assert!(receiver.names().is_empty());
    assert_eq!(receiver.code(), code, "and the code still stands");
    friend.give(&friend.file("a", "text"), receiver.address, &["--code", &code]).assert(0, "delivered", None);
}

#[test]
fn anyone_may_send_where_both_say_so_and_both_are_warned() {
    let (here, there) = (Desk::new(), Desk::new());
    let mut receiver = there.receiver();
    let warning = receiver.program.err.until("without any proof");
    assert!(warning.contains("Warning"), "{warning}");
    let file = here.file("a", "text");
    here.give(&file, receiver.address, &[]).assert_unproven("code-needed");
    let sent = here.give(&file, receiver.address, &["--insecure-anyone"]);
    sent.assert(0, "delivered", None);
    assert_eq!(sent.event("offer")["trust"], "anyone");
    assert_eq!(sent.event("offer")["verified"], false);
    assert!(sent.stderr.contains("Warning: --insecure-anyone"), "{}", sent.stderr);
    assert!(here.devices().is_empty() && there.devices().is_empty());
    // With the code it is the same as everywhere.
    let sent = here.give(&file, receiver.address, &["--code", &receiver.code()]);
    sent.assert(0, "delivered", None);
    assert_eq!(sent.event("offer")["trust"], "code");
}

#[test]
fn a_senders_careless_word_opens_no_careful_receiver() {
    let (here, there) = (Desk::new(), Desk::new());
    let receiver = there.careful_receiver();
    let file = here.file("a", "text");
    here.give(&file, receiver.address, &["--insecure-anyone"]).assert_unproven("code-needed");
    assert!(receiver.names().is_empty());
}

#[test]
fn all_without_the_word_and_ask_without_a_person_are_wrong_usage() {
    let there = Desk::new();
    for (accept, kind) in [("all", "not-careless"), ("ask", "nobody-to-ask")] {
        let ended = there.run(&["receive", "--listen", "127.0.0.1:0", "--json", "--accept", accept]);
        ended.assert(2, "failed", Some(kind));
        assert!(ended.lines.iter().all(|line| line["event"] != "listening"), "{ended:?}");
    }
}

#[tokio::test]
async fn a_device_that_only_paired_may_not_offer_where_accounts_are_wanted() {
    let there = Desk::new();
    let mut receiver = there.drop_box();
    let address: HostPort = receiver.address.to_string().parse().unwrap();
    let us = device();
    let connection = within("the handshake", connect(&address, &us, LIMITS)).await.unwrap();
    let channel =
        Channel { ours: connection.ours, theirs: connection.device, exporter: connection.exporter.pair };
    let mut link = Link::new(connection.stream, Timing::default(), Arc::default());
    let code = receiver.code().parse().unwrap();
    // It lies about what it came for.
    let knocking = Knock {
        code: Some(&code),
        account: None,
        trust: None,
        errand: Errand::Pair,
        login_binding: connection.exporter.login,
    };
    within("the pairing", knock(&mut link, channel, &knocking)).await.unwrap();
    let limit = link.timing().hello;
    within("the names", introduce(&mut link, introduction(), limit)).await.unwrap();
    link.send(Frame::Offer(Offer {
        transfer: TransferId::from_bytes([9; 16]),
        note: None,
        purpose: Purpose::Send,
    }))
    .await;
    let answer = within("the answer", link.expect("Bye")).await;
    assert!(
        matches!(answer, Err(SessionError::Left(Bye { reason: ByeReason::NotAdmitted, .. }))),
        "{answer:?}"
    );
    receiver.next_code(code.digits());
    assert!(receiver.names().is_empty() && there.devices().is_empty());
}

#[test]
fn a_code_is_asked_for_in_the_terminal_until_it_is_right() {
    let (here, there) = (Desk::new(), Desk::new());
    let mut receiver = there.careful_receiver();
    here.file("a", "text");
    let mut sender = here.in_terminal(&format!("send a --to {}", receiver.address));
    sender.out.part("shows: ");
    sender.type_in("abc\n");
    sender.out.part("Six digits, please: ");
    let code = receiver.code();
    sender.type_in(&format!("{}\n", crate::support::proven::other_than(&code)));
    sender.out.part("The code was not right");
    sender.out.part("shows: ");
    let code = receiver.next_code(&code);
    sender.type_in(&format!("{} {}\n", &code[..3], &code[3..]));
    let ended = sender.end();
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert_eq!(receiver.names(), ["a"]);
}

#[test]
fn a_person_can_leave_the_question_for_the_code() {
    let there = Desk::new();
    let receiver = there.careful_receiver();
    for (typed, code) in [("\u{3}", 130), ("\u{4}", 130)] {
        let here = Desk::new();
        here.file("a", "text");
        let mut sender: Program = here.in_terminal(&format!("send a --to {}", receiver.address));
        sender.out.part("shows: ");
        sender.type_in(typed);
        let ended = sender.end();
        assert_eq!(ended.code, Some(code), "{typed:?}: {ended:?}");
    }
    assert!(receiver.names().is_empty());
}

#[test]
fn who_speaks_of_remembering_without_a_code_is_not_remembered() {
    let there = Desk::new();
    let receiver = there.receiver();
    // Anyone may send here; nobody gets into the memory by that.
    let mut peer = Peer::dial(receiver.address);
    peer.hello();
    let key = sampan::model::DiscoveryKey::from_bytes([5; 32]);
    peer.say(&Frame::Introduce(Introduction { name: None, remembers: Some(key) }));
    match peer.expect(Kind::Introduce) {
        Frame::Introduce(theirs) => assert_eq!(theirs.remembers, None),
        other => panic!("{other:?}"),
    }
    peer.say(&Frame::Remember);
    assert!(matches!(peer.hear_out(), Some(Frame::Bye(Bye { reason: ByeReason::NotAdmitted, .. }))));
    assert!(there.devices().is_empty());
}
