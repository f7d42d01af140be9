//! A line between both sides that breaks as it is told.

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::Builder;
use std::time::{Duration, Instant};

/// What happens to one connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Trouble {
    /// Nothing.
    None,
    /// It is cut behind so many bytes towards the receiver …
    CutThere(u64),
    /// … or towards the sender.
    CutBack(u64),
    /// Nothing goes on in either direction behind so many bytes towards the receiver, then it is cut.
    Stall(u64, Duration),
    /// A few bytes at a time, then it is cut.
    Trickle { piece: u64, cut: u64 },
}

/// The line. Everything on it ends when it is dropped.
pub(super) struct Proxy {
    pub(super) address: SocketAddr,
    inner: Arc<Inner>,
}

struct Inner {
    to: SocketAddr,
    /// One for each connection to come; then none.
    troubles: Mutex<Vec<Trouble>>,
    /// Bytes that went towards the receiver, on all connections.
    passed: AtomicU64,
    is_over: AtomicBool,
    open: Mutex<Vec<TcpStream>>,
}

impl Proxy {
    /// A line to there, on which these things happen to the first connections.
    pub(super) fn new(to: SocketAddr, troubles: &[Trouble]) -> Self {
        let door = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = door.local_addr().unwrap();
        let inner = Arc::new(Inner {
            to,
            troubles: Mutex::new(troubles.iter().rev().copied().collect()),
            passed: AtomicU64::new(0),
            is_over: AtomicBool::new(false),
            open: Mutex::default(),
        });
        let work = Arc::clone(&inner);
        let accept = move || {
            for caller in door.incoming().flatten() {
                if work.is_over.load(Ordering::Acquire) {
                    return;
                }
                work.take(&caller);
            }
        };
        Builder::new().name("proxy".to_owned()).spawn(accept).unwrap();
        Self { address, inner }
    }

    pub(super) fn passed(&self) -> u64 {
        self.inner.passed.load(Ordering::Acquire)
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.inner.is_over.store(true, Ordering::Release);
        for line in self.inner.open.lock().unwrap().drain(..) {
            line.shutdown(Shutdown::Both).ok();
        }
        TcpStream::connect(self.address).ok(); // wakes who waits for callers
    }
}

impl Inner {
    fn take(self: &Arc<Self>, caller: &TcpStream) {
        let Ok(onward) = TcpStream::connect(self.to) else { return };
        let trouble = self.troubles.lock().unwrap().pop().unwrap_or(Trouble::None);
        for line in [caller, &onward] {
            line.set_nodelay(true).unwrap();
            self.open.lock().unwrap().push(line.try_clone().unwrap());
        }
        let ends = || (caller.try_clone().unwrap(), onward.try_clone().unwrap());
        let (there, back) = (Arc::clone(self), Arc::clone(self));
        let stalled = Arc::new(AtomicBool::new(false));
        let ((from, to), is_stalled) = (ends(), Arc::clone(&stalled));
        let there = move || there.pass(from, to, Way::There, trouble, &is_stalled);
        Builder::new().name("there".to_owned()).spawn(there).unwrap();
        let (to, from) = ends();
        let back = move || back.pass(from, to, Way::Back, trouble, &stalled);
        Builder::new().name("back".to_owned()).spawn(back).unwrap();
    }

    fn pass(&self, mut from: TcpStream, mut to: TcpStream, way: Way, trouble: Trouble, stalled: &AtomicBool) {
        let (end, piece) = match (way, trouble) {
            (Way::There, Trouble::CutThere(at) | Trouble::Stall(at, _))
            | (Way::Back, Trouble::CutBack(at)) => (at, 65_536),
            (Way::There, Trouble::Trickle { piece, cut }) => (cut, piece),
            (Way::Back, Trouble::Trickle { piece, .. }) => (u64::MAX, piece),
            (_, Trouble::None) | (Way::Back, _) | (Way::There, Trouble::CutBack(_)) => (u64::MAX, 65_536),
        };
        let mut left = end;
        let mut bytes = vec![0; 65_536];
        loop {
            if left == 0 {
                if let Trouble::Stall(_, time) = trouble {
                    stalled.store(true, Ordering::Release);
                    self.pause(time);
                }
                break;
            }
            let room = usize::try_from(left.min(piece)).unwrap();
            let count = match from.read(&mut bytes[..room]) {
                Ok(0) => {
                    to.shutdown(Shutdown::Write).ok();
                    return;
                }
                Ok(count) => count,
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                Err(_) => break,
            };
            if stalled.load(Ordering::Acquire) {
                return; // who stalled it cuts it
            }
            if to.write_all(&bytes[..count]).is_err() {
                break;
            }
            left -= u64::try_from(count).unwrap();
            if matches!(way, Way::There) {
                self.passed.fetch_add(count.try_into().unwrap(), Ordering::AcqRel);
            }
        }
        from.shutdown(Shutdown::Both).ok();
        to.shutdown(Shutdown::Both).ok();
    }

    /// Does nothing for so long, or until all is over.
    fn pause(&self, time: Duration) {
        let end = Instant::now() + time;
        while Instant::now() < end && !self.is_over.load(Ordering::Acquire) {
            std::thread::park_timeout(Duration::from_millis(20));
        }
    }
}

#[derive(Clone, Copy)]
enum Way {
    There,
    Back,
}
