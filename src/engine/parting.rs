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
    if error.is_peers_fault() {
        let detail = failures::chain(error);
        core.spawn(async move { link.leave(ByeReason::Protocol, &detail).await });
    } else if let SessionError::Spool(_) = error {
        let detail = error.to_string(); // without its causes: they name a folder of ours
        core.spawn(async move { link.leave(ByeReason::Other, &detail).await });
    }
    End::broken(error)
}

/// Ends a session because of what it is, not of how it went: the peer hears why.
pub(super) fn refuse(core: &Core, link: Link, reason: ByeReason) {
    core.spawn(async move { link.leave(reason, "").await });
}
