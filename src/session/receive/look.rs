//! The receiver looks at its folder before anybody decides: what of an offer is there already, whole or in part.

use std::collections::HashMap;
use std::fs::File;
use std::io::Read as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use sha2::{Digest as _, Sha256};

use crate::model::{
    DeviceId, Digest, Entry, EntryIndex, EntryKind, Finding, Leftover, LocalName, Side, TransferId, size,
};
use crate::session::plan::{Found, add_name, names};
use crate::session::receive::compare::{Asker, Compared, Comparison, Stopped, compare};
use crate::session::receive::past::Past;
use crate::session::{Choices, Cursor, Halt, Ledger, Link, Manifest, Plan, SessionError, Shape};
use crate::storage::{Folder, Naming, Staging, Standing, Target, WriteError};
use crate::wire::Beginning;

/// One read while hashing what is here.
const PIECE: usize = 256 * 1024;

/// Where an offer would go, and what is known of an earlier try.
#[derive(Debug)]
pub struct Look {
    /// The target folder.
    pub folder: Folder,
    /// Who sends.
    pub sender: DeviceId,
    /// What it calls the transfer.
    pub transfer: TransferId,
    /// What was written down before an interruption.
    pub past: Past,
    /// What was decided about it, or is by default.
    pub choices: Choices,
    /// Where digests of what is there already are written down.
    pub ledger: Arc<Ledger>,
}

/// What the look came to.
#[derive(Debug)]
pub enum Looked {
    /// The plan, the digest of all names in it, and the staging folder of an earlier try, held.
    Plan(Box<Plan>, Digest, Option<Staging>),
    /// The folder cannot be used.
    Unusable(WriteError),
    /// A person stopped it.
    Cancelled(Side, Leftover),
}

/// Looks at the folder, and asks the sender for digests where that decides. Errors: [`SessionError`].
pub async fn look(
    link: &mut Link,
    manifest: &Arc<Manifest>,
    look: Look,
    cancel: &Halt,
) -> Result<Looked, SessionError> {
    let choices = look.choices.clone();
    let mut survey = Survey::new(Arc::clone(manifest), look);
    let work = move |mut asker: Asker| survey.run(&mut asker).map(|()| survey);
    let survey = match compare(link, cancel, work).await? {
        Comparison::Cancelled(side, leftover) => return Ok(Looked::Cancelled(side, leftover)),
        Comparison::Done(Err(Trouble::Disk(error))) => return Ok(Looked::Unusable(error)),
        Comparison::Done(Err(Trouble::Session(error))) => return Err(error),
        Comparison::Done(Ok(survey)) => survey,
    };
    let free = match survey.target.root().room() {
        Ok(free) => free,
        Err(error) => return Ok(Looked::Unusable(error)),
    };
    let Survey { manifest, found, staging, names, .. } = survey;
    let digest = Digest::from_bytes(names.finalize().into());
    let plan = Plan::new(manifest, found, &choices, free);
    Ok(Looked::Plan(Box::new(plan), digest, staging))
}

/// What an entry may be the same as, in the order in which it is tried.
#[derive(Clone, Debug)]
enum Candidate {
    /// What was saved under another name before the interruption.
    SavedAs(LocalName),
    /// What stands under its own name.
    Own,
    /// The part of it, as long as it is.
    Part,
    /// The part of it, as long as it was when it was last known to be on the disk.
    Durable,
}

enum Trouble {
    Disk(WriteError),
    Session(SessionError),
}

impl From<WriteError> for Trouble {
    fn from(error: WriteError) -> Self {
        Self::Disk(error)
    }
}

impl From<Stopped> for Trouble {
    fn from(_: Stopped) -> Self {
        Self::Session(SessionError::Internal("the look at the folder"))
    }
}

/// The look, as far as it is.
struct Survey {
    manifest: Arc<Manifest>,
    target: Target,
    key: (DeviceId, TransferId),
    staging: Option<Staging>,
    past: Past,
    found: Found,
    ledger: Arc<Ledger>,
    names: Sha256,
    /// What was asked, until it is compared.
    asked: HashMap<EntryIndex, Candidate>,
    /// Entries that were not the same as one candidate, which was the last one tried.
    again: Vec<(EntryIndex, Candidate)>,
}

