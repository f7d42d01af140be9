//! The dialler's half of the greeting with any bytes from the other side.

use std::sync::Arc;

use sampan::model::{AccountName, Code, DeviceId, DeviceName, Password, Trust, Way};
use sampan::pairing::{Channel, Errand, Knock, KnockError, ProveError, Showing, knock};
use sampan::session::{Link, Timing, introduce};
use sampan::wire::{ByeReason, Frame, Hello, Introduction, Kind};

use super::far;
use crate::support::piped::{Peer, Said};

/// The first byte says how far the listener goes politely, whether it then closes or falls silent, and what the dialler
/// brings: bit 3 a code, bit 4 an account, bit 5 that it is paired with this device.
pub(crate) fn run(data: &[u8]) -> String {
    let Some((first, noise)) = data.split_first() else { return String::new() };
    far::run(hears(*first, noise))
}

async fn hears(first: u8, noise: &[u8]) -> String {
    let (mut peer, stream) = Peer::roomy();
    let code: Option<Code> = (first & 8 != 0).then(|| "123456".parse().unwrap());
    let account = (AccountName::parse("anna").unwrap(), Password::new("correct horse").unwrap());
    let trust = (first & 32 != 0).then_some(Trust::Paired);
    let knocking = Knock {
        code: code.as_ref(),
        account: (first & 16 != 0).then_some((&account.0, &account.1)),
        trust: trust.clone(),
        errand: Errand::Send,
        login_binding: [4; 32],
    };
    let mut link = Link::new(stream, Timing::default(), Arc::default());
    let dials = async {
        let channel = Channel { ours: id(1), theirs: id(2), exporter: [3; 32] };
        let knocked = knock(&mut link, channel, &knocking).await;
        let met = match &knocked {
            Ok(_) => {
                let ours = Introduction { name: DeviceName::new("our own"), remembers: None };
                introduce(&mut link, ours, Timing::default().login).await.is_ok()
            }
            Err(_) => false,
        };
        match &knocked {
            Err(KnockError::Session(error)) if error.is_peers_fault() => {
                link.leave(ByeReason::Protocol, "").await;
            }
            Ok(_) | Err(_) => link.close().await,
        }
        (knocked, met)
    };
    let (polite, then) = far::beginning(first);
    let listens = async {
        let mut said = Vec::new();
        if polite > 0 {
            let admits = vec![Way::Code, Way::Account];
            peer.send(Frame::Hello(Hello { version: String::new(), features: Vec::new(), admits })).await;
            peer.expect(Kind::Hello).await;
        }
        if polite > 1 && code.is_some() {
            answer(&mut peer).await;
        }
        far::says(&mut peer, noise, then, &mut said).await;
        said
    };
    let ((knocked, met), said) = far::in_time(async { tokio::join!(dials, listens) }).await;
    let proven = knocked.as_ref().is_ok_and(|knocked| knocked.proven.is_some());
    assert!(!proven, "nobody proves a code he does not know");
    assert!(trust.is_some() || knocked.is_err(), "nobody is trusted who proved nothing");
    if knocked.is_err() || trust.is_none() {
        let secrets = |said: &Said| matches!(said, Said::Frame(Frame::Login(_) | Frame::Introduce(_)));
        assert!(!said.iter().any(secrets), "neither password nor name goes to who proved nothing: {said:?}");
    }
    let how = match knocked {
        Ok(knocked) => format!("{:?}", knocked.trust),
        Err(KnockError::Code(ProveError::WrongCode)) => "wrong code".to_owned(),
        Err(error) => format!("{error:?}"),
    };
    format!("{polite} {then:?} {} {met} {how}", first & 0x38)
}

/// Answers the dialler's share with one that fits another code.
async fn answer(peer: &mut Peer) {
    if let Said::Frame(Frame::PairShare(theirs)) = peer.read_for_ever().await {
        let channel = Channel { ours: id(2), theirs: id(1), exporter: [3; 32] };
        let (_, share) = Showing::answer(&"000000".parse().unwrap(), channel, &theirs).unwrap();
        peer.send(Frame::PairShare(share)).await;
    }
}

fn id(number: u8) -> DeviceId {
    DeviceId::from_bytes([number; 32])
}
