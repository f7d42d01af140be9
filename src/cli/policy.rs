//! `sampan policy`.

use crate::cli::args::PolicyArgs;
use crate::cli::print::print_line;
use crate::engine::Records;
use crate::model::Failure;

/// Says what happens to offers of one paired computer from now on.
pub(super) async fn run(records: &Records, args: &PolicyArgs) -> Result<(), Failure> {
    let device = records.device_named(&args.device).await?;
    let policy = args.policy.into();
    records.set_policy(&device.id, policy).await?;
    print_line(format_args!("{}: {}", device.name, policy.code()));
    Ok(())
}
