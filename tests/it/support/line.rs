//! A network line between two programs that a test makes slow, stops and opens.

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex};
use std::thread::Builder;
use std::time::Duration;

use socket2::SockRef;

/// One piece of a slow line, and how long it takes: about 8 MB a second.
const PIECE: usize = 16 * 1024;
const PAUSE: Duration = Duration::from_millis(2);

/// Small, so that little is under way between the two programs.
const BUFFER: usize = 64 * 1024;

/// A line to a receiver. What the dialling side sends goes through at the line's speed, the answers at once.
pub(crate) struct Line {
    pub(crate) address: SocketAddr,
    speed: Arc<(Mutex<Speed>, Condvar)>,
    connected: Arc<Mutex<Vec<TcpStream>>>,
}

/// How fast it carries.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Speed {
    Slow,
    /// Nothing goes through.
    Stopped,
    Open,
    /// Nothing ever will again.
    Cut,
}

impl Line {
    /// A slow line to this address.
    pub(crate) fn slow(to: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        SockRef::from(&listener).set_recv_buffer_size(BUFFER).unwrap();
        let address = listener.local_addr().unwrap();
        let speed = Arc::new((Mutex::new(Speed::Slow), Condvar::new()));
        let carried = Arc::clone(&speed);
        let connected = Arc::<Mutex<Vec<TcpStream>>>::default();
        let listed = Arc::clone(&connected);
        let accept = move || {
            while let Ok((from, _)) = listener.accept() {
                if *carried.0.lock().unwrap() == Speed::Cut {
                    return;
                }
                listed.lock().unwrap().push(from.try_clone().unwrap());
                carry(from, TcpStream::connect(to).unwrap(), Arc::clone(&carried));
            }
        };
        Builder::new().name("line".to_owned()).spawn(accept).unwrap();
        Self { address, speed, connected }
    }

    /// Breaks what is connected; who connects again gets through.
    pub(crate) fn break_off(&self) {
        for connected in self.connected.lock().unwrap().drain(..) {
            connected.shutdown(Shutdown::Both).ok();
        }
    }

    pub(crate) fn set(&self, speed: Speed) {
        *self.speed.0.lock().unwrap() = speed;
        self.speed.1.notify_all();
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        self.set(Speed::Cut);
        TcpStream::connect(self.address).ok(); // wakes the accept loop
    }
}

/// Carries both ways until one side closes.
fn carry(from: TcpStream, to: TcpStream, speed: Arc<(Mutex<Speed>, Condvar)>) {
    SockRef::from(&to).set_send_buffer_size(BUFFER).unwrap();
    let (mut back_from, mut back_to) = (to.try_clone().unwrap(), from.try_clone().unwrap());
    let there = move || {
        let (mut from, mut to) = (from, to);
        let mut piece = vec![0; PIECE];
        while let Ok(count @ 1..) = from.read(&mut piece) {
            if !pass(&speed) || to.write_all(&piece[..count]).is_err() {
                break;
            }
        }
        to.shutdown(Shutdown::Write).ok();
    };
    let back = move || {
        std::io::copy(&mut back_from, &mut back_to).ok();
        back_to.shutdown(Shutdown::Both).ok();
    };
    Builder::new().name("line there".to_owned()).spawn(there).unwrap();
    Builder::new().name("line back".to_owned()).spawn(back).unwrap();
}

/// Waits until the line takes a piece; `false` when it is cut.
fn pass((speed, changed): &(Mutex<Speed>, Condvar)) -> bool {
    let held = speed.lock().unwrap();
    let held = changed.wait_timeout_while(held, PAUSE, |speed| *speed == Speed::Slow).unwrap().0;
    *changed.wait_while(held, |speed| *speed == Speed::Stopped).unwrap() != Speed::Cut
}
