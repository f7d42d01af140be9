//! The target folder as a tree: folders below it are found, made and finished here, one name at a time and never through a
//! link, so whatever is planted or swapped in it, nothing outside is touched.

use std::path::PathBuf;

use rustix::fs::{AtFlags, FileType, Mode};
use rustix::io::Errno;

use crate::model::{EntryIndex, LinkTarget, LocalName, Stamp};
use crate::storage::status::Status;
use crate::storage::{
    Finish, Folder, Intend, Intended, Made, Naming, WriteError, attributes, beneath, place, platform,
};

/// Folders that stay open: entries come folder by folder, so a few would do, but a process may have 1024 descriptors.
const MAX_OPEN: usize = 64;

/// Folders that wait for their sync. From [`FEW`] on one sync of the file system does for all.
const MAX_UNSYNCED: usize = 64;

/// From so many folders on one sync of their file system costs less than one of each.
const FEW: usize = 4;

/// The target folder as a tree. Places in it are the names from there on, as they are on this disk.
#[derive(Debug)]
pub struct Target {
    root: Folder,
    /// Open folders below it, the one used last in front.
    open: Vec<(Vec<LocalName>, Folder)>,
    /// What was made in or finished since the last sync.
    unsynced: Vec<Folder>,
    /// What a sync said that failed. The system says it once and then no more, whatever was lost.
    lost: Option<(PathBuf, Errno)>,
}

/// What stands somewhere; links are not followed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Nothing, also because the folder around it is missing.
    Nothing,
    /// An ordinary file.
    File {
        /// Its size in bytes.
        size: u64,
    },
    /// A folder.
    Folder,
    /// A link, and what it points to.
    Link(Vec<u8>),
    /// A device, a FIFO or a socket.
    Other,
    /// Nothing can stand there: what should be a folder around it is none, or the name is too long for this disk.
    Blocked,
}

impl Target {
    /// Everything below a folder.
    pub fn new(folder: Folder) -> Self {
        Self { root: folder, open: Vec::new(), unsynced: Vec::new(), lost: None }
    }

    /// The chosen folder itself.
    pub fn root(&self) -> &Folder {
        &self.root
    }

    /// A folder that is there. Errors: [`WriteError::FolderMissing`], [`WriteError::NotAFolder`] also for a link,
    /// [`WriteError`].
    pub fn folder(&mut self, names: &[LocalName]) -> Result<Folder, WriteError> {
        self.reach(names).map_err(|(path, errno)| match errno {
            Errno::LOOP => WriteError::NotAFolder { path },
            errno => WriteError::sort(&path, errno),
        })
    }

