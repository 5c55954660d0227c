"""An image for tests, made byte by byte from docs/chip-image.md (its worked example), and spikes for it."""

import struct
import zlib

from synapus import Image, Spikes

STEPS = {0: [0xF, 1], 2: [0xF, 2], 4: [0, 0xA], 5: [8, 0], 6: [0, 0xB], 7: [7, 0]}


def text(words):
    data = words.encode()
    return struct.pack("<I", len(data)) + data


def numbers(*values):
    return struct.pack(f"<{len(values)}H", *values)


def core_section(rows=512, columns=256):
    circuit = numbers(275, 275, 432, 525, 392, 392, 705, 705) + bytes([1, 1])
    listed = bytearray(rows // 8)
    data = b""
    for row, steps in sorted(STEPS.items()):
        listed[row // 8] |= 1 << row % 8
        packed = bytearray(columns // 2)
        for column, step in enumerate(steps):
            packed[column // 2] |= step << 4 * (column % 2)
        data += bytes(packed)
    return numbers(0, 2) + 2 * circuit + bytes(listed) + data


def io_section(fires=True):
    data = text("tiny")
    data += struct.pack("<I", 1) + text("pop") + struct.pack("<I", 1) + numbers(0, 0, 2)
    data += struct.pack("<I", 1) + text("w") + b"\0" + text("pop")
    data += struct.pack("<IIId", 2, 2, 2, 0.033360689640214526)
    data += struct.pack("<I", 1) + numbers(0, 0, 4, 0, 2) + struct.pack("<II", 0, 0)
    return data + struct.pack("<Id", 80, 0.001) + text("") + text("pop") + b"\1"


def container(sections, version=1):
    header = bytes.fromhex("8953594e0d0a1a0a") + struct.pack("<HHI", version, 0, len(sections))
    for kind, data in sections:
        header += kind.encode() + struct.pack("<II", len(data), zlib.crc32(data))
    return header + struct.pack("<I", zlib.crc32(header)) + b"".join(data for _, data in sections)


def small_sections():
    routes = struct.pack("<II", 2, 2) + numbers(0, 0, 0, 1) + struct.pack("<I", 2) + numbers(0, 2, 0, 3)
    routes += struct.pack("<I", 0)
    chip = text("synapus-1") + text("c55c505d438c86030af4a41f43f7707bc224ac81378dae800be7f30359584e44")
    return [("chip", chip), ("core", core_section()), ("rout", routes), ("io  ", io_section())]


def small_bytes():
    return container(small_sections())


def small_image():
    return Image(small_bytes())


def batch(samples, first=0):
    """Sample i has i % 3 + 1 spikes."""
    return Spikes.of_lists(
        ([64 * (j + 1) for j in range((i + first) % 3 + 1)], [j % 2 for j in range((i + first) % 3 + 1)])
        for i in range(samples)
    )
