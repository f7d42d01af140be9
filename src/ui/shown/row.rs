//! A transfer's row in words.

use crate::engine::{Direction, Ending, Transfer};
use crate::model::{Outcome, Paused, TransferState, shown_path, size};
use crate::texts::{Spoken, Texts};
use crate::ui::shown::{amount, peer_label, proof, title};

/// Between figures on one line.
const DOT: &str = "  ·  ";

/// A transfer's row in words.
pub struct RowText {
    /// Whether the transfer ended, so that nothing of this changes any more.
    pub is_final: bool,
    /// What it is called.
    pub title: String,
    /// How it was proven, and to or from whom. The proof goes first: no name, however long, may hide it or look like it.
    pub peer: String,
    /// The stage as a sentence, for screen readers; when it ended: how.
    pub status: String,
    /// How far, how fast, how long; or what is waited for.
    pub figures: String,
    /// 0.0 to 1.0.
    pub fraction: f32,
    /// Files that start again although a part of them is there, while it runs.
    pub restarted: Option<String>,
    /// Why it was not delivered.
    pub problem: Option<Spoken>,
    /// What "Copy details" copies.
    pub details: Option<String>,
    /// Where the files went.
    pub folder: Option<String>,
    /// The bar's name.
    pub bar_name: String,
    /// The bar's value.
    pub bar_value: String,
    /// The names of the row's buttons.
    pub cancel_name: String,
    /// Pause.
    pub pause_name: String,
    /// Resume.
    pub resume_name: String,
    /// The list of its files.
    pub files_name: String,
    /// Whether somebody paused it.
    pub is_paused: bool,
    /// What else can be done.
    pub more_name: String,
    /// Limit speed…
    pub limit_name: String,
    /// What the sheet for that asks.
    pub limit_question: String,
    /// Its answer.
    pub limit_set_name: String,
    /// Save receipt…
    pub save_receipt_name: String,
    /// The file its receipt was written to.
    exported: Option<std::path::PathBuf>,
    /// The same for showing.
    pub receipt: Option<String>,
    /// What is asked before it is cancelled.
    pub cancel_question: String,
    /// Answer…
    pub answer_name: String,
    /// Type the code…
    pub code_name: String,
    /// Open folder.
    pub open_name: String,
    /// Send again.
    pub again_name: String,
    /// Copy details.
    pub copy_name: String,
    /// Remove.
    pub remove_name: String,
}

impl RowText {
    pub(super) fn of(transfer: &Transfer, texts: &Texts) -> Self {
        let peer = peer_label(&transfer.peer);
        let title = title(transfer, texts);
        let named = |id: &str| texts.with(id, [("title", title.as_str().into()), ("peer", peer.into())]);
        let (peer_id, bar_id, cancel_id) = match transfer.direction {
            Direction::Outgoing => ("peer-to", "bar-name-out", "cancel-name-out"),
            Direction::Incoming => ("peer-from", "bar-name-in", "cancel-name-in"),
        };
        let progress = &transfer.progress;
        let percent = percent_done(transfer);
        let failure = transfer.ending.as_ref().and_then(|ending| ending.failure.as_ref());
        Self {
            is_final: transfer.ending.is_some(),
            peer: proven(transfer, texts.with(peer_id, [("peer", peer.into())]), texts),
            status: status(transfer, peer, texts),
            figures: match &transfer.ending {
                Some(ending) => ended_figures(transfer, ending, texts),
                None => running_figures(transfer, peer, texts),
            },
            fraction: fraction(transfer),
            restarted: restarted(transfer, texts),
            problem: problem(transfer, peer, texts),
            details: failure.filter(|failure| !failure.detail.is_empty()).map(|failure| {
                let files: Vec<&str> = transfer.names.iter().map(|file| file.name.as_str()).collect();
                let files = files.join(", ");
                format!("{failure}\n{files}\n{}", transfer.peer.address)
            }),
            folder: transfer.folder.as_deref().map(shown_path),
            bar_name: named(bar_id),
            bar_value: texts.with(
                "bar-value",
                [
                    ("percent", percent.into()),
                    ("done", size::human(progress.bytes).into()),
                    ("total", size::human(transfer.bytes).into()),
                ],
            ),
            cancel_name: named(cancel_id),
            pause_name: named("pause-name"),
            resume_name: named("resume-name"),
            files_name: named("files-name"),
            is_paused: is_paused(transfer),
            more_name: named("more-name"),
            limit_name: named("limit-name"),
            limit_question: named("limit-question"),
            limit_set_name: named("limit-set-name"),
            save_receipt_name: named("save-receipt-name"),
            exported: transfer.exported.clone(),
            receipt: transfer.exported.as_deref().map(shown_path),
            cancel_question: named("cancel-question"),
            answer_name: named("answer-name"),
            code_name: named("type-code-name"),
            open_name: named("open-folder-name"),
            again_name: named("again-name"),
            copy_name: named("copy-details-name"),
            remove_name: named("remove-name"),
            title,
        }
    }