impl Survey {
    fn new(manifest: Arc<Manifest>, look: Look) -> Self {
        let Look { folder, sender, transfer, past, choices: _, ledger } = look;
        Self {
            manifest,
            target: Target::new(folder),
            key: (sender, transfer),
            staging: None,
            past,
            found: Found::default(),
            ledger,
            names: Sha256::new(),
            asked: HashMap::new(),
            again: Vec::new(),
        }
    }

    /// Looks at all entries, and at what is left to try where the first look did not settle it. Blocks.
    fn run(&mut self, asker: &mut Asker) -> Result<(), Trouble> {
        self.staging = Staging::find(self.target.root(), &self.key.0, &self.key.1)?;
        if let Some(staging) = &self.staging {
            self.past.put_back(&mut self.target, staging)?;
        }
        let mut cursor = Cursor::new(Arc::clone(&self.manifest));
        for index in 0..self.manifest.len() {
            if asker.is_stopped() {
                return Err(Stopped.into());
            }
            if let Some(entry) = get(&mut cursor, index)? {
                self.survey(index, &entry, asker)?;
            }
            self.learn(asker.take_compared());
        }
        loop {
            asker.finish()?;
            self.learn(asker.take_compared());
            if self.again.is_empty() {
                return Ok(());
            }
            for (index, tried) in std::mem::take(&mut self.again) {
                if let Some(entry) = get(&mut cursor, index)? {
                    let candidates = self.candidates(&entry, Some(&tried));
                    self.try_first(index, &entry, candidates, asker)?;
                }
            }
        }
    }

    /// Looks at one entry for the first time.
    fn survey(&mut self, index: EntryIndex, entry: &Entry, asker: &mut Asker) -> Result<(), Trouble> {
        let shape = self.manifest.shape(index).unwrap_or(Shape::File);
        add_name(&mut self.names, &entry.path, shape);
        if let Some(choice) = self.past.choice(&entry.path.joined()) {
            self.found.chosen.push((index, choice));
        }
        self.found.sizes.push(entry.size);
        if entry.stored < entry.size {
            self.found.stored.insert(index, entry.stored);
        }
        let names = names(entry.path.components(), &self.found.renamed);
        let standing = self.target.look(&names)?;
        let finding = match (&entry.kind, standing) {
            (_, Standing::Blocked) => Finding::Blocked,
            (EntryKind::Folder, Standing::Folder) => self.folder_there(entry),
            (EntryKind::Folder, Standing::Nothing) => self.folder_missing(entry),
            (EntryKind::Folder, Standing::File { .. } | Standing::Link(_) | Standing::Other) => {
                self.rename_folder(entry, &names)?;
                Finding::Blocked
            }
            (EntryKind::Link(target), standing) => self.link(index, entry, target.as_bytes(), &standing)?,
            (EntryKind::File, standing) => {
                // What it is until the digests say more.
                let finding = match standing {
                    Standing::Nothing => Finding::New,
                    Standing::Blocked => Finding::Blocked,
                    Standing::File { .. } | Standing::Folder | Standing::Link(_) | Standing::Other => {
                        Finding::Differs
                    }
                };
                self.found.findings.push(finding);
                let candidates = self.candidates(entry, None);
                return self.try_first(index, entry, candidates, asker);
            }
        };
        self.found.findings.push(finding);
        Ok(())
    }

    /// A folder that this transfer made before it was interrupted is still its own.
    fn folder_there(&self, entry: &Entry) -> Finding {
        if self.past.has_made(&entry.path.joined()) { Finding::New } else { Finding::Merge }
    }

    /// It may have got another name before the interruption.
    fn folder_missing(&mut self, entry: &Entry) -> Finding {
        let path = entry.path.joined();
        if let Some(intent) = self.past.intent(&path) {
            self.found.renamed.insert(path, LocalName::of(&intent.name));
            return Finding::Blocked;
        }
        Finding::New
    }

