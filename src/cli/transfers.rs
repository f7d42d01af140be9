//! `sampan transfers`: what is not delivered yet, and whether it runs.

use std::time::SystemTime;

use serde_json::json;

use crate::cli::args::TransfersArgs;
use crate::cli::devices::{ago, table};
use crate::cli::print::print_line;
use crate::engine::Records;
use crate::model::{Direction, Failure, LocalEnd, Moment, Unfinished, shown_path, size};

/// What stands above the columns.
const HEAD: [&str; 8] = ["ID", "DIRECTION", "STATE", "WITH", "WHAT", "SIZE", "THERE", "BEGUN"];

/// Lists the transfers that can go on, or forgets one.
pub(super) async fn run(records: &Records, args: &TransfersArgs) -> Result<(), Failure> {
    records.clear_delivered().await;
    if let Some(text) = &args.remove {
        let meant = records.unfinished_named(text).await?;
        records.discard(meant.direction(), meant.transfer, meant.peer).await?;
        if args.json {
            print_line(json!({ "event": "removed", "id": meant.transfer.to_string() }));
        } else {
            print_line(format_args!("Removed: {}. Files that are complete stay.", meant.label));
        }
        return Ok(());
    }
    let all = records.unfinished().await?;
    let now = Moment::from(SystemTime::now());
    let (mut can_resume, mut can_remove) = (false, false);
    let mut rows = vec![HEAD.map(str::to_owned)];
    for one in &all {
        // A folder that cannot be looked into now may be mounted again later.
        let there = records.bytes_there(one.direction(), one.transfer, one.peer).await.ok();
        let is_running = records.is_running(one.direction(), one.transfer, one.peer).await.unwrap_or(false);
        if args.json {
            print_line(line(one, there, is_running));
        } else {
            rows.push(row(one, there, is_running, now));
        }
        can_resume |= !is_running && one.direction() == Direction::Outgoing;
        can_remove |= !is_running;
    }
    if !args.json && all.is_empty() {
        print_line("No transfer was interrupted.");
    } else if !args.json {
        print_line(table(&rows));
        let resume = can_resume.then_some("Go on with an outgoing one: sampan resume ID.");
        // Nothing on this side makes it go on.
        let waits = all.iter().any(|one| one.direction() == Direction::Incoming);
        let waits = (waits && can_remove).then_some("An incoming one goes on when its sender sends again.");
        let remove = can_remove.then_some("Forget one: sampan transfers --remove ID.");
        let hints: Vec<&str> = [resume, waits, remove].into_iter().flatten().collect();
        if !hints.is_empty() {
            print_line(format_args!("\n{}", hints.join("\n")));
        }
    }
    Ok(())
}

fn direction(one: &Unfinished) -> &'static str {
    match one.direction() {
        Direction::Outgoing => "outgoing",
        Direction::Incoming => "incoming",
    }
}

fn peer(one: &Unfinished) -> String {
    one.peer_name.as_ref().map_or_else(|| one.peer.fingerprint().to_string(), ToString::to_string)
}

fn row(one: &Unfinished, there: Option<u64>, is_running: bool, now: Moment) -> [String; HEAD.len()] {
    let there = match (one.direction(), there) {
        (Direction::Outgoing, _) => String::new(),
        (Direction::Incoming, Some(there)) => size::human(there),
        (Direction::Incoming, None) => "unknown".to_owned(),
    };
    [
        one.transfer.short(),
        direction(one).to_owned(),
        if is_running { "running" } else { "interrupted" }.to_owned(),
        peer(one),
        one.label.clone(),
        size::human(one.bytes),
        there,
        ago(now.since(one.at)),
    ]
}

/// For programs.
fn line(one: &Unfinished, there: Option<u64>, is_running: bool) -> serde_json::Value {
    let (folder, sources) = match &one.end {
        LocalEnd::Folder { folder } => (Some(shown_path(folder)), None),
        LocalEnd::Sources { sources, .. } => {
            (None, Some(sources.iter().map(|path| shown_path(path)).collect::<Vec<_>>()))
        }
    };
    json!({
        "event": "unfinished", "id": one.transfer.to_string(), "direction": direction(one),
        "device": one.peer.to_string(), "peer": one.peer_name.as_ref().map(ToString::to_string),
        "name": one.label, "files": one.files, "bytes": one.bytes, "there": there, "running": is_running,
        "begun": one.at.as_secs(),
        "folder": folder, "sources": sources,
    })
}
