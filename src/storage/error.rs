//! What can go wrong on disk, each with its object, and how a person is told.

use std::io;
use std::path::{Path, PathBuf};

use rustix::io::Errno;

use crate::model::{EntryIndex, Failure, FailureKind, LinkTargetError, RelPathError, shown_bytes};

/// A chosen file or folder, or something in it, cannot be sent.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    /// Nothing is there, or it went away.
    #[error("no such file: {path:?}")]
    Missing {
        /// What was chosen.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A device, a FIFO or a socket: it has no length and no end.
    #[error("{path:?} is not an ordinary file")]
    NotAFile {
        /// What was chosen.
        path: PathBuf,
    },
    /// No permission to read it.
    #[error("no permission to read {path:?}")]
    NotReadable {
        /// What was chosen.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// It has a name that receivers refuse, above all one that begins like our own files.
    #[error("{path:?} has a name that cannot be sent")]
    Name {
        /// What was chosen.
        path: PathBuf,
        /// Which rule it breaks.
        source: RelPathError,
    },
    /// A link that leads to where a receiver would not let it.
    #[error("{path:?} is a link that cannot be sent")]
    Link {
        /// The link.
        path: PathBuf,
        /// Which rule it breaks.
        source: LinkTargetError,
    },
    /// A followed link that leads to itself, or to a folder that it is in.
    #[error("{path:?} is a link that leads in a circle")]
    Circle {
        /// The link.
        path: PathBuf,
    },
    /// A followed link to something that is not there.
    #[error("{path:?} is a link that leads nowhere")]
    Nowhere {
        /// The link.
        path: PathBuf,
    },
    /// It is not what it was when it was chosen.
    #[error("{path:?} changed while it was sent")]
    Changed {
        /// What was chosen.
        path: PathBuf,
    },
    /// Reading failed.
    #[error("could not read {path:?}")]
    Read {
        /// What was chosen.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

impl SourceError {
    /// What it is about.
    pub fn path(&self) -> &Path {
        match self {
            Self::Missing { path, .. }
            | Self::NotAFile { path }
            | Self::NotReadable { path, .. }
            | Self::Name { path, .. }
            | Self::Link { path, .. }
            | Self::Circle { path }
            | Self::Nowhere { path }
            | Self::Changed { path }
            | Self::Read { path, .. } => path,
        }
    }

    /// Sorts what the system said about opening or reading `path`.
    pub(super) fn sort(path: &Path, source: io::Error) -> Self {
        let path = path.to_owned();
        match Errno::from_io_error(&source) {
            Some(Errno::NOENT | Errno::NOTDIR) => Self::Missing { path, source },
            Some(Errno::ACCESS | Errno::PERM) => Self::NotReadable { path, source },
            // What open says of a socket, and of a device nobody drives.
            Some(Errno::NXIO | Errno::NODEV) => Self::NotAFile { path },
            _ => Self::Read { path, source },
        }
    }

    /// As front ends show it.
    pub fn failure(&self) -> Failure {
        match self {
            Self::Missing { path, source } => told(FailureKind::NoSuchFile, path).because(source),
            Self::NotAFile { path } => told(FailureKind::NotAFile, path),
            Self::NotReadable { path, source } => told(FailureKind::NotReadable, path).because(source),
            Self::Name { path, source } => {
                let kind = match source {
                    RelPathError::TooLong { .. } | RelPathError::NameLength(_) => FailureKind::PathTooLong,
                    RelPathError::Reserved(_) => FailureKind::ReservedName,
                    // The root of all folders has no name to send; the others no file system has.
                    RelPathError::Empty | RelPathError::Escapes(_) | RelPathError::Separator(_) => {
                        FailureKind::NotAFile
                    }
                };
                told(kind, path).because(source.rule())
            }
            Self::Link { path, source } => told(FailureKind::LinkNotSent, path).because(source),
            Self::Circle { path } => {
                told(FailureKind::LinkNotSent, path).because("the link leads in a circle")
            }
            Self::Nowhere { path } => told(FailureKind::LinkNowhere, path),
            Self::Changed { path } => told(FailureKind::SourceChanged, path),
            Self::Read { path, source } => told(FailureKind::ReadFailed, path).because(source),
        }
    }
}

/// Something that arrives cannot be written.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// The target folder is not there, or went away.
    #[error("no such folder: {path:?}")]
    FolderMissing {
        /// The target folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The target "folder" is something else.
    #[error("{path:?} is not a folder")]
    NotAFolder {
        /// The target folder.
        path: PathBuf,
    },
    /// No permission to write into the target folder.
    #[error("no permission to write into {path:?}")]
    FolderForbidden {
        /// The target folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The target folder is on a read-only file system.
    #[error("{path:?} is on a read-only disk")]
    FolderReadOnly {
        /// The target folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// No room, or our share of it is used up.
    #[error("no room left in {path:?}")]
    Full {
        /// The target folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// Writing, syncing or renaming failed for another reason.
    #[error("could not write into {path:?}")]
    Write {
        /// The target folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// Another session or another process works on the same transfer.
    #[error("another Sampan works in {path:?}")]
    InUse {
        /// The staging folder.
        path: PathBuf,
    },
    /// Something that is no part has the name of one.
    #[error("{path:?} has something else in place of the part for entry {entry}")]
    PartExists {
        /// The target folder.
        path: PathBuf,
        /// The entry.
        entry: EntryIndex,
    },
    /// Somebody removed the part file or put something else under its name.
    #[error("the part file for entry {entry} in {path:?} was taken away")]
    PartLost {
        /// The target folder.
        path: PathBuf,
        /// The entry.
        entry: EntryIndex,
    },
    /// Fewer or more bytes were written than the entry has: its caller should have noticed.
    #[error("entry {entry} has {expected} bytes, {written} were written")]
    Incomplete {
        /// The entry.
        entry: EntryIndex,
        /// Its size in bytes.
        expected: u64,
        /// What was written, in bytes.
        written: u64,
    },
    /// The name it was to get, or what it was to replace, could not be written down, so it was not done.
    #[error("a final name could not be recorded: {failure:?}")]
    NotRecorded {
        /// Why not.
        failure: Failure,
    },
    /// The name and all its numbered forms are taken.
    #[error("{name} and all its numbered forms are taken in {path:?}")]
    NamesTaken {
        /// The target folder.
        path: PathBuf,
        /// The name, ready to be shown.
        name: String,
    },
}

impl WriteError {
    /// Sorts what the system said about the folder at `path` or a file in it.
    pub(super) fn sort(path: &Path, errno: Errno) -> Self {
        let path = path.to_owned();
        let source = io::Error::from(errno);
        match errno {
            Errno::NOENT => Self::FolderMissing { path, source },
            Errno::NOTDIR => Self::NotAFolder { path },
            Errno::ACCESS | Errno::PERM => Self::FolderForbidden { path, source },
            Errno::ROFS => Self::FolderReadOnly { path, source },
            Errno::NOSPC | Errno::DQUOT => Self::Full { path, source },
            _ => Self::Write { path, source },
        }
    }

    /// [`WriteError::sort`] for what the standard library reports.
    pub(super) fn sort_io(path: &Path, source: io::Error) -> Self {
        match Errno::from_io_error(&source) {
            Some(errno) => Self::sort(path, errno),
            None => Self::Write { path: path.to_owned(), source },
        }
    }

    /// As front ends show it.
    pub fn failure(&self) -> Failure {
        match self {
            Self::FolderMissing { path, source } => told(FailureKind::FolderMissing, path).because(source),
            Self::NotAFolder { path } => told(FailureKind::FolderMissing, path).because("not a folder"),
            Self::FolderForbidden { path, source } => {
                told(FailureKind::FolderForbidden, path).because(source)
            }
            Self::FolderReadOnly { path, source } => told(FailureKind::FolderReadOnly, path).because(source),
            Self::Full { path, source } => told(FailureKind::DiskFull, path).because(source),
            Self::Write { path, source } => told(FailureKind::WriteFailed, path).because(source),
            Self::InUse { path } => {
                told(FailureKind::WriteFailed, path).because("another Sampan works in it")
            }
            Self::NotRecorded { failure } => failure.clone(),
            Self::PartExists { path, entry } => told(FailureKind::WriteFailed, path)
                .because(format_args!("something else is in place of the part for entry {entry}")),
            Self::PartLost { path, entry } => told(FailureKind::WriteFailed, path)
                .because(format_args!("the part file for entry {entry} was taken away")),
            Self::Incomplete { .. } => Failure::here(FailureKind::Internal).because(self),
            Self::NamesTaken { path, .. } => {
                told(FailureKind::WriteFailed, path).because("the name and all its numbered forms are taken")
            }
        }
    }
}

/// The program's own folders cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum HomeError {
    /// The system names no home for this user.
    #[error("no home folder; set SAMPAN_HOME")]
    Nowhere,
    /// Others on this computer could put their own key or their own list of trusted computers into it.
    #[error("others can write to it (mode {mode:o}): make it yours alone, chmod go-w")]
    Exposed {
        /// The folder.
        path: PathBuf,
        /// Its mode.
        mode: u32,
    },
    /// The folder cannot be made, or something else is in its place.
    #[error("cannot use {path:?} for the program's own files")]
    Unusable {
        /// The folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

impl HomeError {
    /// As front ends show it.
    pub fn failure(&self) -> Failure {
        match self {
            Self::Exposed { path, .. } => told(FailureKind::HomeUnusable, path).because(self),
            Self::Nowhere => Failure::here(FailureKind::HomeUnusable).because(self),
            Self::Unusable { path, source } => told(FailureKind::HomeUnusable, path).because(source),
        }
    }
}

/// The device's key cannot be used. It is never replaced: a new key is a new identity to everybody else.
#[derive(Debug, thiserror::Error)]
pub enum IdentityError {
    /// It cannot be read.
    #[error("could not read the key {path:?}")]
    Read {
        /// The key file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// It cannot be made.
    #[error("could not write the key {path:?}")]
    Write {
        /// The key file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// Others than its owner may read or write it, so it may be no secret.
    #[error("the key {path:?} is open to others (mode {mode:o}); if nobody had it: chmod 600")]
    Exposed {
        /// The key file.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// It is no key.
    #[error("the key {path:?} is damaged")]
    Damaged {
        /// The key file.
        path: PathBuf,
    },
    /// It is a key of another kind.
    #[error("the key {path:?} is not an Ed25519 key")]
    NotEd25519 {
        /// The key file.
        path: PathBuf,
    },
    /// The system gave no randomness.
    #[error("could not make a key")]
    Generate(#[source] rcgen::Error),
}

impl IdentityError {
    /// As front ends show it.
    pub fn failure(&self) -> Failure {
        let unusable = |path| told(FailureKind::IdentityUnusable, path);
        match self {
            Self::Read { path, source } | Self::Write { path, source } => unusable(path).because(source),
            Self::Exposed { path, mode } => {
                unusable(path).because(format_args!("open to others (mode {mode:o})"))
            }
            Self::Damaged { path } => unusable(path).because("damaged"),
            Self::NotEd25519 { path } => unusable(path).because("not an Ed25519 key"),
            Self::Generate(source) => Failure::here(FailureKind::IdentityUnusable).because(source),
        }
    }
}

/// The settings cannot be used. A damaged file is never replaced: a person wrote it.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// The file cannot be read.
    #[error("could not read the settings {path:?}")]
    Read {
        /// The settings file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The file cannot be written.
    #[error("could not write the settings {path:?}")]
    Write {
        /// The settings file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The file is far larger than settings can be.
    #[error("the settings {path:?} are larger than {limit} bytes")]
    TooLarge {
        /// The settings file.
        path: PathBuf,
        /// The limit in bytes.
        limit: u64,
    },
    /// The file is not UTF-8.
    #[error("the settings {path:?} are not UTF-8")]
    NotText {
        /// The settings file.
        path: PathBuf,
    },
    /// The file is no TOML, or a value is not what it has to be.
    #[error("the settings {path:?} are damaged in line {line}: {}", source.message())]
    Damaged {
        /// The settings file.
        path: PathBuf,
        /// Where, from 1.
        line: usize,
        /// What the parser said, with an excerpt of the file.
        source: Box<toml::de::Error>,
    },
    /// A value cannot be written as TOML, for example a folder whose name is not UTF-8.
    #[error("the settings cannot be written as TOML")]
    Unwritable {
        /// The settings file.
        path: PathBuf,
        /// Why not.
        source: toml::ser::Error,
    },
}

impl SettingsError {
    /// As front ends show it.
    pub fn failure(&self) -> Failure {
        let unusable = |path| told(FailureKind::SettingsUnusable, path);
        match self {
            Self::Read { path, source } | Self::Write { path, source } => unusable(path).because(source),
            Self::TooLarge { path, limit } => {
                unusable(path).because(format_args!("larger than {limit} bytes"))
            }
            Self::NotText { path } => unusable(path).because("not UTF-8"),
            Self::Unwritable { path, source } => unusable(path).because(source),
            // Without the parser's excerpt: it may hold a personal path.
            Self::Damaged { path, line, source } => {
                unusable(path).because(format_args!("line {line}: {}", source.message()))
            }
        }
    }
}

/// A failure on this computer about a path, cleaned for showing.
fn told(kind: FailureKind, path: &Path) -> Failure {
    Failure::here(kind).about(shown_bytes(path.as_os_str().as_encoded_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Side;

    #[test]
    fn what_the_system_says_of_the_folder_is_told_apart() {
        for (errno, kind) in [
            (Errno::NOSPC, FailureKind::DiskFull),
            (Errno::DQUOT, FailureKind::DiskFull),
            (Errno::ROFS, FailureKind::FolderReadOnly),
            (Errno::ACCESS, FailureKind::FolderForbidden),
            (Errno::PERM, FailureKind::FolderForbidden),
            (Errno::NOENT, FailureKind::FolderMissing),
            (Errno::NOTDIR, FailureKind::FolderMissing),
            (Errno::IO, FailureKind::WriteFailed),
            (Errno::FBIG, FailureKind::WriteFailed),
        ] {
            assert_eq!(WriteError::sort(Path::new("/in"), errno).failure().kind, kind, "{errno}");
            assert_eq!(WriteError::sort_io(Path::new("/in"), errno.into()).failure().kind, kind, "{errno}");
        }
    }

    #[test]
    fn what_the_system_says_of_a_source_is_told_apart() {
        for (errno, kind) in [
            (Errno::NOENT, FailureKind::NoSuchFile),
            (Errno::NOTDIR, FailureKind::NoSuchFile),
            (Errno::ACCESS, FailureKind::NotReadable),
            (Errno::NXIO, FailureKind::NotAFile),
            (Errno::IO, FailureKind::ReadFailed),
        ] {
            assert_eq!(SourceError::sort(Path::new("/f"), errno.into()).failure().kind, kind, "{errno}");
        }
    }

    #[test]
    fn a_path_is_the_object_of_a_failure_and_never_in_its_detail() {
        let failure = WriteError::sort(Path::new("/home/anna/\u{202e}in"), Errno::NOSPC).failure();
        assert_eq!(failure.side, Side::Here);
        assert_eq!(failure.object.as_deref(), Some("/home/anna/\\u{202e}in"));
        assert!(!failure.detail.is_empty() && !failure.detail.contains("anna"));
    }
}
