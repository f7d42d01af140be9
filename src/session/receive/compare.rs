//! Both sides hash the same bytes at the same time, and the receiver compares (`docs/protocol.md` §4.5).

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use sha2::{Digest as _, Sha256};
use tokio::sync::mpsc;
use tokio::task::spawn_blocking;
use tokio::time::timeout;

use crate::model::{Digest, EntryIndex, Leftover, Side};
use crate::session::error::Lie;
use crate::session::stopper::Stopper;
use crate::session::{Halt, Link, SessionError};
use crate::storage::Target;
use crate::wire::{Beginning, Frame};

/// Batches of questions that may wait for the line, and of digests of ours that may wait for the sender's.
const AHEAD: usize = 16;

/// Questions in a batch: each wakes half a dozen tasks and threads on either side, which takes as long as some small files …
const BATCH: usize = 256;
/// … but not of more bytes than this: the other side should begin soon.
const BATCH_BYTES: u64 = 4 * 1024 * 1024;

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
    Done(T),
    /// A person stopped it.
    Cancelled(Side, Leftover),
}

/// The next questions, and our hashes for the ones before, in their order.
struct Batch {
    questions: Vec<Beginning>,
    ours: Vec<Option<Sha256>>,
}

/// Hashes the first bytes of something in the target folder, by way of a buffer that is used again. `None` if they cannot
/// be read, or it was stopped. It opens them itself: files that wait for their turn are not held open.
pub(super) type Hash = Box<dyn FnOnce(&mut Target, &mut Vec<u8>, &AtomicBool) -> Option<Sha256> + Send>;

/// Where the thread that looks at our disk puts its questions, and hears what came of them.
pub(super) struct Asker {
    batches: mpsc::Sender<Batch>,
    results: mpsc::Receiver<Vec<Compared>>,
    stop: Arc<AtomicBool>,
    waiting: Vec<(Beginning, Hash)>,
    waiting_bytes: u64,
    /// What is read, to be hashed: one for all files.
    buffer: Vec<u8>,
    /// Our hashes for the last batch: they go with the next one.
    ours: Vec<Option<Sha256>>,
    /// Questions that were asked and not compared yet.
    open: usize,
    compared: Vec<Compared>,
}

/// Nobody waits for the answers any more.
pub(super) struct Stopped;

impl Asker {
    /// Asks the sender, and meanwhile hashes here; many questions together. Blocks.
    pub(super) fn ask(
        &mut self,
        question: Beginning,
        hash: Hash,
        target: &mut Target,
    ) -> Result<(), Stopped> {
        self.waiting_bytes = self.waiting_bytes.saturating_add(question.length);
        self.waiting.push((question, hash));
        let is_full = self.waiting.len() >= BATCH || self.waiting_bytes >= BATCH_BYTES;
        if is_full { self.flush(target) } else { Ok(()) }
    }

    /// Asks what waits. Blocks.
    fn flush(&mut self, target: &mut Target) -> Result<(), Stopped> {
        let (questions, hashes): (Vec<_>, Vec<_>) = std::mem::take(&mut self.waiting).into_iter().unzip();
        self.waiting_bytes = 0;
        self.open += questions.len();
        self.tell(questions)?;
        let (buffer, stop) = (&mut self.buffer, &self.stop);
        self.ours = hashes.into_iter().map(|hash| hash(target, buffer, stop)).collect();
        while let Ok(compared) = self.results.try_recv() {
            self.note(compared);
        }
        Ok(())
    }

    /// The next questions, with our hashes for the last ones.
    fn tell(&mut self, questions: Vec<Beginning>) -> Result<(), Stopped> {
        let batch = Batch { questions, ours: std::mem::take(&mut self.ours) };
        if batch.questions.is_empty() && batch.ours.is_empty() {
            return Ok(());
        }
        self.batches.blocking_send(batch).map_err(|_| Stopped)
    }

    /// What was compared since it was asked for the last time: taken soon, it costs little memory.
    pub(super) fn take_compared(&mut self) -> Vec<Compared> {
        std::mem::take(&mut self.compared)
    }

    /// Waits until everything that was asked is compared. Blocks.
    pub(super) fn finish(&mut self, target: &mut Target) -> Result<(), Stopped> {
        self.flush(target)?;
        self.tell(Vec::new())?;
        while self.open > 0 {
            let compared = self.results.blocking_recv().ok_or(Stopped)?;
            self.note(compared);
        }
        Ok(())
    }

