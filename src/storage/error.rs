//! What can go wrong on disk, each with its object, and how a person is told.

mod own;
mod source;
mod write;

use std::path::Path;

use crate::model::{Failure, FailureKind, shown_path};

pub use own::{HomeError, IdentityError, SettingsError};
pub use source::SourceError;
pub use write::WriteError;

/// A failure on this computer about a path, cleaned for showing.
pub(super) fn told(kind: FailureKind, path: &Path) -> Failure {
    Failure::here(kind).about(shown_path(path))
}

#[cfg(test)]
mod tests {
    use rustix::io::Errno;

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
