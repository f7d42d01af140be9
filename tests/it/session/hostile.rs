//! Whatever bytes or frames come, a session ends in a typed way, soon, and leaves nothing unfinished.

use proptest::prelude::*;
use sampan::model::{Decision, Leftover, TransferId, size};
use sampan::wire::{
    AbortReason, Bye, ByeReason, EntryRange, FailReason, Frame, Hello, Introduction, Offer, Purpose,
};

use crate::support::piped::{Offering, Peer, digest, header, trailer};
use crate::support::sides::{Files, Receiver, ReceiverEnd, Sender};

/// How far the conversation goes before it goes wrong.
#[derive(Clone, Copy, Debug)]
enum After {
    Nothing,
    Greeting,
    Decision,
}

/// What is said then.
#[derive(Clone, Debug)]
enum Noise {
    Bytes(Vec<u8>),
    Frame(Frame),
    Chunk(Vec<u8>),
}

fn after() -> impl Strategy<Value = After> {
    prop_oneof![Just(After::Nothing), Just(After::Greeting), Just(After::Decision)]
}

fn bytes() -> impl Strategy<Value = Noise> {
    prop_oneof![
        proptest::collection::vec(any::<u8>(), 0..300).prop_map(Noise::Bytes),
        // Heads that look right, so that the bodies are read too.
        (0..0x40_u8, proptest::collection::vec(any::<u8>(), 0..60)).prop_map(|(kind, body)| {
            let length = u8::try_from(body.len()).unwrap();
            Noise::Bytes([&[kind, 0, 0, 0, 0, 0, 0, length], body.as_slice()].concat())
        }),
    ]
}

/// Frames of the right shape, in any order, about entries that may exist.
fn frames() -> impl Strategy<Value = Noise> {
    let entry = || prop_oneof![4 => 0..3_u64, 1 => any::<u64>()];
    let count = || prop_oneof![4 => 0..9_u64, 1 => any::<u64>()];
    prop_oneof![
        Just(Noise::Frame(Frame::Hello(Hello {
            version: String::new(),
            features: Vec::new(),
            admits: Vec::new()
        }))),
        Just(Noise::Frame(Frame::Introduce(Introduction { name: None, remembers: None }))),
        Just(Noise::Frame(Frame::Ping)),
        Just(Noise::Frame(Frame::Bye(Bye { reason: ByeReason::Other, detail: String::new() }))),
        Just(Noise::Frame(Frame::Offer(Offer {
            transfer: TransferId::from_bytes([7; 16]),
            note: None,
            purpose: Purpose::Send
        }))),
        Just(Noise::Frame(Frame::ManifestEnd(offering().summary))),
        Just(Noise::Frame(Frame::Decision(Decision::Accept, offering().summary.digest))),
        (entry(), count()).prop_map(|(entry, size)| Noise::Frame(header(entry, size))),
        Just(Noise::Frame(header(0, 5))),
        Just(Noise::Chunk(b"hello".to_vec())),
        proptest::collection::vec(any::<u8>(), 1..9).prop_map(Noise::Chunk),
        Just(Noise::Frame(trailer(0, b"hello"))),
        Just(Noise::Frame(Frame::Trailer { entry: 0, size: 5, digest: digest(b"wrong") })),
        entry().prop_map(|entry| Noise::Frame(Frame::Abort { entry, reason: AbortReason::Other })),
        Just(Noise::Frame(Frame::End)),
        (entry(), count().prop_map(|count| count.max(1))).prop_filter_map("a range", |(first, count)| {
            first.checked_add(count).map(|_| Noise::Frame(Frame::Saved(vec![EntryRange { first, count }])))
        }),
        entry().prop_map(|entry| Noise::Frame(Frame::Failed { entry, reason: FailReason::Other })),
        (count(), count(), count()).prop_map(|(saved, failed, bytes)| {
            Noise::Frame(Frame::Delivered {
                saved,
                failed,
                skipped: 0,
                bytes,
                manifest: offering().summary.digest,
            })
        }),
        Just(Noise::Frame(Frame::Cancel(Leftover::Keep))),
        Just(Noise::Frame(Frame::Cancelled)),
    ]
}

fn offering() -> Offering {
    Offering::of([("a", 5), ("b", 5)])
}

async fn make(peer: &mut Peer, noise: &[Noise]) {
    for noise in noise {
        match noise {
            Noise::Bytes(bytes) => peer.raw(bytes).await,
            Noise::Frame(frame) => peer.send(frame.clone()).await,
            Noise::Chunk(bytes) => peer.chunk(bytes).await,
        }
    }
    peer.shut_down().await;
    peer.rest().await;
}

/// Runs a case to its end on a runtime of its own.
fn run<T>(case: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap().block_on(case)
}

async fn receiver_hears(after: After, noise: &[Noise]) -> ReceiverEnd {
    let (mut peer, stream) = Peer::roomy();
    let receiver = Receiver::accepting(stream);
    match after {
        After::Nothing => {}
        After::Greeting => peer.greet().await,
        After::Decision => drop(peer.offer_taken(&[("a", 5), ("b", 5)]).await),
    }
    make(&mut peer, noise).await;
    drop(peer);
    receiver.end().await
}

/// Whatever came of it, what is there is whole and counted.
fn assert_nothing_unfinished(end: &ReceiverEnd) {
    let saved = end.ledger.as_ref().map_or(0, |ledger| ledger.counts().saved);
    let names = end.names();
    assert_eq!(size::from_len(names.len()), saved, "{names:?}");
    for name in names {
        assert!(name == "a" || name == "b", "{name}");
        assert_eq!(end.contents(&name), b"hello");
    }
}

async fn sender_hears(after: After, noise: &[Noise], files: &Files) {
    let (mut peer, stream) = Peer::roomy();
    let sender = Sender::start(stream, files.roots.clone());
    match after {
        After::Nothing => {}
        After::Greeting => drop(peer.read_offer().await),
        After::Decision => drop(peer.take_offer().await),
    }
    make(&mut peer, noise).await;
    drop(peer);
    // Nothing here is a whole and true answer, so it never looks delivered.
    assert!(!matches!(sender.end().await, Ok(sampan::session::SendEnd::Delivered)));
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(48) })]

    #[test]
    fn no_bytes_make_a_receiver_hang_or_leave_a_file(after in after(), noise in bytes()) {
        let end = run(receiver_hears(after, &[noise]));
        prop_assert!(end.names().is_empty());
    }

    #[test]
    fn no_order_of_frames_makes_a_receiver_hang_or_leave_a_part(
        after in after(), noise in proptest::collection::vec(frames(), 0..12),
    ) {
        assert_nothing_unfinished(&run(receiver_hears(after, &noise)));
    }

    #[test]
    fn no_bytes_make_a_sender_hang_or_believe_it_delivered(after in after(), noise in bytes()) {
        let files = Files::of(&[("a", b"hello"), ("b", b"world")]);
        run(sender_hears(after, &[noise], &files));
    }

    #[test]
    fn no_order_of_frames_makes_a_sender_hang(
        after in after(), noise in proptest::collection::vec(frames(), 0..12),
    ) {
        // The true answer is never among them: the manifest they speak of is another one.
        let files = Files::of(&[("a", b"hello"), ("b", b"world")]);
        run(sender_hears(after, &noise, &files));
    }
}
