//! The door for front ends: [`Engine::start`], then [`Command`] in, [`Event`] out, [`State::apply`] to keep up.
//!
//! Inside: a supervisor takes commands, every transfer has a task of its own, and the [`outbox`](Wake) gives events
//! to a front end that may be slow without anybody waiting for it.

mod admission;
mod approach;
mod callers;
mod choosing;
mod claims;
mod command;
mod core;
mod desk;
mod discard;
mod event;
mod exporting;
mod failures;
mod guest;
mod incoming;
mod keeping;
mod listening;
mod logins;
mod orders;
mod outbox;
mod outgoing;
mod pairing;
mod parting;
mod places;
mod receipts;
mod records;
mod sight;
mod state;
mod strangers;
mod supervisor;
mod target;
mod task;
mod ticker;
mod transfers;
mod turn;
mod undecided;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use tokio::runtime::{Builder, Runtime};
use tokio::sync::mpsc;

use crate::engine::core::{Core, device_name};
use crate::engine::outbox::Outbox;
use crate::model::{Conflict, Failure, FailureKind, FileReport};
use crate::net::Identity;
use crate::storage::{Folder, load_or_create_key, load_settings};

pub use crate::model::Direction;
pub use crate::session::{Action, Choices, LeftOut, ListedCounts, ListedFile, Shape, Which};
pub use crate::session::{RoomLimits, Timing};
pub use crate::storage::{Home, Measured, Secrecy, make_room_for_open_files};
pub use crate::wire::{EntryRange, Purpose};
pub use command::{Answer, Command, Credentials, Lasting, ListenOn, Proof, Remember, Target, WithoutCode};
pub use event::{Ending, Event, Progress};
pub use exporting::Exported;
pub use outbox::Wake;
pub use places::{Pace, PlaceLimits};
pub use receipts::{Receipt, sum_of, sums_of};
pub use records::{Records, password_from_file};
pub use sight::PlanRow;
pub use state::{
    Caller, Chosen, CodeWanted, DeskDoor, DeskView, Guess, Holds, MAX_ENDED, Memory, Named, Pairing, Peer,
    Prompt, PromptId, Receiving, State, ThisDevice, Transfer, TransferKey,
};
pub use transfers::FileCursor;

/// Commands that wait for the supervisor, which only hands them on.
const COMMANDS: usize = 64;

/// How long a receiver that was lost is looked for: the time of a lunch, or of a computer that restarts.
const PATIENCE: Duration = Duration::from_hours(1);

/// How long stopping may take: the time for Cancel to reach the other sides, and for what came so far to reach the disk, where
/// it stays and can go on.
const SHUTDOWN: Duration = Duration::from_secs(5);

/// What an engine is started with.
#[derive(Clone, Debug)]
pub struct Config {
    /// Where the program keeps its own state.
    pub home: Home,
    /// Goes before the folder of the settings.
    pub folder: Option<PathBuf>,
    /// Who decides about offers.
    pub acceptance: Acceptance,
    /// How conflicts with what is there are settled unless a person says otherwise, in place of what the settings say.
    pub conflict: Option<Conflict>,
    /// How many bytes a second all transfers together may move, in place of what the settings say.
    pub speed_limit: Option<u64>,
    /// How long a receiver that was lost is looked for.
    pub patience: Duration,
    /// How long things may take.
    pub timing: Timing,
    /// How many sessions there may be; `None` = as many as the settings say.
    pub places: Option<PlaceLimits>,
    /// How long the lists of all incoming offers may be together.
    pub offers: RoomLimits,
}

impl Config {
    /// As a program with a person in front of it is started.
    pub fn new(home: Home) -> Self {
        Self {
            home,
            folder: None,
            acceptance: Acceptance::Ask,
            conflict: None,
            speed_limit: None,
            patience: PATIENCE,
            timing: Timing::default(),
            places: None,
            offers: RoomLimits::default(),
        }
    }
}

/// Who decides about offers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Acceptance {
    /// A person, each time, unless a paired device's policy says otherwise.
    Ask,
    /// Nobody: what a paired device offers is taken, and what comes with the right code.
    Paired,
    /// Nobody: what anyone offers is taken.
    All,
    /// Nobody: what comes with an account's password is taken, into the account's own folder.
    Accounts,
}

impl Acceptance {
    /// Whether a person is there to answer.
    pub fn has_person(self) -> bool {
        match self {
            Self::Ask => true,
            Self::Paired | Self::All | Self::Accounts => false,
        }
    }
}

/// Whether there is such a folder to receive into. Blocks. Errors: a [`Failure`] about it.
pub fn look_at_folder(path: &Path) -> Result<(), Failure> {
    Folder::open(path).map(drop).map_err(|error| error.failure())
}

/// A running engine: its own threads, tasks and sockets. Dropping it stops it within 5 s.
pub struct Engine {
    core: Arc<Core>,
    commands: mpsc::Sender<Command>,
    /// `None` only while it is being dropped.
    runtime: Option<Runtime>,
}

/// The engine has 64 commands waiting; try again at the next frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the engine has too many commands waiting")]
pub struct Overloaded;

