//! Peers that vanish, reset, half-close, stall or are killed, in every phase of a session.

use std::fs;
use std::time::Duration;

use rustix::process::Signal;
use sampan::engine::{Acceptance, Timing};
use sampan::model::{FailureKind, Outcome};
use sampan::wire::{ALPN, ByeReason, Frame, Hello, Kind, Offer, Purpose};

use crate::support::engines::Side;
use crate::support::line::Line;
use crate::support::peer::{Files, Heard, Peer, Rig, digest, head};
use crate::support::program::{Desk, Receiver};
use crate::support::{allocate, until};

/// Large enough that a slow line is still busy with it when a test acts.
const LARGE: u64 = 512 * 1024 * 1024;

/// How far a sender goes before it misbehaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Phase {
    Connected,
    Shaken,
    Greeting,
    Greeted,
    InHead,
    Offering,
    Accepted,
    InFile,
    InChunk,
    BeforeEnd,
}

impl Phase {
    const ALL: [Self; 10] = [
        Self::Connected,
        Self::Shaken,
        Self::Greeting,
        Self::Greeted,
        Self::InHead,
        Self::Offering,
        Self::Accepted,
        Self::InFile,
        Self::InChunk,
        Self::BeforeEnd,
    ];

    /// A sender that came this far.
    fn reach(self, to: std::net::SocketAddr) -> Peer {
        if self == Self::Connected {
            return Peer::connect(to);
        }
        let mut peer = Peer::dial(to);
        match self {
            Self::Connected | Self::Shaken => {}
            Self::Greeting => {
                peer.say(&Frame::Hello(Hello {
                    version: "9.9.9".to_owned(),
                    features: Vec::new(),
                    admits: Vec::new(),
                }));
            }
            Self::Greeted => peer.greet(),
            Self::InHead => {
                peer.greet();
                peer.raw(&head(Kind::Offer.number(), 20)[..3]);
            }
            Self::Offering => {
                peer.greet();
                let files = Files::one("part.bin", 1_000_000);
                peer.say(&Frame::Offer(Offer {
                    transfer: files.transfer,
                    note: None,
                    purpose: Purpose::Send,
                }));
                peer.raw(&files.page());
            }
            Self::Accepted | Self::InFile | Self::InChunk | Self::BeforeEnd => {
                peer.greet();
                peer.offer_and_go(&Files::one("part.bin", 1_000_000));
                self.send_some(&mut peer);
            }
        }
        peer
    }

    fn send_some(self, peer: &mut Peer) {
        let contents = vec![7; 1_000_000];
        if self == Self::BeforeEnd {
            return peer.file(0, &contents, digest(&contents));
        }
        if self >= Self::InFile {
            peer.say(&Frame::Header { entry: 0, offset: 0, size: 1_000_000 });
            peer.chunk(&contents[..500_000]);
        }
        if self == Self::InChunk {
            peer.raw(&head(Kind::Chunk.number(), 500_000));
            peer.raw(&contents[..1_000]);
        }
    }

    /// Whether the receiver shows a transfer by then.
    fn is_transfer(self) -> bool {
        self >= Self::Accepted
    }

    /// What may be in the folder afterwards: a file that was whole, never a part.
    fn may_leave(self) -> &'static [&'static str] {
        if self == Self::BeforeEnd { &["part.bin"] } else { &[] }
    }
}

/// Lets a sender misbehave in each phase; each time the receiver says what became of it and serves the next.
fn in_each_phase(misbehave: impl Fn(Peer)) {
    for phase in Phase::ALL {
        let mut receiver = Receiver::alone();
        misbehave(phase.reach(receiver.address));
        if phase.is_transfer() {
            assert_eq!(receiver.finished()["outcome"], "interrupted", "{phase:?}");
            let names = receiver.names();
            assert!(
                names.iter().all(|name| phase.may_leave().contains(&name.as_str())),
                "{phase:?}: {names:?}"
            );
        }
        receiver.serves_the_next();
    }
}

#[test]
fn a_sender_that_vanishes_in_any_phase_ends_its_own_session_only() {
    in_each_phase(drop);
}

#[test]
fn a_sender_that_resets_in_any_phase_ends_its_own_session_only() {
    in_each_phase(Peer::reset);
}

#[test]
fn a_sender_that_half_closes_in_any_phase_is_answered_and_ends_its_own_session_only() {
    in_each_phase(|mut peer| {
        peer.half_close();
        peer.hear_out();
    });
}

/// Waits that a test can wait for.
fn short() -> Timing {
    Timing {
        tls: Duration::from_millis(500),
        hello: Duration::from_millis(300), // shorter than `idle`, as in earnest
        ping: Duration::from_millis(100),
        idle: Duration::from_millis(600),
        linger: Duration::from_millis(200),
        ..Timing::default()
    }
}

