//! Each rule of the desk, each one step over it, and the most eager stranger.

use std::net::{Ipv4Addr, Ipv6Addr};

use proptest::prelude::*;

use super::*;

const MINUTE: Duration = Duration::from_mins(1);
const HOUR: Duration = Duration::from_hours(1);
const MOMENT: Duration = Duration::from_nanos(1);

/// A desk with its clock; the codes are 000000, 000001 and so on.
struct Rig {
    desk: Desk,
    now: Instant,
}

fn code(number: u32) -> Code {
    Code::from_number(number).unwrap()
}

fn guesser(address: impl Into<IpAddr>) -> Guesser {
    Guesser {
        address: address.into(),
        device: DeviceId::from_bytes([7; 32]),
        at: SystemTime::UNIX_EPOCH + MINUTE,
    }
}

fn just_before(time: Duration) -> Duration {
    time.saturating_sub(MOMENT)
}

impl Rig {
    fn new() -> Self {
        let mut codes = (0..Code::COUNT).cycle();
        let now = Instant::now();
        Self { desk: Desk::new(now, Box::new(move || codes.next().and_then(Code::from_number))), now }
    }

    fn shown(&mut self) -> Shown {
        self.desk.shown(self.now)
    }

    fn begin(&mut self) -> Result<Attempt, DeskRefusal> {
        self.desk.begin(self.now, guesser(Ipv4Addr::LOCALHOST))
    }

    fn end(&mut self, attempt: Attempt, tried: Tried) {
        self.desk.end(self.now, attempt, tried);
    }

    fn guess(&mut self, tried: Tried) -> Result<(), DeskRefusal> {
        self.begin().map(|attempt| self.end(attempt, tried))
    }

    /// Wrong guesses, until pairing closes: how many, and for how long it is closed.
    fn close(&mut self) -> (u32, Duration) {
        let mut count = 0;
        while self.guess(Tried::Wrong).is_ok() {
            count += 1;
        }
        match self.shown() {
            Shown::Closed { until } => (count, until - self.now),
            other => panic!("not closed: {other:?}"),
        }
    }

    fn pass(&mut self, time: Duration) {
        self.now += time;
    }

    #[track_caller]
    fn assert_shows(&mut self, number: u32) {
        assert!(matches!(self.shown(), Shown::Code { code: shown, .. } if shown == code(number)), "{number}");
    }
}

#[test]
fn a_code_is_shown_for_ten_minutes_and_then_another_one() {
    let mut rig = Rig::new();
    let until = rig.now + CODE_LIFETIME;
    assert_eq!(rig.shown(), Shown::Code { code: code(0), until });
    assert_eq!(rig.desk.next_change(), until);
    rig.pass(just_before(CODE_LIFETIME));
    rig.assert_shows(0);
    rig.pass(MOMENT);
    assert_eq!(rig.shown(), Shown::Code { code: code(1), until: rig.now + CODE_LIFETIME });
    // Who comes late for the next change (asleep, say) still gets one with its whole time.
    rig.pass(48 * HOUR);
    assert_eq!(rig.shown(), Shown::Code { code: code(2), until: rig.now + CODE_LIFETIME });
}

#[test]
fn an_expired_code_is_not_the_one_that_is_tried() {
    let mut rig = Rig::new();
    rig.pass(CODE_LIFETIME);
    assert_eq!(rig.begin().unwrap().code(), &code(1));
}

#[test]
fn a_code_is_spent_when_somebody_begins_however_that_ends() {
    for tried in [Tried::Right, Tried::Wrong, Tried::GaveUp] {
        let mut rig = Rig::new();
        let attempt = rig.begin().unwrap();
        assert_eq!(attempt.code(), &code(0));
        assert_eq!(rig.shown(), Shown::Trying);
        rig.end(attempt, tried);
        rig.assert_shows(1);
    }
}

#[test]
fn a_code_is_worth_one_guess_to_one_address_and_none_to_the_others() {
    let mut rig = Rig::new();
    let address = |text: &str| guesser(text.parse::<IpAddr>().unwrap());
    let attempt = rig.desk.begin(rig.now, address("2001:db8::1")).unwrap();
    for other in ["2001:db8::1", "2001:db8::2", "2001:db8:1::1", "192.0.2.1", "::ffff:192.0.2.1"] {
        assert_eq!(rig.desk.begin(rig.now, address(other)).unwrap_err(), DeskRefusal::Busy, "{other}");
    }
    rig.end(attempt, Tried::Wrong);
    assert_eq!(rig.desk.begin(rig.now, address("2001:db8::1")).unwrap().code(), &code(1), "another code");
}

