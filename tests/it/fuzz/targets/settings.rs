//! The settings file with any contents.

use std::fs;
use std::sync::OnceLock;

use sampan::storage::{Home, SettingsError, load_settings, save_settings};
use tempfile::TempDir;

pub(crate) fn run(data: &[u8]) -> String {
    static HOME: OnceLock<(TempDir, Home)> = OnceLock::new();
    let make = || {
        // Saving syncs; in memory that costs nothing.
        let folder = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap();
        let home = Home::at(folder.path()).unwrap();
        (folder, home)
    };
    let (_, home) = HOME.get_or_init(make);
    fs::write(home.settings_file(), data).unwrap();
    match load_settings(home) {
        Ok(settings) => {
            save_settings(home, &settings).unwrap();
            assert_eq!(load_settings(home).unwrap(), settings);
            format!("{settings:?}")
        }
        Err(error) => {
            assert_eq!(fs::read(home.settings_file()).unwrap(), data, "a damaged file stays");
            match error {
                SettingsError::Damaged { line, source, .. } => {
                    assert!(line > 0);
                    source.message().to_owned()
                }
                other => other.failure().to_string(),
            }
        }
    }
}
