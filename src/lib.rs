//! Sampan moves files straight from one computer to another.

pub mod engine;
pub mod model;
pub mod texts;
#[cfg(feature = "gui")]
pub mod ui;
