//! What all of the engine's tasks share.

use std::future::Future;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::engine::claims::Claims;
use crate::engine::desk::FrontDesk;
use crate::engine::logins::Logins;
use crate::engine::orders::Orders;
use crate::engine::outbox::Outbox;
use crate::engine::places::{PlaceLimits, Places};
use crate::engine::strangers::Strangers;
use crate::engine::transfers::Transfers;
use crate::engine::turn::Turn;
use crate::engine::undecided::Undecided;
use crate::engine::{
    Acceptance, Answer, Config, Event, Lasting, Peer, PromptId, Records, Remember, Target, TransferKey,
};
use crate::model::{Code, Conflict, DeviceId, DeviceName, Settings};
use crate::net::{ConnectLimits, Identity};
use crate::session::{Choices, ManifestLimits, OfferRoom, SpeedLimit, Timing};
use crate::storage::{Home, ensure_folder};

/// Shared by all tasks of one engine.
pub(super) struct Core {
    pub(super) outbox: Outbox,
    pub(super) home: Home,
    pub(super) identity: Identity,
    pub(super) acceptance: Acceptance,
    pub(super) timing: Timing,
    /// How long a receiver that was lost is looked for.
    pub(super) patience: Duration,
    /// Cancelled when the engine stops.
    pub(super) stop: CancellationToken,
    pub(super) tasks: TaskTracker,
    /// Whose turn it is to write the settings.
    pub(super) saving: tokio::sync::Mutex<()>,
    /// Whose turn it is to pair.
    pub(super) pairing: tokio::sync::Mutex<()>,
    /// Places for sessions.
    pub(super) places: Arc<Places>,
    /// What the log says of those who did not get in.
    pub(super) strangers: Strangers,
    /// Places for offers nobody decided about yet.
    pub(super) undecided: Arc<Undecided>,
    /// Room for the lists of incoming offers.
    pub(super) offers: Arc<OfferRoom>,
    /// Who works on which incoming transfer.
    pub(super) claims: Arc<Claims>,
    /// The transfers that have a row.
    pub(super) transfers: Transfers,
    /// How fast all transfers together may be.
    pub(super) speed: Arc<SpeedLimit>,
    /// Paired devices and accounts.
    pub(super) records: Records,
    /// Who may try the code.
    pub(super) desk: FrontDesk,
    /// Who may try a password.
    pub(super) logins: Logins,
    /// Questions about offers.
    pub(super) prompts: Orders<PromptId, PromptOrder>,
    /// Questions for the code of another computer.
    pub(super) codes: Orders<TransferKey, (Code, Remember)>,
    /// Questions whether to remember another computer.
    pub(super) callers: Orders<PromptId, Remember>,
    /// Where "for one transfer" stands.
    pub(super) turn: Arc<Turn>,
    folder_override: Option<PathBuf>,
    speed_override: Option<u64>,
    conflict_override: Option<Conflict>,
    settings: Mutex<Settings>,
    next_question: AtomicU64,
}

/// What happens to a question.
#[derive(Debug)]
pub(super) enum PromptOrder {
    /// A person answered.
    Answer(Answer),
    /// A person wants another folder.
    Retarget(PathBuf),
    /// A person wants conflicts settled otherwise, or some files not.
    Arrange(Choices),
}

impl Core {
    pub(super) fn new(
        config: Config,
        home: Home,
        identity: Identity,
        settings: Settings,
        records: Records,
        outbox: Outbox,
    ) -> Self {
        let places = config.places.unwrap_or_else(|| PlaceLimits::of(&settings));
        let (stop, claims) = (CancellationToken::new(), Arc::<Claims>::default());
        let transfers = Transfers::new(&stop, &claims);
        Self {
            outbox,
            home,
            identity,
            acceptance: config.acceptance,
            timing: config.timing,
            patience: config.patience,
            stop,
            tasks: TaskTracker::new(),
            saving: tokio::sync::Mutex::default(),
            pairing: tokio::sync::Mutex::default(),
            places: Places::new(places),
            strangers: Strangers::default(),
            undecided: Arc::default(),
            offers: Arc::new(OfferRoom::new(config.offers)),
            transfers,
            claims,
            speed: Arc::new(SpeedLimit::new(config.speed_limit.or(settings.limit()))),
            speed_override: config.speed_limit,
            records,
            desk: FrontDesk::default(),
            logins: Logins::default(),
            prompts: Orders::default(),
            codes: Orders::default(),
            callers: Orders::default(),
            turn: Arc::default(),
            folder_override: config.folder,
            conflict_override: config.conflict,
            settings: Mutex::new(settings),
            next_question: AtomicU64::new(1),
        }
    }

