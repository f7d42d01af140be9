"""Makes the vectors in src/pairing/spake/tests.rs from python-spake2, an implementation of its own.

    python3 -m venv VENV && VENV/bin/pip install spake2 && VENV/bin/python tests/vectors/pairing.py
"""

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from spake2 import SPAKE2_A, SPAKE2_B

TYPES = b"sampan pairing v1: types the code\0"
SHOWS = b"sampan pairing v1: shows the code\0"
CONFIRMS = b"sampan pairing v1: confirms\0"

# The code, then the byte that fills A's id, B's id, the exporter, A's seed and B's seed.
CASES = [
    ("123456", 0x11, 0x22, 0x33, 0x44, 0x55),
    ("000000", 0x00, 0xFF, 0x00, 0x01, 0x02),
    ("999999", 0xA5, 0x5A, 0xFF, 0xFE, 0x7F),
]

for code, a, b, exporter, seed_a, seed_b in CASES:
    id_a, id_b = bytes([a] * 32), bytes([b] * 32)
    names = {"idA": TYPES + id_a, "idB": SHOWS + id_b}
    # python-spake2 reads its 64 random bytes from the large end, the crate from the small one: counting bytes show it.
    seeds = [bytes((fill + place) % 256 for place in range(64)) for fill in (seed_a, seed_b)]
    side_a = SPAKE2_A(code.encode(), **names, entropy_f=lambda _: seeds[0][::-1])
    side_b = SPAKE2_B(code.encode(), **names, entropy_f=lambda _: seeds[1][::-1])
    share_a, share_b = side_a.start(), side_b.start()
    key = side_a.finish(share_b)
    assert key == side_b.finish(share_a)
    info = CONFIRMS + id_a + id_b
    both = HKDF(algorithm=SHA256(), length=64, salt=bytes([exporter] * 32), info=info).derive(key)
    print("    Vector {")
    print(f'        code: "{code}",')
    print(f"        fills: [{a:#04x}, {b:#04x}, {exporter:#04x}, {seed_a:#04x}, {seed_b:#04x}],")
    for name, value in [("share_a", share_a), ("share_b", share_b), ("key", key), ("a", both[:32]), ("b", both[32:])]:
        print(f'        {name}: "{value.hex()}",')
    print("    },")
