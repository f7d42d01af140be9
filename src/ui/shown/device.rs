//! A paired computer in words.

use std::time::Duration;

use crate::engine::State;
use crate::model::{Moment, PairedDevice, Pinning};
use crate::texts::Texts;
use crate::ui::shown::time::{Now, ago};

/// Between facts on one line.
const DOT: &str = "  ·  ";

/// Ages below this are told in minutes, which change while somebody looks.
const YOUNG: Duration = Duration::from_hours(1);

/// A paired computer in words.
pub struct DeviceText {
    /// The short form of its id.
    pub fingerprint: String,
    /// When it was here last, and where it is.
    pub about: String,
    /// Whether it remembers this computer.
    pub pinning: String,
    /// What the policy is about: "When ANNA-PC sends".
    pub policy_name: String,
    /// The name of Forget.
    pub forget_name: String,
    /// Whether it is to be forgotten, and what that means.
    pub forget_question: String,
    /// The name of the button that does.
    pub forget_sure_name: String,
    /// The name of the button that does not.
    pub keep_name: String,
    /// The name of its entry among the places to send to.
    pub use_name: String,
    /// What stands for it in the address field: its name, or its fingerprint where another one has that name.
    pub typed: String,
}

impl DeviceText {
    pub(super) fn of(device: &PairedDevice, state: &State, texts: &Texts, now: Now) -> Self {
        let name = device.name.as_str();
        let named = |id: &str| texts.with(id, [("peer", name.into())]);
        let seen = ago(Moment::from(now.wall).since(device.seen_at), texts);
        let mut about = texts.with("device-seen", [("when", seen.into())]);
        if let Some(address) = &device.address {
            about.push_str(DOT);
            about.push_str(&address.to_string());
        }
        let fingerprint = device.id.fingerprint().to_string();
        let is_meant = matches!(state.target(name), Ok(crate::engine::Target::Device(id)) if id == device.id);
        Self {
            about,
            pinning: texts
                .t(match device.pinning {
                    Pinning::Mutual => "device-mutual",
                    Pinning::OneSided => "device-one-sided",
                })
                .to_owned(),
            policy_name: named("device-policy"),
            forget_name: named("forget-name"),
            forget_question: named("forget-question"),
            forget_sure_name: named("forget-sure-name"),
            keep_name: named("forget-keep-name"),
            use_name: named("places-use-paired"),
            typed: if is_meant { name.to_owned() } else { fingerprint.clone() },
            fingerprint,
        }
    }

    /// Whether the age of one changes within the hour.
    pub(super) fn is_young(device: &PairedDevice, now: Now) -> bool {
        Moment::from(now.wall).since(device.seen_at) < YOUNG
    }
}
