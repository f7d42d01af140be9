//! `sampan receipts`.

use std::path::Path;
use std::time::SystemTime;

use serde_json::json;

use crate::cli::args::ReceiptsArgs;
use crate::cli::devices::{ago, table};
use crate::cli::output::print_line;
use crate::engine::{Exported, Records};
use crate::model::{Direction, Failure, FailureKind, KeptReceipt, Moment, shown_text};

/// What stands above the columns.
const HEAD: [&str; 4] = ["ID", "DIRECTION", "WITH", "DELIVERED"];

/// Digits of an id that a person types.
const DIGITS: usize = 8;

/// Lists the receipts, or writes one of them to a folder, with a list for `sha256sum -c` beside it.
pub(super) async fn run(records: &Records, args: &ReceiptsArgs) -> Result<(), Failure> {
    let all = records.receipts().await?;
    if let Some(text) = &args.id {
        let kept = named(&all, text)?;
        return export(records, kept, &args.to, args.json).await;
    }
    if args.json {
        for kept in &all {
            print_line(line(kept));
        }
    } else if all.is_empty() {
        print_line("No transfer has ended well yet.");
    } else {
        let now = Moment::from(SystemTime::now());
        let rows = all.iter().map(|kept| row(kept, now));
        print_line(table(&[HEAD.map(str::to_owned)].into_iter().chain(rows).collect::<Vec<_>>()));
        print_line("\nWrite one to a file: sampan receipts ID. Check it: sampan verify FILE FOLDER.");
    }
    Ok(())
}

/// The one that a person means by the beginning of its transfer's id.
fn named<'list>(all: &'list [KeptReceipt], text: &str) -> Result<&'list KeptReceipt, Failure> {
    let mut meant = all.iter().filter(|kept| kept.transfer.has_prefix(text));
    let no = |kind| Err(Failure::here(kind).about(shown_text(text.trim())));
    match meant.next() {
        // What this computer sent to itself has two, with the same in them.
        Some(first) if meant.all(|other| other.transfer == first.transfer) => Ok(first),
        Some(_) => no(FailureKind::AmbiguousTransfer),
        None => no(FailureKind::NoReceipt),
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

fn row(kept: &KeptReceipt, now: Moment) -> [String; HEAD.len()] {
    [
        kept.transfer.to_string().chars().take(DIGITS).collect(),
        direction(kept).to_owned(),
        kept.peer.fingerprint().to_string(),
        ago(now.since(kept.at)),
    ]
}

fn direction(kept: &KeptReceipt) -> &'static str {
    match kept.direction {
        Direction::Outgoing => "outgoing",
        Direction::Incoming => "incoming",
    }
}

/// For programs.
fn line(kept: &KeptReceipt) -> serde_json::Value {
    json!({
        "event": "kept-receipt", "id": kept.transfer.to_string(), "direction": direction(kept),
        "device": kept.peer.to_string(), "at": kept.at.as_secs(), "bytes": kept.bytes,
    })
}
