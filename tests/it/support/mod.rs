//! Rigs: two engines on loopback, the built program as a process, hostile peers, waiting for conditions.

pub(crate) mod contract;
pub(crate) mod cutter;
pub(crate) mod document;
pub(crate) mod engines;
pub(crate) mod handshakes;
pub(crate) mod line;
pub(crate) mod middle;
pub(crate) mod peer;
pub(crate) mod piped;
pub(crate) mod program;
pub(crate) mod proven;
pub(crate) mod sides;
pub(crate) mod taker;
pub(crate) mod tree;

use std::future::Future;
use std::path::Path;
use std::time::{Duration, Instant};

use sampan::model::{DeviceId, DeviceName, Moment, PairedDevice, Pinning, Policy};

/// How long a condition may take before its test fails. Long enough for two busy cores.
pub(crate) const LIMIT: Duration = Duration::from_secs(20);

/// Waits until `condition` holds; panics after [`LIMIT`] with what was waited for.
pub(crate) fn until(what: &str, mut condition: impl FnMut() -> bool) {
    let end = Instant::now() + LIMIT;
    while !condition() {
        assert!(Instant::now() < end, "waited {LIMIT:?} for {what}");
        std::thread::park_timeout(Duration::from_millis(5));
    }
}

/// Waits for something asynchronous, as long as [`until`] does.
pub(crate) async fn within<T>(what: &str, work: impl Future<Output = T>) -> T {
    let done = tokio::time::timeout(LIMIT, work).await;
    done.unwrap_or_else(|_| panic!("waited {LIMIT:?} for {what}"))
}

/// Like [`until`], for what happens on the runtime of the test itself.
pub(crate) async fn until_async(what: &str, condition: impl Fn() -> bool) {
    let wait = async {
        while !condition() {
            tokio::task::yield_now().await;
        }
    };
    within(what, wait).await;
}

/// A file of this many bytes that is made at once. They are zeros, and no hole: what is sent of them is bytes.
pub(crate) fn allocate(path: &Path, bytes: u64) {
    let file = std::fs::File::create(path).unwrap();
    rustix::fs::fallocate(file, rustix::fs::FallocateFlags::empty(), 0, bytes).unwrap();
}

/// All names in a folder, sorted, bytes that are not UTF-8 replaced.
pub(crate) fn names_in(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).unwrap();
    let mut names: Vec<String> =
        entries.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

/// What a computer remembers of a paired one.
pub(crate) fn paired(id: DeviceId, name: DeviceName) -> PairedDevice {
    let long_ago = Moment::from_secs(0);
    PairedDevice {
        id,
        name,
        policy: Policy::Ask,
        address: None,
        paired_at: long_ago,
        seen_at: long_ago,
        discovery: None,
        pinning: Pinning::Mutual,
    }
}
