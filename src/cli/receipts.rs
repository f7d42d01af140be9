//! `sampan receipts`.

use std::path::Path;
use std::time::SystemTime;

use serde_json::json;

use crate::cli::args::ReceiptsArgs;
use crate::cli::devices::{ago, table};
use crate::cli::print::print_line;
use crate::engine::{Exported, Records};
use crate::model::{Failure, FailureKind, KeptReceipt, Moment, PairedDevice, ReceiptSum, shown_text};

/// What stands above the columns.
const HEAD: [&str; 7] = ["ID", "DIRECTION", "WITH", "WHAT", "ENTRIES", "RESULT", "ENDED"];

/// The word that stands for all receipts where one is to be removed. No id is like it.
const ALL: &str = "all";

/// Lists the receipts, writes one of them to a folder, with a list for `sha256sum -c` beside it, or removes some.
pub(super) async fn run(records: &Records, args: &ReceiptsArgs) -> Result<(), Failure> {
    let all = records.receipts().await?;
    match (&args.id, &args.remove) {
        (Some(id), _) => {
            let meant = named(&all, id)?;
            let first = meant.first().ok_or(Failure::here(FailureKind::NoReceipt))?;
            export(records, first, args.to.as_deref().unwrap_or(Path::new(".")), args.json).await
        }
        (None, Some(word)) if word == ALL => {
            remove(records, &all.iter().collect::<Vec<_>>(), args.json).await
        }
        (None, Some(id)) => remove(records, &named(&all, id)?, args.json).await,
        (None, None) => list(records, &all, args.json).await,
    }
}

async fn list(records: &Records, all: &[KeptReceipt], as_json: bool) -> Result<(), Failure> {
    let (devices, now) = (records.devices().await?, Moment::from(SystemTime::now()));
    let mut rows = vec![HEAD.map(str::to_owned)];
    for kept in all {
        let peer = devices.iter().find(|device| device.id == kept.peer);
        let sum = records.receipt_sum(kept).await?;
        if as_json {
            print_line(line(kept, peer, sum.as_ref()));
        } else {
            rows.push(row(kept, peer, sum.as_ref(), now));
        }
    }
    if !as_json && all.is_empty() {
        print_line("No transfer has ended well yet.");
    } else if !as_json {
        print_line(table(&rows));
        print_line(
            "\nWrite one to a file: sampan receipts ID. Check it: sampan verify FILE FOLDER.\nRemove one: sampan receipts --remove ID.",
        );
    }
    Ok(())
}

/// The receipts of the one transfer that a person means by the beginning of its id. What this computer sent to itself has two,
/// with the same in them.
fn named<'list>(all: &'list [KeptReceipt], text: &str) -> Result<Vec<&'list KeptReceipt>, Failure> {
    let meant: Vec<&KeptReceipt> = all.iter().filter(|kept| kept.transfer.has_prefix(text)).collect();
    let no = |kind| Err(Failure::here(kind).about(shown_text(text.trim())));
    match meant.as_slice() {
        [] => no(FailureKind::NoReceipt),
        [first, others @ ..] if others.iter().any(|other| other.transfer != first.transfer) => {
            no(FailureKind::AmbiguousTransfer)
        }
        [_, ..] => Ok(meant),
    }
}

async fn export(records: &Records, kept: &KeptReceipt, to: &Path, as_json: bool) -> Result<(), Failure> {
    let Exported { receipt, sums, bytes } = records.export(kept, to).await?;
    if as_json {
        let shown = |path: &Path| path.display().to_string();
        print_line(json!({
            "event": "exported", "id": kept.transfer.to_string(), "receipt": shown(&receipt), "sums": shown(&sums),
            "bytes": bytes,
        }));
    } else {
        print_line(format_args!("{}\n{}", receipt.display(), sums.display()));
    }
    Ok(())
}

async fn remove(records: &Records, meant: &[&KeptReceipt], as_json: bool) -> Result<(), Failure> {
    for kept in meant {
        records.remove_receipt(kept).await?;
        if as_json {
            print_line(json!({ "event": "removed", "id": kept.transfer.to_string() }));
        }
    }
    if !as_json {
        let count =
            if meant.len() == 1 { "1 receipt".to_owned() } else { format!("{} receipts", meant.len()) };
        print_line(format_args!(
            "Removed {count}. The files stay, and so does what was written with “sampan receipts ID”."
        ));
    }
    Ok(())
}

fn row(
    kept: &KeptReceipt,
    peer: Option<&PairedDevice>,
    sum: Option<&ReceiptSum>,
    now: Moment,
) -> [String; HEAD.len()] {
    let unknown = || "unknown".to_owned();
    let entries = sum.and_then(|sum| sum.counts.entries());
    [
        kept.transfer.short(),
        kept.direction.code().to_owned(),
        peer.map_or_else(|| kept.peer.fingerprint().to_string(), |device| device.name.to_string()),
        sum.map_or_else(unknown, |sum| sum.name.clone()),
        entries.map_or_else(unknown, |entries| entries.to_string()),
        sum.map_or_else(unknown, result),
        ago(now.since(kept.at)),
    ]
}

/// `delivered`, `3 failed`, `delivered, 4 not taken`.
fn result(sum: &ReceiptSum) -> String {
    let arrived = match sum.failed() {
        0 => "delivered".to_owned(),
        failed => format!("{failed} failed"),
    };
    match sum.counts.skipped {
        0 => arrived,
        skipped => format!("{arrived}, {skipped} not taken"),
    }
}

/// For programs.
fn line(kept: &KeptReceipt, peer: Option<&PairedDevice>, sum: Option<&ReceiptSum>) -> serde_json::Value {
    json!({
        "event": "kept-receipt", "id": kept.transfer.to_string(), "direction": kept.direction.code(),
        "device": kept.peer.to_string(), "peer": peer.map(|device| device.name.to_string()),
        "at": kept.at.as_secs(), "bytes": kept.bytes, "name": sum.map(|sum| sum.name.as_str()),
        "entries": sum.and_then(|sum| sum.counts.entries()), "skipped": sum.map(|sum| sum.counts.skipped),
        "failed": sum.map(ReceiptSum::failed),
    })
}
