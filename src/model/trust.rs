//! Who is admitted, and how the other side of a session was proven.

use crate::model::AccountName;

/// A way to be admitted, as a listener's Hello names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Way {
    /// As the device that the listener remembers under this key.
    Known,
    /// With the code it shows.
    Code,
    /// With a name and a password.
    Account,
    /// Without proof: its person said so.
    Anyone,
}

impl Way {
    /// All of them.
    pub const ALL: &[Self] = &[Self::Known, Self::Code, Self::Account, Self::Anyone];
}

/// How the other side of a session was proven to be the one that is meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Trust {
    /// It is a device that is remembered here.
    Paired,
    /// It knew the code, in this session.
    Code,
    /// It knew the password of this account.
    Account(AccountName),
    /// Its id was named by the person who sends.
    Named,
    /// Not at all: a person said that anyone will do.
    Anyone,
}

impl Trust {
    /// The word in `--json` lines.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Paired => "paired",
            Self::Code => "code",
            Self::Account(_) => "account",
            Self::Named => "device",
            Self::Anyone => "anyone",
        }
    }

    /// Whether anything was proven.
    pub fn is_verified(&self) -> bool {
        match self {
            Self::Paired | Self::Code | Self::Account(_) | Self::Named => true,
            Self::Anyone => false,
        }
    }
}
