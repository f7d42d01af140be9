//! What the parts cost by themselves: frames, hashing, TLS, the disk path. `cargo bench --bench micro`.
//!
//! Absolute figures are this machine's; compare two commits on the same one.

use std::fs;
use std::io::Write as _;
use std::ops::ControlFlow;
use std::path::Path;

use divan::counter::{BytesCount, ItemsCount};
use divan::{Bencher, black_box};
use sampan::model::{DeviceId, Digest, Entry, EntryKind, Links, LocalName, RelPath, TransferId};
use sampan::storage::{Batch, Folder, Naming, Roots, Staging, Walked};
use sampan::wire::{Frame, FrameHead, HEAD_BYTES, PageWriter};
use sha2::{Digest as _, Sha256};

const MIB: usize = 1 << 20;

fn main() {
    divan::main();
}

fn entry(name: &str, size: u64) -> Entry {
    let path = RelPath::parse([name]).expect("a plain name");
    Entry { path, kind: EntryKind::File, size, stored: size, modified: None, mode: Some(0o644) }
}

#[divan::bench]
fn encode_a_header_and_a_trailer(bencher: Bencher) {
    let header = Frame::Header { entry: 70_000, offset: 0, size: 4_096 };
    let trailer = Frame::Trailer { entry: 70_000, size: 4_096, digest: Digest::from_bytes([7; 32]) };
    bencher.counter(ItemsCount::new(2_u32)).with_inputs(|| Vec::with_capacity(256)).bench_values(
        |mut out| {
            black_box(&header).encode(&mut out);
            black_box(&trailer).encode(&mut out);
            out
        },
    );
}

#[divan::bench]
fn decode_a_trailer(bencher: Bencher) {
    let mut bytes = Vec::new();
    Frame::Trailer { entry: 70_000, size: 4_096, digest: Digest::from_bytes([7; 32]) }.encode(&mut bytes);
    bencher.counter(ItemsCount::new(1_u32)).bench(|| {
        let (head, body) = black_box(&bytes).split_at(HEAD_BYTES);
        let head = head.try_into().expect("eight bytes");
        match FrameHead::parse(head) {
            Ok(FrameHead::Known(kind, _)) => Frame::decode(kind, body),
            other => panic!("{other:?}"),
        }
    });
}

#[divan::bench]
fn page_up_ten_thousand_entries(bencher: Bencher) {
    let entries: Vec<Entry> = (0..10_000).map(|n| entry(&format!("IMG_{n:05}.jpg"), 4_096)).collect();
    bencher.counter(ItemsCount::new(entries.len())).with_inputs(|| entries.clone()).bench_values(|entries| {
        let mut pages = PageWriter::new();
        let full = entries.into_iter().filter_map(|entry| pages.push(entry)).count();
        (full, pages.finish(0))
    });
}

#[divan::bench]
fn hash_a_mebibyte(bencher: Bencher) {
    let bytes = vec![7_u8; MIB];
    bencher.counter(BytesCount::new(MIB)).bench(|| Sha256::digest(black_box(&bytes)));
}

#[divan::bench]
fn read_and_hash_sixteen_mebibytes(bencher: Bencher) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("source");
    fs::File::create(&path).and_then(|mut file| file.write_all(&vec![7; 16 * MIB])).expect("a source");
    let roots = Roots::look(&[path], Links::Keep).expect("a readable file");
    let mut walked = None;
    roots.walk(&mut |found| {
        walked = Some(found);
        ControlFlow::Continue(())
    });
    let Some(Walked::Entry(entry, seal)) = walked else { panic!("a file that can be sent") };
    let mut buffer = vec![0; 256 * 1024];
    bencher.counter(BytesCount::new(16 * MIB)).bench_local(|| {
        let mut file = roots.open(&entry, seal).expect("unchanged");
        let mut hasher = Sha256::new();
        loop {
            let count = file.read(&mut buffer).expect("readable");
            if count == 0 {
                break hasher.finalize();
            }
            hasher.update(&buffer[..count]);
        }
    });
}

/// Writes, syncs, renames and syncs the folder for as many files as a batch holds.
#[divan::bench(args = [1, 128])]
fn publish_files_of_four_kibibytes(bencher: Bencher, files: u64) {
    let folder = tempfile::tempdir().expect("a folder");
    let mut round: u64 = 0;
    bencher.counter(ItemsCount::new(files)).bench_local(|| {
        round += 1;
        publish(folder.path(), round, files)
    });
}

fn publish(path: &Path, round: u64, files: u64) -> usize {
    let folder = Folder::open(path).expect("a folder");
    let mut id = [0; 16];
    id[..8].copy_from_slice(&round.to_be_bytes());
    let sender = DeviceId::from_bytes([1; 32]);
    let staging = Staging::open(&folder, &sender, &TransferId::from_bytes(id)).expect("a folder in it");
    let mut batch = Batch::new(&staging).expect("a folder");
    for number in 0..files {
        let entry = entry(&format!("{round}-{number}"), 4_096);
        let mut part = staging.create(number, &entry).expect("a new part");
        part.write_all(&[7; 4_096]).expect("room");
        let part = part.complete(&entry).expect("all bytes");
        batch.add(part, folder.clone(), LocalName::of(entry.path.name()), Naming::KeepBoth);
    }
    let named = batch.sync().expect("a disk").name(&mut |_| Ok(()));
    staging.clear().expect("an empty folder");
    named.into_iter().filter(|(_, result)| result.is_ok()).count()
}
