"""Against the real program: `SYNAPUS_PROGRAM=.build/release/synapus pytest tools/python/tests/test_program.py`."""

import json
import os
import pathlib
import signal
import subprocess
import sys
import threading
import time

import numpy as np
import pytest

import synapus
from synapus import LocalServer, Spikes
from synapus.local import flags

EXAMPLES = pathlib.Path(__file__).parents[3] / "examples/yin-yang-in-the-loop"
NETWORK = EXAMPLES / "yin-yang.nir"
OPTIONS = {"dt": 256e-6, "duration": 84, "copies": {"hidden.weight": 5}, "max_clip": 1}


@pytest.fixture(scope="module")
def server(program):
    with LocalServer(flags({"chip_seed": 1, "mismatch": 0.2, "threads": 1, "state": "none"}), program) as server:
        yield server


@pytest.fixture
def chip(server):
    with synapus.connect(server.endpoint, client="tests") as chip:
        yield chip


@pytest.fixture(scope="module")
def image(server):
    with synapus.connect(server.endpoint, lease=None) as chip:
        return chip.compile(NETWORK, **OPTIONS)


def batch(samples=20, seed=0):
    random = np.random.default_rng(seed)
    return Spikes.of_lists((random.integers(300, 3000, 5), range(5)) for _ in range(samples))


def test_greeting(server):
    greeting = synapus.greet(server.endpoint)
    assert greeting.version == 2 and greeting.user == "local" and "compile" in greeting.features
    assert greeting.chips[0]["name"] == "synapus-1" and greeting.chips[0]["chip_seed"] == "1"


def test_compile(image):
    assert image.report["schema"].startswith("synapus-compile/")
    assert image.projections["hidden.weight"].copies == 5 and image.duration_ticks == 84
    assert image.projections["hidden.weight"].shape == (5, 120)


def test_compile_refuses_with_a_reason(chip):
    with pytest.raises(synapus.ServerError):
        chip.compile(b"no network")
    with pytest.raises(synapus.ServerError, match="dt|option|output"):
        chip.compile(NETWORK, output="/tmp/x")


def test_runs_are_reproducible_and_sliced_alike(chip, image):
    chip.load(image)
    inputs, numbers = batch(), np.arange(20)
    one = chip.run(inputs, adc=["hidden", "readout"], sample_numbers=numbers)
    assert one.adc.shape == (20, 12, 123) and one.counters["input_events"] == 100 and one.spikes.count > 0
    parts = list(chip.stream(inputs, adc=["hidden", "readout"], sample_numbers=numbers, credit=1))
    assert sum(len(part) for part in parts) == 20
    joined = synapus.Recording.joined(parts)
    assert joined.spikes == one.spikes and np.array_equal(joined.adc, one.adc)
    halves = [
        chip.run(inputs.select(range(a, a + 10)), adc=["hidden", "readout"], sample_numbers=numbers[a : a + 10])
        for a in (0, 10)
    ]
    assert synapus.Recording.joined(halves).spikes == one.spikes
    other = chip.run(inputs, sample_numbers=numbers + 1000)
    assert other.spikes != one.spikes, "other numbers, other noise"


def test_weights_are_written_and_read_back(chip, image):
    chip.load(image)
    random = np.random.default_rng(2)
    weights = {name: random.uniform(-1, 1, p.shape) * p.largest(15) for name, p in image.projections.items()}
    written = chip.write_weights(weights)
    found = chip.read_image()
    for name in weights:
        assert np.allclose(found.weights(name, chip.facts), written.effective[name])
        assert written.clipped[name] == 0
    chip.write_weights({name: np.zeros(values.shape) for name, values in weights.items()})
    assert chip.run(batch()).spikes.count == 0


def test_sessions_do_not_see_each_others_weights(server, image):
    with synapus.connect(server.endpoint) as one, synapus.connect(server.endpoint) as other:
        for chip in (one, other):
            chip.load(image)
        one.write_weights({name: np.zeros(p.shape) for name, p in image.projections.items()})
        for _ in range(3):
            assert one.run(batch()).spikes.count == 0
            assert other.run(batch()).spikes.count > 0


