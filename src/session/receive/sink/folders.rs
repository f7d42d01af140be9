//! What of a tree has no bytes: folders, made before the first file and finished after the last, and links in between.

use std::collections::HashMap;

use crate::model::{Entry, EntryIndex, EntryKind, Failure, FailureKind, Finding, LocalName};
use crate::session::Action;
use crate::session::Shape;
use crate::session::receive::sink::{Gone, Sink};
use crate::storage::{Finish, Intent, Made, Naming, Standing, WriteError};

/// Folders that are written down and made together.
const TOGETHER: usize = 10_000;

impl Sink {
    /// Makes the folders that are new, for their owner only. Each is written down before, so that it is known later whose
    /// mode and time it has.
    pub(super) fn make_folders(&mut self) -> Result<(), Gone> {
        self.note_times();
        // Those that an earlier session of this transfer made: only they may be opened again.
        let ours = self.runtime.block_on(self.place.journal.made());
        let ours = ours.inspect_err(|error| {
            tracing::warn!(failure = %error.failure(), "folders of before are not known");
        });
        let ours = ours.unwrap_or_default();
        let mut made = Vec::new();
        let mut next = 0;
        loop {
            let (folders, end) = self.next_folders(next, Self::is_made);
            if folders.is_empty() {
                break;
            }
            next = end;
            self.make_some(folders, &ours, &mut made)?;
        }
        // A file is as durable as the folders that it is in.
        if let Err(error) = self.place.target.sync() {
            let failure = error.failure();
            return made.iter().try_for_each(|entry| self.lose(*entry, &failure));
        }
        Ok(())
    }

    fn make_some(
        &mut self,
        mut folders: Vec<(EntryIndex, Entry)>,
        ours: &HashMap<Vec<u8>, Finish>,
        made: &mut Vec<EntryIndex>,
    ) -> Result<(), Gone> {
        // Lost with the folder around it, or made by somebody else since the look: that one is not ours to write down.
        folders.retain(|(entry, offered)| {
            let is_ours = ours.contains_key(offered.path.joined());
            let names = self.plan.names(offered.path.joined());
            if !is_ours && matches!(self.place.target.look(&names), Ok(Standing::Folder)) {
                self.joined.insert(*entry);
            }
            self.ledger.is_open(*entry) && !self.joined.contains(entry)
        });
        if let Err(failure) = self.write_down(&folders) {
            return folders.iter().try_for_each(|(entry, _)| self.lose(*entry, &failure));
        }
        for (entry, offered) in folders {
            self.go_on()?;
            if !self.ledger.is_open(entry) {
                continue;
            }
            let names = self.plan.names(offered.path.joined());
            let done = self.place.target.make(&names).and_then(|done| match done {
                Made::New => Ok(()),
                // An earlier session may have finished it, and closed it to us.
                Made::WasThere if ours.contains_key(offered.path.joined()) => {
                    self.place.target.reopen(&names)
                }
                Made::WasThere => {
                    self.joined.insert(entry);
                    Ok(())
                }
            });
            match done {
                Ok(()) => made.push(entry),
                Err(error) => self.lose(entry, &error.failure())?,
            }
        }
        Ok(())
    }

    /// A folder cannot be made: nothing that should be in it can arrive, and its sender need not send it.
    fn lose(&mut self, folder: EntryIndex, failure: &Failure) -> Result<(), Gone> {
        let end = self.plan.manifest().end_of(folder, folder + 1);
        for entry in folder..end {
            match self.plan.action(entry) {
                Action::KeepBoth | Action::Replace => self.fail(entry, failure)?,
                Action::Skip(_) => {}
            }
        }
        Ok(())
    }

    /// Writes down what time the folders have that were there: they have it again in the end. Without it they show when
    /// something was put into them, which is no damage.
    fn note_times(&mut self) {
        if !self.plan.changes_anything() {
            return; // nothing is put into any of them
        }
        let mut next = 0;
        loop {
            let (folders, end) =
                self.next_folders(next, |sink, entry| sink.plan.finding(entry) == Finding::Merge);
            if folders.is_empty() {
                return;
            }
            next = end;
            let mut times = Vec::with_capacity(folders.len());
            for (_, offered) in folders {
                let names = self.plan.names(offered.path.joined());
                if let Ok(Some(modified)) = self.place.target.modified(&names) {
                    times.push((offered.path.joined().to_vec(), modified));
                }
            }
            if let Err(error) = self.runtime.block_on(self.place.journal.will_enter(times)) {
                tracing::warn!(failure = %error.failure(), "the times of folders are not written down");
            }
        }
    }

    /// Gives the folders that were there the times back that they had.
    fn give_times_back(&mut self) {
        let entered = self.runtime.block_on(self.place.journal.entered());
        let entered = entered.inspect_err(|error| {
            tracing::warn!(failure = %error.failure(), "the times that folders had are not known");
        });
        let entered = entered.unwrap_or_default();
        let mut next = 0;
        while !entered.is_empty()
            && let Some(entry) = self.plan.manifest().next_of(Shape::Folder, next)
        {
            next = entry + 1;
            if self.plan.finding(entry) == Finding::Merge
                && let Ok(Some(offered)) = self.entries.get(entry)
                && let Some(before) = entered.get(offered.path.joined())
            {
                let names = self.plan.names(offered.path.joined());
                if let Err(error) = self.place.target.give_time_back(&names, *before) {
                    tracing::warn!(failure = %error.failure(), "a folder shows when something was put into it");
                }
            }
        }
    }

