//! Manifest pages: entries, as many as fit a frame, and the digest over all of them.

use minicbor::bytes::ByteSlice;
use sha2::{Digest as _, Sha256};

use crate::model::{Digest, Entry, EntryIndex, EntryKind, LinkTarget, ManifestSummary, RelPath, Stamp, size};
use crate::wire::{Kind, WireError, body, limits};

/// Some entries of an offer, with the very bytes they came in (the manifest's digest is over those).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ManifestPage {
    first: EntryIndex,
    entries: Vec<Entry>,
    body: Vec<u8>,
}

/// Permission bits that may travel: no set-uid, set-gid or sticky bit.
const MODE_MASK: u32 = 0o777;

impl ManifestPage {
    /// A page that begins with the entry of this index.
    fn new(first: EntryIndex, entries: Vec<Entry>) -> Self {
        let page = body::ManifestPage { first, entries: entries.iter().map(entry_to_body).collect() };
        let mut bytes = Vec::new();
        body::encode(&page, &mut bytes);
        Self { first, entries, body: bytes }
    }

    /// Reads a page. Errors: [`WireError`] when it is not CBOR of this shape, or an entry is not what it must be.
    pub(super) fn decode(bytes: &[u8]) -> Result<Self, WireError> {
        let page: body::ManifestPage = body::decode(Kind::ManifestPage, bytes)?;
        if page.entries.is_empty() {
            return Err(body::malformed(Kind::ManifestPage, "no entries"));
        }
        let entries = page.entries.into_iter().map(entry_from_body).collect::<Result<_, _>>()?;
        Ok(Self { first: page.first, entries, body: bytes.to_vec() })
    }

    /// Index of its first entry.
    pub fn first(&self) -> EntryIndex {
        self.first
    }

    /// The entries; never none.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// The entries, taken out.
    pub fn into_entries(self) -> Vec<Entry> {
        self.entries
    }

    /// The CBOR bytes of the page.
    pub fn body(&self) -> &[u8] {
        &self.body
    }
}

/// Cuts entries into pages and sums them up.
pub struct PageWriter {
    next: EntryIndex,
    waiting: Vec<Entry>,
    waiting_bytes: usize,
    totals: Totals,
}

/// Sums over the pages seen so far; both sides keep them and must agree.
#[derive(Default)]
pub(crate) struct Totals {
    entries: u64,
    bytes: u64,
    stored: u64,
    body_bytes: u64,
    hasher: Sha256,
    /// The entry that the next one must follow, and whether it is a folder.
    last: Option<(RelPath, bool)>,
}

/// What an entry takes at most beside its path, in bytes.
const ENTRY_OVERHEAD: usize = 64;

/// A page that is about this long is told; one with a longer path in it may be longer. Decoded it takes ten times as much memory,
/// and a few dozen pages may be on their way at once: so it is not as long as a page may be.
const PAGE_BYTES: usize = 16 * 1024;

impl PageWriter {
    /// Nothing written yet.
    #[expect(clippy::new_without_default, reason = "a page writer is made on purpose")]
    pub fn new() -> Self {
        Self { next: 0, waiting: Vec::new(), waiting_bytes: 0, totals: Totals::default() }
    }

    /// Adds an entry; gives a page when one is full.
    pub fn push(&mut self, entry: Entry) -> Option<ManifestPage> {
        let path: usize = entry.path.components().map(|name| name.len() + 3).sum();
        let target = match &entry.kind {
            EntryKind::File | EntryKind::Folder => 0,
            EntryKind::Link(target) => target.as_bytes().len(),
        };
        let needs = path + target + ENTRY_OVERHEAD;
        let page = (self.waiting_bytes + needs > PAGE_BYTES).then(|| self.page()).flatten();
        self.waiting_bytes += needs;
        self.waiting.push(entry);
        page
    }

    /// A page of what waits, if anything does.
    pub fn flush(&mut self) -> Option<ManifestPage> {
        self.page()
    }

    /// The last page, if entries wait, and the totals.
    pub fn finish(mut self, unreadable: u64) -> (Option<ManifestPage>, ManifestSummary) {
        let page = self.page();
        (page, self.totals.summary(unreadable))
    }

    fn page(&mut self) -> Option<ManifestPage> {
        if self.waiting.is_empty() {
            return None;
        }
        let page = ManifestPage::new(self.next, std::mem::take(&mut self.waiting));
        self.waiting_bytes = 0;
        self.totals.add(&page);
        self.next = self.totals.entries;
        Some(page)
    }
}

