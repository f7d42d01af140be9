//! Parts get their final names, many at a time: sync, rename, sync the folders (docs/protocol.md, "What done means").
//! Only what has gone through here may be reported as saved. This is the first half; `naming` is the second.

use std::ffi::OsString;
use std::fs::File;
use std::os::fd::AsFd as _;

use rustix::fs::{Mode, OFlags};
use rustix::io::Errno;

use crate::model::{EntryIndex, LocalName};
use crate::storage::{CompletePart, Folder, Staging, WriteError, platform};

/// What to do where the name a part would like is taken by something else.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Naming {
    /// It gets a number: `name (1).ext`.
    KeepBoth,
    /// If it is an ordinary file, that one goes to staging and is removed with it. Else it gets a number.
    Replace,
}

impl Naming {
    /// The word in the database.
    pub(super) fn code(self) -> &'static str {
        match self {
            Self::KeepBoth => "rename",
            Self::Replace => "replace",
        }
    }

    /// What [`code`](Self::code) gave.
    pub(super) fn from_code(code: &str) -> Option<Self> {
        [Self::KeepBoth, Self::Replace].into_iter().find(|naming| naming.code() == code)
    }
}

/// Complete parts that share their syncs.
#[derive(Debug)]
pub struct Batch {
    staging: Folder,
    staging_name: OsString,
    /// Opened before the first byte of the batch is written: it is told of every write error since then.
    before: File,
    parts: Vec<Ready>,
    bytes: u64,
}

/// Complete parts that would survive a power cut. Only their names are missing.
#[derive(Debug)]
pub struct Synced {
    pub(super) staging_name: OsString,
    pub(super) before: File,
    pub(super) parts: Vec<Ready>,
}

/// A part and where it goes.
#[derive(Debug)]
pub(super) struct Ready {
    pub(super) part: CompletePart,
    pub(super) folder: Folder,
    pub(super) wanted: LocalName,
    pub(super) naming: Naming,
}

impl Batch {
    /// A good number of parts to publish together: each keeps its descriptor open, and 1024 is the usual limit
    /// of a process that serves several senders.
    pub const MAX_PARTS: usize = 128;

    /// Begins a batch, before its first part is created or resumed. Errors: [`WriteError`].
    pub fn new(staging: &Staging) -> Result<Self, WriteError> {
        let (folder, name) = (staging.folder().clone(), staging.name().to_owned());
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let before = rustix::fs::openat(folder.fd(), ".", flags, Mode::empty());
        let before = File::from(before.map_err(|errno| folder.error(errno))?);
        Ok(Self { staging: folder, staging_name: name, before, parts: Vec::new(), bytes: 0 })
    }

    /// Adds a part, the folder it goes to and the name it would like there.
    pub fn add(&mut self, part: CompletePart, folder: Folder, wanted: LocalName, naming: Naming) {
        self.bytes = self.bytes.saturating_add(part.bytes());
        self.parts.push(Ready { part, folder, wanted, naming });
    }

    /// How many parts there are.
    pub fn len(&self) -> usize {
        self.parts.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.parts.is_empty()
    }

    /// Bytes of all parts together.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Makes the parts durable. Errors, one a part: [`WriteError`]. All of them failed then and are removed, for nobody
    /// knows whose bytes the disk did not take.
    pub fn sync(self) -> Result<Synced, Vec<(EntryIndex, WriteError)>> {
        match self.write_out() {
            Ok(()) => {
                let Self { staging_name, before, parts, .. } = self;
                Ok(Synced { staging_name, before, parts })
            }
            Err(errno) => Err(self.parts.into_iter().map(|ready| ready.fail(errno)).collect()),
        }
    }

    /// One file by itself, many by one sync of their file system where there is such a call.
    fn write_out(&self) -> Result<(), Errno> {
        let is_ours = |ready: &Ready| ready.part.staging().is(&self.staging);
        if self.parts.len() > 1 && self.parts.iter().all(is_ours) {
            match platform::sync_file_system(self.before.as_fd()) {
                Err(Errno::NOSYS | Errno::NOTSUP | Errno::INVAL | Errno::PERM) => {}
                synced => return synced,
            }
        }
        self.parts.iter().try_for_each(|ready| ready.part.sync())
    }
}

impl Ready {
    fn fail(self, errno: Errno) -> (EntryIndex, WriteError) {
        let failed = (self.part.entry(), self.part.staging().error(errno));
        self.part.discard();
        failed
    }
}
