"""Frames and headers: what is written, what is read, and what of ill will is refused."""

import json
import pathlib
import struct

import numpy as np
import pytest

from synapus import InputError, ProtocolError, errors
from synapus.protocol import MAGIC, Limits, decode, encode, pack, read_header, unpack

GOLDEN = pathlib.Path(__file__).parents[3] / "docs/protocol/golden"
ALL_DTYPES = {
    "u8": "u1", "i8": "i1", "u16": "u2", "i32": "i4", "u32": "u4", "i64": "i8", "u64": "u8", "f64": "f8",
}  # fmt: skip


def test_example_of_the_page():
    """24 bytes: three u32 and their padding, four u8 and theirs."""
    entry, data = pack({"cycles": np.array([1, 2, 3], np.uint32), "adc": np.arange(4, dtype=np.uint8).reshape(1, 2, 2)})
    assert entry["bytes"] == len(data) == 24
    assert bytes(data) == struct.pack("<3I4xBBBB4x", 1, 2, 3, 0, 1, 2, 3)
    assert entry["arrays"][0] == {"name": "cycles", "dtype": "u32", "shape": [3]}


@pytest.mark.parametrize(("name", "code"), ALL_DTYPES.items())
def test_arrays_come_back(name, code):
    values = np.arange(-3, 9).astype(code).reshape(3, 2, 2)
    message = decode(encode({"type": "x", "id": "1"}, [pack({"a": values, "none": np.zeros((0, 5), code)})]))
    assert np.array_equal(message.array("a", name, (3, 2, None)), values)
    assert message.arrays["none"].shape == (0, 5)
    with pytest.raises(ProtocolError, match="no array 'b'"):
        message.array("b", name)
    with pytest.raises(ProtocolError, match="has shape"):
        message.array("a", name, (3, 2, 3))
    with pytest.raises(ProtocolError, match="not"):
        message.array("a", "u8" if name != "u8" else "i8", (3, 2, 2))


def test_big_endian_arrays_are_turned():
    _, data = pack({"a": np.array([1, 2], ">u4")})
    assert bytes(data) == struct.pack("<2I", 1, 2)


def test_what_cannot_be_written():
    with pytest.raises(InputError, match="the protocol has"):
        pack({"a": np.zeros(3, np.float32)})
    with pytest.raises(InputError, match="header takes"):
        encode({"type": "x", "id": "1", "note": "a" * 70_000})
    with pytest.raises(InputError, match="cannot stand"):
        encode({"type": "x", "id": "1", "rate": float("nan")})


@pytest.mark.parametrize(
    "text",
    [
        b"", b"[]", b"nonsense", b'{"a":1', b'{"a":NaN}', b'{"a":Infinity}', b'{"a":1e999}', b'{"a":1,"a":2}',
        b'{"a":9223372036854775808}', b'{"a":-9223372036854775809}', b'{"a":"' + b"x" * 4097 + b'"}',
        b'{"a":' + b"[" * 16 + b"]" * 16 + b"}", b'{"a":' + b"[" * 30_000 + b"]" * 30_000 + b"}", b"\xff\xfe",
        b'{"a":"\xff"}', b"{" + b",".join(b'"%d":1' % i for i in range(257)) + b"}", b" " * 65_537,
        b'{"' + b"k" * 4097 + b'":1}',
    ],
)  # fmt: skip
def test_headers_that_are_refused(text):
    with pytest.raises(ProtocolError):
        read_header(text)


@pytest.mark.parametrize(
    "text",
    [
        b"{}", b'{"a":9223372036854775807,"b":-9223372036854775808}', b'{"a":"' + b"x" * 4096 + b'"}',
        b'{"a":' + b"[" * 15 + b"]" * 15 + b"}", b"{" + b",".join(b'"%d":1' % i for i in range(256)) + b"}",
        "{\"a\":\"caf\u00e9\"}".encode(), b' {"a" : [1.5e3, true, null]} ',
    ],
)  # fmt: skip
def test_headers_that_are_taken(text):
    assert read_header(text) == json.loads(text)


def frames(header, *payload):
    return [MAGIC, json.dumps(header).encode(), *payload]


@pytest.mark.parametrize(
    "bad",
    [
        [], [MAGIC], [b"SYN2", b"{}"], frames({"id": "1"}), frames({"type": 3, "id": "1"}), [MAGIC] * 11,
        frames({"type": "x", "id": "1", "payload": []}, b"12345678"),
        frames({"type": "x", "id": "1", "payload": [{"bytes": 8, "crc32c": 0, "arrays": []}]}),
        frames({"type": "x", "id": "1", "payload": [{"bytes": 9, "crc32c": 0, "arrays": []}]}, bytes(8)),
        frames({"type": "x", "id": "1", "payload": [{"bytes": 8, "crc32c": 1, "arrays": []}]}, bytes(8)),
        frames({"type": "x", "id": "1", "payload": [3]}, bytes(8)),
    ],
)  # fmt: skip
def test_messages_that_are_refused(bad):
    with pytest.raises(ProtocolError):
        decode(bad)


