//! Who gets in, and what happens before anybody is: to engines and programs over real sockets.

mod watch;

use std::fs;
use std::net::SocketAddr;

use sampan::engine::{Acceptance, Command, Credentials, Target, Timing};
use sampan::model::{
    AccountName, DeviceName, FailureKind, Links, Password, Policy, Settings, Share, TransferId,
};
use sampan::wire::{Bye, ByeReason, Frame, Introduction, Kind, Login, Offer, Purpose};

use crate::admission::watch::Watch;
use crate::support::engines::Side;
use crate::support::peer::{Caller, Files, Heard, Peer, Rig, head, hello};
use crate::support::piped::{Offering, header};
use crate::support::program::{Desk, Receiver};
use crate::support::{LIMIT, paired, until};

/// What no stranger may hear.
const NAME: &str = "Annas Rechner";

/// A receiver with a person, called [`NAME`], and where it is.
fn receiver() -> (Side, SocketAddr) {
    let mut side = Side::start(Acceptance::Ask, Timing { hello: LIMIT, ..Timing::default() });
    side.command(Command::Configure(Settings { name: NAME.to_owned(), ..Settings::default() }));
    side.until("the name", |state| state.settings.name == NAME);
    let kept = side.own_home().join("settings.toml");
    until("the name on the disk", || fs::read_to_string(&kept).is_ok_and(|text| text.contains(NAME)));
    let address = side.listen();
    (side, address)
}

fn introduction() -> Frame {
    Frame::Introduce(Introduction { name: DeviceName::new("stranger"), remembers: None })
}

/// A point of the curve, whatever it proves.
fn share() -> Frame {
    use sampan::model::DeviceId;
    use sampan::pairing::{Channel, Typing};
    let id = |n| DeviceId::from_bytes([n; 32]);
    let channel = Channel { ours: id(1), theirs: id(2), exporter: [3; 32] };
    Frame::PairShare(Typing::start(&"000000".parse().unwrap(), channel).unwrap().1)
}

/// A login with this name.
fn login(name: &str) -> Frame {
    let password = Password::new("secret").unwrap();
    Frame::Login(Login { account: AccountName::parse(name).ok(), password, binding: [0; 32] })
}

/// An offer; what is offered comes behind it.
fn offer() -> Frame {
    Frame::Offer(Offer { transfer: TransferId::from_bytes([7; 16]), note: None, purpose: Purpose::Send })
}

/// How far a stranger gets that has proven nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Moment {
    Start,
    Greeted,
    Pairing,
}

impl Moment {
    const ALL: [Self; 3] = [Self::Start, Self::Greeted, Self::Pairing];

    /// A stranger at this moment, from an address of its own.
    fn stranger(self, last: u8, receiver: &Side, to: SocketAddr) -> Peer {
        let mut peer = None;
        until("a stranger that got so far", || {
            let mut dialled = Caller::at(last).dial(to).unwrap();
            if self != Self::Start {
                dialled.hello();
            }
            if self == Self::Pairing {
                receiver.command(Command::OpenPairing); // whatever those before guessed
                dialled.say(&share());
            }
            if self != Self::Pairing || matches!(dialled.hear(), Some(Heard::Frame(Frame::PairShare(_)))) {
                peer = Some(dialled);
            }
            peer.is_some()
        });
        peer.unwrap()
    }
}

/// Everything it hears until it is hung up on.
fn hears(mut peer: Peer) -> Vec<Frame> {
    let mut heard = Vec::new();
    while let Some(next) = peer.hear() {
        match next {
            Heard::Frame(frame) => heard.push(frame),
            Heard::Chunk => panic!("a chunk to a stranger"),
        }
    }
    heard
}

/// Nobody here was asked anything, and nothing came.
fn nothing_came(receiver: &mut Side) {
    receiver.until("its last event", |_| true);
    assert!(receiver.state.transfers.is_empty() && receiver.state.callers.is_empty());
    assert!(receiver.received().is_empty());
}

