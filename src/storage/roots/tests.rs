use std::fs::{self, File};
use std::os::unix::fs::{FileExt as _, MetadataExt as _, symlink};
use std::os::unix::net::UnixListener;
use std::path::Path;
use std::time::{Duration, Instant};

use rustix::fs::Mode;

use super::*;
use crate::model::{FailureKind, RelPathError, size};
use crate::storage::Run;

fn look(paths: &[&Path]) -> Result<Roots, SourceError> {
    Roots::look(&paths.iter().map(|path| path.to_path_buf()).collect::<Vec<_>>(), Links::Keep)
}

fn names(roots: &Roots) -> Vec<String> {
    roots.list().iter().map(|root| root.name.to_string()).collect()
}

/// Every file of a walk.
fn files(roots: &Roots) -> Vec<(Entry, Seal)> {
    let mut files = Vec::new();
    roots.walk(&mut |walked| {
        match walked {
            Walked::Entry(entry, seal) if entry.kind == EntryKind::File => files.push((entry, seal)),
            Walked::Entry(..) => {}
            Walked::Passed(error) => panic!("{error:?}"),
        }
        ControlFlow::Continue(())
    });
    files
}

/// A folder `r` with `a/b/file`, walked.
fn walked(links: Links) -> (tempfile::TempDir, PathBuf, Roots, Entry, Seal) {
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path().join("r");
    fs::create_dir_all(root.join("a/b")).unwrap();
    fs::write(root.join("a/b/file"), "contents").unwrap();
    let roots = Roots::look(std::slice::from_ref(&root), links).unwrap();
    let (entry, seal) = files(&roots).remove(0);
    (dir, root, roots, entry, seal)
}

/// The clock of a file system may tick as slowly as a hundred times a second.
fn wait_for_the_files_clock(file: &Path) {
    let changed = |path: &Path| {
        let metadata = fs::metadata(path).unwrap();
        (metadata.ctime(), metadata.ctime_nsec())
    };
    let limit = Instant::now() + Duration::from_secs(5);
    let probe = file.with_extension("probe");
    while Instant::now() < limit {
        fs::write(&probe, "").unwrap();
        if changed(&probe) > changed(file) {
            return;
        }
    }
    panic!("the clock of the file system stands still");
}

fn read_all(source: &mut SourceFile) -> Result<Vec<u8>, SourceError> {
    let mut all = Vec::new();
    let mut buf = [0; 7];
    loop {
        match source.read(&mut buf)? {
            0 => return Ok(all),
            read => all.extend_from_slice(&buf[..read]),
        }
    }
}

#[test]
fn files_and_folders_are_sorted_by_their_names() {
    let dir = tempfile::tempdir().unwrap();
    fs::create_dir(dir.path().join("b")).unwrap();
    fs::write(dir.path().join("a"), "").unwrap();
    fs::write(dir.path().join("B"), "").unwrap();
    let roots = look(&[&dir.path().join("b"), &dir.path().join("a"), &dir.path().join("B")]).unwrap();
    assert_eq!(names(&roots), ["B", "a", "b"]);
    assert_eq!(roots.list()[2].kind, RootKind::Folder);
    assert_eq!(roots.list()[1].path, dir.path().join("a"));
}

#[test]
fn what_was_chosen_twice_is_one_root_however_it_was_spelled() {
    let dir = tempfile::tempdir().unwrap();
    let folder = dir.path().join("folder");
    fs::create_dir_all(folder.join("sub")).unwrap();
    symlink(dir.path(), dir.path().join("way")).unwrap();
    let spellings = [
        folder.clone(),
        dir.path().join("folder/"),
        dir.path().join("./folder"),
        folder.join("."),
        folder.join("sub/.."),
        dir.path().join("way/folder"),
    ];
    let roots = Roots::look(&spellings, Links::Keep).unwrap();
    assert_eq!(names(&roots), ["folder"]);
}

