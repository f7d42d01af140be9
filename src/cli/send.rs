//! `sampan send`.

use std::path::PathBuf;
use std::sync::Arc;

use tokio::runtime::Builder;

use crate::cli::args::SendArgs;
use crate::cli::exit::Exit;
use crate::cli::interrupt::{Interrupts, cancel_all};
use crate::cli::output::Output;
use crate::cli::stop;
use crate::engine::{Acceptance, Command, Config, Engine, Home, State, Timing};
use crate::model::{Failure, FailureKind, HostPort};

/// Sends and says how it went.
pub(super) fn run(home: Home, args: SendArgs, mut output: Output) -> Exit {
    let to = match args.to.parse::<HostPort>() {
        Ok(to) => to,
        Err(error) => {
            let failure = Failure::here(FailureKind::BadAddress).about(args.to).because(error);
            return stop(&mut output, &failure);
        }
    };
    let config = Config { home, folder: None, acceptance: Acceptance::Ask, timing: Timing::default() };
    let (engine, state) = match Engine::start(config, Arc::new(|| ())) {
        Ok(started) => started,
        Err(failure) => return stop(&mut output, &failure),
    };
    match Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime.block_on(converse(&engine, state, args.paths, to, &mut output)),
        Err(error) => stop(&mut output, &Failure::here(FailureKind::Internal).because(error)),
    }
}

async fn converse(
    engine: &Engine,
    mut state: State,
    paths: Vec<PathBuf>,
    to: HostPort,
    output: &mut Output,
) -> Exit {
    let command = Command::Send { paths, to };
    engine.command(command).expect("the first command finds an empty channel");
    let mut interrupts = Interrupts::new();
    let mut interrupted = 0;
    loop {
        tokio::select! {
            event = engine.event() => {
                state.apply(&event);
                if interrupted > 0 {
                    cancel_all(engine, &state); // also what had begun and was not told yet
                }
                output.update(&state, engine);
            }
            () = interrupts.next() => {
                interrupted += 1;
                if interrupted > 1 {
                    output.interrupted();
                    return Exit::Interrupted; // twice means now
                }
                cancel_all(engine, &state);
            }
        }
        if let Some(ending) = state.transfers.values().find_map(|transfer| transfer.ending.as_ref()) {
            let exit = Exit::of_ending(ending);
            return if interrupted > 0 && exit != Exit::Delivered { Exit::Interrupted } else { exit };
        }
    }
}
