//! What is here that a file of the offer may be the same as, tried one after the other until one is.

use std::fs::File;
use std::sync::atomic::AtomicBool;

use sha2::Digest as _;

use crate::model::{Digest, Entry, EntryIndex, Finding, LocalName, size};
use crate::session::plan::names;
use crate::session::receive::ahead::Sealed;
use crate::session::receive::compare::{Asker, Compared};
use crate::session::receive::hashing::hash;
use crate::session::receive::look::survey::{Survey, Trouble};
use crate::storage::{Naming, Seal, Staging, Standing, Target, WriteError};
use crate::wire::Beginning;

/// Copies of one name that are looked at: who sends the same again makes none, so more of them are somebody else's.
const MOST_NUMBERS: u32 = 64;

/// Where an entry would go, and what stands there, where that is known from this moment.
pub(super) type Known = Option<(Vec<LocalName>, Standing)>;

/// What an entry may be the same as, in the order in which it is tried.
#[derive(Clone, Debug)]
pub(super) enum Candidate {
    /// What was saved under another name before the interruption.
    SavedAs(LocalName),
    /// What stands under its own name.
    Own,
    /// What got a number because its own name is taken, in a transfer that is over.
    Numbered(LocalName),
    /// The part of it, as long as it is.
    Part,
    /// The part of it, as long as it was when it was last known to be on the disk.
    Durable,
}

/// How a candidate is opened.
enum Opening {
    /// It is: a part.
    Done(File),
    /// All of a file, when it is its turn, under these names; with its hash if it was hashed ahead.
    Later(Vec<LocalName>, Option<Sealed>),
}

/// The candidates by their ranks, in the order in which they are tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Rank {
    SavedAs,
    Own,
    Numbered,
    Part,
    Durable,
}

impl Rank {
    const ALL: [Self; 5] = [Self::SavedAs, Self::Own, Self::Numbered, Self::Part, Self::Durable];
}

impl Candidate {
    pub(super) fn rank(&self) -> Rank {
        match self {
            Self::SavedAs(_) => Rank::SavedAs,
            Self::Own => Rank::Own,
            Self::Numbered(_) => Rank::Numbered,
            Self::Part => Rank::Part,
            Self::Durable => Rank::Durable,
        }
    }
}

impl Survey {
    /// The candidate of a rank for this file, if it has one. Looked for when it is its turn: nearly all files are the same as
    /// what stands under their own name.
    fn candidate(
        &mut self,
        rank: Rank,
        index: EntryIndex,
        entry: &Entry,
    ) -> Result<Option<Candidate>, WriteError> {
        Ok(match rank {
            Rank::SavedAs => {
                let intent = self.past.intent(&entry.path);
                let intent = intent.filter(|intent| intent.kind == Naming::KeepBoth);
                intent.map(|intent| Candidate::SavedAs(LocalName::of(&intent.name)))
            }
            Rank::Own => Some(Candidate::Own),
            Rank::Numbered => {
                let is_taken = self.found.findings.get(size::to_len(index)) == Some(&Finding::Differs);
                let same_size = |there: &Standing| *there == Standing::File { size: entry.size };
                let name = if is_taken { self.numbered(entry, same_size)? } else { None };
                name.map(Candidate::Numbered)
            }
            Rank::Part => Some(Candidate::Part),
            Rank::Durable => Some(Candidate::Durable),
        })
    }

    /// The first of `name (1)`, `name (2)`… under which such a thing stands; as far as they are taken, for what is beyond that
    /// is nobody's copy.
    pub(super) fn numbered(
        &mut self,
        entry: &Entry,
        is_such: impl Fn(&Standing) -> bool,
    ) -> Result<Option<LocalName>, WriteError> {
        let own = LocalName::of(entry.path.name());
        for number in 1..=MOST_NUMBERS {
            let name = own.numbered(number);
            let names = self.beside(entry, &name);
            match self.standing(&names)? {
                Standing::Nothing | Standing::Blocked => break,
                there if is_such(&there) => return Ok(Some(name)),
                _ => {}
            }
        }
        Ok(None)
    }

