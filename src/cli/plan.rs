//! `sampan send --dry-run`: what the receiver would do.

use serde_json::json;

use crate::cli::print::print_line;
use crate::cli::words;
use crate::engine::{Action, Engine, PlanRow, Shape, Transfer};
use crate::model::{Conflict, Finding, PlanSummary, Skip, size};

/// Rows that are asked for at once.
const PAGE: usize = 1_000;

/// Who reads it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// People.
    Text,
    /// Programs.
    Json,
}

/// Prints the plan, an entry a line, and its sums.
pub(super) fn print(engine: &Engine, transfer: &Transfer, form: Form) {
    let mut from = 0;
    loop {
        let rows = engine.plan(transfer.key, from, PAGE);
        for row in rows.iter().filter(|row| row.shape != Shape::Folder) {
            match form {
                Form::Json => print_line(line(row)),
                Form::Text => print_line(sentence(row, transfer.plan)),
            }
        }
        from += size::from_len(rows.len());
        if rows.len() < PAGE {
            break;
        }
    }
    if form == Form::Text {
        let peer = words::peer(&transfer.peer);
        for one in engine.left_out(transfer.key) {
            let reason = words::reason(one.problem, &one.path, &peer);
            print_line(format_args!("{:20} {:>9}  {reason}", "cannot be sent", ""));
        }
    }
    if let Some(plan) = transfer.plan {
        match form {
            Form::Json => print_line(sums(&plan)),
            Form::Text => print_line(total(&plan, transfer.left_out)),
        }
    }
}

fn sentence(row: &PlanRow, plan: Option<PlanSummary>) -> String {
    let conflict = plan.map(|plan| plan.conflict).unwrap_or_default();
    let what = match (row.finding, row.action) {
        (Finding::Identical, _) | (Finding::Differs, Action::Skip(Skip::Identical)) => "identical".to_owned(),
        (Finding::Differs, Action::Skip(_)) => "differs, not taken".to_owned(),
        (Finding::Differs, Action::KeepBoth | Action::Replace) => match conflict {
            Conflict::KeepBoth => "differs, both kept".to_owned(),
            Conflict::Skip => "differs, not taken".to_owned(),
            Conflict::Replace => "differs, replaced".to_owned(),
        },
        (_, Action::Skip(_)) => "not taken".to_owned(),
        (Finding::Continues, _) => format!("continues from {} %", size::percent(row.offset, row.bytes)),
        (Finding::Blocked, _) => "under another name".to_owned(),
        (Finding::New | Finding::Merge, _) => "new".to_owned(),
    };
    format!("{what:20} {:>9}  {}", size::human(row.bytes), row.path)
}

fn total(plan: &PlanSummary, left_out: u64) -> String {
    let unsent = if left_out > 0 { format!(", {left_out} cannot be sent") } else { String::new() };
    let room =
        if plan.fits() { "" } else { "\nThat is not enough room there: nothing of it would be taken." };
    let restarted =
        if plan.restarted > 0 { format!("{} started again, ", plan.restarted) } else { String::new() };
    format!(
        "{} new, {} identical, {} continued, {restarted}{} differing, {} under another name{unsent}: {} to send, {} needed, {} free there{room}",
        plan.new,
        plan.identical,
        plan.continued,
        plan.differing,
        plan.blocked,
        size::human(plan.bytes),
        size::human(plan.needed),
        size::human(plan.free),
    )
}

/// For programs.
fn line(row: &PlanRow) -> serde_json::Value {
    let skipped = match row.action {
        Action::Skip(Skip::Identical) => Some("identical"),
        Action::Skip(Skip::Unwanted) => Some("unwanted"),
        Action::KeepBoth | Action::Replace => None,
    };
    json!({
        "event": "plan", "path": row.path.to_string(), "bytes": row.bytes, "finding": row.finding.code(),
        "offset": row.offset, "skipped": skipped,
    })
}

fn sums(plan: &PlanSummary) -> serde_json::Value {
    json!({
        "event": "planned", "new": plan.new, "identical": plan.identical, "continued": plan.continued,
        "restarted": plan.restarted,
        "differing": plan.differing, "blocked": plan.blocked, "bytes": plan.bytes, "needed": plan.needed,
        "free": plan.free, "fits": plan.fits(), "on_conflict": plan.conflict.code(),
    })
}
