//! `sampan pair`.

use std::io::{BufRead as _, IsTerminal as _};
use std::sync::Arc;

use serde_json::json;
use tokio::runtime::Builder;

use crate::cli::args::PairArgs;
use crate::cli::credentials::code;
use crate::cli::exit::Exit;
use crate::cli::interrupt::Interrupts;
use crate::cli::output::Output;
use crate::cli::print::{print_aside, print_line};
use crate::cli::stop;
use crate::engine::{Command, Config, Engine, Home, Pairing, State};
use crate::model::{Failure, FailureKind, PairedDevice, Pinning};

/// Pairs and says how it went.
pub(super) fn run(home: Home, args: &PairArgs, mut output: Output) -> Exit {
    let typed = match args.code.clone().map_or_else(|| type_code(&args.host), Ok) {
        Ok(typed) => typed,
        Err(failure) => return stop(&mut output, &failure),
    };
    let (engine, state) = match Engine::start(Config::new(home), Arc::new(|| ())) {
        Ok(started) => started,
        Err(failure) => return stop(&mut output, &failure),
    };
    let (code, to) = match code(&typed).and_then(|code| Ok((code, state.target(&args.host)?))) {
        Ok(read) => read,
        Err(failure) => return stop(&mut output, &failure),
    };
    let runtime = match Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return stop(&mut output, &Failure::here(FailureKind::Internal).because(error)),
    };
    engine.command(Command::Pair { to, code }).expect("the first command finds an empty channel");
    match runtime.block_on(ended(&engine, state)) {
        Some(Ok(device)) => {
            tell(&device, args);
            Exit::Delivered
        }
        Some(Err(failure)) => stop(&mut output, &failure),
        None => {
            output.interrupted();
            Exit::Interrupted
        }
    }
}

/// Asks for the code. Errors: nobody is there to type it.
fn type_code(host: &str) -> Result<String, Failure> {
    if !std::io::stdin().is_terminal() {
        return Err(Failure::there(FailureKind::CodeNeeded).about(host));
    }
    print_aside(format_args!("Code that {host} shows: "));
    let mut line = String::new();
    std::io::stdin().lock().read_line(&mut line).ok();
    Ok(line)
}

/// Waits for the end of the pairing. `None`: a person wants out.
async fn ended(engine: &Engine, mut state: State) -> Option<Result<PairedDevice, Failure>> {
    let mut interrupts = Interrupts::new();
    let mut is_said = false;
    loop {
        tokio::select! {
            event = engine.event() => state.apply(&event),
            _ = interrupts.next() => return None,
        }
        match &state.pairing {
            Pairing::Done { device } => return Some(Ok((**device).clone())),
            Pairing::Failed(failure) => return Some(Err(failure.clone())),
            Pairing::Asking if !is_said => {
                is_said = true;
                print_aside("The code was right. Now somebody there has to agree.\n");
            }
            Pairing::Asking | Pairing::Connecting | Pairing::Idle => {}
        }
    }
}

fn tell(device: &PairedDevice, args: &PairArgs) {
    let fingerprint = device.id.fingerprint();
    if args.json {
        print_line(json!({
            "event": "paired", "device": device.id.to_string(), "name": device.name.as_str(),
            "fingerprint": fingerprint.to_string(), "remembers_us": device.pinning == Pinning::Mutual,
        }));
        return;
    }
    print_line(format_args!("Paired with {} (fingerprint {fingerprint}).", device.name));
    match device.pinning {
        Pinning::Mutual => print_line(format_args!("From now on: sampan send FILE --to \"{}\"", device.name)),
        Pinning::OneSided => {
            print_line("That computer does not remember this one: it will ask for its code again.");
        }
    }
}
