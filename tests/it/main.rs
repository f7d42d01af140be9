//! All integration tests in one program: a topic a file, rigs in `support`.

// Only functions marked as tests are covered by clippy.toml; helpers of tests may panic as well.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

mod accounts;
mod admission;
mod architecture;
mod bad_input;
mod chaos;
mod cli;
mod durable;
mod engines;
mod fuzz;
mod gates;
mod golden;
mod hostile_files;
mod limits;
mod net;
mod pairing;
mod records;
mod security_doc;
mod session;
mod support;
mod trees;
mod verify;
#[cfg(feature = "gui")]
mod views;
#[cfg(feature = "gui")]
mod windows;
