//! Room for the lists of incoming offers, all sessions together: what a list, and the plan made of it, cost this side's
//! memory is bounded before anybody agreed, however many offers come at once (`docs/protocol.md` §2.3).

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::wire::limits;

/// Entries for which no room is asked, of each offer: whoever fills the room keeps nobody's everyday offer out. With 32
/// offers that are undecided at most these are 1.6 million.
const FREE: u64 = 50_000;

/// How many entries the offers may have together. The default leaves room for one offer that is as long as any may be;
/// tests shrink it.
#[derive(Clone, Copy, Debug)]
pub struct RoomLimits {
    /// Of offers that nobody decided about yet.
    pub undecided: u64,
    /// Of these and of those that are being received. Twice as many: who comes back for a long transfer of which the session
    /// before is not known to be lost finds room.
    pub all: u64,
    /// Of each offer, beside these.
    pub free: u64,
}

impl Default for RoomLimits {
    fn default() -> Self {
        Self { undecided: limits::MAX_ENTRIES, all: 2 * limits::MAX_ENTRIES, free: FREE }
    }
}

/// How much of the room is taken.
#[derive(Debug, Default)]
pub struct OfferRoom {
    limits: RoomLimits,
    taken: Mutex<Taken>,
}

/// Entries beyond those that are free.
#[derive(Debug, Default, PartialEq, Eq)]
struct Taken {
    undecided: u64,
    all: u64,
}

/// One offer's part of the room, which is free again when this is dropped.
#[derive(Debug)]
pub struct OfferShare {
    room: Arc<OfferRoom>,
    /// What its pages listed so far.
    entries: u64,
    taken: u64,
    is_agreed: bool,
}

impl OfferRoom {
    /// With nothing in it.
    pub fn new(limits: RoomLimits) -> Self {
        Self { limits, taken: Mutex::default() }
    }

    /// A share for an offer of which no page came yet.
    pub(super) fn share(self: &Arc<Self>) -> OfferShare {
        OfferShare { room: Arc::clone(self), entries: 0, taken: 0, is_agreed: false }
    }

    fn lock(&self) -> MutexGuard<'_, Taken> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl OfferShare {
    /// Takes room for more entries. `false`: there is none, and nothing was taken.
    pub(super) fn grow(&mut self, entries: u64) -> bool {
        let limits = self.room.limits;
        let more = (self.entries + entries).saturating_sub(limits.free) - self.taken;
        let mut taken = self.room.lock();
        if taken.undecided + more > limits.undecided || taken.all + more > limits.all {
            return false;
        }
        taken.undecided += more;
        taken.all += more;
        self.taken += more;
        self.entries += entries;
        true
    }

    /// Somebody said yes: from now on it stands in no undecided offer's way.
    pub fn agree(&mut self) {
        if !self.is_agreed {
            self.is_agreed = true;
            self.room.lock().undecided -= self.taken;
        }
    }
}

impl Drop for OfferShare {
    fn drop(&mut self) {
        self.agree();
        self.room.lock().all -= self.taken;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn room() -> Arc<OfferRoom> {
        Arc::new(OfferRoom::new(RoomLimits { undecided: 100, all: 150, free: 10 }))
    }

    #[test]
    fn offers_that_nobody_decided_about_share_the_room_and_give_it_back() {
        let room = room();
        let (mut first, mut second) = (room.share(), room.share());
        assert!(first.grow(60) && first.grow(50)); // 10 of them are free
        assert!(second.grow(10) && !second.grow(1));
        drop(first);
        assert!(second.grow(100) && !second.grow(1));
        drop(second);
        assert_eq!(*room.lock(), Taken::default());
    }

    #[test]
    fn what_was_agreed_on_makes_room_for_the_next_question_and_counts_until_its_end() {
        let room = room();
        let (mut first, mut second) = (room.share(), room.share());
        assert!(first.grow(110) && !second.grow(11));
        first.agree();
        first.agree();
        assert!(second.grow(60) && !second.grow(1), "150 in all");
        drop(first);
        assert!(second.grow(50) && !second.grow(1), "100 before a decision");
        drop(second);
        assert_eq!(*room.lock(), Taken::default());
    }

    #[test]
    fn an_offer_as_long_as_any_may_be_finds_room_beside_many_short_ones() {
        let room = Arc::new(OfferRoom::default());
        let short: Vec<OfferShare> = (0..31).map(|_| room.share()).collect();
        let mut long = room.share();
        assert!(short.into_iter().all(|mut share| share.grow(FREE)));
        assert!(long.grow(limits::MAX_ENTRIES));
    }
}
