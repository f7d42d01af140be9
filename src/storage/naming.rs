//! The second half of publishing: parts that are safe on the disk get their names.
//!
//! Whoever resumes has to know a name that is not the entry's own, and what was replaced. So the caller hears of both before
//! they come true, and can write them down.

use std::collections::HashMap;
use std::os::fd::AsFd as _;

use rustix::io::Errno;

use crate::model::{EntryIndex, Failure, LocalName};
use crate::storage::beneath::At;
use crate::storage::carry::{carry, copy_to};
use crate::storage::publish::Ready;
use crate::storage::replace::{Final, replace, replace_there};
use crate::storage::{Folder, Naming, Synced, WriteError, beneath, own_name, place, platform};

/// From so many folders on one sync of their file system costs less than one of each.
const FEW_FOLDERS: usize = 4;

/// What is about to happen and has to be written down before.
#[derive(Clone, Debug)]
pub struct Intended {
    /// Of which entry.
    pub entry: EntryIndex,
    /// The folder the name is in.
    pub folder: Folder,
    /// The name it will have.
    pub name: LocalName,
    /// Why this is not the ordinary thing: it has a number because the wanted one is taken, or the file of that name goes
    /// to staging.
    pub naming: Naming,
}

/// Writes down what is about to happen. What it refuses is not done, and failed with its reason.
pub type Intend<'a> = dyn FnMut(&[Intended]) -> Result<(), Failure> + 'a;

/// What a part is about to get.
#[derive(Clone, Debug)]
enum Choice {
    Wanted,
    Numbered(LocalName),
    Replaced,
}

/// A part on its way to a name.
struct Candidate {
    /// Its place in the batch.
    order: usize,
    ready: Ready,
    choice: Choice,
}

/// What came of one try.
enum Tried {
    Named(LocalName),
    /// Something has the name: another one has to be chosen.
    Taken,
}

/// A folder that got names and has to be synced.
struct Touched {
    folder: Folder,
    /// Whether the batch's own sync of the file system reaches it.
    home: Home,
    /// Places in the batch of what was named in it.
    named: Vec<usize>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Home {
    Same,
    Other,
}

struct Namer<'a> {
    batch: &'a Synced,
    /// Where the search for a free number ended, so that a thousand files of one name don't look at each other's again.
    numbers: HashMap<(usize, LocalName), u32>,
    touched: Vec<Touched>,
    /// By their places in the batch.
    results: Vec<Option<Result<LocalName, WriteError>>>,
}

impl Synced {
    /// Gives the parts their names. `intend` hears of names that are not the wanted ones and of files that are replaced
    /// before either happens, many at a time, and of some entries again if another was quicker to take a name. What is
    /// `Ok` survives a power cut under the name given. Errors, one a part: [`WriteError`]; the part stays then and can
    /// be resumed. If a folder cannot be synced, nothing in it is reported as saved, but what has its name by then keeps
    /// it, for it is whole.
    pub fn name(mut self, intend: &mut Intend<'_>) -> Vec<(EntryIndex, Result<LocalName, WriteError>)> {
        let parts = std::mem::take(&mut self.parts);
        let entries: Vec<EntryIndex> = parts.iter().map(|ready| ready.part.entry()).collect();
        let results = entries.iter().map(|_| None).collect();
        let mut namer = Namer { batch: &self, numbers: HashMap::new(), touched: Vec::new(), results };
        let first = |(order, ready): (usize, Ready)| {
            let replaced = ready.naming == Naming::Replace
                && beneath::is_file(ready.folder.fd(), ready.wanted.as_os_str());
            let choice = if replaced { Choice::Replaced } else { Choice::Wanted };
            Candidate { order, ready, choice }
        };
        let mut candidates: Vec<_> = parts.into_iter().enumerate().map(first).collect();
        while !candidates.is_empty() {
            let refused = intended(&candidates).and_then(|intended| intend(&intended).err());
            candidates = candidates
                .into_iter()
                .filter_map(|candidate| namer.step(candidate, refused.as_ref()))
                .collect();
        }
        namer.sync_folders();
        let settled = |result: Option<_>| result.expect("whoever is tried no more is settled");
        entries.into_iter().zip(namer.results.into_iter().map(settled)).collect()
    }
}

/// What has to be written down before these are tried; `None` for nothing.
fn intended(candidates: &[Candidate]) -> Option<Vec<Intended>> {
    let intended = candidates.iter().filter_map(|Candidate { ready, choice, .. }| {
        let (name, naming) = match choice {
            Choice::Wanted => return None,
            Choice::Numbered(name) => (name.clone(), Naming::KeepBoth),
            Choice::Replaced => (ready.wanted.clone(), Naming::Replace),
        };
        Some(Intended { entry: ready.part.entry(), folder: ready.folder.clone(), name, naming })
    });
    let intended: Vec<_> = intended.collect();
    (!intended.is_empty()).then_some(intended)
}

