//! Pairing without files: a person here types the code that another computer shows, and both remember each other.

use std::sync::Arc;
use std::time::SystemTime;

use tokio_util::sync::CancellationToken;

use crate::engine::approach::{Approached, Denied, approach};
use crate::engine::core::Core;
use crate::engine::keeping::remember_address;
use crate::engine::parting::{close, leave};
use crate::engine::{Credentials, Event, Pairing, Remember, Target, WithoutCode};
use crate::model::{Code, DeviceId, DiscoveryKey, Failure, FailureKind, PairedDevice, Pinning, Sighting};
use crate::pairing::Errand;
use crate::session::remember_me;

/// Pairs, and says how it went. Begins when the one before has said its last word.
pub(super) async fn run(core: Arc<Core>, to: Target, typed: Code, cancel: CancellationToken) {
    let _turn = core.pairing.lock().await;
    core.fact(Event::Paired(Pairing::Connecting));
    let ended = tokio::select! {
        paired = pair(&core, &to, typed) => match paired {
            Ok(device) => Pairing::Done { device: Box::new(device) },
            Err(failure) => Pairing::Failed(failure),
        },
        () = cancel.cancelled() => Pairing::Idle,
    };
    core.tell_devices().await;
    core.fact(Event::Paired(ended));
}

async fn pair(core: &Arc<Core>, to: &Target, typed: Code) -> Result<PairedDevice, Failure> {
    let with = Credentials {
        code: Some(typed),
        remember: Remember::Yes,
        without_code: WithoutCode::End,
        ..Credentials::default()
    };
    let approached = approach(core, to, &with, Errand::Pair, None, &Arc::default()).await;
    let Approached { mut link, peer, address } = approached.map_err(|denied| match denied {
        Denied::ByCode(failure) | Denied::ByPassword { failure, .. } | Denied::For(failure) => failure,
    })?;
    remember_address(core, &address);
    let id = peer.id.ok_or_else(|| Failure::here(FailureKind::Internal))?;
    if peer.remembers_us {
        close(core, link);
        return paired(core, id).await;
    }
    core.fact(Event::Paired(Pairing::Asking));
    match remember_me(&mut link).await {
        Ok(answer) => {
            close(core, link);
            if let Some(key) = answer {
                remembered(core, id, key).await?;
            }
        }
        Err(error) => {
            // This side remembers that one. Whether that one does is not known, so it is shown as one-sided.
            tracing::info!(%error, "nobody said whether this device is remembered");
            leave(core, link, &error);
        }
    }
    paired(core, id).await
}

/// Writes down that the other device remembers this one.
pub(super) async fn remembered(core: &Core, id: DeviceId, discovery: DiscoveryKey) -> Result<(), Failure> {
    let device = paired(core, id).await?;
    let sighting = Sighting {
        name: device.name,
        address: None,
        discovery: Some(discovery),
        pinning: Pinning::Mutual,
        at: SystemTime::now().into(),
    };
    core.records.seen(&id, sighting).await.map(drop)
}

/// What is remembered now.
async fn paired(core: &Core, id: DeviceId) -> Result<PairedDevice, Failure> {
    let gone = || Failure::here(FailureKind::NoSuchDevice).about(id.fingerprint().to_string());
    core.records.device(&id).await?.ok_or_else(gone)
}
