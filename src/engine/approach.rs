//! From an address to a listener that is trusted and that let us in: dial, greet, prove, introduce.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use tokio::time::{Instant, sleep_until};

use crate::engine::core::Core;
use crate::engine::parting::{close, leave};
use crate::engine::{Credentials, Peer, Proof, Remember, Target, failures};
use crate::model::{
    DeviceId, DeviceName, Failure, FailureKind, HostPort, Links, Moment, PairedDevice, Pinning, Policy,
    Sighting, Trust,
};
use crate::net::{Connection, NetError, connect};
use crate::pairing::{Channel, Errand, Knock, KnockError, Knocked, Needs, ProveError, knock};
use crate::session::{Link, LinkError, Meter, SessionError, introduce};
use crate::wire::Introduction;

/// How long we try again where the other side has no place for us: its strangers come and go within seconds.
const RETRY: Duration = Duration::from_secs(10);

/// Between two tries.
const RETRY_PAUSE: Duration = Duration::from_millis(500);

/// A listener that let us in.
pub(super) struct Approached {
    pub(super) link: Link,
    /// Who it is.
    pub(super) peer: Peer,
    /// Where it was reached.
    pub(super) address: HostPort,
}

/// Why there is no such listener.
pub(super) enum Denied {
    /// Another code could help: `failure` says why.
    ByCode(Failure),
    /// Another password could help, at this listener: it was trusted with that one.
    ByPassword {
        /// That it was wrong.
        failure: Failure,
        /// Who says so.
        by: DeviceId,
    },
    /// It is over.
    For(Failure),
}

/// What is to be sent: who took a part of it before is trusted to be the one that is meant.
pub(super) struct Sources<'a> {
    pub(super) paths: &'a [PathBuf],
    pub(super) links: Links,
}

/// Where a target is, and which device it must be.
struct Aim {
    address: HostPort,
    device: Option<DeviceId>,
    /// What a person calls it.
    called: String,
}

/// Finds a listener and gets in. Tries again for 10 s where it has no place. Errors: [`Denied`].
pub(super) async fn approach(
    core: &Arc<Core>,
    to: &Target,
    with: &Credentials,
    errand: Errand,
    sources: Option<&Sources<'_>>,
    meter: &Arc<Meter>,
) -> Result<Approached, Denied> {
    let aim = aim(core, to, with).await.map_err(Denied::For)?;
    let deadline = Instant::now() + RETRY;
    loop {
        match attempt(core, &aim, with, (errand, sources), meter).await {
            Err(Refusal::NoPlace(failure)) if Instant::now() + RETRY_PAUSE >= deadline => {
                return Err(Denied::For(failure));
            }
            Err(Refusal::NoPlace(_)) => sleep_until(Instant::now() + RETRY_PAUSE).await,
            Err(Refusal::Final(denied)) => return Err(denied),
            Ok(approached) => return Ok(approached),
        }
    }
}

async fn aim(core: &Core, to: &Target, with: &Credentials) -> Result<Aim, Failure> {
    match to {
        Target::Address(address) => {
            Ok(Aim { address: address.clone(), device: with.device, called: address.to_string() })
        }
        Target::Device(id) => {
            if let Some(named) = with.device.filter(|named| named != id) {
                let meant = Failure::here(FailureKind::WrongDevice).about(named.fingerprint().to_string());
                return Err(meant.because(id.fingerprint()));
            }
            let unknown = || Failure::here(FailureKind::NoSuchDevice).about(id.fingerprint().to_string());
            let device = core.records.device(id).await?.ok_or_else(unknown)?;
            let no_address = || Failure::here(FailureKind::NoAddress).about(device.name.to_string());
            let address = device.address.clone().ok_or_else(no_address)?;
            Ok(Aim { address, device: Some(*id), called: device.name.to_string() })
        }
    }
}

/// Why one try failed.
enum Refusal {
    /// There was no place; there may be one in a moment.
    NoPlace(Failure),
    /// The same would happen again.
    Final(Denied),
}

impl Refusal {
    /// After our share of a code was sent: who has it could try one guess at the code in each session, so the code must
    /// not be brought there once more, whatever the reason was. A person may bring another one.
    fn of_spent_code(self) -> Self {
        match self {
            Self::NoPlace(failure) => Self::Final(Denied::ByCode(failure)),
            Self::Final(denied) => Self::Final(denied),
        }
    }

    /// After a password was sent to this listener.
    fn of_password(self, by: DeviceId) -> Self {
        match self {
            Self::Final(Denied::For(failure)) if failure.kind == FailureKind::WrongPassword => {
                Self::Final(Denied::ByPassword { failure, by })
            }
            Self::Final(denied) => Self::Final(denied),
            Self::NoPlace(failure) => Self::NoPlace(failure),
        }
    }
}

