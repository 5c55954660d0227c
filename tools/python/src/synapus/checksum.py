"""CRC-32C (Castagnoli, RFC 3720), the checksum of the protocol's payload.

With the package ``crc32c`` or ``google-crc32c`` installed the processor's instruction does the work. Without them numpy
does: long messages are folded by sparse multiples of the polynomial, so that most of the work is XOR of whole arrays, and
each bit of the sum is the parity of a mask over the words that are left. Both ways give the same numbers.
"""

from __future__ import annotations

import functools
import threading
from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = ["Bytes", "backend", "combine", "crc32c", "portable_crc32c"]

Bytes = bytes | bytearray | memoryview
_Words = npt.NDArray[np.uint64]

# The polynomial with its bits turned about, as registers hold it.
_POLYNOMIAL = 0x82F63B78
_ONES = 0xFFFFFFFF

# With y = x^64, the polynomial divides the sum of y^e over each list of exponents, with y^0 = 1 as its last: a word may be
# taken out of the message where it is added to the words that follow (first exponent - e) words later, for all others. The
# second exponent is small beside the first, so that many words are taken out at once. `tests/test_checksum.py` proves them.
_FOLDS = ((6777, 484, 100, 0), (1285, 40, 38, 19, 8, 0))
# Words of a message that are looked at together: what stays in the processor's cache.
_BLOCK = 1 << 17
# Shorter messages are done sooner byte by byte.
_FEW_BYTES = 256


def crc32c(data: Bytes, after: int = 0) -> int:
    """The checksum of ``data``, or of all bytes so far where it goes on ``after`` the checksum of others."""
    return _fastest(data, after)


def backend() -> str:
    """What computes :func:`crc32c`: ``crc32c``, ``google_crc32c`` or ``numpy``."""
    return _backend


def combine(first: int, second: int, second_bytes: int) -> int:
    """The checksum of two pieces joined, from theirs and the length of the second, in bytes."""
    for bit in range(second_bytes.bit_length() if first else 0):
        if second_bytes >> bit & 1:
            first = _times(first, _power_of_x(8 << bit))
    return first ^ second


def portable_crc32c(data: Bytes, after: int = 0) -> int:
    """The checksum by numpy alone, some 5 GB/s where messages are long."""
    view = memoryview(data).cast("B")
    register = after ^ _ONES
    head = len(view) % 8 if len(view) > _FEW_BYTES else len(view)
    table = _byte_table() if head else []
    for byte in view[:head]:
        register = (register >> 8) ^ table[(register ^ byte) & 0xFF]
    for first in range(head, len(view), 8 * _BLOCK):
        register = _register(np.frombuffer(view[first : first + 8 * _BLOCK], "<u8"), register)
    return register ^ _ONES


class _Scratch(threading.local):
    """Memory of one thread: fresh memory for each message would cost more than the sum."""

    def __init__(self) -> None:
        self.words: _Words = np.empty(_BLOCK, np.uint64)
        self.masked: _Words = np.empty((32, _FOLDS[-1][0]), np.uint64)


_scratch = _Scratch()


def _register(message: _Words, register: int) -> int:
    """The register after all words of a block."""
    words = _scratch.words[: len(message)]
    words[:] = message
    words[0] ^= np.uint64(register)
    for exponents in _FOLDS:
        words = _folded(words, exponents)
    masked = _scratch.masked[:, : len(words)]
    np.bitwise_and(_masks()[:, -len(words) :], words, out=masked)
    sums = np.bitwise_xor.reduce(masked, axis=1).tolist()
    return sum((word.bit_count() & 1) << bit for bit, word in enumerate(sums))


def _folded(words: _Words, exponents: tuple[int, ...]) -> _Words:
    """Words with the same remainder, at most as many as the first exponent."""
    longest, second, *_ = exponents
    last = max(len(words) - longest, 0)
    for first in range(0, last, longest - second):
        chunk = words[first : min(first + longest - second, last)]
        for exponent in exponents[1:]:
            start = first + longest - exponent
            target = words[start : start + len(chunk)]
            np.bitwise_xor(target, chunk, out=target)
    return words[last:]


@functools.cache
def _byte_table() -> list[int]:
    """The register after each byte, from zero."""
    table = list(range(256))
    for _ in range(8):
        table = [register >> 1 ^ (_POLYNOMIAL if register & 1 else 0) for register in table]
    return table


@functools.cache
def _masks() -> _Words:
    """Row i: which bits of a message's last words turn bit i of the register.

    The last bit of the last word leaves x^32 in the register, and each bit before it once more x.
    """
    count = _FOLDS[-1][0]
    powers, power = [], _power_of_x(32)
    for _ in range(64 * count):
        powers.append(power)
        power = power >> 1 ^ (_POLYNOMIAL if power & 1 else 0)
    left = np.array(powers[::-1], np.uint32).reshape(count, 64)
    rows = [np.packbits(left >> np.uint32(i) & np.uint32(1), axis=1, bitorder="little") for i in range(32)]
    return np.stack([row.view("<u8")[:, 0] for row in rows]).astype(np.uint64)


def _times(a: int, b: int) -> int:
    """The product of two remainders, modulo the polynomial; bit 31 is the coefficient of 1."""
    product = 0
    while a:
        if a & 0x80000000:
            product ^= b
        a = (a << 1) & _ONES
        b = (b >> 1) ^ (_POLYNOMIAL if b & 1 else 0)
    return product


@functools.cache
def _power_of_x(exponent: int) -> int:
    power, base = 0x80000000, 0x40000000
    while exponent:
        if exponent & 1:
            power = _times(power, base)
        base = _times(base, base)
        exponent >>= 1
    return power


def _choose() -> tuple[str, Callable[[Bytes, int], int]]:
    try:
        import crc32c as package

        function: Any = package.crc32c
        return "crc32c", lambda data, after: int(function(data, after))
    except ImportError:
        pass
    try:
        import google_crc32c

        if google_crc32c.implementation == "c":
            extend: Any = google_crc32c.extend
            return "google_crc32c", lambda data, after: int(extend(after, bytes(data)))
    except ImportError:
        pass
    return "numpy", portable_crc32c


_backend, _fastest = _choose()
