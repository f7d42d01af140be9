//! The sender's disk side: reads and hashes files, and packs their frames into blocks, on a thread of its own.
//!
//! A block is one write: a quarter megabyte of one file, or the headers, bytes and trailers of many small ones.

use std::collections::HashSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};

use sha2::{Digest as _, Sha256};
use tokio::runtime::Handle;
use tokio::sync::mpsc;

use crate::model::{Digest, Entry, EntryIndex, FailureKind, FileProblem, Paused, Side, size};
use crate::session::hashing::zeros;
use crate::session::pace::Pace;
use crate::session::send::{Beginnings, Listing, Wanted, hashing};
use crate::session::{Block, Cursor, Ledger, Meter, Pool, Shape};
use crate::storage::{Run, SourceError, SourceFile};
use crate::wire::{AbortReason, Frame, HEAD_BYTES, chunk_head};

/// What the session tells the pump while it runs.
#[derive(Debug, Default)]
pub(super) struct Orders {
    stop: AtomicBool,
    refused: Mutex<HashSet<EntryIndex>>,
    any_refused: AtomicBool,
    paused: Mutex<Paused>,
    is_paused: AtomicBool,
    resumed: Condvar,
}

impl Orders {
    /// Read no further.
    pub(super) fn stop(&self) {
        self.stop.store(true, Ordering::Release);
        self.pause(Paused::default());
    }

    /// Read nothing while anybody wants a pause.
    pub(super) fn pause(&self, paused: Paused) {
        *self.paused.lock().unwrap_or_else(PoisonError::into_inner) = paused;
        self.is_paused.store(paused.any(), Ordering::Release);
        self.resumed.notify_all();
    }

    fn wait_while_paused(&self) {
        if self.is_paused.load(Ordering::Acquire) {
            let paused = self.paused.lock().unwrap_or_else(PoisonError::into_inner);
            drop(self.resumed.wait_while(paused, |paused| paused.any()));
        }
    }

    /// The receiver cannot save this file: abort it.
    pub(super) fn refuse(&self, entry: EntryIndex) {
        self.refused.lock().unwrap_or_else(PoisonError::into_inner).insert(entry);
        self.any_refused.store(true, Ordering::Release);
    }

    fn is_stopped(&self) -> bool {
        self.stop.load(Ordering::Acquire)
    }

    fn is_refused(&self, entry: EntryIndex) -> bool {
        self.any_refused.load(Ordering::Acquire)
            && self.refused.lock().unwrap_or_else(PoisonError::into_inner).contains(&entry)
    }
}

/// Everything the pump needs.
pub(super) struct Pump {
    pub(super) listing: Arc<Listing>,
    pub(super) wanted: Wanted,
    pub(super) beginnings: Arc<Beginnings>,
    pub(super) ledger: Arc<Ledger>,
    pub(super) orders: Arc<Orders>,
    pub(super) pace: Arc<Pace>,
    pub(super) pool: Arc<Pool>,
    pub(super) data: mpsc::Sender<Block>,
    pub(super) meter: Arc<Meter>,
}

/// Nobody takes blocks any more, or the session said stop.
struct Stopped;

/// Why a file ends in Abort, or why the pump ends.
enum Trouble {
    Abort(AbortReason, FileProblem),
    Stopped,
}

impl From<Stopped> for Trouble {
    fn from(Stopped: Stopped) -> Self {
        Self::Stopped
    }
}

impl Trouble {
    /// The list of names cannot be read back.
    fn names(kind: FailureKind) -> Self {
        Self::Abort(AbortReason::Unreadable, FileProblem { kind, side: Side::Here })
    }
}

impl From<SourceError> for Trouble {
    fn from(error: SourceError) -> Self {
        let kind = error.failure().kind;
        let reason = match kind {
            FailureKind::SourceChanged => AbortReason::Changed,
            FailureKind::NoSuchFile => AbortReason::Vanished,
            _ => AbortReason::Unreadable,
        };
        Self::Abort(reason, FileProblem { kind, side: Side::Here })
    }
}

impl Pump {
    /// Sends all files and End. `true` if End is on its way, `false` if it was stopped before. Blocks; needs a runtime
    /// handle to wait for free blocks.
    pub(super) fn run(self, runtime: Handle) -> bool {
        let mut packer = Packer {
            block: None,
            frame: Vec::new(),
            pool: Arc::clone(&self.pool),
            pace: Arc::clone(&self.pace),
            meter: Arc::clone(&self.meter),
            data: self.data.clone(),
            runtime,
        };
        self.files(&mut packer).and_then(|()| packer.frame(&Frame::End)).and_then(|()| packer.flush()).is_ok()
    }

    fn files(&self, packer: &mut Packer) -> Result<(), Stopped> {
        let mut cursor = Cursor::new(Arc::clone(&self.listing.manifest));
        let mut next = 0;
        while let Some(entry) = self.listing.manifest.next_of(Shape::File, next) {
            // What is not sent is passed over at once, not entry by entry.
            if let Some(end) = self.wanted.end_of_skipped(entry) {
                next = end;
                continue;
            }
            next = entry + 1;
            let sent = match cursor.get(entry) {
                Ok(Some(offered)) => self.file(entry, offered, packer),
                Ok(None) => Err(Trouble::names(FailureKind::Internal)),
                Err(error) => Err(Trouble::names(error.failure().kind)),
            };
            match sent {
                Ok(()) => {}
                Err(Trouble::Stopped) => return Err(Stopped),
                Err(Trouble::Abort(reason, problem)) => {
                    tracing::debug!(entry, ?reason, "a file was given up");
                    self.ledger.failed(entry, problem);
                    packer.frame(&Frame::Abort { entry, reason })?;
                }
            }
        }
        Ok(())
    }

