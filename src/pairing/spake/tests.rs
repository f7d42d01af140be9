//! The mathematics against python-spake2, two sides that agree, and shares that no honest side sends.

use curve25519_dalek::constants::EIGHT_TORSION;
use curve25519_dalek::edwards::EdwardsPoint;
use proptest::prelude::*;
use spake2::Group as _;

use super::*;

/// What python-spake2 gives: made by tests/vectors/pairing.py. Every id, exporter and seed is filled with one byte; the
/// bytes of a seed count up from it.
struct Vector {
    code: &'static str,
    /// Id of A, id of B, exporter, seed of A, seed of B.
    fills: [u8; 5],
    share_a: &'static str,
    share_b: &'static str,
    key: &'static str,
    a: &'static str,
    b: &'static str,
}

const VECTORS: [Vector; 3] = [
    Vector {
        code: "123456",
        fills: [0x11, 0x22, 0x33, 0x44, 0x55],
        share_a: "4108630437f442c130c41a9c384c1bc0630b9b62ec5e6eb7fbee91edc8dfe7e491",
        share_b: "42191ba368427208e4029a932f3b98cfcb9f4c436750f2a3c5dcd5dd50b270141b",
        key: "08d2d8a01d9d3cc9ee468f5604a9368deac55d484af098f53bcb4f8c323b00c8",
        a: "8c5e2b5777f32b91d38848cfe027ea8ccded16da7143a27aa5e75c1259b4d0fe",
        b: "0b7e618a253a3cee4993dc6f9712885b2b54d3f1f54ec21a9de516c212d4dc08",
    },
    Vector {
        code: "000000",
        fills: [0x00, 0xff, 0x00, 0x01, 0x02],
        share_a: "41e51aaa6c6cf3748ba6eb67b9215e0a531059361c29032344ab37017a5c02218d",
        share_b: "4288e31a57add96f267917b851369c278a35597600fd343fe8c181489376a9f914",
        key: "64c881dfc56c470043e0fa0c59f839ed9107a8ff695c5d3f1e3508598c89df1e",
        a: "35e1f712f7f480feefa32889256c31a715d68f1af477a2991f7196ba1833fa66",
        b: "4b7a03d07c8cfa556e7492d6f3c110dc9c8c1b1158fa897881de38ef9173617e",
    },
    Vector {
        code: "999999",
        fills: [0xa5, 0x5a, 0xff, 0xfe, 0x7f],
        share_a: "4175991777b99204d0368fb931ac061e71ff9a1a1c1db3d81303a15872235d70a6",
        share_b: "4211a03dfba8f99795128c994c4ecdbbfef5768e716ec065c003ad59d2406f0c78",
        key: "e02bf719624a2784fbba6d7cd7b7d4a07d891a8b4a5a5ce5d58e4262687ef495",
        a: "8b223e449112cc6bc69072052690cb337f90412bfaead6df1926682c59d1a3e9",
        b: "ec40dca9ee8199348e2be915fe805c5da3cbc7f5135f1d5a18b11e331323e4e7",
    },
];

pub(super) fn id(fill: u8) -> DeviceId {
    DeviceId::from_bytes([fill; 32])
}

pub(super) fn channel(ours: u8, theirs: u8, exporter: u8) -> Channel {
    Channel { ours: id(ours), theirs: id(theirs), exporter: [exporter; 32] }
}

pub(super) fn code(number: u32) -> Code {
    Code::from_number(number).unwrap()
}

fn hex(bytes: &[u8]) -> String {
    let halves = bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    halves.map(|half| char::from_digit(half.into(), 16).unwrap()).collect()
}

fn counting(first: u8) -> Seed {
    let mut next = first;
    Seed([(); 64].map(|()| {
        let byte = next;
        next = next.wrapping_add(1);
        byte
    }))
}