@pytest.mark.parametrize(
    "entries",
    [
        None, [3], [{}], [{"name": "a", "dtype": "u8"}], [{"name": "a", "dtype": "f32", "shape": [2]}],
        [{"name": "a", "dtype": "u8", "shape": []}], [{"name": "a", "dtype": "u8", "shape": [1] * 5}],
        [{"name": "a", "dtype": "u8", "shape": [-1]}], [{"name": "a", "dtype": "u8", "shape": [True]}],
        [{"name": "a", "dtype": "u64", "shape": [1 << 31, 1 << 31, 1 << 31]}],
        [{"name": "a", "dtype": "u8", "shape": [17]}], [{"name": "a", "dtype": "u8", "shape": [8]}],
        [{"name": "a", "dtype": "u8", "shape": [8]}, {"name": "a", "dtype": "u8", "shape": [8]}],
        [{"name": "a", "dtype": "u8", "shape": [0]}] * 65,
    ],
)  # fmt: skip
def test_arrays_that_do_not_fit(entries):
    with pytest.raises(ProtocolError):
        unpack(bytes(16), entries)


def test_changed_bytes_never_get_through():
    """Seeded: any changed byte of a message is refused, or leaves what it says the same."""
    random = np.random.default_rng(20)
    entry, data = pack({"a": np.arange(5, dtype=np.uint32), "b": np.ones((2, 3))})
    good = encode({"type": "run.ok", "id": "b5", "counters": {"spikes": 5}}, [(entry, data)])
    kept = 0
    for _ in range(3000):
        changed = [bytearray(frame) for frame in good]
        frame = changed[random.integers(3)]
        for _ in range(random.integers(1, 4)):
            frame[random.integers(len(frame))] = random.integers(256)
        try:
            message = decode(changed)
        except ProtocolError:
            continue
        kept += 1
        if "a" in message.arrays and message.arrays["a"].dtype == np.uint32 and message.arrays["a"].shape == (5,):
            assert np.array_equal(message.arrays["a"], np.arange(5)) or bytes(changed[1]) != bytes(good[1])
    assert kept < 1500, "most changes must be noticed"


def test_random_bytes_are_refused():
    random = np.random.default_rng(21)
    for _ in range(2000):
        with pytest.raises(ProtocolError):
            decode([MAGIC, random.bytes(random.integers(0, 200)), random.bytes(random.integers(0, 40))])


def test_limits_are_read():
    assert Limits.read({"frame_bytes": 5, "news": "x"}).frame_bytes == 5
    for bad in (None, {"credit": 0}, {"credit": "8"}, {"credit": True}):
        with pytest.raises(ProtocolError):
            Limits.read(bad)


def test_each_code_has_an_exception():
    """The list of docs/protocol.md, code by code."""
    page = (pathlib.Path(__file__).parents[3] / "docs/protocol.md").read_text()
    table = page[page.index("| code | meaning") :].split("\n\n")[0]
    codes = {line.split("`")[1] for line in table.splitlines() if line.startswith("| `")}
    assert codes == set(errors.error_codes()), "codes and exceptions must be the same"
    for code, kind in errors.error_codes().items():
        body = {"type": code, "title": "t", "detail": "d", "field": "f", "limit": 1, "actual": 2, "retryable": True,
                "retry_after_ms": 250, "request_id": "b3"}  # fmt: skip
        error = errors.server_error(body)
        assert type(error) is kind and (error.code, error.field, error.limit, error.actual) == (code, "f", 1, 2)
        assert error.retryable and error.retry_after == 0.25 and error.request_id == "b3"
    assert type(errors.server_error({"type": "news"})) is errors.ServerError
    assert errors.server_error({"limit": "x", "field": 3}).limit is None


@pytest.mark.parametrize("path", sorted(GOLDEN.glob("*.syn")) or [None], ids=lambda path: path.stem if path else "none")
def test_golden_messages(path):
    """Every message's bytes as the server writes them: frames, each after its length."""
    if path is None:
        pytest.skip("there is no docs/protocol/golden")
    data, found = path.read_bytes(), []
    while data:
        (length,) = struct.unpack_from("<I", data)
        assert length <= len(data) - 4, "a frame ends within the file"
        found.append(data[4 : 4 + length])
        data = data[4 + length :]
    message = decode_any(found)
    assert message.type
    # And back: the same arrays packed again are the same bytes.
    own = [part for part in message.header.get("payload", []) if "upload" not in part]
    for part, frame in zip(own, found[2:]):
        entry, packed = pack(unpack(frame, part["arrays"]))
        assert bytes(packed) == frame and entry["crc32c"] == part["crc32c"]


def decode_any(found):
    """Requests may describe parts that were uploaded before; answers do not."""
    from mock_server import decode_request

    return decode_request(found)


def test_golden_run_in_chunks():
    """The chunks of the example run join to the parts that its answer counts."""
    from synapus.transfer import Parts

    names = ("run.chunk-0", "run.chunk-last", "run.ok-chunked")
    if not all((GOLDEN / f"{name}.syn").exists() for name in names):
        pytest.skip("there is no docs/protocol/golden")
    first, last, answer = (golden(name) for name in names)
    parts = Parts(1 << 20)
    assert parts.take(first) is None
    arrays, about = parts.take(last)
    assert parts.take(first) is None, "a chunk that comes again is passed over"
    assert parts.finish(answer) and about["samples"][0] == 0 and "offsets" in arrays


def golden(name):
    data, found = (GOLDEN / f"{name}.syn").read_bytes(), []
    while data:
        (length,) = struct.unpack_from("<I", data)
        found.append(data[4 : 4 + length])
        data = data[4 + length :]
    return decode(found)
