//! Passwords of accounts: kept as hashes that are slow to try (Argon2id, RFC 9106), read from files that people name.

use std::fs::File;
use std::io::{self, Read as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use argon2::password_hash::phc::PasswordHash;
use argon2::{Argon2, Params, PasswordHasher as _, PasswordVerifier as _};

use crate::model::{BadPassword, Failure, FailureKind, Password, size};
use crate::storage::error::told;

/// The hash of a password that nobody knows, with today's parameters: an unknown name is tried against it, so that it costs
/// as much as a wrong password.
const NOBODYS: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$c2FtcGFuLW5vYm9keXMtMQ$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// How many times dearer than today's parameters a stored hash may be. What asks for more was not made by us, and would eat
/// the memory or hours of whoever tries a password.
const DEARER: u32 = 4;

/// The system gave no randomness for the salt, or no memory.
#[derive(Debug, thiserror::Error)]
#[error("could not hash the password")]
pub struct HashError(#[source] argon2::password_hash::Error);

impl HashError {
    /// As front ends show it.
    pub fn failure(&self) -> Failure {
        Failure::here(FailureKind::Internal).because(format_args!("{self}: {}", self.0))
    }
}

/// Hashes a password with a fresh salt and Argon2id's recommended parameters, as a PHC string. Takes 19 MiB and tens of
/// milliseconds of a core: never on the reactor. Errors: [`HashError`].
pub fn hash_password(password: &Password) -> Result<String, HashError> {
    let hash: PasswordHash =
        Argon2::default().hash_password(password.as_str().as_bytes()).map_err(HashError)?;
    Ok(hash.to_string())
}

/// Whether this password made that hash. `None` (no such account) and a hash that is none cost as much as a wrong password,
/// and are as wrong. Never on the reactor.
pub fn verify_password(password: &Password, hash: Option<&str>) -> bool {
    let stored = hash.and_then(|text| PasswordHash::new(text).ok()).filter(is_affordable);
    let nobodys = || PasswordHash::new(NOBODYS).expect("a test reads it");
    let is_known = stored.is_some();
    let hash = stored.unwrap_or_else(nobodys);
    let is_right = Argon2::default().verify_password(password.as_str().as_bytes(), &hash).is_ok();
    is_right && is_known
}

/// Whether a hash is complete and asks for about as much work as we do.
fn is_affordable(hash: &PasswordHash) -> bool {
    let within = |params: &Params| {
        params.m_cost() <= DEARER * Params::DEFAULT_M_COST
            && params.t_cost() <= DEARER * Params::DEFAULT_T_COST
            && params.p_cost() <= DEARER * Params::DEFAULT_P_COST
    };
    hash.salt.is_some() && hash.hash.is_some() && Params::try_from(hash).is_ok_and(|params| within(&params))
}

/// Who else than its owner can read a password file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Secrecy {
    /// Nobody, or it is no file that stays (a pipe).
    Kept,
    /// Others on this computer.
    Exposed,
}

/// A password file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum PasswordFileError {
    /// It cannot be read.
    #[error("could not read the password file {path:?}")]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// It is not UTF-8.
    #[error("the password file {path:?} is not UTF-8")]
    NotText {
        /// The file.
        path: PathBuf,
    },
    /// Its first line is no password.
    #[error("the first line of {path:?} cannot be a password")]
    Bad {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: BadPassword,
    },
}

impl PasswordFileError {
    /// As front ends show it.
    pub fn failure(&self) -> Failure {
        match self {
            Self::Read { path, source } if source.kind() == io::ErrorKind::NotFound => {
                told(FailureKind::NoSuchFile, path).because(source)
            }
            Self::Read { path, source } => told(FailureKind::NotReadable, path).because(source),
            Self::NotText { path } => told(FailureKind::BadPassword, path).because("not UTF-8"),
            Self::Bad { path, source } => told(FailureKind::BadPassword, path).because(source),
        }
    }
}