impl Namer<'_> {
    /// Tries what was chosen. Gives the part back with another choice if that was taken.
    fn step(&mut self, candidate: Candidate, refused: Option<&Failure>) -> Option<Candidate> {
        let Candidate { order, ready, choice } = candidate;
        let needs_record = match &choice {
            Choice::Wanted => false,
            Choice::Numbered(_) | Choice::Replaced => true,
        };
        let tried = match refused.filter(|_| needs_record) {
            Some(failure) => Err(WriteError::NotRecorded { failure: failure.clone() }),
            None => self.attempt(order, &ready, &choice),
        };
        match tried {
            Ok(Tried::Named(name)) => self.settle(order, Ok(name)),
            Ok(Tried::Taken) => {
                if let Some(name) = self.next_number(&ready) {
                    return Some(Candidate { order, ready, choice: Choice::Numbered(name) });
                }
                let path = ready.folder.path().to_owned();
                self.settle(order, Err(WriteError::NamesTaken { path, name: ready.wanted.to_string() }));
            }
            Err(error) => self.settle(order, Err(error)),
        }
        None
    }

    fn attempt(&mut self, order: usize, ready: &Ready, choice: &Choice) -> Result<Tried, WriteError> {
        let Ready { part, folder, wanted, .. } = ready;
        part.check_name()?;
        let name = match choice {
            Choice::Wanted | Choice::Replaced => wanted,
            Choice::Numbered(name) => name,
        };
        let (staging, to) = (part.staging().fd(), Final { folder: folder.fd(), name });
        let from = At { folder: staging, name: part.name() };
        let target = to.at().map_err(|errno| folder.error(errno))?;
        let (given, home) = match choice {
            Choice::Replaced => match replace(staging, part.name(), to) {
                // It went away since we looked.
                Err(Errno::NOENT) => (place::give(from, target), Home::Same),
                given => (given, Home::Same),
            },
            Choice::Wanted | Choice::Numbered(_) => (place::give(from, target), Home::Same),
        };
        let (given, home) = match given {
            Err(Errno::XDEV) => (self.carry(ready, choice, to), Home::Other),
            given => (given, home),
        };
        match given {
            Ok(()) => {
                self.touch(folder, home, order);
                match choice {
                    // What was replaced is to survive as well.
                    Choice::Replaced => self.touch(part.staging(), Home::Same, order),
                    Choice::Wanted | Choice::Numbered(_) => {}
                }
                part.check_given(folder, name.as_os_str())?;
                Ok(Tried::Named(name.clone()))
            }
            Err(Errno::EXIST) => Ok(Tried::Taken),
            Err(errno) => Err(folder.error(errno)),
        }
    }

    /// The folder is on another file system (something is mounted there, or it is a subvolume): nothing can be renamed
    /// to it, so a copy gets the name.
    fn carry(&self, ready: &Ready, choice: &Choice, to: Final<'_>) -> Result<(), Errno> {
        let part = &ready.part;
        let target = to.at()?;
        let name = own_name::copy(&self.batch.staging_name, part.name());
        let copy = At { folder: to.folder, name: &name };
        match choice {
            Choice::Wanted | Choice::Numbered(_) => carry(part.file(), copy, target)?,
            Choice::Replaced => {
                copy_to(part.file(), copy)?;
                let placed = match replace_there(part.staging().fd(), part.name(), copy, to) {
                    // It went away since we looked.
                    Err(Errno::NOENT) => place::give(copy, target),
                    placed => placed,
                };
                placed.inspect_err(|_| place::remove_file(copy).unwrap_or_default())?;
            }
        }
        // If it cannot be removed it is swept the next time.
        place::remove_file(At { folder: part.staging().fd(), name: part.name() }).ok();
        Ok(())
    }

    fn next_number(&mut self, ready: &Ready) -> Option<LocalName> {
        let key = (self.folder_number(&ready.folder), ready.wanted.clone());
        let start = self.numbers.get(&key).copied().unwrap_or(1);
        let found = place::free(ready.folder.fd(), &ready.wanted, start);
        // The next one of this name need not search the same numbers.
        self.numbers.insert(key, found.as_ref().map_or(u32::MAX, |(_, number)| number + 1));
        found.map(|(name, _)| name)
    }

    fn settle(&mut self, order: usize, result: Result<LocalName, WriteError>) {
        if let Some(settled) = self.results.get_mut(order) {
            *settled = Some(result);
        }
    }

    fn folder_number(&mut self, folder: &Folder) -> usize {
        if let Some(number) = self.touched.iter().position(|touched| touched.folder.is(folder)) {
            return number;
        }
        self.touched.push(Touched { folder: folder.clone(), home: Home::Same, named: Vec::new() });
        self.touched.len() - 1
    }

    fn touch(&mut self, folder: &Folder, home: Home, order: usize) {
        let number = self.folder_number(folder);
        if let Some(touched) = self.touched.get_mut(number) {
            touched.named.push(order);
            match home {
                Home::Same => {}
                Home::Other => touched.home = home,
            }
        }
    }

    fn sync_folders(&mut self) {
        let mut touched = std::mem::take(&mut self.touched);
        touched.retain(|touched| !touched.named.is_empty());
        let at_home = touched.iter().filter(|touched| touched.home == Home::Same).count();
        let together = (at_home > FEW_FOLDERS).then(|| platform::sync_file_system(self.batch.before.as_fd()));
        let together = together.filter(|synced| {
            !matches!(synced, Err(Errno::NOSYS | Errno::NOTSUP | Errno::INVAL | Errno::PERM))
        });
        for Touched { folder, home, named } in touched {
            let synced = match (together, home) {
                (Some(synced), Home::Same) => synced,
                (Some(_), Home::Other) | (None, _) => folder.sync(),
            };
            let Err(errno) = synced else { continue };
            for order in named {
                if self.results.get(order).is_some_and(|result| matches!(result, Some(Ok(_)))) {
                    self.settle(order, Err(folder.error(errno)));
                }
            }
        }
    }
}

#[cfg(test)]
mod tests;
