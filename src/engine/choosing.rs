//! What a person picked to send: looked at at once, and folders counted afterwards, while the window goes on.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::{Semaphore, oneshot};
use tokio::task::spawn_blocking;
use tokio_util::sync::CancellationToken;

use crate::engine::core::Core;
use crate::engine::{Chosen, Event, Holds};
use crate::model::{Failure, Links, shown_name};
use crate::storage::{RootKind, Roots, measure};

/// Folders that are counted at a time: a disk does not answer more of them any faster.
const COUNTS: usize = 2;

/// Changes what is chosen.
pub(super) struct Choosing {
    core: Arc<Core>,
    turns: Arc<Mutex<Turns>>,
    places: Arc<Semaphore>,
    /// Ends the counting of what is taken out again.
    counts: HashMap<PathBuf, CancellationToken>,
}

impl Choosing {
    /// Nothing is chosen.
    pub(super) fn new(core: &Arc<Core>) -> Self {
        Self {
            core: Arc::clone(core),
            turns: Arc::default(),
            places: Arc::new(Semaphore::new(COUNTS)),
            counts: HashMap::new(),
        }
    }

    /// Adds files and folders.
    pub(super) fn add(&mut self, paths: Vec<PathBuf>) {
        let counts: HashMap<PathBuf, CancellationToken> = paths
            .iter()
            .map(|path| {
                let stop = self.counts.entry(path.clone()).or_insert_with(|| self.core.stop.child_token());
                (path.clone(), stop.clone())
            })
            .collect();
        let (core, turns, places) =
            (Arc::clone(&self.core), Arc::clone(&self.turns), Arc::clone(&self.places));
        let turn = next(&self.turns);
        self.core.spawn(async move {
            let folders = {
                let _turn = turn.begin().await;
                let mut chosen = core.outbox.read(|state| state.chosen.clone());
                // Looking touches disks, which may be slow.
                let looked = spawn_blocking(move || {
                    let mut folders = Vec::new();
                    for path in paths {
                        if !chosen.iter().any(|known| known.path == path) {
                            let found = look_at(&path);
                            folders.extend(matches!(found.holds, Ok(Holds::Counting)).then_some(path));
                            chosen.push(found);
                        }
                    }
                    (chosen, folders)
                });
                let Ok((chosen, folders)) = looked.await else { return };
                core.fact(Event::Chosen(chosen));
                folders
            };
            for folder in folders {
                let Some(stop) = counts.get(&folder).cloned() else { continue };
                let (turns, places) = (Arc::clone(&turns), Arc::clone(&places));
                core.spawn(count(Arc::clone(&core), turns, places, folder, stop));
            }
        });
    }

    /// Takes one out.
    pub(super) fn remove(&mut self, path: PathBuf) {
        if let Some(stop) = self.counts.remove(&path) {
            stop.cancel();
        }
        self.change(move |chosen| chosen.retain(|file| file.path != path));
    }

    /// Takes all out.
    pub(super) fn clear(&mut self) {
        for (_, stop) in self.counts.drain() {
            stop.cancel();
        }
        self.change(Vec::clear);
    }

    fn change(&self, change: impl FnOnce(&mut Vec<Chosen>) + Send + 'static) {
        let (core, turn) = (Arc::clone(&self.core), next(&self.turns));
        self.core.spawn(async move {
            let _turn = turn.begin().await;
            let mut chosen = core.outbox.read(|state| state.chosen.clone());
            change(&mut chosen);
            core.fact(Event::Chosen(chosen));
        });
    }
}

/// Counts what a folder holds, and tells it unless it was taken out meanwhile.
async fn count(
    core: Arc<Core>,
    turns: Arc<Mutex<Turns>>,
    places: Arc<Semaphore>,
    folder: PathBuf,
    stop: CancellationToken,
) {
    let place = tokio::select! {
        place = places.acquire() => place,
        () = stop.cancelled() => return,
    };
    let (path, stopped) = (folder.clone(), stop.clone());
    let measured = spawn_blocking(move || measure(&path, Links::Keep, &|| stopped.is_cancelled()));
    let Ok(measured) = measured.await else { return };
    drop(place);
    let turn = next(&turns);
    let _turn = turn.begin().await;
    if stop.is_cancelled() {
        return;
    }
    let mut chosen = core.outbox.read(|state| state.chosen.clone());
    if let Some(counted) = chosen.iter_mut().find(|known| known.path == folder) {
        counted.holds = measured.map(Holds::Folder).map_err(|error| error.failure());
        core.fact(Event::Chosen(chosen));
    }
}

fn look_at(path: &Path) -> Chosen {
    let found = look(path);
    let name = shown_name(path);
    match found {
        Ok((name, holds)) => Chosen { path: path.to_owned(), name, holds: Ok(holds) },
        Err(failure) => Chosen { path: path.to_owned(), name, holds: Err(failure) },
    }
}

/// The name it is sent under, and what it holds as far as one look tells.
fn look(path: &Path) -> Result<(String, Holds), Failure> {
    let roots = Roots::look(&[path.to_owned()], Links::Keep).map_err(|error| error.failure())?;
    let root = roots.list().first().ok_or_else(|| Failure::here(crate::model::FailureKind::Internal))?;
    match root.kind {
        RootKind::File => {
            let measured = measure(path, Links::Keep, &|| false).map_err(|error| error.failure())?;
            Ok((root.name.to_string(), Holds::File { bytes: measured.bytes }))
        }
        RootKind::Folder => Ok((format!("{}/", root.name), Holds::Counting)),
    }
}

/// Gives out turns in the order they are asked for. A mutex would not do: tasks reach it in any order.
#[derive(Default)]
struct Turns {
    /// Ends with the last turn that was given out.
    last: Option<oneshot::Receiver<()>>,
}

/// A place in the line.
struct Turn {
    before: Option<oneshot::Receiver<()>>,
    /// Dropped at the end of the turn, which the next one notices.
    end: oneshot::Sender<()>,
}

fn next(turns: &Mutex<Turns>) -> Turn {
    let (end, ended) = oneshot::channel();
    let before = turns.lock().unwrap_or_else(PoisonError::into_inner).last.replace(ended);
    Turn { before, end }
}

impl Turn {
    /// Waits until it is our turn, which lasts until what this gives is dropped.
    async fn begin(self) -> oneshot::Sender<()> {
        if let Some(before) = self.before {
            before.await.ok(); // an error: the one before us dropped its end, which is what we wait for
        }
        self.end
    }
}
