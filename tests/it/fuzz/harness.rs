//! Runs a target for a while: the saved corpus first, then changes of it and of whatever brought something new.

use std::collections::HashSet;
use std::fs;
use std::io::Write as _;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::Builder;
use std::time::{Duration, Instant};

use sampan::model::Digest;
use sha2::{Digest as _, Sha256};

use super::mutate::{Chance, next_input};

/// What a target gives: a word or two about what came of the input. Inputs with a new one are changed further, so that
/// the search goes deeper than blind chance would.
pub(super) type Target = fn(&[u8]) -> String;

/// Seconds for each target.
const SECS: &str = "SAMPAN_FUZZ_SECS";
/// A seed, to repeat a run.
const SEED: &str = "SAMPAN_FUZZ_SEED";
/// A file, to run a target once with it and nothing else.
const INPUT: &str = "SAMPAN_FUZZ_INPUT";

/// An input that takes longer hangs. The slowest one takes milliseconds, a minute is for a computer that does much else.
const HANG: Duration = Duration::from_mins(1);

/// Inputs that are changed further. More of them make each one's turn rarer.
const MAX_POOL: usize = 4096;

/// Runs a target for as long as the environment says, a second if it says nothing.
pub(super) fn fuzz(name: &'static str, target: Target) {
    if let Some(path) = std::env::var_os(INPUT) {
        println!("{name}: {}", target(&fs::read(path).unwrap()));
        return;
    }
    let time = Duration::from_secs_f64(number(SECS).unwrap_or(1.0));
    let seed = number(SEED).unwrap_or_else(|| u64::from(getrandom::u32().unwrap()));
    let mut run = Run::new(name, target, seed);
    let start = Instant::now();
    run.corpus();
    while start.elapsed() < time {
        run.next();
    }
    println!(
        "fuzz {name}: {} executions, {} kinds of outcome, {:.1} s, {SEED}={seed}",
        run.executions,
        run.outcomes.len(),
        start.elapsed().as_secs_f64()
    );
}

fn number<T: std::str::FromStr>(variable: &str) -> Option<T> {
    let text = std::env::var(variable).ok()?;
    Some(text.parse().unwrap_or_else(|_| panic!("{variable}={text} is no number")))
}

struct Run {
    name: &'static str,
    target: Target,
    chance: Chance,
    pool: Vec<Vec<u8>>,
    outcomes: HashSet<String>,
    executions: u64,
    watch: Watch,
}

impl Run {
    fn new(name: &'static str, target: Target, seed: u64) -> Self {
        let (chance, watch) = (Chance::new(seed), Watch::new(name));
        Self { name, target, chance, pool: Vec::new(), outcomes: HashSet::new(), executions: 0, watch }
    }

    /// The saved inputs, in the order of their names.
    fn corpus(&mut self) {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fuzz/corpus").join(self.name);
        let entries = fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
        let mut paths: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
        assert!(!paths.is_empty(), "{} is empty", folder.display());
        paths.sort();
        for path in paths {
            let input = fs::read(path).unwrap();
            self.pool.push(input.clone());
            self.run(input);
        }
    }

    fn next(&mut self) {
        let input = next_input(&mut self.chance, &self.pool);
        self.run(input);
    }

    fn run(&mut self, input: Vec<u8>) {
        self.watch.begins(&input);
        match catch_unwind(AssertUnwindSafe(|| (self.target)(&input))) {
            Ok(outcome) => {
                if self.pool.len() < MAX_POOL && self.outcomes.insert(rough(&outcome)) {
                    self.pool.push(input);
                }
            }
            Err(panic) => {
                say(&found(self.name, &input, "fails"));
                resume_unwind(panic);
            }
        }
        self.watch.ends();
        self.executions += 1;
    }
}

/// The outcome without its exact numbers: another length or position alone is nothing new, one of more digits is.
fn rough(outcome: &str) -> String {
    outcome.chars().take(300).map(|c| if c.is_ascii_digit() { '0' } else { c }).collect()
}

/// The input that is under way, and since when.
type Current = Mutex<Option<(Instant, Vec<u8>)>>;

/// Ends the whole program when one input takes too long: nothing else could.
struct Watch {
    current: Arc<Current>,
    /// Dropped at the end of the run.
    _over: Sender<()>,
}

impl Watch {
    fn new(name: &'static str) -> Self {
        let (current, (over_tx, over)) = (Arc::default(), channel());
        let shared = Arc::clone(&current);
        Builder::new().name(format!("watch {name}")).spawn(move || watch(name, &shared, &over)).unwrap();
        Self { current, _over: over_tx }
    }

    fn begins(&self, input: &[u8]) {
        let now = Some((Instant::now(), input.to_vec()));
        *self.current.lock().unwrap_or_else(PoisonError::into_inner) = now;
    }

    fn ends(&self) {
        *self.current.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }
}

fn watch(name: &str, current: &Current, over: &Receiver<()>) {
    while over.recv_timeout(Duration::from_secs(1)) == Err(RecvTimeoutError::Timeout) {
        let current = current.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((since, input)) = &*current
            && since.elapsed() > HANG
        {
            say(&found(name, input, "hangs"));
            std::process::abort();
        }
    }
}

/// Saves an input beside the build, and says where and how it is tried again.
fn found(name: &str, input: &[u8], does: &str) -> String {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("fuzz").join(name);
    let hash = Digest::from_bytes(Sha256::digest(input).into()).to_string();
    let path = folder.join(&hash[..12]);
    fs::create_dir_all(&folder).unwrap();
    fs::write(&path, input).unwrap();
    format!(
        "fuzz {name}: an input of {} bytes {does}: {path}\n\
         again:  {INPUT}={path} cargo test --test it fuzz::\n\
         fixed:  move it to tests/fuzz/corpus/{name}/, so that it is tried first from now on\n",
        input.len(),
        path = path.display(),
    )
}

/// Past the capture of test output, which would be lost with the program.
fn say(text: &str) {
    std::io::stderr().write_all(text.as_bytes()).ok();
}
