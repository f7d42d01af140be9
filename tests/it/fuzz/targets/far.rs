//! What the two session targets share: a clock that stands still until everybody waits, and a peer that makes noise.

use std::future::Future;
use std::time::Duration;

use tokio::time::{Instant, advance, timeout};

use crate::support::piped::{Peer, Said};

/// No session lasts this long: ten minutes for a person are the longest wait of all.
const FOR_EVER: Duration = Duration::from_hours(1);

/// A thread that does something for a session is done by then, however busy the machine is.
const LOOKED: Duration = Duration::from_secs(30);

/// What the peer does when it has said everything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Then {
    Closes,
    FallsSilent,
}

/// How the first byte of an input begins the conversation: its two low bits say how far it goes politely.
pub(super) fn beginning(first: u8) -> (u8, Then) {
    (first & 3, if first & 4 == 0 { Then::Closes } else { Then::FallsSilent })
}

/// Runs a case on a runtime of its own, in which hours pass in no time.
pub(super) fn run(case: impl Future<Output = String>) -> String {
    let mut builder = tokio::runtime::Builder::new_current_thread();
    builder.enable_time().start_paused(true).build().unwrap().block_on(case)
}

/// Says everything and hears the session's end, which has to come.
pub(super) async fn noise<T>(mut peer: Peer, noise: &[u8], then: Then, end: impl Future<Output = T>) -> T {
    peer.raw(noise).await;
    match then {
        Then::Closes => {
            peer.shut_down().await;
            end.await
        }
        // A disk that works holds the clock: it goes on by itself, and the session hears the silence.
        Then::FallsSilent => tokio::select! {
            biased;
            end = end => end,
            () = pass(FOR_EVER) => panic!("the session never ends"),
        },
    }
}

/// Says everything and hears what the session says until it ends: for sessions without a disk, in which the clock goes on
/// by itself.
pub(super) async fn says(peer: &mut Peer, noise: &[u8], then: Then, said: &mut Vec<Said>) {
    peer.raw(noise).await;
    if then == Then::Closes {
        peer.shut_down().await;
    }
    loop {
        match peer.read_for_ever().await {
            Said::End => return,
            other => said.push(other),
        }
    }
}

/// A session without a disk, whose end has to come.
pub(super) async fn in_time<T>(session: impl Future<Output = T>) -> T {
    timeout(FOR_EVER, session).await.expect("the session never ends")
}

/// Lets that much time pass on the session's clock; and on the wall's, for a thread that looks at a folder is on no clock.
async fn pass(time: Duration) {
    let (start, real) = (Instant::now(), std::time::Instant::now());
    while start.elapsed() < time || real.elapsed() < LOOKED {
        advance(Duration::from_secs(1)).await;
    }
}