    /// Whether somebody may look into a folder that is there: read its names, and go through it. Errors: [`WriteError`].
    pub fn may_enter(&mut self, names: &[LocalName]) -> Result<bool, WriteError> {
        let entered = self.folder(names).and_then(|folder| {
            let looked = rustix::fs::statat(folder.fd(), ".", AtFlags::empty());
            looked.map(drop).map_err(|errno| folder.error(errno))
        });
        match entered {
            Ok(()) => Ok(true),
            Err(WriteError::FolderForbidden { .. }) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Makes a folder in one that is there, its owner's only; one that is there stays as it is.
    /// Errors: [`WriteError::NotAFolder`] if something else is in its place, [`WriteError`].
    pub fn make(&mut self, names: &[LocalName]) -> Result<Made, WriteError> {
        let Some((name, parents)) = names.split_last() else { return Ok(Made::WasThere) };
        let parent = self.folder(parents)?;
        let made = beneath::make_folder(parent.fd(), name.as_os_str());
        let made = made.map_err(|errno| parent.error(errno))?;
        match made {
            Made::New => {
                self.forget(names);
                self.unsynced(&parent)?;
            }
            Made::WasThere => {}
        }
        // Opened at once: whatever is put in its place later, what comes goes into this one.
        self.folder(names).map(|_| made)
    }

    /// What stands under a name. Errors: [`WriteError`] if nobody may look.
    pub fn look(&mut self, names: &[LocalName]) -> Result<Standing, WriteError> {
        let Some((name, parents)) = names.split_last() else { return Ok(Standing::Folder) };
        let parent = match self.reach(parents) {
            Ok(parent) => parent,
            Err((_, Errno::NOENT)) => return Ok(Standing::Nothing),
            Err((_, Errno::LOOP | Errno::NOTDIR | Errno::NAMETOOLONG)) => return Ok(Standing::Blocked),
            Err((path, errno)) => return Err(WriteError::sort(&path, errno)),
        };
        standing(&parent, name).map_err(|errno| parent.error(errno))
    }

    /// Opens a file to read it. Errors: [`WriteError`], also for a link.
    pub fn read_file(&mut self, names: &[LocalName]) -> Result<std::fs::File, WriteError> {
        let (parent, name) = self.parent(names)?;
        beneath::open_existing(parent.fd(), name.as_os_str()).map_err(|errno| parent.error(errno))
    }

    /// The first of `name (1)`, `name (2)`… under which nothing stands. Errors: [`WriteError::NamesTaken`],
    /// [`WriteError`].
    pub fn free_name(&mut self, names: &[LocalName]) -> Result<LocalName, WriteError> {
        let (parent, name) = self.parent(names)?;
        let free = place::free(parent.fd(), name, 1).map(|(free, _)| free);
        free.ok_or_else(|| taken(&parent, name))
    }

    /// Makes a link with its time, and with a number if its name is taken, of which `intend` hears first. Nothing is ever replaced by one.
    /// Gives its name. Errors: [`WriteError`].
    pub fn make_link(
        &mut self,
        names: &[LocalName],
        (points_to, modified): (&LinkTarget, Option<Stamp>),
        entry: EntryIndex,
        intend: &mut Intend<'_>,
    ) -> Result<LocalName, WriteError> {
        let (parent, wanted) = self.parent(names)?;
        let (mut name, mut number) = (wanted.clone(), 0);
        loop {
            let checked = beneath::one_name(name.as_os_str());
            let made =
                checked.and_then(|name| rustix::fs::symlinkat(points_to.as_bytes(), parent.fd(), name));
            match made {
                Ok(()) => {
                    if let Some(modified) = modified {
                        attributes::set_time_of_link(parent.fd(), name.as_os_str(), modified)
                            .map_err(|errno| parent.error(errno))?;
                    }
                    self.unsynced(&parent)?;
                    return Ok(name);
                }
                Err(Errno::EXIST) => {}
                Err(errno) => return Err(parent.error(errno)),
            }
            let free = place::free(parent.fd(), wanted, number + 1);
            (name, number) = free.ok_or_else(|| taken(&parent, wanted))?;
            let folder = parent.clone();
            let intended = Intended { entry, folder, name: name.clone(), naming: Naming::KeepBoth };
            intend(&[intended]).map_err(|failure| WriteError::NotRecorded { failure })?;
        }
    }

    /// Opens a folder that this transfer made to its owner again: it may have been finished, and then be closed to all,
    /// before the transfer was interrupted. Errors: [`WriteError`].
    pub fn reopen(&mut self, names: &[LocalName]) -> Result<(), WriteError> {
        let (parent, name) = self.parent(names)?;
        match standing(&parent, name).map_err(|errno| parent.error(errno))? {
            Standing::Folder => {}
            Standing::Nothing => return Err(parent.error(Errno::NOENT)),
            Standing::File { .. } | Standing::Link(_) | Standing::Other | Standing::Blocked => {
                return Err(WriteError::NotAFolder { path: parent.path().join(name.as_os_str()) });
            }
        }
        let set = attributes::tolerate(platform::change_mode(parent.fd(), name.as_os_str(), Mode::RWXU));
        set.map_err(|errno| parent.error(errno))?;
        self.unsynced(&parent) // who made it may not have come to that
    }

    /// Gives a folder that this transfer made its mode and its time, once all is in it. [`Target::sync`] makes them
    /// durable. Errors: [`WriteError`].
    pub fn finish_folder(&mut self, names: &[LocalName], finish: Finish) -> Result<(), WriteError> {
        let folder = self.folder(names)?;
        attributes::set_on_folder(folder.dir(), finish).map_err(|errno| folder.error(errno))?;
        self.unsynced(&folder)
    }

    /// When something was put into a folder that is there, or taken out, for the last time. `None` where the file system
    /// does not say. Errors: [`WriteError`].
    pub fn modified(&mut self, names: &[LocalName]) -> Result<Option<Stamp>, WriteError> {
        let folder = self.folder(names)?;
        let status = Status::of(folder.fd()).map_err(|errno| folder.error(errno))?;
        Ok(status.modified)
    }

    /// Gives a folder that was there the time back that it had before something was put into it. [`Target::sync`] makes it
    /// durable. Errors: [`WriteError`].
    pub fn give_time_back(&mut self, names: &[LocalName], before: Stamp) -> Result<(), WriteError> {
        if self.modified(names)? == Some(before) {
            return Ok(());
        }
        let folder = self.folder(names)?;
        attributes::set_time(folder.dir(), before).map_err(|errno| folder.error(errno))?;
        self.unsynced(&folder)
    }

    /// Removes a folder if it is empty. Gives whether it did. Errors: [`WriteError`].
    pub fn remove_empty(&mut self, names: &[LocalName]) -> Result<bool, WriteError> {
        let (parent, name) = self.parent(names)?;
        let checked = beneath::one_name(name.as_os_str());
        let removed = checked.and_then(|name| rustix::fs::unlinkat(parent.fd(), name, AtFlags::REMOVEDIR));
        match removed {
            Ok(()) => {
                self.forget(names);
                self.unsynced(&parent)?;
                Ok(true)
            }
            Err(Errno::NOTEMPTY | Errno::EXIST | Errno::NOENT | Errno::NOTDIR) => Ok(false),
            Err(errno) => Err(parent.error(errno)),
        }
    }

    /// Makes durable what was made, linked and finished since the last time. Once it failed it always does: nobody knows
    /// what the disk did not take. Errors: [`WriteError`].
    pub fn sync(&mut self) -> Result<(), WriteError> {
        if let Some((path, errno)) = &self.lost {
            return Err(WriteError::sort(path, *errno));
        }
        let unsynced = std::mem::take(&mut self.unsynced);
        self.sync_all_of(unsynced).map_err(|(path, errno)| {
            let error = WriteError::sort(&path, errno);
            self.lost = Some((path, errno));
            error
        })
    }

    fn sync_all_of(&self, unsynced: Vec<Folder>) -> Result<(), (PathBuf, Errno)> {
        let told = |folder: &Folder, errno| (folder.path().to_owned(), errno);
        let device = |folder: &Folder| rustix::fs::fstat(folder.fd()).map(|stat| stat.st_dev);
        let home = device(&self.root).map_err(|errno| told(&self.root, errno))?;
        // What is mounted below is not reached by a sync of the file system around it.
        let (here, elsewhere): (Vec<_>, Vec<_>) =
            unsynced.into_iter().partition(|folder| device(folder) == Ok(home));
        let together =
            here.len() > FEW && self.sync_file_system().map_err(|errno| told(&self.root, errno))?;
        let here = if together { Vec::new() } else { here };
        here.iter()
            .chain(&elsewhere)
            .try_for_each(|folder| folder.sync().map_err(|errno| told(folder, errno)))
    }

    /// Gives whether there is such a call.
    fn sync_file_system(&self) -> Result<bool, Errno> {
        match platform::sync_file_system(self.root.fd()) {
            Ok(()) => Ok(true),
            Err(Errno::NOSYS | Errno::NOTSUP | Errno::INVAL | Errno::PERM) => Ok(false),
            Err(errno) => Err(errno),
        }
    }

    fn unsynced(&mut self, folder: &Folder) -> Result<(), WriteError> {
        if !self.unsynced.iter().rev().any(|other| other.is(folder)) {
            self.unsynced.push(folder.clone());
        }
        if self.unsynced.len() > MAX_UNSYNCED { self.sync() } else { Ok(()) }
    }

    /// The folder something is in, and its name. The root is in none.
    fn parent<'n>(&mut self, names: &'n [LocalName]) -> Result<(Folder, &'n LocalName), WriteError> {
        let (name, parents) = names.split_last().ok_or_else(|| self.root.error(Errno::INVAL))?;
        Ok((self.folder(parents)?, name))
    }

    /// Opens a folder from the nearest one that is open. Errors: what the system said, and of which folder.
    fn reach(&mut self, names: &[LocalName]) -> Result<Folder, (PathBuf, Errno)> {
        let mut depth = names.len();
        let mut folder = self.root.clone();
        while depth > 0 {
            let wanted = names.get(..depth).unwrap_or_default();
            if let Some(found) = self.open.iter().position(|(open, _)| open == wanted) {
                self.open.get_mut(..=found).unwrap_or_default().rotate_right(1);
                folder = self.open.first().map_or(folder, |(_, open)| open.clone());
                break;
            }
            depth -= 1;
        }
        for (end, name) in names.iter().enumerate().skip(depth) {
            let dir = beneath::open_folder(folder.fd(), name.as_os_str());
            let dir = dir.map_err(|errno| (folder.path().join(name.as_os_str()), errno))?;
            folder = folder.with(name.as_os_str(), dir);
            self.open.truncate(MAX_OPEN - 1);
            self.open.insert(0, (names.get(..=end).unwrap_or_default().to_vec(), folder.clone()));
        }
        Ok(folder)
    }

    /// Closes a folder and all that are open below it.
    fn forget(&mut self, names: &[LocalName]) {
        self.open.retain(|(open, _)| !open.starts_with(names));
    }
}

/// Errors: what the system said if nobody may look.
fn standing(folder: &Folder, name: &LocalName) -> Result<Standing, Errno> {
    let name = beneath::one_name(name.as_os_str())?;
    let there = match rustix::fs::statat(folder.fd(), name, AtFlags::SYMLINK_NOFOLLOW) {
        Ok(there) => there,
        Err(Errno::NOENT) => return Ok(Standing::Nothing),
        Err(Errno::NAMETOOLONG) => return Ok(Standing::Blocked),
        Err(errno) => return Err(errno),
    };
    Ok(match FileType::from_raw_mode(there.st_mode) {
        FileType::RegularFile => Standing::File { size: u64::try_from(there.st_size).unwrap_or_default() },
        FileType::Directory => Standing::Folder,
        FileType::Symlink => match rustix::fs::readlinkat(folder.fd(), name, Vec::new()) {
            Ok(points_to) => Standing::Link(points_to.into_bytes()),
            Err(Errno::NOENT) => Standing::Nothing,
            Err(Errno::INVAL) => Standing::Other, // it is none any more
            Err(errno) => return Err(errno),
        },
        FileType::Fifo
        | FileType::Socket
        | FileType::CharacterDevice
        | FileType::BlockDevice
        | FileType::Unknown => Standing::Other,
    })
}

fn taken(folder: &Folder, name: &LocalName) -> WriteError {
    WriteError::NamesTaken { path: folder.path().to_owned(), name: name.to_string() }
}

#[cfg(test)]
mod tests;
