//! Certificates that prove nothing, or the wrong thing, are refused by whichever side sees them.

use rcgen::{KeyPair, SignatureAlgorithm};
use sampan::net::{Connection, NetError};

use crate::support::handshakes::{Shows, certificate, dialler_on, listener_on};

fn key(algorithm: &'static SignatureAlgorithm) -> KeyPair {
    KeyPair::generate_for(algorithm).unwrap()
}

/// Says why, in the words of the cause; panics when it was taken.
fn refusal(result: Result<Connection, NetError>) -> String {
    match result {
        Err(NetError::NotSampan { source: Some(source), .. }) => source.to_string(),
        other => panic!("expected a refusal, got {other:?}"),
    }
}

#[tokio::test]
async fn an_honest_peer_of_this_rig_is_taken() {
    listener_on(Shows::honest()).await.unwrap();
    dialler_on(Shows::honest()).await.unwrap();
}

#[tokio::test]
async fn a_certificate_of_somebody_elses_key_is_refused() {
    let stolen = || {
        let (victim, own) = (key(&rcgen::PKCS_ED25519), key(&rcgen::PKCS_ED25519));
        Shows::certificates(vec![certificate(&victim)], &own)
    };
    assert!(refusal(listener_on(stolen()).await).contains("BadSignature"));
    assert!(refusal(dialler_on(stolen()).await).contains("BadSignature"));
}

#[tokio::test]
async fn a_client_without_a_certificate_is_refused() {
    assert!(refusal(listener_on(Shows::nothing()).await).contains("no certificates"));
}

#[tokio::test]
async fn two_certificates_are_one_too_many() {
    let two = || {
        let (own, other) = (key(&rcgen::PKCS_ED25519), key(&rcgen::PKCS_ED25519));
        Shows::certificates(vec![certificate(&own), certificate(&other)], &own)
    };
    assert!(refusal(listener_on(two()).await).contains("one certificate"));
    assert!(refusal(dialler_on(two()).await).contains("one certificate"));
}

#[tokio::test]
async fn keys_of_other_kinds_are_refused() {
    // Our side names Ed25519 alone, so an honest rustls never signs; a stubborn one is refused for its certificate.
    for algorithm in [&rcgen::PKCS_ECDSA_P256_SHA256, &rcgen::PKCS_ECDSA_P384_SHA384] {
        refusal(listener_on(Shows::key(&key(algorithm))).await);
        refusal(dialler_on(Shows::key(&key(algorithm))).await);
    }
    let (odd, own) = (key(&rcgen::PKCS_ECDSA_P256_SHA256), key(&rcgen::PKCS_ED25519));
    let odd = || Shows::certificates(vec![certificate(&odd)], &own);
    assert!(refusal(listener_on(odd()).await).contains("BadEncoding"));
    assert!(refusal(dialler_on(odd()).await).contains("BadEncoding"));
}

#[tokio::test]
async fn an_rsa_certificate_is_refused() {
    // Made once with `openssl req -x509 -newkey rsa:2048`: ring makes no RSA keys. Nobody needs its private key here.
    let rsa = rustls::pki_types::CertificateDer::from(include_bytes!("rsa.der").to_vec());
    let own = key(&rcgen::PKCS_ED25519);
    let rsa = || Shows::certificates(vec![rsa.clone()], &own);
    assert!(refusal(listener_on(rsa()).await).contains("BadEncoding"));
    assert!(refusal(dialler_on(rsa()).await).contains("BadEncoding"));
}

#[tokio::test]
async fn a_certificate_that_is_none_is_refused() {
    let own = key(&rcgen::PKCS_ED25519);
    let bytes = || Shows::certificates(vec![b"no DER at all".to_vec().into()], &own);
    refusal(listener_on(bytes()).await);
    refusal(dialler_on(bytes()).await);
}
