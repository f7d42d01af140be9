//! A single chosen file, looked at when it is offered and held to that while it is read. To be replaced by
//! [`Roots`](crate::storage::Roots).

use std::fs::{self, File, Metadata};
use std::path::{Path, PathBuf};

use rustix::fs::{Mode, OFlags};

use crate::model::{Entry, EntryKind, RelPath, RelPathError};
use crate::storage::source::Holes;
use crate::storage::status::{Status, Version};
use crate::storage::{SourceError, SourceFile};

/// A file a person chose, as it was then.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    path: PathBuf,
    entry: Entry,
    version: Version,
}

impl Source {
    /// Looks at a chosen file, and whether it can be read. A link is followed: the person chose what it shows.
    /// Errors: [`SourceError`], also for a name that receivers refuse.
    pub fn inspect(path: &Path) -> Result<Self, SourceError> {
        let (_, status) = open(path)?;
        let rel_path =
            rel_path(path).map_err(|source| SourceError::Name { path: path.to_owned(), source })?;
        let entry = Entry {
            path: rel_path,
            kind: EntryKind::File,
            size: status.size,
            // Holes are sent as zeros so far, and take their room on the other side.
            stored: status.size,
            modified: status.modified,
            mode: Some(status.mode),
        };
        // The working directory may change before the file is sent.
        let path = std::path::absolute(path).map_err(|source| SourceError::sort(path, source))?;
        Ok(Self { path, entry, version: status.version() })
    }

    /// Where it is, absolute.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// What the offer says about it: its path is the one name it has here.
    pub fn entry(&self) -> &Entry {
        &self.entry
    }

    /// Opens it for reading. Errors: [`SourceError::Changed`] if it is not what it was when it was chosen.
    pub fn open(&self) -> Result<SourceFile, SourceError> {
        let (file, _) = open(&self.path)?;
        SourceFile::new(file, self.path.clone(), self.version, Holes::Ignored)
    }
}

/// Opens an ordinary file for reading and nothing else.
fn open(path: &Path) -> Result<(File, Status), SourceError> {
    // Looked at before it is opened: opening alone winds tapes and starts watchdogs.
    ordinary(path, &fs::metadata(path).map_err(|source| SourceError::sort(path, source))?)?;
    // Not blocking: a FIFO put in its place this moment must not hang us.
    let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::CLOEXEC | OFlags::NOCTTY;
    let fd = rustix::io::retry_on_intr(|| rustix::fs::open(path, flags, Mode::empty()))
        .map_err(|errno| SourceError::sort(path, errno.into()))?;
    let file = File::from(fd);
    let metadata = file.metadata().map_err(|source| SourceError::sort(path, source))?;
    ordinary(path, &metadata)?;
    let status = Status::of(&file).map_err(|errno| SourceError::sort(path, errno.into()))?;
    Ok((file, status))
}

fn ordinary(path: &Path, metadata: &Metadata) -> Result<(), SourceError> {
    let path = path.to_owned();
    let kind = metadata.file_type();
    if kind.is_dir() {
        Err(SourceError::IsFolder { path })
    } else if !kind.is_file() {
        Err(SourceError::NotAFile { path })
    } else {
        Ok(())
    }
}

fn rel_path(path: &Path) -> Result<RelPath, RelPathError> {
    let name = path.file_name().unwrap_or_default();
    RelPath::parse(vec![name.as_encoded_bytes().to_vec()])
}

#[cfg(test)]
mod tests {
    use std::ffi::OsStr;
    use std::io;
    use std::os::unix::ffi::OsStrExt as _;
    use std::os::unix::fs::{PermissionsExt as _, symlink};
    use std::os::unix::net::UnixListener;
    use std::time::{Duration, SystemTime};

    use tempfile::TempDir;

    use super::*;
    use crate::model::{FailureKind, Stamp};

    /// A folder with one file.
    fn file(name: impl AsRef<OsStr>, contents: &[u8]) -> (TempDir, PathBuf) {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join(name.as_ref());
        fs::write(&path, contents).unwrap();
        (dir, path)
    }

    fn read_all(source: &mut SourceFile) -> Result<Vec<u8>, SourceError> {
        let mut all = Vec::new();
        let mut buf = [0; 7];
        loop {
            match source.read(&mut buf)? {
                0 => return Ok(all),
                read => all.extend_from_slice(&buf[..read]),
            }
        }
    }

