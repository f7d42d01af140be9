//! Inputs made from other inputs: what hostile peers and broken disks do to bytes.

/// Numbers at whose borders programs go wrong.
const NUMBERS: [u64; 18] = [
    0,
    1,
    0x17,
    0x18,
    0x7f,
    0x80,
    0xff,
    0x100,
    0x7fff,
    0x8000,
    0xffff,
    0x1_0000,
    0x7fff_ffff,
    0x8000_0000,
    0xffff_ffff,
    0x1_0000_0000,
    0x7fff_ffff_ffff_ffff,
    0xffff_ffff_ffff_ffff,
];

/// Pieces that mean something to one target or another: names, CBOR, DER, TOML, terminals.
const PIECES: [&[u8]; 24] = [
    b"..",
    b".",
    b"/",
    b"\0",
    b"\\",
    b".sampan-",
    b".SAMPAN-",
    b"CON",
    b"\xe2\x80\xae",
    b"\x1b[2J",
    b"\xff",
    b"e\xcc\x81",
    b"\xa0",
    b"\xbf",
    b"\x9b\xff\xff\xff\xff\xff\xff\xff\xff",
    b"\x5a\xff\xff\xff\xff",
    b"\xf6",
    b"\xc1",
    b"\x30\x84\xff\xff\xff\xff",
    b"\x03\x2b\x65\x70",
    b"= [",
    b"\"\"\"",
    b"inf",
    b"[[a]]\n",
];

/// An input larger than this says nothing that a smaller one does not say.
const MAX_BYTES: usize = 8 * 1024;

/// A small generator that is the same everywhere (splitmix64): a seed tells the whole run.
pub(super) struct Chance(u64);

impl Chance {
    pub(super) fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(super) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// Below `end`, which is not 0.
    pub(super) fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.next() % u64::try_from(end).unwrap()).unwrap()
    }

    fn byte(&mut self) -> u8 {
        self.next().to_le_bytes()[0]
    }

    pub(super) fn one_of<'a, T>(&mut self, list: &'a [T]) -> &'a T {
        &list[self.below(list.len())]
    }

    /// Few more often than many.
    fn few(&mut self, most: usize) -> usize {
        let bound = 1 + self.below(most);
        1 + self.below(bound)
    }

    fn bytes(&mut self, most: usize) -> Vec<u8> {
        (0..self.few(most)).map(|_| self.byte()).collect()
    }
}

/// A new input from those in `pool`, which is not empty.
pub(super) fn next_input(chance: &mut Chance, pool: &[Vec<u8>]) -> Vec<u8> {
    if chance.below(32) == 0 {
        return chance.bytes(400);
    }
    let mut input = chance.one_of(pool).clone();
    for _ in 0..chance.few(6) {
        change(chance, &mut input, pool);
    }
    input.truncate(MAX_BYTES);
    input
}

fn change(chance: &mut Chance, input: &mut Vec<u8>, pool: &[Vec<u8>]) {
    let at = chance.below(input.len() + 1);
    let rest = input.len() - at;
    match chance.below(10) {
        0 if rest > 0 => input[at] ^= 1 << chance.below(8),
        1 if rest > 0 => input[at] = chance.byte(),
        2 => input.truncate(at),
        3 if rest > 0 => drop(input.drain(at..at + chance.few(rest))),
        4 if rest > 0 => {
            let piece = input[at..at + chance.few(rest.min(64))].to_vec();
            insert(input, at, &piece.repeat(chance.few(4)));
        }
        5 => {
            let other = chance.one_of(pool);
            let from = chance.below(other.len() + 1);
            let piece = other[from..from + chance.below(other.len() - from + 1)].to_vec();
            insert(input, at, &piece);
        }
        6 => insert(input, at, chance.one_of::<&[u8]>(&PIECES)),
        7 => overwrite(input, at, chance),
        8 if rest > 0 => input[at] = input[at].wrapping_add(*chance.one_of(&[1, 0xff, 2, 0x20])),
        _ => insert(input, at, &chance.bytes(16)),
    }
}

fn insert(input: &mut Vec<u8>, at: usize, piece: &[u8]) {
    input.splice(at..at, piece.iter().copied());
}

/// A length or a number becomes a lie: 1, 2, 4 or 8 bytes of one of [`NUMBERS`], either end first.
fn overwrite(input: &mut Vec<u8>, at: usize, chance: &mut Chance) {
    let number = *chance.one_of(&NUMBERS);
    let width = *chance.one_of(&[1, 2, 4, 8]);
    let mut bytes = number.to_le_bytes()[..width].to_vec();
    if chance.below(3) > 0 {
        bytes.reverse(); // the protocol's order
    }
    let end = input.len().min(at + width);
    input.splice(at..end, bytes);
}

#[test]
fn a_seed_gives_the_same_inputs_each_time_and_another_seed_others() {
    let pool = [b"some bytes".to_vec(), Vec::new()];
    let inputs = |seed| {
        let mut chance = Chance::new(seed);
        (0..2_000).map(|_| next_input(&mut chance, &pool)).collect::<Vec<_>>()
    };
    assert_eq!(inputs(1), inputs(1));
    assert_ne!(inputs(1), inputs(2));
}
