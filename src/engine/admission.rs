//! Who is let in, by which way, and what becomes of what he offers.

use std::net::IpAddr;
use std::sync::Arc;

use crate::engine::Acceptance;
use crate::engine::core::Core;
use crate::engine::desk::Attempt;
use crate::model::{AccountName, Agreed, DeviceId, PairedDevice, Policy, Strangers, Trust, Way};
use crate::pairing::{DeskRefusal, Gate};
use crate::wire::{ByeReason, Login};

/// The ways by which a device may come in. None: it is blocked, or nobody may. `is_awaited`: a transfer of its was agreed to
/// and interrupted.
pub(super) fn ways(
    acceptance: Acceptance,
    strangers: Strangers,
    known: Option<&PairedDevice>,
    is_awaited: bool,
) -> Vec<Way> {
    if known.is_some_and(|device| device.policy == Policy::Block) {
        return Vec::new();
    }
    let code = (strangers == Strangers::WithCode).then_some(Way::Code);
    let others: &[Way] = match (acceptance, known) {
        (Acceptance::Accounts, _) => &[Way::Account],
        (Acceptance::All, Some(_)) => &[Way::Known, Way::Anyone],
        (Acceptance::All, None) => &[Way::Anyone],
        (Acceptance::Ask | Acceptance::Paired, Some(_)) => &[Way::Known],
        (Acceptance::Ask | Acceptance::Paired, None) => &[],
    };
    let agreed = match acceptance {
        Acceptance::Ask | Acceptance::Paired | Acceptance::All => is_awaited.then_some(Way::Agreed),
        // Who logged in does so again: the account's folder is open to nobody else.
        Acceptance::Accounts => None,
    };
    others.iter().copied().chain(code).chain(agreed).collect()
}

/// What becomes of an offer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Rule {
    /// A person is asked.
    Ask,
    /// It is taken.
    Take,
    /// It is taken, into this account's folder.
    TakeFor(AccountName),
    /// It is taken if it is what was agreed to before, and refused else.
    Again,
}

impl Rule {
    /// Whether somebody may only ask what would become of an offer. That tells which files are here, so it is for those
    /// whom a person knows.
    pub(super) fn may_only_ask(&self, known: Option<&PairedDevice>) -> bool {
        match self {
            Self::TakeFor(_) => true,
            Self::Ask | Self::Take => known.is_some(),
            Self::Again => false,
        }
    }
}

/// What becomes of an offer of somebody who was let in. `None`: it is not even read.
/// `agreed`: what was agreed to of this very transfer before.
pub(super) fn rule(
    acceptance: Acceptance,
    trust: &Trust,
    known: Option<&PairedDevice>,
    agreed: Option<&Agreed>,
) -> Option<Rule> {
    let policy = known.map_or(Policy::Ask, |device| device.policy);
    match (acceptance, trust) {
        _ if policy == Policy::Block => None,
        (_, Trust::Account(name)) => Some(Rule::TakeFor(name.clone())),
        // Who may come in anyway does not lose by having been interrupted.
        (Acceptance::All, Trust::Agreed) => Some(Rule::Take),
        (_, Trust::Agreed) => agreed.map(|_| Rule::Again),
        (Acceptance::Accounts, _) | (Acceptance::Ask | Acceptance::Paired, Trust::Anyone | Trust::Named) => {
            None
        }
        (Acceptance::Ask, Trust::Code) => Some(Rule::Ask),
        (Acceptance::Ask, Trust::Paired) if policy == Policy::Ask => Some(Rule::Ask),
        (Acceptance::Ask, Trust::Paired)
        | (Acceptance::Paired, Trust::Paired | Trust::Code)
        | (Acceptance::All, _) => Some(Rule::Take),
    }
}

/// What a session's greeting asks of the engine.
pub(super) struct Door {
    pub(super) core: Arc<Core>,
    pub(super) address: IpAddr,
    pub(super) device: DeviceId,
    /// What a login must be bound to.
    pub(super) login_binding: [u8; 32],
}

impl Gate for Door {
    type Attempt = Attempt;

    fn begin(&self) -> Result<Attempt, DeskRefusal> {
        self.core.desk.begin(&self.core, self.address, self.device)
    }

