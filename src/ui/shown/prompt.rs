//! A question to a person, in words.

use crate::engine::{Memory, Prompt, Transfer};
use crate::model::{shown_path, size};
use crate::texts::Texts;
use crate::ui::shown::{PlanText, ProofText, peer_label, title};

/// A question to a person, in words.
pub struct PromptText {
    /// Who wants to send how much.
    pub heading: String,
    /// How the sender was proven.
    pub proof: ProofText,
    /// What remembering it means, if that can be chosen.
    pub memory: Option<String>,
    /// What would happen to the files, if the folder can be used.
    pub plan: Option<PlanText>,
    /// The sizes of the files that are named, in their order.
    pub sizes: Vec<String>,
    /// How many files are not among the names.
    pub more: Option<String>,
    /// Where they would go.
    pub folder: String,
    /// Room there, and room they need; or why they cannot go there.
    pub room: Result<String, String>,
    /// Until the question counts as declined.
    pub left: Option<String>,
    /// The name of Accept.
    pub accept_name: String,
    /// The name of Decline.
    pub decline_name: String,
    /// The name of Later.
    pub later_name: String,
}

impl PromptText {
    pub(super) fn of(transfer: &Transfer, prompt: &Prompt, texts: &Texts) -> Self {
        let peer = peer_label(&transfer.peer);
        let title = title(transfer, texts);
        let named = |id: &str| texts.with(id, [("title", title.as_str().into()), ("peer", peer.into())]);
        let more = transfer.files.saturating_sub(size::from_len(transfer.names.len()));
        let needed = size::human(prompt.needed);
        let room = match &prompt.free {
            Err(failure) => {
                let spoken = texts.failure(failure, peer);
                Err(spoken.joined(texts.lang()))
            }
            Ok(free) => {
                let args = [("free", size::human(*free).into()), ("needed", needed.into())];
                if prompt.fits() {
                    Ok(texts.with("prompt-room", args))
                } else {
                    Err(texts.with("prompt-no-room", args))
                }
            }
        };
        Self {
            heading: texts.with(
                "prompt-title",
                [
                    ("peer", peer.into()),
                    ("count", transfer.files.into()),
                    ("size", size::human(transfer.bytes).into()),
                ],
            ),
            proof: ProofText::of(&transfer.peer, texts),
            memory: match prompt.memory {
                Memory::NotOffered => None,
                Memory::Offered => Some(texts.t("remember-help").to_owned()),
                Memory::Wished => Some(texts.with("remember-wished", [("peer", peer.into())])),
            },
            plan: prompt.free.is_ok().then(|| PlanText::of(prompt, texts)),
            sizes: transfer
                .names
                .iter()
                .map(|file| file.bytes.map(size::human).unwrap_or_default())
                .collect(),
            more: (more > 0).then(|| texts.with("prompt-more", [("count", more.into())])),
            folder: shown_path(&prompt.folder),
            room,
            left: transfer
                .progress
                .answer_left
                .map(|left| texts.with("answer-left", [("time", texts.duration(left).into())])),
            accept_name: named("accept-name"),
            decline_name: named("decline-name"),
            later_name: texts.with("later-name", [("title", title.as_str().into())]),
        }
    }
}
