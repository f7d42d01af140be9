//! The desk: when which code may be tried, and by whom. Pure: the time and the codes come from outside.
//!
//! It shows one code at a time, for ten minutes. Who tries it takes it away: a code is spent when the answer to the first
//! share is about to be sent, also when the peer then hangs up. So a code is worth one guess, and all the more one guess an
//! address or a /64; others hear [`DeskRefusal::Busy`] meanwhile, and afterwards there is another code.
//!
//! Three wrong guesses close pairing for 5 minutes, the next three for 10, doubling up to a day; 20 wrong guesses in
//! 24 hours close it until the oldest of them is a day old. A right guess forgives the row of three and the doubling, never
//! the day's count. A person at this computer forgives everything ([`Desk::open`]). Paired devices, accounts and
//! transfers don't come here at all.
//!
//! # What a stranger can reach
//!
//! Each guess is one of a million codes, drawn anew, so its chance is 1 : 1,000,000 whatever was guessed before. How many
//! guesses all strangers together have, from however many addresses, the tests reckon and play:
//!
//! | | guesses at most | chance of one right guess |
//! |---|---|---|
//! | in any 24 hours | 20 | 0.002 % (20 : 1,000,000) |
//! | in a year, while nobody else pairs | 1,119 | 0.11 % |
//! | in a year, while others pair all the time | 7,320 | 0.73 % |
//!
//! Each time a person opens pairing by hand they give away 20 more at most. What a stranger can always reach is that pairing
//! is closed or busy; then the button opens it.

use std::collections::VecDeque;
use std::net::IpAddr;
use std::time::{Duration, Instant, SystemTime};

use crate::model::{Code, DeviceId};

/// How long a code is shown: time to walk to the other computer and type it, too short to be found on a screen the day after.
pub const CODE_LIFETIME: Duration = Duration::from_mins(10);

/// So many wrong guesses in a row close pairing: a person may mistype twice.
pub const WRONG_IN_A_ROW: usize = 3;

/// The first closing: longer than a robot likes, short enough for a person with clumsy fingers.
pub const FIRST_CLOSING: Duration = Duration::from_mins(5);

/// Closings double up to this: beyond it the day's count alone would do.
pub const LONGEST_CLOSING: Duration = Duration::from_hours(24);

/// So many wrong guesses in [`A_DAY`] and no more: a chance of 20 in a million.
pub const WRONG_IN_A_DAY: usize = 20;

/// The sliding window of [`WRONG_IN_A_DAY`].
pub const A_DAY: Duration = Duration::from_hours(24);

/// An attempt that nobody ended by then counts as given up. Its session has 10 seconds; this is the net below it, so that
/// an attempt that got lost can't keep the desk busy for ever.
pub const ATTEMPT_LIMIT: Duration = Duration::from_secs(30);

/// How many guesses are remembered for the person to see: a day's worth.
pub const GUESSES_KEPT: usize = 20;

/// Where codes come from. `None` where the system gives no random numbers: then pairing is closed for a while.
pub type Codes = Box<dyn FnMut() -> Option<Code> + Send>;

/// See the module.
pub struct Desk {
    codes: Codes,
    counter: Counter,
    /// Wrong guesses since the last three, since a person opened, or since the last right one.
    row: usize,
    /// Closings for three wrong guesses, since a person opened or since the last right guess.
    closings: u32,
    /// When the wrong guesses of the last day were; never more than [`WRONG_IN_A_DAY`].
    wrong: VecDeque<Instant>,
    guesses: VecDeque<Guess>,
    /// Tells an attempt that is ended too late from the one that runs.
    next_attempt: u64,
}

/// What lies on the counter.
enum Counter {
    Code { code: Code, until: Instant },
    Attempt { number: u64, guesser: Guesser, until: Instant },
    Closed { until: Instant },
}

/// What the desk shows to its own person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Shown {
    /// This code may be tried until then.
    Code {
        /// To be read to the other person.
        code: Code,
        /// When another one takes its place.
        until: Instant,
    },
    /// Somebody tries the last code; there is a new one when they are done.
    Trying,
    /// Too many guesses were wrong: no code until then, unless a person opens.
    Closed {
        /// When pairing opens by itself.
        until: Instant,
    },
}

/// Why somebody may not try.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DeskRefusal {
    /// Somebody else is trying at this moment.
    #[error("another device is pairing at this moment")]
    Busy,
    /// Too many guesses were wrong.
    #[error("pairing is closed after too many wrong codes")]
    Closed {
        /// When pairing opens by itself.
        until: Instant,
    },
}

/// Who tries a code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Guesser {
    /// Where the connection comes from.
    pub address: IpAddr,
    /// What its certificate proved. A stranger makes a new one for each guess if it likes.
    pub device: DeviceId,
    /// The time of day, for people to read; the desk reckons with `Instant` alone.
    pub at: SystemTime,
}

/// How an attempt ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tried {
    /// The peer proved that it knows the code.
    Right,
    /// The peer's share or confirmation was not that of the code.
    Wrong,
    /// The peer hung up or let its time run out. Counts as wrong: it had our share by then.
    GaveUp,
}

/// A guess that is over, for the person to see.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Guess {
    /// Who it was.
    pub guesser: Guesser,
    /// How it ended.
    pub tried: Tried,
}

/// Somebody's one try at a code that nobody else gets. Give it back with [`Desk::end`].
#[derive(Debug)]
#[must_use = "the desk is busy until it is given back"]
pub struct Attempt {
    number: u64,
    code: Code,
}

