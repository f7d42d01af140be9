//! What a person wants, as views say it.

use std::path::PathBuf;

use crate::engine::{Command, PromptId};

/// What a person wants of the world outside the window's own drawing.
#[derive(Clone, Debug)]
pub enum Wish {
    /// Something the engine does.
    Ask(Command),
    /// Open the system's dialog and choose files to send.
    PickFiles,
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
}

/// What a person did in a view: a wish, or something the screen sees to itself.
#[derive(Clone, Debug)]
pub enum Act {
    /// To the world outside.
    Wish(Wish),
    /// Show another page.
    Go(Page),
    /// Put a question off; its row keeps a button to come back.
    Later(PromptId),
    /// Come back to a question.
    Answer(PromptId),
    /// Send the chosen files to the typed address.
    Send,
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
    Stay,
}

impl Act {
    /// Something the engine does.
    pub(crate) fn ask(command: Command) -> Self {
        Self::Wish(Wish::Ask(command))
    }
}

/// The pages of the window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Page {
    /// Receive, choose, send, watch.
    Transfer,
    /// Everything a person can set.
    Settings,
}
