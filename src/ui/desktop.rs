//! What the window asks of the desktop: file dialogs, the clipboard's files, the file manager. All of these may take as
//! long as they like, so each runs on a thread of its own and its answer comes over a channel.

use std::path::PathBuf;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use eframe::egui::Context;
use rfd::AsyncFileDialog;
use tracing::warn;

use crate::ui::act::FolderFor;
use crate::ui::pasted::paths_in;

/// Answers that wait to be looked at. Dialogs and pastes are a person's pace; more than a handful cannot be open.
const ANSWERS: usize = 16;

/// Nobody sees a dialog and closes it within this time.
const QUICKEST_PERSON: Duration = Duration::from_millis(200);

/// What came back from the desktop.
#[derive(Debug)]
pub(super) enum Reply {
    /// Files and folders a person picked or pasted.
    Files(Vec<PathBuf>),
    /// A folder a person picked.
    Folder(FolderFor, PathBuf),
    /// There are no files in the clipboard.
    NothingToPaste,
    /// The file manager would not open.
    NotOpened,
    /// A dialog was closed without an answer.
    Dismissed,
    /// The desktop has no dialog.
    NoDialog,
}

/// The way to the desktop.
pub(super) struct Desktop {
    ctx: Context,
    replies_tx: SyncSender<Reply>,
    replies_rx: Receiver<Reply>,
    /// The dialog that is open: one at a time.
    dialog: Option<JoinHandle<()>>,
}

impl Desktop {
    /// Wakes `ctx` for every answer.
    pub(super) fn new(ctx: Context) -> Self {
        let (replies_tx, replies_rx) = sync_channel(ANSWERS);
        Self { ctx, replies_tx, replies_rx, dialog: None }
    }

    /// The next answer, if there is one.
    pub(super) fn reply(&mut self) -> Option<Reply> {
        self.replies_rx.try_recv().ok()
    }

    /// Has a person choose files.
    pub(super) fn pick_files(&mut self, title: &str, parent: &eframe::Frame) {
        if self.is_asking() {
            return;
        }
        let picked = AsyncFileDialog::new().set_title(title).set_parent(parent).pick_files();
        self.dialog = self.run("sampan-files", move || {
            let asked = Instant::now();
            match pollster::block_on(picked) {
                Some(files) => Reply::Files(files.iter().map(|file| file.path().to_owned()).collect()),
                None => unanswered(asked),
            }
        });
    }

    /// Has a person choose folders to send.
    pub(super) fn pick_folders(&mut self, title: &str, parent: &eframe::Frame) {
        if self.is_asking() {
            return;
        }
        let picked = AsyncFileDialog::new().set_title(title).set_parent(parent).pick_folders();
        self.dialog = self.run("sampan-folders", move || {
            let asked = Instant::now();
            match pollster::block_on(picked) {
                Some(folders) => {
                    Reply::Files(folders.iter().map(|folder| folder.path().to_owned()).collect())
                }
                None => unanswered(asked),
            }
        });
    }

    /// Has a person choose a folder.
    pub(super) fn pick_folder(
        &mut self,
        title: &str,
        what_for: FolderFor,
        start: PathBuf,
        parent: &eframe::Frame,
    ) {
        if self.is_asking() {
            return;
        }
        let dialog = AsyncFileDialog::new().set_title(title).set_parent(parent).set_directory(start);
        let picked = dialog.set_can_create_directories(true).pick_folder();
        self.dialog = self.run("sampan-folder", move || {
            let asked = Instant::now();
            match pollster::block_on(picked) {
                Some(folder) => Reply::Folder(what_for, folder.path().to_owned()),
                None => unanswered(asked),
            }
        });
    }

    /// Looks for files in the clipboard. The program that owns it may be slow to answer.
    pub(super) fn paste(&self) {
        self.run("sampan-paste", || {
            let files = files_in_clipboard();
            if files.is_empty() { Reply::NothingToPaste } else { Reply::Files(files) }
        });
    }

    /// Shows a folder in the system's file manager.
    pub(super) fn open(&self, folder: PathBuf) {
        self.run("sampan-open", move || match opener::open(&folder) {
            Ok(()) => Reply::Dismissed,
            Err(error) => {
                warn!(%error, "the file manager did not open");
                Reply::NotOpened
            }
        });
    }

    fn is_asking(&self) -> bool {
        self.dialog.as_ref().is_some_and(|dialog| !dialog.is_finished())
    }

    fn run(&self, name: &str, work: impl FnOnce() -> Reply + Send + 'static) -> Option<JoinHandle<()>> {
        let (ctx, replies_tx) = (self.ctx.clone(), self.replies_tx.clone());
        let thread = std::thread::Builder::new().name(name.to_owned()).spawn(move || {
            replies_tx.send(work()).ok(); // nobody waits for it any more when the window is closed
            ctx.request_repaint();
        });
        thread.inspect_err(|error| warn!(%error, name, "no thread for the desktop")).ok()
    }
}

/// Files as file managers put them there, or else paths in text.
fn files_in_clipboard() -> Vec<PathBuf> {
    let Ok(mut clipboard) = arboard::Clipboard::new() else { return Vec::new() };
    match clipboard.get().file_list() {
        Ok(files) if !files.is_empty() => files,
        Ok(_) | Err(_) => clipboard.get_text().map(|text| paths_in(&text)).unwrap_or_default(),
    }
}

/// A dialog that ended without an answer: closed by a person, or never there. `rfd` does not say which.
fn unanswered(asked: Instant) -> Reply {
    if asked.elapsed() < QUICKEST_PERSON { Reply::NoDialog } else { Reply::Dismissed }
}
