//! Engines as front ends use them.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use sampan::engine::{
    Acceptance, Command, Config, Credentials, DeskDoor, Engine, Home, Lasting, ListenOn, PlaceLimits, Proof,
    Purpose, Receiving, Records, State, Target, Timing, Transfer,
};
use sampan::model::{Code, Links, Outcome, PairedDevice};
use tempfile::TempDir;

use crate::support::{names_in, paired, until};

/// One engine with a home and a receive folder of its own, and the State its front end knows.
pub(crate) struct Side {
    pub(crate) engine: Engine,
    pub(crate) state: State,
    pub(crate) folder: PathBuf,
    home: TempDir,
}

impl Side {
    /// An engine with these habits.
    pub(crate) fn start(acceptance: Acceptance, timing: Timing) -> Self {
        let home = tempfile::tempdir().unwrap();
        let folder = home.path().join("received");
        std::fs::create_dir(&folder).unwrap();
        Self::start_into(acceptance, timing, home, folder)
    }

    /// An engine that receives into this folder.
    pub(crate) fn start_into(acceptance: Acceptance, timing: Timing, home: TempDir, folder: PathBuf) -> Self {
        Self::start_with(home, folder, |config| Config { acceptance, timing, ..config })
    }

    /// One that takes everything of everyone, in such a crowd at most.
    pub(crate) fn crowded(places: PlaceLimits, timing: Timing) -> Self {
        let home = tempfile::tempdir().unwrap();
        let folder = home.path().join("received");
        std::fs::create_dir(&folder).unwrap();
        Self::start_with(home, folder, |config| Config {
            acceptance: Acceptance::All,
            timing,
            places: Some(places),
            ..config
        })
    }

    /// Started as a test likes.
    pub(crate) fn start_with(home: TempDir, folder: PathBuf, so: impl FnOnce(Config) -> Config) -> Self {
        let at = Home::at(home.path().join("home")).unwrap();
        // Nobody is looked for again, unless a test wants that.
        let config = Config { folder: Some(folder.clone()), patience: Duration::ZERO, ..Config::new(at) };
        let config = so(config);
        let (engine, state) = Engine::start(config, Arc::new(|| ())).unwrap();
        Self { engine, state, folder, home }
    }

    /// An engine that asks and receives into the folder of its settings, and where it keeps its own files.
    pub(crate) fn with_home() -> (Self, PathBuf) {
        let home = tempfile::tempdir().unwrap();
        let own = home.path().join("home");
        let at = Home::at(&own).unwrap();
        let (engine, state) = Engine::start(Config::new(at), Arc::new(|| ())).unwrap();
        let folder = state.device.folder.clone();
        (Self { engine, state, folder, home }, own)
    }

    /// The engine, and what is to be kept for looking at what it left behind: its folder is `received` in it.
    pub(crate) fn into_parts(self) -> (Engine, TempDir) {
        (self.engine, self.home)
    }

    /// Starts receiving on a free loopback port; says where.
    pub(crate) fn listen(&mut self) -> SocketAddr {
        let on = ListenOn::Exactly("127.0.0.1:0".parse().unwrap());
        self.command(Command::Receive { on, lasting: Lasting::UntilOff });
        self.until("listening", |state| matches!(state.receiving, Receiving::On { .. }));
        match &self.state.receiving {
            Receiving::On { bound, .. } => bound[0],
            other => panic!("{other:?}"),
        }
    }

    /// Where it keeps its own files.
    pub(crate) fn own_home(&self) -> PathBuf {
        self.home.path().join("home")
    }

    pub(crate) fn command(&self, command: Command) {
        self.engine.command(command).unwrap();
    }

    /// Sends files to an address at which nobody needs to be proven.
    pub(crate) fn send(&self, paths: &[&Path], to: SocketAddr) {
        self.send_with(paths, to, Credentials { proof: Proof::Waived, ..Credentials::default() });
    }

    /// Sends files to an address.
    pub(crate) fn send_with(&self, paths: &[&Path], to: SocketAddr, with: Credentials) {
        let paths = paths.iter().map(|path| path.to_path_buf()).collect();
        let (links, purpose) = (Links::default(), Purpose::default());
        self.command(Command::Send { paths, links, purpose, to: Target::Address(to.into()), with });
    }

    /// The code it shows.
    pub(crate) fn code(&mut self) -> Code {
        self.until("a code", |state| matches!(door(state), Some(DeskDoor::Shows { .. })));
        match door(&self.state) {
            Some(DeskDoor::Shows { code, .. }) => code.clone(),
            other => panic!("{other:?}"),
        }
    }

    /// Makes both sides remember each other, as if they had been paired long ago.
    pub(crate) fn pair_with(&self, other: &Self) {
        self.remember(other);
        other.remember(self);
    }

    /// Remembers the other side.
    fn remember(&self, other: &Self) {
        self.remember_device(paired(other.state.device.id, other.state.device.name.clone()));
    }

    /// Remembers this computer, as if they had been paired long ago.
    pub(crate) fn remember_device(&self, device: PairedDevice) {
        let home = Home::at(self.own_home()).unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async { Records::open(&home).unwrap().remember(device).await }).unwrap();
    }

    /// Takes in what the engine says until the State is so.
    pub(crate) fn until(&mut self, what: &str, condition: impl Fn(&State) -> bool) {
        let Self { engine, state, .. } = self;
        until(what, || {
            while let Some(event) = engine.next_event() {
                state.apply(&event);
            }
            condition(state)
        });
    }

    /// Waits for the `count`th transfer's end; gives it.
    pub(crate) fn ended(&mut self, count: usize) -> Transfer {
        let nth = |state: &State| state.transfers.values().nth(count - 1).cloned();
        self.until("the end of a transfer", |state| {
            nth(state).is_some_and(|transfer| transfer.ending.is_some())
        });
        nth(&self.state).unwrap()
    }

    /// Waits for the first transfer's end; gives its outcome.
    pub(crate) fn outcome(&mut self) -> Outcome {
        self.ended(1).ending.unwrap().outcome
    }

    /// Names in the receive folder, sorted; what is the program's own is not among them.
    pub(crate) fn received(&self) -> Vec<String> {
        names_in(&self.folder).into_iter().filter(|name| !name.starts_with(".sampan-")).collect()
    }
}

fn door(state: &State) -> Option<&DeskDoor> {
    state.desk.as_ref().map(|desk| &desk.door)
}
