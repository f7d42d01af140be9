//! Breaks transfers on purpose: `tes../it/chaos/mod.rs` as a program of its own.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

#[path = "../it/chaos/mod.rs"]
mod chaos;

fn main() {
    let sampan = std::env::var_os("SAMPAN_CHAOS_PROGRAM").expect("the program");
    let wrong = chaos::breaks(std::path::Path::new(&sampan), 100);
    std::process::exit(i32::from(!wrong.is_empty()));
}
