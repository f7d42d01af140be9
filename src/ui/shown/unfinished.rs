//! Interrupted transfers in words.

use std::time::Duration;

use crate::engine::{Direction, State};
use crate::model::{DeviceId, LocalEnd, Moment, TransferId, Unfinished, shown_path, size};
use crate::texts::Texts;
use crate::ui::shown::time::{Now, ago};
use crate::ui::shown::{is_folder, named_files};

/// Between facts on one line.
const DOT: &str = "  ·  ";

/// Ages below this are told in minutes, which change while somebody looks.
const YOUNG: Duration = Duration::from_hours(1);

/// What names an interrupted transfer.
pub type UnfinishedKey = (Direction, TransferId, DeviceId);

/// An interrupted transfer in words.
pub struct UnfinishedText {
    /// Which it is.
    pub key: UnfinishedKey,
    /// What.
    pub title: String,
    /// With whom, how much, when.
    pub about: String,
    /// How it goes on.
    pub hint: String,
    /// The name of Continue.
    pub continue_name: String,
    /// The name of Remove.
    pub remove_name: String,
    /// Whether it is to be removed.
    pub question: String,
    /// What that means.
    pub meaning: String,
}

/// What names it.
pub fn key(unfinished: &Unfinished) -> UnfinishedKey {
    (unfinished.direction(), unfinished.transfer, unfinished.peer)
}

impl UnfinishedText {
    /// Those that nothing is done about at the moment.
    pub(super) fn all(state: &State, texts: &Texts, now: Now) -> Vec<Self> {
        idle(state).map(|unfinished| Self::of(unfinished, texts, now)).collect()
    }

    fn of(unfinished: &Unfinished, texts: &Texts, now: Now) -> Self {
        let title = named_files(&label(unfinished), unfinished.files, texts);
        let fingerprint = unfinished.peer.fingerprint().to_string();
        let peer = unfinished.peer_name.as_ref().map_or(fingerprint.as_str(), |name| name.as_str());
        let named = |id: &str| texts.with(id, [("title", title.as_str().into()), ("peer", peer.into())]);
        let when = ago(Moment::from(now.wall).since(unfinished.at), texts);
        let (peer_id, hint, meaning) = match &unfinished.end {
            LocalEnd::Sources { .. } => ("peer-to", named("unfinished-hint-out"), "discard-meaning-out"),
            LocalEnd::Folder { folder } => {
                let args = [("peer", peer.into()), ("folder", shown_path(folder).into())];
                ("peer-from", texts.with("unfinished-hint-in", args), "discard-meaning-in")
            }
        };
        let about = [
            texts.with(peer_id, [("peer", peer.into())]),
            size::human(unfinished.bytes),
            texts.with("unfinished-begun", [("when", when.into())]),
        ];
        Self {
            key: key(unfinished),
            about: about.join(DOT),
            hint,
            continue_name: named("continue-name"),
            remove_name: named("discard-name"),
            question: named("discard-question"),
            meaning: texts.t(meaning).to_owned(),
            title,
        }
    }

    /// Whether what is told of one changes within the hour.
    pub(super) fn is_any_young(state: &State, now: Now) -> bool {
        idle(state).any(|unfinished| Moment::from(now.wall).since(unfinished.at) < YOUNG)
    }
}

/// Its first name. A single source that is not one file is a folder.
fn label(unfinished: &Unfinished) -> String {
    match &unfinished.end {
        LocalEnd::Sources { sources, .. }
            if sources.len() == 1 && unfinished.files != 1 && !is_folder(&unfinished.label) =>
        {
            format!("{}/", unfinished.label)
        }
        LocalEnd::Sources { .. } | LocalEnd::Folder { .. } => unfinished.label.clone(),
    }
}

/// Those that do not go on just now: these have a row.
fn idle(state: &State) -> impl Iterator<Item = &Unfinished> {
    state.unfinished.iter().filter(|unfinished| {
        !state.transfers.values().any(|transfer| {
            transfer.state.is_running()
                && transfer.direction == unfinished.direction()
                && transfer.id == Some(unfinished.transfer)
                && transfer.peer.id.is_none_or(|id| id == unfinished.peer)
        })
    })
}
