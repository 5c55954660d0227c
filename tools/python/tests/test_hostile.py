"""A server of ill will: whatever it answers, the client raises its own exceptions, soon, and never hangs."""

import numpy as np
import pytest
from small import small_image
from mock_server import HELLO, Liar

import synapus
from synapus.protocol import MAGIC, encode


@pytest.fixture(scope="module")
def liar(tmp_path_factory):
    with Liar(tmp_path_factory.mktemp("liar")) as liar:
        yield liar


@pytest.mark.parametrize(
    "change",
    [
        {"version": None}, {"version": "2"}, {"endpoints": None}, {"endpoints": {}}, {"endpoints": {"run": 1, "events": 2}},
        {"endpoints": {"run": "nonsense", "events": ""}}, {"limits": []}, {"limits": {"frame_bytes": -1}},
        {"limits": {"result_bytes": 1 << 62}}, {"features": 3}, {"chips": "none"}, {"chips": [1, 2]}, {"chips": [{}]},
        {"chips": [{"chip": "0", "name": "x", "hash": "h", "kind": "k", "chip_seed": "a", "trial_seed": "0"}]},
        {"server_session": 5}, {"build": None},
    ],
)  # fmt: skip
def test_greetings_that_make_no_sense(liar, change):
    liar.frames = lambda request: encode(
        {"type": request["type"] + ".ok", "id": request["id"], "session": "t", **HELLO, **change}
    )
    with pytest.raises(synapus.SynapusError):
        synapus.connect(liar.endpoint, timeout=0.3, lease=None)


def test_seeded_garbage_in_place_of_answers(liar):
    random = np.random.default_rng(30)
    for turn in range(40):
        noise = [MAGIC if turn % 3 else random.bytes(4), random.bytes(random.integers(1, 300)), random.bytes(24)][
            : 1 + turn % 3
        ]
        liar.frames = lambda request, noise=noise: noise
        with pytest.raises(synapus.SynapusError):
            synapus.greet(liar.endpoint, timeout=0.1)


def test_seeded_changes_of_a_greeting(liar):
    random = np.random.default_rng(31)
    for _ in range(60):

        def answer(request):
            text = bytearray(encode({"type": "hello.ok", "id": request["id"], **HELLO})[1])
            for _ in range(random.integers(1, 5)):
                text[random.integers(len(text))] = random.integers(32, 127)
            return [MAGIC, bytes(text)]

        liar.frames = answer
        try:
            synapus.greet(liar.endpoint, timeout=0.1)
        except synapus.SynapusError:
            pass


def test_recordings_that_are_not_what_was_asked(server, quick):
    """Each of them changes one thing of a sound answer."""

    real = server.delivery.begin

    def spoiled(change):
        return lambda message, peer, *sound: real(message, peer, *change(*sound))

    def without(name):
        return lambda before, last, fields: (before, {k: v for k, v in last.items() if k != name}, fields)

    changes = [
        without("offsets"), without("adc"), without("cycles"),
        lambda b, last, f: (b, {**last, "offsets": last["offsets"][::-1].copy()}, f),
        lambda b, last, f: (b, {**last, "cycles": last["cycles"].astype(np.int64)}, f),
        lambda b, last, f: (b[1:], last, f),
        lambda b, last, f: (b[::-1], last, f),
        lambda b, last, f: (b, last, {**f, "samples": [0, 10]}),
        lambda b, last, f: (b, last, {**f, "samples": "all"}),
        lambda b, last, f: ([(a, {"samples": [0, -5]}) for a, _ in b], last, f),
        lambda b, last, f: (b + b, last, f),
    ]  # fmt: skip
    with synapus.connect(server.endpoint) as chip:
        chip.load(small_image())
        inputs = synapus.Spikes.of_lists([([64], [0])] * 10)
        for change in changes:
            server.delivery.begin = spoiled(change)
            with pytest.raises(synapus.ProtocolError):
                chip.run(inputs, 14)
        server.delivery.begin = real
        assert len(chip.run(inputs, 14)) == 10


def test_digest_and_counts_are_held(server, quick):
    with synapus.connect(server.endpoint) as chip:
        chip.load(small_image())
        inputs = synapus.Spikes.of_lists([([64], [0])] * 10)
        for key in ("digest", "bytes"):
            run = server.chip.run
            server.chip.run = lambda header, arrays, run=run, key=key: (run(header, arrays)[0], {key: 12345})
            with pytest.raises(synapus.ProtocolError, match="not those that the server counted"):
                chip.run(inputs, 14)
            server.chip.run = run
