//! Sampan moves files straight from one computer to another.

pub mod engine;
pub mod model;
pub mod net;
pub mod session;
pub mod storage;
pub mod wire;
