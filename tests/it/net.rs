//! The handshake: who is taken, who is refused, and that no shortcut goes round the checks.

mod refused;
mod resumed;
mod same_session;
