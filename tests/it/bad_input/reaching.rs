//! Nobody there, or somebody else: what answers is told apart, and whoever knocks at our door wrongly harms nobody.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use rcgen::{CertificateParams, KeyPair};
use sampan::wire::ALPN;

use crate::support::LIMIT;
use crate::support::peer::{Files, Peer, Rig, digest};
use crate::support::program::{Desk, Ended, Network, Program, Receiver};

/// Sends a small file there.
fn send_to(to: SocketAddr) -> Ended {
    let desk = Desk::new();
    desk.send(&[&desk.file("a", "text")], to)
}

#[test]
fn a_port_where_nobody_listens_is_4() {
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    send_to(free).assert(4, "failed", Some("nobody-listens"));
}

#[test]
fn a_name_that_does_not_resolve_is_4() {
    let (network, desk) = (Network::new(), Desk::new());
    let sent = Desk::sending_by(network.command(&desk), &[&desk.file("a", "")], "nosuchhost.invalid").end();
    sent.assert(4, "failed", Some("name-not-found"));
}

#[test]
fn an_address_without_a_way_to_it_is_4() {
    let (network, desk) = (Network::new(), Desk::new());
    let sent = Desk::sending_by(network.command(&desk), &[&desk.file("a", "")], "192.0.2.1").end();
    sent.assert(4, "failed", Some("unreachable"));
}

#[test]
fn a_web_server_is_no_sampan() {
    let rig = Rig::tcp(|mut tcp| {
        tcp.read_exact(&mut [0; 64]).unwrap();
        tcp.write_all(b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n").unwrap();
    });
    send_to(rig.address).assert(1, "failed", Some("not-sampan"));
    rig.join();
}

#[test]
fn a_server_that_says_random_bytes_is_no_sampan() {
    let rig = Rig::tcp(|mut tcp| {
        let mut bytes = [0; 4096];
        getrandom::fill(&mut bytes).unwrap();
        bytes[0] = 0xff; // never the first byte of a TLS record
        tcp.write_all(&bytes).ok();
        tcp.read_exact(&mut [0; 64]).ok();
    });
    send_to(rig.address).assert(1, "failed", Some("not-sampan"));
    rig.join();
}

#[test]
fn a_server_that_hangs_up_is_no_sampan() {
    // A Sampan that has no place hangs up as well, so it is tried again for a while.
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let ended = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| {
            while !ended.load(Ordering::Relaxed) {
                drop(listener.accept());
            }
        });
        send_to(address).assert(1, "failed", Some("not-sampan"));
        ended.store(true, Ordering::Relaxed);
        TcpStream::connect(address).unwrap(); // the last one it waits for
    });
}

#[test]
fn a_server_that_says_nothing_is_named_within_15_s() {
    let started = Instant::now();
    let rig = Rig::tcp(|mut tcp| while let Ok(1..) = tcp.read(&mut [0; 4096]) {});
    send_to(rig.address).assert(1, "failed", Some("not-sampan"));
    assert!(started.elapsed() < Duration::from_secs(15));
    rig.join();
}

#[test]
fn a_server_that_shakes_hands_and_says_nothing_more_is_named_within_15_s() {
    let started = Instant::now();
    let rig = Rig::tls(&[ALPN], |mut peer| {
        peer.hear_out();
    });
    send_to(rig.address).assert(1, "failed", Some("not-sampan"));
    assert!(started.elapsed() < Duration::from_secs(15));
    rig.join();
}

#[test]
fn a_tls_server_without_our_protocol_is_no_sampan() {
    let rig = Rig::tls(&[], |mut peer| {
        peer.hear_out();
    });
    send_to(rig.address).assert(1, "failed", Some("not-sampan"));
    rig.join();
}

#[test]
fn a_server_of_our_family_that_refuses_our_protocol_speaks_another_version() {
    const OTHERS: [&[&[u8]]; 2] = [&[b"sampan/2"], &[b"sampan/2", b"sampan/3"]];
    for protocols in OTHERS {
        let rig = Rig::tls(protocols, |_| panic!("no handshake comes about"));
        send_to(rig.address).assert(1, "failed", Some("other-version"));
        rig.join();
    }
}

#[test]
fn a_web_server_that_insists_on_its_own_protocol_is_no_sampan() {
    const OTHERS: [&[&[u8]]; 3] = [&[b"h2"], &[b"http/1.1"], &[b"h2", b"http/1.1"]];
    for protocols in OTHERS {
        let rig = Rig::tls(protocols, |mut peer| {
            peer.hear_out();
        });
        send_to(rig.address).assert(1, "failed", Some("not-sampan"));
        rig.join();
    }
}