def test_large_uploads_and_results(chip, image):
    chip.load(image)
    many = Spikes.joined([batch(500, seed) for seed in range(20)])
    recording = chip.run(many, adc=["hidden", "readout"], adc_every=2)
    assert recording.adc.shape == (10_000, 42, 123) and recording.adc.nbytes > 50_000_000
    assert recording.counters["input_events"] == 50_000


def test_refusals_have_their_fields(chip, image):
    chip.load(image)
    with pytest.raises(synapus.ChipRefused, match="input"):
        chip.run(Spikes.of_lists([([64], [99])]))
    with pytest.raises(synapus.ServerError, match="nobody"):
        chip.run(batch(), adc=["nobody"])
    with pytest.raises(synapus.ChipRefused):
        chip.load(image_of_another_chip(image))
    assert len(chip.run(batch())) == 20, "the image before is still there"


def image_of_another_chip(image):
    from small import small_image

    return small_image()


def test_cancelling(chip, image):
    chip.load(image)
    many = Spikes.joined([batch(1000)] * 20)
    before = chip.run(batch(), sample_numbers=np.arange(20))
    threading.Timer(0.3, chip.cancel).start()
    started = time.monotonic()
    with pytest.raises(synapus.Cancelled):
        chip.run(many, 20_000)
    assert time.monotonic() - started < 20
    stream = iter(chip.stream(many, 2000, credit=1))
    next(stream)
    stream.close()
    assert chip.run(batch(), sample_numbers=np.arange(20)).spikes == before.spikes


def test_exclusive_lease_and_status(server, image):
    with synapus.connect(server.endpoint, lease="exclusive", note="alone") as chip:
        chip.load(image)
        holders = chip.status()["chips"][0]["holders"]
        assert any(holder["mode"] == "exclusive" and holder["note"] == "alone" for holder in holders)
        with pytest.raises(synapus.ChipInUse):
            synapus.connect(server.endpoint, wait=0.1)
    with synapus.connect(server.endpoint, wait=5):
        pass


def test_events(chip, image):
    chip.load(image)
    kinds = []

    def listen():
        kinds.extend(event["type"] for event in chip.events(timeout=2))

    thread = threading.Thread(target=listen)
    thread.start()
    time.sleep(0.5)
    chip.run(batch())
    thread.join(20)
    assert "state" in kinds


@pytest.mark.parametrize("policy", ["rewrite", "raise"])
def test_killed_server_comes_back(program, tmp_path, policy):
    """SIGKILL in the middle of a training: image from the journal, weights from the client."""
    command = [program, "serve", "--bind", f"ipc://{tmp_path}/ctl", "--state", f"{tmp_path}/state", "--threads", "1"]

    def start():
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        return process, process.stdout.readline().decode().strip()

    process, endpoint = start()
    try:
        with synapus.connect(endpoint, on_restart=policy) as chip:
            image = chip.load(chip.compile(NETWORK, **OPTIONS))
            chip.write_weights({name: np.zeros(p.shape) for name, p in image.projections.items()})
            assert chip.run(batch()).spikes.count == 0
            process.kill()
            process.wait()
            process, _ = start()
            if policy == "rewrite":
                assert chip.run(batch()).spikes.count == 0, "the weights were written anew"
            else:
                with pytest.raises(synapus.ServerRestarted):
                    chip.run(batch())
                assert chip.run(batch()).spikes.count > 0, "the image as it was loaded"
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


def workers(number):
    """Process numbers of the chip workers below a process."""
    found, parents = [], {}
    for entry in pathlib.Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                parents[int(entry.name)] = int((entry / "stat").read_text().rsplit(")", 1)[1].split()[1])
            except OSError:
                pass
    for child in parents:
        above = child
        while above in parents and above != number:
            above = parents[above]
        if above == number and b"chip-worker" in pathlib.Path(f"/proc/{child}/cmdline").read_bytes():
            found.append(child)
    return found


