"""The surrogate gradient against the equations written out, and against automatic differentiation."""

import numpy as np
import pytest
from small import small_image
from mock_server import CHIP_FILE

from synapus import ChipFacts, InputError
from synapus.surrogate import Layer, SurrogateModel


class TwoLayers:
    """A network of two layers with recurrent weights, as an image would describe it."""

    def __init__(self, inputs=3, hidden=7, outputs=2, ticks=30):
        from synapus.image import Image
        from synapus.projection import Projection

        self.image = object.__new__(Image)
        self.image.populations = {"hidden": None, "out": None}
        self.image.duration_ticks = ticks
        self.image.projections = {
            name: Projection(name, source, target, senders, receivers, 1, 0.1, ())
            for name, source, target, senders, receivers in (
                ("in", None, "hidden", inputs, hidden), ("rec", "hidden", "hidden", hidden, hidden),
                ("fc", "hidden", "out", hidden, outputs),
            )
        }  # fmt: skip
        self.model = object.__new__(SurrogateModel)
        self.model.image, self.model.steepness, self.model.ticks = self.image, 20.0, ticks
        self.model.adc_every, self.model.times, self.model.cycles_per_tick = 4, ticks // 4, 64
        self.model.layers = {
            "hidden": Layer("hidden", hidden, 12.0, 5.0, True, 80.0, 70.0, 2.0),
            "out": Layer("out", outputs, 9.0, 6.0, False, 128.0, 70.0, 1.0),
        }


def random_case(seed, samples=5):
    random = np.random.default_rng(seed)
    net = TwoLayers()
    model, ticks = net.model, net.model.ticks
    inputs = (random.random((samples, ticks, 3)) < 0.2).astype(np.uint8)
    inputs[0, 3, 1] = 2
    rasters = {"hidden": (random.random((samples, ticks, 7)) < 0.1).astype(np.uint8)}
    potentials = {
        "hidden": random.normal(0.7, 0.4, (samples, model.times, 7)).astype(np.float32),
        "out": random.normal(0.2, 0.4, (samples, model.times, 2)).astype(np.float32),
    }
    weights = {name: random.normal(0, 0.5, p.shape) for name, p in net.image.projections.items()}
    d_potentials = {"out": random.normal(0, 1, potentials["out"].shape)}
    d_rasters = {"hidden": random.normal(0, 1, (samples, 1, 7))}
    return model, inputs, potentials, rasters, weights, d_potentials, d_rasters


