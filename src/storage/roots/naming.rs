//! Which names chosen files and folders get in the tree.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};

use rustix::fs::{AtFlags, CWD, FileType};

use crate::model::{LocalName, RelPath, RelPathError};
use crate::storage::SourceError;
use crate::storage::descend::{self, LIST, READ};
use crate::storage::roots::{Root, RootKind};
use crate::storage::status::Status;

/// A chosen path after a look.
pub(super) struct Chosen {
    /// Where it really is: its folder without links, and its name there. Tells the same thing chosen twice.
    place: PathBuf,
    path: PathBuf,
    name: LocalName,
    kind: RootKind,
}

impl Chosen {
    /// Looks at a path. Errors: [`SourceError`].
    pub(super) fn look(path: &Path) -> Result<Self, SourceError> {
        let failed = |source| SourceError::sort(path, source);
        // Looked at before it is opened: opening alone winds tapes and starts watchdogs.
        let kind =
            kind_of(path, Status::at(CWD, path, AtFlags::empty()).map_err(|errno| failed(errno.into()))?)?;
        let flags = match kind {
            RootKind::File => READ,
            RootKind::Folder => LIST,
        };
        let opened = descend::open_one(CWD, path.as_os_str(), flags).map_err(|errno| failed(errno.into()))?;
        kind_of(path, Status::of(&opened).map_err(|errno| failed(errno.into()))?)?;

        let absolute = std::path::absolute(path).map_err(failed)?;
        let place = place(path, &absolute).map_err(failed)?;
        let name = place.file_name().unwrap_or_default().as_encoded_bytes();
        RelPath::parse([name]).map_err(|source| {
            // The root of all folders has no name.
            let source = if name.is_empty() { RelPathError::Empty } else { source };
            SourceError::Name { path: path.to_owned(), source }
        })?;
        Ok(Self { name: LocalName::of(name), path: absolute, place, kind })
    }
}

fn kind_of(path: &Path, status: Status) -> Result<RootKind, SourceError> {
    match status.kind {
        FileType::RegularFile => Ok(RootKind::File),
        FileType::Directory => Ok(RootKind::Folder),
        _ => Err(SourceError::NotAFile { path: path.to_owned() }),
    }
}

/// The real folder of a path, and the name in it. A path that ends in no name of its own (`dir/`, `.`, `a/..`) is asked
/// for the folder's.
fn place(path: &Path, absolute: &Path) -> std::io::Result<PathBuf> {
    let last = path.as_os_str().as_encoded_bytes().rsplit(|byte| *byte == b'/').next();
    match (absolute.parent(), absolute.file_name()) {
        (Some(folder), Some(name)) if !matches!(last, Some(b"" | b"." | b"..")) => {
            Ok(folder.canonicalize()?.join(name))
        }
        _ => absolute.canonicalize(),
    }
}

/// Gives each its name; sorted by these.
pub(super) fn name(mut chosen: Vec<Chosen>) -> Vec<Root> {
    // By where they are: the same choice made again in another order gets the same names, and so resumes.
    chosen.sort_by(|a, b| a.place.cmp(&b.place));
    chosen.dedup_by(|a, b| a.place == b.place);

    // A name that somebody really has goes before one that was made up.
    let mut taken: HashSet<LocalName> = chosen.iter().map(|chosen| chosen.name.clone()).collect();
    let mut last: HashMap<LocalName, u32> = HashMap::new();
    let mut roots: Vec<Root> = chosen
        .into_iter()
        .filter_map(|Chosen { path, name, kind, .. }| {
            let name = match last.get_mut(&name) {
                None => {
                    last.insert(name.clone(), 0);
                    name
                }
                Some(number) => loop {
                    *number = number.saturating_add(1);
                    let numbered = name.numbered(*number);
                    if taken.insert(numbered.clone()) {
                        break numbered;
                    }
                },
            };
            // A number makes no name worse.
            let name = RelPath::parse([name.as_bytes()]).ok()?;
            Some(Root { name, path, kind })
        })
        .collect();
    roots.sort_by(|a, b| a.name.cmp(&b.name));
    roots
}