    async fn login(&self, login: Login) -> Result<AccountName, ByeReason> {
        self.core.logins.check(&self.core, self.address, &self.login_binding, login).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{DeviceName, Moment, Pinning};

    fn paired(policy: Policy) -> PairedDevice {
        PairedDevice {
            id: DeviceId::from_bytes([1; 32]),
            name: DeviceName::new("studio").unwrap(),
            policy,
            address: None,
            paired_at: Moment::from_secs(0),
            seen_at: Moment::from_secs(0),
            discovery: None,
            pinning: Pinning::Mutual,
        }
    }

    fn ways(acceptance: Acceptance, strangers: Strangers, known: Option<&PairedDevice>) -> Vec<Way> {
        super::ways(acceptance, strangers, known, false)
    }

    #[test]
    fn who_was_interrupted_comes_in_to_go_on_and_for_nothing_else() {
        let ways = |acceptance, known: Option<Policy>| {
            super::ways(acceptance, Strangers::NotAtAll, known.map(paired).as_ref(), true)
        };
        assert_eq!(ways(Acceptance::Ask, None), [Way::Agreed]);
        assert_eq!(ways(Acceptance::Paired, Some(Policy::Ask)), [Way::Known, Way::Agreed]);
        assert_eq!(ways(Acceptance::Ask, Some(Policy::Block)), []);
        assert_eq!(ways(Acceptance::Accounts, None), [Way::Account]);
        for acceptance in [Acceptance::Ask, Acceptance::Paired] {
            assert_eq!(super::rule(acceptance, &Trust::Agreed, None, None), None);
        }
        assert_eq!(super::rule(Acceptance::All, &Trust::Agreed, None, None), Some(Rule::Take));
    }

    #[test]
    fn a_stranger_has_the_code_or_nothing_and_a_blocked_device_has_nothing() {
        let (with_code, none) = (Strangers::WithCode, Strangers::NotAtAll);
        assert_eq!(ways(Acceptance::Ask, with_code, None), [Way::Code]);
        assert_eq!(ways(Acceptance::Ask, none, None), []);
        assert_eq!(ways(Acceptance::Ask, none, Some(&paired(Policy::Ask))), [Way::Known]);
        assert_eq!(ways(Acceptance::Paired, with_code, Some(&paired(Policy::Block))), []);
        assert_eq!(ways(Acceptance::All, with_code, Some(&paired(Policy::Block))), []);
        assert_eq!(ways(Acceptance::All, with_code, None), [Way::Anyone, Way::Code]);
        assert_eq!(
            ways(Acceptance::Accounts, with_code, Some(&paired(Policy::Accept))),
            [Way::Account, Way::Code]
        );
    }

    #[test]
    fn only_what_a_person_allowed_is_taken_without_a_question() {
        let rule = |acceptance, trust, policy: Option<Policy>| {
            super::rule(acceptance, &trust, policy.map(paired).as_ref(), None)
        };
        let anna = AccountName::parse("anna").unwrap();
        assert_eq!(rule(Acceptance::Ask, Trust::Code, None), Some(Rule::Ask));
        assert_eq!(rule(Acceptance::Ask, Trust::Paired, Some(Policy::Ask)), Some(Rule::Ask));
        assert_eq!(rule(Acceptance::Ask, Trust::Paired, Some(Policy::Accept)), Some(Rule::Take));
        // A policy is for the device that proved its key, not for a code.
        assert_eq!(rule(Acceptance::Ask, Trust::Code, Some(Policy::Accept)), Some(Rule::Ask));
        assert_eq!(rule(Acceptance::Ask, Trust::Anyone, None), None);
        assert_eq!(rule(Acceptance::Paired, Trust::Anyone, None), None);
        assert_eq!(rule(Acceptance::Paired, Trust::Code, None), Some(Rule::Take));
        assert_eq!(rule(Acceptance::All, Trust::Anyone, None), Some(Rule::Take));
        assert_eq!(rule(Acceptance::All, Trust::Paired, Some(Policy::Block)), None);
        assert_eq!(rule(Acceptance::Accounts, Trust::Paired, Some(Policy::Accept)), None);
        assert_eq!(rule(Acceptance::Accounts, Trust::Account(anna.clone()), None), Some(Rule::TakeFor(anna)));
    }
}
