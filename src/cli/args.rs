//! The command line's grammar.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{ArgAction, Parser, Subcommand, ValueEnum};

use crate::logging::Verbosity;
use crate::model::{Conflict, Policy, size};

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

#[expect(clippy::struct_excessive_bools, reason = "each is a switch of the command line")]
#[derive(Debug, clap::Args)]
pub(super) struct ReceiveArgs {
    /// Put files here (default: the folder of the settings, else your Downloads)
    #[arg(long)]
    pub(super) dir: Option<PathBuf>,

    /// Receive on exactly this address (default: all addresses, port 7267 or the next free one)
    #[arg(long, value_name = "ADDR:PORT")]
    pub(super) listen: Option<SocketAddr>,

    /// End after the first transfer that ends, with its exit code
    #[arg(long)]
    pub(super) once: bool,

    /// With `--once`: where the connection is lost, wait for the sender for so many minutes
    #[arg(long, value_name = "MINUTES", requires = "once", default_value_t = 60, value_parser = clap::value_parser!(u64).range(0..=60 * 24 * 7))]
    pub(super) retry: u64,

    /// Stop receiving after so many minutes
    #[arg(long, value_name = "MINUTES", conflicts_with = "once", value_parser = clap::value_parser!(u64).range(1..=60 * 24 * 365))]
    pub(super) minutes: Option<u64>,

    /// Who decides about what is offered
    #[arg(long, value_enum, default_value_t = Accept::Ask)]
    pub(super) accept: Accept,

    /// Take files from senders with a name and a password, each into a folder of its own (see `sampan account`)
    #[arg(long, conflicts_with = "accept")]
    pub(super) accounts: bool,

    /// Receive no faster than so many bytes a second, for example 500K, 2M or 1.5G
    #[arg(long, value_name = "RATE", value_parser = rate)]
    pub(super) limit: Option<u64>,

    /// What happens to a file that differs from what has its name already
    #[arg(long, value_enum, default_value_t = OnConflict::Rename)]
    pub(super) on_conflict: OnConflict,

    /// With `--accept all`: yes, from anyone who can reach this computer, without any proof
    #[arg(long)]
    pub(super) insecure_anyone: bool,

    /// Print one JSON object a line on stdout, and nothing else there
    #[arg(long)]
    pub(super) json: bool,
}

/// What happens to a file that differs from what has its name already. One that is identical is never sent again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum OnConflict {
    /// It comes beside it, as `name (1).ext`
    Rename,
    /// It is not taken
    Skip,
    /// It takes its place
    Replace,
}

impl From<OnConflict> for Conflict {
    fn from(on_conflict: OnConflict) -> Self {
        match on_conflict {
            OnConflict::Rename => Self::KeepBoth,
            OnConflict::Skip => Self::Skip,
            OnConflict::Replace => Self::Replace,
        }
    }
}

/// Who decides about what is offered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Accept {
    /// You, in this terminal
    Ask,
    /// Nobody: take what paired computers send, and what comes with the right code
    Paired,
    /// Nobody: take everything from everybody who can reach this computer (needs --insecure-anyone)
    All,
}

#[derive(Debug, clap::Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of the command line")]
pub(super) struct SendArgs {
    /// What to send: files and folders
    #[arg(required = true, value_name = "PATH")]
    pub(super) paths: Vec<PathBuf>,

    /// Where to: an address, or a paired computer by its name or the first 8 characters of its id
    // Parsed later than the rest, so that a wrong address ends in lines of --json like every other failure.
    #[arg(long, value_name = "HOST[:PORT]|NAME")]
    pub(super) to: String,

    /// The six digits that the other computer shows
    #[arg(long, value_name = "CODE")]
    pub(super) code: Option<String>,

    /// Pair with the other computer as well, so that it needs no code the next time
    #[arg(long)]
    pub(super) remember: bool,

    /// Send as this account of the other computer; its password is asked for
    #[arg(long, value_name = "NAME")]
    pub(super) user: Option<String>,

    /// Take the password from the first line of this file
    #[arg(long, value_name = "FILE", requires = "user")]
    pub(super) password_file: Option<PathBuf>,

    /// Send to the computer with this id and no other
    #[arg(long, value_name = "ID")]
    pub(super) device: Option<String>,

    /// Send what symbolic links point to instead of the links
    #[arg(long)]
    pub(super) follow: bool,

    /// Say what the receiver would do with each file, and send nothing (for paired computers and accounts)
    #[arg(long)]
    pub(super) dry_run: bool,

    /// Send no faster than so many bytes a second, for example 500K, 2M or 1.5G
    #[arg(long, value_name = "RATE", value_parser = rate)]
    pub(super) limit: Option<u64>,

    /// Where the connection is lost, try again for so many minutes
    #[arg(long, value_name = "MINUTES", default_value_t = 60, value_parser = clap::value_parser!(u64).range(0..=60 * 24 * 7))]
    pub(super) retry: u64,

    /// Send without any proof of who is at the other end
    #[arg(long)]
    pub(super) insecure_anyone: bool,

    /// Print one JSON object a line on stdout, and nothing else there
    #[arg(long)]
    pub(super) json: bool,
}

