"""Batches of spikes: what goes into a chip, and what comes out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from .errors import InputError

__all__ = ["Spikes"]

_Offsets = npt.NDArray[np.int64]
_Numbers = npt.NDArray[np.uint32]


@dataclass(frozen=True)
class Spikes:
    """Spikes of independent samples; sample i owns the spikes ``offsets[i]`` to ``offsets[i + 1] - 1``.

    Attributes:
        offsets: [samples + 1], from 0 to the number of spikes, ascending.
        cycles: [spikes], clock cycles from the start of the sample, ascending within it.
        units: [spikes], the image's input channel, or the unit that fired.
    """

    offsets: _Offsets
    cycles: _Numbers
    units: _Numbers

    def __post_init__(self) -> None:
        object.__setattr__(self, "offsets", _whole(self.offsets, np.int64, "offsets"))
        object.__setattr__(self, "cycles", _whole(self.cycles, np.uint32, "cycles"))
        object.__setattr__(self, "units", _whole(self.units, np.uint32, "units"))
        if len(self.units) != len(self.cycles):
            raise InputError(f"there are {len(self.cycles)} cycles and {len(self.units)} units; one each is needed")
        if len(self.offsets) == 0 or self.offsets[0] != 0 or self.offsets[-1] != len(self.cycles):
            raise InputError(f"offsets must go from 0 to the number of spikes, {len(self.cycles)}")
        if np.any(np.diff(self.offsets) < 0):
            raise InputError("offsets must ascend")

    # Making

    @classmethod
    def of_lists(cls, samples: Iterable[tuple[npt.ArrayLike, npt.ArrayLike]]) -> Spikes:
        """Samples as pairs of (cycles, units), in any order within a sample."""
        offsets, cycles, units = [0], [], []
        for sample_cycles, sample_units in samples:
            one = _whole(sample_cycles, np.uint32, "cycles")
            other = _whole(sample_units, np.uint32, "units")
            if len(one) != len(other):
                raise InputError(f"sample {len(offsets) - 1} has {len(one)} cycles and {len(other)} units")
            order = np.lexsort((other, one))
            cycles.append(one[order])
            units.append(other[order])
            offsets.append(offsets[-1] + len(one))
        return cls(np.array(offsets), _joined(cycles), _joined(units))

    @classmethod
    def of_times(cls, samples: Iterable[tuple[npt.ArrayLike, npt.ArrayLike]], seconds_per_cycle: float) -> Spikes:
        """Samples as pairs of (times in hardware seconds, units); times are rounded to clock cycles."""
        if not seconds_per_cycle > 0:
            raise InputError("a clock cycle must take some time")
        return cls.of_lists((np.rint(np.asarray(times, float) / seconds_per_cycle), units) for times, units in samples)

    @classmethod
    def of_raster(cls, raster: npt.ArrayLike, cycles_per_tick: int) -> Spikes:
        """A dense raster [sample, tick, unit]; each number is how many spikes, all at the first cycle of their tick."""
        dense = np.asarray(raster)
        if dense.ndim != 3:
            raise InputError(f"a raster is [sample, tick, unit]; this one has {dense.ndim} axes")
        counts = dense.astype(np.int64)
        if np.any(counts < 0) or np.any(counts != dense):
            raise InputError("a raster holds whole numbers of spikes")
        sample, tick, unit = np.nonzero(counts)
        times = counts[sample, tick, unit]
        sample, tick, unit = (np.repeat(numbers, times) for numbers in (sample, tick, unit))
        offsets = np.concatenate([[0], np.cumsum(np.bincount(sample, minlength=len(dense)))])
        return cls(offsets, (tick * cycles_per_tick).astype(np.uint32), unit.astype(np.uint32))

    @classmethod
    def empty(cls, samples: int) -> Spikes:
        """Samples without a spike."""
        return cls(np.zeros(samples + 1, np.int64), np.zeros(0, np.uint32), np.zeros(0, np.uint32))

    @classmethod
    def joined(cls, parts: Sequence[Spikes]) -> Spikes:
        """All samples of several batches, one after the other."""
        if len(parts) == 1:
            return parts[0]
        starts = np.cumsum([0] + [part.count for part in parts])
        offsets = [part.offsets[1:] + start for part, start in zip(parts, starts)]
        return cls(
            np.concatenate([np.zeros(1, np.int64), *offsets]),
            _joined([part.cycles for part in parts]),
            _joined([part.units for part in parts]),
        )

    # Looking

    def __len__(self) -> int:
        """Samples."""
        return len(self.offsets) - 1

    @property
    def count(self) -> int:
        """Spikes of all samples."""
        return len(self.cycles)

    @property
    def sample_of_spike(self) -> npt.NDArray[np.int64]:
        """The sample of each spike, [spikes]."""
        return np.repeat(np.arange(len(self)), np.diff(self.offsets))

    def __getitem__(self, sample: int) -> tuple[_Numbers, _Numbers]:
        """Cycles and units of one sample."""
        if not 0 <= sample < len(self):
            raise IndexError(f"there are {len(self)} samples")
        places = slice(self.offsets[sample], self.offsets[sample + 1])
        return self.cycles[places], self.units[places]

    def select(self, samples: npt.ArrayLike) -> Spikes:
        """The chosen samples, in the order given."""
        chosen = np.asarray(samples, np.int64)
        lengths = np.diff(self.offsets)[chosen]
        offsets = np.concatenate([[0], np.cumsum(lengths)])
        places = np.arange(offsets[-1]) + np.repeat(self.offsets[chosen] - offsets[:-1], lengths)
        return Spikes(offsets, self.cycles[places], self.units[places])

    def of_units(self, first: int, count: int) -> Spikes:
        """Spikes of ``count`` units from ``first`` on, numbered from 0."""
        chosen = (self.units >= first) & (self.units < first + count)
        offsets = np.concatenate([[0], np.cumsum(chosen)])[self.offsets]
        return Spikes(offsets, self.cycles[chosen], self.units[chosen] - np.uint32(first))

    def raster(self, ticks: int, units: int, cycles_per_tick: int) -> npt.NDArray[np.uint8]:
        """Dense numbers of spikes, [sample, tick, unit]; those of later ticks or other units are left out."""
        tick = self.cycles // np.uint32(cycles_per_tick)
        inside = (tick < ticks) & (self.units < units)
        dense = np.zeros((len(self), ticks, units), np.uint8)
        np.add.at(dense, (self.sample_of_spike[inside], tick[inside], self.units[inside]), 1)
        return dense

    def counts(self, units: int) -> npt.NDArray[np.int64]:
        """Spikes of each unit, [sample, unit]."""
        inside = self.units < units
        places = self.sample_of_spike[inside] * units + self.units[inside]
        return np.bincount(places, minlength=len(self) * units).reshape(len(self), units)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Spikes):
            return NotImplemented
        return (
            np.array_equal(self.offsets, other.offsets)
            and np.array_equal(self.cycles, other.cycles)
            and np.array_equal(self.units, other.units)
        )

    __hash__ = None  # type: ignore[assignment]


def _whole(values: npt.ArrayLike, dtype: Any, name: str) -> Any:
    """Whole numbers as a flat array of a dtype; others are refused, not bent."""
    array = np.asarray(values)
    if array.ndim != 1:
        raise InputError(f"{name} must be a list, not an array of {array.ndim} axes")
    if array.dtype == dtype:
        return np.ascontiguousarray(array)
    if array.size == 0:
        return np.zeros(0, dtype)
    limits = np.iinfo(dtype)
    if array.dtype.kind not in "iufb" or not np.all(array == np.floor(array.astype(float))):
        raise InputError(f"{name} must be whole numbers")
    if array.min() < limits.min or array.max() > limits.max:
        raise InputError(f"{name} must lie within {limits.min} to {limits.max}")
    return array.astype(dtype)


def _joined(arrays: Sequence[npt.NDArray[np.uint32]]) -> npt.NDArray[np.uint32]:
    return np.concatenate(arrays) if arrays else np.zeros(0, np.uint32)
