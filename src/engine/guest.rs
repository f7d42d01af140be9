//! Letting somebody in: handshake, greeting, and who he is. What he wants comes after that.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::SystemTime;

use tokio::net::TcpStream;

use crate::engine::admission::{self, Door};
use crate::engine::core::Core;
use crate::engine::parting::{last_word, refuse};
use crate::engine::places::{Seat, Standing};
use crate::engine::{Event, Memory, Peer, failures};
use crate::model::{
    DEFAULT_PORT, DeviceId, DeviceName, DiscoveryKey, Failure, Moment, PairedDevice, Pinning, Policy,
    Sighting,
};
use crate::net::{Connection, accept};
use crate::pairing::{AdmitError, Admitted, Channel, admit};
use crate::session::{Link, Meter, introduce_back};
use crate::wire::{ByeReason, Introduction};

/// Somebody who was let in.
pub(super) struct Guest {
    pub(super) link: Link,
    pub(super) meter: Arc<Meter>,
    /// Freed when the session ends.
    pub(super) seat: Seat,
    pub(super) device: DeviceId,
    pub(super) address: SocketAddr,
    pub(super) admitted: Admitted,
    /// What is remembered of it.
    pub(super) known: Option<PairedDevice>,
    /// Whether it can be remembered.
    pub(super) memory: Memory,
}

/// Handshake, greeting, and the answer to its Introduce. `None`: it was turned away, or went. Whoever is turned away has
/// his place until he is gone, so that a crowd of those costs no more than a crowd of others.
pub(super) async fn let_in(
    core: &Arc<Core>,
    tcp: TcpStream,
    address: SocketAddr,
    standing: Standing,
) -> Option<Guest> {
    let connection = accept(tcp, address, &core.identity, core.connect_limits()).await;
    let Connection { stream, device, ours, exporter, .. } = connection
        .map_err(|error| core.strangers.turned_away("no handshake", &failures::net(&error)))
        .ok()?;
    let meter = Arc::new(Meter::limited(Arc::clone(&core.speed)));
    let mut link = Link::new(stream, core.timing, Arc::clone(&meter));
    let known = match core.records.device(&device).await {
        Ok(known) => known,
        Err(failure) => {
            // Without the database nobody is known; that must be seen, and not be taken for "no such device".
            core.fact(Event::Notice(failure));
            link.leave(ByeReason::Other, "").await;
            return None;
        }
    };
    let channel = Channel { ours, theirs: device, exporter: exporter.pair };
    let door = Door { core: Arc::clone(core), address: address.ip(), device, login_binding: exporter.login };
    let is_awaited = core.records.awaits(device).await.unwrap_or(false);
    let ways = admission::ways(core.acceptance, core.settings().strangers, known.as_ref(), is_awaited);
    let admitted = match admit(&mut link, channel, &ways, &door).await {
        Ok(Some(admitted)) => admitted,
        Ok(None) => {
            link.close().await;
            return None;
        }
        Err(error) => {
            turned_away(core, link, address, error).await;
            return None;
        }
    };
    let seat = match standing.sit(device) {
        Ok(seat) => seat,
        Err(_standing) => {
            link.leave(ByeReason::Busy, "").await;
            return None;
        }
    };
    let guest = Guest { link, meter, seat, device, address, admitted, known, memory: Memory::NotOffered };
    match guest.introduce_us(core).await {
        Ok(guest) => Some(guest),
        Err((link, failure)) => {
            core.fact(Event::Notice(failure));
            refuse(core, link, ByeReason::Other);
            None
        }
    }
}

impl Guest {
    /// Writes down what it said of itself, remembers it if nobody is there to be asked, and introduces us.
    /// Errors: the database's; without it nobody may be taken for somebody.
    async fn introduce_us(mut self, core: &Arc<Core>) -> Result<Self, (Link, Failure)> {
        match self.note(core).await {
            Ok(ours) => {
                introduce_back(&self.link, ours).await;
                Ok(self)
            }
            Err(failure) => Err((self.link, failure)),
        }
    }

