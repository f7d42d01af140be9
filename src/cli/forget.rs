//! `sampan forget`.

use crate::cli::args::ForgetArgs;
use crate::cli::print::print_line;
use crate::engine::Records;
use crate::model::Failure;

/// Removes the pin of one paired computer.
pub(super) async fn run(records: &Records, args: &ForgetArgs) -> Result<(), Failure> {
    let device = records.device_named(&args.device).await?;
    // Another process may have forgotten it in between: then it is forgotten all the same.
    records.forget(&device.id).await?;
    print_line(format_args!(
        "Forgot {} (fingerprint {}). It has to pair again before it is trusted.",
        device.name,
        device.id.fingerprint()
    ));
    Ok(())
}
