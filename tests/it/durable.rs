//! What "done" rests on, watched from outside: which system calls a receiver makes, in which order.

use std::fs;

use crate::support::program::{Desk, SAMPAN};

/// Names of the calls on the receive folder and its files, and `told` where the program says "finished".
fn calls_of_a_receiver(files: &[&str]) -> Vec<&'static str> {
    let (here, there) = (Desk::new(), Desk::new());
    let trace = there.path("trace");
    let strace = ["strace", "-f", "-qq", "-y", "-s", "400", "-e", "trace=fsync,syncfs,renameat2,write", "-o"];
    let command = there.behind(&[&strace[..], &[trace.to_str().unwrap()]].concat(), SAMPAN);
    let receiver = there.receiver_by(command, &["--once"]);
    let paths: Vec<_> = files.iter().map(|name| here.file(name, *name)).collect();
    let paths: Vec<_> = paths.iter().map(std::path::PathBuf::as_path).collect();
    here.send(&paths, receiver.address).assert(0, "delivered", None);
    receiver.end().assert(0, "delivered", None);
    let folder = format!("<{}", there.folder().display());
    let call = |line: &str| match line.split_whitespace().nth(1)? {
        call if call.starts_with("write(1<") && line.contains(r#"\"finished\""#) => Some("told"),
        call if !call.contains(&folder) => None,
        call if call.starts_with("fsync") && call.contains(".part>") => Some("sync file"),
        call if call.starts_with("fsync") => Some("sync folder"),
        call if call.starts_with("syncfs") => Some("sync disk"),
        call if call.starts_with("renameat2") && line.contains("RENAME_NOREPLACE") => Some("name"),
        _ => None,
    };
    fs::read_to_string(trace).unwrap().lines().filter_map(call).collect()
}

#[test]
fn a_file_is_synced_before_it_is_named_and_its_folder_before_anybody_is_told() {
    // The first one is for the staging folder's own name.
    assert_eq!(calls_of_a_receiver(&["a"]), ["sync folder", "sync file", "name", "sync folder", "told"]);
}

#[test]
fn small_files_share_one_sync_before_they_are_named() {
    let calls = calls_of_a_receiver(&["a", "b", "c"]);
    assert_eq!(calls, ["sync folder", "sync disk", "name", "name", "name", "sync folder", "told"]);
}