#[test]
fn no_offer_is_read_before_somebody_is_admitted() {
    let (mut receiver, to) = receiver();
    let offering = Offering::of([("a", 5), ("b", 5)]);
    let mut last = 2;
    for moment in Moment::ALL {
        for kind in Kind::ALL.iter().copied().filter(|kind| !kind.is_greeting()) {
            let mut peer = moment.stranger(last, &receiver, to);
            last += 1;
            // Only its head, and it is refused: no byte of its body is waited for.
            peer.raw(&head(kind.number(), 5));
            let heard = hears(peer);
            assert!(matches!(heard.last(), Some(Frame::Bye(_))), "{moment:?} {kind}: {heard:?}");
        }
    }
    for moment in Moment::ALL {
        let mut peer = moment.stranger(last, &receiver, to);
        last += 1;
        let page = Frame::ManifestPage(offering.pages[0].clone());
        let end = Frame::ManifestEnd(offering.summary);
        for frame in [introduction(), offer(), page, end, header(0, 5), Frame::End] {
            peer.say(&frame);
        }
        let heard = hears(peer);
        assert!(
            !heard.iter().any(|frame| matches!(frame, Frame::Introduce(_) | Frame::Decision(..))),
            "{heard:?}"
        );
    }
    nothing_came(&mut receiver);
}

#[test]
fn before_admission_nobody_learns_a_name() {
    let (mut receiver, to) = receiver();
    let said = [
        introduction(),
        share(),
        login("anna"),
        Frame::PairShare(Share::from_bytes([0x41; 33])),
        Frame::Ping,
    ];
    let mut last = 2;
    for moment in Moment::ALL {
        for frame in &said {
            let mut peer = moment.stranger(last, &receiver, to);
            last += 1;
            peer.say(frame);
            peer.half_close();
            let heard = hears(peer);
            assert!(!heard.iter().any(|frame| matches!(frame, Frame::Introduce(_))), "{moment:?} {frame:?}");
            assert!(!format!("{heard:?}").contains(NAME), "{heard:?}");
        }
    }
    nothing_came(&mut receiver);
}

#[test]
fn a_listener_that_nobody_proved_learns_no_name_of_a_sender() {
    let rig = Rig::tls(&[sampan::wire::ALPN], |mut peer| {
        peer.say(&hello());
        peer.expect(Kind::Hello);
        assert_eq!(peer.hear_out(), None, "nothing after Hello");
    });
    let sender = Desk::new();
    let sent = sender.sending_paired(&[&sender.file("a", "text")], rig.address).end();
    sent.assert(5, "failed", Some("nothing-proven"));
    rig.join();
}

#[test]
fn a_blocked_device_gets_nothing() {
    let (mut receiver, to) = receiver();
    let device = Caller::at(2);
    let name = DeviceName::new("blocked").unwrap();
    receiver
        .remember_device(sampan::model::PairedDevice { policy: Policy::Block, ..paired(device.id(), name) });
    let code = receiver.code();
    for frame in [introduction(), share(), login("anna"), Frame::Remember, Frame::End] {
        let mut peer = device.dial(to).unwrap();
        assert_eq!(peer.hello().admits, [], "it is admitted in no way");
        peer.say(&frame);
        let reason = match hears(peer).last() {
            Some(Frame::Bye(Bye { reason, .. })) => *reason,
            other => panic!("{frame:?}: {other:?}"),
        };
        let expected =
            if frame.kind() == Kind::Introduce { ByeReason::NotAdmitted } else { ByeReason::Protocol };
        assert_eq!(reason, expected, "{frame:?}");
    }
    nothing_came(&mut receiver);
    assert_eq!(receiver.code(), code, "it cannot even spend a code");
}

#[test]
fn a_name_of_a_paired_device_means_its_key_whoever_else_says_so() {
    let mut impostor = Side::start(Acceptance::All, Timing::default());
    let address = impostor.listen();
    let mut sender = Side::start(Acceptance::Ask, Timing::default());
    let (wanted, name) = (Caller::at(2).id(), impostor.state.device.name.clone());
    // The one that answers there has the wanted one's name and address, and another key.
    let device = sampan::model::PairedDevice { address: Some(address.into()), ..paired(wanted, name) };
    sender.remember_device(device);
    let file = tempfile::NamedTempFile::new().unwrap();
    let paths = vec![file.path().to_owned()];
    let (to, with) = (Target::Device(wanted), Credentials::default());
    let (links, purpose) = (Links::default(), Purpose::default());
    sender.command(Command::Send { paths, links, purpose, to, with });
    let ending = sender.ended(1).ending.unwrap();
    assert_eq!(ending.failure.map(|failure| failure.kind), Some(FailureKind::WrongDevice));
    nothing_came(&mut impostor);
}

