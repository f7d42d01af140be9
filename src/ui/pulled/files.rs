//! The table of a transfer's files, in its opened row.

use crate::engine::{ListedCounts, Transfer, TransferKey, Which};
use crate::model::TransferState;
use crate::texts::Texts;
use crate::ui::pulled::{RowSource, Rows};
use crate::ui::shown::{FileLine, FileTableText};

/// A transfer's files, as they are drawn.
pub struct FileTable {
    transfer: TransferKey,
    which: Which,
    counts: Option<ListedCounts>,
    /// The words of the table, made when the counts changed.
    text: FileTableText,
    /// How far the transfer was when the rows were fetched.
    seen: Option<(TransferState, u64, u64)>,
    rows: Rows<FileLine>,
}

impl FileTable {
    pub(super) fn new(transfer: TransferKey) -> Self {
        Self {
            transfer,
            which: Which::All,
            counts: None,
            text: FileTableText::default(),
            seen: None,
            rows: Rows::default(),
        }
    }

    /// Which files are shown.
    pub fn which(&self) -> Which {
        self.which
    }

    /// Shows other files.
    pub fn show(&mut self, which: Which) {
        self.which = which;
        self.rows.clear();
    }

    /// How many rows there are.
    pub fn len(&self) -> u64 {
        self.counts.unwrap_or_default().of(self.which)
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether anything is known of the files.
    pub fn is_known(&self) -> bool {
        self.counts.is_none_or(|counts| counts.all > 0)
    }

    /// The table's words.
    pub fn text(&self) -> &FileTableText {
        &self.text
    }

    /// The rows that are here.
    pub fn rows(&mut self) -> &mut Rows<FileLine> {
        &mut self.rows
    }

    /// A row, if it is here.
    pub fn line(&self, index: u64) -> Option<&FileLine> {
        self.rows.get(index)
    }

    pub(super) fn is_hungry(&self) -> bool {
        self.counts.is_none() || self.rows.is_hungry()
    }

    pub(super) fn forget_words(&mut self) {
        self.rows.clear();
        self.seen = None;
    }

    pub(super) fn pull(&mut self, transfer: &Transfer, texts: &Texts, source: &(impl RowSource + ?Sized)) {
        let seen = (transfer.state, transfer.progress.files, transfer.progress.bytes);
        if self.seen != Some(seen) {
            self.seen = Some(seen);
            let counts = source.listed_len(self.transfer);
            // Only at first: nothing moves under the pointer.
            if self.counts.is_none() && counts.failed > 0 {
                self.which = Which::Failed;
            }
            self.counts = Some(counts);
            self.text = FileTableText::of(counts, texts);
            self.rows.make_stale();
        }
        let (key, which, len) = (self.transfer, self.which, self.len());
        self.rows.pull(len, |from, limit| {
            let files = source.listed(key, which, from, limit);
            files.into_iter().map(|file| FileLine::of(file, transfer, texts)).collect()
        });
    }
}
