//! How long each wait may take, beside the reason. Tests make them shorter.

use std::time::Duration;

/// Every bound of a session.
#[derive(Clone, Copy, Debug)]
pub struct Timing {
    /// TCP to one address: on a local network an answer takes milliseconds, over a bad Wi-Fi some retransmits.
    pub connect: Duration,
    /// The TLS handshake: one round trip and two signatures.
    pub tls: Duration,
    /// Both Hello frames; then the dialler's next frame, anew. With the two above, what is no Sampan is known within 15 s.
    pub hello: Duration,
    /// From PairShare to PairConfirm: nothing but arithmetic and two round trips.
    pub pairing: Duration,
    /// From Login or Introduce to the listener's Introduce: a password may wait behind eight others, each of them slowed down on purpose.
    pub login: Duration,
    /// From Offer (which has as long as Hello) to the end of the manifest: the longest one over a slow line. Without it a stranger who only
    /// says Ping would hold a place for ever.
    pub offer: Duration,
    /// For a person to read an offer and decide.
    pub decision: Duration,
    /// What the sender grants on top of `decision`: the receiver's clock starts later.
    pub decision_grace: Duration,
    /// Silence after which a side says Ping.
    pub ping: Duration,
    /// Silence after which the other side counts as gone: three pings were lost.
    pub idle: Duration,
    /// From Cancel to Cancelled, and for anything else that winds up: less than the 5 s in which a program stops, so
    /// that the end is still told.
    pub wind_up: Duration,
    /// For what the other side still says after our last frame.
    pub linger: Duration,
}

impl Default for Timing {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(5),
            tls: Duration::from_secs(5),
            hello: Duration::from_secs(5),
            pairing: Duration::from_secs(10),
            login: Duration::from_secs(40),
            offer: Duration::from_mins(2),
            decision: Duration::from_mins(10),
            decision_grace: Duration::from_secs(30),
            ping: Duration::from_secs(15),
            idle: Duration::from_secs(45),
            wind_up: Duration::from_secs(4),
            linger: Duration::from_secs(2),
        }
    }
}
