//! What somebody may say, and how long it may take, before he has proven who he is.

use std::io::Read as _;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use sampan::engine::{Acceptance, Timing};
use sampan::model::Share;
use sampan::pairing::Typing;
use sampan::wire::{Bye, ByeReason, Frame, Kind, limits};

use crate::support::LIMIT;
use crate::support::engines::Side;
use crate::support::peer::{Caller, Heard, Peer, head};

/// Short, and long beside what an honest program needs.
const SHORT: Duration = Duration::from_millis(700);

/// Times of which only `timing`'s short ones are ever reached.
fn receiver(timing: Timing) -> (Side, SocketAddr) {
    let mut side = Side::start(Acceptance::Paired, timing);
    let address = side.listen();
    (side, address)
}

fn patient() -> Timing {
    Timing { tls: LIMIT * 3, hello: LIMIT * 3, pairing: LIMIT * 3, ..Timing::default() }
}

/// It is told that it broke the protocol, and hung up on.
#[track_caller]
fn is_told(peer: &mut Peer) {
    assert!(matches!(peer.hear_out(), Some(Frame::Bye(Bye { reason: ByeReason::Protocol, .. }))));
}

#[test]
fn who_does_not_shake_hands_in_time_is_hung_up_on() {
    let (_receiver, to) = receiver(Timing { tls: SHORT, ..patient() });
    let start = Instant::now();
    let mut tcp = Caller::at(2).connect(to);
    tcp.set_read_timeout(Some(LIMIT)).unwrap();
    assert_eq!(tcp.read(&mut [0; 9]).unwrap(), 0);
    assert!(start.elapsed() >= SHORT);
}

#[test]
fn who_does_not_say_hello_in_time_is_hung_up_on_also_if_it_says_ping_all_the_while() {
    let (_receiver, to) = receiver(Timing { hello: SHORT, ..patient() });
    let start = Instant::now();
    let (mut silent, mut talks) = (Peer::dial(to), Peer::dial(to));
    assert!(matches!(silent.hear(), Some(Heard::Frame(Frame::Hello(_)))));
    while talks
        .hear_within(Duration::from_millis(50))
        .is_none_or(|heard| matches!(heard, Heard::Frame(Frame::Hello(_))))
    {
        talks.say(&Frame::Ping);
    }
    is_told(&mut silent);
    assert!(start.elapsed() >= SHORT);
}

#[test]
fn who_proves_nothing_in_time_after_hello_is_hung_up_on() {
    let (_receiver, to) = receiver(Timing { hello: SHORT, ..patient() });
    let mut peer = Peer::dial(to);
    peer.hello();
    is_told(&mut peer);
}

#[test]
fn who_begins_to_pair_and_stops_is_hung_up_on_and_has_spent_the_code() {
    let (mut receiver, to) = receiver(Timing { pairing: SHORT, ..patient() });
    let code = receiver.code();
    let mut peer = Peer::dial(to);
    peer.hello();
    peer.say(&Frame::PairShare(share(&code)));
    peer.expect(Kind::PairShare);
    is_told(&mut peer);
    receiver.until("another code", |state| {
        use sampan::engine::DeskDoor::Shows;
        matches!(state.desk.as_ref().map(|desk| &desk.door), Some(Shows { code: now, .. }) if *now != code)
    });
}

/// A share that is one, whatever it proves.
fn share(code: &sampan::model::Code) -> Share {
    use sampan::model::DeviceId;
    use sampan::pairing::Channel;
    let channel = Channel {
        ours: DeviceId::from_bytes([1; 32]),
        theirs: DeviceId::from_bytes([2; 32]),
        exporter: [3; 32],
    };
    Typing::start(code, channel).unwrap().1
}

#[test]
fn who_says_one_byte_more_than_a_greeting_may_have_is_hung_up_on() {
    let (_receiver, to) = receiver(patient());
    let mut peer = Peer::dial(to);
    peer.hello();
    // What a Hello takes counts as well; so this is too much by less than a frame's head.
    let ping = |length: u32| [&head(Kind::Ping.number(), length)[..], &[0xa0]].concat();
    let pings = usize::try_from(limits::MAX_GREETING).unwrap() / ping(1).len() + 1;
    peer.raw(&ping(1).repeat(pings));
    is_told(&mut peer);
}

#[test]
fn bodies_of_a_greeting_one_byte_over_their_limits_are_refused() {
    let (_receiver, to) = receiver(patient());
    for kind in Kind::ALL.iter().copied().filter(|kind| kind.is_greeting()) {
        let mut peer = Caller::at(9).dial(to).unwrap();
        peer.raw(&head(kind.number(), limits::max_body(kind) + 1));
        is_told(&mut peer);
    }
}
