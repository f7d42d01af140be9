//! What the sender is told while its bytes are taken, in order: what is saved, what failed, the receipt, Delivered.

use std::collections::VecDeque;

use tokio::sync::mpsc;

use crate::model::Digest;
use crate::session::receive::sink::Done;
use crate::session::{Counts, Ledger, SessionError};
use crate::wire::{EntryRange, Frame, limits};

/// Answers that wait for the writer.
#[derive(Default)]
pub(super) struct Answers {
    waiting: VecDeque<Frame>,
    last: LastWord,
}

/// How far Delivered is, the last answer.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum LastWord {
    /// Files are still to come.
    #[default]
    Ahead,
    /// It is among the answers.
    Waits,
    /// The writer has it.
    Said,
}

impl Answers {
    /// The first ones.
    pub(super) fn of(frames: impl IntoIterator<Item = Frame>) -> Self {
        Self { waiting: frames.into_iter().collect(), last: LastWord::Ahead }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    /// Whether the writer has the last one.
    pub(super) fn are_all_said(&self) -> bool {
        self.last == LastWord::Said
    }

    /// Adds one that means nothing any more once Delivered is said.
    pub(super) fn add_before_the_last(&mut self, frame: Frame) {
        if self.last == LastWord::Ahead {
            self.waiting.push_back(frame);
        }
    }

    /// Adds what the disk did. Errors: [`SessionError::Unrecorded`].
    pub(super) fn note(&mut self, done: Done, ledger: &Ledger, manifest: Digest) -> Result<(), SessionError> {
        match done {
            Done::Saved(files) => {
                let ranges = EntryRange::of(files);
                self.waiting
                    .extend(ranges.chunks(limits::MAX_RANGES).map(|part| Frame::Saved(part.to_vec())));
            }
            Done::Receipt(page) => self.waiting.push_back(Frame::ReceiptPage(page)),
            Done::Failed(entry, reason) => self.waiting.push_back(Frame::Failed { entry, reason }),
            Done::Settled => {
                let Counts { saved, failed, skipped, bytes } = ledger.counts();
                self.waiting.push_back(Frame::Delivered { saved, failed, skipped, bytes, manifest });
                self.last = LastWord::Waits;
            }
            Done::Unrecorded(failure) => return Err(SessionError::Unrecorded(failure)),
        }
        Ok(())
    }

    /// Gives the writer the next one, once there is room. Safe to drop while waiting: the answer then still waits.
    pub(super) async fn give_one(&mut self, control: &mpsc::Sender<Frame>) {
        match control.reserve().await {
            Ok(room) => {
                if let Some(frame) = self.waiting.pop_front() {
                    room.send(frame);
                }
                if self.last == LastWord::Waits && self.waiting.is_empty() {
                    self.last = LastWord::Said;
                }
            }
            Err(_) => self.waiting.clear(), // the line is broken; whoever reads from it says why
        }
    }
}
