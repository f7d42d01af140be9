//! Every state and every kind of frame, for both roles, as the tables in docs/protocol.md §4.12 and §4.13 say.

use std::fs;
use std::future::pending;

use sampan::model::{
    AccountName, Confirmation, Decision, DeclineReason, DeviceName, Leftover, Password, Share, Step,
    TransferId, Way,
};
use sampan::session::{LinkError, ReceiveEnd, SendEnd, SessionError};
use sampan::wire::{
    AbortReason, Beginning, Bye, ByeReason, DecisionPage, EntryRange, FailReason, Frame, Hello, Introduction,
    Kind, Login, Offer, Purpose,
};

use crate::session::greeting::{Knocking, Listening};
use crate::support::document::rows;
use crate::support::piped::{Offering, Peer, bytes, header, planned, trailer};
use crate::support::sides::{Files, Received, Receiver, ReceiverEnd, Sender, Spot};
use crate::support::taker::Habits;
use crate::support::until_async;

const RECEIVER: [&str; 13] = [
    "Hello",
    "Door",
    "Proving",
    "Proven",
    "Logged",
    "Offer",
    "Manifest",
    "Comparing",
    "Deciding",
    "Between",
    "File",
    "Checking",
    "Cancelling",
];

const SENDER: [&str; 11] = [
    "Hello",
    "Share",
    "Confirm",
    "Introduce",
    "Waiting",
    "Asked",
    "Sending",
    "Checking",
    "Withdrawing",
    "Cancelling",
    "Remembering",
];

/// Larger than everything a sender reads ahead.
const LARGE: usize = 8 * 1024 * 1024;

