//! The receiver's signed record of a transfer: its pages go to a thread that keeps and checks them.

use std::sync::Arc;

use tokio::sync::mpsc;
use tokio::task::{JoinHandle, spawn_blocking};

use crate::model::{Failure, FailureKind};
use crate::session::receipt::ComingReceipt;
use crate::session::send::{SendJob, SendNews};
use crate::session::{Ledger, SessionError, SignedReceipt};

/// Pages of a receipt that wait to be looked at.
const PAGES: usize = 8;

/// How far the receipt is.
pub(super) enum ReceiptState {
    /// No page came.
    Ahead,
    /// Its pages go to a thread.
    Coming(Checker),
    /// This computer cannot keep it; what comes of it is dropped. What arrived is no worse for that.
    Lost,
}

/// The thread that takes the receipt in and checks it.
pub(super) struct Checker {
    pages: mpsc::Sender<Vec<u8>>,
    work: JoinHandle<Result<SignedReceipt, SessionError>>,
}

impl Checker {
    fn start(coming: ComingReceipt) -> Self {
        let (pages, pages_rx) = mpsc::channel::<Vec<u8>>(PAGES);
        let work = spawn_blocking(move || coming.take(pages_rx));
        Self { pages, work }
    }

    /// Errors: what is wrong with the receipt.
    async fn finish(self) -> Result<SignedReceipt, SessionError> {
        drop(self.pages);
        self.work.await.map_err(|_| SessionError::Internal("the check of a receipt"))?
    }
}

impl ReceiptState {
    /// A page too many is refused where the receipt is checked; a thread that stopped has the reason.
    pub(super) async fn note(
        &mut self,
        page: Vec<u8>,
        ledger: &Arc<Ledger>,
        job: &SendJob,
        tell: &impl Fn(SendNews),
    ) -> Result<(), SessionError> {
        if let Self::Ahead = self {
            let coming = ComingReceipt::new(job.parties, Arc::clone(ledger), &job.limits, job.signer_of);
            *self = Self::Coming(Checker::start(coming));
        }
        match self {
            Self::Coming(receipt) if receipt.pages.send(page).await.is_err() => self.end(tell).await,
            Self::Ahead | Self::Coming(_) | Self::Lost => Ok(()),
        }
    }

    /// No more pages come, or are taken. A receiver's lie ends the session; where this computer cannot keep the record the
    /// files are as safe as they were. Errors: [`SessionError::Receipt`].
    pub(super) async fn end(&mut self, tell: &impl Fn(SendNews)) -> Result<(), SessionError> {
        let Self::Coming(receipt) = std::mem::replace(self, Self::Lost) else {
            return Ok(());
        };
        match receipt.finish().await {
            Ok(receipt) => tell(SendNews::Receipt(Arc::new(receipt))),
            Err(SessionError::Spool(error)) => tell(SendNews::ReceiptLost(error.failure())),
            Err(error @ SessionError::Internal(_)) => {
                tell(SendNews::ReceiptLost(Failure::here(FailureKind::Internal).because(error)));
            }
            Err(error) => return Err(error),
        }
        Ok(())
    }
}
