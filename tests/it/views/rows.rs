//! Rows of long lists made by hand: a tree of any size, of which nothing is kept but how many rows were asked for.

use std::cell::RefCell;

use sampan::engine::{Action, EntryRange, ListedCounts, ListedFile, PlanRow, Shape, TransferKey, Which};
use sampan::model::{FailureKind, FileFate, FileProblem, Finding, LocalName, RelPath, Side, Skip};
use sampan::ui::pulled::RowSource;

/// Entries of a day: its folder, and what is in it.
const DAY: u64 = 30;

/// A folder `holiday/` with a folder for each day.
pub(crate) struct Tree {
    /// Entries in all; the first one is the folder itself.
    pub(crate) len: u64,
    /// Names that are as bad as names can be.
    pub(crate) is_hostile: bool,
    /// What was asked for: from where, and how many.
    pub(crate) asked: RefCell<Vec<(u64, usize)>>,
}

impl Tree {
    pub(crate) fn of(len: u64) -> Self {
        Self { len, is_hostile: false, asked: RefCell::default() }
    }

    pub(crate) fn hostile(len: u64) -> Self {
        Self { is_hostile: true, ..Self::of(len) }
    }

    fn name(&self, entry: u64) -> Vec<u8> {
        if !self.is_hostile {
            return format!("IMG_{entry:04}.jpg").into_bytes();
        }
        match entry % 4 {
            0 => "invoice\u{202e}fdp.exe".as_bytes().to_vec(),
            1 => vec![b'W'; 255],
            2 => "舢".repeat(85).into_bytes(),
            _ => b"\xff\xfe\n\x1b[2J".to_vec(),
        }
    }

    /// The place of an entry in its day; 0 is the day's folder.
    fn place(entry: u64) -> u64 {
        (entry - 1) % DAY
    }

    fn day(&self, entry: u64) -> EntryRange {
        let first = entry - Self::place(entry);
        EntryRange { first, count: DAY.min(self.len - first) }
    }

    fn path(&self, entry: u64) -> Vec<Vec<u8>> {
        let mut path = vec![b"holiday".to_vec()];
        if entry > 0 {
            path.push(format!("2026-07-{:02}", (entry - 1) / DAY + 1).into_bytes());
            if Self::place(entry) > 0 {
                path.push(self.name(entry));
            }
        }
        path
    }

    fn row(&self, entry: u64) -> PlanRow {
        let all = EntryRange { first: 0, count: self.len };
        let (shape, folders, whole) = match entry {
            0 => (Shape::Folder, vec![], all),
            _ if Self::place(entry) == 0 => (Shape::Folder, vec![all], self.day(entry)),
            _ => (Shape::File, vec![all, self.day(entry)], EntryRange { first: entry, count: 1 }),
        };
        let (finding, action, offset) = match (shape, entry) {
            (Shape::Folder, 0) => (Finding::Merge, Action::KeepBoth, 0),
            (Shape::Folder, _) => (Finding::New, Action::KeepBoth, 0),
            (_, 2) => (Finding::Identical, Action::Skip(Skip::Identical), 0),
            (_, 3) => (Finding::Continues, Action::KeepBoth, 3_040_000),
            (_, 4) => (Finding::Differs, Action::KeepBoth, 0),
            (_, 5) => (Finding::Differs, Action::Replace, 0),
            (_, 6) => (Finding::Blocked, Action::KeepBoth, 0),
            (_, 7) => (Finding::Differs, Action::Skip(Skip::Unwanted), 0),
            _ => (Finding::New, Action::KeepBoth, 0),
        };
        let path = RelPath::parse(self.path(entry)).unwrap();
        PlanRow { entry, path, shape, bytes: 8_000_000, finding, action, offset, folders, whole }
    }

    fn file(&self, which: Which, place: u64) -> ListedFile {
        let path = RelPath::parse(self.path(place + 2)).unwrap().to_string();
        let kinds = [FailureKind::SourceChanged, FailureKind::NotReadable, FailureKind::DiskFull];
        let problem = FileProblem {
            kind: kinds[usize::try_from(place % 3).unwrap()],
            side: if place % 3 == 2 { Side::There } else { Side::Here },
        };
        let fate = match (which, place % 7) {
            (Which::Failed, _) | (Which::All, 1) => Some(FileFate::Failed(problem)),
            (Which::All, 2) => Some(FileFate::Skipped(Skip::Identical)),
            (Which::All, 3) => Some(FileFate::Saved { saved_as: Some(LocalName::of(b"IMG (1).jpg")) }),
            (Which::Waiting, _) | (Which::All, 6) => None,
            (Which::All, _) => Some(FileFate::Saved { saved_as: None }),
        };
        ListedFile { path, shape: Shape::File, bytes: Some(8_000_000), fate }
    }

    fn rows<R>(&self, len: u64, from: u64, limit: usize, row: impl Fn(u64) -> R) -> Vec<R> {
        self.asked.borrow_mut().push((from, limit));
        (from..len).take(limit).map(row).collect()
    }
}

impl RowSource for Tree {
    fn plan_len(&self, _: TransferKey) -> u64 {
        self.len
    }

    fn plan(&self, _: TransferKey, from: u64, limit: usize) -> Vec<PlanRow> {
        self.rows(self.len, from, limit, |entry| self.row(entry))
    }

    fn listed_len(&self, _: TransferKey) -> ListedCounts {
        let files = self.len.saturating_sub(self.len.div_ceil(DAY) + 1);
        ListedCounts { all: files, failed: 12.min(files), waiting: 132.min(files) }
    }

    fn listed(&self, key: TransferKey, which: Which, from: u64, limit: usize) -> Vec<ListedFile> {
        self.rows(self.listed_len(key).of(which), from, limit, |place| self.file(which, place))
    }
}
