//! Which frame may come when, while the bytes of an offer flow. Pure: no frame gets past it to the disk out of turn.

use std::sync::Arc;

use crate::model::EntryIndex;
use crate::session::error::Lie;
use crate::session::{Plan, SessionError};
use crate::wire::Kind;

/// Which frame may come when: the files that the plan wants in the order of the manifest, each from where it continues to
/// its end or aborted, then End.
pub(super) struct FrameOrder {
    plan: Arc<Plan>,
    /// The file that comes next.
    next: Option<EntryIndex>,
    open: Option<OpenFile>,
    ended: bool,
}

/// The file that is coming.
#[derive(Clone, Copy)]
struct OpenFile {
    entry: EntryIndex,
    /// How many of its bytes are here.
    came: u64,
    size: u64,
}

impl FrameOrder {
    /// Nothing came yet of what the plan wants.
    pub(super) fn new(plan: Arc<Plan>) -> Self {
        let next = plan.next_sent(0);
        Self { plan, next, open: None, ended: false }
    }

    pub(super) fn expected(&self) -> &'static str {
        match (self.ended, self.open) {
            (true, _) => "nothing more",
            (false, Some(_)) => "Chunk, Hole, Trailer or Abort",
            (false, None) => "Header, Abort or End",
        }
    }

    fn unexpected<T>(&self, got: Kind) -> Result<T, SessionError> {
        Err(SessionError::Unexpected { expected: self.expected(), got })
    }

    pub(super) fn header(&mut self, entry: EntryIndex, offset: u64, size: u64) -> Result<(), SessionError> {
        if self.ended || self.open.is_some() {
            return self.unexpected(Kind::Header);
        }
        if self.next != Some(entry) {
            return Err(SessionError::Lie { entry, what: Lie::OutOfTurn });
        }
        let (offered, _) = self.plan.sizes(entry);
        if offset != self.plan.offset(entry) || size != offered {
            return Err(SessionError::Lie { entry, what: Lie::Size });
        }
        self.open = Some(OpenFile { entry, came: offset, size });
        Ok(())
    }

    /// Bytes came, or zeros in their place.
    pub(super) fn bytes(&mut self, kind: Kind, count: u64) -> Result<(), SessionError> {
        let Some(OpenFile { entry, came, size }) = self.open else { return self.unexpected(kind) };
        match came.checked_add(count).filter(|came| *came <= size) {
            Some(came) => self.open = Some(OpenFile { entry, came, size }),
            None => return Err(SessionError::Lie { entry, what: Lie::TooMany }),
        }
        Ok(())
    }

    pub(super) fn trailer(&mut self, entry: EntryIndex, size: u64) -> Result<(), SessionError> {
        let Some(open) = self.open else { return self.unexpected(Kind::Trailer) };
        if entry != open.entry {
            return Err(SessionError::Lie { entry, what: Lie::OutOfTurn });
        }
        if size != open.size {
            return Err(SessionError::Lie { entry, what: Lie::Size });
        }
        if open.came != open.size {
            return Err(SessionError::Lie { entry, what: Lie::TooFew });
        }
        self.close(entry);
        Ok(())
    }

    pub(super) fn abort(&mut self, entry: EntryIndex) -> Result<(), SessionError> {
        if self.ended {
            return self.unexpected(Kind::Abort);
        }
        if self.open.map(|open| open.entry).or(self.next) != Some(entry) {
            return Err(SessionError::Lie { entry, what: Lie::OutOfTurn });
        }
        self.close(entry);
        Ok(())
    }

    pub(super) fn end(&mut self) -> Result<(), SessionError> {
        if self.ended || self.open.is_some() || self.next.is_some() {
            return self.unexpected(Kind::End);
        }
        self.ended = true;
        Ok(())
    }

    fn close(&mut self, entry: EntryIndex) {
        self.open = None;
        self.next = self.plan.next_sent(entry + 1);
    }
}
