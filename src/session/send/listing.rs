//! The sender's list of what it offers: made while the tree is walked, told page by page, and kept as it was told.

use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use tokio::sync::mpsc;
use tokio::task::spawn_blocking;

use crate::model::{EntryIndex, FileProblem, ManifestSummary, Side, shown_path, size};
use crate::session::ledger::LeftOut;
use crate::session::manifest::ManifestBuilder;
use crate::session::stopper::Stopper;
use crate::session::{Manifest, ManifestLimits, SessionError};
use crate::storage::{Roots, Seal, Walked};
use crate::wire::{Frame, ManifestPage, PageWriter};

/// A page that is not full yet is told after this long, so that the receiver sees that a slow disk is still being walked.
const PAGE_AGE: Duration = Duration::from_secs(5);

/// What is offered, as it was when it was listed.
#[derive(Debug)]
pub struct Listing {
    /// Where the files are.
    pub roots: Roots,
    /// What the receiver was told.
    pub manifest: Arc<Manifest>,
    /// What could not be offered.
    pub left_out: Vec<LeftOut>,
    /// What tells whether a file is still the one that was listed; one an entry.
    seals: Vec<Seal>,
}

impl Listing {
    /// The seal of an entry.
    pub(super) fn seal(&self, entry: EntryIndex) -> Option<Seal> {
        self.seals.get(size::to_len(entry)).copied()
    }

    /// Walks the roots and tells every page and the totals. Where the line is broken nothing is told; whoever reads from it
    /// hears why. `None`: there is nothing to offer, and the totals were not told. Dropped while waiting, the walk ends soon.
    /// Errors: [`SessionError::Manifest`] when it is more than one offer may have, [`SessionError::Spool`].
    pub(super) async fn tell(
        roots: &Roots,
        limits: &ManifestLimits,
        control: &mpsc::Sender<Frame>,
    ) -> Result<Option<Self>, SessionError> {
        let stop = Arc::new(AtomicBool::new(false));
        let _stopper = Stopper::of(&stop);
        let teller = Teller {
            control: control.clone(),
            stop,
            pages: PageWriter::new(),
            builder: ManifestBuilder::new(limits.clone()),
            seals: Vec::new(),
            left_out: Vec::new(),
            left_out_count: 0,
            last_page: Instant::now(),
        };
        let roots = roots.clone();
        let told = spawn_blocking(move || teller.walk(roots)).await;
        let told = told.map_err(|_| SessionError::Internal("the listing of files"))??;
        // Said here and not by the thread: a quick receiver must not answer before its word that it is through is here.
        if let Some(listing) = &told {
            control.send(Frame::ManifestEnd(*listing.manifest.summary())).await.ok();
        }
        Ok(told)
    }
}

struct Teller {
    control: mpsc::Sender<Frame>,
    stop: Arc<AtomicBool>,
    pages: PageWriter,
    builder: ManifestBuilder,
    seals: Vec<Seal>,
    left_out: Vec<LeftOut>,
    left_out_count: u64,
    last_page: Instant,
}

impl Teller {
    fn walk(mut self, roots: Roots) -> Result<Option<Listing>, SessionError> {
        let mut trouble = None;
        roots.walk(&mut |walked| {
            if self.stop.load(Ordering::Acquire) {
                return ControlFlow::Break(());
            }
            match self.take(walked) {
                Ok(()) => ControlFlow::Continue(()),
                Err(error) => {
                    trouble = Some(error);
                    ControlFlow::Break(())
                }
            }
        });
        if let Some(error) = trouble {
            return Err(error);
        }
        let (last, summary) =
            std::mem::replace(&mut self.pages, PageWriter::new()).finish(self.left_out_count);
        if let Some(page) = last {
            self.page(page)?;
        }
        if summary.entries == 0 || self.stop.load(Ordering::Acquire) {
            return Ok(None);
        }
        self.finish(roots, summary).map(Some)
    }

    fn take(&mut self, walked: Walked) -> Result<(), SessionError> {
        match walked {
            Walked::Entry(entry, seal) => {
                self.seals.push(seal);
                let full = self.pages.push(entry);
                let page = full.or_else(|| {
                    let is_old = self.last_page.elapsed() > PAGE_AGE;
                    is_old.then(|| self.pages.flush()).flatten()
                });
                page.map_or(Ok(()), |page| self.page(page))
            }
            Walked::Passed(error) => {
                self.left_out_count += 1;
                if self.left_out.len() < crate::session::ledger::MAX_LEFT_OUT {
                    let path = shown_path(error.path());
                    let problem = FileProblem { kind: error.failure().kind, side: Side::Here };
                    self.left_out.push(LeftOut { path, problem });
                }
                Ok(())
            }
        }
    }

    fn page(&mut self, page: ManifestPage) -> Result<(), SessionError> {
        self.last_page = Instant::now();
        self.builder.add(&page)?;
        self.builder.store_full()?;
        self.control.blocking_send(Frame::ManifestPage(page)).ok();
        Ok(())
    }

    fn finish(self, roots: Roots, summary: ManifestSummary) -> Result<Listing, SessionError> {
        let manifest = Arc::new(self.builder.build(summary)?);
        Ok(Listing { roots, manifest, left_out: self.left_out, seals: self.seals })
    }
}
