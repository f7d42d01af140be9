//! The receive card in words.

use crate::engine::Receiving;
use crate::texts::{Spoken, Texts};

/// The receive card in words.
pub struct ReceiveText {
    /// What the other person can type, the likeliest first.
    pub addresses: Vec<AddressText>,
    /// Why receiving could not be switched on.
    pub problem: Option<Spoken>,
}

/// One address of this computer.
pub struct AddressText {
    /// With its port.
    pub address: String,
    /// The name of its Copy button.
    pub copy_name: String,
}

impl ReceiveText {
    pub(super) fn of(receiving: &Receiving, texts: &Texts) -> Self {
        let address = |address: String| {
            let copy_name = texts.with("copy-address-name", [("address", address.as_str().into())]);
            AddressText { address, copy_name }
        };
        match receiving {
            Receiving::Off => Self { addresses: Vec::new(), problem: None },
            Receiving::On { dial, .. } => {
                Self { addresses: dial.iter().map(|at| address(at.to_string())).collect(), problem: None }
            }
            Receiving::Failed(failure) => {
                Self { addresses: Vec::new(), problem: Some(texts.failure(failure, "")) }
            }
        }
    }
}