#[test]
fn a_path_without_a_name_gets_the_folders_real_one() {
    let dir = tempfile::tempdir().unwrap();
    let real = dir.path().join("real");
    fs::create_dir_all(real.join("sub")).unwrap();
    symlink(&real, dir.path().join("link")).unwrap();
    for path in ["real/", "real/.", "real/sub/..", "real//", "link/", "link/."] {
        assert_eq!(names(&look(&[&dir.path().join(path)]).unwrap()), ["real"], "{path}");
    }
    // A link that was chosen by its own name keeps it.
    assert_eq!(names(&look(&[&dir.path().join("link")]).unwrap()), ["link"]);
    let here = std::env::current_dir().unwrap();
    assert_eq!(names(&look(&[Path::new(".")]).unwrap()), [here.file_name().unwrap().to_str().unwrap()]);
    let above = here.parent().and_then(Path::file_name).unwrap();
    assert_eq!(names(&look(&[Path::new("..")]).unwrap()), [above.to_str().unwrap()]);
}

#[test]
fn names_are_never_alike_also_where_a_numbered_one_is_there_already() {
    let dir = tempfile::tempdir().unwrap();
    let mut paths = Vec::new();
    for (folder, name) in
        [("1", "x.txt"), ("2", "x.txt"), ("3", "x (1).txt"), ("4", "x.txt"), ("5", "x (1).txt")]
    {
        let path = dir.path().join(folder).join(name);
        fs::create_dir(path.parent().unwrap()).unwrap();
        fs::write(&path, folder).unwrap();
        paths.push(path);
    }
    let named = |roots: &Roots| -> Vec<(String, PathBuf)> {
        roots.list().iter().map(|root| (root.name.to_string(), root.path.clone())).collect()
    };
    let roots = Roots::look(&paths, Links::Keep).unwrap();
    let expected = ["x (1) (1).txt", "x (1).txt", "x (2).txt", "x (3).txt", "x.txt"];
    assert_eq!(names(&roots), expected);
    assert_eq!(roots.list()[1].path, paths[2]);
    assert_eq!(roots.list()[4].path, paths[0]);
    let reversed: Vec<_> = paths.iter().rev().cloned().collect();
    assert_eq!(named(&Roots::look(&reversed, Links::Keep).unwrap()), named(&roots));
    // And each opens what it names.
    let contents: Vec<_> = files(&roots)
        .iter()
        .map(|(entry, seal)| read_all(&mut roots.open(entry, *seal).unwrap()).unwrap())
        .collect();
    assert_eq!(contents, [b"5", b"3", b"2", b"4", b"1"]);
}

#[test]
fn what_cannot_be_sent_is_told_and_the_first_of_it_where_nothing_else_was_chosen() {
    let dir = tempfile::tempdir().unwrap();
    let at = |name: &str| dir.path().join(name);
    fs::write(at("file"), "").unwrap();
    fs::write(at(".sampan-x"), "").unwrap();
    rustix::fs::mkfifoat(CWD, at("fifo"), Mode::RUSR | Mode::WUSR).unwrap();
    let _listener = UnixListener::bind(at("socket")).unwrap();
    symlink("nowhere", at("dangling")).unwrap();
    symlink("/dev/zero", at("device")).unwrap();
    for (path, kind) in [
        (at("nowhere"), FailureKind::NoSuchFile),
        (at("dangling"), FailureKind::NoSuchFile),
        (at("file/"), FailureKind::NoSuchFile),
        (PathBuf::new(), FailureKind::NoSuchFile),
        (at("fifo"), FailureKind::NotAFile),
        (at("socket"), FailureKind::NotAFile),
        (at("device"), FailureKind::NotAFile),
        ("/".into(), FailureKind::NotAFile),
        (at(".sampan-x"), FailureKind::ReservedName),
    ] {
        let error = look(&[&path, &at("no"), &at("fifo")]).unwrap_err();
        assert_eq!(error.path(), path);
        assert_eq!(error.failure().kind, kind, "{path:?}");
        let roots = look(&[&at("file"), &path]).unwrap();
        assert_eq!(roots.list().len(), 1);
        let mut told = Vec::new();
        roots.walk(&mut |walked| {
            if let Walked::Passed(error) = walked {
                told.push(error.failure().kind);
            }
            ControlFlow::Continue(())
        });
        assert_eq!(told, [kind], "{path:?}");
    }
    let root = look(&[Path::new("/")]).unwrap_err();
    assert!(matches!(root, SourceError::Name { source: RelPathError::Empty, .. }));
}