    fn note(&mut self, compared: Vec<Compared>) {
        self.open = self.open.saturating_sub(compared.len());
        self.compared.extend(compared);
    }

    /// Whether nobody waits for the answers any more.
    pub(super) fn is_stopped(&self) -> bool {
        self.stop.load(Ordering::Acquire)
    }
}

/// Runs `work` on a thread of its own, puts its questions to the sender, and compares. Errors: [`SessionError`];
/// [`Lie::Answer`] for an answer nobody asked for.
pub(super) async fn compare<T: Send + 'static>(
    link: &mut Link,
    cancel: &Halt,
    work: impl FnOnce(Asker) -> T + Send + 'static,
) -> Result<Comparison<T>, SessionError> {
    let (batches, batches_rx) = mpsc::channel(AHEAD);
    let (results, results_rx) = mpsc::channel(AHEAD);
    let stop = Arc::<AtomicBool>::default();
    let stopper = Stopper::of(&stop);
    let asker = Asker {
        batches,
        results: results_rx,
        stop,
        waiting: Vec::new(),
        waiting_bytes: 0,
        buffer: Vec::new(),
        ours: Vec::new(),
        open: 0,
        compared: Vec::new(),
    };
    let thread = spawn_blocking(move || work(asker));
    let mut comparing = Comparing {
        batches: batches_rx,
        is_open: true,
        results,
        question: None,
        asked: VecDeque::new(),
        our_answers: VecDeque::new(),
        their_answers: VecDeque::new(),
        compared: Vec::new(),
    };
    let early = match comparing.converse(link, cancel).await {
        Ok(None) => None,
        Ok(Some((side, leftover))) => Some(Ok(Comparison::Cancelled(side, leftover))),
        Err(error) => Some(Err(error)),
    };
    if let Some(early) = early {
        // Nothing of the look outlives it: whoever comes next finds the staging folder free.
        drop((stopper, comparing));
        timeout(link.timing().wind_up, thread).await.ok();
        return early;
    }
    let done = thread.await.map_err(|_| SessionError::Internal("the look at the folder"))?;
    Ok(Comparison::Done(done))
}

