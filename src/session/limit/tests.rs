//! By a clock that stands still unless all wait: what went when is exact.

use std::cell::RefCell;
use std::future::Future;
use std::rc::Rc;

use super::*;

const WINDOW: Duration = Duration::from_secs(3);
const KIB: u64 = 1024;

/// What went, and when.
#[derive(Clone, Default)]
struct Line(Rc<RefCell<Vec<(Instant, u64)>>>);

impl Line {
    /// Moves bytes as the writer does, for ever.
    async fn busy(self, limits: SpeedLimits) {
        loop {
            let mut left = limits.block_bytes();
            while left > 0 {
                let granted = limits.pass(left).await;
                assert!((1..=left).contains(&granted));
                self.0.borrow_mut().push((Instant::now(), size::from_len(granted)));
                left -= granted;
            }
            if limits.own.get().or(limits.global.get()).is_none() {
                // Where nothing limits, something else does; here: time passes.
                sleep_until(Instant::now() + Duration::from_millis(1)).await;
            }
        }
    }

    fn between(&self, from: Instant, to: Instant) -> u64 {
        self.0.borrow().iter().filter(|(at, _)| (from..to).contains(at)).map(|(_, bytes)| bytes).sum()
    }

    /// Holds every window of 3 s between two moments against a rate.
    fn assert_keeps(&self, rate: u64, from: Instant, to: Instant) {
        let mut start = from;
        while start + WINDOW <= to {
            let moved = self.between(start, start + WINDOW);
            let (least, most) = (rate * 3 * 95 / 100, rate * 3 * 105 / 100);
            assert!(
                (least..=most).contains(&moved),
                "{moved} bytes, not {}, {:?} behind the start",
                rate * 3,
                start - from
            );
            start += Duration::from_millis(61);
        }
    }
}

fn limits(own: Option<u64>, global: Option<u64>) -> SpeedLimits {
    SpeedLimits { own: Arc::new(SpeedLimit::new(own)), global: Arc::new(SpeedLimit::new(global)) }
}

/// Runs lines and a person beside one another, until the person is done.
fn run(lines: Vec<(Line, SpeedLimits)>, person: impl Future<Output = ()>) {
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    let set = tokio::task::LocalSet::new();
    for (line, limits) in lines {
        set.spawn_local(line.busy(limits));
    }
    set.block_on(&runtime, person);
}

async fn after(secs: u64) -> Instant {
    sleep_until(Instant::now() + Duration::from_secs(secs)).await;
    Instant::now()
}

#[test]
fn every_window_of_three_seconds_keeps_the_limit_within_five_percent() {
    for rate in [16 * KIB, 17 * KIB + 11, 100 * KIB, 1_000_000, 10_000_000, 123_456_789, 1_000_000_000] {
        for (own, global) in [(Some(rate), None), (None, Some(rate)), (Some(rate), Some(rate))] {
            let line = Line::default();
            run(vec![(line.clone(), limits(own, global))], async {
                let start = Instant::now();
                let secs = if rate > 200_000_000 { 7 } else { 10 };
                let end = after(secs).await;
                line.assert_keeps(rate, start, end);
            });
        }
    }
}

#[test]
fn the_lower_of_both_limits_holds() {
    for (own, global) in [(100 * KIB, 1_000 * KIB), (1_000 * KIB, 100 * KIB)] {
        let line = Line::default();
        run(vec![(line.clone(), limits(Some(own), Some(global)))], async {
            let start = Instant::now();
            let end = after(10).await;
            line.assert_keeps(100 * KIB, start, end);
        });
    }
}

#[test]
fn a_limit_that_is_changed_holds_from_that_moment_on() {
    let steps = [16 * KIB, 10_000_000, 50 * KIB, 1_000_000_000, 16 * KIB, 20 * KIB];
    let (line, both) = (Line::default(), limits(Some(1_000_000), None));
    let own = Arc::clone(&both.own);
    run(vec![(line.clone(), both)], async {
        after(4).await;
        for rate in steps {
            own.set(Some(rate));
            let start = Instant::now();
            let end = after(7).await;
            line.assert_keeps(rate, start, end);
        }
    });
}

#[test]
fn two_transfers_share_the_global_limit_and_get_about_the_same() {
    let share = |own: [Option<u64>; 2]| {
        let global = Arc::new(SpeedLimit::new(Some(1_000_000)));
        own.map(|own| SpeedLimits { own: Arc::new(SpeedLimit::new(own)), global: Arc::clone(&global) })
    };
    let [first, second] = share([None, None]);
    let (one, other) = (Line::default(), Line::default());
    run(vec![(one.clone(), first), (other.clone(), second)], async {
        let start = Instant::now();
        let end = after(10).await;
        one.assert_keeps(500_000, start, end);
        other.assert_keeps(500_000, start, end);
    });
    let [first, second] = share([Some(100_000), None]);
    // One that has a low limit of its own leaves the rest to the other.
    let (slow, fast) = (Line::default(), Line::default());
    run(vec![(slow.clone(), first), (fast.clone(), second)], async {
        let start = Instant::now();
        let end = after(10).await;
        slow.assert_keeps(100_000, start, end);
        fast.assert_keeps(900_000, start, end);
    });
}

