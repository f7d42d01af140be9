//! What a peer shows as its certificate, before anything else of it is believed.

use rustls::pki_types::CertificateDer;
use sampan::net::device_of;

pub(crate) fn run(data: &[u8]) -> String {
    match device_of(&CertificateDer::from(data)) {
        Ok(_device) => {
            // The key stands in the certificate as it is: there is no device without its 32 bytes.
            let spki = [0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00];
            assert!(data.windows(spki.len()).any(|window| window == spki));
            assert!(data.len() > 44);
            "a device".to_owned()
        }
        Err(error) => error.to_string(),
    }
}
