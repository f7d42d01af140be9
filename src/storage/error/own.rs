//! What is wrong with the program's own files: its home, its key, its settings.

use std::io;
use std::path::PathBuf;

use crate::model::{Failure, FailureKind};
use crate::storage::error::told;

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
