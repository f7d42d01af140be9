//! `sampan send`.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncBufReadExt as _, BufReader, Lines, Stdin};
use tokio::runtime::Builder;

use crate::cli::args::{ResumeArgs, SendArgs};
use crate::cli::credentials::{Login, TRIES, code, credentials};
use crate::cli::exit::Exit;
use crate::cli::interrupt::{Interrupt, Interrupts, cancel_all};
use crate::cli::output::Output;
use crate::cli::print::print_aside;
use crate::cli::{stop, words};
use crate::engine::{
    Command, Config, Credentials, Direction, Ending, Engine, Home, Purpose, Records, Remember, State, Target,
    TransferKey,
};
use crate::model::{DeviceId, Failure, FailureKind, Links, TransferId, Unfinished, port_in_ipv6, shown_text};

/// Sends and says how it went.
pub(super) fn run(home: Home, args: &SendArgs, mut output: Output) -> Exit {
    let (with, login) = match credentials(args)
        .and_then(|with| Ok((with, Login::of(args.user.as_deref(), args.password_file.as_deref())?)))
    {
        Ok(read) => read,
        Err(failure) => return stop(&mut output, &failure),
    };
    if args.insecure_anyone {
        print_aside("Warning: --insecure-anyone sends without any proof of who is at the other end.\n");
    }
    let links = if args.follow { Links::Follow } else { Links::Keep };
    let purpose = if args.dry_run { Purpose::Ask } else { Purpose::Send };
    let errand = |state: &State| {
        let (to, paths) = (state.target(&args.to)?, args.paths.clone());
        Ok(Errand::Send { paths, links, purpose, to })
    };
    let exit = begin(home, (args.retry, args.limit), output, (with, login), errand);
    if exit == Exit::Unreachable
        && let Some((port, meant)) = port_in_ipv6(&args.to)
    {
        print_aside(format_args!("If {port} is a port, write {meant}.\n"));
    }
    exit
}

/// Goes on with an interrupted transfer and says how it went.
pub(super) fn resume(home: Home, args: &ResumeArgs, mut output: Output) -> Exit {
    let login = match Login::of(args.user.as_deref(), args.password_file.as_deref()) {
        Ok(login) => login,
        Err(failure) => return stop(&mut output, &failure),
    };
    let found = the_one(&home, args.id.as_deref());
    let errand = |_: &State| found.map(Errand::Continue);
    begin(home, (args.retry, args.limit), output, (Credentials::default(), login), errand)
}

/// The interrupted transfer from this computer that is meant. Blocks. Errors: there is none, or there are several; it runs; it is
/// one that comes to this computer.
fn the_one(home: &Home, id: Option<&str>) -> Result<TransferId, Failure> {
    let records = Records::open(home)?;
    let runtime = Builder::new_current_thread().build();
    let runtime = runtime.map_err(|error| Failure::here(FailureKind::Internal).because(error))?;
    runtime.block_on(async {
        if let Some(id) = id {
            let meant = records.unfinished_named(id).await?;
            let no = |kind| Err(Failure::here(kind).about(shown_text(id.trim())));
            return match meant.direction() {
                Direction::Incoming => no(FailureKind::SenderGoesOn),
                Direction::Outgoing if is_running(&records, &meant).await? => no(FailureKind::StillRunning),
                Direction::Outgoing => Ok(meant.transfer),
            };
        }
        let mut idle = Vec::new();
        let all = records.unfinished().await?;
        for one in all.iter().filter(|one| one.direction() == Direction::Outgoing) {
            if !is_running(&records, one).await? {
                idle.push(one.transfer);
            }
        }
        match idle.as_slice() {
            [] => Err(Failure::here(FailureKind::NothingToResume)),
            [only] => Ok(*only),
            several => {
                let ids: Vec<String> = several.iter().map(TransferId::short).collect();
                Err(Failure::here(FailureKind::AmbiguousTransfer).because(ids.join(", ")))
            }
        }
    })
}

async fn is_running(records: &Records, one: &Unfinished) -> Result<bool, Failure> {
    records.is_running(one.direction(), one.transfer, one.peer).await
}

/// What is to be sent.
enum Errand {
    Send { paths: Vec<PathBuf>, links: Links, purpose: Purpose, to: Target },
    Continue(TransferId),
}

impl Errand {
    fn command(&self, with: Credentials) -> Command {
        match self {
            Self::Send { paths, links, purpose, to } => {
                Command::Send { paths: paths.clone(), links: *links, purpose: *purpose, to: to.clone(), with }
            }
            Self::Continue(transfer) => Command::Continue { transfer: *transfer, with },
        }
    }
}