def written_out(model, inputs, potentials, rasters, weights, d_potentials, d_rasters):
    """The recursion of the adjoints, neuron by neuron in double precision, as NominalBackward.swift has it."""
    layers, ticks = model.layers, model.ticks
    a = {name: np.exp(-1 / layer.membrane_ticks) for name, layer in layers.items()}
    b = {name: np.exp(-1 / layer.synaptic_ticks) for name, layer in layers.items()}
    unit = {name: layers[p.target].weight_per_unit for name, p in model.image.projections.items()}
    gradient = {name: np.zeros(p.shape) for name, p in model.image.projections.items()}
    for s in range(len(inputs)):
        lv = {name: np.zeros(layer.count) for name, layer in layers.items()}
        li = {name: np.zeros(layer.count) for name, layer in layers.items()}
        for t in reversed(range(ticks)):
            after = {name: values.copy() for name, values in li.items()}
            for name, p in model.image.projections.items():
                sent = inputs[s, t] if p.source is None else rasters[p.source][s, t]
                gradient[name] += np.outer(sent, after[p.target]) / unit[name]
            for name, layer in layers.items():
                fresh = np.zeros(layer.count)
                if layer.fires:
                    back = d_rasters[name][s, 0].copy()
                    for q, p in model.image.projections.items():
                        if p.source == name:
                            back += weights[q] @ after[p.target] / unit[q]
                    time = (t + 1) // model.adc_every - 1
                    v = potentials[name][s, min(time, model.times - 1)] if time >= 0 else np.zeros(layer.count)
                    fired = rasters[name][s, t] > 0
                    fresh = back / (1 + model.steepness * np.where(fired, 0, np.abs(v - 1))) ** 2
                    fresh += np.where(fired, 0, a[name] * lv[name])
                else:
                    fresh = a[name] * lv[name]
                if name in d_potentials and (t + 1) % model.adc_every == 0 and (t + 1) // model.adc_every <= model.times:
                    fresh = fresh + d_potentials[name][s, (t + 1) // model.adc_every - 1]
                lv[name] = fresh
                li[name] = (1 - a[name]) * fresh + b[name] * li[name]
    return gradient


@pytest.mark.parametrize("seed", range(3))
def test_gradient_is_the_recursion_written_out(seed):
    case = random_case(seed)
    found, expected = case[0].gradient(*case[1:]), written_out(*case)
    for name, values in expected.items():
        assert np.abs(found[name] - values).max() < 2e-5 * np.abs(values).max(), f"{name}, seed {seed}"


def test_gradient_is_that_of_torch():
    torch = pytest.importorskip("torch")
    model, inputs, potentials, rasters, weights, d_potentials, _ = random_case(7)

    class Spike(torch.autograd.Function):
        """Forward the chip's own spikes, backward the surrogate at the chip's own potential."""

        @staticmethod
        def forward(ctx, v, chip_spikes, chip_v):
            ctx.save_for_backward(chip_spikes, chip_v)
            return chip_spikes.clone()

        @staticmethod
        def backward(ctx, gradient):
            spikes, v = ctx.saved_tensors
            return (
                gradient / (1 + model.steepness * torch.where(spikes > 0, torch.zeros_like(v), (v - 1).abs())) ** 2,
                None,
                None,
            )

    w = {name: torch.tensor(values, requires_grad=True) for name, values in weights.items()}
    unit = {name: model.layers[p.target].weight_per_unit for name, p in model.image.projections.items()}
    x, s = torch.tensor(inputs, dtype=torch.float64), torch.tensor(rasters["hidden"], dtype=torch.float64)
    hidden = model.layers["hidden"]
    samples = len(inputs)
    current = {name: torch.zeros(samples, layer.count, dtype=torch.float64) for name, layer in model.layers.items()}
    v = {name: torch.zeros_like(values) for name, values in current.items()}
    last = {
        "x": torch.zeros(samples, 3, dtype=torch.float64),
        "s": torch.zeros(samples, hidden.count, dtype=torch.float64),
    }
    loss = torch.zeros((), dtype=torch.float64)
    for t in range(model.ticks):
        for name, layer in model.layers.items():
            drive = (
                last["s"] @ w["fc"] / unit["fc"]
                if name == "out"
                else last["x"] @ w["in"] / unit["in"] + last["s"] @ w["rec"] / unit["rec"]
            )
            current[name] = np.exp(-1 / layer.synaptic_ticks) * current[name] + drive
            a = np.exp(-1 / layer.membrane_ticks)
            v[name] = a * v[name] + (1 - a) * current[name]
        time = (t + 1) // model.adc_every - 1
        chip_v = potentials["hidden"][:, min(time, model.times - 1)] if time >= 0 else np.zeros((samples, hidden.count))
        fired = Spike.apply(v["hidden"], s[:, t], torch.tensor(chip_v, dtype=torch.float64))
        v["hidden"] = v["hidden"] * (1 - s[:, t])  # a reset cuts the path
        if (t + 1) % model.adc_every == 0 and time < model.times:
            loss = loss + (v["out"] * torch.tensor(d_potentials["out"][:, time])).sum()
        last = {"x": x[:, t], "s": fired}
    loss.backward()
    found = model.gradient(inputs, potentials, rasters, weights, d_potentials)
    for name, values in w.items():
        expected = values.grad.numpy()
        assert np.abs(found[name] - expected).max() < 2e-5 * np.abs(expected).max(), name


def test_layer_constants_come_from_codes():
    layer = Layer.of_image(small_image(), ChipFacts.read(CHIP_FILE), "pop")
    # Codes 275 and 432 of 0 to 1.6 V over 1022; ADC from 0.15 V in steps of 3.515625 mV.
    assert np.isclose(layer.rest_code, (275 * 1.6 / 1022 - 0.15) / 0.003515625)
    assert np.isclose(layer.codes_per_unit, 157 * 1.6 / 1022 / 0.003515625)
    assert np.isclose(layer.membrane_ticks, 60e-6 * (0.5 / 60) ** (525 / 1022) / 256e-9)
    assert np.isclose(layer.synaptic_ticks, 30e-6 * (0.3 / 30) ** (392 / 1022) / 256e-9)
    assert layer.fires


def test_shapes_are_checked():
    model = SurrogateModel(small_image(), ChipFacts.read(CHIP_FILE))
    with pytest.raises(InputError, match="codes must be"):
        model.potentials(np.zeros((2, 3, 2), np.uint8))
    case = random_case(1)
    with pytest.raises(InputError, match="derivatives by potentials"):
        case[0].gradient(*case[1:5], {"out": np.zeros((5, 1, 2))})
