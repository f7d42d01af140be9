//! The program: the window, or a command. Everything else is in the library.

use std::process::ExitCode;

fn main() -> ExitCode {
    sampan::cli::main()
}
