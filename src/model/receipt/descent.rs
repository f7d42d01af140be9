//! The way down to an entry while entries come in manifest order: a folder, all that is in it, then what comes behind it.

use crate::model::RelPath;

/// The folders that the entry at hand is in, outermost first. Each carries what its user keeps for it.
#[derive(Clone, Debug)]
pub struct Descent<T> {
    levels: Vec<Level<T>>,
}

/// One folder on the way.
#[derive(Clone, Debug)]
pub struct Level<T> {
    /// Its name in the manifest.
    own: Vec<u8>,
    /// Its name on the receiver's disk.
    final_name: Vec<u8>,
    /// What is kept for it.
    pub with: T,
}

impl<T> Default for Descent<T> {
    fn default() -> Self {
        Self { levels: Vec::new() }
    }
}

impl<T> Descent<T> {
    /// Leaves the innermost folder if `path` is not in it; called until there is none to leave.
    pub fn leave_for(&mut self, path: &RelPath) -> Option<Level<T>> {
        let mut parents = parents(path);
        let is_in = self.levels.iter().all(|level| parents.next().is_some_and(|name| level.own == name));
        if is_in { None } else { self.levels.pop() }
    }

    /// Leaves the innermost folder, whatever comes.
    pub fn leave(&mut self) -> Option<Level<T>> {
        self.levels.pop()
    }

    /// Goes into a folder of the innermost one.
    pub fn enter(&mut self, own: &[u8], final_name: &[u8], with: T) {
        self.levels.push(Level { own: own.to_vec(), final_name: final_name.to_vec(), with });
    }

    /// The folder of `path` that comes next on the way down and has not been entered: one that has no entry of its own.
    pub fn not_entered<'p>(&self, path: &'p RelPath) -> Option<&'p [u8]> {
        parents(path).nth(self.levels.len())
    }

    /// What is kept for the innermost folder.
    pub fn innermost(&mut self) -> Option<&mut T> {
        self.levels.last_mut().map(|level| &mut level.with)
    }

    /// Where something of this name in the innermost folder is on the receiver's disk, joined by `/`.
    pub fn place_of(&self, final_name: &[u8]) -> Vec<u8> {
        let mut place = Vec::new();
        for level in &self.levels {
            place.extend_from_slice(&level.final_name);
            place.push(b'/');
        }
        place.extend_from_slice(final_name);
        place
    }
}

/// The folders around it, outermost first.
fn parents(path: &RelPath) -> impl Iterator<Item = &[u8]> {
    let mut names = path.components();
    names.next_back();
    names
}

impl<T> Level<T> {
    /// Its name on the receiver's disk.
    pub fn final_name(&self) -> &[u8] {
        &self.final_name
    }
}
