//! What an offer lists, kept as it came: page bodies one after another, in memory or in an unnamed file, and an index of
//! a few bytes for every 64 KiB of them. So ten million names cost no memory (`docs/protocol.md` §2.3).

mod builder;
mod decoded;

use std::path::PathBuf;
use std::sync::Arc;

use crate::model::{Entry, EntryIndex, EntryKind, ManifestSummary, size};
use crate::session::OfferRoom;
use crate::session::manifest::decoded::Decoded;
use crate::storage::{Spool, SpoolError, SpoolPlace};
use crate::wire::{Frame, Kind, ManifestPage, PageWriter, limits};

pub(super) use builder::ManifestBuilder;

/// Manifests of up to this many bytes stay in memory: those of most transfers, and thirty of them while thirty people
/// think.
const MEMORY: u64 = 8 * 1024 * 1024;

/// What one manifest may take on disk: more than [`limits::MAX_MANIFEST`] and the lengths between its pages.
const DISK: u64 = 1024 * 1024 * 1024;

/// Bytes before each page in a block: its length.
const LENGTH_BYTES: usize = size_of::<u32>();

/// Where manifests are kept and how long they may be. The defaults are the protocol's limits; tests shrink them.
#[derive(Clone, Debug)]
pub struct ManifestLimits {
    /// Entries of one offer.
    pub entries: u64,
    /// Bytes of all its pages.
    pub bytes: u64,
    /// Where pages go, and how many of them stay in memory.
    pub place: SpoolPlace,
    /// What a peer's list takes a share of, beside those of other sessions.
    pub room: Arc<OfferRoom>,
}

impl ManifestLimits {
    /// The protocol's limits, and a room of its own; long manifests go into this folder.
    pub fn in_folder(folder: PathBuf) -> Self {
        let place = SpoolPlace { folder, memory: MEMORY, limit: DISK };
        let room = Arc::default();
        Self { entries: limits::MAX_ENTRIES, bytes: limits::MAX_MANIFEST, place, room }
    }
}

/// The entries of an offer and their totals. Reading blocks where they are many.
#[derive(Debug)]
pub struct Manifest {
    blocks: Vec<Block>,
    spool: Spool,
    summary: ManifestSummary,
    shapes: Shapes,
    decoded: Decoded,
}

/// What an entry is, without its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// A file.
    File,
    /// A folder.
    Folder,
    /// A link.
    Link,
}

/// The shapes of all entries, and how deep they are: asked so often that they are kept beside the pages, a byte each.
#[derive(Debug, Default)]
struct Shapes {
    all: Vec<Shape>,
    /// How many names each path has: with the manifest's order, all there is to know of a tree but its names.
    depths: Vec<u8>,
    folders: u64,
}

impl Shapes {
    fn add(&mut self, page: &ManifestPage) {
        self.all.extend(page.entries().iter().map(|entry| match entry.kind {
            EntryKind::File => Shape::File,
            EntryKind::Folder => Shape::Folder,
            EntryKind::Link(_) => Shape::Link,
        }));
        let depth = |entry: &Entry| u8::try_from(entry.path.depth()).unwrap_or(u8::MAX);
        self.depths.extend(page.entries().iter().map(depth));
        let folders = page.entries().iter().filter(|entry| entry.kind == EntryKind::Folder).count();
        self.folders += size::from_len(folders);
    }
}

/// Some pages that are stored together.
#[derive(Clone, Copy, Debug)]
struct Block {
    first: EntryIndex,
    offset: u64,
    length: usize,
}

impl Manifest {
    /// Of entries that are at hand; stays in memory.
    pub fn of(entries: impl IntoIterator<Item = Entry>) -> Self {
        let place = SpoolPlace { folder: PathBuf::new(), memory: u64::MAX, limit: u64::MAX };
        let mut builder = ManifestBuilder::new(ManifestLimits {
            entries: u64::MAX,
            bytes: u64::MAX,
            place,
            room: Arc::default(),
        });
        let mut pages = PageWriter::new();
        let mut add = |page| builder.add(&page).expect("no limit");
        for entry in entries {
            pages.push(entry).into_iter().for_each(&mut add);
        }
        let (last, summary) = pages.finish(0);
        last.into_iter().for_each(add);
        builder.store().expect("memory takes it");
        builder.into_manifest(summary)
    }

    /// How many entries there are.
    pub fn len(&self) -> u64 {
        self.summary.entries
    }

    /// How many entries are files or links: what people count.
    pub fn files(&self) -> u64 {
        self.len().saturating_sub(self.shapes.folders)
    }

    /// What an entry is; `None` behind the last.
    pub fn shape(&self, entry: EntryIndex) -> Option<Shape> {
        self.shapes.all.get(size::to_len(entry)).copied()
    }

    /// The next entry of this shape, from an entry on.
    pub fn next_of(&self, shape: Shape, from: EntryIndex) -> Option<EntryIndex> {
        let rest = self.shapes.all.get(size::to_len(from)..)?;
        rest.iter().position(|found| *found == shape).map(|ahead| from + size::from_len(ahead))
    }