#[test]
fn a_chosen_link_to_a_file_is_sent_as_the_file() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("file"), "contents").unwrap();
    symlink("file", dir.path().join("link")).unwrap();
    let roots = look(&[&dir.path().join("link")]).unwrap();
    let [(entry, seal)] = files(&roots).try_into().unwrap();
    assert_eq!(entry.path.name(), b"link");
    assert_eq!(read_all(&mut roots.open(&entry, seal).unwrap()).unwrap(), b"contents");
}

#[test]
fn what_was_walked_is_opened_and_read_whole() {
    for links in [Links::Keep, Links::Follow] {
        let (_dir, _, roots, entry, seal) = walked(links);
        let kept = Seal::from_bits(seal.to_bits());
        let mut file = roots.clone().open(&entry, kept).unwrap();
        assert_eq!(file.run().unwrap(), Some(Run::Data(8)));
        assert_eq!(read_all(&mut file).unwrap(), b"contents");
        assert_eq!(file.run().unwrap(), None);
        file.finish().unwrap();
    }
}

#[test]
fn a_file_that_is_not_what_was_walked_is_never_opened() {
    type Change = fn(&Path);
    let twin: Change = |file| {
        let modified = fs::metadata(file).unwrap().modified().unwrap();
        fs::write(file.with_extension("twin"), "contents").unwrap();
        File::open(file.with_extension("twin")).unwrap().set_modified(modified).unwrap();
        fs::rename(file.with_extension("twin"), file).unwrap();
    };
    // The link leads to the file itself: nothing but its being a link has changed.
    let link: Change = |file| {
        fs::rename(file, file.with_extension("moved")).unwrap();
        symlink("file.moved", file).unwrap();
    };
    let touched: Change = |file| {
        let modified = fs::metadata(file).unwrap().modified().unwrap();
        File::options().write(true).open(file).unwrap().write_all_at(b"CONTENTS", 0).unwrap();
        File::open(file).unwrap().set_modified(modified).unwrap();
    };
    let grown: Change = |file| fs::write(file, "more contents").unwrap();
    let fifo: Change = |file| {
        fs::remove_file(file).unwrap();
        rustix::fs::mkfifoat(CWD, file, Mode::RUSR | Mode::WUSR).unwrap();
    };
    let socket: Change = |file| {
        fs::remove_file(file).unwrap();
        drop(UnixListener::bind(file).unwrap());
    };
    let folder: Change = |file| {
        fs::remove_file(file).unwrap();
        fs::create_dir(file).unwrap();
    };
    let device: Change = |file| {
        fs::remove_file(file).unwrap();
        symlink("/dev/zero", file).unwrap();
    };
    for links in [Links::Keep, Links::Follow] {
        for (number, change) in
            [twin, link, touched, grown, fifo, socket, folder, device].into_iter().enumerate()
        {
            let (_dir, root, roots, entry, seal) = walked(links);
            wait_for_the_files_clock(&root.join("a/b/file"));
            change(&root.join("a/b/file"));
            let opened = roots.open(&entry, seal);
            assert!(matches!(opened, Err(SourceError::Changed { .. })), "{links:?} {number} {opened:?}");
        }
        let (_dir, root, roots, entry, seal) = walked(links);
        fs::remove_file(root.join("a/b/file")).unwrap();
        let error = roots.open(&entry, seal).unwrap_err();
        assert!(matches!(error, SourceError::Missing { .. }), "{error:?}");
        assert_eq!(error.path(), root.join("a/b/file"));
    }
}

