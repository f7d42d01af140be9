//! The device's key: made once, kept in `identity.key`, never replaced.

use std::fmt;
use std::fs::File;
use std::io::{self, Read as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use rcgen::{KeyPair, PKCS_ED25519};
use rustix::fs::{Mode, OFlags};

use crate::storage::home::{sync_around, write_beside};
use crate::storage::{Home, IdentityError};

/// A key file has about 170 bytes. What is larger is none, and is not read whole to find out.
const MAX_KEY_BYTES: u64 = 16 * 1024;

/// The device's Ed25519 key. Whoever has it is this device.
pub struct SecretKey {
    pkcs8: Vec<u8>,
}

impl SecretKey {
    /// As PKCS#8 DER (RFC 5958), which TLS takes.
    pub fn as_der(&self) -> &[u8] {
        &self.pkcs8
    }
}

impl fmt::Debug for SecretKey {
    /// Never the key itself: this ends up in logs.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretKey(…)")
    }
}

/// The device's key, made if there is none. Two processes that start at once get the same one.
/// Errors: [`IdentityError`]; what is there stays as it is.
pub fn load_or_create_key(home: &Home) -> Result<SecretKey, IdentityError> {
    let path = home.key_file();
    match load(&path) {
        Err(IdentityError::Read { source, .. }) if source.kind() == io::ErrorKind::NotFound => {}
        loaded => return loaded,
    }
    let key = KeyPair::generate_for(&PKCS_ED25519).map_err(IdentityError::Generate)?;
    match create(&path, key.serialize_pem().as_bytes()) {
        Ok(()) => Ok(SecretKey { pkcs8: key.serialize_der() }),
        // Another process was faster: its key is the device's.
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => load(&path),
        Err(source) => Err(IdentityError::Write { path, source }),
    }
}

fn load(path: &Path) -> Result<SecretKey, IdentityError> {
    let read = |source: io::Error| IdentityError::Read { path: path.to_owned(), source };
    let damaged = || IdentityError::Damaged { path: path.to_owned() };
    // A FIFO in its place must not hang the start.
    let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
    let file = File::from(rustix::fs::open(path, flags, Mode::empty()).map_err(|errno| read(errno.into()))?);
    let metadata = file.metadata().map_err(read)?;
    if !metadata.is_file() || metadata.len() > MAX_KEY_BYTES {
        return Err(damaged());
    }
    let mode = metadata.permissions().mode() & 0o7777;
    if mode & 0o077 != 0 {
        return Err(IdentityError::Exposed { path: path.to_owned(), mode });
    }
    let mut pem = Vec::new();
    file.take(MAX_KEY_BYTES).read_to_end(&mut pem).map_err(read)?;
    let pem = std::str::from_utf8(&pem).map_err(|_| damaged())?;
    let key = KeyPair::from_pem(pem).map_err(|_| damaged())?;
    if key.algorithm() != &PKCS_ED25519 {
        return Err(IdentityError::NotEd25519 { path: path.to_owned() });
    }
    Ok(SecretKey { pkcs8: key.serialize_der() })
}

