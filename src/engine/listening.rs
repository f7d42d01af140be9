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

/// Sessions served at once. Whoever says nothing ends within 15 s, whoever offers nothing whole within some minutes.
const MAX_SESSIONS: usize = 256;

/// Sessions beyond that which are greeted, only to be told that we are busy. Those beyond these wait in the system's queue.
const MAX_TURNED_AWAY: usize = 16;

/// After a failed accept (too many open files, above all) we look again this much later instead of spinning.
const ACCEPT_PAUSE: Duration = Duration::from_millis(200);

/// A running accept loop; dropping it ends the loop, not the sessions.
pub(super) struct Listening {
    pub(super) on: ListenOn,
    accepting: CancellationToken,
}

impl Listening {
    /// Starts listening and says so; `None` if that failed, which is said too. Sessions end with `receiving` unless
    /// somebody agreed to what they bring.
    pub(super) fn start(core: &Arc<Core>, on: ListenOn, receiving: &CancellationToken) -> Option<Self> {
        match bind(on) {
            Ok(listener) => {
                let bound = listener.addresses();
                tracing::info!(?bound, "receiving");
                let accepting = receiving.child_token();
                let sessions = Sessions { core: Arc::clone(core), receiving: receiving.clone() };
                core.spawn(sessions.accept(listener, accepting.clone()));
                core.fact(Event::Receiving(Receiving::On { dial: dialable(&bound), bound }));
                Some(Self { on, accepting })
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
        self.accepting.cancel();
    }
}

fn bind(on: ListenOn) -> Result<Listener, ListenError> {
    match on {
        ListenOn::Any { port } => Listener::any(port..=port.max(LAST_PORT)),
        ListenOn::Exactly(address) => Listener::exactly(address),
    }
}

struct Sessions {
    core: Arc<Core>,
    receiving: CancellationToken,
}

impl Sessions {
    async fn accept(self, listener: Listener, accepting: CancellationToken) {
        let places = Arc::new(Semaphore::new(MAX_SESSIONS));
        let turned_away = Arc::new(Semaphore::new(MAX_TURNED_AWAY));
        loop {
            // Only who is about to be turned away waits here, and not for long.
            let chair = tokio::select! {
                chair = Arc::clone(&turned_away).acquire_owned() => chair.expect("the semaphore is never closed"),
                () = accepting.cancelled() => return,
            };
            let accepted = tokio::select! {
                accepted = listener.accept() => accepted,
                () = accepting.cancelled() => return,
            };
            match (accepted, Arc::clone(&places).try_acquire_owned()) {
                (Ok((tcp, address)), Ok(place)) => {
                    let session =
                        incoming::serve(Arc::clone(&self.core), tcp, address, self.receiving.clone());
                    self.core.spawn(async move {
                        session.await;
                        drop(place);
                    });
                }
                (Ok((tcp, address)), Err(_)) => {
                    let session = incoming::turn_away(Arc::clone(&self.core), tcp, address);
                    self.core.spawn(async move {
                        session.await;
                        drop(chair);
                    });
                }
                (Err(error), _) => {
                    tracing::warn!(%error, "a connection could not be accepted");
                    sleep_until(Instant::now() + ACCEPT_PAUSE).await;
                }
            }
        }
    }
}
