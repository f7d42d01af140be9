//! The format, byte by byte, and everything that must not be taken for it.

use std::io::Cursor;
use std::process::Command;

use proptest::prelude::*;

use super::*;
use crate::model::{
    DeviceId, Digest, LinkTarget, Moment, ReceiptHead, ReceiptOutcome, Seal, TransferId, size,
};
use crate::wire::limits;

fn path(text: &[u8]) -> RelPath {
    RelPath::parse(text.split(|byte| *byte == b'/').collect::<Vec<_>>()).unwrap()
}

fn file(at: &[u8], outcome: ReceiptOutcome, saved_name: Option<&[u8]>) -> ReceiptEntry {
    let sha256 = outcome.is_there().then(|| Digest::from_bytes([0xdd; 32]));
    ReceiptEntry::new(path(at), ReceiptKind::File { size: 300, sha256 }, outcome, saved_name).unwrap()
}

fn folder(at: &[u8], saved_name: Option<&[u8]>) -> ReceiptEntry {
    ReceiptEntry::new(path(at), ReceiptKind::Folder, ReceiptOutcome::Saved, saved_name).unwrap()
}

fn link(at: &[u8], target: &[u8]) -> ReceiptEntry {
    let target = LinkTarget::parse(&path(at), target.to_vec()).unwrap();
    ReceiptEntry::new(path(at), ReceiptKind::Link(target), ReceiptOutcome::Identical, None).unwrap()
}

/// One of everything.
fn entries() -> Vec<ReceiptEntry> {
    vec![
        file(b"a.txt", ReceiptOutcome::Saved, Some(b"a (1).txt")),
        folder(b"d", Some(b"d (1)")),
        file(b"d/f", ReceiptOutcome::Identical, None),
        link(b"d/l", b"f"),
        file(b"d/s", ReceiptOutcome::Skipped, None),
        file(b"e/unlisted", ReceiptOutcome::Failed, None),
        file("中文\n\\\u{1f6f6}".as_bytes(), ReceiptOutcome::Saved, Some(b"\xff\xfe")),
    ]
}

fn head(entries: &[ReceiptEntry]) -> ReceiptHead {
    let mut counts = ReceiptCounts { unreadable: 2, ..ReceiptCounts::default() };
    assert!(entries.iter().all(|entry| counts.add(entry)));
    ReceiptHead {
        transfer: TransferId::from_bytes([1; 16]),
        sender: DeviceId::from_bytes([2; 32]),
        receiver: DeviceId::from_bytes([3; 32]),
        started: Moment::from_secs(1_700_000_000),
        ended: Moment::from_secs(1_700_000_060),
        manifest: Digest::from_bytes([4; 32]),
        counts,
    }
}

const SEAL: Seal = Seal { key: [5; 32], signature: [6; 64] };

fn written(head: &ReceiptHead, entries: &[ReceiptEntry]) -> Result<(Vec<u8>, Digest), ReceiptError> {
    let mut writer = ReceiptWriter::begin(Vec::new(), head)?;
    entries.iter().try_for_each(|entry| writer.push(entry))?;
    let unsealed = writer.finish()?;
    let digest = unsealed.digest();
    Ok((unsealed.seal(&SEAL)?, digest))
}

fn bytes_of(entries: &[ReceiptEntry]) -> Vec<u8> {
    written(&head(entries), entries).unwrap().0
}

type Read = (ReceiptHead, Vec<ReceiptEntry>, Digest, Seal);

fn read(bytes: &[u8]) -> Result<Read, ReceiptError> {
    let mut reader = ReceiptReader::begin(Cursor::new(bytes))?;
    let head = reader.head().clone();
    let mut entries = Vec::new();
    while let Some(entry) = reader.entry()? {
        entries.push(entry);
    }
    let (digest, seal) = reader.finish()?;
    Ok((head, entries, digest, seal))
}

#[test]
fn what_is_written_is_read_and_has_the_same_digest() {
    let entries = entries();
    let (bytes, digest) = written(&head(&entries), &entries).unwrap();
    assert_eq!(read(&bytes).unwrap(), (head(&entries), entries.clone(), digest, SEAL));
    // The body is what lies between the array's head and the key.
    let body = &bytes[1..bytes.len() - (2 + 32) - (2 + 64)];
    assert_eq!(
        Digest::from_bytes(
            sha2::Digest::finalize(sha2::Digest::chain_update(<sha2::Sha256 as sha2::Digest>::new(), body))
                .into()
        ),
        digest
    );
    // Whoever reads only the digest gets the same.
    let reader = ReceiptReader::begin(Cursor::new(&bytes)).unwrap();
    assert_eq!(reader.finish().unwrap(), (digest, SEAL));
    let empty = head(&[]);
    assert_eq!(read(&written(&empty, &[]).unwrap().0).unwrap().0, empty);
}

