"""The frames of the link protocol: headers, arrays, their bounds. No sockets here.

``docs/protocol.md`` describes them. A message is ``[b"SYN1", header, payload 0 .. payload 7]``.
"""

from __future__ import annotations

import json
import math
import uuid
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from .checksum import Bytes, combine, crc32c
from .errors import InputError, ProtocolError, ServerError, server_error

__all__ = [
    "MAGIC", "VERSIONS", "AnyArray", "Header", "Limits", "Message", "decode", "encode", "fresh_id", "narrowest",
    "pack", "unpack",
]  # fmt: skip

#: The first frame; its digit is the version of the framing.
MAGIC = b"SYN1"
#: The oldest and the newest version of the protocol that this package speaks.
VERSIONS = (2, 2)
#: Bounds of every message, which servers keep too.
LARGEST_HEADER = 65_536
MOST_FRAMES = 10
MOST_ARRAYS = 64
_DEEPEST = 16
_LONGEST_TEXT = 4_096
# Characters that need no look: each takes up to four bytes.
_SHORT_TEXT = _LONGEST_TEXT // 4
_MOST_KEYS = 256
_LARGEST_PART = (1 << 32) - 1

AnyArray = npt.NDArray[Any]
Header = dict[str, Any]

_DTYPES: dict[str, np.dtype[Any]] = {
    name: np.dtype(code)
    for name, code in {
        "u8": "<u1", "i8": "<i1", "u16": "<u2", "i32": "<i4", "u32": "<u4", "i64": "<i8", "u64": "<u8", "f64": "<f8",
    }.items()
}  # fmt: skip
_NAMES: dict[np.dtype[Any], str] = {dtype: name for name, dtype in _DTYPES.items()}


@dataclass(frozen=True)
class Limits:
    """What a server accepts, as its ``hello`` says."""

    #: Largest payload frame, largest upload of a session, and largest recording of a run, in bytes.
    frame_bytes: int = 1 << 20
    upload_bytes: int = 512 << 20
    result_bytes: int = 256 << 20
    #: Waiting requests of one session on one chip, and chunks of a run under way.
    queue: int = 8
    credit: int = 64
    #: Sessions of one user, and of all.
    sessions_per_user: int = 4
    sessions: int = 64
    #: Seconds without a message after which a session ends.
    session_idle_seconds: int = 60
    #: The longest time to live of a lease, in milliseconds.
    lease_ttl_ms: int = 30_000
    #: Samples times ticks of one run.
    run_ticks: int = 1 << 32

    @classmethod
    def read(cls, fields: Any) -> Limits:
        """Takes over the limits of ``hello``; those that are missing keep their default."""
        if not isinstance(fields, dict):
            raise ProtocolError("hello.ok has no limits")
        known = {name: fields[name] for name in cls.__dataclass_fields__ if name in fields}
        for name, value in known.items():
            if not isinstance(value, int) or isinstance(value, bool) or value < 1:
                raise ProtocolError(f"the limit '{name}' of hello.ok is {value!r}, not a number from 1 on")
        return cls(**known)


@dataclass(frozen=True)
class Message:
    """A message as received: its header, and its arrays by name."""

    type: str
    id: str
    header: Header
    arrays: dict[str, AnyArray] = field(default_factory=dict)
    #: Bytes of the payload, and the CRC-32C of its parts joined.
    payload_bytes: int = 0
    payload_crc: int = 0

    @property
    def error(self) -> ServerError | None:
        """The error, if it is one."""
        if self.type != "error":
            return None
        body = self.header.get("error")
        return server_error(body if isinstance(body, dict) else {}, self.id)

    def text(self, name: str) -> str:
        """A field that must be a text."""
        value = self.header.get(name)
        if not isinstance(value, str):
            raise ProtocolError(f"'{self.type}' has no text '{name}'")
        return value

    def whole(self, name: str) -> int:
        """A field that must be an integer."""
        value = self.header.get(name)
        if isinstance(value, bool) or not isinstance(value, int):
            raise ProtocolError(f"'{self.type}' has no integer '{name}'")
        return value

    def real(self, name: str) -> float:
        """A field that must be a number."""
        value = self.header.get(name)
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            raise ProtocolError(f"'{self.type}' has no number '{name}'")
        return float(value)

    def array(self, name: str, dtype: str, shape: Sequence[int | None] = (None,)) -> AnyArray:
        """An array that must have that dtype and shape; None is any size."""
        found = self.arrays.get(name)
        if found is None:
            raise ProtocolError(f"'{self.type}' has no array '{name}'")
        if found.dtype != _DTYPES[dtype]:
            raise ProtocolError(f"array '{name}' of '{self.type}' is {found.dtype}, not {dtype}")
        if len(found.shape) != len(shape) or any(w is not None and w != s for s, w in zip(found.shape, shape)):
            raise ProtocolError(f"array '{name}' of '{self.type}' has shape {list(found.shape)}")
        return found


