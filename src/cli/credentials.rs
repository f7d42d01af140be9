//! What proves the two sides to each other, from the command line's options.

use std::io::IsTerminal as _;
use std::path::Path;

use crate::cli::args::SendArgs;
use crate::cli::password::{from_file, typed_once};
use crate::engine::{Credentials, Proof, Remember, WithoutCode};
use crate::model::{AccountName, Code, Failure, FailureKind, Password};

/// Tries of a password that is typed.
pub(super) const TRIES: usize = 3;

/// An account's name, and where its password comes from.
pub(super) struct Login {
    name: AccountName,
    /// `None`: a person types it.
    password: Option<Password>,
}

impl Login {
    /// From the options. `None` without `--user`. Errors: what is wrong with them.
    pub(super) fn of(user: Option<&str>, password_file: Option<&Path>) -> Result<Option<Self>, Failure> {
        let Some(user) = user else { return Ok(None) };
        let bad = |error| Failure::here(FailureKind::BadAccountName).about(user).because(error);
        let name = AccountName::parse(user).map_err(bad)?;
        let password = password_file.map(from_file).transpose()?;
        Ok(Some(Self { name, password }))
    }

    /// Whether the password is typed, so that another try can have another one.
    pub(super) fn is_typed(&self) -> bool {
        self.password.is_none()
    }

    /// Name and password for one try. Errors: nobody is there to type it.
    pub(super) fn for_one_try(&self) -> Result<(AccountName, Password), Failure> {
        let password = match &self.password {
            Some(password) => password.clone(),
            None => typed_once(&format!("Password of {}: ", self.name))?,
        };
        Ok((self.name.clone(), password))
    }
}

/// All but the account. Errors: what is wrong with the options.
pub(super) fn credentials(args: &SendArgs) -> Result<Credentials, Failure> {
    let device = args.device.as_deref().map(|id| {
        id.parse().map_err(|error| Failure::here(FailureKind::NoSuchDevice).about(id).because(error))
    });
    Ok(Credentials {
        code: args.code.as_deref().map(code).transpose()?,
        remember: if args.remember { Remember::Yes } else { Remember::No },
        account: None,
        device: device.transpose()?,
        proof: if args.insecure_anyone { Proof::Waived } else { Proof::Demanded },
        without_code: if can_ask() { WithoutCode::Ask } else { WithoutCode::End },
    })
}

/// Whether a person can type a code.
pub(super) fn can_ask() -> bool {
    std::io::stdin().is_terminal()
}

/// A code as it was typed. Errors: it is none; the text is not repeated, it may end up in a log.
pub(super) fn code(typed: &str) -> Result<Code, Failure> {
    typed.parse().map_err(|error| Failure::here(FailureKind::BadCode).because(error))
}
