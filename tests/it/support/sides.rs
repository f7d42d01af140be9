//! One side of a transfer without engine, network or window: the steps of a session over any stream.

use std::fs;
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};

use sampan::engine::Purpose;
use sampan::model::{Failure, Links, PlanSummary, ReceiptEntry, Step, TransferId, Wish};
use sampan::net::{Identity, signer_of};
use sampan::session::{
    Halt, Ledger, Link, Listing, ManifestLimits, Meter, Parties, Remembered, SendEnd, SendJob, SendNews,
    SessionError, SignedReceipt, Timing, Wanted, hello, introduce, own_hello, send,
};
use sampan::storage::{Home, Roots, load_or_create_key};
use sampan::wire::{ByeReason, ReceiptReader};
use tempfile::TempDir;
use tokio::io::DuplexStream;
use tokio::sync::watch;
use tokio::task::JoinHandle;

pub(crate) use crate::support::taker::{Received, Receiver, ReceiverEnd, Spot};
use crate::support::taker::{introduction, sender};
use crate::support::within;

/// A sending session.
pub(crate) struct Sender {
    pub(crate) cancel: Halt,
    pub(crate) wish: watch::Sender<Wish>,
    pub(crate) heard: Arc<Heard>,
    task: JoinHandle<Result<SendEnd, SessionError>>,
}

/// What a sending session told.
#[derive(Debug, Default)]
pub(crate) struct Heard {
    pub(crate) listed: OnceLock<(Arc<Listing>, Arc<Ledger>)>,
    pub(crate) planned: OnceLock<PlanSummary>,
    pub(crate) wanted: OnceLock<Arc<Wanted>>,
    pub(crate) receipt: OnceLock<Arc<SignedReceipt>>,
    pub(crate) receipt_lost: OnceLock<Failure>,
    pub(crate) steps: std::sync::Mutex<Vec<Step>>,
}

impl Heard {
    /// What it wrote down about the files; it must have listed them.
    #[track_caller]
    pub(crate) fn ledger(&self) -> Arc<Ledger> {
        Arc::clone(&self.listed.get().expect("the files are listed").1)
    }

    /// The entries of the receipt it was told.
    #[track_caller]
    pub(crate) fn receipt(&self) -> Vec<ReceiptEntry> {
        let receipt = self.receipt.get().expect("a receipt was told");
        let mut reader = ReceiptReader::begin(receipt.read()).unwrap();
        std::iter::from_fn(|| reader.entry().unwrap()).collect()
    }

    /// How many files are safe, as far as it knows.
    pub(crate) fn saved(&self) -> u64 {
        self.listed.get().map_or(0, |(_, ledger)| ledger.counts().saved)
    }

    fn hear(&self, news: SendNews) {
        match news {
            SendNews::Listed(listing, ledger) => drop(self.listed.get_or_init(|| (listing, ledger))),
            SendNews::Planned(plan) => drop(self.planned.get_or_init(|| plan)),
            SendNews::Wanted(wanted) => drop(self.wanted.get_or_init(|| wanted)),
            SendNews::Step(step) => self.steps.lock().unwrap().push(step),
            SendNews::ReceiptLost(failure) => drop(self.receipt_lost.get_or_init(|| failure)),
            SendNews::Receipt(receipt) => drop(self.receipt.get_or_init(|| receipt)),
            SendNews::Paused(_) => {}
        }
    }
}

impl Sender {
    pub(crate) fn start(stream: DuplexStream, roots: Roots) -> Self {
        Self::with(stream, Timing::default(), roots)
    }

    pub(crate) fn with(stream: DuplexStream, timing: Timing, roots: Roots) -> Self {
        Self::run(stream, timing, roots, Purpose::Send, None)
    }

    /// One that keeps what is too long for memory in this folder.
    pub(crate) fn keeping_in(folder: PathBuf, stream: DuplexStream, roots: Roots) -> Self {
        Self::run(stream, Timing::default(), roots, Purpose::Send, Some(folder))
    }

    /// One that only wants to know the plan.
    pub(crate) fn asking(stream: DuplexStream, roots: Roots) -> Self {
        Self::run(stream, Timing::default(), roots, Purpose::Ask, None)
    }

