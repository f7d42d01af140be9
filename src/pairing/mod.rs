//! How six digits that one person shows and another types prove to each computer which device the other one is, and the
//! greeting around it: who comes in, and as whom.
//!
//! - `spake`: the mathematics, and what it binds: the code, both device ids, both roles, this one TLS session.
//! - `desk`: when which code may be tried, and by whom.
//! - `prove`: the conversation that proves a code.
//! - `knock` and `admit`: the dialler's and the listener's half of the greeting, from Hello to Introduce.
//!
//! The engine calls it, and takes a [`Proven`] as the only evidence that somebody knew the code.
//! The words are explained in `docs/identity.md`.

mod admit;
pub mod desk;
mod knock;
mod prove;
mod random;
mod spake;

pub use admit::{AdmitError, Admitted, Attempt, Gate, admit};
pub use desk::{Attempt as DeskAttempt, Desk, DeskRefusal, Guess, Guesser, Shown, Tried};
pub use knock::{Errand, Knock, KnockError, Knocked, Needs, knock};
pub use prove::{ProveError, prove_by_showing, prove_by_typing};
pub use random::{NoRandomness, random_code};
pub use spake::{AwaitingProof, Channel, Proven, Showing, SpakeError, Typing, WrongCode};
