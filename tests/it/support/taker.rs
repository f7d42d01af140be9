//! A receiving session without engine: what it is offered is compared, decided about and taken into a folder of its own.

use std::fs;
use std::future::Future;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock};

use sampan::model::{
    Agreed, Conflict, Decision, DeclineReason, DeviceId, DeviceName, Digest, Moment, Paused, Side, Wish,
};
use sampan::session::{
    Ahead, Choices, Halt, Ledger, Link, Look, Looked, ManifestLimits, Meter, Notary, Offered, Parties, Past,
    Place, Plan, ReceiveEnd, ReceiveNews, Receiving, Request, SessionError, Timing, Verdict, decline, hello,
    introduce_back, look, own_hello, read_offer, receive, request, say_all, say_plan, wait_for_verdict,
};
use sampan::storage::{Database, Folder, Home, Journal, Staging, Target};
use sampan::wire::{Frame, Introduction, Purpose};
use tempfile::TempDir;
use tokio::io::DuplexStream;
use tokio::runtime::Handle;
use tokio::sync::watch;
use tokio::task::{JoinHandle, spawn_blocking};
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use crate::support::sides::{finish, identity, parties};
use crate::support::{names_in, within};

/// Who sends, as far as these receivers know.
pub(crate) fn sender() -> DeviceId {
    DeviceId::from_bytes([9; 32])
}

/// How a receiver's session ended that did not break off.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Received {
    /// Nothing was offered, or it was taken back.
    NoOffer,
    /// Somebody here said no.
    Declined,
    /// Nobody here decided in time.
    TimedOut,
    /// Taken back or cancelled before the decision.
    Withdrawn(Side),
    /// It was only asked.
    Asked,
    /// It was taken.
    End(ReceiveEnd),
}

/// Where a receiver's files go, and what it remembers. It outlives its sessions.
pub(crate) struct Spot {
    folder: Into,
    home: TempDir,
    database: Database,
}

/// A folder of its own, or one of the test's.
enum Into {
    Own(TempDir),
    Given(PathBuf),
}

impl Spot {
    /// An empty folder.
    pub(crate) fn new() -> Self {
        Self::at(Into::Own(tempfile::tempdir().unwrap()))
    }

    /// A folder of the test's.
    pub(crate) fn into(folder: &Path) -> Self {
        Self::at(Into::Given(folder.to_owned()))
    }

    fn at(folder: Into) -> Self {
        let home = tempfile::tempdir().unwrap();
        let database = Database::open(&Home::at(home.path()).unwrap()).unwrap();
        Self { folder, home, database }
    }

    pub(crate) fn folder(&self) -> &Path {
        match &self.folder {
            Into::Own(folder) => folder.path(),
            Into::Given(folder) => folder,
        }
    }

    /// Names in its folder, sorted; what is the program's own is not among them.
    pub(crate) fn names(&self) -> Vec<String> {
        self.all().into_iter().filter(|name| !name.starts_with(".sampan-")).collect()
    }

    /// What of the program's own is in its folder: staging folders and what is in them, sorted.
    pub(crate) fn leftovers(&self) -> Vec<String> {
        let own = self.all().into_iter().filter(|name| name.starts_with(".sampan-"));
        let mut all = Vec::new();
        for name in own {
            let path = self.folder().join(&name);
            let is_folder = fs::symlink_metadata(&path).unwrap().is_dir();
            let inside = if is_folder { names_in(&path) } else { Vec::new() };
            all.extend(inside.into_iter().map(|part| format!("{name}/{part}")));
            all.push(name);
        }
        all.sort();
        all
    }

    /// Lengths of the parts in its folder.
    pub(crate) fn parts(&self) -> Vec<u64> {
        let parts = self
            .leftovers()
            .into_iter()
            .filter(|name| Path::new(name).extension().is_some_and(|end| end == "part"));
        parts.map(|name| fs::metadata(self.folder().join(name)).unwrap().len()).collect()
    }

    fn all(&self) -> Vec<String> {
        names_in(self.folder())
    }
}

