//! The device's key as TLS uses it.

use std::sync::Arc;

use rcgen::{CertificateParams, DistinguishedName, DnType, KeyPair};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::{ClientConfig, ServerConfig};

use crate::model::DeviceId;
use crate::net::error::UnusableKey;
use crate::net::{tls, verify};

/// Who this device is, ready for handshakes. Cheap to clone.
#[derive(Clone)]
pub struct Identity {
    device: DeviceId,
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
        let private = PrivateKeyDer::from(private);
        let server =
            tls::server_config(certificate.clone(), private.clone_key()).map_err(|error| unusable(&error))?;
        let client = tls::client_config(certificate, private).map_err(|error| unusable(&error))?;
        Ok(Self { device, server: Arc::new(server), client: Arc::new(client) })
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