    fn run(
        stream: DuplexStream,
        timing: Timing,
        roots: Roots,
        purpose: Purpose,
        keep_in: Option<PathBuf>,
    ) -> Self {
        let (cancel, heard, meter) = (Halt::default(), Arc::<Heard>::default(), Arc::<Meter>::default());
        let (wish, wishes) = watch::channel(Wish::Resume);
        // The list is in it; it is small in most tests, so nothing is written.
        let home = tempfile::tempdir().unwrap();
        let mut job = SendJob {
            parties: parties(),
            signer_of,
            roots,
            purpose,
            limits: ManifestLimits::in_folder(keep_in.unwrap_or_else(|| home.path().to_owned())),
            meter: Arc::clone(&meter),
            cancel: cancel.clone(),
            wish: wishes,
            remembered: Some(Remembered::default()),
        };
        let kept = Arc::clone(&heard);
        let work = async move {
            let mut link = Link::new(stream, timing, meter);
            let result = async {
                greet(&mut link).await?;
                send(&mut link, &mut job, |news| kept.hear(news)).await
            }
            .await;
            finish(link, result.as_ref().err()).await;
            drop(home);
            result
        };
        Self { cancel, wish, heard, task: tokio::spawn(work) }
    }

    /// What it wrote down about the files; it must have listed them.
    #[track_caller]
    pub(crate) fn ledger(&self) -> Arc<Ledger> {
        self.heard.ledger()
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

/// Who sends what to whom in these tests; nobody proved it.
pub(crate) fn parties() -> Parties {
    let transfer = TransferId::from_bytes([7; 16]);
    Parties { transfer, sender: sender(), receiver: identity().device() }
}

/// The receiver's key: the same in all tests of a run.
pub(crate) fn identity() -> &'static Identity {
    static IDENTITY: OnceLock<Identity> = OnceLock::new();
    IDENTITY.get_or_init(|| {
        let home = tempfile::tempdir().unwrap();
        let key = load_or_create_key(&Home::at(home.path()).unwrap()).unwrap();
        Identity::from_pkcs8(key.as_der()).unwrap()
    })
}

/// Files to send, in a folder of their own.
pub(crate) struct Files {
    folder: TempDir,
    pub(crate) roots: Roots,
}

impl Files {
    /// Files of these names and contents, each a root. A name with `/` is in folders, and then the outermost folder is the root;
    /// one that ends with `/` is an empty folder.
    pub(crate) fn of(files: &[(&str, &[u8])]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut roots: Vec<PathBuf> = Vec::new();
        for (name, contents) in files {
            let path = folder.path().join(name);
            if name.ends_with('/') {
                fs::create_dir_all(&path).unwrap();
            } else {
                fs::create_dir_all(path.parent().unwrap()).unwrap();
                fs::write(&path, contents).unwrap();
            }
            roots.push(folder.path().join(name.split('/').next().unwrap()));
        }
        roots.dedup();
        let roots = Roots::look(&roots, Links::Keep).unwrap();
        Self { folder, roots }
    }

    /// So many empty files with long names, in one folder `many`.
    pub(crate) fn many(count: usize) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let many = folder.path().join("many");
        fs::create_dir(&many).unwrap();
        (0..count).for_each(|n| drop(fs::File::create(many.join(format!("{n:0>200}"))).unwrap()));
        let roots = Roots::look(&[many], Links::Keep).unwrap();
        Self { folder, roots }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }
}

/// Ends a link as the engine does.
pub(super) async fn finish(link: Link, error: Option<&SessionError>) {
    match error {
        None => link.close().await,
        Some(error) if error.is_peers_fault() => link.leave(ByeReason::Protocol, &error.to_string()).await,
        Some(error @ (SessionError::Crowded | SessionError::InUse { .. })) => {
            link.leave(ByeReason::Busy, &error.to_string()).await;
        }
        Some(error @ SessionError::Spool(_)) => link.leave(ByeReason::Other, &error.to_string()).await,
        Some(_) => {}
    }
}

/// A greeting in which nothing needs to be proven: what comes after it is what these tests are about.
async fn greet(link: &mut Link) -> Result<(), SessionError> {
    hello(link, own_hello()).await?;
    let limit = link.timing().hello;
    introduce(link, introduction(), limit).await.map(drop)
}