#[test]
fn who_is_refused_costs_nobody_a_guess() {
    let mut rig = Rig::new();
    let attempt = rig.begin().unwrap();
    for _ in 0..100 {
        assert_eq!(rig.begin().unwrap_err(), DeskRefusal::Busy);
    }
    rig.end(attempt, Tried::Right);
    assert_eq!(rig.desk.guesses().len(), 1);
    assert_eq!(rig.close(), (3, FIRST_CLOSING));
}

#[test]
fn two_wrong_guesses_close_nothing_and_the_third_closes() {
    for tried in [Tried::Wrong, Tried::GaveUp] {
        let mut rig = Rig::new();
        rig.guess(tried).unwrap();
        rig.guess(tried).unwrap();
        rig.assert_shows(2);
        rig.guess(tried).unwrap();
        let until = rig.now + FIRST_CLOSING;
        assert_eq!(rig.shown(), Shown::Closed { until });
        assert_eq!(rig.begin().unwrap_err(), DeskRefusal::Closed { until });
        assert_eq!(rig.desk.next_change(), until);
    }
}

#[test]
fn a_right_guess_begins_the_row_of_three_anew() {
    let mut rig = Rig::new();
    for _ in 0..3 {
        rig.guess(Tried::Wrong).unwrap();
        rig.guess(Tried::Wrong).unwrap();
        rig.guess(Tried::Right).unwrap();
    }
    assert_eq!(rig.close(), (3, FIRST_CLOSING));
}

#[test]
fn wrong_guesses_days_apart_are_still_a_row() {
    let mut rig = Rig::new();
    rig.guess(Tried::Wrong).unwrap();
    rig.pass(30 * HOUR);
    rig.guess(Tried::Wrong).unwrap();
    rig.pass(30 * HOUR);
    assert_eq!(rig.close(), (1, FIRST_CLOSING));
}

#[test]
fn a_closing_ends_at_its_minute_and_not_before() {
    let mut rig = Rig::new();
    rig.close();
    rig.pass(just_before(FIRST_CLOSING));
    assert!(matches!(rig.shown(), Shown::Closed { .. }));
    assert!(rig.begin().is_err());
    rig.pass(MOMENT);
    rig.assert_shows(3);
    assert_eq!(rig.close().0, 3, "a whole row again");
}

#[test]
fn closings_double_up_to_a_day() {
    let mut rig = Rig::new();
    let mut closings = Vec::new();
    for _ in 0..12 {
        // A day apart, so that the day's count stays out of it.
        rig.pass(25 * HOUR);
        let (count, closing) = rig.close();
        assert_eq!(count, 3);
        closings.push(closing.as_secs() / 60);
    }
    assert_eq!(closings, [5, 10, 20, 40, 80, 160, 320, 640, 1280, 1440, 1440, 1440]);
}

#[test]
fn a_right_guess_makes_the_next_closing_short_again() {
    let mut rig = Rig::new();
    rig.close();
    rig.pass(FIRST_CLOSING);
    assert_eq!(rig.close().1, 2 * FIRST_CLOSING);
    rig.pass(2 * FIRST_CLOSING);
    rig.guess(Tried::Right).unwrap();
    assert_eq!(rig.close().1, FIRST_CLOSING);
}

/// Two wrong ones and a right one in turn, a minute between each two wrong ones.
fn wrong_but_never_three_in_a_row(rig: &mut Rig, count: usize) {
    for number in 0..count {
        rig.guess(Tried::Wrong).unwrap();
        if number % 2 == 1 {
            rig.guess(Tried::Right).unwrap();
        }
        rig.pass(MINUTE);
    }
}

#[test]
fn nineteen_wrong_guesses_a_day_leave_it_open_and_the_twentieth_closes_until_the_first_is_a_day_old() {
    let mut rig = Rig::new();
    let first = rig.now;
    wrong_but_never_three_in_a_row(&mut rig, WRONG_IN_A_DAY - 1);
    assert!(matches!(rig.shown(), Shown::Code { .. }));
    rig.guess(Tried::Wrong).unwrap();
    assert_eq!(rig.shown(), Shown::Closed { until: first + A_DAY });
    rig.now = first + just_before(A_DAY);
    assert!(rig.begin().is_err());
    // One is forgotten, so there is one more; then the second has to be a day old.
    rig.pass(MOMENT);
    rig.guess(Tried::Right).unwrap();
    rig.guess(Tried::Wrong).unwrap();
    assert_eq!(rig.shown(), Shown::Closed { until: first + MINUTE + A_DAY });
}

