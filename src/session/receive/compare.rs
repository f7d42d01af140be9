//! Both sides hash the same bytes at the same time, and the receiver compares (`docs/protocol.md` §4.5).

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use sha2::{Digest as _, Sha256};
use tokio::sync::mpsc;
use tokio::task::spawn_blocking;

use crate::model::{Digest, EntryIndex, Leftover, Side};
use crate::session::error::Lie;
use crate::session::{Halt, Link, SessionError};
use crate::wire::Frame;

/// Questions that may wait for the line, and digests of ours that may wait for the sender's.
const AHEAD: usize = 256;

/// The first bytes of an entry that may be the same here and there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Question {
    entry: EntryIndex,
    length: u64,
}

/// What came of a question.
pub(super) struct Compared {
    pub(super) entry: EntryIndex,
    pub(super) length: u64,
    /// Our hash of these bytes, if the sender has the same; `None` if not, or where one side cannot read them.
    pub(super) same: Option<Sha256>,
}

/// What a comparing conversation came to.
pub(super) enum Comparison<T> {
    /// All is compared.
    Done(T, Vec<Compared>),
    /// A person stopped it.
    Cancelled(Side, Leftover),
}

/// Where the thread that looks at our disk puts its questions.
pub(super) struct Asker {
    questions: mpsc::Sender<Question>,
    ours: mpsc::Sender<(Question, Option<Sha256>)>,
    stop: Arc<AtomicBool>,
}

/// Nobody waits for the answers any more.
pub(super) struct Stopped;

impl Asker {
    /// Asks the sender, and meanwhile hashes here. Blocks.
    pub(super) fn ask(
        &self,
        entry: EntryIndex,
        length: u64,
        hash: impl FnOnce(&AtomicBool) -> Option<Sha256>,
    ) -> Result<(), Stopped> {
        let question = Question { entry, length };
        self.questions.blocking_send(question).map_err(|_| Stopped)?;
        let ours = hash(&self.stop);
        self.ours.blocking_send((question, ours)).map_err(|_| Stopped)
    }

    /// Whether nobody waits for the answers any more.
    pub(super) fn is_stopped(&self) -> bool {
        self.stop.load(Ordering::Acquire)
    }
}

/// Ends the thread when nobody waits for it any more.
struct Stopper(Arc<AtomicBool>);

impl Drop for Stopper {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Release);
    }
}

/// Runs `work` on a thread of its own, puts its questions to the sender, and compares. Errors: [`SessionError`];
/// [`Lie::Answer`] for an answer nobody asked for.
pub(super) async fn compare<T: Send + 'static>(
    link: &mut Link,
    cancel: &Halt,
    work: impl FnOnce(Asker) -> T + Send + 'static,
) -> Result<Comparison<T>, SessionError> {
    let (questions, questions_rx) = mpsc::channel(AHEAD);
    let (ours, ours_rx) = mpsc::channel(AHEAD);
    let stop = Arc::<AtomicBool>::default();
    let _stopper = Stopper(Arc::clone(&stop));
    let asker = Asker { questions, ours, stop };
    let thread = spawn_blocking(move || work(asker));
    let mut comparing = Comparing {
        questions: questions_rx,
        ours: ours_rx,
        question: None,
        asked: VecDeque::new(),
        our_answers: VecDeque::new(),
        their_answers: VecDeque::new(),
        compared: Vec::new(),
    };
    if let Some((side, leftover)) = comparing.converse(link, cancel).await? {
        return Ok(Comparison::Cancelled(side, leftover));
    }
    let done = thread.await.map_err(|_| SessionError::Internal("the look at the folder"))?;
    Ok(Comparison::Done(done, comparing.compared))
}

struct Comparing {
    questions: mpsc::Receiver<Question>,
    ours: mpsc::Receiver<(Question, Option<Sha256>)>,
    /// The next one to be sent.
    question: Option<Question>,
    /// Sent, and not answered yet.
    asked: VecDeque<Question>,
    our_answers: VecDeque<(Question, Option<Sha256>)>,
    their_answers: VecDeque<Option<Digest>>,
    compared: Vec<Compared>,
}

impl Comparing {
    /// Until every question is answered by both; gives who stopped it, if somebody did.
    async fn converse(
        &mut self,
        link: &mut Link,
        cancel: &Halt,
    ) -> Result<Option<(Side, Leftover)>, SessionError> {
        let control = link.control();
        let (mut questions_open, mut ours_open) = (true, true);
        while questions_open || ours_open || self.question.is_some() || !self.is_answered() {
            tokio::select! {
                question = self.questions.recv(), if questions_open && self.question.is_none() => {
                    questions_open = question.is_some();
                    self.question = question;
                }
                room = control.reserve(), if self.question.is_some() => {
                    // Where the line is broken, whoever reads from it says why.
                    if let (Some(Question { entry, length }), Ok(room)) = (self.question.take(), room) {
                        self.asked.push_back(Question { entry, length });
                        room.send(Frame::DigestWanted { entry, length });
                    }
                }
                // Ours wait for theirs, not for ever more of them.
                ours = self.ours.recv(), if ours_open && self.our_answers.len() < AHEAD => {
                    ours_open = ours.is_some();
                    self.our_answers.extend(ours);
                }
                frame = link.expect("Digest") => match frame? {
                    Frame::Digest { entry, length, digest } => {
                        let place = self.their_answers.len();
                        let is_asked = self.asked.get(place) == Some(&Question { entry, length });
                        if !is_asked {
                            return Err(SessionError::Lie { entry, what: Lie::Answer });
                        }
                        self.their_answers.push_back(digest);
                    }
                    Frame::Cancel(leftover) => {
                        link.send(Frame::Cancelled).await;
                        return Ok(Some((Side::There, leftover)));
                    }
                    other => return Err(SessionError::Unexpected { expected: "Digest", got: other.kind() }),
                },
                () = cancel.cancelled() => return Ok(Some((Side::Here, cancel.leftover()))),
            }
            self.pair_up();
        }
        Ok(None)
    }

    fn is_answered(&self) -> bool {
        self.asked.is_empty() && self.our_answers.is_empty()
    }

    /// Compares what both sides have answered.
    fn pair_up(&mut self) {
        while !self.our_answers.is_empty() && !self.their_answers.is_empty() {
            let (Some((question, ours)), Some(theirs)) =
                (self.our_answers.pop_front(), self.their_answers.pop_front())
            else {
                return;
            };
            self.asked.pop_front();
            let digest = |hasher: &Sha256| Digest::from_bytes(hasher.clone().finalize().into());
            let same = ours.filter(|ours| theirs == Some(digest(ours)));
            self.compared.push(Compared { entry: question.entry, length: question.length, same });
        }
    }
}
