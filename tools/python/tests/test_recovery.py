"""Against the mock server: what comes back after answers, requests, leases, workers or servers were lost."""

import threading
import time

import numpy as np
import pytest
from mock_server import MockServer, Refusal
from small import batch, small_image

import synapus
from synapus import Spikes


@pytest.mark.parametrize("kind", ["image.load", "weights.write", "run"])
def test_lost_answers_are_asked_for_and_work_is_done_once(chip, server, kind):
    server.dropped_answers[kind] = 1
    before = server.chip.runs
    chip.load(small_image())
    chip.write_weights({"w": np.ones((2, 2))})
    chip.commit()
    chip.write_weights({"w": np.zeros((2, 2))})
    chip.run(batch(4), 14)
    assert server.chip.runs == before + 1 and len(server.chip.weights) == 2
    assert server.seen["request.attach"] >= 1


@pytest.mark.parametrize("kind", ["image.load", "weights.write", "run"])
def test_lost_requests_are_sent_again(chip, server, kind):
    server.dropped_requests[kind] = 1
    chip.load(small_image())
    chip.write_weights({"w": np.ones((2, 2))})
    chip.commit()
    chip.write_weights({"w": np.zeros((2, 2))})
    recording = chip.run(batch(4), 14)
    assert len(recording) == 4 and server.chip.runs == 1 and len(server.chip.weights) == 2


@pytest.mark.parametrize("kind", ["session.open", "lease.acquire", "hello", "chip.info"])
def test_lost_answers_on_control(server, quick, kind):
    server.dropped_answers[kind] = 1
    with synapus.connect(server.endpoint) as chip:
        assert chip.facts.name == "mock-1"
    assert server.seen["session.open"] >= 1 and len(server.sessions) == 0


def test_lost_chunks_are_asked_for(tmp_path, quick):
    with MockServer(tmp_path, frame_bytes=4096) as server, synapus.connect(server.endpoint) as chip:
        chip.load(small_image())
        server.dropped_answers["run.chunk"] = 3
        inputs = Spikes.of_lists((np.arange(2000) * 20, np.zeros(2000)) for _ in range(4))
        assert np.array_equal(chip.run(inputs, 700).spikes.cycles, inputs.cycles + 64)
        assert server.chip.runs == 1


def test_stream_survives_a_silence_of_the_server(chip, server):
    server.run_seconds = 0.6
    recordings = []
    thread = threading.Thread(target=lambda: recordings.append(chip.run(batch(6), 14)))
    thread.start()
    time.sleep(0.2)
    server.is_silent = True
    time.sleep(0.5)
    server.is_silent = False
    thread.join(10)
    assert len(recordings) == 1 and len(recordings[0]) == 6 and server.chip.runs == 1


def test_restart_writes_image_and_weights_anew(chip, server):
    chip.write_weights({"w": np.full((2, 2), 0.2)})
    chip.write_weights({"w": np.full((2, 2), 0.4)})
    chip.run(batch(2), 14)
    written = server.chip.weights[-1]
    server.restart()
    recording = chip.run(batch(4), 14)
    assert len(recording) == 4
    assert len(server.chip.weights) == 1, "only the last weights of each block are written again"
    assert np.array_equal(server.chip.weights[0]["steps"], written["steps"])


def test_restart_that_forgot_the_session(chip, server):
    chip.write_weights({"w": np.full((2, 2), 0.2)})
    chip.run(batch(1), 14)
    server.restart(keep_sessions=False)
    assert len(chip.run(batch(4), 14)) == 4
    assert len(server.chip.weights) == 1


def test_restart_while_weights_wait(chip, server):
    """What was on the chip is written anew, and what waited goes along with the run after it."""
    chip.write_weights({"w": np.full((2, 2), 0.2)})
    chip.run(batch(1), 14)
    chip.write_weights({"w": np.full((2, 2), 0.4)})
    server.restart(keep_sessions=False)
    chip.run(batch(4), 14)
    first, second = (int(arrays["steps"].max()) for arrays in server.chip.weights)
    assert 0 < first < second


def test_restart_is_told_where_asked_for(server, quick):
    with synapus.connect(server.endpoint, on_restart="raise") as chip:
        chip.load(small_image())
        server.restart()
        with pytest.raises(synapus.ServerRestarted) as caught:
            chip.run(batch(2), 14)
        assert caught.value.images[0]["state"] == "restored"
        chip.load(small_image())
        assert len(chip.run(batch(2), 14)) == 2


def test_worker_that_ended_behind_our_back(chip, server):
    """What the server does then: the lease ends, and resume says that the image is as of its checkpoint."""
    chip.write_weights({"w": np.full((2, 2), 0.2)})
    chip.run(batch(2), 14)

    def crash():
        server.chip.weights = []
        server.images = {key: "restored" for key in server.images}

    server.do(crash)
    server.end_leases()
    chip.run(batch(2), 14)
    assert len(server.chip.weights) == 1, "weights were written anew before the run"


def test_lost_lease_is_acquired_again(chip, server):
    chip.write_weights({"w": np.full((2, 2), 0.2)})
    chip.commit()
    epoch = chip.lease.epoch
    server.end_leases()
    assert len(chip.run(batch(4), 14)) == 4
    assert chip.lease.epoch > epoch and len(server.chip.weights) == 1, "the image was kept: nothing is written again"


def test_worker_failure_is_tried_again(chip, server):
    server.refusals["run"] = [Refusal("chip_failed", "the worker ended", retryable=True)]
    assert len(chip.run(batch(4), 14)) == 4
    server.refusals["run"] = [Refusal("chip_failed", "the worker ended", retryable=True)] * 5
    with pytest.raises(synapus.ChipFailed):
        chip.run(batch(4), 14)


def test_server_that_is_gone_is_told_after_patience(server, quick):
    chip = synapus.connect(server.endpoint, patience=0.6)
    chip.load(small_image())
    server.is_silent = True
    started = time.monotonic()
    with pytest.raises(synapus.Unreachable):
        chip.run(batch(2), 14)
    assert time.monotonic() - started < 5
    chip.close()
