//! Codes, remembering and impostors, over engines and the built program.

mod guesses;
mod middle;
mod persons;
mod remembering;
mod strangers;