    #[test]
    fn an_ordinary_file_is_read_whole() {
        let (_dir, path) = file("报告 \"1\".txt", b"twenty bytes of text");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o4755)).unwrap();
        let modified = SystemTime::UNIX_EPOCH + Duration::new(1_000_000_000, 123_456_789);
        File::options().write(true).open(&path).unwrap().set_modified(modified).unwrap();
        let source = Source::inspect(&path).unwrap();
        assert_eq!(source.entry().path.name(), "报告 \"1\".txt".as_bytes());
        assert_eq!(source.entry().size, 20);
        assert_eq!(source.entry().mode, Some(0o755));
        assert_eq!(source.entry().modified, Some(Stamp { secs: 1_000_000_000, nanos: 123_456_789 }));
        let mut open = source.open().unwrap();
        assert_eq!(read_all(&mut open).unwrap(), b"twenty bytes of text");
        open.finish().unwrap();
    }

    #[test]
    fn an_empty_file_has_no_bytes_and_no_error() {
        let (_dir, path) = file("empty", b"");
        let mut open = Source::inspect(&path).unwrap().open().unwrap();
        assert_eq!(read_all(&mut open).unwrap(), b"");
        open.finish().unwrap();
    }

    #[test]
    fn a_name_keeps_its_bytes_whatever_they_are() {
        for name in [b"\xff\xfe.txt".as_slice(), b"a\nb", &[b'x'; 255]] {
            let (_dir, path) = file(OsStr::from_bytes(name), b"x");
            assert_eq!(Source::inspect(&path).unwrap().entry().path.name(), name);
        }
    }

    #[test]
    fn a_link_that_was_chosen_is_followed_and_keeps_its_name() {
        let (dir, path) = file("file", b"contents");
        let link = dir.path().join("link");
        symlink(&path, &link).unwrap();
        let source = Source::inspect(&link).unwrap();
        assert_eq!(source.entry().path.name(), b"link");
        assert_eq!(read_all(&mut source.open().unwrap()).unwrap(), b"contents");
    }

    #[test]
    fn a_name_like_our_own_files_cannot_be_sent() {
        let (_dir, path) = file(".sampan-0011223344556677-0.part", b"x");
        let error = Source::inspect(&path).unwrap_err();
        assert!(matches!(error, SourceError::Name { source: RelPathError::Reserved(_), .. }));
    }

    #[test]
    fn what_is_not_there_is_missing() {
        let (dir, path) = file("file", b"");
        let dangling = dir.path().join("dangling");
        symlink(dir.path().join("nowhere"), &dangling).unwrap();
        for missing in [dir.path().join("nowhere"), dangling, path.join("below"), PathBuf::new()] {
            let error = Source::inspect(&missing).unwrap_err();
            assert!(matches!(error, SourceError::Missing { .. }), "{missing:?}");
            assert_eq!(error.failure().kind, FailureKind::NoSuchFile);
        }
    }

    #[test]
    fn folders_are_told_from_files() {
        let dir = tempfile::tempdir().unwrap();
        for folder in [dir.path().to_owned(), dir.path().join("."), dir.path().join("..")] {
            assert!(matches!(Source::inspect(&folder), Err(SourceError::IsFolder { .. })));
        }
    }

    #[test]
    fn devices_fifos_and_sockets_are_no_files_and_never_hang() {
        let dir = tempfile::tempdir().unwrap();
        let fifo = dir.path().join("fifo");
        rustix::fs::mkfifoat(rustix::fs::CWD, &fifo, Mode::RUSR | Mode::WUSR).unwrap();
        let socket = dir.path().join("socket");
        let _listener = UnixListener::bind(&socket).unwrap();
        let link = dir.path().join("link");
        symlink("/dev/zero", &link).unwrap();
        for path in [fifo, socket, link, "/dev/zero".into(), "/dev/null".into()] {
            assert!(matches!(Source::inspect(&path), Err(SourceError::NotAFile { .. })), "{path:?}");
        }
    }

    #[test]
    fn a_file_that_was_swapped_for_a_fifo_is_no_file_any_more() {
        let (_dir, path) = file("file", b"x");
        let source = Source::inspect(&path).unwrap();
        fs::remove_file(&path).unwrap();
        rustix::fs::mkfifoat(rustix::fs::CWD, &path, Mode::RUSR | Mode::WUSR).unwrap();
        assert!(matches!(source.open(), Err(SourceError::NotAFile { .. })));
    }

    #[test]
    fn a_file_that_went_away_is_missing() {
        let (_dir, path) = file("file", b"x");
        let source = Source::inspect(&path).unwrap();
        fs::remove_file(&path).unwrap();
        assert!(matches!(source.open(), Err(SourceError::Missing { .. })));
    }

    #[test]
    fn a_file_that_was_replaced_by_its_twin_has_changed() {
        let (dir, path) = file("file", b"same");
        let source = Source::inspect(&path).unwrap();
        let twin = dir.path().join("twin");
        fs::write(&twin, b"same").unwrap();
        File::options()
            .write(true)
            .open(&twin)
            .unwrap()
            .set_modified(fs::metadata(&path).unwrap().modified().unwrap())
            .unwrap();
        fs::rename(&twin, &path).unwrap();
        let error = source.open().unwrap_err();
        assert!(matches!(error, SourceError::Changed { .. }));
        assert_eq!(error.failure().kind, FailureKind::SourceChanged);
    }

    #[test]
    fn a_file_that_changes_while_it_is_read_is_never_finished() {
        let touch: fn(&Path) = |path| {
            File::options().write(true).open(path).unwrap().set_modified(SystemTime::UNIX_EPOCH).unwrap();
        };
        let grow: fn(&Path) = |path| {
            io::Write::write_all(&mut File::options().append(true).open(path).unwrap(), b"more").unwrap();
        };
        for change in [touch, grow] {
            let (_dir, path) = file("file", &[b'x'; 100]);
            let mut open = Source::inspect(&path).unwrap().open().unwrap();
            open.read(&mut [0; 10]).unwrap();
            change(&path);
            assert_eq!(read_all(&mut open).unwrap().len(), 90);
            assert!(matches!(open.finish(), Err(SourceError::Changed { .. })));
        }
    }

    #[test]
    fn a_file_that_shrinks_while_it_is_read_has_changed() {
        let (_dir, path) = file("file", &[b'x'; 100]);
        let mut open = Source::inspect(&path).unwrap().open().unwrap();
        open.read(&mut [0; 10]).unwrap();
        File::options().write(true).open(&path).unwrap().set_len(50).unwrap();
        assert!(matches!(read_all(&mut open), Err(SourceError::Changed { .. })));
        assert!(matches!(open.finish(), Err(SourceError::Changed { .. })));
    }

    #[test]
    fn a_file_that_was_not_read_to_its_end_is_not_finished() {
        let (_dir, path) = file("file", &[b'x'; 100]);
        let mut open = Source::inspect(&path).unwrap().open().unwrap();
        open.read(&mut [0; 99]).unwrap();
        assert!(matches!(open.finish(), Err(SourceError::Changed { .. })));
    }
}