#[test]
fn these_are_the_bytes_of_the_format() {
    let entries = [folder(b"d", Some(b"e")), file(b"d/f", ReceiptOutcome::Saved, None), link(b"d/l", b"f")];
    let bytes = bytes_of(&entries);
    let mut golden = Vec::new();
    golden.extend_from_slice(b"\x83\xa9\x00\x01\x01\x50");
    golden.extend_from_slice(&[1; 16]);
    for (key, value) in [(b"\x02\x58\x20", 2), (b"\x03\x58\x20", 3)] {
        golden.extend_from_slice(key);
        golden.extend_from_slice(&[value; 32]);
    }
    golden.extend_from_slice(b"\x04\x1a\x65\x53\xf1\x00\x05\x1a\x65\x53\xf1\x3c\x06\x58\x20");
    golden.extend_from_slice(&[4; 32]);
    golden.extend_from_slice(b"\x07\x86\x02\x01\x00\x00\x02\x19\x01\x2c\x08\x83");
    golden.extend_from_slice(b"\xa4\x00\x81\x41d\x01\x01\x02\x00\x06\x41e");
    golden.extend_from_slice(b"\xa5\x00\x82\x41d\x41f\x01\x00\x02\x00\x03\x19\x01\x2c\x04\x58\x20");
    golden.extend_from_slice(&[0xdd; 32]);
    golden.extend_from_slice(b"\xa4\x00\x82\x41d\x41l\x01\x02\x02\x01\x05\x41f");
    golden.extend_from_slice(b"\x58\x20");
    golden.extend_from_slice(&[5; 32]);
    golden.extend_from_slice(b"\x58\x40");
    golden.extend_from_slice(&[6; 64]);
    assert_eq!(bytes, golden);
}

#[test]
fn any_reader_of_cbor_finds_one_whole_item() {
    let bytes = bytes_of(&entries());
    let mut decoder = minicbor::Decoder::new(&bytes);
    decoder.skip().unwrap();
    assert_eq!(decoder.position(), bytes.len());
}

#[test]
fn a_receipt_that_ends_anywhere_else_is_none() {
    let bytes = bytes_of(&entries());
    for end in 0..bytes.len() {
        assert!(matches!(read(&bytes[..end]), Err(ReceiptError::Truncated { .. })), "{end}");
    }
    assert!(matches!(read(&[&bytes[..], b"\0"].concat()), Err(ReceiptError::Malformed { .. })));
}

#[test]
fn no_bit_can_be_turned_without_being_noticed() {
    let entries = entries();
    let bytes = bytes_of(&entries);
    let (_, _, digest, seal) = read(&bytes).unwrap();
    for bit in 0..bytes.len() * 8 {
        let mut turned = bytes.clone();
        turned[bit / 8] ^= 1 << (bit % 8);
        // What is still a receipt has another digest, or another signature, neither of which belongs to the other.
        if let Ok((_, _, other, other_seal)) = read(&turned) {
            assert!((other == digest) != (other_seal == seal), "bit {bit}");
        }
    }
}

/// A receipt of one entry in these bytes.
fn with_entry(entry: &[u8]) -> Result<Read, ReceiptError> {
    let one = [file(b"x", ReceiptOutcome::Saved, None)];
    let bytes = bytes_of(&one);
    let start = bytes_of(&[]).len() - (2 + 32) - (2 + 64);
    // The heads of both are of one length: 300 bytes take two more in the counts.
    let start = start + 2;
    read(&[&bytes[..start], entry, &bytes[bytes.len() - (2 + 32) - (2 + 64)..]].concat())
}

/// The fields behind a path: a saved file of 300 bytes.
fn rest() -> Vec<u8> {
    [b"\x01\x00\x02\x00\x03\x19\x01\x2c\x04\x58\x20".as_slice(), &[0xdd; 32]].concat()
}

