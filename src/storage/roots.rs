//! What a person chose to send: files and folders, each a root of the tree with a name of its own.

mod measure;
mod naming;

use std::ffi::OsStr;
use std::fs::File;
use std::ops::ControlFlow;
use std::os::fd::{AsFd as _, OwnedFd};
use std::os::unix::ffi::OsStrExt as _;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rustix::fs::{AtFlags, CWD};
use rustix::io::Errno;

use crate::model::{Entry, EntryKind, Links, RelPath};
use crate::storage::descend::{self, LIST, READ};
use crate::storage::source::Holes;
use crate::storage::status::{Status, Version};
use crate::storage::walk::Walk;
use crate::storage::{Seal, SourceError, SourceFile, Walked};

pub use measure::{Measured, measure};

/// What a person chose, looked at once, before anything is dialled. Clones share it.
#[derive(Clone, Debug)]
pub struct Roots(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    links: Links,
    /// Sorted by their names.
    roots: Vec<Root>,
    /// What was chosen as well and cannot be sent, absolute.
    passed: Vec<PathBuf>,
    nearest: Mutex<Nearest>,
}

/// The folder that was opened last, and which root it is: a transfer opens thousands of files below one root.
type Nearest = Option<(usize, Arc<OwnedFd>)>;

/// One chosen file or folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Root {
    /// The one name it has in the tree.
    pub name: RelPath,
    /// Where it is, absolute: the working directory may change before it is sent.
    pub path: PathBuf,
    /// What it was when it was chosen.
    pub kind: RootKind,
}

/// What a root is. A link that was chosen is what it shows: the person chose that.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RootKind {
    /// An ordinary file.
    File,
    /// A folder.
    Folder,
}

impl Roots {
    /// Looks at what was chosen, and whether it can be read. The same file or folder chosen twice is one root; two of
    /// one name become `name` and `name (1)`, and which is which does not depend on the order they were chosen in.
    /// What is missing, unreadable, no file or folder, or has a name that receivers refuse is told by [`walk`](Self::walk), and
    /// the rest goes. Errors: [`SourceError`] for the first of it, where there is no rest.
    pub fn look(paths: &[PathBuf], links: Links) -> Result<Self, SourceError> {
        let (mut chosen, mut passed, mut first) = (Vec::new(), Vec::new(), None);
        for path in paths {
            match naming::Chosen::look(path) {
                Ok(one) => chosen.push(one),
                Err(error) => {
                    passed.push(std::path::absolute(path).unwrap_or_else(|_| path.clone()));
                    first.get_or_insert(error);
                }
            }
        }
        if let (true, Some(error)) = (chosen.is_empty(), first) {
            return Err(error);
        }
        let roots = naming::name(chosen);
        Ok(Self(Arc::new(Inner { links, roots, passed, nearest: Mutex::new(None) })))
    }

    /// The roots in manifest order, for a first display.
    pub fn list(&self) -> &[Root] {
        &self.0.roots
    }

    /// Visits every entry in manifest order (docs/trees.md), a folder before what is in it, until `visit` breaks. What
    /// cannot be sent is told among them, and the rest goes on. In memory: the names of the folders on the way from the root to
    /// the entry; open: these folders.
    pub fn walk(&self, visit: &mut dyn FnMut(Walked) -> ControlFlow<()>) {
        // What is opened from now on is what this walk meets, also where a whole root was replaced since the last one.
        *self.nearest() = None;
        for path in &self.0.passed {
            // What came meanwhile has no name among the others.
            let error = naming::Chosen::look(path).err();
            let error = error.unwrap_or_else(|| SourceError::Changed { path: path.clone() });
            if visit(Walked::Passed(error)).is_break() {
                return;
            }
        }
        for root in &self.0.roots {
            if Walk::new(root, self.0.links, visit).run().is_break() {
                return;
            }
        }
    }

