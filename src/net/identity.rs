//! The device's key as TLS uses it.

use std::sync::Arc;

use rcgen::{CertificateParams, DistinguishedName, DnType, KeyPair};
use rustls::crypto::ring::sign::any_eddsa_type;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::sign::SigningKey;
use rustls::{ClientConfig, ServerConfig};

use crate::model::{DeviceId, Digest, Seal};
use crate::net::error::UnusableKey;
use crate::net::{seal, tls, verify};

/// Who this device is, ready for handshakes. Cheap to clone.
#[derive(Clone)]
pub struct Identity {
    device: DeviceId,
    /// For receipts.
    signing: Arc<dyn SigningKey>,
    pub(super) server: Arc<ServerConfig>,
    pub(super) client: Arc<ClientConfig>,
}

impl Identity {
    /// Makes a self-signed certificate for an Ed25519 key in PKCS#8 DER. The certificate is made anew each time: only
    /// the key in it counts. Errors: [`UnusableKey`].
    pub fn from_pkcs8(der: &[u8]) -> Result<Self, UnusableKey> {
        let unusable = |error: &dyn std::fmt::Display| UnusableKey(error.to_string());
        let private = PrivatePkcs8KeyDer::from(der.to_vec());
        let key = KeyPair::from_pkcs8_der_and_sign_algo(&private, &rcgen::PKCS_ED25519)
            .map_err(|error| unusable(&error))?;
        let mut params = CertificateParams::new(Vec::new()).map_err(|error| unusable(&error))?;
        params.distinguished_name = DistinguishedName::new();
        params.distinguished_name.push(DnType::CommonName, "sampan"); // the same for all: names are told later
        let certificate: CertificateDer<'static> =
            params.self_signed(&key).map_err(|error| unusable(&error))?.into();
        let device = verify::device_of(&certificate).map_err(|error| unusable(&error))?;
        let signing = any_eddsa_type(&private).map_err(|error| unusable(&error))?;
        let private = PrivateKeyDer::from(private);
        let server =
            tls::server_config(certificate.clone(), private.clone_key()).map_err(|error| unusable(&error))?;
        let client = tls::client_config(certificate, private).map_err(|error| unusable(&error))?;
        Ok(Self { device, signing, server: Arc::new(server), client: Arc::new(client) })
    }

    /// Signs a receipt: the digest of its body. Errors: [`UnusableKey`], which a key that makes handshakes never is.
    pub fn seal(&self, body: &Digest) -> Result<Seal, UnusableKey> {
        seal::seal(&*self.signing, body)
    }

    /// This device's id.
    pub fn device(&self) -> DeviceId {
        self.device
    }
}

impl std::fmt::Debug for Identity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Identity({:?})", self.device)
    }
}