#[test]
fn an_entry_in_any_other_form_is_refused() {
    let good = |path: &[u8]| with_entry(&[b"\xa5\x00", path, &rest()].concat());
    assert_eq!(good(b"\x81\x41x").unwrap().1, [file(b"x", ReceiptOutcome::Saved, None)]);
    for bad in [
        b"\x82\x41x\x42..".as_slice(),
        b"\x81\x42..",
        b"\x81\x41.",
        b"\x81\x43a/b",
        b"\x81\x40",
        b"\x80",
        b"\x81\x48.sampan-",
        b"\x81\x42a\0",
    ] {
        assert!(matches!(good(bad), Err(ReceiptError::Path { .. })), "{bad:?}");
    }
    let mut bad: Vec<Vec<u8>> = vec![
        // Numbers and lengths that are longer than they need be.
        [b"\xb8\x05\x00\x81\x41x".as_slice(), &rest()].concat(),
        [b"\xa5\x18\x00\x81\x41x".as_slice(), &rest()].concat(),
        [b"\xa5\x00\x98\x01\x41x".as_slice(), &rest()].concat(),
        [b"\xa5\x00\x81\x58\x01x".as_slice(), &rest()].concat(),
        [b"\xa5\x00\x81\x59\x00\x01x".as_slice(), &rest()].concat(),
        [b"\xa5\x00\x81\x5a\x00\x00\x00\x01x".as_slice(), &rest()].concat(),
        [b"\xa5\x00\x81\x5b\x00\x00\x00\x00\x00\x00\x00\x01x".as_slice(), &rest()].concat(),
        // Lengths that are not told.
        [b"\xbf\x00\x81\x41x".as_slice(), &rest(), b"\xff"].concat(),
        [b"\xa5\x00\x9f\x41x\xff".as_slice(), &rest()].concat(),
        [b"\xa5\x00\x81\x5f\x41x\xff".as_slice(), &rest()].concat(),
        // Text, a tag.
        [b"\xa5\x00\x81\x61x".as_slice(), &rest()].concat(),
        [b"\xa5\x00\x81\xc0\x41x".as_slice(), &rest()].concat(),
        // Fields that are missing, out of order, twice there, of another kind, unknown.
        b"\xa0".to_vec(),
        b"\xa1\x00\x81\x41x".to_vec(),
        b"\xa2\x00\x81\x41x\x01\x01".to_vec(),
        b"\xa3\x00\x81\x41x\x02\x00\x01\x01".to_vec(),
        b"\xa3\x00\x81\x41x\x01\x00\x02\x03".to_vec(),
        b"\xa4\x00\x81\x41x\x01\x01\x02\x00\x03\x00".to_vec(),
        b"\xa4\x00\x81\x41x\x01\x01\x02\x00\x05\x41f".to_vec(),
        b"\xa3\x00\x81\x41x\x01\x02\x02\x00".to_vec(),
        b"\xa5\x00\x81\x41x\x01\x01\x02\x00\x06\x41y\x06\x41y".to_vec(),
        b"\xa5\x00\x81\x41x\x01\x01\x02\x00\x07\x41y\x06\x41y".to_vec(),
        b"\xa4\x00\x81\x41x\x01\x01\x02\x00\x07\x00".to_vec(),
        b"\xa3\x00\x81\x41x\x01\x03\x02\x00".to_vec(),
        b"\xa3\x00\x81\x41x\x01\x01\x02\x04".to_vec(),
        // A link that leads out, and one that is a root.
        b"\xa4\x00\x82\x41d\x41x\x01\x02\x02\x00\x05\x42..".to_vec(),
        b"\xa4\x00\x81\x41x\x01\x02\x02\x00\x05\x41f".to_vec(),
        // A saved name that is the own one.
        b"\xa4\x00\x81\x41x\x01\x01\x02\x00\x06\x41x".to_vec(),
    ];
    bad.push(
        [b"\xa5\x00\x81\x41x\x01\x00\x02\x00\x04\x58\x20".as_slice(), &[0xdd; 32], b"\x03\x19\x01\x2c"]
            .concat(),
    );
    for entry in bad {
        let error = with_entry(&entry).unwrap_err();
        assert!(matches!(error, ReceiptError::Malformed { .. }), "{entry:02x?}: {error:?}");
    }
    for entry in [
        // Saved names that lead elsewhere, or of what is not there.
        b"\xa4\x00\x81\x41x\x01\x01\x02\x00\x06\x42..".as_slice(),
        b"\xa4\x00\x81\x41x\x01\x01\x02\x00\x06\x43a/b",
        b"\xa4\x00\x81\x41x\x01\x01\x02\x00\x06\x40",
        b"\xa4\x00\x81\x41x\x01\x01\x02\x02\x06\x41y",
        // A file that is there without a digest, and one of more bytes than there can be.
        b"\xa4\x00\x81\x41x\x01\x00\x02\x00\x03\x00",
        b"\xa4\x00\x81\x41x\x01\x00\x02\x03\x03\x1b\x80\x00\x00\x00\x00\x00\x00\x00",
    ] {
        let error = with_entry(entry).unwrap_err();
        assert!(matches!(error, ReceiptError::Entry { .. }), "{entry:02x?}: {error:?}");
    }
}