#[test]
fn wrong_guesses_that_are_a_day_old_no_longer_count() {
    let mut rig = Rig::new();
    wrong_but_never_three_in_a_row(&mut rig, WRONG_IN_A_DAY - 1);
    rig.pass(A_DAY);
    rig.guess(Tried::Right).unwrap();
    wrong_but_never_three_in_a_row(&mut rig, WRONG_IN_A_DAY - 1);
    assert!(matches!(rig.shown(), Shown::Code { .. }));
}

#[test]
fn of_two_reasons_to_close_the_longer_one_holds() {
    let mut rig = Rig::new();
    let day = rig.now + A_DAY;
    wrong_but_never_three_in_a_row(&mut rig, 18);
    rig.guess(Tried::Wrong).unwrap();
    rig.guess(Tried::Wrong).unwrap();
    assert_eq!(rig.shown(), Shown::Closed { until: day }, "the day, not two in a row");

    let mut rig = Rig::new();
    for _ in 0..12 {
        rig.pass(25 * HOUR);
        rig.close();
    }
    assert_eq!(rig.desk.wrong.len(), 3);
    assert_eq!(rig.desk.next_change(), rig.now + LONGEST_CLOSING, "the row, not three a day");
}

#[test]
fn a_person_opens_it_at_once_and_everything_is_forgiven() {
    let mut rig = Rig::new();
    rig.close();
    rig.pass(FIRST_CLOSING);
    rig.close();
    rig.desk.open(rig.now);
    rig.assert_shows(6);
    assert_eq!(rig.close(), (3, FIRST_CLOSING), "the first closing again");

    let mut rig = Rig::new();
    wrong_but_never_three_in_a_row(&mut rig, WRONG_IN_A_DAY - 1);
    rig.guess(Tried::Wrong).unwrap();
    rig.desk.open(rig.now);
    wrong_but_never_three_in_a_row(&mut rig, WRONG_IN_A_DAY - 1);
    assert!(matches!(rig.shown(), Shown::Code { .. }), "the day's count too");
}

#[test]
fn a_person_who_opens_while_it_is_open_gets_a_new_code() {
    let mut rig = Rig::new();
    rig.guess(Tried::Wrong).unwrap();
    rig.guess(Tried::Wrong).unwrap();
    rig.desk.open(rig.now);
    rig.assert_shows(3);
    assert_eq!(rig.close().0, 3, "and a new row");
}

#[test]
fn opening_leaves_the_attempt_that_runs_alone() {
    let mut rig = Rig::new();
    rig.guess(Tried::Wrong).unwrap();
    rig.guess(Tried::Wrong).unwrap();
    let attempt = rig.begin().unwrap();
    rig.desk.open(rig.now);
    assert_eq!(rig.shown(), Shown::Trying);
    assert_eq!(rig.begin().unwrap_err(), DeskRefusal::Busy);
    rig.end(attempt, Tried::Wrong);
    rig.assert_shows(3);
    assert_eq!(rig.close().0, 2, "it counts as the first of the new row");
}

#[test]
fn an_attempt_that_nobody_ends_has_given_up() {
    let mut rig = Rig::new();
    let attempt = rig.begin().unwrap();
    assert_eq!(rig.desk.next_change(), rig.now + ATTEMPT_LIMIT);
    rig.pass(just_before(ATTEMPT_LIMIT));
    assert_eq!(rig.shown(), Shown::Trying);
    rig.pass(MOMENT);
    rig.assert_shows(1);
    assert_eq!(rig.desk.guesses().next().unwrap().tried, Tried::GaveUp);
    // Its end comes too late, and neither ends another's attempt nor forgives anything.
    let other = rig.begin().unwrap();
    rig.end(attempt, Tried::Right);
    assert_eq!(rig.shown(), Shown::Trying);
    rig.end(other, Tried::Wrong);
    assert_eq!(rig.close().0, 1);
}