#[derive(Debug, clap::Args)]
pub(super) struct ResumeArgs {
    /// Its id, or the first 8 digits or more of it (default: the only one there is)
    #[arg(value_name = "ID")]
    pub(super) id: Option<String>,

    /// The account of the other computer that it was sent to
    #[arg(long, value_name = "NAME")]
    pub(super) user: Option<String>,

    /// Take the password from the first line of this file
    #[arg(long, value_name = "FILE", requires = "user")]
    pub(super) password_file: Option<PathBuf>,

    /// Send no faster than so many bytes a second, for example 500K, 2M or 1.5G
    #[arg(long, value_name = "RATE", value_parser = rate)]
    pub(super) limit: Option<u64>,

    /// Where the connection is lost, try again for so many minutes
    #[arg(long, value_name = "MINUTES", default_value_t = 60, value_parser = clap::value_parser!(u64).range(0..=60 * 24 * 7))]
    pub(super) retry: u64,

    /// Print one JSON object a line on stdout, and nothing else there
    #[arg(long)]
    pub(super) json: bool,
}

#[derive(Debug, clap::Args)]
pub(super) struct TransfersArgs {
    /// Forget the transfer with this id, and remove what is there of its unfinished files
    #[arg(long, value_name = "ID")]
    pub(super) remove: Option<String>,

    /// Print one JSON object a line on stdout, and nothing else there
    #[arg(long)]
    pub(super) json: bool,
}

#[derive(Debug, clap::Args)]
pub(super) struct ReceiptsArgs {
    /// Write the receipt of the transfer with this id, and a list for `sha256sum -c`
    #[arg(value_name = "ID")]
    pub(super) id: Option<String>,

    /// The folder to write to (default: this one)
    #[arg(long, value_name = "DIR", requires = "id")]
    pub(super) to: Option<PathBuf>,

    /// Remove the receipt of the transfer with this id, or `all` of them
    #[arg(long, value_name = "ID", conflicts_with = "id")]
    pub(super) remove: Option<String>,

    /// Print one JSON object a line on stdout, and nothing else there
    #[arg(long)]
    pub(super) json: bool,
}

#[derive(Debug, clap::Args)]
pub(super) struct PairArgs {
    /// Where the other computer is: the address it shows
    #[arg(value_name = "HOST[:PORT]")]
    pub(super) host: String,

    /// The six digits that it shows
    #[arg(long, value_name = "CODE")]
    pub(super) code: Option<String>,

    /// Print one JSON object a line on stdout, and nothing else there
    #[arg(long)]
    pub(super) json: bool,
}

#[derive(Debug, clap::Args)]
pub(super) struct DevicesArgs {
    /// Print one JSON object a line on stdout, and nothing else there
    #[arg(long)]
    pub(super) json: bool,
}

#[derive(Debug, clap::Args)]
pub(super) struct PolicyArgs {
    /// Its name, or at least 8 characters of its id
    #[arg(value_name = "DEVICE")]
    pub(super) device: String,

    /// What happens
    #[arg(value_enum)]
    pub(super) policy: PolicyArg,
}

/// What happens to what a paired computer sends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum PolicyArg {
    /// Somebody is asked each time
    Ask,
    /// It is taken without asking
    Accept,
    /// It is refused, and the computer learns nothing
    Block,
}

impl From<PolicyArg> for Policy {
    fn from(policy: PolicyArg) -> Self {
        match policy {
            PolicyArg::Ask => Self::Ask,
            PolicyArg::Accept => Self::Accept,
            PolicyArg::Block => Self::Block,
        }
    }
}

#[derive(Debug, clap::Args)]
pub(super) struct ForgetArgs {
    /// Its name, or 8 or more characters of its fingerprint or id
    #[arg(value_name = "DEVICE")]
    pub(super) device: String,
}

#[derive(Debug, clap::Args)]
pub(super) struct VerifyArgs {
    /// The receipt
    #[arg(value_name = "RECEIPT")]
    pub(super) receipt: PathBuf,

    /// The folder that was received into (default: this one)
    #[arg(value_name = "DIR")]
    pub(super) dir: Option<PathBuf>,

    /// Print one JSON object a line on stdout, and nothing else there
    #[arg(long)]
    pub(super) json: bool,
}

#[derive(Debug, Subcommand)]
pub(super) enum Account {
    /// Make an account
    Add(AccountPassword),
    /// List the accounts
    List,
    /// Remove an account; the files in its folder stay
    Remove(AccountName),
    /// Give an account another password
    Passwd(AccountPassword),
}

#[derive(Debug, clap::Args)]
pub(super) struct AccountName {
    /// 1 to 32 of a-z, 0-9, dot, dash and underscore
    // Parsed later than the rest, so that a wrong name is told like every other failure.
    #[arg(value_name = "NAME")]
    pub(super) name: String,
}

#[derive(Debug, clap::Args)]
pub(super) struct AccountPassword {
    #[command(flatten)]
    pub(super) account: AccountName,

    /// Take the password from the first line of this file instead of asking for it
    #[arg(long, value_name = "FILE")]
    pub(super) password_file: Option<PathBuf>,
}

/// Bytes a second. Errors: what is wrong with the text.
fn rate(text: &str) -> Result<u64, String> {
    size::parse_rate(text).map_err(|bad| bad.to_string())
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
