//! What a stranger costs: sixty who said all they may, beside a receiver's memory without them.

use std::fs;
use std::io::Write as _;
use std::net::{SocketAddr, TcpStream};
use std::thread;

use rustix::process::Pid;
use rustls::ClientConnection;
use sampan::wire::{ALPN, Frame, limits};

use crate::support::peer::{Caller, hello};
use crate::support::program::{Desk, Receiver};
use crate::support::until;

/// What the issue allows for each, in bytes.
const ALLOWED: u64 = 256 * 1024;

const STRANGERS: u8 = 60;

/// Pings in a TLS record: few enough that the records' own bytes make the receiver's read buffer grow, as those of a
/// transfer do.
const PINGS: usize = 2;

/// Resident memory of a program, in bytes.
fn resident(pid: Pid) -> u64 {
    let status = fs::read_to_string(format!("/proc/{}/status", pid.as_raw_nonzero())).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    line.trim().strip_suffix(" kB").unwrap().parse::<u64>().unwrap() * 1024
}

/// Connections that are open at a listener, and bytes in them it has not read yet.
fn at(listener: SocketAddr) -> (usize, u64) {
    let SocketAddr::V4(address) = listener else { panic!("{listener}") };
    let local = format!("{:08X}:{:04X}", u32::from_le_bytes(address.ip().octets()), address.port());
    let table = fs::read_to_string("/proc/net/tcp").unwrap();
    let open = table.lines().filter_map(|line| {
        let fields: Vec<&str> = line.split_whitespace().collect();
        (fields[1] == local && fields[3] == "01").then(|| fields[4].split(':').nth(1).unwrap().to_owned())
    });
    let unread: Vec<u64> = open.map(|bytes| u64::from_str_radix(&bytes, 16).unwrap()).collect();
    (unread.len(), unread.iter().sum())
}

/// Everything a stranger may say: Hello, pings up to the limit in many small records, and the beginning of a record.
fn says_all((mut tls, mut tcp): (ClientConnection, TcpStream)) -> TcpStream {
    tls.set_buffer_limit(None);
    let mut bytes = Vec::new();
    hello().encode(&mut bytes);
    tls.writer().write_all(&bytes).unwrap();
    let mut ping = Vec::new();
    Frame::Ping.encode(&mut ping);
    let room = usize::try_from(limits::MAX_GREETING).unwrap() - bytes.len();
    for _ in 0..room / (ping.len() * PINGS) {
        tls.writer().write_all(&ping.repeat(PINGS)).unwrap();
    }
    while tls.wants_write() {
        tls.write_tls(&mut tcp).unwrap();
    }
    tcp.write_all(&[23, 3, 3, 0x40, 0]).unwrap();
    tcp.write_all(&[7; 16_000]).unwrap();
    tcp
}

#[test]
fn a_stranger_costs_at_most_256_kb_whatever_it_says() {
    let desk = Desk::new();
    let mut command = desk.command();
    command
        .args(["receive", "--listen", "127.0.0.1:0", "--accept", "paired", "--json", "--dir"])
        .arg(desk.folder());
    let receiver = Receiver::start(command, desk.folder());
    let (to, pid) = (receiver.address, receiver.program.pid());
    Caller::at(250).dial(to).unwrap().hello(); // what the first one brings once is not counted
    let before = resident(pid);
    let strangers: Vec<TcpStream> = thread::scope(|scope| {
        let each = |n: u8| scope.spawn(move || says_all(Caller::at(10 + n / 4).shake(to, &[ALPN]).unwrap()));
        let threads: Vec<_> = (0..STRANGERS).map(each).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    let mut open = 0;
    until("the receiver to have read everything", || {
        let (now, unread) = at(to);
        open = now;
        unread == 0
    });
    let after = resident(pid);
    drop(strangers);
    let each = after.saturating_sub(before) / u64::from(STRANGERS);
    println!("{each} bytes for each stranger, {open} of {STRANGERS} at once when it was measured");
    assert!(open > 40, "they went before anybody looked: {open}");
    assert!(each <= ALLOWED, "{each} bytes for each stranger");
}
