//! What is here that a file of the offer may be the same as, tried one after the other until one is.

use std::fs::File;
use std::io::Read as _;
use std::sync::atomic::{AtomicBool, Ordering};

use sha2::{Digest as _, Sha256};

use crate::model::{Digest, Entry, EntryIndex, Finding, LocalName, size};
use crate::session::plan::names;
use crate::session::receive::compare::{Asker, Compared};
use crate::session::receive::look::survey::{Survey, Trouble};
use crate::storage::{Naming, Staging, Standing, WriteError};
use crate::wire::Beginning;

/// One read while hashing what is here.
const PIECE: usize = 256 * 1024;

/// What an entry may be the same as, in the order in which it is tried.
#[derive(Clone, Debug)]
pub(super) enum Candidate {
    /// What was saved under another name before the interruption.
    SavedAs(LocalName),
    /// What stands under its own name.
    Own,
    /// The part of it, as long as it is.
    Part,
    /// The part of it, as long as it was when it was last known to be on the disk.
    Durable,
}

impl Candidate {
    fn rank(&self) -> u8 {
        match self {
            Self::SavedAs(_) => 0,
            Self::Own => 1,
            Self::Part => 2,
            Self::Durable => 3,
        }
    }
}

impl Survey {
    /// What may be the same as this file, best first, behind what was tried already.
    pub(super) fn candidates(&self, entry: &Entry, tried: Option<&Candidate>) -> Vec<Candidate> {
        let saved_as = self.past.intent(&entry.path.joined());
        let saved_as = saved_as.filter(|intent| intent.kind == Naming::KeepBoth);
        let saved_as = saved_as.map(|intent| Candidate::SavedAs(LocalName::of(&intent.name)));
        let all = saved_as.into_iter().chain([Candidate::Own, Candidate::Part, Candidate::Durable]);
        let first = tried.map_or(0, |tried| tried.rank() + 1);
        all.filter(|candidate| candidate.rank() >= first).collect()
    }

    /// Asks about the first candidate that is there.
    pub(super) fn try_first(
        &mut self,
        index: EntryIndex,
        entry: &Entry,
        candidates: Vec<Candidate>,
        asker: &mut Asker,
    ) -> Result<(), Trouble> {
        let tried = candidates.first().map_or(Candidate::Durable.rank() + 1, Candidate::rank);
        for candidate in candidates {
            let Some((length, file)) = self.open(index, entry, &candidate)? else { continue };
            if !self.questions.may_ask(index) {
                break; // what nobody compared is not the same
            }
            self.asked.insert(index, candidate);
            let question = Beginning { entry: index, length };
            asker.ask(question, Box::new(move |stop| hash(file, length, stop)))?;
            return Ok(());
        }
        // Of another version, or not the beginning of what it is now.
        let was_part = |staging: &Staging| {
            staging.has_other_version(entry)
                || (tried > Candidate::Part.rank() && staging.has(entry).is_some())
        };
        if self.staging.as_ref().is_some_and(was_part) {
            tracing::info!(entry = index, "a file changed since it was interrupted: it starts again");
            self.found.restarted.insert(index);
        }
        Ok(())
    }

    /// What is there of a candidate, and how much of it may be the same.
    fn open(
        &mut self,
        index: EntryIndex,
        entry: &Entry,
        candidate: &Candidate,
    ) -> Result<Option<(u64, File)>, WriteError> {
        let names = match candidate {
            Candidate::SavedAs(name) => self.beside(entry, name),
            Candidate::Own => names(entry.path.components(), &self.found.renamed),
            Candidate::Part | Candidate::Durable => return Ok(self.open_part(index, entry, candidate)),
        };
        if self.standing(&names)? != (Standing::File { size: entry.size }) {
            return Ok(None);
        }
        // What went away or cannot be read since then is not the same.
        Ok(self.target.read_file(&names).ok().map(|file| (entry.size, file)))
    }

    fn open_part(&self, index: EntryIndex, entry: &Entry, candidate: &Candidate) -> Option<(u64, File)> {
        let staging = self.staging.as_ref()?;
        let there = staging.has(entry).filter(|there| (1..=entry.size).contains(there))?;
        let length = match candidate {
            Candidate::Durable => {
                let durable = self.past.durable(&Staging::part_name(entry))?;
                Some(durable).filter(|durable| (1..there).contains(durable))?
            }
            Candidate::SavedAs(_) | Candidate::Own | Candidate::Part => there,
        };
        Some((length, staging.read_part(index, entry).ok()?))
    }

    /// Takes in what was compared.
    pub(super) fn learn(&mut self, compared: Vec<Compared>) {
        for Compared { entry, length, same } in compared {
            let Some(candidate) = self.asked.remove(&entry) else { continue };
            let Some(hasher) = same else {
                self.again.push((entry, candidate));
                continue;
            };
            let finding = match candidate {
                Candidate::SavedAs(name) => {
                    self.found.saved_as.insert(entry, name);
                    Finding::Identical
                }
                Candidate::Own => Finding::Identical,
                Candidate::Part | Candidate::Durable => Finding::Continues,
            };
            match finding {
                Finding::Identical => {
                    self.ledger.same_digest(entry, Digest::from_bytes(hasher.finalize().into()));
                }
                Finding::Continues => drop(self.found.beginnings.insert(entry, (length, hasher))),
                Finding::New | Finding::Merge | Finding::Differs | Finding::Blocked => {}
            }
            if let Some(place) = self.found.findings.get_mut(size::to_len(entry)) {
                if (*place, finding) == (Finding::Differs, Finding::Continues) {
                    self.found.obstructed.insert(entry);
                }
                *place = finding;
            }
        }
    }
}

/// Hashes the first bytes of a file here. `None` if it cannot be read so far, or it was stopped.
fn hash(mut file: File, length: u64, stop: &AtomicBool) -> Option<Sha256> {
    let mut hasher = Sha256::new();
    let mut buffer = vec![0; size::at_most(length, PIECE)];
    let mut left = length;
    while left > 0 {
        if stop.load(Ordering::Acquire) {
            return None;
        }
        let room = size::at_most(left, buffer.len());
        let count = file.read(buffer.get_mut(..room)?).ok().filter(|count| *count > 0)?;
        hasher.update(buffer.get(..count)?);
        left -= size::from_len(count);
    }
    Some(hasher)
}
