//! A crowd that connects as fast as it can, at every stage of the greeting.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use sampan::wire::Frame;

use crate::support::peer::Caller;

/// How far each stranger goes before it hangs up.
#[derive(Clone, Copy, Debug)]
enum Stage {
    Tcp,
    Tls,
    Hello,
    WrongKind,
}

/// Connects until it is over; gives how often.
fn crowd(stage: Stage, from: u8, to: SocketAddr, is_over: &AtomicBool) -> usize {
    let mut count = 0;
    let mut caller = Caller::at(from);
    while !is_over.load(Ordering::Relaxed) {
        if count % 4 == 0 {
            caller = Caller::at(from + u8::try_from(count / 4 % 50).unwrap());
        }
        count += 1;
        let mut peer = match stage {
            Stage::Tcp => {
                drop(caller.connect(to));
                continue;
            }
            Stage::Tls | Stage::Hello | Stage::WrongKind => match caller.dial(to) {
                Ok(peer) => peer,
                Err(_) => continue,
            },
        };
        match stage {
            Stage::Tcp | Stage::Tls => {}
            Stage::Hello => peer.say(&crate::support::peer::hello()),
            Stage::WrongKind => {
                peer.say(&crate::support::peer::hello());
                peer.say(&Frame::End);
            }
        }
    }
    count
}

/// A crowd of all kinds; `during` is what must not feel it. Gives how often they came, and what came of it.
pub(super) fn during<T>(to: SocketAddr, during: impl FnOnce() -> T) -> (usize, T) {
    let (is_over, count) = (AtomicBool::new(false), AtomicUsize::new(0));
    let result = thread::scope(|scope| {
        let stages = [Stage::Tcp, Stage::Tls, Stage::Hello, Stage::WrongKind];
        for (stage, from) in stages.into_iter().zip([2, 52, 102, 152]) {
            let (is_over, count) = (&is_over, &count);
            scope.spawn(move || count.fetch_add(crowd(stage, from, to, is_over), Ordering::Relaxed));
        }
        let over = Over(&is_over);
        let result = during();
        drop(over);
        result
    });
    (count.into_inner(), result)
}

/// Sends the crowd home, also when the test fails.
struct Over<'a>(&'a AtomicBool);

impl Drop for Over<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// The longest time in which nothing moved.
#[derive(Debug)]
pub(super) struct Pauses {
    last: Instant,
    pub(super) longest: Duration,
}

impl Pauses {
    pub(super) fn new() -> Self {
        Self { last: Instant::now(), longest: Duration::ZERO }
    }

    /// Something moved.
    pub(super) fn moved(&mut self) {
        self.longest = self.longest.max(self.last.elapsed());
        self.last = Instant::now();
    }
}
