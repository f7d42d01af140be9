//! All integration tests in one program.

#[cfg(feature = "gui")]
mod views;
