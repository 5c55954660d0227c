"""A chip behind the mock server: what goes right, and what comes back after what goes wrong."""

import signal
import threading
import time

import numpy as np
import pytest
from make_image import small_image
from mock_server import Refusal

import synapus
from synapus import Spikes, WeightBlocks
from synapus.session import ChipInUse


def batch(samples, first=0):
    """Sample i has i % 3 + 1 spikes."""
    return Spikes.of_lists(
        ([64 * (j + 1) for j in range((i + first) % 3 + 1)], [j % 2 for j in range((i + first) % 3 + 1)])
        for i in range(samples)
    )


@pytest.fixture
def chip(server, quick):
    with synapus.connect(server.endpoint, client="tests") as chip:
        chip.load(small_image())
        yield chip


def test_hello_says_chip_limits_and_user(server):
    greeting = synapus.greet(server.endpoint)
    assert greeting.user == "local" and greeting.limits.frame_bytes == 1 << 20
    with synapus.connect(server.endpoint) as chip:
        assert (chip.info.name, chip.info.chip_seed, chip.info.mismatch) == ("mock-1", 7, 0.2)
        assert chip.facts.cycles_per_tick == 64 and chip.facts.largest_weight == 15
        assert chip.lease is not None and chip.lease.epoch == 1
    assert not server.sessions, "closing ends the session"


def test_run_gives_all_parts_in_order(chip):
    inputs = batch(10)
    recording = chip.run(inputs, 21, adc=["pop"])
    assert len(recording) == 10 and recording.samples == range(10)
    assert np.array_equal(recording.spikes.cycles, inputs.cycles + 64)
    assert np.array_equal(recording.spikes.offsets, inputs.offsets)
    assert recording.adc.shape == (10, 3, 3) and list(recording.adc_ticks) == [6, 13, 20]
    assert recording.counters["ticks"] == 210 and recording.energy_joules == 1.5
    assert recording.hardware_seconds == 0.5 and recording.runs_since == 1


def test_samples_get_fresh_numbers(chip, server):
    chip.run(batch(3), 14)
    assert list(chip.experiment(batch(2), 14).sample_numbers) == [3, 4]


def test_stream_yields_parts_as_they_come(chip):
    stream = chip.stream(batch(10), 14)
    parts = list(stream)
    assert [list(part.samples) for part in parts] == [[0, 1, 2], [3, 4, 5], [6, 7, 8], [9]]
    assert stream.sums["counters"]["ticks"] == 140


def test_large_results_flow_by_credit(tmp_path, quick):
    from mock_server import MockServer

    with MockServer(tmp_path, frame_bytes=4096) as server, synapus.connect(server.endpoint) as chip:
        chip.load(small_image())
        inputs = Spikes.of_lists((np.arange(3000) * 20, np.arange(3000) % 2) for _ in range(12))
        recording = chip.run(inputs, 1000)
        assert np.array_equal(recording.spikes.cycles, inputs.cycles + 64)
        assert server.seen["run.credit"] >= 10, "a window of 8 chunks must have been granted again and again"
        assert server.seen["put"] >= 10, "the request itself is larger than a frame"


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
    from mock_server import MockServer

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


def test_finished_runs_are_acknowledged(chip, server):
    chip.run(batch(1), 14)
    chip.run(batch(1), 14)
    runs = [header for header in server.headers if header["type"] == "run"]
    assert runs[1]["acks"] == [runs[0]["id"]]


def test_lease_that_is_taken(server, quick):
    server.lease_holder = "bob: nightly (12 s)"
    with pytest.raises(ChipInUse, match="bob: nightly"):
        synapus.connect(server.endpoint, wait=0.05)
    assert not server.sessions
    server.grants_after = 2
    with synapus.connect(server.endpoint, wait=5) as chip:
        assert chip.lease.epoch == 1


def test_unknown_chip_and_no_server(server, tmp_path):
    with pytest.raises(synapus.NoChip, match="it has 0"):
        synapus.connect(server.endpoint, chip="9")
    with pytest.raises(synapus.Unreachable, match="synapus serve"):
        synapus.connect(f"ipc://{tmp_path}/nobody", timeout=0.2)
    with pytest.raises(synapus.Unreachable, match="no endpoint"):
        synapus.connect("nonsense")


def test_server_that_is_gone_is_told_after_patience(server, quick):
    chip = synapus.connect(server.endpoint, patience=0.6)
    chip.load(small_image())
    server.is_silent = True
    started = time.monotonic()
    with pytest.raises(synapus.Unreachable):
        chip.run(batch(2), 14)
    assert time.monotonic() - started < 5
    chip.close()


def test_cancel_by_interrupt_leaves_the_session_usable(chip, server):
    # In the background shells ignore SIGINT for their children.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    server.run_seconds = 30
    stream = chip.stream(batch(4), 14)
    iterator = iter(stream)

    def interrupt():
        import _thread

        time.sleep(0.2)
        _thread.interrupt_main()

    threading.Thread(target=interrupt).start()
    with pytest.raises(KeyboardInterrupt):
        next(iterator)
    signal.signal(signal.SIGINT, before)
    assert server.seen["cancel"] == 1 and not server.runs
    server.run_seconds = 0
    assert len(chip.run(batch(2), 14)) == 2


