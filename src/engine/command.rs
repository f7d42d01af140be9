//! What a front end asks of the engine.

use std::net::SocketAddr;
use std::path::PathBuf;

use crate::engine::{PromptId, TransferKey};
use crate::model::{HostPort, Settings};

/// What a front end asks of the engine. Every command is answered by events; none blocks.
#[derive(Clone, Debug)]
pub enum Command {
    /// Start receiving; answered by [`Event::Receiving`](crate::engine::Event::Receiving).
    Receive(ListenOn),
    /// Stop receiving: no new sessions; open prompts are declined, running transfers go on.
    StopReceiving,
    /// Look at files a person picked and add them to [`State::chosen`](crate::engine::State).
    Choose(Vec<PathBuf>),
    /// Take one file out of the chosen ones.
    Unchoose(PathBuf),
    /// Take all of them out.
    UnchooseAll,
    /// Send files to another computer: a new transfer.
    Send {
        /// What to send, in this order.
        paths: Vec<PathBuf>,
        /// Where to.
        to: HostPort,
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
    /// Stop a running transfer. Complete files stay, the part is removed.
    Cancel(TransferKey),
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
    Accept,
    /// Not one byte.
    Decline,
}
