//! What must hold at any moment, and what must hold at the end.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::before::{Policy, plain};
use super::disk::FILLER;
use super::program::Ended;
use super::tree::{Snapshot, What, look};

/// What is known of a cycle, to hold the target folder against.
pub(super) struct Truth {
    pub(super) before: Snapshot,
    pub(super) policy: Policy,
    /// All contents that anybody ever offered under a path.
    versions: BTreeMap<PathBuf, BTreeSet<What>>,
    /// What a program called saved: path and SHA-256.
    saved: BTreeSet<(PathBuf, Option<String>)>,
    /// Whether for a moment nothing may stand where a file is replaced.
    pub(super) may_gap: bool,
}

impl Truth {
    pub(super) fn new(before: Snapshot, policy: Policy) -> Self {
        Self { before, policy, versions: BTreeMap::new(), saved: BTreeSet::new(), may_gap: false }
    }

    /// Something that may be offered from now on.
    pub(super) fn offer(&mut self, source: &Snapshot) {
        for (path, thing) in source {
            self.versions.entry(path.clone()).or_default().insert(thing.what.clone());
        }
    }

    /// What is wrong in the target folder right now.
    pub(super) fn check(&self, target: &Path) -> Vec<String> {
        let found = look(target);
        let mut wrong = Vec::new();
        for (path, thing) in &found {
            if path == Path::new(FILLER) {
                continue;
            }
            let was = self.before.get(path).is_some_and(|was| was.what == thing.what);
            let is_offered = self.versions.get(&plain(path)).is_some_and(|all| all.contains(&thing.what));
            if !was && !is_offered {
                wrong.push(format!("{} holds what nobody offered: {:?}", path.display(), thing.what));
            }
        }
        for (path, was) in &self.before {
            let is_replaced = self.policy == Policy::Replace
                && matches!(was.what, What::File { .. })
                && self
                    .versions
                    .get(path)
                    .is_some_and(|all| all.iter().any(|new| matches!(new, What::File { .. })));
            match found.get(path) {
                None if is_replaced && self.may_gap => {}
                None => wrong.push(format!("{} was there and is gone", path.display())),
                Some(_) if is_replaced => {}
                Some(there) if there.what != was.what => {
                    wrong.push(format!("{} was there and was changed", path.display()));
                }
                Some(there) if there.mode != was.mode => {
                    wrong.push(format!("{} had mode {:o}, has {:o}", path.display(), was.mode, there.mode));
                }
                Some(there) if was.what != What::Folder && there.modified != was.modified => {
                    wrong.push(format!("{} was there and its time was changed", path.display()));
                }
                Some(_) => {}
            }
        }
        wrong
    }

    /// Takes in what a program reported, and says what is wrong with how it ended.
    pub(super) fn hear(&mut self, ended: &Ended, codes: &[i32]) -> Vec<String> {
        for line in ended.lines.iter().filter(|line| line["event"] == "file" && line.get("error").is_none()) {
            if line.get("skipped").is_none_or(|skipped| skipped == "identical") {
                let sha256 = line["sha256"].as_str().map(str::to_owned);
                self.saved.insert((PathBuf::from(line["path"].as_str().unwrap()), sha256));
            }
        }
        let mut wrong = Vec::new();
        let mut say = |what: String| wrong.push(format!("{}: {what}", ended.name));
        if ended.hung {
            say(format!("did not end: {:?} {}", ended.lines.last(), ended.stderr));
        } else if ended.stderr.contains("error while loading shared libraries") {
            // The injected error met the system's own loader: nothing of ours ran yet.
        } else if ended.code.is_some_and(|code| !codes.contains(&code)) {
            say(format!(
                "exit code {:?}, not one of {codes:?}: {} {}",
                ended.code,
                ended.shown(),
                ended.stderr
            ));
        }
        // No fault of ours makes one side say what it may not say.
        if matches!(ended.kind(), Some("protocol" | "internal")) {
            say(format!("{}: {:?}", ended.shown(), ended.message()));
        }
        if ended.stderr.contains("panicked") {
            say(format!("panicked: {}", ended.stderr));
        }
        if !ended.torn.is_empty() {
            say(format!("no JSON: {:?}", ended.torn));
        }
        wrong
    }

    /// What was called saved and is not there.
    pub(super) fn check_saved(&self, target: &Path) -> Vec<String> {
        let found = look(target);
        let is_there = |path: &Path, sha256: &Option<String>| {
            found.iter().any(|(there, thing)| {
                plain(there) == path
                    && self.versions.get(path).is_some_and(|all| all.contains(&thing.what))
                    && match (&thing.what, sha256) {
                        // It may have been replaced since by a newer one.
                        (What::File { .. }, Some(_)) if self.policy == Policy::Replace => true,
                        (What::File { sha256: is, .. }, Some(said)) => is == said,
                        _ => true,
                    }
            })
        };
        let missing = self.saved.iter().filter(|(path, sha256)| !is_there(path, sha256));
        missing
            .map(|(path, sha256)| format!("{} was called saved ({sha256:?}) and is not", path.display()))
            .collect()
    }

    /// Entries of a source that stand nowhere.
    pub(super) fn missing(&self, source: &Snapshot, target: &Path) -> Vec<String> {
        let found = look(target);
        let is_there = |path: &Path, what: &What| {
            found.iter().any(|(there, thing)| plain(there) == *path && thing.what == *what)
        };
        // Also below a folder that got another name.
        let is_skipped =
            |path: &Path| self.policy == Policy::Skip && found.keys().any(|there| plain(there) == *path);
        let missing = source.iter().filter(|(path, thing)| !is_there(path, &thing.what) && !is_skipped(path));
        missing.map(|(path, _)| format!("{} is nowhere", path.display())).collect()
    }
}