impl Engine {
    /// Starts an engine. `wake` is called after every event, from any thread; it must not block.
    /// Errors: a [`Failure`] when the home folder, the key or the settings cannot be used.
    pub fn start(config: Config, wake: Wake) -> Result<(Self, State), Failure> {
        let key = load_or_create_key(&config.home).map_err(|error| error.failure())?;
        let settings = load_settings(&config.home).map_err(|error| error.failure())?;
        let identity = Identity::from_pkcs8(key.as_der())
            .map_err(|error| Failure::here(FailureKind::IdentityUnusable).because(error))?;
        let records = Records::open(&config.home)?;
        let folder = config.folder.clone().or_else(|| settings.folder.clone());
        let device = ThisDevice {
            name: device_name(&settings),
            id: identity.device(),
            fingerprint: identity.device().fingerprint(),
            folder: folder.unwrap_or_else(|| config.home.downloads()),
        };
        let runtime = Builder::new_multi_thread().enable_all().thread_name("sampan-engine").build();
        let runtime = runtime.map_err(|error| Failure::here(FailureKind::Internal).because(error))?;
        let devices = runtime.block_on(records.devices())?;
        let unfinished = runtime.block_on(records.unfinished())?;
        let state = State { devices, unfinished, ..State::new(device, settings.clone()) };
        let outbox = Outbox::new(state.clone(), wake);
        let home = config.home.clone();
        let core = Arc::new(Core::new(config, home, identity, settings, records, outbox));
        let (commands, commands_rx) = mpsc::channel(COMMANDS);
        let again = commands.downgrade();
        runtime.spawn(core.tasks.track_future(supervisor::run(Arc::clone(&core), commands_rx, again)));
        Ok((Self { core, commands, runtime: Some(runtime) }, state))
    }

    /// Hands over a command without waiting. Errors: [`Overloaded`].
    pub fn command(&self, command: Command) -> Result<(), Overloaded> {
        self.commands.try_send(command).map_err(|_| Overloaded)
    }

    /// The next event, if there is one: for front ends that draw.
    pub fn next_event(&self) -> Option<Event> {
        self.core.outbox.try_next()
    }

    /// The next event, when there is one: for front ends that wait. Safe to drop while waiting; one reader at a time.
    pub async fn event(&self) -> Event {
        self.core.outbox.next().await
    }

    /// What happened to the files of a transfer since the cursor was here last, in the order it became known, at most
    /// `limit`; the cursor moves behind them. Nothing for a transfer that is not known.
    pub fn files(&self, transfer: TransferKey, cursor: &mut FileCursor, limit: usize) -> Vec<FileReport> {
        self.core.transfers.files(transfer, cursor, limit)
    }

    /// What of a transfer went otherwise than it was sent, at most `limit`: first what failed, then what got another name.
    pub fn notable(&self, transfer: TransferKey, limit: usize) -> Vec<FileReport> {
        self.core.transfers.ledger(transfer).map(|ledger| ledger.notable(limit)).unwrap_or_default()
    }

    /// What a sender could not offer of what was chosen: the first 10,000 of it.
    pub fn left_out(&self, transfer: TransferKey) -> Vec<LeftOut> {
        self.core.transfers.ledger(transfer).map(|ledger| ledger.left_out().to_vec()).unwrap_or_default()
    }

    /// What the receiver would do, or does, with the entries of a transfer, in the order of the manifest, from the `from`th
    /// on, at most `limit`. Nothing before there is a plan, and after the end.
    pub fn plan(&self, transfer: TransferKey, from: u64, limit: usize) -> Vec<PlanRow> {
        self.core.transfers.sight(transfer).map(|sight| sight.rows(from, limit)).unwrap_or_default()
    }

    /// How many rows [`plan`](Self::plan) has.
    pub fn plan_len(&self, transfer: TransferKey) -> u64 {
        self.core.transfers.sight(transfer).map_or(0, |sight| sight.len())
    }

    /// The files of a transfer as a list shows them, in the order of the manifest after what could not be sent: those that
    /// `which` says, from the `from`th of them on, at most `limit`. Nothing for a transfer that is not known.
    pub fn listed(&self, transfer: TransferKey, which: Which, from: u64, limit: usize) -> Vec<ListedFile> {
        self.core
            .transfers
            .ledger(transfer)
            .map(|ledger| ledger.listed(which, from, limit))
            .unwrap_or_default()
    }

    /// How many files [`listed`](Self::listed) has of each kind.
    pub fn listed_len(&self, transfer: TransferKey) -> ListedCounts {
        self.core.transfers.ledger(transfer).map(|ledger| ledger.listed_len()).unwrap_or_default()
    }

    /// Begins to stop, as when this is dropped. Events go on to come until everything has ended.
    pub fn leave(&self) {
        self.core.stop.cancel();
    }

    /// Stops within 5 s: declines what is asked, and breaks off what runs, so that it can go on later.
    pub fn shutdown(self) {
        drop(self);
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        self.core.stop.cancel();
        self.core.tasks.close();
        if let Some(runtime) = self.runtime.take() {
            let started = std::time::Instant::now();
            let all_ended = runtime
                .block_on(async { tokio::time::timeout(SHUTDOWN, self.core.tasks.wait()).await.is_ok() });
            if !all_ended {
                tracing::warn!("some tasks did not end in time");
            }
            runtime.shutdown_timeout(SHUTDOWN.saturating_sub(started.elapsed()));
        }
    }
}
