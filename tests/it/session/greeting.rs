//! The greeting on both sides: codes, logins and introductions, spoken by hand on the other end.

use std::sync::{Arc, Mutex};

use sampan::model::{AccountName, Code, DeviceId, Trust, Way};
use sampan::pairing::{
    AdmitError, Admitted, Attempt, Channel, DeskRefusal, Errand, Gate, Knock, KnockError, Knocked,
    ProveError, Showing, Tried, Typing, admit, knock,
};
use sampan::session::{Link, LinkError, SessionError, Timing, introduce, own_hello, remember_me};
use sampan::wire::{ByeReason, Frame, Hello, Introduction, Kind, Login};
use tokio::io::DuplexStream;

use crate::session::table::{frame, say_last};
use crate::support::piped::{Offering, Peer};
use crate::support::within;

const BOTH: [Way; 2] = [Way::Code, Way::Account];

fn code() -> Code {
    "123456".parse().unwrap()
}

/// The same session, seen from both ends.
fn channels() -> (Channel, Channel) {
    let (a, b) = (DeviceId::from_bytes([1; 32]), DeviceId::from_bytes([2; 32]));
    (Channel { ours: a, theirs: b, exporter: [3; 32] }, Channel { ours: b, theirs: a, exporter: [3; 32] })
}

fn introduction() -> Introduction {
    Introduction { name: None, remembers: None }
}

/// A receiver's gate with one code, one account, and a memory.
#[derive(Clone, Default)]
pub(crate) struct Doorman {
    tried: Arc<Mutex<Vec<Tried>>>,
}

pub(crate) struct OneTry(Code, Arc<Mutex<Vec<Tried>>>);

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
        Ok(OneTry(code(), Arc::clone(&self.tried)))
    }

    async fn login(&self, login: Login) -> Result<AccountName, ByeReason> {
        login.account.filter(|_| login.password.as_str() == "secret").ok_or(ByeReason::WrongPassword)
    }
}

impl Doorman {
    fn tried(&self) -> Vec<Tried> {
        self.tried.lock().unwrap().clone()
    }

    /// Lets somebody in over a stream, or not, and says goodbye as the engine does.
    async fn serve(
        self,
        stream: DuplexStream,
        ways: &[Way],
        timing: Timing,
    ) -> Result<Option<Admitted>, AdmitError> {
        let mut link = Link::new(stream, timing, Arc::default());
        let result = admit(&mut link, channels().1, ways, &self).await;
        match &result {
            Ok(_) => link.close().await,
            Err(AdmitError::Refused(reason)) => link.leave(*reason, "").await,
            Err(AdmitError::Session(_) | AdmitError::Pairing(_)) => link.leave(ByeReason::Protocol, "").await,
        }
        result
    }
}

/// A receiver's state of the greeting.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Listening {
    Hello,
    Door,
    Proving,
    Proven,
    Logged,
}

impl Listening {
    pub(super) fn of(state: &str) -> Option<Self> {
        Some(match state {
            "Hello" => Self::Hello,
            "Door" => Self::Door,
            "Proving" => Self::Proving,
            "Proven" => Self::Proven,
            "Logged" => Self::Logged,
            _ => return None,
        })
    }

