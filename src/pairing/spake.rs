//! SPAKE2: a code becomes a key that nobody in between can guess at leisure. All the mathematics of pairing stands here.
//!
//! The protocol is the one of the `spake2` crate, 0.4, group Ed25519. It is the one of python-spake2 too: points M and N
//! are those two libraries' own, not RFC 9382's, and its transcript is theirs. The tests hold it to python-spake2's
//! results. As far as we know nobody has audited the crate; it is small, and what it leaves out is done here: it takes
//! points outside the prime-order group and its own message back, we do not.
//!
//! Who *types* the code is SPAKE2's A, who *shows* it is B, whichever of them dialled. Bound into the key are the code,
//! both roles with both device ids (as TLS proved them), and the TLS session itself (its exporter):
//!
//! ```text
//! key           = SPAKE2(code, label of A + id of A, label of B + id of B)
//! a, b          = HKDF-SHA256(ikm = key, salt = exporter, info = label + id of A + id of B), 32 bytes each
//! A -> B share      B -> A share      A -> B a      B -> A b
//! ```
//!
//! A proves itself first, and B gives `b` only to who did: so a conversation tells a stranger that one guess was wrong,
//! and no more. Somebody between the two has two TLS sessions and two ids, and would need the code for each.
//!
//! ```text
//! types:  Typing  --their share--> AwaitingProof --their confirmation--> Proven
//! shows:  Showing (made of their share)          --their confirmation--> Proven
//! ```

use curve25519_dalek::edwards::CompressedEdwardsY;
use hkdf::Hkdf;
use rand_core::{CryptoRng, RngCore};
use sha2::Sha256;
use spake2::{Ed25519Group, Identity, Password, Spake2};

use super::random::{NoRandomness, random_bytes};
use crate::model::{Code, Confirmation, DeviceId, Share};

/// Stands before the id of who types the code.
const TYPES: &[u8] = b"sampan pairing v1: types the code\0";

/// Stands before the id of who shows the code.
const SHOWS: &[u8] = b"sampan pairing v1: shows the code\0";

/// What the confirmations are derived for.
const CONFIRMS: &[u8] = b"sampan pairing v1: confirms\0";

/// The first byte of A's share.
const ROLE_A: u8 = b'A';

/// The first byte of B's share.
const ROLE_B: u8 = b'B';

/// The TLS session that a pairing happens in.
pub struct Channel {
    /// This computer's id.
    pub ours: DeviceId,
    /// The peer's id, as its certificate proved it.
    pub theirs: DeviceId,
    /// 32 bytes that only the two ends of this session know: TLS's exporter for `EXPORTER-sampan-pair`.
    pub exporter: [u8; 32],
}

/// The side that types the code, with its share sent and the other one's awaited.
pub struct Typing {
    spake: Spake2<Ed25519Group>,
    ours: Share,
    channel: Channel,
}

/// The side that types the code, with its confirmation sent and the other one's awaited.
pub struct AwaitingProof {
    theirs: Confirmation,
    peer: DeviceId,
}

/// The side that shows the code, with its share sent and the other one's confirmation awaited.
pub struct Showing {
    confirmations: Confirmations,
    peer: DeviceId,
}

/// The peer knew the code. Only a checked confirmation makes one.
#[derive(Debug)]
pub struct Proven {
    peer: DeviceId,
}

/// Why no key can come of a share.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SpakeError {
    /// The peer sent our own point back.
    #[error("the peer sent our own share back")]
    Reflected,
    /// The peer's share is not that of the other role.
    #[error("the peer's share is for another role")]
    WrongRole,
    /// The peer's share is no point, or not one of the group's.
    #[error("the peer's share is not a point of the group")]
    NotAPoint,
    /// Ours to mend: no share can be made.
    #[error(transparent)]
    NoRandomness(#[from] NoRandomness),
}

/// The confirmation is not the one that the same code in the same session gives: a typing mistake, or somebody in between.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the code is not the same on both sides, or somebody stands between them")]
pub struct WrongCode;

impl Typing {
    /// Begins, with the code a person typed. Errors: [`SpakeError::NoRandomness`].
    pub fn start(code: &Code, channel: Channel) -> Result<(Self, Share), SpakeError> {
        Ok(Self::seeded(code, channel, Seed(random_bytes()?)))
    }

    fn seeded(code: &Code, channel: Channel, seed: Seed) -> (Self, Share) {
        let (a, b) = identities(&channel.ours, &channel.theirs);
        let (spake, message) = Spake2::start_a_with_rng(&Password::new(code.digits()), &a, &b, seed);
        let ours = share(&message);
        (Self { spake, ours, channel }, ours)
    }

    /// Takes the other side's share and makes our confirmation. Errors: what is wrong with the share.
    pub fn confirm(self, theirs: &Share) -> Result<(AwaitingProof, Confirmation), SpakeError> {
        let Self { spake, ours, channel } = self;
        let key = agree(spake, &ours, theirs, ROLE_B)?;
        let Confirmations { a, b } =
            Confirmations::derive(&key, &channel.exporter, &channel.ours, &channel.theirs);
        Ok((AwaitingProof { theirs: b, peer: channel.theirs }, a))
    }
}

impl AwaitingProof {
    /// Checks the other side's confirmation. Errors: [`WrongCode`].
    pub fn check(self, theirs: &Confirmation) -> Result<Proven, WrongCode> {
        proof(&self.theirs, theirs, self.peer)
    }
}

