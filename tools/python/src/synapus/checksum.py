"""CRC-32C (Castagnoli, RFC 3720), the checksum of the protocol's payload.

With the package ``crc32c`` or ``google-crc32c`` installed the processor's instruction does the work. Without them numpy
does: long messages are folded by a sparse multiple of the polynomial, so that most of the work is XOR of whole arrays, and
the rest is joined pair by pair. Both ways give the same numbers.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = ["Bytes", "backend", "combine", "crc32c", "portable_crc32c"]

Bytes = bytes | bytearray | memoryview
_Words = npt.NDArray[np.uint64]
_Sums = npt.NDArray[np.uint32]

# The polynomial with its bits turned about, as registers hold it.
_POLYNOMIAL = 0x82F63B78
_ONES = 0xFFFFFFFF

# With y = x^64, the polynomial divides y^a + y^b + y^c + 1 for these exponents: a word may be taken out of the message where
# it is added to the words that follow a - b, a - c and a words later. `tests/test_checksum.py` proves it.
_FOLD_EXPONENTS = (5685, 1362, 426)
_FOLD = (
    _FOLD_EXPONENTS[0] - _FOLD_EXPONENTS[1],
    _FOLD_EXPONENTS[0] - _FOLD_EXPONENTS[2],
    _FOLD_EXPONENTS[0],
)


def crc32c(data: Bytes, after: int = 0) -> int:
    """The checksum of ``data``, or of all bytes so far where it goes on ``after`` the checksum of others."""
    return _fastest(data, after)


def backend() -> str:
    """What computes :func:`crc32c`: ``crc32c``, ``google_crc32c`` or ``numpy``."""
    return _backend


def combine(first: int, second: int, second_bytes: int) -> int:
    """The checksum of two pieces joined, from theirs and the length of the second, in bytes."""
    return _times(first, _power_of_x(8 * second_bytes)) ^ second


def portable_crc32c(data: Bytes, after: int = 0) -> int:
    """The checksum by numpy alone, some 1 GB/s where messages are long."""
    view = memoryview(data).cast("B")
    register = after ^ _ONES
    # Few bytes are done sooner one by one.
    head = len(view) % 8 if len(view) > 512 else len(view)
    table = _byte_tables()[0].tolist() if head else []
    for byte in view[:head]:
        register = (register >> 8) ^ table[(register ^ byte) & 0xFF]
    if len(view) > head:
        words = np.frombuffer(view[head:], "<u8").astype(np.uint64)
        words[0] ^= np.uint64(register)
        register = _register(_folded(words))
    return register ^ _ONES


def _folded(words: _Words) -> _Words:
    """Words with the same remainder, at most as many as the fold is long."""
    step, middle, far = _FOLD
    first, last = 0, len(words) - far
    while first < last:
        end = min(first + step, last)
        chunk = words[first:end]
        words[first + step : end + step] ^= chunk
        words[first + middle : end + middle] ^= chunk
        words[first + far : end + far] ^= chunk
        first = end
    return words[max(last, 0) :]


def _register(words: _Words) -> int:
    """The register after all words, from zero: remainders of single words, joined pair by pair."""
    tables = _byte_tables()
    octets = words.astype("<u8").view(np.uint8).reshape(-1, 8)
    sums: _Sums = tables[7][octets[:, 0]]
    for i in range(1, 8):
        sums = sums ^ tables[7 - i][octets[:, i]]
    level = 0
    while len(sums) > 1:
        if len(sums) % 2:
            # A remainder of zero in front stands for words of zero, which change nothing.
            sums = np.concatenate([np.zeros(1, np.uint32), sums])
        sums = _shifted(sums[0::2], level) ^ sums[1::2]
        level += 1
    return int(sums[0])


def _shifted(sums: _Sums, level: int) -> _Sums:
    """Remainders with 2^level words of zero behind them."""
    tables = _shift_tables(level)
    octets = np.ascontiguousarray(sums).astype("<u4").view(np.uint8).reshape(-1, 4)
    result: _Sums = tables[0][octets[:, 0]]
    for i in range(1, 4):
        result = result ^ tables[i][octets[:, i]]
    return result


@functools.cache
def _byte_tables() -> list[_Sums]:
    """Entry [k][b]: the register after byte b and k bytes of zero."""
    first = np.arange(256, dtype=np.uint32)
    for _ in range(8):
        first = np.where(first & 1, (first >> 1) ^ np.uint32(_POLYNOMIAL), first >> 1).astype(np.uint32)
    tables = [first]
    for _ in range(7):
        tables.append((tables[-1] >> 8) ^ first[tables[-1] & 0xFF])
    return tables


@functools.cache
def _shift_tables(level: int) -> list[_Sums]:
    factor = _power_of_x(64 << level)
    bits = [_times(1 << i, factor) for i in range(32)]
    tables = []
    for first in range(0, 32, 8):
        table = np.zeros(256, np.uint32)
        for i in range(8):
            table[1 << i : 2 << i] = table[: 1 << i] ^ np.uint32(bits[first + i])
        tables.append(table)
    return tables


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