    /// What comes of a frame of this kind, said in this state and nothing after it.
    pub(super) async fn hear(self, kind: Kind) -> Result<(), SessionError> {
        let (mut peer, stream) = Peer::roomy();
        let serve = Doorman::default().serve(stream, &BOTH, Timing::default());
        let play = async {
            let (typing, share) = Typing::start(&code(), channels().0).unwrap();
            let mut confirm = None;
            if self != Self::Hello {
                peer.hello().await;
            }
            if matches!(self, Self::Proving | Self::Proven) {
                peer.send(Frame::PairShare(share)).await;
                let Frame::PairShare(theirs) = peer.expect(Kind::PairShare).await else { panic!() };
                confirm = Some(Frame::PairConfirm(typing.confirm(&theirs).unwrap().1));
            } else if self == Self::Door && kind == Kind::PairShare {
                peer.send(Frame::PairShare(share)).await;
                return drop((peer.shut_down().await, peer.rest().await));
            }
            if self == Self::Proven {
                peer.send(confirm.take().unwrap()).await;
                peer.expect(Kind::PairConfirm).await;
            }
            if self == Self::Logged {
                peer.send(frame(Kind::Login, &Offering::of([("a", 5)])).unwrap()).await;
            }
            match confirm {
                Some(confirm) if kind == Kind::PairConfirm => {
                    peer.send(confirm).await;
                    peer.shut_down().await;
                    peer.rest().await;
                }
                _ => say_last(peer, kind, &Offering::of([("a", 5)])).await,
            }
        };
        match within("the greeting's end", async { tokio::join!(serve, play).0 }).await {
            Ok(Some(_) | None) | Err(AdmitError::Refused(_)) => Ok(()),
            Err(AdmitError::Session(SessionError::Link(LinkError::Closed))) if self == Self::Proving => {
                Ok(())
            }
            Err(AdmitError::Session(error)) => Err(error),
            Err(AdmitError::Pairing(error)) => panic!("{error}"),
        }
    }
}

/// Says one frame, ends the writing side, and hears the session out.
async fn say(mut peer: Peer, frame: Frame) {
    peer.send(frame).await;
    peer.shut_down().await;
    peer.rest().await;
}

/// A sender's state of the greeting, or of asking to be remembered.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Knocking {
    Hello,
    Share,
    Confirm,
    Introduce,
    Remembering,
}

impl Knocking {
    pub(super) fn of(state: &str) -> Option<Self> {
        Some(match state {
            "Hello" => Self::Hello,
            "Share" => Self::Share,
            "Confirm" => Self::Confirm,
            "Introduce" => Self::Introduce,
            "Remembering" => Self::Remembering,
            _ => return None,
        })
    }

    /// What comes of a frame of this kind, said in this state and nothing after it.
    pub(super) async fn hear(self, kind: Kind) -> Result<(), SessionError> {
        let (mut peer, stream) = Peer::roomy();
        let play = async {
            if self == Self::Hello {
                return say_last(peer, kind, &Offering::of([("a", 5)])).await;
            }
            let admits = vec![Way::Code];
            peer.send(Frame::Hello(Hello { admits, ..own_hello() })).await;
            peer.expect(Kind::Hello).await;
            let Frame::PairShare(theirs) = peer.expect(Kind::PairShare).await else { panic!() };
            let (showing, share) = Showing::answer(&code(), channels().1, &theirs).unwrap();
            if self == Self::Share {
                return match kind {
                    Kind::PairShare => say(peer, Frame::PairShare(share)).await,
                    kind => say_last(peer, kind, &Offering::of([("a", 5)])).await,
                };
            }
            peer.send(Frame::PairShare(share)).await;
            let Frame::PairConfirm(theirs) = peer.expect(Kind::PairConfirm).await else { panic!() };
            let confirm = Frame::PairConfirm(showing.check(&theirs).unwrap().1);
            if self == Self::Confirm {
                return match kind {
                    Kind::PairConfirm => say(peer, confirm).await,
                    kind => say_last(peer, kind, &Offering::of([("a", 5)])).await,
                };
            }
            peer.send(confirm).await;
            peer.expect(Kind::Introduce).await;
            if self == Self::Remembering {
                peer.send(Frame::Introduce(introduction())).await;
                peer.expect(Kind::Remember).await;
            }
            say_last(peer, kind, &Offering::of([("a", 5)])).await;
        };
        let dial = async {
            let mut link = Link::new(stream, Timing::default(), Arc::default());
            let result = self.dial(&mut link).await;
            match &result {
                Err(error) if error.is_peers_fault() => link.leave(ByeReason::Protocol, "").await,
                Ok(()) | Err(_) => link.close().await,
            }
            result
        };
        match within("the greeting's end", async { tokio::join!(dial, play).0 }).await {
            Err(SessionError::Link(LinkError::Closed)) if kind != Kind::Bye && self != Self::Remembering => {
                Ok(())
            }
            result => result,
        }
    }