    /// Whether something about an ended transfer became known since: where its receipt is.
    pub(super) fn is_behind(&self, transfer: &Transfer) -> bool {
        self.exported != transfer.exported
    }
}

/// How the other side was proven, in front of who it is.
fn proven(transfer: &Transfer, peer: String, texts: &Texts) -> String {
    let mut parts: Vec<String> =
        proof::word(transfer.peer.trust.as_ref(), transfer.direction, texts).into_iter().collect();
    if transfer.peer.is_namesake {
        parts.push(texts.t("namesake").to_owned());
    }
    parts.push(peer);
    parts.join(DOT)
}

/// Nothing of an empty transfer is done before its end.
fn percent_done(transfer: &Transfer) -> u8 {
    match transfer.state {
        TransferState::Preparing
        | TransferState::Connecting
        | TransferState::NeedsCode
        | TransferState::Planning
        | TransferState::Waiting => 0,
        TransferState::Moving
        | TransferState::Checking
        | TransferState::Reconnecting
        | TransferState::Finished(_) => size::percent(transfer.progress.bytes, transfer.bytes),
    }
}

fn fraction(transfer: &Transfer) -> f32 {
    match transfer.state {
        TransferState::Preparing
        | TransferState::Connecting
        | TransferState::NeedsCode
        | TransferState::Planning
        | TransferState::Waiting
        | TransferState::Finished(Outcome::Declined) => 0.0,
        TransferState::Finished(Outcome::Delivered) => 1.0,
        TransferState::Finished(
            Outcome::Partial | Outcome::Cancelled | Outcome::Interrupted | Outcome::Failed,
        )
        | TransferState::Moving
        | TransferState::Reconnecting
        | TransferState::Checking => {
            if transfer.bytes == 0 {
                0.0
            } else {
                size::fraction(transfer.progress.bytes, transfer.bytes)
            }
        }
    }
}

/// Bytes would flow, and somebody does not want that now.
fn is_paused(transfer: &Transfer) -> bool {
    transfer.state == TransferState::Moving && transfer.paused.any()
}

fn status(transfer: &Transfer, peer: &str, texts: &Texts) -> String {
    let with_peer = |id: &str| texts.with(id, [("peer", peer.into())]);
    if is_paused(transfer) {
        return match transfer.paused {
            Paused { here: true, there: true } => with_peer("status-paused-both"),
            Paused { here: true, there: false } => texts.t("status-paused").to_owned(),
            Paused { here: false, there: true | false } => with_peer("status-paused-there"),
        };
    }
    match (transfer.state, transfer.direction) {
        (TransferState::Preparing, _) => texts.t("status-preparing").to_owned(),
        (TransferState::Connecting, Direction::Outgoing) => with_peer("status-connecting-out"),
        (TransferState::Connecting, Direction::Incoming) => texts.t("status-connecting-in").to_owned(),
        (TransferState::NeedsCode, _) => with_peer("status-needs-code"),
        (TransferState::Planning, _) => texts.t("status-planning").to_owned(),
        (TransferState::Reconnecting, _) => with_peer("status-reconnecting"),
        (TransferState::Waiting, Direction::Outgoing) => with_peer("status-waiting-out"),
        (TransferState::Waiting, Direction::Incoming) => texts.t("status-waiting-in").to_owned(),
        (TransferState::Moving, Direction::Outgoing) => texts.t("status-sending").to_owned(),
        (TransferState::Moving, Direction::Incoming) => texts.t("status-receiving").to_owned(),
        (TransferState::Checking, Direction::Outgoing) => texts.t("status-checking-out").to_owned(),
        (TransferState::Checking, Direction::Incoming) => texts.t("status-checking-in").to_owned(),
        (TransferState::Finished(outcome), _) => texts.t(outcome_id(outcome)).to_owned(),
    }
}