/// How a receiver decides.
#[derive(Default)]
pub(crate) struct Habits {
    pub(crate) timing: Timing,
    /// In the spot's home, unless a test wants others.
    pub(crate) limits: Option<ManifestLimits>,
    pub(crate) choices: Choices,
}

/// A receiving session.
pub(crate) struct Receiver {
    pub(crate) cancel: Halt,
    pub(crate) wish: watch::Sender<Wish>,
    /// Who wanted a pause, in the order it was told.
    pub(crate) paused: Arc<Mutex<Vec<Paused>>>,
    /// What it wrote down so far.
    pub(crate) kept: Arc<Kept>,
    folder: PathBuf,
    task: JoinHandle<Told>,
}

/// A receiver's result, and its place.
type Told = (Result<Received, SessionError>, Spot);

/// What a session gave away while it ran.
#[derive(Debug, Default)]
pub(crate) struct Kept {
    pub(crate) ledger: OnceLock<Arc<Ledger>>,
    pub(crate) plan: OnceLock<Arc<Plan>>,
}

/// A receiver whose session is over.
pub(crate) struct ReceiverEnd {
    pub(crate) result: Result<Received, SessionError>,
    /// What it wrote down about the files, if it looked at any.
    pub(crate) ledger: Option<Arc<Ledger>>,
    /// What it planned.
    pub(crate) plan: Option<Arc<Plan>>,
    pub(crate) spot: Spot,
}

impl Receiver {
    /// Takes every offer.
    pub(crate) fn accepting(stream: DuplexStream) -> Self {
        Self::start(stream, Timing::default(), async { Decision::Accept })
    }

    /// Answers an offer with `answer`, whenever that is ready.
    pub(crate) fn start(
        stream: DuplexStream,
        timing: Timing,
        answer: impl Future<Output = Decision> + Send + 'static,
    ) -> Self {
        Self::at(Spot::new(), stream, Habits { timing, ..Habits::default() }, answer)
    }

    /// With limits of its own for manifests.
    pub(crate) fn within(
        limits: ManifestLimits,
        stream: DuplexStream,
        timing: Timing,
        answer: impl Future<Output = Decision> + Send + 'static,
    ) -> Self {
        Self::at(Spot::new(), stream, Habits { timing, limits: Some(limits), ..Habits::default() }, answer)
    }

    /// Takes every offer into a folder of the test's.
    pub(crate) fn into(stream: DuplexStream, folder: &Path) -> Self {
        Self::again(Spot::into(folder), stream)
    }

    /// Takes every offer where a former session may have left something.
    pub(crate) fn again(spot: Spot, stream: DuplexStream) -> Self {
        Self::at(spot, stream, Habits::default(), async { Decision::Accept })
    }

    /// Takes every offer, and settles conflicts like this.
    pub(crate) fn settling(spot: Spot, stream: DuplexStream, conflict: Conflict) -> Self {
        let choices = Choices { conflict, entries: Vec::new() };
        Self::at(spot, stream, Habits { choices, ..Habits::default() }, async { Decision::Accept })
    }

    /// As a test likes.
    pub(crate) fn at(
        spot: Spot,
        stream: DuplexStream,
        habits: Habits,
        answer: impl Future<Output = Decision> + Send + 'static,
    ) -> Self {
        let (cancel, paused) = (Halt::default(), Arc::<Mutex<Vec<Paused>>>::default());
        let (wish, wishes) = watch::channel(Wish::Resume);
        let (kept, folder) = (Arc::<Kept>::default(), spot.folder().to_owned());
        let session = Session {
            habits,
            cancel: cancel.clone(),
            wish: wishes,
            paused: Arc::clone(&paused),
            kept: Arc::clone(&kept),
            meter: Arc::default(),
        };
        let task = tokio::spawn(session.run(spot, stream, answer));
        Self { cancel, wish, paused, kept, folder, task }
    }

    /// How many files failed, as far as it knows.
    pub(crate) fn failed(&self) -> u64 {
        self.kept.ledger.get().map_or(0, |ledger| ledger.counts().failed)
    }

    /// Where its files go.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Waits for the session's end.
    pub(crate) async fn end(self) -> ReceiverEnd {
        let told = within("the receiver's end", self.task).await.unwrap();
        ReceiverEnd::of(told, &self.kept)
    }

