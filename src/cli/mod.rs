//! The command line: arguments in, the engine's State out on the terminal.
//!
//! Results and `--json` lines go to stdout, progress and questions to stderr. `docs/cli.md` describes both.

mod args;
mod bar;
mod exit;
mod interrupt;
mod json;
mod output;
mod prompt;
mod receive;
mod send;
mod words;

use std::process::ExitCode;

use clap::Parser as _;

use crate::cli::args::{Args, Sub};
use crate::cli::exit::Exit;
use crate::cli::output::Output;
use crate::engine::Home;
use crate::logging;
use crate::model::Failure;

/// The whole program: parses the arguments, runs the window or a command, gives the process's exit code.
pub fn main() -> ExitCode {
    let args = Args::parse();
    ExitCode::from(run(args).code())
}

fn run(args: Args) -> Exit {
    let mut output = Output::new(args.wants_json());
    let home = match Home::locate() {
        Ok(home) => home,
        Err(error) => return stop(&mut output, &error.failure()),
    };
    let _logging = logging::start(&home.logs(), args.verbosity());
    match args.sub {
        Some(Sub::Send(send)) => send::run(home, send, output),
        Some(Sub::Receive(receive)) => receive::run(home, receive, output),
        None => window(home, args.listen),
    }
}

/// Says why nothing was begun.
fn stop(output: &mut Output, failure: &Failure) -> Exit {
    output.stop(failure);
    Exit::of_failure(failure)
}

#[cfg(feature = "gui")]
fn window(_home: Home, _listen: Option<std::net::SocketAddr>) -> Exit {
    no_window("there is no window yet")
}

#[cfg(not(feature = "gui"))]
fn window(_home: Home, _listen: Option<std::net::SocketAddr>) -> Exit {
    no_window("this build has no window")
}

/// One line: why there is no window, and what to do instead.
fn no_window(why: &str) -> Exit {
    eprintln!("sampan: {why}; use `sampan receive` here, or `sampan send FILE --to ADDRESS` (see `sampan --help`)");
    Exit::Usage
}