/// Makes the key file whole or not at all. Errors: `AlreadyExists` if it is there by now.
fn create(path: &Path, pem: &[u8]) -> io::Result<()> {
    write_beside(path, pem)?.persist_noclobber(path)?;
    sync_around(path)
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::symlink;
    use std::sync::Barrier;
    use std::thread;

    use rcgen::PKCS_ECDSA_P256_SHA256;

    use super::*;
    use crate::model::FailureKind;

    fn home() -> (tempfile::TempDir, Home) {
        let dir = tempfile::tempdir().unwrap();
        let home = Home::at(dir.path().join("home")).unwrap();
        (dir, home)
    }

    fn plant(home: &Home, contents: &[u8], mode: u32) {
        fs::write(home.key_file(), contents).unwrap();
        fs::set_permissions(home.key_file(), fs::Permissions::from_mode(mode)).unwrap();
    }

    fn pem(key: &KeyPair) -> Vec<u8> {
        key.serialize_pem().into_bytes()
    }

    #[test]
    fn a_key_is_made_once_for_its_owner_only_and_found_again() {
        let (_dir, home) = home();
        let made = load_or_create_key(&home).unwrap();
        assert_eq!(fs::metadata(home.key_file()).unwrap().permissions().mode() & 0o7777, 0o600);
        let found = load_or_create_key(&home).unwrap();
        assert_eq!(made.as_der(), found.as_der());
        // Nothing of the making is left beside it.
        let names =
            fs::read_dir(home.key_file().parent().unwrap()).unwrap().map(|entry| entry.unwrap().file_name());
        assert_eq!(names.filter(|name| name != "logs").collect::<Vec<_>>(), ["identity.key"]);
    }

    #[test]
    fn eight_that_start_at_once_agree_on_one_key() {
        let (_dir, home) = home();
        let start = Barrier::new(8);
        let keys = thread::scope(|scope| {
            let race = || {
                start.wait();
                load_or_create_key(&home).unwrap().as_der().to_vec()
            };
            let racers = (0..8).map(|_| scope.spawn(race)).collect::<Vec<_>>();
            racers.into_iter().map(|racer| racer.join().unwrap()).collect::<Vec<_>>()
        });
        let kept = load_or_create_key(&home).unwrap();
        assert!(keys.iter().all(|key| key == kept.as_der()));
    }

    #[test]
    fn the_key_does_not_show_itself() {
        let (_dir, home) = home();
        assert_eq!(format!("{:?}", load_or_create_key(&home).unwrap()), "SecretKey(…)");
    }

    #[test]
    fn a_damaged_key_is_an_error_and_stays() {
        let whole = pem(&KeyPair::generate_for(&PKCS_ED25519).unwrap());
        let cut = &whole[..whole.len() / 2];
        for contents in [b"".as_slice(), b"not a key", b"\xff\xfe\x00", cut, &vec![b'x'; 1 << 20]] {
            let (_dir, home) = home();
            plant(&home, contents, 0o600);
            let error = load_or_create_key(&home).unwrap_err();
            assert!(matches!(&error, IdentityError::Damaged { path } if *path == home.key_file()));
            assert_eq!(error.failure().kind, FailureKind::IdentityUnusable);
            assert_eq!(fs::read(home.key_file()).unwrap(), contents);
        }
    }

    #[test]
    fn a_key_that_others_can_read_or_write_is_refused() {
        let whole = pem(&KeyPair::generate_for(&PKCS_ED25519).unwrap());
        for mode in [0o644, 0o640, 0o604, 0o620, 0o602, 0o601] {
            let (_dir, home) = home();
            plant(&home, &whole, mode);
            let error = load_or_create_key(&home).unwrap_err();
            assert!(matches!(error, IdentityError::Exposed { mode: told, .. } if told == mode));
            assert_eq!(fs::read(home.key_file()).unwrap(), whole);
        }
        let (_dir, home) = home();
        plant(&home, &whole, 0o400);
        assert!(load_or_create_key(&home).is_ok());
    }

    #[test]
    fn a_key_of_another_kind_is_refused() {
        let (_dir, home) = home();
        plant(&home, &pem(&KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).unwrap()), 0o600);
        assert!(matches!(load_or_create_key(&home), Err(IdentityError::NotEd25519 { .. })));
    }

    #[test]
    fn what_is_no_file_in_the_keys_place_is_an_error_and_never_hangs() {
        let (_dir, fifo) = home();
        rustix::fs::mkfifoat(rustix::fs::CWD, fifo.key_file(), Mode::RUSR | Mode::WUSR).unwrap();
        assert!(matches!(load_or_create_key(&fifo), Err(IdentityError::Damaged { .. })));
        let (_dir, folder) = home();
        fs::create_dir(folder.key_file()).unwrap();
        assert!(matches!(load_or_create_key(&folder), Err(IdentityError::Damaged { .. })));
        let (dir, dangling) = home();
        symlink(dir.path().join("nowhere"), dangling.key_file()).unwrap();
        assert!(matches!(load_or_create_key(&dangling), Err(IdentityError::Read { .. })));
        assert!(!dir.path().join("nowhere").exists());
    }
}