#[test]
fn shares_key_and_confirmations_are_those_of_python_spake2() {
    for vector in VECTORS {
        let [a, b, exporter, seed_a, seed_b] = vector.fills;
        let code: Code = vector.code.parse().unwrap();
        let (typing, share_a) = Typing::seeded(&code, channel(a, b, exporter), counting(seed_a));
        let (showing, share_b) =
            Showing::seeded(&code, &channel(b, a, exporter), &share_a, counting(seed_b)).ok().unwrap();
        assert_eq!(hex(share_a.as_bytes()), vector.share_a);
        assert_eq!(hex(share_b.as_bytes()), vector.share_b);

        let (again, _) = Typing::seeded(&code, channel(a, b, exporter), counting(seed_a));
        assert_eq!(hex(&agree(again.spake, &share_a, &share_b, ROLE_B).unwrap()), vector.key);

        let (awaiting, confirmation_a) = typing.confirm(&share_b).ok().unwrap();
        assert_eq!(hex(confirmation_a.as_bytes()), vector.a);
        let (proven, confirmation_b) = showing.check(&confirmation_a).ok().unwrap();
        assert_eq!(hex(confirmation_b.as_bytes()), vector.b);
        assert_eq!(proven.peer(), id(a));
        assert_eq!(awaiting.check(&confirmation_b).unwrap().peer(), id(b));
    }
}

#[test]
fn two_pairings_with_the_same_code_have_nothing_in_common() {
    let begin = || Typing::start(&code(1), channel(1, 2, 3)).ok().unwrap();
    let ((_, one), (_, two)) = (begin(), begin());
    assert_ne!(one, two);
}

#[test]
fn the_crates_own_points_are_in_the_prime_order_group() {
    for point in [Ed25519Group::const_m(), Ed25519Group::const_n()] {
        assert!(is_of_the_group(point.compress().as_bytes()));
    }
}

/// What both sides make of a share with this role and point.
fn outcomes(role: u8, point: &[u8; 32]) -> [Option<SpakeError>; 2] {
    let mut bytes = [role; Share::BYTES];
    bytes[1..].copy_from_slice(point);
    let share = Share::from_bytes(bytes);
    let (typing, _) = Typing::start(&code(5), channel(1, 2, 3)).ok().unwrap();
    [typing.confirm(&share).err(), Showing::answer(&code(5), channel(2, 1, 3), &share).err()]
}

#[test]
fn a_share_for_another_role_is_refused_by_both_sides() {
    let point = *Ed25519Group::const_s().compress().as_bytes();
    assert_eq!(outcomes(ROLE_A, &point), [Some(SpakeError::WrongRole), None]);
    assert_eq!(outcomes(ROLE_B, &point), [None, Some(SpakeError::WrongRole)]);
    for role in (0..=255).filter(|role| ![ROLE_A, ROLE_B].contains(role)) {
        assert_eq!(outcomes(role, &point), [Some(SpakeError::WrongRole); 2], "{role}");
    }
}

#[test]
fn spake2_itself_refuses_the_share_of_its_own_side_but_takes_its_own_point_back() {
    let start = || Typing::seeded(&code(5), channel(1, 2, 3), counting(9));
    let (typing, share) = start();
    assert_eq!(typing.spake.finish(share.as_bytes()), Err(spake2::Error::BadSide));
    let mut turned = *share.as_bytes();
    turned[0] = ROLE_B;
    let (typing, _) = start();
    assert!(
        typing.spake.finish(&turned).is_ok(),
        "if the crate refuses it one day, our check is one too many"
    );
}

#[test]
fn our_own_share_back_is_refused_whatever_role_it_claims() {
    for role in [ROLE_A, ROLE_B, b'S'] {
        let (typing, share) = Typing::start(&code(5), channel(1, 2, 3)).ok().unwrap();
        let mut turned = *share.as_bytes();
        turned[0] = role;
        assert_eq!(typing.confirm(&Share::from_bytes(turned)).err(), Some(SpakeError::Reflected));
    }
}

fn assert_is_no_point(bytes: &[u8; 32]) {
    for (role, side) in [(ROLE_B, 0), (ROLE_A, 1)] {
        assert_eq!(outcomes(role, bytes)[side], Some(SpakeError::NotAPoint), "{}", hex(bytes));
    }
}

#[test]
fn points_of_small_order_are_refused() {
    for point in EIGHT_TORSION {
        assert_is_no_point(point.compress().as_bytes());
    }
}

#[test]
fn points_with_a_part_of_small_order_are_refused() {
    for point in &EIGHT_TORSION[1..] {
        let mixed: EdwardsPoint = Ed25519Group::const_s() + point;
        assert_is_no_point(mixed.compress().as_bytes());
    }
}

