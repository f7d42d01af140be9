//! Receive, switched on: the accept loop.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Semaphore;
use tokio::time::{Instant, sleep_until};
use tokio_util::sync::CancellationToken;

use crate::engine::core::Core;
use crate::engine::{Event, ListenOn, Receiving, failures, incoming};
use crate::model::LAST_PORT;
use crate::net::{ListenError, Listener, dialable};

/// Sessions served at once. The next one waits in the system's queue until one ends; whoever says nothing ends within
/// 15 s, whoever offers nothing whole within some minutes.
const MAX_SESSIONS: usize = 256;

/// After a failed accept (too many open files, above all) we look again this much later instead of spinning.
const ACCEPT_PAUSE: Duration = Duration::from_millis(200);

/// A running accept loop; dropping it ends the loop and every session that is not yet a transfer.
pub(super) struct Listening {
    pub(super) on: ListenOn,
    receiving: CancellationToken,
}

impl Listening {
    /// Starts listening and says so; `None` if that failed, which is said too.
    pub(super) fn start(core: &Arc<Core>, on: ListenOn) -> Option<Self> {
        match bind(on) {
            Ok(listener) => {
                let bound = listener.addresses();
                tracing::info!(?bound, "receiving");
                let receiving = core.stop.child_token();
                core.spawn(accept_loop(Arc::clone(core), listener, receiving.clone()));
                core.fact(Event::Receiving(Receiving::On { dial: dialable(&bound), bound }));
                Some(Self { on, receiving })
            }
            Err(error) => {
                core.fact(Event::Receiving(Receiving::Failed(failures::listen(&error))));
                None
            }
        }
    }
}

impl Drop for Listening {
    fn drop(&mut self) {
        self.receiving.cancel();
    }
}

fn bind(on: ListenOn) -> Result<Listener, ListenError> {
    match on {
        ListenOn::Any { port } => Listener::any(port..=port.max(LAST_PORT)),
        ListenOn::Exactly(address) => Listener::exactly(address),
    }
}

async fn accept_loop(core: Arc<Core>, listener: Listener, receiving: CancellationToken) {
    let places = Arc::new(Semaphore::new(MAX_SESSIONS));
    loop {
        let place = tokio::select! {
            place = Arc::clone(&places).acquire_owned() => place.expect("the semaphore is never closed"),
            () = receiving.cancelled() => return,
        };
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = receiving.cancelled() => return,
        };
        match accepted {
            Ok((tcp, address)) => {
                let session = incoming::serve(Arc::clone(&core), tcp, address, receiving.clone());
                core.spawn(async move {
                    session.await;
                    drop(place);
                });
            }
            Err(error) => {
                tracing::warn!(%error, "a connection could not be accepted");
                sleep_until(Instant::now() + ACCEPT_PAUSE).await;
            }
        }
    }
}
