//! The words of the commands about what is kept: unfinished transfers and receipts.

use std::path::PathBuf;

#[derive(Debug, clap::Args)]
pub(in crate::cli) struct TransfersArgs {
    /// Forget the transfer with this id, and remove what is there of its unfinished files
    #[arg(long, value_name = "ID")]
    pub(in crate::cli) remove: Option<String>,

    /// Print one JSON object a line on stdout, and nothing else there
    #[arg(long)]
    pub(in crate::cli) json: bool,
}

#[derive(Debug, clap::Args)]
pub(in crate::cli) struct ReceiptsArgs {
    /// Write the receipt of the transfer with this id, and a list for `sha256sum -c`
    #[arg(value_name = "ID")]
    pub(in crate::cli) id: Option<String>,

    /// The folder to write to (default: this one)
    #[arg(long, value_name = "DIR", requires = "id")]
    pub(in crate::cli) to: Option<PathBuf>,

    /// Remove the receipt of the transfer with this id, or `all` of them
    #[arg(long, value_name = "ID", conflicts_with = "id")]
    pub(in crate::cli) remove: Option<String>,

    /// Print one JSON object a line on stdout, and nothing else there
    #[arg(long)]
    pub(in crate::cli) json: bool,
}

#[derive(Debug, clap::Args)]
pub(in crate::cli) struct VerifyArgs {
    /// The receipt
    #[arg(value_name = "RECEIPT")]
    pub(in crate::cli) receipt: PathBuf,

    /// The folder that was received into (default: this one)
    #[arg(value_name = "DIR")]
    pub(in crate::cli) dir: Option<PathBuf>,

    /// Print one JSON object a line on stdout, and nothing else there
    #[arg(long)]
    pub(in crate::cli) json: bool,
}
