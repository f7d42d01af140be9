//! What the engine tells a front end.

use std::time::Duration;

use crate::engine::state::{
    Caller, Chosen, CodeWanted, DeskView, Named, Pairing, Prompt, Receiving, State, Transfer,
};
use crate::engine::{PromptId, TransferKey};
use crate::model::{
    DeviceName, Failure, FailureKind, Outcome, PairedDevice, Paused, PlanSummary, Settings, Step, TransferId,
    Unfinished,
};

/// What the engine tells a front end. All but [`Event::Progress`] are facts: few, and never lost.
#[derive(Clone, Debug)]
pub enum Event {
    /// Receiving was switched on or off, or could not be.
    Receiving(Receiving),
    /// The pairing desk, as it is now.
    Desk(Option<DeskView>),
    /// A computer proved the code and came only to be remembered.
    Called(Box<Caller>),
    /// That question is answered, or no longer open.
    CallEnded(PromptId),
    /// The pairing that was begun here, as it is now.
    Paired(Pairing),
    /// The paired computers, as they are now.
    Devices(Vec<PairedDevice>),
    /// A person has to type the code that the other computer shows.
    CodeWanted {
        /// Which transfer.
        transfer: TransferKey,
        /// What is asked.
        wanted: Box<CodeWanted>,
    },
    /// The chosen files, as they are now.
    Chosen(Vec<Chosen>),
    /// A transfer began: a row for it.
    Started(Box<Transfer>),
    /// Who the other side says it is.
    Met {
        /// Which transfer.
        transfer: TransferKey,
        /// Its name and fingerprint.
        peer: crate::engine::Peer,
    },
    /// What is sent is known: all that was chosen is listed.
    Listed {
        /// Which transfer.
        transfer: TransferKey,
        /// The first files in it.
        names: Vec<Named>,
        /// How many files, with those that could not be offered.
        files: u64,
        /// How many of them could not be offered.
        left_out: u64,
        /// How many bytes.
        bytes: u64,
        /// What both sides call it.
        id: TransferId,
    },
    /// What the receiver does with the files, in numbers.
    Planned {
        /// Which transfer.
        transfer: TransferKey,
        /// The numbers.
        plan: PlanSummary,
    },
    /// Somebody paused a transfer, or went on with it.
    Paused {
        /// Which.
        transfer: TransferKey,
        /// Who wants a pause now.
        paused: Paused,
    },
    /// A transfer may be no faster than this now.
    Limited {
        /// Which.
        transfer: TransferKey,
        /// Bytes a second.
        limit: Option<u64>,
    },
    /// The transfers that can go on, as they are now.
    Unfinished(Vec<Unfinished>),
    /// A person has to decide (again, with another folder).
    Prompted {
        /// Which transfer.
        transfer: TransferKey,
        /// What is asked.
        prompt: Box<Prompt>,
    },
    /// A question was answered, or is no longer open.
    Answered(TransferKey),
    /// A transfer went one step on in its life.
    Stepped {
        /// Which transfer.
        transfer: TransferKey,
        /// The step; never `Step::Finish`, which is [`Event::Finished`].
        step: Step,
    },
    /// How far a transfer is. Replaced by the next one; dropped when nobody reads.
    Progress {
        /// Which transfer.
        transfer: TransferKey,
        /// How far.
        progress: Progress,
    },
    /// A transfer ended.
    Finished {
        /// Which transfer.
        transfer: TransferKey,
        /// How it ended.
        ending: Box<Ending>,
    },
    /// A transfer's receipt was written where a person wanted it.
    Exported {
        /// Which transfer.
        transfer: TransferKey,
        /// The file.
        receipt: std::path::PathBuf,
    },
    /// A row was removed.
    Dismissed(TransferKey),
    /// The settings in force.
    Settings(Box<Settings>),
    /// What this computer is called now, and where files go.
    Device {
        /// Its name.
        name: DeviceName,
        /// The folder offers go into unless a person says otherwise.
        folder: std::path::PathBuf,
    },
    /// Something that belongs to no transfer went wrong.
    Notice(Failure),
    /// The front end fell behind: everything as it is now, in place of what it missed.
    Snapshot(Box<State>),
}

/// How far a transfer is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// Bytes of file contents moved.
    pub bytes: u64,
    /// Files known to be saved on the receiver.
    pub files: u64,
    /// Bytes a second over the last seconds.
    pub rate: u64,
    /// At this rate; `None` while nothing moves.
    pub time_left: Option<Duration>,
    /// Until an unanswered offer counts as declined, while it waits.
    pub answer_left: Option<Duration>,
}

/// How a transfer ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ending {
    /// Delivered, or what instead.
    pub outcome: Outcome,
    /// Why not delivered: the first problem.
    pub failure: Option<Failure>,
    /// Files saved on the receiver.
    pub saved: u64,
    /// Files that did not arrive, with those that could not be offered.
    pub failed: u64,
    /// Files that were there already, or not wanted.
    pub skipped: u64,
    /// Of these, the ones that were not wanted.
    pub unwanted: u64,
    /// Bytes of the saved files.
    pub bytes: u64,
    /// From the first byte to the end (from the start, if there was no byte).
    pub took: Duration,
    /// SHA-256 and, on the receiver, the final name, where the transfer is a single saved file.
    pub single: Option<Box<crate::model::FileReport>>,
}

impl Ending {
    /// Whether the sender only asked what would become of its offer, and was told.
    pub fn only_asked(&self) -> bool {
        self.failure.as_ref().is_some_and(|failure| failure.kind == FailureKind::OnlyAsked)
    }
}
