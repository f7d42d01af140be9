//! Passwords from a terminal, which does not show them, or from a file.

use std::io::{ErrorKind, IsTerminal as _};
use std::path::Path;

use rustix::termios::{LocalModes, OptionalActions, SpecialCodeIndex, Termios, tcgetattr, tcsetattr};

use crate::cli::print::print_aside;
use crate::engine::{Secrecy, password_from_file};
use crate::model::{AccountName, BadPassword, Failure, FailureKind, Password, shown_path};

/// How often a person may type it in two ways before something else is wrong, as with `passwd`.
const TRIES: u32 = 3;

/// A new password for an account: from the file, or typed twice.
/// Errors: a [`Failure`] when the file is no good, there is no terminal, or the person gave up.
pub(super) fn chosen(name: &AccountName, file: Option<&Path>) -> Result<Password, Failure> {
    match file {
        Some(path) => from_file(path),
        None => typed_twice(name),
    }
}

/// The password of an account elsewhere, typed once.
/// Errors: a [`Failure`] when there is no terminal, it can be no password, or the person gave up.
pub(super) fn typed_once(prompt: &str) -> Result<Password, Failure> {
    Password::new(&typed(prompt)?).map_err(|error| Failure::here(FailureKind::BadPassword).because(error))
}

/// The first line of a file. One that others can read is used all the same, with a warning on stderr.
pub(super) fn from_file(path: &Path) -> Result<Password, Failure> {
    let (password, secrecy) = password_from_file(path)?;
    match secrecy {
        Secrecy::Kept => {}
        Secrecy::Exposed => print_aside(format_args!(
            "Warning: others on this computer can read {}. Make it yours alone: chmod 600\n",
            shown_path(path)
        )),
    }
    Ok(password)
}

fn typed_twice(name: &AccountName) -> Result<Password, Failure> {
    for _ in 0..TRIES {
        let first = typed(&format!("New password of {name}: "))?;
        let password = match Password::new(&first) {
            Ok(password) => password,
            Err(error) => {
                say_again(error);
                continue;
            }
        };
        if Password::new(&typed("The same again: ")?).as_ref() == Ok(&password) {
            return Ok(password);
        }
        print_aside("They differ. Once more, please.\n");
    }
    Err(Failure::here(FailureKind::BadPassword).because("not typed alike"))
}

fn say_again(error: BadPassword) {
    let why = match error {
        BadPassword::Empty => "A password has at least one character.",
        BadPassword::TooLong => "That is too long: at most 1024 bytes.",
    };
    print_aside(format_args!("{why} Once more, please.\n"));
}

/// What a person types in the terminal and nobody sees.
fn typed(prompt: &str) -> Result<String, Failure> {
    if !std::io::stdin().is_terminal() {
        return Err(Failure::here(FailureKind::NoPassword));
    }
    let _silence = Silence::begin();
    rpassword::prompt_password(prompt).map_err(|error| match error.kind() {
        // Ctrl-D, Ctrl-C: somebody changed their mind.
        ErrorKind::UnexpectedEof | ErrorKind::Interrupted => Failure::here(FailureKind::Cancelled),
        _ => Failure::here(FailureKind::NoPassword).because(error),
    })
}

/// The terminal shows nothing of what is typed and keeps it, Ctrl-C and Ctrl-D too, for the question's own reader. Begun
/// before the question is asked: who is quick, or pastes, answers before that reader has switched the terminal over.
struct Silence {
    before: Termios,
}

impl Silence {
    /// `None`: it is no terminal that can be asked for that.
    fn begin() -> Option<Self> {
        let before = tcgetattr(std::io::stdin()).ok()?;
        let mut silent = before.clone();
        let cooked = LocalModes::ECHO | LocalModes::ECHONL | LocalModes::ICANON | LocalModes::ISIG;
        silent.local_modes.remove(cooked);
        silent.special_codes[SpecialCodeIndex::VMIN] = 1;
        silent.special_codes[SpecialCodeIndex::VTIME] = 0;
        tcsetattr(std::io::stdin(), OptionalActions::Now, &silent).ok()?;
        Some(Self { before })
    }
}

impl Drop for Silence {
    fn drop(&mut self) {
        tcsetattr(std::io::stdin(), OptionalActions::Now, &self.before).ok();
    }
}
