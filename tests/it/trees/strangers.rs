//! Who did not begin a transfer gets nothing of it, whatever it says: the id of a transfer is no secret, and no key.

use std::fs;

use sampan::model::{Decision, DeclineReason, PlanSummary, TransferId};
use sampan::wire::{Bye, ByeReason, Frame, Introduction, Kind};

use crate::support::peer::{Caller, Files, Heard, Peer, digest};
use crate::support::program::{Desk, Receiver};
use crate::support::tree::ours;
use crate::trees::unfinished;

/// The file that is interrupted, and how much of it came.
const NAME: &str = "secret plans";
const WHOLE: [u8; 4096] = [7; 4096];
const CAME: usize = 1000;

fn files() -> Files {
    Files::one(NAME, 4096)
}

/// A device whose transfer was agreed to and interrupted, and the transfer's id.
fn interrupted(receiver: &mut Receiver) -> (Caller, TransferId) {
    let (caller, files) = (Caller::at(7), files());
    let mut peer = caller.dial(receiver.address).unwrap();
    peer.greet();
    peer.offer_and_go(&files);
    peer.say(&Frame::Header { entry: 0, offset: 0, size: 4096 });
    peer.chunk(&WHOLE[..CAME]);
    receiver.program.moves();
    peer.reset();
    assert_eq!(receiver.finished()["outcome"], "interrupted");
    (caller, files.transfer)
}

/// What a receiver answers to an offer: its plan, the offsets it told, its decision.
fn answer(peer: &mut Peer) -> (PlanSummary, Vec<(u64, u64)>, Decision) {
    let (mut plan, mut offsets) = (PlanSummary::default(), Vec::new());
    loop {
        match peer.hear() {
            Some(Heard::Frame(Frame::Planned(told))) => plan = told,
            Some(Heard::Frame(Frame::DecisionPage(page))) => offsets.extend(page.offsets),
            Some(Heard::Frame(Frame::Decision(decision, _))) => return (plan, offsets, decision),
            other => panic!("expected a plan and a decision, heard {other:?}"),
        }
    }
}

#[test]
fn another_device_with_the_id_of_a_transfer_gets_nothing_of_it() {
    let mut receiver = Receiver::alone();
    let (_, transfer) = interrupted(&mut receiver);
    let staging = ours(&receiver.folder);
    let mut thief = Caller::at(8).dial(receiver.address).unwrap();
    thief.greet();
    thief.offer(&files().under(transfer));
    // Not asked about what is there, and told of no part.
    let (plan, offsets, decision) = answer(&mut thief);
    assert_eq!((plan.new, plan.continued, offsets, decision), (1, 0, Vec::new(), Decision::Accept));
    thief.file(0, &[9; 4096], digest(&[9; 4096]));
    thief.say(&Frame::End);
    thief.hear_out();
    // It is a transfer of its own, beside the first one's parts.
    assert_eq!(receiver.names(), [NAME]);
    assert_eq!(fs::read(receiver.folder.join(NAME)).unwrap(), [9; 4096]);
    assert_eq!(ours(&receiver.folder), staging, "what the first one left is untouched");
}

#[test]
fn the_device_that_began_goes_on_where_it_stopped() {
    let mut receiver = Receiver::alone();
    let (caller, transfer) = interrupted(&mut receiver);
    let mut peer = caller.dial(receiver.address).unwrap();
    peer.greet();
    peer.offer(&files().under(transfer));
    let Frame::DigestWanted(wanted) = peer.expect(Kind::DigestWanted) else { unreachable!() };
    let length = usize::try_from(wanted[0].length).unwrap();
    assert!((1..=CAME).contains(&length), "{wanted:?}");
    peer.say(&Frame::Digest(vec![(wanted[0], Some(digest(&WHOLE[..length])))]));
    let (plan, offsets, decision) = answer(&mut peer);
    assert_eq!((plan.continued, decision), (1, Decision::Accept));
    assert_eq!(offsets, [(0, wanted[0].length)]);
    peer.say(&Frame::Header { entry: 0, offset: wanted[0].length, size: 4096 });
    peer.chunk(&WHOLE[length..]);
    peer.say(&Frame::Trailer { entry: 0, size: 4096, digest: digest(&WHOLE) });
    peer.say(&Frame::End);
    peer.hear_out();
    assert_eq!(fs::read(receiver.folder.join(NAME)).unwrap(), WHOLE);
    assert_eq!(receiver.leftovers(), [""; 0]);
}

