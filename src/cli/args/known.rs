//! The words of the commands about those who are known: paired computers and accounts.

use std::path::PathBuf;

use clap::{Subcommand, ValueEnum};

use crate::model::Policy;

#[derive(Debug, clap::Args)]
pub(in crate::cli) struct PairArgs {
    /// Where the other computer is: the address it shows
    #[arg(value_name = "HOST[:PORT]")]
    pub(in crate::cli) host: String,

    /// The six digits that it shows
    #[arg(long, value_name = "CODE")]
    pub(in crate::cli) code: Option<String>,

    /// Print one JSON object a line on stdout, and nothing else there
    #[arg(long)]
    pub(in crate::cli) json: bool,
}

#[derive(Debug, clap::Args)]
pub(in crate::cli) struct DevicesArgs {
    /// Print one JSON object a line on stdout, and nothing else there
    #[arg(long)]
    pub(in crate::cli) json: bool,
}

#[derive(Debug, clap::Args)]
pub(in crate::cli) struct PolicyArgs {
    /// Its name, or at least 8 characters of its id
    #[arg(value_name = "DEVICE")]
    pub(in crate::cli) device: String,

    /// What happens
    #[arg(value_enum)]
    pub(in crate::cli) policy: PolicyArg,
}

/// What happens to what a paired computer sends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum PolicyArg {
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
pub(in crate::cli) struct ForgetArgs {
    /// Its name, or 8 or more characters of its fingerprint or id
    #[arg(value_name = "DEVICE")]
    pub(in crate::cli) device: String,
}

#[derive(Debug, Subcommand)]
pub(in crate::cli) enum Account {
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
pub(in crate::cli) struct AccountName {
    /// 1 to 32 of a-z, 0-9, dot, dash and underscore
    // Parsed later than the rest, so that a wrong name is told like every other failure.
    #[arg(value_name = "NAME")]
    pub(in crate::cli) name: String,
}

#[derive(Debug, clap::Args)]
pub(in crate::cli) struct AccountPassword {
    #[command(flatten)]
    pub(in crate::cli) account: AccountName,

    /// Take the password from the first line of this file instead of asking for it
    #[arg(long, value_name = "FILE")]
    pub(in crate::cli) password_file: Option<PathBuf>,
}
