//! The receive card in words.

use crate::engine::{Lasting, Receiving, State};
use crate::model::Strangers;
use crate::texts::{Spoken, Texts};
use crate::ui::shown::DeskText;
use crate::ui::shown::time::{Now, left};

/// The receive card in words.
pub struct ReceiveText {
    /// Whether others can send to this computer, for how long, and what they need.
    pub status: String,
    /// What the other person can type, the likeliest first.
    pub addresses: Vec<AddressText>,
    /// The code, while there is a desk.
    pub desk: Option<DeskText>,
    /// Why there is no code.
    pub no_desk: Option<String>,
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
    pub(super) fn of(state: &State, texts: &Texts, now: Now) -> Self {
        let address = |address: String| {
            let copy_name = texts.with("copy-address-name", [("address", address.as_str().into())]);
            AddressText { address, copy_name }
        };
        let empty =
            Self { status: String::new(), addresses: Vec::new(), desk: None, no_desk: None, problem: None };
        match &state.receiving {
            Receiving::Off => Self { status: texts.t("receive-off").to_owned(), ..empty },
            Receiving::On { dial, .. } if dial.is_empty() => {
                Self { status: texts.t("receive-on-offline").to_owned(), ..empty }
            }
            Receiving::On { dial, lasting, until, .. } => {
                let rest = until.map(|until| left(now.until(until), texts));
                let status = match (lasting, rest) {
                    (Lasting::For(_), Some(rest)) => texts.with("receive-on-for", [("time", rest.into())]),
                    (Lasting::OneTransfer, _) => texts.t("receive-on-once").to_owned(),
                    (Lasting::UntilOff | Lasting::For(_), _) => texts.t("receive-on").to_owned(),
                };
                let is_closed = state.settings.strangers == Strangers::NotAtAll;
                Self {
                    status,
                    addresses: dial.iter().map(|at| address(at.to_string())).collect(),
                    desk: state.desk.as_ref().map(|desk| DeskText::of(desk, texts, now)),
                    no_desk: is_closed.then(|| texts.t("desk-none").to_owned()),
                    ..empty
                }
            }
            Receiving::Failed(failure) => Self {
                status: texts.t("receive-failed").to_owned(),
                problem: Some(texts.failure(failure, "")),
                ..empty
            },
        }
    }
}