#[test]
fn an_attempt_may_outlive_the_time_of_its_code() {
    let mut rig = Rig::new();
    rig.pass(just_before(CODE_LIFETIME));
    let attempt = rig.begin().unwrap();
    rig.pass(Duration::from_secs(9));
    assert_eq!(rig.shown(), Shown::Trying);
    rig.end(attempt, Tried::Right);
    assert_eq!(rig.shown(), Shown::Code { code: code(1), until: rig.now + CODE_LIFETIME });
}

#[test]
fn the_person_sees_who_guessed_and_how_it_ended() {
    let mut rig = Rig::new();
    let mapped = guesser(Ipv4Addr::new(192, 0, 2, 1).to_ipv6_mapped());
    for tried in [Tried::Wrong, Tried::GaveUp, Tried::Right] {
        let attempt = rig.desk.begin(rig.now, mapped).unwrap();
        rig.end(attempt, tried);
    }
    let plain = guesser(Ipv4Addr::new(192, 0, 2, 1));
    let expected = [Tried::Wrong, Tried::GaveUp, Tried::Right].map(|tried| Guess { guesser: plain, tried });
    assert_eq!(rig.desk.guesses().copied().collect::<Vec<_>>(), expected);
}

#[test]
fn a_flood_from_a_million_addresses_leaves_nothing_behind() {
    let mut rig = Rig::new();
    let mut taken = 0_u32;
    for number in 0..1_000_000_u128 {
        let address = Ipv6Addr::from((0x2001_0db8 << 96) | (number << 64));
        match rig.desk.begin(rig.now, guesser(address)) {
            Ok(attempt) => {
                taken += 1;
                rig.end(attempt, Tried::GaveUp);
            }
            Err(DeskRefusal::Busy | DeskRefusal::Closed { .. }) => {}
        }
        rig.pass(Duration::from_millis(100)); // over a day in all
    }
    assert!((20..=40).contains(&taken), "{taken}");
    assert_eq!(rig.desk.guesses().len(), GUESSES_KEPT);
    assert!(rig.desk.wrong.len() <= WRONG_IN_A_DAY);
    assert!(rig.desk.wrong.capacity() <= 2 * WRONG_IN_A_DAY);
    assert!(rig.desk.guesses.capacity() <= 2 * GUESSES_KEPT);
}

#[test]
fn without_random_numbers_it_is_closed_and_tries_again() {
    let mut left = vec![None, Code::from_number(9), None];
    let mut now = Instant::now();
    let mut desk = Desk::new(now, Box::new(move || left.pop().flatten()));
    assert_eq!(desk.shown(now), Shown::Closed { until: now + FIRST_CLOSING });
    now += FIRST_CLOSING;
    assert!(matches!(desk.shown(now), Shown::Code { .. }));
    desk.open(now);
    assert_eq!(desk.shown(now), Shown::Closed { until: now + FIRST_CLOSING });
}

const YEAR: Duration = A_DAY.saturating_mul(365);

/// When a stranger's guesses fall in a year: each as soon as the desk is open and `patience` has passed since the last.
/// After some of them, somebody else pairs.
fn year_of_guesses(patience: Duration, others_pair: impl Fn(usize) -> bool) -> Vec<Duration> {
    let mut rig = Rig::new();
    let start = rig.now;
    let mut guesses = Vec::new();
    while rig.now - start <= YEAR {
        match rig.guess(Tried::Wrong) {
            Ok(()) => {
                guesses.push(rig.now - start);
                if others_pair(guesses.len()) {
                    rig.guess(Tried::Right).ok(); // closed to them as well, perhaps
                }
                rig.pass(patience);
            }
            Err(DeskRefusal::Closed { until }) => rig.now = until,
            Err(DeskRefusal::Busy) => panic!("nobody else is there"),
        }
    }
    guesses
}

/// The most guesses in any 24 hours.
fn most_in_a_day(guesses: &[Duration]) -> usize {
    let day_from =
        |first: usize| guesses[first..].iter().take_while(|at| **at < guesses[first] + A_DAY).count();
    (0..guesses.len()).map(day_from).max().unwrap_or(0)
}

/// How patient a stranger may be: not at all, up to the one who guesses once a day.
fn patiences() -> impl Iterator<Item = Duration> {
    (0..=24 * 6).map(|tens| tens * 10 * MINUTE)
}

