//! Lists in memory and on disk, as long as may be and longer.

use std::fs;
use std::path::Path;

use super::*;
use crate::model::RelPath;
use crate::session::SessionError;
use crate::wire::Totals;

fn entry(name: &str) -> Entry {
    let path = RelPath::parse([name]).unwrap();
    Entry { path, kind: EntryKind::File, size: 1, stored: 1, modified: None, mode: None }
}

fn pages(count: usize) -> (Vec<ManifestPage>, ManifestSummary) {
    let mut writer = PageWriter::new();
    let mut pages: Vec<ManifestPage> =
        (0..count).filter_map(|n| writer.push(entry(&format!("{n:0>100}")))).collect();
    let (last, summary) = writer.finish(0);
    pages.extend(last);
    (pages, summary)
}

fn limits(folder: &Path) -> ManifestLimits {
    let place = SpoolPlace { folder: folder.to_owned(), memory: 100_000, limit: 10_000_000 };
    ManifestLimits { entries: 10_000, bytes: 5_000_000, place, room: Arc::default() }
}

async fn read(limits: ManifestLimits, count: usize) -> Result<Manifest, SessionError> {
    let (pages, summary) = pages(count);
    let mut builder = ManifestBuilder::new(limits);
    for page in &pages {
        builder.add(page)?;
        builder = builder.store_later().await?;
    }
    builder.finish(summary).await
}

#[tokio::test]
async fn a_short_list_is_decoded_once_until_nobody_goes_through_it_any_more() {
    let dir = tempfile::tempdir().unwrap();
    let manifest = read(limits(dir.path()), 800).await.unwrap();
    let first = || manifest.stretch(0).unwrap().unwrap();
    assert!(Arc::ptr_eq(&first(), &first()));
    manifest.let_go();
    assert!(!Arc::ptr_eq(&first(), &first()));
    assert_eq!(name(manifest.get(799).unwrap().as_ref()), Some(799));
    let roomy = ManifestLimits { entries: 50_000, ..limits(dir.path()) };
    let long = read(roomy, 20_000).await.unwrap();
    assert!(!Arc::ptr_eq(&long.stretch(0).unwrap().unwrap(), &long.stretch(0).unwrap().unwrap()));
}

fn name(entry: Option<&Entry>) -> Option<usize> {
    entry.map(|entry| entry.path.to_string().parse().unwrap())
}

#[tokio::test]
async fn every_entry_comes_back_from_memory_and_from_disk_in_any_order() {
    let dir = tempfile::tempdir().unwrap();
    for (count, is_on_disk) in [(1, false), (800, false), (5_000, true)] {
        let manifest = Arc::new(read(limits(dir.path()), count).await.unwrap());
        assert_eq!(manifest.spool.blocks_for(0), is_on_disk, "{count}");
        assert_eq!(manifest.len(), size::from_len(count));
        let mut cursor = Cursor::new(Arc::clone(&manifest));
        for n in (0..count).chain((0..count).rev().step_by(97)) {
            assert_eq!(name(cursor.get(size::from_len(n)).unwrap()), Some(n));
        }
        let last = size::from_len(count - 1);
        assert_eq!(name(manifest.get(last).unwrap().as_ref()), Some(count - 1));
        assert_eq!(manifest.get(last + 1).unwrap(), None);
        assert_eq!(manifest.get(u64::MAX).unwrap(), None);
        let first = manifest.first(1_000).unwrap();
        assert_eq!(first.len(), count.min(1_000));
        assert_eq!(name(first.last()), Some(count.min(1_000) - 1));
    }
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0);
}

#[tokio::test]
async fn a_list_of_entries_is_the_manifest_of_its_pages() {
    let (_, summary) = pages(3_000);
    let manifest = Manifest::of((0..3_000).map(|n| entry(&format!("{n:0>100}"))));
    assert_eq!(*manifest.summary(), summary);
    assert_eq!(name(manifest.get(2_999).unwrap().as_ref()), Some(2_999));
    assert!(Manifest::of([]).is_empty());
}

#[tokio::test]
async fn one_entry_too_many_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    read(ManifestLimits { entries: 2_000, ..limits(dir.path()) }, 2_000).await.unwrap();
    let error = read(ManifestLimits { entries: 1_999, ..limits(dir.path()) }, 2_000).await.unwrap_err();
    assert!(matches!(error, SessionError::Manifest(_)), "{error:?}");
}

#[tokio::test]
async fn one_byte_too_many_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let bytes = pages(2_000).0.iter().map(|page| size::from_len(page.body().len())).sum();
    read(ManifestLimits { bytes, ..limits(dir.path()) }, 2_000).await.unwrap();
    let error = read(ManifestLimits { bytes: bytes - 1, ..limits(dir.path()) }, 2_000).await.unwrap_err();
    assert!(matches!(error, SessionError::Manifest(_)), "{error:?}");
}

#[tokio::test]
async fn more_than_the_disks_share_is_refused_before_it_is_written() {
    let dir = tempfile::tempdir().unwrap();
    let place = SpoolPlace { limit: 200_000, ..limits(dir.path()).place };
    let error = read(ManifestLimits { place, ..limits(dir.path()) }, 5_000).await.unwrap_err();
    assert!(matches!(error, SessionError::Manifest(_)), "{error:?}");
}

#[tokio::test]
async fn a_disk_that_is_full_is_this_sides_trouble() {
    let dir = tempfile::tempdir().unwrap();
    let limits = limits(dir.path());
    let full = Spool::full(limits.place.clone());
    let mut builder = ManifestBuilder::new(limits);
    builder.spool = full;
    let (pages, summary) = pages(10);
    for page in &pages {
        builder.add(page).unwrap();
    }
    let error = builder.finish(summary).await.unwrap_err();
    assert!(matches!(error, SessionError::Spool(SpoolError::Full { .. })), "{error:?}");
    assert!(!error.is_peers_fault());
}

#[tokio::test]
async fn pages_of_one_entry_make_the_index_no_longer() {
    let mut writer = ManifestBuilder::new(limits(Path::new("/no such folder")));
    let mut totals = Totals::default();
    for first in 0..2_000 {
        // {0: first, 1: [{0: [two bytes], 1: 0, 2: 1, 3: 1}]}
        // Ascending, and neither a slash nor a NUL.
        let [high, low] = [first / 64, first % 64].map(|part| u8::try_from(part + 0x40).unwrap());
        let [first_high, first_low] = u16::try_from(first).unwrap().to_be_bytes();
        let body =
            [0xa2, 0, 0x19, first_high, first_low, 1, 0x81, 0xa4, 0, 0x81, 0x42, high, low, 1, 0, 2, 1, 3, 1];
        let Frame::ManifestPage(page) = Frame::decode(Kind::ManifestPage, &body).unwrap() else {
            unreachable!()
        };
        totals.add(&page);
        writer.add(&page).unwrap();
        writer = writer.store_later().await.unwrap();
    }
    let manifest = writer.finish(totals.summary(0)).await.unwrap();
    assert_eq!(manifest.blocks.len(), 1);
    assert_eq!(manifest.first(9_999).unwrap().len(), 2_000);
}

#[test]
fn what_is_no_page_any_more_is_damage() {
    assert!(decode(b"\0\0").is_none());
    assert!(decode(b"\0\0\0\x05abc").is_none());
    assert!(decode(b"\0\0\0\x03abc").is_none());
    assert!(decode(b"").unwrap().is_empty());
}
