//! Sentences for people in a terminal. Failures take their words from the same texts as the window.

use std::sync::LazyLock;
use std::time::Duration;

use crate::engine::{Direction, Ending, LeftOut, Peer, Transfer};
use crate::model::{
    Conflict, Failure, FailureKind, FileFate, FileProblem, FileReport, Outcome, Side, TransferState, Trust,
    size,
};
use crate::texts::{Lang, Texts};

/// Loaded once, when the first failure is told: a receiver may tell many.
static ENGLISH: LazyLock<Texts> = LazyLock::new(|| Texts::of(Lang::English));

/// `1 file`, `312 files`.
pub(super) fn count(files: u64) -> String {
    if files == 1 { "1 file".to_owned() } else { format!("{files} files") }
}

/// What the other side is called in a sentence.
pub(super) fn peer(peer: &Peer) -> String {
    peer.name.as_ref().map_or_else(|| peer.address.clone(), ToString::to_string)
}

/// Who the other side is proven to be: `192.0.2.7, paired, fingerprint k3qm-7dva-p2xt`.
pub(super) fn proof(peer: &Peer) -> String {
    let how = match &peer.trust {
        Some(Trust::Paired) => "paired".to_owned(),
        Some(Trust::Code) => "with the code".to_owned(),
        Some(Trust::Account(name)) => format!("account {name}"),
        Some(Trust::Agreed) => "goes on with what was agreed".to_owned(),
        Some(Trust::Named) => "the id that was named".to_owned(),
        Some(Trust::Anyone) | None => "not verified".to_owned(),
    };
    let fingerprint = peer.fingerprint().map(|fingerprint| format!(", fingerprint {fingerprint}"));
    let namesake = if peer.is_namesake { ", NOT the paired computer of that name" } else { "" };
    format!("{}, {how}{namesake}{}", peer.address, fingerprint.unwrap_or_default())
}

/// `photo.jpg`, `photo.jpg and 311 more`, or `holiday/, 312 files`.
pub(super) fn title(transfer: &Transfer) -> String {
    let first = transfer.names.first().map(|first| first.name.clone()).unwrap_or_default();
    match transfer.files {
        files if first.ends_with('/') => format!("{first}, {}", count(files)),
        0 | 1 => first,
        files => format!("{first} and {} more", files - 1),
    }
}

/// The stage in a word or two.
pub(super) fn stage(transfer: &Transfer) -> &'static str {
    if transfer.paused.here && transfer.state == TransferState::Moving {
        return "paused";
    }
    if transfer.paused.there && transfer.state == TransferState::Moving {
        return "paused by the other side";
    }
    match (transfer.state, transfer.direction) {
        (TransferState::Preparing, _) => "reading",
        (TransferState::Planning, _) => "comparing with what is there",
        (TransferState::Reconnecting, _) => "connection lost, trying again",
        (TransferState::Connecting, _) => "connecting",
        (TransferState::NeedsCode, _) => "needs the code",
        (TransferState::Waiting, Direction::Outgoing) => "waiting for an answer",
        (TransferState::Waiting, Direction::Incoming) if transfer.prompt.is_some() => "waiting for you",
        (TransferState::Waiting, Direction::Incoming) => "deciding",
        (TransferState::Moving, Direction::Outgoing) => "sending",
        (TransferState::Moving, Direction::Incoming) => "receiving",
        (TransferState::Checking, _) => "checking",
        (TransferState::Finished(outcome), _) => outcome.code(),
    }
}

/// `28 s`, `3 min 5 s`, `2 h 10 min`.
pub(super) fn span(span: Duration) -> String {
    let secs = span.as_secs();
    match (secs / 3600, secs / 60 % 60, secs % 60) {
        (0, 0, s) => format!("{s} s"),
        (0, m, s) => format!("{m} min {s} s"),
        (h, m, _) => format!("{h} h {m} min"),
    }
}

/// Files of a transfer that start again, because they are not what they were when it was interrupted. None before it is settled
/// where it goes.
pub(super) fn restarted(transfer: &Transfer) -> u64 {
    match transfer.state {
        TransferState::Moving | TransferState::Checking | TransferState::Finished(_) => {
            transfer.plan.map_or(0, |plan| plan.restarted)
        }
        TransferState::Preparing
        | TransferState::Connecting
        | TransferState::NeedsCode
        | TransferState::Planning
        | TransferState::Waiting
        | TransferState::Reconnecting => 0,
    }
}

