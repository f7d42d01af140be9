use std::path::Path;
use std::time::SystemTime;

use super::*;

const MIB: u64 = 1 << 20;

/// A file of this size with `data` at each of these offsets and holes elsewhere.
fn sparse(size: u64, data: &[(u64, &[u8])]) -> (tempfile::TempDir, PathBuf) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("file");
    let file = File::create(&path).unwrap();
    file.set_len(size).unwrap();
    for (offset, bytes) in data {
        file.write_all_at(bytes, *offset).unwrap();
    }
    (dir, path)
}

fn dense(bytes: &[u8]) -> (tempfile::TempDir, PathBuf) {
    sparse(0, &[(0, bytes)])
}

fn open(path: &Path, holes: Holes) -> SourceFile {
    let file = File::open(path).unwrap();
    let promised = Status::of(&file).unwrap().version();
    SourceFile::new(file, path.to_owned(), promised, holes).unwrap()
}

fn read_all(source: &mut SourceFile) -> Result<Vec<u8>, SourceError> {
    let mut all = Vec::new();
    let mut buf = [0; 7];
    loop {
        match source.read(&mut buf)? {
            0 => return Ok(all),
            read => all.extend_from_slice(&buf[..read]),
        }
    }
}

/// Every stretch from the position on, and the bytes that were read of it.
fn runs(source: &mut SourceFile) -> Vec<(Run, Vec<u8>)> {
    let mut runs = Vec::new();
    while let Some(run) = source.run().unwrap() {
        let bytes = match run {
            Run::Data(count) => {
                let mut bytes = vec![0; usize::try_from(count).unwrap() + 1];
                let mut filled = 0;
                while filled < bytes.len() - 1 {
                    filled += source.read(&mut bytes[filled..]).unwrap();
                }
                assert_eq!(source.read(&mut [0; 9]).unwrap(), 0, "it reads across into a hole");
                bytes.truncate(filled);
                bytes
            }
            Run::Hole(count) => {
                assert_eq!(source.read(&mut [0; 9]).unwrap(), 0, "it reads a hole");
                assert_eq!(source.skip(1), 1);
                assert_eq!(source.run().unwrap(), (count > 1).then_some(Run::Hole(count - 1)));
                assert_eq!(source.skip(u64::MAX), count - 1);
                Vec::new()
            }
        };
        runs.push((run, bytes));
    }
    runs
}

#[test]
fn a_sparse_gibibyte_is_its_data_and_its_holes() {
    let (_dir, path) = sparse(1024 * MIB, &[(512 * MIB, b"in the middle"), (1024 * MIB - 3, b"end")]);
    let mut source = open(&path, Holes::Sought);
    let runs = runs(&mut source);
    assert_eq!(source.position, 1024 * MIB);
    source.finish().unwrap();
    let [(Run::Hole(first), _), (Run::Data(_), middle), (Run::Hole(_), _), (Run::Data(_), end)] =
        runs.as_slice()
    else {
        panic!("{:?}", runs.iter().map(|(run, _)| run).collect::<Vec<_>>());
    };
    assert_eq!(*first, 512 * MIB);
    assert!(middle.starts_with(b"in the middle") && middle.len() < 1 << 20);
    assert!(end.ends_with(b"end") && end.len() < 1 << 20);
}

#[test]
fn a_hole_at_the_end_and_nothing_but_a_hole_end_where_the_file_does() {
    for (data, first) in [(b"x".as_slice(), true), (b"", false)] {
        let (_dir, path) = sparse(10 * MIB, &[(0, data)]);
        let mut source = open(&path, Holes::Sought);
        let runs = runs(&mut source);
        assert_eq!(runs.len(), 1 + usize::from(first));
        assert!(matches!(runs.last(), Some((Run::Hole(_), _))));
        source.finish().unwrap();
    }
}

#[test]
fn a_file_that_is_not_asked_for_its_holes_is_one_stretch_of_zeros() {
    let (_dir, path) = sparse(MIB, &[]);
    let mut source = open(&path, Holes::Ignored);
    assert_eq!(source.run().unwrap(), Some(Run::Data(MIB)));
    assert_eq!(source.skip(5), 0, "what is not known to be a hole is not skipped");
    assert_eq!(read_all(&mut source).unwrap(), vec![0; 1 << 20]);
    source.finish().unwrap();
}