    /// Waits for it in a test in which hours may pass.
    pub(crate) async fn end_at_last(self) -> ReceiverEnd {
        let told = self.task.await.unwrap();
        ReceiverEnd::of(told, &self.kept)
    }
}

impl ReceiverEnd {
    fn of((result, spot): Told, kept: &Kept) -> Self {
        let (ledger, plan) = (kept.ledger.get().map(Arc::clone), kept.plan.get().map(Arc::clone));
        Self { result, ledger, plan, spot }
    }

    /// Names in its folder, sorted; what is the program's own is not among them.
    pub(crate) fn names(&self) -> Vec<String> {
        self.spot.names()
    }

    pub(crate) fn contents(&self, name: &str) -> Vec<u8> {
        fs::read(self.path(name)).unwrap()
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.spot.folder().join(name)
    }
}

/// All of a receiving session but its place and its answer.
struct Session {
    habits: Habits,
    cancel: Halt,
    wish: watch::Receiver<Wish>,
    paused: Arc<Mutex<Vec<Paused>>>,
    kept: Arc<Kept>,
    meter: Arc<Meter>,
}

/// What a look brought that can be used.
struct Made {
    folder: Folder,
    plan: Arc<Plan>,
    names: Digest,
    staging: Option<Staging>,
}

impl Session {
    async fn run(self, spot: Spot, stream: DuplexStream, answer: impl Future<Output = Decision>) -> Told {
        let mut link = Link::new(stream, self.habits.timing, Arc::clone(&self.meter));
        let result = self.take(&mut link, &spot, answer).await;
        finish(link, result.as_ref().err()).await;
        (result, spot)
    }

    async fn take(
        self,
        link: &mut Link,
        spot: &Spot,
        answer: impl Future<Output = Decision>,
    ) -> Result<Received, SessionError> {
        greet(link).await?;
        let offer = match request(link).await? {
            Some(Request::Offer(offer)) => offer,
            Some(Request::Remember) | None => return Ok(Received::NoOffer),
        };
        let limits = self.habits.limits.clone();
        let limits = limits.unwrap_or_else(|| ManifestLimits::in_folder(spot.home.path().to_owned()));
        // The clock of these tests stands still while a thread works, and this one would wait for pages.
        let ahead = Ahead::start(|| None, ());
        let Some(offered) = read_offer(link, offer, &limits, ahead).await? else {
            return Ok(Received::NoOffer);
        };
        let ledger = Arc::new(Ledger::new(Arc::clone(&offered.manifest), Vec::new()));
        self.kept.ledger.get_or_init(|| Arc::clone(&ledger));
        let made = match self.look(link, spot, &offered, &ledger).await? {
            Ok(made) => made,
            Err(received) => return Ok(received),
        };
        say_plan(link, &made.plan).await;
        self.kept.plan.get_or_init(|| Arc::clone(&made.plan));
        if offered.purpose == Purpose::Ask {
            say_all(link, &made.plan).await;
            decline(link, &offered, DeclineReason::OnlyAsked).await;
            return Ok(Received::Asked);
        }
        if let Some(no) = self.decide(link, &offered, answer).await? {
            return Ok(no);
        }
        let plan = Arc::clone(&made.plan);
        let Some(place) = stage(spot, &offered, made).await else {
            decline(link, &offered, DeclineReason::Folder).await;
            return Ok(Received::Declined);
        };
        let Self { cancel, wish, paused, meter, .. } = self;
        let notary = Notary {
            parties: Parties { transfer: offered.transfer, ..parties() },
            started: Moment::from_secs(1_790_000_000),
            limits,
            seal: Arc::new(|digest| identity().seal(digest).ok()),
        };
        let superseded = CancellationToken::new();
        let job = Receiving { plan, place, notary, ledger, meter, cancel, superseded, wish };
        let tell = |news| match news {
            ReceiveNews::Step(_) => {}
            ReceiveNews::Paused(now) => paused.lock().unwrap().push(now),
        };
        receive(link, job, tell).await.map(Received::End)
    }