/// Python speaks TLS 1.2 for us; rustls is built without it.
fn python(script: &str, arg: &str) -> Program {
    let mut command = Command::new("python3");
    command.args(["-c", script, arg]);
    Program::start(command)
}

#[test]
fn a_server_of_tls_1_2_is_no_sampan() {
    let desk = Desk::new();
    let key = KeyPair::generate().unwrap();
    let certificate = CertificateParams::new(Vec::new()).unwrap().self_signed(&key).unwrap();
    let pem = desk.file("both.pem", key.serialize_pem() + &certificate.pem());
    let script = "
import socket, ssl, sys
tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
tls.maximum_version = ssl.TLSVersion.TLSv1_2
tls.load_cert_chain(sys.argv[1])
server = socket.create_server(('127.0.0.1', 0))
print(server.getsockname()[1], flush=True)
try: tls.wrap_socket(server.accept()[0], server_side=True)
except ssl.SSLError as error: print('refused', flush=True)
";
    let mut server = python(script, pem.to_str().unwrap());
    let port: u16 = server.out.until("\n").trim().parse().unwrap();
    send_to(SocketAddr::from(([127, 0, 0, 1], port))).assert(1, "failed", Some("not-sampan"));
    server.out.until("refused");
}

#[test]
fn a_client_of_tls_1_2_is_turned_away() {
    let mut receiver = Receiver::alone();
    let script = "
import socket, ssl, sys
tls = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
tls.check_hostname, tls.verify_mode = False, ssl.CERT_NONE
tls.maximum_version = ssl.TLSVersion.TLSv1_2
try: tls.wrap_socket(socket.create_connection(('127.0.0.1', int(sys.argv[1]))))
except ssl.SSLError as error: print('refused', flush=True)
";
    python(script, &receiver.address.port().to_string()).out.until("refused");
    receiver.serves_the_next();
}

#[test]
fn clients_without_our_protocol_or_with_another_one_are_turned_away() {
    const OTHERS: [&[&[u8]]; 4] = [&[], &[b"h2", b"http/1.1"], &[b"sampan/2"], &[b"sampan/10", b"sampan"]];
    let mut receiver = Receiver::alone();
    for protocols in OTHERS {
        if let Ok(mut peer) = Peer::dial_as(receiver.address, protocols) {
            assert_eq!(peer.hear_out(), None, "{protocols:?}");
        }
        receiver.serves_the_next();
    }
}

#[test]
fn a_client_that_speaks_our_version_among_others_is_served() {
    let mut receiver = Receiver::alone();
    let mut peer = Peer::dial_as(receiver.address, &[b"sampan/2", ALPN]).unwrap();
    peer.greet();
    peer.offer_and_go(&Files::one("a", 1));
    peer.file(0, b"a", digest(b"a"));
    peer.say(&sampan::wire::Frame::End);
    peer.hear_out();
    drop(peer); // it is heard out for a while
    assert_eq!(receiver.finished()["outcome"], "delivered");
    receiver.serves_the_next();
}

#[test]
fn clients_that_do_not_speak_tls_are_turned_away() {
    let mut receiver = Receiver::alone();
    let mut random = [0; 4096];
    getrandom::fill(&mut random).unwrap();
    random[0] = 0xff;
    for bytes in [&b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"[..], b"\x00", b"SSH-2.0-OpenSSH_9.2\r\n", &random] {
        let mut tcp = TcpStream::connect(receiver.address).unwrap();
        tcp.set_read_timeout(Some(LIMIT)).unwrap();
        tcp.write_all(bytes).unwrap();
        tcp.shutdown(std::net::Shutdown::Write).unwrap();
        // An alert may come; then it hangs up.
        std::io::copy(&mut tcp, &mut std::io::sink()).ok();
        receiver.serves_the_next();
    }
}

#[test]
fn two_hundred_connections_that_say_nothing_hold_up_nobody() {
    let (here, there) = (Desk::new(), Desk::new());
    let mut receiver = there.receiver();
    let _silent: Vec<TcpStream> = (0..200).map(|_| TcpStream::connect(receiver.address).unwrap()).collect();
    let contents: Vec<u8> = (0..2_000_000_u32).flat_map(u32::to_le_bytes).collect();
    here.send(&[&here.file("a.bin", &contents)], receiver.address).assert(0, "delivered", None);
    receiver.finished();
    assert!(std::fs::read(there.folder().join("a.bin")).unwrap() == contents);
    receiver.serves_the_next();
}