    /// The next folders of a kind, and where to look for more.
    fn next_folders(
        &mut self,
        from: EntryIndex,
        is_one: impl Fn(&Self, EntryIndex) -> bool,
    ) -> (Vec<(EntryIndex, Entry)>, EntryIndex) {
        let (mut folders, mut next) = (Vec::new(), from);
        while folders.len() < TOGETHER
            && let Some(entry) = self.plan.manifest().next_of(Shape::Folder, next)
        {
            next = entry + 1;
            if is_one(self, entry)
                && let Ok(Some(offered)) = self.entries.get(entry)
            {
                folders.push((entry, offered.clone()));
            }
        }
        (folders, next)
    }

    /// Whether a folder is this transfer's: one that was there is not.
    fn is_made(&self, entry: EntryIndex) -> bool {
        let is_wanted = match self.plan.action(entry) {
            Action::KeepBoth | Action::Replace => true,
            Action::Skip(_) => false,
        };
        is_wanted && self.plan.finding(entry) != Finding::Merge && !self.joined.contains(&entry)
    }

    fn write_down(&self, folders: &[(EntryIndex, Entry)]) -> Result<(), Failure> {
        let made =
            folders.iter().map(|(_, offered)| (offered.path.joined().to_vec(), offered.into())).collect();
        // Another name than its own would not be found again.
        let renamed = folders.iter().filter_map(|(_, offered)| {
            let name = self.plan.names(offered.path.joined()).pop()?;
            let is_own = name.as_bytes() == offered.path.name();
            let intent = Intent { name: name.as_bytes().to_vec(), kind: Naming::KeepBoth };
            (!is_own).then(|| (offered.path.joined().to_vec(), intent))
        });
        let renamed: Vec<_> = renamed.collect();
        let journal = &self.place.journal;
        let written = self.runtime.block_on(async {
            journal.will_make(made).await?;
            if renamed.is_empty() { Ok(()) } else { journal.intend(renamed).await }
        });
        written.map_err(|error| error.failure())
    }

    /// Makes the links: last, so that nothing that comes is written through one.
    pub(super) fn make_links(&mut self) -> Result<(), Gone> {
        let mut saved = Vec::new();
        let mut next = 0;
        while let Some(entry) = self.plan.manifest().next_of(Shape::Link, next) {
            next = entry + 1;
            self.go_on()?;
            match self.plan.action(entry) {
                Action::KeepBoth | Action::Replace if self.ledger.is_open(entry) => {}
                // Not wanted, or lost with its folder.
                Action::KeepBoth | Action::Replace | Action::Skip(_) => continue,
            }
            match self.make_link(entry) {
                Ok(name) => saved.push((entry, self.name_if_other(entry, name))),
                Err(failure) => self.fail(entry, &failure)?,
            }
        }
        if let Err(error) = self.place.target.sync() {
            let failure = error.failure();
            return saved.iter().try_for_each(|(entry, _)| self.fail(*entry, &failure));
        }
        self.saved(saved)
    }

    fn make_link(&mut self, entry: EntryIndex) -> Result<LocalName, Failure> {
        let offered = self.entries.get(entry).map_err(|error| error.failure())?;
        let internal = || Failure::here(FailureKind::Internal);
        let offered = offered.ok_or_else(internal)?;
        let EntryKind::Link(points_to) = &offered.kind else { return Err(internal()) };
        let names = self.plan.names(offered.path.joined());
        let (journal, runtime, path) = (&self.place.journal, &self.runtime, offered.path.joined());
        let made =
            self.place.target.make_link(&names, (points_to, offered.modified), entry, &mut |intended| {
                let intents = intended.iter().map(|intended| {
                    let name = intended.name.as_bytes().to_vec();
                    (path.to_vec(), Intent { name, kind: intended.naming })
                });
                runtime.block_on(journal.intend(intents.collect())).map_err(|error| error.failure())
            });
        made.map_err(|error| error.failure())
    }

    /// Gives the folders that this transfer made their modes and times, what is in a folder before the folder itself.
    pub(super) fn finish_folders(&mut self) -> Result<(), Gone> {
        let mut folders = Vec::new();
        let mut next = 0;
        while let Some(entry) = self.plan.manifest().next_of(Shape::Folder, next) {
            next = entry + 1;
            folders.push(entry);
        }
        let mut saved = Vec::new();
        folders.retain(|entry| self.ledger.is_open(*entry));
        for entry in folders.into_iter().rev() {
            self.go_on()?;
            if self.plan.finding(entry) == Finding::Merge {
                saved.push((entry, None));
            } else if self.joined.contains(&entry) {
                let name = self.name_here(entry);
                saved.push((entry, name.and_then(|name| self.name_if_other(entry, name))));
            } else if self.is_made(entry) {
                match self.finish_folder(entry) {
                    Ok(name) => saved.push((entry, self.name_if_other(entry, name))),
                    Err(failure) => self.fail(entry, &failure)?,
                }
            }
        }
        self.give_times_back();
        if let Err(error) = self.place.target.sync() {
            let failure = error.failure();
            return saved.iter().try_for_each(|(entry, _)| self.fail(*entry, &failure));
        }
        self.saved(saved)
    }

    /// The name of an entry on this disk, as far as it is planned.
    fn name_here(&mut self, entry: EntryIndex) -> Option<LocalName> {
        let offered = self.entries.get(entry).ok().flatten()?;
        self.plan.names(offered.path.joined()).pop()
    }

    fn finish_folder(&mut self, entry: EntryIndex) -> Result<LocalName, Failure> {
        let offered = self.entries.get(entry).map_err(|error| error.failure())?;
        let offered = offered.ok_or_else(|| Failure::here(FailureKind::Internal))?;
        let mut names = self.plan.names(offered.path.joined());
        let finished = self.place.target.finish_folder(&names, offered.into());
        finished.map_err(|error: WriteError| error.failure())?;
        names.pop().ok_or_else(|| Failure::here(FailureKind::Internal))
    }
}