    /// Something that is no folder has its name: it gets another, and all that is in it goes there.
    fn rename_folder(&mut self, entry: &Entry, names: &[LocalName]) -> Result<(), WriteError> {
        let path = entry.path.joined();
        let name = match self.past.intent(&path) {
            Some(intent) => LocalName::of(&intent.name),
            None => self.target.free_name(names)?,
        };
        self.found.renamed.insert(path, name);
        Ok(())
    }

    fn link(
        &mut self,
        index: EntryIndex,
        entry: &Entry,
        points_to: &[u8],
        standing: &Standing,
    ) -> Result<Finding, WriteError> {
        let is_same = |standing: &Standing| matches!(standing, Standing::Link(there) if there == points_to);
        if is_same(standing) {
            return Ok(Finding::Identical);
        }
        if let Some(intent) = self.past.intent(&entry.path.joined()) {
            let name = LocalName::of(&intent.name);
            if is_same(&self.target.look(&self.beside(entry, &name))?) {
                self.found.saved_as.insert(index, name);
                return Ok(Finding::Identical);
            }
        }
        Ok(if *standing == Standing::Nothing { Finding::New } else { Finding::Differs })
    }

    /// The place of an entry, under another name.
    fn beside(&self, entry: &Entry, name: &LocalName) -> Vec<LocalName> {
        let mut names = names(entry.path.folder(), &self.found.renamed);
        names.push(name.clone());
        names
    }

    /// What may be the same as this file, best first, behind what was tried already.
    fn candidates(&self, entry: &Entry, tried: Option<&Candidate>) -> Vec<Candidate> {
        let saved_as = self.past.intent(&entry.path.joined());
        let saved_as = saved_as.filter(|intent| intent.kind == Naming::KeepBoth);
        let saved_as = saved_as.map(|intent| Candidate::SavedAs(LocalName::of(&intent.name)));
        let all = saved_as.into_iter().chain([Candidate::Own, Candidate::Part, Candidate::Durable]);
        let rank = |candidate: &Candidate| match candidate {
            Candidate::SavedAs(_) => 0,
            Candidate::Own => 1,
            Candidate::Part => 2,
            Candidate::Durable => 3,
        };
        let first = tried.map_or(0, |tried| rank(tried) + 1);
        all.filter(|candidate| rank(candidate) >= first).collect()
    }

    /// Asks about the first candidate that is there.
    fn try_first(
        &mut self,
        index: EntryIndex,
        entry: &Entry,
        candidates: Vec<Candidate>,
        asker: &mut Asker,
    ) -> Result<(), Trouble> {
        for candidate in candidates {
            let Some((length, file)) = self.open(index, entry, &candidate)? else { continue };
            self.asked.insert(index, candidate);
            let question = Beginning { entry: index, length };
            asker.ask(question, Box::new(move |stop| hash(file, length, stop)))?;
            return Ok(());
        }
        if let Some(staging) = &self.staging
            && staging.has_other_version(entry)
        {
            tracing::info!(entry = index, "a file changed since it was interrupted: it starts again");
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
        let standing = match candidate {
            Candidate::SavedAs(name) => self.beside(entry, name),
            Candidate::Own => names(entry.path.components(), &self.found.renamed),
            Candidate::Part | Candidate::Durable => return Ok(self.open_part(index, entry, candidate)),
        };
        if self.target.look(&standing)? != (Standing::File { size: entry.size }) {
            return Ok(None);
        }
        // What went away or cannot be read since then is not the same.
        Ok(self.target.read_file(&standing).ok().map(|file| (entry.size, file)))
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
    fn learn(&mut self, compared: Vec<Compared>) {
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

fn get(cursor: &mut Cursor, index: EntryIndex) -> Result<Option<Entry>, Trouble> {
    let entry = cursor.get(index).map_err(|error| Trouble::Session(error.into()))?;
    Ok(entry.cloned())
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