/// The table below "Kind" and these states: each cell with its state and kind.
fn cells(states: &[&'static str]) -> Vec<(&'static str, Kind, &'static str)> {
    let mut columns = vec!["Kind"];
    columns.extend(states);
    let rows = rows(&columns);
    let kinds: Vec<String> = Kind::ALL.iter().map(Kind::to_string).collect();
    assert_eq!(rows.iter().map(|row| row[0]).collect::<Vec<_>>(), kinds);
    let mut cells = Vec::new();
    for (kind, row) in Kind::ALL.iter().zip(rows) {
        cells.extend(states.iter().zip(row.iter().skip(1)).map(|(state, cell)| (*state, *kind, *cell)));
    }
    cells
}

/// A frame of this kind about the first of two files of 5 bytes; `None` for a chunk.
pub(super) fn frame(kind: Kind, offering: &Offering) -> Option<Frame> {
    let manifest = offering.summary.digest;
    Some(match kind {
        Kind::Hello => {
            Frame::Hello(Hello { version: String::new(), features: Vec::new(), admits: vec![Way::Code] })
        }
        Kind::Introduce => Frame::Introduce(Introduction { name: DeviceName::new("peer"), remembers: None }),
        Kind::PairShare => Frame::PairShare(Share::from_bytes([0x41; 33])),
        Kind::PairConfirm => Frame::PairConfirm(Confirmation::from_bytes([1; 32])),
        Kind::Login => Frame::Login(Login {
            account: AccountName::parse("anna").ok(),
            password: Password::new("secret").unwrap(),
            binding: [0; 32],
        }),
        Kind::Remember => Frame::Remember,
        Kind::Remembered => Frame::Remembered(None),
        Kind::Ping => Frame::Ping,
        Kind::Bye => Frame::Bye(Bye { reason: ByeReason::Leaving, detail: String::new() }),
        Kind::Offer => Frame::Offer(Offer {
            transfer: TransferId::from_bytes([7; 16]),
            note: None,
            purpose: Purpose::Send,
        }),
        Kind::ManifestPage => Frame::ManifestPage(offering.pages[0].clone()),
        Kind::ManifestEnd => Frame::ManifestEnd(offering.summary),
        Kind::DigestWanted => Frame::DigestWanted(vec![Beginning { entry: 0, length: 5 }]),
        Kind::Digest => Frame::Digest(vec![(Beginning { entry: 0, length: 5 }, None)]),
        Kind::DecisionPage => Frame::DecisionPage(DecisionPage::default()),
        Kind::Planned => planned(),
        Kind::Hole => Frame::Hole(5),
        Kind::Pause => Frame::Pause,
        Kind::Resume => Frame::Resume,
        Kind::Decision => Frame::Decision(Decision::Accept, manifest),
        Kind::Header => header(0, 5),
        Kind::Chunk => return None,
        Kind::Trailer => trailer(0, b"hello"),
        Kind::Abort => Frame::Abort { entry: 0, reason: AbortReason::Changed },
        Kind::End => Frame::End,
        Kind::Saved => Frame::Saved(vec![EntryRange { first: 0, count: 1 }]),
        Kind::Failed => Frame::Failed { entry: 0, reason: FailReason::Disk },
        Kind::Delivered => Frame::Delivered { saved: 0, failed: 2, skipped: 0, bytes: 0, manifest },
        Kind::ReceiptPage => Frame::ReceiptPage(vec![0x83]),
        Kind::Cancel => Frame::Cancel(Leftover::Keep),
        Kind::Cancelled => Frame::Cancelled,
    })
}

/// Says one frame, ends the writing side, and hears the session out.
pub(super) async fn say_last(mut peer: Peer, kind: Kind, offering: &Offering) {
    match frame(kind, offering) {
        Some(frame) => peer.send(frame).await,
        None => peer.chunk(b"hel").await,
    }
    peer.shut_down().await;
    peer.rest().await;
}

/// Whether a session's result is what a cell says.
fn agrees<T>(cell: &str, kind: Kind, result: &Result<T, SessionError>) -> bool {
    match (cell, result) {
        ("—", Err(SessionError::Unexpected { got, .. })) => *got == kind,
        // A sender looks at the counts of a Delivered before it looks at the moment.
        ("—", Err(SessionError::Miscounted { .. })) => kind == Kind::Delivered,
        ("—", _) | (_, Err(SessionError::Unexpected { .. })) => false,
        (_, Err(SessionError::Left(_))) => kind == Kind::Bye,
        // Over means that the frame ended it, not the end of the stream behind it.
        (cell, Err(SessionError::Link(LinkError::Closed))) => !cell.starts_with("over"),
        (_, Ok(_) | Err(_)) => kind != Kind::Bye,
    }
}

/// Brings a receiver into a state, then says one frame of this kind.
async fn receiver_in(state: &str, kind: Kind) -> ReceiverEnd {
    let (mut peer, stream) = Peer::roomy();
    let offering = Offering::of([("a", 5), ("b", 5)]);
    let spot = Spot::new();
    if state == "Comparing" {
        fs::write(spot.folder().join("a"), b"other").unwrap();
    }
    let receiver = if state == "Deciding" {
        Receiver::at(spot, stream, Habits::default(), pending())
    } else {
        Receiver::again(spot, stream)
    };
    match state {
        "Offer" => peer.greet().await,
        "Manifest" => {
            peer.greet().await;
            peer.send(frame(Kind::Offer, &offering).unwrap()).await;
        }
        "Comparing" => {
            peer.greet().await;
            peer.offer(&offering).await;
            peer.expect(Kind::DigestWanted).await;
        }
        "Deciding" => {
            peer.greet().await;
            peer.offer(&offering).await;
            peer.expect(Kind::Planned).await;
        }
        _ => drop(peer.offer_taken(&[("a", 5), ("b", 5)]).await),
    }
    let abort = |entry| Frame::Abort { entry, reason: AbortReason::Changed };
    match state {
        "Between" if kind == Kind::End => peer.send_all(&[abort(0), abort(1)]).await,
        "File" => peer.send(header(0, 5)).await,
        "Checking" => {
            peer.file(0, b"hello").await;
            peer.send_all(&[abort(1), Frame::End]).await;
        }
        "Cancelling" => {
            receiver.cancel.cancel(Leftover::Keep);
            peer.expect(Kind::Cancel).await;
        }
        _ => {}
    }
    if state == "File" && kind == Kind::Trailer {
        peer.chunk(b"hello").await;
    }
    say_last(peer, kind, &offering).await;
    receiver.end().await
}

#[tokio::test]
async fn a_receiver_takes_in_each_state_what_the_document_says_and_nothing_else() {
    for (state, kind, cell) in cells(&RECEIVER) {
        if let Some(door) = Listening::of(state) {
            let result = door.hear(kind).await;
            assert!(agrees(cell, kind, &result), "{kind} in {state}: {cell}, got {result:?}");
            continue;
        }
        let end = receiver_in(state, kind).await;
        // A check may be over before the frame is looked at: then it came too late to matter.
        let is_over = state == "Checking" && matches!(end.result, Ok(Received::End(ReceiveEnd::Delivered)));
        assert!(
            is_over || agrees(cell, kind, &end.result),
            "{kind} in {state}: {cell}, got {:?}",
            end.result
        );
        // What is whole stays, however the session ends.
        let is_whole = state == "Comparing" // it was there before
            || state == "Checking"
            || state == "File" && kind == Kind::Trailer;
        let may_be_there: &[&str] = if is_whole { &["a"] } else { &[] };
        let names = end.names();
        assert!(
            names.iter().all(|name| may_be_there.contains(&name.as_str())),
            "{kind} in {state}: {names:?}"
        );
    }
}

/// Brings a sender into a state, then says one frame of this kind.
async fn sender_in(state: &str, kind: Kind, small: &Files, large: &Files) -> Result<(), SessionError> {
    let is_large = state == "Sending";
    let (mut peer, stream) = Peer::over(if is_large { 64 * 1024 } else { LARGE });
    let sender = Sender::start(stream, if is_large { &large.roots } else { &small.roots }.clone());
    let offering;
    match state {
        "Waiting" => offering = peer.read_offer().await,
        "Asked" => {
            offering = peer.read_offer().await;
            peer.send(planned()).await;
        }
        "Withdrawing" => {
            offering = peer.read_offer().await;
            sender.cancel.cancel(Leftover::Keep);
            peer.expect(Kind::Cancel).await;
        }
        "Sending" => {
            offering = peer.take_offer().await;
            peer.expect(Kind::Header).await;
        }
        _ => {
            offering = peer.take_offer().await;
            peer.rest_until(Kind::End).await;
            let steps = &sender.heard.steps;
            until_async("its own word that all is sent", || steps.lock().unwrap().contains(&Step::Check))
                .await;
        }
    }
    if state == "Cancelling" {
        sender.cancel.cancel(Leftover::Keep);
        peer.expect(Kind::Cancel).await;
    }
    say_last(peer, kind, &offering).await;
    sender.end().await.map(drop)
}

#[tokio::test]
async fn a_sender_takes_in_each_state_what_the_document_says_and_nothing_else() {
    let small = Files::of(&[("a", b"hello"), ("b", b"world")]);
    let large = Files::of(&[("a", &bytes(LARGE)), ("b", b"world")]);
    for (state, kind, cell) in cells(&SENDER) {
        if let Some(knock) = Knocking::of(state) {
            let result = knock.hear(kind).await;
            assert!(agrees(cell, kind, &result), "{kind} in {state}: {cell}, got {result:?}");
            continue;
        }
        let result = sender_in(state, kind, &small, &large).await;
        assert!(agrees(cell, kind, &result), "{kind} in {state}: {cell}, got {result:?}");
    }
}

#[tokio::test]
async fn a_no_needs_no_plan_and_a_yes_does() {
    for (decision, is_over) in [(Decision::Decline(DeclineReason::Folder), true), (Decision::Accept, false)] {
        let files = Files::of(&[("a", b"hello")]);
        let (mut peer, stream) = Peer::roomy();
        let sender = Sender::start(stream, files.roots.clone());
        let offering = peer.read_offer().await;
        peer.send(Frame::Decision(decision, offering.summary.digest)).await;
        peer.rest().await;
        drop(peer);
        match sender.end().await {
            Ok(end) => assert_eq!((end, is_over), (SendEnd::Declined(DeclineReason::Folder), true)),
            Err(SessionError::Unexpected { got: Kind::Decision, .. }) => assert!(!is_over),
            Err(error) => panic!("{error}"),
        }
    }
}

#[tokio::test]
async fn an_end_with_files_left_is_unexpected() {
    let (mut peer, stream) = Peer::roomy();
    let receiver = Receiver::accepting(stream);
    let offering = peer.offer_taken(&[("a", 5)]).await;
    say_last(peer, Kind::End, &offering).await;
    let end = receiver.end().await;
    assert_is!(end.result, Err(SessionError::Unexpected { got: Kind::End, .. }));
}
