//! The frames before an offer: who speaks what, who proves what, who is who (`docs/protocol.md` §3.1 to §3.9).

use minicbor::bytes::ByteVec;

use crate::model::{AccountName, DeviceName, DiscoveryKey, Password, Way};
use crate::wire::body::line;
use crate::wire::{Kind, WireError, body, limits};

/// What a side says before anybody knows whether it may know more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hello {
    /// The program's version, for logs; cleaned for showing.
    pub version: String,
    /// Optional parts of the protocol it speaks.
    pub features: Vec<String>,
    /// How the listener would admit this dialler; a dialler admits nobody.
    pub admits: Vec<Way>,
}

/// What a side says of itself to whom it trusts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Introduction {
    /// Its name; `None` if nothing of it can be shown.
    pub name: Option<DeviceName>,
    /// Its discovery key, if it remembers the other side.
    pub remembers: Option<DiscoveryKey>,
}

/// Name and password of an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Login {
    /// The account; `None` if no account can be called so.
    pub account: Option<AccountName>,
    /// Its password.
    pub password: Password,
    /// The TLS exporter of the sender's session: a login that was taken from another session does not fit.
    pub binding: [u8; 32],
}

impl Hello {
    pub(super) fn encode(&self, out: &mut Vec<u8>) {
        let Self { version, features, admits } = self.clone();
        let admits = (!admits.is_empty()).then(|| admits.into_iter().map(way_number).collect());
        body::encode(&body::Hello { version, features, admits }, out);
    }

    pub(super) fn decode(bytes: &[u8]) -> Result<Self, WireError> {
        let hello: body::Hello = body::decode(Kind::Hello, bytes)?;
        if hello.features.len() > limits::MAX_FEATURES {
            return Err(body::malformed(Kind::Hello, "too many features"));
        }
        // Ways of later versions are ways we cannot go.
        let mut admits: Vec<Way> = hello.admits.unwrap_or_default().into_iter().filter_map(way).collect();
        admits.sort_unstable();
        admits.dedup();
        Ok(Self { version: line(&hello.version), features: hello.features, admits })
    }
}

impl Introduction {
    pub(super) fn encode(&self, out: &mut Vec<u8>) {
        let name = self.name.as_ref().map(|name| name.as_str().to_owned()).unwrap_or_default();
        body::encode(&body::Introduce { name, discovery: self.remembers.as_ref().map(key_bytes) }, out);
    }

    pub(super) fn decode(bytes: &[u8]) -> Result<Self, WireError> {
        let body: body::Introduce = body::decode(Kind::Introduce, bytes)?;
        let remembers = key(Kind::Introduce, body.discovery.as_ref())?;
        Ok(Self { name: DeviceName::new(&body.name), remembers })
    }
}

impl Login {
    pub(super) fn encode(&self, out: &mut Vec<u8>) {
        let account = self.account.as_ref().map(ToString::to_string).unwrap_or_default();
        let password = self.password.as_str().to_owned();
        body::encode(&body::Login { account, password, binding: self.binding.to_vec().into() }, out);
    }

    pub(super) fn decode(bytes: &[u8]) -> Result<Self, WireError> {
        let body: body::Login = body::decode(Kind::Login, bytes)?;
        let password = Password::new(&body.password)
            .map_err(|_| body::malformed(Kind::Login, "no password, or a too long one"))?;
        let binding = body::exactly(Kind::Login, "binding", &body.binding)?;
        Ok(Self { account: AccountName::parse(&body.account).ok(), password, binding })
    }
}

/// PairShare and PairConfirm.
pub(super) fn encode_proof(bytes: &[u8], out: &mut Vec<u8>) {
    body::encode(&body::Proof { bytes: bytes.to_vec().into() }, out);
}

pub(super) fn decode_proof<const N: usize>(kind: Kind, bytes: &[u8]) -> Result<[u8; N], WireError> {
    let proof: body::Proof = body::decode(kind, bytes)?;
    body::exactly(kind, "proof", &proof.bytes)
}

pub(super) fn encode_remembered(discovery: Option<&DiscoveryKey>, out: &mut Vec<u8>) {
    body::encode(&body::Remembered { discovery: discovery.map(key_bytes) }, out);
}

pub(super) fn decode_remembered(bytes: &[u8]) -> Result<Option<DiscoveryKey>, WireError> {
    let body: body::Remembered = body::decode(Kind::Remembered, bytes)?;
    key(Kind::Remembered, body.discovery.as_ref())
}

fn key_bytes(key: &DiscoveryKey) -> ByteVec {
    key.as_bytes().to_vec().into()
}

fn key(kind: Kind, bytes: Option<&ByteVec>) -> Result<Option<DiscoveryKey>, WireError> {
    bytes.map(|bytes| body::exactly(kind, "discovery", bytes).map(DiscoveryKey::from_bytes)).transpose()
}

fn way_number(way: Way) -> u32 {
    match way {
        Way::Known => 0,
        Way::Code => 1,
        Way::Account => 2,
        Way::Anyone => 3,
        Way::Agreed => 4,
    }
}

fn way(number: u32) -> Option<Way> {
    Way::ALL.iter().copied().find(|way| way_number(*way) == number)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::Frame;

    #[test]
    fn ways_of_later_versions_are_passed_over_and_none_counts_twice() {
        // {0: "", 1: [], 2: [9, 1, 0, 1]}
        let bytes = [0xa3, 0x00, 0x60, 0x01, 0x80, 0x02, 0x84, 0x09, 0x01, 0x00, 0x01];
        let Frame::Hello(hello) = Frame::decode(Kind::Hello, &bytes).unwrap() else { panic!() };
        assert_eq!(hello.admits, [Way::Known, Way::Code]);
    }

    #[test]
    fn one_feature_more_than_anybody_has_is_malformed() {
        let decode = |count: usize| {
            let features = vec!["f".to_owned(); count];
            let mut bytes = Vec::new();
            body::encode(&body::Hello { version: String::new(), features, admits: None }, &mut bytes);
            Frame::decode(Kind::Hello, &bytes)
        };
        assert!(decode(limits::MAX_FEATURES).is_ok());
        assert!(decode(limits::MAX_FEATURES + 1).is_err());
    }

    #[test]
    fn a_name_that_no_account_can_have_is_none_and_a_password_too_long_is_malformed() {
        let login = |account: &str, password: &str| {
            let mut bytes = Vec::new();
            let binding = vec![0; 32].into();
            body::encode(
                &body::Login { account: account.to_owned(), password: password.to_owned(), binding },
                &mut bytes,
            );
            Login::decode(&bytes)
        };
        assert_eq!(login("../x", "secret").unwrap().account, None);
        assert!(login("anna", "secret").unwrap().account.is_some());
        assert!(login("anna", &"x".repeat(limits::MAX_PASSWORD)).is_ok());
        assert!(login("anna", &"x".repeat(limits::MAX_PASSWORD + 1)).is_err());
    }

    #[test]
    fn no_secret_of_a_frame_is_shown_to_a_log() {
        let password = Password::new("hunter2").unwrap();
        let login = Login { account: AccountName::parse("anna").ok(), password, binding: [1; 32] };
        assert!(!format!("{login:?}").contains("hunter2"));
    }
}
