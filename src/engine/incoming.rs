//! A session somebody else began: who he is, what he wants, and if that is to send, the way from the offer to the end.

mod agreeing;
mod asking;
mod folder;
mod taking;

use std::net::SocketAddr;
use std::sync::Arc;

use tokio::net::TcpStream;
use tokio::task::spawn_blocking;
use tokio_util::sync::CancellationToken;

use crate::engine::admission;
use crate::engine::core::Core;
use crate::engine::guest::{Guest, let_in};
use crate::engine::incoming::agreeing::Terms;
use crate::engine::parting::{close, leave, refuse};
use crate::engine::places::Standing;
use crate::engine::task::{Task, names};
use crate::engine::{Direction, Event, Named, Transfer, callers, failures};
use crate::model::{Agreed, Failure, TransferState};
use crate::model::{Standing as Stands, TransferId};
use crate::session::{ManifestLimits, Offered, Request, SessionError, read_offer, request};
use crate::wire::{ByeReason, Offer, Purpose};

/// Serves one connection to its end. `receiving` ends when Receive is switched off: what nobody agreed to yet goes then.
pub(super) async fn serve(
    core: Arc<Core>,
    tcp: TcpStream,
    address: SocketAddr,
    receiving: CancellationToken,
    standing: Standing,
) {
    let made_room = standing.leave.clone();
    let let_in = tokio::select! {
        let_in = let_in(&core, tcp, address, standing) => let_in,
        () = receiving.cancelled() => return,
        () = made_room.cancelled() => return core.strangers.turned_away("it made room", &address.ip()),
    };
    let Some(mut guest) = let_in else { return };
    let request = tokio::select! {
        request = request(&mut guest.link) => request,
        () = receiving.cancelled() => return,
    };
    match request {
        // Who was forgotten or blocked since he came in has no more to say.
        Ok(Some(_)) if !guest.is_still_so(&core).await => refuse(&core, guest.link, ByeReason::NotAdmitted),
        Ok(Some(Request::Offer(offer))) => offered(&core, guest, offer, receiving).await,
        Ok(Some(Request::Remember)) => callers::serve(&core, guest, &receiving).await,
        Ok(None) => close(&core, guest.link),
        Err(error) => {
            tracing::info!(failure = %failures::session(&error), "a session ended before its offer");
            leave(&core, guest.link, &error);
        }
    }
}

/// What was agreed about a transfer with whoever came in the same way. Also after its end: who asks again then hears the
/// same answer, that all of it is there.
async fn agreed(
    core: &Core,
    guest: &Guest,
    transfer: TransferId,
) -> Result<Option<(Agreed, Stands)>, Failure> {
    let found = core.records.agreed(guest.device, transfer).await?;
    Ok(found.filter(|(agreed, _)| agreed.account.as_ref() == guest.admitted.trust().account()))
}

/// An offer of somebody who was let in.
async fn offered(core: &Arc<Core>, guest: Guest, offer: Offer, receiving: CancellationToken) {
    let agreed = match agreed(core, &guest, offer.transfer).await {
        Ok(agreed) => agreed,
        Err(failure) => {
            core.fact(Event::Notice(failure));
            return refuse(core, guest.link, ByeReason::Other);
        }
    };
    let (trust, known) = (guest.admitted.trust(), guest.known.as_ref());
    match admission::rule(core.acceptance, trust, known, agreed.as_ref().map(|(agreed, _)| agreed)) {
        Some(rule) if offer.purpose == Purpose::Send || rule.may_only_ask(known) => {
            transfer(core, guest, Terms::new(rule, agreed), offer, receiving).await;
        }
        Some(_) | None => refuse(core, guest.link, ByeReason::NotAdmitted),
    }
}

/// Reads an offer, and gives it a row.
async fn transfer(
    core: &Arc<Core>,
    mut guest: Guest,
    terms: Terms,
    offer: Offer,
    receiving: CancellationToken,
) {
    let Some(undecided) = core.undecided.take(guest.device) else {
        return refuse(core, guest.link, ByeReason::Busy);
    };
    let undecided = Arc::new(undecided);
    let limits = ManifestLimits { room: Arc::clone(&core.offers), ..core.manifests() };
    let offered = tokio::select! {
        offered = read_offer(&mut guest.link, offer, &limits, terms.look_ahead(core, Arc::clone(&undecided))) => offered,
        () = receiving.cancelled() => return,
    };
    let offered = match offered {
        Ok(Some(offered)) => offered,
        Ok(None) => return close(core, guest.link),
        Err(error) => {
            let failure = failures::session(&error);
            tracing::info!(%failure, "a session ended before its offer");
            if matches!(error, SessionError::Spool(_)) {
                core.fact(Event::Notice(failure)); // our own trouble, and no row tells of it
            }
            leave(core, guest.link, &error);
            return;
        }
    };
    if offered.purpose == Purpose::Ask {
        return terms.answer_only(core, guest, offered).await;
    }
    let task = Task::register(core, Arc::clone(&guest.meter));
    let Some(claim) = core.claims.take((guest.device, offered.transfer), task.key).await else {
        core.transfers.unregister(task.key);
        return refuse(core, guest.link, ByeReason::Busy);
    };
    // The sender is back: what is shown of the session before goes on in this one.
    if let Some(before) = claim.before {
        core.transfers.go_on_as(before, task.key);
        if core.transfers.dismiss(before) {
            core.fact(Event::Dismissed(before));
        }
    }
    let peer = guest.peer(core).await;
    let totals = *offered.manifest.summary();
    core.fact(Event::Started(Box::new(Transfer {
        names: first_names(&offered).await,
        files: offered.manifest.files() + totals.unreadable,
        bytes: totals.bytes,
        id: Some(offered.transfer),
        folder: Some(core.folder()),
        left_out: totals.unreadable,
        ..Transfer::new(task.key, Direction::Incoming, peer, TransferState::Planning)
    })));
    let held = (receiving, undecided, claim.superseded.clone());
    Arc::clone(&task).run(taking::run(terms, task, guest, offered, held)).await;
    // Not before the row is told to have ended: the next session on it takes its place.
    drop(claim);
}

/// The first names of an offer. None if they cannot be read back; taking it then says why.
async fn first_names(offered: &Offered) -> Vec<Named> {
    let manifest = Arc::clone(&offered.manifest);
    let first = spawn_blocking(move || manifest.first(Transfer::MAX_NAMES)).await;
    first.ok().and_then(Result::ok).map_or_else(Vec::new, |entries| names(entries.iter()))
}
