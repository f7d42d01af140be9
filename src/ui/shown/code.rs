//! The question for a code, and a pairing, in words.

use crate::engine::{CodeWanted, Pairing, Transfer};
use crate::model::Pinning;
use crate::texts::{Spoken, Texts};
use crate::ui::shown::{peer_label, title};

/// The question for the code that the other computer shows.
pub struct CodeText {
    /// What is asked.
    pub heading: String,
    /// What went wrong with the last one.
    pub last: Option<Spoken>,
    /// The name of Continue.
    pub continue_name: String,
    /// The name of Cancel.
    pub cancel_name: String,
}

impl CodeText {
    pub(super) fn of(transfer: &Transfer, wanted: &CodeWanted, texts: &Texts) -> Self {
        let peer = peer_label(&transfer.peer);
        let title = title(transfer, texts);
        let named = |id: &str| texts.with(id, [("title", title.as_str().into()), ("peer", peer.into())]);
        Self {
            heading: texts.with("code-title", [("peer", peer.into())]),
            last: wanted.last.as_ref().map(|failure| texts.failure(failure, peer)),
            continue_name: named("code-continue-name"),
            cancel_name: named("cancel-name-out"),
        }
    }
}

/// A pairing that was begun here.
pub enum PairText {
    /// None.
    Idle,
    /// It goes on: where it stands.
    Running(String),
    /// It ended well.
    Done {
        /// With whom.
        what: String,
        /// What is so now.
        meaning: String,
        /// Whether the other computer remembers this one as well.
        pinning: Pinning,
    },
    /// It did not.
    Failed(Spoken),
}

impl PairText {
    pub(super) fn of(pairing: &Pairing, texts: &Texts) -> Self {
        match pairing {
            Pairing::Idle => Self::Idle,
            Pairing::Connecting => Self::Running(texts.t("pair-connecting").to_owned()),
            Pairing::Asking => Self::Running(texts.t("pair-asking").to_owned()),
            Pairing::Done { device } => {
                let peer = [("peer", device.name.as_str().into())];
                let (what, meaning) = match device.pinning {
                    Pinning::Mutual => ("pair-done", "pair-done-meaning"),
                    Pinning::OneSided => ("pair-one-sided", "pair-one-sided-meaning"),
                };
                let pinning = device.pinning;
                Self::Done {
                    what: texts.with(what, peer.clone()),
                    meaning: texts.with(meaning, peer),
                    pinning,
                }
            }
            Pairing::Failed(failure) => Self::Failed(texts.failure(failure, "")),
        }
    }
}
