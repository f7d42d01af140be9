//! What a folder holds, as a value that can be compared, and trees to send.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::fs::{self, File, FileTimes};
use std::io::{Seek as _, SeekFrom, Write as _};
use std::os::unix::ffi::OsStringExt as _;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

/// What something is, without its mode and time.
#[derive(Clone, PartialEq, Eq)]
pub(crate) enum What {
    File(Vec<u8>),
    Folder,
    Link(PathBuf),
    Other,
}

/// One thing in a folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Thing {
    pub(crate) what: What,
    /// Permission bits; none of a link.
    pub(crate) mode: u32,
    /// Seconds and nanoseconds; zeros of a link.
    pub(crate) modified: (i64, i64),
}

/// All that is in a folder, by its path in it.
pub(crate) type Tree = BTreeMap<PathBuf, Thing>;

impl std::fmt::Debug for What {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::File(bytes) => write!(f, "a file of {} bytes", bytes.len()),
            Self::Folder => f.write_str("a folder"),
            Self::Link(target) => write!(f, "a link to {}", target.display()),
            Self::Other => f.write_str("something else"),
        }
    }
}

/// Everything below a folder; what is the program's own is not.
pub(crate) fn look(folder: &Path) -> Tree {
    let mut found = Tree::new();
    add(folder, Path::new(""), &mut found);
    found
}

/// What of the program's own is anywhere below a folder: staging folders.
pub(crate) fn ours(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut open = vec![folder.to_owned()];
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
            if is_ours(&entry.file_name()) {
                found.push(entry.path());
            } else if entry.file_type().unwrap().is_dir() {
                open.push(entry.path());
            }
        }
    }
    found
}

fn is_ours(name: &OsStr) -> bool {
    name.as_encoded_bytes().starts_with(b".sampan-")
}

fn add(root: &Path, below: &Path, found: &mut Tree) {
    for entry in fs::read_dir(root.join(below)).unwrap().map(Result::unwrap) {
        if is_ours(&entry.file_name()) {
            continue;
        }
        let path = below.join(entry.file_name());
        let thing = thing(&root.join(&path));
        let is_folder = thing.what == What::Folder;
        found.insert(path.clone(), thing);
        if is_folder {
            add(root, &path, found);
        }
    }
}

/// What stands under a path.
pub(crate) fn thing(path: &Path) -> Thing {
    let there = fs::symlink_metadata(path).unwrap();
    let (mode, modified) = (there.mode() & 0o7777, (there.mtime(), there.mtime_nsec()));
    let kind = there.file_type();
    let what = if kind.is_file() {
        What::File(fs::read(path).unwrap())
    } else if kind.is_dir() {
        What::Folder
    } else if kind.is_symlink() {
        // A link's own mode means nothing.
        return Thing { what: What::Link(fs::read_link(path).unwrap()), mode: 0, modified };
    } else {
        What::Other
    };
    Thing { what, mode, modified }
}

/// The umask of this process, which the programs it starts have too.
pub(crate) fn umask() -> u32 {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("Umask:")).unwrap();
    u32::from_str_radix(line.trim(), 8).unwrap()
}

/// What must come of a tree that is sent: the same, but for the bits that the umask takes.
pub(crate) fn arrived(source: &Tree) -> Tree {
    let umask = umask();
    let so = |thing: &Thing| Thing { mode: thing.mode & 0o777 & !umask, ..thing.clone() };
    source.iter().map(|(path, thing)| (path.clone(), so(thing))).collect()
}

/// Panics with the first differences.
#[track_caller]
pub(crate) fn assert_same(found: &Tree, expected: &Tree) {
    let mut wrong = Vec::new();
    for (path, thing) in expected {
        match found.get(path) {
            None => wrong.push(format!("{} is missing", path.display())),
            Some(there) if there != thing => {
                wrong.push(format!("{}: {there:?} and not {thing:?}", path.display()));
            }
            Some(_) => {}
        }
    }
    wrong.extend(
        found
            .keys()
            .filter(|path| !expected.contains_key(*path))
            .map(|path| format!("{} is too much", path.display())),
    );
    assert!(wrong.is_empty(), "{} differences: {:#?}", wrong.len(), &wrong[..wrong.len().min(10)]);
}