def test_killed_worker_is_started_again(program, image):
    """SIGKILL to the chip's process, with weights on it that no checkpoint holds."""
    with LocalServer(flags({"chip_seed": 1, "state": "none", "threads": 1}), program) as server:
        with synapus.connect(server.endpoint) as chip:
            chip.load(image)
            chip.write_weights({name: np.zeros(p.shape) for name, p in image.projections.items()})
            for _ in range(2):
                assert chip.run(batch()).spikes.count == 0
                killed = workers(server.process_id)
                assert killed, "there is a worker"
                for number in killed:
                    os.kill(number, signal.SIGKILL)
                assert chip.run(batch()).spikes.count == 0, "the weights were written anew"
                time.sleep(0.2)


def test_keys(program, tmp_path):
    folder, secret = tmp_path / "keys", tmp_path / "alice.key_secret"
    for arguments in (["server"], ["alice", "--out", str(secret)]):
        done = subprocess.run([program, "keys", "new", *arguments, "--dir", str(folder)], capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
    with LocalServer(flags({"keys": folder, "state": "none", "threads": 1}), program) as server:
        with synapus.connect(server.endpoint, secret) as chip:
            assert synapus.greet(server.endpoint, secret).user == "alice"
            assert chip.status()["phase"] == "serving"
        with pytest.raises(synapus.Unreachable):
            synapus.connect(server.endpoint, timeout=1)


def test_local_ends_with_its_chip(program):
    with synapus.local(chip_seed=3, threads=1, program=program) as chip:
        assert chip.info.chip_seed == 3
        endpoint = chip.endpoint
    with pytest.raises(synapus.Unreachable):
        synapus.greet(endpoint, timeout=0.3)


def test_local_tells_why_it_failed(program):
    with pytest.raises(synapus.LocalServerError, match="nonsense"):
        synapus.local("nonsense", program=program)


def test_bench(server, image, tmp_path):
    image.save(tmp_path / "net.chip")
    environment = {**os.environ, "PYTHONPATH": str(pathlib.Path(synapus.__file__).parents[1])}
    done = subprocess.run(
        [sys.executable, "-m", "synapus.bench", "--connect", server.endpoint, "--image", tmp_path / "net.chip",
         "--batches", "5"],
        capture_output=True, text=True, env=environment,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["seconds_per_batch"] > 0


def test_interrupt_by_ctrl_c(server, image, tmp_path):
    """SIGINT to a program that runs: the chip is free at once, and the program goes on with its session."""
    image.save(tmp_path / "net.chip")
    script = f"""
import sys; sys.path.insert(0, {str(pathlib.Path(synapus.__file__).parents[1])!r})
import signal, synapus
signal.signal(signal.SIGINT, signal.default_int_handler)
chip = synapus.connect({server.endpoint!r})
image = chip.load({str(tmp_path / "net.chip")!r})
inputs = synapus.Spikes.empty(5000)
try:
    print("running", flush=True)
    chip.run(inputs, 100_000)
except KeyboardInterrupt:
    print(len(chip.run(synapus.Spikes.empty(3))), flush=True)
chip.close()
"""
    process = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE)
    assert process.stdout.readline() == b"running\n"
    time.sleep(0.5)
    process.send_signal(signal.SIGINT)
    assert process.communicate(timeout=30)[0] == b"3\n"


def test_tutorial(program):
    """What the tutorial claims: healed by two epochs in the loop."""
    environment = {**os.environ, "SYNAPUS_PROGRAM": program}
    done = subprocess.run(
        [sys.executable, str(EXAMPLES / "yin_yang.py")], env=environment, capture_output=True, text=True, timeout=110
    )
    assert done.returncode == 0, done.stderr
    assert "epoch 2" in done.stdout