#[test]
fn a_sender_that_lies_about_a_digest_only_begins_again() {
    let mut receiver = Receiver::alone();
    let (caller, transfer) = interrupted(&mut receiver);
    let mut peer = caller.dial(receiver.address).unwrap();
    peer.greet();
    peer.offer(&files().under(transfer));
    // Whatever it guesses, all it learns is whether its own guess was right.
    loop {
        match peer.hear() {
            Some(Heard::Frame(Frame::DigestWanted(wanted))) => {
                peer.say(&Frame::Digest(
                    wanted.into_iter().map(|one| (one, Some(digest(b"a guess")))).collect(),
                ));
            }
            Some(Heard::Frame(Frame::Planned(plan))) => {
                assert_eq!((plan.new, plan.continued), (1, 0));
                break;
            }
            other => panic!("expected questions and a plan, heard {other:?}"),
        }
    }
    let (_, offsets, decision) = answer(&mut peer);
    assert_eq!((offsets, decision), (Vec::new(), Decision::Accept));
}

/// A receiver that is careful now, in the home and the folder of one that took all; and who was interrupted there.
fn careful_again(desk: &Desk) -> (Receiver, Caller, TransferId) {
    let mut receiver = desk.receiver();
    let (caller, transfer) = interrupted(&mut receiver);
    drop(receiver);
    (desk.careful_receiver(), caller, transfer)
}

/// Says Hello and Introduce, and gives whether it was let in.
fn knock(caller: &Caller, receiver: &Receiver) -> Result<Peer, Bye> {
    let mut peer = caller.dial(receiver.address).unwrap();
    peer.hello();
    peer.say(&Frame::Introduce(Introduction { name: None, remembers: None }));
    match peer.hear() {
        Some(Heard::Frame(Frame::Introduce(_))) => Ok(peer),
        Some(Heard::Frame(Frame::Bye(bye))) => Err(bye),
        other => panic!("expected Introduce or Bye, heard {other:?}"),
    }
}

#[test]
fn a_device_with_an_unfinished_transfer_and_no_code_can_offer_nothing_else() {
    let desk = Desk::new();
    let (receiver, caller, transfer) = careful_again(&desk);
    // Another transfer is not even read.
    let mut peer = knock(&caller, &receiver).unwrap();
    peer.offer(&Files::one("other", 1));
    let last = peer.hear_out();
    assert!(matches!(&last, Some(Frame::Bye(bye)) if bye.reason == ByeReason::NotAdmitted), "{last:?}");
    // The same one with other names gets a no.
    let mut peer = knock(&caller, &receiver).unwrap();
    peer.offer(&Files::one("other", 4096).under(transfer));
    let (_, _, decision) = answer(&mut peer);
    assert_eq!(decision, Decision::Decline(DeclineReason::Person));
    drop(peer);
    assert_eq!(receiver.names(), [""; 0]);
    assert_eq!(unfinished(&desk).len(), 1, "and it can still go on with its own");
}

#[test]
fn another_device_is_not_let_in_by_somebody_elses_unfinished_transfer() {
    let desk = Desk::new();
    let (receiver, _, transfer) = careful_again(&desk);
    let refused = knock(&Caller::at(8), &receiver).err();
    assert_eq!(refused.map(|bye| bye.reason), Some(ByeReason::NotAdmitted));
    drop(receiver);
    let row = &unfinished(&desk)[0];
    assert_eq!(row["id"], transfer.to_string());
}

/// A receiver's decision about what it is told wrong digests of; `None`: its sender is not let in any more.
fn come_back(caller: &Caller, receiver: &Receiver, files: &Files) -> Option<(Peer, Decision)> {
    let mut peer = knock(caller, receiver).ok()?;
    peer.offer(files);
    loop {
        match peer.hear() {
            Some(Heard::Frame(Frame::DigestWanted(wanted))) => {
                let answers = wanted.into_iter().map(|one| (one, Some(digest(b"a guess"))));
                peer.say(&Frame::Digest(answers.collect()));
            }
            Some(Heard::Frame(Frame::Planned(_) | Frame::DecisionPage(_))) => {}
            Some(Heard::Frame(Frame::Decision(decision, _))) => return Some((peer, decision)),
            other => panic!("expected questions, a plan and a decision, heard {other:?}"),
        }
    }
}

#[test]
fn one_yes_is_not_good_for_ever_more_bytes() {
    let desk = Desk::new();
    let (mut receiver, caller, transfer) = careful_again(&desk);
    let (_, decision) = come_back(&caller, &receiver, &Files::one(NAME, 20_000).under(transfer)).unwrap();
    assert_eq!(decision, Decision::Decline(DeclineReason::Person), "five times as much");
    // As much as was agreed to, and never the end of it.
    let mut sessions = 0;
    while let Some((mut peer, Decision::Accept)) = come_back(&caller, &receiver, &files().under(transfer)) {
        sessions += 1;
        assert!(sessions < 10, "it goes on for ever");
        peer.say(&Frame::Header { entry: 0, offset: 0, size: 4096 });
        peer.chunk(&[sessions; 4096]);
        receiver.program.line("progress", |line| line["bytes"].as_u64() == Some(4096));
        peer.reset();
        receiver.program.line("finished", |line| line["outcome"] == "interrupted");
    }
    assert!(sessions >= 1, "once more is no reason for a question");
    assert_eq!(receiver.names(), [""; 0]);
}