#[test]
fn a_folder_that_was_swapped_for_a_link_after_the_walk_leads_nowhere() {
    for swapped in ["r", "r/a", "r/a/b"] {
        let (dir, _, roots, entry, seal) = walked(Links::Keep);
        let swapped = dir.path().join(swapped);
        let elsewhere = dir.path().join("elsewhere");
        fs::create_dir_all(elsewhere.join("a/b")).unwrap();
        for secret in ["a/b/file", "b/file", "file"] {
            fs::create_dir_all(elsewhere.join(secret).parent().unwrap()).unwrap();
            fs::write(elsewhere.join(secret), "secrets!").unwrap();
        }
        fs::rename(&swapped, dir.path().join("moved")).unwrap();
        symlink(&elsewhere, &swapped).unwrap();
        let opened = roots.open(&entry, seal);
        assert!(matches!(opened, Err(SourceError::Changed { .. })), "{swapped:?} {opened:?}");
    }
}

#[test]
fn an_entry_that_no_walk_met_is_no_way_to_a_file() {
    let (_dir, _, roots, entry, seal) = walked(Links::Keep);
    let other = RelPath::parse(["other", "file"]).unwrap();
    let error = roots.open(&Entry { path: other, ..entry.clone() }, seal).unwrap_err();
    assert!(matches!(error, SourceError::Missing { .. }));
    let folder = roots.open(&Entry { kind: EntryKind::Folder, ..entry.clone() }, seal);
    assert!(matches!(folder, Err(SourceError::NotAFile { .. })));
    let error = roots.open(&entry, Seal::from_bits(seal.to_bits() ^ 1)).unwrap_err();
    assert!(matches!(error, SourceError::Changed { .. }));
}

#[test]
fn files_of_many_roots_are_opened_in_any_order() {
    let dir = tempfile::tempdir().unwrap();
    let mut paths = Vec::new();
    for name in ["a", "b"] {
        fs::create_dir(dir.path().join(name)).unwrap();
        for number in 0..3 {
            fs::write(dir.path().join(name).join(format!("{number}")), format!("{name}{number}")).unwrap();
        }
        paths.push(dir.path().join(name));
    }
    let roots = Roots::look(&paths, Links::Keep).unwrap();
    let files = files(&roots);
    for index in [0, 3, 1, 4, 2, 5] {
        let (entry, seal) = &files[index];
        let expected = entry.path.components().collect::<Vec<_>>().concat();
        assert_eq!(read_all(&mut roots.open(entry, *seal).unwrap()).unwrap(), expected);
    }
}

#[test]
fn a_chosen_path_is_measured() {
    let (_dir, root, ..) = walked(Links::Keep);
    symlink("a", root.join("in")).unwrap();
    symlink("/etc", root.join("out")).unwrap();
    let measured = measure(&root, Links::Keep, &|| false).unwrap();
    assert_eq!(measured, Measured { files: 1, folders: 3, links: 1, bytes: 8, passed: 1 });
    let file = measure(&root.join("a/b/file"), Links::Keep, &|| false).unwrap();
    assert_eq!(file, Measured { files: 1, bytes: size::from_len(8), ..Measured::default() });
    let stopped = measure(&root, Links::Keep, &|| true).unwrap();
    assert_eq!(stopped, Measured { folders: 1, ..Measured::default() });
    let error = measure(&root.join("nowhere"), Links::Keep, &|| false).unwrap_err();
    assert!(matches!(error, SourceError::Missing { .. }));
}

#[test]
fn a_root_that_was_replaced_is_opened_as_the_next_walk_met_it() {
    let (dir, root, roots, entry, seal) = walked(Links::Keep);
    roots.open(&entry, seal).unwrap();
    fs::rename(&root, dir.path().join("old")).unwrap();
    fs::create_dir_all(root.join("a/b")).unwrap();
    fs::write(root.join("a/b/file"), "new").unwrap();
    let [(entry, seal)] = files(&roots).try_into().unwrap();
    assert_eq!(read_all(&mut roots.open(&entry, seal).unwrap()).unwrap(), b"new");
}
