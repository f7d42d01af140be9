//! The look at all entries of an offer, one after another: what stands where each would go.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use sha2::{Digest as _, Sha256};
use tokio::runtime::Handle;
use tokio::time::{Instant, sleep_until};

use crate::model::{DeviceId, Digest, Entry, EntryIndex, EntryKind, Finding, LocalName, TransferId};
use crate::session::plan::{Found, add_name, names};
use crate::session::receive::ahead::Sealed;
use crate::session::receive::compare::{Asker, Stopped};
use crate::session::receive::look::Look;
use crate::session::receive::look::candidates::Candidate;
use crate::session::receive::missing::MissingFolder;
use crate::session::receive::offer::Offered;
use crate::session::receive::past::Past;
use crate::session::{Choices, Cursor, Ledger, Manifest, Plan, Questions, SessionError, Shape};
use crate::storage::{Staging, Standing, Target, WriteError};

/// A sender that lost its line comes back while the look of its last session still notices that nobody waits for it: it lets
/// go of the staging folder within a read of the disk. So often it is asked for again …
const TRIES: u32 = 40;
/// … after so long each time.
const BETWEEN: Duration = Duration::from_millis(50);

/// Why a look comes to nothing.
pub(super) enum Trouble {
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
pub(super) struct Survey {
    manifest: Arc<Manifest>,
    pub(super) target: Target,
    key: (DeviceId, TransferId),
    pub(super) staging: Option<Staging>,
    pub(super) past: Past,
    choices: Choices,
    pub(super) found: Found,
    pub(super) ledger: Arc<Ledger>,
    pub(super) questions: Arc<Questions>,
    names: Sha256,
    /// What was hashed while the offer came.
    pub(super) ahead: HashMap<EntryIndex, Sealed>,
    missing: MissingFolder,
    /// What was asked, until it is compared.
    pub(super) asked: HashMap<EntryIndex, Candidate>,
    /// Entries that were not the same as one candidate, which was the last one tried.
    pub(super) again: Vec<(EntryIndex, Candidate)>,
}

impl Survey {
    pub(super) fn new(offered: &Offered, look: Look) -> Self {
        let Look { folder, sender, transfer, past, choices, ledger } = look;
        Self {
            manifest: Arc::clone(&offered.manifest),
            ahead: offered.take_ahead(),
            target: Target::new(folder),
            key: (sender, transfer),
            staging: None,
            past,
            choices,
            found: Found::of(offered.manifest.len()),
            ledger,
            questions: Arc::clone(&offered.questions),
            names: Sha256::new(),
            missing: MissingFolder::default(),
            asked: HashMap::new(),
            again: Vec::new(),
        }
    }

    /// Looks at all entries, and at what is left to try where the first look did not settle it. Gives the plan, the digest of
    /// all names, and the staging folder. Blocks.
    pub(super) fn run(mut self, asker: &mut Asker) -> Result<(Plan, Digest, Option<Staging>), Trouble> {
        self.staging = self.find_staging(asker)?;
        if let Some(staging) = &self.staging {
            self.past.put_back(&mut self.target, staging)?;
        }
        let mut cursor = Cursor::new(Arc::clone(&self.manifest));
        for index in 0..self.manifest.len() {
            if asker.is_stopped() {
                return Err(Stopped.into());
            }
            if let Some(entry) = get(&mut cursor, index)? {
                self.survey(index, entry, asker)?;
            }
            self.learn(asker.take_compared());
        }
        loop {
            asker.finish(&mut self.target)?;
            self.learn(asker.take_compared());
            if self.again.is_empty() {
                break;
            }
            for (index, tried) in std::mem::take(&mut self.again) {
                if let Some(entry) = get(&mut cursor, index)? {
                    self.try_first(index, entry, (Some(tried.rank()), None), asker)?;
                }
            }
        }
        let free = self.room(&mut cursor)?;
        let names = Digest::from_bytes(self.names.finalize().into());
        let plan = Plan::new(self.manifest, self.found, &self.choices, free);
        Ok((plan, names, self.staging))
    }

    fn find_staging(&self, asker: &Asker) -> Result<Option<Staging>, Trouble> {
        let mut tries = 0;
        loop {
            match Staging::find(self.target.root(), &self.key.0, &self.key.1) {
                Err(WriteError::InUse { .. }) if tries < TRIES => tries += 1,
                found => return Ok(found?),
            }
            if asker.is_stopped() {
                return Err(Stopped.into());
            }
            let next = Instant::now() + BETWEEN;
            Handle::current().block_on(sleep_until(next));
        }
    }

    /// Free bytes for what comes: parts that nothing continues from go before the first byte is written.
    fn room(&self, cursor: &mut Cursor) -> Result<u64, Trouble> {
        let free = self.target.root().room()?;
        let Some(staging) = &self.staging else { return Ok(free) };
        let keep = self.found.part_names(cursor).map_err(|error| Trouble::Session(error.into()))?;
        Ok(free.saturating_add(staging.stale(&|name| keep.contains(name))?.bytes))
    }