/// A line about them, if there are any.
pub(super) fn starts_again(transfer: &Transfer) -> Option<String> {
    match restarted(transfer) {
        0 => None,
        1 => {
            Some(format!("{}: one file changed since it was interrupted, and starts again", title(transfer)))
        }
        many => Some(format!(
            "{}: {many} files changed since they were interrupted, and start again",
            title(transfer)
        )),
    }
}

/// The one closing line of a transfer.
pub(super) fn closing(transfer: &Transfer, ending: &Ending) -> String {
    let all_there = (ending.outcome, ending.saved, ending.unwanted) == (Outcome::Delivered, 0, 0);
    if all_there && ending.skipped > 0 {
        return match ending.skipped {
            1 => "Nothing had to be sent: the file is there already".to_owned(),
            many => format!("Nothing had to be sent: all {many} files are there already"),
        };
    }
    let what = match ending.outcome {
        Outcome::Delivered => "Delivered, verified".to_owned(),
        Outcome::Partial => format!("Delivered in part ({} failed)", ending.failed),
        Outcome::Declined => "Declined".to_owned(),
        Outcome::Cancelled => "Cancelled".to_owned(),
        Outcome::Interrupted => "Interrupted".to_owned(),
        Outcome::Failed => "Failed".to_owned(),
    };
    let direction = match transfer.direction {
        Direction::Outgoing => "to",
        Direction::Incoming => "from",
    };
    let peer = peer(&transfer.peer);
    // What was never listed was never counted.
    let Some(_) = transfer.id else { return format!("{what}: nothing was sent {direction} {peer}") };
    let (files, bytes) = (count(transfer.files), size::human(ending.bytes));
    let mut line = format!("{what}: {} of {files}, {bytes} {direction} {peer}", ending.saved);
    // How long nothing took, and how fast, says nothing.
    if ending.saved > 0 {
        let rate = size::human_rate(size::rate(ending.bytes, ending.took));
        line = format!("{line} in {:.1} s ({rate})", ending.took.as_secs_f64());
    }
    line.push_str(&skipped(transfer, ending));
    let mut lines = vec![line];
    if let Some(report) = &ending.single {
        if let FileFate::Saved { saved_as: Some(name) } = &report.fate {
            lines.push(format!("  saved as {name}"));
        }
        if let Some(digest) = report.sha256 {
            lines.push(format!("  SHA-256 {digest}"));
        }
    }
    lines.join("\n")
}

/// How a transfer from here that stopped in the middle goes on. `None` if it does not, or the other side stopped it.
pub(super) fn go_on(transfer: &Transfer, ending: &Ending) -> Option<String> {
    let failure = ending.failure.as_ref()?;
    let id = transfer.id?.short();
    match (transfer.direction, ending.outcome, failure.side) {
        (Direction::Outgoing, Outcome::Cancelled, Side::Here)
        | (Direction::Outgoing, Outcome::Interrupted, _) => {
            let what = ENGLISH.failure(failure, &peer(&transfer.peer)).what;
            Some(format!("{what}\nWhat arrived stays. Go on: sampan resume {id}"))
        }
        (Direction::Outgoing | Direction::Incoming, _, _) => None,
    }
}

/// `; 17 were there already, 4 not taken: something else has their names there`, as far as there are any.
fn skipped(transfer: &Transfer, ending: &Ending) -> String {
    let there = match ending.skipped - ending.unwanted {
        0 => None,
        1 => Some("1 was there already".to_owned()),
        many => Some(format!("{many} were there already")),
    };
    // Somebody may also have chosen to leave some.
    let is_taken = transfer.plan.is_some_and(|plan| {
        plan.conflict == Conflict::Skip && plan.differing.saturating_add(plan.blocked) >= ending.unwanted
    });
    let unwanted = match ending.unwanted {
        0 => None,
        1 if is_taken => Some("1 not taken: something else has its name there".to_owned()),
        many if is_taken => Some(format!("{many} not taken: something else has their names there")),
        many => Some(format!("{many} not taken")),
    };
    let parts: Vec<String> = there.into_iter().chain(unwanted).collect();
    if parts.is_empty() { String::new() } else { format!("; {}", parts.join(", ")) }
}

