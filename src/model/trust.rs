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
    /// As the device that sent a part of what was agreed before, to go on with that.
    Agreed,
}

impl Way {
    /// All of them.
    pub const ALL: &[Self] = &[Self::Known, Self::Code, Self::Account, Self::Anyone, Self::Agreed];
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
    /// It is the device of a transfer that was interrupted, and it is let in to go on with that and nothing else.
    Agreed,
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
            Self::Agreed => "agreed",
            Self::Anyone => "anyone",
        }
    }

    /// The account whose password it knew.
    pub fn account(&self) -> Option<&AccountName> {
        match self {
            Self::Account(name) => Some(name),
            Self::Paired | Self::Code | Self::Named | Self::Agreed | Self::Anyone => None,
        }
    }

    /// Whether anything was proven.
    pub fn is_verified(&self) -> bool {
        match self {
            Self::Paired | Self::Code | Self::Account(_) | Self::Named | Self::Agreed => true,
            Self::Anyone => false,
        }
    }
}
