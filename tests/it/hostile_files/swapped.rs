//! Somebody who may write in the target folder swaps files, links and folders as fast as possible while files arrive.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::{MetadataExt as _, symlink};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{Builder, JoinHandle};

use sampan::model::size;
use sampan::session::SendEnd;

use super::{part_name, staging_name};
use crate::support::sides::{Files, Receiver, Sender};
use crate::support::until_async;

/// Files a transfer; enough for several batches.
const FILES: u64 = 300;

/// Transfers while the other one swaps.
const ROUNDS: usize = 4;

fn file_name(entry: u64) -> String {
    format!("file-{entry}")
}

/// Where all links lead: a file for each name that arrives, and one for each part.
fn outside(files: &Files) -> tempfile::TempDir {
    let outside = tempfile::tempdir().unwrap();
    for entry in 0..FILES {
        fs::write(outside.path().join(file_name(entry)), "kept").unwrap();
        fs::write(outside.path().join(part_name(&files.path(&file_name(entry)))), "kept").unwrap();
    }
    outside
}

/// Everything about what is in a folder that a write, a rename, a chmod or a touch would change.
fn state(folder: &Path) -> BTreeMap<PathBuf, (Vec<u8>, u32, i64, i64, u64)> {
    let state = |path: PathBuf| {
        let metadata = fs::symlink_metadata(&path).unwrap();
        let contents = fs::read(&path).unwrap();
        (path, (contents, metadata.mode(), metadata.ctime(), metadata.ctime_nsec(), metadata.ino()))
    };
    fs::read_dir(folder).unwrap().map(|entry| state(entry.unwrap().path())).collect()
}

/// Somebody who swaps until it is dropped.
struct Swapper {
    over: Arc<AtomicBool>,
    thread: Option<JoinHandle<usize>>,
}

impl Swapper {
    /// Does `swap` with rising numbers, again and again.
    fn start(swap: impl Fn(u64) + Send + 'static) -> Self {
        let over = Arc::new(AtomicBool::new(false));
        let seen = Arc::clone(&over);
        let work = move || {
            let mut swaps = 0;
            while !seen.load(Ordering::Relaxed) {
                swap(u64::try_from(swaps).unwrap());
                swaps += 1;
            }
            swaps
        };
        Self { over, thread: Some(Builder::new().name("swapper".to_owned()).spawn(work).unwrap()) }
    }

    /// Stops it; gives how often it swapped.
    fn stop(mut self) -> usize {
        self.over.store(true, Ordering::Relaxed);
        self.thread.take().unwrap().join().unwrap()
    }
}

impl Drop for Swapper {
    fn drop(&mut self) {
        self.over.store(true, Ordering::Relaxed);
    }
}

/// Puts one thing or another under a name. All of it may fail: somebody else is at work here too.
fn plant(folder: &Path, name: &str, outside: &Path, turn: u64) {
    let path = folder.join(name);
    let aside = folder.join(format!("aside-{}", turn % 7));
    match turn % 5 {
        // In one step, so that the name never is free in between.
        0 => {
            symlink(outside.join(name), &aside).ok();
            fs::rename(&aside, &path).ok();
        }
        1 => {
            fs::remove_file(&path).ok();
            symlink(outside, &path).ok();
        }
        2 => {
            fs::rename(&path, &aside).ok();
            symlink(outside.join(format!("new-{turn}")), &path).ok();
        }
        3 => drop(fs::remove_file(&path)),
        _ => {
            fs::remove_file(&path).ok();
            fs::create_dir(&path).ok();
            fs::remove_dir(&path).ok();
        }
    }
}

/// Sends [`FILES`] files into a receiver's folder. How many arrive depends on the swapper; that both sides end does not.
async fn transfer(files: &Files, prepare: impl FnOnce(&Path) -> Swapper) -> usize {
    let (ours, theirs) = tokio::io::duplex(64 * 1024);
    let receiver = Receiver::accepting(theirs);
    let swapper = prepare(receiver.folder());
    Sender::start(ours, files.roots.clone()).end().await.unwrap();
    let end = receiver.end().await;
    let swaps = swapper.stop();
    drop(end);
    swaps
}

fn files() -> Files {
    let names: Vec<String> = (0..FILES).map(file_name).collect();
    let list: Vec<(&str, &[u8])> = names.iter().map(|name| (name.as_str(), b"theirs".as_slice())).collect();
    Files::of(&list)
}

#[tokio::test]
async fn links_swapped_in_while_files_arrive_lead_nowhere() {
    let files = files();
    let outside = outside(&files);
    let name = |entry| part_name(&files.path(&file_name(entry))).into_os_string().into_string().unwrap();
    let parts: Arc<[String]> = (0..FILES).map(name).collect();
    let before = state(outside.path());
    let mut swaps = 0;
    for _ in 0..ROUNDS {
        swaps += transfer(&files, |folder| {
            let (folder, outside, parts) = (folder.to_owned(), outside.path().to_owned(), parts.clone());
            // Half of the names stand for a link outside before the first byte comes.
            for entry in (0..FILES).step_by(2) {
                symlink(outside.join(file_name(entry)), folder.join(file_name(entry))).unwrap();
            }
            Swapper::start(move |turn| {
                let entry = turn.wrapping_mul(7) % FILES;
                match turn % 3 {
                    0 => plant(&folder, &file_name(entry), &outside, turn),
                    1 => plant(&folder.join(staging_name()), &parts[size::to_len(entry)], &outside, turn),
                    // The staging folder itself, for a link to where files of the parts' names are.
                    _ => {
                        let (staging, aside) = (folder.join(staging_name()), folder.join("aside"));
                        fs::rename(&staging, &aside).ok();
                        symlink(&outside, &staging).ok();
                        fs::remove_file(&staging).ok();
                        fs::rename(&aside, &staging).ok();
                    }
                }
            })
        })
        .await;
    }
    assert!(swaps > ROUNDS, "the swapper was at work: {swaps}");
    assert_eq!(state(outside.path()), before);
}

#[tokio::test]
async fn a_target_folder_swapped_for_a_link_in_the_middle_leads_nowhere() {
    let files = files();
    let outside = outside(&files);
    let before = state(outside.path());
    for _ in 0..ROUNDS {
        let parent = tempfile::tempdir().unwrap();
        let (chosen, moved) = (parent.path().join("chosen"), parent.path().join("moved"));
        fs::create_dir(&chosen).unwrap();
        let (ours, theirs) = tokio::io::duplex(64 * 1024);
        let receiver = Receiver::into(theirs, &chosen);
        let sender = Sender::start(ours, files.roots.clone());
        until_async("the first file", || fs::read_dir(&chosen).unwrap().next().is_some()).await;
        let link = outside.path().to_owned();
        let swapper = Swapper::start(move |_| {
            fs::rename(&chosen, &moved).ok();
            symlink(&link, &chosen).ok();
            fs::remove_file(&chosen).ok();
            fs::rename(&moved, &chosen).ok();
        });
        assert_eq!(sender.end().await.unwrap(), SendEnd::Delivered);
        receiver.end().await;
        assert!(swapper.stop() > 0);
        let arrived = fs::read_dir(parent.path().join("chosen")).unwrap().count();
        assert_eq!(u64::try_from(arrived).unwrap(), FILES, "all are in the folder that was chosen");
    }
    assert_eq!(state(outside.path()), before);
}
