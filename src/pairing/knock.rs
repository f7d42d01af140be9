//! The dialler's half of the greeting: from the listener's Hello to the moment it is trusted. What a dialler has and what
//! the listener admits decide how it goes on; the table is in `docs/identity.md`.

use crate::model::{AccountName, Code, Password, Trust, Way};
use crate::pairing::{Channel, ProveError, Proven, prove_by_typing};
use crate::session::{Link, SessionError, hello, own_hello};
use crate::wire::{Frame, Login};

/// What a dialler brings.
#[derive(Debug)]
pub struct Knock<'a> {
    /// The code its person typed.
    pub code: Option<&'a Code>,
    /// Name and password of an account.
    pub account: Option<(&'a AccountName, &'a Password)>,
    /// Why it trusts the listener's id already, if it does.
    pub trust: Option<Trust>,
    /// What it came for.
    pub errand: Errand,
    /// The TLS exporter that binds a login to this session.
    pub login_binding: [u8; 32],
}

/// What a dialler came for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Errand {
    /// To offer files.
    Send,
    /// To offer again what this very listener took a part of before.
    Continue,
    /// To be remembered, nothing else.
    Pair,
}

impl Errand {
    fn sends(self) -> bool {
        match self {
            Self::Send | Self::Continue => true,
            Self::Pair => false,
        }
    }
}

/// A listener that is trusted, and that may be told who we are.
#[derive(Debug)]
pub struct Knocked {
    /// Why it is trusted.
    pub trust: Trust,
    /// Its proof of the code, if one was used.
    pub proven: Option<Proven>,
}

