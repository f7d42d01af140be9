//! The disk: what is sent is read here, what arrives is written here, and so are the key, the settings and the
//! database.
//!
//! Everything blocks: `session` and `engine` call it off the reactor. What a caller can rely on (docs/protocol.md,
//! "What done means"):
//!
//! - nothing under a final name is ever partial: bytes go to a [`Part`], and only [`Batch::publish`] names it;
//! - nothing that was there is ever replaced or deleted, whatever name the other side sent;
//! - a [`Spool`]'s bytes never have a name, and are gone with it;
//! - nothing is opened outside the chosen [`Folder`], whatever links are planted in it.

mod beneath;
mod compare;
mod database;
mod error;
mod folder;
mod home;
mod identity;
mod part;
mod password;
mod place;
mod platform;
mod publish;
mod settings;
mod source;
mod spool;

pub use compare::{CompareError, Comparing, open_receipt};
pub use database::{Database, DatabaseError};
pub use error::{HomeError, IdentityError, SettingsError, SourceError, WriteError};
pub use folder::{Folder, Leftovers, ensure_folder};
pub use home::Home;
pub use identity::{SecretKey, load_or_create_key};
pub use part::{CompletePart, Part};
pub use password::{
    HashError, PasswordFileError, Secrecy, hash_password, read_password_file, verify_password,
};
pub use publish::Batch;
pub use settings::{load_settings, save_settings};
pub use source::{Source, SourceFile, SourceStamp};
pub use spool::{Spool, SpoolError, SpoolPlace};
