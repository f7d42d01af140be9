//! `sampan receive`.

use std::io::IsTerminal as _;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::runtime::Builder;
use tokio::time::{Instant, sleep_until};

use crate::cli::args::{Accept, ReceiveArgs};
use crate::cli::exit::Exit;
use crate::cli::interrupt::{Interrupt, Interrupts};
use crate::cli::output::Output;
use crate::cli::print::print_aside;
use crate::cli::prompt::Asking;
use crate::cli::{stop, words};
use crate::engine::{
    Acceptance, Command, Config, Ending, Engine, Home, Lasting, ListenOn, Receiving, State, look_at_folder,
};
use crate::model::{Failure, FailureKind, Outcome};

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
    // Nobody is at this end to see later that nothing can come.
    if let Some(dir) = &args.dir
        && let Err(failure) = look_at_folder(dir)
    {
        return stop(&mut output, &failure);
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
    let lasting = match args.minutes {
        Some(minutes) => Lasting::For(Duration::from_mins(minutes)),
        None if args.once => Lasting::OneTransfer,
        None => Lasting::UntilOff,
    };
    engine.command(Command::Receive { on, lasting }).expect("the first command finds an empty channel");
    let mut lines = BufReader::new(tokio::io::stdin()).lines();
    let mut asking = Asking::default();
    let mut interrupts = Interrupts::new();
    let mut notices = 0;
    let mut was_on = false;
    let mut once = Once::new(Duration::from_mins(args.retry));
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
            exit = once.given_up() => {
                engine.command(Command::StopReceiving).ok();
                return exit;
            }
            interrupt = interrupts.next() => {
                wind_up(engine, state, output, (interrupt, &mut interrupts)).await;
                return Exit::Interrupted;
            }
        }
        if args.once {
            match once.look(&state) {
                Some(Stand::Over(exit)) => return exit,
                Some(Stand::Lost) => output.aside(|| {
                    print_aside("Waiting for the sender to come back. Ctrl-C ends.\n");
                }),
                None => {}
            }
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

/// `--once`: the end of the first transfer that ends. One that was interrupted has not: its sender comes back.
struct Once {
    patience: Duration,
    /// The interrupted one, and until when it is waited for; none while one runs.
    lost: Option<(Exit, Instant)>,
}

/// What became of it.
enum Stand {
    Over(Exit),
    /// It was interrupted just now.
    Lost,
}

impl Once {
    fn new(patience: Duration) -> Self {
        Self { patience, lost: None }
    }

    /// What is new.
    fn look(&mut self, state: &State) -> Option<Stand> {
        let endings = || state.transfers.values().filter_map(|transfer| transfer.ending.as_ref());
        let is_over = |ending: &&Ending| match ending.outcome {
            Outcome::Interrupted => self.patience.is_zero(),
            // Somebody came while another one has the turn.
            Outcome::Declined => {
                !ending.failure.as_ref().is_some_and(|no| no.kind == FailureKind::NotReceiving)
            }
            // Its sender comes back when the other session has ended.
            Outcome::Failed => {
                !ending.failure.as_ref().is_some_and(|no| no.kind == FailureKind::TransferInUse)
            }
            Outcome::Delivered | Outcome::Partial | Outcome::Cancelled => true,
        };
        if let Some(ending) = endings().find(is_over) {
            return Some(Stand::Over(Exit::of_ending(ending)));
        }
        let was_lost = self.lost.is_some();
        self.lost = match endings().rfind(|ending| ending.outcome == Outcome::Interrupted) {
            Some(ending) if !state.is_busy() => {
                self.lost.or_else(|| Some((Exit::of_ending(ending), Instant::now() + self.patience)))
            }
            Some(_) | None => None,
        };
        (self.lost.is_some() && !was_lost).then_some(Stand::Lost)
    }

    /// Waits until nobody came back in time. For ever, if nothing was lost. Safe to drop while waiting.
    async fn given_up(&self) -> Exit {
        match self.lost {
            Some((exit, until)) => {
                sleep_until(until).await;
                exit
            }
            None => std::future::pending().await,
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

/// Ends what runs and tells its end; a second interrupt does not wait for that.
async fn wind_up(
    engine: &Engine,
    mut state: State,
    output: &mut Output,
    (interrupt, interrupts): (Interrupt, &mut Interrupts),
) {
    engine.command(Command::StopReceiving).ok();
    interrupt.pass_on(engine, &state);
    let end = async {
        while state.is_busy() {
            state.apply(&engine.event().await);
            interrupt.pass_on(engine, &state); // also what had begun and was not told yet
            output.update(&state, engine);
        }
    };
    tokio::select! {
        () = end => {}
        _ = interrupts.next() => {}
    }
    output.interrupted();
}