def fresh_id() -> str:
    """A name for a request that nobody else makes."""
    return uuid.uuid4().hex


# Writing


def encode(header: Mapping[str, Any], payload: Sequence[tuple[Header, Bytes]] = ()) -> list[Bytes]:
    """The frames of a message; each part of the payload is as :func:`pack` gives it."""
    full = dict(header)
    if payload:
        full["payload"] = [entry for entry, _ in payload]
    frames: list[Bytes] = [MAGIC, header_bytes(full)]
    frames += [data for entry, data in payload if "upload" not in entry]
    if len(frames) > MOST_FRAMES:
        raise InputError(f"a message has up to {MOST_FRAMES} frames, not {len(frames)}")
    return frames


def header_bytes(header: Mapping[str, Any]) -> bytes:
    """A header as JSON, within the bounds that servers keep."""
    try:
        text = _ENCODER.encode(header).encode()
    except (TypeError, ValueError) as error:
        raise InputError(f"this cannot stand in a header: {error}") from None
    if len(text) > LARGEST_HEADER:
        raise InputError(f"the header takes {len(text)} bytes; {LARGEST_HEADER} are allowed")
    return text


def pack(arrays: Mapping[str, npt.ArrayLike]) -> tuple[Header, bytes]:
    """Arrays one after the other, each padded to 8 bytes, and the entry of the header that describes them."""
    pieces: list[Bytes] = []
    entries: list[Header] = []
    for name, values in arrays.items():
        array = np.ascontiguousarray(values)
        kind = _NAMES.get(array.dtype.newbyteorder("<"))
        if kind is None or not 1 <= array.ndim <= 4:
            raise InputError(
                f"array '{name}' is {array.dtype} with {array.ndim} axes; the protocol has {', '.join(_DTYPES)}"
            )
        pieces.append(array.astype(_DTYPES[kind], copy=False).reshape(-1).view(np.uint8).data)
        pieces.append(bytes(-array.nbytes % 8))
        entries.append({"name": name, "dtype": kind, "shape": list(array.shape)})
    data = b"".join(pieces)
    return {"bytes": len(data), "crc32c": crc32c(data), "arrays": entries}, data


def narrowest(values: npt.NDArray[np.uint32]) -> AnyArray:
    """The same whole numbers, as the narrowest of u8, u16 and u32 that holds them all."""
    largest = int(values.max()) if len(values) else 0
    return values.astype(np.uint8 if largest < 1 << 8 else np.uint16 if largest < 1 << 16 else np.uint32, copy=False)


def _padded(size: int) -> int:
    return (size + 7) & ~7


# Reading


def decode(frames: Sequence[Bytes]) -> Message:
    """Reads a message; nothing of it is believed before it is checked."""
    if not 2 <= len(frames) <= MOST_FRAMES:
        raise ProtocolError(f"a message has 2 to {MOST_FRAMES} frames, not {len(frames)}")
    if bytes(frames[0]) != MAGIC:
        raise ProtocolError("the first frame is not SYN1")
    header = read_header(frames[1])
    kind, name = header.get("type"), header.get("id", "")
    if not isinstance(kind, str) or not isinstance(name, str):
        raise ProtocolError("a header has no type, or an id that is no text")
    parts = header.get("payload", [])
    if not isinstance(parts, list) or len(parts) != len(frames) - 2:
        raise ProtocolError(f"'{kind}' does not describe its {len(frames) - 2} payload frames")
    arrays: dict[str, AnyArray] = {}
    size, digest = 0, 0
    for entry, frame in zip(parts, frames[2:]):
        digest = _check_part(entry, frame, kind, digest)
        size += len(frame)
        for array_name, array in unpack(frame, entry.get("arrays")).items():
            if array_name in arrays:
                raise ProtocolError(f"'{kind}' has two arrays '{array_name}'")
            arrays[array_name] = array
    return Message(kind, name, header, arrays, size, digest)


