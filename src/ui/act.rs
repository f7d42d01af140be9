//! What a person wants, as views say it.

use std::path::PathBuf;
use std::time::Instant;

use crate::engine::{Command, Lasting, PromptId, TransferKey};
use crate::ui::shown::UnfinishedKey;

/// What a person wants of the world outside the window's own drawing.
#[derive(Clone, Debug)]
pub enum Wish {
    /// Something the engine does.
    Ask(Command),
    /// Open the system's dialog and choose files to send.
    PickFiles,
    /// Open the system's dialog and choose folders to send.
    PickFolders,
    /// Open the system's dialog and choose a folder.
    PickFolder(FolderFor),
    /// Add the files that lie in the clipboard.
    Paste,
    /// Show a folder in the system's file manager.
    Open(PathBuf),
    /// Close the window, whatever still goes on.
    Leave,
}

/// What a folder is chosen for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FolderFor {
    /// All received files.
    Received,
    /// The files of one offer.
    Prompt(PromptId),
    /// The receipt of a transfer.
    Receipt(TransferKey),
}

/// What a person did in a view: a wish, or something the screen sees to itself.
#[derive(Clone, Debug)]
pub enum Act {
    /// To the world outside.
    Wish(Wish),
    /// Show another page.
    Go(Page),
    /// Put a sheet off; a button elsewhere comes back to it.
    Later(Sheet),
    /// Come to a sheet, or back to it.
    Answer(Sheet),
    /// Answer what a sheet asks.
    Answered(Sheet, Command),
    /// Begin the pairing that was typed in.
    Pair(Command),
    /// Have Receive stay on this long.
    Stay(Lasting),
    /// Send the chosen files to the typed address.
    Send,
    /// Show or hide the list of a transfer's files.
    ToggleFiles(TransferKey),
    /// Take the files that cannot be sent out of the list.
    RemoveUnreadable,
    /// Put text into the clipboard.
    Copy(String),
    /// Show all addresses, or only the first ones.
    ToggleAddresses,
    /// Switch Receive on or off.
    ToggleReceive,
    /// Close a message.
    CloseToast(u64),
    /// Do not quit.
    Remain,
}

impl Act {
    /// Something the engine does.
    pub(crate) fn ask(command: Command) -> Self {
        Self::Wish(Wish::Ask(command))
    }
}

/// What can float above the page. Named by its question: a question that is asked anew is another sheet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Sheet {
    /// Take these files?
    Offer(PromptId),
    /// Remember this computer?
    Caller(PromptId),
    /// Which code does the other computer show? With the end of the question, which tells it from the next one.
    Code(TransferKey, Instant),
    /// Cancel this transfer?
    Cancel(TransferKey),
    /// How fast may this transfer be?
    Limit(TransferKey),
    /// Remove what is there of this interrupted transfer?
    Discard(UnfinishedKey),
    /// Pair with another computer.
    Pair,
}

/// The pages of the window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Page {
    /// Receive, choose, send, watch.
    Transfer,
    /// Everything a person can set.
    Settings,
}
