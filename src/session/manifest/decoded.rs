//! What was decoded of a short list: nearly everybody who reads one begins at its beginning.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::session::manifest::Stretch;

/// A list of up to so many blocks is decoded once, not by everybody who reads it from its beginning: some ten thousand entries,
/// two megabytes.
const KEPT: usize = 16;

/// What was decoded of a short list, a block each; `None` for a long one, and when nobody goes through it any more.
#[derive(Debug)]
pub(super) struct Decoded(Mutex<Option<Vec<Option<Arc<Stretch>>>>>);

impl Decoded {
    pub(super) fn of(blocks: usize) -> Self {
        Self(Mutex::new((blocks <= KEPT).then(|| vec![None; blocks])))
    }

    pub(super) fn get(&self, block: usize) -> Option<Arc<Stretch>> {
        self.lock().as_ref()?.get(block)?.clone()
    }

    pub(super) fn keep(&self, block: usize, stretch: &Arc<Stretch>) {
        if let Some(place) = self.lock().as_mut().and_then(|kept| kept.get_mut(block)) {
            *place = Some(Arc::clone(stretch));
        }
    }

    /// From now on nothing is kept.
    pub(super) fn let_go(&self) {
        *self.lock() = None;
    }

    fn lock(&self) -> MutexGuard<'_, Option<Vec<Option<Arc<Stretch>>>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
