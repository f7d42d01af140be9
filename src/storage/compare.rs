//! Holds a folder against a receipt, entry by entry as they come: what is there is read, no link is followed, nothing is changed.
//!
//! Memory holds the folders on the way to the entry at hand, and of each the names that the receipt knows, eight bytes a name.

use std::collections::HashSet;
use std::ffi::OsStr;
use std::fs::File;
use std::hash::{BuildHasher as _, RandomState};
use std::io::{self, Read as _};
use std::os::fd::AsFd as _;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};

use rustix::fs::{AtFlags, Dir, FileType, Mode, OFlags};
use rustix::io::Errno;
use sha2::{Digest as _, Sha256};

use crate::model::{
    Comparison, Descent, Difference, DifferenceKind, Digest, Failure, FailureKind, Level, ReceiptEntry,
    ReceiptKind, size,
};
use crate::storage::{beneath, platform};

/// One read of a file: large enough that the calls cost nothing, small enough to stay in the cache.
const READ_BYTES: usize = 256 * 1024;

/// What is compared cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum CompareError {
    /// The receipt.
    #[error("could not open the receipt {path:?}")]
    Receipt {
        /// Which.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The folder.
    #[error("could not open the folder {path:?}")]
    Folder {
        /// Which.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

impl CompareError {
    /// As front ends show it.
    pub fn failure(&self) -> Failure {
        let (kind, path, source) = match self {
            Self::Receipt { path, source } => (FailureKind::ReceiptUnreadable, path, source),
            Self::Folder { path, source } => match Errno::from_io_error(source) {
                Some(Errno::NOENT | Errno::NOTDIR) => (FailureKind::FolderMissing, path, source),
                _ => (FailureKind::NotReadable, path, source),
            },
        };
        Failure::here(kind).about(path.display().to_string()).because(source)
    }
}

/// Opens the receipt a person named. Errors: [`CompareError::Receipt`], also for what is no file: it is read twice.
pub fn open_receipt(path: &Path) -> Result<File, CompareError> {
    let refused = |source: io::Error| CompareError::Receipt { path: path.to_owned(), source };
    // A FIFO in its place must not hang.
    let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
    let file = rustix::fs::open(path, flags, Mode::empty()).map_err(|errno| refused(errno.into()))?;
    let file = File::from(file);
    if file.metadata().map_err(refused)?.is_file() {
        Ok(file)
    } else {
        Err(refused(io::Error::new(io::ErrorKind::InvalidInput, "not an ordinary file")))
    }
}

/// A comparison that goes on.
pub struct Comparing<'a> {
    /// The chosen folder.
    folder: File,
    /// Where we are in it.
    descent: Descent<Inside>,
    /// Names are kept as hashes with a key of this run's own.
    hashing: RandomState,
    buffer: Vec<u8>,
    counts: Comparison,
    report: &'a mut dyn FnMut(&Difference),
}

/// A folder on the way.
struct Inside {
    dir: Result<File, Gone>,
    /// The names in it that the receipt knows. `None` if it has no entry of its own that says it is there: then what else
    /// is in it is nobody's business.
    known: Option<HashSet<u64>>,
}

/// Why nothing in a folder can be looked at.
#[derive(Clone)]
enum Gone {
    /// It is not there, or something else is.
    Missing,
    Unreadable(String),
}

impl<'a> Comparing<'a> {
    /// Opens the folder, which may be a link to one. Differences go to `report` as they are found.
    /// Errors: [`CompareError::Folder`].
    pub fn start(folder: &Path, report: &'a mut dyn FnMut(&Difference)) -> Result<Self, CompareError> {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let opened = rustix::io::retry_on_intr(|| rustix::fs::open(folder, flags, Mode::empty()));
        let opened =
            opened.map_err(|errno| CompareError::Folder { path: folder.to_owned(), source: errno.into() })?;
        Ok(Self {
            folder: File::from(opened),
            descent: Descent::default(),
            hashing: RandomState::new(),
            buffer: vec![0; READ_BYTES],
            counts: Comparison::default(),
            report,
        })
    }

    /// Compares one entry; they come in manifest order.
    pub fn entry(&mut self, entry: &ReceiptEntry) {
        let path = entry.path();
        while let Some(left) = self.descent.leave_for(path) {
            self.look_for_extra(&left);
        }
        while let Some(name) = self.descent.not_entered(path) {
            let dir = self.open_folder(name);
            self.know(name);
            self.descent.enter(name, name, Inside { dir, known: None });
        }
        let name = entry.final_name();
        self.know(name);
        let is_there = entry.outcome().is_there();
        if is_there {
            self.counts.entries = self.counts.entries.saturating_add(1);
            let found = match entry.kind() {
                ReceiptKind::File { size, sha256 } => self.file(name, *size, sha256.as_ref()),
                ReceiptKind::Folder => self.folder(name),
                ReceiptKind::Link(target) => self.link(name, target.as_bytes()),
            };
            if let Err(what) = found {
                self.differs(self.descent.place_of(name), what);
            }
        }
        if *entry.kind() == ReceiptKind::Folder {
            let dir = self.open_folder(name);
            let known = is_there.then(HashSet::new);
            self.descent.enter(path.name(), name, Inside { dir, known });
        }
    }

    /// The last entry came.
    pub fn finish(mut self) -> Comparison {
        while let Some(left) = self.descent.leave() {
            self.look_for_extra(&left);
        }
        self.counts
    }

    /// The innermost folder.
    fn dir(&mut self) -> Result<&File, Gone> {
        match self.descent.innermost() {
            None => Ok(&self.folder),
            Some(inside) => inside.dir.as_ref().map_err(Gone::clone),
        }
    }

    /// This name belongs into the innermost folder.
    fn know(&mut self, name: &[u8]) {
        let hash = self.hashing.hash_one(name);
        if let Some(Inside { known: Some(known), .. }) = self.descent.innermost() {
            known.insert(hash);
        }
    }

    fn open_folder(&mut self, name: &[u8]) -> Result<File, Gone> {
        let dir = self.dir()?;
        let name = OsStr::from_bytes(name);
        // Looked at before it is opened: opening alone starts some devices.
        if kind_of(dir, name)? != FileType::Directory {
            return Err(Gone::Missing);
        }
        let opened = beneath::open_existing(dir, name).map_err(Gone::of)?;
        match opened.metadata() {
            Ok(metadata) if metadata.is_dir() => Ok(opened),
            Ok(_) => Err(Gone::Missing),
            Err(error) => Err(Gone::Unreadable(error.to_string())),
        }
    }

    fn folder(&mut self, name: &[u8]) -> Result<(), DifferenceKind> {
        let dir = self.dir()?;
        match kind_of(dir, OsStr::from_bytes(name))? {
            FileType::Directory => Ok(()),
            _ => Err(DifferenceKind::Changed),
        }
    }

    fn link(&mut self, name: &[u8], target: &[u8]) -> Result<(), DifferenceKind> {
        let dir = self.dir()?;
        let name = OsStr::from_bytes(name);
        if kind_of(dir, name)? != FileType::Symlink {
            return Err(DifferenceKind::Changed);
        }
        let found = rustix::fs::readlinkat(dir, name, Vec::new()).map_err(Gone::of)?;
        if found.as_bytes() == target { Ok(()) } else { Err(DifferenceKind::Changed) }
    }

    fn file(&mut self, name: &[u8], length: u64, sha256: Option<&Digest>) -> Result<(), DifferenceKind> {
        let dir = self.dir()?;
        let name = OsStr::from_bytes(name);
        if kind_of(dir, name)? != FileType::RegularFile {
            return Err(DifferenceKind::Changed);
        }
        let file = beneath::open_existing(dir, name).map_err(Gone::of)?;
        let metadata = file.metadata().map_err(|error| unreadable(&error))?;
        if !metadata.is_file() || metadata.len() != length {
            return Err(DifferenceKind::Changed);
        }
        platform::advise_sequential(file.as_fd());
        // A file that grows meanwhile is not read for ever.
        let mut file = file.take(length.saturating_add(1));
        let (mut hasher, mut read) = (Sha256::new(), 0_u64);
        loop {
            let count = match file.read(&mut self.buffer) {
                Ok(0) => break,
                Ok(count) => count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(unreadable(&error)),
            };
            hasher.update(self.buffer.get(..count).unwrap_or_default());
            read = read.saturating_add(size::from_len(count));
        }
        let digest = Digest::from_bytes(hasher.finalize().into());
        if read == length && Some(&digest) == sha256 { Ok(()) } else { Err(DifferenceKind::Changed) }
    }

    /// All entries of a folder came: what else is in it?
    fn look_for_extra(&mut self, left: &Level<Inside>) {
        let Inside { dir: Ok(dir), known: Some(known) } = &left.with else { return };
        let folder = self.descent.place_of(left.final_name());
        match unknown_names(dir, |name| known.contains(&self.hashing.hash_one(name))) {
            Ok(names) => {
                for name in names {
                    self.differs([&folder, b"/".as_slice(), &name].concat(), DifferenceKind::Extra);
                }
            }
            Err(errno) => self.differs(folder, DifferenceKind::Unreadable(errno.to_string())),
        }
    }

    fn differs(&mut self, path: Vec<u8>, what: DifferenceKind) {
        self.counts.add(&what);
        (self.report)(&Difference { path, what });
    }
}

/// The names in a folder that are not known, sorted: a person compares two runs.
fn unknown_names(dir: &File, is_known: impl Fn(&[u8]) -> bool) -> Result<Vec<Vec<u8>>, Errno> {
    let mut names = Vec::new();
    for found in Dir::read_from(dir)? {
        let found = found?;
        let name = found.file_name().to_bytes();
        if name != b"." && name != b".." && !is_known(name) {
            names.push(name.to_vec());
        }
    }
    names.sort_unstable();
    Ok(names)
}

fn kind_of(dir: &File, name: &OsStr) -> Result<FileType, Gone> {
    let found = rustix::fs::statat(dir, name, AtFlags::SYMLINK_NOFOLLOW).map_err(Gone::of)?;
    Ok(FileType::from_raw_mode(found.st_mode))
}

fn unreadable(error: &io::Error) -> DifferenceKind {
    DifferenceKind::Unreadable(error.to_string())
}

impl Gone {
    fn of(errno: Errno) -> Self {
        match errno {
            // It was swapped for a link or taken away after it was looked at.
            Errno::NOENT | Errno::NOTDIR | Errno::LOOP => Self::Missing,
            errno => Self::Unreadable(errno.to_string()),
        }
    }
}

impl From<Gone> for DifferenceKind {
    fn from(gone: Gone) -> Self {
        match gone {
            Gone::Missing => Self::Missing,
            Gone::Unreadable(why) => Self::Unreadable(why),
        }
    }
}

#[cfg(test)]
mod tests;