fn outcome_id(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Delivered => "outcome-delivered",
        Outcome::Partial => "outcome-partial",
        Outcome::Declined => "outcome-declined",
        Outcome::Cancelled => "outcome-cancelled",
        Outcome::Interrupted => "outcome-interrupted",
        Outcome::Failed => "outcome-failed",
    }
}

fn running_figures(transfer: &Transfer, peer: &str, texts: &Texts) -> String {
    let progress = &transfer.progress;
    match transfer.state {
        TransferState::Moving => {
            let percent = texts.with("percent", [("percent", percent_done(transfer).into())]);
            let mut parts = vec![amount(progress.bytes, transfer.bytes, texts), percent];
            if is_paused(transfer) {
                parts.insert(0, status(transfer, peer, texts));
                return parts.join(DOT);
            }
            if progress.rate > 0 {
                parts.push(size::human_rate(progress.rate));
            }
            if let Some(left) = progress.time_left {
                parts.push(texts.with("time-left", [("time", texts.duration(left).into())]));
            }
            if let Some(limit) = transfer.limit {
                parts.push(texts.with("limit-at-most", [("rate", size::human_rate(limit).into())]));
            }
            parts.join(DOT)
        }
        TransferState::Waiting => {
            let mut parts = vec![status(transfer, peer, texts)];
            if let Some(left) = progress.answer_left {
                parts.push(texts.with("answer-left", [("time", texts.duration(left).into())]));
            }
            parts.join(DOT)
        }
        TransferState::Preparing
        | TransferState::Connecting
        | TransferState::NeedsCode
        | TransferState::Planning
        | TransferState::Checking
        | TransferState::Reconnecting
        | TransferState::Finished(_) => status(transfer, peer, texts),
    }
}

fn ended_figures(transfer: &Transfer, ending: &Ending, texts: &Texts) -> String {
    let count = |id: &str, count: u64| texts.with(id, [("count", count.into())]);
    let mut parts = Vec::new();
    match ending.outcome {
        Outcome::Delivered => {
            if ending.saved > 0 || ending.skipped == 0 {
                parts.push(count("files-count", ending.saved));
            }
        }
        Outcome::Partial => parts.push(some(ending.saved, ending.saved.saturating_add(ending.failed), texts)),
        Outcome::Declined | Outcome::Cancelled | Outcome::Interrupted | Outcome::Failed => {
            // Nothing arrived in most of these, and then there is nothing to count.
            if ending.saved > 0 {
                parts.push(some(ending.saved, transfer.files.saturating_sub(ending.skipped), texts));
            }
        }
    }
    if ending.failed > 0 && (ending.outcome == Outcome::Partial || ending.saved > 0) {
        parts.push(count("ended-failed", ending.failed));
    }
    if ending.skipped > 0 {
        let identical = transfer.plan.map_or(0, |plan| plan.identical);
        let id = if identical >= ending.skipped { "ended-identical" } else { "ended-skipped" };
        parts.push(count(id, ending.skipped));
    }
    if ending.outcome == Outcome::Delivered && (ending.saved > 0 || ending.skipped == 0) {
        parts.push(pace(ending, texts));
    }
    parts.join(DOT)
}

/// `4.2 GB in 51 s, 82 MB/s`.
fn pace(ending: &Ending, texts: &Texts) -> String {
    let took = match ending.took.as_secs() {
        0 => texts.t("duration-moment").to_owned(),
        _ => texts.duration(ending.took),
    };
    texts.with(
        "ended-delivered",
        [
            ("size", size::human(ending.bytes).into()),
            ("time", took.into()),
            ("rate", size::human_rate(size::rate(ending.bytes, ending.took)).into()),
        ],
    )
}

/// `311 of 312 files`.
fn some(saved: u64, files: u64, texts: &Texts) -> String {
    texts.with("ended-some", [("saved", saved.into()), ("files", files.into())])
}

/// Nobody should wonder why less is there than before.
fn restarted(transfer: &Transfer, texts: &Texts) -> Option<String> {
    let count = transfer.plan.filter(|_| transfer.state.is_running())?.restarted;
    (count > 0).then(|| texts.with("restarted", [("count", count.into())]))
}

fn problem(transfer: &Transfer, peer: &str, texts: &Texts) -> Option<Spoken> {
    let failure = transfer.ending.as_ref()?.failure.as_ref()?;
    Some(texts.failure(failure, peer))
}
