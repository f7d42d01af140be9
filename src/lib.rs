//! Sampan moves files straight from one computer to another. A map of the crate, from the doors down:
//!
//! - [`cli`] and `ui` (feature `gui`): what people touch. They know [`engine`]'s commands, events and State, and
//!   [`texts`] for words.
//! - [`engine`]: the door. Runs transfers on its own threads.
//! - [`session`]: one connection's conversation. [`pairing`]: how a code becomes proof of a device.
//! - [`wire`], [`net`], [`storage`]: bytes, sockets, disk. They do not know one another.
//! - [`model`]: the vocabulary all of them speak. [`logging`]: where log lines go.
//!
//! Arrows go down only; `tests/it/architecture.rs` holds it. The design is in `docs/architecture.md`.

pub mod cli;
pub mod engine;
pub mod logging;
pub mod model;
pub mod net;
pub mod pairing;
pub mod session;
pub mod storage;
pub mod texts;
#[cfg(feature = "gui")]
pub mod ui;
pub mod wire;