#[test]
fn lengths_beyond_all_measure_are_refused_before_memory_is_taken() {
    let huge = b"\x5b\x7f\xff\xff\xff\xff\xff\xff\xff";
    for entry in [
        [b"\xa5\x00\x81".as_slice(), huge].concat(),
        b"\xa5\x00\x9b\x7f\xff\xff\xff\xff\xff\xff\xff".to_vec(),
        [b"\xa4\x00\x82\x41d\x41x\x01\x02\x02\x00\x05".as_slice(), huge].concat(),
        [b"\xa4\x00\x81\x41x\x01\x01\x02\x00\x06".as_slice(), huge].concat(),
        [b"\xa5\x00\x81\x59\x01\x00".as_slice(), &[b'x'; 256]].concat(),
    ] {
        assert!(matches!(with_entry(&entry), Err(ReceiptError::Malformed { .. })), "{entry:02x?}");
    }
    // More fields than there are.
    assert!(with_entry(b"\xbb\x7f\xff\xff\xff\xff\xff\xff\xff\x00\x81\x41x\x01\x01\x02\x00").is_err());
    // More entries than there can be, and more than any number.
    for saved in [limits::MAX_ENTRIES + 1, u64::MAX] {
        let mut head = head(&[]);
        head.counts.saved = saved;
        let bytes = ReceiptWriter::begin(Vec::new(), &head).unwrap().out;
        assert!(ReceiptReader::begin(Cursor::new(bytes)).is_err());
        head.counts.failed = 1;
        assert_eq!(ReceiptWriter::begin(Vec::new(), &head).is_err(), saved == u64::MAX);
    }
}

#[test]
fn a_receipt_of_a_later_version_says_so() {
    let mut bytes = bytes_of(&[]);
    assert_eq!(&bytes[..4], b"\x83\xa9\x00\x01");
    bytes[3] = 2;
    assert!(matches!(read(&bytes), Err(ReceiptError::Version(2))));
    bytes[1] = 0xaa;
    assert!(matches!(read(&bytes), Err(ReceiptError::Version(2))));
    bytes[3] = 1;
    assert!(matches!(read(&bytes), Err(ReceiptError::Malformed { .. })));
}

/// Writes past the rules: whether entries in this order are read.
fn is_read_in_order(entries: &[ReceiptEntry]) -> bool {
    let mut writer = ReceiptWriter::begin(Vec::new(), &head(entries)).unwrap();
    let refused = entries.iter().any(|entry| writer.push(entry).is_err());
    // The reader must find out by itself.
    let mut writer = ReceiptWriter::begin(Vec::new(), &head(entries)).unwrap();
    for entry in entries {
        writer.ledger.last = None;
        writer.push(entry).unwrap();
    }
    let bytes = writer.finish().unwrap().seal(&SEAL).unwrap();
    let read = read(&bytes);
    assert_eq!(refused, matches!(read, Err(ReceiptError::Order)), "{read:?}");
    read.is_ok()
}

#[test]
fn entries_come_once_in_order_and_only_folders_hold_some() {
    let saved = |at: &[u8]| file(at, ReceiptOutcome::Saved, None);
    assert!(is_read_in_order(&[folder(b"a", None), saved(b"a/b"), saved(b"a.txt"), saved(b"c/d/e")]));
    assert!(!is_read_in_order(&[saved(b"a"), saved(b"a")]));
    assert!(!is_read_in_order(&[saved(b"b"), saved(b"a")]));
    assert!(!is_read_in_order(&[saved(b"a.txt"), folder(b"a", None)]));
    assert!(!is_read_in_order(&[saved(b"a"), saved(b"a/b")]));
    assert!(!is_read_in_order(&[folder(b"a", None), link(b"a/l", b"x"), saved(b"a/l/b")]));
    assert!(!is_read_in_order(&[folder(b"a", None), saved(b"a/b"), folder(b"a", None)]));
}

