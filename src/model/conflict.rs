//! What happens where something of another content stands under an entry's name.

use serde::{Deserialize, Serialize};

/// What a receiver wants for every file and link that differs from what is there. An identical one needs nothing, whatever is
/// chosen here.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Conflict {
    /// What comes gets another name: `name (1).ext`.
    #[default]
    #[serde(rename = "rename")]
    KeepBoth,
    /// What is there stays, and what is offered is not sent.
    Skip,
    /// What comes takes the name; what was there is gone once all is delivered.
    Replace,
}

impl Conflict {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::KeepBoth, Self::Skip, Self::Replace];

    /// The word in the database, in the settings, on the command line and in `--json` lines.
    pub fn code(self) -> &'static str {
        match self {
            Self::KeepBoth => "rename",
            Self::Skip => "skip",
            Self::Replace => "replace",
        }
    }

    /// What [`code`](Self::code) gave.
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|conflict| conflict.code() == code)
    }
}

/// What a person wants for one entry, where it is not what the whole transfer's [`Conflict`] says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Choice {
    /// It comes, beside what is there.
    KeepBoth,
    /// It comes only where nothing of another content has its name.
    Skip,
    /// It comes in place of what is there.
    Replace,
    /// It is not wanted at all.
    Leave,
}

impl Choice {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::KeepBoth, Self::Skip, Self::Replace, Self::Leave];

    /// The word in the database.
    pub fn code(self) -> &'static str {
        match self {
            Self::KeepBoth => "rename",
            Self::Skip => "skip",
            Self::Replace => "replace",
            Self::Leave => "leave",
        }
    }

    /// What [`code`](Self::code) gave.
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|choice| choice.code() == code)
    }
}

impl From<Conflict> for Choice {
    fn from(conflict: Conflict) -> Self {
        match conflict {
            Conflict::KeepBoth => Self::KeepBoth,
            Conflict::Skip => Self::Skip,
            Conflict::Replace => Self::Replace,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_go_there_and_back_and_other_words_are_none() {
        for conflict in Conflict::ALL {
            assert_eq!(Conflict::from_code(conflict.code()), Some(conflict));
            assert_eq!(Choice::from(conflict).code(), conflict.code());
        }
        for choice in Choice::ALL {
            assert_eq!(Choice::from_code(choice.code()), Some(choice));
        }
        for word in ["", "Skip", "keep-both", "replace ", "overwrite"] {
            assert_eq!((Conflict::from_code(word), Choice::from_code(word)), (None, None), "{word:?}");
        }
        assert_eq!(Conflict::default().code(), "rename");
    }
}
