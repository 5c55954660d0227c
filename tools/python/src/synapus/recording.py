"""What a run gives: spikes, ADC codes, traces, counts and energy, as numpy arrays."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from .errors import InputError, ProtocolError
from .protocol import AnyArray, Header
from .spikes import Spikes

__all__ = ["Layout", "Recording"]


@dataclass(frozen=True)
class Layout:
    """What the units, columns and times of a recording mean."""

    #: First unit and number of neurons of each population, in the image's order.
    populations: Mapping[str, tuple[int, int]]
    #: The populations that the ADC read, in the order of its columns.
    adc_populations: tuple[str, ...]
    duration_ticks: int
    adc_every: int
    cycles_per_tick: int
    #: Hardware seconds of a clock cycle, and biological seconds of a hardware second.
    seconds_per_cycle: float
    acceleration: float = 1.0

    def units(self, population: str) -> tuple[int, int]:
        """First unit and number of neurons of a population."""
        if population not in self.populations:
            raise InputError(f"there is no population '{population}'; there are {', '.join(self.populations)}")
        return self.populations[population]

    def columns(self, population: str) -> slice:
        """The ADC columns of a population."""
        first = 0
        for name in self.adc_populations:
            count = self.units(name)[1]
            if name == population:
                return slice(first, first + count)
            first += count
        raise InputError(f"the ADC did not read '{population}'; it read {', '.join(self.adc_populations) or 'none'}")


@dataclass(frozen=True)
class Recording:
    """The recording of a run, or of consecutive samples of it.

    Attributes:
        spikes: of all populations; ``units`` count through the image's populations.
        adc: codes u8 [sample, time, column]; time k is tick ``(k + 1) * adc_every - 1``.
        traces: membrane potentials in volts, f64 [sample, tick, circuit].
        fast_adc: 10-bit codes u16 [sample x tick], empty unless asked for.
        correlations: u8, by sample, core, causal or acausal, row, column.
        occupancy: u16, waiting events by sample, tick, core, output FIFO or input port.
        registers: f64 each, by sample, tick and register, in the order of the request.
        first_sample: the number of the first sample within the run.
        counters: sums over the run, by name; empty in a partial recording.
        energy: joules by cause; empty in a partial recording.
        hardware_seconds: the time that the chip would have taken; NaN in a partial recording.
        checkpoint: the newest durable checkpoint, and runs_since those that it does not hold.
    """

    spikes: Spikes
    adc: npt.NDArray[np.uint8]
    traces: npt.NDArray[np.float64]
    layout: Layout
    fast_adc: npt.NDArray[np.uint16] = field(default_factory=lambda: np.zeros(0, np.uint16))
    correlations: npt.NDArray[np.uint8] = field(default_factory=lambda: np.zeros(0, np.uint8))
    occupancy: npt.NDArray[np.uint16] = field(default_factory=lambda: np.zeros(0, np.uint16))
    registers: tuple[npt.NDArray[np.float64], ...] = ()
    first_sample: int = 0
    counters: dict[str, int] = field(default_factory=dict)
    energy: dict[str, float] = field(default_factory=dict)
    hardware_seconds: float = float("nan")
    checkpoint: int | None = None
    runs_since: int | None = None

    # Looking

    def __len__(self) -> int:
        """Samples."""
        return len(self.spikes)

    @property
    def samples(self) -> range:
        """The samples of the run that this holds."""
        return range(self.first_sample, self.first_sample + len(self))

    @property
    def energy_joules(self) -> float:
        """The energy by all causes together, in joules."""
        return sum(self.energy.values())

    def spikes_of(self, population: str) -> Spikes:
        """The spikes of one population; its neurons are numbered from 0."""
        return self.spikes.of_units(*self.layout.units(population))

    def raster(self, population: str) -> npt.NDArray[np.uint8]:
        """Spikes of a population in each tick, [sample, tick, neuron]."""
        count = self.layout.units(population)[1]
        return self.spikes_of(population).raster(self.layout.duration_ticks, count, self.layout.cycles_per_tick)

    def counts(self, population: str) -> npt.NDArray[np.int64]:
        """Spikes of each neuron of a population, [sample, neuron]."""
        return self.spikes_of(population).counts(self.layout.units(population)[1])

    def adc_of(self, population: str) -> npt.NDArray[np.uint8]:
        """The ADC codes of a population, [sample, time, neuron]."""
        return self.adc[:, :, self.layout.columns(population)]

    @property
    def adc_ticks(self) -> npt.NDArray[np.int64]:
        """The tick of each ADC sample, [time]."""
        return (np.arange(self.adc.shape[1]) + 1) * self.layout.adc_every - 1

    def seconds(self) -> npt.NDArray[np.float64]:
        """The time of each spike from the start of its sample, in hardware seconds."""
        return self.spikes.cycles.astype(np.float64) * self.layout.seconds_per_cycle

    # Keeping

    def save_npz(self, path: str | os.PathLike[str]) -> None:
        """Writes everything to a compressed ``.npz`` file."""
        layout = self.layout
        about = {
            "schema": "synapus-python-recording/1",
            "populations": {name: list(units) for name, units in layout.populations.items()},
            "adc_populations": list(layout.adc_populations),
            "first_sample": self.first_sample,
            "counters": self.counters,
            "energy_joules": self.energy,
            "hardware_seconds": None if np.isnan(self.hardware_seconds) else self.hardware_seconds,
            "checkpoint": self.checkpoint,
            "runs_since": self.runs_since,
        } | {name: getattr(layout, name) for name in _LAYOUT_NUMBERS}
        arrays: dict[str, AnyArray] = {
            "offsets": self.spikes.offsets, "cycles": self.spikes.cycles, "units": self.spikes.units,
            "adc": self.adc, "traces": self.traces, "fast_adc": self.fast_adc,
            "correlations": self.correlations, "occupancy": self.occupancy,
        }  # fmt: skip
        arrays |= {f"register_{i}": values for i, values in enumerate(self.registers)}
        np.savez_compressed(path, about=np.array(json.dumps(about)), **arrays)  # type: ignore[arg-type]

    @classmethod
    def load_npz(cls, path: str | os.PathLike[str]) -> Recording:
        """Reads what :meth:`save_npz` wrote."""
        with np.load(path, allow_pickle=False) as file:
            about = json.loads(str(file["about"]))
            layout = Layout(
                populations={name: (units[0], units[1]) for name, units in about["populations"].items()},
                adc_populations=tuple(about["adc_populations"]),
                **{name: about[name] for name in _LAYOUT_NUMBERS},
            )
            registers: list[npt.NDArray[np.float64]] = []
            while f"register_{len(registers)}" in file:
                registers.append(file[f"register_{len(registers)}"])
            seconds = about["hardware_seconds"]
            return cls(
                spikes=Spikes(file["offsets"], file["cycles"], file["units"]),
                adc=file["adc"], traces=file["traces"], layout=layout, fast_adc=file["fast_adc"],
                correlations=file["correlations"], occupancy=file["occupancy"], registers=tuple(registers),
                first_sample=about["first_sample"], counters=about["counters"], energy=about["energy_joules"],
                hardware_seconds=float("nan") if seconds is None else seconds,
                checkpoint=about["checkpoint"], runs_since=about["runs_since"],
            )  # fmt: skip

    def to_neo(self) -> Any:
        """A ``neo.Block``: a segment a sample, a spike train a neuron, in hardware seconds; needs the package neo.

        Traced membranes are analog signals in volts, ADC codes dimensionless ones, an array annotation names populations.
        """
        try:
            import neo
            import quantities as pq
        except ImportError as error:
            raise ImportError("to_neo() needs the package neo: pip install 'synapus[neo]'") from error
        tick = self.layout.cycles_per_tick * self.layout.seconds_per_cycle
        end = self.layout.duration_ticks * tick
        block = neo.Block(name="synapus", counters=dict(self.counters))
        for sample in range(len(self)):
            segment = neo.Segment(name=f"sample {self.first_sample + sample}")
            cycles, units = self.spikes[sample]
            for name, (first, count) in self.layout.populations.items():
                for neuron in range(count):
                    times = cycles[units == first + neuron] * self.layout.seconds_per_cycle
                    segment.spiketrains.append(
                        neo.SpikeTrain(times * pq.s, t_stop=end * pq.s, population=name, neuron=neuron)
                    )
            if self.traces.size:
                segment.analogsignals.append(
                    neo.AnalogSignal(self.traces[sample], units="V", sampling_period=tick * pq.s, name="membrane")
                )
            if self.adc.size:
                every = self.layout.adc_every * tick
                segment.analogsignals.append(
                    neo.AnalogSignal(
                        self.adc[sample].astype(float),
                        units="dimensionless",
                        sampling_period=every * pq.s,
                        t_start=(every - tick) * pq.s,
                        name="adc",
                        populations=list(self.layout.adc_populations),
                    )  # fmt: skip
                )
            block.segments.append(segment)
        return block

    # Reading

    @classmethod
    def of_arrays(cls, arrays: Mapping[str, AnyArray], layout: Layout, first_sample: int, samples: int) -> Recording:
        """A part of a recording from its arrays, held to the shapes that it must have."""
        offsets = _take(arrays, "offsets", np.int64, (samples + 1,))
        cycles = _widened(arrays, "cycles", (None,))
        units = _widened(arrays, "units", (len(cycles),))
        registers: list[npt.NDArray[np.float64]] = []
        while f"register_{len(registers)}" in arrays:
            registers.append(_take(arrays, f"register_{len(registers)}", np.float64, (None,)))
        try:
            spikes = Spikes(offsets, cycles, units)
        except InputError as error:
            raise ProtocolError(f"the server's spikes are not sound: {error}") from None
        return cls(
            spikes=spikes,
            adc=_take(arrays, "adc", np.uint8, (samples, None, None)),
            traces=_take(arrays, "traces", np.float64, (samples, None, None)),
            layout=layout,
            fast_adc=_optional(arrays, "fast_adc", np.uint16),
            correlations=_optional(arrays, "correlations", np.uint8),
            occupancy=_optional(arrays, "occupancy", np.uint16),
            registers=tuple(registers),
            first_sample=first_sample,
        )

    @classmethod
    def joined(cls, parts: Sequence[Recording]) -> Recording:
        """Consecutive parts as one."""
        if len(parts) == 1:
            return parts[0]
        if any(part.adc.shape[1:] != parts[0].adc.shape[1:] for part in parts):
            raise ProtocolError("the parts of a recording have different ADC shapes")
        if any(part.traces.shape[1:] != parts[0].traces.shape[1:] for part in parts):
            raise ProtocolError("the parts of a recording have different traces")
        if any(len(part.registers) != len(parts[0].registers) for part in parts):
            raise ProtocolError("the parts of a recording have different registers")
        return replace(
            parts[0],
            spikes=Spikes.joined([part.spikes for part in parts]),
            adc=np.concatenate([part.adc for part in parts]),
            traces=np.concatenate([part.traces for part in parts]),
            fast_adc=np.concatenate([part.fast_adc for part in parts]),
            correlations=np.concatenate([part.correlations for part in parts]),
            occupancy=np.concatenate([part.occupancy for part in parts]),
            registers=tuple(np.concatenate(values) for values in zip(*(part.registers for part in parts))),
        )

    def with_sums(self, header: Header) -> Recording:
        """With the counts, energy and times of the run's answer."""
        seconds = header.get("hardware_seconds")
        return replace(
            self,
            counters={k: v for k, v in _object(header, "counters").items() if isinstance(v, int)},
            energy={k: float(v) for k, v in _object(header, "energy_joules").items() if isinstance(v, (int, float))},
            hardware_seconds=float(seconds) if isinstance(seconds, (int, float)) else float("nan"),
            checkpoint=_whole(header, "checkpoint"),
            runs_since=_whole(header, "runs_since"),
        )