def test_leaving_a_stream_cancels_it(chip, server, tmp_path):
    stream = iter(chip.stream(batch(40), 14, credit=1))
    next(stream)
    stream.close()
    assert server.seen["cancel"] == 1
    assert len(chip.run(batch(2), 14)) == 2


def test_stream_left_behind_by_its_chip_is_no_error(server, quick):
    chip = synapus.connect(server.endpoint)
    chip.load(small_image())
    stream = iter(chip.stream(batch(40), 14, credit=1))
    next(stream)
    chip.close()
    stream.close()


def test_cancel_from_another_thread(chip, server):
    server.run_seconds = 30
    threading.Timer(0.2, chip.cancel).start()
    with pytest.raises(synapus.Cancelled):
        chip.run(batch(2), 14)


def test_errors_have_their_fields(chip, server):
    server.refusals["run"] = [Refusal("chip_refused", "sample 0 has a spike on input 99", field="units", limit=7, actual=99)]
    with pytest.raises(synapus.ChipRefused) as caught:
        chip.run(batch(2), 14)
    error = caught.value
    assert (error.field, error.limit, error.actual, error.retryable) == ("units", 7, 99, False)
    assert "input 99" in str(error) and error.request_id


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
    chip.write([WeightBlocks(places, np.array([1, -2], np.int8)), WeightBlocks(places + [0, 1, 0, 0, 0], np.array([0.5, 2.5]))])
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
    from mock_server import MockServer

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


@pytest.mark.parametrize(("cycle", "kind"), [(0, "u1"), (255, "u1"), (256, "u2"), (65_535, "u2"), (65_536, "u4")])
def test_input_spikes_travel_as_narrow_as_they_are(chip, server, cycle, kind):
    taken = []
    run = server.chip.run
    server.chip.run = lambda header, arrays: taken.append(arrays) or run(header, arrays)
    recording = chip.run(Spikes.of_lists([([0, cycle], [1, 0])]), 2000)
    assert [taken[0][name].dtype for name in ("cycles", "units")] == [np.dtype(kind), np.uint8]
    assert recording.spikes.cycles.tolist() == [64, cycle + 64]


@pytest.mark.parametrize("kind", ["u1", "u2", "u4"])
def test_recorded_spikes_may_come_narrow(chip, server, kind):
    run = server.chip.run

    def narrow(header, arrays):
        assert header["narrow"] is True
        parts, sums = run(header, arrays)
        for _, _, part in parts:
            part["units"] = part["units"].astype(kind)
        return parts, sums

    server.chip.run = narrow
    recording = chip.run(batch(4), 14)
    assert recording.spikes == Spikes(recording.spikes.offsets, batch(4).cycles + 64, batch(4).units)
    assert recording.spikes.units.dtype == np.uint32


def test_read_image_and_commit(chip):
    assert chip.read_image().sha256 == chip.image.sha256
    assert chip.commit() == 2
    assert np.allclose(chip.weights("w"), np.array([[1.0, 0.1], [-0.5, 0.7]]), atol=0.02)


def test_events_and_status(chip, server):
    events = chip.events(timeout=2)
    threading.Timer(0.3, lambda: server.publish({"type": "state", "sequence": 17, "phase": "serving"})).start()
    assert next(events)["sequence"] == 17
    events.close()
    assert chip.status()["phase"] == "serving"


def test_progress_is_told(chip):
    steps = []
    chip.run(batch(10), 14, progress=lambda done, total: steps.append((done, total)))
    assert steps == [(3, 10), (6, 10), (9, 10), (10, 10)]


def test_session_goes_on_elsewhere(server, quick):
    first = synapus.connect(server.endpoint)
    first.load(small_image())
    with synapus.connect(server.endpoint, session=first.session) as second:
        assert second.session == first.session and second.image.sha256 == first.image.sha256
        assert len(second.run(batch(2), 14)) == 2
    first.close()


def test_compile_by_the_server(chip, server, tmp_path):
    asked = []

    def compile_it(network, options):
        asked.append((network, options))
        return small_image().data, b'{"schema": "synapus-compile/2"}'

    server.chip.compile = compile_it
    (tmp_path / "net.nir").write_bytes(b"network")
    image = chip.compile(tmp_path / "net.nir", dt=1e-4, max_clip=1, strict=True, reset=None, copies={"w": 2})
    assert image.sha256 == small_image().sha256 and image.report["schema"] == "synapus-compile/2"
    assert asked == [(b"network", {"dt": "0.0001", "max-clip": "1", "strict": "true", "copies": "w=2"})]


def test_bench(server, tmp_path, capsys):
    import json

    from synapus.bench import main

    image = small_image()
    image.save(tmp_path / "net.chip")
    assert main(["--connect", server.endpoint, "--image", str(tmp_path / "net.chip"), "--batches", "3", "--batch", "4"]) == 0
    result = json.loads(capsys.readouterr().out)
    assert result["schema"] == "synapus-python-bench/1" and result["batches"] == 3 and result["seconds_per_batch"] > 0
    assert main(["--connect", "nonsense", "--image", "x"]) == 1
