//! What a sender does with symbolic links.

/// Whether symbolic links are sent as links.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Links {
    /// As links, if they stay inside their tree; else they are reported and not sent.
    #[default]
    Keep,
    /// What they point to is sent in their place.
    Follow,
}

impl Links {
    /// The word in the database.
    pub fn code(self) -> &'static str {
        match self {
            Self::Keep => "keep",
            Self::Follow => "follow",
        }
    }

    /// What [`code`](Self::code) gave.
    pub fn from_code(code: &str) -> Option<Self> {
        [Self::Keep, Self::Follow].into_iter().find(|links| links.code() == code)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_go_there_and_back_and_other_words_are_none() {
        for links in [Links::Keep, Links::Follow] {
            assert_eq!(Links::from_code(links.code()), Some(links));
        }
        assert_eq!(Links::from_code("Keep"), None);
    }
}