impl Totals {
    /// Takes a page in. `false` if it does not begin where the last one ended, its paths are out of order, or the sizes
    /// overflow.
    pub(crate) fn add(&mut self, page: &ManifestPage) -> bool {
        let mut last = self.last.as_ref().map(|(path, is_folder)| (path, *is_folder));
        let mut follows = page.first == self.entries;
        for entry in &page.entries {
            follows = follows && is_behind(last, entry);
            last = Some((&entry.path, entry.kind == EntryKind::Folder));
        }
        let last = last.map(|(path, is_folder)| (path.clone(), is_folder));
        self.last = last;
        self.entries += size::from_len(page.entries.len());
        self.body_bytes += size::from_len(page.body.len());
        self.hasher.update(&page.body);
        let sum = |total: u64, one: fn(&Entry) -> u64| {
            page.entries.iter().try_fold(total, |total, entry| total.checked_add(one(entry)))
        };
        let (bytes, stored) = (sum(self.bytes, |entry| entry.size), sum(self.stored, |entry| entry.stored));
        self.bytes = bytes.unwrap_or(u64::MAX);
        self.stored = stored.unwrap_or(u64::MAX);
        follows && bytes.is_some() && stored.is_some()
    }

    /// How long all pages are together, in bytes.
    pub(crate) fn body_bytes(&self) -> u64 {
        self.body_bytes
    }

    /// How many entries the pages held.
    pub(crate) fn entries(&self) -> u64 {
        self.entries
    }

    /// What ManifestEnd must say.
    pub(crate) fn summary(&self, unreadable: u64) -> ManifestSummary {
        ManifestSummary {
            entries: self.entries,
            bytes: self.bytes,
            stored: self.stored,
            unreadable,
            digest: Digest::from_bytes(self.hasher.clone().finalize().into()),
        }
    }
}

/// Whether an entry may come behind the `last` one (and whether that is a folder): in the order of paths, and in a folder that
/// is listed. That is the last entry or one that the last entry is in, because all that is in a folder comes right behind it.
fn is_behind(last: Option<(&RelPath, bool)>, entry: &Entry) -> bool {
    let folder = entry.path.folder();
    match last {
        None => folder.is_empty(),
        Some((last, is_folder)) => {
            let is_listed = last.is_in(folder) || (last.joined() == folder && is_folder);
            *last < entry.path && is_listed
        }
    }
}

/// Whether a receiver takes an offer of these entries, as far as their number and names go.
pub fn is_sendable<'a>(entries: impl Iterator<Item = &'a Entry>) -> bool {
    is_within(entries, limits::MAX_ENTRIES, limits::MAX_MANIFEST)
}

fn is_within<'a>(entries: impl Iterator<Item = &'a Entry>, max_entries: u64, max_bytes: u64) -> bool {
    let mut pages = PageWriter::new();
    entries.for_each(|entry| drop(pages.push(entry.clone())));
    pages.page();
    pages.totals.body_bytes <= max_bytes && pages.totals.entries <= max_entries
}

fn entry_to_body(entry: &Entry) -> body::Entry<'_> {
    body::Entry {
        path: entry.path.components().map(<&ByteSlice>::from).collect(),
        kind: match entry.kind {
            EntryKind::File => 0,
            EntryKind::Folder => 1,
            EntryKind::Link(_) => 2,
        },
        target: match &entry.kind {
            EntryKind::File | EntryKind::Folder => None,
            EntryKind::Link(target) => Some(target.as_bytes().to_vec().into()),
        },
        size: entry.size,
        stored: entry.stored,
        modified_secs: entry.modified.map(|stamp| stamp.secs),
        modified_nanos: entry.modified.map(|stamp| stamp.nanos),
        mode: entry.mode,
    }
}

