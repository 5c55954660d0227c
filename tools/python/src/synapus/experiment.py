"""What a run asks of a chip: inputs, duration, and what to record."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any

import numpy as np
import numpy.typing as npt

from .errors import InputError
from .protocol import AnyArray, Header, narrowest
from .spikes import Spikes

__all__ = ["Experiment", "GradedChannel", "GradedEvents", "RegisterProbe"]

LONGEST_TICKS = 1 << 24


class GradedChannel(IntEnum):
    """What a graded event carries to the learning engine."""

    ERROR = 0
    REWARD = 1
    Y1 = 2
    Y2 = 3
    Y3 = 4
    #: The unit fires.
    TEACHER = 5


@dataclass(frozen=True)
class GradedEvents:
    """Graded events of learning chips; sample i owns ``offsets[i]`` to ``offsets[i + 1] - 1``.

    Attributes:
        offsets: i64 [samples + 1].
        ticks: [events], ascending within a sample.
        channels: [events], a :class:`GradedChannel` each.
        units: [events].
        values: [events], -32,768 to 32,767.
    """

    offsets: npt.ArrayLike
    ticks: npt.ArrayLike
    channels: npt.ArrayLike
    units: npt.ArrayLike
    values: npt.ArrayLike

    def arrays(self) -> dict[str, AnyArray]:
        """As the wire has them."""
        return {
            "graded_offsets": np.asarray(self.offsets, np.int64),
            "graded_ticks": np.asarray(self.ticks, np.uint32),
            "graded_channels": np.asarray(self.channels, np.uint8),
            "graded_units": np.asarray(self.units, np.uint32),
            "graded_values": np.asarray(self.values, np.int32),
        }


@dataclass(frozen=True)
class RegisterProbe:
    """A register of a digital core to read: ``current``, ``voltage``, ``x1``, ``weight`` ... (docs/protocol.md)."""

    register: str
    #: Position of the core in the image, and the part on it.
    core: int
    part: int
    #: At every tick, or once when a sample ends.
    every_tick: bool = False


@dataclass(frozen=True)
class Experiment:
    """One mini-batch of independent samples; each starts from rest."""

    inputs: Spikes
    #: Length of each sample, in ticks.
    duration_ticks: int
    #: The host's number of each sample, [samples]: with the chip's trial seed it fixes the trial noise.
    sample_numbers: npt.ArrayLike
    record_spikes: bool = True
    #: Populations whose membranes the column ADC reads every ``adc_every`` ticks.
    adc_populations: Sequence[str] = ()
    adc_every: int = 1
    #: (core, column) of circuits whose membrane is traced, in volts, at every tick.
    traced_circuits: Sequence[tuple[int, int]] = ()
    #: (core, column) of the circuit that the fast ADC converts.
    fast_adc: tuple[int, int] | None = None
    sensed_cores: Sequence[int] = ()
    probed_cores: Sequence[int] = ()
    graded: GradedEvents | None = None
    registers: Sequence[RegisterProbe] = ()
    #: Recorded draws of the learning engine: ``x_decay``, ``y_decay``, ``rounding``, ``x_impulse``, ``y_impulse``,
    #: ``y_impulse_repeat``, all six.
    draws: Mapping[str, npt.ArrayLike] | None = field(default=None)

    def __post_init__(self) -> None:
        if not 1 <= self.duration_ticks <= LONGEST_TICKS:
            raise InputError(f"a sample runs 1 to {LONGEST_TICKS} ticks, not {self.duration_ticks}")
        if not 1 <= self.adc_every <= LONGEST_TICKS:
            raise InputError(f"the ADC reads every 1 to {LONGEST_TICKS} ticks, not every {self.adc_every}")
        if np.shape(self.sample_numbers) != (len(self.inputs),):
            raise InputError(f"one number a sample is needed: {len(self.inputs)}, not {np.shape(self.sample_numbers)}")

    def fields(self) -> Header:
        """The header's part."""
        fields: Header = {
            "duration_ticks": self.duration_ticks,
            "record_spikes": self.record_spikes,
            "adc_populations": list(self.adc_populations),
            "adc_every": self.adc_every,
        }
        if self.registers:
            fields["registers"] = [probe.register for probe in self.registers]
        return fields

    def arrays(self) -> dict[str, AnyArray]:
        """The payload's arrays."""
        arrays: dict[str, AnyArray] = {
            "sample_numbers": np.asarray(self.sample_numbers, np.uint64),
            "offsets": self.inputs.offsets,
            "cycles": narrowest(self.inputs.cycles),
            "units": narrowest(self.inputs.units),
            "traced_circuits": _places(self.traced_circuits),
        }
        if self.fast_adc is not None:
            arrays["fast_adc"] = _places([self.fast_adc])
        if self.sensed_cores:
            arrays["sensed_cores"] = np.asarray(self.sensed_cores, np.int32)
        if self.probed_cores:
            arrays["probed_cores"] = np.asarray(self.probed_cores, np.int32)
        if self.graded is not None:
            arrays.update(self.graded.arrays())
        if self.registers:
            arrays["register_places"] = np.array(
                [(probe.core, probe.part, int(probe.every_tick)) for probe in self.registers], np.int32
            )
        if self.draws is not None:
            arrays.update(_draws(self.draws))
        return arrays


def _places(circuits: Iterable[tuple[int, int]]) -> AnyArray:
    return np.array(list(circuits), np.int32).reshape(-1, 2)


def _draws(draws: Mapping[str, Any]) -> dict[str, AnyArray]:
    reals, wholes = ("x_decay", "y_decay", "rounding"), ("x_impulse", "y_impulse", "y_impulse_repeat")
    missing = [name for name in (*reals, *wholes) if name not in draws]
    if missing:
        raise InputError(f"draws come all six together; {', '.join(missing)} are missing")
    arrays = {f"draws_{name}": np.asarray(draws[name], np.float64) for name in reals}
    return arrays | {f"draws_{name}": np.asarray(draws[name], np.int64) for name in wholes}