#[test]
fn entries_that_are_not_those_that_were_counted_are_refused_by_both() {
    let entries = entries();
    let right = head(&entries);
    let lies: [fn(&mut ReceiptCounts); 4] = [
        |counts| counts.bytes += 1,
        |counts| (counts.saved, counts.failed) = (counts.saved - 1, counts.failed + 1),
        |counts| counts.saved += 1,
        |counts| counts.saved -= 1,
    ];
    for lie in lies {
        let mut head = right.clone();
        lie(&mut head.counts);
        assert!(matches!(written(&head, &entries), Err(ReceiptError::Counts)));
    }
    // The same, past the writer.
    for (saved, failed) in [(-1, 1), (1, -1)] {
        let mut head = right.clone();
        head.counts.saved = head.counts.saved.checked_add_signed(saved).unwrap();
        head.counts.failed = head.counts.failed.checked_add_signed(failed).unwrap();
        let mut writer = ReceiptWriter::begin(Vec::new(), &head).unwrap();
        writer.ledger.promised = right.counts;
        for entry in &entries {
            writer.push(entry).unwrap();
        }
        let bytes = writer.finish().unwrap().seal(&SEAL).unwrap();
        assert!(matches!(read(&bytes), Err(ReceiptError::Counts)));
    }
    let big = |at| {
        let kind =
            ReceiptKind::File { size: i64::MAX.unsigned_abs(), sha256: Some(Digest::from_bytes([0; 32])) };
        ReceiptEntry::new(path(at), kind, ReceiptOutcome::Saved, None).unwrap()
    };
    let mut writer = ReceiptWriter::begin(Vec::new(), &head(&[])).unwrap();
    assert!(writer.push(&big(b"a")).is_ok() && writer.push(&big(b"b")).is_ok());
    assert!(matches!(writer.push(&big(b"c")), Err(ReceiptError::Counts)));
}

struct Broken;

impl std::io::Read for Broken {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        Err(io::Error::other("broken"))
    }
}

