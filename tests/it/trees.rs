//! Whole folders from outside: the built program and two engines, through plans, interruptions, pauses and receipts.

mod again;
mod control;
mod exporting;
mod hostile;
mod plan;
mod receipts;
mod resume;
mod storm;
mod strangers;
mod told;
mod whole;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::support::program::{Desk, Program, Receiver};
use crate::support::tree::ours;

/// Large enough that a slow line is still busy with it when a test acts.
const LARGE: u64 = 64 * 1024 * 1024;

/// What `sampan transfers --json` lists.
fn unfinished(desk: &Desk) -> Vec<Value> {
    let listed = desk.run(&["transfers", "--json"]);
    assert_eq!(listed.code, Some(0), "{listed:#?}");
    listed.lines
}

/// Nothing of a transfer is left: no row on either side, and nothing of the program's own in the receiver's folder.
#[track_caller]
fn assert_nothing_left(here: &Desk, there: &Desk) {
    assert_eq!(ours(&there.folder()), Vec::<PathBuf>::new());
    assert_eq!((unfinished(here), unfinished(there)), (Vec::new(), Vec::new()));
}

/// The bytes of unfinished files that lie at a receiver.
#[track_caller]
fn bytes_there(desk: &Desk) -> u64 {
    let rows = unfinished(desk);
    let [row] = rows.as_slice() else { panic!("not one transfer: {rows:#?}") };
    row["there"].as_u64().unwrap()
}

/// A receiver that takes all, and settles conflicts like this.
fn settling(desk: &Desk, on_conflict: &str) -> Receiver {
    desk.receiver_by(desk.command(), &["--on-conflict", on_conflict])
}

/// Waits until a sender moved so many bytes, and ends it as a power cut would.
fn kill_at(mut sender: Program, bytes: u64) {
    sender.line("progress", |line| line["stage"] == "sending" && line["bytes"].as_u64() >= Some(bytes));
    sender.signal(rustix::process::Signal::KILL);
    sender.end();
}

/// A sender that looks for who was lost.
fn patient(here: &Desk, tree: &Path, to: SocketAddr) -> Program {
    let mut command = here.command();
    command.arg("send").arg(tree).args(["--json", "--retry", "5", "--insecure-anyone"]);
    command.args(["--to", &to.to_string()]);
    Program::start(command)
}

/// A folder below a desk for what is sent.
fn sources(desk: &Desk) -> PathBuf {
    let folder = desk.path("sources");
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

/// A folder with these files, made for sending.
fn tree_of(desk: &Desk, files: &[(&str, &[u8])]) -> PathBuf {
    let root = sources(desk).join("tree");
    put(&root, files);
    root
}

/// Puts files into a folder, and makes those on the way.
fn put(root: &Path, files: &[(&str, &[u8])]) {
    std::fs::create_dir_all(root).unwrap();
    for (name, contents) in files {
        let path = root.join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, contents).unwrap();
    }
}
