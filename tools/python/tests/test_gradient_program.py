"""Gradients at the real program's answers: against the recursion written out, and against what the chip then does."""

import pathlib

import numpy as np
import pytest
from plain_gradient import written_out

import synapus
from synapus.surrogate import SurrogateModel

NETWORK = pathlib.Path(__file__).parents[3] / "examples/yin-yang-in-the-loop/yin-yang.nir"
TICKS, CHANNELS, OUTPUTS = 84, 5, 3


def loaded(program, **flags):
    chip = synapus.local("synapus-1", program=program, threads=1, state="none", **flags)
    chip.load(chip.compile(NETWORK, dt=256e-6, duration=TICKS, copies={"hidden.weight": CHANNELS}, max_clip=1))
    return chip


@pytest.fixture(scope="module")
def chip(program):
    with loaded(program, mismatch=0.2, chip_seed=3) as chip:
        yield chip


def raster(samples):
    """A spike a channel."""
    random = np.random.default_rng(5)
    raster = np.zeros((samples, TICKS, CHANNELS), np.uint8)
    when = random.integers(5, 45, (samples, CHANNELS))
    raster[np.arange(samples)[:, None], when, np.arange(CHANNELS)] = 1
    return raster


def slope(samples, times, seed=6):
    """A loss's derivative by the readout's potentials."""
    return np.random.default_rng(seed).normal(0, 1, (samples, times, OUTPUTS)).astype(np.float32)


def expected(chip, net, answer, weights, inputs, d_readout):
    """By the recursion, at the answers that a network module gave."""
    effective = {
        name: p.dense(p.quantise(np.asarray(weights[name]), chip.facts.largest_weight)[0].values)
        for name, p in chip.image.projections.items()
    }
    potentials, rasters = ({name: np.asarray(values) for name, values in part.items()} for part in answer)
    return written_out(net.model, inputs, potentials, rasters, effective, {"readout": d_readout})


def are_close(found, wanted):
    for name, values in wanted.items():
        assert np.abs(values).max() > 0, f"{name}: nothing to compare"
        assert np.abs(np.asarray(found[name]) - values).max() < 1e-4 * np.abs(values).max(), name


def test_torch_gradient(chip):
    torch = pytest.importorskip("torch")
    from synapus.torch import ChipNetwork

    net, inputs = ChipNetwork(chip), raster(6)
    answer = net(torch.from_numpy(inputs))
    assert answer.spikes["hidden"].sum() > 0
    d_readout = slope(6, net.model.times)
    (answer.potentials["readout"] * torch.from_numpy(d_readout)).sum().backward()
    weights = {name: net.weight(name).detach().numpy() for name in chip.image.projections}
    plain = [{name: values.detach().numpy() for name, values in part.items()} for part in answer]
    are_close({name: net.weight(name).grad for name in weights}, expected(chip, net, plain, weights, inputs, d_readout))


def test_jax_gradient(chip):
    jax = pytest.importorskip("jax")
    from synapus.jax import ChipFunction

    net, inputs = ChipFunction(chip), raster(6)
    d_readout = slope(6, net.model.times)

    def loss(weights):
        answer = net(weights, inputs)
        return (answer[0]["readout"] * d_readout).sum(), answer

    gradient, answer = jax.grad(loss, has_aux=True)(net.weights())
    are_close(gradient, expected(chip, net, answer, net.weights(), inputs, d_readout))


@pytest.mark.parametrize("seed", range(4))
def test_gradient_foretells_what_the_chip_does(program, seed):
    """On a chip without faults the readout is linear in its weights, up to the ADC's rounding and range."""
    samples, name, random = 60, "readout.weight", np.random.default_rng(seed)
    with loaded(program, ideal=True) as chip:
        model, projection = SurrogateModel(chip.image, chip.facts), chip.image.projection(name)
        weights = {q: chip.image.weights(q, chip.facts) for q in chip.image.projections}
        change = 2 * projection.weight_per_step * random.choice([-1, 1], projection.shape)
        inputs = raster(samples)
        spikes = synapus.Spikes.of_raster(inputs, chip.facts.cycles_per_tick)

        def run(change):
            written = chip.write_weights({**weights, name: weights[name] + change})
            recording = chip.run(spikes, adc=model.adc_populations, sample_numbers=range(samples))
            codes = recording.adc_of("readout")
            return written.effective, (codes > 0) & (codes < 255), *model.answers(recording)

        less, is_read_before, before, fired_before = run(-change)
        more, is_read, after, fired = run(change)
        assert np.array_equal(fired["hidden"], fired_before["hidden"]), "hidden neurons do not hear the readout"
        difference = after["readout"] - before["readout"]
        # The loss that moves most, of the readings that the ADC has in its range.
        slope = np.sign(difference) * (is_read & is_read_before)
        gradient = model.gradient(inputs, after, fired, more, {"readout": slope})[name]
        foretold, came = (gradient * (more[name] - less[name])).sum(), (difference * slope).sum()
        # The model's currents decay once a tick, the chip's all the time, which makes 2.4 % at 20 ticks.
        assert slope.any() and abs(came / foretold - 1) < 0.05, f"{came} came, {foretold} was foretold; seed {seed}"
