//! A network line that breaks at points a test names.

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::Builder;

/// Bytes back to the sender after which [`Cutter::back`] keeps all that follows: a handshake, the greeting, a plan and a yes
/// take some 3 KiB, what is said at the end comes later.
const BACK: u64 = 6 * 1024;

/// A line to a receiver whose first connections break.
pub(crate) struct Cutter {
    pub(crate) address: SocketAddr,
    cuts: Arc<Mutex<Vec<Cut>>>,
    passed: Arc<AtomicU64>,
}

/// Where a connection breaks.
#[derive(Clone, Copy)]
enum Cut {
    /// Behind so many bytes towards the receiver.
    There(u64),
    /// Behind so many bytes towards the sender: the receiver still hears all, and the sender no more.
    Back(u64),
    Nowhere,
}

impl Cutter {
    /// The first connections break behind so many bytes towards the receiver, then none does.
    pub(crate) fn new(to: SocketAddr, behind: &[u64]) -> Self {
        Self::start(to, behind.iter().rev().map(|bytes| Cut::There(*bytes)).collect())
    }

    /// The sender hears nothing of the end of its first transfer.
    pub(crate) fn back(to: SocketAddr) -> Self {
        Self::start(to, vec![Cut::Back(BACK)])
    }

    fn start(to: SocketAddr, cuts: Vec<Cut>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let (cuts, passed) = (Arc::new(Mutex::new(cuts)), Arc::<AtomicU64>::default());
        let (left, counter) = (Arc::clone(&cuts), Arc::clone(&passed));
        let accept = move || {
            while let Ok((from, _)) = listener.accept() {
                // Whoever connects when the receiver is gone is hung up on.
                let Ok(to) = TcpStream::connect(to) else { continue };
                let cut = left.lock().unwrap().pop().unwrap_or(Cut::Nowhere);
                carry(from, to, cut, Arc::clone(&counter));
            }
        };
        Builder::new().name("cutter".to_owned()).spawn(accept).unwrap();
        Self { address, cuts, passed }
    }

    /// A line that never breaks.
    pub(crate) fn open(to: SocketAddr) -> Self {
        Self::new(to, &[])
    }

    /// How many bytes went towards the receiver, on all connections.
    pub(crate) fn passed(&self) -> u64 {
        self.passed.load(Ordering::Acquire)
    }

    /// How many connections are still to break.
    pub(crate) fn left(&self) -> usize {
        self.cuts.lock().unwrap().len()
    }
}

/// Carries both ways until one side closes, or it breaks.
fn carry(from: TcpStream, to: TcpStream, cut: Cut, passed: Arc<AtomicU64>) {
    let (there, back) = match cut {
        Cut::There(bytes) => (bytes, u64::MAX),
        Cut::Back(bytes) => (u64::MAX, bytes),
        Cut::Nowhere => (u64::MAX, u64::MAX),
    };
    let (back_from, back_to) = (to.try_clone().unwrap(), from.try_clone().unwrap());
    Builder::new().name("there".to_owned()).spawn(move || pass(from, to, there, &passed)).unwrap();
    let nobody_counts = AtomicU64::new(0);
    let back = move || pass(back_from, back_to, back, &nobody_counts);
    Builder::new().name("back".to_owned()).spawn(back).unwrap();
}

fn pass(mut from: TcpStream, mut to: TcpStream, mut left: u64, passed: &AtomicU64) {
    let mut piece = vec![0; 64 * 1024];
    while left > 0 {
        let room = piece.len().min(usize::try_from(left).unwrap_or(usize::MAX));
        let count = match from.read(&mut piece[..room]) {
            Ok(0) => {
                to.shutdown(Shutdown::Write).ok();
                return;
            }
            Ok(count) => count,
            Err(_) => break,
        };
        if to.write_all(&piece[..count]).is_err() {
            break;
        }
        let count = u64::try_from(count).unwrap();
        left -= count;
        passed.fetch_add(count, Ordering::AcqRel);
    }
    for side in [from, to] {
        side.shutdown(Shutdown::Both).ok();
    }
}