#[test]
fn one_that_wants_little_gets_it_beside_nine_that_want_all() {
    let global = Arc::new(SpeedLimit::new(Some(2_000_000)));
    let of = |own| SpeedLimits { own: Arc::new(SpeedLimit::new(own)), global: Arc::clone(&global) };
    let slow = Line::default();
    let mut lines = vec![(slow.clone(), of(Some(100_000)))];
    lines.extend((0..9).map(|_| (Line::default(), of(None))));
    run(lines, async {
        let start = Instant::now();
        let end = after(10).await;
        slow.assert_keeps(100_000, start, end);
    });
}

#[test]
fn who_waits_wakes_when_the_limit_is_raised_or_removed() {
    run(Vec::new(), async {
        let limit = SpeedLimit::new(Some(KIB));
        assert_eq!(limit.pass(1_000_000).await, MIN_PIECE);
        let start = Instant::now();
        // A second at the old limit, a millisecond at the new one.
        let (granted, ()) = tokio::join!(limit.pass(1_000_000), async { limit.set(Some(KIB * 1_000)) });
        assert!(start.elapsed() <= Duration::from_millis(2), "{:?}", start.elapsed());
        assert_eq!(granted, 20_480);
        limit.set(Some(KIB));
        let start = Instant::now();
        let (one, two, three, ()) =
            tokio::join!(limit.pass(1), limit.pass(2), limit.pass(1_000_000), async { limit.set(None) });
        assert_eq!((one, two, three), (1, 2, 1_000_000));
        assert_eq!(start.elapsed(), Duration::ZERO);
    });
}

#[test]
fn who_gives_up_waiting_counts_nothing_and_holds_nobody_up() {
    run(Vec::new(), async {
        let limit = SpeedLimit::new(Some(100 * KIB));
        assert_eq!(limit.pass(1_000_000).await, 2_048);
        let start = Instant::now();
        let given_up = tokio::time::timeout(Duration::from_millis(10), limit.pass(1_000_000));
        assert!(given_up.await.is_err());
        limit.pass(1).await;
        assert!(start.elapsed() <= Duration::from_millis(51), "{:?}", start.elapsed());
    });
}

#[test]
fn what_one_limit_granted_goes_back_when_who_waits_for_the_other_gives_up() {
    // The writer lets a control frame go before: it drops what it waits for.
    run(Vec::new(), async {
        let both = limits(Some(KIB), Some(KIB));
        both.global.pass(MIN_PIECE).await;
        assert!(tokio::time::timeout(Duration::from_millis(10), both.pass(MIN_PIECE)).await.is_err());
        let start = Instant::now();
        both.own.pass(1).await;
        assert_eq!(start.elapsed(), Duration::ZERO);
    });
}

#[test]
fn a_limit_moved_to_and_fro_lets_no_more_through() {
    let (line, both) = (Line::default(), limits(Some(100 * KIB), None));
    let own = Arc::clone(&both.own);
    run(vec![(line.clone(), both)], async {
        let start = Instant::now();
        for step in 0..1_000_u64 {
            own.set(Some(100 * KIB + step % 2 * KIB));
            sleep_until(Instant::now() + Duration::from_millis(10)).await;
        }
        line.assert_keeps(100 * KIB, start, Instant::now());
    });
}

#[test]
fn blocks_and_pieces_shrink_with_the_limit_but_not_to_nothing() {
    let block = |rate| SpeedLimit::new(rate).block_bytes();
    assert_eq!(block(None), BLOCK_BYTES);
    assert_eq!(block(Some(u64::MAX)), BLOCK_BYTES);
    assert_eq!(block(Some(1_000_000)), 100_000);
    assert_eq!(block(Some(1)), MIN_BLOCK);
    assert_eq!(limits(Some(1_000_000), Some(100_000)).block_bytes(), 10_000);
    assert_eq!(SpeedLimit::new(Some(0)).get(), Some(MIN_LIMIT));
    run(Vec::new(), async {
        for (rate, granted) in [(1, MIN_PIECE), (1_000_000, 20_000), (u64::MAX, BLOCK_BYTES)] {
            assert_eq!(SpeedLimit::new(Some(rate)).pass(usize::MAX).await, granted);
        }
        // What one limit grants and the other does not is not lost.
        let both = limits(Some(1_000_000), Some(100_000));
        assert_eq!(both.pass(usize::MAX).await, 2_000);
        let start = Instant::now();
        both.own.pass(1).await;
        assert!(start.elapsed() <= Duration::from_millis(2));
    });
}
