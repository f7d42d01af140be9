//! The words of the commands that move files.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::ValueEnum;

use crate::model::{Conflict, size};

#[expect(clippy::struct_excessive_bools, reason = "each is a switch of the command line")]
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct ReceiveArgs {
    /// Put files here (default: the folder of the settings, else your Downloads)
    #[arg(long)]
    pub(in crate::cli) dir: Option<PathBuf>,

    /// Receive on exactly this address (default: all addresses, port 7267 or the next free one)
    #[arg(long, value_name = "ADDR:PORT")]
    pub(in crate::cli) listen: Option<SocketAddr>,

    /// End after the first transfer that ends, with its exit code
    #[arg(long)]
    pub(in crate::cli) once: bool,

    /// With `--once`: where the connection is lost, wait for the sender for so many minutes
    #[arg(long, value_name = "MINUTES", requires = "once", default_value_t = 60, value_parser = clap::value_parser!(u64).range(0..=60 * 24 * 7))]
    pub(in crate::cli) retry: u64,

    /// Stop receiving after so many minutes
    #[arg(long, value_name = "MINUTES", conflicts_with = "once", value_parser = clap::value_parser!(u64).range(1..=60 * 24 * 365))]
    pub(in crate::cli) minutes: Option<u64>,

    /// Who decides about what is offered
    #[arg(long, value_enum, default_value_t = Accept::Ask)]
    pub(in crate::cli) accept: Accept,

    /// Take files from senders with a name and a password, each into a folder of its own (see `sampan account`)
    #[arg(long, conflicts_with = "accept")]
    pub(in crate::cli) accounts: bool,

    /// Receive no faster than so many bytes a second, for example 500K, 2M or 1.5G
    #[arg(long, value_name = "RATE", value_parser = rate)]
    pub(in crate::cli) limit: Option<u64>,

    /// What happens to a file that differs from what has its name already
    #[arg(long, value_enum, default_value_t = OnConflict::Rename)]
    pub(in crate::cli) on_conflict: OnConflict,

    /// With `--accept all`: yes, from anyone who can reach this computer, without any proof
    #[arg(long)]
    pub(in crate::cli) insecure_anyone: bool,

    /// Print one JSON object a line on stdout, and nothing else there
    #[arg(long)]
    pub(in crate::cli) json: bool,
}

/// What happens to a file that differs from what has its name already. One that is identical is never sent again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum OnConflict {
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
pub(in crate::cli) enum Accept {
    /// You, in this terminal
    Ask,
    /// Nobody: take what paired computers send, and what comes with the right code
    Paired,
    /// Nobody: take everything from everybody who can reach this computer (needs --insecure-anyone)
    All,
}

#[derive(Debug, clap::Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of the command line")]
pub(in crate::cli) struct SendArgs {
    /// What to send: files and folders
    #[arg(required = true, value_name = "PATH")]
    pub(in crate::cli) paths: Vec<PathBuf>,

    /// Where to: an address, or a paired computer by its name or the first 8 characters of its id
    // Parsed later than the rest, so that a wrong address ends in lines of --json like every other failure.
    #[arg(long, value_name = "HOST[:PORT]|NAME")]
    pub(in crate::cli) to: String,

    /// The six digits that the other computer shows
    #[arg(long, value_name = "CODE")]
    pub(in crate::cli) code: Option<String>,

    /// Pair with the other computer as well, so that it needs no code the next time
    #[arg(long)]
    pub(in crate::cli) remember: bool,

    /// Send as this account of the other computer; its password is asked for
    #[arg(long, value_name = "NAME")]
    pub(in crate::cli) user: Option<String>,

    /// Take the password from the first line of this file
    #[arg(long, value_name = "FILE", requires = "user")]
    pub(in crate::cli) password_file: Option<PathBuf>,

    /// Send to the computer with this id and no other
    #[arg(long, value_name = "ID")]
    pub(in crate::cli) device: Option<String>,

    /// Send what symbolic links point to instead of the links
    #[arg(long)]
    pub(in crate::cli) follow: bool,

    /// Say what the receiver would do with each file, and send nothing (for paired computers and accounts)
    #[arg(long)]
    pub(in crate::cli) dry_run: bool,

    /// Send no faster than so many bytes a second, for example 500K, 2M or 1.5G
    #[arg(long, value_name = "RATE", value_parser = rate)]
    pub(in crate::cli) limit: Option<u64>,

    /// Where the connection is lost, try again for so many minutes
    #[arg(long, value_name = "MINUTES", default_value_t = 60, value_parser = clap::value_parser!(u64).range(0..=60 * 24 * 7))]
    pub(in crate::cli) retry: u64,

    /// Send without any proof of who is at the other end
    #[arg(long)]
    pub(in crate::cli) insecure_anyone: bool,

    /// Print one JSON object a line on stdout, and nothing else there
    #[arg(long)]
    pub(in crate::cli) json: bool,
}

#[derive(Debug, clap::Args)]
pub(in crate::cli) struct ResumeArgs {
    /// Its id, or the first 8 digits or more of it (default: the only one there is)
    #[arg(value_name = "ID")]
    pub(in crate::cli) id: Option<String>,

    /// The account of the other computer that it was sent to
    #[arg(long, value_name = "NAME")]
    pub(in crate::cli) user: Option<String>,

    /// Take the password from the first line of this file
    #[arg(long, value_name = "FILE", requires = "user")]
    pub(in crate::cli) password_file: Option<PathBuf>,

    /// Send no faster than so many bytes a second, for example 500K, 2M or 1.5G
    #[arg(long, value_name = "RATE", value_parser = rate)]
    pub(in crate::cli) limit: Option<u64>,

    /// Where the connection is lost, try again for so many minutes
    #[arg(long, value_name = "MINUTES", default_value_t = 60, value_parser = clap::value_parser!(u64).range(0..=60 * 24 * 7))]
    pub(in crate::cli) retry: u64,

    /// Print one JSON object a line on stdout, and nothing else there
    #[arg(long)]
    pub(in crate::cli) json: bool,
}

/// Bytes a second. Errors: what is wrong with the text.
fn rate(text: &str) -> Result<u64, String> {
    size::parse_rate(text).map_err(|bad| bad.to_string())
}