    /// Opens a file again that a walk met, for sending. Never outside its root, unless links are followed.
    /// Errors: [`SourceError::Changed`] if it is not what the walk met, [`SourceError::Missing`],
    /// [`SourceError::NotReadable`], [`SourceError::Read`].
    pub fn open(&self, entry: &Entry, seal: Seal) -> Result<SourceFile, SourceError> {
        let (index, root, below) = self.find(&entry.path)?;
        // At once as long as it gets: this is done for each of thousands of files.
        let mut path = PathBuf::with_capacity(root.path.as_os_str().len() + 1 + below.len());
        path.push(&root.path);
        if !below.is_empty() {
            path.push(OsStr::from_bytes(below));
        }
        if entry.kind != EntryKind::File {
            return Err(SourceError::NotAFile { path });
        }
        let promised = Version::of(entry, seal);
        let opened = match (below, self.0.links) {
            ([], Links::Keep | Links::Follow) => open_root(root, promised),
            (_, Links::Keep) => self
                .folder(index, root)
                .and_then(|folder| descend::open(folder.as_fd(), below, Links::Keep))
                .map_err(Trouble::from),
            (_, Links::Follow) => self.folder(index, root).map_err(Trouble::from).and_then(|folder| {
                followed(descend::look(folder.as_fd(), below), promised)?;
                Ok(descend::open(folder.as_fd(), below, Links::Follow)?)
            }),
        };
        let holes = if entry.stored < entry.size { Holes::Sought } else { Holes::Ignored };
        match opened {
            Ok(file) => SourceFile::new(file, path, promised, holes),
            Err(Trouble::Changed) => Err(SourceError::Changed { path }),
            Err(Trouble::System(errno)) => Err(SourceError::sort(&path, errno.into())),
        }
    }

    /// The root that a path belongs to, and the names below it.
    fn find<'a>(&self, path: &'a RelPath) -> Result<(usize, &Root, &'a [u8]), SourceError> {
        let found = path.components().next().and_then(|first| {
            let index = self.0.roots.binary_search_by(|root| root.name.name().cmp(first)).ok()?;
            Some((index, self.0.roots.get(index)?, path.below_root()))
        });
        found.ok_or_else(|| SourceError::Missing {
            path: PathBuf::from(OsStr::from_bytes(path.joined())),
            source: Errno::NOENT.into(),
        })
    }

    /// The open folder of a root.
    fn folder(&self, index: usize, root: &Root) -> Result<Arc<OwnedFd>, Errno> {
        if let Some((_, folder)) = self.nearest().as_ref().filter(|(of, _)| *of == index) {
            return Ok(Arc::clone(folder));
        }
        let folder = Arc::new(descend::open_one(CWD, root.path.as_os_str(), LIST)?);
        *self.nearest() = Some((index, Arc::clone(&folder)));
        Ok(folder)
    }

    fn nearest(&self) -> MutexGuard<'_, Nearest> {
        self.0.nearest.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Why a file is not opened.
enum Trouble {
    Changed,
    System(Errno),
}

impl From<Errno> for Trouble {
    fn from(errno: Errno) -> Self {
        match errno {
            // A link where there was none, a circle of links, a socket or a device: none of them is what the walk met.
            Errno::LOOP | Errno::XDEV | Errno::NXIO | Errno::NODEV => Self::Changed,
            errno => Self::System(errno),
        }
    }
}

/// A root that is a file; it may be a link to one.
fn open_root(root: &Root, promised: Version) -> Result<File, Trouble> {
    let path = root.path.as_os_str();
    followed(Status::at(CWD, path, AtFlags::empty()), promised)?;
    Ok(File::from(descend::open_one(CWD, path, READ)?))
}

/// Looked at before it is opened, where a link may have been put that shows a device: opening alone winds tapes and
/// starts watchdogs.
fn followed(status: Result<Status, Errno>, promised: Version) -> Result<(), Trouble> {
    match status {
        Ok(status) if status.is_file() && status.version() == promised => Ok(()),
        Ok(_) => Err(Trouble::Changed),
        // Longer than a call takes: it is opened step by step.
        Err(Errno::NAMETOOLONG) => Ok(()),
        Err(errno) => Err(errno.into()),
    }
}

#[cfg(test)]
mod tests;
