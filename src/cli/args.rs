//! The command line's grammar.

mod kept;
mod known;
mod moving;

use std::net::SocketAddr;

use clap::{ArgAction, Parser, Subcommand};

use crate::logging::Verbosity;

pub(super) use kept::{ReceiptsArgs, TransfersArgs, VerifyArgs};
pub(super) use known::{Account, AccountName, DevicesArgs, ForgetArgs, PairArgs, PolicyArgs};
pub(super) use moving::{Accept, ReceiveArgs, ResumeArgs, SendArgs};

/// Moves files straight from one computer to another, and knows that every byte arrived.
///
/// Without a command it opens the window.
#[derive(Debug, Parser)]
#[command(version, after_help = AFTER_HELP)]
pub(super) struct Args {
    /// Receive on exactly this address in the window (default: all addresses, port 7267 or the next free one)
    #[arg(long, value_name = "ADDR:PORT")]
    pub(super) listen: Option<SocketAddr>,

    /// Log to stderr as well (-vv for more)
    #[arg(short, long, global = true, action = ArgAction::Count)]
    verbose: u8,

    #[command(subcommand)]
    pub(super) sub: Option<Sub>,
}

const AFTER_HELP: &str = "\
Two computers:
  there:  sampan receive
  here:   sampan send photo.jpg --to ADDRESS-SHOWN-THERE --code CODE-SHOWN-THERE

Once and for all:
  here:   sampan pair ADDRESS-SHOWN-THERE --code CODE-SHOWN-THERE
          sampan send photo.jpg --to NAME-OF-THAT-COMPUTER

Exit codes: 0 delivered and verified · 1 failed · 2 wrong usage · 3 declined, cancelled or not answered
· 4 could not reach the other side · 5 not authenticated · 6 contents did not verify · 7 disk · 130 interrupted";

#[derive(Debug, Subcommand)]
pub(super) enum Sub {
    /// Wait for files and take them
    Receive(ReceiveArgs),
    /// Send files to another computer
    Send(SendArgs),
    /// Go on with a transfer from this computer that was interrupted
    Resume(ResumeArgs),
    /// List the transfers that were interrupted and can go on
    Transfers(TransfersArgs),
    /// List the signed records of what was delivered, write one to a file, or remove some
    Receipts(ReceiptsArgs),
    /// Pair with another computer, so that neither needs a code any more
    Pair(PairArgs),
    /// List the paired computers
    Devices(DevicesArgs),
    /// Say what happens to what a paired computer sends
    Policy(PolicyArgs),
    /// Forget a paired computer: it has to pair again
    Forget(ForgetArgs),
    /// Check a receipt, and whether what was received is still as it says
    Verify(VerifyArgs),
    /// Accounts for senders to a computer without a person
    #[command(subcommand)]
    Account(Account),
}

impl Args {
    pub(super) fn wants_json(&self) -> bool {
        match &self.sub {
            Some(Sub::Receive(receive)) => receive.json,
            Some(Sub::Send(send)) => send.json,
            Some(Sub::Resume(resume)) => resume.json,
            Some(Sub::Transfers(transfers)) => transfers.json,
            Some(Sub::Receipts(receipts)) => receipts.json,
            Some(Sub::Pair(pair)) => pair.json,
            Some(Sub::Devices(devices)) => devices.json,
            Some(Sub::Verify(verify)) => verify.json,
            Some(Sub::Policy(_) | Sub::Forget(_) | Sub::Account(_)) | None => false,
        }
    }

    pub(super) fn verbosity(&self) -> Verbosity {
        match self.verbose {
            0 => Verbosity::Quiet,
            1 => Verbosity::Info,
            _ => Verbosity::Debug,
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_grammar_has_no_contradictions() {
        Args::command().debug_assert();
    }
}
