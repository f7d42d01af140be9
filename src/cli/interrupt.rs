//! Ctrl-C, or a polite kill.

use crate::engine::{Command, Engine, State};
use crate::model::Leftover;
#[cfg(unix)]
use tokio::signal::unix::{Signal, SignalKind, signal};

/// Cancels every transfer that runs.
pub(super) fn cancel_all(engine: &Engine, state: &State) {
    for transfer in state.transfers.values().filter(|transfer| transfer.state.is_running()) {
        // What is not complete stays: whoever interrupts may go on later.
        let leftover = Leftover::Keep;
        engine.command(Command::Cancel { transfer: transfer.key, leftover }).ok();
    }
}

/// What a signal wants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Interrupt {
    /// Ctrl-C: a person wants it to end, on both sides.
    Cancel,
    /// A polite kill: the computer goes off, or a service is started again. What runs goes on afterwards.
    Leave,
}

impl Interrupt {
    /// Ends every transfer that runs. A command too many is dropped: the next event brings another chance.
    pub(super) fn pass_on(self, engine: &Engine, state: &State) {
        match self {
            Self::Cancel => cancel_all(engine, state),
            Self::Leave => engine.leave(),
        }
    }
}

/// Listens from the start of a command on, so that no signal falls between two waits.
pub(super) struct Interrupts {
    #[cfg(unix)]
    signals: [Option<Signal>; 2], // as in `Interrupt`
}

impl Interrupts {
    /// Starts listening. A signal the system does not let us have keeps its usual effect: it ends the program.
    pub(super) fn new() -> Self {
        Self {
            #[cfg(unix)]
            signals: [SignalKind::interrupt(), SignalKind::terminate()].map(|kind| signal(kind).ok()),
        }
    }

    /// The next one. Safe to drop while waiting.
    #[cfg(unix)]
    pub(super) async fn next(&mut self) -> Interrupt {
        let [interrupt, terminate] = &mut self.signals;
        tokio::select! {
            () = heard(interrupt) => Interrupt::Cancel,
            () = heard(terminate) => Interrupt::Leave,
        }
    }

    /// The next one. Safe to drop while waiting.
    #[cfg(not(unix))]
    pub(super) async fn next(&mut self) -> Interrupt {
        tokio::signal::ctrl_c().await.ok();
        Interrupt::Cancel
    }
}

#[cfg(unix)]
async fn heard(signal: &mut Option<Signal>) {
    match signal {
        Some(signal) => drop(signal.recv().await),
        None => std::future::pending().await,
    }
}