impl From<Failure> for Refusal {
    fn from(failure: Failure) -> Self {
        match failure.kind {
            FailureKind::Busy => Self::NoPlace(failure),
            FailureKind::CodeNeeded
            | FailureKind::WrongCode
            | FailureKind::PairingBusy
            | FailureKind::PairingBroken => Self::Final(Denied::ByCode(failure)),
            _ => Self::Final(Denied::For(failure)),
        }
    }
}

async fn attempt(
    core: &Arc<Core>,
    aim: &Aim,
    with: &Credentials,
    (errand, sources): (Errand, Option<&Sources<'_>>),
    meter: &Arc<Meter>,
) -> Result<Approached, Refusal> {
    let connection = connect(&aim.address, &core.identity, core.connect_limits()).await;
    let connection = connection.map_err(|error| {
        let failure = failures::net(&error);
        // It may be a Sampan without a place for us, whose word on that was lost.
        if is_cut_short(&error) { Refusal::NoPlace(failure) } else { failure.into() }
    })?;
    let Connection { stream, device, ours, exporter, address } = connection;
    let known = core.records.device(&device).await?;
    if aim.device.is_some_and(|wanted| wanted != device) {
        let link = Link::new(stream, core.timing, Arc::clone(meter));
        close(core, link);
        return Err(wrong_device(&aim.called, device).into());
    }
    let mut link = Link::new(stream, core.timing, Arc::clone(meter));
    let goes_on = match sources {
        Some(sources) => {
            let before = core.records.outgoing(device, sources.paths, sources.links).await?;
            // Where the receiver never took it nothing is awaited, and it is an errand like any other.
            before.is_some_and(|outgoing| outgoing.is_accepted)
        }
        None => false,
    };
    let trust = if goes_on { Some(Trust::Agreed) } else { None };
    let trust = trust_in(known.as_ref(), device, with).or(trust);
    let is_meant = goes_on || known.is_some() || with.code.is_some() || with.device == Some(device);
    if !is_meant && let Some(expected) = expected_at(core, &aim.address) {
        close(core, link);
        // Whoever knows better reads the code of the one that answers.
        return Err(Refusal::Final(Denied::ByCode(wrong_device(&expected, device))));
    }
    let channel = Channel { ours, theirs: device, exporter: exporter.pair };
    let knocking = Knock {
        code: with.code.as_ref(),
        account: with.account.as_ref().map(|(name, password)| (name, password)),
        trust,
        errand: if goes_on { Errand::Continue } else { errand },
        login_binding: exporter.login,
    };
    let knocked = match knock(&mut link, channel, &knocking).await {
        Ok(knocked) => knocked,
        Err(error) => return Err(shut_out(core, link, error, address)),
    };
    let known_as = known.as_ref().map(|known| known.name.clone());
    let remembered = remember(core, aim, device, known, &knocked, with.remember).await?;
    let key = if remembered.is_some() { Some(core.records.discovery_key().await?) } else { None };
    let ours = Introduction { name: Some(core.device_name()), remembers: key };
    let limit = if with.account.is_some() { core.timing.login } else { core.timing.hello };
    let theirs = match introduce(&mut link, ours, limit).await {
        Ok(theirs) => theirs,
        Err(error) => {
            let refusal = match error {
                // It said Hello, so it is a Sampan; only its Introduce is late.
                SessionError::Late { .. } => {
                    leave(core, link, &error);
                    failures::session(&error).about(address.to_string()).into()
                }
                error => shut_out(core, link, KnockError::Session(error), address),
            };
            let refusal = if knocked.proven.is_some() { refusal.of_spent_code() } else { refusal };
            return Err(refusal.of_password(device));
        }
    };
    let peer = met(core, aim, device, (remembered, known_as), theirs, knocked.trust).await?;
    Ok(Approached { link, peer, address: aim.address.clone() })
}

fn wrong_device(expected: &str, got: DeviceId) -> Failure {
    let got = format_args!("what answers has the fingerprint {}", got.fingerprint()).to_string();
    Failure::there(FailureKind::WrongDevice).about(expected).because(got)
}

/// The paired device that was at this address last.
fn expected_at(core: &Core, address: &HostPort) -> Option<String> {
    core.outbox.read(|state| {
        let is_there = |device: &&PairedDevice| device.address.as_ref() == Some(address);
        state.devices.iter().find(is_there).map(|device| device.name.to_string())
    })
}

/// Whether the other side hung up in the middle of the handshake.
fn is_cut_short(error: &NetError) -> bool {
    use std::io::ErrorKind::{BrokenPipe, ConnectionAborted, ConnectionReset, UnexpectedEof};
    match error {
        NetError::NotSampan { source: Some(source), .. } => {
            matches!(source.kind(), UnexpectedEof | ConnectionReset | ConnectionAborted | BrokenPipe)
        }
        NetError::NotSampan { source: None, .. }
        | NetError::NameNotFound { .. }
        | NetError::NobodyListens { .. }
        | NetError::Unreachable { .. }
        | NetError::NoPlace { .. }
        | NetError::OtherVersion { .. } => false,
    }
}

fn trust_in(known: Option<&PairedDevice>, device: DeviceId, with: &Credentials) -> Option<Trust> {
    let named = || (with.device == Some(device)).then_some(Trust::Named);
    let waived = || (with.proof == Proof::Waived).then_some(Trust::Anyone);
    known.map(|_| Trust::Paired).or_else(named).or_else(waived)
}

/// Remembers a listener that proved the code, if a person wants that. Gives what is remembered of it.
async fn remember(
    core: &Arc<Core>,
    aim: &Aim,
    device: DeviceId,
    known: Option<PairedDevice>,
    knocked: &Knocked,
    remember: Remember,
) -> Result<Option<PairedDevice>, Failure> {
    let now = Moment::from(SystemTime::now());
    match (known, &knocked.proven, remember) {
        (None, Some(proven), Remember::Yes) if proven.peer() == device => {
            let paired = PairedDevice {
                id: device,
                // Its name is told only after this; until then it is called like its address.
                name: DeviceName::new(&aim.called).unwrap_or_else(|| core.device_name()),
                policy: Policy::Ask,
                address: Some(aim.address.clone()),
                paired_at: now,
                seen_at: now,
                discovery: None,
                pinning: Pinning::OneSided,
            };
            core.records.remember(paired.clone()).await?;
            core.tell_devices().await;
            Ok(Some(paired))
        }
        (known, _, _) => Ok(known),
    }
}

/// Writes down what it said of itself, and says who it is.
async fn met(
    core: &Arc<Core>,
    aim: &Aim,
    device: DeviceId,
    (remembered, known_as): (Option<PairedDevice>, Option<DeviceName>),
    theirs: Introduction,
    trust: Trust,
) -> Result<Peer, Failure> {
    let remembers_us = theirs.remembers.is_some();
    let mut is_namesake = false;
    // The name it had when it was paired stays: else it could take one that means another computer here.
    let called = known_as.or(theirs.name);
    if let Some(paired) = remembered {
        let name = called.clone().unwrap_or(paired.name);
        let sighting = Sighting {
            name,
            address: Some(aim.address.clone()),
            discovery: theirs.remembers,
            pinning: if remembers_us { Pinning::Mutual } else { Pinning::OneSided },
            at: SystemTime::now().into(),
        };
        core.records.seen(&device, sighting).await?;
        core.tell_devices().await;
    } else {
        is_namesake = core.is_name_taken(called.as_ref(), device).await;
    }
    let address = aim.address.to_string();
    Ok(Peer { name: called, id: Some(device), trust: Some(trust), remembers_us, is_namesake, address })
}

/// What a closed door means for a person.
fn shut_out(core: &Arc<Core>, link: Link, error: KnockError, address: SocketAddr) -> Refusal {
    let chain = failures::chain(&error);
    let failure = match error {
        KnockError::Needs(needs) => {
            close(core, link);
            Failure::there(match needs {
                Needs::Code => FailureKind::CodeNeeded,
                Needs::Account => FailureKind::AccountNeeded,
                Needs::NoAccount => FailureKind::NoAccounts,
                Needs::ProofForPassword => FailureKind::PasswordNotSafe,
                Needs::Carelessness => FailureKind::NothingProven,
                Needs::Admission => FailureKind::NotAdmitted,
            })
        }
        KnockError::Code(ProveError::WrongCode) => {
            close(core, link);
            Failure::there(FailureKind::WrongCode)
        }
        KnockError::Code(ProveError::NotProven | ProveError::Share(_)) => {
            close(core, link);
            Failure::there(FailureKind::NotProven)
        }
        KnockError::Code(ProveError::Session(error @ SessionError::Left(_))) => {
            return shut_out(core, link, KnockError::Session(error), address).of_spent_code();
        }
        KnockError::Code(ProveError::Session(error)) => {
            leave(core, link, &error);
            Failure::there(FailureKind::PairingBroken)
        }
        KnockError::Session(SessionError::Late { .. }) => Failure::there(FailureKind::NotSampan),
        KnockError::Session(error @ SessionError::Link(LinkError::Closed | LinkError::Broken(_))) => {
            leave(core, link, &error);
            return Refusal::NoPlace(failures::session(&error).about(address.to_string()));
        }
        KnockError::Session(error) => {
            leave(core, link, &error);
            return failures::session(&error).into();
        }
    };
    failure.about(address.to_string()).because(chain).into()
}
