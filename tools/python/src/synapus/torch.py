"""Training in the loop with PyTorch: a module whose forward pass runs on the chip, and backward by a surrogate.

    net = ChipNetwork(chip)
    answer = net(raster)                       # [sample, tick, channel] on the chip
    loss = cross_entropy(10 * answer.potentials["readout"].amax(1), labels)
    loss.backward()                            # through the nominal model, at the chip's own spikes and potentials

Weights are rounded for the chip at every forward pass, and gradients go straight through the rounding.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

try:
    import torch
except ImportError as error:
    raise ImportError("synapus.torch needs PyTorch: pip install 'synapus[torch]'") from error

from .chip import Chip
from .errors import InputError
from .spikes import Spikes
from .surrogate import SurrogateModel

__all__ = ["ChipAnswer", "ChipNetwork"]


class ChipAnswer(NamedTuple):
    """What a forward pass gives, by population; both can be differentiated."""

    #: [sample, ADC time, neuron]: 0 at rest, 1 at the threshold (or 1 in the network's unit where none fires).
    potentials: dict[str, torch.Tensor]
    #: [sample, tick, neuron], of populations that fire: numbers of spikes.
    spikes: dict[str, torch.Tensor]


class ChipNetwork(torch.nn.Module):  # type: ignore[misc,unused-ignore]
    """The network of a chip's loaded image, with its weights as parameters.

    Attributes:
        weights: a parameter for each projection, [sender, receiver], in the network's own unit. Dots in names become ``_``.
        model: the nominal model that gradients go through.
    """

    def __init__(self, chip: Chip, *, steepness: float = 20.0, adc_every: int | None = None) -> None:
        """Takes the image that is loaded on ``chip``, and its weights as they are there.

        Args:
            chip: a chip with an image whose weights are to be trained.
            steepness: of the surrogate derivative, 1 / (1 + steepness |v - 1|)^2.
            adc_every: ticks between two readings of the membranes; by default as fast as the chip can.
        """
        super().__init__()
        if chip.image is None:
            raise InputError("load an image on the chip first")
        self.chip, self.image = chip, chip.image
        self.model = SurrogateModel(self.image, chip.facts, adc_every=adc_every, steepness=steepness)
        self._keys = {name: name.replace(".", "_") for name in self.image.projections}
        self.weights = torch.nn.ParameterDict(
            {
                key: torch.nn.Parameter(torch.tensor(self.image.weights(name, chip.facts), dtype=torch.float32))
                for name, key in self._keys.items()
            }
        )

    def weight(self, projection: str) -> torch.nn.Parameter:
        """The parameter of a projection."""
        parameter: torch.nn.Parameter = self.weights[self._keys[projection]]
        return parameter

    def largest(self, projection: str) -> float:
        """The largest weight that the chip can hold for a projection."""
        return self.image.projection(projection).largest(self.chip.facts.largest_weight)

    @torch.no_grad()  # type: ignore[untyped-decorator,unused-ignore]
    def clamp(self) -> None:
        """Brings all weights back into what the chip can hold; call it after each step of the optimiser."""
        for name in self._keys:
            bound = self.largest(name)
            self.weight(name).clamp_(-bound, bound)

    def forward(self, inputs: torch.Tensor | np.ndarray[Any, Any] | Spikes) -> ChipAnswer:
        """Writes the weights and runs samples on the chip.

        Args:
            inputs: numbers of spikes [sample, tick, channel], or spikes with their clock cycles.
        """
        spikes, raster = _both(inputs, self)
        names = list(self._keys)
        run: Any = _Run.apply
        outputs = run(self, spikes, raster, *(self.weight(name) for name in names))
        populations = list(self.model.layers)
        firing = [name for name, layer in self.model.layers.items() if layer.fires]
        return ChipAnswer(
            dict(zip(populations, outputs[: len(populations)])), dict(zip(firing, outputs[len(populations) :]))
        )


def _both(inputs: Any, net: ChipNetwork) -> tuple[Spikes, np.ndarray[Any, Any]]:
    """Inputs as spikes for the chip and as a raster for the model."""
    ticks, cycles = net.image.duration_ticks, net.model.cycles_per_tick
    if isinstance(inputs, Spikes):
        return inputs, inputs.raster(ticks, net.image.input_count, cycles)
    raster = np.asarray(inputs.detach().cpu().numpy() if isinstance(inputs, torch.Tensor) else inputs)
    if raster.ndim != 3 or raster.shape[1:] != (ticks, net.image.input_count):
        raise InputError(f"inputs must be [sample, {ticks}, {net.image.input_count}], not {list(raster.shape)}")
    return Spikes.of_raster(raster, cycles), raster.astype(np.uint8)


class _Run(torch.autograd.Function):  # type: ignore[misc,unused-ignore]
    @staticmethod
    def forward(
        ctx: Any, net: ChipNetwork, spikes: Spikes, raster: np.ndarray[Any, Any], *weights: torch.Tensor
    ) -> tuple[torch.Tensor, ...]:
        model = net.model
        arrays = {name: weight.detach().cpu().numpy() for name, weight in zip(net.image.projections, weights)}
        written = net.chip.write_weights(arrays)
        recording = net.chip.run(spikes, adc=model.adc_populations, adc_every=model.adc_every)
        potentials, rasters = model.answers(recording)
        ctx.net, ctx.inputs, ctx.effective = net, raster, written.effective
        ctx.potentials, ctx.rasters = potentials, rasters
        outputs = [torch.from_numpy(values) for values in potentials.values()]
        return (*outputs, *(torch.from_numpy(values.astype(np.float32)) for values in rasters.values()))

    @staticmethod
    def backward(ctx: Any, *gradients: torch.Tensor | None) -> tuple[Any, ...]:
        arrays = [None if gradient is None else gradient.detach().cpu().numpy() for gradient in gradients]
        populations = len(ctx.potentials)
        gradient = ctx.net.model.gradient(
            ctx.inputs, ctx.potentials, ctx.rasters, ctx.effective,
            {name: values for name, values in zip(ctx.potentials, arrays[:populations]) if values is not None},
            {name: values for name, values in zip(ctx.rasters, arrays[populations:]) if values is not None},
        )  # fmt: skip
        return None, None, None, *(torch.from_numpy(gradient[name]) for name in ctx.net.image.projections)
