//! Which frame may come when, while the bytes of an offer flow. Pure: no frame gets past it to the disk out of turn.

use std::sync::Arc;

use crate::model::{Entry, EntryIndex, size};
use crate::session::SessionError;
use crate::session::error::Lie;
use crate::wire::Kind;

/// Which frame may come when: files in the order of the manifest, each whole or aborted, then End.
pub(super) struct FrameOrder {
    entries: Arc<[Entry]>,
    next: EntryIndex,
    /// The file that is open, and how many of its bytes came.
    open: Option<(EntryIndex, u64)>,
    ended: bool,
}

impl FrameOrder {
    /// Nothing came yet of these entries.
    pub(super) fn new(entries: Arc<[Entry]>) -> Self {
        Self { entries, next: 0, open: None, ended: false }
    }

    pub(super) fn expected(&self) -> &'static str {
        match (self.ended, self.open) {
            (true, _) => "nothing more",
            (false, Some(_)) => "Chunk, Trailer or Abort",
            (false, None) => "Header, Abort or End",
        }
    }

    fn unexpected<T>(&self, got: Kind) -> Result<T, SessionError> {
        Err(SessionError::Unexpected { expected: self.expected(), got })
    }

    fn size_of(&self, entry: EntryIndex) -> Option<u64> {
        self.entries.get(size::to_len(entry)).map(|entry| entry.size)
    }

    pub(super) fn header(&mut self, entry: EntryIndex, offset: u64, size: u64) -> Result<(), SessionError> {
        if self.ended || self.open.is_some() {
            return self.unexpected(Kind::Header);
        }
        let Some(offered) = self.size_of(entry).filter(|_| entry == self.next) else {
            return Err(SessionError::Lie { entry, what: Lie::OutOfTurn });
        };
        if offset != 0 || size != offered {
            return Err(SessionError::Lie { entry, what: Lie::Size });
        }
        self.open = Some((entry, 0));
        Ok(())
    }

    pub(super) fn chunk(&mut self, count: u64) -> Result<(), SessionError> {
        let Some((entry, came)) = self.open else { return self.unexpected(Kind::Chunk) };
        let came = came + count;
        if self.size_of(entry).is_none_or(|size| came > size) {
            return Err(SessionError::Lie { entry, what: Lie::TooMany });
        }
        self.open = Some((entry, came));
        Ok(())
    }

    pub(super) fn trailer(&mut self, entry: EntryIndex, size: u64) -> Result<(), SessionError> {
        let Some((open, came)) = self.open else { return self.unexpected(Kind::Trailer) };
        if entry != open {
            return Err(SessionError::Lie { entry, what: Lie::OutOfTurn });
        }
        let offered = self.size_of(entry);
        if Some(size) != offered {
            return Err(SessionError::Lie { entry, what: Lie::Size });
        }
        if Some(came) != offered {
            return Err(SessionError::Lie { entry, what: Lie::TooFew });
        }
        self.close(entry);
        Ok(())
    }

    pub(super) fn abort(&mut self, entry: EntryIndex) -> Result<(), SessionError> {
        if self.ended {
            return self.unexpected(Kind::Abort);
        }
        let turn = self.open.map_or(self.next, |(open, _)| open);
        if entry != turn || self.size_of(entry).is_none() {
            return Err(SessionError::Lie { entry, what: Lie::OutOfTurn });
        }
        self.close(entry);
        Ok(())
    }

    pub(super) fn end(&mut self) -> Result<(), SessionError> {
        if self.ended || self.open.is_some() || self.next != size::from_len(self.entries.len()) {
            return self.unexpected(Kind::End);
        }
        self.ended = true;
        Ok(())
    }

    fn close(&mut self, entry: EntryIndex) {
        self.open = None;
        self.next = entry + 1;
    }
}
