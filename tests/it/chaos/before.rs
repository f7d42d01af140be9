//! What stood in the target folder before, and what has to stand there at the end: the plan's table (docs/trees.md) once
//! more, written independently of the program.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use super::dice::Dice;
use super::tree::{Snapshot, Thing, What, look};

/// What happens to files that differ from what is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Policy {
    Rename,
    Skip,
    Replace,
}

impl Policy {
    pub(super) const ALL: [Self; 3] = [Self::Rename, Self::Skip, Self::Replace];

    /// As on the command line.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Rename => "rename",
            Self::Skip => "skip",
            Self::Replace => "replace",
        }
    }
}

/// What has to stand somewhere at the end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Expected {
    pub(super) what: What,
    pub(super) mode: u32,
    /// `None` for a folder into which something was merged: the disk itself changes its time.
    pub(super) modified: Option<(i64, i64)>,
}

/// Puts things into the target that are in the way, or there already. `percent`: of how many entries.
pub(super) fn prepare(target: &Path, from: &Path, source: &Snapshot, percent: u64, dice: &mut Dice) {
    fs::write(target.join("unrelated"), "stays").unwrap();
    for (path, thing) in source {
        let there = target.join(path);
        // Nothing is planted behind a link: every folder on the way has to be one.
        let is_open = path
            .ancestors()
            .skip(1)
            .all(|above| fs::symlink_metadata(target.join(above)).is_ok_and(|above| above.is_dir()));
        if !is_open || !dice.is(percent) {
            continue;
        }
        match (&thing.what, dice.below(8)) {
            (What::File { .. }, 0..=2) => drop(fs::copy(from.join(path), &there).unwrap()),
            (What::File { bytes, .. }, 3..=5) => {
                // Often of the same size: only the digest can tell.
                let length = if dice.is(60) { *bytes } else { dice.below(5_000) };
                fs::write(&there, dice.bytes(length.try_into().unwrap())).unwrap();
                let name = there.file_name().unwrap().to_string_lossy().into_owned();
                if dice.is(30) {
                    fs::write(there.with_file_name(numbered(&name, 1)), "a number that is taken").unwrap();
                }
            }
            (What::File { .. }, 6) => fs::create_dir(&there).unwrap(),
            (What::File { .. }, _) => symlink("../../unrelated", &there).unwrap(),
            (What::Folder, 0..=5) => {
                fs::create_dir(&there).unwrap();
                fs::write(there.join("was here"), dice.bytes(20)).unwrap();
            }
            (What::Folder, 6) => fs::write(&there, "no folder").unwrap(),
            (What::Folder, _) => {
                let elsewhere = target.join("elsewhere");
                fs::create_dir_all(&elsewhere).unwrap();
                symlink(elsewhere, &there).unwrap();
            }
            (What::Link(points_to), 0..=3) => symlink(points_to, &there).unwrap(),
            (What::Link(_), 4..=5) => symlink("elsewhere", &there).unwrap(),
            (What::Link(_) | What::Other, _) => fs::write(&there, "no link").unwrap(),
        }
    }
}

/// What has to stand in the target once all is delivered.
pub(super) fn expected(before: &Snapshot, source: &Snapshot, policy: Policy) -> BTreeMap<PathBuf, Expected> {
    let mut after: BTreeMap<PathBuf, Expected> =
        before.iter().map(|(path, thing)| (path.clone(), Expected::from(thing))).collect();
    let mut moved = BTreeMap::<PathBuf, PathBuf>::new();
    for (path, thing) in source {
        let parent = path.parent().unwrap();
        let parent = moved.get(parent).map_or(parent, |moved| moved);
        let wanted = parent.join(path.file_name().unwrap());
        let there = after.get(&wanted).map(|there| there.what.clone());
        let place = match (&thing.what, there, policy) {
            (What::Folder, Some(What::Folder), _) => {
                if wanted != *path {
                    moved.insert(path.clone(), wanted);
                }
                continue;
            }
            (what, Some(there), _) if *what == there => continue,
            (What::Folder, Some(_), _) => {
                let there = copy(&after, &wanted, |what| *what == What::Folder);
                let place = there.clone().unwrap_or_else(|| free(&after, &wanted));
                moved.insert(path.clone(), place.clone());
                if there.is_some() {
                    continue;
                }
                place
            }
            (_, Some(_), Policy::Skip) => continue,
            (_, None, _) | (What::File { .. }, Some(What::File { .. }), Policy::Replace) => wanted,
            (what, Some(_), Policy::Rename | Policy::Replace) => {
                // Of files the first one of that size is compared.
                let is_such = |there: &What| match (what, there) {
                    (What::File { bytes, .. }, What::File { bytes: there, .. }) => bytes == there,
                    (what, there) => what == there,
                };
                let there = copy(&after, &wanted, is_such);
                if there.is_some_and(|there| after[&there].what == *what) {
                    continue;
                }
                free(&after, &wanted)
            }
        };
        if thing.what == What::Folder && !moved.contains_key(path) && place != *path {
            moved.insert(path.clone(), place.clone());
        }
        // What is made in a folder that was there changes that one's time.
        if let Some(parent) = place.parent().and_then(|parent| after.get_mut(parent))
            && before.contains_key(place.parent().unwrap())
        {
            parent.modified = None;
        }
        after.insert(place, Expected::from(thing));
    }
    after
}