_LAYOUT_NUMBERS = ("duration_ticks", "adc_every", "cycles_per_tick", "seconds_per_cycle", "acceleration")


def _take(arrays: Mapping[str, AnyArray], name: str, dtype: Any, shape: tuple[int | None, ...]) -> AnyArray:
    array = arrays.get(name)
    if array is None:
        raise ProtocolError(f"a recording has no array '{name}'")
    fits = len(array.shape) == len(shape) and all(w is None or s == w for s, w in zip(array.shape, shape))
    if array.dtype != dtype or not fits:
        raise ProtocolError(f"array '{name}' of a recording is {array.dtype} {list(array.shape)}")
    return array


def _widened(arrays: Mapping[str, AnyArray], name: str, shape: tuple[int | None, ...]) -> AnyArray:
    """An array that may have come as the narrowest type that holds its values."""
    kind = arrays[name].dtype if name in arrays and arrays[name].dtype in (np.uint8, np.uint16) else np.uint32
    return _take(arrays, name, kind, shape).astype(np.uint32, copy=False)


def _optional(arrays: Mapping[str, AnyArray], name: str, dtype: Any) -> AnyArray:
    return _take(arrays, name, dtype, (None,)) if name in arrays else np.zeros(0, dtype)


def _object(header: Header, name: str) -> dict[str, Any]:
    value = header.get(name)
    return value if isinstance(value, dict) else {}


def _whole(header: Header, name: str) -> int | None:
    value = header.get(name)
    return value if isinstance(value, int) and not isinstance(value, bool) else None
