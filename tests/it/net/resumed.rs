//! Resumption would skip the verifier: nobody gets a ticket, nobody's is used, and no early data is taken.

use std::sync::Arc;

use rustls::HandshakeKind;
use rustls::client::{ClientSessionMemoryCache, Resumption};
use rustls::server::ServerSessionMemoryCache;
use sampan::net::connect;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use crate::support::handshakes::{
    Counting, LIMITS, Shows, client, device, dial, listener, serve, server, take,
};
use crate::support::within;

#[tokio::test]
async fn a_client_that_keeps_tickets_gets_none_and_is_verified_each_time() {
    let verifier = Arc::new(Counting::default());
    let mut config = client(Shows::honest(), &verifier);
    config.resumption = Resumption::store(Arc::new(ClientSessionMemoryCache::new(8)));
    config.enable_early_data = true;
    let (config, us) = (Arc::new(config), device());
    let (listener, address) = listener();
    let mut devices = Vec::new();
    for handshakes in 1..=2 {
        let (dialled, taken) = tokio::join!(dial(&address, &config), take(&listener, &us));
        let (mut dialled, mut taken) = (dialled.unwrap(), taken.unwrap());
        // A ticket would come with the first bytes.
        taken.stream.write_all(b"first").await.unwrap();
        taken.stream.flush().await.unwrap();
        within("bytes", dialled.read_exact(&mut [0; 5])).await.unwrap();
        let tls = dialled.get_ref().1;
        assert_eq!(tls.handshake_kind(), Some(HandshakeKind::Full));
        assert_eq!(tls.tls13_tickets_received(), 0);
        assert!(!tls.is_early_data_accepted());
        assert_eq!(verifier.asked(), handshakes);
        devices.push(taken.device); // only a certificate that was seen and checked gives one
    }
    assert_eq!(devices.first(), devices.last());
}

#[tokio::test]
async fn a_server_that_hands_out_tickets_sees_a_full_handshake_each_time() {
    let verifier = Arc::new(Counting::default());
    let mut config = server(Shows::honest(), &verifier);
    config.session_storage = ServerSessionMemoryCache::new(8);
    config.send_tls13_tickets = 4;
    config.max_early_data_size = 16 * 1024;
    let (config, us) = (Arc::new(config), device());
    let (listener, address) = listener();
    for handshakes in 1..=2 {
        let (served, dialled) = tokio::join!(serve(&listener, &config), connect(&address, &us, LIMITS));
        let (mut served, mut dialled) = (served.unwrap(), dialled.unwrap());
        served.write_all(b"first").await.unwrap();
        served.flush().await.unwrap();
        within("bytes", dialled.stream.read_exact(&mut [0; 5])).await.unwrap();
        assert_eq!(served.get_ref().1.handshake_kind(), Some(HandshakeKind::Full));
        assert_eq!(verifier.asked(), handshakes);
        assert!(served.get_mut().1.early_data().is_none());
    }
}
