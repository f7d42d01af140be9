//! One side of a transfer without engine, network or window: the steps of a session over any stream.

use std::fs;
use std::future::Future;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use sampan::model::{Decision, DeclineReason, DeviceId, DeviceName, Side, TransferId};
use sampan::session::{
    Ledger, Link, ManifestLimits, Meter, ReceiveEnd, Receiving, Remembered, Request, SendEnd, SendJob,
    SessionError, Timing, Verdict, decline, hello, introduce, introduce_back, own_hello, read_offer, receive,
    request, send, wait_for_verdict,
};
use sampan::storage::{Folder, Source};
use sampan::wire::{ByeReason, Frame, Introduction};
use tempfile::TempDir;
use tokio::io::DuplexStream;
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use crate::support::within;

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
    /// It was taken.
    End(ReceiveEnd),
}

/// A receiving session and its folder.
pub(crate) struct Receiver {
    pub(crate) folder: TempDir,
    pub(crate) cancel: CancellationToken,
    task: JoinHandle<Told>,
}

/// A receiver's result, and what it wrote down about the files.
type Told = (Result<Received, SessionError>, Option<Arc<Ledger>>);

/// A receiver whose session is over.
pub(crate) struct ReceiverEnd {
    pub(crate) result: Result<Received, SessionError>,
    /// What it wrote down about the files, if it took any.
    pub(crate) ledger: Option<Arc<Ledger>>,
    folder: TempDir,
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
        let home = tempfile::tempdir().unwrap();
        let limits = ManifestLimits::in_folder(home.path().to_owned());
        let answer = async move {
            let answer = answer.await;
            drop(home); // whatever the manifest needs in it was opened by now
            answer
        };
        Self::within(limits, stream, timing, answer)
    }

    /// With limits of its own for manifests.
    pub(crate) fn within(
        limits: ManifestLimits,
        stream: DuplexStream,
        timing: Timing,
        answer: impl Future<Output = Decision> + Send + 'static,
    ) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let cancel = CancellationToken::new();
        let work = receiver(stream, timing, limits, folder.path().to_owned(), cancel.clone(), answer);
        Self { folder, cancel, task: tokio::spawn(work) }
    }

    /// Takes every offer into a folder of the test's.
    pub(crate) fn into(stream: DuplexStream, folder: &Path) -> Self {
        let cancel = CancellationToken::new();
        let answer = async { Decision::Accept };
        let home = tempfile::tempdir().unwrap(); // the session's manifest is in it; it is small, so nothing is written
        let limits = ManifestLimits::in_folder(home.path().to_owned());
        let work = receiver(stream, Timing::default(), limits, folder.to_owned(), cancel.clone(), answer);
        Self { folder: home, cancel, task: tokio::spawn(work) }
    }

    /// Waits for the session's end.
    pub(crate) async fn end(self) -> ReceiverEnd {
        let Self { folder, task, cancel: _ } = self;
        let (result, ledger) = within("the receiver's end", task).await.unwrap();
        ReceiverEnd { result, ledger, folder }
    }

    /// Waits for it in a test in which hours may pass.
    pub(crate) async fn end_at_last(self) -> ReceiverEnd {
        let (result, ledger) = self.task.await.unwrap();
        ReceiverEnd { result, ledger, folder: self.folder }
    }
}

