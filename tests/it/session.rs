//! Sessions over pipes in memory: one side is the real one, the other speaks frames by hand, or is real too.

/// Asserts that a value matches a pattern; says what it was if not.
macro_rules! assert_is {
    ($value:expr, $pattern:pat) => {
        match $value {
            $pattern => {}
            other => panic!("expected {}, got {other:?}", stringify!($pattern)),
        }
    };
}

mod bytes;
mod cancel;
mod clock;
mod compare;
mod folders;
mod greeting;
mod hostile;
mod lost;
mod offer;
mod reports;
mod sources;
mod spooled;
mod table;
mod whole;
