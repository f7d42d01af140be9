//! `sampan receive`.

use std::io::IsTerminal as _;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::runtime::Builder;

use crate::cli::args::{Accept, ReceiveArgs};
use crate::cli::exit::Exit;
use crate::cli::interrupt::{Interrupts, cancel_all};
use crate::cli::output::{Output, print_aside};
use crate::cli::prompt::Asking;
use crate::cli::{stop, words};
use crate::engine::{Acceptance, Command, Config, Engine, Home, Lasting, ListenOn, Receiving, State};
use crate::model::{Failure, FailureKind};

/// Receives until it is interrupted, or once.
pub(super) fn run(home: Home, args: &ReceiveArgs, mut output: Output) -> Exit {
    let acceptance = match acceptance(args) {
        Ok(acceptance) => acceptance,
        Err(failure) => return stop(&mut output, &failure),
    };
    if acceptance == Acceptance::All {
        print_aside(
            "Warning: --insecure-anyone takes files from everyone who can reach this computer, without any proof.\n",
        );
    }
    let conflict = Some(args.on_conflict.into());
    let config = Config {
        folder: args.dir.clone(),
        acceptance,
        conflict,
        speed_limit: args.limit,
        ..Config::new(home)
    };
    let (engine, state) = match Engine::start(config, Arc::new(|| ())) {
        Ok(started) => started,
        Err(failure) => return stop(&mut output, &failure),
    };
    let runtime = match Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return stop(&mut output, &Failure::here(FailureKind::Internal).because(error)),
    };
    let exit = runtime.block_on(converse(&engine, state, args, &mut output));
    // A line that is being waited for on stdin has no end of its own.
    runtime.shutdown_background();
    exit
}

/// Who decides. Errors: nobody can, or nobody should.
fn acceptance(args: &ReceiveArgs) -> Result<Acceptance, Failure> {
    match args.accept {
        _ if args.accounts => Ok(Acceptance::Accounts),
        Accept::Ask if std::io::stdin().is_terminal() => Ok(Acceptance::Ask),
        Accept::Ask => Err(Failure::here(FailureKind::NobodyToAsk)),
        Accept::Paired => Ok(Acceptance::Paired),
        Accept::All if args.insecure_anyone => Ok(Acceptance::All),
        Accept::All => Err(Failure::here(FailureKind::NotCareless)),
    }
}

async fn converse(engine: &Engine, mut state: State, args: &ReceiveArgs, output: &mut Output) -> Exit {
    let on = args.listen.map_or(ListenOn::Any { port: state.settings.port }, ListenOn::Exactly);
    let lasting =
        args.minutes.map_or(Lasting::UntilOff, |minutes| Lasting::For(Duration::from_mins(minutes)));
    engine.command(Command::Receive { on, lasting }).expect("the first command finds an empty channel");
    let mut lines = BufReader::new(tokio::io::stdin()).lines();
    let mut asking = Asking::default();
    let mut interrupts = Interrupts::new();
    let mut notices = 0;
    let mut was_on = false;
    let asks = args.accept == Accept::Ask && !args.accounts;
    // Enter brings a new code, also where nobody is asked about offers.
    let mut reads_lines = std::io::stdin().is_terminal();
    loop {
        tokio::select! {
            event = engine.event() => {
                state.apply(&event);
                notices = say_notices(&state, notices, output);
                output.update(&state, engine);
                if asks {
                    asking.update(&state, output);
                }
            }
            line = lines.next_line(), if reads_lines => match line {
                Ok(Some(line)) => {
                    if let Some(command) = asking.answer(&line, output) {
                        engine.command(command).ok();
                    }
                }
                Ok(None) | Err(_) => reads_lines = false,
            },
            () = interrupts.next() => {
                wind_up(engine, state, output, &mut interrupts).await;
                return Exit::Interrupted;
            }
        }
        if args.once
            && let Some(ending) = state.transfers.values().find_map(|transfer| transfer.ending.as_ref())
        {
            return Exit::of_ending(ending);
        }
        match &state.receiving {
            Receiving::Failed(failure) => return stop(output, failure),
            Receiving::On { .. } => was_on = true,
            // Its time is over; what runs still ends.
            Receiving::Off if was_on && !state.is_busy() => {
                output.interrupted();
                return Exit::Delivered;
            }
            Receiving::Off => {}
        }
    }
}

/// Says the notices from the `seen`th on; gives how many there were.
fn say_notices(state: &State, seen: u64, output: &Output) -> u64 {
    for (_, failure) in state.notices.iter().filter(|(number, _)| *number >= seen) {
        output.aside(|| print_aside(words::failure(failure, "") + "\n"));
    }
    state.notices_seen
}

/// Cancels what runs and tells its end; a second interrupt does not wait for that.
async fn wind_up(engine: &Engine, mut state: State, output: &mut Output, interrupts: &mut Interrupts) {
    engine.command(Command::StopReceiving).ok();
    cancel_all(engine, &state);
    let end = async {
        while state.is_busy() {
            state.apply(&engine.event().await);
            cancel_all(engine, &state); // also what had begun and was not told yet
            output.update(&state, engine);
        }
    };
    tokio::select! {
        () = end => {}
        () = interrupts.next() => {}
    }
    output.interrupted();
}
