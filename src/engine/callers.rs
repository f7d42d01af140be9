//! Remembering who proved the code: at once, with the answer to an offer, or on a question of its own.

use std::sync::Arc;
use std::time::Instant;

use tokio_util::sync::CancellationToken;

use crate::engine::core::Core;
use crate::engine::guest::Guest;
use crate::engine::parting::{close, leave, refuse};
use crate::engine::{Caller, Event, Memory, Remember};
use crate::session::{Halt, Verdict, wait_for_verdict};
use crate::wire::{ByeReason, Frame};

/// Questions to a person at a time; a person who answers none of these answers no more either.
const MAX_CALLERS: usize = 8;

/// Serves somebody who came only to be remembered. It is here with the right code, so a person may take his time.
pub(super) async fn serve(core: &Arc<Core>, mut guest: Guest, receiving: &CancellationToken) {
    match guest.memory {
        // It was remembered while we introduced ourselves, or long ago.
        Memory::NotOffered if guest.known.is_some() && guest.admitted.proven().is_some() => {
            answer(core, &mut guest).await;
            close(core, guest.link);
        }
        Memory::NotOffered | Memory::Offered => refuse(core, guest.link, ByeReason::NotAdmitted),
        Memory::Wished => {
            if core.outbox.read(|state| state.callers.len()) >= MAX_CALLERS {
                return refuse(core, guest.link, ByeReason::Busy);
            }
            ask(core, guest, receiving).await;
        }
    }
}

async fn ask(core: &Arc<Core>, mut guest: Guest, receiving: &CancellationToken) {
    let id = core.question();
    let mut answers = core.callers.open(id);
    let caller = Caller { id, peer: guest.peer(core).await, until: Instant::now() + core.timing.decision };
    core.fact(Event::Called(Box::new(caller)));
    let reply = async {
        tokio::select! {
            reply = answers.recv() => reply.unwrap_or_default(),
            () = receiving.cancelled() => Remember::No,
        }
    };
    let verdict = wait_for_verdict(&mut guest.link, &Halt::below(&core.stop), reply).await;
    core.callers.close(&id);
    core.fact(Event::CallEnded(id));
    match verdict {
        Ok(Verdict::Decided(remember)) => {
            settle(core, &mut guest, remember).await;
            if remember == Remember::No {
                guest.link.send(Frame::Remembered(None)).await;
            }
            close(core, guest.link);
        }
        Ok(Verdict::TimedOut | Verdict::Cancelled(..)) => {
            guest.link.send(Frame::Remembered(None)).await;
            close(core, guest.link);
        }
        Err(error) => drop(leave(core, guest.link, &error)),
    }
}

/// Carries out a person's answer, and tells the other side if it wanted to know.
pub(super) async fn settle(core: &Arc<Core>, guest: &mut Guest, remember: Remember) {
    let wished = guest.memory == Memory::Wished;
    if remember == Remember::No || guest.memory == Memory::NotOffered {
        return;
    }
    match guest.remember(core).await {
        Ok(()) if wished => answer(core, guest).await,
        Ok(()) => {}
        Err(failure) => core.fact(Event::Notice(failure)),
    }
}

async fn answer(core: &Arc<Core>, guest: &mut Guest) {
    match core.records.discovery_key().await {
        Ok(key) => guest.link.send(Frame::Remembered(Some(key))).await,
        Err(failure) => core.fact(Event::Notice(failure)),
    }
}