fn entry_from_body(entry: body::Entry<'_>) -> Result<Entry, WireError> {
    let malformed = |reason: String| body::malformed(Kind::ManifestPage, reason);
    let path = RelPath::parse(&entry.path).map_err(WireError::Path)?;
    let kind = match (entry.kind, entry.target) {
        (0, None) => EntryKind::File,
        (1, None) => EntryKind::Folder,
        (2, Some(target)) => EntryKind::Link(
            LinkTarget::parse(&path, target.into()).map_err(|error| malformed(error.to_string()))?,
        ),
        (0 | 1, Some(_)) => return Err(malformed("a target of what is no link".to_owned())),
        (2, None) => return Err(malformed("a link without a target".to_owned())),
        (other, _) => return Err(malformed(format!("entry of kind {other}, which was not agreed on"))),
    };
    if kind != EntryKind::File && (entry.size, entry.stored) != (0, 0) {
        return Err(malformed("bytes of what is no file".to_owned()));
    }
    let modified = match (entry.modified_secs, entry.modified_nanos.unwrap_or(0)) {
        (Some(secs), nanos @ 0..=999_999_999) => Some(Stamp { secs, nanos }),
        (None, 0) => None,
        (_, nanos) => return Err(malformed(format!("a time with {nanos} nanoseconds"))),
    };
    // A file of more bytes than a file system can hold is a lie, and its sums would overflow.
    if entry.size > i64::MAX.unsigned_abs() || entry.stored > i64::MAX.unsigned_abs() {
        return Err(malformed(format!("a file of {} bytes", entry.size)));
    }
    Ok(Entry {
        path,
        kind,
        size: entry.size,
        stored: entry.stored,
        modified,
        mode: entry.mode.map(|mode| mode & MODE_MASK),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(name: &str, size: u64) -> Entry {
        let path = RelPath::parse([name]).unwrap();
        Entry { path, kind: EntryKind::File, size, stored: size, modified: None, mode: None }
    }

    #[test]
    fn many_entries_make_pages_that_fit_and_follow_one_another() {
        let mut writer = PageWriter::new();
        let mut pages = Vec::new();
        for n in 0..5_000 {
            pages.extend(writer.push(entry(&format!("{n:0>200}"), 3)));
        }
        let (last, summary) = writer.finish(0);
        pages.extend(last);
        assert!(pages.len() > 10);
        let mut totals = Totals::default();
        for page in &pages {
            assert!(page.body().len() <= size::to_len(u64::from(limits::MAX_CONTROL)));
            assert!(totals.add(&ManifestPage::decode(page.body()).unwrap()));
        }
        assert_eq!(totals.summary(0), summary);
        assert_eq!((summary.entries, summary.bytes), (5_000, 15_000));
    }

    #[test]
    fn one_entry_or_one_byte_more_than_the_limit_is_not_sent() {
        let entries: Vec<Entry> = (0..200).map(|n| entry(&n.to_string(), 1)).collect();
        assert!(is_sendable(entries.iter()));
        let mut pages = PageWriter::new();
        for entry in &entries {
            assert!(pages.push(entry.clone()).is_none());
        }
        let bytes = size::from_len(pages.page().unwrap().body.len());
        assert!(is_within(entries.iter(), 200, bytes));
        assert!(!is_within(entries.iter(), 199, bytes));
        assert!(!is_within(entries.iter(), 200, bytes - 1));
    }

    fn add(entries: Vec<Entry>) -> bool {
        Totals::default().add(&ManifestPage::new(0, entries))
    }

    fn at(path: &str, kind: EntryKind) -> Entry {
        let path = RelPath::parse(path.split('/').collect::<Vec<_>>()).unwrap();
        Entry { path, kind, size: 0, stored: 0, modified: None, mode: None }
    }

    #[test]
    fn entries_come_in_the_order_of_their_paths_and_only_folders_hold_some() {
        let file = |path| at(path, EntryKind::File);
        let folder = |path| at(path, EntryKind::Folder);
        assert!(add(vec![folder("a"), file("a/b"), file("a.txt"), folder("c"), folder("c/d"), file("c/e")]));
        assert!(!add(vec![file("a.txt"), file("c/e")]));
        assert!(!add(vec![folder("c"), folder("c/d"), file("c/f/e")]));
        assert!(!add(vec![file("c/e")]));
        assert!(!add(vec![file("a.txt"), folder("a"), file("a/b")]));
        assert!(!add(vec![file("a"), file("a")]));
        assert!(!add(vec![file("a"), file("a/b")]));
        assert!(!add(vec![folder("a"), file("a/l"), file("a/l/b")]));
        let mut totals = Totals::default();
        assert!(totals.add(&ManifestPage::new(0, vec![file("a")])));
        assert!(!totals.add(&ManifestPage::new(1, vec![file("a/b")])));
    }

    #[test]
    fn links_travel_with_targets_that_stay_and_no_others() {
        let path = RelPath::parse(["r", "l"]).unwrap();
        let target = LinkTarget::parse(&path, b"xx/y".to_vec()).unwrap();
        let link = at("r/l", EntryKind::Link(target));
        let mut page = ManifestPage::new(0, vec![link.clone()]);
        assert_eq!(ManifestPage::decode(page.body()).unwrap().entries(), [link]);
        let place = page.body.windows(4).position(|bytes| bytes == b"xx/y").unwrap();
        page.body[place..place + 2].copy_from_slice(b"..");
        assert!(matches!(ManifestPage::decode(page.body()), Err(WireError::Malformed { .. })));
        let sized = ManifestPage::new(0, vec![Entry { size: 1, ..at("f", EntryKind::Folder) }]);
        assert!(matches!(ManifestPage::decode(sized.body()), Err(WireError::Malformed { .. })));
    }

    #[test]
    fn a_page_out_of_place_or_sizes_that_overflow_do_not_add_up() {
        let page = ManifestPage::new(3, vec![entry("a", 1)]);
        assert!(!Totals::default().add(&page));
        let huge = ManifestPage::new(0, vec![entry("a", u64::MAX), entry("b", 2)]);
        assert!(!Totals::default().add(&huge));
    }

    #[test]
    fn set_uid_bits_do_not_travel_and_impossible_sizes_are_refused() {
        let page = ManifestPage::new(0, vec![Entry { mode: Some(0o4755), ..entry("a", 1) }]);
        let read = ManifestPage::decode(page.body()).unwrap();
        assert_eq!(read.entries().first().and_then(|entry| entry.mode), Some(0o755));
        let page = ManifestPage::new(0, vec![entry("a", u64::MAX)]);
        assert!(matches!(ManifestPage::decode(page.body()), Err(WireError::Malformed { .. })));
    }
}