impl From<&Thing> for Expected {
    fn from(thing: &Thing) -> Self {
        Self { what: thing.what.clone(), mode: thing.mode, modified: Some(thing.modified) }
    }
}

fn free(after: &BTreeMap<PathBuf, Expected>, wanted: &Path) -> PathBuf {
    let name = wanted.file_name().unwrap().to_string_lossy().into_owned();
    let mut places = (1..).map(|number| wanted.with_file_name(numbered(&name, number)));
    places.find(|place| !after.contains_key(place)).unwrap()
}

/// The first with a number that is such a thing.
fn copy(
    after: &BTreeMap<PathBuf, Expected>,
    wanted: &Path,
    is_such: impl Fn(&What) -> bool,
) -> Option<PathBuf> {
    let name = wanted.file_name().unwrap().to_string_lossy().into_owned();
    let places = (1..).map(|number| wanted.with_file_name(numbered(&name, number)));
    let mut taken = places.take_while(|place| after.contains_key(place));
    taken.find(|place| is_such(&after[place].what))
}

fn numbered(name: &str, number: u32) -> String {
    match name.rsplit_once('.') {
        Some((stem, extension)) => format!("{stem} ({number}).{extension}"),
        None => format!("{name} ({number})"),
    }
}

/// A path without the numbers that its names got.
pub(super) fn plain(path: &Path) -> PathBuf {
    path.components().map(|name| unnumbered(&name.as_os_str().to_string_lossy())).collect()
}

fn unnumbered(name: &str) -> String {
    let (stem, extension) = match name.rsplit_once('.') {
        Some((stem, extension)) => (stem, Some(extension)),
        None => (name, None),
    };
    let plain = match stem.rsplit_once(" (") {
        Some((plain, number)) if number.strip_suffix(')').is_some_and(|n| n.parse::<u32>().is_ok()) => plain,
        _ => stem,
    };
    extension.map_or_else(|| plain.to_owned(), |extension| format!("{plain}.{extension}"))
}

/// Where the final state is not as expected.
pub(super) fn differences(expected: &BTreeMap<PathBuf, Expected>, target: &Path) -> Vec<String> {
    let found = look(target);
    let mut all = Vec::new();
    for (path, expected) in expected {
        match found.get(path) {
            None => all.push(format!("missing: {}", path.display())),
            Some(there) if there.what != expected.what => {
                all.push(format!("{}: is {:?}, should be {:?}", path.display(), there.what, expected.what));
            }
            // A link has neither.
            Some(_) if matches!(expected.what, What::Link(_)) => {}
            Some(there) if there.mode != expected.mode => {
                all.push(format!("{}: mode {:o}, not {:o}", path.display(), there.mode, expected.mode));
            }
            Some(there) if expected.modified.is_some_and(|modified| modified != there.modified) => {
                all.push(format!(
                    "{}: time {:?}, not {:?}",
                    path.display(),
                    there.modified,
                    expected.modified
                ));
            }
            Some(_) => {}
        }
    }
    let extra = found.keys().filter(|path| !expected.contains_key(*path));
    all.extend(extra.map(|path| format!("nobody asked for {}", path.display())));
    all
}
