//! The disk: what is sent is read here, what arrives is written here, and so are the key, the settings and the
//! database.
//!
//! Everything blocks: `session` and `engine` call it off the reactor. What a caller can rely on (docs/protocol.md,
//! "What done means"):
//!
//! - nothing under a final name is ever partial: bytes go to a [`Part`], and only [`Synced::name`] names it;
//! - nothing that was there is ever deleted, whatever name the other side sent, and what is replaced because its owner
//!   said so stays in [`Staging`] until that is cleared;
//! - a [`Spool`]'s bytes never have a name, and are gone with it;
//! - nothing is opened outside the chosen [`Folder`], whatever links are planted in it;
//! - what is sent lies below one of the chosen [`Roots`] and is what it was when they were walked, or it is an error.

mod attributes;
mod beneath;
mod carry;
mod compare;
mod database;
mod descend;
mod error;
mod export;
mod folder;
mod holes;
mod home;
mod identity;
mod journal;
mod lock;
mod naming;
mod open_files;
mod own_name;
mod part;
mod password;
mod place;
mod platform;
mod publish;
mod replace;
mod roots;
mod running;
mod settings;
mod source;
mod spool;
mod staging;
mod status;
mod target;
#[cfg(test)]
pub(crate) mod test_support;
mod walk;

pub use attributes::Finish;
pub use beneath::Made;
pub use compare::{CompareError, Comparing, open_receipt};
pub use database::{Database, DatabaseError};
pub use error::{HomeError, IdentityError, SettingsError, SourceError, WriteError};
pub use export::write_new;
pub use folder::{Folder, Leftovers, ensure_folder};
pub use home::Home;
pub use identity::{SecretKey, load_or_create_key};
pub use journal::{Intent, Journal};
pub use naming::{Intend, Intended};
pub use open_files::make_room_for_open_files;
pub use part::{CompletePart, Part};
pub use password::{
    HashError, PasswordFileError, Secrecy, hash_password, read_password_file, verify_password,
};
pub use publish::{Batch, Naming, Synced};
pub use roots::{Measured, Root, RootKind, Roots, measure};
pub use running::Running;
pub use settings::{load_settings, save_settings};
pub use source::{Run, SourceFile};
pub use spool::{Spool, SpoolError, SpoolPlace};
pub use staging::Staging;
pub use status::Seal;
pub use target::{Standing, Target};
pub use walk::Walked;
