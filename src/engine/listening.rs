//! Receive, switched on: the accept loop.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::time::{Instant, sleep_until};
use tokio_util::sync::CancellationToken;

use crate::engine::core::Core;
use crate::engine::places::Full;
use crate::engine::{Command, Event, Lasting, ListenOn, Receiving, failures, incoming};
use crate::model::LAST_PORT;
use crate::net::{ListenError, Listener, dialable, turn_away};

/// After a failed accept (too many open files, above all) we look again this much later instead of spinning.
const ACCEPT_PAUSE: Duration = Duration::from_millis(200);

/// A running accept loop; dropping it ends the loop, not the sessions.
pub(super) struct Listening {
    pub(super) on: ListenOn,
    pub(super) lasting: Lasting,
    bound: Vec<SocketAddr>,
    accepting: CancellationToken,
    /// Ends the wait for the end of what it lasts.
    clock: CancellationToken,
}

impl Listening {
    /// Starts listening and says so; `None` if that failed, which is said too. Sessions end with `receiving` unless
    /// somebody agreed to what they bring.
    pub(super) fn start(
        core: &Arc<Core>,
        on: ListenOn,
        lasting: Lasting,
        receiving: &CancellationToken,
        commands: &mpsc::WeakSender<Command>,
    ) -> Option<Self> {
        match bind(on) {
            Ok(listener) => {
                let bound = listener.addresses();
                tracing::info!(?bound, "receiving");
                let accepting = receiving.child_token();
                let sessions = Sessions { core: Arc::clone(core), receiving: receiving.clone() };
                let records = core.records.clone();
                core.spawn(async move { records.clear_delivered().await });
                core.desk.put_out(core); // first: whoever sees that we receive sees the code
                let clock = accepting.child_token();
                let mut listening = Self { on, lasting, bound, accepting, clock };
                listening.stay(core, lasting, commands);
                core.spawn(sessions.accept(listener, listening.accepting.clone()));
                Some(listening)
            }
            Err(error) => {
                core.fact(Event::Receiving(Receiving::Failed(failures::listen(&error))));
                None
            }
        }
    }

    /// Has it go on this long from now, and says so. The port stays bound: bound anew it might be another one, because
    /// the old socket takes a moment to go.
    pub(super) fn stay(&mut self, core: &Arc<Core>, lasting: Lasting, commands: &mpsc::WeakSender<Command>) {
        self.clock.cancel();
        self.clock = self.accepting.child_token();
        self.lasting = lasting;
        core.receive_again(lasting);
        let until = match lasting {
            Lasting::For(time) => Some(Instant::now() + time),
            Lasting::UntilOff | Lasting::OneTransfer => None,
        };
        core.spawn(switch_off(Arc::clone(core), until, self.clock.clone(), commands.clone()));
        let (dial, bound) = (dialable(&self.bound), self.bound.clone());
        let until = until.map(Instant::into_std);
        core.fact(Event::Receiving(Receiving::On { dial, bound, lasting, until }));
    }
}

/// Switches Receive off when its time is over, or its one transfer.
async fn switch_off(
    core: Arc<Core>,
    until: Option<Instant>,
    clock: CancellationToken,
    commands: mpsc::WeakSender<Command>,
) {
    let time = async {
        match until {
            Some(until) => sleep_until(until).await,
            None => core.turn.over().await,
        }
    };
    tokio::select! {
        () = clock.cancelled() => {}
        () = time => if let Some(commands) = commands.upgrade() {
            commands.send(Command::StopReceiving).await.ok();
        },
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
        loop {
            let accepted = tokio::select! {
                accepted = listener.accept() => accepted,
                () = accepting.cancelled() => return,
            };
            match accepted {
                Ok((tcp, address)) => match self.core.places.stand(address.ip(), Instant::now().into_std()) {
                    Ok(standing) => {
                        let (core, receiving) = (Arc::clone(&self.core), self.receiving.clone());
                        self.core.spawn(incoming::serve(core, tcp, address, receiving, standing));
                    }
                    // With seven bytes and nothing more, not even a task. A Sampan tries again.
                    Err(Full) => turn_away(&tcp),
                },
                Err(error) => {
                    tracing::warn!(%error, "a connection could not be accepted");
                    sleep_until(Instant::now() + ACCEPT_PAUSE).await;
                }
            }
        }
    }
}