/// Reads a password from the first line of a file, without its line end, and says who else can read it. A pipe is read as
/// well, until it brought a line. Errors: [`PasswordFileError`].
pub fn read_password_file(path: &Path) -> Result<(Password, Secrecy), PasswordFileError> {
    let read = |source| PasswordFileError::Read { path: path.to_owned(), source };
    let file = File::open(path).map_err(read)?;
    let metadata = file.metadata().map_err(read)?;
    let is_exposed = metadata.is_file() && metadata.permissions().mode() & 0o077 != 0;
    // One byte and a line end more than the longest password: enough to see that it is too long.
    let limit = size::from_len(Password::MAX_BYTES) + 3;
    let mut bytes = Vec::new();
    file.take(limit).read_to_end(&mut bytes).map_err(read)?;
    let line = bytes.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    // Cut within a character it is too long, and not something else.
    let line = if line.len() > Password::MAX_BYTES { &[b'x'; Password::MAX_BYTES + 1] } else { line };
    let text = std::str::from_utf8(line).map_err(|_| PasswordFileError::NotText { path: path.to_owned() })?;
    let password =
        Password::new(text).map_err(|source| PasswordFileError::Bad { path: path.to_owned(), source })?;
    Ok((password, if is_exposed { Secrecy::Exposed } else { Secrecy::Kept }))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn password(text: &str) -> Password {
        Password::new(text).unwrap()
    }

    #[test]
    fn a_password_opens_its_own_hash_and_no_other_does() {
        let hash = hash_password(&password("right horse")).unwrap();
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hash}");
        assert!(verify_password(&password("right horse"), Some(&hash)));
        assert!(!verify_password(&password("right horse "), Some(&hash)));
        assert!(!verify_password(&password("right horse"), None));
        // Another salt each time.
        assert_ne!(hash, hash_password(&password("right horse")).unwrap());
    }

    #[test]
    fn nobodys_hash_costs_what_a_fresh_one_costs_and_is_used_for_unknown_names() {
        let nobodys = PasswordHash::new(NOBODYS).unwrap();
        assert!(is_affordable(&nobodys));
        let fresh = hash_password(&password("x")).unwrap();
        let fresh = PasswordHash::new(&fresh).unwrap();
        assert_eq!((nobodys.algorithm, nobodys.version), (fresh.algorithm, fresh.version));
        assert_eq!(Params::try_from(&nobodys), Params::try_from(&fresh));
        assert_eq!(nobodys.salt.unwrap().len(), fresh.salt.unwrap().len());
    }

    #[test]
    fn a_stored_hash_that_is_garbage_or_ruinous_opens_for_nobody() {
        let right = hash_password(&password("x")).unwrap();
        for garbage in [
            String::new(),
            "x".to_owned(),
            "$argon2id$".to_owned(),
            "$argon2id$v=19$m=19456,t=2,p=1".to_owned(),
            right.replace("argon2id", "scrypt"),
            right.replace("argon2id", "argon2i"),
            right.replace("v=19", "v=77"),
            right.replace("m=19456", "m=4294967295"),
            right.replace("t=2", "t=4294967295"),
            right.replace("p=1", "p=16777215"),
            right.replace("m=19456", "m=0"),
            right.replace('$', "\0"),
            right[..right.len() - 2].to_owned(),
        ] {
            assert!(!verify_password(&password("x"), Some(&garbage)), "{garbage}");
        }
        assert!(verify_password(&password("x"), Some(&right)));
    }

    fn file(contents: &[u8], mode: u32) -> (tempfile::TempDir, PathBuf) {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("password");
        fs::write(&path, contents).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        (dir, path)
    }

    #[test]
    fn the_first_line_is_the_password_without_its_end() {
        for contents in ["a b ", "a b \n", "a b \r\n", "a b \nmore\n"] {
            let (_dir, path) = file(contents.as_bytes(), 0o600);
            assert_eq!(read_password_file(&path).unwrap(), (password("a b "), Secrecy::Kept));
        }
        let longest = "é".repeat(Password::MAX_BYTES / 2);
        let (_dir, path) = file(format!("{longest}\r\n").as_bytes(), 0o600);
        assert_eq!(read_password_file(&path).unwrap().0, password(&longest));
    }

    #[test]
    fn a_file_that_others_can_read_is_told() {
        for mode in [0o644, 0o640, 0o604, 0o620] {
            let (_dir, path) = file(b"secret", mode);
            assert_eq!(read_password_file(&path).unwrap().1, Secrecy::Exposed, "{mode:o}");
        }
    }

    #[test]
    fn a_file_without_a_password_is_an_error_that_does_not_quote_it() {
        for (contents, is_bad) in [
            (b"".to_vec(), true),
            (b"\nsecond line\n".to_vec(), true),
            (vec![b'x'; 1 << 20], true),
            ("é".repeat(Password::MAX_BYTES).into_bytes(), true),
            (b"caf\xe9\n".to_vec(), false),
        ] {
            let (_dir, path) = file(&contents, 0o600);
            let error = read_password_file(&path).unwrap_err();
            assert_eq!(matches!(error, PasswordFileError::Bad { .. }), is_bad, "{error:?}");
            assert_eq!(error.failure().kind, FailureKind::BadPassword);
        }
        let (dir, path) = file(b"", 0o600);
        let missing = read_password_file(&path.with_extension("no")).unwrap_err();
        assert_eq!(missing.failure().kind, FailureKind::NoSuchFile);
        let folder = read_password_file(dir.path()).unwrap_err();
        assert_eq!(folder.failure().kind, FailureKind::NotReadable);
    }
}
