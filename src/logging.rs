//! Where log lines go: a file a day in the home folder, and stderr when somebody asks.
//!
//! At `info` and above no line holds a personal path, a file's name or a key.

use std::io::{self, Write};
use std::path::Path;
use std::time::{Duration, SystemTime};

use tracing_appender::non_blocking::{NonBlockingBuilder, WorkerGuard};
use tracing_appender::rolling::{Builder, Rotation};
use tracing_subscriber::filter::{EnvFilter, LevelFilter};
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{Layer as _, fmt};

/// Lines that wait for the disk. Room for all of them is made at the start: 40 bytes each.
const MAX_WAITING: usize = 16_384;

/// Days of logs that are kept.
const MAX_FILES: usize = 7;

/// Bytes of a day's file. Ordinary days have some kilobytes; a day on which somebody tries to fill the disk ends here.
const MAX_DAY: usize = 16 * 1024 * 1024;

/// What stands at the end of a day's file that is full.
const FULL: &[u8] = b"this day's log is full, the rest is left out\n";

/// What `-v` adds on stderr.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verbosity {
    /// Nothing, unless `RUST_LOG` asks.
    Quiet,
    /// This program's own lines, from `info` on (`-v`) …
    Info,
    /// … or from `debug` on (`-vv`).
    Debug,
}

/// Keeps the log file's writer alive; what is still buffered is written when it is dropped.
#[must_use = "log lines are lost once it is dropped"]
pub struct Logging {
    _file: Option<WorkerGuard>,
}

/// Starts logging. A log file that cannot be made is said on stderr and nothing else: the transfer matters more.
pub fn start(folder: &Path, verbosity: Verbosity) -> Logging {
    let file = Builder::new()
        .rotation(Rotation::DAILY)
        .filename_prefix("sampan")
        .filename_suffix("log")
        .max_log_files(MAX_FILES)
        .build(folder);
    let (file_layer, guard) = match file {
        Ok(file) => {
            let (writer, guard) = NonBlockingBuilder::default()
                .buffered_lines_limit(MAX_WAITING)
                .finish(Capped::new(file, MAX_DAY, SystemTime::now));
            let layer = fmt::layer().with_writer(writer).with_ansi(false);
            (Some(layer.with_filter(own(LevelFilter::INFO))), Some(guard))
        }
        Err(error) => {
            eprintln!("sampan: no log file: {error}");
            (None, None)
        }
    };
    let wanted = match (std::env::var("RUST_LOG"), verbosity) {
        (Ok(directives), Verbosity::Quiet) if !directives.is_empty() => Some(EnvFilter::new(directives)),
        (_, Verbosity::Quiet) => None,
        (_, Verbosity::Info) => Some(own(LevelFilter::INFO)),
        (_, Verbosity::Debug) => Some(own(LevelFilter::DEBUG)),
    };
    let stderr_layer = wanted.map(|filter| fmt::layer().with_writer(std::io::stderr).with_filter(filter));
    // Only a second call in one process fails, and then the first one's settings hold.
    tracing_subscriber::registry().with(file_layer).with(stderr_layer).try_init().ok();
    Logging { _file: guard }
}

/// Our own lines from this level on, warnings of everybody else's.
fn own(level: LevelFilter) -> EnvFilter {
    EnvFilter::new(format!("warn,sampan={level}"))
}

/// Writes so many bytes a day, and leaves out the rest. Days are those of the appender, in UTC.
struct Capped<W, C> {
    file: W,
    limit: usize,
    clock: C,
    day: u64,
    /// Bytes of this day.
    written: usize,
}

impl<W: Write, C: FnMut() -> SystemTime> Capped<W, C> {
    fn new(file: W, limit: usize, clock: C) -> Self {
        Self { file, limit, clock, day: 0, written: 0 }
    }
}

impl<W: Write, C: FnMut() -> SystemTime> Write for Capped<W, C> {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        let now = (self.clock)().duration_since(SystemTime::UNIX_EPOCH).unwrap_or(Duration::ZERO);
        let day = now.as_secs() / (24 * 60 * 60);
        if day != self.day {
            (self.day, self.written) = (day, 0);
        }
        let before = self.written;
        self.written = before.saturating_add(line.len());
        if self.written <= self.limit {
            self.file.write_all(line)?;
        } else if before <= self.limit {
            self.file.write_all(FULL)?;
            self.written = self.limit.saturating_add(1); // however short the next line is
        }
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    #[test]
    fn a_day_of_too_many_lines_says_so_once_and_the_next_day_has_lines_again() {
        let day = Cell::new(20_000);
        let mut text = Vec::new();
        let clock = || SystemTime::UNIX_EPOCH + Duration::from_secs(day.get() * 86_400 + 5);
        let mut log = Capped::new(&mut text, 10, clock);
        for line in [&b"one\n"[..], b"two\n", b"three\n", b"4\n", b"five\n"] {
            log.write_all(line).unwrap();
        }
        day.set(20_001);
        log.write_all(b"six\n").unwrap();
        let expected = [b"one\ntwo\n", FULL, b"six\n"].concat();
        assert_eq!(String::from_utf8(text).unwrap(), String::from_utf8(expected).unwrap());
    }
}