    async fn dial(self, link: &mut Link) -> Result<(), SessionError> {
        let code = code();
        let (account, trust) = (None, None);
        let knocking =
            Knock { code: Some(&code), account, trust, errand: Errand::Send, login_binding: [0; 32] };
        match knock(link, channels().0, &knocking).await {
            Ok(_) => {}
            Err(KnockError::Session(error) | KnockError::Code(ProveError::Session(error))) => {
                return Err(error);
            }
            Err(KnockError::Code(_) | KnockError::Needs(_)) => return Ok(()),
        }
        introduce(link, introduction(), Timing::default().hello).await?;
        if self == Self::Remembering {
            remember_me(link).await?;
        }
        Ok(())
    }
}

/// Both ends for real, over a pipe: the dialler with this code, the listener with its own.
async fn meet(ours: Channel, theirs: Channel, typed: &Code) -> (Result<Knocked, KnockError>, Vec<Tried>) {
    let (a, b) = tokio::io::duplex(1024);
    let doorman = Doorman::default();
    let listen = async {
        let mut link = Link::new(b, Timing::default(), Arc::default());
        let result = admit(&mut link, theirs, &[Way::Code], &doorman).await;
        match result {
            Ok(_) => link.close().await,
            Err(AdmitError::Refused(reason)) => link.leave(reason, "").await,
            Err(AdmitError::Session(_) | AdmitError::Pairing(_)) => link.leave(ByeReason::Protocol, "").await,
        }
    };
    let dial = async {
        let mut link = Link::new(a, Timing::default(), Arc::default());
        let (account, trust) = (None, None);
        let knocking =
            Knock { code: Some(typed), account, trust, errand: Errand::Send, login_binding: [0; 32] };
        let result = knock(&mut link, ours, &knocking).await;
        link.close().await;
        result
    };
    let both = Box::pin(async { tokio::join!(listen, dial) });
    let ((), result) = within("the meeting", both).await;
    (result, doorman.tried())
}

#[tokio::test]
async fn the_right_code_proves_both_sides_and_a_wrong_one_neither() {
    let (ours, theirs) = channels();
    let (result, tried) = meet(ours, theirs, &code()).await;
    let knocked = result.unwrap();
    assert_eq!((knocked.trust, knocked.proven.unwrap().peer()), (Trust::Code, DeviceId::from_bytes([2; 32])));
    assert_eq!(tried, [Tried::Right]);
    let (ours, theirs) = channels();
    let (result, tried) = meet(ours, theirs, &"123457".parse().unwrap()).await;
    assert_is!(result, Err(KnockError::Code(ProveError::WrongCode)));
    assert_eq!(tried, [Tried::Wrong]);
}

#[tokio::test]
async fn a_man_in_the_middle_who_passes_every_frame_on_is_caught_in_a_thousand_of_a_thousand_tries() {
    for n in 0..1_000_u16 {
        let [high, low] = n.to_be_bytes();
        // He ends TLS on both sides: to each he shows an id of his own, and both sessions have other secrets.
        let middle = |side: u8| DeviceId::from_bytes([0xee ^ side ^ low; 32]);
        let (a, b) = (DeviceId::from_bytes([1; 32]), DeviceId::from_bytes([2; 32]));
        let exporter = |side: u8| [side ^ high ^ low; 32];
        let ours = Channel { ours: a, theirs: middle(1), exporter: exporter(0x10) };
        let theirs = Channel { ours: b, theirs: middle(2), exporter: exporter(0x20) };
        let (result, tried) = meet(ours, theirs, &code()).await;
        assert_is!(result, Err(KnockError::Code(ProveError::WrongCode)));
        assert_eq!(tried, [Tried::Wrong], "{n}");
    }
}

#[tokio::test]
async fn who_hangs_up_after_our_share_has_spent_the_code() {
    let (mut peer, stream) = Peer::roomy();
    let doorman = Doorman::default();
    let serve = doorman.clone().serve(stream, &[Way::Code], Timing::default());
    let play = async {
        peer.hello().await;
        peer.send(Frame::PairShare(Typing::start(&code(), channels().0).unwrap().1)).await;
        peer.expect(Kind::PairShare).await;
        drop(peer);
    };
    let (result, ()) = within("the end", async { tokio::join!(serve, play) }).await;
    assert!(result.is_err());
    assert_eq!(doorman.tried(), [Tried::GaveUp]);
}

