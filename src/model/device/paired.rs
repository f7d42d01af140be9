//! What is remembered of a device that a person paired with this one.

use std::fmt;

use crate::model::{DeviceId, DeviceName, HostPort, Moment};

/// A device whose id is pinned: whoever proves that id is this device, whatever he calls himself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PairedDevice {
    /// What it is.
    pub id: DeviceId,
    /// What it called itself last.
    pub name: DeviceName,
    /// What may happen when it wants to send.
    pub policy: Policy,
    /// Where it listens, as far as we know.
    pub address: Option<HostPort>,
    /// When it was paired.
    pub paired_at: Moment,
    /// When it last proved its id to us.
    pub seen_at: Moment,
    /// Its discovery key, where it told us one: by it we shall know its announcements.
    pub discovery: Option<DiscoveryKey>,
    /// Whether it remembers us as well, as it said last.
    pub pinning: Pinning,
}

/// What a paired device tells about itself in a session, all of which may have changed since the last one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sighting {
    /// What it calls itself.
    pub name: DeviceName,
    /// Where it listens; `None` leaves what is known.
    pub address: Option<HostPort>,
    /// Its discovery key; `None` leaves what is known.
    pub discovery: Option<DiscoveryKey>,
    /// Whether it remembers us.
    pub pinning: Pinning,
    /// When this was.
    pub at: Moment,
}

/// What may happen when a paired device wants to send.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Policy {
    /// A person is asked, each time.
    #[default]
    Ask,
    /// What it offers is taken.
    Accept,
    /// It is admitted nothing.
    Block,
}

impl Policy {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Ask, Self::Accept, Self::Block];

    /// The word in the database and in `--json` lines.
    pub fn code(self) -> &'static str {
        match self {
            Self::Ask => "ask",
            Self::Accept => "accept",
            Self::Block => "block",
        }
    }

    /// What [`code`](Self::code) gave.
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|policy| policy.code() == code)
    }
}

/// Which of the two sides remember the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Pinning {
    /// Both: neither needs a code any more.
    Mutual,
    /// Only this one: the other side asks for its code again.
    OneSided,
}

impl Pinning {
    /// The word in the database.
    pub fn code(self) -> &'static str {
        match self {
            Self::Mutual => "mutual",
            Self::OneSided => "one-sided",
        }
    }

    /// What [`code`](Self::code) gave.
    pub fn from_code(code: &str) -> Option<Self> {
        [Self::Mutual, Self::OneSided].into_iter().find(|pinning| pinning.code() == code)
    }
}

/// 32 random bytes that a device gives to those it remembers, so that later they, and nobody else, know its announcements.
#[derive(Clone, PartialEq, Eq)]
pub struct DiscoveryKey([u8; 32]);

impl DiscoveryKey {
    /// From its raw bytes.
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// Its raw bytes.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Debug for DiscoveryKey {
    /// Never the key itself: this ends up in logs.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DiscoveryKey(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_for_the_database_come_back_as_what_they_were_and_others_as_nothing() {
        for policy in Policy::ALL {
            assert_eq!(Policy::from_code(policy.code()), Some(policy));
        }
        for pinning in [Pinning::Mutual, Pinning::OneSided] {
            assert_eq!(Pinning::from_code(pinning.code()), Some(pinning));
        }
        assert_eq!((Policy::from_code("Ask"), Pinning::from_code("")), (None, None));
    }

    #[test]
    fn a_discovery_key_does_not_show_itself() {
        assert_eq!(format!("{:?}", DiscoveryKey::from_bytes([7; 32])), "DiscoveryKey(…)");
    }
}