/// Why the door stays shut.
#[derive(Debug, thiserror::Error)]
pub enum KnockError {
    /// The conversation broke off before a code was tried.
    #[error(transparent)]
    Session(#[from] SessionError),
    /// The code proved nothing, and is spent: whatever ended the conversation, our share of it was sent.
    #[error(transparent)]
    Code(#[from] ProveError),
    /// What was brought does not do.
    #[error("{0}")]
    Needs(Needs),
}

/// What a dialler would need to go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Needs {
    /// The code that the listener shows.
    #[error("the code that the other side shows is needed")]
    Code,
    /// A name and a password.
    #[error("the other side wants a name and a password")]
    Account,
    /// No account: the listener has none, and the files would go where the person did not mean.
    #[error("the other side has no accounts")]
    NoAccount,
    /// A reason to give this listener a password: nobody proved that it is the right one.
    #[error("a password goes only to a computer that is proven to be the right one")]
    ProofForPassword,
    /// A person's word that nothing needs to be proven.
    #[error("the other side takes files from anyone and proves nothing of itself")]
    Carelessness,
    /// To be somebody whom the listener admits.
    #[error("the other side does not take files from this computer")]
    Admission,
}

/// What comes after both Hellos.
enum Step<'k> {
    /// Prove the code, then log in where an account is brought.
    Prove(&'k Code),
    /// Log in.
    LogIn(Trust),
    /// Nothing more is needed.
    Introduce(Trust),
}

/// Greets a listener up to the point where it may be told our name. Errors: [`KnockError`].
pub async fn knock(link: &mut Link, channel: Channel, knock: &Knock<'_>) -> Result<Knocked, KnockError> {
    let theirs = hello(link, own_hello()).await?;
    match next(&theirs.admits, knock).map_err(KnockError::Needs)? {
        Step::Prove(code) => {
            let proven = prove_by_typing(link, code, channel).await.map_err(KnockError::Code)?;
            if theirs.admits.contains(&Way::Account) {
                log_in(link, knock).await;
            }
            let known = knock.trust.clone().filter(|trust| *trust != Trust::Anyone);
            Ok(Knocked { trust: known.unwrap_or(Trust::Code), proven: Some(proven) })
        }
        Step::LogIn(trust) => {
            log_in(link, knock).await;
            Ok(Knocked { trust, proven: None })
        }
        Step::Introduce(trust) => Ok(Knocked { trust, proven: None }),
    }
}

async fn log_in(link: &Link, knock: &Knock<'_>) {
    if let Some((name, password)) = knock.account {
        let (account, password) = (Some(name.clone()), password.clone());
        link.send(Frame::Login(Login { account, password, binding: knock.login_binding })).await;
    }
}

/// Whether a listener is trusted for a reason.
fn is_proven(trust: Option<&Trust>) -> bool {
    trust.is_some_and(|trust| *trust != Trust::Anyone)
}

/// The table of `docs/identity.md`.
fn next<'k>(admits: &[Way], knock: &Knock<'k>) -> Result<Step<'k>, Needs> {
    let admits = |way| admits.contains(&way);
    let lacks_account = knock.errand.sends() && admits(Way::Account) && knock.account.is_none();
    let has_no_accounts = knock.errand.sends() && knock.account.is_some() && !admits(Way::Account);
    match (knock.code, &knock.trust) {
        (code, trust) if has_no_accounts && (code.is_some() || is_proven(trust.as_ref())) => {
            Err(Needs::NoAccount)
        }
        // Who repeats a command repeats its code as well, which was spent long ago.
        (_, Some(trust))
            if knock.errand == Errand::Continue && knock.account.is_none() && admits(Way::Agreed) =>
        {
            Ok(Step::Introduce(trust.clone()))
        }
        // A code must not be spent on what would end in a refusal.
        (Some(_), _) if admits(Way::Code) && lacks_account && !admits(Way::Anyone) => Err(Needs::Account),
        (Some(code), _) if admits(Way::Code) => Ok(Step::Prove(code)),
        (_, None | Some(Trust::Anyone)) if knock.account.is_some() => Err(Needs::ProofForPassword),
        (_, Some(trust)) if knock.account.is_some() && admits(Way::Account) => Ok(Step::LogIn(trust.clone())),
        (_, Some(trust)) if knock.errand.sends() && (admits(Way::Known) || admits(Way::Anyone)) => {
            Ok(Step::Introduce(trust.clone()))
        }
        _ if admits(Way::Code) && !lacks_account => Err(Needs::Code),
        _ if lacks_account => Err(Needs::Account),
        (_, None) if admits(Way::Anyone) => Err(Needs::Carelessness),
        _ => Err(Needs::Admission),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn step(
        admits: &[Way],
        code: Option<&Code>,
        trust: Option<Trust>,
        errand: Errand,
    ) -> Result<&'static str, Needs> {
        let knock = Knock { code, account: None, trust, errand, login_binding: [0; 32] };
        next(admits, &knock).map(|step| match step {
            Step::Prove(_) => "prove",
            Step::LogIn(_) => "log in",
            Step::Introduce(_) => "introduce",
        })
    }

    #[test]
    fn a_stranger_needs_the_code_and_nothing_is_offered_without_it() {
        use Errand::Send;
        let code: Code = "123456".parse().unwrap();
        assert_eq!(step(&[Way::Code], None, None, Send), Err(Needs::Code));
        assert_eq!(step(&[Way::Code], Some(&code), None, Send), Ok("prove"));
        // It remembers us, we do not remember it: anybody could say so.
        assert_eq!(step(&[Way::Known, Way::Code], None, None, Send), Err(Needs::Code));
        assert_eq!(step(&[Way::Known], None, None, Send), Err(Needs::Admission));
        assert_eq!(step(&[Way::Code, Way::Anyone], None, None, Send), Err(Needs::Code));
        assert_eq!(step(&[Way::Anyone], None, None, Send), Err(Needs::Carelessness));
        assert_eq!(step(&[], Some(&code), None, Send), Err(Needs::Admission));
    }

    #[test]
    fn who_trusts_and_is_known_needs_nothing_more() {
        use Errand::{Pair, Send};
        assert_eq!(step(&[Way::Known, Way::Code], None, Some(Trust::Paired), Send), Ok("introduce"));
        assert_eq!(step(&[Way::Code, Way::Anyone], None, Some(Trust::Anyone), Send), Ok("introduce"));
        // It forgot us.
        assert_eq!(step(&[Way::Code], None, Some(Trust::Paired), Send), Err(Needs::Code));
        assert_eq!(step(&[Way::Known, Way::Code], None, Some(Trust::Paired), Pair), Err(Needs::Code));
    }

    #[test]
    fn a_password_goes_only_to_a_listener_that_is_proven() {
        let (name, password) = (AccountName::parse("anna").unwrap(), Password::new("secret").unwrap());
        let code: Code = "123456".parse().unwrap();
        let admits = [Way::Code, Way::Account, Way::Anyone];
        let with = |code, trust| {
            let account = Some((&name, &password));
            let knock = Knock { code, account, trust, errand: Errand::Send, login_binding: [0; 32] };
            next(&admits, &knock).err()
        };
        assert_eq!(with(None, None), Some(Needs::ProofForPassword));
        assert_eq!(with(None, Some(Trust::Anyone)), Some(Needs::ProofForPassword));
        assert_eq!(with(None, Some(Trust::Paired)), None);
        assert_eq!(with(None, Some(Trust::Named)), None);
        assert_eq!(with(Some(&code), None), None);
    }

    #[test]
    fn an_account_that_nobody_asks_for_ends_it_before_a_code_is_spent() {
        let (name, password) = (AccountName::parse("anna").unwrap(), Password::new("secret").unwrap());
        let code: Code = "123456".parse().unwrap();
        for (code, trust) in [(Some(&code), None), (None, Some(Trust::Paired)), (None, Some(Trust::Named))] {
            let account = Some((&name, &password));
            let knock = Knock { code, account, trust, errand: Errand::Send, login_binding: [0; 32] };
            assert_eq!(next(&[Way::Known, Way::Code], &knock).err(), Some(Needs::NoAccount));
        }
    }

    #[test]
    fn a_code_is_not_spent_where_an_account_is_wanted_and_none_is_brought() {
        let code: Code = "123456".parse().unwrap();
        let admits = [Way::Code, Way::Account];
        assert_eq!(step(&admits, Some(&code), None, Errand::Send), Err(Needs::Account));
        assert_eq!(step(&admits, Some(&code), None, Errand::Pair), Ok("prove"));
        assert_eq!(step(&admits, None, Some(Trust::Paired), Errand::Send), Err(Needs::Account));
    }
}
