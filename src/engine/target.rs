//! What a person typed as the place to send to, or as the name of a paired computer.

use std::net::IpAddr;

use crate::engine::{State, Target};
use crate::model::{DeviceId, Failure, FailureKind, HostPort, PairedDevice, shown_text};

impl State {
    /// Numbers are an address; else it is a paired computer, else a host. A paired computer goes first: whoever else answers to its name must not get
    /// its files. Errors: `bad-address`, `no-such-device` for the whole id of none, or `ambiguous-device` with the ids.
    pub fn target(&self, typed: &str) -> Result<Target, Failure> {
        let typed = typed.trim();
        // A paired computer that calls itself 192.0.2.7 must not get what is meant for that address.
        if let Ok(address) = typed.parse::<HostPort>()
            && address.host().parse::<IpAddr>().is_ok()
        {
            return Ok(Target::Address(address));
        }
        match meant(&self.devices, typed)? {
            Some(device) => Ok(Target::Device(device.id)),
            // No host is called so, and who answers for one must not be asked.
            None if typed.parse::<DeviceId>().is_ok() => {
                Err(Failure::here(FailureKind::NoSuchDevice).about(shown_text(typed)))
            }
            None => typed.parse::<HostPort>().map(Target::Address).map_err(|error| {
                Failure::here(FailureKind::BadAddress).about(shown_text(typed)).because(error)
            }),
        }
    }
}

/// The one of `devices` that a person means: by its name, of any case, or by 8 or more characters of its id. A name that
/// looks like the begin of another one's id makes it ambiguous, and does not win.
/// Errors: more than one; their ids are in the detail.
pub(super) fn meant<'devices>(
    devices: &'devices [PairedDevice],
    text: &str,
) -> Result<Option<&'devices PairedDevice>, Failure> {
    let name = text.trim().to_lowercase();
    let is_meant = |device: &&PairedDevice| {
        device.name.as_str().to_lowercase() == name || device.id.has_prefix(text.trim())
    };
    let meant: Vec<&PairedDevice> = devices.iter().filter(is_meant).collect();
    match meant.as_slice() {
        [] => Ok(None),
        [only] => Ok(Some(only)),
        several => {
            let each = |device: &&PairedDevice| format!("{}: {}", device.name, device.id.fingerprint());
            let all = several.iter().map(each).collect::<Vec<_>>().join(", ");
            Err(Failure::here(FailureKind::AmbiguousDevice).about(shown_text(text)).because(all))
        }
    }
}
