"""Chip images: the bytes that a chip takes, and what of them a host needs to know (docs/chip-image.md).

Of a ``.chip`` file this reads what populations, projections and circuits mean; rules and routes stay bytes. Every read is
held to the bytes that are there, and every checksum is proved.
"""

from __future__ import annotations

import hashlib
import os
import struct
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from .chipfile import ChipFacts
from .errors import ImageError, InputError
from .projection import Block, Projection

__all__ = ["Circuits", "Image", "Population", "Readout"]

_SIGNATURE = bytes.fromhex("8953594e0d0a1a0a")
_SEQUENCE = bytes.fromhex("895359530d0a1a0a")
_CIRCUIT_BYTES = 18


@dataclass(frozen=True)
class Population:
    """A group of neurons that the network's author named."""

    name: str
    #: Its first unit in recordings, and its neurons.
    first_unit: int
    count: int
    #: (core, first column, count) of neighbouring circuits, in the order of the neurons.
    ranges: tuple[tuple[int, int, int], ...]

    def place(self, neuron: int) -> tuple[int, int]:
        """Core and column of a neuron."""
        for core, first, count in self.ranges:
            if neuron < count:
                return core, first + neuron
            neuron -= count
        raise InputError(f"population '{self.name}' has {self.count} neurons")


@dataclass(frozen=True)
class Readout:
    """How a sample is scored."""

    population: str
    #: ``highest-potential`` or ``most-spikes``.
    measure: str


@dataclass(frozen=True)
class Circuits:
    """DAC codes and switches of the circuits of a core, one each a column: arrays of integers."""

    leak: npt.NDArray[np.uint16]
    reset: npt.NDArray[np.uint16]
    threshold: npt.NDArray[np.uint16]
    membrane_time: npt.NDArray[np.uint16]
    excitatory_time: npt.NDArray[np.uint16]
    inhibitory_time: npt.NDArray[np.uint16]
    excitatory_gain: npt.NDArray[np.uint16]
    inhibitory_gain: npt.NDArray[np.uint16]
    refractory: npt.NDArray[np.uint8]
    fires: npt.NDArray[np.bool_]


@dataclass(frozen=True)
class _Section:
    kind: str
    start: int
    end: int


