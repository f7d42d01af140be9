//! The command line: arguments in, the engine's State out on the terminal.
//!
//! Results and `--json` lines go to stdout, progress and questions to stderr. `docs/cli.md` describes both.

mod account;
mod args;
mod bar;
mod credentials;
mod devices;
mod exit;
mod forget;
mod interrupt;
mod json;
mod output;
mod pair;
mod password;
mod plan;
mod policy;
mod print;
mod prompt;
mod receipts;
mod receive;
mod send;
mod transfers;
mod verify;
mod words;

use std::net::SocketAddr;
use std::process::ExitCode;

use clap::Parser as _;
use tokio::runtime::Builder;

use crate::cli::args::{Args, Sub};
use crate::cli::exit::Exit;
use crate::cli::output::Output;
use crate::cli::print::print_aside;
use crate::engine::{Home, Records, make_room_for_open_files};
use crate::logging;
use crate::model::{Failure, FailureKind};

/// The whole program: parses the arguments, runs the window or a command, gives the process's exit code.
pub fn main() -> ExitCode {
    make_room_for_open_files();
    let args = Args::parse();
    ExitCode::from(run(args).code())
}

fn run(args: Args) -> Exit {
    let mut output = Output::new(args.wants_json());
    // It leaves nothing behind: no home, no key, no log.
    if let Some(Sub::Verify(verify)) = &args.sub {
        return verify::run(verify, output);
    }
    let home = match Home::locate() {
        Ok(home) => home,
        Err(error) => return stop(&mut output, &error.failure()),
    };
    let _logging = logging::start(&home.logs(), args.verbosity());
    match args.sub {
        Some(Sub::Send(send)) => send::run(home, &send, output),
        Some(Sub::Resume(resume)) => send::resume(home, &resume, output),
        Some(Sub::Transfers(transfers)) => {
            with_records(&home, &mut output, async |records| transfers::run(records, &transfers).await)
        }
        Some(Sub::Receipts(receipts)) => {
            with_records(&home, &mut output, async |records| receipts::run(records, &receipts).await)
        }
        Some(Sub::Pair(pair)) => pair::run(home, &pair, output),
        Some(Sub::Receive(receive)) => receive::run(home, &receive, output),
        Some(Sub::Devices(devices)) => {
            with_records(&home, &mut output, async |records| devices::run(records, &devices).await)
        }
        Some(Sub::Policy(policy)) => {
            with_records(&home, &mut output, async |records| policy::run(records, &policy).await)
        }
        Some(Sub::Forget(forget)) => {
            with_records(&home, &mut output, async |records| forget::run(records, &forget).await)
        }
        Some(Sub::Account(account)) => {
            with_records(&home, &mut output, async |records| account::run(records, &account).await)
        }
        Some(Sub::Verify(verify)) => verify::run(&verify, output), // it went above
        None => window(home, args.listen),
    }
}

/// Runs a command that asks or changes what is remembered, and nothing else.
fn with_records(
    home: &Home,
    output: &mut Output,
    work: impl AsyncFnOnce(&Records) -> Result<(), Failure>,
) -> Exit {
    let done = Records::open(home).and_then(|records| {
        let runtime = Builder::new_current_thread().build();
        let runtime = runtime.map_err(|error| Failure::here(FailureKind::Internal).because(error))?;
        runtime.block_on(work(&records))
    });
    match done {
        Ok(()) => Exit::Delivered,
        Err(failure) => stop(output, &failure),
    }
}

/// Says why nothing was begun.
fn stop(output: &mut Output, failure: &Failure) -> Exit {
    output.stop(failure);
    Exit::of_failure(failure)
}

/// Opens the window, until it is closed.
#[cfg(feature = "gui")]
fn window(home: Home, listen: Option<SocketAddr>) -> Exit {
    use crate::engine::{Config, ListenOn};
    use crate::ui::RunError;

    if !has_display() {
        return no_window("there is no display here");
    }
    match crate::ui::run(Config::new(home), listen.map(ListenOn::Exactly)) {
        Ok(()) => Exit::Delivered,
        Err(RunError::Engine(failure)) => stop(&mut Output::new(false), &failure),
        Err(error @ RunError::Window(_)) => no_window(&error.to_string()),
    }
}

/// Elsewhere than on X11 and Wayland there always is one.
#[cfg(feature = "gui")]
fn has_display() -> bool {
    let named = |variable: &str| std::env::var_os(variable).is_some_and(|value| !value.is_empty());
    !cfg!(all(unix, not(target_os = "macos"))) || named("DISPLAY") || named("WAYLAND_DISPLAY")
}

#[cfg(not(feature = "gui"))]
fn window(_home: Home, _listen: Option<SocketAddr>) -> Exit {
    no_window("this build has no window")
}

/// One line: why there is no window, and what to do instead.
fn no_window(why: &str) -> Exit {
    print_aside(format_args!(
        "sampan: {why}; use `sampan receive` here, or `sampan send FILE --to ADDRESS` (see `sampan --help`)\n"
    ));
    Exit::Usage
}