#[test]
fn a_sender_that_stalls_in_any_phase_is_hung_up_on_and_nothing_partial_stays() {
    let mut receiver = Side::start(Acceptance::All, short());
    let address = receiver.listen();
    let mut rows = 0;
    for phase in Phase::ALL {
        let mut peer = phase.reach(address);
        peer.hear_out();
        if phase.is_transfer() {
            rows += 1;
            assert_eq!(receiver.ended(rows).ending.unwrap().outcome, Outcome::Interrupted, "{phase:?}");
        }
        let left = receiver.received();
        assert!(left.iter().all(|name| phase.may_leave().contains(&name.as_str())), "{phase:?}: {left:?}");
    }
    assert_eq!(receiver.state.transfers.len(), rows, "nothing else became a transfer");
    let (mut sender, files) = (Side::start(Acceptance::Ask, Timing::default()), tempfile::tempdir().unwrap());
    fs::write(files.path().join("next"), "next").unwrap();
    sender.send(&[&files.path().join("next")], address);
    assert_eq!(sender.outcome(), Outcome::Delivered);
}

#[test]
fn a_receiver_that_stalls_in_any_phase_leaves_the_sender_with_the_reason() {
    let (dir, mut ends) = (tempfile::tempdir().unwrap(), Vec::new());
    let file = dir.path().join("a");
    allocate(&file, LARGE);
    let plays: [fn(&mut Peer); 4] = [
        |_| (),
        Peer::greet,
        |peer| {
            peer.greet();
            peer.accept();
        },
        |peer| {
            peer.greet();
            peer.accept();
            peer.hear(); // a header
            peer.hear(); // some bytes
        },
    ];
    for play in plays {
        let (release, held) = std::sync::mpsc::channel::<()>();
        let rig = Rig::tls(&[ALPN], move |mut peer| {
            play(&mut peer);
            held.recv().ok();
        });
        let mut sender = Side::start(Acceptance::Ask, short());
        sender.send(&[&file], rig.address);
        let ending = sender.ended(1).ending.unwrap();
        ends.push((ending.outcome, ending.failure.unwrap().kind));
        drop(release);
        rig.join();
    }
    let lost = (Outcome::Interrupted, FailureKind::ConnectionLost);
    assert_eq!(ends, [(Outcome::Failed, FailureKind::NotSampan), lost, lost, lost]);
}

#[test]
fn a_receiver_that_accepts_and_half_closes_leaves_the_sender_interrupted() {
    let desk = Desk::new();
    let rig = Rig::greeted(|mut peer| {
        peer.accept();
        peer.half_close();
        peer.hear_out();
    });
    let sent = desk.send(&[&desk.large_file("a", LARGE)], rig.address);
    sent.assert(1, "interrupted", Some("connection-lost"));
    rig.join();
}

#[test]
fn a_sender_that_only_pings_is_told_that_it_is_late() {
    let mut receiver = Side::start(Acceptance::All, Timing { offer: Duration::from_millis(300), ..short() });
    let mut peer = Peer::dial(receiver.listen());
    peer.greet();
    let mut told = None;
    until("a word of the receiver", || {
        peer.say(&Frame::Ping);
        told = peer.hear_within(Duration::from_millis(50));
        told.is_some()
    });
    assert!(
        matches!(&told, Some(Heard::Frame(Frame::Bye(bye))) if bye.reason == ByeReason::Protocol),
        "{told:?}"
    );
    peer.hear_out();
    assert!(receiver.state.transfers.is_empty());
}

#[test]
fn a_sender_killed_in_the_middle_is_interrupted_there_and_leaves_nothing() {
    let (here, there) = (Desk::new(), Desk::new());
    let mut receiver = there.receiver();
    let line = Line::slow(receiver.address);
    let sender = here.sending(&[&here.large_file("a", LARGE)], line.address);
    receiver.program.moves();
    sender.signal(Signal::KILL);
    assert_eq!(receiver.finished()["outcome"], "interrupted");
    assert!(receiver.names().is_empty());
    receiver.serves_the_next();
}

#[test]
fn a_receiver_killed_in_the_middle_is_interrupted_here_and_has_nothing_under_the_final_name() {
    let (here, there) = (Desk::new(), Desk::new());
    let mut receiver = there.receiver();
    let line = Line::slow(receiver.address);
    let files = [here.file("small", "text"), here.large_file("a", LARGE)];
    let sender = here.sending(&files.each_ref().map(AsRef::as_ref), line.address);
    receiver.program.moves();
    receiver.program.signal(Signal::KILL);
    sender.end().assert(1, "interrupted", Some("connection-lost"));
    let left: Vec<String> =
        receiver.names().into_iter().filter(|name| !name.starts_with(".sampan-")).collect();
    assert!(left.is_empty() || left == ["small"], "{left:?}");
    there.receiver().serves_the_next();
}
