//! `settings.toml`: read once at the start, written whole whenever a person changes something.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;

use rustix::fs::{Mode, OFlags};

use crate::model::{Settings, size};
use crate::storage::home::{sync_around, write_beside};
use crate::storage::{Home, SettingsError};

/// Real settings have a few hundred bytes; a file of gigabytes must not eat the memory at start.
const MAX_BYTES: u64 = 1024 * 1024;

/// The person's settings; the defaults where there is no file. Errors: [`SettingsError`], with the line.
pub fn load_settings(home: &Home) -> Result<Settings, SettingsError> {
    let path = home.settings_file();
    let bytes = match read(&path) {
        Ok(bytes) => bytes,
        Err(source) if source.kind() == io::ErrorKind::NotFound => return Ok(Settings::default()),
        Err(source) => return Err(SettingsError::Read { path, source }),
    };
    if size::from_len(bytes.len()) > MAX_BYTES {
        return Err(SettingsError::TooLarge { path, limit: MAX_BYTES });
    }
    let Ok(text) = String::from_utf8(bytes) else {
        return Err(SettingsError::NotText { path });
    };
    toml::from_str(&text).map_err(|source| {
        let before = source.span().and_then(|span| text.get(..span.start)).unwrap_or_default();
        SettingsError::Damaged { path, line: before.matches('\n').count() + 1, source: Box::new(source) }
    })
}

/// Writes the settings: whole or, after a crash, as they were. Errors: [`SettingsError`].
pub fn save_settings(home: &Home, settings: &Settings) -> Result<(), SettingsError> {
    let path = home.settings_file();
    match toml::to_string_pretty(settings) {
        Ok(text) => write(&path, text.as_bytes()).map_err(|source| SettingsError::Write { path, source }),
        Err(source) => Err(SettingsError::Unwritable { path, source }),
    }
}

/// At most one byte more than the limit.
fn read(path: &Path) -> io::Result<Vec<u8>> {
    // A FIFO in its place must not hang the start.
    let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
    let file = File::from(rustix::fs::open(path, flags, Mode::empty())?);
    if !file.metadata()?.is_file() {
        return Err(io::Error::other("not a file"));
    }
    let mut bytes = Vec::new();
    file.take(MAX_BYTES + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    write_beside(path, bytes)?.persist(path)?;
    sync_around(path)
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;
    use crate::model::{FailureKind, Language};

    fn home() -> (tempfile::TempDir, Home) {
        let dir = tempfile::tempdir().unwrap();
        let home = Home::at(dir.path()).unwrap();
        (dir, home)
    }

    #[test]
    fn settings_come_back_as_they_were_saved() {
        let (_dir, home) = home();
        let settings = Settings {
            name: "安娜's \"PC\"".to_owned(),
            folder: Some("/in box/收件".into()),
            language: Language::Chinese,
            recent: vec!["[::1]:7267".to_owned()],
            ..Settings::default()
        };
        save_settings(&home, &Settings::default()).unwrap();
        save_settings(&home, &settings).unwrap();
        assert_eq!(load_settings(&home).unwrap(), settings);
        assert_eq!(fs::metadata(home.settings_file()).unwrap().permissions().mode() & 0o777, 0o600);
    }

    #[test]
    fn no_file_means_defaults_and_an_unknown_key_is_no_error() {
        let (_dir, home) = home();
        assert_eq!(load_settings(&home).unwrap(), Settings::default());
        fs::write(home.settings_file(), "from_the_future = 1\nport = 7000\n").unwrap();
        assert_eq!(load_settings(&home).unwrap(), Settings { port: 7000, ..Settings::default() });
    }

    #[test]
    fn a_damaged_file_is_an_error_with_its_line_and_stays() {
        for (text, line) in [("port = 1\nname = ", 2), ("\n\nport = 70000\n", 3), ("language = \"xx\"", 1)] {
            let (_dir, home) = home();
            fs::write(home.settings_file(), text).unwrap();
            let error = load_settings(&home).unwrap_err();
            assert!(matches!(&error, SettingsError::Damaged { line: told, .. } if *told == line), "{text:?}");
            assert_eq!(error.failure().kind, FailureKind::SettingsUnusable);
            assert_eq!(fs::read_to_string(home.settings_file()).unwrap(), text);
        }
    }

    #[test]
    fn a_failure_does_not_quote_the_file() {
        let (_dir, home) = home();
        fs::write(home.settings_file(), "folder = \"/home/anna/secret\" oops").unwrap();
        assert!(!load_settings(&home).unwrap_err().failure().detail.contains("anna"));
    }

    #[test]
    fn what_cannot_be_settings_is_refused_and_never_hangs() {
        let (_dir, huge) = home();
        fs::write(huge.settings_file(), vec![b'#'; (1 << 20) + 1]).unwrap();
        assert!(matches!(load_settings(&huge), Err(SettingsError::TooLarge { .. })));
        let (_dir, binary) = home();
        fs::write(binary.settings_file(), b"name = \"\xff\"").unwrap();
        assert!(matches!(load_settings(&binary), Err(SettingsError::NotText { .. })));
        let (_dir, fifo) = home();
        rustix::fs::mkfifoat(rustix::fs::CWD, fifo.settings_file(), Mode::RUSR | Mode::WUSR).unwrap();
        assert!(matches!(load_settings(&fifo), Err(SettingsError::Read { .. })));
        let (_dir, folder) = home();
        fs::create_dir(folder.settings_file()).unwrap();
        assert!(matches!(save_settings(&folder, &Settings::default()), Err(SettingsError::Write { .. })));
    }

    #[test]
    fn a_home_that_went_away_is_an_error_without_a_path_in_its_detail() {
        let (dir, home) = home();
        fs::remove_dir_all(dir.path()).unwrap();
        let failure = save_settings(&home, &Settings::default()).unwrap_err().failure();
        assert_eq!(failure.kind, FailureKind::SettingsUnusable);
        assert!(!failure.detail.is_empty() && !failure.detail.contains('/'), "{}", failure.detail);
    }

    #[test]
    fn a_folder_that_is_not_utf8_is_an_error_and_the_old_settings_stay() {
        use std::os::unix::ffi::OsStringExt as _;
        let (_dir, home) = home();
        save_settings(&home, &Settings::default()).unwrap();
        let odd = std::ffi::OsString::from_vec(b"/in/\xff".to_vec());
        let settings = Settings { folder: Some(odd.into()), ..Settings::default() };
        assert!(matches!(save_settings(&home, &settings), Err(SettingsError::Unwritable { .. })));
        assert_eq!(load_settings(&home).unwrap(), Settings::default());
    }
}