struct Comparing {
    batches: mpsc::Receiver<Batch>,
    /// The thread may still ask.
    is_open: bool,
    results: mpsc::Sender<Vec<Compared>>,
    /// The next ones to be sent.
    question: Option<Vec<Beginning>>,
    /// Sent, and not compared yet. The first ones have their answers already.
    asked: VecDeque<Beginning>,
    our_answers: VecDeque<Option<Sha256>>,
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
        let (control, results) = (link.control(), self.results.clone());
        // The thread closes its channel when it is through, or its disk fails it. What the sender was asked by then it
        // answers all the same, and nothing else may be waited for before.
        while self.is_open || self.question.is_some() || !self.asked.is_empty() {
            // Ours wait for theirs, not for ever more of them.
            let has_room = self.is_open && self.question.is_none() && self.our_answers.len() < AHEAD * BATCH;
            tokio::select! {
                batch = self.batches.recv(), if has_room => match batch {
                    Some(Batch { questions, ours }) => {
                        self.our_answers.extend(ours);
                        self.question = Some(questions).filter(|questions| !questions.is_empty());
                    }
                    None => self.is_open = false,
                },
                room = control.reserve(), if self.question.is_some() => {
                    // Where the line is broken, whoever reads from it says why.
                    if let (Some(question), Ok(room)) = (self.question.take(), room) {
                        self.asked.extend(&question);
                        room.send(Frame::DigestWanted(question));
                    }
                }
                room = results.reserve(), if !self.compared.is_empty() => {
                    match room {
                        Ok(room) => room.send(std::mem::take(&mut self.compared)),
                        Err(_) => self.compared.clear(), // the thread is gone, and says why
                    }
                }
                frame = link.expect("Digest") => match frame? {
                    Frame::Digest(answers) => self.take(answers)?,
                    Frame::Cancel(leftover) => {
                        link.send(Frame::Cancelled).await;
                        return Ok(Some((Side::There, leftover)));
                    }
                    other => return Err(SessionError::Unexpected { expected: "Digest", got: other.kind() }),
                },
                leftover = cancel.cancelled() => return Ok(Some((Side::Here, leftover?))),
            }
            self.pair_up();
        }
        Ok(None)
    }

    /// Answers come in the order of the questions, and none that was not asked for.
    fn take(&mut self, answers: Vec<(Beginning, Option<Digest>)>) -> Result<(), SessionError> {
        for (answered, digest) in answers {
            if self.asked.get(self.their_answers.len()) != Some(&answered) {
                return Err(SessionError::Lie { entry: answered.entry, what: Lie::Answer });
            }
            self.their_answers.push_back(digest);
        }
        Ok(())
    }

    /// Compares what both sides have answered. What the thread left without a hash of ours is the same as nothing.
    fn pair_up(&mut self) {
        while !self.their_answers.is_empty() && (!self.our_answers.is_empty() || !self.is_open) {
            let ours = self.our_answers.pop_front().flatten();
            let (theirs, asked) = (self.their_answers.pop_front(), self.asked.pop_front());
            let (Some(theirs), Some(Beginning { entry, length })) = (theirs, asked) else { return };
            let digest = |hasher: &Sha256| Digest::from_bytes(hasher.clone().finalize().into());
            let same = ours.filter(|ours| theirs == Some(digest(ours)));
            self.compared.push(Compared { entry, length, same });
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::session::{Meter, Timing};
    use crate::storage::Folder;

    use super::*;

    fn ask(asker: &mut Asker, entry: EntryIndex, target: &mut Target) {
        let hash = Box::new(|_: &mut Target, _: &mut Vec<u8>, _: &AtomicBool| Some(Sha256::new()));
        asker.ask(Beginning { entry, length: 0 }, hash, target).ok();
        asker.flush(target).ok();
    }

    fn target() -> (tempfile::TempDir, Target) {
        let folder = tempfile::tempdir().unwrap();
        let target = Target::new(Folder::open(folder.path()).unwrap());
        (folder, target)
    }

    fn links() -> (Link, Link) {
        let (ours, theirs) = tokio::io::duplex(64 * 1024);
        let link = |stream| {
            let link = Link::new(stream, Timing::default(), Arc::<Meter>::default());
            link.end_greeting();
            link
        };
        (link(ours), link(theirs))
    }

    #[tokio::test]
    async fn a_look_that_fails_is_not_over_before_all_it_asked_is_answered() {
        let (mut receiver, mut sender) = links();
        let (_folder, mut target) = target();
        let (asked, hears) = tokio::sync::oneshot::channel();
        let comparing = tokio::spawn(async move {
            let work = move |mut asker: Asker| {
                ask(&mut asker, 3, &mut target);
                drop(asker); // its disk fails
                asked.send(()).unwrap();
            };
            let done = compare(&mut receiver, &Halt::default(), work).await;
            (done.is_ok(), receiver)
        });
        let Frame::DigestWanted(wanted) = sender.expect("DigestWanted").await.unwrap() else { panic!() };
        hears.await.unwrap();
        assert!(!comparing.is_finished());
        let answers = wanted.into_iter().map(|wanted| (wanted, None)).collect();
        sender.send(Frame::Digest(answers)).await;
        let (is_done, mut receiver) = comparing.await.unwrap();
        assert!(is_done);
        // Nothing of it is left on the line.
        sender.send(Frame::End).await;
        assert_eq!(receiver.expect("End").await.unwrap(), Frame::End);
    }

    #[tokio::test]
    async fn a_look_that_is_cancelled_holds_nothing_any_more_when_that_is_known() {
        let (mut receiver, _sender) = links();
        let (_folder, mut target) = target();
        let held = Arc::new(());
        let (inside, cancel) = (Arc::clone(&held), Halt::default());
        cancel.cancel(Leftover::Keep);
        let work = move |mut asker: Asker| {
            ask(&mut asker, 3, &mut target);
            let finished = asker.finish(&mut target);
            // A disk takes its time.
            let (_never, time) = std::sync::mpsc::channel::<()>();
            time.recv_timeout(std::time::Duration::from_millis(50)).ok();
            drop(inside);
            finished.is_ok()
        };
        let compared = compare(&mut receiver, &cancel, work).await.unwrap();
        assert!(matches!(compared, Comparison::Cancelled(Side::Here, Leftover::Keep)));
        assert_eq!(Arc::strong_count(&held), 1);
    }
}
