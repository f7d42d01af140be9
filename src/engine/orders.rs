//! Ways for a person's answers to reach the task that asked.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::mpsc;

/// Answers that wait for one question: a person clicks a few times.
const CLICKS: usize = 8;

/// Open questions by their name, and where the answers go.
#[derive(Debug)]
pub(super) struct Orders<K, T> {
    open: Mutex<HashMap<K, mpsc::Sender<T>>>,
}

impl<K, T> Default for Orders<K, T> {
    fn default() -> Self {
        Self { open: Mutex::default() }
    }
}

impl<K: Eq + Hash, T> Orders<K, T> {
    /// Opens a question; its answers arrive at the other end until [`close`](Self::close).
    pub(super) fn open(&self, question: K) -> mpsc::Receiver<T> {
        let (answers, receiver) = mpsc::channel(CLICKS);
        self.lock().insert(question, answers);
        receiver
    }

    /// It is answered, or no longer of interest.
    pub(super) fn close(&self, question: &K) {
        self.lock().remove(question);
    }

    /// Passes an answer on. Answers to questions that are gone, and clicks too many, are dropped.
    pub(super) fn answer(&self, question: &K, answer: T) {
        if let Some(answers) = self.lock().get(question) {
            answers.try_send(answer).ok();
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<K, mpsc::Sender<T>>> {
        // A map is whole between any two statements; a panic elsewhere does not spoil it.
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
