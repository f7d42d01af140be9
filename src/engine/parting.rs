//! Ends of connections: polite, and beside the transfer. What became of it is known, so nobody waits for the other side to
//! hang up; the engine waits for that when it stops.

use crate::engine::core::Core;
use crate::engine::failures;
use crate::engine::task::End;
use crate::session::{Link, SessionError};
use crate::wire::ByeReason;

/// Closes a connection on which everything was said.
pub(super) fn close(core: &Core, link: Link) {
    core.spawn(link.close());
}

/// Ends a session that broke off, telling the peer if the fault is its own. Gives the transfer's end.
pub(super) fn leave(core: &Core, link: Link, error: &SessionError) -> End {
    if let Some((reason, detail)) = last_word(error) {
        core.spawn(async move { link.leave(reason, &detail).await });
    }
    End::broken(error)
}

/// What the peer is told about why a session broke off; nothing, if the line did.
pub(super) fn last_word(error: &SessionError) -> Option<(ByeReason, String)> {
    match error {
        error if error.is_peers_fault() => Some((ByeReason::Protocol, failures::chain(error))),
        SessionError::Crowded | SessionError::InUse { .. } => Some((ByeReason::Busy, error.to_string())),
        // Without its causes: they name a folder of ours.
        SessionError::Spool(_) | SessionError::Unrecorded(_) => Some((ByeReason::Other, error.to_string())),
        SessionError::Superseded => Some((ByeReason::Superseded, String::new())),
        SessionError::Leaving => Some((ByeReason::Leaving, String::new())),
        _ => None,
    }
}

/// Ends a session because of what it is, not of how it went: the peer hears why.
pub(super) fn refuse(core: &Core, link: Link, reason: ByeReason) {
    core.spawn(async move { link.leave(reason, "").await });
}