    /// Looks at one entry for the first time.
    fn survey(&mut self, index: EntryIndex, entry: &Entry, asker: &mut Asker) -> Result<(), Trouble> {
        let shape = self.manifest.shape(index).unwrap_or(Shape::File);
        add_name(&mut self.names, &entry.path, shape);
        if let Some(choice) = self.past.choice(&entry.path) {
            self.found.chosen.push((index, choice));
        }
        self.found.sizes.push(entry.size);
        if entry.stored < entry.size {
            self.found.stored.insert(index, entry.stored);
        }
        let (names, standing) = if self.missing.has(&entry.path) {
            (Vec::new(), Standing::Nothing)
        } else {
            let names = names(entry.path.joined(), &self.found.renamed);
            let standing = self.standing(&names)?;
            (names, standing)
        };
        let finding = match (&entry.kind, standing) {
            (_, Standing::Blocked) => Finding::Blocked,
            (EntryKind::Folder, Standing::Folder) => self.folder_there(entry, &names)?,
            (EntryKind::Folder, Standing::Nothing) => self.folder_missing(entry)?,
            (EntryKind::Folder, Standing::File { .. } | Standing::Link(_) | Standing::Other) => {
                self.rename_folder(entry, &names)?
            }
            (EntryKind::Link(target), standing) => self.link(index, entry, target.as_bytes(), &standing)?,
            (EntryKind::File, standing) => {
                // What it is until the digests say more.
                let finding = match &standing {
                    Standing::Nothing => Finding::New,
                    Standing::Blocked => Finding::Blocked,
                    Standing::File { .. } => Finding::Differs,
                    Standing::Folder | Standing::Link(_) | Standing::Other => {
                        self.found.irreplaceable.insert(index);
                        Finding::Differs
                    }
                };
                self.found.findings.push(finding);
                return self.try_first(index, entry, (None, Some((names, standing))), asker);
            }
        };
        self.found.findings.push(finding);
        Ok(())
    }

    /// What stands somewhere. Where nobody may look nothing can be put, and the rest of the offer is no worse for it.
    pub(super) fn standing(&mut self, names: &[LocalName]) -> Result<Standing, WriteError> {
        match self.target.look(names) {
            Err(WriteError::FolderForbidden { .. }) if names.len() > 1 => Ok(Standing::Blocked),
            standing => standing,
        }
    }

    /// A folder that this transfer made before it was interrupted is still its own, also where it was closed at its end. One
    /// of somebody else's that nobody may look into is none: what comes gets another.
    fn folder_there(&mut self, entry: &Entry, names: &[LocalName]) -> Result<Finding, WriteError> {
        let is_ours = self.past.has_made(&entry.path);
        if is_ours && self.open_up(names) {
            return Ok(Finding::New);
        }
        if self.target.may_enter(names)? { Ok(Finding::Merge) } else { self.rename_folder(entry, names) }
    }

    /// Opens a folder of ours to us. Gives whether something can be put into it.
    fn open_up(&mut self, names: &[LocalName]) -> bool {
        let may_enter = |target: &mut Target| target.may_enter(names).unwrap_or(false);
        may_enter(&mut self.target) || (self.target.reopen(names).is_ok() && may_enter(&mut self.target))
    }

    /// It may have got another name before the interruption.
    fn folder_missing(&mut self, entry: &Entry) -> Result<Finding, WriteError> {
        let Some(intent) = self.past.intent(&entry.path) else {
            self.missing.note(&entry.path);
            return Ok(Finding::New);
        };
        let name = LocalName::of(&intent.name);
        self.renamed(entry, name)
    }

    /// Something that is no folder has its name: it gets another, and all that is in it goes there. That is the same one each
    /// time, for a folder that is there is merged into.
    fn rename_folder(&mut self, entry: &Entry, names: &[LocalName]) -> Result<Finding, WriteError> {
        let name = match self.past.intent(&entry.path) {
            Some(intent) => LocalName::of(&intent.name),
            None => match self.numbered(entry, |there| *there == Standing::Folder)? {
                Some(name) if self.may_enter_beside(entry, &name)? => name,
                Some(_) | None => self.target.free_name(names)?,
            },
        };
        self.renamed(entry, name)
    }

    fn may_enter_beside(&mut self, entry: &Entry, name: &LocalName) -> Result<bool, WriteError> {
        let names = self.beside(entry, name);
        self.target.may_enter(&names)
    }

    /// It has this name here, and may be there already.
    fn renamed(&mut self, entry: &Entry, name: LocalName) -> Result<Finding, WriteError> {
        let names = self.beside(entry, &name);
        let is_there = self.past.has_made(&entry.path) && self.standing(&names)? == Standing::Folder;
        self.found.renamed.insert(entry.path.joined().to_vec(), name);
        if is_there {
            self.open_up(&names);
        }
        Ok(Finding::Blocked)
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
        if let Some(intent) = self.past.intent(&entry.path) {
            let name = LocalName::of(&intent.name);
            let names = self.beside(entry, &name);
            if is_same(&self.standing(&names)?) {
                self.found.saved_as.insert(index, name);
                return Ok(Finding::Identical);
            }
        }
        // Nothing is ever replaced by a link.
        self.found.irreplaceable.insert(index);
        if *standing == Standing::Nothing {
            return Ok(Finding::New);
        }
        if let Some(name) = self.numbered(entry, is_same)? {
            self.found.numbered.insert(index, name);
        }
        Ok(Finding::Differs)
    }

    /// The place of an entry, under another name.
    pub(super) fn beside(&self, entry: &Entry, name: &LocalName) -> Vec<LocalName> {
        let mut names = names(entry.path.folder(), &self.found.renamed);
        names.push(name.clone());
        names
    }
}

fn get(cursor: &mut Cursor, index: EntryIndex) -> Result<Option<&Entry>, Trouble> {
    cursor.get(index).map_err(|error| Trouble::Session(error.into()))
}