impl Showing {
    /// Answers a share, with the code that is shown here: from now on that code is spent, whatever follows.
    /// Errors: what is wrong with the share, or [`SpakeError::NoRandomness`].
    #[expect(
        clippy::needless_pass_by_value,
        reason = "a session is paired once: the channel goes with the pairing"
    )]
    pub fn answer(code: &Code, channel: Channel, theirs: &Share) -> Result<(Self, Share), SpakeError> {
        Self::seeded(code, &channel, theirs, Seed(random_bytes()?))
    }

    fn seeded(
        code: &Code,
        channel: &Channel,
        theirs: &Share,
        seed: Seed,
    ) -> Result<(Self, Share), SpakeError> {
        let (a, b) = identities(&channel.theirs, &channel.ours);
        let (spake, message) = Spake2::start_b_with_rng(&Password::new(code.digits()), &a, &b, seed);
        let ours = share(&message);
        let key = agree(spake, &ours, theirs, ROLE_A)?;
        let confirmations = Confirmations::derive(&key, &channel.exporter, &channel.theirs, &channel.ours);
        Ok((Self { confirmations, peer: channel.theirs }, ours))
    }

    /// Checks the other side's confirmation; only who passes gets ours. Errors: [`WrongCode`].
    pub fn check(self, theirs: &Confirmation) -> Result<(Proven, Confirmation), WrongCode> {
        let Confirmations { a, b } = self.confirmations;
        Ok((proof(&a, theirs, self.peer)?, b))
    }
}

impl Proven {
    /// Who knew the code: the id that TLS proved in the same session.
    pub fn peer(&self) -> DeviceId {
        self.peer
    }
}

/// The one place where a [`Proven`] is made.
fn proof(expected: &Confirmation, got: &Confirmation, peer: DeviceId) -> Result<Proven, WrongCode> {
    if expected == got { Ok(Proven { peer }) } else { Err(WrongCode) }
}

/// SPAKE2's names for the side that types and the side that shows.
fn identities(types: &DeviceId, shows: &DeviceId) -> (Identity, Identity) {
    let named = |role: &[u8], id: &DeviceId| Identity::new(&[role, id.as_bytes()].concat());
    (named(TYPES, types), named(SHOWS, shows))
}

fn share(message: &[u8]) -> Share {
    Share::from_bytes(message.try_into().expect("spake2's messages over Ed25519 have 33 bytes"))
}

/// SPAKE2's key. The crate itself looks at the length, the role and whether there is a point; the rest is ours.
fn agree(
    spake: Spake2<Ed25519Group>,
    ours: &Share,
    theirs: &Share,
    their_role: u8,
) -> Result<Vec<u8>, SpakeError> {
    let [_, our_point @ ..] = ours.as_bytes();
    let [role, point @ ..] = theirs.as_bytes();
    if our_point == point {
        return Err(SpakeError::Reflected); // also with the role changed
    }
    if *role != their_role {
        return Err(SpakeError::WrongRole);
    }
    if !is_of_the_group(point) {
        return Err(SpakeError::NotAPoint);
    }
    spake.finish(theirs.as_bytes()).map_err(|error| match error {
        spake2::Error::BadSide => SpakeError::WrongRole,
        spake2::Error::CorruptMessage | spake2::Error::WrongLength => SpakeError::NotAPoint,
    })
}

/// Whether these bytes are the one encoding of a point of the prime-order group other than zero. Points outside it carry a
/// part of small order, which multiplies to one of eight values: it would say something about our secret number.
fn is_of_the_group(bytes: &[u8; 32]) -> bool {
    let encoded = CompressedEdwardsY(*bytes);
    encoded.decompress().is_some_and(|point| {
        point.compress() == encoded && !point.is_small_order() && point.is_torsion_free()
    })
}

/// What each side says to show that it has the key.
struct Confirmations {
    a: Confirmation,
    b: Confirmation,
}

impl Confirmations {
    fn derive(key: &[u8], exporter: &[u8; 32], types: &DeviceId, shows: &DeviceId) -> Self {
        let info = [CONFIRMS, types.as_bytes(), shows.as_bytes()].concat();
        let mut both = [[0; Confirmation::BYTES]; 2];
        Hkdf::<Sha256>::new(Some(exporter), key)
            .expand(&info, both.as_flattened_mut())
            .expect("64 bytes are far below what HKDF can give");
        let [a, b] = both.map(Confirmation::from_bytes);
        Self { a, b }
    }
}

/// The 64 random bytes that SPAKE2's secret number is made of. Fetched beforehand, because the crate's own way to the
/// system's random numbers panics where there are none.
struct Seed([u8; 64]);

impl RngCore for Seed {
    fn fill_bytes(&mut self, wanted: &mut [u8]) {
        // Never more, and never the same bytes twice: the tests would notice an spake2 that asks otherwise.
        assert_eq!(wanted.len(), self.0.len(), "a scalar is made of 64 bytes, once");
        wanted.copy_from_slice(&self.0);
    }

    fn next_u32(&mut self) -> u32 {
        rand_core::impls::next_u32_via_fill(self)
    }

    fn next_u64(&mut self) -> u64 {
        rand_core::impls::next_u64_via_fill(self)
    }

    fn try_fill_bytes(&mut self, wanted: &mut [u8]) -> Result<(), rand_core::Error> {
        self.fill_bytes(wanted);
        Ok(())
    }
}

impl CryptoRng for Seed {}

#[cfg(test)]
mod middle;
#[cfg(test)]
mod tests;
