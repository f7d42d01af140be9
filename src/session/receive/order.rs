//! Which frame may come when, while the bytes of an offer flow. Pure: no frame gets past it to the disk out of turn.

use crate::model::EntryIndex;
use crate::session::SessionError;
use crate::session::error::Lie;
use crate::session::manifest::Stretch;
use crate::wire::Kind;

/// Which frame may come when: files in the order of the manifest, each whole or aborted, then End.
pub(super) struct FrameOrder {
    /// How many entries were offered.
    count: u64,
    /// Those of them that are about to come.
    stretch: Option<Stretch>,
    next: EntryIndex,
    /// The file that is open, and how many of its bytes came.
    open: Option<(EntryIndex, u64)>,
    ended: bool,
}

impl FrameOrder {
    /// Nothing came yet of this many entries.
    pub(super) fn new(count: u64) -> Self {
        Self { count, stretch: None, next: 0, open: None, ended: false }
    }

    /// The entry that must be known before the next frame is looked at: reading it may take a disk, so it is given.
    pub(super) fn wants(&self) -> Option<EntryIndex> {
        let is_known = self.stretch.as_ref().is_some_and(|stretch| stretch.get(self.next).is_some());
        (self.next < self.count && !is_known).then_some(self.next)
    }

    /// Gives it the entries around the one it wants.
    pub(super) fn give(&mut self, stretch: Option<Stretch>) {
        self.stretch = stretch;
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
        self.stretch.as_ref()?.get(entry).map(|entry| entry.size)
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
        if entry != turn || entry >= self.count {
            return Err(SessionError::Lie { entry, what: Lie::OutOfTurn });
        }
        self.close(entry);
        Ok(())
    }

    pub(super) fn end(&mut self) -> Result<(), SessionError> {
        if self.ended || self.open.is_some() || self.next != self.count {
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
