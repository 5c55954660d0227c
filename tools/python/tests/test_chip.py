"""A chip behind the mock server: greetings, runs, events, refusals, compilations."""

import threading

import numpy as np
import pytest
from mock_server import MockServer, Refusal
from small import batch, small_image

import synapus
from synapus import Spikes
from synapus.session import ChipInUse


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
    with MockServer(tmp_path, frame_bytes=4096) as server, synapus.connect(server.endpoint) as chip:
        chip.load(small_image())
        inputs = Spikes.of_lists((np.arange(3000) * 20, np.arange(3000) % 2) for _ in range(12))
        recording = chip.run(inputs, 1000)
        assert np.array_equal(recording.spikes.cycles, inputs.cycles + 64)
        assert server.seen["run.credit"] >= 10, "a window of 8 chunks must have been granted again and again"
        assert server.seen["put"] >= 10, "the request itself is larger than a frame"


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


def test_errors_have_their_fields(chip, server):
    server.refusals["run"] = [Refusal("chip_refused", "sample 0 has a spike on input 99", field="units", limit=7, actual=99)]
    with pytest.raises(synapus.ChipRefused) as caught:
        chip.run(batch(2), 14)
    error = caught.value
    assert (error.field, error.limit, error.actual, error.retryable) == ("units", 7, 99, False)
    assert "input 99" in str(error) and error.request_id


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
