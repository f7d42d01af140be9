//! Where log lines go: a file a day in the home folder, and stderr when somebody asks.
//!
//! At `info` and above no line holds a personal path, a file's name or a key.

use std::path::Path;

use tracing_appender::non_blocking::WorkerGuard;
use tracing_appender::rolling::{Builder, Rotation};
use tracing_subscriber::filter::{EnvFilter, LevelFilter};
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{Layer as _, fmt};

/// Days of logs that are kept.
const MAX_FILES: usize = 7;

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
            let (writer, guard) = tracing_appender::non_blocking(file);
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