class Image:
    """A chip image: its bytes, and what they mean.

    Attributes:
        data: the bytes of the ``.chip`` file.
        report: the compiler's report, where the image was just compiled; else None.
        chip_name, chip_hash: the chip file that it is for.
        network: the network's name.
        populations, projections: by name, in the image's order.
        duration_ticks: how long a sample runs.
        dt: biological seconds of a tick, as the network's author means it.
        coding: how samples are coded, in words.
        readout: how a sample is scored.
        learns: whether it has learning rules.
    """

    def __init__(self, data: bytes | bytearray | memoryview, report: Mapping[str, Any] | None = None) -> None:
        self.data = bytes(data)
        self.report = report
        self._sections, self.version = _sections(self.data)
        chip = self._reader("chip")
        self.chip_name, self.chip_hash = chip.text(), chip.text()
        chip.finish()
        self.learns = self.version >= 3 and self._has_rules()
        self._read_io()
        if self.version >= 4:
            self._read_maps()

    @classmethod
    def read(cls, path: str | os.PathLike[str]) -> Image:
        """Reads a ``.chip`` file."""
        try:
            return cls(Path(path).read_bytes())
        except ImageError as error:
            raise ImageError(f"{os.fspath(path)}: {error}") from None

    def save(self, path: str | os.PathLike[str]) -> None:
        """Writes the bytes to a file."""
        Path(path).write_bytes(self.data)

    def __repr__(self) -> str:
        return f"<Image '{self.network}' for {self.chip_name}: {', '.join(self.populations)}; {len(self.data)} bytes>"

    @cached_property
    def sha256(self) -> str:
        """The SHA-256 of the bytes in hexadecimal: the name that the server gives it."""
        return hashlib.sha256(self.data).hexdigest()

    @property
    def octets(self) -> npt.NDArray[np.uint8]:
        """The bytes as an array, u8 [n]."""
        return np.frombuffer(self.data, np.uint8)

    @property
    def input_count(self) -> int:
        """Input channels, from the projections that they drive; 0 where there are none."""
        counts = [projection.senders for projection in self.projections.values() if projection.source is None]
        return max(counts, default=0)

    @property
    def unit_count(self) -> int:
        """Neurons of all populations."""
        return sum(population.count for population in self.populations.values())

    def population(self, name: str) -> Population:
        """A population by name."""
        if name not in self.populations:
            raise InputError(f"there is no population '{name}'; there are {', '.join(self.populations)}")
        return self.populations[name]

    def projection(self, name: str) -> Projection:
        """A projection by name."""
        if name not in self.projections:
            raise InputError(f"there is no projection '{name}'; there are {', '.join(self.projections)}")
        return self.projections[name]

    # Cores

    def circuits(self, core: int) -> Circuits:
        """The settings of a core's circuits; analog chips only."""
        reader, count = self._core(core)
        raw = np.frombuffer(reader.raw(count * _CIRCUIT_BYTES), np.uint8).reshape(count, _CIRCUIT_BYTES)
        codes = raw[:, :16].copy().view("<u2")
        columns = [*(codes[:, i] for i in range(8)), raw[:, 16], raw[:, 17] == 1]
        return Circuits(**dict(zip(_CIRCUIT_FIELDS, columns)))

    def circuits_of(self, population: str) -> Circuits:
        """The settings of a population's circuits, in the order of its neurons."""
        parts: list[Circuits] = []
        for core, first, count in self.population(population).ranges:
            circuits = self.circuits(core)
            if first + count > len(circuits.leak):
                raise ImageError(f"population '{population}' names circuits that core {core} does not have")
            chosen = slice(first, first + count)
            parts.append(Circuits(**{name: getattr(circuits, name)[chosen] for name in _CIRCUIT_FIELDS}))
        if not parts:
            raise ImageError(f"population '{population}' has no circuits")
        return Circuits(**{name: np.concatenate([getattr(part, name) for part in parts]) for name in _CIRCUIT_FIELDS})

    def steps(self, core: int, facts: ChipFacts) -> npt.NDArray[np.int16]:
        """The signed steps of stored weight of a core, [row pair, column]; analog chips only."""
        reader, count = self._core(core)
        reader.raw(count * _CIRCUIT_BYTES)
        rows = int(facts.number("geometry.synapse_rows_per_core"))
        columns = int(facts.number("geometry.circuits_per_core"))
        bits = int(facts.number("synapse.weight_bits"))
        listed = np.unpackbits(np.frombuffer(reader.raw((rows + 7) // 8), np.uint8), bitorder="little")
        weights = np.zeros((rows, columns), np.int16)
        for row in np.flatnonzero(listed):
            if row >= rows:
                raise ImageError(f"core {core} has a weight in row {row}; there are {rows} rows")
            packed = np.frombuffer(reader.raw(columns * bits // 8), np.uint8)
            places = np.unpackbits(packed, bitorder="little").reshape(columns, bits).astype(np.int16)
            weights[row] = places @ (1 << np.arange(bits, dtype=np.int16))
        signed: npt.NDArray[np.int16] = weights[0::2] - weights[1::2]
        return signed

    def weights(self, projection: str, facts: ChipFacts) -> npt.NDArray[np.float64]:
        """The weights that the image holds, [sender, receiver], copies added up, in the network's own unit."""
        found = self.projection(projection)
        steps = {core: self.steps(core, facts) for core in {block.core for block in found.blocks}}
        values = [
            steps[block.core][block.first_pair : block.first_pair + block.pairs,
                              block.first_column : block.first_column + block.columns].ravel()
            for block in found.blocks
        ]  # fmt: skip
        return found.dense(np.concatenate(values) if values else np.zeros(0, np.int16))

    def _core(self, core: int) -> tuple[_Reader, int]:
        for section in self._sections:
            if section.kind == "core":
                reader = _Reader(self.data, section)
                if reader.whole(2) == core:
                    return reader, reader.whole(2)
        raise ImageError(f"core {core} is not in the image")

    # Reading

    def _reader(self, kind: str) -> _Reader:
        return _Reader(self.data, next(section for section in self._sections if section.kind == kind))

    def _has_rules(self) -> bool:
        return self._reader("lern").whole(4) > 0

    def _read_io(self) -> None:
        reader = self._reader("io  ")
        self.network = reader.text()
        self.populations: dict[str, Population] = {}
        first = 0
        for _ in range(reader.count(8)):
            name = reader.text()
            ranges = tuple((reader.whole(2), reader.whole(2), reader.whole(2)) for _ in range(reader.count(6)))
            count = sum(part[2] for part in ranges)
            if name in self.populations:
                raise ImageError(f"there are two populations '{name}'")
            self.populations[name] = Population(name, first, count, ranges)
            first += count
        self.projections: dict[str, Projection] = {}
        for _ in range(reader.count(33)):
            projection = reader.projection()
            if projection.name in self.projections:
                raise ImageError(f"there are two projections '{projection.name}'")
            self.projections[projection.name] = projection
        self.duration_ticks, self.dt = reader.whole(4), reader.real()
        self.coding = reader.text()
        population, measure = reader.text(), reader.whole(1)
        self.readout = Readout(population, "most-spikes" if measure else "highest-potential")
        reader.finish()

    def _read_maps(self) -> None:
        reader = self._reader("maps")
        for _ in range(reader.count(10)):
            reader.raw(6)
            reader.raw(4 * reader.count(4))
        if reader.whole(4) != len(self.projections):
            raise ImageError("the section 'maps' tells of other projections than 'io'")
        for name, projection in self.projections.items():
            copies = reader.numbers(2)
            scales = np.array([reader.real() for _ in range(reader.count(8))])
            blocks = tuple(
                Block(**{**vars(block), "lines": reader.numbers(4), "targets": reader.numbers(4)})
                for block in projection.blocks
            )
            fields = {**{key: getattr(projection, key) for key in _PROJECTION_FIELDS}, "blocks": blocks}
            fields |= {"sender_copies": copies, "receiver_scales": scales}
            try:
                self.projections[name] = Projection(**fields)
            except InputError as error:
                raise ImageError(str(error)) from None
        reader.finish()


_CIRCUIT_FIELDS = tuple(Circuits.__dataclass_fields__)
_PROJECTION_FIELDS = tuple(Projection.__dataclass_fields__)


def _sections(data: bytes) -> tuple[list[_Section], int]:
    """Proves signature, table and checksums, and gives the sections and the version."""
    if data[:8] == _SEQUENCE:
        raise ImageError("this file holds a network in several parts; a chip runs one image at a time, see synapus run")
    if data[:8] != _SIGNATURE or len(data) < 20:
        raise ImageError("these bytes are no chip image")
    version, reserved, count = struct.unpack_from("<HHI", data, 8)
    if not 1 <= version <= 4 or reserved != 0:
        raise ImageError(f"the image has format version {version}; 1 to 4 are known")
    table = 16 + 12 * count
    if table + 4 > len(data):
        raise ImageError("the image ends within its table")
    if zlib.crc32(data[:table]) != struct.unpack_from("<I", data, table)[0]:
        raise ImageError("the image's table is damaged")
    sections: list[_Section] = []
    place = table + 4
    for i in range(count):
        kind, length, checksum = struct.unpack_from("<4sII", data, 16 + 12 * i)
        if length > len(data) - place:
            raise ImageError("the image ends within a section")
        if zlib.crc32(data[place : place + length]) != checksum:
            raise ImageError(f"section {i} of the image is damaged")
        sections.append(_Section(kind.decode("latin-1"), place, place + length))
        place += length
    if place != len(data):
        raise ImageError("the image has bytes behind its last section")
    kinds = [section.kind for section in sections if section.kind != "core"]
    expected = ["chip", "rout", *["part", "lern", "maps"][: version - 1], "io  "]
    if kinds != expected:
        raise ImageError(f"the image has sections {kinds}; version {version} has {expected}")
    return sections, version


@dataclass
class _Reader:
    """Reads one section, and never beyond it."""

    data: bytes
    section: _Section
    place: int = field(init=False)

    def __post_init__(self) -> None:
        self.place = self.section.start

    def raw(self, size: int) -> bytes:
        if size > self.section.end - self.place:
            raise ImageError(f"section '{self.section.kind.strip()}' ends at byte {self.place} in the middle of something")
        self.place += size
        return self.data[self.place - size : self.place]

    def whole(self, size: int) -> int:
        return int.from_bytes(self.raw(size), "little")

    def real(self) -> float:
        value: float = struct.unpack("<d", self.raw(8))[0]
        if not np.isfinite(value):
            raise ImageError(f"a number at byte {self.place - 8} is not finite")
        return value

    def count(self, least_bytes: int) -> int:
        """The length of a list whose elements take so many bytes at least."""
        count = self.whole(4)
        if count * least_bytes > self.section.end - self.place:
            raise ImageError(f"a list at byte {self.place - 4} claims {count} elements, which cannot be there")
        return count

    def numbers(self, size: int) -> npt.NDArray[np.int64]:
        count = self.count(size)
        return np.frombuffer(self.raw(count * size), f"<u{size}").astype(np.int64)

    def text(self) -> str:
        try:
            return self.raw(self.count(1)).decode()
        except UnicodeDecodeError:
            raise ImageError(f"a text before byte {self.place} is not UTF-8") from None

    def projection(self) -> Projection:
        name = self.text()
        source = self.text() if self.whole(1) else None
        target = self.text()
        senders, receivers, copies = self.whole(4), self.whole(4), self.whole(4)
        weight = self.real()
        blocks = tuple(
            Block(self.whole(2), self.whole(2), self.whole(2), self.whole(2), self.whole(2), self.whole(4), self.whole(4))
            for _ in range(self.count(18))
        )
        try:
            return Projection(name, source, target, senders, receivers, copies, weight, blocks)
        except InputError as error:
            raise ImageError(str(error)) from None

    def finish(self) -> None:
        if self.place != self.section.end:
            raise ImageError(f"section '{self.section.kind.strip()}' has {self.section.end - self.place} bytes left over")
