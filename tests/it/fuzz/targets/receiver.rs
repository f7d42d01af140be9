//! A receiving session with any bytes from the other side.

use std::fs;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

use sampan::model::{Decision, size};
use sampan::session::{SessionError, Timing};
use tokio::task::yield_now;

use super::far;
use crate::support::piped::Peer;
use crate::support::sides::{Receiver, ReceiverEnd};

/// The first byte says how far the conversation goes politely, and whether the peer then closes or falls silent.
pub(crate) fn run(data: &[u8]) -> String {
    let Some((first, noise)) = data.split_first() else { return String::new() };
    far::run(hears(*first, noise))
}

async fn hears(first: u8, noise: &[u8]) -> String {
    let (mut peer, stream) = Peer::roomy();
    let (folder, agreed) = (Arc::new(OnceLock::new()), Arc::new(AtomicBool::new(false)));
    let (seen, yes) = (Arc::clone(&folder), Arc::clone(&agreed));
    let answer = async move {
        assert_eq!(
            fs::read_dir(seen.get().unwrap()).unwrap().count(),
            0,
            "nothing is written before the yes"
        );
        yes.store(true, Ordering::Relaxed);
        Decision::Accept
    };
    let receiver = Receiver::start(stream, Timing::default(), answer);
    folder.set(receiver.folder().to_owned()).unwrap();
    let (polite, then) = far::beginning(first);
    if polite == 1 {
        peer.greet().await;
    } else if polite > 1 {
        peer.offer_taken(&[("a", 5), ("b", 5)]).await;
    }
    let end = far::noise(peer, noise, then, receiver.end_at_last()).await;
    disk_is_done(&end).await;
    assert!(agreed.load(Ordering::Relaxed) || end.names().is_empty(), "{:?}", end.names());
    assert_whole(&end);
    format!("{polite} {then:?} {:?} {}", end.result, end.names().len())
}

/// The clock may outrun a busy disk, and a session gives up on a disk that does not answer. It ends its work all the same.
async fn disk_is_done(end: &ReceiverEnd) {
    while end.ledger.as_ref().is_some_and(|ledger| Arc::strong_count(ledger) > 1) {
        yield_now().await;
    }
}

/// What is there is counted, and nothing of ours stays.
fn assert_whole(end: &ReceiverEnd) {
    let names = end.names();
    assert!(!names.iter().any(|name| name.starts_with(".sampan-")), "{names:?}");
    // What is saved after the session gave up is written down nowhere.
    if !matches!(end.result, Err(SessionError::Internal(_))) {
        let saved = end.ledger.as_ref().map_or(0, |ledger| ledger.counts().saved);
        assert_eq!(size::from_len(names.len()), saved, "{names:?}");
    }
}