/// A line for each file that did not arrive, with the reason, and for each that got another name than it was sent with: `limit`
/// of either. What could not even be offered is among them.
pub(super) fn not_as_sent(
    transfer: &Transfer,
    (notable, left_out): (&[FileReport], &[LeftOut]),
    limit: usize,
) -> Vec<String> {
    let peer = peer(&transfer.peer);
    let unsent =
        left_out.iter().map(|one| format!("\n  not sent: {}", reason(one.problem, &one.path, &peer)));
    let undelivered = notable.iter().filter_map(|file| match &file.fate {
        FileFate::Failed(problem) => {
            Some(format!("\n  not delivered: {}", reason(*problem, &file.path.to_string(), &peer)))
        }
        FileFate::Saved { .. } | FileFate::Skipped(_) => None,
    });
    let mut lines: Vec<String> = undelivered.chain(unsent).take(limit).collect();
    let failed = transfer.ending.as_ref().map_or(0, |ending| ending.failed);
    let more = failed.saturating_sub(size::from_len(lines.len()));
    if !lines.is_empty() && more > 0 {
        lines.push(format!("\n  and {more} more"));
    }
    let mut renamed = notable.iter().filter_map(|file| match &file.fate {
        FileFate::Saved { saved_as: Some(name) } if name.as_bytes() != file.path.name() => {
            Some(format!("\n  {} saved as {name}", file.path))
        }
        FileFate::Saved { .. } | FileFate::Skipped(_) | FileFate::Failed(_) => None,
    });
    lines.extend(renamed.by_ref().take(limit));
    lines.extend(renamed.next().map(|_| "\n  and more".to_owned()));
    lines
}

/// Why one file did not arrive, in a sentence that names it.
pub(super) fn reason(problem: FileProblem, path: &str, peer: &str) -> String {
    let failure = Failure { side: problem.side, ..Failure::here(problem.kind) };
    ENGLISH.failure(&failure.about(path), peer).what
}

/// What happened and what to do about it, on two lines.
pub(super) fn failure(failure: &Failure, peer: &str) -> String {
    let spoken = ENGLISH.failure(failure, peer);
    let advice = advice(failure).map_or(spoken.advice, str::to_owned);
    let details = (!failure.detail.is_empty()).then(|| format!("({})", failure.detail));
    [spoken.what, advice].into_iter().chain(details).collect::<Vec<_>>().join("\n")
}

/// What to do on a command line, where the texts of the window speak of its buttons.
fn advice(failure: &Failure) -> Option<&'static str> {
    use FailureKind as Kind;
    match (failure.kind, failure.side) {
        (Kind::NoSuchFile, _) => {
            Some("Nothing was sent of it. Look whether it was moved or renamed, then send it again.")
        }
        (Kind::NotAFile, _) => Some("Nothing was sent of it. Leave it out, then send again."),
        (Kind::ReservedName, _) => Some("Nothing was sent of it. Give it another name, then send it again."),
        (Kind::NotReadable, _) => {
            Some("Nothing was sent of it. Ask its owner for permission to read it, then send it again.")
        }
        (Kind::NothingToSend, _) => Some("Nothing was sent. Name at least one file or folder."),
        (Kind::NobodyListens, _) => Some(
            "Nothing was sent. Start “sampan receive” there (or switch Receive on in its window), and check the address and the port.",
        ),
        (Kind::NotReceiving, Side::There) => Some(
            "Nothing was sent. Start “sampan receive” there (or switch Receive on in its window), then send again.",
        ),
        (Kind::FolderMissing | Kind::FolderReadOnly | Kind::FolderForbidden, Side::Here) => {
            Some("Nothing was written. Name another folder.")
        }
        (Kind::BadAddress, _) => Some(
            "Nothing was sent. Write a name or numbers, for example 192.168.1.6, 192.168.1.6:7267 or [fe80::1]:7267.",
        ),
        (_, _) => None,
    }
}
