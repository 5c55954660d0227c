"""Payloads larger than a frame: uploads to a server, and recordings that come in chunks."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from .checksum import Bytes, combine, crc32c
from .connection import Connection
from .errors import ProtocolError, TooLarge
from .exchange import Exchange
from .protocol import AnyArray, Header, Message, fresh_id, pack, unpack

__all__ = ["Parts", "grant", "payload"]

# Pieces of an upload that may wait for their answers.
_PIECES_UNDER_WAY = 8


def payload(connection: Connection, session: str, arrays: Mapping[str, npt.ArrayLike]) -> list[tuple[Header, Bytes]]:
    """Arrays as one part of a payload, uploaded beforehand where it is larger than a frame."""
    if not arrays:
        return []
    entry, data = pack(arrays)
    limits = connection.limits
    if len(data) <= limits.frame_bytes:
        return [(entry, data)]
    if len(data) > limits.upload_bytes:
        raise TooLarge("the payload is larger than an upload may be", limit=limits.upload_bytes, actual=len(data))
    name = fresh_id()
    _upload(connection, session, name, memoryview(data))
    return [({**entry, "upload": name}, b"")]


def _upload(connection: Connection, session: str, name: str, data: memoryview) -> None:
    size = connection.limits.frame_bytes & ~7
    waiting: deque[Exchange] = deque()
    try:
        for offset in range(0, len(data), size):
            piece = data[offset : offset + size]
            header = {"type": "put", "session": session, "upload": name, "offset": offset, "total": len(data)}
            waiting.append(connection.exchange(header, [pack({"data": np.frombuffer(piece, np.uint8)})]))
            if len(waiting) >= _PIECES_UNDER_WAY:
                waiting.popleft().answer()
        while waiting:
            waiting.popleft().answer()
    finally:
        for exchange in waiting:
            exchange.end()


class Parts:
    """Puts the parts of a recording together from their chunks, and proves that none is missing."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._part = 0
        self._pieces: list[Bytes] = []
        self._length = 0
        self._part_crc = 0
        #: Chunks taken, and bytes and CRC-32C of the parts so far.
        self.chunks, self.bytes, self.digest = 0, 0, 0

    def take(self, message: Message) -> tuple[dict[str, AnyArray], Header] | None:
        """Takes a chunk; gives arrays and description when a part is complete.

        A chunk that came before is passed over; one that is too early, too.
        """
        if message.whole("seq") != self.chunks:
            return None
        data = message.array("chunk", "u8")
        if message.whole("part") != self._part or message.whole("offset") != self._length:
            raise ProtocolError(f"chunk {self.chunks} does not follow the one before")
        self.chunks += 1
        self._length += len(data)
        if self.bytes + self._length > self._limit:
            raise ProtocolError(f"the answer has more than {self._limit} bytes")
        self._part_crc = combine(self._part_crc, self._checksum(message, data), len(data))
        self._pieces.append(data.data)
        last = message.header.get("last")
        if last is None:
            return None
        if not isinstance(last, dict):
            raise ProtocolError("'last' of a chunk must be an object")
        joined = self._pieces[0] if len(self._pieces) == 1 else b"".join(self._pieces)
        arrays = unpack(joined, last.get("arrays"))
        self._add(self._length, self._part_crc)
        self._pieces, self._length, self._part_crc = [], 0, 0
        return arrays, last

    @staticmethod
    def _checksum(message: Message, data: AnyArray) -> int:
        if message.payload_bytes == len(data):
            return message.payload_crc
        return crc32c(data.tobytes())

    def finish(self, answer: Message) -> bool:
        """Counts the answer's own part; False when chunks are missing.

        Raises:
            ProtocolError: where bytes or digest are not those that the server counted.
        """
        if answer.whole("chunks") != self.chunks:
            return False
        if self._pieces:
            raise ProtocolError("the last part of an answer has no end")
        if answer.arrays:
            self._add(answer.payload_bytes, answer.payload_crc)
        if answer.whole("bytes") != self.bytes or answer.whole("digest") != self.digest:
            raise ProtocolError("the parts of an answer are not those that the server counted")
        return True

    def _add(self, size: int, checksum: int) -> None:
        self.digest = combine(self.digest, checksum, size)
        self.bytes += size
        self._part += 1


def grant(connection: Connection, exchange: Exchange, parts: Parts) -> None:
    """Grants more credit when half of it is used up."""
    if parts.chunks % max(exchange.credit // 2, 1) == 0:
        connection.tell({"type": "run.credit", "session": exchange.session, "target": exchange.id,
                         "received": parts.chunks, "credit": exchange.credit})  # fmt: skip