def _check_part(entry: Any, frame: Bytes, kind: str, digest: int) -> int:
    if not isinstance(entry, dict) or entry.get("bytes") != len(frame):
        raise ProtocolError(f"a payload frame of '{kind}' has another size than its header says")
    found = crc32c(frame)
    if entry.get("crc32c") != found:
        raise ProtocolError(f"the checksum of a payload frame of '{kind}' is wrong")
    return combine(digest, found, len(frame))


def unpack(data: Bytes, entries: Any) -> dict[str, AnyArray]:
    """Arrays that lie in ``data`` as a list of name, dtype and shape says; they must fill it. Nothing is copied."""
    if not isinstance(entries, list) or len(entries) > MOST_ARRAYS:
        raise ProtocolError(f"arrays must be a list of up to {MOST_ARRAYS}")
    view = memoryview(data)
    arrays: dict[str, AnyArray] = {}
    offset = 0
    for entry in entries:
        name, dtype, shape = _entry(entry)
        count = math.prod(shape)
        size = count * dtype.itemsize
        if size > len(view) - offset or _padded(size) > len(view) - offset:
            raise ProtocolError(f"the array '{name}' is larger than its frame")
        if name in arrays:
            raise ProtocolError(f"there are two arrays '{name}'")
        arrays[name] = np.frombuffer(view[offset : offset + size], dtype).reshape(shape)
        offset += _padded(size)
    if offset != len(view):
        raise ProtocolError(f"the arrays take {offset} bytes of a payload of {len(view)}")
    return arrays


def _entry(entry: Any) -> tuple[str, np.dtype[Any], list[int]]:
    if not isinstance(entry, dict):
        raise ProtocolError("each array must be described by an object")
    name, kind, shape = entry.get("name"), entry.get("dtype"), entry.get("shape")
    if not isinstance(name, str) or not isinstance(kind, str) or kind not in _DTYPES:
        raise ProtocolError(f"an array has no name, or a dtype that is none of {', '.join(_DTYPES)}")
    if not isinstance(shape, list) or not 1 <= len(shape) <= 4:
        raise ProtocolError(f"the array '{name}' needs a shape of 1 to 4 sizes")
    for size in shape:
        if not isinstance(size, int) or isinstance(size, bool) or not 0 <= size <= _LARGEST_PART:
            raise ProtocolError(f"the array '{name}' has an impossible size")
    return name, _DTYPES[kind], shape


def read_header(data: Bytes) -> Header:
    """A header's object, held to the protocol's bounds: size, depth, texts, keys, numbers."""
    if len(data) > LARGEST_HEADER:
        raise ProtocolError(f"a header has {len(data)} bytes; {LARGEST_HEADER} are allowed")
    try:
        header = _DECODER.decode(bytes(data).decode("utf-8", "strict"))
    except (ValueError, RecursionError) as error:
        raise ProtocolError(f"a header is not JSON within the bounds: {error}") from None
    if not isinstance(header, dict):
        raise ProtocolError("a header must be a JSON object")
    _check(header, 1)
    return header


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) < len(pairs):
        counts = Counter(key for key, _ in pairs)
        raise ValueError(f"the key '{counts.most_common(1)[0][0][:64]}' stands twice")
    if len(result) > _MOST_KEYS:
        raise ValueError(f"an object has {len(result)} keys; {_MOST_KEYS} are allowed")
    return result


def _refuse_constant(name: str) -> Any:
    raise ValueError(f"{name} is no number of JSON")


_ENCODER = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":"))
_DECODER = json.JSONDecoder(object_pairs_hook=_object, parse_constant=_refuse_constant)


def _check(container: dict[str, Any] | list[Any], depth: int) -> None:
    """Holds what is in a list or an object to the bounds."""
    if depth > _DEEPEST:
        raise ProtocolError(f"a header is nested more than {_DEEPEST} deep")
    if isinstance(container, dict):
        for key in container:
            if len(key) > _SHORT_TEXT:
                _check_text(key)
        container = list(container.values())
    for value in container:
        kind = type(value)
        if kind is str:
            if len(value) > _SHORT_TEXT:
                _check_text(value)
        elif kind is dict or kind is list:
            _check(value, depth + 1)
        elif kind is int and not -(1 << 63) <= value < 1 << 63:
            raise ProtocolError("an integer of a header has more than 64 bits")
        elif kind is float and not math.isfinite(value):
            raise ProtocolError("a number of a header is not finite")


def _check_text(text: str) -> None:
    if len(text.encode("utf-8", "surrogatepass")) > _LONGEST_TEXT:
        raise ProtocolError(f"a text of a header has more than {_LONGEST_TEXT} bytes")
