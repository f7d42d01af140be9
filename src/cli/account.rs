//! `sampan account`.

use crate::cli::args::{self, Account};
use crate::cli::password;
use crate::cli::print::print_line;
use crate::engine::Records;
use crate::model::{AccountName, Failure, FailureKind, shown_text};

/// Lists or changes the accounts. A receiver that runs asks for them at each login, so a change holds from the next one on.
pub(super) async fn run(records: &Records, account: &Account) -> Result<(), Failure> {
    match account {
        Account::Add(args) => {
            let name = name(&args.account)?;
            // Before anybody types a password for nothing.
            if records.has_account(&name).await? {
                return Err(Failure::here(FailureKind::AccountExists).about(name.to_string()));
            }
            records.add_account(&name, password::chosen(&name, args.password_file.as_deref())?).await?;
            print_line(format_args!("Account {name} added."));
        }
        Account::List => {
            for account in records.accounts().await? {
                print_line(account.name);
            }
        }
        Account::Remove(args) => {
            let name = name(args)?;
            records.remove_account(&name).await?;
            print_line(format_args!("Account {name} removed. The files in its folder stay."));
        }
        Account::Passwd(args) => {
            let name = name(&args.account)?;
            if !records.has_account(&name).await? {
                return Err(Failure::here(FailureKind::NoSuchAccount).about(name.to_string()));
            }
            records.set_password(&name, password::chosen(&name, args.password_file.as_deref())?).await?;
            print_line(format_args!("The password of {name} is changed."));
        }
    }
    Ok(())
}

fn name(args: &args::AccountName) -> Result<AccountName, Failure> {
    AccountName::parse(&args.name).map_err(|error| {
        Failure::here(FailureKind::BadAccountName).about(shown_text(&args.name)).because(error)
    })
}