    /// Asks about the first candidate that is there, behind what was `tried` already. What stands under its own name is
    /// given where that is `known` from this moment.
    pub(super) fn try_first(
        &mut self,
        index: EntryIndex,
        entry: &Entry,
        (tried, mut known): (Option<Rank>, Known),
        asker: &mut Asker,
    ) -> Result<(), Trouble> {
        for rank in Rank::ALL.into_iter().filter(|rank| Some(*rank) > tried) {
            let Some(candidate) = self.candidate(rank, index, entry)? else { continue };
            let Some((length, opening)) = self.there(index, entry, &candidate, &mut known)? else { continue };
            if !self.questions.may_ask(index) {
                break; // what nobody compared is not the same
            }
            self.asked.insert(index, candidate);
            let question = Beginning { entry: index, length };
            let hash = move |target: &mut Target, buffer: &mut Vec<u8>, stop: &AtomicBool| {
                match opening {
                    Opening::Done(file) => hash(file, length, buffer, stop),
                    Opening::Later(names, ahead) => {
                        // What went away, cannot be read or has another size by now is not the same.
                        let file = target.read_file(&names).ok()?;
                        let (seal, _) = Seal::of(&file).ok().filter(|(_, size)| *size == length)?;
                        match ahead {
                            Some((sealed, hasher)) if sealed == seal => Some(hasher),
                            Some(_) | None => hash(file, length, buffer, stop),
                        }
                    }
                }
            };
            asker.ask(question, Box::new(hash), &mut self.target)?;
            return Ok(());
        }
        // Of another version, or not the beginning of what it is now.
        let was_part = |staging: &Staging| {
            staging.has_other_version(entry) || (tried >= Some(Rank::Part) && staging.has(entry).is_some())
        };
        if self.staging.as_ref().is_some_and(was_part) {
            tracing::info!(entry = index, "a file changed since it was interrupted: it starts again");
            self.found.restarted.insert(index);
        }
        Ok(())
    }

    /// What is there of a candidate, and how much of it may be the same.
    fn there(
        &mut self,
        index: EntryIndex,
        entry: &Entry,
        candidate: &Candidate,
        known: &mut Known,
    ) -> Result<Option<(u64, Opening)>, WriteError> {
        let (names, standing) = match candidate {
            Candidate::Part | Candidate::Durable => {
                let part = self.open_part(index, entry, candidate);
                return Ok(part.map(|(length, file)| (length, Opening::Done(file))));
            }
            Candidate::Own => match known.take() {
                Some(known) => known,
                None => self.look_at(names(entry.path.joined(), &self.found.renamed))?,
            },
            Candidate::SavedAs(name) | Candidate::Numbered(name) => self.look_at(self.beside(entry, name))?,
        };
        let is_same_size = standing == Standing::File { size: entry.size };
        // Whatever happened meanwhile: the seal says whether it is still that file, in that state.
        let ahead = if let Candidate::Own = candidate { self.ahead.remove(&index) } else { None };
        Ok(is_same_size.then(|| (entry.size, Opening::Later(names, ahead))))
    }

    fn look_at(&mut self, names: Vec<LocalName>) -> Result<(Vec<LocalName>, Standing), WriteError> {
        let standing = self.standing(&names)?;
        Ok((names, standing))
    }

    fn open_part(&self, index: EntryIndex, entry: &Entry, candidate: &Candidate) -> Option<(u64, File)> {
        let staging = self.staging.as_ref()?;
        let there = staging.has(entry).filter(|there| (1..=entry.size).contains(there))?;
        let length = match candidate {
            Candidate::Durable => {
                let durable = self.past.durable(&Staging::part_name(entry))?;
                Some(durable).filter(|durable| (1..there).contains(durable))?
            }
            Candidate::SavedAs(_) | Candidate::Own | Candidate::Numbered(_) | Candidate::Part => there,
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
                // Its own name is taken all the same, and may still be wanted.
                Candidate::Numbered(name) => {
                    self.ledger.same_digest(entry, Digest::from_bytes(hasher.finalize().into()));
                    self.found.numbered.insert(entry, name);
                    continue;
                }
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
