//! Signatures of receipts. They are made and checked here because the device's key is here, ready for handshakes, and so is
//! the one implementation of Ed25519 the program has: the TLS provider's.

use rustls::SignatureScheme;
use rustls::crypto::ring::default_provider;
use rustls::sign::SigningKey;
use sha2::{Digest as _, Sha256};

use crate::model::{DeviceId, Digest, Seal};
use crate::net::UnusableKey;
use crate::net::verify::ED25519_SPKI;

/// Stands before the digest in what is signed: no signature made for anything else is one of a receipt, nor the other way.
const CONTEXT: &[u8] = b"sampan receipt v1\0";

/// Signs the digest of a receipt's body. Errors: [`UnusableKey`].
pub(super) fn seal(key: &dyn SigningKey, body: &Digest) -> Result<Seal, UnusableKey> {
    let unusable = |why: &dyn std::fmt::Display| UnusableKey(why.to_string());
    let spki = key.public_key().ok_or_else(|| unusable(&"it has no public half"))?;
    let public = spki.strip_prefix(&ED25519_SPKI).and_then(|key| <[u8; 32]>::try_from(key).ok());
    let signer = key.choose_scheme(&[SignatureScheme::ED25519]);
    let signer = signer.ok_or_else(|| unusable(&"it is not Ed25519"))?;
    let signature = signer.sign(&message(body)).map_err(|error| unusable(&error))?;
    Ok(Seal {
        key: public.ok_or_else(|| unusable(&"its public half is not Ed25519"))?,
        signature: signature.try_into().map_err(|_| unusable(&"its signatures are not Ed25519"))?,
    })
}

/// The device that signed a receipt's body with this digest; `None` if the signature is wrong. Whether it is the device
/// that the receipt names is for the caller to compare.
pub fn signer_of(seal: &Seal, body: &Digest) -> Option<DeviceId> {
    let algorithms = default_provider().signature_verification_algorithms.mapping;
    let (_, ed25519) = algorithms.iter().find(|(scheme, _)| *scheme == SignatureScheme::ED25519)?;
    ed25519.first()?.verify_signature(&seal.key, &message(body), &seal.signature).ok()?;
    let mut hasher = Sha256::new();
    hasher.update(ED25519_SPKI);
    hasher.update(seal.key);
    Some(DeviceId::from_bytes(hasher.finalize().into()))
}

fn message(body: &Digest) -> Vec<u8> {
    [CONTEXT, body.as_bytes()].concat()
}

#[cfg(test)]
mod tests {
    use rcgen::{KeyPair, PKCS_ED25519};

    use super::*;
    use crate::net::Identity;

    fn identity() -> Identity {
        Identity::from_pkcs8(&KeyPair::generate_for(&PKCS_ED25519).unwrap().serialize_der()).unwrap()
    }

    #[test]
    fn a_signature_names_the_device_that_made_it() {
        let (anna, body) = (identity(), Digest::from_bytes([7; 32]));
        let seal = anna.seal(&body).unwrap();
        assert_eq!(signer_of(&seal, &body), Some(anna.device()));
        // Ed25519 signs the same alike each time: both sides can hold the same file.
        assert_eq!(anna.seal(&body).unwrap(), seal);
    }

    #[test]
    fn another_body_another_key_or_any_other_bit_is_no_signature() {
        let body = Digest::from_bytes([7; 32]);
        let (anna, mallory) = (identity(), identity());
        let seal = anna.seal(&body).unwrap();
        assert_eq!(signer_of(&seal, &Digest::from_bytes([8; 32])), None);
        let key = mallory.seal(&body).unwrap().key;
        assert_eq!(signer_of(&Seal { key, ..seal }, &body), None);
        for bit in 0..64 * 8 {
            let mut forged = seal;
            forged.signature[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(signer_of(&forged, &body), None, "bit {bit}");
        }
        for bit in 0..32 * 8 {
            let mut forged = seal;
            forged.key[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(signer_of(&forged, &body), None, "bit {bit}");
        }
    }

    #[test]
    fn a_signature_of_the_bare_digest_is_none_of_a_receipt() {
        use rcgen::SigningKey as _;
        let (key, body) = (KeyPair::generate_for(&PKCS_ED25519).unwrap(), Digest::from_bytes([7; 32]));
        let public = Identity::from_pkcs8(&key.serialize_der()).unwrap().seal(&body).unwrap().key;
        let signature = key.sign(body.as_bytes()).unwrap().try_into().unwrap();
        assert_eq!(signer_of(&Seal { key: public, signature }, &body), None);
    }
}