fn begin(
    home: Home,
    (retry, limit): (u64, Option<u64>),
    mut output: Output,
    (with, login): (Credentials, Option<Login>),
    errand: impl FnOnce(&State) -> Result<Errand, Failure>,
) -> Exit {
    let config = Config { patience: Duration::from_mins(retry), speed_limit: limit, ..Config::new(home) };
    let (engine, state) = match Engine::start(config, Arc::new(|| ())) {
        Ok(started) => started,
        Err(failure) => return stop(&mut output, &failure),
    };
    let errand = match errand(&state) {
        Ok(errand) => errand,
        Err(failure) => return stop(&mut output, &failure),
    };
    let runtime = match Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return stop(&mut output, &Failure::here(FailureKind::Internal).because(error)),
    };
    let mut sending = Sending {
        lines: BufReader::new(tokio::io::stdin()).lines(),
        interrupts: runtime.block_on(async { Interrupts::new() }),
        engine: &engine,
        state,
        output,
        interrupted: None,
        remember: with.remember,
    };
    let exit = sending.try_all(&runtime, &errand, &with, login.as_ref());
    // A line that is being waited for on stdin has no end of its own.
    runtime.shutdown_background();
    exit
}

struct Sending<'engine> {
    engine: &'engine Engine,
    state: State,
    output: Output,
    lines: Lines<BufReader<Stdin>>,
    interrupts: Interrupts,
    /// The first signal that came.
    interrupted: Option<Interrupt>,
    /// Whether the other computer is remembered once its code is typed.
    remember: Remember,
}

impl Sending<'_> {
    /// Sends; with a password that is typed, again if it was wrong.
    fn try_all(
        &mut self,
        runtime: &tokio::runtime::Runtime,
        errand: &Errand,
        with: &Credentials,
        login: Option<&Login>,
    ) -> Exit {
        let mut with = with.clone();
        for _ in 0..TRIES {
            match login.map(Login::for_one_try).transpose() {
                Ok(account) => with.account = account,
                Err(failure) => return stop(&mut self.output, &failure),
            }
            self.engine.command(errand.command(with.clone())).expect("a command at a time finds room");
            let Some(ending) = runtime.block_on(self.converse()) else { return Exit::Interrupted };
            if ending.only_asked() {
                let plan = self.state.transfers.values().next_back().and_then(|row| row.plan);
                // What was asked for was told; a script need not compare the numbers.
                return if plan.is_none_or(|plan| plan.fits()) { Exit::Delivered } else { Exit::Disk };
            }
            let exit = Exit::of_ending(&ending);
            let was_wrong = ending.failure.is_some_and(|failure| failure.kind == FailureKind::WrongPassword);
            if self.interrupted.is_some() && exit != Exit::Delivered {
                return Exit::Interrupted;
            }
            if !was_wrong || !login.is_some_and(Login::is_typed) {
                return exit;
            }
            // The code has proven the other computer, and is spent. The next password is for that one and no other.
            with.code = None;
            with.device = self.told_by().or(with.device);
        }
        Exit::Unauthenticated
    }

    /// Until the newest transfer ends. `None`: a person wants out now.
    async fn converse(&mut self) -> Option<Ending> {
        let before = self.newest();
        let mut asked = None;
        loop {
            tokio::select! {
                event = self.engine.event() => {
                    self.state.apply(&event);
                    if let Some(interrupt) = self.interrupted {
                        interrupt.pass_on(self.engine, &self.state); // also what had begun and was not told yet
                    }
                    self.output.update(&self.state, self.engine);
                    self.ask_for_code(&mut asked);
                }
                line = self.lines.next_line(), if asked.is_some() => {
                    if let Ok(Some(line)) = line {
                        self.enter_code(&line, &mut asked);
                    } else {
                        asked = None;
                        cancel_all(self.engine, &self.state);
                    }
                }
                interrupt = self.interrupts.next() => {
                    if self.interrupted.replace(interrupt).is_some() {
                        self.output.interrupted();
                        return None; // twice means now
                    }
                    interrupt.pass_on(self.engine, &self.state);
                }
            }
            let newest = self.state.transfers.values().next_back().filter(|row| Some(row.key) > before);
            if let Some(ending) = newest.and_then(|row| row.ending.clone()) {
                return Some(ending);
            }
        }
    }

    /// Who said that the password was wrong.
    fn told_by(&self) -> Option<DeviceId> {
        self.state.transfers.values().next_back().and_then(|row| row.peer.id)
    }

    fn newest(&self) -> Option<TransferKey> {
        self.state.transfers.keys().next_back().copied()
    }

    /// Asks for the code that the other computer shows, once each time it is wanted.
    fn ask_for_code(&self, asked: &mut Option<TransferKey>) {
        let wanted = self.state.transfers.values().find_map(|row| Some((row, row.code_wanted.as_ref()?)));
        match (wanted, *asked) {
            (Some((row, wanted)), None) => {
                *asked = Some(row.key);
                let peer = words::peer(&row.peer);
                let last = wanted.last.as_ref().map(|failure| words::failure(failure, &peer) + "\n");
                let question = format!("{}Code that {peer} shows: ", last.unwrap_or_default());
                self.output.aside(|| print_aside(question));
            }
            (None, Some(_)) => *asked = None,
            (Some(_), Some(_)) | (None, None) => {}
        }
    }

    fn enter_code(&self, line: &str, asked: &mut Option<TransferKey>) {
        match (code(line), *asked) {
            (Ok(code), Some(transfer)) => {
                let remember = self.remember;
                self.engine.command(Command::EnterCode { transfer, code, remember }).ok();
            }
            (Err(_), _) => self.output.aside(|| print_aside("Six digits, please: ")),
            (Ok(_), None) => {}
        }
    }
}
