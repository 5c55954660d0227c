"""Training in the loop with JAX: a function whose forward pass runs on the chip, and backward by a surrogate.

    net = ChipFunction(chip)
    def loss(weights, raster, labels):
        potentials, spikes = net(weights, raster)
        return cross_entropy(10 * potentials["readout"].max(1), labels)
    jax.value_and_grad(loss)(net.weights(), raster, labels)

The chip is called once for each evaluation, in order, also under `jax.jit`; `jax.vmap` is not supported.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

try:
    import jax
    import jax.numpy as jnp
    from jax.experimental import io_callback
except ImportError as error:
    raise ImportError("synapus.jax needs JAX: pip install 'synapus[jax]'") from error

from .chip import Chip
from .errors import InputError
from .spikes import Spikes
from .surrogate import SurrogateModel

__all__ = ["ChipFunction"]

_Weights = Mapping[str, Any]
_array: Any = jax.ShapeDtypeStruct


class ChipFunction:
    """The network of a chip's loaded image, as a function of its weights.

    Attributes:
        model: the nominal model that gradients go through.
    """

    def __init__(self, chip: Chip, *, steepness: float = 20.0, adc_every: int | None = None) -> None:
        """Takes the image that is loaded on ``chip``.

        Args:
            chip: a chip with an image whose weights are to be trained.
            steepness: of the surrogate derivative, 1 / (1 + steepness |v - 1|)^2.
            adc_every: ticks between two readings of the membranes; by default as fast as the chip can.
        """
        if chip.image is None:
            raise InputError("load an image on the chip first")
        self.chip, self.image = chip, chip.image
        self.model = SurrogateModel(self.image, chip.facts, adc_every=adc_every, steepness=steepness)
        function: Any = jax.custom_vjp(self._value)
        function.defvjp(self._forward, self._backward)
        self._function = function

    def weights(self) -> dict[str, Any]:
        """The image's weights, by projection, [sender, receiver], in the network's own unit."""
        return {name: jnp.asarray(self.image.weights(name, self.chip.facts), jnp.float32) for name in self.image.projections}

    def clamp(self, weights: _Weights) -> dict[str, Any]:
        """Weights brought back into what the chip can hold."""
        largest = self.chip.facts.largest_weight
        bounds = {name: projection.largest(largest) for name, projection in self.image.projections.items()}
        return {name: jnp.clip(values, -bounds[name], bounds[name]) for name, values in weights.items()}

    def __call__(self, weights: _Weights, raster: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        """Writes the weights and runs samples on the chip.

        Args:
            weights: by projection, as :meth:`weights` gives them.
            raster: numbers of spikes, [sample, tick, channel].

        Returns:
            Potentials [sample, ADC time, neuron] by population, 0 at rest and 1 at the threshold, and numbers of spikes
            [sample, tick, neuron] by population that fires; both can be differentiated by the weights.
        """
        expected = (self.image.duration_ticks, self.image.input_count)
        if len(np.shape(raster)) != 3 or np.shape(raster)[1:] != expected:
            raise InputError(f"inputs must be [sample, {expected[0]}, {expected[1]}], not {list(np.shape(raster))}")
        potentials, spikes = self._function(dict(weights), jnp.asarray(raster, jnp.float32))
        return potentials, spikes

    # The chip

    def _shapes(self, samples: int) -> tuple[Any, Any, Any]:
        def shape(*sizes: int) -> Any:
            return _array((samples, *sizes), jnp.float32)

        layers = self.model.layers
        potentials = {name: shape(self.model.times, layer.count) for name, layer in layers.items()}
        spikes = {name: shape(self.model.ticks, layer.count) for name, layer in layers.items() if layer.fires}
        effective = {name: _array(projection.shape, jnp.float32) for name, projection in self.image.projections.items()}
        return potentials, spikes, effective

    def _run(self, weights: _Weights, raster: Any) -> tuple[Any, Any, Any]:
        written = self.chip.write_weights({name: np.asarray(weights[name]) for name in self.image.projections})
        spikes = Spikes.of_raster(np.asarray(raster), self.model.cycles_per_tick)
        recording = self.chip.run(spikes, adc=self.model.adc_populations, adc_every=self.model.adc_every)
        potentials, rasters = self.model.answers(recording)
        dense = {name: values.astype(np.float32) for name, values in rasters.items()}
        return potentials, dense, {name: values.astype(np.float32) for name, values in written.effective.items()}

    def _call(self, weights: _Weights, raster: Any) -> Any:
        return io_callback(self._run, self._shapes(raster.shape[0]), weights, raster, ordered=True)

    # The function and its derivative

    def _value(self, weights: _Weights, raster: Any) -> Any:
        potentials, spikes, _ = self._call(weights, raster)
        return potentials, spikes

    def _forward(self, weights: _Weights, raster: Any) -> Any:
        potentials, spikes, effective = self._call(weights, raster)
        return (potentials, spikes), (raster, potentials, spikes, effective)

    def _backward(self, kept: Any, gradients: Any) -> Any:
        shapes = {name: _array(p.shape, jnp.float32) for name, p in self.image.projections.items()}
        by_weights = jax.pure_callback(self._gradient, shapes, *kept, *gradients)
        return by_weights, jnp.zeros_like(kept[0])

    def _gradient(
        self, raster: Any, potentials: Any, spikes: Any, effective: Any, d_potentials: Any, d_spikes: Any
    ) -> dict[str, Any]:
        def plain(tree: Mapping[str, Any]) -> dict[str, Any]:
            return {name: np.asarray(values) for name, values in tree.items()}

        rasters = {name: values.astype(np.uint8) for name, values in plain(spikes).items()}
        return self.model.gradient(
            np.asarray(raster).astype(np.uint8), plain(potentials), rasters, plain(effective), plain(d_potentials),
            plain(d_spikes),
        )  # fmt: skip
