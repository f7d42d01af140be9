//! Where the program keeps its own state: key, settings, database, logs.

use std::env;
use std::ffi::OsString;
use std::fs::{DirBuilder, File};
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use directories::{ProjectDirs, UserDirs};
use tempfile::NamedTempFile;

use crate::storage::HomeError;

/// The variable that moves everything into one folder: tests, portable use, two of them on one machine.
const VARIABLE: &str = "SAMPAN_HOME";

/// The program's own folders. One that exists has folders that exist.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Home {
    /// What a person may edit.
    config: PathBuf,
    /// What belongs to this installation.
    data: PathBuf,
}

impl Home {
    /// `SAMPAN_HOME` for everything if it is set, else the platform's config and data folders; made if missing.
    /// Errors: [`HomeError`].
    pub fn locate() -> Result<Self, HomeError> {
        Self::locate_by(env::var_os(VARIABLE))
    }

    /// One folder for everything; made if missing. Errors: [`HomeError::Unusable`].
    pub fn at(folder: impl Into<PathBuf>) -> Result<Self, HomeError> {
        let folder = folder.into();
        // The working directory may change, the home must not.
        let folder = std::path::absolute(&folder)
            .map_err(|source| HomeError::Unusable { path: folder.clone(), source })?;
        make(Self { config: folder.clone(), data: folder })
    }

    fn locate_by(variable: Option<OsString>) -> Result<Self, HomeError> {
        if let Some(folder) = variable.filter(|folder| !folder.is_empty()) {
            return Self::at(folder);
        }
        let folders = ProjectDirs::from("", "", "sampan").ok_or(HomeError::Nowhere)?;
        // Local: a key that roams to a second computer makes two devices one.
        make(Self { config: folders.config_dir().to_owned(), data: folders.data_local_dir().to_owned() })
    }

    /// The device's key.
    pub fn key_file(&self) -> PathBuf {
        self.data.join("identity.key")
    }

    /// Paired devices and accounts.
    pub fn database_file(&self) -> PathBuf {
        self.data.join("sampan.db")
    }

    /// The settings.
    pub fn settings_file(&self) -> PathBuf {
        self.config.join("settings.toml")
    }

    /// The folder of the log files.
    pub fn logs(&self) -> PathBuf {
        self.data.join("logs")
    }

    /// The folder with a file for each transfer from this computer that runs; made when the first one begins.
    pub(super) fn running(&self) -> PathBuf {
        self.data.join("running")
    }

    /// The folder on whose disk long manifests are kept, without a name in it.
    pub fn spool(&self) -> PathBuf {
        self.data.clone()
    }

    /// Where received files go unless a person says otherwise: the system's Downloads, which may not exist yet
    /// (see [`ensure_folder`](crate::storage::ensure_folder)).
    pub fn downloads(&self) -> PathBuf {
        let Some(user) = UserDirs::new() else {
            return self.data.join("Downloads");
        };
        user.download_dir().map_or_else(|| user.home_dir().join("Downloads"), Path::to_owned)
    }
}

/// Makes what is missing, for the owner alone.
fn make(home: Home) -> Result<Home, HomeError> {
    for folder in [&home.config, &home.data, &home.logs()] {
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(folder)
            .map_err(|source| HomeError::Unusable { path: folder.clone(), source })?;
    }
    for folder in [&home.config, &home.data] {
        let metadata =
            folder.metadata().map_err(|source| HomeError::Unusable { path: folder.clone(), source })?;
        let mode = metadata.permissions().mode() & 0o7777;
        if mode & 0o022 != 0 {
            return Err(HomeError::Exposed { path: folder.clone(), mode });
        }
    }
    Ok(home)
}

/// Writes a file for its owner alone beside `path`, down to the disk, ready to take that name. Dropped, it is removed.
pub(super) fn write_beside(path: &Path, contents: &[u8]) -> io::Result<NamedTempFile> {
    let folder = path.parent().ok_or(io::ErrorKind::NotFound)?;
    // Mode 0600 from its first moment on. Its error would carry a path, and details carry none.
    let mut file = tempfile::Builder::new()
        .prefix(".sampan-new-")
        .tempfile_in(folder)
        .map_err(|error| io::Error::from(error.kind()))?;
    file.as_file_mut().write_all(contents)?;
    file.as_file().sync_all()?;
    Ok(file)
}

/// Makes the names in the folder of `path` durable.
pub(super) fn sync_around(path: &Path) -> io::Result<()> {
    path.parent().map_or(Ok(()), |folder| File::open(folder)?.sync_all())
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::model::FailureKind;

    #[test]
    fn the_variable_moves_everything_into_one_private_folder() {
        let dir = tempfile::tempdir().unwrap();
        let folder = dir.path().join("a/b");
        let home = Home::locate_by(Some(folder.clone().into())).unwrap();
        assert_eq!(home.key_file(), folder.join("identity.key"));
        assert_eq!(home.settings_file(), folder.join("settings.toml"));
        for made in [folder, home.logs()] {
            assert_eq!(fs::metadata(made).unwrap().permissions().mode() & 0o777, 0o700);
        }
    }

    #[test]
    fn a_home_that_others_can_write_to_is_refused_and_stays() {
        let dir = tempfile::tempdir().unwrap();
        for mode in [0o777, 0o770, 0o1777] {
            fs::set_permissions(dir.path(), fs::Permissions::from_mode(mode)).unwrap();
            let error = Home::at(dir.path()).unwrap_err();
            assert!(matches!(&error, HomeError::Exposed { mode: told, .. } if *told == mode));
            assert_eq!(error.failure().kind, FailureKind::HomeUnusable);
        }
        fs::set_permissions(dir.path(), fs::Permissions::from_mode(0o755)).unwrap();
        assert!(Home::at(dir.path()).is_ok());
    }

    #[test]
    fn a_home_that_is_a_file_is_an_error_with_its_path() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("file");
        fs::write(&file, "").unwrap();
        for path in [file.clone(), file.join("below")] {
            let error = Home::at(&path).unwrap_err();
            assert!(matches!(&error, HomeError::Unusable { path: told, .. } if *told == path));
            assert_eq!(error.failure().kind, FailureKind::HomeUnusable);
        }
        assert_eq!(fs::read(&file).unwrap(), b"");
    }

    #[test]
    fn a_relative_home_stays_where_it_was() {
        // Nothing is made: a path below a file cannot be.
        let error = Home::at("Cargo.toml/home").unwrap_err();
        assert!(matches!(error, HomeError::Unusable { path, .. } if path.is_absolute()));
    }
}
