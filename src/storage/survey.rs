//! What stands where an entry would go (docs/trees.md, "What stands where"): the first half of the plan. Nothing is opened
//! and nothing is made.

use crate::model::{Entry, EntryKind, LocalName};
use crate::storage::{Staging, Standing, Target, WriteError};

/// What is there for an entry already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Under its name.
    pub there: There,
    /// In staging: the length of this version's part in bytes. Only for files.
    pub part: Option<u64>,
}

/// What stands under an entry's name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum There {
    /// Nothing.
    New,
    /// A folder for a folder: they become one.
    Merge,
    /// A file of the same size: it may be identical, which the digests say.
    SameSize,
    /// A link that points to the same: it is identical.
    SameLink,
    /// Something else.
    Differs,
    /// Nothing can stand there: what should be a folder around it is none, or the name is too long for this disk.
    Blocked,
}

/// Looks what is there for an entry, under these names of this disk. Errors: [`WriteError`] if nobody may look.
pub fn survey(
    target: &mut Target,
    staging: Option<&Staging>,
    entry: &Entry,
    names: &[LocalName],
) -> Result<Finding, WriteError> {
    let there = match (target.look(names)?, &entry.kind) {
        (Standing::Nothing, _) => There::New,
        (Standing::Blocked, _) => There::Blocked,
        (Standing::Folder, EntryKind::Folder) => There::Merge,
        (Standing::File { size }, EntryKind::File) if size == entry.size => There::SameSize,
        (Standing::Link(found), EntryKind::Link(offered)) if found == offered.as_bytes() => There::SameLink,
        (Standing::File { .. } | Standing::Folder | Standing::Link(_) | Standing::Other, _) => There::Differs,
    };
    let part = match entry.kind {
        EntryKind::File => staging.and_then(|staging| staging.has(entry)),
        EntryKind::Folder | EntryKind::Link(_) => None,
    };
    Ok(Finding { there, part })
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::symlink;

    use super::*;
    use crate::model::LinkTarget;
    use crate::storage::test_support::{Ground, entry, ground};

    fn names(entry: &Entry) -> Vec<LocalName> {
        entry.path.components().iter().map(|name| LocalName::of(name)).collect()
    }

    fn find(ground: &Ground, entry: &Entry) -> Finding {
        let mut target = Target::new(ground.folder.clone());
        survey(&mut target, Some(&ground.staging), entry, &names(entry)).unwrap()
    }

    fn as_kind(path: &str, kind: EntryKind) -> Entry {
        Entry { kind, ..entry(path, 0) }
    }

    fn link(points_to: &str) -> Entry {
        let path = entry("r/l", 0).path;
        as_kind("r/l", EntryKind::Link(LinkTarget::parse(&path, points_to.into()).unwrap()))
    }

    #[test]
    fn each_kind_of_entry_meets_each_kind_of_standing() {
        let ground = ground();
        fs::create_dir_all(ground.path("r/folder")).unwrap();
        fs::write(ground.path("r/file"), "12345").unwrap();
        symlink("file", ground.path("r/l")).unwrap();
        rustix::fs::mkfifoat(rustix::fs::CWD, ground.path("r/fifo"), rustix::fs::Mode::RUSR).unwrap();
        for (entry, there) in [
            (entry("r/new", 5), There::New),
            (entry("none/new", 5), There::New),
            (entry("r/file", 5), There::SameSize),
            (entry("r/file", 6), There::Differs),
            (entry("r/folder", 5), There::Differs),
            (entry("r/l", 5), There::Differs),
            (entry("r/fifo", 0), There::Differs),
            (entry("r/file/below", 5), There::Blocked),
            (entry("r/l/below", 5), There::Blocked),
            (as_kind("r", EntryKind::Folder), There::Merge),
            (as_kind("r/new", EntryKind::Folder), There::New),
            (as_kind("r/file", EntryKind::Folder), There::Differs),
            (as_kind("r/l", EntryKind::Folder), There::Differs),
            (link("file"), There::SameLink),
            (link("./file"), There::Differs),
        ] {
            assert_eq!(find(&ground, &entry), Finding { there, part: None }, "{entry:?}");
        }
    }

    #[test]
    fn a_part_of_this_version_is_told_beside_what_stands_there() {
        let ground = ground();
        let whole = entry("a", 5);
        ground.staging.create(0, &whole).unwrap().write_all(b"123").unwrap();
        assert_eq!(find(&ground, &whole), Finding { there: There::New, part: Some(3) });
        fs::write(ground.path("a"), "12345").unwrap();
        assert_eq!(find(&ground, &whole), Finding { there: There::SameSize, part: Some(3) });
        assert_eq!(find(&ground, &entry("a", 6)).part, None);
        let folder = Entry { kind: EntryKind::Folder, ..whole.clone() };
        assert_eq!(find(&ground, &folder).part, None);
        let mut target = Target::new(ground.folder.clone());
        let without = survey(&mut target, None, &whole, &names(&whole)).unwrap();
        assert_eq!(without, Finding { there: There::SameSize, part: None });
    }

    #[test]
    fn a_thousand_looks_make_and_change_nothing() {
        let ground = ground();
        for index in 0..1000 {
            assert_eq!(find(&ground, &entry(&format!("a/{index}/b"), 1)).there, There::New);
        }
        assert!(ground.names().is_empty() && ground.staged().is_empty());
    }
}
