//! The listener's whole greeting with any bytes from the other side: Hello, pairing, login, Introduce, and what it wants.

use std::sync::{Arc, Mutex};

use sampan::model::{AccountName, Code, DeviceId, Way};
use sampan::pairing::{AdmitError, Attempt, Channel, DeskRefusal, Gate, Tried, Typing, admit};
use sampan::session::{Link, SessionError, Timing, introduce_back, request};
use sampan::wire::{ByeReason, Frame, Introduction, Kind, Login};

use super::far;
use crate::support::piped::{Peer, Said};

/// The first byte says how far the dialler goes politely, whether it then closes or falls silent (as for the other
/// sessions), and (bits 3 to 5) in which ways it may come in.
pub(crate) fn run(data: &[u8]) -> String {
    let Some((first, noise)) = data.split_first() else { return String::new() };
    far::run(hears(*first, noise))
}

async fn hears(first: u8, noise: &[u8]) -> String {
    let (mut peer, stream) = Peer::roomy();
    let (doorman, ways) = (Doorman::default(), ways(first));
    let mut link = Link::new(stream, Timing::default(), Arc::default());
    let listens = async {
        let channel = Channel { ours: id(2), theirs: id(1), exporter: [3; 32] };
        let admitted = admit(&mut link, channel, &ways, &doorman).await;
        let end = match &admitted {
            Ok(Some(_)) => {
                introduce_back(&link, Introduction { name: None, remembers: None }).await;
                format!("{:?}", request(&mut link).await)
            }
            Ok(None) => "went".to_owned(),
            Err(error) => format!("{error:?}"),
        };
        // As the engine parts from it.
        match &admitted {
            Ok(_) => link.close().await,
            Err(AdmitError::Refused(reason)) => link.leave(*reason, "").await,
            Err(AdmitError::Session(SessionError::Link(error))) if error.is_lost() => {}
            Err(AdmitError::Session(_) | AdmitError::Pairing(_)) => link.leave(ByeReason::Protocol, "").await,
        }
        (admitted.is_ok_and(|admitted| admitted.is_some()), end)
    };
    let (polite, then) = far::beginning(first);
    let dials = async {
        let mut said = Vec::new();
        if polite > 0 {
            peer.hello().await;
        }
        if polite > 1 && ways.contains(&Way::Code) {
            let channel = Channel { ours: id(1), theirs: id(2), exporter: [3; 32] };
            peer.send(Frame::PairShare(Typing::start(&wrong(), channel).unwrap().1)).await;
            peer.expect(Kind::PairShare).await;
        }
        far::says(&mut peer, noise, then, &mut said).await;
        said
    };
    let ((is_in, end), said) = far::in_time(async { tokio::join!(listens, dials) }).await;
    let told_a_name = said.iter().any(|said| matches!(said, Said::Frame(Frame::Introduce(_))));
    assert!(is_in || !told_a_name, "a name is told only to who is let in");
    let needs_no_proof = ways.contains(&Way::Known) || ways.contains(&Way::Anyone);
    assert!(needs_no_proof || !is_in, "nobody is let in who proved nothing");
    let tried = doorman.0.lock().unwrap().clone();
    assert!(tried.len() <= 1 && !tried.contains(&Tried::Right), "{tried:?}");
    format!("{polite} {then:?} {ways:?} {end} {tried:?}")
}

fn ways(first: u8) -> Vec<Way> {
    let of = |bit: u8, way: Way| (first & bit != 0).then_some(way);
    // Without any bit: what a receiver admits by default.
    let chosen: Vec<Way> =
        [of(8, Way::Known), of(16, Way::Account), of(32, Way::Anyone)].into_iter().flatten().collect();
    chosen.into_iter().chain([Way::Code]).collect()
}

fn id(number: u8) -> DeviceId {
    DeviceId::from_bytes([number; 32])
}

/// The code the other side politely tries.
fn wrong() -> Code {
    "000000".parse().unwrap()
}

/// Shows a code that no input can know the proof of, and has no account.
#[derive(Default)]
struct Doorman(Arc<Mutex<Vec<Tried>>>);

/// One try of it.
struct OneTry(Code, Arc<Mutex<Vec<Tried>>>);

impl Attempt for OneTry {
    fn code(&self) -> &Code {
        &self.0
    }

    fn end(self, tried: Tried) {
        self.1.lock().unwrap().push(tried);
    }
}

impl Gate for Doorman {
    type Attempt = OneTry;

    fn begin(&self) -> Result<OneTry, DeskRefusal> {
        Ok(OneTry("123456".parse().unwrap(), Arc::clone(&self.0)))
    }

    async fn login(&self, _login: Login) -> Result<AccountName, ByeReason> {
        Err(ByeReason::WrongPassword)
    }
}
