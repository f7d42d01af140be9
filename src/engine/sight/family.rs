//! Where entries of a manifest stand in its tree: the folders around one, and what is below it.

use crate::model::EntryIndex;
use crate::session::{Manifest, Shape};
use crate::wire::EntryRange;

/// Looks entries up that follow one another: the folders around the next one are mostly those around the last one.
pub(super) struct Family<'a> {
    manifest: &'a Manifest,
    /// The folders around the entry that was asked for last, and that one if it is a folder; outermost first.
    around: Vec<EntryRange>,
    is_placed: bool,
}

impl<'a> Family<'a> {
    /// Entries have to be asked for in their order.
    pub(super) fn new(manifest: &'a Manifest) -> Self {
        Self { manifest, around: Vec::new(), is_placed: false }
    }

    /// The folders an entry is in, outermost first, and the entry itself; each with all below it.
    pub(super) fn of(&mut self, entry: EntryIndex) -> (Vec<EntryRange>, EntryRange) {
        if !std::mem::replace(&mut self.is_placed, true) {
            self.place(entry);
        }
        while self.around.pop_if(|folder| folder.entries().end <= entry).is_some() {}
        let folders = self.around.clone();
        if self.manifest.shape(entry) != Some(Shape::Folder) {
            return (folders, EntryRange { first: entry, count: 1 });
        }
        let whole = EntryRange { first: entry, count: self.manifest.end_of(entry, entry + 1) - entry };
        self.around.push(whole);
        (folders, whole)
    }

    /// Finds the folders around the first entry, from the inside out: each ends behind the one in it.
    fn place(&mut self, entry: EntryIndex) {
        let (mut inner, mut end) = (entry, entry);
        while let Some(folder) = self.manifest.folder_of(inner) {
            end = self.manifest.end_of(folder, end);
            self.around.push(EntryRange { first: folder, count: end - folder });
            inner = folder;
        }
        self.around.reverse();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Entry, EntryKind, RelPath};

    fn manifest<'a>(paths: impl IntoIterator<Item = &'a str>) -> Manifest {
        Manifest::of(paths.into_iter().map(|path| {
            let kind = if path.ends_with('/') { EntryKind::Folder } else { EntryKind::File };
            let names = path.trim_end_matches('/').split('/').collect::<Vec<_>>();
            let path = RelPath::parse(names).unwrap();
            Entry { path, kind, size: 0, stored: 0, modified: None, mode: None }
        }))
    }

    /// For each entry from one on: the folders around it, and how many entries it is with all below it.
    fn told(manifest: &Manifest, from: EntryIndex) -> Vec<(Vec<EntryIndex>, u64)> {
        let mut family = Family::new(manifest);
        let tell = |entry| {
            let (folders, whole) = family.of(entry);
            assert_eq!(whole.first, entry);
            for folder in &folders {
                assert_eq!(folder.entries().end, manifest.end_of(folder.first, folder.first + 1));
            }
            (folders.iter().map(|folder| folder.first).collect(), whole.count)
        };
        (from..manifest.len()).map(tell).collect()
    }

    #[test]
    fn each_entry_knows_the_folders_around_it_and_what_is_below_wherever_one_begins() {
        // "a-" sorts behind "a/…", though '-' is before '/': names are compared, not text.
        let tree = manifest(["a/", "a/b/", "a/b/c", "a/b/d/", "a/e", "a-", "f/", "g/", "g/h"]);
        let all = [
            (vec![], 5),
            (vec![0], 3),
            (vec![0, 1], 1),
            (vec![0, 1], 1),
            (vec![0], 1),
            (vec![], 1),
            (vec![], 1),
            (vec![], 2),
            (vec![7], 1),
        ];
        for from in 0..=9 {
            assert_eq!(told(&tree, from), all[usize::try_from(from).unwrap()..], "from {from}");
        }
    }

    #[test]
    fn a_folder_of_a_hundred_thousand_ends_where_it_ends() {
        let names: Vec<String> = (0..100_000).map(|n| format!("big/{n:06}")).collect();
        let names = names.iter().map(String::as_str);
        let tree = manifest(std::iter::once("big/").chain(names).chain(["last/", "last/one"]));
        assert_eq!(Family::new(&tree).of(0), (vec![], EntryRange { first: 0, count: 100_001 }));
        let big = EntryRange { first: 0, count: 100_001 };
        assert_eq!(Family::new(&tree).of(99_999).0, [big]);
        assert_eq!(told(&tree, 100_001), [(vec![], 2), (vec![100_001], 1)]);
    }
}
