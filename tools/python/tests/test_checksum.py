"""CRC-32C: published vectors, both ways of computing it, and the fold that makes it quick."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from synapus import checksum
from synapus.checksum import combine, crc32c, portable_crc32c

# RFC 3720, appendix B.4, and the check value of the protocol's page.
VECTORS = [
    (b"123456789", 0xE3069283),
    (bytes(32), 0x8A9136AA),
    (b"\xff" * 32, 0x62A8AB43),
    (bytes(range(32)), 0x46DD794E),
    (bytes(reversed(range(32))), 0x113FDB5C),
    (b"", 0),
]


def slow(data, after=0):
    """Bit by bit."""
    register = after ^ 0xFFFFFFFF
    for byte in data:
        register ^= byte
        for _ in range(8):
            register = register >> 1 ^ (0x82F63B78 if register & 1 else 0)
    return register ^ 0xFFFFFFFF


@pytest.mark.parametrize(("data", "expected"), VECTORS)
def test_vectors(data, expected):
    assert crc32c(data) == expected and portable_crc32c(data) == expected


@pytest.mark.parametrize("size", [1, 7, 8, 9, 63, 255, 256, 257, 263, 264, 4099, 10_279, 10_280, 10_281, 10_288])
def test_portable_is_bit_by_bit(size):
    data = np.random.default_rng(size).bytes(size)
    assert portable_crc32c(data) == slow(data)
    assert portable_crc32c(data, 0x12345678) == slow(data, 0x12345678)


@pytest.mark.parametrize("size", [54_215, 54_216, 54_217, 80_072, 1_048_575, 1_048_576, 1_048_577, 3_000_001])
def test_long_messages_in_pieces(size):
    # The folds begin at 10,280 and 54,216 bytes; pieces below that are done without.
    data = np.random.default_rng(size).bytes(size)
    whole = 0
    for first in range(0, size, 10_000):
        whole = portable_crc32c(data[first : first + 10_000], whole)
    assert portable_crc32c(data) == whole == crc32c(data)


def test_combining_checksums():
    random = np.random.default_rng(5)
    for sizes in ((0, 9), (9, 0), (1, 1), (100, 8), (7, 70_000)):
        first, second = (random.bytes(size) for size in sizes)
        assert combine(crc32c(first), crc32c(second), len(second)) == crc32c(first + second)


@pytest.mark.parametrize("exponents", checksum._FOLDS)
def test_folds_are_multiples_of_the_polynomial(exponents):
    remainder = 0
    for exponent in exponents:
        remainder ^= checksum._power_of_x(64 * exponent)
    assert remainder == 0 and list(exponents) == sorted(set(exponents), reverse=True) and exponents[-1] == 0


def test_threads_do_not_share_their_scratch():
    messages = [np.random.default_rng(i).bytes(300_000) for i in range(4)]
    expected = [crc32c(message) for message in messages]
    with ThreadPoolExecutor(4) as pool:
        for _ in range(20):
            assert list(pool.map(portable_crc32c, messages)) == expected


def test_memory_of_any_kind():
    data = bytearray(range(200))
    assert crc32c(memoryview(data)[3:]) == crc32c(bytes(data[3:])) == portable_crc32c(memoryview(data)[3:])
