//! How six digits that one person shows and another types prove to each computer which device the other one is.
//!
//! - `spake`: the mathematics, and what it binds: the code, both device ids, both roles, this one TLS session.
//! - `desk`: when which code may be tried, and by whom.
//!
//! The engine calls it, and takes a [`Proven`] as the only evidence that somebody knew the code.
//! The words are explained in `docs/identity.md`.

pub mod desk;
mod random;
mod spake;

pub use random::{NoRandomness, random_code};
pub use spake::{AwaitingProof, Channel, Proven, Showing, SpakeError, Typing, WrongCode};
