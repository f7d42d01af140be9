//! The lines about single files: each is told once, over all sessions of a transfer.

use std::collections::HashSet;
use std::hash::{BuildHasher as _, RandomState};

use serde::Serialize;
use serde_json::{Value, json};

use crate::cli::print::print_lines;
use crate::engine::{Direction, Engine, FileCursor, LeftOut, Transfer};
use crate::model::{FileFate, FileReport, LocalName, RelPath, Skip, TransferState};

/// Files fetched from the engine at a time.
const PAGE: usize = 1_000;

/// What was printed of one transfer's files.
#[derive(Default)]
pub(super) struct Files {
    cursor: FileCursor,
    /// The step at which they were asked for last.
    asked: Option<TransferState>,
    told: Told,
}

impl Files {
    /// Prints what became known since the last call; says whether that was anything.
    pub(super) fn print_new(&mut self, transfer: &Transfer, engine: &Engine) -> bool {
        // Asking costs a lock: only when the counters say there is something new, or at a step. Files that need not be sent
        // are known when the bytes begin, and told while the transfer goes on.
        let is_step = self.asked.replace(transfer.state) != Some(transfer.state);
        if !is_step && transfer.progress.files == 0 {
            return false;
        }
        let mut any = false;
        loop {
            let list = self.cursor.list();
            let reports = engine.files(transfer.key, &mut self.cursor, PAGE);
            if list > 0 && list != self.cursor.list() {
                self.told.lists_again();
            }
            // A page at once: a write for each of thousands of files takes as long as comparing them.
            let mut lines = Vec::new();
            for report in reports.iter().filter(|report| self.told.is_news(report)) {
                file(report, transfer, &mut lines);
            }
            if !lines.is_empty() {
                any = true;
                print_lines(&lines);
            }
            if reports.len() < PAGE {
                return any;
            }
        }
    }
}

/// The files whose end was told, but for those that failed: hashes of their paths, eight bytes each.
#[derive(Default)]
struct Told {
    hashing: RandomState,
    /// Those of the first session, which lists each file once. A plain list: a set takes three times the memory.
    first: Vec<u64>,
    /// Those of all sessions so far, the first one with them, as soon as there is a second one.
    all: Option<HashSet<u64>>,
}

impl Told {
    /// After an interruption comes another session, and lists files again.
    fn lists_again(&mut self) {
        self.all.get_or_insert_default().extend(std::mem::take(&mut self.first));
    }

    /// Whether this was not printed yet. What failed may still arrive.
    fn is_news(&mut self, report: &FileReport) -> bool {
        let path = self.hashing.hash_one(report.path.joined());
        match (&report.fate, &mut self.all) {
            (FileFate::Failed(_), all) => !all.as_ref().is_some_and(|all| all.contains(&path)),
            (FileFate::Saved { .. } | FileFate::Skipped(_), Some(all)) => all.insert(path),
            (FileFate::Saved { .. } | FileFate::Skipped(_), None) => {
                self.first.push(path);
                true
            }
        }
    }
}

/// What became of a file. There are as many of these lines as files, so they are written without a detour.
/// Fields in the order of their names, as in all other lines.
#[derive(Serialize)]
struct FileLine<'report> {
    bytes: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<&'static str>,
    event: &'static str,
    path: &'report str,
    #[serde(skip_serializing_if = "Option::is_none")]
    path_hex: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    saved_as: Option<String>,
    sha256: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    skipped: Option<&'static str>,
    transfer: u64,
}

fn file(report: &FileReport, transfer: &Transfer, lines: &mut Vec<u8>) {
    let path = report.path.to_string();
    let is_shown_whole = path.as_bytes() == report.path.joined();
    let mut line = FileLine {
        bytes: report.bytes,
        error: None,
        event: "file",
        path: &path,
        path_hex: (!is_shown_whole).then(|| hex(&report.path)),
        saved_as: None,
        sha256: report.sha256.map(|digest| digest.to_string()),
        skipped: None,
        transfer: transfer.key.0,
    };
    match &report.fate {
        FileFate::Saved { saved_as } => match (transfer.direction, saved_as) {
            (Direction::Incoming, Some(name)) => line.saved_as = Some(name.to_string()),
            (Direction::Incoming, None) => {
                line.saved_as = Some(LocalName::of(report.path.name()).to_string());
            }
            (Direction::Outgoing, _) => {}
        },
        FileFate::Skipped(Skip::Identical) => line.skipped = Some("identical"),
        FileFate::Skipped(Skip::Unwanted) => line.skipped = Some("unwanted"),
        FileFate::Failed(problem) => line.error = Some(problem.kind.code()),
    }
    // Memory takes every byte, and no field can be refused.
    serde_json::to_writer(&mut *lines, &line).ok();
    lines.push(b'\n');
}

/// What could not even be offered is a file that did not arrive.
pub(super) fn left_out(one: &LeftOut, transfer: &Transfer) -> Value {
    json!({
        "event": "file", "transfer": transfer.key.0, "path": one.path, "bytes": 0, "sha256": null,
        "error": one.problem.kind.code(),
    })
}

fn hex(path: &RelPath) -> String {
    path.joined().iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().concat()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{FailureKind, FileProblem, Side};

    #[test]
    fn each_file_that_arrived_is_told_once_over_all_sessions() {
        let report = |name: &str, fate| FileReport {
            entry: 0,
            path: RelPath::parse([name]).unwrap(),
            bytes: 1,
            sha256: None,
            fate,
        };
        let problem = FileProblem { kind: FailureKind::DiskFull, side: Side::There };
        let (saved, there) = (FileFate::Saved { saved_as: None }, FileFate::Skipped(Skip::Identical));
        let mut told = Told::default();
        assert!(told.is_news(&report("a", saved.clone())));
        assert!(told.is_news(&report("b", FileFate::Failed(problem))));
        told.lists_again();
        assert!(!told.is_news(&report("a", there.clone())));
        assert!(!told.is_news(&report("a", FileFate::Failed(problem))));
        assert!(told.is_news(&report("b", there.clone())));
        told.lists_again();
        assert!(!told.is_news(&report("a", there)));
        assert!(!told.is_news(&report("b", saved.clone())));
        assert!(told.is_news(&report("c", saved)));
    }
}
