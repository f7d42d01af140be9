//! A transfer's files in words, as they are pulled.

use crate::engine::{ListedCounts, ListedFile, Shape, Transfer};
use crate::model::{Direction, Failure, FileFate, FileProblem, Skip, size};
use crate::texts::Texts;
use crate::ui::shown::peer_label;

/// The words around the table.
#[derive(Default)]
pub struct FileTableText {
    /// All, with their number.
    pub all: String,
    /// Those that failed.
    pub failed: String,
    /// Those that wait.
    pub waiting: String,
}

impl FileTableText {
    pub(in crate::ui) fn of(counts: ListedCounts, texts: &Texts) -> Self {
        let count = |id: &str, count: u64| texts.with(id, [("count", count.into())]);
        Self {
            all: count("files-all", counts.all),
            failed: count("files-failed", counts.failed),
            waiting: count("files-waiting", counts.waiting),
        }
    }
}

/// A file's row in words.
pub struct FileLine {
    /// Its path.
    pub path: String,
    /// What it is.
    pub shape: Shape,
    /// Its size.
    pub size: String,
    /// What became of it.
    pub word: String,
    /// What that means, for its icon and colour.
    pub tone: FileTone,
    /// Why it failed.
    pub reason: Option<String>,
}

/// What became of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileTone {
    /// It is safe.
    Saved,
    /// It was not needed.
    Skipped,
    /// It did not arrive.
    Failed,
    /// Nothing is known yet.
    Waiting,
}

impl FileLine {
    pub(in crate::ui) fn of(file: ListedFile, transfer: &Transfer, texts: &Texts) -> Self {
        let (tone, word) = match &file.fate {
            None if transfer.ending.is_some() => (FileTone::Waiting, texts.t("file-missing").to_owned()),
            None => (FileTone::Waiting, texts.t("file-waiting").to_owned()),
            Some(FileFate::Saved { saved_as: Some(name) }) => {
                let name = crate::model::shown_bytes(name.as_bytes());
                (FileTone::Saved, texts.with("file-saved-as", [("name", name.into())]))
            }
            Some(FileFate::Saved { saved_as: None }) => (FileTone::Saved, texts.t("file-saved").to_owned()),
            Some(FileFate::Skipped(Skip::Identical)) => (
                FileTone::Skipped,
                texts
                    .t(match transfer.direction {
                        Direction::Outgoing => "file-identical-out",
                        Direction::Incoming => "file-identical-in",
                    })
                    .to_owned(),
            ),
            Some(FileFate::Skipped(Skip::Unwanted)) => {
                (FileTone::Skipped, texts.t("file-unwanted").to_owned())
            }
            Some(FileFate::Failed(_)) => (FileTone::Failed, texts.t("file-failed").to_owned()),
        };
        let reason = match &file.fate {
            Some(FileFate::Failed(problem)) => Some(reason(*problem, &file.path, transfer, texts)),
            Some(FileFate::Saved { .. } | FileFate::Skipped(_)) | None => None,
        };
        let size = match file.shape {
            Shape::File => file.bytes.map(size::human).unwrap_or_default(),
            Shape::Folder | Shape::Link => String::new(),
        };
        Self { path: file.path, shape: file.shape, size, word, tone, reason }
    }
}

/// Why a file did not arrive. The row names it, so the sentence needs its last name only.
fn reason(problem: FileProblem, path: &str, transfer: &Transfer, texts: &Texts) -> String {
    let name = path.rsplit('/').next().unwrap_or(path);
    let failure = Failure { side: problem.side, ..Failure::here(problem.kind) }.about(name);
    texts.failure(&failure, peer_label(&transfer.peer)).what
}
