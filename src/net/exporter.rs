//! What only the two ends of one TLS session know (RFC 8446 §7.5): proofs that are made over it are worth nothing in
//! another session, so nobody in between can pass them on.

use rustls::{ConnectionCommon, Error};

/// Values of one session, one a purpose; both sides have the same.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Exporter {
    /// For pairing with a code; label `EXPORTER-sampan-pair`.
    pub pair: [u8; 32],
    /// For a name and a password; label `EXPORTER-sampan-login`.
    pub login: [u8; 32],
}

impl Exporter {
    /// Takes both values out of a finished handshake. Errors: rustls's, before it is finished.
    pub(super) fn of<Side>(connection: &ConnectionCommon<Side>) -> Result<Self, Error> {
        let value = |label: &[u8]| connection.export_keying_material([0; 32], label, None);
        Ok(Self { pair: value(b"EXPORTER-sampan-pair")?, login: value(b"EXPORTER-sampan-login")? })
    }
}

impl std::fmt::Debug for Exporter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Exporter(..)") // secret: not for a log
    }
}
