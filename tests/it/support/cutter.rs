//! A network line that breaks at points a test names.

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::Builder;

/// A line to a receiver whose first connections break.
pub(crate) struct Cutter {
    pub(crate) address: SocketAddr,
    /// Behind how many bytes towards the receiver the next connections break, the next one last.
    cuts: Arc<Mutex<Vec<u64>>>,
    passed: Arc<AtomicU64>,
    is_mute: Arc<AtomicBool>,
}

impl Cutter {
    /// A line that never breaks.
    pub(crate) fn open(to: SocketAddr) -> Self {
        Self::new(to, &[])
    }

    /// The first connections break behind so many bytes towards the receiver, then none does.
    pub(crate) fn new(to: SocketAddr, behind: &[u64]) -> Self {
        let cuts: Vec<u64> = behind.iter().rev().copied().collect();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let (cuts, passed) = (Arc::new(Mutex::new(cuts)), Arc::<AtomicU64>::default());
        let (left, counter) = (Arc::clone(&cuts), Arc::clone(&passed));
        let is_mute = Arc::<AtomicBool>::default();
        let muted = Arc::clone(&is_mute);
        let accept = move || {
            while let Ok((from, _)) = listener.accept() {
                // Whoever connects when the receiver is gone is hung up on.
                let Ok(to) = TcpStream::connect(to) else { continue };
                let cut = left.lock().unwrap().pop().unwrap_or(u64::MAX);
                carry(from, to, cut, (Arc::clone(&counter), Arc::clone(&muted)));
            }
        };
        Builder::new().name("cutter".to_owned()).spawn(accept).unwrap();
        Self { address, cuts, passed, is_mute }
    }

    /// From now on the sender hears nothing any more; the receiver still hears all.
    pub(crate) fn mute(&self) {
        self.is_mute.store(true, Ordering::Release);
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
fn carry(from: TcpStream, to: TcpStream, cut: u64, (passed, is_mute): (Arc<AtomicU64>, Arc<AtomicBool>)) {
    let (back_from, back_to) = (to.try_clone().unwrap(), from.try_clone().unwrap());
    let there = move || pass(from, to, cut, &passed, &AtomicBool::new(false));
    let back = move || pass(back_from, back_to, u64::MAX, &AtomicU64::new(0), &is_mute);
    Builder::new().name("there".to_owned()).spawn(there).unwrap();
    Builder::new().name("back".to_owned()).spawn(back).unwrap();
}

fn pass(mut from: TcpStream, mut to: TcpStream, mut left: u64, passed: &AtomicU64, is_mute: &AtomicBool) {
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
        if !is_mute.load(Ordering::Acquire) && to.write_all(&piece[..count]).is_err() {
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