impl ReceiverEnd {
    /// Names in its folder, sorted.
    pub(crate) fn names(&self) -> Vec<String> {
        let entries = fs::read_dir(self.folder.path()).unwrap();
        let mut names: Vec<String> =
            entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    pub(crate) fn contents(&self, name: &str) -> Vec<u8> {
        fs::read(self.path(name)).unwrap()
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }
}

async fn receiver(
    stream: DuplexStream,
    timing: Timing,
    limits: ManifestLimits,
    folder: PathBuf,
    cancel: CancellationToken,
    answer: impl Future<Output = Decision>,
) -> Told {
    let meter: Arc<Meter> = Arc::default();
    let mut link = Link::new(stream, timing, Arc::clone(&meter));
    let mut ledger = None;
    let result = take(&mut link, &limits, folder, cancel, meter, answer, &mut ledger).await;
    finish(link, result.as_ref().err()).await;
    (result, ledger)
}

async fn take(
    link: &mut Link,
    limits: &ManifestLimits,
    folder: PathBuf,
    cancel: CancellationToken,
    meter: Arc<Meter>,
    answer: impl Future<Output = Decision>,
    kept: &mut Option<Arc<Ledger>>,
) -> Result<Received, SessionError> {
    greet_as_listener(link).await?;
    let offer = match request(link).await? {
        Some(Request::Offer(offer)) => offer,
        Some(Request::Remember) | None => return Ok(Received::NoOffer),
    };
    let Some(offered) = read_offer(link, offer, limits).await? else { return Ok(Received::NoOffer) };
    match wait_for_verdict(link, &cancel, answer).await? {
        Verdict::Decided(Decision::Accept) => {}
        Verdict::Decided(Decision::Decline(reason)) => {
            decline(link, &offered, reason).await;
            return Ok(Received::Declined);
        }
        Verdict::TimedOut => {
            decline(link, &offered, DeclineReason::Timeout).await;
            return Ok(Received::TimedOut);
        }
        Verdict::Cancelled(by) => {
            if by == Side::Here {
                decline(link, &offered, DeclineReason::Person).await;
            }
            return Ok(Received::Withdrawn(by));
        }
    }
    let ledger = Arc::new(Ledger::of_offer(Arc::clone(&offered.manifest)));
    *kept = Some(Arc::clone(&ledger));
    let job = Receiving {
        sender: DeviceId::from_bytes([9; 32]),
        transfer: offered.transfer,
        manifest: offered.manifest,
        folder: Folder::open(&folder).unwrap(),
        ledger,
        meter,
        cancel,
    };
    receive(link, &job, |_| ()).await.map(Received::End)
}

/// A sending session.
pub(crate) struct Sender {
    pub(crate) cancel: CancellationToken,
    pub(crate) ledger: Arc<Ledger>,
    task: JoinHandle<Result<SendEnd, SessionError>>,
}

impl Sender {
    pub(crate) fn start(stream: DuplexStream, sources: Arc<[Source]>) -> Self {
        Self::with(stream, Timing::default(), sources)
    }

    pub(crate) fn with(stream: DuplexStream, timing: Timing, sources: Arc<[Source]>) -> Self {
        let ledger = Arc::new(Ledger::of_sources(Arc::clone(&sources)));
        let cancel = CancellationToken::new();
        let meter: Arc<Meter> = Arc::default();
        let job = SendJob {
            transfer: TransferId::from_bytes([7; 16]),
            sources,
            ledger: Arc::clone(&ledger),
            meter: Arc::clone(&meter),
            cancel: cancel.clone(),
            remembered: Some(Remembered::default()),
        };
        let work = async move {
            let mut link = Link::new(stream, timing, meter);
            let result = async {
                greet_as_dialler(&mut link).await?;
                send(&mut link, &job, |_| ()).await
            }
            .await;
            finish(link, result.as_ref().err()).await;
            result
        };
        Self { cancel, ledger, task: tokio::spawn(work) }
    }

    /// Waits for the session's end.
    pub(crate) async fn end(self) -> Result<SendEnd, SessionError> {
        within("the sender's end", self.task).await.unwrap()
    }

    /// Waits for it in a test in which hours may pass.
    pub(crate) async fn end_at_last(self) -> Result<SendEnd, SessionError> {
        self.task.await.unwrap()
    }
}

/// Files to send, in a folder of their own.
pub(crate) struct Files {
    folder: TempDir,
    pub(crate) sources: Arc<[Source]>,
}

impl Files {
    pub(crate) fn of(files: &[(&str, &[u8])]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let sources = files.iter().map(|(name, contents)| {
            fs::write(folder.path().join(name), contents).unwrap();
            Source::inspect(&folder.path().join(name)).unwrap()
        });
        let sources = sources.collect();
        Self { folder, sources }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }
}

/// Ends a link as the engine does.
async fn finish(link: Link, error: Option<&SessionError>) {
    match error {
        None => link.close().await,
        Some(error) if error.is_peers_fault() => link.leave(ByeReason::Protocol, &error.to_string()).await,
        Some(error @ SessionError::Spool(_)) => link.leave(ByeReason::Other, &error.to_string()).await,
        Some(_) => {}
    }
}

/// A greeting in which nothing needs to be proven: what comes after it is what these tests are about.
async fn greet_as_dialler(link: &mut Link) -> Result<(), SessionError> {
    hello(link, own_hello()).await?;
    let limit = link.timing().hello;
    introduce(link, introduction(), limit).await.map(drop)
}

async fn greet_as_listener(link: &mut Link) -> Result<(), SessionError> {
    hello(link, own_hello()).await?;
    let limit = link.timing().hello;
    let frame = timeout(limit, link.expect("Introduce")).await;
    match frame.unwrap_or(Err(SessionError::Late { what: "introduce itself", limit }))? {
        Frame::Introduce(_) => introduce_back(link, introduction()).await,
        other => return Err(SessionError::Unexpected { expected: "Introduce", got: other.kind() }),
    }
    Ok(())
}

fn introduction() -> Introduction {
    Introduction { name: DeviceName::new("session"), remembers: None }
}