    fn file(&self, entry: EntryIndex, offered: &Entry, packer: &mut Packer) -> Result<(), Trouble> {
        self.go_on(entry)?;
        let seal = self.listing.seal(entry).ok_or(Trouble::names(FailureKind::Internal))?;
        let mut file = self.listing.roots.open(offered, seal)?;
        let offset = self.wanted.offset(entry);
        let mut hasher = self.beginning(entry, offset, &mut file)?;
        packer.frame(&Frame::Header { entry, offset, size: offered.size })?;
        while let Some(run) = file.run()? {
            self.go_on(entry)?;
            match run {
                Run::Hole(hole) => {
                    file.skip(hole);
                    packer.hole(hole)?;
                    // Stopped in it, the next step ends it all.
                    zeros(hole, &mut hasher, &self.orders.stop);
                }
                Run::Data(data) => {
                    let wanted =
                        size::at_most(data, self.pace.payload().min(self.meter.limits().block_bytes()));
                    packer.chunk(wanted, |room| {
                        let count = file.read(room)?;
                        hasher.update(room.get(..count).unwrap_or_default());
                        Ok(count)
                    })?;
                }
            }
        }
        file.finish()?;
        let digest = Digest::from_bytes(hasher.finalize().into());
        self.ledger.digest(entry, digest, offered.size);
        packer.frame(&Frame::Trailer { entry, size: offered.size, digest })?;
        Ok(())
    }

    /// Whether there is still somebody to send this file to.
    fn go_on(&self, entry: EntryIndex) -> Result<(), Trouble> {
        self.orders.wait_while_paused();
        if self.orders.is_stopped() {
            return Err(Trouble::Stopped);
        }
        if self.orders.is_refused(entry) {
            // Whoever refused it has written it down already.
            let problem = FileProblem { kind: FailureKind::WriteFailed, side: Side::There };
            return Err(Trouble::Abort(AbortReason::NotWanted, problem));
        }
        Ok(())
    }

    /// The hash of what is not sent, because it is there already; the file stands behind it.
    fn beginning(&self, entry: EntryIndex, offset: u64, file: &mut SourceFile) -> Result<Sha256, Trouble> {
        if offset == 0 {
            return Ok(Sha256::new());
        }
        if let Some(hasher) = self.beginnings.take(entry, offset) {
            file.seek(offset);
            return Ok(hasher);
        }
        let mut hasher = Sha256::new();
        // If it is shorter than it was, finish() says so.
        hashing::hash(file, offset, &mut hasher, (&mut Vec::new(), &self.orders.stop))?;
        Ok(hasher)
    }
}

/// Collects frames in a block and passes it on when it is full.
struct Packer {
    block: Option<Block>,
    /// The frame that is put into it: the same room for all.
    frame: Vec<u8>,
    pool: Arc<Pool>,
    pace: Arc<Pace>,
    meter: Arc<Meter>,
    data: mpsc::Sender<Block>,
    runtime: Handle,
}

impl Packer {
    fn block(&mut self) -> &mut Block {
        self.block.get_or_insert_with(|| self.runtime.block_on(self.pool.take()))
    }

    fn flush(&mut self) -> Result<(), Stopped> {
        match self.block.take() {
            Some(block) => self.data.blocking_send(block).map_err(|_| Stopped),
            None => Ok(()),
        }
    }

    fn frame(&mut self, frame: &Frame) -> Result<(), Stopped> {
        let mut bytes = std::mem::take(&mut self.frame);
        bytes.clear();
        frame.encode(&mut bytes);
        if !self.block().push(&bytes) {
            self.flush()?;
            let fits = self.block().push(&bytes);
            debug_assert!(fits, "a control frame of a file is far shorter than a block");
        }
        self.frame = bytes;
        Ok(())
    }

    /// Zeros that are not sent.
    fn hole(&mut self, count: u64) -> Result<(), Stopped> {
        self.frame(&Frame::Hole(count))?;
        self.block().payload += count;
        Ok(())
    }

    /// Makes a chunk of at most `wanted` bytes out of what `read` puts into the room it is given; says how many.
    fn chunk(
        &mut self,
        wanted: usize,
        read: impl FnOnce(&mut [u8]) -> Result<usize, SourceError>,
    ) -> Result<usize, Trouble> {
        let filled = self.block().filled().len();
        // A block is one write: a control frame waits for no more than what the line takes in the pace's time.
        let block = self.pace.block().min(self.meter.limits().block_bytes());
        if filled > 0 && filled + wanted + HEAD_BYTES > block {
            self.flush()?;
        }
        let block = self.block();
        let head = block.filled().len();
        let fits = block.push(&chunk_head(0));
        debug_assert!(fits, "room was made above");
        let room = block.room().get_mut(..wanted).unwrap_or_default();
        let result = read(room);
        let count = *result.as_ref().unwrap_or(&0);
        if count == 0 {
            block.truncate(head);
        } else {
            block.advance(count);
            block.patch(head, &chunk_head(size::count32(count)));
            block.payload += size::from_len(count);
        }
        Ok(result?)
    }
}
