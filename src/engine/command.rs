//! What a front end asks of the engine.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use crate::engine::{PromptId, TransferKey};
use crate::model::{
    AccountName, Code, DeviceId, Direction, HostPort, Leftover, Links, Password, Policy, Settings,
    TransferId, Wish,
};
use crate::session::Choices;
use crate::wire::Purpose;

/// What a front end asks of the engine. Every command is answered by events; none blocks.
#[derive(Clone, Debug)]
pub enum Command {
    /// Start receiving; answered by [`Event::Receiving`](crate::engine::Event::Receiving).
    Receive {
        /// Where.
        on: ListenOn,
        /// For how long.
        lasting: Lasting,
    },
    /// Stop receiving: no new sessions; open prompts are declined, running transfers go on.
    StopReceiving,
    /// Look at files and folders a person picked and add them to [`State::chosen`](crate::engine::State).
    Choose(Vec<PathBuf>),
    /// Take one out of the chosen ones.
    Unchoose(PathBuf),
    /// Take all of them out.
    UnchooseAll,
    /// Send files and folders to another computer: a new transfer, or one of the same things to the same computer that was
    /// interrupted.
    Send {
        /// What to send.
        paths: Vec<PathBuf>,
        /// What becomes of symbolic links in it.
        links: Links,
        /// Whether it is to be sent at all.
        purpose: Purpose,
        /// Where to.
        to: Target,
        /// What proves the other side and this one.
        with: Credentials,
    },
    /// Pair with a computer that shows a code: both remember each other. Answered by [`Event::Paired`](crate::engine::Event::Paired).
    Pair {
        /// Where it is.
        to: Target,
        /// What it shows.
        code: Code,
    },
    /// Stop the pairing that runs.
    CancelPair,
    /// The code that [`Transfer::code_wanted`](crate::engine::Transfer::code_wanted) asks for.
    EnterCode {
        /// Which transfer.
        transfer: TransferKey,
        /// What the other computer shows.
        code: Code,
        /// Whether the other computer is remembered.
        remember: Remember,
    },
    /// Show a new code at once and forgive all wrong ones.
    OpenPairing,
    /// What to do with what a paired computer offers.
    SetPolicy {
        /// Which.
        device: DeviceId,
        /// What.
        policy: Policy,
    },
    /// Remember a computer no longer.
    Forget(DeviceId),
    /// Look at the paired computers again: a command may have changed them.
    LookAtDevices,
    /// Answer a computer that proved the code and wants to be remembered.
    AnswerPairing {
        /// Which question; one that is gone is ignored.
        prompt: PromptId,
        /// The answer.
        remember: Remember,
    },
    /// Answer an offer.
    Decide {
        /// Which prompt is answered; one that is gone is ignored.
        prompt: PromptId,
        /// The answer.
        answer: Answer,
    },
    /// Put an offer's files into another folder; the prompt comes again with that folder's free space.
    Retarget {
        /// Which prompt.
        prompt: PromptId,
        /// The folder.
        folder: PathBuf,
    },
    /// Put a prompt's conflicts and choices otherwise; the prompt comes again with the plan that this makes.
    Arrange {
        /// Which prompt.
        prompt: PromptId,
        /// How conflicts are settled, and what is wanted otherwise.
        choices: Choices,
    },
    /// Pause a running transfer, or go on with it.
    Pause(TransferKey, Wish),
    /// Make a running transfer no faster than so many bytes a second; `None` = as fast as can be.
    Limit(TransferKey, Option<u64>),
    /// Stop a running transfer. Complete files stay.
    Cancel {
        /// Which.
        transfer: TransferKey,
        /// What becomes of what is not complete.
        leftover: Leftover,
    },
    /// Go on with a transfer of this computer's that was interrupted: a new row.
    Continue {
        /// Which.
        transfer: TransferId,
        /// What proves the two sides to each other.
        with: Credentials,
    },
    /// Forget a transfer that was interrupted, and remove what is there of it.
    Discard {
        /// Which way it went.
        direction: Direction,
        /// Its id.
        transfer: TransferId,
        /// With whom.
        peer: DeviceId,
    },
    /// Look at the interrupted transfers again: a command may have changed them.
    LookAtUnfinished,
    /// Write an ended transfer's receipt into a folder, and a list for `sha256sum -c` beside it; answered by
    /// [`Event::Exported`](crate::engine::Event::Exported).
    Export {
        /// Which transfer.
        transfer: TransferKey,
        /// Where to.
        folder: PathBuf,
    },
    /// Remove an ended transfer's row; its files stay.
    Dismiss(TransferKey),
    /// Take over and keep new settings. A new port takes effect at once.
    Configure(Settings),
}

/// Where to receive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ListenOn {
    /// All addresses, IPv4 and IPv6, on this port or the next free one up to [`LAST_PORT`](crate::model::LAST_PORT).
    Any {
        /// The first port tried.
        port: u16,
    },
    /// Exactly here; a taken port is an error.
    Exactly(SocketAddr),
}

/// A person's answer to an offer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// Take it into the prompt's folder.
    Accept(Remember),
    /// Not one byte.
    Decline,
}

/// How long Receive stays on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lasting {
    /// Until it is switched off.
    UntilOff,
    /// For this long.
    For(Duration),
    /// Until the first transfer that was agreed to has ended.
    OneTransfer,
}

/// Where something is sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// Whoever answers there.
    Address(HostPort),
    /// A paired computer, wherever it was last; it must prove that it is the one.
    Device(DeviceId),
}

/// Whether the other computer is remembered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Remember {
    /// For this time only.
    #[default]
    No,
    /// From now on it needs no code.
    Yes,
}

/// What proves the two sides of a transfer to each other.
#[derive(Clone, Debug, Default)]
pub struct Credentials {
    /// What the other computer shows.
    pub code: Option<Code>,
    /// Whether the other computer is remembered once the code has proven it.
    pub remember: Remember,
    /// An account there.
    pub account: Option<(AccountName, Password)>,
    /// The only device that will do.
    pub device: Option<DeviceId>,
    /// Whether it may be anyone.
    pub proof: Proof,
    /// What happens where a code is needed and none was given.
    pub without_code: WithoutCode,
}

/// Whether the other side must be proven.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Proof {
    /// It must.
    #[default]
    Demanded,
    /// A person said that anyone will do.
    Waived,
}

/// What happens where a code is needed and none was given.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum WithoutCode {
    /// A person is asked: [`Transfer::code_wanted`](crate::engine::Transfer::code_wanted).
    #[default]
    Ask,
    /// The transfer ends.
    End,
}
