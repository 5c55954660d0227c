"""Weights behind the mock server: how they are rounded, when they travel, what comes of refusals."""

import threading

import numpy as np
import pytest
from mock_server import MockServer, Refusal
from small import batch, small_image

import synapus
from synapus import WeightBlocks


def test_write_weights_rounds_and_counts(chip, server):
    written = chip.write_weights({"w": np.array([[1.0, -0.5], [0.1, 9.0]])})
    chip.commit()
    arrays = server.chip.weights[-1]
    # The worked example of docs/chip-image.md, receiver by sender there.
    assert arrays["blocks"].tolist() == [[0, 0, 4, 0, 2, 0]]
    assert arrays["steps"].reshape(4, 2).tolist() == [[15, -8], [15, -7], [1, 15], [2, 15]]
    assert written.clipped["w"] == 2 and np.isclose(written.effective["w"][1, 0], 3 * 0.033360689640214526)
    with pytest.raises(synapus.InputError, match="needs weights"):
        chip.write_weights({"w": np.ones((3, 2))})
    with pytest.raises(synapus.InputError, match="no projection 'x'"):
        chip.write_weights({"x": np.ones((3, 2))})


def test_blocks_of_steps_and_of_numbers(chip, server):
    places = np.array([[0, 0, 1, 0, 2]], np.int32)
    chip.write(
        [WeightBlocks(places, np.array([1, -2], np.int8)), WeightBlocks(places + [0, 1, 0, 0, 0], np.array([0.5, 2.5]))]
    )
    chip.commit()
    arrays = server.chip.weights[-1]
    assert arrays["blocks"][:, 5].tolist() == [0, 1] and arrays["exact"].tolist() == [0.5, 2.5]
    with pytest.raises(synapus.InputError, match="hold 2 weights"):
        WeightBlocks(places, np.zeros(3, np.int8))


def steps(number):
    """All four weights of the first two pairs."""
    return WeightBlocks(np.array([[0, 0, 2, 0, 2]], np.int32), np.full(4, number, np.int8))


def test_weights_travel_with_the_run(chip, server):
    values = np.full(4, 3, np.int8)
    chip.write(WeightBlocks(steps(0).places, values))
    values[:] = 9
    assert not server.chip.weights, "they wait for the request that takes them along"
    chip.write(steps(4))
    chip.run(batch(2), 14)
    assert [arrays["steps"].tolist() for arrays in server.chip.weights] == [[4, 4, 4, 4]], "the last ones count"
    chip.run(batch(2), 14)
    assert len(server.chip.weights) == 1 and server.seen["weights.write"] == 0
    chip.write(WeightBlocks(steps(0).places, values))
    values[:] = 5
    chip.run(batch(2), 14)
    assert server.chip.weights[-1]["steps"].tolist() == [9, 9, 9, 9], "as they were when they were written"


@pytest.mark.parametrize("use", ["read_image", "commit", "stream"])
def test_weights_go_before_anything_else_that_uses_the_chip(chip, server, use):
    chip.write(steps(3))
    chip.status()
    assert not server.chip.weights
    if use == "stream":
        list(chip.stream(batch(4), 14))
    else:
        getattr(chip, use)()
    assert server.seen["weights.write"] == 1 and len(server.chip.weights) == 1
    chip.run(batch(2), 14)
    assert len(server.chip.weights) == 1


def test_weights_larger_than_a_frame_travel_too(tmp_path, quick):
    with MockServer(tmp_path, frame_bytes=4096) as server, synapus.connect(server.endpoint) as chip:
        chip.load(small_image())
        chip.write(WeightBlocks(np.array([[0, 0, 256, 0, 256]], np.int32), np.ones(65_536, np.int8)))
        chip.run(batch(2), 14)
        assert server.chip.weights[0]["steps"].sum() == 65_536 and server.seen["weights.write"] == 0


def test_refused_weights_are_told_by_the_run(chip, server):
    refusal = Refusal("bad_payload", "a block names a core that does not exist", field="blocks", limit=3, actual=9)
    server.refusals = {"run": [refusal], "weights.write": [refusal]}
    chip.write(steps(3))
    with pytest.raises(synapus.WeightsRefused, match="core that does not exist") as caught:
        chip.run(batch(2), 14)
    assert (caught.value.code, caught.value.field, caught.value.actual) == ("bad_payload", "blocks", 9)
    assert isinstance(caught.value.__cause__, synapus.BadPayload)
    assert len(chip.run(batch(2), 14)) == 2 and not server.chip.weights, "they are forgotten"


def test_refused_weights_are_told_by_what_comes_next(chip, server):
    server.refusals = {"weights.write": [Refusal("chip_refused", "a step of 99")]}
    chip.write(steps(3))
    with pytest.raises(synapus.WeightsRefused, match="99"):
        chip.load(small_image())
    assert chip.commit() == 2


def test_refused_run_leaves_its_weights_on_the_chip(chip, server):
    server.refusals = {"run": [Refusal("chip_refused", "sample 0 has a spike on input 99")]}
    chip.write(steps(3))
    with pytest.raises(synapus.ChipRefused, match="input 99") as caught:
        chip.run(batch(2), 14)
    assert not isinstance(caught.value, synapus.WeightsRefused) and len(server.chip.weights) == 1
    chip.run(batch(2), 14)
    assert len(server.chip.weights) == 1


def test_weights_of_a_cancelled_run_are_written_again(chip, server):
    server.run_seconds = 30
    chip.write(steps(3))
    threading.Timer(0.2, chip.cancel).start()
    with pytest.raises(synapus.Cancelled):
        chip.run(batch(2), 14)
    server.run_seconds = 0
    chip.run(batch(2), 14)
    assert [arrays["steps"].tolist() for arrays in server.chip.weights] == [[3, 3, 3, 3]] * 2


def test_weights_without_an_image_are_refused_at_once(server, quick):
    with synapus.connect(server.endpoint) as chip:
        with pytest.raises(synapus.NoImage):
            chip.write(steps(3))
        chip.load(small_image())
        chip.run(batch(2), 14)
        assert not server.chip.weights


def test_weights_of_an_image_that_is_gone_do_not_hinder_another(chip, server):
    chip.write(steps(3))
    server.restart(keep_sessions=False)
    chip.load(small_image())
    assert len(chip.run(batch(2), 14)) == 2 and not server.chip.weights
