"""Images, chip files and key files: sound ones, and damaged ones."""

import struct

import numpy as np
import pytest
from small import container, io_section, numbers, small_bytes, small_image, small_sections, text
from mock_server import CHIP_FILE

import synapus
from synapus import ChipFacts, ClientKey, Image, ImageError, KeyFileError, Projection
from synapus.projection import Block


def test_worked_example_of_the_page():
    """Weights [[1, -0.5], [0.1, 0.7]], receiver by sender, in steps of 0.03336 on two copies."""
    image = small_image()
    assert (image.chip_name, image.network, image.duration_ticks, image.dt) == ("synapus-1", "tiny", 80, 0.001)
    assert image.readout.measure == "most-spikes" and image.input_count == 2 and not image.learns
    assert image.populations["pop"].place(1) == (0, 1) and image.unit_count == 2
    step = 0.033360689640214526
    weights = image.weights("w", ChipFacts.read(CHIP_FILE))
    assert np.allclose(weights, np.array([[30, 3], [-15, 21]]) * step)
    blocks, clipped = image.projection("w").quantise(np.array([[1.0, 0.1], [-0.5, 0.7]]), 15)
    assert clipped == 0 and blocks.values.reshape(4, 2).tolist() == [[15, 1], [15, 2], [-8, 10], [-7, 11]]
    assert list(image.circuits(0).threshold) == [432, 432] and image.circuits_of("pop").fires.all()


def test_round_trip_by_file(tmp_path):
    small_image().save(tmp_path / "a.chip")
    assert Image.read(tmp_path / "a.chip").sha256 == small_image().sha256


def test_every_changed_byte_is_refused():
    good = small_bytes()
    for place in range(len(good)):
        bad = bytearray(good)
        bad[place] ^= 0x10
        with pytest.raises(ImageError):
            Image(bytes(bad))


def test_every_cut_is_refused():
    good = small_bytes()
    for length in range(len(good)):
        with pytest.raises(ImageError):
            Image(good[:length])


def with_io(data):
    sections = [(kind, body if kind != "io  " else data) for kind, body in small_sections()]
    return container(sections)


def test_lists_that_cannot_be_there_are_refused_before_memory_is_taken():
    for data in (
        text("tiny") + struct.pack("<I", 0xFFFFFFFF),
        text("tiny") + struct.pack("<I", 1) + text("pop") + struct.pack("<I", 0x7FFFFFFF),
        struct.pack("<I", 0xFFFFFFF0) + b"tiny",
        io_section()[:-1],
        io_section() + b"\0",
    ):
        with pytest.raises(ImageError):
            Image(with_io(data))


def test_random_sections_are_refused():
    random = np.random.default_rng(22)
    for _ in range(500):
        data = bytearray(io_section())
        for _ in range(random.integers(1, 6)):
            data[random.integers(len(data))] = random.integers(256)
        try:
            projection = next(iter(Image(with_io(bytes(data))).projections.values()), None)
            places = sum(block.pairs * block.columns for block in projection.blocks) if projection else 1 << 30
            if projection is not None and max(places, projection.senders * projection.receivers) < 100_000:
                projection.quantise(np.zeros(projection.shape, np.float32), 15)
        except ImageError:
            pass


def test_several_parts_are_told_apart():
    with pytest.raises(ImageError, match="several parts"):
        Image(bytes.fromhex("895359530d0a1a0a") + bytes(30))
    with pytest.raises(ImageError, match="no chip image"):
        Image(b"PK\x03\x04" + bytes(40))


def test_sparse_maps_with_copies_and_scales():
    """Sender 0 on one line, sender 1 on three; lines out of order; receivers with scales."""
    none = np.zeros(0, np.int64)
    block = Block(0, 10, 4, 5, 2, 0, 0, np.array([3, 0, 1, 2]), np.array([1, 0]))
    projection = Projection("w", None, "pop", 2, 2, 1, 0.1, (block,), np.array([1, 3]), np.array([1.0, 2.0]))
    weights = np.array([[0.5, 0.6], [-0.9, 1.2]])
    blocks, clipped = projection.quantise(weights, 15)
    # Line 0 is sender 0; lines 1, 2, 3 are copies 0, 1, 2 of sender 1, with offsets -1/3, 0, 1/3.
    lines = {0: [5.0, 3.0], 1: [-3 - 1 / 3, 2 - 1 / 3], 2: [-3, 2], 3: [-3 + 1 / 3, 2 + 1 / 3]}
    expected = [[np.rint(lines[line][target]) for target in (1, 0)] for line in (3, 0, 1, 2)]
    assert blocks.values.reshape(4, 2).tolist() == expected and clipped == 0
    assert np.allclose(projection.dense(blocks.values), [[0.5, 0.6], [-0.9, 1.2]])
    assert np.allclose(projection.dense(projection.exact(weights).values), weights)
    with pytest.raises(synapus.InputError, match="a line or a receiver"):
        Projection("w", None, "pop", 2, 2, 1, 0.1, (Block(0, 0, 3, 0, 2, 0, 0, none, none),))


