//! Lines on stdout and stderr, whoever reads them or is gone.

use std::fmt::Display;
use std::io::Write as _;

/// Prints a line on stdout. Whoever reads it may be gone (`println!` would end the program); the transfer goes on.
pub(super) fn print_line(text: impl Display) {
    let mut stdout = std::io::stdout().lock();
    writeln!(stdout, "{text}").and_then(|()| stdout.flush()).ok();
}

/// Prints lines on stdout that end as lines do. Whoever reads them may be gone.
pub(super) fn print_lines(lines: &[u8]) {
    let mut stdout = std::io::stdout().lock();
    stdout.write_all(lines).and_then(|()| stdout.flush()).ok();
}

/// Prints on stderr, which may be closed as well.
pub(super) fn print_aside(text: impl Display) {
    write!(std::io::stderr().lock(), "{text}").ok();
}