#[test]
fn nobody_has_more_guesses_than_the_docs_say() {
    let mut closings = 0;
    let mut closed = Duration::ZERO;
    while closed <= YEAR {
        closed += LONGEST_CLOSING.min(FIRST_CLOSING * 2_u32.pow(closings.min(20)));
        closings += 1;
    }
    // Every third guess costs a closing, and only the last closing may reach beyond the year.
    let alone = usize::try_from(closings).unwrap() * WRONG_IN_A_ROW;
    let among_others = 366 * WRONG_IN_A_DAY; // at the first moment of the year, and after each day of it
    assert_eq!((alone, among_others), (1_119, 7_320));
    for patience in patiences() {
        let guesses = year_of_guesses(patience, |_| false);
        assert!(most_in_a_day(&guesses) <= WRONG_IN_A_DAY && guesses.len() <= alone, "{patience:?}");
        let guesses = year_of_guesses(patience, |count| count % 2 == 0);
        assert!(most_in_a_day(&guesses) <= WRONG_IN_A_DAY && guesses.len() <= among_others, "{patience:?}");
    }
}

#[test]
fn the_bounds_are_not_far_from_what_an_eager_stranger_gets() {
    let alone = year_of_guesses(Duration::ZERO, |_| false);
    assert!(most_in_a_day(&alone) == 20 && alone.len() > 1_100, "{}", alone.len());
    let among_others = year_of_guesses(Duration::ZERO, |count| count % 2 == 0);
    assert!(most_in_a_day(&among_others) == 20 && among_others.len() > 7_250, "{}", among_others.len());
}

#[test]
fn a_row_goes_on_over_a_closing_for_the_days_count() {
    // Were it forgiven, one guess whenever one of the day's twenty is a day old would never meet a longer closing.
    let mut rig = Rig::new();
    let first = rig.now;
    wrong_but_never_three_in_a_row(&mut rig, WRONG_IN_A_DAY - 1);
    rig.guess(Tried::Wrong).unwrap();
    rig.now = first + A_DAY;
    rig.guess(Tried::Wrong).unwrap();
    assert_eq!(rig.shown(), Shown::Closed { until: rig.now + FIRST_CLOSING });
}

#[derive(Clone, Debug)]
enum Deed {
    Pass(u64),
    Begin,
    End(Tried),
    Look,
}

fn deeds() -> impl Strategy<Value = Vec<Deed>> {
    let deed = prop_oneof![
        2 => (0_u64..4_000).prop_map(Deed::Pass),
        1 => (0_u64..100_000).prop_map(Deed::Pass),
        6 => Just(Deed::Begin),
        4 => prop_oneof![Just(Tried::Wrong), Just(Tried::GaveUp), Just(Tried::Right)].prop_map(Deed::End),
        1 => Just(Deed::Look),
    ];
    prop::collection::vec(deed, 1..400)
}

proptest! {
    #[test]
    fn whatever_happens_no_code_is_tried_twice_and_no_day_has_21_wrong_guesses(deeds in deeds()) {
        let mut rig = Rig::new();
        let start = rig.now;
        let mut running: Option<Attempt> = None;
        let mut wrong = Vec::new();
        let mut codes = Vec::new();
        for deed in deeds {
            rig.pass(MOMENT); // so that no two wrong guesses fall together
            match deed {
                Deed::Pass(seconds) => rig.pass(Duration::from_secs(seconds)),
                Deed::Look => {
                    rig.shown();
                    prop_assert!(rig.desk.next_change() > rig.now, "time that has passed is behind us");
                }
                Deed::Begin => if let Ok(attempt) = rig.begin() {
                    codes.push(attempt.code().digits().to_owned());
                    // The one before was left to its time.
                    running = Some(attempt);
                },
                Deed::End(tried) => if let Some(attempt) = running.take() {
                    let before = rig.desk.guesses().len();
                    rig.end(attempt, tried);
                    prop_assert!(rig.desk.guesses().len() <= GUESSES_KEPT.min(before + 1));
                },
            }
            // One deed ends one attempt at most, so the last one the desk counted is enough.
            if let Some(at) = rig.desk.wrong.back().filter(|at| wrong.last() != Some(*at)) {
                wrong.push(*at);
            }
            prop_assert!(rig.desk.wrong.len() <= WRONG_IN_A_DAY);
        }
        let times: Vec<Duration> = wrong.iter().map(|at| *at - start).collect();
        prop_assert!(most_in_a_day(&times) <= WRONG_IN_A_DAY);
        let tried = codes.len();
        codes.sort();
        codes.dedup();
        prop_assert_eq!(codes.len(), tried, "each code was tried once");
    }
}