/// Sets a mode.
pub(crate) fn chmod(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

/// Sets a time of so many seconds and nanoseconds after 1970.
pub(crate) fn touch(path: &Path, secs: u64, nanos: u32) {
    let time = SystemTime::UNIX_EPOCH + Duration::new(secs, nanos);
    File::open(path).unwrap().set_times(FileTimes::new().set_modified(time)).unwrap();
}

/// A name of bytes that are no UTF-8.
pub(crate) fn odd_name() -> OsString {
    OsString::from_vec(b"odd \xff\xfe name".to_vec())
}

/// A file with holes: `length` bytes, with a few written in the middle.
pub(crate) fn sparse(path: &Path, length: u64) {
    let mut file = File::create(path).unwrap();
    file.set_len(length).unwrap();
    file.seek(SeekFrom::Start(length / 2)).unwrap();
    file.write_all(b"an island").unwrap();
}

/// Bytes a file takes on its disk.
pub(crate) fn stored(path: &Path) -> u64 {
    fs::metadata(path).unwrap().blocks() * 512
}

/// One of everything that can be sent, as `name` in a folder: files of odd modes and names, empty folders, nested ones, links
/// inside, holes, times with nanoseconds. Gives its path.
pub(crate) fn one_of_everything(within: &Path, name: &str) -> PathBuf {
    let root = within.join(name);
    for folder in ["", "docs", "docs/中文", "docs/中文/deeper", "void", "shut", "private"] {
        fs::create_dir(root.join(folder)).unwrap();
    }
    let odd = Path::new("docs").join(odd_name());
    fs::create_dir(root.join(&odd)).unwrap();
    let files = [
        (PathBuf::from("empty"), 0, 0o644),
        (PathBuf::from("private/key"), 3_000, 0o600),
        (PathBuf::from("docs/run"), 70, 0o755),
        (PathBuf::from("docs/中文/报告 最终.txt"), 5_000, 0o444),
        (PathBuf::from("docs/中文/deeper/group"), 100_000, 0o640),
        (PathBuf::from("shut/inside"), 12, 0o666),
        (odd.join(odd_name()), 33, 0o644),
        (PathBuf::from("big.bin"), 700_000, 0o644),
    ];
    for (number, (path, length, mode)) in (1_u32..).zip(files) {
        let path = root.join(path);
        let contents: Vec<u8> =
            (0..length).map(|at: u32| (at.wrapping_mul(31) >> 3).to_le_bytes()[0]).collect();
        fs::write(&path, contents).unwrap();
        chmod(&path, mode);
        touch(&path, 1_100_000_000 + u64::from(number), 123_456_789 + number);
    }
    sparse(&root.join("disk.img"), 32 * 1024 * 1024);
    touch(&root.join("disk.img"), 1_000_000_001, 999_999_999);
    for (from, to) in [("link", "docs/run"), ("docs/up", "../private/key"), ("docs/dangling", "nowhere")] {
        symlink(to, root.join(from)).unwrap();
    }
    // Deepest first: what is made in a folder changes its time.
    let modes = [
        ("docs/中文/deeper", 0o755),
        ("docs/中文", 0o775),
        ("docs", 0o755),
        ("void", 0o750),
        ("shut", 0o555),
        ("private", 0o700),
        ("", 0o755),
    ];
    touch(&root.join(&odd), 1_200_000_099, 1);
    for (number, (path, mode)) in (1_u32..).zip(modes) {
        touch(&root.join(path), 1_200_000_000 + u64::from(number), 700_000_000 + number);
        chmod(&root.join(path), mode);
    }
    root
}
