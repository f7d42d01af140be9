//! `sampan verify`: a receipt, and whether what was received is still as it says.

use std::path::Path;

use serde_json::{Value, json};

use crate::cli::args::VerifyArgs;
use crate::cli::exit::Exit;
use crate::cli::output::Output;
use crate::cli::print::print_line;
use crate::engine::Receipt;
use crate::model::{Comparison, Difference, DifferenceKind, Failure, ReceiptHead, size};

/// Checks the signature, then the folder. Uses nothing of this computer's own state.
pub(super) fn run(args: &VerifyArgs, mut output: Output) -> Exit {
    match verify(args) {
        Ok(counts) => exit(&counts),
        Err(failure) => {
            output.stop(&failure);
            Exit::of_failure(&failure)
        }
    }
}

fn verify(args: &VerifyArgs) -> Result<Comparison, Failure> {
    let receipt = Receipt::open(&args.receipt)?;
    if args.json {
        print_line(head_line(receipt.head()));
    } else {
        print_line(head_words(receipt.head()));
    }
    let folder = args.dir.as_deref().unwrap_or(Path::new("."));
    let counts = receipt.compare(folder, &mut |difference| {
        if args.json {
            print_line(difference_line(difference));
        } else {
            print_line(difference_words(difference));
        }
    })?;
    if args.json {
        print_line(counts_line(&counts));
    } else {
        print_line(counts_words(&counts));
    }
    Ok(counts)
}

/// What is missing or changed weighs more than what could not be read. Something extra is no fault: a folder may have
/// held it before the transfer came.
fn exit(counts: &Comparison) -> Exit {
    match (counts.missing, counts.changed, counts.unreadable) {
        (0, 0, 0) => Exit::Delivered,
        (0, 0, 1..) => Exit::Disk,
        (_, _, _) => Exit::Unverified,
    }
}

fn head_line(head: &ReceiptHead) -> Value {
    let counts = &head.counts;
    json!({
        "event": "receipt", "device": head.receiver.to_string(), "fingerprint": head.receiver.fingerprint().to_string(),
        "sender": head.sender.to_string(), "started": head.started.as_secs(), "ended": head.ended.as_secs(),
        "manifest": head.manifest.to_string(), "saved": counts.saved, "identical": counts.identical,
        "skipped": counts.skipped, "failed": counts.failed, "unreadable": counts.unreadable, "bytes": counts.bytes,
    })
}

fn head_words(head: &ReceiptHead) -> String {
    let counts = &head.counts;
    let lacking = [
        (counts.skipped, "not wanted"),
        (counts.failed, "did not arrive"),
        (counts.unreadable, "could not be read by the sender"),
    ];
    format!(
        "Signed by {}, the receiver; sent by {}\n  {}, {}{}",
        head.receiver.fingerprint(),
        head.sender.fingerprint(),
        entries(counts.saved.saturating_add(counts.identical)),
        size::human(counts.bytes),
        listed(&lacking),
    )
}

fn difference_line(difference: &Difference) -> Value {
    let shown = difference.to_string();
    let mut line = json!({ "event": "difference", "path": shown, "found": difference.what.code() });
    if let Some(fields) = line.as_object_mut() {
        if shown.as_bytes() != difference.path {
            let hex = difference.path.iter().map(|byte| format!("{byte:02x}"));
            fields.insert("path_hex".to_owned(), hex.collect::<Vec<_>>().concat().into());
        }
        if let DifferenceKind::Unreadable(why) = &difference.what {
            fields.insert("detail".to_owned(), why.as_str().into());
        }
    }
    line
}

fn difference_words(difference: &Difference) -> String {
    match &difference.what {
        DifferenceKind::Missing | DifferenceKind::Changed | DifferenceKind::Extra => {
            format!("{}: {difference}", difference.what.code())
        }
        DifferenceKind::Unreadable(why) => format!("{}: {difference} ({why})", difference.what.code()),
    }
}

fn counts_line(counts: &Comparison) -> Value {
    json!({
        "event": "verified", "entries": counts.entries, "missing": counts.missing, "changed": counts.changed,
        "unreadable": counts.unreadable, "extra": counts.extra,
    })
}

fn counts_words(counts: &Comparison) -> String {
    let wrong = [
        (counts.missing, "missing"),
        (counts.changed, "changed"),
        (counts.unreadable, "not readable"),
        (counts.extra, "extra"),
    ];
    let is_whole = (counts.missing, counts.changed, counts.unreadable) == (0, 0, 0);
    let verdict = if is_whole { "Verified: all as received" } else { "NOT as received" };
    format!("{verdict}, {}{}", entries(counts.entries), listed(&wrong))
}

/// `, 1 missing, 2 extra`: what there is any of.
fn listed(counts: &[(u64, &str)]) -> String {
    let some = counts.iter().filter(|(count, _)| *count > 0);
    some.map(|(count, what)| format!(", {count} {what}")).collect::<Vec<_>>().concat()
}

/// `1 entry`, `312 entries`: folders and links are among them.
fn entries(count: u64) -> String {
    if count == 1 { "1 entry".to_owned() } else { format!("{count} entries") }
}
