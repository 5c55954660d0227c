"""What a client needs of a chip file: times, widths, and the laws of its DACs.

A server sends the file in canonical form: two spaces a level, `key: value`, and laws as `{ law: ..., at_zero: ... }`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from .errors import ProtocolError

__all__ = ["ChipFacts", "ParameterLaw"]

_LINE = re.compile(r"( *)([A-Za-z_][\w-]*):(?: (.*))?")
_LAW = re.compile(r"\{ *law: *(\w+), *at_zero: *([^,]+), *at_full: *([^,]+), *highest_code: *(\d+) *\}")


@dataclass(frozen=True)
class ParameterLaw:
    """How a DAC code becomes a quantity on the nominal chip."""

    shape: str
    at_zero: float
    at_full: float
    highest_code: int

    def value(self, codes: npt.ArrayLike) -> npt.NDArray[np.float64]:
        """The quantities of codes, in the unit of the chip file's key."""
        position = np.asarray(codes, float) / self.highest_code
        if self.shape == "linear":
            return self.at_zero + (self.at_full - self.at_zero) * position
        if self.shape == "inverse":
            inverse: npt.NDArray[np.float64] = 1 / (1 / self.at_zero + (1 / self.at_full - 1 / self.at_zero) * position)
            return inverse
        power: npt.NDArray[np.float64] = self.at_zero * (self.at_full / self.at_zero) ** position
        return power


@dataclass(frozen=True)
class ChipFacts:
    """Numbers of a chip file."""

    #: The whole file.
    text: str
    name: str
    #: Values by path, as ``time.cycles_per_tick``.
    entries: dict[str, str]

    @classmethod
    def read(cls, text: str) -> ChipFacts:
        """Reads a chip file in canonical form; what is not understood is left out."""
        entries: dict[str, str] = {}
        path: list[str] = []
        for line in text.splitlines():
            match = _LINE.fullmatch(line.split(" #")[0].rstrip())
            if match is None:
                continue
            depth = len(match[1]) // 2
            path = [*path[:depth], match[2]]
            if match[3]:
                entries[".".join(path)] = match[3].strip()
        return cls(text, entries.get("name", "").strip('"'), entries)

    def number(self, path: str) -> float:
        """A number that must be there."""
        try:
            return float(self.entries[path])
        except (KeyError, ValueError):
            raise ProtocolError(f"the chip file has no number '{path}'") from None

    def law(self, path: str) -> ParameterLaw:
        """A law that must be there."""
        match = _LAW.fullmatch(self.entries.get(path, ""))
        if match is None:
            raise ProtocolError(f"the chip file has no law '{path}'")
        return ParameterLaw(match[1], float(match[2]), float(match[3]), int(match[4]))

    @property
    def is_digital(self) -> bool:
        """Whether its cores are digital."""
        return "synapse.weight_bits" not in self.entries

    @property
    def cycles_per_tick(self) -> int:
        """Clock cycles of a tick."""
        return int(self.number("time.cycles_per_tick"))

    @property
    def seconds_per_cycle(self) -> float:
        """Hardware seconds of a clock cycle."""
        return 1 / self.number("time.clock_hertz")

    @property
    def tick_seconds(self) -> float:
        """Hardware seconds of a tick."""
        return self.cycles_per_tick * self.seconds_per_cycle

    @property
    def acceleration(self) -> float:
        """Biological over hardware time."""
        return self.number("time.acceleration")

    @property
    def largest_weight(self) -> int:
        """The largest step of stored weight."""
        return (1 << int(self.number("synapse.weight_bits"))) - 1

    @property
    def weights_are_linear(self) -> bool:
        """Whether charge goes with the stored weight."""
        plain = {"synapse.weight_bits", "synapse.effective_steps_per_weight"}
        return {path for path in self.entries if path.startswith("synapse.")} <= plain

    @property
    def adc_every(self) -> int:
        """The fewest ticks between two readings of the column ADC; 1 where there is none."""
        return int(self.entries.get("readout.sample_every_ticks", 1))