impl io::Write for Broken {
    fn write(&mut self, _: &[u8]) -> io::Result<usize> {
        Err(io::Error::other("broken"))
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_disk_that_fails_is_no_bad_receipt() {
    assert!(matches!(ReceiptReader::begin(Broken), Err(ReceiptError::Read(_))));
    let bytes = bytes_of(&entries());
    for end in [5, 200, bytes.len() - 1, bytes.len()] {
        use std::io::Read as _;
        let reader = ReceiptReader::begin(Cursor::new(&bytes[..end]).chain(Broken));
        assert!(matches!(reader.and_then(ReceiptReader::finish), Err(ReceiptError::Read(_))), "{end}");
    }
    assert!(matches!(ReceiptWriter::begin(Broken, &head(&[])), Err(ReceiptError::Write(_))));
    let mut reader = ReceiptReader::begin(Cursor::new(&bytes)).unwrap();
    assert!(matches!(write_sums(&mut reader, &mut Broken), Err(ReceiptError::Write(_))));
}

proptest! {
    #[test]
    fn whatever_bytes_come_nothing_panics(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        prop_assert!(read(&bytes).is_err());
    }

    #[test]
    fn bytes_in_the_middle_of_a_receipt_make_the_same_receipt_or_none(
        at in 0_usize..500, cut in 0_usize..40, new in proptest::collection::vec(any::<u8>(), 0..40),
    ) {
        let bytes = bytes_of(&entries());
        let body_end = bytes.len() - (2 + 32) - (2 + 64);
        let at = at % body_end;
        let mut other = bytes.clone();
        other.splice(at..(at + cut).min(body_end), new);
        if let Ok((head, entries, digest, seal)) = read(&other) {
            // What is read is written again byte by byte: there is no second form.
            let (again, same) = written(&head, &entries).unwrap();
            prop_assert_eq!(&again, &other);
            prop_assert_eq!((same, seal), (digest, SEAL));
        }
    }

    #[test]
    fn any_entries_are_read_as_they_were_written(
        names in proptest::collection::btree_set(proptest::collection::vec(any::<u8>(), 1..30), 0..20), length in any::<u32>(),
    ) {
        let entries: Vec<ReceiptEntry> = names
            .iter()
            .filter_map(|name| RelPath::parse(vec![name.clone()]).ok())
            .map(|path| {
                let kind = ReceiptKind::File { size: u64::from(length), sha256: Some(Digest::from_bytes([9; 32])) };
                ReceiptEntry::new(path, kind, ReceiptOutcome::Saved, Some(b"other")).unwrap()
            })
            .collect();
        let (bytes, digest) = written(&head(&entries), &entries).unwrap();
        prop_assert_eq!(read(&bytes).unwrap(), (head(&entries), entries, digest, SEAL));
    }
}

// The list for sha256sum

fn sums_of(entries: &[ReceiptEntry]) -> (Vec<u8>, u64) {
    let mut reader = ReceiptReader::begin(Cursor::new(bytes_of(entries))).unwrap();
    let mut list = Vec::new();
    let files = write_sums(&mut reader, &mut list).unwrap();
    (list, files)
}

#[test]
fn the_list_has_a_line_for_each_file_that_is_there_by_its_final_place() {
    let (list, files) = sums_of(&entries());
    let digest = "dd".repeat(32);
    let mut expected = format!("{digest}  a (1).txt\n{digest}  d (1)/f\n{digest}  ").into_bytes();
    expected.extend_from_slice(b"\xff\xfe\n");
    assert_eq!((list, files), (expected, 3));
}

#[test]
fn sha256sum_understands_the_list_whatever_the_names() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt as _;
    let dir = tempfile::tempdir().unwrap();
    let mut names: Vec<&[u8]> = vec![
        b"plain",
        b"-",
        b"--help",
        b" blank in front",
        b"*star",
        b"a\nb",
        b"a\\nb",
        b"\\",
        b"back\\slash",
        b"cr\rlf",
        b"ends\r",
        "中文 🛶".as_bytes(),
        b"\xff\xfe not text",
        b"#comment",
        b"tab\there",
        b"ends in blank ",
        b"MD5 (x) = y",
    ];
    names.sort_unstable();
    let mut entries = Vec::new();
    let contents = |name: &[u8]| [b"contents of ", name].concat();
    let digest_of = |name: &[u8]| {
        let digest = sha2::Digest::chain_update(<sha2::Sha256 as sha2::Digest>::new(), contents(name));
        Digest::from_bytes(sha2::Digest::finalize(digest).into())
    };
    let mut add = |at: RelPath, place: &std::path::Path, name: &[u8]| {
        std::fs::write(place.join(OsStr::from_bytes(name)), contents(name)).unwrap();
        let kind =
            ReceiptKind::File { size: size::from_len(contents(name).len()), sha256: Some(digest_of(name)) };
        entries.push(ReceiptEntry::new(at, kind, ReceiptOutcome::Saved, None).unwrap());
    };
    for name in &names {
        add(RelPath::parse([name]).unwrap(), dir.path(), name);
    }
    // In a folder that got another name, which is as odd.
    let renamed: &[u8] = b"new\nname\\";
    let inner = dir.path().join(OsStr::from_bytes(renamed));
    std::fs::create_dir(&inner).unwrap();
    for name in &names {
        add(RelPath::parse(vec![b"\xff\xff".to_vec(), name.to_vec()]).unwrap(), &inner, name);
    }
    entries.insert(names.len(), folder(b"\xff\xff", Some(renamed)));
    let (list, files) = sums_of(&entries);
    assert_eq!(files, size::from_len(names.len() * 2));
    let list_file = dir.path().join("list");
    std::fs::write(&list_file, &list).unwrap();
    let check = || {
        let mut command = Command::new("sha256sum");
        command.args(["--check", "--strict"]).arg(&list_file).current_dir(dir.path()).env("LC_ALL", "C");
        command.output().unwrap()
    };
    let checked = check();
    assert!(checked.status.success(), "{checked:?}");
    assert_eq!(
        checked.stdout.split(|byte| *byte == b'\n').filter(|line| line.ends_with(b": OK")).count(),
        names.len() * 2
    );
    std::fs::write(inner.join("plain"), "other contents").unwrap();
    assert!(!check().status.success());
}