    /// The folder an entry is in; `None` for a root.
    pub fn folder_of(&self, entry: EntryIndex) -> Option<EntryIndex> {
        let place = size::to_len(entry);
        let depth = self.shapes.depths.get(place)?;
        let before = self.shapes.depths.get(..place)?;
        before.iter().rposition(|found| found < depth).map(size::from_len)
    }

    /// The first entry behind all that is in a folder; `from` is the folder's next entry, or one that is known to be in it.
    pub fn end_of(&self, folder: EntryIndex, from: EntryIndex) -> EntryIndex {
        let depths = &self.shapes.depths;
        let Some(depth) = depths.get(size::to_len(folder)) else { return self.len() };
        let behind = depths.get(size::to_len(from)..).unwrap_or_default();
        behind
            .iter()
            .position(|found| found <= depth)
            .map_or(self.len(), |ahead| from + size::from_len(ahead))
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Its totals and its digest.
    pub fn summary(&self) -> &ManifestSummary {
        &self.summary
    }

    /// How long its pages are together, in bytes, or a little more.
    pub(super) fn page_bytes(&self) -> u64 {
        self.spool.length()
    }

    /// Nobody goes through it any more, and who still asks for an entry waits a little longer: what was decoded goes.
    pub fn let_go(&self) {
        self.decoded.let_go();
    }

    /// One entry; `None` behind the last. Who reads more than one uses a [`Cursor`]. Errors: [`SpoolError`].
    pub fn get(&self, entry: EntryIndex) -> Result<Option<Entry>, SpoolError> {
        Ok(self.stretch(entry)?.and_then(|stretch| stretch.get(entry).cloned()))
    }

    /// The first entries, at most this many. Errors: [`SpoolError`].
    pub fn first(&self, count: usize) -> Result<Vec<Entry>, SpoolError> {
        let mut found = Vec::new();
        while found.len() < count {
            let Some(stretch) = self.stretch(size::from_len(found.len()))? else { break };
            found.extend(stretch.entries.iter().take(count - found.len()).cloned());
        }
        Ok(found)
    }

    /// The entries that are stored together with this one; `None` behind the last. Errors: [`SpoolError`].
    pub(super) fn stretch(&self, entry: EntryIndex) -> Result<Option<Arc<Stretch>>, SpoolError> {
        if entry >= self.len() {
            return Ok(None);
        }
        let after = self.blocks.partition_point(|block| block.first <= entry);
        let Some(place) = after.checked_sub(1) else { return Ok(None) };
        let Some(block) = self.blocks.get(place) else { return Ok(None) };
        if let Some(stretch) = self.decoded.get(place) {
            return Ok(Some(stretch));
        }
        let bytes = self.spool.read(block.offset, block.length)?;
        let entries = decode(&bytes).ok_or_else(|| self.spool.damaged())?;
        let stretch = Arc::new(Stretch { first: block.first, entries });
        self.decoded.keep(place, &stretch);
        Ok(Some(stretch))
    }
}

/// Reads a block's pages; `None` if they are not what was stored.
fn decode(mut bytes: &[u8]) -> Option<Vec<Entry>> {
    let mut entries = Vec::new();
    while !bytes.is_empty() {
        let (length, rest) = bytes.split_first_chunk::<LENGTH_BYTES>()?;
        let (body, rest) = rest.split_at_checked(size::to_len(u64::from(u32::from_be_bytes(*length))))?;
        let Ok(Frame::ManifestPage(page)) = Frame::decode(Kind::ManifestPage, body) else { return None };
        entries.extend(page.into_entries());
        bytes = rest;
    }
    Some(entries)
}

/// Entries that follow one another, decoded.
#[derive(Debug)]
pub(super) struct Stretch {
    first: EntryIndex,
    entries: Vec<Entry>,
}

impl Stretch {
    /// One of them.
    pub(super) fn get(&self, entry: EntryIndex) -> Option<&Entry> {
        self.entries.get(size::to_len(entry.checked_sub(self.first)?))
    }
}

/// Reads a manifest from its beginning on, or nearly so: what was decoded last is kept.
#[derive(Debug)]
pub struct Cursor {
    manifest: Arc<Manifest>,
    stretch: Option<Arc<Stretch>>,
}

impl Cursor {
    /// Nothing read yet.
    pub fn new(manifest: Arc<Manifest>) -> Self {
        Self { manifest, stretch: None }
    }

    /// An entry; `None` behind the last. Errors: [`SpoolError`].
    pub fn get(&mut self, entry: EntryIndex) -> Result<Option<&Entry>, SpoolError> {
        if self.stretch.as_ref().is_none_or(|stretch| stretch.get(entry).is_none()) {
            self.stretch = self.manifest.stretch(entry)?;
        }
        Ok(self.stretch.as_ref().and_then(|stretch| stretch.get(entry)))
    }
}

#[cfg(test)]
mod tests;
