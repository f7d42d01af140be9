//! Breaks transfers on purpose, from a seed, and repeats them: nothing may be damaged, and nothing may be left over
//! (docs/testing.md, "Breaking it").
//!
//!     cargo test --test it chaos::                                       a hundred and some cycles
//!     tests/chaos.sh --seed 7 --cycles 2000                              more of them, printed one a line

mod before;
mod cycle;
mod dice;
mod disk;
mod fault;
mod program;
mod proxy;
mod tree;
mod verdict;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::Instant;

use cycle::{Wish, census, run};
use fault::Fault;

/// Cycles at a time: each waits for two programs most of its time.
const AT_ONCE: usize = 3;

/// Cycles of a run that nobody asked for: a minute or two on two cores.
const CYCLES: u64 = 110;

/// What is to be run.
struct Plan {
    seed: u64,
    cycles: u64,
    every_call: bool,
    only: Option<String>,
    keep: bool,
    verbose: bool,
}

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok().map(|text| text.parse().unwrap_or_else(|_| panic!("{name}={text} is no number")))
}

/// Whatever breaks a transfer, the same send repeated brings all of it.
#[test]
fn what_breaks_a_transfer_damages_nothing_and_the_same_send_again_completes_it() {
    let wrong = breaks(Path::new(env!("CARGO_BIN_EXE_sampan")));
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Runs what the environment asks for; gives what was wrong.
fn breaks(sampan: &Path) -> Vec<String> {
    let is_set = |name| std::env::var_os(name).is_some();
    let plan = Plan {
        seed: number("SAMPAN_CHAOS_SEED").unwrap_or_else(|| std::process::id().into()),
        cycles: number("SAMPAN_CHAOS_CYCLES").unwrap_or(CYCLES),
        every_call: is_set("SAMPAN_CHAOS_EVERY_CALL"),
        only: std::env::var("SAMPAN_CHAOS_ONLY").ok(),
        keep: is_set("SAMPAN_CHAOS_KEEP"),
        verbose: is_set("SAMPAN_CHAOS_VERBOSE"),
    };
    println!("chaos: seed {}", plan.seed);
    let census = census(sampan);
    let firsts: Vec<Option<Fault>> = if plan.every_call {
        census.every().into_iter().map(|call| Some(Fault::KillAt(call))).collect()
    } else {
        (0..plan.cycles).map(|_| None).collect()
    };
    let (next, start) = (AtomicU64::new(0), Instant::now());
    let (counts, wrong) = (Mutex::new(BTreeMap::new()), Mutex::new(Vec::new()));
    thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                loop {
                    let at = next.fetch_add(1, Ordering::Relaxed);
                    let Some(first) = usize::try_from(at).ok().and_then(|at| firsts.get(at)) else { return };
                    let wish = Wish {
                        seed: plan.seed + at,
                        first: first.clone(),
                        only: plan.only.clone(),
                        keep: plan.keep,
                    };
                    let report = run(sampan, &census, &wish);
                    report.count(&mut counts.lock().unwrap());
                    if plan.verbose || !report.wrong.is_empty() {
                        println!("seed {}: {}", wish.seed, report.story);
                    }
                    if !report.wrong.is_empty() {
                        let kept = report
                            .kept
                            .map(|kept| format!(" (kept: {})", kept.display()))
                            .unwrap_or_default();
                        println!("  WRONG{kept}: {}", report.wrong.join("\n         "));
                        wrong
                            .lock()
                            .unwrap()
                            .push(format!("seed {}: {}\n  {}", wish.seed, report.story, report.wrong[0]));
                    }
                }
            });
        }
    });
    let wrong = wrong.into_inner().unwrap();
    println!("chaos: {} cycles in {:.0?}, {} went wrong", firsts.len(), start.elapsed(), wrong.len());
    for (kind, count) in counts.into_inner().unwrap() {
        println!("  {count:6} {kind}");
    }
    wrong
}