#[test]
fn bytes_that_are_no_point_or_another_spelling_of_one_are_refused() {
    // The y of zero is 1; p + 1 says the same. The field's prime p is 2^255 - 19.
    let mut other_one = [0xff; 32];
    other_one[0] = 0xee;
    other_one[31] = 0x7f;
    // Zero with a sign, all ones, and a y without an x.
    let mut signed = [0; 32];
    signed[0] = 1;
    signed[31] = 0x80;
    let mut without_x = [0; 32];
    without_x[0] = 2;
    for bytes in [other_one, signed, [0xff; 32], without_x] {
        assert_is_no_point(&bytes);
    }
}

/// One side of a pairing, as the other may see it differently.
#[derive(Clone, Debug)]
struct View {
    code: u32,
    types: [u8; 32],
    shows: [u8; 32],
    exporter: [u8; 32],
}

/// Whether the typing side and the showing side accept. Both shares always reach the other side; a side that got no
/// confirmation is given one made of zeros.
fn accepted(typing: &View, showing: &View) -> [bool; 2] {
    let channel = |ours, theirs, exporter| Channel {
        ours: DeviceId::from_bytes(ours),
        theirs: DeviceId::from_bytes(theirs),
        exporter,
    };
    let at_a = channel(typing.types, typing.shows, typing.exporter);
    let at_b = channel(showing.shows, showing.types, showing.exporter);
    let (a, share_a) = Typing::start(&code(typing.code), at_a).ok().unwrap();
    let (b, share_b) = Showing::answer(&code(showing.code), at_b, &share_a).ok().unwrap();
    let stolen = b.confirmations.b;
    let (a, confirmation) = a.confirm(&share_b).ok().unwrap();
    let b = b.check(&confirmation);
    // Even B's own confirmation, which it would never have given, does not satisfy A.
    let a = a.check(&stolen);
    if let (Ok(a), Ok((b, given))) = (&a, &b) {
        assert_eq!(given, &stolen);
        assert_eq!([a.peer(), b.peer()].map(|peer| *peer.as_bytes()), [typing.shows, showing.types]);
    }
    [a.is_ok(), b.is_ok()]
}

prop_compose! {
    fn views()(
        code in 0..Code::COUNT,
        types in any::<[u8; 32]>(),
        shows in any::<[u8; 32]>(),
        exporter in any::<[u8; 32]>(),
    ) -> View {
        View { code, types, shows, exporter }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn the_same_code_in_the_same_session_proves_both_sides(view in views()) {
        prop_assert_eq!(accepted(&view, &view), [true, true]);
    }

    #[test]
    fn any_one_difference_fails_on_both_sides(
        view in views(),
        more in 1..Code::COUNT,
        bit in 0_usize..256,
    ) {
        let turn = |mut bytes: [u8; 32]| {
            bytes[bit / 8] ^= 1 << (bit % 8);
            bytes
        };
        let others = [
            View { code: (view.code + more) % Code::COUNT, ..view.clone() },
            View { types: turn(view.types), ..view.clone() },
            View { shows: turn(view.shows), ..view.clone() },
            View { exporter: turn(view.exporter), ..view.clone() },
            View { types: view.shows, shows: view.types, ..view.clone() },
        ];
        for other in others {
            prop_assert_eq!(accepted(&view, &other), [false, false], "{:?}", other);
        }
    }

    #[test]
    fn any_bytes_for_a_share_are_an_error_or_a_wrong_code(bytes in any::<[u8; 32]>(), role in 0x41_u8..0x44) {
        let mut share = [role; Share::BYTES];
        share[1..].copy_from_slice(&bytes);
        let share = Share::from_bytes(share);
        let (typing, _) = Typing::start(&code(5), channel(1, 2, 3)).ok().unwrap();
        if let Ok((awaiting, ours)) = typing.confirm(&share) {
            prop_assert!(awaiting.check(&ours).is_err());
        }
        if let Ok((showing, _)) = Showing::answer(&code(5), channel(2, 1, 3), &share) {
            prop_assert!(showing.check(&Confirmation::from_bytes(bytes)).is_err());
        }
    }
}

#[test]
fn the_labels_are_those_of_the_document() {
    let page = include_str!("../../../docs/protocol.md");
    for label in [TYPES, SHOWS, CONFIRMS] {
        let text = std::str::from_utf8(label.strip_suffix(b"\0").unwrap()).unwrap();
        assert!(page.contains(&format!("\"{text}\" 00")), "{text}");
    }
}