    /// Says a fact.
    pub(super) fn fact(&self, event: Event) {
        self.outbox.fact(event);
    }

    /// Starts a task that the engine waits for when it stops.
    pub(super) fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        self.tasks.spawn(task);
    }

    pub(super) fn connect_limits(&self) -> ConnectLimits {
        ConnectLimits { connect: self.timing.connect, tls: self.timing.tls }
    }

    /// How long an offer's list of files may be, and where it is kept.
    pub(super) fn manifests(&self) -> ManifestLimits {
        ManifestLimits::in_folder(self.home.spool())
    }

    // Settings

    pub(super) fn settings(&self) -> Settings {
        lock(&self.settings).clone()
    }

    /// Changes the settings; gives them as they are now.
    pub(super) fn change_settings(&self, change: impl FnOnce(&mut Settings)) -> Settings {
        let mut settings = lock(&self.settings);
        change(&mut settings);
        self.speed.set(self.speed_override.or(settings.limit()));
        settings.clone()
    }

    /// How conflicts are settled unless a person says otherwise.
    pub(super) fn conflict(&self) -> Conflict {
        self.conflict_override.unwrap_or_else(|| lock(&self.settings).conflict)
    }

    /// What this device calls itself: the person's name for it, else the host's.
    pub(super) fn device_name(&self) -> DeviceName {
        device_name(&lock(&self.settings))
    }

    /// Where offers go unless a person says otherwise.
    pub(super) fn folder(&self) -> PathBuf {
        let chosen = self.folder_override.clone().or_else(|| lock(&self.settings).folder.clone());
        absolute(chosen.unwrap_or_else(|| self.home.downloads()))
    }

    /// Makes the system's download folder if it is the target and missing. A chosen folder that is missing is an
    /// error instead: it may be a disk that is not mounted.
    pub(super) fn ensure_downloads(&self) {
        let folder = self.folder();
        if folder == self.home.downloads()
            && let Err(error) = ensure_folder(&folder)
        {
            tracing::warn!(failure = %error.failure(), "the download folder could not be made");
        }
    }

    // Receiving

    /// Receive is switched on, for so long.
    pub(super) fn receive_again(&self, lasting: Lasting) {
        self.turn.begin(lasting);
    }

    // People's answers

    /// A name for a new question.
    pub(super) fn question(&self) -> PromptId {
        PromptId(self.next_question.fetch_add(1, Ordering::Relaxed))
    }

    /// Tells front ends which transfers can go on.
    pub(super) async fn tell_unfinished(&self) {
        match self.records.unfinished().await {
            Ok(unfinished) => self.fact(Event::Unfinished(unfinished)),
            Err(failure) => self.fact(Event::Notice(failure)),
        }
    }

    // Devices

    /// Tells front ends which computers are paired.
    pub(super) async fn tell_devices(&self) {
        match self.records.devices().await {
            Ok(devices) => self.fact(Event::Devices(devices)),
            Err(failure) => self.fact(Event::Notice(failure)),
        }
    }

    /// Whether a paired computer has this name, and this device is not it.
    pub(super) async fn is_name_taken(&self, name: Option<&DeviceName>, device: DeviceId) -> bool {
        let Some(name) = name else { return false };
        let devices = self.records.devices().await.unwrap_or_default();
        devices.iter().any(|paired| paired.id != device && paired.name.looks_like(name))
    }

    /// What is known of a target before it is reached.
    pub(super) fn peer_of(&self, to: &Target) -> Peer {
        match to {
            Target::Address(address) => Peer::at(address.to_string()),
            Target::Device(id) => self.outbox.read(|state| {
                let device = state.devices.iter().find(|device| device.id == *id);
                let address = device.and_then(|device| device.address.as_ref()).map(ToString::to_string);
                let name = device.map(|device| device.name.clone());
                Peer {
                    name,
                    id: Some(*id),
                    ..Peer::at(address.unwrap_or_else(|| id.fingerprint().to_string()))
                }
            }),
        }
    }
}

/// The same place, wherever this program is started the next time. As it is where nobody can say where we are.
pub(super) fn absolute(path: PathBuf) -> PathBuf {
    std::path::absolute(&path).unwrap_or(path)
}

/// The person's name for this device, else the host's, else a plain word.
pub(super) fn device_name(settings: &Settings) -> DeviceName {
    let host = || gethostname::gethostname().to_string_lossy().into_owned();
    DeviceName::new(&settings.name)
        .or_else(|| DeviceName::new(&host()))
        .or_else(|| DeviceName::new("Sampan"))
        .expect("a plain word is a name")
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // What these hold is whole between any two statements; a panic elsewhere does not spoil it.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