#[tokio::test]
async fn a_second_code_in_one_session_is_not_even_looked_at() {
    let (mut peer, stream) = Peer::roomy();
    let doorman = Doorman::default();
    let serve = doorman.clone().serve(stream, &[Way::Code], Timing::default());
    let play = async {
        peer.hello().await;
        let (typing, share) = Typing::start(&code(), channels().0).unwrap();
        peer.send(Frame::PairShare(share)).await;
        let Frame::PairShare(theirs) = peer.expect(Kind::PairShare).await else { panic!() };
        peer.send(Frame::PairConfirm(typing.confirm(&theirs).unwrap().1)).await;
        peer.expect(Kind::PairConfirm).await;
        peer.send(Frame::PairShare(Typing::start(&code(), channels().0).unwrap().1)).await;
        peer.expect(Kind::Bye).await;
    };
    let (result, ()) = within("the end", async { tokio::join!(serve, play) }).await;
    assert_is!(result, Err(AdmitError::Session(SessionError::Unexpected { got: Kind::PairShare, .. })));
    assert_eq!(doorman.tried(), [Tried::Right]);
}

#[tokio::test]
async fn an_offer_before_the_introduction_is_refused_before_its_body_is_read() {
    let (mut peer, stream) = Peer::roomy();
    let serve = Doorman::default().serve(stream, &[Way::Code], Timing::default());
    let play = async {
        peer.hello().await;
        // A head that promises a body which never comes.
        peer.raw(&[Kind::ManifestPage.number(), 0, 0, 0, 0, 1, 0, 0]).await;
        peer.expect(Kind::Bye).await;
    };
    let (result, ()) = within("the end", async { tokio::join!(serve, play) }).await;
    assert_is!(result, Err(AdmitError::Session(SessionError::Unexpected { got: Kind::ManifestPage, .. })));
}

#[tokio::test]
async fn who_talks_more_than_a_greeting_needs_is_hung_up_on() {
    let (mut peer, stream) = Peer::roomy();
    let serve = Doorman::default().serve(stream, &[Way::Code], Timing::default());
    let play = async {
        peer.hello().await;
        for _ in 0..=sampan::wire::limits::MAX_GREETING / 9 {
            peer.send(Frame::Ping).await;
        }
        peer.expect(Kind::Bye).await;
    };
    let (result, ()) = within("the end", async { tokio::join!(serve, play) }).await;
    assert_is!(result, Err(AdmitError::Session(SessionError::Link(LinkError::Talkative(_)))));
}

#[tokio::test]
async fn a_stranger_who_just_introduces_himself_is_not_admitted_and_hears_no_name() {
    let (mut peer, stream) = Peer::roomy();
    let serve = Doorman::default().serve(stream, &BOTH, Timing::default());
    let play = async {
        peer.hello().await;
        peer.send(Frame::Introduce(introduction())).await;
        let Frame::Bye(bye) = peer.expect(Kind::Bye).await else { panic!() };
        assert_eq!(bye.reason, ByeReason::NotAdmitted);
    };
    let (result, ()) = within("the end", async { tokio::join!(serve, play) }).await;
    assert_is!(result, Err(AdmitError::Refused(ByeReason::NotAdmitted)));
}

#[tokio::test(start_paused = true)]
async fn a_pairing_that_stands_still_is_over_after_10_s_and_spends_the_code() {
    let (mut peer, stream) = Peer::roomy();
    let doorman = Doorman::default();
    let serve = doorman.clone().serve(stream, &[Way::Code], Timing::default());
    let play = async {
        peer.hello().await;
        peer.send(Frame::PairShare(Typing::start(&code(), channels().0).unwrap().1)).await;
        while !matches!(peer.read_for_ever().await, crate::support::piped::Said::End) {}
    };
    let started = tokio::time::Instant::now();
    let (result, ()) = tokio::join!(serve, play);
    assert_is!(result, Err(AdmitError::Session(SessionError::Late { .. })));
    assert!(started.elapsed() <= std::time::Duration::from_secs(13), "{:?}", started.elapsed());
    assert_eq!(doorman.tried(), [Tried::GaveUp]);
}
