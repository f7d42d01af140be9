//! The plan of a transfer, as front ends pull it: some rows at a time, from whichever place.

mod family;

use std::sync::Arc;

use crate::engine::sight::family::Family;

use crate::model::{EntryIndex, Finding, RelPath, Skip};
use crate::session::{Action, Cursor, Manifest, Plan, Shape, Wanted};
use crate::wire::EntryRange;

/// Where rows come from.
#[derive(Clone, Debug)]
pub(super) enum Sight {
    /// This computer's own plan.
    Plan(Arc<Plan>),
    /// What the receiver told of its plan.
    Told(Arc<Manifest>, Arc<Wanted>),
}

/// One entry of a plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlanRow {
    /// Its place in the manifest.
    pub entry: EntryIndex,
    /// Its path.
    pub path: RelPath,
    /// What it is.
    pub shape: Shape,
    /// A file's size in bytes.
    pub bytes: u64,
    /// What stands there.
    pub finding: Finding,
    /// What happens to it.
    pub action: Action,
    /// Bytes of it that are there already.
    pub offset: u64,
    /// The folders it is in, outermost first, each with all below it.
    pub folders: Vec<EntryRange>,
    /// Itself, and all below it.
    pub whole: EntryRange,
}

impl Sight {
    /// How many rows there are.
    pub(super) fn len(&self) -> u64 {
        self.manifest().len()
    }

    /// Rows from an entry on. Fewer where the names cannot be read.
    pub(super) fn rows(&self, from: EntryIndex, limit: usize) -> Vec<PlanRow> {
        let manifest = self.manifest();
        let (mut cursor, mut family) = (Cursor::new(Arc::clone(manifest)), Family::new(manifest));
        let row = |entry| self.row(entry, manifest, &mut cursor, &mut family);
        (from..manifest.len()).take(limit).map_while(row).collect()
    }

    fn manifest(&self) -> &Arc<Manifest> {
        match self {
            Self::Plan(plan) => plan.manifest(),
            Self::Told(manifest, _) => manifest,
        }
    }

    fn row(
        &self,
        entry: EntryIndex,
        manifest: &Manifest,
        cursor: &mut Cursor,
        family: &mut Family<'_>,
    ) -> Option<PlanRow> {
        let found = cursor.get(entry).ok()??;
        let (finding, action, offset) = match self {
            Self::Plan(plan) => (plan.finding(entry), plan.action(entry), plan.offset(entry)),
            Self::Told(_, wanted) => told(wanted, entry),
        };
        let (path, shape, bytes) = (found.path.clone(), manifest.shape(entry)?, found.size);
        let (folders, whole) = family.of(entry);
        Some(PlanRow { entry, path, shape, bytes, finding, action, offset, folders, whole })
    }
}

fn told(wanted: &Wanted, entry: EntryIndex) -> (Finding, Action, u64) {
    let offset = wanted.offset(entry);
    let (differs, skip) = (wanted.differs(entry), wanted.skip(entry));
    let finding = match (skip, differs) {
        (Some(Skip::Identical), _) => Finding::Identical,
        (_, true) => Finding::Differs,
        _ if offset > 0 => Finding::Continues,
        _ => Finding::New,
    };
    (finding, skip.map_or(Action::KeepBoth, Action::Skip), offset)
}