#[test]
fn taking_all_needs_the_explicit_word_on_both_sides() {
    let (here, there) = (Desk::new(), Desk::new());
    let mut careful = there.command();
    careful
        .args(["receive", "--listen", "127.0.0.1:0", "--accept", "all", "--json", "--dir"])
        .arg(there.folder());
    let refused = crate::support::program::Program::start(careful).end();
    assert_eq!((refused.code, refused.kind()), (Some(2), Some("not-careless")), "{refused:?}");
    let receiver = there.receiver();
    let file = here.file("a", "text");
    let sent = here.sending_paired(&[&file], receiver.address).end();
    sent.assert(5, "failed", Some("code-needed"));
    assert_eq!(receiver.names(), Vec::<String>::new());
    here.send(&[&file], receiver.address).assert(0, "delivered", None);
    let Receiver { mut program, .. } = receiver;
    program.err.until("--insecure-anyone");
}

#[test]
fn nothing_appears_anywhere_whatever_senders_try_before_the_decision() {
    let (mut receiver, to) = receiver();
    let (paired_one, name) = (Caller::at(200), DeviceName::new("paired").unwrap());
    receiver.remember_device(paired(paired_one.id(), name));
    let code = receiver.code();
    let (home, folder) = (receiver.own_home(), receiver.folder.clone());
    let watch = Watch::over(&[&home, &folder]);

    for moment in Moment::ALL.into_iter().filter(|moment| *moment != Moment::Pairing) {
        let mut peer = moment.stranger(2, &receiver, to);
        for frame in [introduction(), offer(), header(0, 5), Frame::End] {
            peer.say(&frame);
        }
        hears(peer);
    }
    drop(Caller::at(3).connect(to));
    drop(Caller::at(4).dial(to).unwrap());

    // Who is let in, and asks for what nobody may have.
    for files in [
        Files::one("../x", 5),
        Files::one("/x", 5),
        Files::one(".sampan-x", 5),
        Files::path(&[b"x", b".."], 5),
    ] {
        let mut peer = paired_one.dial(to).unwrap();
        peer.greet();
        peer.offer(&files);
        assert!(matches!(hears(peer).last(), Some(Frame::Bye(Bye { reason: ByeReason::Protocol, .. }))));
    }
    let mut early = paired_one.dial(to).unwrap();
    early.greet();
    early.offer(&Files::one("early-x", 5));
    early.say(&header(0, 5));
    early.chunk(b"hello");
    hears(early);

    // Who asks as he may, and waits for the answer: one with a list that is too long for memory.
    let names: Vec<String> = (0..100_000).map(|n| format!("{n:0>100}-x")).collect();
    let offering = Offering::of(names.iter().map(|name| (name.as_str(), 5)));
    let mut patient = paired_one.dial(to).unwrap();
    patient.greet();
    patient.say(&offer());
    for page in &offering.pages {
        patient.say(&Frame::ManifestPage(page.clone()));
    }
    patient.say(&Frame::ManifestEnd(offering.summary));
    let other = Side::start(Acceptance::Ask, Timing::default());
    let file = tempfile::Builder::new().prefix("with-the-code-x").tempfile().unwrap();
    other.send_with(&[file.path()], to, Credentials { code: Some(code), ..Credentials::default() });
    receiver.until("both questions", |state| {
        state.transfers.values().filter(|transfer| transfer.prompt.is_some()).count() == 2
    });
    assert_eq!(watch::unnamed_below(&home), 1, "the long list is in a file without a name");
    let wrong = Side::start(Acceptance::Ask, Timing::default());
    let code = receiver.code();
    let guess = if code.to_string().starts_with('1') { "200000" } else { "100000" };
    wrong.send_with(&[file.path()], to, Credentials { code: guess.parse().ok(), ..Credentials::default() });
    receiver.until("the guess", |state| state.desk.as_ref().is_some_and(|desk| !desk.guesses.is_empty()));

    watch.assert_only_rows_changed(b"-x");
    drop(patient);
    let (engine, kept) = receiver.into_parts();
    engine.shutdown();
    watch.assert_only_rows_changed(b"-x");
    assert_eq!(watch::unnamed_below(&home), 0);
    drop(kept);
}