    async fn note(&mut self, core: &Arc<Core>) -> Result<Introduction, Failure> {
        let has_proven = self.admitted.proven() == Some(self.device);
        self.memory = match (has_proven && self.known.is_none(), &self.admitted.introduction().remembers) {
            (false, _) => Memory::NotOffered,
            (true, None) => Memory::Offered,
            (true, Some(_)) => Memory::Wished,
        };
        if self.memory == Memory::Wished && !core.acceptance.has_person() {
            self.remember(core).await?;
        } else if let Some(known) = &self.known {
            core.records.seen(&self.device, self.sighting(known)).await?;
            core.tell_devices().await;
        }
        let key = if self.known.is_some() { Some(core.records.discovery_key().await?) } else { None };
        Ok(Introduction { name: Some(core.device_name()), remembers: key })
    }

    /// Whether what is remembered of it still allows what it was let in for. A person may have forgotten or blocked it
    /// meanwhile, also with a command of its own.
    pub(super) async fn is_still_so(&self, core: &Core) -> bool {
        match (&self.known, core.records.device(&self.device).await) {
            (None, Ok(_)) => true,
            (Some(_), Ok(Some(now))) => now.policy != Policy::Block,
            (Some(_), Ok(None)) | (_, Err(_)) => false,
        }
    }

    /// Remembers it from now on. Errors: the database's.
    pub(super) async fn remember(&mut self, core: &Core) -> Result<(), Failure> {
        let now = Moment::from(SystemTime::now());
        let address = self.address.ip().to_canonical().to_string();
        let Introduction { name, remembers } = self.admitted.introduction();
        let paired = PairedDevice {
            id: self.device,
            name: name.clone().or_else(|| DeviceName::new(&address)).unwrap_or_else(|| core.device_name()),
            policy: Policy::Ask,
            // It dialled from some port, and where it listens is not known. Its usual one is the best guess: what answers
            // there must prove its key.
            address: Some(SocketAddr::new(self.address.ip().to_canonical(), DEFAULT_PORT).into()),
            paired_at: now,
            seen_at: now,
            discovery: remembers.clone(),
            pinning: pinning(remembers.as_ref()),
        };
        core.records.remember(paired.clone()).await?;
        core.tell_devices().await;
        self.known = Some(paired);
        self.memory = Memory::NotOffered;
        Ok(())
    }

    fn sighting(&self, known: &PairedDevice) -> Sighting {
        let Introduction { remembers, .. } = self.admitted.introduction();
        Sighting {
            // The one it had when it was paired: else it could take one that means another computer here.
            name: known.name.clone(),
            address: None,
            discovery: remembers.clone(),
            pinning: pinning(remembers.as_ref()),
            at: SystemTime::now().into(),
        }
    }

    /// As a person sees it.
    pub(super) async fn peer(&self, core: &Core) -> Peer {
        let Introduction { name, remembers } = self.admitted.introduction();
        let is_namesake = self.known.is_none() && core.is_name_taken(name.as_ref(), self.device).await;
        let known_as = self.known.as_ref().map(|known| known.name.clone());
        Peer {
            name: known_as.or_else(|| name.clone()),
            id: Some(self.device),
            trust: Some(self.admitted.trust().clone()),
            remembers_us: remembers.is_some(),
            is_namesake,
            address: self.address.ip().to_canonical().to_string(),
        }
    }
}

fn pinning(their_key: Option<&DiscoveryKey>) -> Pinning {
    if their_key.is_some() { Pinning::Mutual } else { Pinning::OneSided }
}

/// Tells somebody why he is not let in.
async fn turned_away(core: &Arc<Core>, link: Link, address: SocketAddr, error: AdmitError) {
    match error {
        AdmitError::Refused(reason) => {
            // Where nobody sits in front, this is how a person learns later who guessed.
            core.strangers.turned_away("refused", &format_args!("{reason:?}, {address}"));
            link.leave(reason, "").await;
        }
        AdmitError::Session(error) => {
            core.strangers.turned_away("no greeting", &failures::session(&error));
            if let Some((reason, detail)) = last_word(&error) {
                link.leave(reason, &detail).await;
            }
        }
        AdmitError::Pairing(error) => {
            tracing::warn!(error = failures::chain(&error), "a pairing went wrong");
            link.leave(ByeReason::Protocol, "").await;
        }
    }
}
