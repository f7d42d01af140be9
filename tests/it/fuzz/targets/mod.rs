//! What is fuzzed. `fuzz/` (libFuzzer) takes the same files, so they use nothing of the harness.

pub(crate) mod bodies;
pub(crate) mod certificates;
pub(crate) mod door;
mod far;
pub(crate) mod frames;
pub(crate) mod knock;
pub(crate) mod paths;
pub(crate) mod receipts;
pub(crate) mod receiver;
pub(crate) mod sender;
pub(crate) mod settings;
pub(crate) mod texts;