impl Attempt {
    /// The code to pair with.
    pub fn code(&self) -> &Code {
        &self.code
    }
}

impl Desk {
    /// Opens with a first code.
    pub fn new(now: Instant, codes: Codes) -> Self {
        let mut desk = Self {
            codes,
            counter: Counter::Closed { until: now },
            row: 0,
            closings: 0,
            wrong: VecDeque::with_capacity(WRONG_IN_A_DAY),
            guesses: VecDeque::with_capacity(GUESSES_KEPT),
            next_attempt: 0,
        };
        desk.put_out_a_code(now);
        desk
    }

    /// What is to be seen at this moment. Lets time pass: expired codes are replaced, closings end.
    pub fn shown(&mut self, now: Instant) -> Shown {
        self.let_time_pass(now);
        match &self.counter {
            Counter::Code { code, until } => Shown::Code { code: code.clone(), until: *until },
            Counter::Attempt { .. } => Shown::Trying,
            Counter::Closed { until } => Shown::Closed { until: *until },
        }
    }

    /// When [`Desk::shown`] changes by itself, if nothing else happens before.
    pub fn next_change(&self) -> Instant {
        match &self.counter {
            Counter::Code { until, .. } | Counter::Attempt { until, .. } | Counter::Closed { until } => {
                *until
            }
        }
    }

    /// Takes the code to try it: from now on it is spent. Errors: [`DeskRefusal`].
    pub fn begin(&mut self, now: Instant, guesser: Guesser) -> Result<Attempt, DeskRefusal> {
        self.let_time_pass(now);
        let code = match &self.counter {
            Counter::Code { code, .. } => code.clone(),
            Counter::Attempt { .. } => return Err(DeskRefusal::Busy),
            Counter::Closed { until } => return Err(DeskRefusal::Closed { until: *until }),
        };
        // An IPv4 peer at an IPv6 socket is shown as people know it.
        let guesser = Guesser { address: guesser.address.to_canonical(), ..guesser };
        let number = self.next_attempt;
        self.next_attempt += 1;
        self.counter = Counter::Attempt { number, guesser, until: now + ATTEMPT_LIMIT };
        Ok(Attempt { number, code })
    }

    /// Gives an attempt back. What comes after [`ATTEMPT_LIMIT`] was counted as given up already, and changes nothing.
    pub fn end(&mut self, now: Instant, attempt: Attempt, tried: Tried) {
        let Attempt { number: ended, code: _spent } = attempt;
        self.let_time_pass(now);
        match &self.counter {
            Counter::Attempt { number, guesser, .. } if *number == ended => {
                self.settle(now, Guess { guesser: *guesser, tried });
            }
            Counter::Attempt { .. } | Counter::Code { .. } | Counter::Closed { .. } => {}
        }
    }

    /// A person opens pairing: everything is forgiven and a new code is shown, after the attempt that runs, if one does.
    pub fn open(&mut self, now: Instant) {
        self.let_time_pass(now);
        self.row = 0;
        self.closings = 0;
        self.wrong.clear();
        match &self.counter {
            Counter::Code { .. } | Counter::Closed { .. } => self.put_out_a_code(now),
            Counter::Attempt { .. } => {}
        }
    }

    /// The last guesses, the oldest first; at most [`GUESSES_KEPT`].
    pub fn guesses(&self) -> impl ExactSizeIterator<Item = &Guess> {
        self.guesses.iter()
    }

    fn let_time_pass(&mut self, now: Instant) {
        if now < self.next_change() {
            return;
        }
        match &self.counter {
            Counter::Code { .. } | Counter::Closed { .. } => self.put_out_a_code(now),
            Counter::Attempt { guesser, .. } => {
                let guess = Guess { guesser: *guesser, tried: Tried::GaveUp };
                self.settle(now, guess);
            }
        }
    }

    fn settle(&mut self, now: Instant, guess: Guess) {
        if self.guesses.len() == GUESSES_KEPT {
            self.guesses.pop_front();
        }
        self.guesses.push_back(guess);
        match guess.tried {
            Tried::Right => {
                self.row = 0;
                self.closings = 0;
                self.put_out_a_code(now);
            }
            Tried::Wrong | Tried::GaveUp => match self.count_wrong(now) {
                Some(until) => self.counter = Counter::Closed { until },
                None => self.put_out_a_code(now),
            },
        }
    }

    /// Until when this wrong guess closes pairing, if it does.
    fn count_wrong(&mut self, now: Instant) -> Option<Instant> {
        self.wrong.retain(|at| now.saturating_duration_since(*at) < A_DAY);
        self.wrong.push_back(now);
        self.row += 1;
        let by_row = (self.row >= WRONG_IN_A_ROW).then(|| {
            let closing = FIRST_CLOSING.saturating_mul(2_u32.saturating_pow(self.closings));
            self.closings += 1;
            self.row = 0; // here only: a row that the day's count interrupts goes on, or closings would stay short
            now + closing.min(LONGEST_CLOSING)
        });
        let by_day = match self.wrong.front() {
            Some(oldest) if self.wrong.len() >= WRONG_IN_A_DAY => Some(*oldest + A_DAY),
            Some(_) | None => None,
        };
        by_row.max(by_day)
    }

    fn put_out_a_code(&mut self, now: Instant) {
        self.counter = match (self.codes)() {
            Some(code) => Counter::Code { code, until: now + CODE_LIFETIME },
            None => Counter::Closed { until: now + FIRST_CLOSING },
        };
    }
}

#[cfg(test)]
mod tests;
