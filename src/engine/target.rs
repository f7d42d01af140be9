//! What a person typed as the place to send to.

use crate::engine::{State, Target};
use crate::model::{Failure, FailureKind, HostPort, PairedDevice};

impl State {
    /// A paired computer by its name or the front of its id, else an address. A paired computer goes first: whoever else
    /// answers to that name must not get its files. Errors: `bad-address`, or `ambiguous-device` with the ids.
    pub fn target(&self, typed: &str) -> Result<Target, Failure> {
        let typed = typed.trim();
        let is_named = |device: &&PairedDevice| device.name.as_str().to_lowercase() == typed.to_lowercase();
        let named: Vec<&PairedDevice> = self.devices.iter().filter(is_named).collect();
        let meant = if named.is_empty() {
            self.devices.iter().filter(|device| device.id.has_prefix(typed)).collect()
        } else {
            named
        };
        match meant.as_slice() {
            [] => typed
                .parse::<HostPort>()
                .map(Target::Address)
                .map_err(|error| Failure::here(FailureKind::BadAddress).about(typed).because(error)),
            [device] => Ok(Target::Device(device.id)),
            several => {
                let ids: Vec<String> =
                    several.iter().map(|device| device.id.fingerprint().to_string()).collect();
                Err(Failure::here(FailureKind::AmbiguousDevice).about(typed).because(ids.join(", ")))
            }
        }
    }
}
