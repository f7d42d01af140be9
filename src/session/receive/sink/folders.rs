//! What of a tree has no bytes: folders, made before the first file and finished after the last, and links in between.

use crate::model::{Entry, EntryIndex, EntryKind, Failure, FailureKind, Finding, LocalName};
use crate::session::Action;
use crate::session::Shape;
use crate::session::receive::sink::{Gone, Sink};
use crate::storage::{Intent, Made, Naming, WriteError};

/// Folders that are written down and made together.
const TOGETHER: usize = 10_000;

impl Sink {
    /// Makes the folders that are new, for their owner only. Each is written down before, so that it is known later whose
    /// mode and time it has.
    pub(super) fn make_folders(&mut self) -> Result<(), Gone> {
        self.note_times();
        let mut next = 0;
        loop {
            let (folders, end) = self.next_folders(next, Self::is_made);
            if folders.is_empty() {
                return Ok(());
            }
            next = end;
            if let Err(failure) = self.write_down(&folders) {
                folders.iter().try_for_each(|(entry, _)| self.fail(*entry, &failure))?;
                continue;
            }
            for (entry, offered) in folders {
                let names = self.plan.names(offered.path.components());
                let made = self.place.target.make(&names);
                let made = made.and_then(|made| match made {
                    Made::New => Ok(()),
                    // An earlier try may have finished it, and closed it to us.
                    Made::WasThere => self.place.target.reopen(&names),
                });
                if let Err(error) = made {
                    self.lost.insert(entry);
                    self.fail(entry, &error.failure())?;
                }
            }
        }
    }

    /// Writes down what time the folders have that were there: they have it again in the end. Without it they show when
    /// something was put into them, which is no damage.
    fn note_times(&mut self) {
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
                let names = self.plan.names(offered.path.components());
                if let Ok(Some(modified)) = self.place.target.modified(&names) {
                    times.push((offered.path.joined(), modified));
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
                && let Some(before) = entered.get(&offered.path.joined())
            {
                let names = self.plan.names(offered.path.components());
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
        is_wanted && self.plan.finding(entry) != Finding::Merge
    }

    fn write_down(&self, folders: &[(EntryIndex, Entry)]) -> Result<(), Failure> {
        let paths = folders.iter().map(|(_, offered)| offered.path.joined()).collect();
        // Another name than its own would not be found again.
        let renamed = folders.iter().filter_map(|(_, offered)| {
            let name = self.plan.names(offered.path.components()).pop()?;
            let is_own = name.as_bytes() == offered.path.name();
            let intent = Intent {
                name: name.as_bytes().to_vec(),
                digest: crate::model::Digest::from_bytes([0; 32]),
                kind: Naming::KeepBoth,
            };
            (!is_own).then(|| (offered.path.joined(), intent))
        });
        let renamed: Vec<_> = renamed.collect();
        let journal = &self.place.journal;
        let written = self.runtime.block_on(async {
            journal.will_make(paths).await?;
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
            match self.plan.action(entry) {
                Action::Skip(_) => continue,
                Action::KeepBoth | Action::Replace => {}
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
        let names = self.plan.names(offered.path.components());
        let (journal, runtime, path) = (&self.place.journal, &self.runtime, offered.path.joined());
        let made = self.place.target.make_link(&names, points_to, entry, &mut |intended| {
            let intents = intended.iter().map(|intended| {
                let name = intended.name.as_bytes().to_vec();
                let digest = crate::model::Digest::from_bytes([0; 32]);
                (path.clone(), Intent { name, digest, kind: intended.naming })
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
        folders.retain(|entry| !self.lost.contains(entry));
        for entry in folders.into_iter().rev() {
            if self.plan.finding(entry) == Finding::Merge {
                saved.push((entry, None));
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
        saved.retain(|(entry, _)| self.is_told(*entry));
        self.saved(saved)
    }

    fn finish_folder(&mut self, entry: EntryIndex) -> Result<LocalName, Failure> {
        let offered = self.entries.get(entry).map_err(|error| error.failure())?;
        let offered = offered.ok_or_else(|| Failure::here(FailureKind::Internal))?;
        let mut names = self.plan.names(offered.path.components());
        let finished = self.place.target.finish_folder(&names, offered);
        finished.map_err(|error: WriteError| error.failure())?;
        names.pop().ok_or_else(|| Failure::here(FailureKind::Internal))
    }

    /// Whether the sender waits for word of a folder: not of one that was skipped with the decision.
    fn is_told(&self, entry: EntryIndex) -> bool {
        match self.plan.action(entry) {
            Action::KeepBoth | Action::Replace => true,
            Action::Skip(_) => false,
        }
    }
}