def test_rounding_is_to_even_and_clipping_is_counted():
    projection = Projection("w", None, "p", 1, 6, 1, 1.0, (Block(0, 0, 1, 0, 6, 0, 0),))
    blocks, clipped = projection.quantise(np.array([[0.5, 1.5, -2.5, 15.4, 15.6, np.nan]]), 15)
    assert blocks.values.tolist() == [0, 2, -2, 15, 15, -15] and clipped == 2


def test_version_4_sections():
    part = struct.pack("<I", 1) + b"\0" + struct.pack("<4I", 0, 0, 0, 0)
    rules = struct.pack("<I", 0) + struct.pack("<I", 1) + struct.pack("<2I", 0, 0)
    maps = struct.pack("<I", 1) + struct.pack("<IHI", 0, 3, 1) + numbers(0, 0)
    maps += struct.pack("<I", 1) + struct.pack("<I", 2) + numbers(1, 3) + struct.pack("<I2d", 2, 1.0, 2.0)
    maps += struct.pack("<5I", 4, 3, 0, 1, 2) + struct.pack("<3I", 2, 1, 0)
    chip, core, routes, io = small_sections()
    image = Image(container([chip, core, routes, ("part", part), ("lern", rules), ("maps", maps), io], 4))
    projection = image.projection("w")
    assert list(projection.sender_copies) == [1, 3] and list(projection.blocks[0].lines) == [3, 0, 1, 2]
    assert not image.learns


def test_chip_facts():
    facts = ChipFacts.read(CHIP_FILE)
    assert (facts.name, facts.cycles_per_tick, facts.largest_weight, facts.adc_every) == ("mock-1", 64, 15, 7)
    assert np.isclose(facts.tick_seconds, 256e-9) and facts.weights_are_linear and not facts.is_digital
    assert np.isclose(facts.law("neuron.membrane_time_seconds").value(0), 60e-6)
    with pytest.raises(synapus.ProtocolError, match="no number 'x.y'"):
        facts.number("x.y")
    assert not ChipFacts.read(CHIP_FILE.replace("neuron:", "  weight_law: base-currents\nneuron:")).weights_are_linear
    inverse = synapus.chipfile.ParameterLaw("inverse", 1.0, 0.25, 2)
    assert np.allclose(inverse.value([0, 1, 2]), [1, 0.4, 0.25])


PUBLIC, SECRET, SERVER = "a" * 40, "b" * 40, "c" * 40


def key_file(path, mode=0o600, server=True, body=None):
    entries = '# secret\n\nmetadata\n    name = "alice"\n' + (f'    server-key = "{SERVER}"\n' if server else "")
    path.write_text(body or entries + f'curve\n    public-key = "{PUBLIC}"\n    secret-key = "{SECRET}"\n')
    path.chmod(mode)
    return path


def test_key_files(tmp_path):
    key = ClientKey.read(key_file(tmp_path / "alice.key_secret"))
    assert (key.name, key.public, key.secret, key.server) == ("alice", PUBLIC, SECRET, SERVER)
    assert SECRET not in repr(key)
    alone = key_file(tmp_path / "alone", server=False)
    with pytest.raises(KeyFileError, match="server.key"):
        ClientKey.read(alone)
    assert ClientKey.read(alone, "d" * 40).server == "d" * 40
    (tmp_path / "server.key").write_text(f'curve\n    public-key = "{"e" * 40}"\n')
    assert ClientKey.read(alone).server == "e" * 40
    for bad in (
        key_file(tmp_path / "open", mode=0o644), tmp_path / "none", tmp_path, key_file(tmp_path / "x", body="    no\n"),
        key_file(tmp_path / "y", body='curve\n    public-key = "short"\n'), key_file(tmp_path / "z", body="#" * 20_000),
    ):  # fmt: skip
        with pytest.raises(KeyFileError):
            ClientKey.read(bad)


def test_zmq_writes_what_is_read(tmp_path):
    auth = pytest.importorskip("zmq.auth")
    _, secret = auth.create_certificates(tmp_path, "bob", metadata={"name": "bob", "server-key": SERVER})
    (tmp_path / "bob.key_secret").chmod(0o600)
    key = ClientKey.read(secret)
    assert (key.public.encode(), key.secret.encode()) == auth.load_certificate(secret) and key.server == SERVER
