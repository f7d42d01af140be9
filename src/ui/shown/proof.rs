//! How the other side was proven, in words: colour alone says nothing to many people.

use crate::engine::{Direction, Peer};
use crate::model::Trust;
use crate::texts::Texts;

/// How the other side was proven to be who it is; for questions, which are about what comes in.
pub struct ProofText {
    /// In a word or two: "Paired computer".
    pub word: String,
    /// What that means.
    pub meaning: String,
    /// Whether anything was proven.
    pub is_verified: bool,
    /// A paired computer has the same name, and this is another one.
    pub is_namesake: bool,
    /// The short fingerprint, for comparing.
    pub fingerprint: Option<String>,
}

impl ProofText {
    pub(super) fn of(peer: &Peer, texts: &Texts) -> Self {
        let meaning = match &peer.trust {
            Some(Trust::Paired) => "proof-paired-meaning",
            Some(Trust::Code) => "proof-code-meaning",
            Some(Trust::Account(_)) => "proof-account-meaning",
            Some(Trust::Agreed) => "proof-agreed-meaning",
            Some(Trust::Named) => "proof-named-meaning",
            Some(Trust::Anyone) | None => "proof-anyone-meaning",
        };
        Self {
            word: word(peer.trust.as_ref(), Direction::Incoming, texts)
                .unwrap_or_else(|| texts.t("proof-anyone").to_owned()),
            meaning: texts.t(meaning).to_owned(),
            is_verified: peer.trust.as_ref().is_some_and(Trust::is_verified),
            is_namesake: peer.is_namesake,
            fingerprint: peer.fingerprint().as_ref().map(ToString::to_string),
        }
    }
}

/// The word for a proof; none while there is none.
pub(super) fn word(trust: Option<&Trust>, direction: Direction, texts: &Texts) -> Option<String> {
    Some(match trust? {
        Trust::Paired => texts.t("proof-paired").to_owned(),
        // Who receives shows the code.
        Trust::Code => match direction {
            Direction::Incoming => texts.t("proof-code").to_owned(),
            Direction::Outgoing => texts.t("proof-code-out").to_owned(),
        },
        Trust::Account(name) => texts.with("proof-account", [("name", name.as_str().into())]),
        Trust::Agreed => texts.t("proof-agreed").to_owned(),
        Trust::Named => texts.t("proof-named").to_owned(),
        Trust::Anyone => texts.t("proof-anyone").to_owned(),
    })
}
