"""Payload parts as docs/protocol.md has them: arrays by name, one after the other, and CRC-32C.

Shares no code with the Python package, so that it also judges the page.
"""

import functools
import operator

import numpy as np

DTYPES = {"u8": "u1", "i8": "i1", "u16": "<u2", "i32": "<i4", "u32": "<u4", "i64": "<i8", "u64": "<u8",
          "f64": "<f8"}


# Bulk is summed in stretches of so many bytes, side by side.
STRETCH = 4096


def _crc_table():
    table = np.arange(256, dtype=np.uint32)
    for _ in range(8):
        table = np.where(table & 1, (table >> 1) ^ np.uint32(0x82F63B78), table >> 1)
    return table


TABLE = _crc_table()
BYTEWISE = TABLE.tolist()


@functools.cache
def _shift():
    """What a stretch of zero bytes makes of each byte of a state, [byte, value]."""
    states = np.arange(256, dtype=np.uint32) << np.array([[0], [8], [16], [24]], dtype=np.uint32)
    for _ in range(STRETCH):
        states = (states >> np.uint32(8)) ^ TABLE[states & np.uint32(0xFF)]
    return states.tolist()


def crc32c(data):
    """CRC-32C of bytes: stretches in numpy, then joined."""
    data = np.frombuffer(bytes(data), dtype=np.uint8)
    state, bulk = 0xFFFFFFFF, len(data) // STRETCH * STRETCH
    if bulk > STRETCH:
        columns = data[:bulk].reshape(-1, STRETCH).T
        parts = np.zeros(columns.shape[1], dtype=np.uint32)
        for column in columns:
            parts = (parts >> np.uint32(8)) ^ TABLE[(parts ^ column) & np.uint32(0xFF)]
        for part in parts.tolist():
            state = part ^ functools.reduce(
                operator.xor, (_shift()[i][state >> 8 * i & 0xFF] for i in range(4)))
        data = data[bulk:]
    for byte in data.tolist():
        state = (state >> 8) ^ BYTEWISE[(state ^ byte) & 0xFF]
    return state ^ 0xFFFFFFFF


assert crc32c(b"123456789") == 0xE3069283


def pack(arrays):
    """One payload part of arrays by name: its header entry, and its bytes."""
    entry, parts = [], []
    for name, array in arrays.items():
        array = np.ascontiguousarray(array)
        dtype = {np.dtype(v): k for k, v in DTYPES.items()}[array.dtype]
        data = array.tobytes()
        parts.append(data + b"\0" * (-len(data) % 8))
        entry.append({"name": name, "dtype": dtype, "shape": list(array.shape)})
    data = b"".join(parts)
    return {"bytes": len(data), "crc32c": crc32c(data), "arrays": entry}, data


def unpack(entries, data):
    """The arrays of a payload part by name."""
    arrays, offset = {}, 0
    for entry in entries:
        dtype = np.dtype(DTYPES[entry["dtype"]])
        count = int(np.prod(entry["shape"], dtype=np.int64))
        arrays[entry["name"]] = np.frombuffer(data, dtype, count, offset).reshape(entry["shape"])
        offset += (count * dtype.itemsize + 7) & ~7
    return arrays
