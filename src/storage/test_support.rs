//! A target folder with a transfer's staging in it, for the tests of everything that writes.

use std::fs;
use std::os::unix::process::CommandExt as _;
use std::path::PathBuf;
use std::process::Command;

use tempfile::TempDir;

use crate::model::{DeviceId, Entry, EntryIndex, EntryKind, RelPath, TransferId};
use crate::storage::{CompletePart, Folder, Staging};

/// Both live as long as it does.
pub(super) struct Ground {
    pub(super) dir: TempDir,
    pub(super) folder: Folder,
    pub(super) staging: Staging,
}

pub(super) fn sender() -> DeviceId {
    DeviceId::from_bytes([1; 32])
}

pub(super) fn transfer() -> TransferId {
    TransferId::from_bytes([2; 16])
}

pub(super) fn ground() -> Ground {
    let dir = tempfile::tempdir().unwrap();
    let folder = Folder::open(dir.path()).unwrap();
    let staging = Staging::open(&folder, &sender(), &transfer()).unwrap();
    Ground { dir, folder, staging }
}

pub(super) fn entry(path: &str, size: u64) -> Entry {
    let path = RelPath::parse(path.split('/').collect::<Vec<_>>()).unwrap();
    Entry { path, kind: EntryKind::File, size, stored: size, modified: None, mode: Some(0o640) }
}

impl Ground {
    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    pub(super) fn staging_path(&self) -> PathBuf {
        self.dir.path().join(self.staging.name())
    }

    pub(super) fn part_path(&self, entry: &Entry) -> PathBuf {
        self.staging_path().join(Staging::part_name(entry))
    }

    /// A part that is complete. Entries of different numbers have different paths.
    pub(super) fn complete(&self, index: EntryIndex, bytes: &[u8]) -> CompletePart {
        let entry = entry(&format!("entry-{index}"), u64::try_from(bytes.len()).unwrap());
        let mut part = self.staging.create(index, &entry).unwrap();
        part.write_all(bytes).unwrap();
        part.complete(&entry).unwrap()
    }

    /// What is in the target folder, but for staging.
    pub(super) fn names(&self) -> Vec<String> {
        let staging = self.staging.name().to_str().unwrap();
        sorted(self.dir.path().to_owned()).into_iter().filter(|name| name != staging).collect()
    }

    /// What is in staging.
    pub(super) fn staged(&self) -> Vec<String> {
        sorted(self.staging_path())
    }
}

pub(super) fn sorted(path: PathBuf) -> Vec<String> {
    let names = fs::read_dir(path).unwrap();
    let mut names: Vec<_> = names.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

/// Root may read everything: such a test starts itself once more, as nobody. Says whether it did.
pub(crate) fn ran_as_nobody(test: &str) -> bool {
    if !rustix::process::geteuid().is_root() {
        return false;
    }
    // By this name, because nobody may not enter the folder that the program is in.
    let mut again = Command::new("/proc/self/exe");
    let ran = again.args(["--exact", test]).uid(65534).gid(65534).output().unwrap();
    let said = String::from_utf8_lossy(&ran.stdout);
    assert!(ran.status.success() && said.contains("1 passed"), "{said}");
    true
}
