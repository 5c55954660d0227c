"""Spikes and recordings as arrays."""

import numpy as np
import pytest

from synapus import InputError, ProtocolError, Recording, Spikes
from synapus.recording import Layout

LAYOUT = Layout({"a": (0, 2), "b": (2, 3)}, ("b",), 10, 2, 64, 4e-9, 1000.0)


def recording(first=0, samples=2):
    spikes = Spikes.of_lists([([64, 70, 200], [0, 3, 4]), ([5, 639], [2, 1])][:samples])
    adc = np.arange(samples * 5 * 3, dtype=np.uint8).reshape(samples, 5, 3)
    traces = np.arange(samples * 10, dtype=float).reshape(samples, 10, 1)
    return Recording(spikes, adc, traces, LAYOUT, first_sample=first)


def test_lists_are_sorted_within_a_sample():
    spikes = Spikes.of_lists([([9, 3, 3], [0, 2, 1]), ([], [])])
    assert spikes.cycles.tolist() == [3, 3, 9] and spikes.units.tolist() == [1, 2, 0] and len(spikes) == 2
    assert spikes.cycles.dtype == np.uint32 and spikes.offsets.dtype == np.int64


def test_rasters_go_there_and_back():
    random = np.random.default_rng(4)
    raster = random.integers(0, 3, (5, 12, 7)).astype(np.uint8)
    spikes = Spikes.of_raster(raster, 64)
    assert np.array_equal(spikes.raster(12, 7, 64), raster)
    assert np.array_equal(spikes.counts(7), raster.sum(1))
    assert np.array_equal(spikes.select([3, 0, 3]).raster(12, 7, 64), raster[[3, 0, 3]])
    assert np.array_equal(spikes.of_units(2, 3).raster(12, 3, 64), raster[:, :, 2:5])
    assert np.array_equal(Spikes.joined([spikes.select([0, 1]), spikes.select([2, 3, 4])]).raster(12, 7, 64), raster)
    for sample, (cycles, _) in enumerate(spikes[i] for i in range(5)):
        assert np.all(np.diff(cycles.astype(int)) >= 0), f"sample {sample}"


def test_times_become_cycles():
    assert Spikes.of_times([([4e-9, 13e-9], [0, 1])], 4e-9).cycles.tolist() == [1, 3]


@pytest.mark.parametrize(
    ("offsets", "cycles", "units"),
    [([0, 1], [1, 2], [0, 0]), ([0, 2, 1, 2], [1, 2], [0, 0]), ([1, 2], [1, 2], [0, 0]), ([0, 2], [1, 2], [0]), ([], [], []),
     ([0, 1], [-1], [0]), ([0, 1], [1 << 32], [0]), ([0, 1], [0.5], [0]), ([0, 1], [[1]], [0])],
)  # fmt: skip
def test_malformed_spikes_are_refused(offsets, cycles, units):
    with pytest.raises(InputError):
        Spikes(np.array(offsets), np.array(cycles), np.array(units))


def test_populations_of_a_recording():
    found = recording()
    assert found.spikes_of("b").units.tolist() == [1, 2, 0] and found.counts("a").tolist() == [[1, 0], [0, 1]]
    assert found.raster("b").shape == (2, 10, 3) and found.raster("b")[1, 0, 0] == 1
    assert found.adc_of("b").shape == (2, 5, 3) and found.adc_ticks.tolist() == [1, 3, 5, 7, 9]
    assert np.isclose(found.seconds()[0], 64 * 4e-9)
    with pytest.raises(InputError, match="did not read 'a'"):
        found.adc_of("a")
    with pytest.raises(InputError, match="no population 'c'"):
        found.counts("c")


def test_files(tmp_path):
    whole = recording().with_sums(
        {
            "counters": {"spikes": 5},
            "energy_joules": {"neurons": 1e-6},
            "hardware_seconds": 0.5,
            "checkpoint": 2,
            "runs_since": 1,
        }
    )
    whole.save_npz(tmp_path / "r.npz")
    again = Recording.load_npz(tmp_path / "r.npz")
    assert again.spikes == whole.spikes and np.array_equal(again.adc, whole.adc) and again.layout == whole.layout
    assert (again.counters, again.energy, again.hardware_seconds, again.runs_since) == (
        {"spikes": 5},
        {"neurons": 1e-6},
        0.5,
        1,
    )


def test_parts_are_joined():
    joined = Recording.joined([recording(), recording(2)])
    assert len(joined) == 4 and joined.adc.shape == (4, 5, 3) and joined.spikes.offsets.tolist() == [0, 3, 5, 8, 10]


def test_arrays_of_another_shape_are_refused():
    good = {"offsets": np.array([0, 1]), "cycles": np.zeros(1, np.uint32), "units": np.zeros(1, np.uint32),
            "adc": np.zeros((1, 5, 3), np.uint8), "traces": np.zeros((1, 0, 0))}  # fmt: skip
    assert len(Recording.of_arrays(good, LAYOUT, 0, 1)) == 1
    for name, bad in (
        ("adc", np.zeros((2, 5, 3), np.uint8)), ("offsets", np.array([0, 2])), ("units", np.zeros(2, np.uint32)),
        ("traces", np.zeros((1, 0, 0), np.float32)), ("cycles", np.zeros(1, np.int64)), ("fast_adc", np.zeros(3, np.uint8)),
    ):  # fmt: skip
        with pytest.raises(ProtocolError):
            Recording.of_arrays({**good, name: bad}, LAYOUT, 0, 1)
    with pytest.raises(ProtocolError, match="no array 'adc'"):
        Recording.of_arrays({k: v for k, v in good.items() if k != "adc"}, LAYOUT, 0, 1)


def test_neo():
    pytest.importorskip("neo")
    block = recording().to_neo()
    assert len(block.segments) == 2 and len(block.segments[0].spiketrains) == 5
    train = block.segments[0].spiketrains[3]
    assert np.isclose(float(train.rescale("us")[0]), 70 * 4e-3) and train.annotations["population"] == "b"
    assert block.segments[0].analogsignals[0].shape == (10, 1)
