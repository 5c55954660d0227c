"""Gradients of networks on a chip, by a surrogate: what training in the loop needs, in numpy.

The chip runs forward; backward goes through the network's nominal model, with the chip's own spikes and ADC codes in place
of the model's. The host never learns the device's true constants, and still the weights that come out fit the device.

The model of a layer, in units of the threshold (an event of tick t acts in tick t + 1)::

    I_t = b I_{t-1} + sum of w x_{t-1}        v_t = a v_{t-1} + (1 - a) I_t        s_t = [v_t > 1]

The derivative of a spike by its potential is ``1 / (1 + steepness |v - 1|)^2`` (SuperSpike: Zenke and Ganguli, Neural
Computation 30(6), 2018), with v the potential that the ADC read last, and v = 1 where the neuron fired. A reset cuts the
path and is not differentiated. Cramer et al., PNAS 119(4), 2022, train analog chips in this way.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from .chipfile import ChipFacts
from .errors import InputError
from .image import Image
from .recording import Recording

__all__ = ["Layer", "SurrogateModel"]

_Reals = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Layer:
    """The nominal constants of a population."""

    name: str
    count: int
    #: Membrane and synaptic time constants, in ticks.
    membrane_ticks: float
    synaptic_ticks: float
    #: Whether its neurons fire, or only integrate.
    fires: bool
    #: The ADC code at rest, and ADC codes of one threshold (of 1 in the network's unit where none fires).
    rest_code: float
    codes_per_unit: float
    #: What a potential of 1 is in the network's own unit of weight.
    weight_per_unit: float

    @classmethod
    def of_image(cls, image: Image, facts: ChipFacts, name: str) -> Layer:
        """Reads a population's constants off its circuits' codes: medians, because calibrated codes differ."""
        circuits = image.circuits_of(name)
        incoming = [projection for projection in image.projections.values() if projection.target == name]
        if not incoming:
            raise InputError(f"nothing leads to population '{name}', so that its weights have no unit")
        if bool(circuits.fires.any()) != bool(circuits.fires.all()):
            raise InputError(f"some neurons of population '{name}' fire, and others do not")
        potential = facts.law("neuron.potential_volts")
        rest = float(np.median(potential.value(circuits.leak)))
        gain = float(np.median(facts.law("neuron.gain_volts_per_weight").value(circuits.excitatory_gain)))
        # Volts of 1 in the network's own unit.
        unit = gain / incoming[0].weight_per_step
        fires = bool(circuits.fires[0])
        theta = float(np.median(potential.value(circuits.threshold))) - rest if fires else unit
        lsb, zero = facts.number("readout.lsb_volts"), facts.number("readout.zero_volts")

        def ticks(path: str, codes: npt.ArrayLike) -> float:
            return float(np.median(facts.law(path).value(codes))) / facts.tick_seconds

        return cls(
            name=name,
            count=len(circuits.leak),
            membrane_ticks=ticks("neuron.membrane_time_seconds", circuits.membrane_time),
            synaptic_ticks=ticks("neuron.synaptic_time_seconds", circuits.excitatory_time),
            fires=fires,
            rest_code=(rest - zero) / lsb,
            codes_per_unit=theta / lsb,
            weight_per_unit=theta / unit,
        )


class SurrogateModel:
    """The nominal model of an image's network: potentials from ADC codes, and gradients by the weights.

    All populations must be read by the ADC, in the image's order, and all spikes recorded.

    Attributes:
        layers: by population, in the image's order.
        steepness: of the surrogate derivative.
    """

    def __init__(self, image: Image, facts: ChipFacts, *, adc_every: int | None = None, steepness: float = 20.0) -> None:
        self.image, self.steepness = image, steepness
        self.ticks = image.duration_ticks
        self.adc_every = facts.adc_every if adc_every is None else adc_every
        self.cycles_per_tick = facts.cycles_per_tick
        if self.ticks < self.adc_every:
            raise InputError(f"a sample of {self.ticks} ticks ends before the ADC has read once")
        self.layers = {name: Layer.of_image(image, facts, name) for name in image.populations}
        self.times = self.ticks // self.adc_every

    @property
    def adc_populations(self) -> tuple[str, ...]:
        """What ``Chip.run(adc=...)`` must be given."""
        return tuple(self.layers)

    # Dense answers

    def potentials(self, codes: npt.NDArray[np.uint8]) -> dict[str, _Reals]:
        """Codes [sample, time, column] as potentials by population, [sample, time, neuron]: 0 at rest, 1 at threshold."""
        columns = sum(layer.count for layer in self.layers.values())
        if codes.ndim != 3 or codes.shape[1:] != (self.times, columns):
            raise InputError(f"codes must be [sample, {self.times}, {columns}], not {list(codes.shape)}")
        result: dict[str, _Reals] = {}
        first = 0
        for name, layer in self.layers.items():
            part = codes[:, :, first : first + layer.count].astype(np.float32)
            result[name] = (part - np.float32(layer.rest_code)) / np.float32(layer.codes_per_unit)
            first += layer.count
        return result

    def answers(self, recording: Recording) -> tuple[dict[str, _Reals], dict[str, npt.NDArray[np.uint8]]]:
        """Potentials and rasters [sample, tick, neuron] of a recording, by population."""
        rasters = {name: recording.raster(name) for name, layer in self.layers.items() if layer.fires}
        return self.potentials(recording.adc), rasters

    # Backward

    def gradient(
        self,
        inputs: npt.NDArray[np.uint8],
        potentials: Mapping[str, _Reals],
        rasters: Mapping[str, npt.NDArray[np.uint8]],
        weights: Mapping[str, npt.ArrayLike],
        d_potentials: Mapping[str, npt.ArrayLike],
        d_rasters: Mapping[str, npt.ArrayLike] | None = None,
    ) -> dict[str, _Reals]:
        """The derivatives of a loss by all weights.

        Args:
            inputs: what went in, [sample, tick, channel].
            potentials, rasters: what came out, as :meth:`answers` gives it.
            weights: as the chip computes with them, by projection, [sender, receiver] in the network's unit.
            d_potentials: derivatives of the loss by the potentials of populations, [sample, time, neuron].
            d_rasters: derivatives by spikes, [sample, tick, neuron], or by spike counts, [sample, 1, neuron].

        Returns:
            By projection, [sender, receiver], in the network's own unit.
        """
        samples = len(inputs)
        slopes = {name: self._slope(potentials[name], rasters[name]) for name in rasters}
        direct = {name: self._direct(name, d_potentials, samples) for name in self.layers}
        outer = {name: np.asarray(values, np.float32) for name, values in (d_rasters or {}).items()}
        scaled = {name: np.asarray(weights[name], np.float32) / self._unit(name) for name in self.image.projections}
        adjoint = {name: _Adjoint(layer, samples, self.ticks) for name, layer in self.layers.items()}
        outgoing = {
            name: [projection for projection in self.image.projections.values() if projection.source == name]
            for name in self.layers
        }
        for t in range(self.ticks - 1, -1, -1):
            # What arrives is of tick t + 1 throughout: all of it is taken before any of it is moved on.
            back = {}
            for name in rasters:
                total = np.zeros((samples, self.layers[name].count), np.float32)
                for projection in outgoing[name]:
                    total += _product(adjoint[projection.target].current, scaled[projection.name])
                if name in outer:
                    total += outer[name][:, t if outer[name].shape[1] > 1 else 0]
                back[name] = slopes[name][:, t] * total
            for name, each in adjoint.items():
                each.step(t, back.get(name), direct[name].get(t), rasters[name][:, t] if name in rasters else None)
        return {
            name: self._sum(inputs if projection.source is None else rasters[projection.source], adjoint[projection.target])
            / self._unit(name)
            for name, projection in self.image.projections.items()
        }

    def _unit(self, projection: str) -> np.float32:
        return np.float32(self.layers[self.image.projections[projection].target].weight_per_unit)

    def _slope(self, potentials: _Reals, raster: npt.NDArray[np.uint8]) -> _Reals:
        """The surrogate derivative at each tick; the ADC's value is held, and before the first the neuron is at rest."""
        held = np.clip((np.arange(self.ticks) + 1) // self.adc_every, 0, self.times)
        values = np.empty((len(potentials), self.times + 1, potentials.shape[2]), np.float32)
        values[:, 0] = 1 / (1 + self.steepness) ** 2
        values[:, 1:] = 1 / (1 + np.float32(self.steepness) * np.abs(potentials - 1)) ** 2
        dense: _Reals = values[:, held]
        dense[raster > 0] = 1
        return dense

    def _direct(self, name: str, d_potentials: Mapping[str, npt.ArrayLike], samples: int) -> dict[int, _Reals]:
        if name not in d_potentials:
            return {}
        values = np.asarray(d_potentials[name], np.float32)
        expected = (samples, self.times, self.layers[name].count)
        if values.shape != expected:
            raise InputError(f"derivatives by potentials of '{name}' must be {list(expected)}, not {list(values.shape)}")
        return {(k + 1) * self.adc_every - 1: values[:, k] for k in range(self.times)}

    @staticmethod
    def _sum(events: npt.NDArray[np.uint8], adjoint: _Adjoint) -> _Reals:
        """Events of tick t times the adjoint of the current of tick t + 1, over ticks and samples."""
        sample, tick, unit = np.nonzero(events)
        total: _Reals = np.zeros((events.shape[2], adjoint.history.shape[2]), np.float32)
        if len(unit) == 0:
            return total
        order = np.argsort(unit, kind="stable")
        sample, tick, unit = sample[order], tick[order], unit[order]
        rows = adjoint.history[tick, sample] * events[sample, tick, unit, None].astype(np.float32)
        first = np.flatnonzero(np.diff(unit, prepend=-1))
        total[unit[first]] = np.add.reduceat(rows, first, axis=0)
        return total


def _product(currents: _Reals, weights: _Reals) -> _Reals:
    """[sample, receiver] by [sender, receiver] to [sample, sender].

    Small products are summed here: a linear algebra library would wake its threads for each, which costs far more.
    """
    if len(currents) * weights.size < 500_000:
        small: _Reals = np.einsum("sr,jr->sj", currents, weights)
        return small
    return currents @ weights.T


class _Adjoint:
    """The adjoint of a layer's potential and current, going backwards in time."""

    def __init__(self, layer: Layer, samples: int, ticks: int) -> None:
        self._a = np.float32(np.exp(-1 / layer.membrane_ticks))
        self._b = np.float32(np.exp(-1 / layer.synaptic_ticks))
        self._potential: _Reals = np.zeros((samples, layer.count), np.float32)
        #: Of the current of the tick that was done last.
        self.current: _Reals = np.zeros((samples, layer.count), np.float32)
        #: [tick, sample, neuron]: of the current of the tick after.
        self.history: _Reals = np.zeros((ticks, samples, layer.count), np.float32)

    def step(self, t: int, back: _Reals | None, direct: _Reals | None, fired: npt.NDArray[np.uint8] | None) -> None:
        self.history[t] = self.current
        potential = self._a * self._potential
        if fired is not None:
            potential *= fired == 0
        if back is not None:
            potential += back
        if direct is not None:
            potential += direct
        self._potential = potential
        self.current = (1 - self._a) * potential + self._b * self.current