#[test]
fn resuming_begins_in_the_middle_of_data_or_of_a_hole() {
    let (_dir, path) = sparse(10 * MIB, &[(4 * MIB, b"data")]);
    let mut source = open(&path, Holes::Sought);
    source.seek(2 * MIB + 1);
    assert_eq!(source.run().unwrap(), Some(Run::Hole(2 * MIB - 1)));
    source.seek(4 * MIB + 2);
    assert!(matches!(source.run().unwrap(), Some(Run::Data(_))));
    let mut two = [0; 2];
    assert_eq!((source.read(&mut two).unwrap(), &two), (2, b"ta"));
    for beyond in [10 * MIB, u64::MAX] {
        source.seek(beyond);
        assert_eq!((source.run().unwrap(), source.position), (None, 10 * MIB));
    }
    source.seek(0);
    assert_eq!(source.run().unwrap(), Some(Run::Hole(4 * MIB)));
}

#[test]
fn an_empty_file_has_no_stretch_and_no_error() {
    for holes in [Holes::Ignored, Holes::Sought] {
        let (_dir, path) = dense(b"");
        let mut source = open(&path, holes);
        assert_eq!(source.run().unwrap(), None);
        assert_eq!(source.read(&mut [0; 1]).unwrap(), 0);
        source.finish().unwrap();
    }
}

#[test]
fn a_file_that_changes_while_it_is_read_is_never_finished() {
    let touch: fn(&Path) = |path| {
        File::options().write(true).open(path).unwrap().set_modified(SystemTime::UNIX_EPOCH).unwrap();
    };
    let grow: fn(&Path) = |path| {
        File::options().write(true).open(path).unwrap().write_all_at(b"more", 100).unwrap();
    };
    for change in [touch, grow] {
        let (_dir, path) = dense(&[b'x'; 100]);
        let mut source = open(&path, Holes::Ignored);
        source.read(&mut [0; 10]).unwrap();
        source.check().unwrap();
        change(&path);
        assert!(matches!(source.check(), Err(SourceError::Changed { .. })));
        assert_eq!(read_all(&mut source).unwrap().len(), 90);
        assert!(matches!(source.finish(), Err(SourceError::Changed { .. })));
    }
}

#[test]
fn a_file_that_shrinks_while_it_is_read_has_changed() {
    for holes in [Holes::Ignored, Holes::Sought] {
        let (_dir, path) = dense(&[b'x'; 100]);
        let mut source = open(&path, holes);
        source.run().unwrap();
        source.read(&mut [0; 10]).unwrap();
        File::options().write(true).open(&path).unwrap().set_len(50).unwrap();
        assert!(matches!(read_all(&mut source), Err(SourceError::Changed { .. })));
        assert!(matches!(source.finish(), Err(SourceError::Changed { .. })));
    }
}

#[test]
fn a_file_that_shrinks_to_where_it_is_read_has_changed_although_it_looks_like_a_hole() {
    let (_dir, path) = sparse(10 * MIB, &[(0, b"data")]);
    let mut source = open(&path, Holes::Sought);
    source.seek(5 * MIB);
    File::options().write(true).open(&path).unwrap().set_len(MIB).unwrap();
    assert_eq!(source.run().unwrap(), Some(Run::Hole(5 * MIB)));
    source.skip(5 * MIB);
    assert!(matches!(source.finish(), Err(SourceError::Changed { .. })));
}

#[test]
fn a_hole_that_is_filled_while_the_file_is_sent_has_changed() {
    let (_dir, path) = sparse(10 * MIB, &[(0, b"data")]);
    let mut source = open(&path, Holes::Sought);
    source.seek(5 * MIB);
    source.run().unwrap();
    let writer = File::options().write(true).open(&path).unwrap();
    writer.write_all_at(b"late", 7 * MIB).unwrap();
    // The clock of a file system may tick as slowly as a hundred times a second.
    writer.set_modified(SystemTime::UNIX_EPOCH).unwrap();
    source.skip(u64::MAX);
    assert!(matches!(source.finish(), Err(SourceError::Changed { .. })));
}

#[test]
fn a_file_that_was_not_read_to_its_end_is_not_finished() {
    let (_dir, path) = dense(&[b'x'; 100]);
    let mut source = open(&path, Holes::Ignored);
    source.read(&mut [0; 99]).unwrap();
    source.check().unwrap();
    assert!(matches!(source.finish(), Err(SourceError::Changed { .. })));
}

#[test]
fn another_file_than_the_promised_one_is_not_taken() {
    let (_dir, path) = dense(b"one");
    let (_other_dir, other) = dense(b"two");
    let promised = Status::of(File::open(&path).unwrap()).unwrap().version();
    let taken = SourceFile::new(File::open(&other).unwrap(), other, promised, Holes::Ignored);
    assert!(matches!(taken, Err(SourceError::Changed { .. })));
}
