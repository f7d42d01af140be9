//! What is sent: trees made from a seed, and what any folder holds, as a value that can be compared.

use std::collections::BTreeMap;
use std::fs::{self, File, FileTimes};
use std::io::{Seek as _, SeekFrom, Write as _};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use sha2::{Digest as _, Sha256};

use super::dice::Dice;

/// How large a tree is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Size {
    /// Five files and some more: each call that is made for it can be looked at.
    Small,
    /// 300 files.
    Many,
    /// One file of 40 MB, beside small ones.
    Large,
}

/// What something is, without its time.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum What {
    File { sha256: String, bytes: u64 },
    Folder,
    Link(PathBuf),
    Other,
}

/// One thing in a folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Thing {
    pub(super) what: What,
    pub(super) mode: u32,
    /// Seconds and nanoseconds.
    pub(super) modified: (i64, i64),
}

/// All that is in a folder, by its path in it.
pub(super) type Snapshot = BTreeMap<PathBuf, Thing>;

/// Makes the tree `tree` in a folder.
pub(super) fn make(within: &Path, size: Size, dice: &mut Dice) {
    let root = within.join("tree");
    fs::create_dir(&root).unwrap();
    match size {
        Size::Small => {}
        Size::Many => {
            for folder in 0..6 {
                let folder = root.join(format!("many {folder}"));
                fs::create_dir(&folder).unwrap();
                for file in 0..50 {
                    let length = dice.between(0, 12_000);
                    put(&folder.join(format!("file {file}.txt")), length, dice);
                }
                set_time(&folder, dice);
            }
        }
        Size::Large => put(&root.join("large.bin"), 40_000_000, dice),
    }
    put(&root.join("empty"), 0, dice);
    let length = dice.between(270_000, 700_000);
    put(&root.join("big.bin"), length, dice);
    holes(&root.join("holes.img"), dice);
    fs::create_dir(root.join("docs")).unwrap();
    put(&root.join("docs/中文.txt"), 3_000, dice);
    put(&root.join("docs/run"), 70, dice);
    fs::set_permissions(root.join("docs/run"), fs::Permissions::from_mode(0o755)).unwrap();
    symlink("docs/run", root.join("link")).unwrap();
    fs::create_dir(root.join("void")).unwrap();
    fs::set_permissions(root.join("void"), fs::Permissions::from_mode(0o750)).unwrap();
    for folder in ["docs", "void", ""] {
        set_time(&root.join(folder), dice);
    }
}

/// A file of so many bytes.
pub(super) fn put(path: &Path, bytes: u64, dice: &mut Dice) {
    let bytes = dice.bytes(bytes.try_into().unwrap());
    fs::write(path, bytes).unwrap();
    let mode = *dice.pick(&[0o644, 0o600, 0o444]);
    set_time(path, dice);
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

/// A file of 2 MB with little in it.
fn holes(path: &Path, dice: &mut Dice) {
    let mut file = File::create(path).unwrap();
    for at in [0, 700_000, 1_500_000] {
        file.seek(SeekFrom::Start(at + dice.below(100_000))).unwrap();
        let length = dice.between(1, 9_000).try_into().unwrap();
        file.write_all(&dice.bytes(length)).unwrap();
    }
    file.set_len(2_000_000).unwrap();
    set_time(path, dice);
}

/// Some time in the past, with nanoseconds.
fn set_time(path: &Path, dice: &mut Dice) {
    let time = Duration::new(dice.between(1_000_000_000, 1_700_000_000), 0)
        + Duration::from_nanos(dice.below(1_000_000_000));
    let times = FileTimes::new().set_modified(SystemTime::UNIX_EPOCH + time);
    File::open(path).unwrap().set_times(times).unwrap();
}

/// Everything below a folder, but our own staging folders.
pub(super) fn look(folder: &Path) -> Snapshot {
    let mut found = Snapshot::new();
    add(folder, Path::new(""), &mut found);
    found
}

/// Paths of what is ours and not meant to stay.
pub(super) fn ours(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut open = vec![folder.to_owned()];
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
            if is_ours(&entry.path()) {
                found.push(entry.path());
            } else if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
                open.push(entry.path());
            }
        }
    }
    found
}

fn is_ours(path: &Path) -> bool {
    path.file_name().is_some_and(|name| name.to_string_lossy().starts_with(".sampan-"))
}

fn add(root: &Path, below: &Path, found: &mut Snapshot) {
    // What goes away while we look was there under a name of its own before or is again later.
    for entry in fs::read_dir(root.join(below)).into_iter().flatten().flatten() {
        let path = below.join(entry.file_name());
        if is_ours(&path) {
            continue;
        }
        let Some(thing) = thing(&root.join(&path)) else { continue };
        let is_folder = thing.what == What::Folder;
        found.insert(path.clone(), thing);
        if is_folder {
            add(root, &path, found);
        }
    }
}

/// `None` if it is not there.
fn thing(path: &Path) -> Option<Thing> {
    let there = fs::symlink_metadata(path).ok()?;
    let what = match there.file_type() {
        kind if kind.is_dir() => What::Folder,
        kind if kind.is_symlink() => What::Link(fs::read_link(path).ok()?),
        kind if kind.is_file() => {
            let bytes = fs::read(path).ok()?;
            What::File { sha256: sha256(&bytes), bytes: bytes.len().try_into().unwrap() }
        }
        _ => What::Other,
    };
    Some(Thing { what, mode: there.mode() & 0o777, modified: (there.mtime(), there.mtime_nsec()) })
}

fn sha256(bytes: &[u8]) -> String {
    sampan::model::Digest::from_bytes(Sha256::digest(bytes).into()).to_string()
}
