//! What the file system says of a file, and what tells one state of it from another.

use std::fs::File;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::io;
use std::os::fd::AsFd;

use rustix::fs::{AtFlags, FileType, Stat};
use rustix::io::Errno;
use rustix::path::Arg;

use crate::model::{Entry, Stamp};

/// Device, inode and change time in 64 bits: together with the size and the time of an entry they tell one state of a
/// file from another. Only eight bytes, because there may be ten million of them.
///
/// The change time is what nobody can set back: it gives away a twin with the same size and time. Good for as long as this
/// program runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seal(u64);

impl Seal {
    /// Of an open file, and its size. Errors: the system's.
    pub fn of(file: &File) -> io::Result<(Self, u64)> {
        let status = Status::of(file)?;
        Ok((status.seal(), status.size))
    }

    /// To be kept somewhere else than in memory.
    pub fn to_bits(self) -> u64 {
        self.0
    }

    /// As it was kept.
    pub fn from_bits(bits: u64) -> Self {
        Self(bits)
    }
}

/// One state of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Version {
    pub(super) size: u64,
    modified: Option<Stamp>,
    seal: Seal,
}

impl Version {
    /// The state in which a walk met an entry.
    pub(super) fn of(entry: &Entry, seal: Seal) -> Self {
        Self { size: entry.size, modified: entry.modified, seal }
    }
}

/// What the file system says of a file, folder, link or anything else.
#[derive(Clone, Copy, Debug)]
pub(super) struct Status {
    pub(super) kind: FileType,
    /// Device and inode: which file it is, whatever its names are.
    pub(super) identity: (u64, u64),
    pub(super) size: u64,
    /// Bytes on the disk: less than the size where there are holes, and where the file system packs.
    pub(super) allocated: u64,
    pub(super) modified: Option<Stamp>,
    changed: (i64, u64),
    pub(super) mode: u32,
}

impl Status {
    /// Of what is open. Errors: the system's.
    pub(super) fn of(file: impl AsFd) -> Result<Self, Errno> {
        rustix::fs::fstat(file).map(|stat| Self::sort(&stat))
    }

    /// Of a path from a folder; a link itself with [`AtFlags::SYMLINK_NOFOLLOW`]. Errors: the system's.
    pub(super) fn at(folder: impl AsFd, path: impl Arg, flags: AtFlags) -> Result<Self, Errno> {
        rustix::fs::statat(folder, path, flags).map(|stat| Self::sort(&stat))
    }

    /// The width and sign of these fields differ between systems.
    fn sort(stat: &Stat) -> Self {
        Self {
            kind: FileType::from_raw_mode(stat.st_mode),
            identity: (unsigned(stat.st_dev), unsigned(stat.st_ino)),
            size: unsigned(stat.st_size),
            allocated: unsigned(stat.st_blocks).saturating_mul(BLOCK),
            modified: nanos(stat.st_mtime_nsec).map(|nanos| Stamp { secs: signed(stat.st_mtime), nanos }),
            changed: (signed(stat.st_ctime), unsigned(stat.st_ctime_nsec)),
            mode: u32::try_from(unsigned(stat.st_mode) & 0o777).unwrap_or(0),
        }
    }

    pub(super) fn seal(&self) -> Seal {
        let mut hasher = DefaultHasher::new();
        (self.identity, self.changed).hash(&mut hasher);
        Seal(hasher.finish())
    }

    pub(super) fn version(&self) -> Version {
        Version { size: self.size, modified: self.modified, seal: self.seal() }
    }

    pub(super) fn is_file(&self) -> bool {
        self.kind.is_file()
    }
}

/// `st_blocks` counts these, whatever the blocks of the file system are.
const BLOCK: u64 = 512;

fn unsigned<T>(number: T) -> u64
where
    u64: TryFrom<T>,
{
    u64::try_from(number).unwrap_or(0)
}

fn signed<T>(number: T) -> i64
where
    i64: TryFrom<T>,
{
    i64::try_from(number).unwrap_or(0)
}

/// A part of a second; what is none is taken for no time at all.
fn nanos<T>(number: T) -> Option<u32>
where
    u32: TryFrom<T>,
{
    u32::try_from(number).ok().filter(|nanos| *nanos < 1_000_000_000)
}