    async fn look(
        &self,
        link: &mut Link,
        spot: &Spot,
        offered: &Offered,
        ledger: &Arc<Ledger>,
    ) -> Result<Result<Made, Received>, SessionError> {
        let folder = Folder::open(spot.folder()).unwrap();
        let journal = spot.database.journal(sender(), offered.transfer);
        let past = off_the_clock(async move { Past::of(&journal).await.unwrap() }).await;
        let (choices, ledger) = (self.habits.choices.clone(), Arc::clone(ledger));
        let transfer = offered.transfer;
        let looking = Look { folder: folder.clone(), sender: sender(), transfer, past, choices, ledger };
        match look(link, offered, looking, &self.cancel).await? {
            Looked::Plan(plan, names, staging) => {
                Ok(Ok(Made { folder, plan: Arc::from(plan), names, staging }))
            }
            Looked::Unusable(_) => {
                decline(link, offered, DeclineReason::Folder).await;
                Ok(Err(Received::Declined))
            }
            Looked::Cancelled(by, _) => Ok(Err(self.withdrawn(link, offered, by).await)),
        }
    }

    async fn withdrawn(&self, link: &Link, offered: &Offered, by: Side) -> Received {
        if by == Side::Here {
            decline(link, offered, DeclineReason::Person).await;
        }
        Received::Withdrawn(by)
    }

    /// Waits for the answer; gives the end if it was no yes.
    async fn decide(
        &self,
        link: &mut Link,
        offered: &Offered,
        answer: impl Future<Output = Decision>,
    ) -> Result<Option<Received>, SessionError> {
        Ok(match wait_for_verdict(link, &self.cancel, answer).await? {
            Verdict::Decided(Decision::Accept) => None,
            Verdict::Decided(Decision::Decline(reason)) => {
                decline(link, offered, reason).await;
                Some(Received::Declined)
            }
            Verdict::TimedOut => {
                decline(link, offered, DeclineReason::Timeout).await;
                Some(Received::TimedOut)
            }
            Verdict::Cancelled(by, _) => Some(self.withdrawn(link, offered, by).await),
        })
    }
}

/// Writes down that it was agreed to, and takes hold of the staging folder; `None` if that cannot be.
async fn stage(spot: &Spot, offered: &Offered, made: Made) -> Option<Place> {
    let Made { folder, names, staging, .. } = made;
    let agreed = Agreed {
        sender: sender(),
        transfer: offered.transfer,
        folder: spot.folder().to_owned(),
        account: None,
        names,
        conflict: Conflict::default(),
        label: String::new(),
        files: offered.manifest.files(),
        bytes: offered.manifest.summary().bytes,
        allowance: u64::MAX,
        at: Moment::from_secs(0),
    };
    let (database, transfer) = (spot.database.clone(), offered.transfer);
    off_the_clock(async move {
        let journal: Journal = database.agree(agreed, Vec::new()).await.unwrap();
        let staging = match staging {
            Some(staging) => staging,
            None => Staging::open(&folder, &sender(), &transfer).ok()?,
        };
        journal.begin().await.unwrap();
        Some(Place { target: Target::new(folder), staging, journal })
    })
    .await
}

/// Waits for a thread that the runtime does not know: a clock that stands still must not run on meanwhile.
async fn off_the_clock<T: Send + 'static>(work: impl Future<Output = T> + Send + 'static) -> T {
    let runtime = Handle::current();
    spawn_blocking(move || runtime.block_on(work)).await.unwrap()
}

async fn greet(link: &mut Link) -> Result<(), SessionError> {
    hello(link, own_hello()).await?;
    let limit = link.timing().hello;
    let frame = timeout(limit, link.expect("Introduce")).await;
    match frame.unwrap_or(Err(SessionError::Late { what: "introduce itself", limit }))? {
        Frame::Introduce(_) => introduce_back(link, introduction()).await,
        other => return Err(SessionError::Unexpected { expected: "Introduce", got: other.kind() }),
    }
    Ok(())
}

pub(super) fn introduction() -> Introduction {
    Introduction { name: DeviceName::new("session"), remembers: None }
}
