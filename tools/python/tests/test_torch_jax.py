"""The modules for PyTorch and JAX, where these are installed."""

import numpy as np
import pytest
from small import small_image

import synapus


@pytest.fixture
def chip(server, quick):
    with synapus.connect(server.endpoint) as chip:
        image = small_image()
        image.duration_ticks = 21
        chip.load(image)
        yield chip


def raster(samples=4):
    random = np.random.default_rng(3)
    return (random.random((samples, 21, 2)) < 0.2).astype(np.uint8)


def expected_gradient(chip, weights, inputs, d_potentials):
    """What the model says for the mock's answers, which do not depend on the weights."""
    from synapus.surrogate import SurrogateModel

    model = SurrogateModel(chip.image, chip.facts)
    spikes = synapus.Spikes.of_raster(inputs, 64)
    recording = chip.run(spikes, adc=["pop"], sample_numbers=np.arange(len(inputs)))
    potentials, fired = model.answers(recording)
    effective = chip.image.projection("w").quantise(weights, 15)[0].values
    dense = chip.image.projection("w").dense(effective)
    return model.gradient(inputs, potentials, fired, {"w": dense}, {"pop": d_potentials})["w"], potentials


@pytest.fixture
def three_columns(server):
    """The mock gives three ADC columns a population; the tiny network has two neurons."""
    run = server.chip.run

    def narrow(header, arrays):
        parts, sums = run(header, arrays)
        return [(f, c, {**a, "adc": np.ascontiguousarray(a["adc"][:, :, :2])}) for f, c, a in parts], sums

    server.chip.run = narrow


def test_torch_module(chip, server, three_columns):
    torch = pytest.importorskip("torch")
    from synapus.torch import ChipNetwork

    net = ChipNetwork(chip)
    assert dict(net.named_parameters()).keys() == {"weights.w"}
    inputs = raster()
    # The mock's codes depend on the numbers of the samples.
    chip._next_number = 0
    answer = net(torch.from_numpy(inputs))
    slope = torch.randn(4, 3, 2, generator=torch.Generator().manual_seed(1))
    (answer.potentials["pop"] * slope).sum().backward()
    expected, potentials = expected_gradient(chip, net.weight("w").detach().numpy(), inputs, slope.numpy())
    assert np.array_equal(answer.potentials["pop"].detach().numpy(), potentials["pop"])
    assert np.allclose(net.weight("w").grad.numpy(), expected, rtol=1e-5) and np.abs(expected).max() > 0
    assert answer.spikes["pop"].shape == (4, 21, 2) and answer.spikes["pop"].requires_grad
    with torch.no_grad():
        net.weight("w").fill_(9.0)
    net.clamp()
    assert float(net.weight("w").detach().max()) == pytest.approx(net.largest("w"))
    with pytest.raises(synapus.InputError, match="inputs must be"):
        net(torch.zeros(1, 5, 2))


def test_jax_function(chip, server, three_columns):
    jax = pytest.importorskip("jax")
    from synapus.jax import ChipFunction

    net = ChipFunction(chip)
    inputs, weights = raster(), net.weights()
    slope = np.random.default_rng(1).normal(size=(4, 3, 2)).astype(np.float32)

    def loss(weights):
        potentials, spikes = net(weights, inputs)
        return (potentials["pop"] * slope).sum() + 0 * spikes["pop"].sum()

    for transform in (lambda function: function, jax.jit):
        chip._next_number, runs = 0, server.chip.runs
        value, gradient = transform(jax.value_and_grad(loss))(weights)
        assert server.chip.runs == runs + 1, "the chip runs once"
        expected, potentials = expected_gradient(chip, np.asarray(weights["w"]), inputs, slope)
        assert np.allclose(gradient["w"], expected, rtol=1e-4, atol=1e-6)
        assert np.isclose(float(value), (potentials["pop"] * slope).sum(), rtol=1e-4)
    assert float(net.clamp({"w": weights["w"] + 9})["w"].max()) == pytest.approx(1.0008, abs=1e-3)


def test_missing_packages_are_named(monkeypatch):
    import builtins
    import importlib
    import sys

    real = builtins.__import__

    def without(name, *arguments, **more):
        if name.split(".")[0] in ("torch", "jax") and name == name.split(".")[0]:
            raise ImportError(name)
        return real(name, *arguments, **more)

    for name, words in (("torch", "needs PyTorch"), ("jax", "needs JAX")):
        monkeypatch.delitem(sys.modules, f"synapus.{name}", raising=False)
        monkeypatch.setattr(builtins, "__import__", without)
        with pytest.raises(ImportError, match=words):
            importlib.import_module(f"synapus.{name}")
        monkeypatch.undo()
        sys.modules.pop(f"synapus.{name}", None)
